/** In-memory ECS: container instances, as answers and events show them. */
import type * as sdk from "@aws-sdk/client-ecs"
import type { Cluster, Instance } from "./state.ts"
import { countsOf, remainingOf, tasksOf } from "./taskStates.ts"

const withDefaults = (resource: sdk.Resource): sdk.Resource => ({
  doubleValue: 0,
  longValue: 0,
  integerValue: 0,
  ...resource
})

export const toSdkInstance = (
  cluster: Cluster,
  instance: Instance,
  now: number,
  include: ReadonlyArray<string> = []
): sdk.ContainerInstance => ({
  containerInstanceArn: instance.arn,
  ...(instance.ec2InstanceId !== undefined && { ec2InstanceId: instance.ec2InstanceId }),
  version: 1 + [...cluster.tasks.values()].filter((task) => task.instance === instance).length,
  versionInfo: instance.versionInfo,
  remainingResources: remainingOf(cluster, instance, now).map(withDefaults),
  registeredResources: instance.resources.map(withDefaults),
  status: instance.status,
  agentConnected: true,
  ...countsOf(tasksOf(cluster, now).filter((task) => task.instance === instance), now),
  attributes: [...instance.attributes],
  registeredAt: instance.registeredAt,
  attachments: [],
  tags: include.includes("TAGS") ? [...instance.tags] : []
})
