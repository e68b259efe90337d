/** Trust policies: who may assume a role. */
import * as Effect from "effect/Effect"
import type { Principal } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { parseArn } from "../support/arn.ts"
import { glob } from "../support/globs.ts"
import { isNamed } from "../support/policies.ts"
import { holds, type ValuesOf } from "../support/policyConditions.ts"
import { readDocument, type Statement } from "../support/policyDocuments.ts"

/** What the caller wants to do, and how it is identified. */
export interface Attempt {
  /** Such as `sts:AssumeRole`, or `sts:TagSession` along with it. */
  readonly action: string
  readonly caller: Principal
  /** The identity provider whose token identifies the caller, if one does: `accounts.google.com`. */
  readonly provider: string | undefined
  readonly valuesOf: ValuesOf
}

/** The condition keys that a request may have on AWS, but whose values nothing here determines. */
const unknownKeys: ReadonlySet<string> = new Set([
  "aws:federatedprovider",
  "aws:principalorgid",
  "aws:principalorgpaths",
  "aws:referer",
  "aws:resourceorgid",
  "aws:resourceorgpaths",
  "aws:sourceip",
  "aws:sourcevpc",
  "aws:sourcevpcarn",
  "aws:sourcevpce",
  "aws:tokenissuetime",
  "aws:useragent",
  "aws:vpcsourceip"
])

const isProvider = (name: string, provider: string): boolean =>
  name === "*" || name === provider || parseArn(name)?.resource === `oidc-provider/${provider}`

const isMeant = ({ actions, principals }: Statement, { action, caller, provider }: Attempt): boolean => {
  const { names = {} } = principals ?? {}
  const { AWS = [], Federated = AWS.filter((name) => name === "*") } = names
  return actions.some((pattern) => glob(pattern, { ignoresCase: true })(action)) &&
    (provider === undefined
      ? AWS.some((name) => isNamed(name, caller))
      : Federated.some((name) => isProvider(name, provider)))
}

/** The decision of a trust policy; `undefined` if no statement is about this attempt. */
export const verdictOf = Effect.fnUntraced(function*(document: string, attempt: Attempt) {
  const { hasVariables, statements } = readDocument(document)
  const { valuesOf } = attempt
  const valueOf = (key: string) => valuesOf(key)?.[0]
  const meant = statements.filter((statement) => isMeant(statement, attempt))
  for (const { key } of meant.flatMap(({ conditions }) => conditions)) {
    if (unknownKeys.has(key.toLowerCase())) {
      return yield* unsupported(
        `The in-memory STS doesn't know the value of ${key}, which a trust policy has a condition on. Leave the condition out.`
      )
    }
  }
  const verdicts = meant
    .filter(({ conditions }) =>
      conditions.every((condition) => holds(condition, valuesOf, hasVariables ? valueOf : undefined))
    )
    .map(({ isAllowed }) => isAllowed)
  return verdicts.includes(false) ? "Deny" as const : verdicts.includes(true) ? "Allow" as const : undefined
})
