// The values of the condition keys that any request has, whatever the service: who calls, when and how.
import type { Principal } from "../engine/service.ts"
import { Unsupported } from "../engine/unsupported.ts"
import { nameIn, parseArn } from "./arn.ts"
import { isFederated, isRoot, roleOf } from "./callers.ts"
import type { ValuesOf } from "./policyConditions.ts"

/** A condition key, in any case, and its values in a request. */
export type Entry = readonly [key: string, values: ReadonlyArray<string> | undefined]

type Tags = ReadonlyArray<{ readonly Key?: string | undefined; readonly Value?: string | undefined }>

/** What is known of a caller. */
export interface CallerFacts {
  readonly principal: Pick<Principal, "account" | "arn" | "sessionToken" | "userId">
  /** The ARN of the role whose session the caller is. */
  readonly roleArn: string | undefined
  /** The tags of the user or the role. */
  readonly tags: Tags
  readonly session:
    | {
      readonly sourceIdentity: string | undefined
      readonly tags: Tags
      readonly mfaAt: number | undefined
    }
    | undefined
  /** When the caller proved to have an MFA device in this request, in milliseconds. */
  readonly mfaAt?: number | undefined
}

const typeOf = (principal: CallerFacts["principal"]): string =>
  isRoot(principal)
    ? "Account"
    : roleOf(principal) !== undefined
    ? "AssumedRole"
    : isFederated(principal)
    ? "FederatedUser"
    : "User"

export const tagEntries = (prefixes: ReadonlyArray<string>, tags: Tags = []): ReadonlyArray<Entry> =>
  prefixes.flatMap((prefix) => tags.map(({ Key = "", Value = "" }) => [`${prefix}/${Key}`, [Value]] as const))

export const callerEntries = (
  { mfaAt, principal, roleArn, session, tags }: CallerFacts,
  now: number
): ReadonlyArray<Entry> => {
  const resource = parseArn(principal.arn)?.resource ?? ""
  const provenAt = mfaAt ?? session?.mfaAt
  // Keys of users have no answer to whether MFA was used. Those of sessions have one.
  const mfa = provenAt !== undefined ? ["true"] : principal.sessionToken !== undefined ? ["false"] : undefined
  return [
    ["aws:PrincipalAccount", [principal.account]],
    ["aws:PrincipalArn", [roleArn ?? principal.arn]],
    ["aws:PrincipalType", [typeOf(principal)]],
    ["aws:userid", [principal.userId]],
    ["aws:username", resource.startsWith("user/") ? [nameIn(resource)] : undefined],
    ["aws:SourceIdentity", session?.sourceIdentity === undefined ? undefined : [session.sourceIdentity]],
    ["aws:MultiFactorAuthPresent", mfa],
    ["aws:MultiFactorAuthAge", provenAt === undefined ? undefined : [String(Math.floor((now - provenAt) / 1000))]],
    ...tagEntries(["aws:PrincipalTag"], isRoot(principal) ? [] : tags),
    ...tagEntries(["aws:PrincipalTag"], session?.tags)
  ]
}

/** The keys about the time and the way of a request that a program makes itself. Every request counts as encrypted in transit. */
export const requestEntries = (region: string, now: number): ReadonlyArray<Entry> => [
  ["aws:CurrentTime", [new Date(now).toISOString()]],
  ["aws:EpochTime", [String(Math.floor(now / 1000))]],
  ["aws:SecureTransport", ["true"]],
  ["aws:RequestedRegion", [region]],
  ["aws:PrincipalIsAWSService", ["false"]],
  ["aws:ViaAWSService", ["false"]]
]

/** The values by the keys in lower case, without those that have none. A later entry replaces an earlier one. */
export const tableOf = (entries: Iterable<Entry>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const table = new Map<string, ReadonlyArray<string>>()
  for (const [key, values] of entries) if (values !== undefined) table.set(key.toLowerCase(), values)
  return table
}

/** The keys that a request may have on AWS, but whose values nothing here determines: which network it comes from. */
const undetermined: ReadonlySet<string> = new Set([
  "aws:sourcevpc",
  "aws:sourcevpcarn",
  "aws:sourcevpce",
  "aws:vpceaccount",
  "aws:vpceorgid",
  "aws:vpceorgpaths",
  "aws:vpcsourceip"
])

/** AWS's global condition keys, by "AWS global condition context keys" in IAM's user guide. */
const globalKeys: ReadonlySet<string> = new Set(
  [
    "assumedroot calledvia calledviaawsmcp calledviafirst calledvialast chatbotsourcearn currenttime ec2instancesourceprivateipv4",
    "ec2instancesourcevpc epochtime federatedprovider ismcpserviceaction multifactorauthage multifactorauthpresent principalaccount",
    "principalarn principalisawsservice principalorgid principalorgpaths principalservicename principalservicenameslist principaltype",
    "referer requestedregion resourceaccount resourceorgid resourceorgpaths securetransport signinsessionarn sourceaccount sourcearn",
    "sourceidentity sourceip sourceorgid sourceorgpaths sourceowner sourcevpc sourcevpcarn sourcevpce tagkeys tokenissuetime useragent",
    "userid username viaawsmcpservice viaawsservice vpceaccount vpceorgid vpceorgpaths vpcsourceip"
  ].join(" ").split(" ").map((name) => `aws:${name}`)
)

const isNoKey = (name: string): boolean =>
  name.startsWith("aws:") && !globalKeys.has(name) && !/^aws:(?:principal|request|resource)tag\/./.test(name)

/**
 * Looks up the values of condition keys. Throws if a policy asks for a key that a request on AWS may have, and whose value isn't known:
 * the keys of networks, and those that the caller tells.
 */
export const lookUp = (
  table: { readonly get: (key: string) => ReadonlyArray<string> | undefined },
  where: { readonly service: string; readonly policy: string },
  isUnknown: (key: string) => boolean = () => false
): ValuesOf =>
(key) => {
  const name = key.toLowerCase()
  const values = table.get(name)
  if (values === undefined && isNoKey(name)) {
    throw new Unsupported(
      `AWS has no condition key ${key}, which ${where.policy} has a condition on. Correct its name.`
    )
  }
  if (values === undefined && (undetermined.has(name) || isUnknown(name))) {
    throw new Unsupported(
      `The in-memory ${where.service} doesn't know the value of ${key}, which ${where.policy} has a condition on. Leave the condition out.`
    )
  }
  return values
}
