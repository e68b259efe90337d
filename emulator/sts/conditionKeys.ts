/** The values of condition keys in a request to assume a role. */
import type * as sdk from "@aws-sdk/client-sts"
import type { HandlerContext } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { keyOf, type Role } from "../iam/state.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { roleOf } from "../support/callers.ts"
import type { ValuesOf } from "../support/policyConditions.ts"
import { callerEntries, type Entry, lookUp, requestEntries, tableOf, tagEntries } from "../support/requestKeys.ts"
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

/** What is known of the caller and its session. */
export const factsOf = (context: HandlerContext, { mfaAt, session }: Pick<Facts, "mfaAt" | "session">) => {
  const { principal } = context
  const caller = callerIn(context)
  const role = roleOf(principal)
  const roleArn = role && (caller?.arn ?? context.arn("iam", `role/${role}`, { region: "" }))
  return { principal, roleArn, tags: caller?.tags ?? [], session, mfaAt }
}

const webEntries = ({ claims, provider }: WebIdentity) =>
  (["aud", "sub", "amr", "azp"] as const).map((name) => {
    const value = claims[name]
    return [`${provider}:${name}`, value === undefined ? undefined : [value].flat()] as const
  })

/** The keys that a request may have on AWS, but that STS doesn't determine here. */
const undetermined: ReadonlySet<string> = new Set([
  "aws:federatedprovider",
  "aws:principalorgid",
  "aws:principalorgpaths",
  "aws:referer",
  "aws:resourceorgid",
  "aws:resourceorgpaths",
  "aws:sourceip",
  "aws:tokenissuetime",
  "aws:useragent"
])

/** The keys that STS adds to a request to assume a role. */
export const stsEntries = (
  { input, role, session }: Pick<Facts, "input" | "role" | "session">
): ReadonlyArray<Entry> => {
  const { DurationSeconds, ExternalId, RoleSessionName, SourceIdentity, Tags = [], TransitiveTagKeys } = input
  const sourceIdentity = session?.sourceIdentity ?? SourceIdentity
  return [
    ...tagEntries(["aws:ResourceTag", "iam:ResourceTag"], role?.tags),
    ...tagEntries(["aws:RequestTag"], Tags),
    ["aws:TagKeys", Tags.length > 0 ? Tags.map(({ Key = "" }) => Key) : undefined],
    ["sts:TransitiveTagKeys", TransitiveTagKeys],
    ["sts:ExternalId", ExternalId === undefined ? undefined : [ExternalId]],
    ["sts:RoleSessionName", [RoleSessionName]],
    ["sts:SourceIdentity", sourceIdentity === undefined ? undefined : [sourceIdentity]],
    ["sts:DurationSeconds", DurationSeconds === undefined ? undefined : [String(DurationSeconds)]]
  ]
}

/** Looks up the values of condition keys, which ignore case. Throws if it can't know one. */
export const keysOf = (context: HandlerContext, facts: Facts): ValuesOf =>
  lookUp(
    tableOf([
      ...(facts.webIdentity === undefined
        ? callerEntries(factsOf(context, facts), facts.now)
        : webEntries(facts.webIdentity)),
      ...stsEntries(facts),
      ...requestEntries(context.region, facts.now)
    ]),
    { service: "STS", policy: "a trust policy" },
    (key) => undetermined.has(key)
  )
