import { BatchWriteItemCommand, CreateTableCommand, PutItemCommand } from "@aws-sdk/client-dynamodb"
import { GetCommand, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb"
import { assert, it } from "@effect/vitest"
import { Effect, Ref, Stream } from "effect"
import { AwsClients, InMemory } from "effect-aws-sdk"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { TestClock } from "effect/testing"
import { reserve } from "../../examples/cookbook/dynamodb/change-an-item-only-if-it-is-as-expected.ts"
import { ordersOf } from "../../examples/cookbook/dynamodb/query-all-pages.ts"
import { find } from "../../examples/cookbook/dynamodb/read-an-item-with-its-type.ts"
import { putAll } from "../../examples/cookbook/dynamodb/write-many-items.ts"
import { recipe } from "../support/cookbook.ts"

const createTable = (TableName: string, key: string, sort?: string) =>
  DynamoDb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [key, ...sort === undefined ? [] : [sort]].map((AttributeName) => ({
        AttributeName,
        AttributeType: "S"
      })),
      KeySchema: [
        { AttributeName: key, KeyType: "HASH" },
        ...sort === undefined ? [] : [{ AttributeName: sort, KeyType: "RANGE" } as const]
      ]
    })
  ).pipe(Effect.andThen(TestClock.adjust("1 minute")))

const put = (TableName: string, Item: Record<string, unknown>) => DynamoDb.send(new PutCommand({ TableName, Item }))

it.effect("Read an item with its type: decodes it, and tells what isn't one", () =>
  Effect.gen(function*() {
    yield* createTable("users", "id")
    yield* put("users", { id: "1", name: "Ada", logins: 3 })
    yield* DynamoDb.send(new PutItemCommand({ TableName: "users", Item: { id: { S: "2" }, logins: { S: "many" } } }))
    assert.deepEqual(yield* recipe("Read an item with its type", find("1")), { id: "1", name: "Ada", logins: 3 })
    assert.isUndefined(yield* find("3"))
    assert.strictEqual((yield* Effect.flip(find("2")))._tag, "SchemaError")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Query all pages: reads as many pages as are needed", () =>
  Effect.gen(function*() {
    yield* createTable("orders", "customer", "placed")
    for (const day of [1, 2, 3, 4, 5]) {
      yield* put("orders", { customer: "ada", placed: `2026-11-0${day}`, cents: day })
    }
    yield* put("orders", { customer: "grace", placed: "2026-11-04", cents: 100 })
    const orders = yield* recipe("Query all pages", Stream.runCollect(ordersOf("ada", "2026-11-02")))
    assert.deepEqual(orders.map(({ cents }) => cents), [2, 3, 4, 5])
    const queries = Effect.map(InMemory.calls, (calls) => calls.filter(({ operation }) => operation === "Query").length)
    const before = yield* queries
    assert.isAtLeast(before, 2)
    yield* ordersOf("ada", "2026-11-01").pipe(Stream.take(2), Stream.runDrain)
    assert.strictEqual(yield* queries, before + 1)
  }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 }))))

it.effect("Write many items: sends again what DynamoDB gives back", () =>
  Effect.gen(function*() {
    yield* createTable("events", "id")
    yield* recipe("Write many items", putAll("events", Stream.make({ id: "0" })))
    const clients = yield* AwsClients
    // A DynamoDB that has the capacity for ten items in a call.
    const sizes = yield* Ref.make<ReadonlyArray<number>>([])
    yield* InMemory.handle(BatchWriteItemCommand, ({ RequestItems: { events: writes = [] } = {} }) =>
      Effect.gen(function*() {
        yield* Ref.update(sizes, (all) => [...all, writes.length])
        for (const { PutRequest } of writes.slice(0, 10)) {
          yield* Effect.orDie(DynamoDb.send(new PutItemCommand({ TableName: "events", Item: PutRequest?.Item })))
        }
        return writes.length > 10 ? { UnprocessedItems: { events: writes.slice(10) } } : {}
      }).pipe(Effect.provideService(AwsClients, clients)))
    const items = Stream.range(1, 30).pipe(Stream.map((n) => ({ id: String(n) })))
    yield* putAll("events", items)
    assert.deepEqual(yield* Ref.get(sizes), [25, 15, 5, 5])
    const { Count } = yield* DynamoDb.send(new ScanCommand({ TableName: "events", Select: "COUNT" }))
    assert.strictEqual(Count, 31)
  }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

it.effect("Change an item only if it is as expected: never reserves more than there is", () =>
  Effect.gen(function*() {
    yield* createTable("stock", "sku")
    yield* put("stock", { sku: "mug", available: 3 })
    const reserved = yield* recipe(
      "Change an item only if it is as expected",
      Effect.all(Array.from({ length: 5 }, () => reserve("mug")), { concurrency: "unbounded" })
    )
    assert.lengthOf(reserved.filter(Boolean), 3)
    const { Item } = yield* DynamoDb.send(new GetCommand({ TableName: "stock", Key: { sku: "mug" } }))
    assert.deepEqual(Item, { sku: "mug", available: 0 })
  }).pipe(Effect.provide(InMemory.layer())))
