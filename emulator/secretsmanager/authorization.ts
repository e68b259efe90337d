/** The permissions that calls to Secrets Manager need. There is no KMS, so encryption with a key needs none of its actions. */
import type * as sdk from "@aws-sdk/client-secrets-manager"
import type { Authorization, ConditionValues, Place } from "../engine/authorization.ts"
import { given, needs } from "../support/needs.ts"
import { tagRecord, tagValues } from "../support/needsOfState.ts"
import { secretArn } from "../support/secretArns.ts"
import { CURRENT, type Secret, type State } from "./state.ts"

/** The ARN of the secret that a request names. Of one that isn't there, AWS has only what the request says. */
const arnOf = (id: string, state: State | undefined, { account, partition, region }: Place): string =>
  id.startsWith("arn:")
    ? [...state?.secrets.values() ?? []].find(({ arn }) => arn.startsWith(`${id}-`) && arn.length === id.length + 7)
      ?.arn ?? id
    : state?.secrets.get(id)?.arn ?? `arn:${partition}:secretsmanager:${region}:${account}:secret:${id}`

interface Named {
  readonly SecretId?: string | undefined
}

const onSecret =
  (operation: string, keys: (input: any) => ConditionValues = () => ({})) =>
  (input: Named, place: Place, state?: State) => {
    const resource = arnOf(input.SecretId ?? "", state, place)
    return [{
      action: `secretsmanager:${operation}`,
      resource,
      keys: {
        ...given({ "secretsmanager:secretid": resource, "secretsmanager:secretprimaryregion": place.region }),
        ...keys(input)
      }
    }]
  }

const described = ({ Description, KmsKeyId }: sdk.UpdateSecretCommandInput | sdk.CreateSecretCommandInput) =>
  given({
    "secretsmanager:description": Description,
    "secretsmanager:kmskeyarn": KmsKeyId?.startsWith("arn:") === true ? KmsKeyId : undefined,
    "secretsmanager:kmskeyid": KmsKeyId
  })

const secretOf = (arn: string, { secrets }: State): Secret | undefined => {
  const name = arn.split(":").slice(6).join(":").replace(/-[^-]{6}$/, "")
  const secret = secrets.get(name)
  return secret?.arn === arn ? secret : undefined
}

export const authorization: Authorization<State> = {
  ...needs<typeof sdk, State>()("secretsmanager", {
    BatchGetSecretValue: ({ Filters, SecretIdList = [] }, place, state) => [
      { action: "secretsmanager:BatchGetSecretValue", resource: "*" },
      ...(Filters === undefined ? [] : [{ action: "secretsmanager:ListSecrets", resource: "*" }]),
      ...SecretIdList.map((id) => ({
        action: "secretsmanager:GetSecretValue",
        resource: arnOf(id, state, place),
        byHandler: true
      }))
    ],
    CreateSecret: (input, place) => {
      const resource = secretArn(input.Name ?? "", place)
      const tags = tagValues(input.Tags)
      const replicas = (input.AddReplicaRegions ?? []).map(({ Region }) => Region)
      return [
        {
          action: "secretsmanager:CreateSecret",
          resource,
          keys: {
            ...described(input),
            ...tags,
            ...given({
              "secretsmanager:name": input.Name,
              "secretsmanager:addreplicaregions": replicas,
              "secretsmanager:forceoverwritereplicasecret": input.ForceOverwriteReplicaSecret
            })
          }
        },
        ...((input.Tags ?? []).length > 0 ? [{ action: "secretsmanager:TagResource", resource, keys: tags }] : []),
        ...(replicas.length > 0
          ? [{
            action: "secretsmanager:ReplicateSecretToRegions",
            resource,
            keys: given({ "secretsmanager:addreplicaregions": replicas })
          }]
          : [])
      ]
    },
    DeleteResourcePolicy: onSecret("DeleteResourcePolicy"),
    DeleteSecret: onSecret("DeleteSecret", ({ ForceDeleteWithoutRecovery, RecoveryWindowInDays }) =>
      given({
        "secretsmanager:forcedeletewithoutrecovery": ForceDeleteWithoutRecovery,
        "secretsmanager:recoverywindowindays": RecoveryWindowInDays
      })),
    DescribeSecret: onSecret("DescribeSecret"),
    GetRandomPassword: {},
    GetResourcePolicy: onSecret("GetResourcePolicy"),
    GetSecretValue: onSecret("GetSecretValue", ({ VersionId, VersionStage }) =>
      given({
        "secretsmanager:versionid": VersionId,
        "secretsmanager:versionstage": VersionStage ?? (VersionId === undefined ? CURRENT : undefined)
      })),
    ListSecrets: {},
    ListSecretVersionIds: onSecret("ListSecretVersionIds"),
    PutResourcePolicy: onSecret(
      "PutResourcePolicy",
      ({ BlockPublicPolicy }) => given({ "secretsmanager:blockpublicpolicy": BlockPublicPolicy })
    ),
    PutSecretValue: onSecret("PutSecretValue"),
    RestoreSecret: onSecret("RestoreSecret"),
    TagResource: onSecret("TagResource", ({ Tags }) => tagValues(Tags)),
    UntagResource: onSecret("UntagResource", ({ TagKeys }) => given({ "aws:tagkeys": TagKeys })),
    UpdateSecret: onSecret("UpdateSecret", described),
    UpdateSecretVersionStage: onSecret(
      "UpdateSecretVersionStage",
      ({ VersionStage }) => given({ "secretsmanager:versionstage": VersionStage })
    ),
    ValidateResourcePolicy: (input, place, state) =>
      input.SecretId === undefined
        ? [{ action: "secretsmanager:ValidateResourcePolicy", resource: "*" }]
        : onSecret("ValidateResourcePolicy")(input, place, state)
  }),
  tagsOf: (arn, state) => tagRecord(secretOf(arn, state)?.tags),
  policyOf: (arn, state) => secretOf(arn, state)?.policy
}
