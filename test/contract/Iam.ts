import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListPoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  ListUserTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  SetDefaultPolicyVersionCommand,
  TagRoleCommand,
  TagUserCommand,
  UntagRoleCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateUserCommand
} from "@aws-sdk/client-iam"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type AwsError, Iam, Sts } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { createPolicy, createProfile, createRole, expectRejected, PolicyDocument, readOnly, trust } from "./iamSetup.ts"

const twoDigits = (i: number) => String(i).padStart(2, "0")

export const iam = contract("Iam", {
  "tells whether a role exists": documented(
    "API_GetRole",
    Effect.gen(function*() {
      assert.isFalse(yield* Iam.roleExists("exists"))
      yield* createRole("exists")
      assert.isTrue(yield* Iam.roleExists("exists"))
    })
  ),

  "rejects an invalid role name when checking for a role": documented(
    "API_GetRole",
    expectRejected(
      Iam.roleExists("no spaces/please"),
      "ValidationError",
      400
    )
  ),

  "succeeds when the role to delete doesn't exist": documented("API_DeleteRole", Iam.deleteRole("never-was")),

  "deletes a role without policies or instance profiles": documented(
    "API_DeleteRole",
    Effect.gen(function*() {
      yield* createRole("bare")
      yield* Iam.deleteRole("bare")
      assert.isFalse(yield* Iam.roleExists("bare"))
    })
  ),

  "detaches everything before deleting a role, and keeps its profiles and managed policies": documented(
    "API_DeleteRole",
    Effect.gen(function*() {
      const RoleName = "loaded"
      yield* createRole(RoleName)
      const PolicyArn = yield* createPolicy("loaded-policy")
      const PermissionsBoundary = yield* createPolicy("loaded-boundary")
      for (const arn of [PolicyArn, readOnly]) {
        yield* Iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: arn }))
      }
      yield* Iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }))
      for (const PolicyName of ["one", "two"]) {
        yield* Iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }))
      }
      yield* createProfile("loaded-profile-1", RoleName)
      yield* createProfile("loaded-profile-2", RoleName)
      yield* Iam.deleteRole(RoleName)
      assert.isFalse(yield* Iam.roleExists(RoleName))
      for (const InstanceProfileName of ["loaded-profile-1", "loaded-profile-2"]) {
        const { InstanceProfile } = yield* Iam.send(new GetInstanceProfileCommand({ InstanceProfileName }))
        assert.deepEqual(InstanceProfile?.Roles, [])
      }
      for (const arn of [PolicyArn, PermissionsBoundary]) {
        const { Policy } = yield* Iam.send(new GetPolicyCommand({ PolicyArn: arn }))
        assert.strictEqual(Policy?.AttachmentCount, 0)
        yield* Iam.send(new DeletePolicyCommand({ PolicyArn: arn }))
      }
    })
  ),

  "deletes a role whose inline policies fill two pages": documented(
    "API_ListRolePolicies",
    Effect.gen(function*() {
      const RoleName = "paged"
      yield* createRole(RoleName)
      // IAM returns 100 policies per page, and a role can have small policies only as many as these.
      const small = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`
      yield* Effect.forEach(
        Array.from({ length: 110 }, (_, i) => `p${i}`),
        (PolicyName) => Iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: small })),
        { concurrency: 8 }
      )
      yield* Iam.deleteRole(RoleName)
      assert.isFalse(yield* Iam.roleExists(RoleName))
    })
  ),

  "refuses to delete a role that still has profiles or policies": believed(
    "users of clients quote the messages, and API_DeleteRole names the conflicts",
    Effect.gen(function*() {
      const RoleName = "conflict"
      const remove = Iam.send(new DeleteRoleCommand({ RoleName }))
      yield* createRole(RoleName)
      yield* createProfile("conflict-profile", RoleName)
      assert.strictEqual(
        yield* expectRejected(remove, "DeleteConflictException", 409),
        "Cannot delete entity, must remove roles from instance profile first."
      )
      yield* Iam.send(new RemoveRoleFromInstanceProfileCommand({ RoleName, InstanceProfileName: "conflict-profile" }))
      yield* Iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "inline", PolicyDocument }))
      assert.strictEqual(
        yield* expectRejected(remove, "DeleteConflictException", 409),
        "Cannot delete entity, must delete policies first."
      )
      yield* Iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: readOnly }))
      assert.strictEqual(
        yield* expectRejected(remove, "DeleteConflictException", 409),
        "Cannot delete entity, must detach all policies first."
      )
      yield* Iam.deleteRole(RoleName)
      yield* expectRejected(remove, "NoSuchEntityException", 404)
    })
  ),

  "creates a role with the given settings and AWS's defaults": recorded(
    "test_iam TestRoles::test_role_with_tags",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      yield* Iam.send(
        new CreateRoleCommand({
          RoleName: "created",
          Path: "/team/",
          AssumeRolePolicyDocument: trust,
          Description: "for a test",
          Tags: [{ Key: "team", Value: "capture" }]
        })
      )
      const { Role } = yield* Iam.send(new GetRoleCommand({ RoleName: "created" }))
      assert.strictEqual(Role?.Arn, `arn:aws:iam::${account}:role/team/created`)
      assert.match(Role?.RoleId ?? "", /^AROA[A-Z0-9]{17}$/)
      assert.strictEqual(Role?.MaxSessionDuration, 3600)
      assert.strictEqual(Role?.Description, "for a test")
      assert.instanceOf(Role?.CreateDate, Date)
      assert.deepEqual(Role?.Tags, [{ Key: "team", Value: "capture" }])
      assert.strictEqual(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""), trust)
      assert.notInclude(Role?.AssumeRolePolicyDocument, "{")
    })
  ),

  "rejects a second role with the same name": recorded(
    "test_iam TestIAMIntegrations::test_recreate_iam_role",
    Effect.gen(function*() {
      yield* createRole("second")
      yield* expectRejected(createRole("second"), "EntityAlreadyExistsException", 409)
    })
  ),

  "rejects an invalid role name when creating a role": documented(
    "API_CreateRole",
    Effect.gen(function*() {
      yield* expectRejected(createRole("with space"), "ValidationError", 400)
      yield* expectRejected(createRole("x".repeat(65)), "ValidationError", 400)
    })
  ),

  "rejects a malformed trust policy": recorded(
    "test_iam TestIAMExtensions::test_create_role_with_malformed_assume_role_policy_document",
    Effect.gen(function*() {
      const create = (AssumeRolePolicyDocument: string) =>
        Iam.send(new CreateRoleCommand({ RoleName: "malformed", AssumeRolePolicyDocument }))
      yield* expectRejected(create("{"), "MalformedPolicyDocumentException", 400)
      yield* expectRejected(create(PolicyDocument), "MalformedPolicyDocumentException", 400)
      assert.isFalse(yield* Iam.roleExists("malformed"))
    })
  ),

  "updates a role's description, session duration and trust policy": documented(
    "API_UpdateRole",
    Effect.gen(function*() {
      const RoleName = "updated"
      yield* createRole(RoleName)
      yield* Iam.send(new UpdateRoleCommand({ RoleName, Description: "new", MaxSessionDuration: 7200 }))
      const other = trust.replace("ec2", "lambda")
      yield* Iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: other }))
      const { Role } = yield* Iam.send(new GetRoleCommand({ RoleName }))
      assert.deepInclude({ ...Role }, { Description: "new", MaxSessionDuration: 7200 })
      assert.strictEqual(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""), other)
      yield* expectRejected(
        Iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: "not json" })),
        "MalformedPolicyDocumentException",
        400
      )
    })
  ),

  "lists the roles below a path in three pages": documented(
    "API_ListRoles",
    Effect.gen(function*() {
      const names = Array.from({ length: 7 }, (_, i) => `listed-${twoDigits(i)}`)
      yield* Effect.forEach(
        names,
        (RoleName) => Iam.send(new CreateRoleCommand({ RoleName, Path: "/listed/", AssumeRolePolicyDocument: trust }))
      )
      yield* createRole("not-listed")
      const pages = yield* Stream.runCollect(Iam.pages(new ListRolesCommand({ PathPrefix: "/listed/", MaxItems: 3 })))
      assert.deepEqual(pages.map(({ Roles }) => Roles?.length), [3, 3, 1])
      assert.deepEqual(pages.flatMap(({ Roles = [] }) => Roles.map(({ RoleName }) => RoleName)).sort(), names)
    })
  ),

  "rejects a page size of more than 1,000 roles": documented(
    "API_ListRoles",
    expectRejected(
      Iam.send(new ListRolesCommand({ MaxItems: 1001 })),
      "ValidationError",
      400
    )
  ),

  "puts, overwrites, lists and reads inline policies": recorded(
    "test_iam TestIAMPolicyEncoding::test_put_role_policy_encoding",
    Effect.gen(function*() {
      const RoleName = "inline"
      yield* createRole(RoleName)
      const names = Array.from({ length: 7 }, (_, i) => `inline-${twoDigits(i)}`)
      yield* Effect.forEach(
        [...names, "inline-00"],
        (PolicyName) => Iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }))
      )
      const found = yield* Stream.runCollect(
        Iam.items(new ListRolePoliciesCommand({ RoleName, MaxItems: 3 }), ({ PolicyNames }) => PolicyNames)
      )
      assert.deepEqual([...found].sort(), names)
      const policy = yield* Iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: "inline-03" }))
      assert.strictEqual(decodeURIComponent(policy.PolicyDocument ?? ""), PolicyDocument)
      assert.notInclude(policy.PolicyDocument, "{")
      yield* expectRejected(
        Iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: "none" })),
        "NoSuchEntityException",
        404
      )
      for (const document of ["{", trust, PolicyDocument.replace("s3:GetObject", "GetObject")]) {
        yield* expectRejected(
          Iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "bad", PolicyDocument: document })),
          "MalformedPolicyDocumentException",
          400
        )
      }
    })
  ),

  "attaches and lists managed policies, and rejects missing ones": recorded(
    "test_iam TestIAMIntegrations::test_role_attach_policy",
    Effect.gen(function*() {
      const RoleName = "attached"
      yield* createRole(RoleName)
      const arns = yield* Effect.forEach(Array.from({ length: 7 }, (_, i) => `attached-${twoDigits(i)}`), createPolicy)
      yield* Effect.forEach(
        [...arns, readOnly, readOnly],
        (PolicyArn) => Iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
      )
      const pages = yield* Stream.runCollect(Iam.pages(new ListAttachedRolePoliciesCommand({ RoleName, MaxItems: 3 })))
      assert.deepEqual(pages.map(({ AttachedPolicies }) => AttachedPolicies?.length), [3, 3, 2])
      assert.deepEqual(
        pages.flatMap(({ AttachedPolicies }) => AttachedPolicies?.map(({ PolicyArn }) => PolicyArn)).sort(),
        [...arns, readOnly].sort()
      )
      yield* expectRejected(
        Iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: `${arns[0]}-none` })),
        "NoSuchEntityException",
        404
      )
    })
  ),

  "rejects a malformed policy ARN": recorded(
    "test_iam TestIAMIntegrations::test_role_attach_policy",
    Effect.gen(function*() {
      const RoleName = "unattached"
      yield* createRole(RoleName)
      yield* expectRejected(
        Iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: "no-arn-but-long-enough" })),
        "ValidationError",
        400
      )
    })
  ),

  "refuses to delete an attached policy": documented(
    "API_DeletePolicy",
    Effect.gen(function*() {
      const RoleName = "holds"
      yield* createRole(RoleName)
      const PolicyArn = yield* createPolicy("held")
      yield* Iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
      yield* expectRejected(Iam.send(new DeletePolicyCommand({ PolicyArn })), "DeleteConflictException", 409)
    })
  ),

  "lists a role's instance profiles and each profile's role": documented(
    "API_ListInstanceProfilesForRole",
    Effect.gen(function*() {
      yield* createRole("profiled")
      yield* createProfile("profile", "profiled")
      const { InstanceProfiles = [] } = yield* Iam.send(
        new ListInstanceProfilesForRoleCommand({ RoleName: "profiled" })
      )
      assert.deepEqual(InstanceProfiles.map(({ InstanceProfileName }) => InstanceProfileName), ["profile"])
      assert.deepEqual(InstanceProfiles[0]?.Roles?.map(({ RoleName }) => RoleName), ["profiled"])
      yield* expectRejected(
        Iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: "none", RoleName: "profiled" })),
        "NoSuchEntityException",
        404
      )
    })
  ),

  "limits a profile to one role, a user to two access keys and a policy to five versions": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    Effect.gen(function*() {
      const expectLimitExceeded = <A, R>(effect: Effect.Effect<A, AwsError, R>) =>
        expectRejected(effect, "LimitExceededException", 409)
      yield* createRole("limited")
      yield* createProfile("limited-profile", "limited")
      const add = { InstanceProfileName: "limited-profile", RoleName: "limited-too" }
      yield* createRole("limited-too")
      yield* expectLimitExceeded(Iam.send(new AddRoleToInstanceProfileCommand(add)))

      yield* Iam.send(new CreateUserCommand({ UserName: "limited" }))
      const key = Iam.send(new CreateAccessKeyCommand({ UserName: "limited" }))
      yield* Effect.repeat(key, { times: 1 })
      yield* expectLimitExceeded(key)

      const PolicyArn = yield* createPolicy("limited")
      const version = Iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument }))
      yield* Effect.repeat(version, { times: 3 })
      yield* expectLimitExceeded(version)
    })
  ),

  "rejects a permissions boundary that isn't a policy": believed(
    "API_PutRolePermissionsBoundary has this error, and none other that would fit",
    Effect.gen(function*() {
      yield* createRole("bounded")
      yield* expectRejected(
        Iam.send(
          new PutRolePermissionsBoundaryCommand({
            RoleName: "bounded",
            PermissionsBoundary: "arn:aws:iam::123456789012:not_a_policy/invalid"
          })
        ),
        "InvalidInputException",
        400
      )
    })
  ),

  "sets, lists and removes role tags": documented(
    "API_TagRole",
    Effect.gen(function*() {
      const RoleName = "tagged"
      yield* createRole(RoleName)
      yield* Iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: "a", Value: "1" }, { Key: "b", Value: "2" }] }))
      yield* Iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: "b", Value: "3" }] }))
      yield* Iam.send(new UntagRoleCommand({ RoleName, TagKeys: ["a"] }))
      const { Tags } = yield* Iam.send(new ListRoleTagsCommand({ RoleName }))
      assert.deepEqual(Tags, [{ Key: "b", Value: "3" }])
      yield* expectRejected(
        Iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: "k", Value: "1" }, { Key: "K", Value: "2" }] })),
        "InvalidInputException",
        400
      )
    })
  ),

  "refuses to delete a user that has access keys": documented(
    "API_DeleteUser",
    Effect.gen(function*() {
      const UserName = "keyed"
      const key = Effect.map(
        Iam.send(new CreateAccessKeyCommand({ UserName })),
        ({ AccessKey }) => AccessKey?.AccessKeyId
      )
      yield* Iam.send(new CreateUserCommand({ UserName }))
      const keys = [yield* key, yield* key]
      yield* expectRejected(Iam.send(new DeleteUserCommand({ UserName })), "DeleteConflictException", 409)
      for (const AccessKeyId of keys) yield* Iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
      yield* Iam.send(new DeleteUserCommand({ UserName }))
    })
  ),

  "gives a user policies, and refuses to delete the user until they are gone": documented(
    "API_DeleteUser",
    Effect.gen(function*() {
      const UserName = "holder"
      const remove = Iam.send(new DeleteUserCommand({ UserName }))
      yield* Iam.send(new CreateUserCommand({ UserName }))
      yield* Iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "inline", PolicyDocument }))
      yield* Iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: readOnly }))
      const inline = yield* Iam.send(new GetUserPolicyCommand({ UserName, PolicyName: "inline" }))
      assert.strictEqual(decodeURIComponent(inline.PolicyDocument ?? ""), PolicyDocument)
      const { AttachedPolicies } = yield* Iam.send(new ListAttachedUserPoliciesCommand({ UserName }))
      assert.deepEqual(AttachedPolicies, [{ PolicyName: "ReadOnlyAccess", PolicyArn: readOnly }])
      yield* expectRejected(
        Iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: "arn:aws:iam::123456789012:policy/none" })),
        "NoSuchEntityException",
        404
      )
      yield* expectRejected(remove, "DeleteConflictException", 409)
      yield* Iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: readOnly }))
      yield* expectRejected(remove, "DeleteConflictException", 409)
      yield* Iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: "inline" }))
      yield* remove
      yield* expectRejected(Iam.send(new GetUserCommand({ UserName })), "NoSuchEntityException", 404)
    })
  ),

  "sets a user's boundary and tags, and renames the user": recorded(
    "test_iam TestIAMExtensions::test_create_user_add_permission_boundary_afterwards",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const boundary = yield* createPolicy("user-boundary")
      yield* Iam.send(new CreateUserCommand({ UserName: "before", Tags: [{ Key: "team", Value: "capture" }] }))
      yield* Iam.send(new TagUserCommand({ UserName: "before", Tags: [{ Key: "stage", Value: "test" }] }))
      yield* Iam.send(new UntagUserCommand({ UserName: "before", TagKeys: ["team"] }))
      yield* Iam.send(
        new PutUserPermissionsBoundaryCommand({ UserName: "before", PermissionsBoundary: boundary })
      )
      yield* Iam.send(new UpdateUserCommand({ UserName: "before", NewUserName: "after", NewPath: "/team/" }))
      const { Tags } = yield* Iam.send(new ListUserTagsCommand({ UserName: "after" }))
      assert.deepEqual(Tags, [{ Key: "stage", Value: "test" }])
      const { User } = yield* Iam.send(new GetUserCommand({ UserName: "after" }))
      assert.strictEqual(User?.Arn, `arn:aws:iam::${account}:user/team/after`)
      assert.strictEqual(User?.PermissionsBoundary?.PermissionsBoundaryArn, boundary)
      yield* expectRejected(Iam.send(new GetUserCommand({ UserName: "before" })), "NoSuchEntityException", 404)
    })
  ),

  "lists the status of an access key": documented(
    "API_UpdateAccessKey",
    Effect.gen(function*() {
      const UserName = "keyholder"
      yield* Iam.send(new CreateUserCommand({ UserName }))
      const { AccessKey } = yield* Iam.send(new CreateAccessKeyCommand({ UserName }))
      const status = Effect.map(
        Iam.send(new ListAccessKeysCommand({ UserName })),
        ({ AccessKeyMetadata = [] }) => AccessKeyMetadata.map(({ Status }) => Status)
      )
      assert.deepEqual(yield* status, ["Active"])
      yield* Iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: AccessKey!.AccessKeyId, Status: "Inactive" }))
      assert.deepEqual(yield* status, ["Inactive"])
      yield* expectRejected(
        Iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: "AKIA0000000000000000", Status: "Active" })),
        "NoSuchEntityException",
        404
      )
    })
  ),

  "changes the default version of a policy": documented(
    "API_SetDefaultPolicyVersion",
    Effect.gen(function*() {
      const PolicyArn = yield* createPolicy("versioned")
      const other = PolicyDocument.replace("GetObject", "PutObject")
      yield* Iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: other }))
      yield* Iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v2" }))
      const { Policy } = yield* Iam.send(new GetPolicyCommand({ PolicyArn }))
      assert.strictEqual(Policy?.DefaultVersionId, "v2")
      const { PolicyVersion } = yield* Iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v2" }))
      assert.strictEqual(decodeURIComponent(PolicyVersion?.Document ?? ""), other)
      assert.isTrue(PolicyVersion?.IsDefaultVersion)
      yield* expectRejected(
        Iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v3" })),
        "NoSuchEntityException",
        404
      )
    })
  ),

  "lists the policies that limit a role or a user": documented(
    "API_ListPolicies",
    Effect.gen(function*() {
      const attached = yield* createPolicy("used-attached")
      const boundary = yield* createPolicy("used-boundary")
      yield* createPolicy("used-never")
      yield* createRole("user-of-policies")
      yield* Iam.send(new AttachRolePolicyCommand({ RoleName: "user-of-policies", PolicyArn: attached }))
      yield* Iam.send(new CreateUserCommand({ UserName: "limited-user", PermissionsBoundary: boundary }))
      const list = (PolicyUsageFilter: "PermissionsPolicy" | "PermissionsBoundary") =>
        Iam.items(new ListPoliciesCommand({ Scope: "Local", PolicyUsageFilter }), ({ Policies }) => Policies).pipe(
          Stream.filter(({ PolicyName = "" }) => PolicyName.startsWith("used-")),
          Stream.map(({ Arn }) => Arn),
          Stream.runCollect
        )
      assert.deepEqual(yield* list("PermissionsPolicy"), [attached])
      assert.deepEqual(yield* list("PermissionsBoundary"), [boundary])
    })
  ),

  "lists each violated constraint of a request in one message": believed(
    "the recorded answer of test_iam TestIAMServiceSpecificCredentials::test_invalid_update_parameters has one of them, in these words",
    Effect.gen(function*() {
      const message = yield* expectRejected(
        Iam.send(
          new CreateRoleCommand({
            RoleName: "x".repeat(65),
            AssumeRolePolicyDocument: trust,
            MaxSessionDuration: 60,
            Tags: [{ Key: "k".repeat(129), Value: "v" }]
          })
        ),
        "ValidationError",
        400
      )
      assert.strictEqual(
        message,
        "3 validation errors detected: " +
          "Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64; " +
          "Value at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600; " +
          "Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128"
      )
    })
  )
})
