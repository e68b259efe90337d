import type { Pluggable, RetryErrorInfo, RetryStrategyV2, RetryToken } from "@smithy/types"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { classify } from "../../errors/internal/classify.ts"
import type * as Retry from "../Retry.ts"

// AWS's standard mode: a client may spend 500 on retries that did not help, 5 on each when throttled and 14 otherwise.
const capacity = 500
const costs: Partial<Record<RetryErrorInfo["errorType"], number>> = { THROTTLING: 5, TRANSIENT: 14 }
const retryAfterAtMost = Duration.toMillis("5 seconds")

type Step = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, Retry.Input, never, never>>>

interface Token extends RetryToken {
  readonly step: Step
  readonly cost: number
  readonly $retryLog: { readonly acquisitionDelay: number }
}

// The strategy is not told which call it waits for; the error that it is handed is the call's own.
const signals = new WeakMap<object, AbortSignal>()

/** Lets the retries of a call end when the call is interrupted. Stands below the SDK's retry middleware. */
export const abortable: Pluggable<any, any> = {
  applyToStack: (stack) =>
    stack.add(
      (next, context) => async (args) => {
        try {
          return await next(args)
        } catch (error) {
          const signal = (context["__smithy_context"] as { readonly abortSignal?: AbortSignal } | undefined)
            ?.abortSignal
          if (signal !== undefined && typeof error === "object" && error !== null) signals.set(error, signal)
          throw error
        }
      },
      { step: "finalizeRequest", priority: "low", name: "effectAwsSdkAbortable" }
    )
}

/** The SDK's retry middleware decides what may be retried; the schedule decides whether and when; Effect's Clock waits. */
export const make = (schedule: Retry.Policy, context: Context.Context<never>): RetryStrategyV2 => {
  let left = capacity
  const run = Effect.runPromiseWith(context)
  const token = (step: Step, count: number, cost: number, delay: number): Token => ({
    step,
    cost,
    getRetryCount: () => count,
    getRetryDelay: () => 0,
    $retryLog: { acquisitionDelay: delay }
  })
  return {
    acquireInitialRetryToken: async () => token(await run(Schedule.toStep(schedule)), 0, 0, 0),
    refreshRetryTokenForRetry: async (last, info) => {
      const { step, getRetryCount } = last as Token
      const cost = costs[info.errorType]
      const reason = classify(info.error)
      // The SDK takes every LimitExceededException for throttling; where it is a quota, no waiting helps.
      const isRefused = reason._tag === "Rejected" && !reason.isRetryable
      if (cost === undefined || left < cost || isRefused) throw new Error("This failure is not retried")
      const signal = typeof info.error === "object" && info.error !== null ? signals.get(info.error) : undefined
      const wait = Effect.gen(function*() {
        const [, duration] = yield* step(yield* Clock.currentTimeMillis, reason)
        left -= cost
        const scheduled = Duration.toMillis(duration)
        const asked = info.retryAfterHint === undefined ? 0 : info.retryAfterHint.getTime() - Date.now()
        const delay = Math.max(scheduled, Math.min(asked, scheduled + retryAfterAtMost))
        yield* Effect.sleep(delay)
        return delay
      })
      return token(step, getRetryCount() + 1, cost, await run(wait, signal && { signal }))
    },
    recordSuccess: (last) => {
      left = Math.min(capacity, left + ((last as Token).cost || 1))
    }
  }
}
