import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from "@smithy/types"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { CredentialsNotFound } from "../../errors/internal/layerErrors.ts"

/** Distinguishes a failure to get credentials from a failure of the call that needed them. */
class CredentialsProviderError extends Error {
  override readonly name = "CredentialsProviderError"
}

const failure = (cause: unknown): CredentialsProviderError =>
  new CredentialsProviderError(cause instanceof Error ? cause.message : String(cause), { cause })

const refreshBefore = 5 * 60_000
const tryAgainAfter = 60_000

const timedOut = (limit: Duration.Input): CredentialsNotFound =>
  new CredentialsNotFound({
    source: "their provider",
    description: `it gave none within ${Duration.format(Duration.fromInputUnsafe(limit))}`,
    advice: "Check that it can reach what it asks. If it waits for a person, raise `credentialsTimeout`.",
    isRetryable: true
  })

const closed = (): CredentialsNotFound =>
  new CredentialsNotFound({
    source: "their provider",
    description: "the Layer that it belongs to was closed meanwhile",
    advice: "Keep the Layer open for as long as calls run.",
    isRetryable: false
  })

/** What an SDK client calls to get credentials. `memoized` tells it not to keep a copy of its own. */
export type SharedProvider = AwsCredentialIdentityProvider & { readonly memoized: true }

const defaultLimit = "1 minute"

/** The providers of Layers, with the limit that each was made with. */
const limits = new WeakMap<AwsCredentialIdentityProvider, Duration.Input>()

const isShared = (provider: AwsCredentialIdentityProvider, limit: Duration.Input): provider is SharedProvider =>
  limits.get(provider) === limit

/** A provider whose identity is there at once and never expires: it needs no limit, and nobody has to ask it again. */
export const constant = (provider: AwsCredentialIdentityProvider): SharedProvider => {
  const sharing = Object.assign(() => provider(), { memoized: true as const })
  limits.set(sharing, defaultLimit)
  return sharing
}

/**
 * One identity for all clients of a Layer. However many calls need it, the provider is asked once, and again five minutes
 * before the identity expires (or after half of its lifetime, if that is shorter), by Effect's Clock.
 *
 * Calls wait for the provider only while there is no identity, or an expired one, and for no longer than `limit`. A refresh
 * belongs to the Layer, not to the call that caused it: an interrupted call leaves it to the others, and the end of the
 * scope ends it.
 *
 * The provider of another Layer does all this for its own clients, so it's taken as it is.
 */
export const shared = (
  provider: AwsCredentialIdentityProvider,
  limit: Duration.Input = defaultLimit
): Effect.Effect<SharedProvider, never, Scope.Scope> =>
  isShared(provider, limit) ? Effect.succeed(provider) : Effect.gen(function*() {
    const clock = yield* Clock.clockWith(Effect.succeed)
    const run = Effect.runPromiseExitWith(yield* Effect.context<never>())
    const closing = yield* Effect.abortSignal
    let current: { readonly identity: AwsCredentialIdentity; readonly refreshAt: number } | undefined
    let pending: Promise<AwsCredentialIdentity> | undefined
    // Not every provider gives a Date.
    const expiryOf = ({ expiration }: AwsCredentialIdentity): number => {
      const expiry = expiration === undefined ? Infinity : new Date(expiration).getTime()
      // Otherwise these credentials would never be refreshed.
      if (Number.isNaN(expiry)) throw new Error("the expiration of the credentials is not a date")
      return expiry
    }

    const settle = (exit: Exit.Exit<AwsCredentialIdentity, Error>): AwsCredentialIdentity | Error => {
      const now = clock.currentTimeMillisUnsafe()
      if (Exit.isSuccess(exit)) {
        const identity = exit.value
        const expiry = expiryOf(identity)
        current = { identity, refreshAt: expiry - Math.min(refreshBefore, (expiry - now) / 2) }
        return identity
      }
      if (current !== undefined && now < expiryOf(current.identity)) {
        // The current identity remains valid until it expires, so a failed early refresh does no harm yet.
        current = { ...current, refreshAt: now + tryAgainAfter }
        return current.identity
      }
      return Option.getOrElse(Exit.findErrorOption(exit), () => failure(closed()))
    }
    const refresh = async (options: Record<string, unknown> | undefined): Promise<AwsCredentialIdentity> => {
      const ask = async () => {
        const identity: Partial<AwsCredentialIdentity> | undefined = await provider(options)
        if (!identity?.accessKeyId || !identity.secretAccessKey) throw new Error("The provider gave no access keys")
        expiryOf(identity as AwsCredentialIdentity)
        return identity as AwsCredentialIdentity
      }
      const asked = Effect.tryPromise({ try: ask, catch: failure }).pipe(
        Effect.timeoutOrElse({ duration: limit, orElse: () => Effect.fail(failure(timedOut(limit))) }),
        Effect.exit,
        // Here, and not in the promise, so that the time is the one at which the provider was done.
        Effect.map(settle)
      )
      // Keys that need no request can still be had after the Layer's end.
      const exit = await run(asked, closing.aborted ? undefined : { signal: closing })
      const settled = Exit.isSuccess(exit) ? exit.value : settle(Exit.failCause(exit.cause))
      if (settled instanceof Error) throw settled
      return settled
    }
    const refreshed = (options: Record<string, unknown> | undefined): Promise<AwsCredentialIdentity> =>
      pending ??= refresh(options).finally(() => {
        pending = undefined
      })

    const sharing = Object.assign(
      async (options?: Record<string, unknown>) => {
        const now = clock.currentTimeMillisUnsafe()
        if (current === undefined || now >= expiryOf(current.identity)) return refreshed(options)
        // Nobody waits for this refresh. If it fails, the next one comes a minute later, or when the identity has expired.
        if (now >= current.refreshAt) refreshed(options).catch(() => {})
        return current.identity
      },
      { memoized: true as const }
    )
    limits.set(sharing, limit)
    return sharing
  })
