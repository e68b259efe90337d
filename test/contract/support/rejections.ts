// How the contract compares the errors of calls that AWS refuses.
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { AwsError } from "effect-aws-sdk"

/** The code of the error that a call fails with. */
export const codeOf = <A, R>(effect: Effect.Effect<A, AwsError, R>) =>
  Effect.map(Effect.flip(effect), ({ code }) => code)

/** The code, the status and AWS's own words of the error that a call fails with. */
export const refusal = <A, R>(effect: Effect.Effect<A, AwsError, R>) =>
  Effect.map(
    Effect.flip(effect),
    ({ code, reason, statusCode }): ReadonlyArray<number | string | undefined> => [
      code,
      statusCode,
      reason._tag === "Rejected" ? reason.description : reason._tag
    ]
  )

/** The code and AWS's own words of the error that a call fails with. */
export const rejection = <A, R>(effect: Effect.Effect<A, AwsError, R>) =>
  Effect.map(refusal(effect), ([code, , words]): ReadonlyArray<number | string | undefined> => [code, words])

/** Expects an error of this code, with this text in its message. */
export const expectRejected = <A, E, R>(
  effect: Effect.Effect<A, E | AwsError, R>,
  code: string,
  message = "",
  statusCode = 400
) =>
  Effect.map(Effect.flip(effect as Effect.Effect<A, AwsError, R>), (error) => {
    assert.strictEqual(error._tag, "AwsError")
    assert.deepEqual([error.code, error.statusCode], [code, statusCode])
    assert.include(error.message, message)
  })
