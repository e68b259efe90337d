// Downloading an object to a file: whole, or not at all.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { ObjectChanged, ObjectCorrupted } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { openObject } from "./bodies.ts"
import { checksumOf } from "./checksums.ts"
import { crc32Digest } from "./digests.ts"
import { sendHead } from "./head.ts"
import { check, customerKeyProblem, partsProblem, rangeProblem } from "./invalid.ts"
import { openJournal } from "./journal.ts"
import { hasLeftovers, removeLeftovers, resumable } from "./leftovers.ts"
import { S3File } from "./models.ts"
import { checkDirectory, checkTarget, createFile, type NewFile, type Target } from "./newFiles.ts"
import type { DownloadFileOptions } from "./options.ts"
import { type Answer, canPin, type PartError, type Plan, planOf, transferParts } from "./parts.ts"
import { type Report, reporting } from "./progress.ts"
import { spanOf } from "./ranges.ts"
import { verify } from "./verify.ts"

export type DownloadError = PartError | ObjectCorrupted

/** Runs the transfer, and compares the file with the checksum of the object as it grows. */
const fill = Effect.fnUntraced(function*(
  plan: Plan,
  file: NewFile,
  first: Answer,
  options: DownloadFileOptions & Omit<Parameters<typeof transferParts>[3], "concurrency">
): Effect.fn.Return<number, DownloadError, AwsClients> {
  const { bucket, key } = plan
  let written = 0
  const transfer = transferParts(plan, file, first.body, {
    ...options,
    report: {
      ...options.report,
      add: (bytes) => {
        written += bytes
        options.report.add(bytes)
      }
    }
  })
  const checksum = options.range === undefined ? checksumOf(first.output) : undefined
  if (checksum === undefined) {
    yield* transfer.run
    return written
  }
  const changed = () => Effect.fail(new ObjectChanged({ bucket, key }))
  const check = (size: number) =>
    verify(file, { bucket, key, size, checksum, options: plan.pinned ?? options }, transfer.until).pipe(
      Effect.catchTags({ ObjectDoesNotExist: changed, PreconditionFailed: changed })
    )
  const verdict = plan.size === undefined
    ? yield* Effect.andThen(transfer.run, Effect.suspend(() => check(written)))
    : (yield* Effect.all([check(plan.size), transfer.run], { concurrency: 2 }))[0]
  if (verdict._tag !== "different") return written
  const { algorithm, value } = checksum
  return yield* new ObjectCorrupted({ bucket, key, algorithm, expected: value, actual: verdict.actual })
})

const noHooks = { onWritten: () => {}, onFinished: Effect.void }

/** Fills a new file, of which nothing is left if that fails. */
const fillFresh = (plan: Plan, file: NewFile, first: Answer, report: Report, options: DownloadFileOptions) =>
  fill(plan, file, first, { ...options, report, finished: new Set(), hooksOf: () => noHooks })

/** Fills the file of an earlier download of the same object, or else a new one, which a later download can go on with. */
const fillResumable = Effect.fnUntraced(function*(
  plan: Plan & { readonly size: number },
  target: Target,
  first: Answer,
  report: Report,
  options: DownloadFileOptions
) {
  const { bucket, key, offset, parts, pinned, size } = plan
  let isWorthKeeping = false
  const identity = JSON.stringify([bucket, key, options.versionId, pinned?.ifMatch, size, offset, parts[0]])
  const file = yield* createFile(target, resumable(target, identity, () => isWorthKeeping))
  const { finished, journal } = yield* openJournal(file, size, parts)
  isWorthKeeping = finished.size > 0
  const hooksOf = (index: number) => {
    const digest = crc32Digest()
    return {
      onWritten: digest.update,
      onFinished: Effect.suspend(() => journal.finish(index, digest.finish())).pipe(
        Effect.andThen(Effect.sync(() => isWorthKeeping = true))
      )
    }
  }
  const written = yield* fill(plan, file, first, { ...options, report, finished, hooksOf }).pipe(
    // What is there is of no use to anyone.
    Effect.tapError(({ _tag }) =>
      Effect.sync(() => {
        if (_tag === "ObjectChanged" || _tag === "ObjectCorrupted") isWorthKeeping = false
      })
    )
  )
  // Without its journal, the file is of no use to a later download: it would fetch everything again.
  yield* Effect.uninterruptible(Effect.tap(journal.end, () => Effect.sync(() => isWorthKeeping = false)))
  return { file, written }
})

/** Asks for the object, and for its bytes from the first one on. */
const open = (bucket: string, key: string, options: DownloadFileOptions) =>
  Effect.map(
    openObject(bucket, key, { ...options, isChecked: true }),
    (body): Answer => ({ output: body.output, span: body.span, body })
  )

/**
 * Asks for the object only, as its first bytes may be there already. `undefined` if that doesn't tell enough: whoever may not do
 * this gets to know why from a GetObject.
 */
const ask = Effect.fnUntraced(function*(bucket: string, key: string, options: DownloadFileOptions) {
  const output = yield* sendHead(bucket, key, options).pipe(
    Effect.catchIf(
      (error) => AwsError.isAwsError(error) && ["AccessDenied", "Rejected"].includes(error.reason._tag),
      () => Effect.undefined
    )
  )
  const span = output?.ContentLength === undefined ? undefined : spanOf(options.range, output.ContentLength)
  return output === undefined || span === undefined || !canPin(output) ? undefined : { output, span }
})

/** Of no use to a later call either. */
const areUseless = new Set(["ObjectDoesNotExist", "PreconditionFailed", "RangeNotSatisfiable"])

/** The first answer to a download that may be resumed. */
const resume = Effect.fnUntraced(function*(target: Target, options: DownloadFileOptions) {
  const { bucket, key } = options
  if (!(yield* hasLeftovers(target.path))) return yield* open(bucket, key, options)
  return yield* ask(bucket, key, options).pipe(
    Effect.filterOrElse((answer) => answer !== undefined, () => open(bucket, key, options)),
    Effect.tapError(({ _tag }) => areUseless.has(_tag) ? removeLeftovers(target.path) : Effect.void)
  )
})

const download = Effect.fnUntraced(
  function*(options: DownloadFileOptions): Effect.fn.Return<S3File, DownloadError, AwsClients | Scope.Scope> {
    const { bucket, customerKey, key, keepTime, overwrite = false, path, range, resume: isResumed = false } = options
    yield* check("GetObject", rangeProblem(range), partsProblem(options), customerKeyProblem(customerKey))
    yield* Effect.logDebug(`Downloading s3://${bucket}/${key} to the file ${path}`)
    const target = yield* checkTarget(path, overwrite).pipe(
      Effect.tapError(({ _tag }) =>
        isResumed && _tag === "FileAlreadyExists" ? removeLeftovers(options.path) : Effect.void
      )
    )
    // Before anything is sent, so that a directory that isn't there costs no request.
    const fresh = isResumed ? yield* checkDirectory(target) : yield* createFile(target)
    const { file, output, written } = yield* reporting(options, (report) =>
      Effect.gen(function*() {
        const first = yield* (isResumed ? resume(target, options) : open(bucket, key, options))
        const plan = planOf({ bucket, key }, first, options)
        const { size } = plan
        if (size !== undefined) report.setTotal(size)
        const { output } = first
        if (fresh === undefined && plan.pinned !== undefined && size !== undefined) {
          return { ...yield* fillResumable({ ...plan, size }, target, first, report, options), output }
        }
        const file = fresh ?? (yield* createFile(target))
        return { file, written: yield* fillFresh(plan, file, first, report, options), output }
      }))
    const { ETag, LastModified, Metadata = {}, VersionId } = output
    yield* file.moveIntoPlace(keepTime === true ? LastModified : undefined)
    return new S3File({
      path,
      bucket,
      key,
      size: written,
      metadata: Metadata,
      ...(ETag !== undefined && { etag: ETag }),
      ...(VersionId !== undefined && { versionId: VersionId })
    })
  },
  Effect.scoped
)

export const downloadFile = Effect.fn("S3.downloadFile")(function*(
  options: DownloadFileOptions
): Effect.fn.Return<S3File, DownloadError, AwsClients> {
  return yield* download(options)
})
