/**
 * In-memory S3: buckets, objects with versions, and multipart uploads.
 *
 * All accounts share one namespace of bucket names. A bucket belongs to the account and the region that created it. There
 * are no bucket policies, so no other account has access.
 */
import type * as sdk from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import * as S3Body from "./S3Body.ts"
import { Keys, pageOf, sortKeyOf } from "./S3Keys.ts"
import { Fault, type HandlerContext, service } from "./Service.ts"

const MIN_PART_SIZE = 5 * 2 ** 20
const MAX_PAGE_SIZE = 1_000

/** The headers of an object: stored when it is written, and answered when it is read. */
type Headers = Pick<
  sdk.HeadObjectOutput,
  | "CacheControl"
  | "ContentDisposition"
  | "ContentEncoding"
  | "ContentLanguage"
  | "ContentType"
  | "Metadata"
  | "ServerSideEncryption"
  | "SSEKMSKeyId"
  | "StorageClass"
>

interface Content {
  readonly body: Buffer
  readonly etag: string
  readonly headers: Headers
  readonly checksums: S3Body.Checksums & { readonly ChecksumType?: sdk.ChecksumType }
  /** The sizes of the parts of a multipart upload. */
  readonly parts: ReadonlyArray<number>
  hasLegalHold: boolean
}

interface Version {
  /** `null` for an object that is written without versioning. */
  readonly id: string
  readonly sequence: number
  readonly modified: Date
  /** `undefined` for a delete marker. */
  readonly content: Content | undefined
}

interface Part {
  readonly body: Buffer
  readonly etag: string
  readonly checksums: S3Body.Checksums
  readonly modified: Date
}

interface Upload {
  readonly id: string
  readonly key: string
  readonly initiated: Date
  readonly headers: Headers
  readonly hasLegalHold: boolean
  readonly algorithm: sdk.ChecksumAlgorithm | undefined
  readonly parts: Map<number, Part>
}

interface Bucket {
  readonly name: string
  readonly account: string
  readonly region: string
  readonly created: Date
  readonly hasLock: boolean
  versioning: sdk.BucketVersioningStatus | undefined
  ownership: sdk.ObjectOwnership | undefined
  publicAccessBlock: sdk.PublicAccessBlockConfiguration | undefined
  tags: ReadonlyArray<sdk.Tag>
  /** The versions by key, the newest first; never an empty list. */
  readonly objects: Keys<ReadonlyArray<Version>>
  readonly uploads: Map<string, Upload>
  /** The answers of completed uploads: completing one again repeats its answer. */
  readonly completed: Map<string, Omit<sdk.CompleteMultipartUploadCommandOutput, "$metadata">>
}

interface State {
  readonly buckets: Map<string, Bucket>
  /** The AWS managed KMS key for S3, by account and region. */
  readonly kmsKeys: Map<string, string>
  sequence: number
}

const fault = (code: string, message: string, statusCode = 400, members?: Readonly<Record<string, unknown>>) =>
  new Fault({ code, message, statusCode, members })
const accessDenied = (message = "Access Denied") => fault("AccessDenied", message, 403)
const invalidArgument = (message: string) => fault("InvalidArgument", message)
const malformed = fault(
  "MalformedXML",
  "The XML you provided was not well-formed or did not validate against our published schema"
)
const noSuchKey = (key: string, headers?: Readonly<Record<string, string>>) =>
  new Fault({
    code: "NoSuchKey",
    message: "The specified key does not exist.",
    statusCode: 404,
    headers,
    members: { Key: key }
  })
const noSuchUpload = (uploadId: string) =>
  fault(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    404,
    { UploadId: uploadId }
  )
const preconditionFailed = (condition: string) =>
  fault("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412, {
    Condition: condition
  })
const notAllowed = (headers?: Readonly<Record<string, string>>) =>
  new Fault({
    code: "MethodNotAllowed",
    message: "The specified method is not allowed against this resource.",
    statusCode: 405,
    headers
  })

// S3 keeps times in whole seconds.
const now = Effect.map(Clock.currentTimeMillis, (millis) => new Date(Math.floor(millis / 1000) * 1000))

const isName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes("..") && !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
  !/^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)

/** Finds a bucket, and checks that the caller has access, that the region is right, and that a given key isn't empty. */
const findBucket = Effect.fnUntraced(function*(
  { Bucket: name = "", ExpectedBucketOwner, Key }: {
    readonly Bucket: string | undefined
    readonly Key?: string | undefined
    readonly ExpectedBucketOwner?: string | undefined
  },
  { buckets }: State,
  { account, region }: Pick<HandlerContext, "account" | "region">
): Effect.fn.Return<Bucket, Fault> {
  if (!isName(name)) {
    return yield* fault("InvalidBucketName", "The specified bucket is not valid.", 400, { BucketName: name })
  }
  const bucket = buckets.get(name)
  if (bucket === undefined) {
    return yield* fault("NoSuchBucket", "The specified bucket does not exist", 404, { BucketName: name })
  }
  const headers = { "x-amz-bucket-region": bucket.region }
  if (bucket.region !== region) {
    return yield* new Fault({
      code: "PermanentRedirect",
      message:
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
      statusCode: 301,
      headers,
      members: { Bucket: name, Endpoint: `${name}.s3.${bucket.region}.amazonaws.com` }
    })
  }
  if (bucket.account !== account || (ExpectedBucketOwner ?? account) !== account) {
    return yield* new Fault({ code: "AccessDenied", message: "Access Denied", statusCode: 403, headers })
  }
  // With an empty key, the request goes to the bucket. AWS rejects the methods that buckets don't have (POST) with this
  // error, but runs the others as CreateBucket, ListObjects or DeleteBucket. Nobody who names an object means those.
  if (Key === "") return yield* notAllowed()
  return bucket
})

const ownerOf = (account: string): sdk.Owner => ({ ID: createHash("sha256").update(account).digest("hex") })

const quote = (etag: string) => `"${etag}"`
const isEtag = (given: string, etag: string) =>
  given.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^"|"$/g, "") === etag)

// The id contains the sequence number, so that a page can start after a version that has been deleted since.
const versionId = (sequence: number, context: HandlerContext) =>
  context.id("", 24) + sequence.toString(36).padStart(8, "0")
const sequenceOf = (id: string) => parseInt(id.slice(24), 36)

const versionOf = Effect.fnUntraced(function*(bucket: Bucket, key: string, id: string | undefined) {
  const versions = bucket.objects.get(key) ?? []
  const [newest] = versions
  if (id === undefined) {
    if (newest === undefined) return yield* noSuchKey(key)
    if (newest.content === undefined) {
      return yield* noSuchKey(key, { "x-amz-delete-marker": "true", "x-amz-version-id": newest.id })
    }
    return { version: newest, content: newest.content }
  }
  const version = versions.find((version) => version.id === id)
  if (version === undefined) {
    return yield* id === "null" || /^[0-9a-f]{24}[0-9a-z]{8}$/.test(id)
      ? fault("NoSuchVersion", "The specified version does not exist.", 404, { Key: key, VersionId: id })
      : invalidArgument("Invalid version id specified")
  }
  if (version.content === undefined) {
    return yield* notAllowed({ "x-amz-delete-marker": "true", allow: "DELETE" })
  }
  return { version, content: version.content }
})

/** Adds a version, by the bucket's versioning state. Returns its id, unless the bucket never had versioning. */
const addVersion = (
  bucket: Bucket,
  key: string,
  content: Content | undefined,
  modified: Date,
  state: State,
  context: HandlerContext
) => {
  const sequence = ++state.sequence
  const id = bucket.versioning === "Enabled" ? versionId(sequence, context) : "null"
  const before = (bucket.objects.get(key) ?? []).filter((version) => version.id !== id)
  bucket.objects.set(key, [{ id, sequence, modified, content }, ...before])
  return bucket.versioning === undefined ? undefined : id
}

/** Deletes a version permanently. This is the only irreversible change, so a legal hold prevents it. */
const removeVersion = Effect.fnUntraced(function*(bucket: Bucket, key: string, id: string) {
  const versions = bucket.objects.get(key) ?? []
  const removed = versions.find((version) => version.id === id)
  if (id !== "null" && !/^[0-9a-f]{24}[0-9a-z]{8}$/.test(id)) {
    return yield* fault("NoSuchVersion", "The specified version does not exist.", 404)
  }
  if (removed?.content?.hasLegalHold === true) {
    return yield* accessDenied("Access Denied because object protected by object lock.")
  }
  const rest = versions.filter((version) => version !== removed)
  if (rest.length === 0) bucket.objects.delete(key)
  else bucket.objects.set(key, rest)
  return removed
})

/** Deletes one key, or one version of it. */
const deleteKey = Effect.fnUntraced(function*(
  bucket: Bucket,
  key: string,
  id: string | undefined,
  state: State,
  context: HandlerContext
) {
  if (id !== undefined) {
    const removed = yield* removeVersion(bucket, key, id)
    return { VersionId: id, DeleteMarker: removed !== undefined && removed.content === undefined ? true : undefined }
  }
  if (bucket.versioning === undefined) {
    yield* removeVersion(bucket, key, "null")
    return { VersionId: undefined, DeleteMarker: undefined }
  }
  return { VersionId: addVersion(bucket, key, undefined, yield* now, state, context), DeleteMarker: true }
})

const checkKey = (key: string) =>
  Buffer.byteLength(key) > 1024
    ? Effect.fail(
      fault("KeyTooLongError", "Your key is too long", 400, {
        Size: String(Buffer.byteLength(key)),
        MaxSizeAllowed: "1024"
      })
    )
    : Effect.void

const publicAcls = new Set(["public-read", "public-read-write", "authenticated-read"])

const checkAcl = Effect.fnUntraced(function*(bucket: Bucket, acl: string | undefined) {
  if (acl === undefined) return
  if ((bucket.ownership ?? "ObjectWriter") === "BucketOwnerEnforced" && acl !== "bucket-owner-full-control") {
    return yield* fault("AccessControlListNotSupported", "The bucket does not allow ACLs")
  }
  if (publicAcls.has(acl) && bucket.publicAccessBlock?.BlockPublicAcls === true) return yield* accessDenied()
})

/** The headers to store for a new object: those of the request, and S3's defaults. */
const headersOf = Effect.fnUntraced(function*(
  input: sdk.PutObjectCommandInput | sdk.CreateMultipartUploadCommandInput | sdk.CopyObjectCommandInput,
  state: State,
  context: HandlerContext
): Effect.fn.Return<Headers, Fault> {
  const metadata = Object.fromEntries(
    Object.entries(input.Metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value.trim()])
  )
  const size = Object.entries(metadata).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0)
  if (size > 2048) {
    return yield* fault(
      "MetadataTooLarge",
      "Your metadata headers exceed the maximum allowed metadata size",
      400,
      { Size: String(size), MaxSizeAllowed: "2048" }
    )
  }
  const { ServerSideEncryption = "AES256" } = input
  const where = `${context.region}:${context.account}`
  if (!state.kmsKeys.has(where)) state.kmsKeys.set(where, `arn:aws:kms:${where}:key/${context.uuid()}`)
  return {
    CacheControl: input.CacheControl,
    ContentDisposition: input.ContentDisposition,
    ContentEncoding: input.ContentEncoding,
    ContentLanguage: input.ContentLanguage,
    ContentType: context.request.headers["content-type"] ?? "binary/octet-stream",
    Metadata: metadata,
    ServerSideEncryption,
    SSEKMSKeyId: ServerSideEncryption === "aws:kms" ? input.SSEKMSKeyId ?? state.kmsKeys.get(where) : undefined,
    StorageClass: input.StorageClass === "STANDARD" ? undefined : input.StorageClass
  }
})

const encryption = ({ SSEKMSKeyId, ServerSideEncryption }: Headers) => ({ SSEKMSKeyId, ServerSideEncryption })

// The ETag of an object that KMS encrypts isn't a digest of its bytes.
const etagOf = (md5: string, { ServerSideEncryption }: Headers, context: HandlerContext) =>
  ServerSideEncryption === "aws:kms" ? context.id("", 32) : md5

const checkLock = (bucket: Bucket, status: string | undefined) =>
  status === undefined || bucket.hasLock
    ? Effect.succeed(status === "ON")
    : Effect.fail(fault("InvalidRequest", "Bucket is missing Object Lock Configuration"))

/** Checks the preconditions of a write. */
const checkWrite = Effect.fnUntraced(function*(
  bucket: Bucket,
  { IfMatch, IfNoneMatch, Key = "" }: {
    readonly Key: string | undefined
    readonly IfMatch?: string | undefined
    readonly IfNoneMatch?: string | undefined
  }
) {
  const current = bucket.objects.get(Key)?.[0]?.content
  if (IfMatch !== undefined && current === undefined) return yield* noSuchKey(Key)
  if (IfMatch !== undefined && !isEtag(IfMatch, current!.etag)) return yield* preconditionFailed("If-Match")
  if (IfNoneMatch !== undefined && current !== undefined && isEtag(IfNoneMatch, current.etag)) {
    return yield* preconditionFailed("If-None-Match")
  }
})

interface Conditions {
  readonly match?: string | undefined
  readonly noneMatch?: string | undefined
  readonly modifiedSince?: Date | undefined
  readonly unmodifiedSince?: Date | undefined
}

/** Checks the preconditions of a read. An ETag condition takes precedence over a time condition. */
const checkRead = Effect.fnUntraced(function*(
  { match, modifiedSince, noneMatch, unmodifiedSince }: Conditions,
  { etag }: Content,
  modified: Date,
  notModified: Fault
) {
  if (match !== undefined) {
    if (!isEtag(match, etag)) return yield* preconditionFailed("If-Match")
  } else if (unmodifiedSince !== undefined && modified > unmodifiedSince) {
    return yield* preconditionFailed("If-Unmodified-Since")
  }
  if (noneMatch !== undefined) {
    if (isEtag(noneMatch, etag)) return yield* notModified
  } else if (modifiedSince !== undefined && modified <= modifiedSince) {
    return yield* notModified
  }
})

/** The range of bytes to answer: the whole object, a range or a part. */
const rangeOf = Effect.fnUntraced(function*(
  { PartNumber, Range }: sdk.HeadObjectCommandInput,
  { body, parts }: Content
) {
  const size = body.length
  const unsatisfiable = (range: string) =>
    fault("InvalidRange", "The requested range is not satisfiable", 416, {
      ActualObjectSize: String(size),
      RangeRequested: range
    })
  if (PartNumber !== undefined) {
    const part = parts[PartNumber - 1] ?? (PartNumber === 1 ? size : undefined)
    if (part === undefined) {
      return yield* fault("InvalidPartNumber", "The requested partnumber is not satisfiable", 416)
    }
    const start = parts.slice(0, PartNumber - 1).reduce((sum, length) => sum + length, 0)
    return { start, end: start + part, isPart: true }
  }
  // S3 ignores a malformed range, and a list of several ranges.
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(Range ?? "") ?? []
  if (from === "" && to === "") return { start: 0, end: size, isPart: false }
  if (from === "") {
    if (Number(to) === 0 || size === 0) return yield* unsatisfiable(Range!)
    return { start: Math.max(0, size - Number(to)), end: size, isPart: true }
  }
  if (to !== "" && Number(to) < Number(from)) return { start: 0, end: size, isPart: false }
  if (Number(from) >= size) return yield* unsatisfiable(Range!)
  return { start: Number(from), end: to === "" ? size : Math.min(size, Number(to) + 1), isPart: true }
})

/** What GetObject and HeadObject share. */
const readObject = Effect.fnUntraced(
  function*(input: sdk.HeadObjectCommandInput, state: State, context: HandlerContext) {
    const bucket = yield* findBucket(input, state, context)
    const { content, version } = yield* versionOf(bucket, input.Key ?? "", input.VersionId)
    const { checksums, etag, headers, parts } = content
    yield* checkRead(
      {
        match: input.IfMatch,
        noneMatch: input.IfNoneMatch,
        modifiedSince: input.IfModifiedSince,
        unmodifiedSince: input.IfUnmodifiedSince
      },
      content,
      version.modified,
      fault("NotModified", "Not Modified", 304)
    )
    const { end, isPart, start } = yield* rangeOf(input, content)
    return {
      body: content.body.subarray(start, end),
      output: {
        ...headers,
        CacheControl: input.ResponseCacheControl ?? headers.CacheControl,
        ContentDisposition: input.ResponseContentDisposition ?? headers.ContentDisposition,
        ContentEncoding: input.ResponseContentEncoding ?? headers.ContentEncoding,
        ContentLanguage: input.ResponseContentLanguage ?? headers.ContentLanguage,
        ContentType: input.ResponseContentType ?? headers.ContentType,
        Metadata: { ...headers.Metadata },
        AcceptRanges: "bytes",
        ContentLength: end - start,
        ETag: quote(etag),
        LastModified: version.modified,
        ...(bucket.versioning !== undefined && { VersionId: version.id }),
        ...(isPart && { ContentRange: `bytes ${start}-${end - 1}/${content.body.length}` }),
        ...(input.PartNumber !== undefined && parts.length > 0 && { PartsCount: parts.length }),
        ...(input.ChecksumMode === "ENABLED" && !isPart && checksums),
        ...(bucket.hasLock && { ObjectLockLegalHoldStatus: content.hasLegalHold ? "ON" as const : "OFF" as const })
      }
    }
  }
)

const pageSize = Effect.fnUntraced(
  function*(requested: number | undefined, member: string, { pageSize }: HandlerContext) {
    if (requested !== undefined && requested < 0) {
      return yield* invalidArgument(`Argument ${member} must be an integer between 0 and 2147483647`)
    }
    return Math.min(requested ?? MAX_PAGE_SIZE, MAX_PAGE_SIZE, pageSize ?? MAX_PAGE_SIZE)
  }
)

const continuationToken = {
  of: (after: string) => Buffer.from(`1${after}`).toString("base64"),
  read: (given: string) => {
    const text = Buffer.from(given, "base64").toString()
    return text.startsWith("1") && continuationToken.of(text.slice(1)) === given
      ? Effect.succeed(text.slice(1))
      : Effect.fail(invalidArgument("The continuation token provided is incorrect"))
  }
}

const laterKey = (a: string, b: string) => sortKeyOf(a) > sortKeyOf(b) ? a : b

const currentOf = function*(
  { objects }: Bucket,
  from: string,
  after: string | undefined
): Iterable<{ readonly key: string; readonly version: Version; readonly content: Content }> {
  for (const [key, [version]] of objects.from(from)) {
    if (key !== after && version?.content !== undefined) yield { key, version, content: version.content }
  }
}

/** What ListObjects and ListObjectsV2 share. */
const listCurrent = (
  bucket: Bucket,
  { after, delimiter, prefix, size, withOwner }: {
    readonly after: string | undefined
    readonly prefix: string | undefined
    readonly delimiter: string | undefined
    readonly size: number
    readonly withOwner: boolean
  }
) => {
  const { elements, next, prefixes } = pageOf(currentOf(bucket, laterKey(after ?? "", prefix ?? ""), after), {
    after,
    prefix,
    delimiter,
    size,
    keyOf: ({ key }) => key
  })
  return {
    next,
    output: {
      Name: bucket.name,
      Prefix: prefix ?? "",
      ...(delimiter !== undefined && { Delimiter: delimiter }),
      IsTruncated: next !== undefined,
      ...(elements.length > 0 && {
        Contents: elements.map(({ content, key, version }): sdk._Object => ({
          Key: key,
          LastModified: version.modified,
          ETag: quote(content.etag),
          Size: content.body.length,
          StorageClass: content.headers.StorageClass ?? "STANDARD",
          ...(withOwner && { Owner: ownerOf(bucket.account) })
        }))
      }),
      ...(prefixes.length > 0 && { CommonPrefixes: prefixes.map((Prefix) => ({ Prefix })) })
    }
  }
}

const versionsOf = function*(
  { objects }: Bucket,
  from: string,
  keyMarker: string | undefined,
  idMarker: string | undefined
): Iterable<{ readonly key: string; readonly version: Version; readonly isLatest: boolean }> {
  for (const [key, versions] of objects.from(from)) {
    if (key === keyMarker && idMarker === undefined) continue
    // If the marker's version has been deleted, its id still contains its position. `null` doesn't, so start the key again.
    const after = key !== keyMarker || idMarker === undefined
      ? Infinity
      : versions.find(({ id }) => id === idMarker)?.sequence ?? (idMarker === "null" ? Infinity : sequenceOf(idMarker))
    for (const version of versions) {
      if (version.sequence < after) yield { key, version, isLatest: version === versions[0] }
    }
  }
}

const uploadOf = (bucket: Bucket, key: string | undefined, id: string | undefined) => {
  const upload = bucket.uploads.get(id ?? "")
  return upload === undefined || upload.key !== key ? Effect.fail(noSuchUpload(id ?? "")) : Effect.succeed(upload)
}

const location = (bucket: Bucket, key: string) =>
  `https://${bucket.name}.s3.${bucket.region}.amazonaws.com/${key.split("/").map(encodeURIComponent).join("/")}`

/** The parts that CompleteMultipartUpload lists, checked against those that were uploaded. */
const checkedParts = Effect.fnUntraced(function*(upload: Upload, listed: ReadonlyArray<sdk.CompletedPart>) {
  if (listed.length === 0) return yield* malformed
  const member = upload.algorithm === undefined ? undefined : `Checksum${upload.algorithm}` as "ChecksumCRC32"
  const parts: Array<Part> = []
  let before = 0
  for (const given of listed) {
    const { ETag = "", PartNumber = 0 } = given
    const part = upload.parts.get(PartNumber)
    if (PartNumber <= before) {
      return yield* fault(
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number."
      )
    }
    before = PartNumber
    if (member !== undefined && given[member] === undefined) {
      return yield* fault(
        "InvalidRequest",
        `The upload was created using a ${
          upload.algorithm!.toLowerCase()
        } checksum. The complete request must include the checksum for each part. It was missing for part ${PartNumber} in the request.`
      )
    }
    const differs = member !== undefined && part?.checksums[member] !== given[member]
    if (part === undefined || ETag.replaceAll("\"", "") !== part.etag || differs) {
      return yield* fault(
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        400,
        { UploadId: upload.id, PartNumber: String(PartNumber), ETag: ETag.replaceAll("\"", "") }
      )
    }
    parts.push(part)
  }
  const tooSmall = parts.slice(0, -1).findIndex(({ body }) => body.length < MIN_PART_SIZE)
  if (tooSmall !== -1) {
    return yield* fault("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400, {
      ProposedSize: String(parts[tooSmall]!.body.length),
      MinSizeAllowed: String(MIN_PART_SIZE),
      PartNumber: String(listed[tooSmall]!.PartNumber)
    })
  }
  return parts
})

const decodeSource = (source: string) => {
  const [path = "", query = ""] = source.replace(/^\//, "").split("?")
  const [bucket, ...key] = path.split("/")
  return {
    Bucket: decodeURIComponent(bucket ?? ""),
    Key: decodeURIComponent(key.join("/")),
    VersionId: new URLSearchParams(query).get("versionId") ?? undefined
  }
}

export const s3 = service<typeof sdk>()({
  serviceId: "S3",
  namespace: "com.amazonaws.s3",
  protocol: "s3",
  scope: "global",
  state: (): State => ({ buckets: new Map(), kmsKeys: new Map(), sequence: 0 }),
  handlers: {
    CreateBucket: Effect.fnUntraced(function*(input, { buckets }, context) {
      const { ACL = "private", Bucket: name = "", ObjectOwnership = "BucketOwnerEnforced" } = input
      const { account, region } = context
      if (!isName(name)) {
        return yield* fault("InvalidBucketName", "The specified bucket is not valid.", 400, { BucketName: name })
      }
      const constraint = input.CreateBucketConfiguration?.LocationConstraint
      const where = constraint === "EU" ? "eu-west-1" : constraint ?? "us-east-1"
      if (constraint === "us-east-1" as string || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(where)) {
        return yield* fault("InvalidLocationConstraint", "The specified location-constraint is not valid", 400, {
          LocationConstraint: constraint
        })
      }
      // The global endpoint creates buckets in any region.
      const isGlobal = /^([^/]+\.)?s3\.amazonaws\.com$/.test(context.request.hostname)
      if (where !== region && !isGlobal) {
        return yield* fault(
          "IllegalLocationConstraintException",
          `The ${
            constraint ?? "unspecified"
          } location constraint is incompatible for the region specific endpoint this request was sent to.`
        )
      }
      if (publicAcls.has(ACL)) {
        return yield* ObjectOwnership === "BucketOwnerEnforced"
          ? fault(
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
          )
          : fault(
            "InvalidBucketAclWithBlockPublicAccessError",
            "Bucket cannot have public ACLs set with BlockPublicAccess enabled"
          )
      }
      const existing = buckets.get(name)
      if (existing !== undefined && existing.account !== account) {
        return yield* fault(
          "BucketAlreadyExists",
          "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
          409,
          { BucketName: name }
        )
      }
      if (existing !== undefined && (where !== "us-east-1" || existing.region !== "us-east-1")) {
        return yield* fault(
          "BucketAlreadyOwnedByYou",
          "Your previous request to create the named bucket succeeded and you already own it.",
          409,
          { BucketName: name }
        )
      }
      if (existing === undefined) {
        buckets.set(name, {
          name,
          account,
          region: where,
          created: yield* now,
          hasLock: input.ObjectLockEnabledForBucket === true,
          versioning: input.ObjectLockEnabledForBucket === true ? "Enabled" : undefined,
          ownership: ObjectOwnership,
          publicAccessBlock: {
            BlockPublicAcls: true,
            IgnorePublicAcls: true,
            BlockPublicPolicy: true,
            RestrictPublicBuckets: true
          },
          tags: input.CreateBucketConfiguration?.Tags ?? [],
          objects: new Keys(),
          uploads: new Map(),
          completed: new Map()
        })
      }
      return {
        Location: where === "us-east-1" ? `/${name}` : `http://${name}.s3.amazonaws.com/`,
        BucketArn: `arn:aws:s3:::${name}`
      }
    }),

    HeadBucket: Effect.fnUntraced(function*(input, state, context) {
      const { name, region } = yield* findBucket(input, state, context)
      return { BucketRegion: region, BucketArn: `arn:aws:s3:::${name}`, AccessPointAlias: false }
    }),

    DeleteBucket: Effect.fnUntraced(function*(input, state, context) {
      const { name, objects } = yield* findBucket(input, state, context)
      if (objects.size > 0) {
        return yield* fault("BucketNotEmpty", "The bucket you tried to delete is not empty", 409, { BucketName: name })
      }
      state.buckets.delete(name)
      return {}
    }),

    ListBuckets: Effect.fnUntraced(function*(input, { buckets }, context) {
      const { BucketRegion, ContinuationToken, MaxBuckets = 10_000, Prefix } = input
      if (MaxBuckets < 1 || MaxBuckets > 10_000) {
        return yield* invalidArgument("Argument max-buckets must be an integer between 1 and 10000")
      }
      const [page, token] = yield* context.page(
        [...buckets.values()].filter(({ account, name, region }) =>
          account === context.account && name.startsWith(Prefix ?? "") && (BucketRegion ?? region) === region
        ),
        {
          token: ContinuationToken,
          size: MaxBuckets,
          key: ({ name }) => name,
          query: { Prefix, BucketRegion },
          invalid: invalidArgument("The continuation token provided is incorrect")
        }
      )
      const isPaged = Object.values(input).some((value) => value !== undefined)
      return {
        Buckets: page.map(({ created, name, region }) => ({
          Name: name,
          CreationDate: created,
          BucketArn: `arn:aws:s3:::${name}`,
          ...(isPaged && { BucketRegion: region })
        })),
        Owner: ownerOf(context.account),
        ContinuationToken: token,
        Prefix
      }
    }),

    GetBucketLocation: Effect.fnUntraced(function*(input, state, context) {
      const { region } = yield* findBucket(input, state, context)
      return { LocationConstraint: region === "us-east-1" ? undefined : region as sdk.BucketLocationConstraint }
    }),

    PutBucketVersioning: Effect.fnUntraced(function*(input, state, context) {
      const bucket = yield* findBucket(input, state, context)
      const { MFADelete, Status } = input.VersioningConfiguration ?? {}
      if (Status === undefined) {
        return yield* fault(
          "IllegalVersioningConfigurationException",
          "The Versioning element must be specified"
        )
      }
      if (Status !== "Enabled" && Status !== "Suspended") return yield* malformed
      if (MFADelete === "Enabled") return yield* accessDenied()
      if (bucket.hasLock && Status === "Suspended") {
        return yield* fault(
          "InvalidBucketState",
          "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
          409
        )
      }
      bucket.versioning = Status
      return {}
    }),

    GetBucketVersioning: Effect.fnUntraced(function*(input, state, context) {
      return { Status: (yield* findBucket(input, state, context)).versioning }
    }),

    PutBucketOwnershipControls: Effect.fnUntraced(function*(input, state, context) {
      const bucket = yield* findBucket(input, state, context)
      const [rule, ...more] = input.OwnershipControls?.Rules ?? []
      if (rule?.ObjectOwnership === undefined || more.length > 0) return yield* malformed
      bucket.ownership = rule.ObjectOwnership
      return {}
    }),

    GetBucketOwnershipControls: Effect.fnUntraced(function*(input, state, context) {
      const { name, ownership } = yield* findBucket(input, state, context)
      return ownership === undefined
        ? yield* fault(
          "OwnershipControlsNotFoundError",
          "The bucket ownership controls were not found",
          404,
          { BucketName: name }
        )
        : { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } }
    }),

    DeleteBucketOwnershipControls: Effect.fnUntraced(function*(input, state, context) {
      const bucket = yield* findBucket(input, state, context)
      bucket.ownership = undefined
      return {}
    }),

    PutPublicAccessBlock: Effect.fnUntraced(function*(input, state, context) {
      const bucket = yield* findBucket(input, state, context)
      const given = input.PublicAccessBlockConfiguration
      bucket.publicAccessBlock = {
        BlockPublicAcls: given?.BlockPublicAcls ?? false,
        IgnorePublicAcls: given?.IgnorePublicAcls ?? false,
        BlockPublicPolicy: given?.BlockPublicPolicy ?? false,
        RestrictPublicBuckets: given?.RestrictPublicBuckets ?? false
      }
      return {}
    }),

    GetPublicAccessBlock: Effect.fnUntraced(function*(input, state, context) {
      const { name, publicAccessBlock } = yield* findBucket(input, state, context)
      return publicAccessBlock === undefined
        ? yield* fault(
          "NoSuchPublicAccessBlockConfiguration",
          "The public access block configuration was not found",
          404,
          { BucketName: name }
        )
        : { PublicAccessBlockConfiguration: publicAccessBlock }
    }),

    DeletePublicAccessBlock: Effect.fnUntraced(function*(input, state, context) {
      const bucket = yield* findBucket(input, state, context)
      bucket.publicAccessBlock = undefined
      return {}
    }),

    PutBucketTagging: Effect.fnUntraced(function*(input, state, context) {
      const bucket = yield* findBucket(input, state, context)
      const tags = input.Tagging?.TagSet ?? []
      if (new Set(tags.map(({ Key }) => Key)).size < tags.length) {
        return yield* fault("InvalidTag", "Cannot provide multiple Tags with the same key")
      }
      if (tags.length > 50) return yield* fault("BadRequest", "Bucket tag count cannot be greater than 50")
      bucket.tags = tags
      return {}
    }),

    GetBucketTagging: Effect.fnUntraced(function*(input, state, context) {
      const { name, tags } = yield* findBucket(input, state, context)
      return tags.length === 0
        ? yield* fault("NoSuchTagSet", "The TagSet does not exist", 404, { BucketName: name })
        : { TagSet: [...tags] }
    }),

    DeleteBucketTagging: Effect.fnUntraced(function*(input, state, context) {
      const bucket = yield* findBucket(input, state, context)
      bucket.tags = []
      return {}
    }),

    PutObject: Effect.fnUntraced(function*(input, state, context) {
      const { Key = "" } = input
      const bucket = yield* findBucket(input, state, context)
      yield* checkKey(Key)
      yield* checkAcl(bucket, input.ACL)
      const hasLegalHold = yield* checkLock(bucket, input.ObjectLockLegalHoldStatus)
      const headers = yield* headersOf(input, state, context)
      const { body, checksums } = yield* S3Body.read(context.request)
      yield* checkWrite(bucket, input)
      const etag = etagOf(S3Body.md5(body), headers, context)
      const stored = { ...checksums, ChecksumType: "FULL_OBJECT" as const }
      const id = addVersion(
        bucket,
        Key,
        { body, etag, headers, checksums: stored, parts: [], hasLegalHold },
        yield* now,
        state,
        context
      )
      return { ETag: quote(etag), ...stored, ...encryption(headers), ...(id !== undefined && { VersionId: id }) }
    }),

    GetObject: Effect.fnUntraced(function*(input, state, context) {
      const { body, output } = yield* readObject(input, state, context)
      return { ...output, Body: S3Body.toStream(body) }
    }),

    HeadObject: Effect.fnUntraced(function*(input, state, context) {
      return (yield* readObject(input, state, context)).output
    }),

    CopyObject: Effect.fnUntraced(function*(input, state, context) {
      const { CopySource = "", Key = "", MetadataDirective = "COPY" } = input
      const bucket = yield* findBucket(input, state, context)
      yield* checkKey(Key)
      yield* checkAcl(bucket, input.ACL)
      const hasLegalHold = yield* checkLock(bucket, input.ObjectLockLegalHoldStatus)
      const source = yield* Effect.try({
        try: () => decodeSource(CopySource),
        catch: () => invalidArgument("Invalid copy source encoding")
      })
      if (source.Key === "") {
        return yield* invalidArgument("Invalid copy source object key")
      }
      // CopyObject can read from another region.
      const from = yield* findBucket(source, state, {
        account: context.account,
        region: state.buckets.get(source.Bucket)?.region ?? context.region
      })
      const { content, version } = yield* versionOf(from, source.Key, source.VersionId)
      yield* checkRead(
        {
          match: input.CopySourceIfMatch,
          noneMatch: input.CopySourceIfNoneMatch,
          modifiedSince: input.CopySourceIfModifiedSince,
          unmodifiedSince: input.CopySourceIfUnmodifiedSince
        },
        content,
        version.modified,
        preconditionFailed("x-amz-copy-source-if-none-match")
      )
      const isSame = from === bucket && source.Key === Key && source.VersionId === undefined
      if (
        isSame && MetadataDirective === "COPY" && input.StorageClass === undefined &&
        input.ServerSideEncryption === undefined
      ) {
        return yield* fault(
          "InvalidRequest",
          "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
        )
      }
      const requested = yield* headersOf(input, state, context)
      const headers: Headers = {
        ...(MetadataDirective === "REPLACE" ? requested : content.headers),
        ServerSideEncryption: requested.ServerSideEncryption,
        SSEKMSKeyId: requested.SSEKMSKeyId,
        StorageClass: requested.StorageClass
      }
      const { body } = content
      const etag = etagOf(S3Body.md5(body), headers, context)
      const modified = yield* now
      // The copy of a multipart object has no parts, so a composite checksum no longer applies.
      const checksums = content.parts.length === 0 ? content.checksums : {}
      const id = addVersion(
        bucket,
        Key,
        { body, etag, headers, checksums, parts: [], hasLegalHold },
        modified,
        state,
        context
      )
      return {
        CopyObjectResult: { ETag: quote(etag), LastModified: modified, ...checksums },
        ...(from.versioning !== undefined && { CopySourceVersionId: version.id }),
        ...(id !== undefined && { VersionId: id }),
        ...encryption(headers)
      }
    }),

    DeleteObject: Effect.fnUntraced(function*(input, state, context) {
      const bucket = yield* findBucket(input, state, context)
      return yield* deleteKey(bucket, input.Key ?? "", input.VersionId, state, context)
    }),

    DeleteObjects: Effect.fnUntraced(function*(input, state, context) {
      const bucket = yield* findBucket(input, state, context)
      const { Objects = [], Quiet = false } = input.Delete ?? {}
      if (Objects.length === 0 || Objects.length > 1_000) return yield* malformed
      if (Objects.some(({ Key }) => Key === "")) {
        return yield* fault(
          "UserKeyMustBeSpecified",
          "The bucket POST must contain the specified field name. If it is specified, check the order of the fields."
        )
      }
      const Deleted: Array<sdk.DeletedObject> = []
      const Errors: Array<sdk._Error> = []
      for (const { Key = "", VersionId } of Objects) {
        const result = yield* Effect.result(deleteKey(bucket, Key, VersionId, state, context))
        if (result._tag === "Failure") {
          const { code, message } = result.failure
          Errors.push({ Key, Code: code, Message: message, ...(VersionId !== undefined && { VersionId }) })
        } else if (!Quiet) {
          const { DeleteMarker, VersionId: id } = result.success
          Deleted.push({
            Key,
            ...(VersionId !== undefined && { VersionId }),
            ...(DeleteMarker === true && { DeleteMarker, DeleteMarkerVersionId: id })
          })
        }
      }
      return { ...(Deleted.length > 0 && { Deleted }), ...(Errors.length > 0 && { Errors }) }
    }),

    PutObjectLegalHold: Effect.fnUntraced(function*(input, state, context) {
      const bucket = yield* findBucket(input, state, context)
      const { content } = yield* versionOf(bucket, input.Key ?? "", input.VersionId)
      content.hasLegalHold = yield* checkLock(bucket, input.LegalHold?.Status ?? "OFF")
      return {}
    }),

    GetObjectLegalHold: Effect.fnUntraced(function*(input, state, context) {
      const bucket = yield* findBucket(input, state, context)
      const { content } = yield* versionOf(bucket, input.Key ?? "", input.VersionId)
      yield* checkLock(bucket, "OFF")
      return { LegalHold: { Status: content.hasLegalHold ? "ON" as const : "OFF" as const } }
    }),

    ListObjectsV2: Effect.fnUntraced(function*(input, state, context) {
      const { ContinuationToken, Delimiter, FetchOwner = false, MaxKeys, Prefix, StartAfter } = input
      const bucket = yield* findBucket(input, state, context)
      const size = yield* pageSize(MaxKeys, "max-keys", context)
      const after = ContinuationToken === undefined ? StartAfter : yield* continuationToken.read(ContinuationToken)
      const { next, output } = listCurrent(bucket, {
        after,
        prefix: Prefix,
        delimiter: Delimiter,
        size,
        withOwner: FetchOwner
      })
      return {
        ...output,
        MaxKeys: MaxKeys === undefined ? MAX_PAGE_SIZE : Math.min(MaxKeys, MAX_PAGE_SIZE),
        KeyCount: (output.Contents?.length ?? 0) + (output.CommonPrefixes?.length ?? 0),
        ...(ContinuationToken !== undefined && { ContinuationToken }),
        ...(StartAfter !== undefined && { StartAfter }),
        ...(next !== undefined && { NextContinuationToken: continuationToken.of(next) })
      }
    }),

    ListObjects: Effect.fnUntraced(function*(input, state, context) {
      const { Delimiter, Marker, MaxKeys, Prefix } = input
      const bucket = yield* findBucket(input, state, context)
      const size = yield* pageSize(MaxKeys, "max-keys", context)
      const { next, output } = listCurrent(bucket, {
        after: Marker === "" ? undefined : Marker,
        prefix: Prefix,
        delimiter: Delimiter,
        size,
        withOwner: true
      })
      return {
        ...output,
        Marker: Marker ?? "",
        MaxKeys: MaxKeys === undefined ? MAX_PAGE_SIZE : Math.min(MaxKeys, MAX_PAGE_SIZE),
        // Without a delimiter, the last key is the next marker, so AWS sends none.
        ...(next !== undefined && Delimiter !== undefined && { NextMarker: next })
      }
    }),

    ListObjectVersions: Effect.fnUntraced(function*(input, state, context) {
      const { Delimiter, KeyMarker, MaxKeys, Prefix, VersionIdMarker } = input
      const bucket = yield* findBucket(input, state, context)
      const size = yield* pageSize(MaxKeys, "max-keys", context)
      if (VersionIdMarker !== undefined && KeyMarker === undefined) {
        return yield* invalidArgument("A version-id marker cannot be specified without a key marker.")
      }
      const after = KeyMarker === "" ? undefined : KeyMarker
      const { elements, last, next, prefixes } = pageOf(
        versionsOf(bucket, laterKey(after ?? "", Prefix ?? ""), after, VersionIdMarker),
        { after, prefix: Prefix, delimiter: Delimiter, size, keyOf: ({ key }) => key }
      )
      const entries = elements.map(({ isLatest, key, version }) => ({
        Key: key,
        VersionId: version.id,
        IsLatest: isLatest,
        LastModified: version.modified,
        Owner: ownerOf(bucket.account),
        content: version.content
      }))
      const Versions = entries.flatMap(({ content, ...version }): Array<sdk.ObjectVersion> =>
        content === undefined ? [] : [{
          ...version,
          ETag: quote(content.etag),
          Size: content.body.length,
          StorageClass: "STANDARD"
        }]
      )
      const DeleteMarkers = entries.flatMap(({ content, ...marker }) => content === undefined ? [marker] : [])
      return {
        Name: bucket.name,
        Prefix: Prefix ?? "",
        KeyMarker: KeyMarker ?? "",
        VersionIdMarker: VersionIdMarker ?? "",
        MaxKeys: MaxKeys === undefined ? MAX_PAGE_SIZE : Math.min(MaxKeys, MAX_PAGE_SIZE),
        ...(Delimiter !== undefined && { Delimiter }),
        IsTruncated: next !== undefined,
        ...(next !== undefined && { NextKeyMarker: next }),
        ...(last !== undefined && { NextVersionIdMarker: last.version.id }),
        ...(Versions.length > 0 && { Versions }),
        ...(DeleteMarkers.length > 0 && { DeleteMarkers }),
        ...(prefixes.length > 0 && { CommonPrefixes: prefixes.map((Prefix) => ({ Prefix })) })
      }
    }),

    CreateMultipartUpload: Effect.fnUntraced(function*(input, state, context) {
      const { ChecksumAlgorithm, Key = "" } = input
      const bucket = yield* findBucket(input, state, context)
      yield* checkKey(Key)
      yield* checkAcl(bucket, input.ACL)
      const hasLegalHold = yield* checkLock(bucket, input.ObjectLockLegalHoldStatus)
      const headers = yield* headersOf(input, state, context)
      // Starts with a sequence number, because the uploads of a key are listed by id, in the order of their start.
      const id = (++state.sequence).toString(36).padStart(8, "0") + context.id("", 56)
      bucket.uploads.set(id, {
        id,
        key: Key,
        initiated: yield* now,
        headers,
        hasLegalHold,
        algorithm: ChecksumAlgorithm,
        parts: new Map()
      })
      return {
        Bucket: bucket.name,
        Key,
        UploadId: id,
        ...encryption(headers),
        ...(ChecksumAlgorithm !== undefined && { ChecksumAlgorithm, ChecksumType: "COMPOSITE" as const })
      }
    }),

    UploadPart: Effect.fnUntraced(function*(input, state, context) {
      const { Key, PartNumber = 0, UploadId } = input
      const bucket = yield* findBucket(input, state, context)
      if (PartNumber < 1 || PartNumber > 10_000) {
        return yield* invalidArgument("Part number must be an integer between 1 and 10000, inclusive")
      }
      yield* uploadOf(bucket, Key, UploadId)
      const { body, checksums } = yield* S3Body.read(context.request)
      const upload = yield* uploadOf(bucket, Key, UploadId)
      const etag = etagOf(S3Body.md5(body), upload.headers, context)
      upload.parts.set(PartNumber, { body, etag, checksums, modified: yield* now })
      return { ETag: quote(etag), ...checksums, ...encryption(upload.headers) }
    }),

    CompleteMultipartUpload: Effect.fnUntraced(function*(input, state, context) {
      const { Key = "", UploadId = "" } = input
      const bucket = yield* findBucket(input, state, context)
      const completed = bucket.completed.get(UploadId)
      if (completed !== undefined) return completed
      const { algorithm, headers, hasLegalHold } = yield* uploadOf(bucket, Key, UploadId)
      const parts = yield* checkedParts(bucket.uploads.get(UploadId)!, input.MultipartUpload?.Parts ?? [])
      yield* checkWrite(bucket, input)
      const body = Buffer.concat(parts.map((part) => part.body))
      const digest = S3Body.md5(Buffer.concat(parts.map((part) => Buffer.from(part.etag, "hex"))))
      const etag = `${etagOf(digest, headers, context)}-${parts.length}`
      const checksums = algorithm === undefined
        ? {}
        : { ...S3Body.composite(parts.map((part) => part.checksums)), ChecksumType: "COMPOSITE" as const }
      const sizes = parts.map((part) => part.body.length)
      const id = addVersion(
        bucket,
        Key,
        { body, etag, headers, checksums, parts: sizes, hasLegalHold },
        yield* now,
        state,
        context
      )
      const output = {
        Bucket: bucket.name,
        Key,
        Location: location(bucket, Key),
        ETag: quote(etag),
        ...checksums,
        ...encryption(headers),
        ...(id !== undefined && { VersionId: id })
      }
      bucket.uploads.delete(UploadId)
      bucket.completed.set(UploadId, output)
      return output
    }),

    AbortMultipartUpload: Effect.fnUntraced(function*(input, state, context) {
      const bucket = yield* findBucket(input, state, context)
      const { id } = yield* uploadOf(bucket, input.Key, input.UploadId)
      bucket.uploads.delete(id)
      return {}
    }),

    ListMultipartUploads: Effect.fnUntraced(function*(input, state, context) {
      const { Delimiter, KeyMarker, MaxUploads, Prefix, UploadIdMarker } = input
      const bucket = yield* findBucket(input, state, context)
      const size = yield* pageSize(MaxUploads, "max-uploads", context)
      const after = KeyMarker === "" ? undefined : KeyMarker
      const place = ({ id, key }: { readonly key: string; readonly id: string }) => `${sortKeyOf(key)}\0${id}`
      const first = after === undefined ? "" : place({ key: after, id: UploadIdMarker || "~" })
      const uploads = [...bucket.uploads.values()].map((upload) => ({ upload, place: place(upload) }))
        .filter(({ place, upload }) => upload.key.startsWith(Prefix ?? "") && place > first)
        .sort((a, b) => a.place < b.place ? -1 : 1)
        .map(({ upload }) => upload)
      const { elements, last, next, prefixes } = pageOf(uploads, {
        after,
        prefix: Prefix,
        delimiter: Delimiter,
        size,
        keyOf: ({ key }) => key
      })
      return {
        Bucket: bucket.name,
        Prefix: Prefix ?? "",
        KeyMarker: KeyMarker ?? "",
        UploadIdMarker: UploadIdMarker ?? "",
        MaxUploads: MaxUploads === undefined ? MAX_PAGE_SIZE : Math.min(MaxUploads, MAX_PAGE_SIZE),
        ...(Delimiter !== undefined && { Delimiter }),
        IsTruncated: next !== undefined,
        ...(next !== undefined && { NextKeyMarker: next }),
        ...(last !== undefined && { NextUploadIdMarker: last.id }),
        ...(elements.length > 0 && {
          Uploads: elements.map(({ algorithm, headers, id, initiated, key }): sdk.MultipartUpload => ({
            UploadId: id,
            Key: key,
            Initiated: initiated,
            StorageClass: headers.StorageClass ?? "STANDARD",
            Owner: ownerOf(bucket.account),
            Initiator: ownerOf(bucket.account),
            ...(algorithm !== undefined && { ChecksumAlgorithm: algorithm, ChecksumType: "COMPOSITE" })
          }))
        }),
        ...(prefixes.length > 0 && { CommonPrefixes: prefixes.map((Prefix) => ({ Prefix })) })
      }
    }),

    ListParts: Effect.fnUntraced(function*(input, state, context) {
      const { Key, MaxParts, PartNumberMarker, UploadId } = input
      const bucket = yield* findBucket(input, state, context)
      const size = yield* pageSize(MaxParts, "max-parts", context)
      const { headers, id, key, parts } = yield* uploadOf(bucket, Key, UploadId)
      const rest = [...parts].filter(([number]) => number > Number(PartNumberMarker ?? 0)).sort(([a], [b]) => a - b)
      const page = rest.slice(0, size)
      return {
        Bucket: bucket.name,
        Key: key,
        UploadId: id,
        PartNumberMarker: PartNumberMarker ?? "0",
        NextPartNumberMarker: String(page.at(-1)?.[0] ?? 0),
        MaxParts: MaxParts === undefined ? MAX_PAGE_SIZE : Math.min(MaxParts, MAX_PAGE_SIZE),
        IsTruncated: size > 0 && rest.length > page.length,
        StorageClass: headers.StorageClass ?? "STANDARD",
        Owner: ownerOf(bucket.account),
        Initiator: ownerOf(bucket.account),
        ...(page.length > 0 && {
          Parts: page.map(([number, { body, checksums, etag, modified }]): sdk.Part => ({
            PartNumber: number,
            ETag: quote(etag),
            Size: body.length,
            LastModified: modified,
            ...checksums
          }))
        })
      }
    })
  }
})
