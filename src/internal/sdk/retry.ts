/**
 * The SDK's retry middleware decides what may be retried, an Effect `Schedule` decides whether and when, and Effect's Clock
 * waits.
 */
import { retryMiddleware, retryMiddlewareOptions } from "@smithy/core/retry"
import type {
  HandlerExecutionContext,
  MetadataBearer,
  RetryErrorInfo,
  RetryStrategyV2,
  RetryToken
} from "@smithy/types"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import { isUnanswered } from "../../../errors/internal/attempts.ts"
import { classify } from "../../../errors/internal/classify.ts"
import type { AwsErrorReason } from "../../../errors/internal/reasons.ts"
import type { SdkClient } from "../../Call.ts"
import type * as Retry from "../../Retry.ts"
import { Defect } from "../defect.ts"

/** What is known about the attempts of one call. */
export class Attempts {
  /** The last failure, and what it means. */
  last: { readonly error: unknown; readonly reason: AwsErrorReason } | undefined
  /** Whether an attempt before the last one got no answer. */
  isUnanswered = false
  /** What the schedule died of. */
  defect: Defect | undefined
  readonly signal: AbortSignal | undefined
  constructor(signal?: AbortSignal) {
    this.signal = signal
  }
}

/** By the abort signal of the call, which is the call's own. */
const attemptsBySignal = new WeakMap<AbortSignal, Attempts>()

/** Starts to keep the attempts of the call that has this signal. */
export const track = (signal: AbortSignal): Attempts => {
  const attempts = new Attempts(signal)
  attemptsBySignal.set(signal, attempts)
  return attempts
}

// AWS's standard mode: a client has 500 tokens for retries. A retry that doesn't help costs 5 if throttled, otherwise 14.
const capacity = 500
const costs: Partial<Record<RetryErrorInfo["errorType"], number>> = { THROTTLING: 5, TRANSIENT: 14 }
const retryAfterAtMost = Duration.toMillis("5 seconds")

type Step = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, Retry.Input, never, never>>>

interface Token extends RetryToken {
  readonly attempts: Attempts
  /** Made for the first retry: most calls have none. */
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
  /** The same strategy for one call, whose attempts are kept. */
  readonly forCall: (attempts: Attempts) => RetryStrategyV2
}

export const make = (schedule: Retry.Policy, context: Context.Context<never>): Strategy => {
  let left = capacity
  const run = Effect.runPromiseExitWith(context)
  const strategy: RetryStrategyV2 = {
    acquireInitialRetryToken: async () => firstToken(new Attempts()),
    refreshRetryTokenForRetry: async (given, { error, errorType, retryAfterHint }) => {
      const { attempts, step, ...last } = given as Token
      const reason = classify(error)
      attempts.last = { error, reason }
      const cost = costs[errorType]
      // The SDK takes every LimitExceededException for throttling. If it is a quota, waiting doesn't help.
      const isRejected = reason._tag === "Rejected" && !reason.isRetryable
      if (cost === undefined || left < cost || isRejected) throw new Error("This failure is not retried")
      const wait = Effect.gen(function*() {
        const next = step ?? (yield* Schedule.toStep(schedule))
        const [, duration] = yield* next(yield* Clock.currentTimeMillis, reason)
        left -= cost
        const scheduled = Duration.toMillis(duration)
        const requested = retryAfterHint === undefined ? 0 : retryAfterHint.getTime() - Date.now()
        const delay = Math.max(scheduled, Math.min(requested, scheduled + retryAfterAtMost))
        yield* Effect.sleep(delay)
        return { step: next, delay }
      })
      const { signal } = attempts
      const waited = await run(wait, signal && { signal })
      if (Exit.isSuccess(waited)) {
        attempts.isUnanswered ||= isUnanswered(reason, error)
        return makeToken({ attempts, step: waited.value.step, cost }, last.getRetryCount() + 1, waited.value.delay)
      }
      // It can't be thrown from here: the SDK throws the failure of the call in its place.
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

const attemptsOf = (context: HandlerExecutionContext): Attempts | undefined => {
  const { abortSignal } = (context["__smithy_context"] ?? {}) as { readonly abortSignal?: AbortSignal }
  return abortSignal && attemptsBySignal.get(abortSignal)
}

/**
 * Gives each call of a client its own attempts. The SDK's retry middleware doesn't tell the strategy which call it asks for,
 * and the error that it passes may be shared by several calls, so the middleware is made for each call.
 *
 * Does nothing if the client has no middleware of that name. Such a client uses the strategy that it was built with, which
 * keeps no attempts: then `mayHaveSucceeded` has to assume the worst about earlier attempts, and the wait before a retry
 * outlives an interrupted call.
 */
export const retryEachCall = ({ config, middlewareStack }: SdkClient, strategy: Strategy): void => {
  if (!middlewareStack.remove(retryMiddlewareOptions.name!)) return
  const { logger, maxAttempts } = config as any
  middlewareStack.add((next, context) => {
    const attempts = attemptsOf(context)
    const ofCall = attempts === undefined ? strategy : strategy.forCall(attempts)
    return retryMiddleware({ logger, maxAttempts, retryStrategy: async () => ofCall } as any)(
      next as any,
      context
    ) as any
  }, retryMiddlewareOptions)
}

/** Whether an attempt of a failed call may have reached AWS and succeeded: the last one, or one before it. */
export const mayHaveSucceeded = (attempts: Attempts, reason: AwsErrorReason, error: unknown): boolean => {
  if (attempts.isUnanswered || isUnanswered(reason, error)) return true
  // The attempts of this call weren't kept: nobody knows how the earlier ones ended.
  return attempts.last === undefined && ((error as Partial<MetadataBearer> | null)?.$metadata?.attempts ?? 1) > 1
}
