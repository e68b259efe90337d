// The public part of this folder.
export { on } from "./decode.ts"
export {
  type DynamoDbRecord,
  type DynamoDbRecordEncoded,
  type DynamoDbSchema,
  type DynamoDbSchemas
} from "./dynamoDb.ts"
export { DynamoDbStreamEvent } from "./dynamoDb.ts"
export type { DynamoDbAttributeValue, DynamoDbItem, DynamoDbValue } from "./dynamoDbValues.ts"
export {
  type EventBridgeEnvelope,
  EventBridgeEvent,
  type EventBridgeEventEncoded,
  ScheduledEvent
} from "./eventBridge.ts"
export {
  ApiGatewayEvent,
  type ApiGatewayRequest,
  type ApiGatewayRequestEncoded,
  ApiGatewayV2Event,
  type ApiGatewayV2Request,
  type ApiGatewayV2RequestEncoded,
  FunctionUrlEvent,
  type FunctionUrlRequest,
  type FunctionUrlRequestEncoded
} from "./http.ts"
export { KinesisEvent, type KinesisRecord, type KinesisRecordEncoded } from "./kinesis.ts"
export { type S3Detail, type S3DetailType, S3Event, S3EventBridgeEvent } from "./s3.ts"
export { SnsEvent, SnsNotification, type SnsNotificationEncoded, type SnsRecord, type SnsRecordEncoded } from "./sns.ts"
export { SqsEvent, type SqsRecord, type SqsRecordEncoded } from "./sqs.ts"
