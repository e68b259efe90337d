// What a handler is made from, and what it is.
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import type { Context, EventHandler } from "./invocation.ts"

/**
 * How invocations run.
 *
 * @category models
 * @since 0.1.0
 */
export interface InvocationOptions<R> {
  /** Runs after each invocation, however that ended, before the answer: it sends telemetry that Lambda would freeze. */
  readonly flush?: Effect.Effect<unknown, unknown, R> | undefined
  /** How long the answer waits for `flush`, at most; 2 seconds by default, and never until Lambda's deadline. */
  readonly flushTimeout?: Duration.Input | undefined
  /**
   * How long before Lambda's deadline the effect is interrupted; 500 milliseconds by default, but at most half of the time that is
   * left. Of the margin, 40% are for finalizers and 40% for `flush`, or 80% for finalizers if there is no `flush`.
   */
  readonly deadlineMargin?: Duration.Input | undefined
  /**
   * Takes the place of Effect's default logger; by default it's `Lambda.jsonLogger`. `false` leaves the default logger. A `layer`
   * that provides loggers comes before this.
   */
  readonly logger?: Logger.Logger<unknown, unknown> | false | undefined
  /** Whether the span in X-Ray's header is the parent of the invocation's span; `true` by default. */
  readonly xray?: boolean | undefined
}

/**
 * What {@link handler} takes, besides the Layer that provides `R`.
 *
 * @category models
 * @since 0.1.0
 */
export interface HandlerOptions<A, E, R> extends InvocationOptions<R> {
  /** Handles an event. A `Scope` that it requires ends with the invocation. */
  readonly handler: EventHandler<A, E, R | Scope.Scope>
}

/**
 * An answer has to be data: of an Effect that nobody ran, JSON has nothing. An error may be an Effect, and is data.
 *
 * @category models
 * @since 0.1.0
 */
export type DataAnswer<A> = 0 extends 1 & A ? unknown
  : [A] extends [never] ? unknown
  : [A] extends [Error] ? unknown
  : [A] extends [Effect.Effect<any, any, any>] ? "The answer is an Effect that did not run: `yield*` or flatten it"
  : unknown

/**
 * A handler for Lambda's Node.js runtime.
 *
 * @category models
 * @since 0.1.0
 */
export interface Handler<out A> {
  /** What Lambda's runtime calls. A failure is an `Error` with a name, a message and a stack, and nothing else. */
  (event: unknown, context: Context): Promise<A>
  /**
   * The same as an Effect, for tests: on the `Clock`, the `Tracer` and the loggers of the caller. By default with a
   * {@link testContext}.
   */
  readonly invoke: (event: unknown, context?: Context) => Effect.Effect<A, Error>
  /**
   * Builds the Layer now, if it isn't built. At the end of an ES module, `await handler.init()` does that in Lambda's init phase,
   * which has more CPU than the invocations of a small function. The keys of the function's role are in the environment by then.
   * If the build fails, so does the init phase, and Lambda starts the environment again.
   */
  readonly init: () => Promise<void>
  /** Interrupts the invocations that are running, and releases what the Layer acquired. A later invocation builds it again. */
  readonly close: () => Promise<void>
  /** The same as `close`, for `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}
