/**
 * Tables of the permissions that calls need. They say what AWS's service authorization reference says: the action of each operation,
 * its resources, and its condition keys.
 */
import type { CommandIO, MetadataBearer } from "@smithy/types"
import type { Authorization, ConditionValues, Need, Place } from "../engine/authorization.ts"
import { nameIn } from "./arn.ts"

/** An action on resources. */
export interface Part<I, S = any> {
  /** The action without its prefix, or with another service's: `ListAllMyBuckets`, `iam:PassRole`. By default the operation's name. */
  readonly action?: string | undefined
  /** The resources, as `Rule` has them. By default `*`. */
  readonly on?: string | ReadonlyArray<string> | undefined
  readonly keys?: ((input: I, place: Place, state?: S) => ConditionValues) | undefined
  /** Leaves the part out for inputs that don't need it. */
  readonly when?: ((input: I) => boolean) | undefined
  /** Whether the call goes on without it: see `Need`. */
  readonly byHandler?: boolean | undefined
}

/**
 * The permissions of one operation. A text is a resource of the operation's own action: `"parameter/{Name}"` with members of the input
 * in braces.
 *
 * - A member that is a list makes a resource for each element. `{Targets.Id}` is a member of a structure, or of those in a list.
 * - A member that is an ARN is the resource itself if it is the last one, and counts by the name at its end before that:
 *   `service/{cluster=default}/{service}`.
 * - Without the member, the resource is left out, unless the text has a default: `{cluster=default}`. If nothing is left, it's `*`.
 * - `{/Name}` leaves out a slash at the beginning.
 * - A text that begins with `arn:` is a whole ARN, with `{partition}`, `{region}` and `{account}`. Any other follows the account.
 */
export type Rule<I, S = any> =
  | string
  | Part<I, S>
  | ReadonlyArray<string | Part<I, S>>
  | ((input: I, place: Place, state?: S) => ReadonlyArray<Need>)

export type Rules<Module, S = any> = {
  readonly [K in keyof Module as K extends `${infer Operation}Command` ? Operation : never]?: Module[K] extends
    abstract new(...args: any) => CommandIO<infer I extends object, infer _O extends MetadataBearer> ? Rule<I, S> :
    never
}

const valuesAt = (value: unknown, path: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, path))
  const [name, ...rest] = path
  if (name !== undefined) {
    return typeof value === "object"
      ? valuesAt((value as Record<string, unknown>)[name], rest)
      : []
  }
  return typeof value === "object" || value === "" ? [] : [String(value)]
}

interface Scope {
  readonly prefix: string
  /** Whether ARNs of the service have no region. */
  readonly isGlobal: boolean
}

/** The ARNs of a text of a rule. */
const expand = (text: string, input: object, place: Place, { isGlobal, prefix }: Scope): ReadonlyArray<string> => {
  if (text === "*") return ["*"]
  let made: ReadonlyArray<string> = [
    text.startsWith("arn:")
      ? text
      : `arn:${place.partition}:${prefix}:${isGlobal ? "" : place.region}:${place.account}:${text}`
  ]
  const places = [...text.matchAll(/\{(\/?)([\w.]+)(?:=([^}]*))?\}/g)]
  for (const [i, [braced, slash, path = "", otherwise]] of places.entries()) {
    const known = path === "partition" || path === "region" || path === "account" ? [place[path]] : undefined
    const found = known ?? valuesAt(input, path.split("."))
    const values = found.length > 0 || otherwise === undefined ? found : [otherwise]
    const isLast = i === places.length - 1
    made = made.flatMap((one) =>
      values.map((value) =>
        value.startsWith("arn:") && isLast
          ? value
          : one.replace(
            braced,
            () =>
              value.startsWith("arn:") ? nameIn(value) : slash === "/" && value.startsWith("/") ? value.slice(1) : value
          )
      )
    )
  }
  return made
}

/** The values of `aws:RequestTag/…` and `aws:TagKeys`, for the tags in a request. */
export const requestTags = (
  tags: Iterable<readonly [key: string | undefined, value: string | undefined]>
): ConditionValues => {
  const all = [...tags].flatMap(([key, value]) => key === undefined ? [] : [[key, value ?? ""] as const])
  return all.length === 0 ? {} : {
    ...Object.fromEntries(all.map(([key, value]) => [`aws:requesttag/${key.toLowerCase()}`, [value]])),
    "aws:tagkeys": all.map(([key]) => key)
  }
}

/** The values of condition keys that are members of the input, of those that it has: `{ "ecs:cluster": "web" }`. */
export const given = (
  values: Readonly<Record<string, string | number | boolean | ReadonlyArray<string | undefined> | undefined>>
): ConditionValues =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => {
      const all = [value ?? []].flat().flatMap((one) => one ?? []).map(String)
      return all.length === 0 ? [] : [[key, all]]
    })
  )

const needsOf =
  (operation: string, rule: Rule<any>, scope: Scope): Authorization<any>["needs"][string] => (input, place, state) => {
    if (typeof rule === "function") return rule(input, place, state)
    const parts = (typeof rule === "string" || !Array.isArray(rule) ? [rule] : rule) as ReadonlyArray<
      string | Part<object>
    >
    return parts.flatMap((part): ReadonlyArray<Need> => {
      const { action = operation, byHandler = false, keys, on = "*", when } = typeof part === "string"
        ? { action: operation, on: part }
        : part as Part<object>
      if (when?.(input) === false) return []
      const named = action.includes(":") ? action : `${scope.prefix}:${action}`
      const resources = [on].flat().flatMap((text) => expand(text, input, place, scope))
      const values = keys?.(input, place, state)
      return (resources.length === 0 ? ["*"] : resources).map((resource) => ({
        action: named,
        resource,
        ...(values !== undefined && { keys: values }),
        ...(byHandler && { byHandler })
      }))
    })
  }

/** Defines a table. The SDK's module is a type argument, so that the table doesn't load its client, and so is the service's state. */
export const needs = <Module, S = any>() =>
(
  prefix: string,
  rules: Rules<Module, S>,
  { isGlobal = false }: { readonly isGlobal?: boolean } = {}
): Pick<Authorization<S>, "needs" | "prefix"> => ({
  prefix,
  needs: Object.fromEntries(
    Object.entries(rules).map(([operation, rule]) => [
      operation,
      needsOf(operation, rule as Rule<any>, { prefix, isGlobal })
    ])
  )
})
