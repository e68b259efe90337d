/** The modules of this library, and the SDK's client that each is for. */
export const services = {
  Acm: "acm",
  AppConfig: "appconfigdata",
  CloudWatch: "cloudwatch",
  DynamoDb: "dynamodb",
  Ec2: "ec2",
  Ecs: "ecs",
  EventBridge: "eventbridge",
  Iam: "iam",
  OpenSearch: "opensearch",
  Organizations: "organizations",
  S3: "s3",
  SecretsManager: "secrets-manager",
  Ssm: "ssm",
  Sts: "sts"
} as const

/** The clients that describe the services of the in-memory AWS: those above, and AppConfig's control plane, which has no module. */
export const emulated: ReadonlyArray<string> = [...Object.values(services), "appconfig"]
