import { CreateRoleCommand } from "@aws-sdk/client-iam"
import { AssumeRoleCommand, type AssumeRoleCommandInput, GetSessionTokenCommand } from "@aws-sdk/client-sts"
import { assert } from "@effect/vitest"
import { Effect, Equal } from "effect"
import { AwsClients, Iam, Sts } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

/** Creates a role that this account may assume, unless the trust says otherwise, and returns how to assume it. */
const createRole = Effect.fnUntraced(function*(
  RoleName: string,
  trust: { readonly AWS?: string; readonly Action?: ReadonlyArray<string>; readonly Condition?: object } = {}
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

const expectDenied = Effect.fnUntraced(
  function*(arn: string, call: ReturnType<Effect.Success<ReturnType<typeof createRole>>["assume"]>) {
    const { code, message, reason, statusCode } = yield* Effect.flip(call)
    assert.deepEqual([reason._tag, code, statusCode], ["AccessDenied", "AccessDenied", 403])
    assert.include(message, `is not authorized to perform: sts:AssumeRole on resource: ${arn}`)
  }
)

export const sts = contract("Sts", {
  "returns the account, region and ARN of the caller": documented(
    "API_GetCallerIdentity",
    Effect.gen(function*() {
      const { config } = yield* AwsClients
      const environment = yield* Sts.environment
      assert.match(environment.account, /^\d{12}$/)
      assert.strictEqual(environment.region, config.region)
      assert.include(environment.arn, `:${environment.account}:`)
      assert.strictEqual(String(environment), `aws://${environment.account}/${config.region}`)
      assert.isTrue(Equal.equals(environment, new Sts.AwsEnvironment({ ...environment })))
    })
  ),

  "allows a trusted account to assume a role": documented(
    "API_AssumeRole",
    Effect.gen(function*() {
      const { arn, assume, id } = yield* createRole("trusting")
      const { AssumedRoleUser, Credentials } = yield* assume()
      assert.deepEqual(AssumedRoleUser, {
        Arn: `${arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/contract`,
        AssumedRoleId: `${id}:contract`
      })
      assert.match(Credentials?.AccessKeyId ?? "", /^ASIA/)
    })
  ),

  "denies a role to an account that it doesn't trust": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html",
    Effect.gen(function*() {
      const { arn, assume } = yield* createRole("distrustful", { AWS: "arn:aws:iam::210987654321:root" })
      yield* expectDenied(arn, assume())
    })
  ),

  "requires the external id that a role's trust policy names": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html",
    Effect.gen(function*() {
      const { arn, assume } = yield* createRole("external", {
        Condition: { StringEquals: { "sts:ExternalId": ["one", "two"] } }
      })
      yield* expectDenied(arn, assume())
      yield* expectDenied(arn, assume({ ExternalId: "three" }))
      yield* assume({ ExternalId: "two" })
    })
  ),

  "denies assuming a missing role": believed(
    "bug reports about misspelled roles have this answer",
    Effect.gen(function*() {
      const { arn, assume } = yield* createRole("there")
      yield* expectDenied(`${arn}-not`, assume({ RoleArn: `${arn}-not` }))
    })
  ),

  "limits a session to the maximum duration of its role": documented(
    "API_AssumeRole",
    Effect.gen(function*() {
      const { assume } = yield* createRole("short")
      yield* assume({ DurationSeconds: 3600 })
      const { code, message, statusCode } = yield* Effect.flip(assume({ DurationSeconds: 3601 }))
      assert.deepEqual([code, statusCode], ["ValidationError", 400])
      assert.include(message, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    })
  ),

  "issues a session token for a user": documented(
    "API_GetSessionToken",
    Effect.gen(function*() {
      const { Credentials } = yield* Sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }))
      assert.match(Credentials?.AccessKeyId ?? "", /^ASIA/)
      assert.isNotEmpty(Credentials?.SessionToken)
      const { code, statusCode } = yield* Effect.flip(Sts.send(new GetSessionTokenCommand({ DurationSeconds: 899 })))
      assert.deepEqual([code, statusCode], ["ValidationError", 400])
    })
  ),

  "returns the source identity of a session, if the role lets the caller set one": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html",
    Effect.gen(function*() {
      const { assume } = yield* createRole("identified", { Action: ["sts:AssumeRole", "sts:SetSourceIdentity"] })
      assert.strictEqual((yield* assume({ SourceIdentity: "somebody" })).SourceIdentity, "somebody")
      const plain = yield* createRole("unidentified")
      const { code, message } = yield* Effect.flip(plain.assume({ SourceIdentity: "somebody" }))
      assert.strictEqual(code, "AccessDenied")
      assert.include(message, `is not authorized to perform: sts:SetSourceIdentity on resource: ${plain.arn}`)
    })
  ),

  "tags a session, if the role lets the caller do so": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html",
    Effect.gen(function*() {
      const Tags = [{ Key: "team", Value: "capture" }]
      const { assume } = yield* createRole("taggable", { Action: ["sts:AssumeRole", "sts:TagSession"] })
      yield* assume({ Tags, TransitiveTagKeys: ["team"] })
      const plain = yield* createRole("untaggable")
      const { code, message } = yield* Effect.flip(plain.assume({ Tags }))
      assert.strictEqual(code, "AccessDenied")
      assert.include(message, `is not authorized to perform: sts:TagSession on resource: ${plain.arn}`)
    })
  ),

  "rejects session tags that differ only in case, and transitive keys without a tag": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html",
    Effect.gen(function*() {
      const { assume } = yield* createRole("picky", { Action: ["sts:AssumeRole", "sts:TagSession"] })
      const rejected = (options: Partial<AssumeRoleCommandInput>) =>
        Effect.map(Effect.flip(assume(options)), ({ code, reason }) => [
          code,
          reason._tag === "Rejected" ? reason.description : reason._tag
        ])
      assert.deepEqual(yield* rejected({ Tags: [{ Key: "a", Value: "1" }, { Key: "A", Value: "2" }] }), [
        "InvalidParameterValue",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive."
      ])
      assert.deepEqual(yield* rejected({ Tags: [{ Key: "a", Value: "1" }], TransitiveTagKeys: ["b"] }), [
        "InvalidParameterValue",
        "The specified transitive tag key must be included in the requested tags."
      ])
    })
  ),

  "lists each violated constraint of a request in one message": believed(
    "services with the same protocol word violations so",
    Effect.gen(function*() {
      const { assume } = yield* createRole("strict")
      const { code, reason } = yield* Effect.flip(assume({ RoleSessionName: "/", DurationSeconds: 60 }))
      assert.strictEqual(code, "ValidationError")
      assert.strictEqual(
        reason._tag === "Rejected" ? reason.description : reason._tag,
        "3 validation errors detected: " +
          "Value '/' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*; " +
          "Value '/' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2; " +
          "Value '60' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"
      )
    })
  )
})
