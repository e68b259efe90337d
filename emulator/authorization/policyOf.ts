// The least policy that allows calls.
import type { JournalEntry } from "../engine/journal.ts"
import { partitionOf } from "../engine/partitions.ts"
import { anonymous } from "../engine/principals.ts"
import type { Service } from "../engine/service.ts"
import { needsOf } from "./actions.ts"

/**
 * A policy document that IAM takes, with statements that allow.
 *
 * @category models
 * @since 0.1.0
 */
export interface LeastPolicy {
  readonly Version: "2012-10-17"
  readonly Statement: ReadonlyArray<{
    readonly Effect: "Allow"
    readonly Action: ReadonlyArray<string>
    readonly Resource: ReadonlyArray<string>
  }>
}

/** A call whose permissions count: AWS knew who made it. */
type Call = Pick<JournalEntry, "account" | "input" | "operation" | "principal" | "region" | "service">

/**
 * A resource as a pattern of a policy. A star that is a whole part of an ARN stands for the id of something new; other wildcards are
 * characters of names.
 */
const patternOf = (resource: string): string =>
  resource.replace(/\$\{|[*?]/g, (found, at: number) =>
    found === "${"
      ? "${$}{"
      : found === "*" && /(?:^|[/:])$/.test(resource.slice(0, at)) && /^(?:$|[/:])/.test(resource.slice(at + 1))
      ? "*"
      : `\${${found}}`)

const sorted = (texts: Iterable<string>): ReadonlyArray<string> => [...texts].sort()

/** The policy that allows what the calls need, and nothing else. Actions with the same resources share a statement. */
export const policyOf = (calls: ReadonlyArray<Call>, services: ReadonlyArray<Service<any>>): LeastPolicy => {
  const byId = new Map(services.map((service) => [service.serviceId, service]))
  const resources = new Map<string, Set<string>>()
  for (const { account, input, operation, principal, region, service: serviceId } of calls) {
    if (principal === "" || principal === anonymous.arn || operation === "") continue
    const place = { account, region, partition: partitionOf(region) }
    for (const { action, resource } of needsOf(byId.get(serviceId), { serviceId, operation, input }, place)) {
      const found = resources.get(action) ?? new Set()
      resources.set(action, found.add(patternOf(resource)))
    }
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
