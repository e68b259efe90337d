// The permissions on groups, roles and users that the calls to IAM need.
import type * as sdk from "@aws-sdk/client-iam"
import { given } from "../support/needs.ts"
import {
  arnOf,
  boundaryGiven,
  boundaryOf,
  creates,
  each,
  type Needs,
  on,
  onUser,
  policyGiven,
  renames,
  tagKeys,
  tagKeysGiven,
  together,
  under
} from "./needs.ts"
import { templates } from "./serviceRoleTemplates.ts"

const roleBoundary = boundaryOf("role")
const userBoundary = boundaryOf("user")

export const groupRules = {
  ...each(
    [
      "AddUserToGroup",
      "DeleteGroup",
      "DeleteGroupPolicy",
      "GetGroup",
      "GetGroupPolicy",
      "ListAttachedGroupPolicies",
      "ListGroupPolicies",
      "PutGroupPolicy",
      "RemoveUserFromGroup"
    ],
    on("group")
  ),
  ...each(["AttachGroupPolicy", "DetachGroupPolicy"], on("group", policyGiven)),
  CreateGroup: creates(({ GroupName, Path }) => `group/${under(Path, GroupName)}`, undefined)("CreateGroup"),
  UpdateGroup: renames("group", "GroupName", "NewGroupName")("UpdateGroup")
}

/** The role that a service defines for itself. */
const linkedRole = (
  { AWSServiceName = "", CustomSuffix }: Partial<sdk.CreateServiceLinkedRoleCommandInput>
): string => {
  const { role = "*" } = templates.get(AWSServiceName) ?? {}
  return `role/aws-service-role/${AWSServiceName}/${CustomSuffix === undefined ? role : `${role}_${CustomSuffix}`}`
}

export const roleRules = {
  ...each(
    [
      "DeleteServiceLinkedRole",
      "GetRolePolicy",
      "ListAttachedRolePolicies",
      "ListInstanceProfilesForRole",
      "ListRolePolicies",
      "ListRoleTags"
    ],
    on("role")
  ),
  ...each(
    [
      "DeleteRole",
      "DeleteRolePermissionsBoundary",
      "DeleteRolePolicy",
      "GetRole",
      "PutRolePolicy",
      "UpdateAssumeRolePolicy",
      "UpdateRole",
      "UpdateRoleDescription"
    ],
    on("role", roleBoundary)
  ),
  ...each(["AttachRolePolicy", "DetachRolePolicy"], on("role", together(policyGiven, roleBoundary))),
  CreateRole: creates(({ Path, RoleName }) => `role/${under(Path, RoleName)}`, "TagRole", boundaryGiven)("CreateRole"),
  CreateServiceLinkedRole: ((input, place) => [
    {
      action: "iam:CreateServiceLinkedRole",
      resource: arnOf(place, linkedRole(input)),
      keys: given({ "iam:awsservicename": input.AWSServiceName })
    }
  ]) satisfies Needs,
  GetServiceLinkedRoleDeletionStatus: (({ DeletionTaskId = "" }, place) => [
    {
      action: "iam:GetServiceLinkedRoleDeletionStatus",
      // `task/aws-service-role/SERVICE/ROLE/ID`
      resource: arnOf(place, `role/${DeletionTaskId.split("/").slice(1, 4).join("/")}`)
    }
  ]) satisfies Needs,
  PutRolePermissionsBoundary: on("role", boundaryGiven)("PutRolePermissionsBoundary"),
  TagRole: on("role", tagKeys)("TagRole"),
  UntagRole: on("role", tagKeysGiven)("UntagRole")
}

const serviceOf = ({ ServiceName }: { readonly ServiceName?: string }) =>
  given({ "iam:servicespecificcredentialservicename": ServiceName })

export const userRules = {
  ...each(
    [
      "ChangePassword",
      "CreateAccessKey",
      "CreateLoginProfile",
      "DeactivateMFADevice",
      "DeleteAccessKey",
      "DeleteLoginProfile",
      "DeleteSSHPublicKey",
      "DeleteServiceSpecificCredential",
      "DeleteSigningCertificate",
      "DeleteUser",
      "EnableMFADevice",
      "GetLoginProfile",
      "GetMFADevice",
      "GetSSHPublicKey",
      "GetUser",
      "GetUserPolicy",
      "ListAccessKeys",
      "ListAttachedUserPolicies",
      "ListGroupsForUser",
      "ListMFADevices",
      "ListSSHPublicKeys",
      "ListServiceSpecificCredentials",
      "ListSigningCertificates",
      "ListUserPolicies",
      "ListUserTags",
      "ResetServiceSpecificCredential",
      "ResyncMFADevice",
      "UpdateAccessKey",
      "UpdateLoginProfile",
      "UpdateSSHPublicKey",
      "UpdateServiceSpecificCredential",
      "UpdateSigningCertificate",
      "UploadSSHPublicKey",
      "UploadSigningCertificate"
    ],
    onUser()
  ),
  ...each(["DeleteUserPermissionsBoundary", "DeleteUserPolicy", "PutUserPolicy"], onUser(userBoundary)),
  ...each(["AttachUserPolicy", "DetachUserPolicy"], onUser(together(policyGiven, userBoundary))),
  CreateServiceSpecificCredential: onUser(serviceOf)("CreateServiceSpecificCredential"),
  CreateUser: creates(({ Path, UserName }) => `user/${under(Path, UserName)}`, "TagUser", boundaryGiven)("CreateUser"),
  GetAccessKeyLastUsed: (({ AccessKeyId }, _, state) => [
    {
      action: "iam:GetAccessKeyLastUsed",
      resource: [...state?.users.values() ?? []].find(({ keys }) => keys.has(AccessKeyId))?.arn ?? "*"
    }
  ]) satisfies Needs,
  PutUserPermissionsBoundary: onUser(boundaryGiven)("PutUserPermissionsBoundary"),
  TagUser: onUser(tagKeys)("TagUser"),
  UntagUser: onUser(tagKeysGiven)("UntagUser"),
  UpdateUser: renames("user", "UserName", "NewUserName")("UpdateUser")
}
