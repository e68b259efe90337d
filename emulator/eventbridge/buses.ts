/** In-memory EventBridge: event buses. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { defined, pick } from "../support/members.ts"
import { documentOf } from "./permissions.ts"
import * as EventBridge from "./state.ts"

const toSdkBus = (bus: EventBridge.Bus, context: HandlerContext): sdk.EventBus =>
  defined({
    Name: bus.name,
    Arn: EventBridge.busArn(bus, context),
    Description: bus.settings.Description,
    Policy: documentOf(bus),
    CreationTime: bus.created,
    LastModifiedTime: bus.modified
  })

const settings = ["DeadLetterConfig", "Description", "KmsKeyIdentifier", "LogConfig"] as const

const constraints = {
  Description: EventBridge.rules.description,
  KmsKeyIdentifier: EventBridge.rules.kmsKey,
  DeadLetterConfig: { members: { Arn: { min: 1, max: 1_600 } } },
  LogConfig: {
    members: { IncludeDetail: { enum: ["NONE", "FULL"] }, Level: { enum: ["OFF", "ERROR", "INFO", "TRACE"] } }
  }
} as const

export const handlers: EventBridge.EventBridgeHandlers = {
  CreateEventBus: Effect.fnUntraced(function*(input, { buses }, context) {
    const { EventSourceName, Name: name, Tags = [] } = yield* EventBridge.check(input, {
      ...constraints,
      Name: EventBridge.rules.busName,
      EventSourceName: { min: 1, max: 256, pattern: "aws\\.partner(/[\\.\\-_A-Za-z0-9]+){2,}" },
      Tags: EventBridge.rules.tags
    })
    if (EventSourceName !== undefined && EventSourceName !== name) {
      return yield* EventBridge.validation("Event bus name must match event source name.")
    }
    if (EventSourceName !== undefined) {
      return yield* EventBridge.notFound(`Event source ${EventSourceName} does not exist.`)
    }
    if (name.includes("/")) return yield* EventBridge.validation("Event bus name must not contain '/'.")
    if (buses.has(name)) return yield* EventBridge.alreadyExists(`Event bus ${name}`)
    if (input.DeadLetterConfig?.Arn !== undefined) yield* EventBridge.checkQueue(input.DeadLetterConfig.Arn, context)
    const tags = yield* EventBridge.tags.add([], Tags)
    if (buses.size >= EventBridge.limits.buses) return yield* EventBridge.limitExceeded
    const now = new Date(yield* Clock.currentTimeMillis)
    const bus = {
      name,
      settings: pick(input, settings),
      created: now,
      modified: now,
      statements: [],
      tags,
      rules: new Map()
    }
    buses.set(name, bus)
    return { EventBusArn: EventBridge.busArn(bus, context), ...bus.settings }
  }),

  UpdateEventBus: Effect.fnUntraced(function*(input, state, context) {
    yield* EventBridge.check(input, { ...constraints, Name: EventBridge.rules.givenBusName })
    const bus = yield* EventBridge.findBus(state, input.Name, context)
    if (input.DeadLetterConfig?.Arn !== undefined) yield* EventBridge.checkQueue(input.DeadLetterConfig.Arn, context)
    const updated = {
      ...bus,
      settings: { ...bus.settings, ...pick(input, settings) },
      modified: new Date(yield* Clock.currentTimeMillis)
    }
    state.buses.set(bus.name, updated)
    return { Name: bus.name, Arn: EventBridge.busArn(bus, context), ...updated.settings }
  }),

  DescribeEventBus: Effect.fnUntraced(function*(input, state, context) {
    const { Name } = yield* EventBridge.check(input, { Name: EventBridge.rules.busReference })
    const bus = yield* EventBridge.findBus(state, Name, context)
    return { ...toSdkBus(bus, context), ...bus.settings }
  }),

  ListEventBuses: Effect.fnUntraced(function*(input, { buses }, context) {
    const { NamePrefix = "" } = yield* EventBridge.check(input, {
      NamePrefix: EventBridge.rules.givenBusName,
      Limit: EventBridge.rules.limit
    })
    const found = [...buses.values()].filter(({ name }) => name.startsWith(NamePrefix))
    const [page, token] = yield* EventBridge.page(found, input, context)
    return { EventBuses: page.map((bus) => toSdkBus(bus, context)), NextToken: token }
  }),

  DeleteEventBus: Effect.fnUntraced(function*(input, { buses }) {
    const { Name } = yield* EventBridge.check(input, { Name: EventBridge.rules.busName })
    if (Name === "default") return yield* EventBridge.validation("Cannot delete event bus default.")
    if ((buses.get(Name)?.rules.size ?? 0) > 0) {
      return yield* EventBridge.validation("EventBus can't be deleted since it has rules.")
    }
    buses.delete(Name)
    return {}
  })
}
