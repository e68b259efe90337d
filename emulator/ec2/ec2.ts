/** In-memory EC2: the service, of the handlers that each subject has in a file of its own. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type Handler, type HandlerContext, service, type WithoutEffect } from "../engine/service.ts"
import * as AddressAssociations from "./addressAssociations.ts"
import * as Addresses from "./addresses.ts"
import * as Attributes from "./attributes.ts"
import { settle } from "./changes.ts"
import * as Defaults from "./defaults.ts"
import * as DhcpOptions from "./dhcpOptions.ts"
import * as EndpointChanges from "./endpointChanges.ts"
import * as Endpoints from "./endpoints.ts"
import { everywhere } from "./everywhere.ts"
import * as FlowLogs from "./flowLogs.ts"
import * as Gateways from "./gateways.ts"
import * as Groups from "./groups.ts"
import * as Images from "./images.ts"
import * as Instances from "./instances.ts"
import * as InstanceStates from "./instanceStates.ts"
import * as InterfaceAttributes from "./interfaceAttributes.ts"
import * as Interfaces from "./interfaces.ts"
import * as KeyPairs from "./keyPairs.ts"
import * as Launch from "./launch.ts"
import * as Mirroring from "./mirroring.ts"
import * as Nat from "./nat.ts"
import * as NetworkAcls from "./networkAcls.ts"
import * as Peerings from "./peerings.ts"
import * as PrefixLists from "./prefixLists.ts"
import * as Routes from "./routes.ts"
import * as RouteTables from "./routeTables.ts"
import * as RuleChanges from "./ruleChanges.ts"
import * as Rules from "./rules.ts"
import type { Ec2Handlers, State } from "./state.ts"
import * as Subnets from "./subnets.ts"
import * as Tags from "./tags.ts"
import * as TransitAttachments from "./transitAttachments.ts"
import * as TransitGateways from "./transitGateways.ts"
import * as TransitRoutes from "./transitRoutes.ts"
import * as TransitTables from "./transitTables.ts"
import * as VpcAttributes from "./vpcAttributes.ts"
import * as Vpcs from "./vpcs.ts"
import * as VpnConnections from "./vpnConnections.ts"
import * as VpnGateways from "./vpnGateways.ts"
import * as Zones from "./zones.ts"

const handlers: Ec2Handlers = {
  ...AddressAssociations.handlers,
  ...Addresses.handlers,
  ...Attributes.handlers,
  ...Defaults.handlers,
  ...DhcpOptions.handlers,
  ...EndpointChanges.handlers,
  ...Endpoints.handlers,
  ...FlowLogs.handlers,
  ...Gateways.handlers,
  ...Groups.handlers,
  ...Images.handlers,
  ...Instances.handlers,
  ...InstanceStates.handlers,
  ...InterfaceAttributes.handlers,
  ...Interfaces.handlers,
  ...KeyPairs.handlers,
  ...Launch.handlers,
  ...Mirroring.handlers,
  ...Nat.handlers,
  ...NetworkAcls.handlers,
  ...Peerings.handlers,
  ...PrefixLists.handlers,
  ...Routes.handlers,
  ...RouteTables.handlers,
  ...RuleChanges.handlers,
  ...Rules.handlers,
  ...Subnets.handlers,
  ...Tags.handlers,
  ...TransitAttachments.handlers,
  ...TransitGateways.handlers,
  ...TransitRoutes.handlers,
  ...TransitTables.handlers,
  ...VpcAttributes.handlers,
  ...Vpcs.handlers,
  ...VpnConnections.handlers,
  ...VpnGateways.handlers,
  ...Zones.handlers
}

/** Creates, once, what every account has in every region. */
const prepare = (state: State, context: HandlerContext): void => {
  if (state.isPrepared) return
  state.isPrepared = true
  PrefixLists.addAwsLists(state, context)
  Defaults.addDefaultVpc(state, context)
}

const dryRun = new Fault({
  code: "DryRunOperation",
  message: "Request would have succeeded, but DryRun flag is set.",
  statusCode: 412
})

/** The context of a dry run, which gets copies of the other regions' and accounts' states of EC2 too. */
const onCopies = (context: HandlerContext): HandlerContext => ({
  ...context,
  stateOf: (other, where) => {
    const found = context.stateOf(other, where)
    return other.namespace === everywhere.namespace ? structuredClone(found) : found
  }
})

/**
 * Prepares the state for every command: creates the default VPC once, and applies the state changes that are due. A dry run
 * happens on a copy of the state, and fails as the command itself would.
 */
const prepared = (handler: Handler<any, object, State>): Handler<any, object, State> =>
  Effect.fnUntraced(function*(input: { readonly DryRun?: boolean }, state, context) {
    prepare(state, context)
    settle(state, context, yield* Clock.currentTimeMillis)
    if (input.DryRun !== true) return yield* handler(input, state, context)
    yield* handler(input, structuredClone(state), onCopies(context))
    return yield* dryRun
  })

// Nothing here is managed by another service, runs an operating system or shows the volumes and credits of an instance.
const withoutEffect: WithoutEffect<typeof sdk> = {
  DescribeImages: ["IncludeDeprecated", "IncludeDisabled"],
  DescribeInstances: ["IncludeManagedResources"],
  DescribeInstanceStatus: ["IncludeManagedResources"],
  DescribeNetworkInterfaces: ["IncludeManagedResources"],
  DetachNetworkInterface: ["Force"],
  RunInstances: [
    "AdditionalInfo",
    "BlockDeviceMappings[].Ebs.Encrypted",
    "BlockDeviceMappings[].Ebs.Iops",
    "BlockDeviceMappings[].Ebs.Throughput",
    "BlockDeviceMappings[].Ebs.VolumeInitializationRate",
    "BlockDeviceMappings[].Ebs.VolumeSize",
    "BlockDeviceMappings[].Ebs.VolumeType",
    "CreditSpecification"
  ],
  StartInstances: ["AdditionalInfo"],
  StopInstances: ["Force", "SkipOsShutdown"],
  TerminateInstances: ["Force", "SkipOsShutdown"]
}

export const ec2 = service<typeof sdk>()({
  ...everywhere,
  handlers: Object.fromEntries(
    Object.entries(handlers).map((
      [operation, handler]
    ) => [operation, prepared(handler as Handler<any, object, State>)])
  ) as Ec2Handlers,
  withoutEffect
})
