// Tables of DynamoDB for the contract suite.
import { type AttributeValue, CreateTableCommand, type CreateTableCommandInput } from "@aws-sdk/client-dynamodb"
import { Effect } from "effect"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { often, waited } from "./waits.ts"

export type Item = Record<string, AttributeValue>

export const active = (TableName: string) => waited(DynamoDb.waitUntil("TableExists", { TableName }, often))

type KeyTypes = Readonly<Record<string, "S" | "N" | "B">>

/** The members of a request for a table with these keys: `{ id: "S", at: "N" }`. */
export const tableInput = (
  TableName: string,
  keys: KeyTypes,
  members: Partial<CreateTableCommandInput> = {}
): CreateTableCommandInput => ({
  TableName,
  BillingMode: "PAY_PER_REQUEST",
  KeySchema: Object.keys(keys).map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? "HASH" : "RANGE" })),
  ...members,
  AttributeDefinitions: [
    ...Object.entries(keys).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    ...(members.AttributeDefinitions ?? [])
  ]
})

/** Creates a table, and waits until it's active. */
export const createTable = (...input: Parameters<typeof tableInput>) =>
  Effect.gen(function*() {
    yield* DynamoDb.send(new CreateTableCommand(tableInput(...input)))
    yield* active(input[0])
  })

export const s = (S: string): AttributeValue => ({ S })
export const n = (N: number | string): AttributeValue => ({ N: String(N) })
