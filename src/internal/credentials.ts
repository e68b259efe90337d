import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from "@smithy/types"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Tells a failure to get credentials from one of the call that they were for. */
class CredentialsProviderError extends Error {
  override readonly name = "CredentialsProviderError"
}

const refreshBefore = 5 * 60_000

/**
 * One identity for all clients of a layer: asked for once by however many calls, and again five minutes before it
 * expires, by Effect's Clock. Marked as `memoized`, which is how the SDK's clients are told not to keep a copy each.
 */
export const shared = (provider: AwsCredentialIdentityProvider): Effect.Effect<AwsCredentialIdentityProvider> =>
  Effect.map(Clock.clockWith(Effect.succeed), (clock) => {
    let current: AwsCredentialIdentity | undefined
    let pending: Promise<AwsCredentialIdentity> | undefined
    const left = (identity: AwsCredentialIdentity): number =>
      identity.expiration === undefined ? Infinity : identity.expiration.getTime() - clock.currentTimeMillisUnsafe()
    const refresh = (options: Record<string, unknown> | undefined): Promise<AwsCredentialIdentity> =>
      pending ??= Promise.resolve().then(() => provider(options)).then(
        (identity) => current = identity,
        (error: unknown) => {
          // A refresh that fails ahead of time costs nothing yet: the identity at hand is good until it expires.
          if (current !== undefined && left(current) > 0) return current
          throw new CredentialsProviderError(error instanceof Error ? error.message : String(error), { cause: error })
        }
      ).finally(() => {
        pending = undefined
      })
    return Object.assign(
      async (options?: Record<string, unknown>) =>
        current !== undefined && left(current) > refreshBefore ? current : refresh(options),
      { memoized: true }
    )
  })
