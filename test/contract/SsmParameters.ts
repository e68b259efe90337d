import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersCommand,
  GetServiceSettingCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  ResetServiceSettingCommand,
  UpdateServiceSettingCommand
} from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ssm } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"
import { rejection } from "./support/rejections.ts"

const put = (Name: string, members: Partial<PutParameterCommandInput> = {}) =>
  Ssm.send(new PutParameterCommand({ Name, Value: "x", Type: "String", ...members }))

const codeOf = (Name: string, members: Partial<PutParameterCommandInput>) =>
  Effect.map(rejection(put(Name, members)), ([code]) => code)

const described = (name: string) =>
  Effect.map(
    Ssm.send(new DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Values: [name] }] })),
    ({ Parameters = [] }) => ({ ...Parameters[0] })
  )

const advanced = { Tier: "Advanced", Overwrite: true } as const

const policy = (Type: string, Attributes: object) => ({ Type, Version: "1.0", Attributes })
const expiration = policy("Expiration", { Timestamp: "2199-12-02T21:34:33.000Z" })
const notification = policy("ExpirationNotification", { Before: "15", Unit: "Days" })
const noChange = policy("NoChangeNotification", { After: "20", Unit: "Hours" })

export const ssmParameters = contract("Ssm", {
  "puts a parameter into the tier that Intelligent-Tiering chooses": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
    Effect.gen(function*() {
      const Tier = "Intelligent-Tiering"
      assert.strictEqual((yield* put("/tier/small", { Tier })).Tier, "Standard")
      assert.strictEqual((yield* put("/tier/large", { Tier, Value: "x".repeat(4_097) })).Tier, "Advanced")
      const Policies = JSON.stringify([expiration])
      assert.strictEqual((yield* put("/tier/policy", { Tier, Policies })).Tier, "Advanced")
      // An advanced parameter stays one.
      assert.strictEqual((yield* put("/tier/large", { Tier, Overwrite: true })).Tier, "Advanced")
    })
  ),

  "limits the bytes of a value by its tier": believed(
    "AWS's answer for the standard tier is in hashicorp/terraform-provider-aws issue 18521",
    Effect.gen(function*() {
      yield* put("/size/a", { Value: "é".repeat(2_048) })
      const [code, message] = yield* rejection(put("/size/b", { Value: "é".repeat(2_049) }))
      assert.strictEqual(code, "ValidationException")
      assert.include(
        String(message),
        "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter " +
          "value, upgrade the parameter to use the advanced-parameter tier."
      )
      yield* put("/size/b", { Value: "x".repeat(8_192), ...advanced })
      assert.strictEqual(yield* codeOf("/size/b", { Value: "x".repeat(8_193), ...advanced }), "ValidationException")
    })
  ),

  "rejects a value that refers to a parameter": believed(
    "the rule is documented; AWS's message is in the checks of a CDK linter",
    Effect.gen(function*() {
      for (const Value of ["{{ssm:other}}", "a {{ b }} c", "{{}}"]) {
        assert.deepEqual(yield* rejection(put("/nested", { Value })), [
          "ValidationException",
          `Parameter value can't nest another parameter. Do not use "{{}}" in the value.`
        ])
      }
      yield* put("/nested", { Value: "{ {x} } }}{{" })
    })
  ),

  "changes the type of a parameter that isn't in a hierarchy": believed(
    "an acceptance test of Terraform's AWS provider does so (TestAccSSMParameter_updateType)",
    Effect.gen(function*() {
      yield* put("typed", { Type: "SecureString" })
      yield* put("typed", { Type: "String", Overwrite: true })
      const { KeyId, Type } = yield* described("typed")
      assert.deepEqual([Type, KeyId], ["String", undefined])
    })
  ),

  "refuses to change the type of a parameter in a hierarchy": documented(
    "API_PutParameter",
    Effect.gen(function*() {
      yield* put("/typed/a")
      assert.strictEqual(
        yield* codeOf("/typed/a", { Type: "StringList", Overwrite: true }),
        "HierarchyTypeMismatchException"
      )
    })
  ),

  "shows the policies of an advanced parameter, keeps them when overwriting, and removes them": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html",
    Effect.gen(function*() {
      const policies = [expiration, notification, noChange]
      yield* put("/policies/a", { ...advanced, Policies: JSON.stringify(policies) })
      const shown = policies.map((policy) => ({
        PolicyText: JSON.stringify(policy),
        PolicyType: policy.Type,
        PolicyStatus: "Pending"
      }))
      assert.deepEqual((yield* described("/policies/a")).Policies, shown)
      yield* put("/policies/a", { Overwrite: true })
      assert.deepEqual((yield* described("/policies/a")).Policies, shown)
      yield* put("/policies/a", { Overwrite: true, Policies: "[{}]" })
      assert.deepEqual((yield* described("/policies/a")).Policies, [])
      const { Parameters = [] } = yield* Ssm.send(new GetParameterHistoryCommand({ Name: "/policies/a" }))
      assert.deepEqual(Parameters.map(({ Policies }) => Policies?.length), [3, 3, 0])
    })
  ),

  "rejects invalid policies": believed(
    "the codes are documented; a linter for CDK has measured AWS's messages",
    Effect.gen(function*() {
      const wrong = "InvalidPolicyAttributeException"
      const { Type, Version } = expiration
      const problems: ReadonlyArray<readonly [policies: ReadonlyArray<object>, code: string, message: string]> = [
        [[policy("Deletion", {})], "InvalidPolicyTypeException", "Policy type Deletion is not supported."],
        [[expiration, expiration], "IncompatiblePolicyException", "There can be only one expiration policy"],
        [
          [notification],
          "IncompatiblePolicyException",
          "Expiration notification policies are missing expiration policy"
        ],
        [
          Array.from({ length: 11 }, () => noChange),
          "PoliciesLimitExceededException",
          "Number of policies attached to a parameter cannot exceed 10"
        ],
        [[policy(Type, {})], wrong, "A valid Expiration policy must have an attribute of Timestamp."],
        [[policy(Type, { Timestamp: "tomorrow" })], wrong, "Invalid timestamp format"],
        [[policy("NoChangeNotification", { After: "20", Unit: "Weeks" })], wrong, "Supported time units: DAYS HOURS"],
        [
          [policy("NoChangeNotification", { After: "-1", Unit: "Days" })],
          wrong,
          "Attribute After must be a positive integer."
        ],
        [[policy("NoChangeNotification", { After: "1" })], wrong, "Mandatory policy attribute Unit is missing."],
        [[{ Type, Version }], wrong, "Mandatory policy attribute Attributes is missing."],
        [[{ ...expiration, Version: "2.0" }], wrong, "Unsupported policy version."]
      ]
      for (const [policies, code, message] of problems) {
        const Policies = JSON.stringify(policies)
        assert.deepEqual(yield* rejection(put("/policies/b", { ...advanced, Policies })), [code, message], Policies)
      }
    })
  ),

  "rejects policies that aren't a list, or that have already expired": believed(
    "AWS's answer to an object is in pytorch/test-infra pull request 6858; an expired policy would delete at once",
    Effect.gen(function*() {
      const Policies = JSON.stringify(expiration)
      assert.deepEqual(yield* rejection(put("/policies/c", { ...advanced, Policies })), [
        "ValidationException",
        `Invalid policies input: ${Policies}.`
      ])
      assert.strictEqual(yield* codeOf("/policies/c", { ...advanced, Policies: "[" }), "ValidationException")
      const past = JSON.stringify([policy("Expiration", { Timestamp: "1969-12-02T21:34:33.000Z" })])
      assert.strictEqual(
        yield* codeOf("/policies/c", { ...advanced, Policies: past }),
        "InvalidPolicyAttributeException"
      )
    })
  ),

  "rejects policies for a standard parameter": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html",
    Effect.gen(function*() {
      const Policies = JSON.stringify([noChange])
      assert.strictEqual(yield* codeOf("/policies/d", { Policies }), "ValidationException")
      assert.strictEqual(yield* codeOf("/policies/d", { Policies, Tier: "Standard" }), "ValidationException")
    })
  ),

  "accepts known data types only, and doesn't change them": believed(
    "the types are documented; moto has the message for others",
    Effect.gen(function*() {
      assert.deepEqual(yield* rejection(put("/data/a", { DataType: "aws:EC2:image" })), [
        "ValidationException",
        "The following data type is not supported: aws:EC2:image (Data type names are all lowercase.)"
      ])
      assert.strictEqual(
        yield* codeOf("/data/a", { DataType: "aws:ec2:image", Type: "StringList", Value: "ami-12345678" }),
        "ValidationException"
      )
      yield* put("/data/a", { DataType: "text" })
      assert.strictEqual((yield* described("/data/a")).DataType, "text")
      assert.strictEqual(
        yield* codeOf("/data/a", { DataType: "aws:ec2:image", Value: "ami-12345678", Overwrite: true }),
        "ValidationException"
      )
    })
  ),

  "stores nothing if the image of a parameter doesn't exist, though PutParameter succeeds": documented(
    "API_PutParameter",
    Effect.gen(function*() {
      const { Version } = yield* put("/data/image", { DataType: "aws:ec2:image", Value: "ami-00000000000000000" })
      assert.strictEqual(Version, 1)
      const error = yield* Effect.flip(Ssm.send(new GetParameterCommand({ Name: "/data/image" })))
      assert.strictEqual(error.code, "ParameterNotFound")
    })
  ),

  "rejects a pattern that isn't a regular expression": documented(
    "API_PutParameter",
    Effect.gen(function*() {
      assert.strictEqual(yield* codeOf("/pattern/a", { AllowedPattern: "(" }), "InvalidAllowedPatternException")
    })
  ),

  "drops the pattern of a parameter that is overwritten with an empty one": believed(
    "Terraform's AWS provider sends an empty pattern for none",
    Effect.gen(function*() {
      yield* put("/pattern/b", { AllowedPattern: "x+" })
      yield* put("/pattern/b", { AllowedPattern: "", Value: "y", Overwrite: true })
      assert.isUndefined((yield* described("/pattern/b")).AllowedPattern)
    })
  ),

  "keeps a hundred versions of a parameter, and never drops one that has a label": documented(
    "API_PutParameter",
    Effect.gen(function*() {
      const Name = "/versions/a"
      for (let i = 0; i < 101; i++) yield* put(Name, { Value: String(i), Overwrite: true })
      const history = Effect.map(
        Ssm.send(new GetParameterHistoryCommand({ Name, MaxResults: 50 })),
        ({ Parameters = [] }) => Parameters[0]?.Version
      )
      assert.strictEqual(yield* history, 2)
      yield* Ssm.send(new LabelParameterVersionCommand({ Name, ParameterVersion: 2, Labels: ["keep"] }))
      const [code, message] = yield* rejection(put(Name, { Overwrite: true }))
      assert.strictEqual(code, "ParameterMaxVersionLimitExceeded")
      assert.include(String(message), "Version 2, the oldest version, can't be deleted because it has a label")
    })
  ),

  "lists the names that GetParameters doesn't find, and each parameter once": documented(
    "API_GetParameters",
    Effect.gen(function*() {
      yield* put("/batch/a")
      const Names = ["/batch/a", "/batch/none", "/batch/a", "/batch/a:9", "/batch/a:1"]
      const { InvalidParameters, Parameters = [] } = yield* Ssm.send(new GetParametersCommand({ Names }))
      assert.deepEqual(Parameters.map(({ Name, Selector }) => [Name, Selector]), [
        ["/batch/a", undefined],
        ["/batch/a", ":1"]
      ])
      assert.deepEqual(InvalidParameters, ["/batch/none", "/batch/a:9"])
      const many = Ssm.send(new GetParametersCommand({ Names: Array.from({ length: 11 }, (_, i) => `/p${i}`) }))
      assert.strictEqual((yield* Effect.flip(many)).code, "ValidationException")
    })
  ),

  "accepts the older Filters of DescribeParameters, but not together with ParameterFilters": believed(
    "the old ones are documented; moto has the message",
    Effect.gen(function*() {
      yield* put("/old/a")
      yield* put("/old/b", { Type: "SecureString" })
      const { Parameters = [] } = yield* Ssm.send(
        new DescribeParametersCommand({ Filters: [{ Key: "Type", Values: ["SecureString"] }] })
      )
      assert.deepEqual(Parameters.map(({ Name }) => Name), ["/old/b"])
      const both = Ssm.send(
        new DescribeParametersCommand({
          Filters: [{ Key: "Name", Values: ["/old/a"] }],
          ParameterFilters: [{ Key: "Name", Values: ["/old/a"] }]
        })
      )
      assert.deepEqual(yield* rejection(both), [
        "ValidationException",
        "You can use either Filters or ParameterFilters in a single request."
      ])
    })
  ),

  "puts parameters into the default tier, which is a setting": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-default-tier.html",
    Effect.gen(function*() {
      const SettingId = "/ssm/parameter-store/default-parameter-tier"
      const setting = Effect.map(
        Ssm.send(new GetServiceSettingCommand({ SettingId })),
        ({ ServiceSetting }) => ({ ...ServiceSetting })
      )
      assert.deepInclude(yield* setting, {
        SettingId,
        SettingValue: "Standard",
        ARN: `arn:aws:ssm:us-east-1:123456789012:servicesetting${SettingId}`,
        Status: "Default"
      })
      yield* Ssm.send(
        new UpdateServiceSettingCommand({ SettingId: (yield* setting).ARN, SettingValue: "Advanced" })
      )
      assert.deepInclude(yield* setting, { SettingValue: "Advanced", Status: "Customized" })
      assert.strictEqual((yield* put("/tier/default")).Tier, "Advanced")
      const { ServiceSetting } = yield* Ssm.send(new ResetServiceSettingCommand({ SettingId }))
      assert.deepInclude({ ...ServiceSetting }, { SettingValue: "Standard", Status: "Default" })
      assert.strictEqual((yield* put("/tier/again")).Tier, "Standard")
    })
  ),

  "rejects an unknown setting, or an unknown value of one": documented(
    "API_UpdateServiceSetting",
    Effect.gen(function*() {
      const update = (SettingId: string, SettingValue: string) =>
        Ssm.send(new UpdateServiceSettingCommand({ SettingId, SettingValue }))
      const none = yield* Effect.flip(update("/ssm/none", "x"))
      assert.strictEqual(none.code, "ServiceSettingNotFound")
      const wrong = yield* Effect.flip(update("/ssm/parameter-store/default-parameter-tier", "Cheap"))
      assert.strictEqual(wrong.code, "ValidationException")
    })
  )
})
