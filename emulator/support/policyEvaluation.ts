// Decides what policies allow, as AWS documents it in "Policy evaluation logic". Pure, so that any service can ask.
import type { Principal } from "../engine/service.ts"
import { glob } from "./globs.ts"
import { isNamed } from "./policies.ts"
import { holds, type ValuesOf } from "./policyConditions.ts"
import type { Policy, Principals, Statement } from "./policyDocuments.ts"
import { expandPattern, type ValueOf } from "./policyVariables.ts"

/** A caller, as the policies of resources name it. */
export interface Named extends Pick<Principal, "account" | "arn"> {
  /** The user who asked for the session of a federated user: a policy that names the user means the session, too. */
  readonly issuer?: string | undefined
  /** The identity provider whose token identifies the caller, if one does: `accounts.google.com`. */
  readonly provider?: string | undefined
}

/** A request, as policies see it. */
export interface PolicyRequest {
  /** Such as `s3:GetObject`. */
  readonly action: string
  /** An ARN, or `*` for an action without resources. */
  readonly resource: string
  readonly valuesOf: ValuesOf
  /** Who a resource's policy names. `undefined` for an anonymous request. */
  readonly principal: Named | undefined
}

/** A policy, and what the caller calls it. */
export interface Source<A> {
  readonly policy: Policy
  readonly source: A
}

export interface Match<A> {
  readonly source: A
  readonly statement: Statement
}

export type Verdict = "allowed" | "explicitDeny" | "implicitDeny"

const isProvider = (name: string, provider: string): boolean =>
  name === "*" || name === provider || name.endsWith(`:oidc-provider/${provider}`)

const isNamedBy = ({ isNot, names }: Principals, principal: PolicyRequest["principal"]): boolean => {
  const { AWS = [], Federated = AWS.filter((name) => name === "*") } = names
  const isMeant = principal?.provider !== undefined
    ? Federated.some((name) => isProvider(name, principal.provider!))
    : AWS.some((name) => principal === undefined ? name === "*" : isNamed(name, principal) || name === principal.issuer)
  return isMeant !== isNot
}

type Test = (text: string) => boolean

/** The patterns of a statement, each compiled once. */
interface Compiled {
  readonly actions: ReadonlyArray<Test>
  readonly resources: ReadonlyArray<{ readonly pattern: string; readonly test: Test | undefined }>
}

const compiled = new WeakMap<Statement, Compiled>()

const compile = (statement: Statement): Compiled => {
  let found = compiled.get(statement)
  if (found === undefined) {
    found = {
      actions: statement.actions.map((pattern) => glob(pattern, { ignoresCase: true })),
      resources: statement.resources.map((pattern) => ({
        pattern,
        test: pattern.includes("${") ? undefined : glob(expandPattern(pattern, undefined)!, { escapes: true })
      }))
    }
    compiled.set(statement, found)
  }
  return found
}

const applies = (statement: Statement, request: PolicyRequest, valueOf: ValueOf | undefined): boolean => {
  const { conditions, isNotAction, isNotResource, principals } = statement
  const { actions, resources } = compile(statement)
  const matchesResource = ({ pattern, test }: Compiled["resources"][number]): boolean => {
    if (test !== undefined) return test(request.resource)
    const expanded = expandPattern(pattern, valueOf)
    return expanded !== undefined && glob(expanded, { escapes: true })(request.resource)
  }
  return (principals === undefined || isNamedBy(principals, request.principal)) &&
    actions.some((test) => test(request.action)) !== isNotAction &&
    // The trust policy of a role has no resources: it is about the role.
    (resources.length === 0 || resources.some(matchesResource) !== isNotResource) &&
    conditions.every((condition) => holds(condition, request.valuesOf, valueOf))
}

/** The statements that apply to a request, of policies in this order. */
export const matchesOf = <A>(policies: ReadonlyArray<Source<A>>, request: PolicyRequest): ReadonlyArray<Match<A>> => {
  const valueOf: ValueOf = (key) => {
    const values = request.valuesOf(key)
    return values?.length === 1 ? values[0] : undefined
  }
  return policies.flatMap(({ policy: { hasVariables, statements }, source }) =>
    statements.filter((statement) => applies(statement, request, hasVariables ? valueOf : undefined))
      .map((statement) => ({ source, statement }))
  )
}

/** A denial counts more than any permission. Without a statement that applies, a request is denied, too. */
export const verdictOf = (matches: ReadonlyArray<Match<unknown>>): Verdict =>
  matches.some(({ statement }) => !statement.isAllowed)
    ? "explicitDeny"
    : matches.length > 0
    ? "allowed"
    : "implicitDeny"

/** The kinds of policies, in the order in which AWS asks them. */
export type Kind = "control" | "resource" | "identity" | "boundary" | "session"

const kinds: ReadonlyArray<Kind> = ["control", "resource", "identity", "boundary", "session"]

/** The policies that decide about a request, by their kind. */
export interface Policies<A> {
  readonly identity: ReadonlyArray<Source<A>>
  /** `undefined` without a permissions boundary: then nothing limits the policies of the identity. */
  readonly boundary: ReadonlyArray<Source<A>> | undefined
  readonly resource: ReadonlyArray<Source<A>>
  /** The policies of the session; `undefined` without any. */
  readonly session?: ReadonlyArray<Source<A>> | undefined
  /** The service control policies of each level, from the organization's root to the account. Each level has to allow a request. */
  readonly control?: ReadonlyArray<ReadonlyArray<Source<A>>> | undefined
}

export interface Decision<A> {
  readonly verdict: Verdict
  /** The statements that decided: those that deny, or else those that allow. */
  readonly matches: ReadonlyArray<Match<A>>
  readonly identity: Verdict
  readonly boundary: Verdict | undefined
  readonly resource: Verdict
  /** The kind of policies that denied the request. If several did, the one that AWS asks first. */
  readonly deniedBy: Kind | undefined
}

/** Whether a statement names the user or the session itself. Nothing but a denial limits such a permission within an account. */
const namesCaller = ({ statement: { principals } }: Match<unknown>, principal: PolicyRequest["principal"]): boolean =>
  principal !== undefined && /:(?:user|assumed-role|federated-user)\//.test(principal.arn) &&
  principals?.isNot === false && (principals.names["AWS"] ?? []).includes(principal.arn)

/** Whether a statement permits the caller itself. If it names the whole account, the account's own policies have to permit it, too. */
const isGrant = ({ statement: { isAllowed, principals } }: Match<unknown>, principal: PolicyRequest["principal"]) =>
  isAllowed && (principal === undefined || principals === undefined || principals.isNot ||
    (principals.names["AWS"] ?? []).some((name) =>
      (isNamed(name, principal) || name === principal.issuer) && name !== principal.account && !name.endsWith(":root")
    ))

const isOpen = (verdict: Verdict | undefined): boolean => verdict === undefined || verdict === "allowed"

/** The verdict of policies of several levels. */
const levelsVerdict = (levels: ReadonlyArray<ReadonlyArray<Match<unknown>>> | undefined): Verdict | undefined => {
  const verdicts = levels?.map(verdictOf)
  return verdicts?.find((verdict) => verdict === "explicitDeny") ??
    verdicts?.find((verdict) => verdict === "implicitDeny") ?? (verdicts && "allowed")
}

/**
 * Decides about a request. In an account, the policies of the identity or that of the resource have to allow it; from another account,
 * both have to. A boundary, the policies of a session and service control policies only limit what these allow.
 */
export const decide = <A>(policies: Policies<A>, request: PolicyRequest, isCrossAccount = false): Decision<A> => {
  const levels = policies.control?.map((level) => matchesOf(level, request))
  const found: Readonly<Record<Kind, ReadonlyArray<Match<A>>>> = {
    control: levels?.flat() ?? [],
    resource: matchesOf(policies.resource, request),
    identity: matchesOf(policies.identity, request),
    boundary: matchesOf(policies.boundary ?? [], request),
    session: matchesOf(policies.session ?? [], request)
  }
  const identity = verdictOf(found.identity)
  const resource = verdictOf(found.resource)
  const boundary = policies.boundary && verdictOf(found.boundary)
  const session = policies.session && verdictOf(found.session)
  const control = levelsVerdict(levels)
  const shared = { identity, boundary, resource }
  const denying = kinds.find((kind) => found[kind].some(({ statement }) => !statement.isAllowed))
  if (denying !== undefined) {
    const { boundary, control, identity, resource, session } = found
    const matches = [...identity, ...boundary, ...session, ...resource, ...control]
      .filter(({ statement }) => !statement.isAllowed)
    return { ...shared, verdict: "explicitDeny", matches, deniedBy: denying }
  }
  const isGranted = found.resource.some((match) => isGrant(match, request.principal))
  const isNamedItself = found.resource.some((match) => namesCaller(match, request.principal))
  const isAllowedBy = identity === "allowed" && (!isCrossAccount || resource === "allowed")
  const isPermitted = isAllowedBy || (!isCrossAccount && isGranted)
  const isAllowed = isOpen(control) &&
    ((isPermitted && isOpen(boundary) && isOpen(session)) || (!isCrossAccount && isNamedItself))
  if (isAllowed) {
    return { ...shared, verdict: "allowed", matches: [...found.identity, ...found.resource], deniedBy: undefined }
  }
  const deniedBy = !isOpen(control)
    ? "control"
    : identity !== "allowed" && !isPermitted
    ? "identity"
    : !isPermitted
    ? "resource"
    : !isOpen(boundary)
    ? "boundary"
    : "session"
  return { ...shared, verdict: "implicitDeny", matches: [], deniedBy }
}

/** Whether the policy allows anyone anything. Its resource then counts as public. */
export const isPublic = ({ statements }: Policy): boolean =>
  statements.some(({ conditions, isAllowed, principals }) =>
    isAllowed && (principals?.isNot === true || principals?.names["AWS"]?.includes("*") === true) &&
    !conditions.some(({ ifExists, key, operator, values }) =>
      !ifExists && /^(String|Arn)(Equals|Like)/.test(operator) && key.toLowerCase().startsWith("aws:principal") &&
      values.every((value) => !/[*?]/.test(value))
    )
  )
