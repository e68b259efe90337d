/**
 * In-memory Security Token Service: identities, and sessions in other accounts.
 *
 * If the account has roles in IAM, an assumed role must be one of them, trust the caller, and allow the requested
 * session duration. If the account has no roles at all, any role can be assumed, so tests with two accounts need no IAM
 * setup. Of the conditions in a trust policy, only `StringEquals` on `sts:ExternalId` in an `Allow` statement is
 * evaluated. Other conditions count as met in `Allow` statements, and all conditions count as not met in `Deny`
 * statements. The caller's own policies are not evaluated.
 */
import type * as sdk from "@aws-sdk/client-sts"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { iam } from "./Iam.ts"
import { Fault, type HandlerContext, type Principal, service } from "./Service.ts"

const validation = (message: string) => new Fault({ code: "ValidationError", message })

interface Input {
  readonly RoleArn?: string | undefined
  readonly RoleSessionName?: string | undefined
  readonly DurationSeconds?: number | undefined
  readonly Policy?: string | undefined
  readonly ExternalId?: string | undefined
}

type OneOrMany = string | ReadonlyArray<string>

interface Statement {
  readonly Effect?: string
  readonly Action?: OneOrMany
  readonly Principal?: "*" | { readonly AWS?: OneOrMany; readonly Federated?: OneOrMany }
  readonly Condition?: { readonly StringEquals?: Readonly<Record<string, OneOrMany>> }
}

const strings = (value: OneOrMany | undefined): ReadonlyArray<string> =>
  value === undefined ? [] : [value].flat().map(String)

const isAction = (pattern: string, action: string): boolean =>
  pattern.endsWith("*")
    ? action.toLowerCase().startsWith(pattern.slice(0, -1).toLowerCase())
    : action.toLowerCase() === pattern.toLowerCase()

/** Whether a name in a trust policy means this caller: by account, user, session, or the session's role. */
const isNamed = (name: string, { account, arn }: Principal): boolean => {
  const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1]
  return name === "*" || name === account || name === arn || name.endsWith(`:iam::${account}:root`) ||
    (role !== undefined && name.includes(`:iam::${account}:role/`) && name.endsWith(`/${role}`))
}

const isTrusted = (document: string, { ExternalId }: Input, { operation, principal }: HandlerContext): boolean => {
  const applies = ({ Action, Principal }: Statement): boolean => {
    const { AWS, Federated } = Principal === "*" ? { AWS: "*", Federated: "*" } : Principal ?? {}
    return strings(Action).some((action) => isAction(action, `sts:${operation}`)) &&
      (operation === "AssumeRole" ? strings(AWS).some((name) => isNamed(name, principal)) : Federated !== undefined)
  }
  const conditionHolds = ({ Condition }: Statement): boolean =>
    Object.entries(Condition?.StringEquals ?? {}).every(([key, value]) =>
      key.toLowerCase() !== "sts:externalid" || (ExternalId !== undefined && strings(value).includes(ExternalId))
    )
  const policy = JSON.parse(document) as { readonly Statement: Statement | ReadonlyArray<Statement> }
  const statements = [policy.Statement].flat().filter(applies)
  return statements.some((statement) => statement.Effect === "Allow" && conditionHolds(statement)) &&
    !statements.some(({ Condition, Effect }) => Effect === "Deny" && Condition === undefined)
}

const assume = Effect.fnUntraced(function*(input: Input, context: HandlerContext) {
  const { DurationSeconds = 3600, Policy, RoleArn = "", RoleSessionName = "" } = input
  const role = /^arn:aws[\w-]*:iam::(\d{12}):role\/(?:[\w+=,.@/-]*\/)?([\w+=,.@-]{1,64})$/.exec(RoleArn)
  if (role === null) return yield* validation(`${RoleArn} is invalid`)
  if (!/^[\w+=,.@-]{2,64}$/.test(RoleSessionName)) {
    return yield* validation(
      `1 validation error detected: Value '${RoleSessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*, and have length between 2 and 64`
    )
  }
  if (DurationSeconds < 900 || DurationSeconds > 43_200) {
    return yield* validation(
      `1 validation error detected: Value '${DurationSeconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200`
    )
  }
  // Role chaining limits a session to one hour.
  if (context.principal.sessionToken !== undefined && DurationSeconds > 3600) {
    return yield* validation(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    )
  }
  if (Policy !== undefined) {
    yield* Effect.try({
      try: () => JSON.parse(Policy) as unknown,
      catch: () =>
        new Fault({ code: "MalformedPolicyDocument", message: "This policy contains invalid Json", statusCode: 400 })
    })
  }
  const [, account, name] = role as unknown as [string, string, string]
  const { roles } = context.stateOf(iam, { account })
  const known = roles.get(name.toLowerCase())
  if (roles.size > 0 && (known?.arn !== RoleArn || !isTrusted(known.trust, input, context))) {
    return yield* new Fault({
      code: "AccessDenied",
      message: context.operation === "AssumeRole"
        ? `User: ${context.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`
        : `Not authorized to perform sts:${context.operation}`,
      statusCode: 403
    })
  }
  if (known !== undefined && DurationSeconds > known.maxSession) {
    return yield* validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
  }
  const roleId = known?.id ?? context.id("AROA", 17).toUpperCase()
  const session = {
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${name}/${RoleSessionName}`,
    userId: `${roleId}:${RoleSessionName}`,
    accessKeyId: context.id("ASIA", 16).toUpperCase(),
    secretAccessKey: context.id("", 40),
    sessionToken: context.id("IQoJb3JpZ2luX2Vj", 128),
    expiresAt: (yield* Clock.currentTimeMillis) + DurationSeconds * 1000
  }
  context.issue(session)
  return {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: new Date(session.expiresAt)
    },
    AssumedRoleUser: { Arn: session.arn, AssumedRoleId: session.userId }
  }
})

export const sts = service<typeof sdk>()({
  serviceId: "STS",
  namespace: "com.amazonaws.sts",
  protocol: "query",
  scope: "account",
  state: () => undefined,
  unsigned: ["AssumeRoleWithWebIdentity"],
  handlers: {
    GetCallerIdentity: (_, __, { principal }) =>
      Effect.succeed({ Account: principal.account, Arn: principal.arn, UserId: principal.userId }),

    AssumeRole: (input, _, context) => assume(input, context),

    AssumeRoleWithWebIdentity: Effect.fnUntraced(function*(input, _, context) {
      if ((input.WebIdentityToken ?? "").length < 4) {
        return yield* new Fault({
          code: "InvalidIdentityToken",
          message: "The ID Token provided is not a valid JWT."
        })
      }
      return {
        ...(yield* assume(input, context)),
        SubjectFromWebIdentityToken: "in-memory",
        Audience: "sts.amazonaws.com"
      }
    }),

    GetAccessKeyInfo: Effect.fnUntraced(function*({ AccessKeyId = "" }, _, context) {
      const principal = context.principalOf(AccessKeyId)
      if (principal === undefined) return yield* validation(`The access key ${AccessKeyId} is not known.`)
      return { Account: principal.account }
    })
  }
})
