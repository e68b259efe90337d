/** In-memory EventBridge: API destinations, which are targets outside of AWS. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { defined, pick } from "../support/members.ts"
import * as EventBridge from "./state.ts"

const name = { required: true, min: 1, max: 64, pattern: EventBridge.plainName } as const

const connectionArn = {
  min: 1,
  max: 1_600,
  pattern:
    "^arn:aws([a-z]|\\-)*:events:([a-z]|\\d|\\-)*:([0-9]{12})?:connection\\/[\\.\\-_A-Za-z0-9]+\\/[\\-A-Za-z0-9]+$"
} as const

const endpoint = { min: 1, max: 2_048 } as const

const method = { enum: ["POST", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"] } as const

const constraints = {
  Name: name,
  Description: EventBridge.rules.description,
  ConnectionArn: connectionArn,
  InvocationEndpoint: endpoint,
  HttpMethod: method,
  InvocationRateLimitPerSecond: { min: 1 }
} as const

const settings = [
  "ConnectionArn",
  "Description",
  "HttpMethod",
  "InvocationEndpoint",
  "InvocationRateLimitPerSecond"
] as const

const DEFAULT_RATE = 300

const connectionOf = ({ connections }: EventBridge.State, arn: string | undefined) =>
  [...connections.values()].find((connection) => connection.arn === arn)

const checkSettings = Effect.fnUntraced(function*(
  { ConnectionArn, InvocationEndpoint }: sdk.UpdateApiDestinationRequest,
  state: EventBridge.State,
  { region }: HandlerContext
) {
  if (InvocationEndpoint !== undefined && !/^https:\/\/[^\s/]/.test(InvocationEndpoint)) {
    return yield* EventBridge.validation(
      `Parameter InvocationEndpoint is not valid. Reason: Endpoint '${InvocationEndpoint}' is not valid.`
    )
  }
  if (ConnectionArn === undefined) return
  const parsed = parseArn(ConnectionArn)
  if (parsed?.region !== region) return yield* EventBridge.validation(`Invalid ARN: '${ConnectionArn}'.`)
  if (connectionOf(state, ConnectionArn) === undefined) {
    return yield* EventBridge.notFound(`Connection '${parsed.resource.split("/")[1]}' does not exist.`)
  }
})

const find = ({ destinations }: EventBridge.State, name: string) => {
  const destination = destinations.get(name)
  return destination === undefined
    ? Effect.fail(EventBridge.notFound(`An api-destination '${name}' does not exist.`))
    : Effect.succeed(destination)
}

const summary = (destination: EventBridge.Destination, state: EventBridge.State) => ({
  ApiDestinationArn: destination.arn,
  ApiDestinationState: connectionOf(state, destination.settings.ConnectionArn)?.authorized === undefined
    ? "INACTIVE" as const
    : "ACTIVE" as const,
  CreationTime: destination.created,
  LastModifiedTime: destination.modified
})

export const handlers: EventBridge.EventBridgeHandlers = {
  CreateApiDestination: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* EventBridge.check(input, {
      ...constraints,
      ConnectionArn: { required: true, ...connectionArn },
      InvocationEndpoint: { required: true, ...endpoint },
      HttpMethod: { required: true, ...method }
    })
    const { Name } = checked
    if (state.destinations.has(Name)) return yield* EventBridge.alreadyExists(`An api-destination '${Name}'`)
    yield* checkSettings(checked, state, context)
    const now = new Date(yield* Clock.currentTimeMillis)
    const destination: EventBridge.Destination = {
      name: Name,
      arn: context.arn("events", `api-destination/${Name}/${context.uuid()}`),
      settings: {
        InvocationRateLimitPerSecond: DEFAULT_RATE,
        ...pick(checked, settings)
      } as EventBridge.Destination["settings"],
      created: now,
      modified: now
    }
    state.destinations.set(Name, destination)
    return summary(destination, state)
  }),

  DescribeApiDestination: Effect.fnUntraced(function*(input, state) {
    const { Name } = yield* EventBridge.check(input, { Name: name })
    const destination = yield* find(state, Name)
    return { Name, ...destination.settings, ...summary(destination, state) }
  }),

  UpdateApiDestination: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* EventBridge.check(input, constraints)
    const before = yield* find(state, checked.Name)
    yield* checkSettings(checked, state, context)
    const destination: EventBridge.Destination = {
      ...before,
      settings: { ...before.settings, ...pick(checked, settings) } as EventBridge.Destination["settings"],
      modified: new Date(yield* Clock.currentTimeMillis)
    }
    state.destinations.set(destination.name, destination)
    return summary(destination, state)
  }),

  ListApiDestinations: Effect.fnUntraced(function*(input, state, context) {
    const { ConnectionArn, NamePrefix = "" } = yield* EventBridge.check(input, {
      NamePrefix: { min: 1, max: 64, pattern: EventBridge.plainName },
      ConnectionArn: connectionArn,
      Limit: EventBridge.rules.limit
    })
    const found = [...state.destinations.values()].filter(({ name, settings }) =>
      name.startsWith(NamePrefix) && (ConnectionArn === undefined || settings.ConnectionArn === ConnectionArn)
    )
    const [page, token] = yield* EventBridge.page(found, input, context)
    return {
      ApiDestinations: page.map((destination) => {
        const { Description: _, ...settings } = destination.settings
        return defined({ Name: destination.name, ...settings, ...summary(destination, state) })
      }),
      NextToken: token
    }
  }),

  DeleteApiDestination: Effect.fnUntraced(function*(input, state) {
    const { Name } = yield* EventBridge.check(input, { Name: name })
    yield* find(state, Name)
    state.destinations.delete(Name)
    return {}
  })
}
