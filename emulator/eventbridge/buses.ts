/** In-memory EventBridge: event buses. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { defined, pick } from "../support/members.ts"
import * as EventBridge from "./state.ts"

const toSdkBus = (bus: EventBridge.Bus, context: HandlerContext): sdk.EventBus =>
  defined({
    Name: bus.name,
    Arn: EventBridge.busArn(bus, context),
    Description: bus.settings.Description,
    CreationTime: bus.created,
    LastModifiedTime: bus.modified
  })

const settings = ["DeadLetterConfig", "Description", "KmsKeyIdentifier", "LogConfig"] as const

const constraints = {
  Description: EventBridge.rules.description,
  KmsKeyIdentifier: { max: 2_048, pattern: "^[a-zA-Z0-9_\\-/:]*$" },
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
      Tags: EventBridge.rules.tags
    })
    if (EventSourceName !== undefined) {
      return yield* EventBridge.notFound(`Event source ${EventSourceName} does not exist.`)
    }
    if (name.includes("/")) return yield* EventBridge.validation("Event bus name must not contain '/'.")
    if (buses.has(name)) {
      return yield* new Fault({
        code: "ResourceAlreadyExistsException",
        message: `Event bus ${name} already exists.`
      })
    }
    const tags = yield* EventBridge.tags.add([], Tags)
    if (buses.size >= EventBridge.limits.buses) return yield* EventBridge.limitExceeded
    const now = new Date(yield* Clock.currentTimeMillis)
    const bus = { name, settings: pick(input, settings), created: now, modified: now, tags, rules: new Map() }
    buses.set(name, bus)
    return { EventBusArn: EventBridge.busArn(bus, context), ...bus.settings }
  }),

  UpdateEventBus: Effect.fnUntraced(function*(input, state, context) {
    yield* EventBridge.check(input, { ...constraints, Name: EventBridge.rules.givenBusName })
    const bus = yield* EventBridge.findBus(state, input.Name)
    const updated = {
      ...bus,
      settings: { ...bus.settings, ...pick(input, settings) },
      modified: new Date(yield* Clock.currentTimeMillis)
    }
    state.buses.set(bus.name, updated)
    return { Name: bus.name, Arn: EventBridge.busArn(bus, context), ...updated.settings }
  }),

  DescribeEventBus: Effect.fnUntraced(function*({ Name }, state, context) {
    const bus = yield* EventBridge.findBus(state, Name)
    return { ...toSdkBus(bus, context), ...bus.settings }
  }),

  ListEventBuses: Effect.fnUntraced(function*(input, { buses }, context) {
    const { Limit, NamePrefix = "", NextToken } = yield* EventBridge.check(input, { Limit: EventBridge.rules.limit })
    const [page, token] = yield* context.page(
      [...buses.values()].filter(({ name }) => name.startsWith(NamePrefix)),
      {
        token: NextToken,
        size: Limit ?? EventBridge.limits.page,
        key: ({ name }) => name,
        query: input,
        invalid: EventBridge.invalidToken
      }
    )
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
