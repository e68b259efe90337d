/** In-memory EC2: the service, of the handlers that each subject has in a file of its own. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type Handler, type HandlerContext, service, type WithoutEffect } from "../engine/service.ts"
import * as AddressAssociations from "./addressAssociations.ts"
import * as Addresses from "./addresses.ts"
import * as Attributes from "./attributes.ts"
import { authorization } from "./authorization.ts"
import { settle, wake } from "./changes.ts"
import * as Defaults from "./defaults.ts"
import * as DhcpOptions from "./dhcpOptions.ts"
import * as EndpointChanges from "./endpointChanges.ts"
import * as Endpoints from "./endpoints.ts"
import { silent } from "./events.ts"
import { everywhere } from "./everywhere.ts"
import { maintain } from "./fleetLaunches.ts"
import * as Fleets from "./fleets.ts"
import * as FlowLogs from "./flowLogs.ts"
import * as Gateways from "./gateways.ts"
import * as Groups from "./groups.ts"
import * as Images from "./images.ts"
import * as InstanceActions from "./instanceActions.ts"
import * as InstanceProfiles from "./instanceProfiles.ts"
import * as Instances from "./instances.ts"
import * as InstanceStates from "./instanceStates.ts"
import * as InstanceTypes from "./instanceTypes.ts"
import * as InterfaceAttributes from "./interfaceAttributes.ts"
import * as Interfaces from "./interfaces.ts"
import * as KeyPairs from "./keyPairs.ts"
import * as Launch from "./launch.ts"
import * as LaunchTemplateData from "./launchTemplateData.ts"
import * as LaunchTemplates from "./launchTemplates.ts"
import * as LaunchTemplateVersions from "./launchTemplateVersions.ts"
import * as Mirroring from "./mirroring.ts"
import * as Nat from "./nat.ts"
import * as NetworkAcls from "./networkAcls.ts"
import * as OwnImages from "./ownImages.ts"
import * as Peerings from "./peerings.ts"
import * as PlacementGroups from "./placementGroups.ts"
import * as PrefixLists from "./prefixLists.ts"
import * as Routes from "./routes.ts"
import * as RouteTables from "./routeTables.ts"
import * as RuleChanges from "./ruleChanges.ts"
import * as Rules from "./rules.ts"
import * as SnapshotAttributes from "./snapshotAttributes.ts"
import * as Snapshots from "./snapshots.ts"
import type { Ec2Handlers, State } from "./state.ts"
import * as Subnets from "./subnets.ts"
import * as Tags from "./tags.ts"
import * as TransitAttachments from "./transitAttachments.ts"
import * as TransitGateways from "./transitGateways.ts"
import * as TransitRoutes from "./transitRoutes.ts"
import * as TransitTables from "./transitTables.ts"
import * as Volumes from "./volumes.ts"
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
  ...Fleets.handlers,
  ...FlowLogs.handlers,
  ...Gateways.handlers,
  ...Groups.handlers,
  ...Images.handlers,
  ...InstanceActions.handlers,
  ...InstanceProfiles.handlers,
  ...Instances.handlers,
  ...InstanceStates.handlers,
  ...InstanceTypes.handlers,
  ...InterfaceAttributes.handlers,
  ...Interfaces.handlers,
  ...KeyPairs.handlers,
  ...Launch.handlers,
  ...LaunchTemplateData.handlers,
  ...LaunchTemplates.handlers,
  ...LaunchTemplateVersions.handlers,
  ...Mirroring.handlers,
  ...Nat.handlers,
  ...OwnImages.handlers,
  ...PlacementGroups.handlers,
  ...NetworkAcls.handlers,
  ...Peerings.handlers,
  ...PrefixLists.handlers,
  ...Routes.handlers,
  ...RouteTables.handlers,
  ...RuleChanges.handlers,
  ...Rules.handlers,
  ...SnapshotAttributes.handlers,
  ...Snapshots.handlers,
  ...Subnets.handlers,
  ...Tags.handlers,
  ...Volumes.handlers,
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
  ...silent(context),
  stateOf: (other, where) => {
    const found = context.stateOf(other, where)
    return other.namespace === everywhere.namespace ? structuredClone(found) : found
  }
})

/**
 * Prepares the state for every command: creates the default VPC once, and applies the state changes that are due, also those of
 * fleets. A dry run happens on a copy of the state, and fails as the command itself would.
 */
const prepared = (handler: Handler<any, object, State>): Handler<any, object, State> =>
  Effect.fnUntraced(function*(input: { readonly DryRun?: boolean }, state, context) {
    prepare(state, context)
    const now = yield* Clock.currentTimeMillis
    settle(state, now)
    yield* maintain(state, context, now)
    if (input.DryRun !== true) return yield* handler(input, state, context)
    yield* handler(input, structuredClone(state), onCopies(context))
    return yield* dryRun
  })

// Nothing here is managed by another service, or runs an operating system.
const withoutEffect: WithoutEffect<typeof sdk> = {
  CreateImage: ["NoReboot"],
  DescribeImages: ["IncludeDeprecated", "IncludeDisabled"],
  DescribeInstances: ["IncludeManagedResources"],
  DescribeInstanceStatus: ["IncludeManagedResources"],
  DescribeNetworkInterfaces: ["IncludeManagedResources"],
  DescribeVolumes: ["IncludeManagedResources"],
  DetachNetworkInterface: ["Force"],
  DetachVolume: ["Force"],
  GetConsoleOutput: ["Latest"],
  RunInstances: [...Launch.withoutEffect],
  StartInstances: ["AdditionalInfo"],
  StopInstances: ["Force", "SkipOsShutdown"],
  TerminateInstances: ["Force", "SkipOsShutdown"]
}

export const ec2 = service<typeof sdk>()({
  ...everywhere,
  authorization,
  handlers: Object.fromEntries(
    Object.entries(handlers).map((
      [operation, handler]
    ) => [operation, prepared(handler as Handler<any, object, State>)])
  ) as Ec2Handlers,
  withoutEffect,
  wake
})
