// From an EventHandler to what Lambda's Node.js runtime calls.
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { DeadlineExceeded, InvocationInterrupted } from "../../errors/internal/lambdaErrors.ts"
import { InvalidSetting } from "../../errors/internal/layerErrors.ts"
import { sendable } from "./answers.ts"
import { runWithin } from "./bounded.ts"
import * as Environment from "./environment.ts"
import { errorOf } from "./failures.ts"
import { type Context as InvocationContext, Current, Cutoff, MARGIN } from "./invocation.ts"
import { jsonLogger, withLogging } from "./logging.ts"
import type { Handler, HandlerOptions } from "./models.ts"
import { testContext } from "./testContext.ts"
import { attributesOf, traceHeaderOf, traceOf } from "./tracing.ts"

const millisOf = (setting: string, input: Duration.Input): number => {
  const duration = Duration.fromInput(input)
  const millis = duration._tag === "Some" ? Duration.toMillis(duration.value) : NaN
  if (millis >= 0 && Number.isFinite(millis)) return millis
  const value = typeof input === "object" ? JSON.stringify(input) : String(input)
  throw new InvalidSetting({
    setting: `the \`${setting}\` option`,
    value,
    expected: "a duration that isn't negative and has an end, as \"500 millis\""
  })
}

/** The parts of the margin: one for finalizers, one for the flush; the rest is Lambda's, to send the answer. */
const PART = 0.4

/** Without a number, there is no deadline. */
const remainingOf = (context: InvocationContext): number => {
  const remaining = context.getRemainingTimeInMillis()
  return Number.isFinite(remaining) ? Math.max(0, remaining) : Infinity
}

export const make = <A, E, Provided, LayerError>(
  options: HandlerOptions<A, E, Provided, LayerError>
): Handler<A> => {
  const { flush, handler, logger = jsonLogger(), xray = true } = options
  const deadlineMargin = millisOf("deadlineMargin", options.deadlineMargin ?? MARGIN)
  const flushTimeout = millisOf("flushTimeout", options.flushTimeout ?? "2 seconds")
  const environment = Environment.make<Provided, LayerError>(
    options.layer ?? (Layer.empty as unknown as Layer.Layer<Provided, LayerError>)
  )
  const logged = withLogging(logger)
  const margin = (remaining: number) => Math.min(deadlineMargin, remaining / 2)

  const exceeded = (context: InvocationContext, during: DeadlineExceeded["during"], remaining: number) =>
    new DeadlineExceeded({
      functionName: context.functionName,
      during,
      availableMillis: Math.round(remaining - margin(remaining)),
      marginMillis: Math.round(margin(remaining))
    })

  const runFlush = Effect.fnUntraced(function*(flush: Effect.Effect<unknown, unknown, Provided>, millis: number) {
    const { by, exit } = yield* runWithin(flush, { millis, grace: 0 })
    if (by === "Time") {
      yield* Effect.logWarning(
        `The flush did not end within ${Math.round(millis)} ms, and was interrupted: telemetry may be late or lost. ` +
          "Raise `flushTimeout` or `deadlineMargin`."
      )
    } else if (exit !== undefined && Exit.isFailure(exit)) {
      yield* Effect.logWarning("The flush failed: telemetry may be lost. The answer isn't affected.", exit.cause)
    }
  })

  /** The invocation, once the services are there. */
  const serve = Effect.fnUntraced(function*(
    event: unknown,
    context: InvocationContext,
    running: Environment.Running,
    parent: ReturnType<typeof traceOf>
  ) {
    const remaining = remainingOf(context)
    const millis = remaining - margin(remaining)
    const cutoff = (yield* Clock.currentTimeMillis) + millis
    const part = margin(remaining) * PART
    const work = Effect.suspend(() => handler(event, context)).pipe(
      Effect.scoped,
      Effect.flatMap(sendable),
      Effect.tapCause((cause) =>
        // Effect's own loggers break on failures that throw when they're read.
        Cause.hasInterruptsOnly(cause)
          ? Effect.void
          : Effect.ignoreCause(Effect.logError("The invocation failed", cause))
      ),
      Effect.withSpan(context.functionName, {
        kind: "server",
        attributes: attributesOf(event, context, running.isFirst),
        ...(parent?.parent !== undefined && { parent: parent.parent })
      }),
      Effect.provideService(Cutoff, cutoff)
    )
    const { by, exit } = yield* runWithin(work, {
      millis,
      grace: flush === undefined ? 2 * part : part,
      stop: running.stop
    })
    if (exit === undefined) {
      yield* Effect.logWarning(
        "The effect of the invocation did not stop when it was interrupted. It goes on, and Lambda may freeze it at any time."
      )
    }
    if (flush !== undefined) {
      const left = cutoff + 2 * part - (yield* Clock.currentTimeMillis)
      yield* runFlush(flush, Math.max(0, Math.min(flushTimeout, left)))
    }
    if (exit !== undefined && Exit.isSuccess(exit)) return exit.value
    if (by === "Time") return yield* exceeded(context, "Invocation", remaining)
    if (by === "Stop") return yield* new InvocationInterrupted({ functionName: context.functionName, by: "Shutdown" })
    return yield* Effect.failCause((exit as Exit.Failure<A, E>).cause)
  })

  /** The invocation. Its failures are as Lambda's runtime takes them. */
  const invocation = (event: unknown, context: InvocationContext, header: string | undefined) =>
    Effect.suspend(() => {
      const trace = traceOf(header)
      const running = environment.enter()
      const remaining = remainingOf(context)
      return Effect.gen(function*() {
        const build = yield* runWithin(environment.services, {
          millis: remaining - margin(remaining),
          grace: 0,
          stop: running.stop
        })
        if (build.exit !== undefined && Exit.isSuccess(build.exit)) {
          return yield* serve(event, context, running, xray ? trace : undefined).pipe(
            Effect.provideContext(build.exit.value)
          )
        }
        if (build.by === "Time") return yield* exceeded(context, "LayerBuild", remaining)
        if (build.by === "Stop") {
          return yield* new InvocationInterrupted({ functionName: context.functionName, by: "Shutdown" })
        }
        const { cause } = build.exit as Exit.Failure<never, LayerError>
        yield* Effect.logError("The Layer of the handler could not be built. The next invocation tries again.", cause)
        return yield* Effect.failCause(cause)
      }).pipe(
        Effect.catchCause((cause) => Effect.fail(errorOf(cause, context.functionName))),
        Effect.provideService(Current, { context, xrayTraceId: trace?.xrayTraceId }),
        logged,
        Effect.ensuring(Effect.sync(() => environment.leave(running)))
      )
    })

  const run = (event: unknown, context: InvocationContext): Promise<A> =>
    // AWS's runtime keeps the header with the call. Effects, which run later, may see another invocation's.
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
