import { CreateRoleCommand } from "@aws-sdk/client-iam"
import { AssumeRoleCommand, type AssumeRoleCommandInput } from "@aws-sdk/client-sts"
import { assert } from "@effect/vitest"
import { Effect, Equal } from "effect"
import { AwsClients, Iam, Sts } from "effect-aws-sdk"
import { contract } from "./Contract.ts"

/** A role that this account may assume, where it is not another's; and how it is assumed. */
const role = Effect.fnUntraced(function*(
  RoleName: string,
  trust: { readonly AWS?: string; readonly Condition?: object } = {}
) {
  const { account } = yield* Sts.environment
  const { AWS = `arn:aws:iam::${account}:root`, ...condition } = trust
  const { Role } = yield* Iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole", ...condition }]
      })
    })
  )
  const arn = Role?.Arn ?? ""
  const assume = (options: Partial<AssumeRoleCommandInput> = {}) =>
    Sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: "contract", ...options }))
  return { id: Role?.RoleId ?? "", arn, assume }
})

const isDenied = Effect.fnUntraced(
  function*(arn: string, call: ReturnType<Effect.Success<ReturnType<typeof role>>["assume"]>) {
    const { code, message, reason, statusCode } = yield* Effect.flip(call)
    assert.deepEqual([reason._tag, code, statusCode], ["AccessDenied", "AccessDenied", 403])
    assert.include(message, `is not authorized to perform: sts:AssumeRole on resource: ${arn}`)
  }
)

export const sts = contract("Sts", {
  "environment tells account, region and caller": Effect.gen(function*() {
    const { config } = yield* AwsClients
    const environment = yield* Sts.environment
    assert.match(environment.account, /^\d{12}$/)
    assert.strictEqual(environment.region, config.region)
    assert.include(environment.arn, `:${environment.account}:`)
    assert.strictEqual(String(environment), `aws://${environment.account}/${config.region}`)
    assert.isTrue(Equal.equals(environment, new Sts.AwsEnvironment({ ...environment })))
  }),

  "a role is assumed by the account that it trusts": Effect.gen(function*() {
    const { arn, assume, id } = yield* role("trusting")
    const { AssumedRoleUser, Credentials } = yield* assume()
    assert.deepEqual(AssumedRoleUser, {
      Arn: `${arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/contract`,
      AssumedRoleId: `${id}:contract`
    })
    assert.match(Credentials?.AccessKeyId ?? "", /^ASIA/)
  }),

  "a role is not assumed by an account that it does not trust": Effect.gen(function*() {
    const { arn, assume } = yield* role("distrustful", { AWS: "arn:aws:iam::210987654321:root" })
    yield* isDenied(arn, assume())
  }),

  "a role is assumed with its external id only": Effect.gen(function*() {
    const { arn, assume } = yield* role("external", {
      Condition: { StringEquals: { "sts:ExternalId": ["one", "two"] } }
    })
    yield* isDenied(arn, assume())
    yield* isDenied(arn, assume({ ExternalId: "three" }))
    yield* assume({ ExternalId: "two" })
  }),

  "a role that does not exist is not assumed": Effect.gen(function*() {
    const { arn, assume } = yield* role("there")
    yield* isDenied(`${arn}-not`, assume({ RoleArn: `${arn}-not` }))
  }),

  "a session lasts as long as its role allows, at most": Effect.gen(function*() {
    const { assume } = yield* role("short")
    yield* assume({ DurationSeconds: 3600 })
    const { code, message, statusCode } = yield* Effect.flip(assume({ DurationSeconds: 3601 }))
    assert.deepEqual([code, statusCode], ["ValidationError", 400])
    assert.include(message, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
  })
})
