/**
 * Amazon DynamoDB. Import it by its subpath, `effect-aws-sdk/DynamoDb`: the root doesn't load its client.
 *
 * @since 0.1.0
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import type { DynamoDbCodes } from "../errors/codes/DynamoDb.ts"
import type { AwsService } from "../src/AwsService.ts"
import { waitUntilOf } from "../src/internal/waiters.ts"
import type { WaitUntil } from "../src/internal/waiterTables.ts"
import * as dynamoDb from "./internal/dynamodb/service.ts"
import { type DynamoDbWaiters, waiters } from "./internal/dynamodb/waiters.ts"

/**
 * Sends any DynamoDB command.
 *
 * @category calls
 * @since 0.1.0
 */
export const send: AwsService<DynamoDBClient, DynamoDbCodes>["send"] = dynamoDb.send

/**
 * The pages of any paginated DynamoDB command.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages: AwsService<DynamoDBClient, DynamoDbCodes>["pages"] = dynamoDb.pages

/**
 * The elements on all pages of any paginated DynamoDB command.
 *
 * @category calls
 * @since 0.1.0
 */
export const items: AwsService<DynamoDBClient, DynamoDbCodes>["items"] = dynamoDb.items

/**
 * Waits for a state of DynamoDB that AWS models as a waiter, such as `TableExists`, and returns the last output.
 *
 * - `name`: the waiter. `docs/waiting.md` lists all of them.
 * - `input`: the input of the waiter's command.
 * - `schedule`: when to call again. By default after the delay and for the number of calls that AWS models.
 * - `timeout`: the longest time to wait. Without a `schedule`, it replaces AWS's number of calls.
 * - `waitingFor`: what the wait is for, in the words of the log and the errors.
 *
 * **Errors**: `WaitFailed` if the state can't be reached any more; `WaitTimedOut` with the last output; `AwsError` for a
 * permanent failure.
 *
 * **Requires** `AwsClients`, and what the schedule requires.
 *
 * **Example** (A table that was created a moment ago)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as DynamoDb from "effect-aws-sdk/DynamoDb"
 *
 * const arn = DynamoDb.waitUntil("TableExists", { TableName: "idempotency" }).pipe(Effect.map(({ Table }) => Table?.TableArn))
 * ```
 *
 * AWS: [DescribeTable](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html)
 *
 * @category waiting
 * @since 0.1.0
 */
export const waitUntil: WaitUntil<DynamoDbWaiters, DynamoDbCodes> = /* @__PURE__ */ waitUntilOf(
  "DynamoDb.waitUntil",
  "DynamoDB",
  dynamoDb.send,
  waiters
)
