// Carries out a plan: transfers at once as many as it may, deletes at the end, and tells of each.
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import type {
  BucketDoesNotExist,
  CannotWriteFile,
  DirectoryDoesNotExist,
  TransferError,
  TransferItem
} from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { concurrencyProblem, refuse } from "./invalid.ts"
import type { Pair } from "./listings.ts"
import type { Progress } from "./options.ts"
import { makePlan, type PlanOptions, type Sides, type Transfer } from "./plan.ts"
import { type SkipReason, TransferEvent } from "./transfers.ts"

/** How a deletion ended: `undefined`, or why it failed. */
export type Deleted = readonly [TransferItem, TransferError | undefined]

/** What makes the whole impossible. */
export type Fatal = BucketDoesNotExist | DirectoryDoesNotExist | CannotWriteFile | AwsError

export interface Route<F extends Fatal> extends Sides {
  /** Runs before the first change of the target. */
  readonly prepare?: Effect.Effect<unknown, F>
  /** Succeeds with the number of bytes. */
  readonly transfer: (
    step: Transfer,
    options: { readonly onProgress?: (progress: Progress) => Effect.Effect<void> }
  ) => Effect.Effect<number, TransferError | BucketDoesNotExist, AwsClients>
  /** Why a transfer that S3 refused counts as skipped. */
  readonly whySkipped?: (error: TransferError) => SkipReason | undefined
  readonly remove: (
    items: ReadonlyArray<TransferItem>
  ) => Effect.Effect<ReadonlyArray<Deleted>, BucketDoesNotExist | AwsError, AwsClients>
  /** Makes room for what couldn't be written before something was deleted. */
  readonly clear?: (path: string) => Effect.Effect<void, TransferError>
}

export interface EngineOptions extends PlanOptions {
  readonly concurrency: number
  readonly dryRun: boolean
}

/** In bytes. Of a smaller file, only the end is told. */
const LONG = 2 ** 20
/** How much memory transfers may use together, and the most that one of them is taken to use, in MiB. */
const MEMORY = 128
const MOST_MEMORY = 32
/** How many are deleted together: S3's limit. */
const DELETED_TOGETHER = 1_000
/** How many events wait for the consumer. */
const WAITING = 256

const operations = { upload: "PutObject", download: "GetObject", copy: "CopyObject" } as const

const memoryFor = ({ action, size = 0 }: TransferItem): number =>
  action === "copy" ? 1 : Math.min(MOST_MEMORY, Math.max(1, Math.ceil(size / 2 ** 20)))

/** What makes every other transfer fail, too. */
const isFatal = (error: TransferError | BucketDoesNotExist): error is BucketDoesNotExist | AwsError =>
  error._tag === "BucketDoesNotExist" ||
  (error._tag === "AwsError" && ["CredentialsUnavailable", "CredentialsRejected"].includes(error.reason._tag))

/** Whether something has the file's name, or that of a directory for it. */
const isObstructed = (error: TransferError): boolean =>
  error._tag === "FileAlreadyExists" || error._tag === "CannotWriteFile"

export const execute = <E, F extends Fatal = never>(
  pairs: Stream.Stream<Pair, E, AwsClients>,
  route: Route<F>,
  { concurrency, deletes, dryRun, filter }: EngineOptions
): Stream.Stream<TransferEvent, E | F | BucketDoesNotExist | AwsError, AwsClients> => {
  const problem = concurrencyProblem(concurrency)
  if (problem !== undefined) {
    return Stream.fromEffect(refuse(operations[route.action], problem))
  }
  return Stream.callback<TransferEvent, E | F | BucketDoesNotExist | AwsError, AwsClients>(
    (queue) =>
      Effect.gen(function*() {
        const plan = makePlan(route, { deletes, filter })
        const memory = yield* Semaphore.make(MEMORY)
        /** What may succeed once something is deleted. */
        const postponed: Array<Transfer> = []
        const tell = (...events: ReadonlyArray<TransferEvent>) => Effect.asVoid(Queue.offerAll(queue, events))
        const prepare = route.prepare ?? Effect.void

        const transfer = Effect.fnUntraced(function*(step: Transfer, isLast: boolean) {
          const { item } = step
          const isLong = (item.size ?? 0) > LONG
          const result = yield* Effect.result(route.transfer(
            step,
            isLong ? { onProgress: (progress) => tell(TransferEvent.Bytes({ item, ...progress })) } : {}
          ))
          if (Result.isSuccess(result)) {
            const size = result.success
            const done = TransferEvent.Done({ item: size === item.size ? item : { ...item, size } })
            return yield* isLong
              ? tell(done)
              : tell(TransferEvent.Bytes({ item, transferred: size, total: size }), done)
          }
          const error = result.failure
          if (isFatal(error)) return yield* error
          const why = route.whySkipped?.(error)
          if (why !== undefined) yield* tell(TransferEvent.Skipped({ item, why }))
          else if (deletes && !isLast && isObstructed(error)) postponed.push(step)
          else yield* tell(TransferEvent.Failed({ item, error }))
        })

        const begin = Effect.fnUntraced(function*(step: Transfer) {
          const { isUnchanged, item } = step
          const found = yield* Effect.result(isUnchanged ?? Effect.succeed(false))
          if (Result.isFailure(found)) {
            if (isFatal(found.failure)) return yield* found.failure
            return yield* tell(TransferEvent.Failed({ item, error: found.failure }))
          }
          if (found.success) return yield* tell(TransferEvent.Skipped({ item, why: "unchanged" }))
          if (dryRun) return yield* tell(TransferEvent.Planned({ item }))
          yield* prepare
          yield* tell(TransferEvent.Planned({ item }), TransferEvent.Started({ item }))
          yield* transfer(step, false)
        })

        yield* pairs.pipe(
          Stream.map(plan.steps),
          Stream.flattenIterable,
          // Here and not where it is used, so that a large file waits for those before it only.
          Stream.tap((step) =>
            step._tag === "Transfer" ? Effect.asVoid(Semaphore.take(memory, memoryFor(step.item))) : tell(step)
          ),
          Stream.mapEffect(
            (step) =>
              step._tag === "Transfer"
                ? Effect.ensuring(begin(step), Semaphore.release(memory, memoryFor(step.item)))
                : Effect.void,
            { concurrency, unordered: true }
          ),
          Stream.runDrain
        )

        const { events, items } = plan.deletions()
        yield* tell(...events)
        for (let at = 0; at < items.length; at += DELETED_TOGETHER) {
          const some = items.slice(at, at + DELETED_TOGETHER)
          yield* tell(...some.map((item) => TransferEvent.Planned({ item })))
          if (dryRun) continue
          yield* prepare
          yield* tell(...some.map((item) => TransferEvent.Started({ item })))
          const deleted = yield* route.remove(some)
          yield* tell(
            ...deleted.map(([item, error]) =>
              error === undefined ? TransferEvent.Done({ item }) : TransferEvent.Failed({ item, error })
            )
          )
        }
        for (const step of postponed) {
          yield* Effect.ignore(route.clear?.(step.item.path) ?? Effect.void)
          yield* transfer(step, true)
        }
        yield* Queue.end(queue)
      }),
    { bufferSize: WAITING }
  )
}
