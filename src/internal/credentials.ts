import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from "@smithy/types"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Tells a failure to get credentials from one of the call that they were for. */
class CredentialsProviderError extends Error {
  override readonly name = "CredentialsProviderError"
}

const refreshBefore = 5 * 60_000
const tryAgainAfter = 60_000

/**
 * One identity for all clients of a layer: asked for once by however many calls, and again five minutes before it
 * expires (or when half of its life is over, where that is shorter), by Effect's Clock. Marked as `memoized`, which is
 * how the SDK's clients are told not to keep a copy each.
 */
export const shared = (provider: AwsCredentialIdentityProvider): Effect.Effect<AwsCredentialIdentityProvider> =>
  Effect.map(Clock.clockWith(Effect.succeed), (clock) => {
    let current: { readonly identity: AwsCredentialIdentity; readonly refreshAt: number } | undefined
    let pending: Promise<AwsCredentialIdentity> | undefined
    const expiryOf = ({ expiration }: AwsCredentialIdentity): number => expiration?.getTime() ?? Infinity
    const refresh = async (options: Record<string, unknown> | undefined): Promise<AwsCredentialIdentity> => {
      try {
        const identity = await provider(options)
        const [expiry, now] = [expiryOf(identity), clock.currentTimeMillisUnsafe()]
        current = { identity, refreshAt: expiry - Math.min(refreshBefore, (expiry - now) / 2) }
        return identity
      } catch (error) {
        const now = clock.currentTimeMillisUnsafe()
        if (current !== undefined && now < expiryOf(current.identity)) {
          // A refresh that fails ahead of time costs nothing yet: the identity at hand is good until it expires.
          current = { ...current, refreshAt: now + tryAgainAfter }
          return current.identity
        }
        throw new CredentialsProviderError(error instanceof Error ? error.message : String(error), { cause: error })
      }
    }
    return Object.assign(
      async (options?: Record<string, unknown>) =>
        current !== undefined && clock.currentTimeMillisUnsafe() < current.refreshAt
          ? current.identity
          : pending ??= refresh(options).finally(() => {
            pending = undefined
          }),
      { memoized: true }
    )
  })
