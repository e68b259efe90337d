/** The permissions that calls about documents, commands and sessions need. */
import type * as sdk from "@aws-sdk/client-ssm"
import { ec2 } from "../ec2/ec2.ts"
import type { Need, Place } from "../engine/authorization.ts"
import { given, type Rules } from "../support/needs.ts"
import { tagValues } from "../support/needsOfState.ts"
import type { State } from "./state.ts"
import { selectorOf } from "./targets.ts"

/** The names of AWS's own documents begin so, and no others. These belong to no account. */
const isAws = (name: string): boolean => /^(?:aws|amazon|amzn)/i.test(name)

export const documentArn = (given: string, { account, partition, region }: Place): string =>
  given.startsWith("arn:")
    ? given
    : `arn:${partition}:ssm:${region}:${isAws(given) ? "" : account}:document/${given}`

/** What Run Command and Session Manager reach: an instance, a machine elsewhere, or a task's container (`ecs:cluster_task_id`). */
const nodeArn = (id: string, { account, partition, region }: Place): string => {
  const arn = (service: string, resource: string) => `arn:${partition}:${service}:${region}:${account}:${resource}`
  const [, cluster, task] = /^ecs:([^_]+)_([^_]+)_/.exec(id) ?? []
  return task !== undefined
    ? arn("ecs", `task/${cluster}/${task}`)
    : id.startsWith("mi-")
    ? arn("ssm", `managed-instance/${id}`)
    : arn("ec2", `instance/${id}`)
}

/** The instances that targets select now. Without one, a policy has to allow any: nobody knows which one will be there. */
const selectedBy = (targets: ReadonlyArray<sdk.Target>, place: Place): ReadonlyArray<string> => {
  const named = targets.flatMap(({ Key = "", Values = [] }) => /^instanceids$/i.test(Key) ? [...Values] : [])
  const instances = [...place.stateOf?.(ec2).instances.values() ?? []]
  const found = instances.filter((instance) => targets.every((target) => selectorOf(target)?.(instance) ?? false))
    .map(({ InstanceId }) => InstanceId)
  return found.length > 0 ? found : named.length > 0 ? named : ["*"]
}

const sends = (input: sdk.SendCommandCommandInput, place: Place): ReadonlyArray<Need> => {
  const { DocumentName = "", InstanceIds = [], OutputS3BucketName, ServiceRoleArn, Targets = [] } = input
  const nodes = [...InstanceIds, ...(Targets.length > 0 ? selectedBy(Targets, place) : [])]
  return [
    documentArn(DocumentName, place),
    ...nodes.map((id) => nodeArn(id, place)),
    ...(OutputS3BucketName ? [`arn:${place.partition}:s3:::${OutputS3BucketName}`] : [])
  ].map((resource): Need => ({ action: "ssm:SendCommand", resource })).concat(
    // Run Command tells a topic about the command with this role.
    ServiceRoleArn
      ? [{ action: "iam:PassRole", resource: ServiceRoleArn, keys: { "iam:passedtoservice": ["ssm.amazonaws.com"] } }]
      : []
  )
}

/** A document that is named is checked. The one that sessions have without a name isn't. */
const starts = ({ DocumentName, Target = "" }: sdk.StartSessionCommandInput, place: Place): ReadonlyArray<Need> =>
  [nodeArn(Target, place), ...(DocumentName === undefined ? [] : [documentArn(DocumentName, place)])]
    .map((resource) => ({ action: "ssm:StartSession", resource }))

const onDocument = (operation: string) => ({ Name = "" }: { readonly Name?: string | undefined }, place: Place) => [
  { action: `ssm:${operation}`, resource: documentArn(Name, place) }
]

const creates = (input: sdk.CreateDocumentCommandInput, place: Place): ReadonlyArray<Need> => {
  const { DocumentType = "Command", Name = "", Tags = [] } = input
  const resource = documentArn(Name, place)
  const tags = tagValues(Tags)
  return [
    { action: "ssm:CreateDocument", resource, keys: { ...tags, ...given({ "ssm:documenttype": DocumentType }) } },
    ...(Tags.length > 0 ? [{ action: "ssm:AddTagsToResource", resource, keys: tags }] : [])
  ]
}

export const documents: Rules<typeof sdk, State> = {
  CancelCommand: {},
  CreateDocument: creates,
  DeleteDocument: onDocument("DeleteDocument"),
  DescribeDocument: onDocument("DescribeDocument"),
  DescribeDocumentPermission: onDocument("DescribeDocumentPermission"),
  DescribeInstanceInformation: {},
  DescribeSessions: {},
  GetCommandInvocation: {},
  GetConnectionStatus: ({ Target = "" }, place) => [
    { action: "ssm:GetConnectionStatus", resource: nodeArn(Target, place) }
  ],
  GetDocument: onDocument("GetDocument"),
  ListCommandInvocations: {},
  ListCommands: {},
  ListDocuments: {},
  ListDocumentVersions: onDocument("ListDocumentVersions"),
  ModifyDocumentPermission: onDocument("ModifyDocumentPermission"),
  ResumeSession: "session/{SessionId}",
  SendCommand: sends,
  StartSession: starts,
  TerminateSession: "session/{SessionId}",
  UpdateDocument: onDocument("UpdateDocument"),
  UpdateDocumentDefaultVersion: onDocument("UpdateDocumentDefaultVersion")
}
