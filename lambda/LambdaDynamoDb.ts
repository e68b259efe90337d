/**
 * The store of `Lambda.idempotent` on Amazon DynamoDB. It's a module of its own, so that `Lambda` doesn't load DynamoDB's client.
 *
 * @since 0.1.0
 */
import type { AwsError } from "../errors/internal/awsError.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import { type IdempotencyTable, makeStore } from "./internal/dynamoDbStore.ts"
import type { IdempotencyStore } from "./internal/idempotency.ts"

export type { IdempotencyTable } from "./internal/dynamoDbStore.ts"

/**
 * Makes a store for `Lambda.idempotent` on a table of DynamoDB, with one call for each step: PutItem when a run begins, UpdateItem
 * when it has succeeded, DeleteItem when it has failed. Each has a condition, so that no run changes another run's record.
 *
 * - `table`: the name or the ARN of the table. Its partition key is a string, `id` by default.
 * - `keyAttribute`, `sortKeyAttribute`, `partition`: the table's key; see {@link IdempotencyTable}.
 * - `expiryAttribute` and the other attributes: how the record names them. The defaults are those of Powertools for AWS Lambda, so
 *   that functions with this library and with Powertools can share a table, and their records too if name, key and hash are the same.
 *
 * Turn on the table's time to live for `expiration`: DynamoDB then deletes records that have expired. A record that has expired
 * doesn't count, whether DynamoDB has deleted it or not.
 *
 * A result is stored as DynamoDB's own values, so it may have 400 KB with the rest of the record, 32 levels, and numbers from
 * 1E-130 to 9.9E+125. `Lambda.idempotent` fails with `IdempotencyResultNotSaved` if it has more: the reason is `TooLarge` for its
 * size.
 *
 * **Errors** of the steps: `AwsError`. If the call that begins a run fails and may have succeeded all the same, the record is removed.
 * Throws if two attributes have the same name.
 *
 * **Requires** the permissions `dynamodb:PutItem`, `dynamodb:UpdateItem` and `dynamodb:DeleteItem` on the table.
 *
 * **Example** (Orders from a queue, each once a day)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as LambdaDynamoDb from "effect-aws-sdk/LambdaDynamoDb"
 *
 * const store = LambdaDynamoDb.idempotencyStore({ table: "idempotency" })
 *
 * const ship = (orderId: string) =>
 *   Effect.log(`shipped ${orderId}`).pipe(Lambda.idempotent(orderId, { store, expiry: "1 day", name: "shipping" }))
 * ```
 *
 * AWS: [Conditional writes](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.ConditionalUpdate),
 * [Time to live](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html)
 *
 * @category idempotency
 * @since 0.1.0
 */
export const idempotencyStore: (table: IdempotencyTable) => IdempotencyStore<AwsError, AwsClients> = makeStore
