/**
 * The SDK's retry middleware sends a call again, the reason of its failure decides whether that may help, an Effect
 * `Schedule` decides how often and when, and Effect's Clock waits.
 */
import { retryMiddleware, retryMiddlewareOptions } from "@smithy/core/retry"
import type { HandlerExecutionContext, MetadataBearer, RetryStrategyV2, RetryToken } from "@smithy/types"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import { isUnanswered, isUnsent } from "../../../errors/internal/attempts.ts"
import { classify } from "../../../errors/internal/classify.ts"
import { ConnectionError } from "../../../errors/internal/connectionError.ts"
import type { AwsErrorReason } from "../../../errors/internal/reasons.ts"
import { Refused } from "../../../errors/internal/refused.ts"
import type { SdkClient } from "../../Call.ts"
import type * as Retry from "../../Retry.ts"
import { Defect } from "../defect.ts"
import { type AttemptHook, AttemptHooks, CallPolicy } from "../perCall.ts"

/** What the library knows about the attempts of one call. */
export class Attempts {
  /** Whether the signed request of an attempt was handed to the HTTP handler. */
  isHandedOver = false
  /** Whether AWS responded to an attempt with success. */
  isAnswered = false
  /** The last failure, and what it means. */
  last: { readonly error: unknown; readonly reason: AwsErrorReason } | undefined
  /** Whether AWS may have acted on an attempt before the last one. */
  isUnanswered = false
  /** The defect that the schedule died with. */
  defect: Defect | undefined
  readonly signal: AbortSignal | undefined
  /** What the caller's fiber asks for, and the context in which it does. */
  readonly caller: Caller | undefined
  constructor(signal?: AbortSignal, caller?: Caller) {
    this.signal = signal
    this.caller = caller
  }
}

/** What the fiber that makes a call asks of the call's attempts. */
interface Caller {
  readonly context: Context.Context<never>
  readonly policy: Retry.Policy | undefined
  readonly hooks: ReadonlyArray<AttemptHook>
}

const callerOf = (context: Context.Context<never>): Caller | undefined => {
  const policy = Context.get(context, CallPolicy)
  const hooks = Context.get(context, AttemptHooks)
  return policy === undefined && hooks.length === 0 ? undefined : { context, policy, hooks }
}

/** The attempts of each call, by its abort signal: no two calls share one. */
const attemptsBySignal = new WeakMap<AbortSignal, Attempts>()

/** Starts tracking the attempts of the call with this signal, which a fiber with this context makes. */
export const track = (signal: AbortSignal, context: Context.Context<never>): Attempts => {
  const attempts = new Attempts(signal, callerOf(context))
  attemptsBySignal.set(signal, attempts)
  return attempts
}

// AWS's standard mode: a client has 500 tokens for retries. A retry that doesn't help costs 5 if throttled, otherwise 14.
const capacity = 500
const costOf = ({ _tag }: AwsErrorReason): number => _tag === "Throttled" ? 5 : 14
const retryAfterAtMost = Duration.toMillis("5 seconds")

type Step = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, Retry.Input, never, never>>>

interface Token extends RetryToken {
  readonly attempts: Attempts
  /** Created at the first retry, because most calls have none. */
  readonly step: Step | undefined
  readonly cost: number
  readonly $retryLog: { readonly acquisitionDelay: number }
}

const makeToken = (fields: Pick<Token, "attempts" | "step" | "cost">, count: number, delay: number): Token => ({
  ...fields,
  getRetryCount: () => count,
  getRetryDelay: () => 0,
  $retryLog: { acquisitionDelay: delay }
})

const firstToken = (attempts: Attempts): Token => makeToken({ attempts, step: undefined, cost: 0 }, 0, 0)

/** The retries of one client: they share a quota. */
export interface Strategy extends RetryStrategyV2 {
  /** The same strategy for one call, whose attempts it records. */
  readonly forCall: (attempts: Attempts) => RetryStrategyV2
}

export const make = (schedule: Retry.Policy, context: Context.Context<never>): Strategy => {
  let left = capacity
  const strategy: RetryStrategyV2 = {
    acquireInitialRetryToken: async () => firstToken(new Attempts()),
    refreshRetryTokenForRetry: async (given, { error, retryAfterHint }) => {
      const { attempts, step, ...last } = given as Token
      const { caller, signal } = attempts
      const reason = reasonOf(attempts, error)
      const cost = costOf(reason)
      // The SDK's own classification isn't asked, so that what an error says of itself is what happens to its call.
      if (!reason.isRetryable || left < cost) throw new Error("This failure is not retried")
      const wait = Effect.gen(function*() {
        const next = step ?? (yield* Schedule.toStep(caller?.policy ?? schedule))
        const [, duration] = yield* next(yield* Clock.currentTimeMillis, reason)
        left -= cost
        const scheduled = Duration.toMillis(duration)
        const requested = retryAfterHint === undefined ? 0 : retryAfterHint.getTime() - Date.now()
        const delay = Math.max(scheduled, Math.min(requested, scheduled + retryAfterAtMost))
        yield* Effect.sleep(delay)
        if (caller !== undefined) { for (const hook of caller.hooks) yield* hook.beforeRetry }
        return { step: next, delay }
      })
      const waited = await Effect.runPromiseExitWith(caller?.context ?? context)(wait, signal && { signal })
      if (Exit.isSuccess(waited)) {
        attempts.isUnanswered ||= isUnanswered(reason, error)
        return makeToken({ attempts, step: waited.value.step, cost }, last.getRetryCount() + 1, waited.value.delay)
      }
      // Throwing the defect from here would lose it: the SDK throws the call's failure instead.
      if (Exit.hasDies(waited)) {
        const died = Cause.squash(waited.cause)
        attempts.defect = new Defect(`The retry schedule died: ${died}`, { cause: died })
      }
      throw new Error("There is no further attempt")
    },
    recordSuccess: (token) => {
      left = Math.min(capacity, left + ((token as Token).cost || 1))
    }
  }
  return {
    ...strategy,
    forCall: (attempts) => ({ ...strategy, acquireInitialRetryToken: async () => firstToken(attempts) })
  }
}

/** What the failure of an attempt means. It's classified once. */
const reasonOf = (attempts: Attempts, error: unknown): AwsErrorReason => {
  if (attempts.last?.error !== error) attempts.last = { error, reason: classify(error) }
  return attempts.last!.reason
}

const attemptsOf = (context: HandlerExecutionContext): Attempts | undefined => {
  const { abortSignal } = (context["__smithy_context"] ?? {}) as { readonly abortSignal?: AbortSignal }
  return abortSignal && attemptsBySignal.get(abortSignal)
}

/**
 * Tracks the attempts of each call of a client separately. The SDK's retry middleware doesn't tell the strategy which
 * call it works for, and several calls may share the error that it passes. So each call gets a retry middleware of its
 * own.
 *
 * Does nothing if the client has no middleware of that name. Such a client uses the strategy that it was built with,
 * which tracks no attempts: then `mayHaveSucceeded` has to assume the worst about earlier attempts, an interrupted call
 * doesn't end the wait before its next attempt, and its retries are those of the Layer's policy, whatever the call site asks for.
 */
export const retryEachCall = ({ config, middlewareStack }: SdkClient, strategy: Strategy): void => {
  if (!middlewareStack.remove(retryMiddlewareOptions.name!)) return
  middlewareStack.add((next, context) => {
    const attempts = attemptsOf(context)
    const ofCall = attempts === undefined ? strategy : strategy.forCall(attempts)
    // Whatever else the middleware reads of the configuration is there.
    const ofClient = Object.assign(Object.create(config), { retryStrategy: async () => ofCall })
    return retryMiddleware(ofClient)(next as any, context) as any
  }, retryMiddlewareOptions)
  middlewareStack.add(
    (next, context) => {
      const attempts = attemptsOf(context)
      return (args) => {
        if (attempts === undefined) return next(args)
        attempts.isHandedOver = true
        const { hooks = [] } = attempts.caller ?? {}
        return next(args).then((result) => {
          attempts.isAnswered = true
          for (const hook of hooks) hook.afterAttempt(undefined)
          return result
        }, (error) => {
          if (hooks.length > 0) {
            const reason = reasonOf(attempts, error)
            for (const hook of hooks) hook.afterAttempt(reason)
          }
          throw error
        })
      }
    },
    { step: "finalizeRequest", priority: "low", name: "effectAwsSdkAttempt" }
  )
}

/** Failures that this library found itself, before a request was whole. */
const isOwn = (error: unknown): boolean => error instanceof Refused || error instanceof ConnectionError

/** Whether an attempt of a failed call may have reached AWS and succeeded: the last one, or one before it. */
export const mayHaveSucceeded = (attempts: Attempts, reason: AwsErrorReason, error: unknown): boolean => {
  // What fails after AWS's response, in a plugin for example, says nothing of what AWS did.
  if (attempts.isAnswered || attempts.isUnanswered || isUnanswered(reason, error)) return true
  // What nobody can classify may have failed after the response.
  if (reason._tag === "Misconfigured" && attempts.isHandedOver && !isUnsent(error) && !isOwn(error)) return true
  // The attempts of this call weren't tracked, so it isn't known how the earlier ones ended.
  return attempts.last === undefined && ((error as Partial<MetadataBearer> | null)?.$metadata?.attempts ?? 1) > 1
}
