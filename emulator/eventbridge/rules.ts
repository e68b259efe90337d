/** In-memory EventBridge: rules and their targets. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { pick } from "../support/members.ts"
import { checkPattern } from "./events.ts"
import { isSchedule } from "./schedule.ts"
import * as EventBridge from "./state.ts"

const settings = ["Description", "EventPattern", "RoleArn", "ScheduleExpression"] as const

const toSdkRule = (
  bus: EventBridge.Bus,
  { name, settings, state }: EventBridge.Rule,
  context: HandlerContext
): sdk.Rule => ({
  Name: name,
  Arn: EventBridge.ruleArn(bus, name, context),
  EventBusName: bus.name,
  State: state,
  ...settings
})

const setState = (state: sdk.RuleState) =>
  Effect.fnUntraced(function*(input: sdk.EnableRuleRequest, all: EventBridge.State) {
    const { EventBusName, Name } = yield* EventBridge.check(input, { Name: EventBridge.rules.ruleName })
    const [bus, rule] = yield* EventBridge.findRule(all, Name, EventBusName)
    bus.rules.set(Name, { ...rule, state })
    return {}
  })

const checkArn = (arn: string, service?: string) => {
  const parsed = parseArn(arn)
  return parsed === undefined || (service !== undefined && parsed.service !== service)
    ? Effect.fail(
      EventBridge.validation(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`)
    )
    : Effect.void
}

/** Checks what a target receives in place of the event. */
const checkInput = Effect.fnUntraced(function*({ Id, Input, InputPath, InputTransformer }: sdk.Target) {
  if ([Input, InputPath, InputTransformer].filter((given) => given !== undefined).length > 1) {
    return yield* EventBridge.validation(
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`
    )
  }
  if (InputTransformer === undefined) return
  const known = new Set(Object.keys(InputTransformer.InputPathsMap ?? {}))
  for (const [, name = ""] of (InputTransformer.InputTemplate ?? "").matchAll(/<([\w.-]+)>/g)) {
    if (!known.has(name) && !name.startsWith("aws.events.")) {
      return yield* EventBridge.validation(`InputTemplate for target ${Id} contains invalid placeholder ${name}.`)
    }
  }
})

export const handlers: EventBridge.EventBridgeHandlers = {
  PutRule: Effect.fnUntraced(function*(input, state, context) {
    const { EventBusName, EventPattern, Name, RoleArn, ScheduleExpression, State = "ENABLED", Tags = [] } =
      yield* EventBridge
        .check(input, {
          Name: EventBridge.rules.ruleName,
          ScheduleExpression: { max: 256 },
          EventPattern: { max: 4_096 },
          State: { enum: ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"] },
          Description: EventBridge.rules.description,
          RoleArn: { min: 1, max: 1_600 },
          Tags: EventBridge.rules.tags
        })
    if (RoleArn !== undefined) yield* checkArn(RoleArn, "iam")
    if (EventPattern === undefined && ScheduleExpression === undefined) {
      return yield* EventBridge.validation("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    }
    const bus = yield* EventBridge.findBus(state, EventBusName)
    if (ScheduleExpression !== undefined) {
      if (bus.name !== "default") {
        return yield* EventBridge.validation("ScheduleExpression is supported only on the default event bus.")
      }
      if (!isSchedule(ScheduleExpression)) {
        return yield* EventBridge.validation("Parameter ScheduleExpression is not valid.")
      }
    }
    if (EventPattern !== undefined) yield* checkPattern(EventPattern)
    const before = bus.rules.get(Name)
    if (before === undefined && bus.rules.size >= EventBridge.limits.rules) return yield* EventBridge.limitExceeded
    bus.rules.set(Name, {
      name: Name,
      settings: pick(input, settings),
      state: State,
      createdBy: context.account,
      // The tags of a rule that is already there stay as they are.
      tags: before?.tags ?? (yield* EventBridge.tags.add([], Tags)),
      targets: before?.targets ?? new Map()
    })
    return { RuleArn: EventBridge.ruleArn(bus, Name, context) }
  }),

  DescribeRule: Effect.fnUntraced(function*(input, state, context) {
    const { EventBusName, Name } = yield* EventBridge.check(input, { Name: EventBridge.rules.ruleName })
    const [bus, rule] = yield* EventBridge.findRule(state, Name, EventBusName)
    return { ...toSdkRule(bus, rule, context), CreatedBy: rule.createdBy }
  }),

  ListRules: Effect.fnUntraced(function*(input, state, context) {
    const { EventBusName, Limit, NamePrefix = "", NextToken } = yield* EventBridge.check(input, {
      Limit: EventBridge.rules.limit
    })
    const bus = yield* EventBridge.findBus(state, EventBusName)
    const [page, token] = yield* context.page(
      [...bus.rules.values()].filter(({ name }) => name.startsWith(NamePrefix)),
      {
        token: NextToken,
        size: Limit ?? EventBridge.limits.page,
        key: ({ name }) => name,
        query: input,
        invalid: EventBridge.invalidToken
      }
    )
    return { Rules: page.map((rule) => toSdkRule(bus, rule, context)), NextToken: token }
  }),

  DeleteRule: Effect.fnUntraced(function*(input, state) {
    const { EventBusName, Name } = yield* EventBridge.check(input, { Name: EventBridge.rules.ruleName })
    const bus = yield* EventBridge.findBus(state, EventBusName)
    if ((bus.rules.get(Name)?.targets.size ?? 0) > 0) {
      return yield* EventBridge.validation("Rule can't be deleted since it has targets.")
    }
    bus.rules.delete(Name)
    return {}
  }),

  EnableRule: setState("ENABLED"),

  DisableRule: setState("DISABLED"),

  PutTargets: Effect.fnUntraced(function*(input, state) {
    const { EventBusName, Rule, Targets } = yield* EventBridge.check(input, {
      Rule: EventBridge.rules.ruleName,
      Targets: {
        required: true,
        min: 1,
        max: 100,
        members: { Id: EventBridge.rules.id, Arn: EventBridge.rules.arn, RoleArn: { min: 1, max: 1_600 } }
      }
    })
    // ListTargetsByRule returns all members of a target.
    const added = Targets.map((target) => ({ ...target }))
    for (const target of added) {
      yield* checkArn(target.Arn ?? "")
      if (target.RoleArn !== undefined) yield* checkArn(target.RoleArn, "iam")
      yield* checkInput(target)
    }
    const [bus, rule] = yield* EventBridge.findRule(state, Rule, EventBusName)
    const targets = new Map([...rule.targets, ...added.map((target) => [target.Id!, target] as const)])
    if (targets.size > EventBridge.limits.targets) return yield* EventBridge.limitExceeded
    bus.rules.set(Rule, { ...rule, targets })
    return { FailedEntryCount: 0, FailedEntries: [] }
  }),

  ListTargetsByRule: Effect.fnUntraced(function*(input, state, context) {
    const { EventBusName, Limit, NextToken, Rule } = yield* EventBridge.check(input, {
      Rule: EventBridge.rules.ruleName,
      Limit: EventBridge.rules.limit
    })
    const [, rule] = yield* EventBridge.findRule(state, Rule, EventBusName)
    const [page, token] = yield* context.page(rule.targets.values(), {
      token: NextToken,
      size: Limit ?? EventBridge.limits.page,
      key: ({ Id = "" }) => Id,
      query: input,
      invalid: EventBridge.invalidToken
    })
    return { Targets: [...page], NextToken: token }
  }),

  ListRuleNamesByTarget: Effect.fnUntraced(function*(input, state, context) {
    const { EventBusName, Limit, NextToken, TargetArn } = yield* EventBridge.check(input, {
      TargetArn: EventBridge.rules.arn,
      Limit: EventBridge.rules.limit
    })
    const bus = yield* EventBridge.findBus(state, EventBusName)
    const [page, token] = yield* context.page(
      [...bus.rules.values()].filter(({ targets }) => [...targets.values()].some(({ Arn }) => Arn === TargetArn)),
      {
        token: NextToken,
        size: Limit ?? EventBridge.limits.page,
        key: ({ name }) => name,
        query: input,
        invalid: EventBridge.invalidToken
      }
    )
    return { RuleNames: page.map(({ name }) => name), NextToken: token }
  }),

  RemoveTargets: Effect.fnUntraced(function*(input, state) {
    const { EventBusName, Ids, Rule } = yield* EventBridge.check(input, {
      Rule: EventBridge.rules.ruleName,
      Ids: { required: true, min: 1, max: 100 }
    })
    const [bus, rule] = yield* EventBridge.findRule(state, Rule, EventBusName)
    const targets = new Map([...rule.targets].filter(([id]) => !Ids.includes(id)))
    bus.rules.set(Rule, { ...rule, targets })
    return { FailedEntryCount: 0, FailedEntries: [] }
  })
}
