// The client class of each of the ten services, with a command that the server answers with an empty result.
import { ACMClient, ListCertificatesCommand } from "@aws-sdk/client-acm"
import { CloudWatchClient, ListMetricsCommand } from "@aws-sdk/client-cloudwatch"
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2"
import { ECSClient, ListClustersCommand } from "@aws-sdk/client-ecs"
import { EventBridgeClient, ListEventBusesCommand } from "@aws-sdk/client-eventbridge"
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam"
import { ListDomainNamesCommand, OpenSearchClient } from "@aws-sdk/client-opensearch"
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3"
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm"
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"

export const services: ReadonlyArray<readonly [Client: new(config: any) => any, command: () => any]> = [
  [ACMClient, () => new ListCertificatesCommand()],
  [CloudWatchClient, () => new ListMetricsCommand()],
  [EC2Client, () => new DescribeVpcsCommand()],
  [ECSClient, () => new ListClustersCommand()],
  [EventBridgeClient, () => new ListEventBusesCommand()],
  [IAMClient, () => new ListRolesCommand()],
  [OpenSearchClient, () => new ListDomainNamesCommand()],
  [S3Client, () => new ListBucketsCommand()],
  [SSMClient, () => new DescribeParametersCommand()],
  [STSClient, () => new GetCallerIdentityCommand()]
]
