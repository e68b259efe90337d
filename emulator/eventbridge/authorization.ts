/** In-memory EventBridge: the permissions that calls need, and what policies can ask about buses and rules. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import type { Authorization, ConditionValues, Need, Place } from "../engine/authorization.ts"
import { parseArn } from "../support/arn.ts"
import { isJsonObject, parseJson } from "../support/json.ts"
import { needs } from "../support/needs.ts"
import { needsOfState, tagRecord, tagValues, values } from "../support/needsOfState.ts"
import { documentOf } from "./permissions.ts"
import { empty, type State } from "./state.ts"

type Bus = string | undefined

/** The ARN of a bus by its name or ARN. It may be another account's. */
const busArn = (given: Bus, { account, partition, region }: Place): string =>
  given !== undefined && parseArn(given) !== undefined
    ? given
    : `arn:${partition}:events:${region}:${account}:event-bus/${given ?? "default"}`

const ruleArn = (name: string | undefined, bus: Bus, place: Place): string => {
  const [before, of = "default"] = busArn(bus, place).split(":event-bus/")
  return `${before}:rule/${of === "default" ? "" : `${of}/`}${name ?? "*"}`
}

interface RuleInput {
  readonly Name?: string | undefined
  readonly EventBusName?: string | undefined
}

const onRule = (action: string) => ({ EventBusName, Name }: RuleInput, place: Place): ReadonlyArray<Need> => [
  { action: `events:${action}`, resource: ruleArn(Name, EventBusName, place) }
]

const onRuleNamed =
  (action: string) =>
  (input: { readonly Rule?: string | undefined; readonly EventBusName?: string | undefined }, place: Place) =>
    onRule(action)({ Name: input.Rule, EventBusName: input.EventBusName }, place)

const onBus = (action: string) => ({ Name }: { readonly Name?: string | undefined }, place: Place) => [
  { action: `events:${action}`, resource: busArn(Name, place) }
]

const passRole = (role: string | undefined): ReadonlyArray<Need> =>
  role === undefined
    ? []
    : [{ action: "iam:PassRole", resource: role, keys: { "iam:passedtoservice": ["events.amazonaws.com"] } }]

const texts = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : []

const memberOf = (value: unknown, name: string): unknown => isJsonObject(value) ? value[name] : undefined

/** What an event pattern asks of events, as far as policies can ask for it: the plain texts that it lists. */
const patternKeys = (text: string | undefined): ConditionValues => {
  const pattern = text === undefined ? undefined : parseJson(text)
  const detail = memberOf(pattern, "detail")
  return values({
    "events:source": texts(memberOf(pattern, "source")),
    "events:detail-type": texts(memberOf(pattern, "detail-type")),
    "events:detail.service": texts(memberOf(detail, "service")),
    "events:detail.eventtypecode": texts(memberOf(detail, "eventTypeCode")),
    "events:detail.useridentity.principalid": texts(memberOf(memberOf(detail, "userIdentity"), "principalId"))
  })
}

/** A rule that gets tags needs a second permission. */
const tagged = (arn: string, tags: ReadonlyArray<sdk.Tag> | undefined): ReadonlyArray<Need> =>
  tags === undefined || tags.length === 0
    ? []
    : [{ action: "events:TagResource", resource: arn, keys: tagValues(tags) }]

const table = needs<typeof sdk>()("events", {
  CancelReplay: "replay/{ReplayName}",
  StartReplay: ["archive/{EventSourceArn}", "event-bus/{Destination.Arn}", "replay/{ReplayName}"],
  CreateArchive: ["archive/{ArchiveName}", "event-bus/{EventSourceArn}"],
  DeleteArchive: "archive/{ArchiveName}",
  DescribeArchive: "archive/{ArchiveName}",
  UpdateArchive: "archive/{ArchiveName}",
  ListArchives: "*",
  DescribeReplay: "replay/{ReplayName}",
  ListReplays: "*",

  CreateConnection: "connection/{Name}",
  DeauthorizeConnection: "connection/{Name}",
  DeleteConnection: "connection/{Name}",
  DescribeConnection: "connection/{Name}",
  ListConnections: "*",
  UpdateConnection: "connection/{Name}",
  CreateApiDestination: ["api-destination/{Name}", "connection/{ConnectionArn}"],
  DeleteApiDestination: "api-destination/{Name}",
  ListApiDestinations: "*",
  UpdateApiDestination: "api-destination/{Name}",

  CreateEventBus: ({ Name, Tags }, place) => [
    { action: "events:CreateEventBus", resource: busArn(Name, place), keys: tagValues(Tags) },
    ...tagged(busArn(Name, place), Tags)
  ],
  DeleteEventBus: onBus("DeleteEventBus"),
  DescribeEventBus: onBus("DescribeEventBus"),
  UpdateEventBus: onBus("UpdateEventBus"),
  // The reference has no resource for lists of buses and rules, and AWS refuses them for these.
  ListEventBuses: "event-bus/*",
  PutPermission: "*",
  RemovePermission: "*",

  DeleteRule: onRule("DeleteRule"),
  DescribeRule: onRule("DescribeRule"),
  DisableRule: onRule("DisableRule"),
  EnableRule: onRule("EnableRule"),
  ListRules: "rule/*",
  ListRuleNamesByTarget: "*",
  ListTargetsByRule: onRuleNamed("ListTargetsByRule"),
  RemoveTargets: onRuleNamed("RemoveTargets"),
  PutRule: ({ EventBusName, EventPattern, Name, RoleArn, Tags }, place) => {
    const resource = ruleArn(Name, EventBusName, place)
    return [
      { action: "events:PutRule", resource, keys: { ...patternKeys(EventPattern), ...tagValues(Tags) } },
      ...tagged(resource, Tags),
      ...passRole(RoleArn)
    ]
  },
  PutTargets: ({ EventBusName, Rule, Targets = [] }, place) => [
    {
      action: "events:PutTargets",
      resource: ruleArn(Rule, EventBusName, place),
      keys: values({ "events:targetarn": Targets.map(({ Arn }) => Arn) })
    },
    ...[...new Set(Targets.map(({ RoleArn }) => RoleArn))].flatMap(passRole)
  ],

  PutEvents: ({ Entries = [] }, place) =>
    Entries.map(({ DetailType, EventBusName, Source }) => ({
      action: "events:PutEvents",
      resource: busArn(EventBusName, place),
      keys: values({ "events:source": Source, "events:detail-type": DetailType, "events:eventbusinvocation": false })
    })),
  TestEventPattern: "*",

  ListTagsForResource: "{ResourceARN}",
  TagResource: { on: "{ResourceARN}", keys: ({ Tags }) => tagValues(Tags) },
  UntagResource: { on: "{ResourceARN}", keys: ({ TagKeys }) => values({ "aws:tagkeys": TagKeys }) }
})

const ofState = needsOfState<typeof sdk, State>(empty, {
  DescribeApiDestination: ({ Name = "*" }, { account, partition, region }, { destinations }) => {
    const before = `arn:${partition}:events:${region}:${account}`
    const connection = destinations.get(Name)?.settings.ConnectionArn ?? `${before}:connection/*`
    return [`${before}:api-destination/${Name}`, connection].map((resource) => ({
      action: "events:DescribeApiDestination",
      resource
    }))
  }
})

/** What an ARN of this service names: a bus, with the name of its rule if it's a rule's ARN. */
const named = (arn: string): { readonly bus: string; readonly rule?: string } => {
  const [type, ...names] = (parseArn(arn)?.resource ?? "").split("/")
  if (type === "event-bus") return { bus: names.join("/") }
  if (type !== "rule") return { bus: "" }
  return { bus: names.length === 1 ? "default" : names.slice(0, -1).join("/"), rule: names.at(-1)! }
}

const ruleOf = (arn: string, { buses }: State) => {
  const { bus, rule } = named(arn)
  return rule === undefined ? undefined : buses.get(bus)?.rules.get(rule)
}

const busOf = (arn: string, { buses }: State) => {
  const { bus, rule } = named(arn)
  return rule === undefined ? buses.get(bus) : undefined
}

export const authorization: Authorization<State> = {
  prefix: table.prefix,
  needs: { ...table.needs, ...ofState },
  tagsOf: (arn, state) => tagRecord((busOf(arn, state) ?? ruleOf(arn, state))?.tags),
  // The policy of a bus is also that of its rules.
  policyOf: (arn, { buses }) => {
    const bus = buses.get(named(arn).bus)
    return bus === undefined ? undefined : documentOf(bus)
  },
  keysOf: (arn, state) => {
    const rule = ruleOf(arn, state)
    return values({ "events:creatoraccount": rule?.createdBy, "events:managedby": rule?.managedBy })
  }
}
