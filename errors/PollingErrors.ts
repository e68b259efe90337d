/**
 * The errors of waiting.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Cause } from "./internal/cause.ts"
import { type AnyCodec, type Codec, codecWithPayload, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/pollingErrors.ts"

const fields = (last?: AnyCodec) => ({
  waitingFor: Schema.String,
  waited: Schema.DurationFromMillis,
  ...(last && { last: orUndefined(last) })
})

/**
 * The awaited value didn't appear before the timeout, or before the schedule ended. It may still appear: check again later, or
 * allow more time.
 *
 * - `waitingFor`: what was awaited, in the words of the option.
 * - `waited`: how long the wait took.
 * - `last`: the last value; `undefined` if every poll failed.
 *
 * As a Schema, it omits `last`, which may be secret. To include it, use the codec `WaitTimedOut.schema(last)`, where
 * `last` is the Schema of the awaited value.
 *
 * **Example** (Say how far it was)
 *
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { Polling, Ssm } from "effect-aws-sdk"
 *
 * const ready = Polling.waitUntil(Ssm.getParameter("/app/state"), {
 *   until: ({ value }) => value === "ready",
 *   waitingFor: "the app to be ready",
 *   schedule: Schedule.spaced("10 seconds"),
 *   timeout: "5 minutes"
 * }).pipe(
 *   Effect.tapErrorTag("WaitTimedOut", ({ last, message }) =>
 *     Effect.logError(message, `the state is ${last?.value ?? "unknown"}`))
 * )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const WaitTimedOut:
  & typeof Internal.WaitTimedOut
  & Codec<Internal.WaitTimedOut, {
    readonly _tag: "WaitTimedOut"
    readonly message?: string
    readonly waitingFor: string
    readonly waited: number
  }>
  & {
    /** A codec that includes `last`, encoded by its Schema. */
    schema<A, I, RD, RE>(
      last: Schema.Codec<A, I, RD, RE>
    ): Schema.Codec<Internal.WaitTimedOut<A>, unknown, RD, RE>
  } = /* @__PURE__ */ codecWithPayload(Internal.WaitTimedOut, fields, 504)
/**
 * The type of {@link WaitTimedOut:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type WaitTimedOut<A = unknown> = Internal.WaitTimedOut<A>

/**
 * The awaited state can't be reached any more: AWS's answer shows a state that a waiter names as its end, such as an instance
 * that was terminated while the program waited for it to run. To wait longer doesn't help: repair the resource or make a new
 * one, and wait again. Only waiters fail with it: the functions `waitUntil` of the services and of `AwsService`.
 *
 * - `waitingFor`, `waited`: as in {@link WaitTimedOut:var}.
 * - `reason`: what ended the wait, such as a state or AWS's error code.
 * - `last`: the last output; `undefined` if every call failed.
 * - `cause`: the `AwsError` that ended the wait, if it was one.
 *
 * As a Schema, it omits `last`, which may be secret. To include it, use the codec `WaitFailed.schema(last)`, where `last`
 * is the Schema of the last answer.
 *
 * **Example** (Replace an instance that didn't start)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const started = (id: string, replace: Effect.Effect<string>) =>
 *   Ec2.waitUntil("InstanceRunning", { InstanceIds: [id] }).pipe(
 *     Effect.as(id),
 *     Effect.catchTag("WaitFailed", ({ reason }) =>
 *       Effect.andThen(Effect.logWarning(`${id} won't run: ${reason}`), replace))
 *   )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const WaitFailed:
  & typeof Internal.WaitFailed
  & Codec<Internal.WaitFailed, {
    readonly _tag: "WaitFailed"
    readonly message?: string
    readonly waitingFor: string
    readonly waited: number
    readonly reason: string
    readonly cause?: (typeof Cause)["Encoded"]
  }>
  & {
    /** A codec that includes `last`, encoded by its Schema. */
    schema<A, I, RD, RE>(
      last: Schema.Codec<A, I, RD, RE>
    ): Schema.Codec<Internal.WaitFailed<A>, unknown, RD, RE>
  } = /* @__PURE__ */ codecWithPayload(
    Internal.WaitFailed,
    (last) => ({ ...fields(last), reason: Schema.String, cause: orUndefined(Cause) }),
    502
  )
/**
 * The type of {@link WaitFailed:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type WaitFailed<A = unknown> = Internal.WaitFailed<A>
