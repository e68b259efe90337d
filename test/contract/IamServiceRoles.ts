import {
  AttachRolePolicyCommand,
  CreateServiceLinkedRoleCommand,
  DeleteRoleCommand,
  DeleteServiceLinkedRoleCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand
} from "@aws-sdk/client-iam"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Iam, Sts } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { createRole, expectMessage, expectRejected, PolicyDocument, readOnly, trust } from "./iamSetup.ts"

const create = (AWSServiceName: string, CustomSuffix?: string) =>
  Iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName, CustomSuffix }))

export const iamServiceRoles = contract("Iam", {
  "creates a service-linked role with the name, path, trust and policy of its service": recorded(
    "test_iam TestIAMServiceRoles::test_service_role_lifecycle[ecs.amazonaws.com]",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      yield* create("ecs.amazonaws.com")
      const RoleName = "AWSServiceRoleForECS"
      const { Role } = yield* Iam.send(new GetRoleCommand({ RoleName }))
      assert.strictEqual(Role?.Path, "/aws-service-role/ecs.amazonaws.com/")
      assert.strictEqual(Role?.Arn, `arn:aws:iam::${account}:role/aws-service-role/ecs.amazonaws.com/${RoleName}`)
      assert.strictEqual(Role?.MaxSessionDuration, 3600)
      assert.deepEqual(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")), {
        Version: "2012-10-17",
        Statement: [{ Action: "sts:AssumeRole", Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" } }]
      })
      const { AttachedPolicies } = yield* Iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))
      assert.deepEqual(AttachedPolicies, [{
        PolicyName: "AmazonECSServiceRolePolicy",
        PolicyArn: "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"
      }])
    })
  ),

  "appends a custom suffix to the name of a service-linked role": recorded(
    "test_iam TestIAMServiceRoles::test_service_role_lifecycle_custom_suffix[autoscaling.amazonaws.com]",
    Effect.gen(function*() {
      const { Role } = yield* create("autoscaling.amazonaws.com", "test")
      assert.strictEqual(Role?.RoleName, "AWSServiceRoleForAutoScaling_test")
    })
  ),

  "rejects a custom suffix for a service that doesn't allow one": recorded(
    "test_iam TestIAMServiceRoles::test_service_role_lifecycle_custom_suffix_not_allowed[rds.amazonaws.com]",
    expectMessage(
      create("rds.amazonaws.com", "test"),
      "InvalidInputException",
      400,
      "Custom suffix is not allowed for rds.amazonaws.com"
    )
  ),

  "rejects a second service-linked role with the same name": recorded(
    "test_iam TestIAMServiceRoles::test_service_role_already_exists",
    Effect.gen(function*() {
      yield* create("dms.amazonaws.com")
      yield* expectMessage(
        create("dms.amazonaws.com"),
        "InvalidInputException",
        400,
        "Service role name AWSServiceRoleForDMSServerless has been taken in this account, please try a different suffix."
      )
    })
  ),

  "rejects a service-linked role for a service that has none": believed(
    "users of the AWS CLI quote this answer for other services",
    expectMessage(
      create("none.amazonaws.com"),
      "AccessDenied",
      403,
      "Cannot find Service Linked Role template for none.amazonaws.com"
    )
  ),

  "deletes a service-linked role in the background": recorded(
    "test_iam TestIAMServiceRoles::test_service_role_deletion",
    Effect.gen(function*() {
      const { Role } = yield* create("batch.amazonaws.com")
      const { DeletionTaskId } = yield* Iam.send(new DeleteServiceLinkedRoleCommand({ RoleName: Role!.RoleName }))
      assert.match(
        DeletionTaskId ?? "",
        /^task\/aws-service-role\/batch\.amazonaws\.com\/AWSServiceRoleForBatch\/[0-9a-f-]{36}$/
      )
      const { Status } = yield* Iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }))
      assert.include(["NOT_STARTED", "IN_PROGRESS", "SUCCEEDED"], Status)
    })
  ),

  "refuses to change a service-linked role, except for its description": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html",
    Effect.gen(function*() {
      const RoleName = "AWSServiceRoleForKafka"
      yield* create("kafka.amazonaws.com")
      const message =
        `Cannot perform the operation on the protected role '${RoleName}' - this role is only modifiable by AWS`
      const commands = [
        Iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: readOnly })),
        Iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: readOnly })),
        Iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "inline", PolicyDocument })),
        Iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust })),
        Iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 })),
        Iam.send(new DeleteRoleCommand({ RoleName }))
      ]
      for (const command of commands) yield* expectMessage(command, "UnmodifiableEntityException", 400, message)
      yield* Iam.send(new UpdateRoleCommand({ RoleName, Description: "new" }))
      const { Role } = yield* Iam.send(new GetRoleCommand({ RoleName }))
      assert.strictEqual(Role?.Description, "new")
    })
  ),

  "rejects the id of a deletion that was never started": documented(
    "API_GetServiceLinkedRoleDeletionStatus",
    Effect.gen(function*() {
      const status = (DeletionTaskId: string) =>
        Iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }))
      yield* expectRejected(
        status(
          "task/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch/00000000-0000-4000-a000-000000000000"
        ),
        "NoSuchEntityException",
        404
      )
      yield* expectRejected(status("no-task"), "InvalidInputException", 400)
    })
  ),

  "refuses to delete a role that isn't service-linked as if it were": documented(
    "API_DeleteServiceLinkedRole",
    Effect.gen(function*() {
      yield* createRole("plain")
      for (const RoleName of ["plain", "none"]) {
        yield* expectRejected(
          Iam.send(new DeleteServiceLinkedRoleCommand({ RoleName })),
          "NoSuchEntityException",
          404
        )
      }
    })
  ),

  "changes the description of a role and answers the role": documented(
    "API_UpdateRoleDescription",
    Effect.gen(function*() {
      yield* createRole("described")
      const { Role } = yield* Iam.send(
        new UpdateRoleDescriptionCommand({ RoleName: "described", Description: "new" })
      )
      assert.strictEqual(Role?.Description, "new")
      assert.strictEqual(Role?.RoleName, "described")
    })
  )
})
