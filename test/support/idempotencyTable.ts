// A table for idempotency records, in the in-memory AWS.
import { CreateTableCommand } from "@aws-sdk/client-dynamodb"
import { GetCommand, ScanCommand } from "@aws-sdk/lib-dynamodb"
import { Effect } from "effect"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { often, waited } from "../contract/support/waits.ts"

export const TableName = "idempotency"

/** Creates the table, and waits until it's active. */
export const createTable = (sortKey?: string) =>
  Effect.gen(function*() {
    yield* DynamoDb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: "id", AttributeType: "S" },
          ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, AttributeType: "S" as const }])
        ],
        KeySchema: [
          { AttributeName: "id", KeyType: "HASH" },
          ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: "RANGE" as const }])
        ]
      })
    )
    yield* waited(DynamoDb.waitUntil("TableExists", { TableName }, often))
  })

/** All records, as plain values. */
export const records = Effect.map(
  DynamoDb.send(new ScanCommand({ TableName, ConsistentRead: true })),
  ({ Items = [] }) => Items
)

export const record = (id: string) =>
  Effect.map(
    DynamoDb.send(new GetCommand({ TableName, Key: { id }, ConsistentRead: true })),
    ({ Item }) => Item
  )
