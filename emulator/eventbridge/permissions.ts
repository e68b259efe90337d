/** In-memory EventBridge: the policies of event buses, which let other accounts put events. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { glob } from "../support/globs.ts"
import { isJsonObject, parseJson } from "../support/json.ts"
import { isNamed, listOf } from "../support/policies.ts"
import { holds, operatorOf } from "../support/policyConditions.ts"
import * as EventBridge from "./state.ts"

const LONGEST = 10_240

export const documentOf = ({ statements }: EventBridge.Bus): string | undefined =>
  statements.length === 0 ? undefined : JSON.stringify({ Version: "2012-10-17", Statement: statements })

const wrongValue = (message: string) => new Fault({ code: "InvalidParameterValue", message })

const specified = <A>(value: A | undefined, name: string) =>
  value === undefined
    ? Effect.fail(EventBridge.validation(`Parameter ${name} must be specified.`))
    : Effect.succeed(value)

const conditionOf = Effect.fnUntraced(function*({ Key, Type, Value }: sdk.Condition, principal: string) {
  if (principal !== "*") {
    return yield* wrongValue("Value of the parameter 'principal' must be '*' when the parameter 'condition' is set.")
  }
  if (Type !== "StringEquals" || Key !== "aws:PrincipalOrgID") {
    return yield* EventBridge.validation("A condition must be StringEquals for the key aws:PrincipalOrgID.")
  }
  return { [Type]: { [Key]: Value ?? "" } }
})

/** The statement that the single members of a request stand for. */
const statementOf = Effect.fnUntraced(function*(
  input: sdk.PutPermissionRequest,
  bus: EventBridge.Bus,
  context: HandlerContext
) {
  const principal = yield* specified(input.Principal, "Principal")
  const action = yield* specified(input.Action, "Action")
  const id = yield* specified(input.StatementId, "StatementId")
  const condition = input.Condition === undefined ? undefined : yield* conditionOf(input.Condition, principal)
  if (action !== "events:PutEvents") {
    return yield* EventBridge.validation("Provided value in parameter 'action' is not supported.")
  }
  return {
    Sid: id,
    Effect: "Allow",
    Principal: principal === "*" ? "*" : { AWS: context.arn("iam", "root", { account: principal, region: "" }) },
    Action: action,
    Resource: EventBridge.busArn(bus, context),
    ...(condition !== undefined && { Condition: condition })
  }
})

const statementsIn = Effect.fnUntraced(function*(policy: string) {
  const document = parseJson(policy)
  const statements = isJsonObject(document) ? listOf(document["Statement"]) : []
  const isStatement = (one: unknown): one is EventBridge.Statement =>
    isJsonObject(one) && (one["Effect"] === "Allow" || one["Effect"] === "Deny")
  if (statements.length === 0 || !statements.every(isStatement)) {
    return yield* EventBridge.validation("This policy contains invalid Json")
  }
  const inverse = ["NotAction", "NotPrincipal", "NotResource"].find((name) => statements.some((one) => name in one))
  if (inverse !== undefined) {
    return yield* unsupported(
      `The in-memory EventBridge doesn't evaluate ${inverse} in a bus's policy. Name what the statement is for.`
    )
  }
  return statements
})

const statementId = { min: 1, max: 64, pattern: "[a-zA-Z0-9-_]+" } as const

/** Who puts an event on a bus, and what a policy can ask about it. */
export interface Sender {
  readonly principal: Pick<HandlerContext["principal"], "account" | "arn" | "roleArn">
  /** The rule that sends it; `undefined` for PutEvents. */
  readonly ruleArn: string | undefined
  readonly source: string
  readonly detailType: string
}

const valuesOf = (
  { detailType, principal, ruleArn, source }: Sender
): Readonly<Record<string, string | undefined>> => ({
  "aws:principalaccount": principal.account,
  "aws:principalarn": principal.roleArn ?? principal.arn,
  "aws:sourceaccount": ruleArn && principal.account,
  "aws:sourcearn": ruleArn,
  "events:detail-type": detailType,
  "events:source": source
})

/** Whether all conditions of a statement are met. */
const meets = Effect.fnUntraced(function*({ Condition = {} }: EventBridge.Statement, sender: Sender) {
  const values = valuesOf(sender)
  for (const [name, keys] of Object.entries(Condition as Readonly<Record<string, object>>)) {
    const operator = operatorOf(name)
    for (const [key, expected] of Object.entries(keys)) {
      if (operator === undefined || !Object.hasOwn(values, key.toLowerCase())) {
        return yield* unsupported(
          `The in-memory EventBridge doesn't evaluate the condition ${name} of ${key} in a bus's policy. Name the accounts, or use ` +
            `one of ${Object.keys(values).join(", ")}.`
        )
      }
      const value = values[key.toLowerCase()]
      const isMet = holds(
        { ...operator, key, values: listOf(expected as string).map(String) },
        () => value === undefined ? undefined : [value],
        undefined
      )
      if (!isMet) return false
    }
  }
  return true
})

/** Whether the policy of a bus lets somebody of another account put an event. */
export const allowsEvents = Effect.fnUntraced(function*(bus: EventBridge.Bus, arn: string, sender: Sender) {
  const isPrincipal = (principal: unknown): boolean => {
    const { AWS, Service } = (typeof principal === "object" && principal !== null ? principal : { AWS: principal }) as {
      readonly AWS?: string
      readonly Service?: string
    }
    return listOf(AWS).some((name) => isNamed(String(name), sender.principal)) ||
      (sender.ruleArn !== undefined && listOf(Service).includes("events.amazonaws.com"))
  }
  const meant = bus.statements.filter(({ Action, Principal, Resource }) =>
    isPrincipal(Principal) &&
    listOf(Action).some((action) => glob(String(action), { ignoresCase: true })("events:PutEvents")) &&
    listOf(Resource).some((resource) => glob(String(resource))(arn))
  )
  const effects = new Set<unknown>()
  for (const statement of meant) if (yield* meets(statement, sender)) effects.add(statement["Effect"])
  return effects.has("Allow") && !effects.has("Deny")
})

export const handlers: EventBridge.EventBridgeHandlers = {
  PutPermission: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* EventBridge.check(input, {
      EventBusName: EventBridge.rules.givenBusName,
      Action: { min: 1, max: 64, pattern: "events:[a-zA-Z]+" },
      Principal: { min: 1, max: 12, pattern: "(\\d{12}|\\*)" },
      StatementId: statementId,
      Condition: { members: { Type: { required: true }, Key: { required: true }, Value: { required: true } } }
    })
    const bus = yield* EventBridge.findBus(state, checked.EventBusName, context)
    const { Policy } = checked
    const added = Policy === undefined ? [yield* statementOf(checked, bus, context)] : yield* statementsIn(Policy)
    const ids = new Set(added.map(({ Sid }) => Sid))
    const kept = Policy === undefined ? bus.statements.filter(({ Sid }) => !ids.has(Sid as string)) : []
    const changed = { ...bus, statements: [...kept, ...added] }
    if ((documentOf(changed) ?? "").length > LONGEST) {
      return yield* new Fault({ code: "PolicyLengthExceededException", message: "The event bus policy is too long." })
    }
    state.buses.set(bus.name, changed)
    return {}
  }),

  RemovePermission: Effect.fnUntraced(function*(input, state, context) {
    const { EventBusName, RemoveAllPermissions = false, StatementId } = yield* EventBridge.check(input, {
      EventBusName: EventBridge.rules.givenBusName,
      StatementId: statementId
    })
    const bus = yield* EventBridge.findBus(state, EventBusName, context)
    if (RemoveAllPermissions) {
      state.buses.set(bus.name, { ...bus, statements: [] })
      return {}
    }
    const id = yield* specified(StatementId, "StatementId")
    if (bus.statements.length === 0) return yield* EventBridge.notFound("EventBus does not have a policy.")
    const statements = bus.statements.filter(({ Sid }) => Sid !== id)
    if (statements.length === bus.statements.length) {
      return yield* EventBridge.notFound("Statement with the provided id does not exist.")
    }
    state.buses.set(bus.name, { ...bus, statements })
    return {}
  })
}
