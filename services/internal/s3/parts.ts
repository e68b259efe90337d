// The bytes of one object, fetched in parts at once, each to its place in a file.
import type { GetObjectCommandOutput } from "@aws-sdk/client-s3"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { ObjectChanged } from "../../../errors/internal/s3Errors.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import { CallPolicy } from "../../../src/internal/perCall.ts"
import * as Retry from "../../../src/Retry.ts"
import { type OpenError, type OpenObject, openObject } from "./bodies.ts"
import type { NewFile, WriteError } from "./newFiles.ts"
import type { PartOptions, ReadOptions } from "./options.ts"
import type { Report } from "./progress.ts"
import { parseContentRange, type Span } from "./ranges.ts"

/** What is downloaded, as the first answer tells it. */
export interface Plan {
  readonly bucket: string
  readonly key: string
  /** How to read further bytes of the same object; `undefined` from a store that can't pin it. */
  readonly pinned: (ReadOptions & { readonly ifMatch: string }) | undefined
  /** Where the file's first byte is in the object. */
  readonly offset: number
  /** `undefined` if S3 doesn't tell. */
  readonly size: number | undefined
  /** Spans of the file. The last one has no end if the size isn't known. */
  readonly parts: ReadonlyArray<Span>
}

const PART_SIZE = 8 * 2 ** 20
const MAX_PARTS = 10_000

/** Whether further bytes of the same object can be asked for. A weak ETag doesn't say that the bytes are the same. */
export const canPin = ({ AcceptRanges, ContentRange, ETag }: Answer["output"]): boolean =>
  ETag !== undefined && !ETag.startsWith("W/") && (AcceptRanges === "bytes" || ContentRange !== undefined)

const cut = (size: number, partSize: number): ReadonlyArray<Span> =>
  Array.from(
    { length: Math.ceil(size / partSize) },
    (_, i) => ({ start: i * partSize, end: Math.min(size, (i + 1) * partSize) })
  )

/** The first answer: that of a GetObject, with its body, or that of a HeadObject. */
export interface Answer {
  readonly output: Omit<GetObjectCommandOutput, "Body">
  readonly span: Span | undefined
  /** A body that begins with the first part. */
  readonly body?: OpenObject | undefined
}

/** An object that isn't larger than two parts comes with the first request. */
export const planOf = (
  place: { readonly bucket: string; readonly key: string },
  { output, span }: Answer,
  options: ReadOptions & PartOptions
): Plan => {
  const { customerKey, expectedOwner, versionId } = options
  const size = span === undefined ? undefined : span.end - span.start
  // Not by the version that the answer names: its permission is another one. The ETag is enough.
  const pinned = size !== undefined && canPin(output)
    ? { customerKey, expectedOwner, versionId, ifMatch: output.ETag! }
    : undefined
  const partSize = Math.max(options.partSize ?? PART_SIZE, Math.ceil((size ?? 0) / MAX_PARTS))
  return {
    ...place,
    pinned,
    size,
    offset: span?.start ?? 0,
    parts: pinned === undefined || size === undefined || size <= 2 * partSize
      ? [{ start: 0, end: size ?? Infinity }]
      : cut(size, partSize)
  }
}

export type PartError = OpenError | ObjectChanged | WriteError

/** Opens a span of the object that the plan is about. */
const openSpan = Effect.fnUntraced(function*({ bucket, key, offset, pinned, size }: Plan, { end, start }: Span) {
  const changed = () => Effect.fail(new ObjectChanged({ bucket, key }))
  const range = { start: offset + start, end: offset + end - 1 }
  const opened = yield* openObject(bucket, key, { ...pinned, range, isChecked: true }).pipe(
    Effect.catchTags({ PreconditionFailed: changed, ObjectDoesNotExist: changed, RangeNotSatisfiable: changed })
  )
  // Some stores ignore the condition.
  const total = parseContentRange(opened.output.ContentRange)?.total
  const isSmaller = total !== undefined && total < offset + (size ?? 0)
  return opened.output.ETag !== pinned?.ifMatch || isSmaller ? yield* changed() : opened
})

/** What a part calls as its bytes are written. */
interface PartHooks {
  readonly onWritten: (chunk: Uint8Array) => void
}

/**
 * Fetches a part. When its body breaks off, it is asked for again from there, as the retry policy of the call site says, or
 * else that of the clients. `first` is a body that begins with this part.
 */
const fetchPart = Effect.fnUntraced(function*(
  plan: Plan,
  file: NewFile,
  { end, start }: Span,
  first: OpenObject | undefined,
  { onWritten }: PartHooks
): Effect.fn.Return<void, PartError, AwsClients> {
  const { config } = yield* AwsClients
  const next = yield* Schedule.toStepWithSleep((yield* CallPolicy) ?? config.retry ?? Retry.standard())
  let at = start
  const receive = ({ pipeInto }: OpenObject) => {
    let isOver = false
    const written = file.writeFrom(at, (target) => pipeInto(target, end - at), (bytes) => {
      // An interruption doesn't wait for the disk.
      if (isOver) return
      at += bytes.byteLength
      onWritten(bytes)
    })
    return Effect.ensuring(written, Effect.sync(() => isOver = true))
  }
  let body = first
  while (true) {
    // The body is released before the wait for the next attempt.
    const attempt = yield* Effect.scoped(
      Effect.flatMap(
        body === undefined ? openSpan(plan, { start: at, end }) : Effect.succeed(body),
        (opened) => Effect.result(receive(opened))
      )
    )
    if (Result.isSuccess(attempt)) return
    const { failure } = attempt
    if (!AwsError.isAwsError(failure) || !failure.isRetryable || plan.pinned === undefined) return yield* failure
    body?.discard()
    body = undefined
    if (at === end) return
    const mayRetry = yield* next(failure.reason).pipe(Effect.as(true), Pull.catchDone(() => Effect.succeed(false)))
    if (!mayRetry) return yield* failure
    yield* Effect.logDebug(
      `The body of s3://${plan.bucket}/${plan.key} broke off: ${failure.message} Going on from ${at}.`
    )
  }
})

const CONCURRENCY = 10

/** A transfer of all parts. */
export interface Transfer {
  /** Ends when all parts are in the file. */
  readonly run: Effect.Effect<void, PartError, AwsClients>
  /** Ends when the file has its bytes up to this position. */
  readonly until: (end: number) => Effect.Effect<void>
}

/** Fetches the parts that aren't `finished`. `onFinished` runs when a part is in the file. */
export const transferParts = (
  plan: Plan,
  file: NewFile,
  first: OpenObject | undefined,
  options: PartOptions & {
    readonly report: Report
    readonly finished: ReadonlySet<number>
    readonly hooksOf: (index: number) => PartHooks & { readonly onFinished: Effect.Effect<void, WriteError> }
  }
): Transfer => {
  const { concurrency = CONCURRENCY, finished, hooksOf, report } = options
  const { parts } = plan
  const done = parts.map(() => Deferred.makeUnsafe<void>())
  const fetchOne = Effect.fnUntraced(function*(part: Span, index: number) {
    if (finished.has(index)) {
      if (index === 0) first?.discard()
      report.add(part.end - part.start)
    } else {
      const { onFinished, onWritten } = hooksOf(index)
      yield* fetchPart(plan, file, part, index === 0 ? first : undefined, {
        onWritten: (chunk) => {
          onWritten(chunk)
          report.add(chunk.byteLength)
        }
      })
      yield* onFinished
    }
    yield* Deferred.succeed(done[index]!, undefined)
  })
  let reached = 0
  const until = (end: number): Effect.Effect<void> =>
    reached === parts.length || parts[reached]!.start >= end
      ? Effect.void
      : Effect.flatMap(Deferred.await(done[reached]!), () => {
        reached++
        return until(end)
      })
  return { run: Effect.forEach(parts, fetchOne, { concurrency, discard: true }), until }
}
