// Copying objects, whole or as parts of an upload.
import type * as sdk from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext, Handlers } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { findBucket, findTarget } from "./access.ts"
import { isRestored } from "./archive.ts"
import { algorithmsOf, checkAlgorithm, computed, md5 } from "./checksums.ts"
import { checkRead, checkWrite, checkWriteHeaders } from "./conditions.ts"
import { checkCustomerKey, etagOf, sourceKeyOf } from "./encryption.ts"
import { tell } from "./events.ts"
import { expirationHeader } from "./expiry.ts"
import { fault, invalidArgument, invalidRequest } from "./faults.ts"
import { isArchived } from "./headers.ts"
import { attributesOf } from "./objects.ts"
import { type Attributes, type Bucket, type Content, now, type State } from "./state.ts"
import { addVersion, type Found, newVersionId, quote, versionOf } from "./versions.ts"

interface Source extends Found {
  readonly bucket: Bucket
  readonly key: string
  /** The version in the request, if any. */
  readonly versionId: string | undefined
}

const decodeSource = (source: string) => {
  const [path = "", query = ""] = source.replace(/^\//, "").split("?")
  const [bucket = "", ...key] = path.split("/")
  return {
    Bucket: decodeURIComponent(bucket),
    Key: decodeURIComponent(key.join("/")),
    VersionId: new URLSearchParams(query).get("versionId") ?? undefined
  }
}

type CopyInput = sdk.CopyObjectCommandInput | sdk.UploadPartCopyCommandInput

/** The object that a request copies from, after all checks of the source. */
export const sourceOf = Effect.fnUntraced(function*(
  input: CopyInput,
  state: State,
  context: HandlerContext
): Effect.fn.Return<Source, Fault> {
  const { CopySource = "", ExpectedSourceBucketOwner, RequestPayer } = input
  if (CopySource.startsWith("arn:")) {
    return yield* unsupported("The in-memory S3 doesn't support access points. Name the source by bucket and key.")
  }
  const named = yield* Effect.try({
    try: () => decodeSource(CopySource),
    catch: () => invalidArgument("Invalid copy source encoding", "x-amz-copy-source", CopySource)
  })
  if (named.Bucket === "") {
    return yield* invalidArgument("Invalid copy source bucket name", "x-amz-copy-source", "x-amz-copy-source")
  }
  if (named.Key === "") {
    return yield* invalidArgument("Invalid copy source object key", "x-amz-copy-source", "x-amz-copy-source")
  }
  const bucket = yield* findBucket(
    { ...named, ExpectedBucketOwner: ExpectedSourceBucketOwner, RequestPayer },
    state,
    context,
    {
      anyRegion: true,
      action: named.VersionId === undefined ? "s3:GetObject" : "s3:GetObjectVersion"
    }
  )
  const found = yield* versionOf(bucket, named).pipe(
    Effect.catchIf(
      ({ code }) => code === "MethodNotAllowed",
      () =>
        invalidRequest(
          "The source of a copy request may not specifically refer to a delete marker by version id."
        )
    )
  )
  const { content, version } = found
  yield* checkCustomerKey(content.encryption, sourceKeyOf(input))
  if (isArchived(content.headers) && !isRestored(content, yield* Clock.currentTimeMillis)) {
    return yield* fault(
      "ObjectNotInActiveTierError",
      "The source object of the COPY operation is not in the active tier and is only stored in Amazon S3 Glacier.",
      403
    )
  }
  yield* checkRead(
    {
      match: input.CopySourceIfMatch,
      noneMatch: input.CopySourceIfNoneMatch,
      modifiedSince: input.CopySourceIfModifiedSince,
      unmodifiedSince: input.CopySourceIfUnmodifiedSince
    },
    content,
    version.modified,
    { isCopy: true }
  )
  return { ...found, bucket, key: named.Key, versionId: named.VersionId }
})

/** Whether a directive replaces something of the source with that of the request. */
const directiveOf = (name: string, given: string = "COPY"): Effect.Effect<boolean, Fault> =>
  given === "COPY" || given === "REPLACE"
    ? Effect.succeed(given === "REPLACE")
    : Effect.fail(invalidArgument(`Unknown ${name} directive.`, `x-amz-${name}-directive`, given))

/** The attributes of a copy, each from its source or from the request. */
const copiedAttributes = Effect.fnUntraced(function*(
  input: sdk.CopyObjectCommandInput,
  { content }: Source,
  bucket: Bucket,
  state: State,
  context: HandlerContext
): Effect.fn.Return<Attributes, Fault> {
  const requested = yield* attributesOf(input, bucket, state, context)
  const replacesMetadata = yield* directiveOf("metadata", input.MetadataDirective)
  const replacesTags = yield* directiveOf("tagging", input.TaggingDirective)
  const { StorageClass: _class, WebsiteRedirectLocation: _location, ...copied } = content.headers
  const { StorageClass, WebsiteRedirectLocation } = requested.headers
  return {
    ...requested,
    // The storage class and the redirect always come from the request.
    headers: replacesMetadata ? requested.headers : {
      ...copied,
      ...(StorageClass !== undefined && { StorageClass }),
      ...(WebsiteRedirectLocation !== undefined && { WebsiteRedirectLocation })
    },
    tags: replacesTags ? requested.tags : content.tags
  }
})

/** Whether a copy of an object to itself changes the object. S3 rejects any other. */
const changesItself = (input: sdk.CopyObjectCommandInput, { encryption }: Bucket): boolean =>
  input.MetadataDirective === "REPLACE" ||
  [
    input.StorageClass,
    input.ServerSideEncryption,
    input.SSECustomerAlgorithm,
    input.WebsiteRedirectLocation,
    input.ChecksumAlgorithm
  ].some((value) => value !== undefined) ||
  encryption.ApplyServerSideEncryptionByDefault?.SSEAlgorithm !== "AES256"

export const copyHandlers: Handlers<typeof sdk, State> = {
  CopyObject: Effect.fnUntraced(function*(input, state, context) {
    yield* checkWriteHeaders(input)
    if (input.ChecksumAlgorithm !== undefined) yield* checkAlgorithm(input.ChecksumAlgorithm)
    const { Key = "" } = input
    const bucket = yield* findTarget(input, state, context)
    const source = yield* sourceOf(input, state, context)
    const { content, version } = source
    const attributes = yield* copiedAttributes(input, source, bucket, state, context)
    const isSame = source.bucket === bucket && source.key === Key && source.versionId === undefined
    if (isSame && !changesItself(input, bucket)) {
      return yield* invalidRequest(
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
      )
    }
    yield* checkWrite(bucket, input)
    const { body } = content
    const etag = etagOf(md5(body), attributes.encryption, context)
    const modified = yield* now
    // A copy has no parts, so a composite checksum doesn't apply to it.
    const algorithm = input.ChecksumAlgorithm ?? algorithmsOf(content.checksums)[0] ?? "CRC64NVME"
    const keeps = content.checksums.ChecksumType === "FULL_OBJECT" && input.ChecksumAlgorithm === undefined
    const checksums: Content["checksums"] = keeps
      ? content.checksums
      : { ...computed(algorithm, body), ChecksumType: "FULL_OBJECT" }
    const copy: Content = { ...attributes, body, etag, checksums, parts: [] }
    const id = addVersion(bucket, Key, copy, modified, state, context)
    const { sequence } = state
    yield* tell(bucket, { kind: "ObjectCreated:Copy", key: Key, id, content: copy, sequence }, state, context)
    return {
      CopyObjectResult: { ETag: quote(etag), LastModified: modified, ...checksums },
      ...(source.bucket.versioning !== undefined && { CopySourceVersionId: version.id }),
      ...newVersionId(id),
      ...attributes.encryption,
      ...expirationHeader(bucket, Key)
    }
  })
}
