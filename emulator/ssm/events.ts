/** What Parameter Store tells EventBridge of parameters, and when. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { defined } from "../support/members.ts"
import * as Parameters from "./parameters.ts"
import type { Parameter, Policy, State, Version } from "./state.ts"

export type Operation = "Create" | "Update" | "Delete" | "LabelParameterVersion"

/** Tells of a change of a parameter. */
export const tellChange = (
  name: string,
  { description, type }: Pick<Version, "description" | "type">,
  operation: Operation,
  context: HandlerContext,
  more: object = {}
): void => {
  if (!context.isHeard()) return
  context.emit({
    source: "aws.ssm",
    detailType: "Parameter Store Change",
    resources: [Parameters.arnOf(name, context)],
    detail: defined({ operation, name, type, description, ...more })
  })
}

const policyTimer = (name: string): string => `policy ${name}`

/** Has Parameter Store look at a parameter when one of its policies is due next. */
export const awaitPolicies = (name: string, state: State, now: number, context: HandlerContext): void => {
  const version = state.parameters.get(name)?.versions.at(-1)
  const dues = (version?.policies ?? []).map(({ due }) => due).filter((due) => due > now)
  // A parameter without policies has never had a timer, if this is its first version.
  if (dues.length > 0) context.wakeAt(policyTimer(name), Math.min(...dues))
  else if (version === undefined || version.version > 1) context.wakeAt(policyTimer(name), undefined)
}

const units = (text: string): string => {
  const { Attributes: { After = "", Before = "", Unit = "" } } = JSON.parse(text) as {
    readonly Attributes: Readonly<Record<string, string | undefined>>
  }
  return `${After || Before} ${Unit.toLowerCase()}`
}

const reasonOf = ({ text, type }: Policy, { modified }: Version): string => {
  const origin = `This notification was generated based on the policy created at ${modified.toISOString()}`
  return type === "Expiration"
    ? `The parameter has expired. ${origin}`
    : type === "ExpirationNotification"
    ? `The parameter will expire in ${units(text)}. ${origin}`
    : `The parameter has not been changed for ${units(text)}. ${origin}`
}

/** Tells which policies of a parameter are due at this time. */
const tellPolicies = ({ name }: Parameter, version: Version, time: number, context: HandlerContext): void => {
  for (const policy of version.policies) {
    if (policy.due !== time) continue
    context.emit({
      source: "aws.ssm",
      detailType: "Parameter Store Policy Action",
      resources: [Parameters.arnOf(name, context)],
      detail: {
        "policy-type": policy.type,
        "parameter-name": name,
        "parameter-type": version.type,
        "policy-content": policy.text,
        "action-status": "Success",
        "action-reason": reasonOf(policy, version)
      }
    })
  }
}

/** Has Parameter Store tell what it found out about an image. Without it, this operation fails. */
export const awaitImage = (name: string, at: number, failed: Operation | undefined, context: HandlerContext): void =>
  context.wakeAt(failed === undefined ? `image ${name}` : `noImage ${failed} ${name}`, at)

export const wake = Effect.fnUntraced(function*(timer: string, state: State, context: HandlerContext) {
  const time = yield* Clock.currentTimeMillis
  const [kind, ...rest] = timer.split(" ")
  const name = rest.at(-1)!
  const parameter = state.parameters.get(name)
  const version = parameter?.versions.at(-1)
  if (kind === "policy" && parameter !== undefined && version !== undefined) {
    tellPolicies(parameter, version, time, context)
    if (version.policies.some(({ due, type }) => type === "Expiration" && due <= time)) state.parameters.delete(name)
    awaitPolicies(name, state, time, context)
  }
  if (kind === "image" && parameter?.checked !== undefined && Math.ceil(parameter.checked.at) === time) {
    const operation = parameter.versions.length === 0 ? "Create" : "Update"
    tellChange(name, parameter.checked.version, operation, context, { dataType: "aws:ec2:image" })
  }
  if (kind === "noImage") {
    tellChange(name, { type: "String", description: undefined }, rest[0] as Operation, context, {
      dataType: "aws:ec2:image",
      exception: "Unable to Describe Resource"
    })
  }
})
