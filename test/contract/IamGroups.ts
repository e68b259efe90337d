import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DeleteUserCommand,
  DetachGroupPolicyCommand,
  GetGroupCommand,
  GetGroupPolicyCommand,
  ListAttachedGroupPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListGroupPoliciesCommand,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  PutGroupPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  RemoveUserFromGroupCommand,
  UpdateGroupCommand
} from "@aws-sdk/client-iam"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Iam, Sts } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import {
  createPolicy,
  createRole,
  createUser,
  expectMessage,
  expectRejected,
  PolicyDocument,
  readOnly
} from "./iamSetup.ts"

const createGroup = (GroupName: string, Path?: string) => Iam.send(new CreateGroupCommand({ GroupName, Path }))

const add = (GroupName: string, UserName: string) => Iam.send(new AddUserToGroupCommand({ GroupName, UserName }))

export const iamGroups = contract("Iam", {
  "creates a group, renames it and moves it to a path": documented(
    "API_UpdateGroup",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const { Group } = yield* createGroup("before")
      assert.strictEqual(Group?.Arn, `arn:aws:iam::${account}:group/before`)
      assert.match(Group?.GroupId ?? "", /^AGPA[A-Z0-9]{17}$/)
      assert.instanceOf(Group?.CreateDate, Date)
      yield* Iam.send(new UpdateGroupCommand({ GroupName: "before", NewGroupName: "after", NewPath: "/team/" }))
      const found = yield* Iam.send(new GetGroupCommand({ GroupName: "after" }))
      assert.deepEqual(found.Group, {
        ...Group!,
        Path: "/team/",
        GroupName: "after",
        Arn: `arn:aws:iam::${account}:group/team/after`
      })
      assert.deepEqual(found.Users, [])
      yield* expectMessage(
        Iam.send(new GetGroupCommand({ GroupName: "before" })),
        "NoSuchEntityException",
        404,
        "The group with name before cannot be found."
      )
    })
  ),

  "rejects a second group with the same name, whatever its case": documented(
    "API_CreateGroup",
    Effect.gen(function*() {
      yield* createGroup("second")
      yield* createGroup("other")
      yield* expectRejected(createGroup("Second"), "EntityAlreadyExistsException", 409)
      yield* expectRejected(
        Iam.send(new UpdateGroupCommand({ GroupName: "other", NewGroupName: "SECOND" })),
        "EntityAlreadyExistsException",
        409
      )
    })
  ),

  "lists the groups below a path and those of a user, page by page": documented(
    "API_ListGroups",
    Effect.gen(function*() {
      yield* createUser("lister")
      const names = ["g1", "g2", "g3", "g4", "g5"]
      for (const name of names) {
        yield* createGroup(name, "/listed/")
        yield* add(name, "lister")
      }
      yield* createGroup("elsewhere")
      const pages = yield* Stream.runCollect(Iam.pages(new ListGroupsCommand({ PathPrefix: "/listed/", MaxItems: 2 })))
      assert.deepEqual(pages.map(({ Groups }) => Groups?.length), [2, 2, 1])
      const own = yield* Stream.runCollect(
        Iam.items(new ListGroupsForUserCommand({ UserName: "lister", MaxItems: 2 }), ({ Groups }) => Groups)
      )
      assert.deepEqual([...own].map(({ GroupName }) => GroupName).sort(), names)
    })
  ),

  "adds a user to a group once, and removes the user": documented(
    "API_AddUserToGroup",
    Effect.gen(function*() {
      yield* createUser("member")
      yield* createGroup("members")
      yield* Effect.repeat(add("members", "member"), { times: 1 })
      const { Users } = yield* Iam.send(new GetGroupCommand({ GroupName: "members" }))
      assert.deepEqual(Users?.map(({ UserName }) => UserName), ["member"])
      yield* Iam.send(new RemoveUserFromGroupCommand({ GroupName: "members", UserName: "member" }))
      const after = yield* Iam.send(new GetGroupCommand({ GroupName: "members" }))
      assert.deepEqual(after.Users, [])
      yield* expectMessage(
        add("none", "member"),
        "NoSuchEntityException",
        404,
        "The group with name none cannot be found."
      )
      yield* expectMessage(
        add("members", "none"),
        "NoSuchEntityException",
        404,
        "The user with name none cannot be found."
      )
    })
  ),

  "limits a user to ten groups": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    Effect.gen(function*() {
      yield* createUser("joiner")
      for (let i = 0; i <= 10; i++) yield* createGroup(`joined-${i}`)
      for (let i = 0; i < 10; i++) yield* add(`joined-${i}`, "joiner")
      yield* expectRejected(add("joined-10", "joiner"), "LimitExceededException", 409)
    })
  ),

  "refuses to delete a group that has users or policies": documented(
    "API_DeleteGroup",
    Effect.gen(function*() {
      const GroupName = "conflict"
      const remove = Iam.send(new DeleteGroupCommand({ GroupName }))
      yield* createGroup(GroupName)
      yield* createUser("in-conflict")
      yield* add(GroupName, "in-conflict")
      yield* Iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: readOnly }))
      yield* Iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: "inline", PolicyDocument }))
      yield* expectMessage(
        remove,
        "DeleteConflictException",
        409,
        "Cannot delete entity, must remove users from group first."
      )
      yield* Iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName: "in-conflict" }))
      yield* expectMessage(
        remove,
        "DeleteConflictException",
        409,
        "Cannot delete entity, must detach all policies first."
      )
      yield* Iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn: readOnly }))
      yield* expectMessage(remove, "DeleteConflictException", 409, "Cannot delete entity, must delete policies first.")
      yield* Iam.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName: "inline" }))
      yield* remove
      yield* expectRejected(remove, "NoSuchEntityException", 404)
    })
  ),

  "refuses to delete a user that is in a group": believed(
    "bug reports of clients quote the message",
    Effect.gen(function*() {
      yield* createUser("grouped")
      yield* createGroup("grouping")
      yield* add("grouping", "grouped")
      yield* expectMessage(
        Iam.send(new DeleteUserCommand({ UserName: "grouped" })),
        "DeleteConflictException",
        409,
        "Cannot delete entity, must remove users from group first."
      )
    })
  ),

  "returns a group's inline policy percent-encoded": recorded(
    "test_iam TestIAMPolicyEncoding::test_put_group_policy_encoding",
    Effect.gen(function*() {
      const GroupName = "inline"
      yield* createGroup(GroupName)
      yield* Iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: "p", PolicyDocument }))
      const policy = yield* Iam.send(new GetGroupPolicyCommand({ GroupName, PolicyName: "p" }))
      assert.notInclude(policy.PolicyDocument, "{")
      assert.strictEqual(decodeURIComponent(policy.PolicyDocument ?? ""), PolicyDocument)
      assert.strictEqual(policy.GroupName, GroupName)
      const { PolicyNames } = yield* Iam.send(new ListGroupPoliciesCommand({ GroupName }))
      assert.deepEqual(PolicyNames, ["p"])
    })
  ),

  "fails for a group's policy that doesn't exist": believed(
    "roles and users answer so, each with its own name",
    Effect.gen(function*() {
      const GroupName = "lacking"
      yield* createGroup(GroupName)
      yield* expectMessage(
        Iam.send(new GetGroupPolicyCommand({ GroupName, PolicyName: "none" })),
        "NoSuchEntityException",
        404,
        "The group policy with name none cannot be found."
      )
      yield* expectMessage(
        Iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn: readOnly })),
        "NoSuchEntityException",
        404,
        `Policy ${readOnly} was not found.`
      )
    })
  ),

  "attaches managed policies to a group and lists them": documented(
    "API_ListAttachedGroupPolicies",
    Effect.gen(function*() {
      const GroupName = "attached"
      yield* createGroup(GroupName)
      const PolicyArn = yield* createPolicy("group-policy")
      yield* Effect.repeat(Iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn })), { times: 1 })
      const { AttachedPolicies } = yield* Iam.send(new ListAttachedGroupPoliciesCommand({ GroupName }))
      assert.deepEqual(AttachedPolicies, [{ PolicyName: "group-policy", PolicyArn }])
    })
  ),

  "lists the groups, roles and users that a policy counts for": documented(
    "API_ListEntitiesForPolicy",
    Effect.gen(function*() {
      const PolicyArn = yield* createPolicy("entities")
      const { Group } = yield* createGroup("entity-group")
      const { Role } = yield* createRole("entity-role")
      yield* Iam.send(new AttachGroupPolicyCommand({ GroupName: "entity-group", PolicyArn }))
      yield* Iam.send(
        new PutRolePermissionsBoundaryCommand({ RoleName: "entity-role", PermissionsBoundary: PolicyArn })
      )
      const all = yield* Iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }))
      assert.deepEqual(all.PolicyGroups, [{ GroupName: "entity-group", GroupId: Group?.GroupId }])
      assert.deepEqual(all.PolicyRoles, [{ RoleName: "entity-role", RoleId: Role?.RoleId }])
      assert.deepEqual(all.PolicyUsers, [])
      const attached = yield* Iam.send(
        new ListEntitiesForPolicyCommand({ PolicyArn, PolicyUsageFilter: "PermissionsPolicy" })
      )
      assert.deepEqual(attached.PolicyRoles, [])
      const users = yield* Iam.send(new ListEntitiesForPolicyCommand({ PolicyArn, EntityFilter: "User" }))
      assert.deepEqual([users.PolicyGroups, users.PolicyRoles, users.PolicyUsers], [[], [], []])
    })
  )
})
