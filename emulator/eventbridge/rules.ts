/** In-memory EventBridge: rules. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { pick } from "../support/members.ts"
import { hasRun, parseSchedule } from "../support/schedules.ts"
import { checkPattern } from "./patterns.ts"
import { schedule, unschedule } from "./schedules.ts"
import * as EventBridge from "./state.ts"

const settings = ["Description", "EventPattern", "RoleArn", "ScheduleExpression"] as const

const toSdkRule = (
  bus: EventBridge.Bus,
  { managedBy, name, settings, state }: EventBridge.Rule,
  context: HandlerContext
): sdk.Rule => ({
  Name: name,
  Arn: EventBridge.ruleArn(bus, name, context),
  EventBusName: bus.name,
  State: state,
  ...settings,
  ...(managedBy !== undefined && { ManagedBy: managedBy })
})

/** The constraints of a rule's name and its bus. */
const named = { Name: EventBridge.rules.ruleName, EventBusName: EventBridge.rules.busReference } as const

const setState = (state: sdk.RuleState) =>
  Effect.fnUntraced(function*(input: sdk.EnableRuleRequest, all: EventBridge.State, context: HandlerContext) {
    const { EventBusName, Name } = yield* EventBridge.check(input, named)
    const [bus, rule] = yield* EventBridge.findRule(all, Name, EventBusName, context)
    yield* EventBridge.checkUnmanaged(rule)
    const changed = { ...rule, state }
    bus.rules.set(Name, changed)
    schedule(changed, rule, yield* Clock.currentTimeMillis, context)
    return {}
  })

export const handlers: EventBridge.EventBridgeHandlers = {
  PutRule: Effect.fnUntraced(function*(input, state, context) {
    const { EventBusName, EventPattern, Name, RoleArn, ScheduleExpression, State = "ENABLED", Tags = [] } =
      yield* EventBridge
        .check(input, {
          ...named,
          ScheduleExpression: { max: 256 },
          EventPattern: { max: 4_096 },
          State: { enum: ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"] },
          Description: EventBridge.rules.description,
          RoleArn: { min: 1, max: 1_600 },
          Tags: EventBridge.rules.tags
        })
    if (RoleArn !== undefined) yield* EventBridge.arnOf(RoleArn, "iam")
    if (EventPattern === undefined && ScheduleExpression === undefined) {
      return yield* EventBridge.validation("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    }
    const bus = yield* EventBridge.findBus(state, EventBusName, context)
    if (ScheduleExpression !== undefined) {
      if (bus.name !== "default") {
        return yield* EventBridge.validation("ScheduleExpression is supported only on the default event bus.")
      }
      const parsed = parseSchedule(ScheduleExpression, "EventBridge")
      if (parsed === undefined || !hasRun(parsed)) {
        return yield* EventBridge.validation("Parameter ScheduleExpression is not valid.")
      }
    }
    if (EventPattern !== undefined) {
      yield* checkPattern(EventPattern)
      if (Buffer.byteLength(EventPattern) > EventBridge.limits.pattern) {
        return yield* EventBridge.validation(
          `Parameter EventPattern for rule ${Name} exceeds limit of ${EventBridge.limits.pattern}.`
        )
      }
    }
    const before = bus.rules.get(Name)
    if (before !== undefined) yield* EventBridge.checkUnmanaged(before)
    if (before === undefined && bus.rules.size >= EventBridge.limits.rules) return yield* EventBridge.limitExceeded
    const rule: EventBridge.Rule = {
      name: Name,
      settings: pick(input, settings),
      state: State,
      createdBy: context.account,
      managedBy: undefined,
      // The tags of a rule that is already there stay as they are.
      tags: before?.tags ?? (yield* EventBridge.tags.add([], Tags)),
      targets: before?.targets ?? new Map()
    }
    bus.rules.set(Name, rule)
    schedule(rule, before, yield* Clock.currentTimeMillis, context)
    return { RuleArn: EventBridge.ruleArn(bus, Name, context) }
  }),

  DescribeRule: Effect.fnUntraced(function*(input, state, context) {
    const { EventBusName, Name } = yield* EventBridge.check(input, named)
    const [bus, rule] = yield* EventBridge.findRule(state, Name, EventBusName, context)
    return { ...toSdkRule(bus, rule, context), CreatedBy: rule.createdBy }
  }),

  ListRules: Effect.fnUntraced(function*(input, state, context) {
    const { EventBusName, NamePrefix = "" } = yield* EventBridge.check(input, {
      EventBusName: EventBridge.rules.busReference,
      NamePrefix: { min: 1, max: 64, pattern: EventBridge.plainName },
      Limit: EventBridge.rules.limit
    })
    const bus = yield* EventBridge.findBus(state, EventBusName, context)
    const found = [...bus.rules.values()].filter(({ name }) => name.startsWith(NamePrefix))
    const [page, token] = yield* EventBridge.page(found, input, context)
    return { Rules: page.map((rule) => toSdkRule(bus, rule, context)), NextToken: token }
  }),

  DeleteRule: Effect.fnUntraced(function*(input, state, context) {
    const { EventBusName, Force = false, Name } = yield* EventBridge.check(input, named)
    const bus = yield* EventBridge.findBus(state, EventBusName, context)
    const rule = bus.rules.get(Name)
    if (rule === undefined) return {}
    if (!Force) yield* EventBridge.checkUnmanaged(rule)
    if (rule.targets.size > 0) return yield* EventBridge.validation("Rule can't be deleted since it has targets.")
    bus.rules.delete(Name)
    unschedule(rule, context)
    return {}
  }),

  EnableRule: setState("ENABLED"),

  DisableRule: setState("DISABLED")
}
