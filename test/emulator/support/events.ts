// A world in which somebody hears every event that services emit: tests see the events as they are before EventBridge gets them.
import { Clock, Effect } from "effect"
import type { Emitted } from "../../../emulator/engine/events.ts"
import { type Service, service } from "../../../emulator/engine/service.ts"
import type { Options } from "../../../emulator/engine/world.ts"
import { makeWorld } from "../../support/world.ts"

export interface Heard extends Emitted {
  readonly account: string
  readonly region: string
  /** In milliseconds. */
  readonly time: number
}

/** A world with these services. Events are heard in the account of the program, in these regions. */
export const listening = (
  services: ReadonlyArray<Service<any>>,
  { regions = ["us-east-1"], ...options }: Partial<Options> & { readonly regions?: ReadonlyArray<string> } = {}
) => {
  let heard: ReadonlyArray<Heard> = []
  const listener = service<object>()({
    serviceId: "EventBridge",
    namespace: "com.amazonaws.eventbridge",
    scope: "region",
    state: () => ({}),
    handlers: {},
    accept: (event, _, { account, region }) =>
      Effect.map(Clock.currentTimeMillis, (time) => {
        heard = [...heard, { ...event, account, region, time }]
      })
  })
  const world = makeWorld({ services: [...services, listener], ...options })
  for (const region of regions) world.stateOf(listener, "123456789012", region)
  return {
    world,
    /** What was heard since this was last asked. Does what is due first. */
    heard: Effect.map(world.delivered, () => {
      const events = heard
      heard = []
      return events
    })
  }
}
