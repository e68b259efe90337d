// Going on with an upload of a file that an earlier call has begun.
import { ListPartsCommand, type Part } from "@aws-sdk/client-s3"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as path from "node:path"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { CannotReadFile } from "../../../errors/internal/s3Errors.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import { ofService } from "../../../src/internal/endpoints.ts"
import { readPages } from "../../../src/internal/members.ts"
import { checksumsOf, isOf } from "./comparing.ts"
import { mapWriteErrors, type WriteFailure } from "./failures.ts"
import type { SourceFile } from "./files.ts"
import { refuse } from "./invalid.ts"
import { abortUpload, checksumOfParts, type Sent, type Upload, type UploadId, uploadInParts } from "./multipart.ts"
import type { UploadFileOptions } from "./options.ts"
import { given } from "./parameters.ts"
import { digestOf, openRecords, type Subject, type UploadRecord } from "./records.ts"
import type { KnownPart } from "./sending.ts"
import * as s3 from "./service.ts"
import type { ObjectParameters } from "./written.ts"

/** A file that is uploaded, and how its upload is remembered. */
export interface ResumedFile {
  /** As the caller wrote it. */
  readonly path: string
  readonly file: SourceFile
  readonly resume: UploadFileOptions["resume"]
}

const subjectOf = Effect.fnUntraced(function*({ Bucket, Key }: ObjectParameters, file: string) {
  const { config: { endpoint, region } } = yield* AwsClients
  const url = ofService(endpoint, "S3")
  return { bucket: Bucket, key: Key, at: url === undefined ? region : `${url} ${region}`, path: path.resolve(file) }
})

const recordsFor = ({ resume }: ResumedFile) =>
  openRecords(typeof resume === "object" ? resume.stateDirectory : undefined)

/** What every request has to say of an upload that an earlier call has begun. */
const idOf = (parameters: ObjectParameters, UploadId: string): UploadId => {
  const { Bucket, ExpectedBucketOwner, Key, SSECustomerAlgorithm, SSECustomerKey } = parameters
  return { Bucket, Key, UploadId, ...given({ ExpectedBucketOwner, SSECustomerAlgorithm, SSECustomerKey }) }
}

/** The parts that S3 has, by their number; `undefined` if it doesn't have the upload any more. */
const partsOf = (id: UploadId): Effect.Effect<ReadonlyMap<number, Part> | undefined, AwsError, AwsClients> =>
  readPages(
    { service: "S3", operation: "ListParts" },
    s3.pages(new ListPartsCommand(id)),
    ({ Parts = [] }, need) => Parts.map((part) => [need(part.PartNumber, "PartNumber"), part] as const)
  ).pipe(
    Stream.runCollect,
    Effect.map((parts): ReadonlyMap<number, Part> | undefined => new Map(parts)),
    AwsError.catchCode("NoSuchUpload", () => Effect.undefined)
  )

/** A part that S3 has as it is here. It is compared, because nothing else tells what an earlier call has sent. */
const knownFrom = (parts: ReadonlyMap<number, Part> | undefined): KnownPart => (PartNumber, body) => {
  const part = parts?.get(PartNumber)
  return part === undefined || part.Size !== body.length ? Effect.undefined : Effect.map(
    isOf(body, part),
    (isSame) => isSame ? { PartNumber, ETag: part.ETag, ...checksumsOf(part) } : undefined
  )
}

/** What a later call can't go on with. */
const isLost = (error: unknown): boolean =>
  error instanceof CannotReadFile || (error as { readonly _tag?: unknown })._tag === "BucketDoesNotExist" ||
  // After a conflict with another write, S3 completes the upload no more: AWS says to begin another one.
  (AwsError.isAwsError(error) && ["NoSuchUpload", "ConditionalRequestConflict"].includes(error.code))

/** Aborts an upload that an earlier call has begun, and that no call will go on with. */
const discard = Effect.fnUntraced(function*(parameters: ObjectParameters, record: UploadRecord, why: string) {
  yield* Effect.logDebug(`Not going on with the multipart upload ${record.uploadId}: ${why}`)
  yield* abortUpload(idOf(parameters, record.uploadId))
})

/** Aborts what an earlier call has begun of a file that has since been uploaded in one request. */
export const discardResumable = Effect.fnUntraced(function*(parameters: ObjectParameters, source: ResumedFile) {
  if (source.resume === undefined || source.resume === false) return
  const records = yield* recordsFor(source)
  const subject = yield* subjectOf(parameters, source.path)
  const record = yield* records.find(subject)
  if (record === undefined) return
  yield* discard(parameters, record, "the file is uploaded in one request")
  yield* records.remove(subject, record.uploadId)
})

const cannotRemember = (directory: string, { cause }: Cause.UnknownError) =>
  refuse("CreateMultipartUpload", {
    code: "InvalidStateDirectory",
    description: `the upload can't be remembered in ${directory}: ${
      cause instanceof Error ? cause.message : String(cause)
    }`,
    advice: "Pass a `stateDirectory` that can be written to, or don't ask for `resume`."
  })

type Send = (
  upload: Upload,
  known: KnownPart
) => Effect.Effect<Sent, CannotReadFile | WriteFailure, AwsClients>

/** The upload to go on with, and the parts that S3 has of it. What can't be gone on with is aborted. */
const findBegun = Effect.fnUntraced(function*(
  parameters: ObjectParameters,
  wanted: Subject & Omit<UploadRecord, "uploadId">,
  record: UploadRecord | undefined
) {
  if (record === undefined) return undefined
  const isSame = (Object.keys(wanted) as Array<keyof typeof wanted>).every((field) => record[field] === wanted[field])
  if (!isSame) {
    yield* discard(parameters, record, "the file or the options have changed")
    return undefined
  }
  const parts = yield* partsOf(idOf(parameters, record.uploadId))
  return parts === undefined ? undefined : { uploadId: record.uploadId, parts }
})

/** Uploads a file in parts, and goes on with the upload that an earlier call has begun, if there is one. */
export const resumable = Effect.fnUntraced(function*(
  parameters: ObjectParameters,
  source: ResumedFile & { readonly partSize: number },
  send: Send
) {
  const { file, partSize } = source
  const records = yield* recordsFor(source)
  yield* Effect.catch(records.prepare, (error) => cannotRemember(records.directory, error))
  const subject = yield* subjectOf(parameters, source.path)
  const { IfMatch: _, IfNoneMatch: __, ...kept } = parameters
  const wanted = {
    ...subject,
    size: file.size,
    modified: String(file.modified),
    partSize,
    options: digestOf({ ...kept, ...(yield* checksumOfParts(parameters)) })
  }
  const begun = yield* findBegun(parameters, wanted, yield* records.find(subject)).pipe(
    mapWriteErrors({ bucket: parameters.Bucket, key: parameters.Key })
  )
  if (begun !== undefined) {
    yield* Effect.logDebug(`Going on with the multipart upload ${begun.uploadId}: S3 has ${begun.parts.size} parts`)
  }
  return yield* uploadInParts(parameters, (upload) => send(upload, knownFrom(begun?.parts)), {
    begun: begun?.uploadId,
    onBegun: (uploadId) =>
      Effect.catch(records.write({ ...wanted, uploadId }), (error) => cannotRemember(records.directory, error)),
    isKept: (cause) => !cause.reasons.some((reason) => Cause.isFailReason(reason) && isLost(reason.error)),
    onEnded: (uploadId) => records.remove(subject, uploadId)
  })
})
