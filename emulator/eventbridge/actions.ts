// Targets that the in-memory AWS has itself: an event starts tasks of ECS, and commands of Systems Manager.
import type * as sdk from "@aws-sdk/client-eventbridge"
import type { Action } from "../engine/events.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { isJsonObject } from "../support/json.ts"
import { defined, pick } from "../support/members.ts"
import type { Place } from "./event.ts"

/** What a target's input can replace in the task definition. */
const overridable = [
  "containerOverrides",
  "cpu",
  "ephemeralStorage",
  "executionRoleArn",
  "memory",
  "taskRoleArn"
] as const

const runTask = ({ Arn, EcsParameters = {} as sdk.EcsParameters }: sdk.Target, input: unknown, rule: string) => {
  const { NetworkConfiguration, Tags } = EcsParameters
  const { AssignPublicIp, SecurityGroups, Subnets } = NetworkConfiguration?.awsvpcConfiguration ?? {}
  const overrides = isJsonObject(input) ? defined(pick(input, overridable)) : {}
  return defined({
    cluster: Arn,
    taskDefinition: EcsParameters.TaskDefinitionArn,
    count: EcsParameters.TaskCount,
    launchType: EcsParameters.LaunchType,
    platformVersion: EcsParameters.PlatformVersion,
    group: EcsParameters.Group,
    networkConfiguration: NetworkConfiguration && {
      awsvpcConfiguration: defined({
        subnets: Subnets,
        securityGroups: SecurityGroups,
        assignPublicIp: AssignPublicIp
      })
    },
    capacityProviderStrategy: EcsParameters.CapacityProviderStrategy,
    placementConstraints: EcsParameters.PlacementConstraints,
    placementStrategy: EcsParameters.PlacementStrategy,
    enableECSManagedTags: EcsParameters.EnableECSManagedTags,
    enableExecuteCommand: EcsParameters.EnableExecuteCommand,
    propagateTags: EcsParameters.PropagateTags,
    referenceId: EcsParameters.ReferenceId,
    tags: Tags?.map(({ Key, Value }) => ({ key: Key, value: Value })),
    overrides: Object.keys(overrides).length === 0 ? undefined : overrides,
    startedBy: `events-rule/${rule}`.slice(0, 36)
  })
}

const sendCommand = ({ Arn = "", RunCommandParameters }: sdk.Target, input: unknown) =>
  defined({
    DocumentName: nameIn(Arn),
    Targets: RunCommandParameters?.RunCommandTargets,
    Parameters: isJsonObject(input) ? input : undefined
  })

/** What a target does with its input, and where; `undefined` if it isn't in this AWS. */
export const actionOf = (
  target: sdk.Target,
  input: unknown,
  rule: string,
  place: Place
): { readonly action: Action; readonly where: Place } | undefined => {
  const { account = "", region = "", resource = "", service } = parseArn(target.Arn ?? "") ?? {}
  // A document of AWS has no account.
  const where = { account: account || place.account, region: region || place.region }
  if (service === "ecs" && resource.startsWith("cluster/")) {
    return { action: { serviceId: "ECS", operation: "RunTask", input: runTask(target, input, rule) }, where }
  }
  return service === "ssm" && resource.startsWith("document/")
    ? { action: { serviceId: "SSM", operation: "SendCommand", input: sendCommand(target, input) }, where }
    : undefined
}
