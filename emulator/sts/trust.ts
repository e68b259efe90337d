/** Trust policies: who may assume a role. */
import type { Principal } from "../engine/service.ts"
import { glob } from "../support/globs.ts"
import { isNamed, listOf } from "../support/policies.ts"

type OneOrMany = string | ReadonlyArray<string>

interface Statement {
  readonly Effect?: string
  readonly Action?: OneOrMany
  readonly Principal?: "*" | { readonly AWS?: OneOrMany; readonly Federated?: OneOrMany }
  readonly Condition?: { readonly StringEquals?: Readonly<Record<string, OneOrMany>> }
}

/** What the caller wants to do, and how it is identified. */
interface Attempt {
  /** Such as `sts:AssumeRole`, or `sts:TagSession` along with it. */
  readonly action: string
  readonly caller: Principal
  /** Whether a web identity token identifies the caller. */
  readonly isFederated: boolean
  readonly externalId: string | undefined
}

const strings = (value: OneOrMany | undefined): ReadonlyArray<string> => listOf(value).map(String)

/**
 * Whether a trust policy allows this. Of the conditions, only `StringEquals` on `sts:ExternalId` in an `Allow` statement is
 * evaluated. Other conditions count as met in `Allow` statements, and all conditions count as not met in `Deny` statements.
 */
export const isTrusted = (document: string, { action, caller, externalId, isFederated }: Attempt): boolean => {
  const applies = ({ Action, Principal }: Statement): boolean => {
    const { AWS, Federated } = Principal === "*" ? { AWS: "*", Federated: "*" } : Principal ?? {}
    return strings(Action).some((pattern) => glob(pattern, { ignoresCase: true })(action)) &&
      (isFederated ? Federated !== undefined : strings(AWS).some((name) => isNamed(name, caller)))
  }
  const conditionHolds = ({ Condition }: Statement): boolean =>
    Object.entries(Condition?.StringEquals ?? {}).every(([key, value]) =>
      key.toLowerCase() !== "sts:externalid" || (externalId !== undefined && strings(value).includes(externalId))
    )
  const policy = JSON.parse(document) as { readonly Statement: Statement | ReadonlyArray<Statement> }
  const statements = listOf(policy.Statement).filter(applies)
  return statements.some((statement) => statement.Effect === "Allow" && conditionHolds(statement)) &&
    !statements.some(({ Condition, Effect }) => Effect === "Deny" && Condition === undefined)
}
