// The resources of ECS that have tags of their own. The tags of task definitions are kept by ARN.
import { parseArn } from "../support/arn.ts"
import type { CapacityProvider, Cluster, Instance, Service, State, Task } from "./state.ts"

/** The resource that an ARN names, unless it is a task definition. */
export const taggedBy = (
  arn: string,
  state: State
): CapacityProvider | Cluster | Instance | Service | Task | undefined => {
  const [type = "", name = "", id = ""] = (parseArn(arn)?.resource ?? "").split("/")
  const cluster = state.clusters.get(name)
  const found = {
    cluster,
    service: cluster?.services.get(id),
    task: cluster?.tasks.get(id),
    "container-instance": cluster?.instances.get(id),
    "capacity-provider": state.providers.get(name)
  }[type]
  return found?.arn === arn ? found : undefined
}
