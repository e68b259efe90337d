/** Policy documents in IAM: how AWS checks them, and how answers encode them. */
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { listOf } from "../support/policies.ts"
import { percentEncode } from "../wire/http.ts"
import { checkPrincipals } from "./principals.ts"
import { limitExceeded, malformed, type State } from "./state.ts"

/** A policy document as IAM's answers have it: percent-encoded. */
export const encoded = percentEncode

type Statement = Readonly<Record<string, unknown>>

const statementsOf = (document: string, message: string) =>
  Effect.try({
    try: (): { readonly version: unknown; readonly statements: ReadonlyArray<Statement> } => {
      const { Statement, Version } = JSON.parse(document) as Statement
      const statements = listOf(Statement) as ReadonlyArray<Statement>
      if (statements.length === 0) throw new Error("empty")
      for (const { Effect } of statements) if (Effect !== "Allow" && Effect !== "Deny") throw new Error("effect")
      return { version: Version, statements }
    },
    catch: () => malformed(message)
  })

/** Checks a trust policy. */
export const checkTrust = Effect.fnUntraced(function*(document: string, state: State, context: HandlerContext) {
  const { statements } = yield* statementsOf(document, "This policy contains invalid Json")
  for (const statement of statements) {
    if (statement["Resource"] !== undefined || statement["NotResource"] !== undefined) {
      return yield* malformed("Has prohibited field Resource")
    }
    if (statement["Principal"] === undefined && statement["NotPrincipal"] === undefined) {
      return yield* malformed("Missing required field Principal")
    }
    yield* checkPrincipals(statement["Principal"] ?? statement["NotPrincipal"], state, context)
    if (statement["NotPrincipal"] !== undefined) {
      return yield* unsupported("The in-memory IAM doesn't evaluate NotPrincipal in trust policies. Use Principal.")
    }
    const actions = listOf(statement["Action"])
    if (actions.length === 0) return yield* malformed("Missing required field Action")
    if (
      !actions.every((action) => /^sts:(?:AssumeRole|TagSession|SetSourceIdentity|SetContext)/i.test(String(action)))
    ) {
      return yield* malformed("AssumeRole policy may only specify STS AssumeRole actions.")
    }
  }
  if (document.replace(/\s/g, "").length > 2048) {
    return yield* limitExceeded("Cannot exceed quota for ACLSizePerRole: 2048")
  }
  return document
})

/** Checks a permissions policy, inline or managed. */
export const checkPolicy = Effect.fnUntraced(function*(document: string) {
  const { statements, version } = yield* statementsOf(document, "Syntax errors in policy.")
  if (version !== "2012-10-17") return yield* malformed("Policy document must be version 2012-10-17 or greater.")
  const sids = statements.flatMap(({ Sid }) => listOf(Sid))
  if (new Set(sids).size < sids.length) {
    return yield* malformed("Statement IDs (SID) in a single policy must be unique.")
  }
  for (const statement of statements) {
    if (statement["Principal"] !== undefined || statement["NotPrincipal"] !== undefined) {
      return yield* malformed("Policy document should not specify a principal.")
    }
    const actions = listOf(statement["Action"] ?? statement["NotAction"]).map(String)
    if (actions.length === 0) return yield* malformed("Policy statement must contain actions.")
    const resources = listOf(statement["Resource"] ?? statement["NotResource"]).map(String)
    if (resources.length === 0) return yield* malformed("Policy statement must contain resources.")
    const resource = resources.find((resource) => resource !== "*" && !resource.startsWith("arn:"))
    if (resource !== undefined) return yield* malformed(`Resource ${resource} must be in ARN format or "*".`)
    if (actions.some((action) => action !== "*" && !action.includes(":"))) {
      return yield* malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    }
    if (actions.some((action) => action.split(":").length > 2)) {
      return yield* malformed("Actions/Condition can contain only one colon.")
    }
  }
  return document
})
