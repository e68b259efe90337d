/** In-memory EC2: client tokens. */
import * as Effect from "effect/Effect"
import { canonical } from "../engine/input.ts"
import type { HandlerContext } from "../engine/service.ts"
import { idempotent as once } from "../support/idempotency.ts"
import type { Fault } from "../wire/fault.ts"
import { fault } from "./faults.ts"
import { seconds, type State } from "./state.ts"

/** How long AWS remembers a token, at least. */
const LIFETIME = seconds(24 * 3600)

const mismatch = fault(
  "IdempotentParameterMismatch",
  "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
)

/**
 * Creates a resource once per client token. A request that comes again is answered with the resource as it is now; a different
 * request with the same token is rejected. The token of a resource that is gone is free.
 */
export const idempotent = Effect.fnUntraced(function*<A>(
  { tokens }: State,
  { operation }: HandlerContext,
  input: { readonly ClientToken?: string | undefined },
  options: {
    /** Creates the resource, and returns its id. */
    readonly create: Effect.Effect<string, Fault>
    /** Answers by the id; `undefined` if the resource is gone. */
    readonly answer: (id: string) => A | undefined
  }
): Effect.fn.Return<A, Fault> {
  const token = input.ClientToken === undefined ? undefined : `${operation}/${input.ClientToken}`
  const before = tokens.get(token ?? "")
  if (before !== undefined) {
    if (options.answer(before.result) === undefined) tokens.delete(token ?? "")
    // The handler won't look at the members again: it did when the same request came first.
    else JSON.stringify(input)
  }
  const request = canonical(input, ["ClientToken"])
  const id = yield* once(tokens, { token, request, lifetime: LIFETIME, mismatch }, options.create)
  return options.answer(id)!
})
