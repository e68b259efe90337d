/** The permissions that calls to Systems Manager need. There is no KMS, so a SecureString needs none of its actions. */
import type * as sdk from "@aws-sdk/client-ssm"
import type { Authorization, ConditionValues, Need, Place } from "../engine/authorization.ts"
import { parseArn } from "../support/arn.ts"
import { given, needs, requestTags } from "../support/needs.ts"
import { secretArn } from "../support/secretArns.ts"
import { documentArn, documents } from "./needsOfDocuments.ts"
import type { State } from "./state.ts"

const SECRETS = "aws/reference/secretsmanager/"

const arnOf = ({ account, partition, region }: Place, resource: string): string =>
  `arn:${partition}:ssm:${region}:${account}:${resource}`

/** The name without a slash before it and without a selector, or the ARN without a selector. */
const parameterArn = (given: string, place: Place): string => {
  const arn = parseArn(given)
  const [name = ""] = (arn?.resource.replace(/^parameter\//, "") ?? given.trim()).split(":")
  if (arn !== undefined) return `arn:${arn.partition}:${arn.service}:${arn.region}:${arn.account}:parameter/${name}`
  const path = name.replace(/^\//, "")
  // Those that AWS publishes belong to no account.
  return arnOf(path.startsWith("aws/service/") ? { ...place, account: "" } : place, `parameter/${path}`)
}

const tagKeys = (tags: ReadonlyArray<sdk.Tag> | undefined): ConditionValues =>
  requestTags((tags ?? []).map(({ Key, Value }) => [Key, Value]))

const onNames = (operation: string) =>
(
  { Name, Names = Name === undefined ? [] : [Name] }: {
    readonly Name?: string | undefined
    readonly Names?: ReadonlyArray<string> | undefined
  },
  place: Place
): ReadonlyArray<Need> => Names.map((name) => ({ action: `ssm:${operation}`, resource: parameterArn(name, place) }))

/** Reading parameters. Some stand for secrets. */
const reads = (operation: string) => {
  const parameters = onNames(operation)
  return (input: Parameters<typeof parameters>[0], place: Place): ReadonlyArray<Need> =>
    parameters(input, place).flatMap((need) => {
      const [, secret] = need.resource.split(`:parameter/${SECRETS}`)
      return secret === undefined
        ? [need]
        : [need, { action: "secretsmanager:GetSecretValue", resource: secretArn(secret, place), byHandler: true }]
    })
}

interface Tagged {
  readonly ResourceType?: string | undefined
  readonly ResourceId?: string | undefined
}

const onTagged = (operation: string, keys: (input: any) => ConditionValues = () => ({})) =>
(
  input: Tagged,
  place: Place
): ReadonlyArray<Need> => [{
  action: `ssm:${operation}`,
  resource: input.ResourceType === "Parameter"
    ? parameterArn(input.ResourceId ?? "", place)
    : input.ResourceType === "Document"
    ? documentArn(input.ResourceId ?? "", place)
    : arnOf(place, `${String(input.ResourceType).toLowerCase()}/${input.ResourceId}`),
  keys: keys(input)
}]

const record = (tags: ReadonlyArray<sdk.Tag>) =>
  Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value]))

const tagsOf: Authorization<State>["tagsOf"] = (arn, { documents, parameters, sessions, windows }) => {
  const [, kind, name = ""] = /:(document|parameter|maintenancewindow|session)\/(.*)$/.exec(arn) ?? []
  if (kind === "session") {
    const session = sessions.get(name)
    // AWS gives these to a session, so that a policy can allow people to end their own ones.
    return session && {
      "aws:ssmmessages:session-id": session.ownerId,
      "aws:ssmmessages:target-id": session.target
    }
  }
  const found = kind === "parameter"
    ? parameters.get(name) ?? parameters.get(`/${name}`)
    : kind === "document"
    ? documents.get(name)
    : windows.get(name)
  return found && record(found.tags)
}

export const authorization: Authorization<State> = {
  ...needs<typeof sdk, State>()("ssm", {
    ...documents,
    AddTagsToResource: onTagged("AddTagsToResource", ({ Tags }) => tagKeys(Tags)),
    CreateMaintenanceWindow: { keys: ({ Tags }) => tagKeys(Tags) },
    DeleteMaintenanceWindow: "maintenancewindow/{WindowId}",
    DeleteParameter: onNames("DeleteParameter"),
    DeleteParameters: onNames("DeleteParameters"),
    DescribeMaintenanceWindows: {},
    DescribeParameters: {},
    GetMaintenanceWindow: "maintenancewindow/{WindowId}",
    GetParameter: reads("GetParameter"),
    GetParameterHistory: onNames("GetParameterHistory"),
    GetParameters: reads("GetParameters"),
    GetParametersByPath: ({ Path = "", Recursive }, place) => [{
      action: "ssm:GetParametersByPath",
      resource: parameterArn(Path, place),
      keys: given({ "ssm:recursive": Recursive })
    }],
    GetServiceSetting: "servicesetting/{/SettingId}",
    LabelParameterVersion: onNames("LabelParameterVersion"),
    ListTagsForResource: onTagged("ListTagsForResource"),
    PutParameter: (input, place) => {
      const resource = parameterArn(input.Name ?? "", place)
      const tags = tagKeys(input.Tags)
      return [
        {
          action: "ssm:PutParameter",
          resource,
          keys: { ...tags, ...given({ "ssm:overwrite": input.Overwrite, "ssm:policies": input.Policies }) }
        },
        ...((input.Tags ?? []).length > 0 ? [{ action: "ssm:AddTagsToResource", resource, keys: tags }] : [])
      ]
    },
    RemoveTagsFromResource: onTagged(
      "RemoveTagsFromResource",
      ({ TagKeys }) => given({ "aws:tagkeys": TagKeys })
    ),
    ResetServiceSetting: "servicesetting/{/SettingId}",
    UnlabelParameterVersion: onNames("UnlabelParameterVersion"),
    UpdateMaintenanceWindow: "maintenancewindow/{WindowId}",
    UpdateServiceSetting: "servicesetting/{/SettingId}"
  }),
  tagsOf,
  keysOf: (arn, { documents }) => given({ "ssm:documenttype": documents.get(arn.split(":document/")[1] ?? "")?.type })
}
