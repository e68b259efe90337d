// Calls any command that the in-memory AWS handles, by the names of its service and its operation.
import * as acm from "@aws-sdk/client-acm"
import * as appConfig from "@aws-sdk/client-appconfig"
import * as cloudWatch from "@aws-sdk/client-cloudwatch"
import * as dynamoDb from "@aws-sdk/client-dynamodb"
import * as ec2 from "@aws-sdk/client-ec2"
import * as ecs from "@aws-sdk/client-ecs"
import * as eventBridge from "@aws-sdk/client-eventbridge"
import * as iam from "@aws-sdk/client-iam"
import * as openSearch from "@aws-sdk/client-opensearch"
import * as organizations from "@aws-sdk/client-organizations"
import * as s3 from "@aws-sdk/client-s3"
import * as secretsManager from "@aws-sdk/client-secrets-manager"
import * as ssm from "@aws-sdk/client-ssm"
import type { Effect } from "effect"
import { type AwsClients, type AwsError, AwsService } from "effect-aws-sdk"

type Output = any

interface Sender {
  readonly send: (command: never) => Effect.Effect<Output, AwsError, AwsClients>
}

const services: Readonly<Record<string, readonly [service: Sender, module: object]>> = {
  ACM: [AwsService.make(acm.ACMClient), acm],
  AppConfig: [AwsService.make(appConfig.AppConfigClient), appConfig],
  CloudWatch: [AwsService.make(cloudWatch.CloudWatchClient), cloudWatch],
  DynamoDB: [AwsService.make(dynamoDb.DynamoDBClient), dynamoDb],
  EC2: [AwsService.make(ec2.EC2Client), ec2],
  ECS: [AwsService.make(ecs.ECSClient), ecs],
  EventBridge: [AwsService.make(eventBridge.EventBridgeClient), eventBridge],
  IAM: [AwsService.make(iam.IAMClient), iam],
  OpenSearch: [AwsService.make(openSearch.OpenSearchClient), openSearch],
  Organizations: [AwsService.make(organizations.OrganizationsClient), organizations],
  S3: [AwsService.make(s3.S3Client), s3],
  "Secrets Manager": [AwsService.make(secretsManager.SecretsManagerClient), secretsManager],
  SSM: [AwsService.make(ssm.SSMClient), ssm]
}

/** Sends a command: `call("SSM", "GetParameter", { Name: "/p" })`. */
export const call = (service: string, operation: string, input: object = {}) => {
  const [{ send }, module] = services[service]!
  const Command = (module as Readonly<Record<string, new(input: object) => object>>)[`${operation}Command`]!
  return send(new Command(input) as never)
}

/** The services' names in botocore. Those without lists and tokens aren't here. */
export const botocoreNames: Readonly<Record<string, string>> = {
  ACM: "acm",
  AppConfig: "appconfig",
  CloudWatch: "cloudwatch",
  DynamoDB: "dynamodb",
  EC2: "ec2",
  ECS: "ecs",
  EventBridge: "events",
  IAM: "iam",
  OpenSearch: "opensearch",
  Organizations: "organizations",
  S3: "s3",
  "Secrets Manager": "secretsmanager",
  SSM: "ssm"
}
