/** Security Token Service, in memory: identities, and sessions in other accounts. */
import type * as sdk from "@aws-sdk/client-sts"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Call, Fault, service } from "./Service.ts"

const validation = (message: string) => new Fault({ code: "ValidationError", message })

const assume = Effect.fnUntraced(function*(
  input: {
    readonly RoleArn?: string | undefined
    readonly RoleSessionName?: string | undefined
    readonly DurationSeconds?: number | undefined
    readonly Policy?: string | undefined
  },
  call: Call
) {
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
  // A session that was itself got by a role lasts an hour at most.
  if (call.principal.sessionToken !== undefined && DurationSeconds > 3600) {
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
  const roleId = call.id("AROA", 17).toUpperCase()
  const session = {
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${name}/${RoleSessionName}`,
    userId: `${roleId}:${RoleSessionName}`,
    accessKeyId: call.id("ASIA", 16).toUpperCase(),
    secretAccessKey: call.id("", 40),
    sessionToken: call.id("IQoJb3JpZ2luX2Vj", 128),
    expiresAt: (yield* Clock.currentTimeMillis) + DurationSeconds * 1000
  }
  call.issue(session)
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

    AssumeRole: (input, _, call) => assume(input, call),

    AssumeRoleWithWebIdentity: Effect.fnUntraced(function*(input, _, call) {
      if ((input.WebIdentityToken ?? "").length < 4) {
        return yield* new Fault({
          code: "InvalidIdentityToken",
          message: "The ID Token provided is not a valid JWT."
        })
      }
      return {
        ...(yield* assume(input, call)),
        SubjectFromWebIdentityToken: "in-memory",
        Audience: "sts.amazonaws.com"
      }
    }),

    GetAccessKeyInfo: Effect.fnUntraced(function*({ AccessKeyId = "" }, _, call) {
      const principal = call.principalOf(AccessKeyId)
      if (principal === undefined) return yield* validation(`The access key ${AccessKeyId} is not known.`)
      return { Account: principal.account }
    })
  }
})
