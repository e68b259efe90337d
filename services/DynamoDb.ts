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
 * Sends any command of DynamoDB with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-dynamodb`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `dynamodb:PutItem` on the table, for example.
 *
 * **Example** (Write an item unless there is one)
 *
 * ```ts
 * import { PutItemCommand } from "@aws-sdk/client-dynamodb"
 * import { Effect } from "effect"
 * import { AwsError } from "effect-aws-sdk"
 * import * as DynamoDb from "effect-aws-sdk/DynamoDb"
 *
 * const isNew = (id: string) =>
 *   DynamoDb.send(
 *     new PutItemCommand({ TableName: "orders", Item: { id: { S: id } }, ConditionExpression: "attribute_not_exists(id)" })
 *   ).pipe(
 *     Effect.as(true),
 *     AwsError.catchCode("ConditionalCheckFailedException", () => Effect.succeed(false))
 *   )
 * ```
 *
 * AWS: [PutItem](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send: AwsService<DynamoDBClient, DynamoDbCodes>["send"] = dynamoDb.send

/**
 * The pages of any paginated command of DynamoDB: the SDK's outputs. Each page is fetched when it is needed.
 *
 * - `command`: the command for the first page.
 * - `readAhead`: whether to fetch the next page while your program processes the current one; `false` by default.
 * - `token`: makes the next input from a page, for a command whose tokens aren't known.
 *
 * **Errors**: the `AwsError` of the first page that fails. It ends the Stream. If a page has a token that isn't known, its reason is
 * `Misconfigured` and its code `PaginationTokenUnknown`.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (How many items a query reads)
 *
 * ```ts
 * import { QueryCommand } from "@aws-sdk/client-dynamodb"
 * import { Stream } from "effect"
 * import * as DynamoDb from "effect-aws-sdk/DynamoDb"
 *
 * const read = (customer: string) =>
 *   DynamoDb.pages(
 *     new QueryCommand({
 *       TableName: "orders",
 *       KeyConditionExpression: "customer = :customer",
 *       ExpressionAttributeValues: { ":customer": { S: customer } }
 *     })
 *   ).pipe(Stream.runFold(() => 0, (sum, { ScannedCount = 0 }) => sum + ScannedCount))
 * ```
 *
 * AWS: [Query](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages: AwsService<DynamoDBClient, DynamoDbCodes>["pages"] = dynamoDb.pages

/**
 * The elements on all pages of any paginated command of DynamoDB, page by page.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (All ids of a table)
 *
 * ```ts
 * import { ScanCommand } from "@aws-sdk/client-dynamodb"
 * import { Stream } from "effect"
 * import * as DynamoDb from "effect-aws-sdk/DynamoDb"
 *
 * const ids = DynamoDb.items(
 *   new ScanCommand({ TableName: "orders", ProjectionExpression: "id" }),
 *   (page) => page.Items
 * ).pipe(Stream.map(({ id }) => id?.S))
 * ```
 *
 * AWS: [Scan](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html)
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
