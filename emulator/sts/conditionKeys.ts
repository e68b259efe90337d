/** The values of condition keys in a request to assume a role. */
import type * as sdk from "@aws-sdk/client-sts"
import type { HandlerContext, Principal } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { keyOf, type Role } from "../iam/state.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { isFederated, isRoot, roleOf } from "../support/callers.ts"
import type { ValuesOf } from "../support/policyConditions.ts"
import type { Session } from "./sessions.ts"
import type { WebIdentity } from "./webIdentity.ts"

interface Facts {
  readonly input: {
    readonly RoleSessionName: string
    readonly DurationSeconds?: number | undefined
    readonly ExternalId?: string | undefined
    readonly SourceIdentity?: string | undefined
    readonly Tags?: ReadonlyArray<sdk.Tag> | undefined
    readonly TransitiveTagKeys?: ReadonlyArray<string> | undefined
  }
  readonly role: Role | undefined
  /** The session of the caller, if it has temporary credentials and STS remembers something of them. */
  readonly session: Session | undefined
  readonly mfaAt: number | undefined
  readonly now: number
  readonly webIdentity: WebIdentity | undefined
}

/** The user or the role of the caller, where IAM has it. */
const callerIn = (context: HandlerContext) => {
  const { arn, userId } = context.principal
  const { roles, users } = context.stateOf(iam)
  const role = roleOf(context.principal)
  if (role !== undefined) return roles.get(keyOf(role))
  const user = parseArn(arn)?.resource.startsWith("user/") === true ? users.get(keyOf(nameIn(arn))) : undefined
  return user?.id === userId ? user : undefined
}

const typeOf = (principal: Principal): string =>
  isRoot(principal)
    ? "Account"
    : roleOf(principal) !== undefined
    ? "AssumedRole"
    : isFederated(principal)
    ? "FederatedUser"
    : "User"

const tagEntries = (prefixes: ReadonlyArray<string>, tags: ReadonlyArray<sdk.Tag> = []) =>
  prefixes.flatMap((prefix) => tags.map(({ Key = "", Value = "" }) => [`${prefix}/${Key}`, [Value]] as const))

const callerEntries = (context: HandlerContext, { mfaAt, now, session }: Facts) => {
  const { account, principal } = context
  const resource = parseArn(principal.arn)?.resource ?? ""
  const caller = callerIn(context)
  const role = roleOf(principal)
  const roleArn = role && context.arn("iam", `role/${role}`, { region: "" })
  const provenAt = mfaAt ?? session?.mfaAt
  // Keys of users have no answer to whether MFA was used. Those of sessions have one.
  const mfa = provenAt !== undefined ? ["true"] : principal.sessionToken !== undefined ? ["false"] : undefined
  return [
    ["aws:PrincipalAccount", [account]],
    ["aws:PrincipalArn", [role === undefined ? principal.arn : caller?.arn ?? roleArn!]],
    ["aws:PrincipalType", [typeOf(principal)]],
    ["aws:userid", [principal.userId]],
    ["aws:username", resource.startsWith("user/") ? [nameIn(resource)] : undefined],
    ["aws:SourceIdentity", session?.sourceIdentity === undefined ? undefined : [session.sourceIdentity]],
    ["aws:MultiFactorAuthPresent", mfa],
    ["aws:MultiFactorAuthAge", provenAt === undefined ? undefined : [String(Math.floor((now - provenAt) / 1000))]],
    ...tagEntries(["aws:PrincipalTag"], isRoot(principal) ? [] : caller?.tags),
    ...tagEntries(["aws:PrincipalTag"], session?.tags)
  ] as const
}

const webEntries = ({ claims, provider }: WebIdentity) =>
  (["aud", "sub", "amr", "azp"] as const).map((name) => {
    const value = claims[name]
    return [`${provider}:${name}`, value === undefined ? undefined : [value].flat()] as const
  })

/** Looks up the values of condition keys, which ignore case. */
export const keysOf = (context: HandlerContext, facts: Facts): ValuesOf => {
  const { input, now, role, session, webIdentity } = facts
  const { DurationSeconds, ExternalId, RoleSessionName, SourceIdentity, Tags = [], TransitiveTagKeys } = input
  const sourceIdentity = session?.sourceIdentity ?? SourceIdentity
  const entries: ReadonlyArray<readonly [string, ReadonlyArray<string> | undefined]> = [
    ...(webIdentity === undefined ? callerEntries(context, facts) : webEntries(webIdentity)),
    ...tagEntries(["aws:ResourceTag", "iam:ResourceTag"], role?.tags),
    ...tagEntries(["aws:RequestTag"], Tags),
    ["aws:TagKeys", Tags.length > 0 ? Tags.map(({ Key = "" }) => Key) : undefined],
    ["sts:TransitiveTagKeys", TransitiveTagKeys],
    ["sts:ExternalId", ExternalId === undefined ? undefined : [ExternalId]],
    ["sts:RoleSessionName", [RoleSessionName]],
    ["sts:SourceIdentity", sourceIdentity === undefined ? undefined : [sourceIdentity]],
    ["sts:DurationSeconds", DurationSeconds === undefined ? undefined : [String(DurationSeconds)]],
    ["aws:CurrentTime", [new Date(now).toISOString()]],
    ["aws:EpochTime", [String(Math.floor(now / 1000))]],
    ["aws:SecureTransport", ["true"]],
    ["aws:RequestedRegion", [context.region]],
    ["aws:PrincipalIsAWSService", ["false"]],
    ["aws:ViaAWSService", ["false"]]
  ]
  const table = new Map(entries.map(([key, values]) => [key.toLowerCase(), values] as const))
  return (key) => table.get(key.toLowerCase())
}
