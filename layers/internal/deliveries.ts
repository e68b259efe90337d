// Runs Effects for what the in-memory AWS delivers.
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import * as Latch from "effect/Latch"
import type * as Scope from "effect/Scope"
import { copyData } from "../../emulator/engine/copy.ts"
import type { Delivery } from "../../emulator/engine/events.ts"
import { describeDefect, type World } from "../../emulator/engine/world.ts"
import { Defect } from "../../src/internal/defect.ts"

/** Which deliveries: those to an ARN, or those that a function selects. */
export type Target = string | ((delivery: Delivery) => boolean)

/** What runs for a delivery: a function of its input, or a handler of `Lambda.handler`. */
export type Handler<A, E, R> =
  | ((input: any, delivery: Delivery) => Effect.Effect<A, E, R>)
  | { readonly invoke: (input: any) => Effect.Effect<A, E, R> }

export interface Options {
  /** The ARN of the queue for what failed each time. For a target that isn't a function, by default that of the rule's target. */
  readonly deadLetterQueue?: string | undefined
}

/** How long Lambda waits before it runs a function again that failed. */
const waits = ["1 minute", "2 minutes"] as const

/** How many handlers may run because of others while `settled` waits. */
const most = 10_000

const endless = (runs: number): string =>
  `InMemory.settled: ${runs} handlers have run, because of one another, since it began to wait. ` +
  "Probably, a handler causes the event that it runs for: narrow the pattern of its rule."

const isArn = (target: string): boolean => /^arn:[\w-]+:[\w-]+:[^:]*:[^:]*:.+/.test(target)

const notArn =
  "isn't an ARN. Name the target as its rule does, such as arn:aws:lambda:us-east-1:123456789012:function:orders."

const isFunction = ({ target }: Delivery): boolean => target.split(":")[2] === "lambda"

/** The members of a rule's target that decide about failures. */
interface Settings {
  readonly DeadLetterConfig?: { readonly Arn?: string }
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number }
}

const text = (value: string) => ({ DataType: "String", StringValue: value })
const numeric = (value: number) => ({ DataType: "Number", StringValue: String(value) })

/** EventBridge would try 185 times within a day, unless the target says less. */
const retriesOf = (delivery: Delivery): number => {
  const { RetryPolicy } = (delivery.settings ?? {}) as Settings
  return isFunction(delivery) ? waits.length : Math.min(waits.length, RetryPolicy?.MaximumRetryAttempts ?? 185)
}

/** What goes to a dead-letter queue. Lambda has accepted an event before it runs the function, so the queue is one of the function's. */
const deadLetterOf = (delivery: Delivery, message: string, retries: number, { deadLetterQueue }: Options) => {
  const { account, from, input, region, target } = delivery
  if (isFunction(delivery)) {
    return deadLetterQueue === undefined ? undefined : {
      from: target,
      target: deadLetterQueue,
      account,
      region,
      input,
      settings: { MessageAttributes: { ErrorCode: numeric(200), ErrorMessage: text(message) } }
    }
  }
  const queue = deadLetterQueue ?? ((delivery.settings ?? {}) as Settings).DeadLetterConfig?.Arn
  return queue === undefined ? undefined : {
    from,
    target: queue,
    account,
    region,
    input,
    settings: {
      MessageAttributes: {
        RULE_ARN: text(from),
        TARGET_ARN: text(target),
        ERROR_CODE: text("ERROR_FROM_TARGET"),
        ERROR_MESSAGE: text(message),
        EXHAUSTED_RETRY_CONDITION: text("MaximumRetryAttempts"),
        RETRY_ATTEMPTS: text(String(retries))
      }
    }
  }
}

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}

/** The handlers that run for what one world delivers. */
export const make = (world: World, clock: Clock.Clock, mostRuns = most) => {
  const onClock = Effect.provideService(Clock.Clock, clock)
  let running = 0
  let begun = 0
  const idle = Latch.makeUnsafe(true)

  /** Counts one delivery among those that run. What waits for its next attempt doesn't. */
  const makeRun = () => {
    let isRunning = false
    return {
      begin: () => {
        if (isRunning) return
        isRunning = true
        running++
        idle.closeUnsafe()
        // Wakes `settled`, which counts: handlers that cause one another are never idle.
        if (++begun % mostRuns === 0) idle.openUnsafe()
      },
      end: () => {
        if (!isRunning) return
        isRunning = false
        running--
        if (running === 0) idle.openUnsafe()
      }
    }
  }

  const attempts = Effect.fnUntraced(function*<A, E, R>(
    run: (input: unknown, delivery: Delivery) => Effect.Effect<A, E, R>,
    delivery: Delivery,
    options: Options,
    { begin, end }: ReturnType<typeof makeRun>
  ) {
    const most = retriesOf(delivery)
    for (let attempt = 0;; attempt++) {
      begin()
      const exit = yield* Effect.exit(Effect.suspend(() => run(copyData(delivery.input), delivery)))
      if (Exit.isSuccess(exit)) return
      const failed = `What runs for deliveries to ${delivery.target} failed`
      if (attempt < most) {
        yield* Effect.logWarning(`${failed}, and runs again after ${waits[attempt]}.`, exit.cause)
        end()
        yield* Effect.sleep(waits[attempt]!)
        continue
      }
      const deadLetter = deadLetterOf(delivery, messageOf(exit.cause), attempt, options)
      const fate = deadLetter === undefined ? "is lost" : `goes to ${deadLetter.target}`
      yield* Effect.logError(`${failed} for the last time: the delivery ${fate}.`, exit.cause)
      if (deadLetter !== undefined) world.deliver(deadLetter, clock.currentTimeMillisUnsafe())
      return
    }
  })

  const onDelivery = Effect.fnUntraced(function*<A, E, R>(
    target: Target,
    handler: Handler<A, E, R>,
    options: Options = {}
  ): Effect.fn.Return<void, never, R | Scope.Scope> {
    if (typeof target === "string" && !isArn(target)) {
      return yield* Effect.die(new Defect(`InMemory.onDelivery: ${JSON.stringify(target)} ${notArn}`))
    }
    const run = "invoke" in handler ? (input: unknown) => handler.invoke(input) : handler
    const isMeant = typeof target === "string" ? (delivery: Delivery) => delivery.target === target : target
    const fork = yield* FiberSet.makeRuntime<R>()
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        world.onDelivery((delivery) => {
          let isOwn: boolean
          try {
            isOwn = isMeant(delivery)
          } catch (cause) {
            // The call that caused the delivery has no part in it.
            fork(Effect.logError(`What selects deliveries died of the one to ${delivery.target}.`, cause))
            return
          }
          if (!isOwn) return
          const own = makeRun()
          own.begin()
          // It starts after the call that caused it.
          fork(Effect.yieldNow.pipe(
            Effect.andThen(attempts(run, delivery, options, own)),
            Effect.ensuring(Effect.sync(own.end))
          ))
        })
      ),
      (stop) => Effect.sync(stop)
    )
    yield* world.live.pipe(
      onClock,
      // Whatever dies was taken off the timers, so it doesn't die again.
      Effect.catchDefect((defect) => Effect.logError(describeDefect(defect).message)),
      Effect.forever,
      Effect.forkScoped
    )
  })

  const settled: Effect.Effect<void> = Effect.gen(function*() {
    let start = begun
    while (true) {
      const before = begun
      yield* onClock(world.due)
      // A clock that has jumped makes many schedules run at once.
      start += begun - before
      if (running === 0) return
      if (begun - start >= mostRuns) return yield* Effect.die(new Defect(endless(mostRuns)))
      idle.closeUnsafe()
      yield* idle.await
    }
  })

  return { onDelivery, settled }
}
