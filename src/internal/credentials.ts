import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from "@smithy/types"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Distinguishes a failure to get credentials from a failure of the call that needed them. */
class CredentialsProviderError extends Error {
  override readonly name = "CredentialsProviderError"
}

const refreshBefore = 5 * 60_000
const tryAgainAfter = 60_000

/**
 * One identity for all clients of a Layer. However many calls need it, the provider is asked once, and again five minutes
 * before the identity expires (or after half of its lifetime, if that is shorter), by Effect's Clock. `memoized` tells the
 * SDK's clients not to keep their own copies.
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
          // The current identity remains valid until it expires, so a failed early refresh does no harm yet.
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
