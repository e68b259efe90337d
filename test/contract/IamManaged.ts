import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  ListAttachedRolePoliciesCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolesCommand,
  ListUsersCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  SetDefaultPolicyVersionCommand
} from "@aws-sdk/client-iam"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Iam, Sts } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { refusal } from "./support/rejections.ts"

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }]
})
const PolicyDocument = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }]
})
const managed = (name: string) => `arn:aws:iam::aws:policy/${name}`
const lambdaRole = managed("service-role/AWSLambdaBasicExecutionRole")

const createRole = (RoleName: string) => Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }))

const createPolicy = Effect.fnUntraced(function*(PolicyName: string) {
  const { Policy } = yield* Iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }))
  return Policy?.Arn ?? ""
})

/** A policy of this many characters. */
const policyOfSize = (size: number): string => {
  const of = (text: string) =>
    JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Deny", Action: "*", Resource: "*", Sid: text } })
  return of("x".repeat(size - of("").length))
}

export const iamManaged = contract("Iam", {
  "describes an AWS managed policy": documented(
    "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html",
    Effect.gen(function*() {
      const { Policy } = yield* Iam.send(new GetPolicyCommand({ PolicyArn: lambdaRole }))
      assert.deepInclude({ ...Policy }, {
        Arn: lambdaRole,
        PolicyName: "AWSLambdaBasicExecutionRole",
        Path: "/service-role/",
        DefaultVersionId: "v1",
        IsAttachable: true,
        CreateDate: new Date("2015-04-09T15:03:43Z"),
        UpdateDate: new Date("2015-04-09T15:03:43Z")
      })
      assert.match(Policy?.PolicyId ?? "", /^ANPA[A-Z0-9]{17}$/)
    })
  ),

  "returns the document and the versions of an AWS managed policy": documented(
    "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html",
    Effect.gen(function*() {
      const get = (VersionId: string) => Iam.send(new GetPolicyVersionCommand({ PolicyArn: lambdaRole, VersionId }))
      const { PolicyVersion } = yield* get("v1")
      assert.isTrue(PolicyVersion?.IsDefaultVersion)
      assert.deepEqual(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? "")), {
        Version: "2012-10-17",
        Statement: [{
          Effect: "Allow",
          Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: "*"
        }]
      })
      const { Versions = [] } = yield* Iam.send(new ListPolicyVersionsCommand({ PolicyArn: lambdaRole }))
      assert.deepEqual(Versions.map(({ VersionId }) => VersionId), ["v1"])
      assert.deepEqual(yield* refusal(get("v2")), [
        "NoSuchEntityException",
        404,
        `Policy ${lambdaRole} version v2 does not exist or is not attachable.`
      ])
    })
  ),

  "lists AWS managed policies below a path": documented(
    "API_ListPolicies",
    Effect.gen(function*() {
      const list = Iam.items(
        new ListPoliciesCommand({ Scope: "AWS", PathPrefix: "/job-function/", MaxItems: 5 }),
        ({ Policies }) => Policies
      )
      const policies = yield* Stream.runCollect(list)
      const names = policies.map(({ PolicyName }) => PolicyName)
      for (const name of ["Billing", "ViewOnlyAccess", "SupportUser"]) assert.include(names, name)
      assert.isTrue(policies.every(({ Path }) => Path === "/job-function/"))
      assert.isTrue(policies.every(({ Description, Tags }) => Description === undefined && Tags === undefined))
    })
  ),

  "counts the attachments of an AWS managed policy, and lists it as attached": documented(
    "API_ListPolicies",
    Effect.gen(function*() {
      const PolicyArn = managed("AmazonSQSReadOnlyAccess")
      const RoleName = "attaching"
      const attached = Iam.items(
        new ListPoliciesCommand({ Scope: "AWS", OnlyAttached: true }),
        ({ Policies }) => Policies
      ).pipe(Stream.map(({ Arn }) => Arn), Stream.runCollect)
      const count = Effect.map(
        Iam.send(new GetPolicyCommand({ PolicyArn })),
        ({ Policy }) => Policy?.AttachmentCount
      )
      yield* createRole(RoleName)
      yield* Iam.send(new CreateUserCommand({ UserName: RoleName }))
      assert.notInclude(yield* attached, PolicyArn)
      yield* Iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
      yield* Iam.send(new AttachUserPolicyCommand({ UserName: RoleName, PolicyArn }))
      assert.include(yield* attached, PolicyArn)
      assert.strictEqual(yield* count, 2)
      yield* Iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }))
      assert.strictEqual(yield* count, 1)
    })
  ),

  "refuses to attach a policy that doesn't exist": recorded(
    "test_iam TestIAMIntegrations::test_role_attach_policy",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const name = "attached-to"
      yield* createRole(name)
      yield* Iam.send(new CreateUserCommand({ UserName: name }))
      for (const PolicyArn of [`arn:aws:iam::${account}:policy/never-was`, managed("AWSLambdaBasicExecutionRole")]) {
        const message = `Policy ${PolicyArn} does not exist or is not attachable.`
        for (
          const attach of [
            Iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn })),
            Iam.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn }))
          ]
        ) assert.deepEqual(yield* refusal(attach), ["NoSuchEntityException", 404, message])
        assert.deepEqual(
          yield* refusal(
            Iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: name, PermissionsBoundary: PolicyArn }))
          ),
          ["NoSuchEntityException", 404, `Scope ARN: ${PolicyArn} does not exist or is not attachable.`]
        )
      }
    })
  ),

  "refuses to attach the policy of a service-linked role, or one of another partition": believed(
    "https://github.com/aws/aws-cdk/issues/6131 and https://github.com/cattle-ops/terraform-aws-gitlab-runner/issues/1273 have the answers",
    Effect.gen(function*() {
      const RoleName = "unlinked"
      yield* createRole(RoleName)
      const attach = (PolicyArn: string) => refusal(Iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })))
      assert.deepEqual(yield* attach(managed("aws-service-role/AmazonECSServiceRolePolicy")), [
        "PolicyNotAttachableException",
        400,
        "Cannot attach a Service Role Policy to a Customer Role."
      ])
      assert.deepEqual(yield* attach("arn:aws-cn:iam::aws:policy/AdministratorAccess"), [
        "ValidationError",
        400,
        "Invalid ARN partition"
      ])
    })
  ),

  "refuses to change or delete an AWS managed policy": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
    Effect.gen(function*() {
      const PolicyArn = managed("AdministratorAccess")
      for (
        const change of [
          Iam.send(new DeletePolicyCommand({ PolicyArn })),
          Iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument })),
          Iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v1" }))
        ]
      ) assert.deepEqual((yield* refusal(change)).slice(0, 2), ["AccessDenied", 403])
    })
  ),

  "limits a role to ten managed policies": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    Effect.gen(function*() {
      const RoleName = "ten"
      yield* createRole(RoleName)
      const [last = "", ...arns] = yield* Effect.forEach(Array.from({ length: 11 }, (_, i) => `ten-${i}`), createPolicy)
      const attach = (PolicyArn = "") => Iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
      yield* Effect.forEach([...arns, arns[0]], attach)
      assert.deepEqual(yield* refusal(attach(last)), [
        "LimitExceededException",
        409,
        "Cannot exceed quota for PoliciesPerRole: 10"
      ])
      const { AttachedPolicies = [] } = yield* Iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))
      assert.lengthOf(AttachedPolicies, 10)
    })
  ),

  "limits the inline policies of a role to 10,240 characters, and those of a user to 2,048": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    Effect.gen(function*() {
      const name = "packed"
      yield* createRole(name)
      yield* Iam.send(new CreateUserCommand({ UserName: name }))
      const putRole = (PolicyName: string, size: number) =>
        Iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName, PolicyDocument: policyOfSize(size) }))
      const putUser = (PolicyName: string, size: number) =>
        Iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName, PolicyDocument: policyOfSize(size) }))
      const tooMuch = (size: number, holder: string) => [
        "LimitExceededException",
        409,
        `Maximum policy size of ${size} bytes exceeded for ${holder}`
      ]
      yield* putRole("first", 10_000)
      yield* putRole("second", 240)
      assert.deepEqual(yield* refusal(putRole("second", 241)), tooMuch(10_240, "role packed"))
      const { PolicyDocument: kept = "" } = yield* Iam.send(
        new GetRolePolicyCommand({ RoleName: name, PolicyName: "second" })
      )
      assert.lengthOf(decodeURIComponent(kept), 240)
      // A policy that replaces another needs its own room only.
      yield* putRole("first", 9000)
      yield* putUser("first", 2048)
      assert.deepEqual(yield* refusal(putUser("second", 100)), tooMuch(2048, "user packed"))
    })
  ),

  "leaves tags and boundaries out of lists": documented(
    "API_ListRoles",
    Effect.gen(function*() {
      const Tags = [{ Key: "team", Value: "capture" }]
      const PermissionsBoundary = managed("ReadOnlyAccess")
      const Path = "/terse/"
      yield* Iam.send(
        new CreateRoleCommand({ RoleName: "terse", Path, AssumeRolePolicyDocument: trust, Tags, PermissionsBoundary })
      )
      yield* Iam.send(new CreateUserCommand({ UserName: "terse", Path, Tags, PermissionsBoundary }))
      const { Roles = [] } = yield* Iam.send(new ListRolesCommand({ PathPrefix: Path }))
      assert.hasAllKeys(Roles[0], [
        "Path",
        "RoleName",
        "RoleId",
        "Arn",
        "CreateDate",
        "AssumeRolePolicyDocument",
        "MaxSessionDuration"
      ])
      const { Users = [] } = yield* Iam.send(new ListUsersCommand({ PathPrefix: Path }))
      assert.hasAllKeys(Users[0], ["Path", "UserName", "UserId", "Arn", "CreateDate"])
      const { User } = yield* Iam.send(new GetUserCommand({ UserName: "terse" }))
      assert.deepEqual(User?.Tags, Tags)
      assert.strictEqual(User?.CreateDate?.getMilliseconds(), 0)
    })
  )
})
