// What the in-memory DynamoDB does over time, page by page, and with what it doesn't have.
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  type WriteRequest
} from "@aws-sdk/client-dynamodb"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, Stream } from "effect"
import { type AwsClients, AwsService, InMemory } from "effect-aws-sdk"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { TestClock } from "effect/testing"
import { codeOf, expectRejected } from "../contract/support/rejections.ts"
import { createTable, type Item, n, s } from "../contract/support/tables.ts"

const TableName = "items"
const DAY = 24 * 3600

const test = <A, E>(title: string, run: Effect.Effect<A, E, AwsClients | InMemory>, options?: InMemory.Options) =>
  it.effect(title, () => Effect.provide(run, InMemory.layer(options)))

const put = (id: string, members: Item = {}) =>
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

describe("an update", () => {
  // "If you add multiple elements in a single SET operation, the elements are sorted in order by element number":
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
  test(
    "adds elements beyond the end of a list by their indexes, whatever the order of the expression",
    Effect.gen(function*() {
      yield* createTable(TableName, { id: "S" })
      yield* put("a", { elems: { L: [s("0")] }, elems2: { L: [] } })
      const { Attributes } = yield* DynamoDb.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: s("a") },
          UpdateExpression: "SET elems[9] = :nine, elems2[1] = :nine, elems[10] = :ten, elems[7] = :seven",
          ExpressionAttributeValues: { ":seven": s("7"), ":nine": s("9"), ":ten": s("10") },
          ReturnValues: "ALL_NEW"
        })
      )
      assert.deepEqual(Attributes?.["elems"], { L: [s("0"), s("7"), s("9"), s("10")] })
      assert.deepEqual(Attributes?.["elems2"], { L: [s("9")] })
    })
  )
})

describe("a request without a member that AWS requires", () => {
  const Key = { id: s("a") }
  const write = (action: TransactWriteItem) => new TransactWriteItemsCommand({ TransactItems: [action] })
  const batch = (request: WriteRequest) => new BatchWriteItemCommand({ RequestItems: { [TableName]: [request] } })
  const none = undefined as never
  const requests: ReadonlyArray<readonly [member: string, command: Parameters<typeof DynamoDb.send>[0]]> = [
    ["transactItems.1.member.put.item", write({ Put: { TableName, Item: none } })],
    ["transactItems.1.member.put.tableName", write({ Put: { TableName: none, Item: Key } })],
    ["transactItems.1.member.delete.key", write({ Delete: { TableName, Key: none } })],
    ["transactItems.1.member.update.updateExpression", write({ Update: { TableName, Key, UpdateExpression: none } })],
    [
      "transactItems.1.member.conditionCheck.conditionExpression",
      write({ ConditionCheck: { TableName, Key, ConditionExpression: none } })
    ],
    ["transactItems.1.member.get", new TransactGetItemsCommand({ TransactItems: [{ Get: none }] })],
    [
      "transactItems.1.member.get.key",
      new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName, Key: none } }] })
    ],
    ["requestItems.items.member.1.member.putRequest.item", batch({ PutRequest: { Item: none } })],
    ["requestItems.items.member.1.member.deleteRequest.key", batch({ DeleteRequest: { Key: none } })],
    ["requestItems.items.member.keys", new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: none } } })]
  ]
  for (const [member, command] of requests) {
    test(
      `is refused with the name of the member: ${member}`,
      Effect.gen(function*() {
        yield* createTable(TableName, { id: "S" })
        yield* expectRejected(
          DynamoDb.send(command),
          "ValidationException",
          `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`
        )
      })
    )
  }
})

describe("an empty projection", () => {
  test(
    "is refused by every command that has one",
    Effect.gen(function*() {
      yield* createTable(TableName, { id: "S" })
      const Key = { id: s("a") }
      const ProjectionExpression = ""
      const get = { TableName, Key, ProjectionExpression }
      const commands = [
        new GetItemCommand(get),
        new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [Key], ProjectionExpression } } }),
        new TransactGetItemsCommand({ TransactItems: [{ Get: get }] }),
        new ScanCommand({ TableName, ProjectionExpression })
      ]
      for (const command of commands) {
        yield* expectRejected(
          DynamoDb.send(command as GetItemCommand),
          "ValidationException",
          "Invalid ProjectionExpression: The expression can not be empty;"
        )
      }
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
