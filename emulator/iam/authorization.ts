/** The permissions that calls to IAM need, and what policies can ask about its entities. */
import type * as sdk from "@aws-sdk/client-iam"
import type { Authorization } from "../engine/authorization.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { needs } from "../support/needs.ts"
import { tagRecord } from "../support/needsOfState.ts"
import { groupRules, roleRules, userRules } from "./identityRules.ts"
import {
  arnNamed,
  creates,
  each,
  type Needs,
  onArn,
  onDevice,
  onNamed,
  renames,
  tagKeys,
  tagKeysGiven,
  under
} from "./needs.ts"
import { keyOf, type State, type Tags } from "./state.ts"

const policyRules = {
  ...each(
    [
      "CreatePolicyVersion",
      "DeletePolicy",
      "DeletePolicyVersion",
      "GetPolicy",
      "GetPolicyVersion",
      "ListEntitiesForPolicy",
      "ListPolicyTags",
      "ListPolicyVersions",
      "SetDefaultPolicyVersion"
    ],
    onArn("PolicyArn")
  ),
  ...each(["GetContextKeysForPrincipalPolicy", "SimulatePrincipalPolicy"], onArn("PolicySourceArn")),
  CreatePolicy: creates(({ Path, PolicyName }) => `policy/${under(Path, PolicyName)}`, "TagPolicy")("CreatePolicy"),
  TagPolicy: onArn("PolicyArn", tagKeys)("TagPolicy"),
  UntagPolicy: onArn("PolicyArn", tagKeysGiven)("UntagPolicy")
}

const deviceRules = {
  ...each(["DeleteVirtualMFADevice", "ListMFADeviceTags"], onDevice()),
  CreateVirtualMFADevice: creates(
    ({ Path, VirtualMFADeviceName }) => `mfa/${under(Path, VirtualMFADeviceName)}`,
    "TagMFADevice"
  )("CreateVirtualMFADevice"),
  TagMFADevice: onDevice(tagKeys)("TagMFADevice"),
  UntagMFADevice: onDevice(tagKeysGiven)("UntagMFADevice")
}

const providerRules = {
  ...each(
    [
      "AddClientIDToOpenIDConnectProvider",
      "DeleteOpenIDConnectProvider",
      "GetOpenIDConnectProvider",
      "ListOpenIDConnectProviderTags",
      "RemoveClientIDFromOpenIDConnectProvider",
      "UpdateOpenIDConnectProviderThumbprint"
    ],
    onArn("OpenIDConnectProviderArn")
  ),
  ...each(
    ["DeleteSAMLProvider", "GetSAMLProvider", "ListSAMLProviderTags", "UpdateSAMLProvider"],
    onArn("SAMLProviderArn")
  ),
  CreateOpenIDConnectProvider: creates(
    ({ Url = "" }) => `oidc-provider/${Url.replace(/^https:\/\//, "")}`,
    "TagOpenIDConnectProvider"
  )("CreateOpenIDConnectProvider"),
  CreateSAMLProvider: creates(({ Name }) => `saml-provider/${Name}`, "TagSAMLProvider")("CreateSAMLProvider"),
  TagOpenIDConnectProvider: onArn("OpenIDConnectProviderArn", tagKeys)("TagOpenIDConnectProvider"),
  TagSAMLProvider: onArn("SAMLProviderArn", tagKeys)("TagSAMLProvider"),
  UntagOpenIDConnectProvider: onArn("OpenIDConnectProviderArn", tagKeysGiven)("UntagOpenIDConnectProvider"),
  UntagSAMLProvider: onArn("SAMLProviderArn", tagKeysGiven)("UntagSAMLProvider")
}

const profile = "InstanceProfileName"
const certificate = "ServerCertificateName"

const otherRules = {
  ...each(
    ["DeleteInstanceProfile", "GetInstanceProfile", "ListInstanceProfileTags", "RemoveRoleFromInstanceProfile"],
    onNamed("instance-profile", profile)
  ),
  ...each(
    ["DeleteServerCertificate", "GetServerCertificate", "ListServerCertificateTags"],
    onNamed("server-certificate", certificate)
  ),
  // The instances of the profile get the role.
  AddRoleToInstanceProfile: ((input, place, state) => [
    ...onNamed("instance-profile", profile)("AddRoleToInstanceProfile")(input, place, state),
    {
      action: "iam:PassRole",
      resource: arnNamed("role", input.RoleName ?? "", place, state),
      keys: { "iam:passedtoservice": ["ec2.amazonaws.com"] }
    }
  ]) satisfies Needs,
  CreateInstanceProfile: creates(
    ({ InstanceProfileName, Path }) => `instance-profile/${under(Path, InstanceProfileName)}`,
    "TagInstanceProfile"
  )("CreateInstanceProfile"),
  TagInstanceProfile: onNamed("instance-profile", profile, tagKeys)("TagInstanceProfile"),
  TagServerCertificate: onNamed("server-certificate", certificate, tagKeys)("TagServerCertificate"),
  UntagInstanceProfile: onNamed("instance-profile", profile, tagKeysGiven)("UntagInstanceProfile"),
  UntagServerCertificate: onNamed("server-certificate", certificate, tagKeysGiven)("UntagServerCertificate"),
  UpdateServerCertificate: renames("server-certificate", certificate, "NewServerCertificateName")(
    "UpdateServerCertificate"
  ),
  UploadServerCertificate: creates(
    ({ Path, ServerCertificateName }) => `server-certificate/${under(Path, ServerCertificateName)}`,
    "TagServerCertificate"
  )("UploadServerCertificate")
}

/** The operations whose actions have no resources. */
const accountRules = {
  CreateAccountAlias: {},
  DeleteAccountAlias: {},
  DeleteAccountPasswordPolicy: {},
  GenerateCredentialReport: {},
  GetAccountAuthorizationDetails: {},
  GetAccountPasswordPolicy: {},
  GetAccountSummary: {},
  GetContextKeysForCustomPolicy: {},
  GetCredentialReport: {},
  ListAccountAliases: {},
  ListGroups: {},
  ListInstanceProfiles: {},
  ListOpenIDConnectProviders: {},
  ListPolicies: {},
  ListRoles: {},
  ListSAMLProviders: {},
  ListServerCertificates: {},
  ListUsers: {},
  ListVirtualMFADevices: {},
  SimulateCustomPolicy: {},
  UpdateAccountPasswordPolicy: {}
}

const entityOf = (arn: string, state: State): { readonly arn: string; readonly tags?: Tags } | undefined => {
  const { resource = "" } = parseArn(arn) ?? {}
  const found = {
    "instance-profile": state.profiles,
    mfa: state.mfaDevices,
    "oidc-provider": state.oidcProviders,
    policy: state.policies,
    role: state.roles,
    "saml-provider": state.samlProviders,
    "server-certificate": state.serverCertificates,
    user: state.users
  }[resource.split("/")[0] ?? ""]
  const entity = found?.get(arn) ?? found?.get(keyOf(nameIn(resource)))
  return entity?.arn === arn ? entity : undefined
}

export const authorization: Authorization<State> = {
  ...needs<typeof sdk, State>()("iam", {
    ...accountRules,
    ...groupRules,
    ...roleRules,
    ...userRules,
    ...policyRules,
    ...deviceRules,
    ...providerRules,
    ...otherRules
  }, { isGlobal: true }),
  tagsOf: (arn, state) => tagRecord(entityOf(arn, state)?.tags),
  policyOf: (arn, state) => {
    const role = state.roles.get(keyOf(nameIn(arn)))
    return role?.arn === arn ? role.trust : undefined
  }
}
