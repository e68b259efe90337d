/**
 * Amazon DynamoDB. Import it by its subpath, `effect-aws-sdk/DynamoDb`: the root doesn't load its client.
 *
 * @since 0.1.0
 */
import * as dynamoDb from "./internal/dynamodb/service.ts"

/**
 * Sends any DynamoDB command.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = dynamoDb.send

/**
 * The pages of any paginated DynamoDB command.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = dynamoDb.pages

/**
 * The elements on all pages of any paginated DynamoDB command.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = dynamoDb.items
