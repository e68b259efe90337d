// What the publishers of all services share: a queue in a scope, which is sent in batches.
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { AwsError } from "../../errors/internal/awsError.ts"
import { classify } from "../../errors/internal/classify.ts"
import { PublisherClosed } from "../../errors/internal/publisherErrors.ts"
import * as Reason from "../../errors/internal/reasons.ts"
import { counted, sentence } from "../../errors/internal/words.ts"
import { AwsClients } from "../../src/AwsClients.ts"
import { steadyMillis } from "../../src/internal/steady.ts"
import type * as Retry from "../../src/Retry.ts"
import { filling, type Limit, type Part, sendParts, sizesOf } from "./batches.ts"
import { check, countProblem, durationProblem } from "./invalid.ts"
import { linksTo } from "./links.ts"

/**
 * The options that all publishers have.
 *
 * @category models
 * @since 0.1.0
 */
export interface PublishingOptions {
  /** The longest time that anything waits in the queue for a batch to fill up. With 0, it's sent at once. */
  readonly maxDelay?: Duration.Input | undefined
  /**
   * How much the publisher holds at most: what is queued, what is being sent, and what waits to be sent again. Publishing
   * more than that waits. By default 1,000.
   */
  readonly capacity?: number | undefined
  /**
   * How many batches are sent at a time. By default 1, which keeps their order.
   */
  readonly concurrency?: number | undefined
  /**
   * When to send again what failed for a transient reason. This comes on top of the Layer's own retries. By default for up to
   * an hour, with waits that grow from 200 ms (1 second if throttled) to 30 seconds, with jitter.
   */
  readonly retry?: Retry.Policy | undefined
  /**
   * How long the end of the scope waits for what isn't sent yet. By default 10 seconds. After that, `onFailure` has the same
   * time once more.
   */
  readonly shutdownTimeout?: Duration.Input | undefined
}

/** Why an element was not delivered, or may not have been. */
export interface Failure {
  readonly code: string
  readonly message: string
  /** Whether it may have been delivered all the same. */
  readonly isUnknown: boolean
  /** The failure of the whole call, if it's that. */
  readonly cause: AwsError | undefined
}

/** An element that is lost, unless somebody takes care of it. */
export interface Lost<A> {
  readonly element: A
  readonly failure: Failure
}

/** What becomes of an element. */
export type Fate<B> = Result.Result<B, Failure>

/** What a service says of its publisher. */
export interface Settings<A, B, R> extends PublishingOptions {
  readonly service: string
  /** The operation that sends a batch: `PutEvents`. */
  readonly operation: string
  /** What is published, in the words of the log and of errors: `events for the event bus orders`. */
  readonly what: string
  readonly maxDelay: Duration.Input
  readonly limits: ReadonlyArray<Limit<A>>
  /** Sends a batch once, and says for each element what became of it. */
  readonly send: (batch: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<Part<A, Fate<B>>>, never, AwsClients>
  /** Takes care of what is lost. By default an error in the log says what that is. */
  readonly onFailure: ((lost: ReadonlyArray<Lost<A>>) => Effect.Effect<unknown, unknown, R>) | undefined
  /** Says why they are lost, for the log. */
  readonly describe: (lost: ReadonlyArray<Lost<A>>) => string
  /** What an element is, for the log: `OrderPlaced of shop`. */
  readonly kindOf: (element: A) => string
}

/** A publisher of elements that are ready to be sent. */
export interface Publishing<A, B> {
  readonly publishAll: (elements: ReadonlyArray<A>) => Effect.Effect<void, PublisherClosed>
  readonly deliver: (element: A) => Effect.Effect<Fate<B>, PublisherClosed>
  readonly flush: Effect.Effect<void>
  readonly pending: Effect.Effect<number>
}

interface Item<A, B> {
  readonly element: A
  readonly sizes: ReadonlyArray<number>
  /** The span in which it was published. */
  readonly span: Tracer.AnySpan | undefined
  /** Its place in the order of acceptance. */
  number: number
  /** When it has waited long enough, in milliseconds of a clock that nobody sets. */
  due: number
  isInCall: boolean
  /** Whether an attempt may have delivered it. Then no later refusal makes it certain that it wasn't. */
  isUnknown: boolean
  last: Failure | undefined
  /** Set for `deliver`, whose caller learns the fate in place of `onFailure`. */
  caller: { fate: Fate<B> | undefined; resume: (fate: Fate<B>) => void } | undefined
}

/** Somebody who publishes, until the queue has taken all. */
interface Waiter<A, B> {
  readonly items: ReadonlyArray<Item<A, B>>
  accepted: number
  readonly resume: (exit: Exit.Exit<void, PublisherClosed>) => void
}

/** The longest wait before another attempt while the publisher closes, which leaves little time for attempts. */
const closingWait = Duration.seconds(1)

/** The waits grow exponentially, with jitter, and end after an hour. */
const patient: Retry.Policy = Schedule.forever.pipe(
  Schedule.setInputType<Reason.AwsErrorReason>(),
  Schedule.modifyDelay(({ attempt, input }) => {
    const first = input._tag === "Throttled" ? 1_000 : 200
    return Effect.map(
      Random.next,
      (jitter) => Duration.millis((0.5 + jitter / 2) * Math.min(30_000, first * 2 ** Math.min(attempt - 1, 30)))
    )
  }),
  Schedule.upTo({ duration: "1 hour" })
)

/**
 * Makes a publisher that lasts as long as the scope. Everything that it accepts has one end: it's delivered, its caller
 * learns why it wasn't, or `onFailure` does.
 */
export const make = Effect.fnUntraced(function*<A, B, R>(
  settings: Settings<A, B, R>
): Effect.fn.Return<Publishing<A, B>, AwsError, AwsClients | R | Scope.Scope> {
  const {
    capacity = 1_000,
    concurrency = 1,
    shutdownTimeout = "10 seconds",
    limits,
    operation,
    retry = patient,
    service,
    what
  } = settings
  yield* check(
    service,
    operation,
    durationProblem("maxDelay", settings.maxDelay),
    countProblem("capacity", capacity),
    countProblem("concurrency", concurrency),
    durationProblem("shutdownTimeout", shutdownTimeout)
  )
  const maxDelay = Duration.toMillis(settings.maxDelay)
  const { config: { region } } = yield* AwsClients
  // A report belongs to the span of what it reports.
  const context = Context.omit(Tracer.ParentSpan)(yield* Effect.context<AwsClients | R>()) as Context.Context<R>

  const queue: Array<Item<A, B>> = []
  /** All that is accepted and has no end yet, in the order of acceptance. */
  const open = new Set<Item<A, B>>()
  /** Those who publish, and wait for room. */
  const waiting = new Set<Waiter<A, B>>()
  const flushes = new Set<{ readonly upTo: number; readonly resume: () => void }>()
  const reports = new Set<Fiber.Fiber<unknown, unknown>>()
  const closing = yield* Deferred.make<void>()
  const drained = yield* Deferred.make<void>()
  let isClosed = false
  let isStopping = false
  let isOver = false
  let accepted = 0
  let flushUpTo = 0

  // The batch at the head of the queue.
  let head = filling(limits)
  let headLength = 0
  let isHeadFull = false
  const fillHead = () => {
    while (!isHeadFull && headLength < queue.length) {
      const fits = head.take(queue[headLength]!.sizes)
      // An element that exceeds a limit on its own is a batch of its own: AWS says what is wrong with it.
      if (fits || headLength === 0) headLength++
      isHeadFull = !fits || head.isFull()
    }
  }
  const takeHead = () => {
    const batch = queue.splice(0, headLength)
    head = filling(limits)
    headLength = 0
    isHeadFull = false
    fillHead()
    return batch
  }

  const clock = yield* Clock.clockWith(Effect.succeed)
  // The time of day may be set back or forward.
  const now = () => steadyMillis(clock)

  const isDue = (): boolean => {
    const [first] = queue
    return first !== undefined &&
      (isClosed || isHeadFull || open.size >= capacity || first.number <= flushUpTo || first.due <= now())
  }

  // Only the fiber that makes batches waits for a change.
  let changes = 0
  let wake = () => {}
  const signal = () => {
    changes++
    wake()
  }
  const changeSince = (seen: number) =>
    Effect.callback<void>((resume) => {
      if (changes !== seen) return resume(Effect.void)
      wake = () => resume(Effect.void)
    })

  const accept = (item: Item<A, B>) => {
    item.number = ++accepted
    item.due = now() + maxDelay
    open.add(item)
    queue.push(item)
  }

  const admit = () => {
    const wasEmpty = queue.length === 0
    for (const waiter of waiting) {
      while (waiter.accepted < waiter.items.length && open.size < capacity) {
        accept(waiter.items[waiter.accepted++]!)
      }
      if (waiter.accepted < waiter.items.length) break
      waiting.delete(waiter)
      waiter.resume(Exit.void)
    }
    fillHead()
    if (wasEmpty || isDue()) signal()
  }
  const refuse = ({ accepted, items: { length: given }, resume }: Waiter<A, B>) =>
    resume(Exit.fail(new PublisherClosed({ what, accepted, given })))

  /** These have their end. */
  const end = (items: ReadonlyArray<Item<A, B>>) => {
    for (const item of items) open.delete(item)
    admit()
    const first = open.values().next().value?.number ?? Infinity
    const done = [...flushes].filter(({ upTo }) => upTo < first)
    // Whoever a flush resumes goes on at once, and may begin another.
    for (const flush of done) flushes.delete(flush)
    for (const flush of done) flush.resume()
    if (isClosed && open.size === 0) Deferred.doneUnsafe(drained, Exit.void)
    signal()
  }

  const failureOf = (item: Item<A, B>): Failure => {
    const { isInCall, isUnknown, last } = item
    if (last !== undefined && !isInCall) return { ...last, isUnknown }
    const reason = new Reason.TimedOut({
      code: "ShutdownTimedOut",
      description: isInCall
        ? "the publisher closed, and `shutdownTimeout` ended before AWS answered"
        : "the publisher closed, and `shutdownTimeout` ended before this was sent",
      isRetryable: true
    })
    const cause = new AwsError({ service, operation, region, reason, mayHaveSucceeded: isUnknown || isInCall })
    return { code: cause.code, message: cause.message, isUnknown: cause.mayHaveSucceeded, cause }
  }

  const describe = (lost: ReadonlyArray<Lost<A>>): string =>
    `${sentence(settings.describe(lost))} ${lost.length === 1 ? "It was" : "They were"}: ${
      [...Map.groupBy(lost, ({ element }) => settings.kindOf(element))]
        .map(([kind, { length }]) => `${length} ${kind}`).join(", ")
    }.`

  const logLost = (lost: ReadonlyArray<Lost<A>>, why: string, cause?: Cause.Cause<unknown>) =>
    Effect.logError(`${describe(lost)}${why}`, ...(cause === undefined ? [] : [cause]))

  /** Hands over what is lost. What `onFailure` does can't end the publisher. */
  const report = Effect.fnUntraced(function*(items: ReadonlyArray<Item<A, B>>) {
    const lost = items.map((item) => ({ element: item.element, failure: failureOf(item) }))
    if (lost.length === 0) return
    const { onFailure } = settings
    if (onFailure === undefined) return yield* logLost(lost, "")
    if (isOver) return yield* logLost(lost, " The publisher has closed, so `onFailure` was not called.")
    const fiber = yield* Effect.forkDetach(
      Effect.provideContext(Effect.suspend(() => onFailure(lost)), context),
      { startImmediately: true, uninterruptible: false }
    )
    reports.add(fiber)
    const exit = yield* Fiber.await(fiber)
    reports.delete(fiber)
    if (Exit.isFailure(exit)) yield* logLost(lost, " `onFailure` did not succeed.", exit.cause)
  }, Effect.uninterruptible)

  /** Ends these for their callers, who go on only then. */
  const answer = (items: ReadonlyArray<Item<A, B>>) => {
    end(items)
    for (const { caller } of items) if (caller?.fate !== undefined) caller.resume(caller.fate)
  }

  /** These are not delivered, as far as the publisher can tell. */
  const lose = (items: ReadonlyArray<Item<A, B>>) =>
    Effect.uninterruptible(Effect.suspend(() => {
      const [unheard, heard] = [items.filter(({ caller }) => !caller), items.filter(({ caller }) => caller)]
      for (const item of heard) item.caller!.fate = Result.fail(failureOf(item))
      answer(heard)
      return Effect.andThen(report(unheard), Effect.sync(() => end(unheard)))
    }))

  /** Sends a batch once, and ends what needs no further attempt. */
  const attempt = (batch: ReadonlyArray<Item<A, B>>) =>
    Effect.suspend(() => {
      const items = new Map(batch.map((item) => [item.element, item]))
      for (const item of batch) item.isInCall = true
      return settings.send(batch.map(({ element }) => element)).pipe(
        Effect.map((parts) => {
          const delivered: Array<Item<A, B>> = []
          const lost: Array<Item<A, B>> = []
          const results: Array<Part<Item<A, B>, void>> = []
          for (const { again, element, result } of parts) {
            const item = items.get(element)!
            item.isInCall = false
            if (Result.isSuccess(result)) {
              delivered.push(item)
              if (item.caller !== undefined) item.caller.fate = result
            } else {
              item.last = result.failure
              item.isUnknown ||= result.failure.isUnknown
              if (again === undefined) lost.push(item)
            }
            results.push({ element: item, result: undefined, again })
          }
          answer(delivered)
          return { lost, results }
        }),
        Effect.tap(({ lost }) => lose(lost)),
        Effect.map(({ results }) => results)
      )
    })

  // A wait ends when the publisher closes, and the waits after that are short.
  const policy = Schedule.modifyDelay(retry, ({ duration }) => {
    if (isClosed) return Effect.succeed(Duration.min(duration, closingWait))
    return Effect.as(Effect.timeoutOption(Deferred.await(closing), duration), Duration.zero)
  })

  const sendBatch = Effect.fnUntraced(function*(batch: ReadonlyArray<Item<A, B>>) {
    yield* Effect.logDebug(`Sending ${counted(batch.length, what)}; the queue has ${queue.length} more`)
    let hasWarned = false
    yield* sendParts(batch, { what, retry: policy }, (pending) =>
      Effect.tap(attempt(pending), (parts) => {
        const again = parts.filter(({ again }) => again !== undefined)
        if (again.length === 0 || hasWarned) return Effect.void
        hasWarned = true
        return Effect.logWarning(
          `AWS ${again.some(({ element }) => element.isUnknown) ? "may not have accepted" : "did not accept"} ` +
            `${counted(again.length, what)}. The publisher sends ${again.length === 1 ? "it" : "them"} again. ` +
            `The first failure: ${again[0]!.element.last!.message}`
        )
      }))
  })

  /** Ends what `sendBatch` leaves: its retries have ended, or it died. */
  const loseRest = (batch: ReadonlyArray<Item<A, B>>, exit: Exit.Exit<void>) => {
    if (isStopping) return Effect.void
    const rest = batch.filter((item) => open.has(item))
    if (Exit.isFailure(exit)) {
      const cause = Cause.squash(exit.cause)
      const mayHaveSucceeded = rest.some(({ isInCall }) => isInCall)
      const error = new AwsError({ service, operation, region, reason: classify(cause), cause, mayHaveSucceeded })
      for (const item of rest) {
        item.isUnknown ||= item.isInCall
        item.isInCall = false
        item.last = { code: error.code, message: error.message, isUnknown: item.isUnknown, cause: error }
      }
    }
    return lose(rest)
  }

  let running = 0
  /** The next batch, as soon as it's due and may be sent; `undefined` when the publisher has closed and there is none. */
  const nextBatch = Effect.gen(function*() {
    while (true) {
      const seen = changes
      const [first] = queue
      if (isClosed && first === undefined) return undefined
      if (running < concurrency && isDue()) return takeHead()
      const change = changeSince(seen)
      yield* first === undefined || running >= concurrency
        ? change
        : Effect.timeoutOption(change, Duration.millis(first.due - now()))
    }
  })
  const scope = yield* Scope.make("parallel")
  const pump = Effect.gen(function*() {
    while (true) {
      const batch = yield* nextBatch
      if (batch === undefined) return
      running++
      const send = sendBatch(batch).pipe(
        Effect.onExit((exit) => loseRest(batch, exit)),
        Effect.withSpan(`${service}.publisher`, {
          root: true,
          links: linksTo(batch.map(({ span }) => span)),
          attributes: { "messaging.batch.message_count": batch.length }
        }),
        Effect.ensuring(Effect.sync(() => {
          running--
          signal()
        }))
      )
      yield* Effect.forkIn(send, scope, { startImmediately: true, uninterruptible: false })
    }
  })

  const close = Effect.gen(function*() {
    isClosed = true
    for (const waiter of waiting) refuse(waiter)
    waiting.clear()
    yield* Deferred.succeed(closing, undefined)
    end([])
    if (open.size > 0) yield* Effect.logDebug(`Closing with ${counted(open.size, what)} to send`)
    yield* Effect.timeoutOption(Deferred.await(drained), shutdownTimeout)
    isStopping = true
    const stop = yield* Effect.forkDetach(
      // Calls that are under way end here. What they carried, and what is still queued, is lost.
      Effect.andThen(Scope.close(scope, Exit.void), Effect.suspend(() => lose([...open]))),
      { startImmediately: true, uninterruptible: false }
    )
    yield* Effect.timeoutOption(Fiber.await(stop), shutdownTimeout)
    isOver = true
    yield* Fiber.interruptAll(reports)
    yield* Fiber.await(stop)
  })

  yield* Effect.uninterruptible(Effect.gen(function*() {
    yield* Effect.addFinalizer(() =>
      // In a fiber of its own, because the one that closes the scope may have been interrupted: a wait in it would end at once.
      Effect.uninterruptible(
        Effect.flatMap(Effect.forkDetach(close, { startImmediately: true, uninterruptible: false }), Fiber.await)
      )
    )
    yield* Effect.forkIn(pump, scope, { uninterruptible: false })
  }))

  const enqueue = (items: ReadonlyArray<Item<A, B>>) =>
    Effect.callback<void, PublisherClosed>((resume) => {
      const waiter = { items, accepted: 0, resume }
      if (isClosed && items.length > 0) return refuse(waiter)
      waiting.add(waiter)
      admit()
      return Effect.sync(() => {
        waiting.delete(waiter)
      })
    })

  const itemOf = (element: A, span: Tracer.AnySpan | undefined, caller?: Item<A, B>["caller"]): Item<A, B> => ({
    element,
    sizes: sizesOf(limits, element),
    span,
    number: 0,
    due: 0,
    isInCall: false,
    isUnknown: false,
    last: undefined,
    caller
  })

  const currentSpan = Effect.orElseSucceed(Effect.currentParentSpan, () => undefined)

  return {
    publishAll: (elements) =>
      Effect.flatMap(currentSpan, (span) => enqueue(elements.map((element) => itemOf(element, span)))),
    deliver: Effect.fnUntraced(function*(element) {
      const caller: NonNullable<Item<A, B>["caller"]> = { fate: undefined, resume: () => {} }
      const item = itemOf(element, yield* currentSpan, caller)
      const fate = Effect.callback<Fate<B>>((resume) => {
        caller.resume = (fate) => resume(Effect.succeed(fate))
        if (caller.fate !== undefined) caller.resume(caller.fate)
      })
      return yield* Effect.andThen(enqueue([item]), fate).pipe(
        // Nobody learns the fate any more, so `onFailure` does.
        Effect.onInterrupt(() => {
          item.caller = undefined
          return caller.fate !== undefined && Result.isFailure(caller.fate) ? report([item]) : Effect.void
        })
      )
    }),
    flush: Effect.callback<void>((resume) => {
      const first = open.values().next().value
      if (first === undefined) return resume(Effect.void)
      const flush = { upTo: accepted, resume: () => resume(Effect.void) }
      flushUpTo = accepted
      flushes.add(flush)
      signal()
      return Effect.sync(() => {
        flushes.delete(flush)
      })
    }),
    pending: Effect.sync(() => open.size)
  }
})
