// The permissions on entities of IAM that its calls need.
import type * as sdk from "@aws-sdk/client-iam"
import type { ConditionValues, Need, Place } from "../engine/authorization.ts"
import { given } from "../support/needs.ts"
import { tagValues } from "../support/needsOfState.ts"
import { keyOf, type State } from "./state.ts"

export type Needs = (input: any, place: Place, state?: State) => ReadonlyArray<Need>

export const arnOf = ({ account, partition }: Place, resource: string): string =>
  `arn:${partition}:iam::${account}:${resource}`

/** A name under a path, as it is in an ARN: `/team/` and `web` → `team/web`. */
export const under = (path: string | undefined, name: string | undefined): string =>
  `${(path ?? "/").replace(/^\//, "")}${name ?? ""}`

const kinds = {
  group: "groups",
  "instance-profile": "profiles",
  role: "roles",
  "server-certificate": "serverCertificates",
  user: "users"
} as const

type Kind = keyof typeof kinds

/** The ARN of an entity, which has its path. A request has only its name. */
export const arnNamed = (kind: Kind, name: string, place: Place, state: State | undefined): string =>
  state?.[kinds[kind]].get(keyOf(name))?.arn ?? arnOf(place, `${kind}/${name}`)

/** Rules for several operations. */
export const each = <K extends string>(operations: ReadonlyArray<K>, rule: (operation: K) => Needs): Record<K, Needs> =>
  Object.fromEntries(operations.map((operation) => [operation, rule(operation)])) as Record<K, Needs>

export const tagKeys = ({ Tags = [] }: { readonly Tags?: ReadonlyArray<sdk.Tag> | undefined }): ConditionValues =>
  tagValues(Tags)

type Keys = (input: any, place: Place, state: State | undefined) => ConditionValues

const none: Keys = () => ({})

const members = { group: "GroupName", role: "RoleName", user: "UserName" } as const

/** Operations on a group or a role. */
export const on =
  (kind: "group" | "role", keys: Keys = none) => (operation: string): Needs => (input, place, state) => [
    {
      action: `iam:${operation}`,
      resource: arnNamed(kind, input[members[kind]] ?? "", place, state),
      keys: keys(input, place, state)
    }
  ]

const isUser = (arn: string): boolean => arn.includes(":user/")

/** Operations on a user: on the caller, if they name none. */
export const onUser = (keys: Keys = none) => (operation: string): Needs => (input, place, state) => {
  const { arn = "" } = place.principal ?? {}
  return [{
    action: `iam:${operation}`,
    resource: input.UserName !== undefined
      ? arnNamed("user", input.UserName, place, state)
      : isUser(arn)
      ? arn
      : "*",
    keys: keys(input, place, state)
  }]
}

/** The permissions boundary that a role or a user has. */
export const boundaryOf = (kind: "role" | "user"): Keys => (input, _, state) =>
  given({ "iam:permissionsboundary": state?.[kinds[kind]].get(keyOf(input[members[kind]] ?? ""))?.boundary })

/** The permissions boundary that a role or a user gets. */
export const boundaryGiven: Keys = ({ PermissionsBoundary }) =>
  given({ "iam:permissionsboundary": PermissionsBoundary })

export const policyGiven: Keys = ({ PolicyArn }) => given({ "iam:policyarn": PolicyArn })

export const together = (...all: ReadonlyArray<Keys>): Keys => (...call) =>
  Object.assign({}, ...all.map((keys) => keys(...call)))

export const tagKeysGiven: Keys = ({ TagKeys }) => given({ "aws:tagkeys": TagKeys })

/** Operations on what an ARN in the input names. */
export const onArn = (member: string, keys: Keys = none) => (operation: string): Needs => (input, place, state) => [
  { action: `iam:${operation}`, resource: input[member] ?? "*", keys: keys(input, place, state) }
]

/** Operations on an MFA device. One of hardware has a serial number that isn't an ARN. */
export const onDevice = (keys: Keys = none) => (operation: string): Needs => (input, place, state) => [
  {
    action: `iam:${operation}`,
    resource: String(input.SerialNumber).startsWith("arn:")
      ? input.SerialNumber
      : arnOf(place, `mfa/${input.SerialNumber}`),
    keys: keys(input, place, state)
  }
]

export const onNamed =
  (kind: "instance-profile" | "server-certificate", member: string, keys: Keys = none) =>
  (operation: string): Needs =>
  (input, place, state) => [
    {
      action: `iam:${operation}`,
      resource: arnNamed(kind, input[member] ?? "", place, state),
      keys: keys(input, place, state)
    }
  ]

/** Creating something. Tagging it then has an action of its own. */
export const creates =
  (resourceOf: (input: any) => string, tagging: string | undefined, keys: Keys = none) =>
  (operation: string): Needs =>
  (input, place, state) => {
    const resource = arnOf(place, resourceOf(input))
    const tags = tagKeys(input)
    return [
      { action: `iam:${operation}`, resource, keys: { ...keys(input, place, state), ...tags } },
      ...(tagging !== undefined && (input.Tags ?? []).length > 0
        ? [{ action: `iam:${tagging}`, resource, keys: tags }]
        : [])
    ]
  }

/** Renaming something, or moving it to another path, needs both what it was and what it becomes. */
export const renames =
  (kind: "group" | "server-certificate" | "user", member: string, newName: string) =>
  (operation: string): Needs =>
  (input, place, state) => {
    const before = arnNamed(kind, input[member] ?? "", place, state)
    const [, path = "/", name = ""] = /:[^:/]+(\/(?:.*\/)?)([^/]*)$/.exec(before) ?? []
    const after = arnOf(place, `${kind}/${under(input.NewPath ?? path, input[newName] ?? name)}`)
    return [...new Set([before, after])].map((resource) => ({ action: `iam:${operation}`, resource }))
  }
