/** In-memory EventBridge: event buses, rules, targets and event patterns, and the tags of buses and rules. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import { service } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import * as Buses from "./buses.ts"
import * as Events from "./events.ts"
import * as Rules from "./rules.ts"
import * as EventBridge from "./state.ts"

/** A bus or a rule: its tags, and how to set them. */
const taggable = Effect.fnUntraced(function*(state: EventBridge.State, arn: string) {
  const [type, ...names] = parseArn(arn)?.resource.split("/") ?? []
  const name = names.pop()
  if (name === undefined || (type !== "rule" && type !== "event-bus")) {
    return yield* EventBridge.validation(
      `Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`
    )
  }
  if (type === "event-bus") {
    const bus = yield* EventBridge.findBus(state, name)
    return {
      tags: bus.tags,
      set: (tags: ReadonlyArray<sdk.Tag>) => void state.buses.set(bus.name, { ...bus, tags })
    }
  }
  const [bus, rule] = yield* EventBridge.findRule(state, name, names[0])
  return {
    tags: rule.tags,
    set: (tags: ReadonlyArray<sdk.Tag>) => void bus.rules.set(name, { ...rule, tags })
  }
})

const tags: EventBridge.EventBridgeHandlers = {
  TagResource: Effect.fnUntraced(function*(input, state) {
    const { ResourceARN, Tags } = yield* EventBridge.check(input, {
      ResourceARN: EventBridge.rules.arn,
      Tags: { ...EventBridge.rules.tags, required: true }
    })
    const { set, tags } = yield* taggable(state, ResourceARN)
    set(yield* EventBridge.tags.add(tags, Tags))
    return {}
  }),

  UntagResource: Effect.fnUntraced(function*(input, state) {
    const { ResourceARN, TagKeys } = yield* EventBridge.check(input, {
      ResourceARN: EventBridge.rules.arn,
      TagKeys: { required: true }
    })
    const { set, tags } = yield* taggable(state, ResourceARN)
    set(EventBridge.tags.remove(tags, TagKeys))
    return {}
  }),

  ListTagsForResource: Effect.fnUntraced(function*(input, state) {
    const { ResourceARN } = yield* EventBridge.check(input, { ResourceARN: EventBridge.rules.arn })
    return { Tags: [...(yield* taggable(state, ResourceARN)).tags] }
  })
}

const defaultBus = (): EventBridge.Bus => ({
  name: "default",
  settings: {},
  created: undefined,
  modified: undefined,
  tags: [],
  rules: new Map()
})

export const eventBridge = service<typeof sdk>()({
  serviceId: "EventBridge",
  namespace: "com.amazonaws.eventbridge",
  scope: "region",
  state: (): EventBridge.State => ({ buses: new Map([["default", defaultBus()]]) }),
  handlers: { ...Buses.handlers, ...Events.handlers, ...Rules.handlers, ...tags },
  withoutEffect: {
    // Only rules that an AWS service manages need force, and there are none here.
    DeleteRule: ["Force"],
    RemoveTargets: ["Force"],
    // Targets receive no events here, so a trace ends with the call.
    PutEvents: ["Entries[].TraceHeader"]
  }
})
