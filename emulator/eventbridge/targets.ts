/** In-memory EventBridge: the targets of rules. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import { unobserved } from "../engine/input.ts"
import type { HandlerContext } from "../engine/service.ts"
import { parseJson } from "../support/json.ts"
import * as EventBridge from "./state.ts"
import { checkParameters, parameterRules } from "./targetParameters.ts"

/** The services that EventBridge calls without a role, because their resources have policies. */
const withPolicies = new Set(["lambda", "sns", "sqs", "logs"])

/** The services that EventBridge can call with a role only. */
const withRoles = new Set([
  "batch",
  "codebuild",
  "codepipeline",
  "ecs",
  "events",
  "firehose",
  "glue",
  "inspector",
  "kinesis",
  "redshift",
  "sagemaker",
  "ssm",
  "ssm-incidents",
  "states"
])

const isJson = (text: string): boolean => parseJson(text) !== undefined

const isPath = (path: string): boolean => /^\$(?:\.[^.[\]'"\s]+|\[(?:\d+|\*)\])*$/.test(path)

const predefined = new Set([
  "aws.events.rule-arn",
  "aws.events.rule-name",
  "aws.events.event",
  "aws.events.event.json",
  "aws.events.event.ingestion-time"
])

const checkTemplate = Effect.fnUntraced(function*(id: string, transformer: sdk.InputTransformer) {
  const { InputPathsMap = {}, InputTemplate = "" } = transformer
  if (Object.keys(InputPathsMap).some((name) => /^aws/i.test(name))) {
    return yield* EventBridge.validation(`InputPathsMap for target ${id} has a key that begins with AWS.`)
  }
  if (!Object.values(InputPathsMap).every(isPath)) {
    return yield* EventBridge.validation(`InputPath for target ${id} is invalid.`)
  }
  for (const [, name = ""] of InputTemplate.matchAll(/<([\w.-]+)>/g)) {
    if (!Object.hasOwn(InputPathsMap, name) && !predefined.has(name)) {
      return yield* EventBridge.validation(`InputTemplate for target ${id} contains invalid placeholder ${name}.`)
    }
    if (name === "aws.events.event.json" && !InputTemplate.trimStart().startsWith("{")) {
      return yield* EventBridge.validation(
        `InputTemplate for target ${id} contains placeholder ${name} valid only for JSON template.`
      )
    }
  }
})

/** Checks what a target receives in place of the event. */
const checkInput = Effect.fnUntraced(function*({ Id = "", Input, InputPath, InputTransformer }: sdk.Target) {
  if ([Input, InputPath, InputTransformer].filter((given) => given !== undefined).length > 1) {
    return yield* EventBridge.validation(
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`
    )
  }
  if (Input !== undefined && Input !== "" && !isJson(Input)) {
    return yield* EventBridge.validation(`JSON syntax error in input for target ${Id}.`)
  }
  if (InputPath !== undefined && InputPath !== "" && !isPath(InputPath)) {
    return yield* EventBridge.validation(`InputPath for target ${Id} is invalid.`)
  }
  if (InputTransformer !== undefined) yield* checkTemplate(Id, InputTransformer)
})

/** Checks a target. Doesn't count as reading its members. */
const checkTarget = Effect.fnUntraced(function*(target: sdk.Target, context: HandlerContext) {
  const { Arn = "", DeadLetterConfig, RoleArn } = target
  const { account = "", service = "" } = yield* EventBridge.arnOf(Arn)
  if (RoleArn !== undefined) yield* EventBridge.arnOf(RoleArn, "iam")
  yield* checkParameters(target, service)
  const isForeign = account !== "" && account !== context.account
  if (RoleArn === undefined && (withRoles.has(service) || (isForeign && withPolicies.has(service)))) {
    return yield* EventBridge.validation(`RoleArn is required for target ${Arn}.`)
  }
  yield* checkInput(target)
  if (DeadLetterConfig?.Arn !== undefined) yield* EventBridge.checkQueue(DeadLetterConfig.Arn, context)
})

export const handlers: EventBridge.EventBridgeHandlers = {
  PutTargets: Effect.fnUntraced(function*(input, state, context) {
    const { EventBusName, Rule, Targets } = yield* EventBridge.check(input, {
      Rule: EventBridge.rules.ruleName,
      EventBusName: EventBridge.rules.busReference,
      Targets: {
        required: true,
        min: 1,
        max: 100,
        members: {
          Id: EventBridge.rules.id,
          Arn: EventBridge.rules.arn,
          RoleArn: { min: 1, max: 1_600 },
          Input: { max: 8_192 },
          InputPath: { max: 256 },
          InputTransformer: {
            members: { InputPathsMap: { max: 100 }, InputTemplate: { required: true, min: 1, max: 8_192 } }
          },
          DeadLetterConfig: { members: { Arn: { min: 1, max: 1_600 } } },
          RetryPolicy: {
            members: {
              MaximumRetryAttempts: { min: 0, max: 185 },
              MaximumEventAgeInSeconds: { min: 60, max: 86_400 }
            }
          },
          ...parameterRules
        }
      }
    })
    // ListTargetsByRule returns all members of a target.
    const added = Targets.map((target) => ({ ...target }))
    for (const target of unobserved(input).Targets ?? []) yield* checkTarget(target, context)
    const [bus, rule] = yield* EventBridge.findRule(state, Rule, EventBusName, context)
    yield* EventBridge.checkUnmanaged(rule)
    const targets = new Map([...rule.targets, ...added.map((target) => [target.Id!, target] as const)])
    if (targets.size > EventBridge.limits.targets) return yield* EventBridge.limitExceeded
    bus.rules.set(Rule, { ...rule, targets })
    return { FailedEntryCount: 0, FailedEntries: [] }
  }),

  ListTargetsByRule: Effect.fnUntraced(function*(input, state, context) {
    const { EventBusName, Limit, NextToken, Rule } = yield* EventBridge.check(input, {
      Rule: EventBridge.rules.ruleName,
      EventBusName: EventBridge.rules.busReference,
      Limit: EventBridge.rules.limit
    })
    const [, rule] = yield* EventBridge.findRule(state, Rule, EventBusName, context)
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
      EventBusName: EventBridge.rules.busReference,
      Limit: EventBridge.rules.limit
    })
    const bus = yield* EventBridge.findBus(state, EventBusName, context)
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

  RemoveTargets: Effect.fnUntraced(function*(input, state, context) {
    const { EventBusName, Force = false, Ids, Rule } = yield* EventBridge.check(input, {
      Rule: EventBridge.rules.ruleName,
      EventBusName: EventBridge.rules.busReference,
      Ids: { required: true, min: 1, max: 100, each: { min: 1, max: 64, pattern: EventBridge.plainName } }
    })
    const [bus, rule] = yield* EventBridge.findRule(state, Rule, EventBusName, context)
    if (!Force) yield* EventBridge.checkUnmanaged(rule)
    const targets = new Map([...rule.targets].filter(([id]) => !Ids.includes(id)))
    bus.rules.set(Rule, { ...rule, targets })
    return { FailedEntryCount: 0, FailedEntries: [] }
  })
}
