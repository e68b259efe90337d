import { CreateRoleCommand, TagRoleCommand } from "@aws-sdk/client-iam"
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  DecodeAuthorizationMessageCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand
} from "@aws-sdk/client-sts"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsError, Iam, Sts } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

const guide = (page: string) => `https://docs.aws.amazon.com/IAM/latest/UserGuide/${page}.html`

const actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]

/** Creates a role with statements that name this account, and returns how to assume it. */
const createRole = Effect.fnUntraced(function*(RoleName: string, ...statements: ReadonlyArray<object>) {
  const { account } = yield* Sts.environment
  const AWS = `arn:aws:iam::${account}:root`
  const { Role } = yield* Iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: statements.map((statement) => ({
          Effect: "Allow",
          Principal: { AWS },
          Action: actions,
          ...statement
        }))
      })
    })
  )
  return (options: Partial<AssumeRoleCommandInput> = {}) =>
    Sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "contract", ...options }))
})

const refusal = Effect.fnUntraced(function*<A, R>(effect: Effect.Effect<A, AwsError, R>) {
  const { code, message, statusCode } = yield* Effect.flip(effect)
  return { code, message, statusCode }
})

const expectDenied = <A, R>(effect: Effect.Effect<A, AwsError, R>) =>
  Effect.map(refusal(effect), ({ code, message, statusCode }) => {
    assert.deepEqual([code, statusCode], ["AccessDenied", 403])
    assert.include(message, "is not authorized to perform: sts:")
    return message
  })

export const stsSessions = contract("Sts", {
  "allows a caller whose ARN meets the condition of a trust policy": documented(
    guide("reference_policies_condition-keys"),
    Effect.gen(function*() {
      const { arn, account } = yield* Sts.environment
      const named = (operator: string, value: string | ReadonlyArray<string>) => ({
        Condition: { [operator]: { "aws:PrincipalArn": value } }
      })
      const pattern = arn.replace(/.$/, "*")
      const other = `arn:aws:iam::${account}:role/other`
      for (
        const [i, [operator, value]] of ([["ArnLike", pattern], ["StringLike", pattern], ["ArnEquals", arn], [
          "StringEquals",
          [other, arn]
        ]] as const).entries()
      ) {
        const assume = yield* createRole(`named-${i}`, named(operator, value))
        yield* assume()
      }
      yield* expectDenied((yield* createRole("named-other", named("StringEquals", other)))())
      yield* expectDenied((yield* createRole("named-not", named("ArnNotLike", pattern)))())
    })
  ),

  "denies a role to a caller without MFA, if its trust policy requires MFA": documented(
    guide("id_credentials_mfa_configure-api-require"),
    Effect.gen(function*() {
      const mfa = (operator: string) => ({ Condition: { [operator]: { "aws:MultiFactorAuthPresent": "true" } } })
      yield* expectDenied((yield* createRole("mfa", mfa("Bool")))())
      yield* expectDenied(
        (yield* createRole("mfa-age", { Condition: { NumericLessThan: { "aws:MultiFactorAuthAge": "3600" } } }))()
      )
    })
  ),

  "requires an MFA code along with the serial number of the device": believed(
    "https://github.com/y13i/sgviz/issues/9 has the answer",
    Effect.gen(function*() {
      const message = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
      const { account } = yield* Sts.environment
      const SerialNumber = `arn:aws:iam::${account}:mfa/me`
      const assume = yield* createRole("half", {})
      for (
        const call of [
          assume({ SerialNumber }),
          assume({ TokenCode: "123456" }),
          Sts.send(new GetSessionTokenCommand({ SerialNumber }))
        ]
      ) {
        const refused = yield* refusal(call)
        assert.deepEqual([refused.code, refused.statusCode], ["AccessDenied", 403])
        assert.include(refused.message, message)
      }
    })
  ),

  "says in its answer that a trust policy denies a role explicitly": documented(
    guide("troubleshoot_access-denied"),
    Effect.gen(function*() {
      const assume = yield* createRole("denying", {}, {
        Effect: "Deny",
        Action: "sts:AssumeRole",
        Condition: { StringNotEquals: { "sts:RoleSessionName": "allowed" } }
      })
      yield* assume({ RoleSessionName: "allowed" })
      assert.include(yield* expectDenied(assume()), "with an explicit deny in the role trust policy")
    })
  ),

  "allows the session tags that a trust policy asks for": documented(
    guide("id_session-tags"),
    Effect.gen(function*() {
      const assume = yield* createRole("asking", {
        Condition: {
          StringEquals: { "aws:RequestTag/team": ["capture", "viewer"] },
          "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "stage"] }
        }
      })
      const team = { Key: "team", Value: "capture" }
      yield* assume({ Tags: [team] })
      yield* assume({ Tags: [team, { Key: "stage", Value: "test" }] })
      yield* expectDenied(assume())
      yield* expectDenied(assume({ Tags: [{ Key: "team", Value: "other" }] }))
      yield* expectDenied(assume({ Tags: [team, { Key: "owner", Value: "me" }] }))
    })
  ),

  "compares the tags of a role with a trust policy": documented(
    guide("reference_policies_condition-keys"),
    Effect.gen(function*() {
      const assume = yield* createRole("open", { Condition: { StringEquals: { "aws:ResourceTag/open": "yes" } } })
      yield* expectDenied(assume())
      yield* Iam.send(new TagRoleCommand({ RoleName: "open", Tags: [{ Key: "open", Value: "yes" }] }))
      yield* assume()
    })
  ),

  "issues a federation token": documented(
    "API_GetFederationToken",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const { Credentials, FederatedUser, PackedPolicySize } = yield* Sts.send(
        new GetFederationTokenCommand({
          Name: "Bob",
          DurationSeconds: 900,
          Policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }]
          })
        })
      )
      assert.deepEqual(FederatedUser, {
        FederatedUserId: `${account}:Bob`,
        Arn: `arn:aws:sts::${account}:federated-user/Bob`
      })
      assert.match(Credentials?.AccessKeyId ?? "", /^ASIA/)
      assert.isAbove(PackedPolicySize ?? 0, 0)
    })
  ),

  "rejects a federation token with a name or a policy that is too long": documented(
    "API_GetFederationToken",
    Effect.gen(function*() {
      for (
        const input of [
          { Name: "x".repeat(33) },
          { Name: "a b" },
          { Name: "Bob", DurationSeconds: 129_601 },
          { Name: "Bob", Policy: `{"Version":"2012-10-17"}${" ".repeat(2048)}` }
        ]
      ) {
        const { code, statusCode } = yield* refusal(Sts.send(new GetFederationTokenCommand(input)))
        assert.deepEqual([code, statusCode], ["ValidationError", 400])
      }
    })
  ),

  "rejects session policies that aren't JSON, too large or unknown": documented(
    "API_AssumeRole",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const assume = yield* createRole("limited-session", {})
      const malformed = yield* refusal(assume({ Policy: "not json" }))
      assert.deepEqual([malformed.code, malformed.statusCode], ["MalformedPolicyDocumentException", 400])
      const large = yield* refusal(assume({ Policy: JSON.stringify({ Id: "x".repeat(2100) }) }))
      assert.deepEqual([large.code, large.statusCode], ["PackedPolicyTooLargeException", 400])
      assert.match(large.message, /Packed policy consumes \d+% of allotted space, please use smaller policy\./)
      for (
        const PolicyArns of [
          [{ arn: `arn:aws:iam::${account}:policy/never-was` }],
          Array.from({ length: 11 }, () => ({ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }))
        ]
      ) assert.deepEqual((yield* refusal(assume({ PolicyArns }))).statusCode, 400)
      const { PackedPolicySize = 0 } = yield* assume({
        PolicyArns: [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }]
      })
      assert.isAbove(PackedPolicySize, 0)
    })
  ),

  "rejects session tags with keys that are reserved for AWS": documented(
    guide("id_session-tags"),
    Effect.gen(function*() {
      const assume = yield* createRole("reserved", {})
      const { statusCode } = yield* refusal(assume({ Tags: [{ Key: "aws:team", Value: "capture" }] }))
      assert.strictEqual(statusCode, 400)
    })
  ),

  "rejects an encoded message that AWS didn't write": documented(
    "API_DecodeAuthorizationMessage",
    Effect.gen(function*() {
      const { code, statusCode } = yield* refusal(
        Sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: "not-encoded" }))
      )
      assert.deepEqual([code, statusCode], ["InvalidAuthorizationMessageException", 400])
    })
  )
})
