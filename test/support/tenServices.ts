// One read-only call of each of the ten services.
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
import { Effect } from "effect"
import { type AwsClients, type AwsError, AwsService } from "effect-aws-sdk"

export const tenServices: ReadonlyArray<Effect.Effect<unknown, AwsError, AwsClients>> = [
  AwsService.make(ACMClient).send(new ListCertificatesCommand({})),
  AwsService.make(CloudWatchClient).send(new ListMetricsCommand({})),
  AwsService.make(EC2Client).send(new DescribeVpcsCommand({})),
  AwsService.make(ECSClient).send(new ListClustersCommand({})),
  AwsService.make(EventBridgeClient).send(new ListEventBusesCommand({})),
  AwsService.make(IAMClient).send(new ListRolesCommand({})),
  AwsService.make(OpenSearchClient).send(new ListDomainNamesCommand({})),
  AwsService.make(S3Client).send(new ListBucketsCommand({})),
  AwsService.make(SSMClient).send(new DescribeParametersCommand({})),
  AwsService.make(STSClient).send(new GetCallerIdentityCommand({}))
]

/** Runs each effect ten times, all concurrently. */
export const tenTimes = <A, E, R>(effects: ReadonlyArray<Effect.Effect<A, E, R>>) =>
  Effect.all(effects.flatMap((effect) => Array.from({ length: 10 }, () => effect)), {
    concurrency: "unbounded",
    discard: true
  })
