import type { Pluggable, RetryErrorInfo, RetryStrategyV2, RetryToken } from "@smithy/types"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import { isUnanswered, unanswered } from "../../errors/internal/attempts.ts"
import { classify } from "../../errors/internal/classify.ts"
import type * as Retry from "../Retry.ts"
import { Defect } from "./defect.ts"

// AWS's standard mode: a client may spend 500 on retries that did not help, 5 on each when throttled and 14 otherwise.
const capacity = 500
const costs: Partial<Record<RetryErrorInfo["errorType"], number>> = { THROTTLING: 5, TRANSIENT: 14 }
const retryAfterAtMost = Duration.toMillis("5 seconds")

type Step = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, Retry.Input, never, never>>>

interface Token extends RetryToken {
  /** Made with the first retry: most calls have none. */
  readonly step: Step | undefined
  readonly cost: number
  /** Whether an attempt of the call had no answer. */
  readonly unanswered: boolean
  readonly $retryLog: { readonly acquisitionDelay: number }
}

// The strategy is not told which call it waits for; the error that it is handed is the call's own.
const signals = new WeakMap<object, AbortSignal>()
// Nor can it throw: the SDK throws the call's own error in place of what the strategy throws.
const defects = new WeakMap<object, Defect>()

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** What the schedule died of when it was asked about this error. */
export const defectOf = (error: unknown): Defect | undefined => isObject(error) ? defects.get(error) : undefined

/** Lets the retries of a call end when the call is interrupted. Stands below the SDK's retry middleware. */
export const abortable: Pluggable<any, any> = {
  applyToStack: (stack) =>
    stack.add(
      (next, context) => (args) =>
        next(args).catch((error: unknown) => {
          const signal = (context["__smithy_context"] as { readonly abortSignal?: AbortSignal } | undefined)
            ?.abortSignal
          if (signal !== undefined && isObject(error)) signals.set(error, signal)
          throw error
        }),
      { step: "finalizeRequest", priority: "low", name: "effectAwsSdkAbortable" }
    )
}

/** The SDK's retry middleware decides what may be retried; the schedule decides whether and when; Effect's Clock waits. */
export const make = (schedule: Retry.Policy, context: Context.Context<never>): RetryStrategyV2 => {
  let left = capacity
  const run = Effect.runPromiseExitWith(context)
  const token = (fields: Pick<Token, "step" | "cost" | "unanswered">, count: number, delay: number): Token => ({
    ...fields,
    getRetryCount: () => count,
    getRetryDelay: () => 0,
    $retryLog: { acquisitionDelay: delay }
  })
  return {
    acquireInitialRetryToken: async () => token({ step: undefined, cost: 0, unanswered: false }, 0, 0),
    refreshRetryTokenForRetry: async (given, { error, errorType, retryAfterHint }) => {
      const last = given as Token
      const reason = classify(error)
      if (last.unanswered && isObject(error)) unanswered.add(error)
      const cost = costs[errorType]
      // The SDK takes every LimitExceededException for throttling; where it is a quota, no waiting helps.
      const isRefused = reason._tag === "Rejected" && !reason.isRetryable
      if (cost === undefined || left < cost || isRefused) throw new Error("This failure is not retried")
      const signal = isObject(error) ? signals.get(error) : undefined
      const wait = Effect.gen(function*() {
        const step = last.step ?? (yield* Schedule.toStep(schedule))
        const [, duration] = yield* step(yield* Clock.currentTimeMillis, reason)
        left -= cost
        const scheduled = Duration.toMillis(duration)
        const asked = retryAfterHint === undefined ? 0 : retryAfterHint.getTime() - Date.now()
        const delay = Math.max(scheduled, Math.min(asked, scheduled + retryAfterAtMost))
        yield* Effect.sleep(delay)
        return { step, delay }
      })
      const waited = await run(wait, signal && { signal })
      if (Exit.isSuccess(waited)) {
        const { delay, step } = waited.value
        const next = { step, cost, unanswered: last.unanswered || isUnanswered(reason) }
        return token(next, last.getRetryCount() + 1, delay)
      }
      if (Exit.hasDies(waited) && isObject(error)) {
        const died = Cause.squash(waited.cause)
        defects.set(error, new Defect(`The retry schedule died: ${died}`, { cause: died }))
      }
      throw new Error("No further attempt")
    },
    recordSuccess: (last) => {
      left = Math.min(capacity, left + ((last as Token).cost || 1))
    }
  }
}
