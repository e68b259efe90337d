/**
 * AWS Lambda functions as Effects.
 *
 * @since 0.1.0
 */
export type { Context, EventHandler } from "./internal/invocation.ts"

export * from "../errors/LambdaErrors.ts"
export type { BatchOptions, BatchResponse } from "./internal/batches/batch.ts"
export { sqsBatch } from "./internal/batches/sqs.ts"
export { dynamoDbBatch, kinesisBatch } from "./internal/batches/streams.ts"
export * from "./internal/events/events.ts"
