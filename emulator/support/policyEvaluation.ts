// Decides what policies allow, as AWS documents it in "Policy evaluation logic". Pure, so that any service can ask.
import type { Principal } from "../engine/service.ts"
import { glob } from "./globs.ts"
import { isNamed } from "./policies.ts"
import { holds, type ValuesOf } from "./policyConditions.ts"
import type { Policy, Principals, Statement } from "./policyDocuments.ts"
import { expandPattern, type ValueOf } from "./policyVariables.ts"

/** A request, as policies see it. */
export interface PolicyRequest {
  /** Such as `s3:GetObject`. */
  readonly action: string
  /** An ARN, or `*` for an action without resources. */
  readonly resource: string
  readonly valuesOf: ValuesOf
  /** Who a resource's policy names. `undefined` for an anonymous request. */
  readonly principal: Pick<Principal, "account" | "arn"> | undefined
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

const isNamedBy = ({ isNot, names }: Principals, principal: PolicyRequest["principal"]): boolean =>
  (names["AWS"] ?? []).some((name) => principal === undefined ? name === "*" : isNamed(name, principal)) !== isNot

const applies = (statement: Statement, request: PolicyRequest, valueOf: ValueOf | undefined): boolean => {
  const { actions, conditions, isNotAction, isNotResource, principals, resources } = statement
  const matchesResource = (pattern: string): boolean => {
    const expanded = expandPattern(pattern, valueOf)
    return expanded !== undefined && glob(expanded, { escapes: true })(request.resource)
  }
  return (principals === undefined || isNamedBy(principals, request.principal)) &&
    actions.some((pattern) => glob(pattern, { ignoresCase: true })(request.action)) !== isNotAction &&
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

/** The kinds of policies that decide about a request. */
export interface Policies<A> {
  readonly identity: ReadonlyArray<Source<A>>
  /** `undefined` without a permissions boundary: then nothing limits the policies of the identity. */
  readonly boundary: ReadonlyArray<Source<A>> | undefined
  readonly resource: ReadonlyArray<Source<A>>
}

export interface Decision<A> {
  readonly verdict: Verdict
  /** The statements that decided: those that deny, or else those that allow. */
  readonly matches: ReadonlyArray<Match<A>>
  readonly identity: Verdict
  readonly boundary: Verdict | undefined
  readonly resource: Verdict
}

/** Whether a statement names the user itself. No boundary limits such a permission in the policy of a resource. */
const namesUser = ({ statement: { principals } }: Match<unknown>, principal: PolicyRequest["principal"]): boolean =>
  principal !== undefined && principal.arn.includes(":user/") && principals?.isNot === false &&
  (principals.names["AWS"] ?? []).includes(principal.arn)

/** Whether a statement permits the caller itself. If it names the whole account, the account's own policies have to permit it, too. */
const isGrant = ({ statement: { isAllowed, principals } }: Match<unknown>, principal: PolicyRequest["principal"]) =>
  isAllowed && (principal === undefined || principals === undefined || principals.isNot ||
    (principals.names["AWS"] ?? []).some((name) =>
      isNamed(name, principal) && name !== principal.account && !name.endsWith(":root")
    ))

/**
 * Decides about a request. In an account, the policies of the identity or that of the resource have to allow it; from another account,
 * both have to.
 */
export const decide = <A>(policies: Policies<A>, request: PolicyRequest, isCrossAccount = false): Decision<A> => {
  const ofIdentity = matchesOf(policies.identity, request)
  const ofBoundary = policies.boundary === undefined ? [] : matchesOf(policies.boundary, request)
  const ofResource = matchesOf(policies.resource, request)
  const identity = verdictOf(ofIdentity)
  const boundary = policies.boundary === undefined ? undefined : verdictOf(ofBoundary)
  const resource = verdictOf(ofResource)
  const all = [...ofIdentity, ...ofBoundary, ...ofResource]
  const denials = all.filter(({ statement }) => !statement.isAllowed)
  const isWithin = boundary === undefined || boundary === "allowed"
  const isAllowed = isCrossAccount
    ? identity === "allowed" && isWithin && resource === "allowed"
    : (isWithin && (identity === "allowed" || ofResource.some((match) => isGrant(match, request.principal)))) ||
      ofResource.some((match) => namesUser(match, request.principal))
  const verdict = denials.length > 0 ? "explicitDeny" : isAllowed ? "allowed" : "implicitDeny"
  return {
    verdict,
    matches: denials.length > 0 ? denials : isAllowed ? [...ofIdentity, ...ofResource] : [],
    identity,
    boundary,
    resource
  }
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
