// The services that have service-linked roles, and the role of each. AWS documents them one by one, in the guide of each service.
// A service that isn't here counts as one without such a role.

export interface Template {
  /** The name of the role. A custom suffix follows it. */
  readonly role: string
  /** The AWS managed policy that is attached to the role. */
  readonly policy: string
  readonly allowsSuffix: boolean
}

/** Each service without `.amazonaws.com`, the name of its role without `AWSServiceRoleFor`, and the name of its policy. */
const table: ReadonlyArray<readonly [service: string, role: string, policy: string]> = [
  ["access-analyzer", "AccessAnalyzer", "AccessAnalyzerServiceRolePolicy"],
  ["accountdiscovery.ssm", "AmazonSSM_AccountDiscovery", "AWSSystemsManagerAccountDiscoveryServicePolicy"],
  ["acm", "CertificateManager", "CertificateManagerServiceRolePolicy"],
  ["airflow", "AmazonMWAA", "AmazonMWAAServiceRolePolicy"],
  ["apidestinations.events", "AmazonEventBridgeApiDestinations", "AmazonEventBridgeApiDestinationsServiceRolePolicy"],
  ["application-insights", "ApplicationInsights", "CloudwatchApplicationInsightsServiceLinkedRolePolicy"],
  ["application-signals.cloudwatch", "CloudWatchApplicationSignals", "CloudWatchApplicationSignalsServiceRolePolicy"],
  ["appmesh", "AppMesh", "AWSAppMeshServiceRolePolicy"],
  ["apprunner", "AppRunner", "AppRunnerServiceRolePolicy"],
  [
    "appstream.application-autoscaling",
    "ApplicationAutoScaling_AppStreamFleet",
    "AWSApplicationAutoscalingAppStreamFleetPolicy"
  ],
  ["appsync", "AppSync", "AWSAppSyncServiceRolePolicy"],
  ["auditmanager", "AuditManager", "AWSAuditManagerServiceRolePolicy"],
  ["autoscaling", "AutoScaling", "AutoScalingServiceRolePolicy"],
  ["autoscaling-plans", "AutoScalingPlans_EC2AutoScaling", "AWSAutoScalingPlansEC2AutoScalingPolicy"],
  ["backup", "Backup", "AWSBackupServiceLinkedRolePolicyForBackup"],
  ["batch", "Batch", "BatchServiceRolePolicy"],
  [
    "cassandra.application-autoscaling",
    "ApplicationAutoScaling_CassandraTable",
    "AWSApplicationAutoscalingCassandraTablePolicy"
  ],
  ["cks.kms", "KeyManagementServiceCustomKeyStores", "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy"],
  ["clientvpn", "ClientVPN", "ClientVPNServiceRolePolicy"],
  ["cloud9", "AWSCloud9", "AWSCloud9ServiceRolePolicy"],
  ["cloudhsm", "CloudHSM", "CloudHSMServiceRolePolicy"],
  ["cloudtrail", "CloudTrail", "CloudTrailServiceRolePolicy"],
  ["cloudwatch-crossaccount", "CloudWatchCrossAccount", "CloudWatch-CrossAccountAccess"],
  ["codeguru-reviewer", "AmazonCodeGuruReviewer", "AmazonCodeGuruReviewerServiceRolePolicy"],
  ["codestar-notifications", "CodeStarNotifications", "AWSCodeStarNotificationsServiceRolePolicy"],
  ["cognito-idp", "AmazonCognitoIdp", "AmazonCognitoIdpServiceRolePolicy"],
  [
    "comprehend.application-autoscaling",
    "ApplicationAutoScaling_ComprehendEndpoint",
    "AWSApplicationAutoscalingComprehendEndpointPolicy"
  ],
  ["compute-optimizer", "ComputeOptimizer", "ComputeOptimizerServiceRolePolicy"],
  ["config", "Config", "AWSConfigServiceRolePolicy"],
  ["config-conforms", "ConfigConforms", "ConfigConformsServiceRolePolicy"],
  ["config-multiaccountsetup", "ConfigMultiAccountSetup", "AWSConfigMultiAccountSetupPolicy"],
  ["connect", "AmazonConnect", "AmazonConnectServiceLinkedRolePolicy"],
  [
    "contributorinsights.dynamodb",
    "DynamoDBCloudWatchContributorInsights",
    "DynamoDBCloudWatchContributorInsightsServiceRolePolicy"
  ],
  ["controltower", "AWSControlTower", "AWSControlTowerAccountServiceRolePolicy"],
  ["cost-optimization-hub.bcm", "CostOptimizationHub", "CostOptimizationHubServiceRolePolicy"],
  [
    "custom-resource.application-autoscaling",
    "ApplicationAutoScaling_CustomResource",
    "AWSApplicationAutoScalingCustomResourcePolicy"
  ],
  ["custom.rds", "RDSCustom", "AmazonRDSCustomServiceRolePolicy"],
  ["datasync", "DataSync", "AWSDataSyncServiceRolePolicy"],
  ["dax", "DAX", "DAXServiceRolePolicy"],
  ["delivery.logs", "LogDelivery", "AWSServiceRoleForLogDeliveryPolicy"],
  ["detective", "Detective", "AmazonDetectiveServiceLinkedRolePolicy"],
  ["devops-guru", "DevOpsGuru", "AmazonDevOpsGuruServiceRolePolicy"],
  ["dms", "DMSServerless", "AWSDMSServerlessServiceRolePolicy"],
  ["dms-fleet-advisor", "DMSFleetAdvisor", "AWSDMSFleetAdvisorServiceRolePolicy"],
  ["docdb-elastic", "DocDB-Elastic", "AmazonDocDB-ElasticServiceRolePolicy"],
  [
    "dynamodb.application-autoscaling",
    "ApplicationAutoScaling_DynamoDBTable",
    "AWSApplicationAutoscalingDynamoDBTablePolicy"
  ],
  ["ec2-instance-connect", "Ec2InstanceConnect", "Ec2InstanceConnectEndpoint"],
  [
    "ec2.application-autoscaling",
    "ApplicationAutoScaling_EC2SpotFleetRequest",
    "AWSApplicationAutoscalingEC2SpotFleetRequestPolicy"
  ],
  ["ec2fastlaunch", "EC2FastLaunch", "EC2FastLaunchServiceRolePolicy"],
  ["ec2fleet", "EC2Fleet", "AWSEC2FleetServiceRolePolicy"],
  ["ecr", "ECRTemplate", "ECRTemplateServiceRolePolicy"],
  ["ecs", "ECS", "AmazonECSServiceRolePolicy"],
  ["ecs.application-autoscaling", "ApplicationAutoScaling_ECSService", "AWSApplicationAutoscalingECSServicePolicy"],
  ["eks", "AmazonEKS", "AmazonEKSServiceRolePolicy"],
  ["eks-connector", "AmazonEKSConnector", "AmazonEKSConnectorServiceRolePolicy"],
  ["eks-fargate", "AmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy"],
  ["eks-nodegroup", "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"],
  ["elasticache", "ElastiCache", "ElastiCacheServiceRolePolicy"],
  [
    "elasticache.application-autoscaling",
    "ApplicationAutoScaling_ElastiCacheRG",
    "AWSApplicationAutoscalingElastiCacheRGPolicy"
  ],
  ["elasticbeanstalk", "ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy"],
  ["elasticfilesystem", "AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy"],
  ["elasticloadbalancing", "ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy"],
  ["elasticmapreduce", "EMRCleanup", "AmazonEMRCleanupPolicy"],
  [
    "elasticmapreduce.application-autoscaling",
    "ApplicationAutoScaling_EMRInstanceGroup",
    "AWSApplicationAutoscalingEMRInstanceGroupPolicy"
  ],
  ["email.cognito-idp", "AmazonCognitoIdpEmailService", "AmazonCognitoIdpEmailServiceRolePolicy"],
  ["emr-containers", "AmazonEMRContainers", "AmazonEMRContainersServiceRolePolicy"],
  ["emrwal", "EMRWAL", "EMRDescribeClusterPolicyForEMRWAL"],
  ["es", "AmazonElasticsearchService", "AmazonElasticsearchServiceRolePolicy"],
  ["events", "CloudWatchEvents", "CloudWatchEventsServiceRolePolicy"],
  ["fis", "FIS", "AmazonFISServiceRolePolicy"],
  ["fms", "FMS", "FMSServiceRolePolicy"],
  ["fsx", "AmazonFSx", "AmazonFSxServiceRolePolicy"],
  ["globalaccelerator", "GlobalAccelerator", "AWSGlobalAcceleratorSLRPolicy"],
  ["grafana", "AmazonGrafana", "AmazonGrafanaServiceLinkedRolePolicy"],
  ["guardduty", "AmazonGuardDuty", "AmazonGuardDutyServiceRolePolicy"],
  ["imagebuilder", "ImageBuilder", "AWSServiceRoleForImageBuilder"],
  ["inspector", "AmazonInspector", "AmazonInspectorServiceRolePolicy"],
  ["inspector2", "AmazonInspector2", "AmazonInspector2ServiceRolePolicy"],
  ["internetmonitor", "InternetMonitor", "CloudWatchInternetMonitorServiceRolePolicy"],
  ["iotmanagedintegrations", "IoTManagedIntegrations", "AWSIoTManagedIntegrationsRolePolicy"],
  ["ipam", "IPAM", "AWSIPAMServiceRolePolicy"],
  ["kafka", "Kafka", "KafkaServiceRolePolicy"],
  [
    "kafka.application-autoscaling",
    "ApplicationAutoScaling_KafkaCluster",
    "AWSApplicationAutoscalingKafkaClusterPolicy"
  ],
  ["kafkaconnect", "KafkaConnect", "KafkaConnectServiceRolePolicy"],
  [
    "kinesisreplication.dynamodb",
    "DynamoDBKinesisDataStreamsReplication",
    "DynamoDBKinesisReplicationServiceRolePolicy"
  ],
  ["lakeformation", "LakeFormationDataAccess", "LakeFormationDataAccessServiceRolePolicy"],
  [
    "lambda.application-autoscaling",
    "ApplicationAutoScaling_LambdaConcurrency",
    "AWSApplicationAutoscalingLambdaConcurrencyPolicy"
  ],
  ["lex", "LexBots", "AmazonLexBotPolicy"],
  ["lexv2", "LexV2Bots", "AmazonLexV2BotPolicy"],
  ["lightsail", "Lightsail", "LightsailExportAccess"],
  ["logger.cloudfront", "CloudFrontLogger", "AWSCloudFrontLogger"],
  ["m2", "AWSM2", "AWSM2ServicePolicy"],
  ["macie", "AmazonMacie", "AmazonMacieServiceRolePolicy"],
  ["maintenance.elasticbeanstalk", "ElasticBeanstalkMaintenance", "AWSElasticBeanstalkMaintenance"],
  [
    "malware-protection.guardduty",
    "AmazonGuardDutyMalwareProtection",
    "AmazonGuardDutyMalwareProtectionServiceRolePolicy"
  ],
  [
    "managedupdates.elasticbeanstalk",
    "ElasticBeanstalkManagedUpdates",
    "AWSElasticBeanstalkManagedUpdatesServiceRolePolicy"
  ],
  ["management.chatbot", "AWSChatbot", "AWSChatbotServiceLinkedRolePolicy"],
  ["mediatailor", "MediaTailor", "AWSMediaTailorServiceRolePolicy"],
  [
    "member.org.stacksets.cloudformation",
    "CloudFormationStackSetsOrgMember",
    "CloudFormationStackSetsOrgMemberServiceRolePolicy"
  ],
  ["memorydb", "MemoryDB", "MemoryDBServiceRolePolicy"],
  ["mq", "AmazonMQ", "AmazonMQServiceRolePolicy"],
  ["mrk.kms", "KeyManagementServiceMultiRegionKeys", "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"],
  [
    "neptune.application-autoscaling",
    "ApplicationAutoScaling_NeptuneCluster",
    "AWSApplicationAutoscalingNeptuneClusterPolicy"
  ],
  ["network-firewall", "NetworkFirewall", "AWSNetworkFirewallServiceRolePolicy"],
  ["networking.apprunner", "AppRunnerNetworking", "AppRunnerNetworkingServiceRolePolicy"],
  ["networkmanager", "NetworkManager", "AWSNetworkManagerServiceRolePolicy"],
  ["notifications", "AwsUserNotifications", "AWSUserNotificationsServiceLinkedRolePolicy"],
  ["observability.aoss", "AmazonOpenSearchServerless", "AmazonOpenSearchServerlessServiceRolePolicy"],
  ["opensearchservice", "AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy"],
  ["ops.apigateway", "APIGateway", "APIGatewayServiceRolePolicy"],
  ["ops.emr-serverless", "AmazonEMRServerless", "AmazonEMRServerlessServiceRolePolicy"],
  ["opsdatasync.ssm", "SystemsManagerOpsDataSync", "AWSSystemsManagerOpsDataSyncServiceRolePolicy"],
  ["opsinsights.ssm", "AmazonSSM_OpsInsights", "AWSSSMOpsInsightsServiceRolePolicy"],
  ["organizations", "Organizations", "AWSOrganizationsServiceTrustPolicy"],
  ["osis", "AmazonOpenSearchIngestionService", "AmazonOpenSearchIngestionServiceRolePolicy"],
  ["pullthroughcache.ecr", "ECRPullThroughCache", "AWSECRPullThroughCache_ServiceRolePolicy"],
  ["ram", "ResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy"],
  ["rds", "RDS", "AmazonRDSServiceRolePolicy"],
  ["rds.application-autoscaling", "ApplicationAutoScaling_RDSCluster", "AWSApplicationAutoscalingRDSClusterPolicy"],
  ["redshift", "Redshift", "AmazonRedshiftServiceLinkedRolePolicy"],
  ["remediation.config", "ConfigRemediation", "AWSConfigRemediationServiceRolePolicy"],
  ["replication.cassandra", "KeyspacesReplication", "KeyspacesReplicationServiceRolePolicy"],
  ["replication.dynamodb", "DynamoDBReplication", "DynamoDBReplicationServiceRolePolicy"],
  ["replication.ecr", "ECRReplication", "ECRReplicationServiceRolePolicy"],
  ["replicator.lambda", "LambdaReplicator", "AWSLambdaReplicator"],
  ["repository.sync.codeconnections", "GitSync", "AWSGitSyncServiceRolePolicy"],
  ["resource-explorer-2", "ResourceExplorer", "AWSResourceExplorerServiceRolePolicy"],
  ["rolesanywhere", "RolesAnywhere", "AWSRolesAnywhereServicePolicy"],
  ["route53resolver", "Route53Resolver", "Route53ResolverServiceRolePolicy"],
  ["rum", "CloudWatchRUM", "AmazonCloudWatchRUMServiceRolePolicy"],
  ["s2svpn", "VPCS2SVPN", "AWSVPCS2SVpnServiceRolePolicy"],
  ["s3-outposts", "S3OnOutposts", "AWSS3OnOutpostsServiceRolePolicy"],
  [
    "sagemaker.application-autoscaling",
    "ApplicationAutoScaling_SageMakerEndpoint",
    "AWSApplicationAutoscalingSageMakerEndpointPolicy"
  ],
  ["schemas", "Schemas", "AmazonEventBridgeSchemasServiceRolePolicy"],
  ["scraper.aps", "AmazonPrometheusScraper", "AmazonPrometheusScraperServiceRolePolicy"],
  ["securityhub", "SecurityHub", "AWSSecurityHubServiceRolePolicy"],
  ["servicequotas", "ServiceQuotas", "ServiceQuotasServiceRolePolicy"],
  ["ses", "AmazonSES", "AmazonSESServiceRolePolicy"],
  ["shield", "AWSShield", "AWSShieldServiceRolePolicy"],
  ["spot", "EC2Spot", "AWSEC2SpotServiceRolePolicy"],
  ["spotfleet", "EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy"],
  ["ssm", "AmazonSSM", "AmazonSSMServiceRolePolicy"],
  ["ssm-incidents", "IncidentManager", "AWSIncidentManagerServiceRolePolicy"],
  ["ssm-quicksetup", "SSMQuickSetup", "SSMQuickSetupRolePolicy"],
  ["sso", "SSO", "AWSSSOServiceRolePolicy"],
  ["stacksets.cloudformation", "CloudFormationStackSetsOrgAdmin", "CloudFormationStackSetsOrgAdminServiceRolePolicy"],
  ["storage-lens.s3", "S3StorageLens", "S3StorageLensServiceRolePolicy"],
  ["support", "Support", "AWSSupportServiceRolePolicy"],
  ["transfer", "Transfer", "AWSTransferServiceRolePolicy"],
  ["transitgateway", "VPCTransitGateway", "AWSVPCTransitGatewayServiceRolePolicy"],
  ["trustedadvisor", "TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"],
  ["vpc-lattice", "VpcLattice", "AWSVpcLatticeServiceRolePolicy"],
  ["vpcorigin.cloudfront", "CloudFrontVPCOrigin", "AWSCloudFrontVPCOriginServiceRolePolicy"],
  ["waf", "WAFLogging", "WAFLoggingServiceRolePolicy"],
  ["wafv2", "WAFV2Logging", "WAFV2LoggingServiceRolePolicy"],
  ["workspaces-web", "AmazonWorkSpacesWeb", "AmazonWorkSpacesWebServiceRolePolicy"]
]

const withSuffix = new Set(["autoscaling", "connect", "lexv2"])

/** The roles by the name of their service, such as `ecs.amazonaws.com`. */
export const templates: ReadonlyMap<string, Template> = new Map(
  table.map(([service, role, policy]) => [
    `${service}.amazonaws.com`,
    { role: `AWSServiceRoleFor${role}`, policy, allowsSuffix: withSuffix.has(service) }
  ])
)
