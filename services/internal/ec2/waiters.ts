// Written by `npm run waiters` from botocore's data. Don't edit it.
import * as sdk from "@aws-sdk/client-ec2"
import { equal, every, field, flat, is, length, order, some } from "../../../src/internal/jmespath.ts"
import type { Commands, Tables, WaitersOf } from "../../../src/internal/waiterTables.ts"

/** `BundleTasks[].State` */
const bundleTasksState = (o: unknown) => flat(field(o, "BundleTasks"), (a) => field(a, "State"))

/** `ConversionTasks[].State` */
const conversionTasksState = (o: unknown) => flat(field(o, "ConversionTasks"), (a) => field(a, "State"))

/** `CustomerGateways[].State` */
const customerGatewaysState = (o: unknown) => flat(field(o, "CustomerGateways"), (a) => field(a, "State"))

/** `ExportTasks[].State` */
const exportTasksState = (o: unknown) => flat(field(o, "ExportTasks"), (a) => field(a, "State"))

/** `Images[].State` */
const imagesState = (o: unknown) => flat(field(o, "Images"), (a) => field(a, "State"))

/** `length(Images[]) > '0'` */
const lengthImages = (o: unknown) => order(length(flat(field(o, "Images"), (a) => a)), (l, r) => l > r, 0)

/** `ImageUsageReports[].State` */
const imageUsageReportsState = (o: unknown) => flat(field(o, "ImageUsageReports"), (a) => field(a, "State"))

/** `length(Reservations[]) > '0'` */
const lengthReservations = (o: unknown) => order(length(flat(field(o, "Reservations"), (a) => a)), (l, r) => l > r, 0)

/** `Reservations[].Instances[].State.Name` */
const reservationsInstancesStateName = (o: unknown) => flat(flat(field(o, "Reservations"), (a) => field(a, "Instances")), (a) => field(field(a, "State"), "Name"))

/** `InstanceStatuses[].InstanceStatus.Status` */
const instanceStatusesInstanceStatusStatus = (o: unknown) => flat(field(o, "InstanceStatuses"), (a) => field(field(a, "InstanceStatus"), "Status"))

/** `length(InternetGateways[].InternetGatewayId) > '0'` */
const lengthInternetGatewaysInternetGatewayId = (o: unknown) => order(length(flat(field(o, "InternetGateways"), (a) => field(a, "InternetGatewayId"))), (l, r) => l > r, 0)

/** `length(KeyPairs[].KeyName) > '0'` */
const lengthKeyPairsKeyName = (o: unknown) => order(length(flat(field(o, "KeyPairs"), (a) => field(a, "KeyName"))), (l, r) => l > r, 0)

/** `NatGateways[].State` */
const natGatewaysState = (o: unknown) => flat(field(o, "NatGateways"), (a) => field(a, "State"))

/** `NetworkInterfaces[].Status` */
const networkInterfacesStatus = (o: unknown) => flat(field(o, "NetworkInterfaces"), (a) => field(a, "Status"))

/** `length(PasswordData) > '0'` */
const lengthPasswordData = (o: unknown) => order(length(field(o, "PasswordData")), (l, r) => l > r, 0)

/** `SecondaryNetworks[].State` */
const secondaryNetworksState = (o: unknown) => flat(field(o, "SecondaryNetworks"), (a) => field(a, "State"))

/** `SecondarySubnets[].State` */
const secondarySubnetsState = (o: unknown) => flat(field(o, "SecondarySubnets"), (a) => field(a, "State"))

/** `length(SecurityGroups[].GroupId) > '0'` */
const lengthSecurityGroupsGroupId = (o: unknown) => order(length(flat(field(o, "SecurityGroups"), (a) => field(a, "GroupId"))), (l, r) => l > r, 0)

/** `SecurityGroupVpcAssociations[].State` */
const securityGroupVpcAssociationsState = (o: unknown) => flat(field(o, "SecurityGroupVpcAssociations"), (a) => field(a, "State"))

/** `length(SecurityGroupVpcAssociations[]) == '0'` */
const lengthSecurityGroupVpcAssociations = (o: unknown) => equal(length(flat(field(o, "SecurityGroupVpcAssociations"), (a) => a)), 0)

/** `Snapshots[].State` */
const snapshotsState = (o: unknown) => flat(field(o, "Snapshots"), (a) => field(a, "State"))

/** `ImportSnapshotTasks[].SnapshotTaskDetail.Status` */
const importSnapshotTasksSnapshotTaskDetailStatus = (o: unknown) => flat(field(o, "ImportSnapshotTasks"), (a) => field(field(a, "SnapshotTaskDetail"), "Status"))

/** `SpotInstanceRequests[].Status.Code` */
const spotInstanceRequestsStatusCode = (o: unknown) => flat(field(o, "SpotInstanceRequests"), (a) => field(field(a, "Status"), "Code"))

/** `StoreImageTaskResults[].StoreTaskState` */
const storeImageTaskResultsStoreTaskState = (o: unknown) => flat(field(o, "StoreImageTaskResults"), (a) => field(a, "StoreTaskState"))

/** `Subnets[].State` */
const subnetsState = (o: unknown) => flat(field(o, "Subnets"), (a) => field(a, "State"))

/** `InstanceStatuses[].SystemStatus.Status` */
const instanceStatusesSystemStatusStatus = (o: unknown) => flat(field(o, "InstanceStatuses"), (a) => field(field(a, "SystemStatus"), "Status"))

/** `Volumes[].State` */
const volumesState = (o: unknown) => flat(field(o, "Volumes"), (a) => field(a, "State"))

/** `Vpcs[].State` */
const vpcsState = (o: unknown) => flat(field(o, "Vpcs"), (a) => field(a, "State"))

/** `VpcPeeringConnections[].Status.Code` */
const vpcPeeringConnectionsStatusCode = (o: unknown) => flat(field(o, "VpcPeeringConnections"), (a) => field(field(a, "Status"), "Code"))

/** `VpnConnections[].State` */
const vpnConnectionsState = (o: unknown) => flat(field(o, "VpnConnections"), (a) => field(a, "State"))

/** What Ec2 can wait for: the command of each waiter, and what the wait returns. */
export type Ec2Waiters = WaitersOf<typeof sdk, {
  BundleTaskComplete: ["DescribeBundleTasksCommand", "output"]
  ConversionTaskCancelled: ["DescribeConversionTasksCommand", "output"]
  ConversionTaskCompleted: ["DescribeConversionTasksCommand", "output"]
  ConversionTaskDeleted: ["DescribeConversionTasksCommand", "output"]
  CustomerGatewayAvailable: ["DescribeCustomerGatewaysCommand", "output"]
  ExportTaskCancelled: ["DescribeExportTasksCommand", "output"]
  ExportTaskCompleted: ["DescribeExportTasksCommand", "output"]
  ImageAvailable: ["DescribeImagesCommand", "output"]
  ImageExists: ["DescribeImagesCommand", "output"]
  ImageUsageReportAvailable: ["DescribeImageUsageReportsCommand", "output"]
  InstanceExists: ["DescribeInstancesCommand", "output"]
  InstanceRunning: ["DescribeInstancesCommand", "output"]
  InstanceStatusOk: ["DescribeInstanceStatusCommand", "output"]
  InstanceStopped: ["DescribeInstancesCommand", "output"]
  InstanceTerminated: ["DescribeInstancesCommand", "output"]
  InternetGatewayExists: ["DescribeInternetGatewaysCommand", "output"]
  KeyPairExists: ["DescribeKeyPairsCommand", "output"]
  NatGatewayAvailable: ["DescribeNatGatewaysCommand", "output"]
  NatGatewayDeleted: ["DescribeNatGatewaysCommand", "either"]
  NetworkInterfaceAvailable: ["DescribeNetworkInterfacesCommand", "output"]
  PasswordDataAvailable: ["GetPasswordDataCommand", "output"]
  SecondaryNetworkCreateComplete: ["DescribeSecondaryNetworksCommand", "output"]
  SecondaryNetworkDeleteComplete: ["DescribeSecondaryNetworksCommand", "output"]
  SecondarySubnetCreateComplete: ["DescribeSecondarySubnetsCommand", "output"]
  SecondarySubnetDeleteComplete: ["DescribeSecondarySubnetsCommand", "output"]
  SecurityGroupExists: ["DescribeSecurityGroupsCommand", "output"]
  SecurityGroupVpcAssociationAssociated: ["DescribeSecurityGroupVpcAssociationsCommand", "output"]
  SecurityGroupVpcAssociationDisassociated: ["DescribeSecurityGroupVpcAssociationsCommand", "output"]
  SnapshotCompleted: ["DescribeSnapshotsCommand", "output"]
  SnapshotImported: ["DescribeImportSnapshotTasksCommand", "output"]
  SpotInstanceRequestFulfilled: ["DescribeSpotInstanceRequestsCommand", "output"]
  StoreImageTaskComplete: ["DescribeStoreImageTasksCommand", "output"]
  SubnetAvailable: ["DescribeSubnetsCommand", "output"]
  SystemStatusOk: ["DescribeInstanceStatusCommand", "output"]
  VolumeAvailable: ["DescribeVolumesCommand", "output"]
  VolumeDeleted: ["DescribeVolumesCommand", "either"]
  VolumeInUse: ["DescribeVolumesCommand", "output"]
  VpcAvailable: ["DescribeVpcsCommand", "output"]
  VpcExists: ["DescribeVpcsCommand", "output"]
  VpcPeeringConnectionDeleted: ["DescribeVpcPeeringConnectionsCommand", "either"]
  VpcPeeringConnectionExists: ["DescribeVpcPeeringConnectionsCommand", "output"]
  VpnConnectionAvailable: ["DescribeVpnConnectionsCommand", "output"]
  VpnConnectionDeleted: ["DescribeVpnConnectionsCommand", "output"]
}>

export const waiters: Tables = {
  BundleTaskComplete: {
    command: (sdk as Commands).DescribeBundleTasksCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["BundleIds"],
    acceptors: [
      { state: "success", output: (o) => every(bundleTasksState, o, "complete") },
      { state: "failure", output: (o) => some(bundleTasksState, o, "failed"), reason: "BundleTasks[].State has \"failed\"" }
    ]
  },
  ConversionTaskCancelled: {
    command: (sdk as Commands).DescribeConversionTasksCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["ConversionTaskIds"],
    acceptors: [
      { state: "success", output: (o) => every(conversionTasksState, o, "cancelled") }
    ]
  },
  ConversionTaskCompleted: {
    command: (sdk as Commands).DescribeConversionTasksCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["ConversionTaskIds"],
    acceptors: [
      { state: "success", output: (o) => every(conversionTasksState, o, "completed") },
      { state: "failure", output: (o) => some(conversionTasksState, o, "cancelled"), reason: "ConversionTasks[].State has \"cancelled\"" },
      { state: "failure", output: (o) => some(conversionTasksState, o, "cancelling"), reason: "ConversionTasks[].State has \"cancelling\"" }
    ]
  },
  ConversionTaskDeleted: {
    command: (sdk as Commands).DescribeConversionTasksCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["ConversionTaskIds"],
    acceptors: [
      { state: "success", output: (o) => every(conversionTasksState, o, "deleted") }
    ]
  },
  CustomerGatewayAvailable: {
    command: (sdk as Commands).DescribeCustomerGatewaysCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["CustomerGatewayIds"],
    acceptors: [
      { state: "success", output: (o) => every(customerGatewaysState, o, "available") },
      { state: "failure", output: (o) => some(customerGatewaysState, o, "deleted"), reason: "CustomerGateways[].State has \"deleted\"" },
      { state: "failure", output: (o) => some(customerGatewaysState, o, "deleting"), reason: "CustomerGateways[].State has \"deleting\"" }
    ]
  },
  ExportTaskCancelled: {
    command: (sdk as Commands).DescribeExportTasksCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["ExportTaskIds"],
    acceptors: [
      { state: "success", output: (o) => every(exportTasksState, o, "cancelled") }
    ]
  },
  ExportTaskCompleted: {
    command: (sdk as Commands).DescribeExportTasksCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["ExportTaskIds"],
    acceptors: [
      { state: "success", output: (o) => every(exportTasksState, o, "completed") }
    ]
  },
  ImageAvailable: {
    command: (sdk as Commands).DescribeImagesCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["ImageIds"],
    acceptors: [
      { state: "success", output: (o) => every(imagesState, o, "available") },
      { state: "failure", output: (o) => some(imagesState, o, "failed"), reason: "Images[].State has \"failed\"" }
    ]
  },
  ImageExists: {
    command: (sdk as Commands).DescribeImagesCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["ImageIds"],
    acceptors: [
      { state: "success", output: (o) => is(lengthImages, o, true) },
      { state: "retry", error: "InvalidAMIID.NotFound" }
    ]
  },
  ImageUsageReportAvailable: {
    command: (sdk as Commands).DescribeImageUsageReportsCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["ImageIds", "ReportIds"],
    acceptors: [
      { state: "success", output: (o) => every(imageUsageReportsState, o, "available") },
      { state: "failure", output: (o) => some(imageUsageReportsState, o, "failed"), reason: "ImageUsageReports[].State has \"failed\"" }
    ]
  },
  InstanceExists: {
    command: (sdk as Commands).DescribeInstancesCommand,
    delay: "5 seconds",
    attempts: 40,
    names: ["InstanceIds"],
    acceptors: [
      { state: "success", output: (o) => is(lengthReservations, o, true) },
      { state: "retry", error: "InvalidInstanceID.NotFound" }
    ]
  },
  InstanceRunning: {
    command: (sdk as Commands).DescribeInstancesCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["InstanceIds"],
    acceptors: [
      { state: "success", output: (o) => every(reservationsInstancesStateName, o, "running") },
      { state: "failure", output: (o) => some(reservationsInstancesStateName, o, "shutting-down"), reason: "Reservations[].Instances[].State.Name has \"shutting-down\"" },
      { state: "failure", output: (o) => some(reservationsInstancesStateName, o, "terminated"), reason: "Reservations[].Instances[].State.Name has \"terminated\"" },
      { state: "failure", output: (o) => some(reservationsInstancesStateName, o, "stopping"), reason: "Reservations[].Instances[].State.Name has \"stopping\"" },
      { state: "retry", error: "InvalidInstanceID.NotFound" }
    ]
  },
  InstanceStatusOk: {
    command: (sdk as Commands).DescribeInstanceStatusCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["InstanceIds"],
    acceptors: [
      { state: "success", output: (o) => every(instanceStatusesInstanceStatusStatus, o, "ok") },
      { state: "retry", error: "InvalidInstanceID.NotFound" }
    ]
  },
  InstanceStopped: {
    command: (sdk as Commands).DescribeInstancesCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["InstanceIds"],
    acceptors: [
      { state: "success", output: (o) => every(reservationsInstancesStateName, o, "stopped") },
      { state: "failure", output: (o) => some(reservationsInstancesStateName, o, "pending"), reason: "Reservations[].Instances[].State.Name has \"pending\"" },
      { state: "failure", output: (o) => some(reservationsInstancesStateName, o, "terminated"), reason: "Reservations[].Instances[].State.Name has \"terminated\"" }
    ]
  },
  InstanceTerminated: {
    command: (sdk as Commands).DescribeInstancesCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["InstanceIds"],
    acceptors: [
      { state: "success", output: (o) => every(reservationsInstancesStateName, o, "terminated") },
      { state: "failure", output: (o) => some(reservationsInstancesStateName, o, "pending"), reason: "Reservations[].Instances[].State.Name has \"pending\"" },
      { state: "failure", output: (o) => some(reservationsInstancesStateName, o, "stopping"), reason: "Reservations[].Instances[].State.Name has \"stopping\"" }
    ]
  },
  InternetGatewayExists: {
    command: (sdk as Commands).DescribeInternetGatewaysCommand,
    delay: "5 seconds",
    attempts: 6,
    names: ["InternetGatewayIds"],
    acceptors: [
      { state: "success", output: (o) => is(lengthInternetGatewaysInternetGatewayId, o, true) },
      { state: "retry", error: "InvalidInternetGateway.NotFound" }
    ]
  },
  KeyPairExists: {
    command: (sdk as Commands).DescribeKeyPairsCommand,
    delay: "5 seconds",
    attempts: 6,
    names: ["KeyNames", "KeyPairIds"],
    acceptors: [
      { state: "success", output: (o) => is(lengthKeyPairsKeyName, o, true) },
      { state: "retry", error: "InvalidKeyPair.NotFound" }
    ]
  },
  NatGatewayAvailable: {
    command: (sdk as Commands).DescribeNatGatewaysCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["NatGatewayIds"],
    acceptors: [
      { state: "success", output: (o) => every(natGatewaysState, o, "available") },
      { state: "failure", output: (o) => some(natGatewaysState, o, "failed"), reason: "NatGateways[].State has \"failed\"" },
      { state: "failure", output: (o) => some(natGatewaysState, o, "deleting"), reason: "NatGateways[].State has \"deleting\"" },
      { state: "failure", output: (o) => some(natGatewaysState, o, "deleted"), reason: "NatGateways[].State has \"deleted\"" },
      { state: "retry", error: "NatGatewayNotFound" }
    ]
  },
  NatGatewayDeleted: {
    command: (sdk as Commands).DescribeNatGatewaysCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["NatGatewayIds"],
    acceptors: [
      { state: "success", output: (o) => every(natGatewaysState, o, "deleted") },
      { state: "success", error: "NatGatewayNotFound" }
    ]
  },
  NetworkInterfaceAvailable: {
    command: (sdk as Commands).DescribeNetworkInterfacesCommand,
    delay: "20 seconds",
    attempts: 10,
    names: ["NetworkInterfaceIds"],
    acceptors: [
      { state: "success", output: (o) => every(networkInterfacesStatus, o, "available") },
      { state: "failure", error: "InvalidNetworkInterfaceID.NotFound" }
    ]
  },
  PasswordDataAvailable: {
    command: (sdk as Commands).GetPasswordDataCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["InstanceId"],
    acceptors: [
      { state: "success", output: (o) => is(lengthPasswordData, o, true) }
    ]
  },
  SecondaryNetworkCreateComplete: {
    command: (sdk as Commands).DescribeSecondaryNetworksCommand,
    delay: "10 seconds",
    attempts: 30,
    names: ["SecondaryNetworkIds"],
    acceptors: [
      { state: "success", output: (o) => every(secondaryNetworksState, o, "create-complete") },
      { state: "failure", output: (o) => some(secondaryNetworksState, o, "create-failed"), reason: "SecondaryNetworks[].State has \"create-failed\"" },
      { state: "retry", error: "InvalidSecondaryNetworkId.NotFound" }
    ]
  },
  SecondaryNetworkDeleteComplete: {
    command: (sdk as Commands).DescribeSecondaryNetworksCommand,
    delay: "10 seconds",
    attempts: 30,
    names: ["SecondaryNetworkIds"],
    acceptors: [
      { state: "success", output: (o) => every(secondaryNetworksState, o, "delete-complete") },
      { state: "failure", output: (o) => some(secondaryNetworksState, o, "delete-failed"), reason: "SecondaryNetworks[].State has \"delete-failed\"" }
    ]
  },
  SecondarySubnetCreateComplete: {
    command: (sdk as Commands).DescribeSecondarySubnetsCommand,
    delay: "10 seconds",
    attempts: 30,
    names: ["SecondarySubnetIds"],
    acceptors: [
      { state: "success", output: (o) => every(secondarySubnetsState, o, "create-complete") },
      { state: "failure", output: (o) => some(secondarySubnetsState, o, "delete-failed"), reason: "SecondarySubnets[].State has \"delete-failed\"" },
      { state: "retry", error: "InvalidSecondarySubnetId.NotFound" }
    ]
  },
  SecondarySubnetDeleteComplete: {
    command: (sdk as Commands).DescribeSecondarySubnetsCommand,
    delay: "10 seconds",
    attempts: 30,
    names: ["SecondarySubnetIds"],
    acceptors: [
      { state: "success", output: (o) => every(secondarySubnetsState, o, "delete-complete") },
      { state: "failure", output: (o) => some(secondarySubnetsState, o, "delete-failed"), reason: "SecondarySubnets[].State has \"delete-failed\"" }
    ]
  },
  SecurityGroupExists: {
    command: (sdk as Commands).DescribeSecurityGroupsCommand,
    delay: "5 seconds",
    attempts: 6,
    names: ["GroupIds", "GroupNames"],
    acceptors: [
      { state: "success", output: (o) => is(lengthSecurityGroupsGroupId, o, true) },
      { state: "retry", error: "InvalidGroup.NotFound" }
    ]
  },
  SecurityGroupVpcAssociationAssociated: {
    command: (sdk as Commands).DescribeSecurityGroupVpcAssociationsCommand,
    delay: "10 seconds",
    attempts: 7,
    names: [],
    acceptors: [
      { state: "success", output: (o) => every(securityGroupVpcAssociationsState, o, "associated") },
      { state: "retry", output: (o) => some(securityGroupVpcAssociationsState, o, "associating") },
      { state: "failure", output: (o) => some(securityGroupVpcAssociationsState, o, "association-failed"), reason: "SecurityGroupVpcAssociations[].State has \"association-failed\"" }
    ]
  },
  SecurityGroupVpcAssociationDisassociated: {
    command: (sdk as Commands).DescribeSecurityGroupVpcAssociationsCommand,
    delay: "10 seconds",
    attempts: 7,
    names: [],
    acceptors: [
      { state: "success", output: (o) => every(securityGroupVpcAssociationsState, o, "disassociated") },
      { state: "retry", output: (o) => some(securityGroupVpcAssociationsState, o, "disassociating") },
      { state: "failure", output: (o) => some(securityGroupVpcAssociationsState, o, "disassociation-failed"), reason: "SecurityGroupVpcAssociations[].State has \"disassociation-failed\"" },
      { state: "success", output: (o) => is(lengthSecurityGroupVpcAssociations, o, true) }
    ]
  },
  SnapshotCompleted: {
    command: (sdk as Commands).DescribeSnapshotsCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["OwnerIds", "RestorableByUserIds", "SnapshotIds"],
    acceptors: [
      { state: "success", output: (o) => every(snapshotsState, o, "completed") },
      { state: "failure", output: (o) => some(snapshotsState, o, "error"), reason: "Snapshots[].State has \"error\"" }
    ]
  },
  SnapshotImported: {
    command: (sdk as Commands).DescribeImportSnapshotTasksCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["ImportTaskIds"],
    acceptors: [
      { state: "success", output: (o) => every(importSnapshotTasksSnapshotTaskDetailStatus, o, "completed") },
      { state: "failure", output: (o) => some(importSnapshotTasksSnapshotTaskDetailStatus, o, "error"), reason: "ImportSnapshotTasks[].SnapshotTaskDetail.Status has \"error\"" }
    ]
  },
  SpotInstanceRequestFulfilled: {
    command: (sdk as Commands).DescribeSpotInstanceRequestsCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["SpotInstanceRequestIds"],
    acceptors: [
      { state: "success", output: (o) => every(spotInstanceRequestsStatusCode, o, "fulfilled") },
      { state: "success", output: (o) => every(spotInstanceRequestsStatusCode, o, "request-canceled-and-instance-running") },
      { state: "failure", output: (o) => some(spotInstanceRequestsStatusCode, o, "schedule-expired"), reason: "SpotInstanceRequests[].Status.Code has \"schedule-expired\"" },
      { state: "failure", output: (o) => some(spotInstanceRequestsStatusCode, o, "canceled-before-fulfillment"), reason: "SpotInstanceRequests[].Status.Code has \"canceled-before-fulfillment\"" },
      { state: "failure", output: (o) => some(spotInstanceRequestsStatusCode, o, "bad-parameters"), reason: "SpotInstanceRequests[].Status.Code has \"bad-parameters\"" },
      { state: "failure", output: (o) => some(spotInstanceRequestsStatusCode, o, "system-error"), reason: "SpotInstanceRequests[].Status.Code has \"system-error\"" },
      { state: "retry", error: "InvalidSpotInstanceRequestID.NotFound" }
    ]
  },
  StoreImageTaskComplete: {
    command: (sdk as Commands).DescribeStoreImageTasksCommand,
    delay: "5 seconds",
    attempts: 40,
    names: ["ImageIds"],
    acceptors: [
      { state: "success", output: (o) => every(storeImageTaskResultsStoreTaskState, o, "Completed") },
      { state: "failure", output: (o) => some(storeImageTaskResultsStoreTaskState, o, "Failed"), reason: "StoreImageTaskResults[].StoreTaskState has \"Failed\"" },
      { state: "retry", output: (o) => some(storeImageTaskResultsStoreTaskState, o, "InProgress") }
    ]
  },
  SubnetAvailable: {
    command: (sdk as Commands).DescribeSubnetsCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["SubnetIds"],
    acceptors: [
      { state: "success", output: (o) => every(subnetsState, o, "available") }
    ]
  },
  SystemStatusOk: {
    command: (sdk as Commands).DescribeInstanceStatusCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["InstanceIds"],
    acceptors: [
      { state: "success", output: (o) => every(instanceStatusesSystemStatusStatus, o, "ok") }
    ]
  },
  VolumeAvailable: {
    command: (sdk as Commands).DescribeVolumesCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["VolumeIds"],
    acceptors: [
      { state: "success", output: (o) => every(volumesState, o, "available") },
      { state: "failure", output: (o) => some(volumesState, o, "deleted"), reason: "Volumes[].State has \"deleted\"" }
    ]
  },
  VolumeDeleted: {
    command: (sdk as Commands).DescribeVolumesCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["VolumeIds"],
    acceptors: [
      { state: "success", output: (o) => every(volumesState, o, "deleted") },
      { state: "success", error: "InvalidVolume.NotFound" }
    ]
  },
  VolumeInUse: {
    command: (sdk as Commands).DescribeVolumesCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["VolumeIds"],
    acceptors: [
      { state: "success", output: (o) => every(volumesState, o, "in-use") },
      { state: "failure", output: (o) => some(volumesState, o, "deleted"), reason: "Volumes[].State has \"deleted\"" }
    ]
  },
  VpcAvailable: {
    command: (sdk as Commands).DescribeVpcsCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["VpcIds"],
    acceptors: [
      { state: "success", output: (o) => every(vpcsState, o, "available") }
    ]
  },
  VpcExists: {
    command: (sdk as Commands).DescribeVpcsCommand,
    delay: "1 second",
    attempts: 5,
    names: ["VpcIds"],
    acceptors: [
      { state: "success", status: 200 },
      { state: "retry", error: "InvalidVpcID.NotFound" }
    ]
  },
  VpcPeeringConnectionDeleted: {
    command: (sdk as Commands).DescribeVpcPeeringConnectionsCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["VpcPeeringConnectionIds"],
    acceptors: [
      { state: "success", output: (o) => every(vpcPeeringConnectionsStatusCode, o, "deleted") },
      { state: "success", error: "InvalidVpcPeeringConnectionID.NotFound" }
    ]
  },
  VpcPeeringConnectionExists: {
    command: (sdk as Commands).DescribeVpcPeeringConnectionsCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["VpcPeeringConnectionIds"],
    acceptors: [
      { state: "success", status: 200 },
      { state: "retry", error: "InvalidVpcPeeringConnectionID.NotFound" }
    ]
  },
  VpnConnectionAvailable: {
    command: (sdk as Commands).DescribeVpnConnectionsCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["VpnConnectionIds"],
    acceptors: [
      { state: "success", output: (o) => every(vpnConnectionsState, o, "available") },
      { state: "failure", output: (o) => some(vpnConnectionsState, o, "deleting"), reason: "VpnConnections[].State has \"deleting\"" },
      { state: "failure", output: (o) => some(vpnConnectionsState, o, "deleted"), reason: "VpnConnections[].State has \"deleted\"" }
    ]
  },
  VpnConnectionDeleted: {
    command: (sdk as Commands).DescribeVpnConnectionsCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["VpnConnectionIds"],
    acceptors: [
      { state: "success", output: (o) => every(vpnConnectionsState, o, "deleted") },
      { state: "failure", output: (o) => some(vpnConnectionsState, o, "pending"), reason: "VpnConnections[].State has \"pending\"" }
    ]
  }
}
