/** In-memory EventBridge: event buses, rules, targets, event patterns, archives, connections and API destinations. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type HandlerContext, type Service, service } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import * as Archives from "./archives.ts"
import { authorization } from "./authorization.ts"
import * as Buses from "./buses.ts"
import * as Connections from "./connections.ts"
import * as Destinations from "./destinations.ts"
import type { Place } from "./event.ts"
import * as Events from "./events.ts"
import * as Permissions from "./permissions.ts"
import * as Replays from "./replays.ts"
import * as Rules from "./rules.ts"
import * as Schedules from "./schedules.ts"
import * as EventBridge from "./state.ts"
import * as Targets from "./targets.ts"

/** A bus or a rule: its tags, and how to set them. */
const taggable = Effect.fnUntraced(function*(state: EventBridge.State, arn: string, context: HandlerContext) {
  const [type, ...names] = parseArn(arn)?.resource.split("/") ?? []
  const name = names.pop()
  if (name === undefined || (type !== "rule" && type !== "event-bus")) {
    return yield* EventBridge.validation(
      `Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`
    )
  }
  if (type === "event-bus") {
    const bus = yield* EventBridge.findBus(state, arn, context)
    return {
      tags: bus.tags,
      set: (tags: ReadonlyArray<sdk.Tag>) => void state.buses.set(bus.name, { ...bus, tags }),
      check: Effect.void
    }
  }
  const bus = arn.replace(/:rule\/.*/, `:event-bus/${names.length === 0 ? "default" : names.join("/")}`)
  const [found, rule] = yield* EventBridge.findRule(state, name, bus, context)
  return {
    tags: rule.tags,
    set: (tags: ReadonlyArray<sdk.Tag>) => void found.rules.set(name, { ...rule, tags }),
    check: EventBridge.checkUnmanaged(rule)
  }
})

const tags: EventBridge.EventBridgeHandlers = {
  TagResource: Effect.fnUntraced(function*(input, state, context) {
    const { ResourceARN, Tags } = yield* EventBridge.check(input, {
      ResourceARN: EventBridge.rules.arn,
      Tags: { ...EventBridge.rules.tags, required: true }
    })
    const { check, set, tags } = yield* taggable(state, ResourceARN, context)
    yield* check
    set(yield* EventBridge.tags.add(tags, Tags))
    return {}
  }),

  UntagResource: Effect.fnUntraced(function*(input, state, context) {
    const { ResourceARN, TagKeys } = yield* EventBridge.check(input, {
      ResourceARN: EventBridge.rules.arn,
      TagKeys: { required: true, each: { min: 1, max: 128 } }
    })
    const { check, set, tags } = yield* taggable(state, ResourceARN, context)
    yield* check
    set(EventBridge.tags.remove(tags, TagKeys))
    return {}
  }),

  ListTagsForResource: Effect.fnUntraced(function*(input, state, context) {
    const { ResourceARN } = yield* EventBridge.check(input, { ResourceARN: EventBridge.rules.arn })
    return { Tags: [...(yield* taggable(state, ResourceARN, context)).tags] }
  })
}

const stateOfOthers = (context: Pick<HandlerContext, "stateOf">) => (place: Place): EventBridge.State =>
  context.stateOf(eventBridge, place)

export const eventBridge: Service<EventBridge.State> = service<typeof sdk>()({
  serviceId: "EventBridge",
  namespace: "com.amazonaws.eventbridge",
  scope: "region",
  state: EventBridge.empty,
  authorization,
  handlers: {
    ...Archives.handlers,
    ...Buses.handlers,
    ...Connections.handlers,
    ...Destinations.handlers,
    ...Events.handlers(stateOfOthers),
    ...Permissions.handlers,
    ...Replays.handlers,
    ...Rules.handlers,
    ...Targets.handlers,
    ...tags
  },
  withoutEffect: {
    // Deliveries have no trace, so it ends with the call.
    PutEvents: ["Entries[].TraceHeader"]
  },
  accept: (event, state, context) =>
    Effect.flatMap(
      Clock.currentTimeMillis,
      (now) => Events.accept(event, state, now, stateOfOthers(context), context)
    ),
  wake: (key, state, context, now) => {
    const rule = Schedules.ruleOfTimer(key)
    if (rule !== undefined) return Schedules.run(rule, state, now, stateOfOthers(context), context)
    const replay = Replays.nameOfTimer(key)
    return replay === undefined ? Effect.void : Replays.replayNext(replay, state, stateOfOthers(context), context)
  }
})
