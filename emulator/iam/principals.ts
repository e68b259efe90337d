/** The principals of trust policies, and which of them AWS refuses. */
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { listOf } from "../support/policies.ts"
import { keyOf, malformed, type State } from "./state.ts"

type IsValid = (name: string, state: State, context: HandlerContext) => boolean

/** The user that the program's own keys belong to, which isn't in the state. */
const OWN_USER = "user/in-memory"

/** Only users and roles of the caller's own account are looked up. Those of other accounts count as existing. */
const isAws: IsValid = (name, state, { account, partition, principal }) => {
  if (name === "*" || /^\d{12}$/.test(name) || name === principal.arn) return true
  const arn = parseArn(name)
  if (arn === undefined || arn.partition !== partition || arn.region !== "" || !/^\d{12}$/.test(arn.account)) {
    return false
  }
  const [kind = "", ...path] = arn.resource.split("/")
  const last = path.at(-1) ?? ""
  const isNamed = path.every((part) => /^[\w+=,.@-]+$/.test(part))
  if (arn.service === "sts") {
    return isNamed && path.length === (kind === "assumed-role" ? 2 : 1) && /^assumed-role$|^federated-user$/.test(kind)
  }
  if (arn.service !== "iam") return false
  if (arn.resource === "root") return true
  if (!isNamed || last === "" || (kind !== "user" && kind !== "role")) return false
  const known: ReadonlyMap<string, { readonly arn: string }> = kind === "user" ? state.users : state.roles
  return arn.account !== account || arn.resource === OWN_USER || known.get(keyOf(last))?.arn === name
}

const isHost = (name: string): boolean => /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(name)

const validity: ReadonlyMap<string, IsValid> = new Map<string, IsValid>([
  ["AWS", isAws],
  ["Service", (name) => isHost(name) && /\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)$/.test(name)],
  ["Federated", (name) => {
    const { resource = "", service } = parseArn(name) ?? {}
    return isHost(name) || (service === "iam" && /^(oidc|saml)-provider\/./.test(resource))
  }],
  ["CanonicalUser", (name) => /^[0-9a-f]{64}$/.test(name)]
])

/** Whether a policy may name this principal: it has the form of its kind and exists, as far as we know. */
export const isPrincipal = (kind: string, name: unknown, state: State, context: HandlerContext): boolean =>
  typeof name === "string" && validity.get(kind)?.(name, state, context) === true

/** Checks the value of `Principal` or `NotPrincipal` in a trust policy. */
export const checkPrincipals = Effect.fnUntraced(function*(
  given: unknown,
  state: State,
  context: HandlerContext
): Effect.fn.Return<void, Fault> {
  if (given === "*") return
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return yield* malformed(`Invalid principal in policy: ${JSON.stringify(given)}`)
  }
  const entries = Object.entries(given)
  if (entries.length === 0 || entries.some(([, names]) => listOf(names).length === 0)) {
    return yield* malformed("Missing required field Principal cannot be empty!")
  }
  for (const [kind, names] of entries) {
    for (const name of listOf<unknown>(names)) {
      if (!isPrincipal(kind, name, state, context)) {
        return yield* malformed(`Invalid principal in policy: "${kind.toUpperCase()}":${JSON.stringify(name)}`)
      }
    }
  }
})

/** Maps the names of all AWS principals of a trust policy. Keeps the text of a policy in which none changes. */
const mapPrincipals = (document: string, to: (name: string) => string): string => {
  const policy = JSON.parse(document) as { readonly Statement: unknown }
  let isChanged = false
  const map = (names: unknown): unknown => {
    if (Array.isArray(names)) return names.map(map)
    const name = to(String(names))
    isChanged ||= name !== names
    return name
  }
  for (const { Principal } of listOf(policy.Statement) as ReadonlyArray<{ Principal?: { AWS?: unknown } }>) {
    if (typeof Principal === "object" && Principal.AWS !== undefined) Principal.AWS = map(Principal.AWS)
  }
  return isChanged ? JSON.stringify(policy) : document
}

/** Names accounts by the ARNs of their root users, as AWS does when it saves a trust policy. */
export const withRootArns = (document: string, partition: string): string =>
  mapPrincipals(document, (name) => /^\d{12}$/.test(name) ? `arn:${partition}:iam::${name}:root` : name)

/**
 * Replaces the name of a principal in all trust policies. AWS stores users and roles by their ids: a policy shows the new ARN of
 * a user who was renamed, and the id of one who was deleted, even if another user gets the same name later.
 */
export const renamePrincipal = ({ roles }: State, from: string, to: string): void => {
  for (const role of roles.values()) role.trust = mapPrincipals(role.trust, (name) => name === from ? to : name)
}
