import {
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateUserCommand
} from "@aws-sdk/client-iam"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Iam, Sts } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { refusal } from "./support/rejections.ts"

const allow = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" } as const
const policyOf = (...Statement: ReadonlyArray<object>) => JSON.stringify({ Version: "2012-10-17", Statement })

const trusted = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }
const trust = policyOf(trusted)

const malformed = (message: string) => ["MalformedPolicyDocumentException", 400, message]

const create = (PolicyDocument: string) => Iam.send(new CreatePolicyCommand({ PolicyName: "refused", PolicyDocument }))

/** Expects that a permissions policy is refused with each of these messages. */
const refusesPolicies = (messages: Readonly<Record<string, ReadonlyArray<string>>>) =>
  Effect.gen(function*() {
    for (const [message, documents] of Object.entries(messages)) {
      for (const document of documents) {
        assert.deepEqual(yield* refusal(create(document)), malformed(message), document)
      }
    }
  })

/** Expects that a trust policy is refused with each of these messages. */
const refusesTrust = (messages: Readonly<Record<string, ReadonlyArray<string>>>) =>
  Effect.gen(function*() {
    for (const [message, documents] of Object.entries(messages)) {
      for (const AssumeRolePolicyDocument of documents) {
        assert.deepEqual(
          yield* refusal(Iam.send(new CreateRoleCommand({ RoleName: "refused", AssumeRolePolicyDocument }))),
          malformed(message),
          AssumeRolePolicyDocument
        )
      }
    }
  })

const syntaxErrors = "Syntax errors in policy."

export const iamDocuments = contract("Iam", {
  "rejects a policy that isn't JSON, lacks statements or has fields that no policy has": believed(
    "the message is in bug reports, and moto's tests found what it is for",
    refusesPolicies({
      [syntaxErrors]: [
        "not json",
        "null",
        "[]",
        JSON.stringify({ Version: "2012-10-17" }),
        policyOf(),
        JSON.stringify({ Version: "2012-10-17", Statement: ["s3:GetObject"] }),
        JSON.stringify({ Version: "2012-10-17", Statement: [allow], Owner: "me" }),
        JSON.stringify({ Version: "2012-10-17", Statement: [allow], Id: 1 }),
        JSON.stringify({ Version: "2013-10-17", Statement: [allow] }),
        policyOf({ ...allow, Actions: "s3:PutObject" }),
        policyOf({ ...allow, Sid: 1 })
      ]
    })
  ),

  "rejects a statement with two kinds of actions or resources, or with values of the wrong type": believed(
    "the message is in bug reports, and moto's tests found what it is for",
    refusesPolicies({
      [syntaxErrors]: [
        policyOf({ ...allow, NotAction: "s3:PutObject" }),
        policyOf({ ...allow, NotResource: "arn:aws:s3:::bucket" }),
        policyOf({ ...allow, Action: 1 }),
        policyOf({ ...allow, Resource: [{}] }),
        policyOf({ ...allow, Effect: "Maybe" }),
        policyOf({ Action: "s3:GetObject", Resource: "*" })
      ]
    })
  ),

  "rejects a condition with an operator that AWS doesn't have": believed(
    "the message is in bug reports, and moto's tests found what it is for",
    Effect.gen(function*() {
      const withCondition = (operator: string, value: unknown) =>
        policyOf({ ...allow, Condition: { [operator]: { "aws:username": value } } })
      yield* refusesPolicies({
        [syntaxErrors]: [
          withCondition("StringEqual", "me"),
          withCondition("stringEquals", "me"),
          withCondition("StringEquals", {}),
          withCondition("ForEveryValue:StringEquals", "me"),
          policyOf({ ...allow, Condition: ["StringEquals"] })
        ],
        "The policy failed legacy parsing": [withCondition("DateEquals", "yesterday")]
      })
      const accepted = ["StringEqualsIfExists", "ForAnyValue:StringLike", "ArnNotLike", "NotIpAddress", "Null", "Bool"]
      for (const [i, operator] of accepted.entries()) {
        yield* Iam.send(
          new CreatePolicyCommand({ PolicyName: `condition-${i}`, PolicyDocument: withCondition(operator, "true") })
        )
      }
    })
  ),

  "rejects a policy of an old version": believed(
    "https://github.com/hashicorp/terraform/issues/2247 has the answer",
    refusesPolicies({
      "Policy document must be version 2012-10-17 or greater.": [
        JSON.stringify({ Statement: [allow] }),
        JSON.stringify({ Version: "2008-10-17", Statement: [allow] })
      ]
    })
  ),

  "rejects an effect in lower case": believed(
    "https://github.com/hashicorp/terraform/issues/10057 has the answer",
    refusesPolicies({ "The policy failed legacy parsing": [policyOf({ ...allow, Effect: "allow" })] })
  ),

  "rejects two statements with one id, and ids that aren't alphanumeric": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html",
    Effect.gen(function*() {
      const one = { ...allow, Sid: "one" }
      yield* refusesPolicies({
        "Statement IDs (SID) in a single policy must be unique.": [policyOf(one, one)],
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*":
          [
            policyOf({ ...allow, Sid: "a b" })
          ]
      })
      yield* Iam.send(
        new CreatePolicyCommand({
          PolicyName: "ids",
          PolicyDocument: policyOf({ ...allow, Sid: "" }, { ...allow, Sid: "" })
        })
      )
    })
  ),

  "rejects actions that are missing, or have no vendor or too many colons": believed(
    "the messages are in bug reports, and moto's tests found what they are for",
    refusesPolicies({
      "Policy statement must contain actions.": [
        policyOf({ Effect: "Allow", Resource: "*" }),
        policyOf({ ...allow, Action: [] })
      ],
      "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.": [
        policyOf({ ...allow, Action: "GetObject" }),
        policyOf({ Effect: "Deny", NotAction: ["s3:GetObject", "PutObject"], Resource: "*" })
      ],
      "Actions/Condition can contain only one colon.": [policyOf({ ...allow, Action: "s3:Get:Object" })],
      "Vendor s 3 is not valid": [policyOf({ ...allow, Action: "s 3:GetObject" })]
    })
  ),

  "rejects a statement whose resources are missing, aren't ARNs, or are in another partition": believed(
    "the messages are in bug reports, and moto's tests found what they are for",
    refusesPolicies({
      "Policy statement must contain resources.": [
        policyOf({ Effect: "Allow", Action: "s3:GetObject" }),
        policyOf({ ...allow, Resource: [] })
      ],
      "Resource bucket must be in ARN format or \"*\".": [
        policyOf({ ...allow, Resource: "bucket" }),
        policyOf(allow, { ...allow, Resource: ["arn:aws:s3:::bucket", "bucket"] })
      ],
      "Partition \"aws-moon\" is not valid for resource \"arn:aws-moon:s3:::bucket\".": [
        policyOf({ ...allow, Resource: "arn:aws-moon:s3:::bucket" })
      ],
      "Resource vendor must be fully qualified and cannot contain regexes.": [
        policyOf({ ...allow, Resource: "arn:aws" })
      ],
      "Resource arn:aws:s3:us-east-1:123456789012:bucket can not contain region information.": [
        policyOf({ ...allow, Resource: "arn:aws:s3:us-east-1:123456789012:bucket" })
      ],
      "IAM resource arn:aws:iam:us-east-1::role/r cannot contain region information.": [
        policyOf({ ...allow, Resource: "arn:aws:iam:us-east-1::role/r" })
      ],
      "The policy failed legacy parsing": [policyOf({ ...allow, Resource: "arn:aws:sns::topic" })]
    })
  ),

  "rejects a permissions policy with a principal": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    Effect.gen(function*() {
      yield* Iam.send(new CreateRoleCommand({ RoleName: "unprincipled", AssumeRolePolicyDocument: trust }))
      const PolicyDocument = policyOf({ ...allow, Principal: "*" })
      assert.deepEqual(
        yield* refusal(
          Iam.send(new PutRolePolicyCommand({ RoleName: "unprincipled", PolicyName: "inline", PolicyDocument }))
        ),
        malformed("Policy document should not specify a principal.")
      )
    })
  ),

  "rejects a trust policy that isn't JSON": recorded(
    "test_iam TestIAMExtensions::test_create_role_with_malformed_assume_role_policy_document",
    refusesTrust({ "This policy contains invalid Json": ["{\"Version\":\"2012-10-17\",}", "[]"] })
  ),

  "rejects a trust policy without the parts that it needs": believed(
    "the messages are in bug reports",
    Effect.gen(function*() {
      const { Action, Effect: _, Principal } = trusted
      yield* refusesTrust({
        "Missing required field Statement": [JSON.stringify({ Version: "2012-10-17" })],
        "Could not parse the policy: Statement is empty!": [policyOf()],
        "Missing required field Effect": [policyOf({ Principal, Action })],
        "Missing required field Principal": [policyOf({ Effect: "Allow", Action })],
        "Missing required field Action": [policyOf({ Effect: "Allow", Principal })],
        "Missing required field Principal cannot be empty!": [policyOf({ ...trusted, Principal: { AWS: [] } })]
      })
    })
  ),

  "rejects a trust policy with resources, other fields or other actions": believed(
    "the messages are in bug reports",
    refusesTrust({
      "Has prohibited field Resource": [policyOf({ ...trusted, Resource: "*" })],
      "Unknown field Principals": [policyOf({ ...trusted, Principals: "*" })],
      "Invalid effect: allow": [policyOf({ ...trusted, Effect: "allow" })],
      "AssumeRole policy may only specify STS AssumeRole actions.": [
        policyOf({ ...trusted, Action: ["sts:AssumeRole", "s3:GetObject"] })
      ]
    })
  ),

  "names an account by the ARN of its root user in a trust policy": believed(
    "Terraform compares policies so that both names of an account are equal, because AWS answers the ARN",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      yield* Iam.send(
        new CreateRoleCommand({
          RoleName: "trusting-an-account",
          AssumeRolePolicyDocument: policyOf({ ...trusted, Principal: { AWS: account } })
        })
      )
      const { Role } = yield* Iam.send(new GetRoleCommand({ RoleName: "trusting-an-account" }))
      assert.deepEqual(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).Statement[0].Principal, {
        AWS: `arn:aws:iam::${account}:root`
      })
    })
  ),

  "rejects a trust policy that names a principal that doesn't exist": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const policies = (["role", "user"] as const).map((kind) => {
        const AWS = `arn:aws:iam::${account}:${kind}/never-was`
        return [`Invalid principal in policy: "AWS":"${AWS}"`, [policyOf({ ...trusted, Principal: { AWS } })]] as const
      })
      yield* refusesTrust(Object.fromEntries(policies))
    })
  ),

  "limits a trust policy to 2,048 characters, and a managed policy to 6,144, without white space": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    Effect.gen(function*() {
      const long = (size: number) => "x".repeat(size)
      const condition = (text: string) => ({ Condition: { StringEquals: { "aws:username": text } } })
      const { length } = policyOf({ ...allow, ...condition("") })
      assert.deepEqual(
        yield* refusal(create(policyOf({ ...allow, ...condition(long(6145 - length)) }))),
        ["LimitExceededException", 409, "Cannot exceed quota for PolicySize: 6144"]
      )
      yield* Iam.send(
        new CreatePolicyCommand({
          PolicyName: "longest",
          PolicyDocument: `${policyOf({ ...allow, ...condition(long(6144 - length)) })}\n\n`
        })
      )
      yield* Iam.send(new CreateRoleCommand({ RoleName: "longest", AssumeRolePolicyDocument: trust }))
      const PolicyDocument = policyOf({ ...trusted, ...condition(long(2048)) })
      assert.deepEqual(
        yield* refusal(Iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "longest", PolicyDocument }))),
        ["LimitExceededException", 409, "Cannot exceed quota for ACLSizePerRole: 2048"]
      )
    })
  ),

  "shows the new ARN of a user who was renamed in a trust policy, and the id of one who was deleted": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    Effect.gen(function*() {
      const { User } = yield* Iam.send(new CreateUserCommand({ UserName: "trusted-before" }))
      yield* Iam.send(
        new CreateRoleCommand({
          RoleName: "trusting-a-user",
          AssumeRolePolicyDocument: policyOf({ ...trusted, Principal: { AWS: User?.Arn } })
        })
      )
      const principal = Effect.map(Iam.send(new GetRoleCommand({ RoleName: "trusting-a-user" })), ({ Role }) => {
        const policy = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""))
        return policy.Statement[0].Principal.AWS as unknown
      })
      yield* Iam.send(new UpdateUserCommand({ UserName: "trusted-before", NewUserName: "trusted-after" }))
      assert.strictEqual(yield* principal, User?.Arn?.replace("before", "after"))
      yield* Iam.send(new DeleteUserCommand({ UserName: "trusted-after" }))
      assert.strictEqual(yield* principal, User?.UserId)
      yield* Iam.send(new CreateUserCommand({ UserName: "trusted-after" }))
      assert.strictEqual(yield* principal, User?.UserId)
    })
  )
})
