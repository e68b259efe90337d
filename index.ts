/**
 * A functional AWS SDK for Effect.
 *
 * @since 0.1.0
 */
export * as Acm from "./services/Acm.ts"
export * as CloudWatch from "./services/CloudWatch.ts"
export * as Ec2 from "./services/Ec2.ts"
export * as Ecs from "./services/Ecs.ts"
export * as EventBridge from "./services/EventBridge.ts"
export * as Iam from "./services/Iam.ts"
export * as OpenSearch from "./services/OpenSearch.ts"
export * as S3 from "./services/S3.ts"
export * as Ssm from "./services/Ssm.ts"
export * as Sts from "./services/Sts.ts"

export * as arkime from "./domain/arkime/index.ts"

export { AwsError } from "./errors/AwsError.ts"
export * as AwsErrorReason from "./errors/AwsErrorReason.ts"
export * as Fleet from "./fleet/Fleet.ts"
export * as AssumeRole from "./layers/AssumeRole.ts"
export * as Compute from "./layers/Compute.ts"
export * as Default from "./layers/Default.ts"
export { InMemory } from "./layers/InMemory.ts"
export * as Profile from "./layers/Profile.ts"
export * as Aspect from "./src/Aspect.ts"
export { AwsClients } from "./src/AwsClients.ts"
export * as AwsService from "./src/AwsService.ts"
export * as Call from "./src/Call.ts"
export * as Polling from "./src/Polling.ts"
export * as Retry from "./src/Retry.ts"
