// From an EventHandler to what Lambda's Node.js runtime calls.
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as Tracer from "effect/Tracer"
import { DeadlineExceeded, InvocationInterrupted } from "../../errors/internal/lambdaErrors.ts"
import { millisOf } from "../../src/internal/durations.ts"
import { sendable } from "./answers.ts"
import { type End, runWithin } from "./bounded.ts"
import * as Environment from "./environment.ts"
import { errorOf } from "./failures.ts"
import { type Context as InvocationContext, Current, Cutoff, MARGIN } from "./invocation.ts"
import { jsonLogger, withLogging } from "./logging.ts"
import type { Handler, HandlerOptions } from "./models.ts"
import { returned } from "./returned.ts"
import { invalid } from "./settings.ts"
import { testContext } from "./testContext.ts"
import { attributesOf, traceHeaderOf, traceOf } from "./tracing.ts"

const millisOfOption = (option: string, input: Duration.Input): number => {
  const millis = millisOf(input)
  if (millis >= 0 && Number.isFinite(millis)) return millis
  throw invalid(
    option,
    Duration.isDuration(input) ? JSON.stringify(input) : input,
    "a duration that isn't negative and has an end, as \"500 millis\""
  )
}

/** Programs in JavaScript may pass anything. What is wrong here would otherwise break each invocation, in words of Effect's. */
const check = (options: HandlerOptions<unknown, unknown, never>, layer: unknown): void => {
  const { flush, handler, logger } = options
  if (typeof handler !== "function") {
    throw invalid("handler", handler, "a function that takes the event and returns an Effect")
  }
  if (!Layer.isLayer(layer)) throw invalid("layer", layer, "a Layer")
  if (flush !== undefined && !Effect.isEffect(flush)) throw invalid("flush", flush, "an Effect")
  if (logger !== undefined && logger !== false && !Logger.isLogger(logger)) {
    throw invalid("logger", logger, "a Logger of Effect, or false")
  }
}

/** The parts of the margin: one for finalizers, one for the flush; the rest is Lambda's, to send the answer. */
const PART = 0.4

/** Without a number, there is no deadline. */
const remainingOf = (context: Partial<InvocationContext> | undefined): number => {
  if (typeof context?.getRemainingTimeInMillis !== "function") {
    throw new TypeError(
      "The handler was called without the context of an invocation, its second argument. " +
        "In a test, call `handler.invoke(event)`, or pass the value of `Lambda.testContext()`."
    )
  }
  const remaining = context.getRemainingTimeInMillis()
  return Number.isFinite(remaining) ? Math.max(0, remaining) : Infinity
}

/** Effect's own loggers break on failures that throw when they're read. */
const logFailure = (cause: Cause.Cause<unknown>) => Effect.ignoreCause(Effect.logError("The invocation failed", cause))

/** Why an effect failed by itself, if it did. */
const ownCause = ({ by, exit }: End<unknown, unknown>): Cause.Cause<unknown> | undefined =>
  by === "Itself" && exit !== undefined && Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)
    ? exit.cause
    : undefined

export const make = <A, E, R, LayerError>(
  options: HandlerOptions<A, E, R>,
  // Without a Layer, the handler requires nothing.
  layer: Layer.Layer<R, LayerError> = Layer.empty as unknown as Layer.Layer<R, LayerError>
): Handler<A> => {
  check(options as HandlerOptions<unknown, unknown, never>, layer)
  const { flush, handler, logger = jsonLogger(), xray = true } = options
  const deadlineMargin = millisOfOption("deadlineMargin", options.deadlineMargin ?? MARGIN)
  const flushTimeout = millisOfOption("flushTimeout", options.flushTimeout ?? "2 seconds")
  const logged = withLogging(logger)
  const environment = Environment.make(layer, (failure) =>
    Effect.runPromise(logged(Effect.ignoreCause(
      Effect.logError("The finalizers of the handler's Layer failed at the shutdown", Cause.die(failure))
    ))))
  const margin = (remaining: number) => Math.min(deadlineMargin, remaining / 2)

  /** Why an effect was interrupted. */
  const interruption = (
    { functionName }: InvocationContext,
    by: End<unknown, unknown>["by"],
    during: DeadlineExceeded["during"],
    remaining: number
  ) =>
    by === "Time"
      ? new DeadlineExceeded({
        functionName,
        during,
        availableMillis: Math.round(remaining - margin(remaining)),
        marginMillis: Math.round(margin(remaining))
      })
      : new InvocationInterrupted({ functionName, by: by === "Stop" ? "Shutdown" : "Effect" })

  const runFlush = Effect.fnUntraced(
    function*(flush: Effect.Effect<unknown, unknown, R>, millis: number) {
      const { by, exit } = yield* runWithin(flush, { millis, grace: 0 })
      if (by === "Time") {
        yield* Effect.logWarning(
          `The flush did not end within ${
            Math.round(millis)
          } ms, and was interrupted: telemetry may be late or lost. ` +
            "Raise `flushTimeout` or `deadlineMargin`."
        )
      } else if (exit !== undefined && Exit.isFailure(exit)) {
        yield* Effect.logWarning("The flush failed: telemetry may be lost. The answer isn't affected.", exit.cause)
      }
    }
  )

  /** The invocation, once the services are there. */
  const serve = Effect.fnUntraced(function*(
    event: unknown,
    context: InvocationContext,
    running: Environment.Running,
    parent: Tracer.ExternalSpan | undefined
  ) {
    const remaining = remainingOf(context)
    const millis = remaining - margin(remaining)
    const cutoff = (yield* Clock.currentTimeMillis) + millis
    const part = margin(remaining) * PART
    let isLogged = false
    const work = Effect.suspend(() => returned("The handler", handler(event, context))).pipe(
      Effect.scoped,
      Effect.flatMap(sendable),
      // Within the span, so that the entry has its ids.
      Effect.tapCause((cause) => {
        if (Cause.hasInterruptsOnly(cause)) return Effect.void
        isLogged = true
        return logFailure(cause)
      }),
      Effect.withSpan(context.functionName || "handler", {
        kind: "server",
        attributes: attributesOf(event, context, running.isFirst),
        ...(parent !== undefined && { parent })
      }),
      Effect.provideService(Cutoff, cutoff)
    )
    const end = yield* runWithin(work, {
      millis,
      grace: flush === undefined ? 2 * part : part,
      stop: running.stop
    })
    if (end.exit === undefined) {
      yield* Effect.logWarning(
        "The effect of the invocation did not stop when it was interrupted. It goes on, and Lambda may freeze it at any time."
      )
    }
    let outcome: Exit.Exit<A, unknown>
    if (end.exit !== undefined && Exit.isSuccess(end.exit)) outcome = end.exit
    else {
      const own = ownCause(end)
      const cause = own ?? Cause.fail(interruption(context, end.by, "Invocation", remaining))
      // Effect ends a fiber that runs into what is no Effect, without its handlers of failures.
      if (own === undefined || !isLogged) yield* logFailure(cause)
      outcome = Exit.failCause(cause)
    }
    if (flush !== undefined) {
      const left = cutoff + 2 * part - (yield* Clock.currentTimeMillis)
      yield* runFlush(flush, Math.max(0, Math.min(flushTimeout, left)))
    }
    return yield* outcome
  })

  /** The invocation. Its failures are as Lambda's runtime takes them. */
  const invocation = (event: unknown, context: InvocationContext, header: string | undefined) =>
    Effect.suspend(() => {
      const trace = traceOf(header)
      const remaining = remainingOf(context)
      const running = environment.enter()
      return Effect.gen(function*() {
        const build = yield* runWithin(environment.services, {
          millis: remaining - margin(remaining),
          grace: 0,
          stop: running.stop
        })
        if (build.exit !== undefined && Exit.isSuccess(build.exit)) {
          return yield* serve(event, context, running, xray ? trace?.parent : undefined).pipe(
            Effect.provideContext(build.exit.value)
          )
        }
        const cause = ownCause(build) ?? Cause.fail(interruption(context, build.by, "LayerBuild", remaining))
        yield* Effect.logError("The Layer of the handler was not built. The next invocation tries again.", cause)
        return yield* Effect.failCause(cause)
      }).pipe(
        Effect.catchCause((cause) => Effect.fail(errorOf(cause, context.functionName))),
        Effect.provideService(Current, { context, xrayTraceId: trace?.xrayTraceId }),
        logged,
        Effect.ensuring(Effect.sync(() => environment.leave(running)))
      )
    })

  // AWS's runtime keeps the header with the call. Effects, which run later, may see another invocation's.
  const run = async (event: unknown, context: InvocationContext): Promise<A> =>
    Effect.runPromise(invocation(event, context, traceHeaderOf(context)))

  const close = () => environment.close()
  return Object.assign((event: unknown, context: InvocationContext) => run(event, context), {
    invoke: (event: unknown, context?: InvocationContext) =>
      Effect.flatMap(
        context === undefined ? testContext() : Effect.succeed(context),
        (context) => invocation(event, context, traceHeaderOf(context))
      ),
    init: () =>
      Effect.runPromise(environment.services.pipe(
        Effect.catchCause((cause) =>
          Effect.fail(errorOf(cause, process.env["AWS_LAMBDA_FUNCTION_NAME"] ?? "the function"))
        ),
        logged,
        Effect.asVoid
      )),
    close,
    [Symbol.asyncDispose]: close
  })
}
