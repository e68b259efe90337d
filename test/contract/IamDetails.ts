import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateServiceLinkedRoleCommand,
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsCommandInput,
  PutUserPolicyCommand
} from "@aws-sdk/client-iam"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Iam } from "effect-aws-sdk"
import { contract, documented } from "./Contract.ts"
import { createPolicy, createProfile, createRole, createUser, PolicyDocument } from "./iamSetup.ts"

const details = (input: GetAccountAuthorizationDetailsCommandInput = {}) =>
  Stream.runCollect(Iam.pages(new GetAccountAuthorizationDetailsCommand(input)))

export const iamDetails = contract("Iam", {
  "lists users, groups and roles with all of their policies": documented(
    "API_GetAccountAuthorizationDetails",
    Effect.gen(function*() {
      const UserName = "detailed-user"
      const PolicyArn = yield* createPolicy("detailed-policy")
      yield* createUser(UserName)
      yield* Iam.send(new CreateGroupCommand({ GroupName: "detailed-group" }))
      yield* Iam.send(new AddUserToGroupCommand({ GroupName: "detailed-group", UserName }))
      yield* Iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "inline", PolicyDocument }))
      yield* Iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }))
      yield* createRole("detailed-role")
      yield* createProfile("detailed-profile", "detailed-role")
      const pages = yield* details()
      const user = pages.flatMap(({ UserDetailList = [] }) => UserDetailList).find((one) => one.UserName === UserName)
      assert.deepEqual(user?.GroupList, ["detailed-group"])
      assert.deepEqual(user?.AttachedManagedPolicies, [{ PolicyName: "detailed-policy", PolicyArn }])
      assert.deepEqual(
        user?.UserPolicyList?.map((policy) => [policy.PolicyName, decodeURIComponent(policy.PolicyDocument ?? "")]),
        [["inline", PolicyDocument]]
      )
      const role = pages.flatMap(({ RoleDetailList = [] }) => RoleDetailList)
        .find(({ RoleName }) => RoleName === "detailed-role")
      assert.deepEqual(role?.InstanceProfileList?.map(({ InstanceProfileName }) => InstanceProfileName), [
        "detailed-profile"
      ])
      const policy = pages.flatMap(({ Policies = [] }) => Policies).find(({ Arn }) => Arn === PolicyArn)
      assert.strictEqual(policy?.AttachmentCount, 1)
      assert.deepEqual(policy?.PolicyVersionList?.map(({ Document = "" }) => decodeURIComponent(Document)), [
        PolicyDocument
      ])
    })
  ),

  "tells of the role of a service, with its policy, without the documents of AWS's policies": documented(
    "API_GetAccountAuthorizationDetails",
    Effect.gen(function*() {
      yield* Iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: "ecs.amazonaws.com" }))
      const pages = yield* details({ Filter: ["User", "Role", "Group", "LocalManagedPolicy"] })
      const role = pages.flatMap(({ RoleDetailList = [] }) => RoleDetailList)
        .find(({ RoleName }) => RoleName === "AWSServiceRoleForECS")
      assert.deepEqual(role?.AttachedManagedPolicies, [{
        PolicyName: "AmazonECSServiceRolePolicy",
        PolicyArn: "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"
      }])
    })
  ),

  "filters the details of the account by their kind": documented(
    "API_GetAccountAuthorizationDetails",
    Effect.gen(function*() {
      yield* createUser("filtered-user")
      yield* createRole("filtered-role")
      const [page] = yield* details({ Filter: ["Group", "Role"] })
      assert.deepEqual(page?.UserDetailList, [])
      assert.include(page?.RoleDetailList?.map(({ RoleName }) => RoleName) ?? [], "filtered-role")
    })
  ),

  "returns the details of the account page by page": documented(
    "API_GetAccountAuthorizationDetails",
    Effect.gen(function*() {
      yield* createUser("paged-user")
      yield* createRole("paged-role")
      const pages = yield* details({ Filter: ["User", "Role"], MaxItems: 1 })
      for (const { RoleDetailList = [], UserDetailList = [] } of pages) {
        assert.strictEqual(RoleDetailList.length + UserDetailList.length, 1)
      }
    })
  )
})
