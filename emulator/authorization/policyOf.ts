// The least policy that allows calls.
import type { Need, Place } from "../engine/authorization.ts"
import type { JournalEntry } from "../engine/journal.ts"
import { partitionOf } from "../engine/partitions.ts"
import { anonymous } from "../engine/principals.ts"
import type { Service } from "../engine/service.ts"
import type { States } from "../engine/states.ts"
import { needsOf } from "./actions.ts"

/**
 * A policy document that IAM takes, with statements that allow.
 *
 * @category models
 * @since 0.1.0
 */
export interface LeastPolicy {
  /** The version of the policy language. */
  readonly Version: "2012-10-17"
  /** What is allowed. */
  readonly Statement: ReadonlyArray<{
    readonly Effect: "Allow"
    /** The actions: `s3:GetObject`. */
    readonly Action: ReadonlyArray<string>
    /** The ARNs of the resources, or `*`. */
    readonly Resource: ReadonlyArray<string>
  }>
}

type Call = Pick<JournalEntry, "account" | "input" | "operation" | "principal" | "region" | "requestId" | "service">

/** What is known of the calls. */
export interface World {
  readonly services: ReadonlyArray<Service<any>>
  readonly stateOf: States["of"]
  /** The permissions that a call needed at its time, if somebody remembers. */
  readonly neededBy: (requestId: string) => ReadonlyArray<Need> | undefined
  /** The permissions on which the answer to a call depended. */
  readonly askedBy: (requestId: string) => ReadonlyArray<Need>
}

/** The permissions that a call needed. Without a caller, it needed none. */
const neededFor = (call: Call, { askedBy, neededBy, services, stateOf }: World): ReadonlyArray<Need> => {
  const { account, input, operation, principal: arn, region, requestId, service: serviceId } = call
  if (arn === "" || arn === anonymous.arn || operation === "") return []
  const inPlace = <S>(service: Service<S>): S => stateOf(service, account, region)
  const place: Place = {
    account,
    region,
    partition: partitionOf(region),
    principal: { arn },
    stateOf: (service) => inPlace(service as Service<any>)
  }
  const service = services.find((one) => one.serviceId === serviceId)
  const needs = neededBy(requestId) ?? needsOf(service, { serviceId, operation, input }, place, inPlace)
  return [...needs, ...askedBy(requestId)]
}

/** Characters that IAM doesn't take in a policy. */
const foreign = /[^\t\n\r -\u00ff]+/g

/**
 * A resource as a pattern of a policy. A star that is a whole part of an ARN stands for the id of something new, and so do the six
 * characters at the end of a secret's ARN. Other wildcards are characters of names.
 */
const patternOf = (resource: string): string => {
  const [, known = resource, end = ""] = /^(arn:[^:]*:secretsmanager:.*-)(\?{6})$/.exec(resource) ?? []
  const escaped = known.replace(/\$\{|[*?]/g, (found, at: number) =>
    found === "${"
      ? "${$}{"
      : found === "*" && /(?:^|[/:])$/.test(known.slice(0, at)) && /^(?:$|[/:])/.test(known.slice(at + 1))
      ? "*"
      : `\${${found}}`)
  return escaped.replace(foreign, "*") + end
}

const sorted = (texts: Iterable<string>): ReadonlyArray<string> => [...texts].sort()

/** The policy that allows what the calls need, and nothing else. Actions with the same resources share a statement. */
export const policyOf = (calls: ReadonlyArray<Call>, world: World): LeastPolicy => {
  const resources = new Map<string, Set<string>>()
  for (const { action, resource } of calls.flatMap((call) => neededFor(call, world))) {
    const found = resources.get(action) ?? new Set()
    resources.set(action, found.add(patternOf(resource)))
  }
  const statements = new Map<string, { readonly actions: Array<string>; readonly resources: ReadonlyArray<string> }>()
  for (const action of sorted(resources.keys())) {
    const list = sorted(resources.get(action)!)
    const key = JSON.stringify(list)
    const statement = statements.get(key)
    if (statement === undefined) statements.set(key, { actions: [action], resources: list })
    else statement.actions.push(action)
  }
  return {
    Version: "2012-10-17",
    Statement: Array.from(statements.values(), ({ actions, resources: list }) => ({
      Effect: "Allow",
      Action: actions,
      Resource: list
    }))
  }
}
