/** The state of the in-memory EventBridge, and how its operations find things in it. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, type Handlers } from "../engine/service.ts"
import { checker } from "../support/constraints.ts"
import { tagging } from "../support/tags.ts"

export interface Rule {
  readonly name: string
  readonly settings: Pick<sdk.PutRuleRequest, "Description" | "EventPattern" | "RoleArn" | "ScheduleExpression">
  readonly state: sdk.RuleState
  readonly createdBy: string
  readonly tags: ReadonlyArray<sdk.Tag>
  /** The targets by id. */
  readonly targets: ReadonlyMap<string, sdk.Target>
}

export interface Bus {
  readonly name: string
  readonly settings: Pick<
    sdk.UpdateEventBusRequest,
    "DeadLetterConfig" | "Description" | "KmsKeyIdentifier" | "LogConfig"
  >
  /** `undefined` for the default bus, which AWS creates. */
  readonly created: Date | undefined
  readonly modified: Date | undefined
  readonly tags: ReadonlyArray<sdk.Tag>
  readonly rules: Map<string, Rule>
}

export interface State {
  readonly buses: Map<string, Bus>
}

export type EventBridgeHandlers = Handlers<typeof sdk, State>

export const limits = { buses: 100, rules: 300, targets: 5, bytes: 1_048_576, page: 100 }

export const validation = (message: string) => new Fault({ code: "ValidationException", message })
export const notFound = (message: string) => new Fault({ code: "ResourceNotFoundException", message })
export const limitExceeded = new Fault({
  code: "LimitExceededException",
  message: "The requested resource exceeds the maximum number allowed."
})
export const invalidToken = validation("Parameter NextToken is not valid.")

export const check = checker({ code: "ValidationException" })

const busNames = { min: 1, max: 256, pattern: "[/\\.\\-_A-Za-z0-9]+" }
const plainName = "[\\.\\-_A-Za-z0-9]+"

export const rules = {
  ruleName: { required: true, min: 1, max: 64, pattern: plainName },
  busName: { required: true, ...busNames },
  givenBusName: busNames,
  id: { required: true, min: 1, max: 64, pattern: plainName },
  arn: { required: true, min: 1, max: 1_600 },
  limit: { min: 1, max: limits.page },
  description: { max: 512 },
  tags: {
    members: { Key: { required: true, min: 1, max: 128 }, Value: { required: true, max: 256 } }
  }
} as const

export const tags = tagging<sdk.Tag>({ key: ({ Key }) => Key, limit: 50, tooMany: limitExceeded })

export const busName = (given = "default") => given.replace(/^arn:[^:]+:events:[^:]*:[^:]*:event-bus\//, "")

export const findBus = ({ buses }: State, given: string | undefined) => {
  const bus = buses.get(busName(given))
  return bus === undefined
    ? Effect.fail(notFound(`Event bus ${busName(given)} does not exist.`))
    : Effect.succeed(bus)
}

export const findRule = Effect.fnUntraced(function*(state: State, name: string, given: string | undefined) {
  const bus = yield* findBus(state, given)
  const rule = bus.rules.get(name)
  if (rule === undefined) return yield* notFound(`Rule ${name} does not exist on EventBus ${bus.name}.`)
  return [bus, rule] as const
})

export const busArn = (bus: Bus, context: HandlerContext) => context.arn("events", `event-bus/${bus.name}`)

export const ruleArn = (bus: Bus, name: string, context: HandlerContext) =>
  context.arn("events", bus.name === "default" ? `rule/${name}` : `rule/${bus.name}/${name}`)
