// The world as a server uses it.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Denial } from "../authorization/denials.ts"
import type { RecordingGuard } from "../authorization/guard.ts"
import type { AdjustableClock } from "../engine/clock.ts"
import type { Delivery } from "../engine/events.ts"
import type { Injection } from "../engine/injections.ts"
import type { JournalEntry } from "../engine/journal.ts"
import { type Names, namesOf } from "../engine/names.ts"
import type { Parts } from "../engine/saved.ts"
import type { Service } from "../engine/service.ts"
import type * as Engine from "../engine/world.ts"
import type { Answer, Request } from "../wire/http.ts"

export interface World {
  /**
   * Answers a request. Fails with "Cut" if an injected fault drops the connection.
   *
   * Calls `note` with the journal entry of the call before it returns the answer. Doesn't call it if the request is for no known
   * service.
   */
  readonly answer: (request: Request, note?: (entry: JournalEntry) => void) => Effect.Effect<Answer, "Cut">
  /** The journal: the latest calls, the oldest first. */
  readonly calls: () => ReadonlyArray<JournalEntry>
  readonly clearCalls: () => void
  /** What was delivered, the oldest first. Does what is due first. */
  readonly delivered: Effect.Effect<ReadonlyArray<Delivery>>
  readonly clearDelivered: () => void
  /** What was refused because of policies, the oldest first. `undefined` if policies of identities aren't evaluated. */
  readonly denied: (() => ReadonlyArray<Denial>) | undefined
  readonly clearDenied: () => void
  readonly inject: (injection: Injection) => void
  /** The injections, the oldest first, and how many calls each has matched. */
  readonly injections: Engine.World["injections"]
  readonly clearInjections: () => void
  /** Empties the world: state, keys, journal and injections. */
  readonly reset: () => void
  /** The state of a service in an account and a region. */
  readonly stateOf: Engine.World["stateOf"]
  /** The world as bytes, for `restore`. They are the world's own: they change with it. */
  readonly save: () => Parts
  /** Replaces the state with one that `save` returned. Throws an error that says why if it can't. */
  readonly restore: (parts: Parts) => void
  readonly clock: AdjustableClock
  /** The first access key, which belongs to the world's own account. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** The names of its services, and of the operations that have a handler. */
  readonly names: () => Names
}

/** Runs a world of the engine on this clock, with this access. */
export const worldOf = (
  world: Engine.World,
  services: ReadonlyArray<Service<any>>,
  access: Engine.Access,
  clock: AdjustableClock,
  guard?: RecordingGuard
): World => ({
  answer: (request, note) => Effect.provideService(world.answer(request, access, undefined, note), Clock.Clock, clock),
  calls: world.calls,
  clearCalls: world.clearCalls,
  delivered: Effect.provideService(world.delivered, Clock.Clock, clock),
  clearDelivered: world.clearDelivered,
  denied: guard?.denied,
  clearDenied: () => guard?.reset(),
  inject: world.inject,
  injections: world.injections,
  clearInjections: world.clearInjections,
  reset: world.reset,
  stateOf: world.stateOf,
  save: world.save,
  restore: world.restore,
  clock,
  credentials: world.credentials,
  names: () => namesOf(services, world.handled())
})
