import { CreateTableCommand } from "@aws-sdk/client-dynamodb"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { InMemory } from "effect-aws-sdk"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { TestClock } from "effect/testing"

const TableName = "users"

const createTable = DynamoDb.send(
  new CreateTableCommand({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }]
  })
).pipe(Effect.andThen(DynamoDb.waitUntil("TableExists", { TableName })))

it.effect("waits until the table can be used", () =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(createTable)
    yield* TestClock.adjust("5 seconds") // a table takes ten seconds
    assert.isUndefined(fiber.pollUnsafe())
    yield* TestClock.adjust("1 minute")
    const { Table } = yield* Fiber.join(fiber)
    assert.strictEqual(Table?.TableStatus, "ACTIVE")
  }).pipe(Effect.provide(InMemory.layer())))
