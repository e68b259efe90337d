/** The state of the in-memory EventBridge, and how its operations find things in it. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, type Handlers } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { parseArn } from "../support/arn.ts"
import { checker } from "../support/constraints.ts"
import { tagging } from "../support/tags.ts"
import type { Event, Place } from "./event.ts"

export interface Rule {
  readonly name: string
  readonly settings: Pick<sdk.PutRuleRequest, "Description" | "EventPattern" | "RoleArn" | "ScheduleExpression">
  readonly state: sdk.RuleState
  readonly createdBy: string
  /** The part of AWS that made the rule for the account. */
  readonly managedBy: string | undefined
  readonly tags: ReadonlyArray<sdk.Tag>
  /** The targets by id. */
  readonly targets: ReadonlyMap<string, sdk.Target>
}

/** A statement of the policy of a bus. */
export type Statement = Readonly<Record<string, unknown>>

export interface Bus {
  readonly name: string
  readonly settings: Pick<
    sdk.UpdateEventBusRequest,
    "DeadLetterConfig" | "Description" | "KmsKeyIdentifier" | "LogConfig"
  >
  /** `undefined` for the default bus, which AWS creates. */
  readonly created: Date | undefined
  readonly modified: Date | undefined
  readonly statements: ReadonlyArray<Statement>
  readonly tags: ReadonlyArray<sdk.Tag>
  readonly rules: Map<string, Rule>
}

/** An event in an archive. */
export interface Archived {
  /** When it came. */
  readonly at: number
  readonly bytes: number
  readonly event: Event
}

export interface Archive {
  readonly name: string
  readonly bus: string
  readonly settings: Pick<
    sdk.CreateArchiveRequest,
    "Description" | "EventPattern" | "KmsKeyIdentifier" | "RetentionDays"
  >
  readonly created: Date
  /** The events in it, the oldest first. */
  readonly events: Array<Archived>
}

export interface Replay {
  readonly name: string
  readonly request: Pick<
    sdk.StartReplayRequest,
    "Description" | "Destination" | "EventEndTime" | "EventSourceArn" | "EventStartTime"
  >
  readonly started: number
  readonly cancelled: number | undefined
  /** The minute whose events were sent last, in milliseconds; `undefined` before the first. */
  readonly minute: number | undefined
}

export interface Connection {
  readonly name: string
  readonly arn: string
  readonly secret: string
  readonly settings: Pick<sdk.CreateConnectionRequest, "AuthorizationType" | "Description" | "KmsKeyIdentifier">
  /** The parameters as answers have them: without secrets. */
  readonly parameters: sdk.ConnectionAuthResponseParameters
  readonly created: Date
  readonly modified: Date
  /** When it was authorized; `undefined` after DeauthorizeConnection. */
  readonly authorized: Date | undefined
}

export interface Destination {
  readonly name: string
  readonly arn: string
  readonly settings: Omit<sdk.CreateApiDestinationRequest, "Name">
  readonly created: Date
  readonly modified: Date
}

export interface State {
  readonly buses: Map<string, Bus>
  readonly archives: Map<string, Archive>
  readonly replays: Map<string, Replay>
  readonly connections: Map<string, Connection>
  readonly destinations: Map<string, Destination>
}

const defaultBus = (): Bus => ({
  name: "default",
  settings: {},
  created: undefined,
  modified: undefined,
  statements: [],
  tags: [],
  rules: new Map()
})

export const empty = (): State => ({
  buses: new Map([["default", defaultBus()]]),
  archives: new Map(),
  replays: new Map(),
  connections: new Map(),
  destinations: new Map()
})

export type EventBridgeHandlers = Handlers<typeof sdk, State>

export const limits = { buses: 100, rules: 300, targets: 5, bytes: 1_048_576, page: 100, pattern: 2_048 }

export const validation = (message: string) => new Fault({ code: "ValidationException", message })
export const notFound = (message: string) => new Fault({ code: "ResourceNotFoundException", message })
export const alreadyExists = (what: string) =>
  new Fault({ code: "ResourceAlreadyExistsException", message: `${what} already exists.` })
export const limitExceeded = new Fault({
  code: "LimitExceededException",
  message: "The requested resource exceeds the maximum number allowed."
})
export const invalidToken = validation("Parameter NextToken is not valid.")

export const check = checker({ code: "ValidationException" })

const busNames = { min: 1, max: 256, pattern: "[/\\.\\-_A-Za-z0-9]+" }
export const plainName = "[\\.\\-_A-Za-z0-9]+"

const describable = { max: 512 } as const

export const rules = {
  ruleName: { required: true, min: 1, max: 64, pattern: plainName },
  busName: { required: true, ...busNames },
  givenBusName: busNames,
  /** The name or the ARN of a bus. */
  busReference: {
    min: 1,
    max: 1_600,
    pattern: "(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[/\\.\\-_A-Za-z0-9]+"
  },
  archiveName: { required: true, min: 1, max: 48, pattern: plainName },
  sourceArn: {
    min: 1,
    max: 1_600,
    pattern: "^arn:aws([a-z]|\\-)*:events:([a-z]|\\d|\\-)*:([0-9]{12})?:.+\\/.+$"
  },
  id: { required: true, min: 1, max: 64, pattern: plainName },
  arn: { required: true, min: 1, max: 1_600 },
  limit: { min: 1, max: limits.page },
  token: { min: 1, max: 2_048 },
  description: describable,
  kmsKey: { max: 2_048, pattern: "^[a-zA-Z0-9_\\-/:]*$" },
  tags: {
    members: { Key: { required: true, min: 1, max: 128 }, Value: { required: true, max: 256 } }
  }
} as const

export const tags = tagging<sdk.Tag>({ key: ({ Key }) => Key, limit: 50, tooMany: limitExceeded })

/** The parts of an ARN in a request, of this service if one is given. */
export const arnOf = (arn: string, service?: string) => {
  const parsed = parseArn(arn)
  return parsed === undefined || (service !== undefined && parsed.service !== service)
    ? Effect.fail(validation(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`))
    : Effect.succeed(parsed)
}

/** Fails for a list with more than one filter. */
export const checkFilters = (
  filters: { readonly EventSourceArn: unknown; readonly NamePrefix: unknown; readonly State: unknown },
  { operation }: HandlerContext
) =>
  Object.values(filters).filter((given) => given !== undefined).length > 1
    ? Effect.fail(
      validation(
        `At most one filter is allowed for ${operation}. Use either : State, EventSourceArn, or NamePrefix.`
      )
    )
    : Effect.void

/** Checks the ARN of a dead-letter queue. */
export const checkQueue = Effect.fnUntraced(function*(arn: string, { region }: HandlerContext) {
  const parsed = yield* arnOf(arn)
  if (parsed.service !== "sqs") {
    return yield* validation(`${parsed.service} is not supported as a dead letter resource.`)
  }
  if (parsed.resource.endsWith(".fifo")) return yield* validation("SQS FIFO is not supported by Dead Letter Queues.")
  if (parsed.region !== region) {
    return yield* validation(`Parameter ${arn} is not valid. Reason: The dead-letter queue must be in the same region.`)
  }
})

export const busName = (given = "default") => given.replace(/^arn:[^:]+:events:[^:]*:[^:]*:event-bus\//, "")

/** The error for a call that a policy of another account's resource would have to allow. */
export const denied = (arn: string, { operation, principal }: HandlerContext) =>
  new Fault({
    code: "AccessDeniedException",
    message:
      `User: ${principal.arn} is not authorized to perform: events:${operation} on resource: ${arn} because no ` +
      `resource-based policy allows the events:${operation} action`
  })

export const findBus = Effect.fnUntraced(function*(
  { buses }: State,
  given: string | undefined,
  context: HandlerContext
) {
  const { account, region } = parseArn(given ?? "") ?? context
  if (account !== context.account) return yield* denied(given!, context)
  if (region !== context.region) {
    return yield* unsupported(`The in-memory EventBridge doesn't reach a bus of another region, as in ${given}.`)
  }
  const bus = buses.get(busName(given))
  return bus ?? (yield* notFound(`Event bus ${busName(given)} does not exist.`))
})

export const findRule = Effect.fnUntraced(function*(
  state: State,
  name: string,
  given: string | undefined,
  context: HandlerContext
) {
  const bus = yield* findBus(state, given, context)
  const rule = bus.rules.get(name)
  if (rule === undefined) return yield* notFound(`Rule ${name} does not exist on EventBus ${bus.name}.`)
  return [bus, rule] as const
})

/** Fails for a rule that a service of AWS manages. */
export const checkUnmanaged = ({ managedBy, name }: Rule) =>
  managedBy === undefined ? Effect.void : Effect.fail(
    new Fault({
      code: "ManagedRuleException",
      message: `Rule ${name} is managed by an AWS service can only be modified if force is true.`
    })
  )

export const busArn = (bus: Bus, context: HandlerContext) => context.arn("events", `event-bus/${bus.name}`)

export const ruleArn = (bus: Pick<Bus, "name">, name: string, context: HandlerContext, where?: Place) =>
  context.arn("events", bus.name === "default" ? `rule/${name}` : `rule/${bus.name}/${name}`, where)

/** One page of resources that have unique names. */
export const page = <A extends { readonly name: string }>(
  list: Iterable<A>,
  input: { readonly Limit?: number | undefined; readonly NextToken?: string | undefined },
  context: HandlerContext
) =>
  context.page(list, {
    token: input.NextToken,
    size: input.Limit ?? limits.page,
    key: ({ name }) => name,
    query: input,
    invalid: invalidToken
  })
