import { acm } from "./Acm.ts"
import { acmLifecycle } from "./AcmLifecycle.ts"
import { appConfig } from "./AppConfig.ts"
import { appConfigData } from "./AppConfigData.ts"
import { appConfigDeployments } from "./AppConfigDeployments.ts"
import { appConfigReads } from "./AppConfigReads.ts"
import { cloudWatch } from "./CloudWatch.ts"
import { cloudWatchActions } from "./CloudWatchActions.ts"
import { cloudWatchHistory } from "./CloudWatchHistory.ts"
import { cloudWatchMath } from "./CloudWatchMath.ts"
import type { Contract } from "./Contract.ts"
import { dynamoDb } from "./DynamoDb.ts"
import { dynamoDbBatches } from "./DynamoDbBatches.ts"
import { dynamoDbItems } from "./DynamoDbItems.ts"
import { dynamoDbReads } from "./DynamoDbReads.ts"
import { ec2 } from "./Ec2.ts"
import { ec2Addresses } from "./Ec2Addresses.ts"
import { ec2Fleets } from "./Ec2Fleets.ts"
import { ec2Gateways } from "./Ec2Gateways.ts"
import { ec2Images } from "./Ec2Images.ts"
import { ec2Launch } from "./Ec2Launch.ts"
import { ec2LaunchFeatures } from "./Ec2LaunchFeatures.ts"
import { ec2LaunchTemplates } from "./Ec2LaunchTemplates.ts"
import { ec2Networks } from "./Ec2Networks.ts"
import { ec2SnapshotAttributes } from "./Ec2SnapshotAttributes.ts"
import { ec2Volumes } from "./Ec2Volumes.ts"
import { ec2Vpcs } from "./Ec2Vpcs.ts"
import { ecs } from "./Ecs.ts"
import { ecsCapacity } from "./EcsCapacity.ts"
import { ecsDefinitions } from "./EcsDefinitions.ts"
import { ecsExecute } from "./EcsExecute.ts"
import { ecsStrategies } from "./EcsStrategies.ts"
import { ecsTasks } from "./EcsTasks.ts"
import { eventBridge } from "./EventBridge.ts"
import { eventBridgeAccess } from "./EventBridgeAccess.ts"
import { eventBridgeArchives } from "./EventBridgeArchives.ts"
import { eventBridgeDelivery } from "./EventBridgeDelivery.ts"
import { eventBridgePatterns } from "./EventBridgePatterns.ts"
import { eventBridgeTargets } from "./EventBridgeTargets.ts"
import { fleet } from "./Fleet.ts"
import { iam } from "./Iam.ts"
import { iamCredentials } from "./IamCredentials.ts"
import { iamDetails } from "./IamDetails.ts"
import { iamDocuments } from "./IamDocuments.ts"
import { iamGroups } from "./IamGroups.ts"
import { iamManaged } from "./IamManaged.ts"
import { iamProviders } from "./IamProviders.ts"
import { iamServiceRoles } from "./IamServiceRoles.ts"
import { iamSimulation } from "./IamSimulation.ts"
import { ec2Lookups, s3Lookups, ssmLookups } from "./Lookups.ts"
import { metrics } from "./Metrics.ts"
import { openSearch } from "./OpenSearch.ts"
import { openSearchRules } from "./OpenSearchRules.ts"
import { organizations } from "./Organizations.ts"
import { organizationsMembers } from "./OrganizationsMembers.ts"
import { organizationsPolicies } from "./OrganizationsPolicies.ts"
import { eventPublishers, metricPublishers } from "./Publishers.ts"
import { s3 } from "./S3.ts"
import { s3Checksums } from "./S3Checksums.ts"
import { s3Conditions } from "./S3Conditions.ts"
import { s3Configurations } from "./S3Configurations.ts"
import { s3Copies } from "./S3Copies.ts"
import { s3Directories } from "./S3Directories.ts"
import { s3Encryption } from "./S3Encryption.ts"
import { s3Lists } from "./S3Lists.ts"
import { s3Locks } from "./S3Locks.ts"
import { s3Permissions } from "./S3Permissions.ts"
import { s3Policies } from "./S3Policies.ts"
import { s3Presigned } from "./S3Presigned.ts"
import { s3PutObject } from "./S3PutObject.ts"
import { s3Reads } from "./S3Reads.ts"
import { s3Rules } from "./S3Rules.ts"
import { s3Uploads } from "./S3Uploads.ts"
import { s3Versions } from "./S3Versions.ts"
import { secretsManager } from "./SecretsManager.ts"
import { secretsManagerReads } from "./SecretsManagerReads.ts"
import { secretsManagerVersions } from "./SecretsManagerVersions.ts"
import { acmEvents, ecsEvents, s3Events, ssmEvents } from "./ServiceEvents.ts"
import { ssm } from "./Ssm.ts"
import { ssmCommands } from "./SsmCommands.ts"
import { ssmConfig } from "./SsmConfig.ts"
import { ssmDocuments } from "./SsmDocuments.ts"
import { ssmNames } from "./SsmNames.ts"
import { ssmParameters } from "./SsmParameters.ts"
import { ssmPublicParameters } from "./SsmPublicParameters.ts"
import { ssmWindows } from "./SsmWindows.ts"
import { sts } from "./Sts.ts"
import { stsSessions } from "./StsSessions.ts"
import { acmWaiters, cloudWatchWaiters, ec2Waiters, ecsWaiters, iamWaiters, s3Waiters } from "./Waiters.ts"

export const contracts: ReadonlyArray<Contract> = [
  acm,
  acmLifecycle,
  acmEvents,
  acmWaiters,
  appConfig,
  appConfigDeployments,
  appConfigData,
  appConfigReads,
  cloudWatch,
  cloudWatchActions,
  cloudWatchHistory,
  cloudWatchMath,
  cloudWatchWaiters,
  metrics,
  dynamoDb,
  dynamoDbBatches,
  dynamoDbItems,
  dynamoDbReads,
  ec2,
  ec2Fleets,
  ec2Images,
  ec2Launch,
  ec2LaunchFeatures,
  ec2LaunchTemplates,
  ec2SnapshotAttributes,
  ec2Volumes,
  ec2Addresses,
  ec2Gateways,
  ec2Networks,
  ec2Vpcs,
  ec2Waiters,
  ec2Lookups,
  ecs,
  ecsCapacity,
  ecsExecute,
  ecsStrategies,
  ecsDefinitions,
  ecsTasks,
  ecsEvents,
  ecsWaiters,
  eventBridge,
  eventBridgeAccess,
  eventBridgeArchives,
  eventBridgeDelivery,
  eventBridgePatterns,
  eventBridgeTargets,
  eventPublishers,
  metricPublishers,
  iam,
  iamCredentials,
  iamGroups,
  iamProviders,
  iamServiceRoles,
  iamSimulation,
  iamDetails,
  iamDocuments,
  iamManaged,
  iamWaiters,
  openSearch,
  openSearchRules,
  organizations,
  organizationsMembers,
  organizationsPolicies,
  s3,
  s3Configurations,
  s3Checksums,
  s3Conditions,
  s3Directories,
  s3Copies,
  s3Encryption,
  s3Lists,
  s3Locks,
  s3Permissions,
  s3Policies,
  s3Presigned,
  s3PutObject,
  s3Reads,
  s3Rules,
  s3Uploads,
  s3Versions,
  s3Events,
  s3Waiters,
  secretsManager,
  secretsManagerReads,
  secretsManagerVersions,
  s3Lookups,
  ssm,
  ssmCommands,
  ssmConfig,
  ssmDocuments,
  ssmEvents,
  ssmNames,
  ssmParameters,
  ssmPublicParameters,
  ssmWindows,
  ssmLookups,
  sts,
  stsSessions,
  fleet
]
