/** In-memory ECS: the networks of tasks, which are those of EC2. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Effect from "effect/Effect"
import { ec2 } from "../ec2/ec2.ts"
import { addEni, removeEni } from "../ec2/enis.ts"
import type { HandlerContext } from "../engine/service.ts"
import * as Ecs from "./state.ts"

/** Checks that the subnets and security groups of a network exist. */
export const checkNetwork = Effect.fnUntraced(function*(
  network: sdk.NetworkConfiguration | undefined,
  definition: sdk.TaskDefinition,
  isFargate: boolean,
  context: HandlerContext
) {
  const vpc = network?.awsvpcConfiguration
  if (definition.networkMode === "awsvpc" && vpc === undefined) {
    return yield* Ecs.invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
  }
  if (vpc === undefined) return
  if (definition.networkMode !== "awsvpc") {
    return yield* Ecs.invalid(
      "Network Configuration is not valid for the given networkMode of this task definition."
    )
  }
  const { assignPublicIp = "DISABLED", securityGroups = [], subnets = [] } = vpc
  if (assignPublicIp === "ENABLED" && !isFargate) {
    return yield* Ecs.invalid("Assign public IP is not supported for this launch type.")
  }
  if (subnets.length === 0) return yield* Ecs.invalid("subnets can not be empty.")
  if (subnets.length > 16) return yield* Ecs.invalid("subnets can have at most 16 items.")
  if (securityGroups.length > 5) return yield* Ecs.invalid("securityGroups can have at most 5 items.")
  const state = context.stateOf(ec2)
  const noSubnet = subnets.find((id) => !state.subnets.has(id))
  if (noSubnet !== undefined) {
    return yield* Ecs.invalid(
      `Error retrieving subnet information for [${noSubnet}]: The subnet ID '${noSubnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`
    )
  }
  const noGroup = securityGroups.find((id) => !state.groups.has(id))
  if (noGroup !== undefined) {
    return yield* Ecs.invalid(
      `Error retrieving security group information for [${noGroup}]: The security group '${noGroup}' does not exist (ErrorCode: InvalidGroup.NotFound)`
    )
  }
  const vpcs = new Set([
    ...subnets.map((id) => state.subnets.get(id)!.VpcId),
    ...securityGroups.map((id) => state.groups.get(id)!.VpcId)
  ])
  if (vpcs.size > 1) {
    return yield* Ecs.invalid("Security groups and subnets must all belong to the same VPC.")
  }
})

/** Gives a task its network interface, in one of its subnets. */
export const attachInterface = Effect.fnUntraced(function*(
  network: sdk.AwsVpcConfiguration,
  index: number,
  taskArn: string,
  context: HandlerContext
) {
  const state = context.stateOf(ec2)
  const { securityGroups: Groups, subnets = [] } = network
  const subnet = state.subnets.get(subnets[index % subnets.length] ?? "")
  if (subnet === undefined) return undefined
  const eni = yield* Effect.orElseSucceed(
    addEni(state, context, {
      subnet,
      type: "interface",
      description: taskArn.replace(":task/", ":attachment/"),
      request: { Groups },
      managedBy: "amazon-ecs",
      tags: []
    }),
    () => undefined
  )
  if (eni === undefined) return undefined
  return {
    id: eni.NetworkInterfaceId,
    attachmentId: context.uuid(),
    subnet: subnet.SubnetId,
    zone: subnet.AvailabilityZone,
    address: eni.PrivateIpAddress,
    mac: eni.MacAddress ?? "",
    dnsName: eni.PrivateDnsName
  } satisfies Ecs.Interface
})

/** Removes the network interface of a task that stops. */
export const detachInterface = (eni: Ecs.Interface | undefined, context: HandlerContext): void => {
  const state = context.stateOf(ec2)
  const found = eni === undefined ? undefined : state.enis.get(eni.id)
  if (found !== undefined) removeEni(state, found)
}
