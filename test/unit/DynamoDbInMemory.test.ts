// What the in-memory DynamoDB does over time, page by page, and with what it doesn't have.
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand
} from "@aws-sdk/client-dynamodb"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, Stream } from "effect"
import { type AwsClients, AwsService, InMemory } from "effect-aws-sdk"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { TestClock } from "effect/testing"
import { codeOf } from "../contract/support/rejections.ts"
import { createTable, n, s } from "../contract/support/tables.ts"

const TableName = "items"
const DAY = 24 * 3600

const test = <A, E>(title: string, run: Effect.Effect<A, E, AwsClients | InMemory>, options?: InMemory.Options) =>
  it.effect(title, () => Effect.provide(run, InMemory.layer(options)))

const put = (id: string, members: Record<string, ReturnType<typeof n>> = {}) =>
  DynamoDb.send(new PutItemCommand({ TableName, Item: { id: s(id), ...members } }))

const ids = Effect.map(
  Stream.runCollect(DynamoDb.items(new ScanCommand({ TableName }), ({ Items }) => Items)),
  (items) => items.map(({ id }) => id?.S).sort()
)

const seconds = Effect.map(Clock.currentTimeMillis, (millis) => Math.floor(millis / 1000))

const expireBy = (Enabled: boolean, AttributeName = "expires") =>
  DynamoDb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled } }))

const ttlStatus = Effect.map(
  DynamoDb.send(new DescribeTimeToLiveCommand({ TableName })),
  ({ TimeToLiveDescription }) => TimeToLiveDescription?.TimeToLiveStatus
)

/** What the served AWS answers to a body, as no SDK would send it. */
const posted = (url: string, operation: string, body: string) =>
  Effect.promise(async () => {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "x-amz-target": `DynamoDB_20120810.${operation}`,
        "content-type": "application/x-amz-json-1.0",
        "x-amz-date": "20261127T000000Z",
        authorization:
          "AWS4-HMAC-SHA256 Credential=other/20261127/us-east-1/dynamodb/aws4_request, SignedHeaders=host, " +
          "Signature=0"
      },
      body
    })
    const answer = await response.json() as { readonly __type?: string; readonly message?: string }
    return [response.status, answer.__type?.replace(/^.*#/, ""), answer.message ?? answer] as const
  })

describe("a request as no SDK would send it", () => {
  const live = (title: string, run: (url: string) => Effect.Effect<unknown, unknown, AwsClients>) =>
    it.live(title, () =>
      Effect.gen(function*() {
        const { url } = yield* InMemory.serve()
        yield* createTable(TableName, { id: "S" })
        yield* run(url)
      }).pipe(Effect.provide(InMemory.layer({ speed: 1e9 }))))

  live("is refused with what is missing in it", (url) =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [operation: string, body: object, member: string]> = [
        [
          "BatchWriteItem",
          { RequestItems: { items: [{ PutRequest: {} }] } },
          "requestItems.items.member.1.member.putRequest.item"
        ],
        [
          "BatchWriteItem",
          { RequestItems: { items: [{ DeleteRequest: {} }] } },
          "requestItems.items.member.1.member.deleteRequest.key"
        ],
        ["BatchGetItem", { RequestItems: { items: {} } }, "requestItems.items.member.keys"],
        ["TransactGetItems", { TransactItems: [{}] }, "transactItems.1.member.get"],
        ["TransactGetItems", { TransactItems: [{ Get: { TableName } }] }, "transactItems.1.member.get.key"],
        ["TransactWriteItems", { TransactItems: [{ Put: { TableName } }] }, "transactItems.1.member.put.item"],
        ["TransactWriteItems", { TransactItems: [{ Delete: { TableName } }] }, "transactItems.1.member.delete.key"],
        [
          "TransactWriteItems",
          { TransactItems: [{ Update: { TableName, Key: { id: s("a") } } }] },
          "transactItems.1.member.update.updateExpression"
        ],
        [
          "TransactWriteItems",
          { TransactItems: [{ ConditionCheck: { TableName, Key: { id: s("a") } } }] },
          "transactItems.1.member.conditionCheck.conditionExpression"
        ]
      ]
      for (const [operation, body, member] of cases) {
        assert.deepEqual(yield* posted(url, operation, JSON.stringify(body)), [
          400,
          "ValidationException",
          `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`
        ])
      }
    }))

  live("is refused if it has thousands of levels", (url) =>
    Effect.gen(function*() {
      const deep = `${"{\"L\":[".repeat(20_000)}${"]}".repeat(20_000)}`
      const [status, type] = yield* posted(
        url,
        "PutItem",
        `{"TableName":"items","Item":{"id":{"S":"a"},"deep":${deep}}}`
      )
      assert.deepEqual([status, type], [400, "SerializationException"])
    }))

  live("finds the items of a table called __proto__", (url) =>
    Effect.gen(function*() {
      yield* createTable("__proto__", { id: "S" })
      const item = { id: s("a"), constructor: s("b") }
      yield* DynamoDb.send(new PutItemCommand({ TableName: "__proto__", Item: item }))
      const [, , answer] = yield* posted(
        url,
        "BatchGetItem",
        "{\"RequestItems\":{\"__proto__\":{\"Keys\":[{\"id\":{\"S\":\"a\"}}]}}}"
      )
      assert.strictEqual(
        JSON.stringify(answer),
        `{"Responses":{"__proto__":[${JSON.stringify(item)}]},"UnprocessedKeys":{}}`
      )
    }))
})

describe("an item with a time to live", () => {
  test(
    "can be read until it's deleted, two days after its time",
    Effect.gen(function*() {
      yield* createTable(TableName, { id: "S" })
      yield* expireBy(true)
      const now = yield* seconds
      yield* put("hour", { expires: n(now + 3600) })
      yield* put("day", { expires: n(now + DAY) })
      yield* put("never")
      yield* put("text", { expires: s(String(now)) })
      yield* TestClock.adjust("2 days")
      assert.deepEqual(yield* ids, ["day", "hour", "never", "text"])
      yield* TestClock.adjust("1 hour")
      assert.deepEqual(yield* ids, ["day", "never", "text"])
      yield* TestClock.adjust("1 day")
      assert.deepEqual(yield* ids, ["never", "text"])
    })
  )

  test(
    "isn't deleted if its time was moved, or more than five years ago when it was written",
    Effect.gen(function*() {
      yield* TestClock.adjust("3650 days")
      yield* createTable(TableName, { id: "S" })
      yield* expireBy(true)
      const now = yield* seconds
      yield* put("moved", { expires: n(now) })
      yield* put("old", { expires: n(now - 6 * 365 * DAY) })
      yield* put("milliseconds", { expires: n(now * 1000) })
      yield* put("late", { expires: n(now - DAY) })
      yield* DynamoDb.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: s("moved") },
          UpdateExpression: "SET expires = :later",
          ExpressionAttributeValues: { ":later": n(now + 30 * DAY) }
        })
      )
      yield* TestClock.adjust("10 days")
      assert.deepEqual(yield* ids, ["milliseconds", "moved", "old"])
      yield* TestClock.adjust("3000 days")
      assert.deepEqual(yield* ids, ["milliseconds", "old"])
    })
  )

  test(
    "counts from when time to live was turned on, and not after it was turned off",
    Effect.gen(function*() {
      yield* createTable(TableName, { id: "S" })
      yield* put("early", { expires: n((yield* seconds) - DAY) })
      yield* TestClock.adjust("10 days")
      assert.deepEqual(yield* ids, ["early"])
      yield* expireBy(true)
      assert.strictEqual(yield* ttlStatus, "ENABLING")
      assert.strictEqual(yield* codeOf(expireBy(false)), "ValidationException")
      yield* put("later", { expires: n((yield* seconds) + DAY) })
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* ttlStatus, "ENABLED")
      assert.deepEqual(yield* ids, ["later"])
      yield* expireBy(false)
      assert.strictEqual(yield* ttlStatus, "DISABLING")
      yield* TestClock.adjust("10 days")
      assert.strictEqual(yield* ttlStatus, "DISABLED")
      assert.deepEqual(yield* ids, ["later"])
    })
  )
})

describe("a table", () => {
  test(
    "is created, changed and deleted by the Clock",
    Effect.gen(function*() {
      const status = Effect.map(
        DynamoDb.send(new DescribeTableCommand({ TableName })),
        ({ Table }) => Table?.TableStatus
      )
      yield* DynamoDb.send(
        new CreateTableCommand({
          TableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }]
        })
      )
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(yield* status, "CREATING")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* status, "ACTIVE")
      yield* DynamoDb.send(new UpdateTableCommand({ TableName, TableClass: "STANDARD_INFREQUENT_ACCESS" }))
      assert.strictEqual(yield* status, "UPDATING")
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* status, "ACTIVE")
    })
  )

  test(
    "has pages of the size that the Layer says",
    Effect.gen(function*() {
      yield* createTable(TableName, { id: "S" })
      for (const id of ["a", "b", "c"]) yield* put(id)
      const pages = yield* Stream.runCollect(DynamoDb.pages(new ScanCommand({ TableName })))
      assert.deepEqual(pages.map(({ Count }) => Count), [2, 1])
      assert.deepEqual(yield* ids, ["a", "b", "c"])
    }),
    { pageSize: 2 }
  )

  test(
    "works with the document client",
    Effect.gen(function*() {
      yield* createTable(TableName, { id: "S" })
      const documents = AwsService.make(
        AwsService.wrapClient(DynamoDBClient, (client) => DynamoDBDocumentClient.from(client))
      )
      yield* documents.send(
        new PutCommand({ TableName, Item: { id: "a", tags: new Set(["x"]), list: [1, { y: null }] } })
      )
      yield* documents.send(
        new UpdateCommand({
          TableName,
          Key: { id: "a" },
          UpdateExpression: "SET #list[1].y = :v",
          ExpressionAttributeNames: { "#list": "list" },
          ExpressionAttributeValues: { ":v": { z: 1.5 } }
        })
      )
      const { Item } = yield* documents.send(new GetCommand({ TableName, Key: { id: "a" } }))
      assert.deepEqual(Item, { id: "a", tags: new Set(["x"]), list: [1, { y: { z: 1.5 } }] })
    })
  )
})

describe("what the in-memory DynamoDB doesn't have", () => {
  const key = { TableName, Key: { id: s("a") } }
  const condition = { AttributeValueList: [s("a")], ComparisonOperator: "EQ" as const }
  const gaps: Readonly<Record<string, Effect.Effect<unknown, unknown, AwsClients>>> = {
    Expected: DynamoDb.send(
      new PutItemCommand({ TableName, Item: { id: s("a") }, Expected: { id: { Exists: false } } })
    ),
    ConditionalOperator: DynamoDb.send(new DeleteItemCommand({ ...key, ConditionalOperator: "AND" })),
    AttributeUpdates: DynamoDb.send(
      new UpdateItemCommand({ ...key, AttributeUpdates: { x: { Action: "PUT", Value: s("x") } } })
    ),
    AttributesToGet: DynamoDb.send(new GetItemCommand({ ...key, AttributesToGet: ["x"] })),
    "legacy parameter AttributesToGet": DynamoDb.send(
      new BatchGetItemCommand({ RequestItems: { items: { Keys: [key.Key], AttributesToGet: ["x"] } } })
    ),
    KeyConditions: DynamoDb.send(new QueryCommand({ TableName, KeyConditions: { id: condition } })),
    ScanFilter: DynamoDb.send(new ScanCommand({ TableName, ScanFilter: { id: condition } })),
    StreamSpecification: DynamoDb.send(
      new UpdateTableCommand({
        TableName,
        StreamSpecification: { StreamEnabled: true },
        BillingMode: "PAY_PER_REQUEST"
      })
    ),
    GlobalSecondaryIndexUpdates: DynamoDb.send(
      new UpdateTableCommand({
        TableName,
        DeletionProtectionEnabled: true,
        GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "index" } }]
      })
    )
  }
  for (const [member, call] of Object.entries(gaps)) {
    test(
      `is loud: ${member}`,
      Effect.gen(function*() {
        yield* createTable(TableName, { id: "S" })
        const exit = yield* Effect.exit(call)
        assert.isTrue(Exit.isFailure(exit) && Exit.hasDies(exit))
        assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", member)
      })
    )
  }
})
