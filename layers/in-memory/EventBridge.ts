/** In-memory EventBridge: event buses, rules and targets. Events are kept, but not delivered to targets. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Fault, type HandlerContext, service } from "./Service.ts"

interface Rule {
  readonly input: sdk.PutRuleRequest
  readonly state: sdk.RuleState
  /** The targets by id. */
  readonly targets: ReadonlyMap<string, sdk.Target>
}

interface Bus {
  readonly name: string
  readonly description: string | undefined
  /** `undefined` for the default bus, which AWS creates. */
  readonly created: Date | undefined
  readonly rules: Map<string, Rule>
  /** The events that were put on the bus, in the form in which targets receive them. */
  readonly events: Array<Delivered>
}

/** An event in its delivered form. */
interface Delivered {
  readonly version: "0"
  readonly id: string
  readonly "detail-type": string
  readonly source: string
  readonly account: string
  readonly time: string
  readonly region: string
  readonly resources: ReadonlyArray<string>
  readonly detail: object
}

interface State {
  readonly buses: Map<string, Bus>
}

const limits = { buses: 100, rules: 300, targets: 5, entries: 10, bytes: 1_048_576, page: 100 }

const validation = (message: string) => new Fault({ code: "ValidationException", message })
const notFound = (message: string) => new Fault({ code: "ResourceNotFoundException", message })
const limitExceeded = new Fault({
  code: "LimitExceededException",
  message: "The requested resource exceeds the maximum number allowed."
})
const invalidToken = validation("Parameter NextToken is not valid.")

const constraint = (member: string, value: unknown, what: string) =>
  validation(
    `1 validation error detected: Value ${
      value === undefined ? "null" : `'${value}'`
    } at '${member}' failed to satisfy constraint: Member must ${what}`
  )

const checkText = (
  member: string,
  value: string | undefined,
  { max, pattern }: { readonly max: number; readonly pattern: string }
) => {
  if (value === undefined) return Effect.fail(constraint(member, value, "not be null"))
  if (value.length < 1) return Effect.fail(constraint(member, value, "have length greater than or equal to 1"))
  if (value.length > max) return Effect.fail(constraint(member, value, `have length less than or equal to ${max}`))
  return new RegExp(`^(?:${pattern})$`).test(value)
    ? Effect.void
    : Effect.fail(constraint(member, value, `satisfy regular expression pattern: ${pattern}`))
}

const checkRuleName = (name: string | undefined) => checkText("name", name, { max: 64, pattern: "[\\.\\-_A-Za-z0-9]+" })

const checkList = (member: string, list: ReadonlyArray<unknown> | undefined, max: number) => {
  if (list === undefined) return Effect.fail(constraint(member, list, "not be null"))
  if (list.length < 1) return Effect.fail(constraint(member, "[]", "have length greater than or equal to 1"))
  return list.length <= max
    ? Effect.void
    : Effect.fail(constraint(member, `[${list.length} elements]`, `have length less than or equal to ${max}`))
}

const pageSize = (limit: number | undefined) =>
  limit === undefined || (limit >= 1 && limit <= limits.page)
    ? Effect.succeed(limit ?? limits.page)
    : Effect.fail(constraint(
      "limit",
      limit,
      limit < 1 ? "have value greater than or equal to 1" : `have value less than or equal to ${limits.page}`
    ))

const busName = (given = "default") => given.replace(/^arn:[^:]+:events:[^:]*:[^:]*:event-bus\//, "")

const busOf = ({ buses }: State, given: string | undefined) => {
  const bus = buses.get(busName(given))
  return bus === undefined
    ? Effect.fail(notFound(`Event bus ${busName(given)} does not exist.`))
    : Effect.succeed(bus)
}

const ruleOf = Effect.fnUntraced(function*(state: State, name: string | undefined, given: string | undefined) {
  yield* checkRuleName(name)
  const bus = yield* busOf(state, given)
  const rule = bus.rules.get(name!)
  if (rule === undefined) return yield* notFound(`Rule ${name} does not exist on EventBus ${bus.name}.`)
  return [bus, rule] as const
})

const setState = (state: sdk.RuleState) =>
  Effect.fnUntraced(function*({ EventBusName, Name }: sdk.EnableRuleRequest, all: State) {
    const [bus, rule] = yield* ruleOf(all, Name, EventBusName)
    bus.rules.set(Name!, { ...rule, state })
    return {}
  })

const arnOf = ({ account, region }: HandlerContext, resource: string) =>
  `arn:aws:events:${region}:${account}:${resource}`
const busArn = (bus: Bus, context: HandlerContext) => arnOf(context, `event-bus/${bus.name}`)
const ruleArn = (bus: Bus, name: string, context: HandlerContext) =>
  arnOf(context, bus.name === "default" ? `rule/${name}` : `rule/${bus.name}/${name}`)

const toSdkBus = (bus: Bus, context: HandlerContext): sdk.EventBus => ({
  Name: bus.name,
  Arn: busArn(bus, context),
  ...(bus.description !== undefined && { Description: bus.description }),
  ...(bus.created !== undefined && { CreationTime: bus.created, LastModifiedTime: bus.created })
})

const toSdkRule = (bus: Bus, name: string, { input, state }: Rule, context: HandlerContext): sdk.Rule => ({
  Name: name,
  Arn: ruleArn(bus, name, context),
  EventBusName: bus.name,
  State: state,
  ...(input.EventPattern !== undefined && { EventPattern: input.EventPattern }),
  ...(input.ScheduleExpression !== undefined && { ScheduleExpression: input.ScheduleExpression }),
  ...(input.Description !== undefined && { Description: input.Description }),
  ...(input.RoleArn !== undefined && { RoleArn: input.RoleArn })
})

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parse = (json: string): unknown => Result.getOrUndefined(Result.try((): unknown => JSON.parse(json)))

/** What is wrong with an event pattern. A valid one is an object of patterns and of arrays of possible values. */
const patternProblem = (pattern: unknown): string | undefined => {
  if (!isObject(pattern)) return "Filter is not an object"
  for (const [key, value] of Object.entries(pattern)) {
    if (Array.isArray(value)) {
      if (value.length === 0) return "Empty arrays are not allowed"
    } else if (!isObject(value)) {
      return `"${key}" must be an object or an array`
    } else {
      const problem = patternProblem(value)
      if (problem !== undefined) return problem
    }
  }
  return undefined
}

const schedule = /^(cron\((\S+ ){5}\S+\)|rate\((1 (minute|hour|day)|[1-9]\d* (minutes|hours|days))\))$/

const sizeOf = ({ Detail = "", DetailType = "", Resources = [], Source = "", Time }: sdk.PutEventsRequestEntry) =>
  (Time === undefined ? 0 : 14) +
  [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), 0)

/** The error for an entry that EventBridge rejects; `undefined` if it accepts the entry. */
const entryProblem = (entry: sdk.PutEventsRequestEntry): sdk.PutEventsResultEntry | undefined => {
  const missing = (["Source", "DetailType", "Detail"] as const).find((member) => !entry[member])
  if (missing !== undefined) {
    return {
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.`
    }
  }
  if (entry.Source!.startsWith("aws.")) {
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." }
  }
  return isObject(parse(entry.Detail!))
    ? undefined
    : { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." }
}

const newBus = (name: string, description?: string, created?: Date): Bus => ({
  name,
  description,
  created,
  rules: new Map(),
  events: []
})

export const eventBridge = service<typeof sdk>()({
  serviceId: "EventBridge",
  namespace: "com.amazonaws.eventbridge",
  protocol: "json",
  scope: "region",
  state: (): State => ({ buses: new Map([["default", newBus("default")]]) }),
  handlers: {
    PutEvents: Effect.fnUntraced(function*({ Entries }, { buses }, context) {
      yield* checkList("entries", Entries, limits.entries)
      const entries = Entries ?? []
      if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= limits.bytes) {
        return yield* validation("Total size of the entries in the request is over the limit.")
      }
      const foreign = entries.find(({ EventBusName = "" }) =>
        EventBusName.startsWith("arn:") && EventBusName.split(":")[4] !== context.account
      )
      if (foreign !== undefined) {
        return yield* new Fault({
          code: "AccessDeniedException",
          message: `User: ${context.principal.arn} is not authorized to perform: events:PutEvents on resource: ` +
            `${foreign.EventBusName} because no resource-based policy allows the events:PutEvents action`
        })
      }
      const now = yield* Clock.currentTimeMillis
      const results = entries.map((entry): sdk.PutEventsResultEntry => {
        const problem = entryProblem(entry)
        if (problem !== undefined) return problem
        const id = context.uuid()
        // An event for a bus that doesn't exist is dropped, but the answer has an id for it like for any other.
        buses.get(busName(entry.EventBusName))?.events.push({
          version: "0",
          id,
          "detail-type": entry.DetailType!,
          source: entry.Source!,
          account: context.account,
          time: `${new Date(entry.Time ?? now).toISOString().slice(0, 19)}Z`,
          region: context.region,
          resources: entry.Resources ?? [],
          detail: parse(entry.Detail!) as object
        })
        return { EventId: id }
      })
      return {
        FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
        Entries: results
      }
    }),

    CreateEventBus: Effect.fnUntraced(function*({ Description, EventSourceName, Name }, { buses }, context) {
      yield* checkText("name", Name, { max: 256, pattern: "[/\\.\\-_A-Za-z0-9]+" })
      const name = Name!
      if (EventSourceName !== undefined) {
        return yield* notFound(`Event source ${EventSourceName} does not exist.`)
      }
      if (name.includes("/")) return yield* validation("Event bus name must not contain '/'.")
      if (buses.has(name)) {
        return yield* new Fault({
          code: "ResourceAlreadyExistsException",
          message: `Event bus ${name} already exists.`
        })
      }
      if (buses.size >= limits.buses) return yield* limitExceeded
      const bus = newBus(name, Description, new Date(yield* Clock.currentTimeMillis))
      buses.set(name, bus)
      return { EventBusArn: busArn(bus, context), ...(Description !== undefined && { Description }) }
    }),

    DescribeEventBus: Effect.fnUntraced(function*({ Name }, state, context) {
      return toSdkBus(yield* busOf(state, Name), context)
    }),

    ListEventBuses: Effect.fnUntraced(function*(input, { buses }, context) {
      const { Limit, NamePrefix = "", NextToken } = input
      const [page, token] = yield* context.page(
        [...buses.values()].filter(({ name }) => name.startsWith(NamePrefix)),
        { token: NextToken, size: yield* pageSize(Limit), key: ({ name }) => name, query: input, invalid: invalidToken }
      )
      return { EventBuses: page.map((bus) => toSdkBus(bus, context)), NextToken: token }
    }),

    DeleteEventBus: Effect.fnUntraced(function*({ Name }, { buses }) {
      yield* checkText("name", Name, { max: 256, pattern: "[/\\.\\-_A-Za-z0-9]+" })
      if (Name === "default") return yield* validation("Cannot delete event bus default.")
      if ((buses.get(Name!)?.rules.size ?? 0) > 0) {
        return yield* validation("EventBus can't be deleted since it has rules.")
      }
      buses.delete(Name!)
      return {}
    }),

    PutRule: Effect.fnUntraced(function*(input, state, context) {
      const { EventBusName, EventPattern, Name, ScheduleExpression, State = "ENABLED" } = input
      yield* checkRuleName(Name)
      const states = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"]
      if (!states.includes(State)) {
        return yield* constraint("state", State, `satisfy enum value set: [${states.join(", ")}]`)
      }
      if (EventPattern === undefined && ScheduleExpression === undefined) {
        return yield* validation("Parameter(s) EventPattern or ScheduleExpression must be specified.")
      }
      const bus = yield* busOf(state, EventBusName)
      if (ScheduleExpression !== undefined) {
        if (bus.name !== "default") {
          return yield* validation("ScheduleExpression is supported only on the default event bus.")
        }
        if (!schedule.test(ScheduleExpression)) {
          return yield* validation("Parameter ScheduleExpression is not valid.")
        }
      }
      const problem = EventPattern === undefined ? undefined : patternProblem(parse(EventPattern))
      if (problem !== undefined) {
        return yield* new Fault({
          code: "InvalidEventPatternException",
          message: `Event pattern is not valid. Reason: ${problem}`
        })
      }
      const before = bus.rules.get(Name!)
      if (before === undefined && bus.rules.size >= limits.rules) return yield* limitExceeded
      bus.rules.set(Name!, { input, state: State, targets: before?.targets ?? new Map() })
      return { RuleArn: ruleArn(bus, Name!, context) }
    }),

    DescribeRule: Effect.fnUntraced(function*({ EventBusName, Name }, state, context) {
      const [bus, rule] = yield* ruleOf(state, Name, EventBusName)
      return { ...toSdkRule(bus, Name!, rule, context), CreatedBy: context.account }
    }),

    ListRules: Effect.fnUntraced(function*(input, state, context) {
      const { EventBusName, Limit, NamePrefix = "", NextToken } = input
      const bus = yield* busOf(state, EventBusName)
      const [page, token] = yield* context.page(
        [...bus.rules].filter(([name]) => name.startsWith(NamePrefix)),
        { token: NextToken, size: yield* pageSize(Limit), key: ([name]) => name, query: input, invalid: invalidToken }
      )
      return { Rules: page.map(([name, rule]) => toSdkRule(bus, name, rule, context)), NextToken: token }
    }),

    DeleteRule: Effect.fnUntraced(function*({ EventBusName, Name }, state) {
      yield* checkRuleName(Name)
      const bus = yield* busOf(state, EventBusName)
      if ((bus.rules.get(Name!)?.targets.size ?? 0) > 0) {
        return yield* validation("Rule can't be deleted since it has targets.")
      }
      bus.rules.delete(Name!)
      return {}
    }),

    EnableRule: setState("ENABLED"),

    DisableRule: setState("DISABLED"),

    PutTargets: Effect.fnUntraced(function*({ EventBusName, Rule, Targets }, state) {
      yield* checkList("targets", Targets, 100)
      for (const [i, { Arn, Id }] of (Targets ?? []).entries()) {
        yield* checkText(`targets.${i + 1}.member.id`, Id, { max: 64, pattern: "[\\.\\-_A-Za-z0-9]+" })
        if (Arn === undefined) return yield* constraint(`targets.${i + 1}.member.arn`, Arn, "not be null")
        if (!/^arn:[^:]+:[^:]+:/.test(Arn)) {
          return yield* validation(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`)
        }
      }
      const [bus, rule] = yield* ruleOf(state, Rule, EventBusName)
      const targets = new Map([...rule.targets, ...(Targets ?? []).map((target) => [target.Id!, target] as const)])
      if (targets.size > limits.targets) return yield* limitExceeded
      bus.rules.set(Rule!, { ...rule, targets })
      return { FailedEntryCount: 0, FailedEntries: [] }
    }),

    ListTargetsByRule: Effect.fnUntraced(function*(input, state, context) {
      const { EventBusName, Limit, NextToken, Rule } = input
      const [, rule] = yield* ruleOf(state, Rule, EventBusName)
      const [page, token] = yield* context.page(
        rule.targets.values(),
        {
          token: NextToken,
          size: yield* pageSize(Limit),
          key: ({ Id = "" }) => Id,
          query: input,
          invalid: invalidToken
        }
      )
      return { Targets: [...page], NextToken: token }
    }),

    RemoveTargets: Effect.fnUntraced(function*({ EventBusName, Ids, Rule }, state) {
      yield* checkList("ids", Ids, 100)
      const [bus, rule] = yield* ruleOf(state, Rule, EventBusName)
      const targets = new Map([...rule.targets].filter(([id]) => Ids?.includes(id) !== true))
      bus.rules.set(Rule!, { ...rule, targets })
      return { FailedEntryCount: 0, FailedEntries: [] }
    })
  }
})
