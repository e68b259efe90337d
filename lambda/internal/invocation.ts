// What the parts of this folder know of the invocation that they serve.
import * as Clock from "effect/Clock"
import * as EffectContext from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * What Lambda tells the function about its invocation: the second argument of a Node.js handler.
 *
 * AWS: [The context object](https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html)
 *
 * @category models
 * @since 0.1.0
 */
export interface Context {
  /** The name of the function. */
  readonly functionName: string
  /** Its version, such as `$LATEST`. */
  readonly functionVersion: string
  /** The ARN by which it was invoked, with the version or the alias, if there is one. */
  readonly invokedFunctionArn: string
  /** In MB. AWS's own type has a text here. */
  readonly memoryLimitInMB: string
  /** The id of the invocation. A retry by Lambda has the same one. */
  readonly awsRequestId: string
  /** The log group of the function. */
  readonly logGroupName: string
  /** The log stream of the execution environment. */
  readonly logStreamName: string
  /** Set for functions that the AWS Mobile SDK invokes. */
  readonly identity?: unknown
  /** Set for functions that the AWS Mobile SDK invokes. */
  readonly clientContext?: unknown
  /** Set for functions that isolate tenants. */
  readonly tenantId?: string | undefined
  /** The milliseconds that are left before Lambda ends the invocation. */
  readonly getRemainingTimeInMillis: () => number
}

/**
 * What {@link handler} runs: it takes the event as Lambda delivers it, and its success is the function's answer.
 *
 * @category models
 * @since 0.1.0
 */
export type EventHandler<out A, out E, out R> = (event: unknown, context: Context) => Effect.Effect<A, E, R>

/** When the handler interrupts the effect, in milliseconds of Effect's Clock. `undefined` outside of a handler. */
export const Cutoff = EffectContext.Reference<number | undefined>("effect-aws-sdk/Lambda/Cutoff", {
  defaultValue: () => undefined
})

/** The invocation that a fiber serves, and the id of its X-Ray trace. `undefined` outside of a handler. */
export const Current = EffectContext.Reference<
  { readonly context: Context; readonly xrayTraceId: string | undefined } | undefined
>("effect-aws-sdk/Lambda/Current", { defaultValue: () => undefined })

/** How long before Lambda's deadline the handler interrupts the effect, unless the program says otherwise. */
export const MARGIN = 500

/** The milliseconds until the effect is interrupted. */
export const timeLeft = (context: Context): Effect.Effect<number> =>
  Effect.gen(function*() {
    const cutoff = yield* Cutoff
    return cutoff === undefined
      ? context.getRemainingTimeInMillis() - MARGIN
      : cutoff - (yield* Clock.currentTimeMillis)
  })
