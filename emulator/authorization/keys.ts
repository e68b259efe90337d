// The values of condition keys in a call.
import type { Need } from "../engine/authorization.ts"
import type { HandlerContext } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { keyOf } from "../iam/state.ts"
import { stsEntries } from "../sts/conditionKeys.ts"
import { nameIn } from "../support/arn.ts"
import type { ValuesOf } from "../support/policyConditions.ts"
import { callerEntries, type Entry, lookUp, requestEntries, tableOf } from "../support/requestKeys.ts"
import type { Caller } from "./callers.ts"
import { organizationEntries } from "./organizations.ts"
import type { ByPrefix, Resource } from "./resources.ts"
import { isUnknownKey } from "./unknownKeys.ts"

/** The providers that have no ARN in an account. */
const builtIn = /^(?:accounts\.google\.com|cognito-identity\.amazonaws\.com|graph\.facebook\.com|www\.amazon\.com)$/

const sessionEntries = ({ session }: Caller, { arn }: HandlerContext): ReadonlyArray<Entry> => {
  if (session === undefined) return []
  const { issuedAt, webIdentity } = session
  const provider = webIdentity?.provider
  return [
    ["aws:TokenIssueTime", [new Date(issuedAt).toISOString()]],
    [
      "aws:FederatedProvider",
      provider === undefined
        ? undefined
        : [builtIn.test(provider) ? provider : arn("iam", `oidc-provider/${provider}`, { region: "" })]
    ]
  ]
}

/** A program in the same process, and the clients of a served AWS, call from here. */
const SOURCE_IP = "127.0.0.1"

const header = ({ request }: HandlerContext, name: string): ReadonlyArray<string> | undefined => {
  const value = request.headers[name]
  return value === undefined ? undefined : [value]
}

/** The keys of any call. */
const callEntries = (caller: Caller, context: HandlerContext, now: number): ReadonlyArray<Entry> => [
  ...callerEntries(caller.facts, now),
  ...requestEntries(context.region, now),
  ...sessionEntries(caller, context),
  ...organizationEntries(context, context.account, "Principal"),
  ["aws:SourceIp", [SOURCE_IP]],
  ["aws:UserAgent", header(context, "user-agent") ?? header(context, "x-amz-user-agent")],
  ["aws:Referer", header(context, "referer")]
]

/** The keys that STS adds to a request for a role. An MFA code counts: STS refuses a wrong one. */
const assumeEntries = (
  input: object,
  { session }: Caller,
  context: HandlerContext,
  now: number
): ReadonlyArray<Entry> => {
  const given = input as Parameters<typeof stsEntries>[0]["input"] & {
    readonly RoleArn?: string
    readonly TokenCode?: string
  }
  const { RoleArn = "", TokenCode } = given
  const role = context.stateOf(iam, { account: RoleArn.split(":")[4] ?? "" }).roles.get(keyOf(nameIn(RoleArn)))
  return [
    ...stsEntries({ input: given, role: role?.arn === RoleArn ? role : undefined, session }),
    ...(TokenCode === undefined ? [] : [
      ["aws:MultiFactorAuthPresent", ["true"]] as const,
      ["aws:MultiFactorAuthAge", ["0"]] as const
    ]),
    ["aws:CurrentTime", [new Date(now).toISOString()]]
  ]
}

const lazy = <A>(make: () => A): () => A => {
  let made: { readonly value: A } | undefined
  return () => (made ??= { value: make() }).value
}

export type CallKeys = () => ReadonlyMap<string, ReadonlyArray<string>>

/** The keys of a call that are the same for each permission that it needs. */
export const keysOfCall = (
  caller: Caller,
  context: HandlerContext,
  now: number,
  assumed: object | undefined
): CallKeys =>
  lazy(() =>
    tableOf([
      ...callEntries(caller, context, now),
      ...(assumed === undefined ? [] : assumeEntries(assumed, caller, context, now))
    ])
  )

const tagKey = /^([\w-]+):resourcetag\/(.+)$/

/** Looks up the keys of a permission. Throws if a policy asks for one that nothing here can know. */
export const keysOfNeed = (
  { action, keys = {} }: Need,
  resource: Resource,
  context: HandlerContext,
  ofCall: CallKeys,
  services: ByPrefix
): ValuesOf => {
  const tags = lazy(() =>
    new Map(Object.entries(resource.tags() ?? {}).map(([key, value]) => [key.toLowerCase(), [value]] as const))
  )
  const ofResource = lazy(resource.keys)
  const ofOwner = lazy(() =>
    tableOf(
      resource.owner === undefined ? [] : [
        ["aws:ResourceAccount", [resource.owner]],
        ...organizationEntries(context, resource.owner, "Resource")
      ]
    )
  )
  const get = (key: string): ReadonlyArray<string> | undefined => {
    if (Object.hasOwn(keys, key)) return keys[key]
    const [, service, tag] = tagKey.exec(key) ?? []
    // The key of a service is about its own resources, and about those of others that its actions are on: Run Command's instances.
    const isOwn = service === "aws" || service === resource.prefix || action.startsWith(`${service}:`)
    if (tag !== undefined && isOwn) return tags().get(tag)
    return ofCall().get(key) ?? ofOwner().get(key) ?? ofResource()[key]
  }
  const isUnknown = (key: string) => isUnknownKey(key, action, (prefix) => services.has(prefix))
  return lookUp({ get }, { service: "AWS", policy: "a policy" }, isUnknown)
}
