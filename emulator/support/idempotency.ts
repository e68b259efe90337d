// Idempotency tokens: a request that is repeated with the same token creates nothing new.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Fault } from "../wire/fault.ts"

/** A request that had a token. `result` is plain data: the resource that it created, or its id. */
interface Remembered<A> {
  readonly request: string
  readonly result: A
  /** When the token expires, in milliseconds. */
  readonly until: number
}

/** The requests of a service, by token. If each operation has its own tokens, the key also has the operation. */
export type Tokens<A> = Map<string, Remembered<A>>

/**
 * Runs `create` once for each token, and answers a repeated request with the result of the first one. Without a token, every request
 * creates something.
 */
export const idempotent = Effect.fnUntraced(function*<A>(
  tokens: Tokens<A>,
  options: {
    readonly token: string | undefined
    /** The request without its token: `canonical(input, ["ClientToken"])`. */
    readonly request: string
    /** How long AWS remembers a token, in milliseconds. */
    readonly lifetime: number
    /** The error for a token that another request has used. Without this error, the answer is that of the first request. */
    readonly mismatch?: Fault
  },
  create: Effect.Effect<A, Fault>
): Effect.fn.Return<A, Fault> {
  const { lifetime, mismatch, request, token } = options
  if (token === undefined) return yield* create
  const now = yield* Clock.currentTimeMillis
  const before = tokens.get(token)
  if (before !== undefined && now < before.until) {
    return mismatch !== undefined && before.request !== request ? yield* mismatch : before.result
  }
  const result = yield* create
  tokens.set(token, { request, result, until: now + lifetime })
  return result
})
