/** Who decides what callers may do. */
import type * as Effect from "effect/Effect"
import type { Fault } from "../wire/fault.ts"
import type { Need } from "./authorization.ts"
import type { HandlerContext } from "./service.ts"

/** Decides what callers may do. */
export interface Guard {
  /** Fails with AWS's error if the caller may not make the call. */
  readonly check: (call: GuardedCall, context: HandlerContext) => Effect.Effect<void, Fault>
  /** Whether the caller may do something else, on which an answer depends. Records no denial. */
  readonly may: (need: Need, context: HandlerContext) => boolean
  /** Records that the handler of a call refused the caller: services decide by themselves what others may do with some resources. */
  readonly note: (call: GuardedCall, context: HandlerContext, fault: Fault) => Effect.Effect<void>
  /** Forgets the denials. */
  readonly reset: () => void
}

export interface GuardedCall {
  readonly service: { readonly namespace: string; readonly serviceId: string }
  readonly operation: string
  readonly input: object
  readonly requestId: string
}
