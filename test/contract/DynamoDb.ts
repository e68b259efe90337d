import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand
} from "@aws-sdk/client-dynamodb"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { believed, contract, documented } from "./Contract.ts"
import { codeOf, expectRejected, rejection } from "./support/rejections.ts"
import { active, createTable, s, tableInput } from "./support/tables.ts"
import { often, waited } from "./support/waits.ts"

const describe = (TableName: string) =>
  Effect.map(DynamoDb.send(new DescribeTableCommand({ TableName })), ({ Table }) => Table!)

const remove = (TableName: string) => DynamoDb.send(new DeleteTableCommand({ TableName }))

const create = (...input: Parameters<typeof tableInput>) => DynamoDb.send(new CreateTableCommand(tableInput(...input)))

const notFound = ["ResourceNotFoundException", "Requested resource not found: Table: none not found"]

export const dynamoDb = contract("DynamoDb", {
  "waits until a table is there, and until it's gone": documented(
    "API_DescribeTable",
    Effect.gen(function*() {
      const { TableDescription } = yield* create("orders", { id: "S", at: "N" })
      assert.strictEqual(TableDescription?.TableStatus, "CREATING")
      yield* waited(DynamoDb.waitUntil("TableExists", { TableName: "orders" }, often))
      const Table = yield* describe("orders")
      assert.strictEqual(Table.TableStatus, "ACTIVE")
      assert.strictEqual(Table.TableArn, "arn:aws:dynamodb:us-east-1:123456789012:table/orders")
      assert.deepEqual(Table.KeySchema, [
        { AttributeName: "id", KeyType: "HASH" },
        { AttributeName: "at", KeyType: "RANGE" }
      ])
      assert.deepEqual([Table.ItemCount, Table.BillingModeSummary?.BillingMode], [0, "PAY_PER_REQUEST"])
      assert.instanceOf(Table.CreationDateTime, Date)
      assert.match(Table.TableId!, /^[0-9a-f-]{36}$/)
      const deleted = yield* remove("orders")
      assert.strictEqual(deleted.TableDescription?.TableStatus, "DELETING")
      yield* waited(DynamoDb.waitUntil("TableNotExists", { TableName: "orders" }, often))
      assert.strictEqual(yield* codeOf(describe("orders")), "ResourceNotFoundException")
    })
  ),

  "takes no items, and can't be deleted, while a table is being created": documented(
    "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html",
    Effect.gen(function*() {
      yield* create("young", { id: "S" })
      const put = DynamoDb.send(new PutItemCommand({ TableName: "young", Item: { id: s("a") } }))
      assert.deepEqual(yield* rejection(put), ["ResourceNotFoundException", "Requested resource not found"])
      yield* expectRejected(remove("young"), "ResourceInUseException")
      yield* active("young")
      yield* put
    })
  ),

  "refuses a second table with the same name": documented(
    "API_CreateTable",
    Effect.gen(function*() {
      yield* createTable("twice", { id: "S" })
      assert.deepEqual(yield* rejection(create("twice", { id: "N" })), [
        "ResourceInUseException",
        "Table already exists: twice"
      ])
    })
  ),

  "finds no table that isn't there": documented(
    "API_DescribeTable",
    Effect.gen(function*() {
      assert.deepEqual(yield* rejection(describe("none")), notFound)
      assert.deepEqual(yield* rejection(remove("none")), notFound)
    })
  ),

  "finds a table by its ARN": documented(
    "API_DescribeTable",
    Effect.gen(function*() {
      yield* createTable("named", { id: "S" })
      const { TableArn = "" } = yield* describe("named")
      assert.strictEqual((yield* describe(TableArn)).TableName, "named")
      yield* DynamoDb.send(new PutItemCommand({ TableName: TableArn, Item: { id: s("a") } }))
    })
  ),

  "lists tables by name, page by page": documented(
    "API_ListTables",
    Effect.gen(function*() {
      for (const name of ["b-table", "c-table", "a-table"]) yield* createTable(name, { id: "S" })
      const first = yield* DynamoDb.send(new ListTablesCommand({ Limit: 2 }))
      assert.deepEqual(first.TableNames, ["a-table", "b-table"])
      assert.strictEqual(first.LastEvaluatedTableName, "b-table")
      const names = yield* Stream.runCollect(
        DynamoDb.items(new ListTablesCommand({ Limit: 1 }), (page) => page.TableNames)
      )
      assert.deepEqual([...names], ["a-table", "b-table", "c-table"])
    })
  ),

  "refuses keys and attributes that don't fit each other": documented(
    "API_CreateTable",
    Effect.gen(function*() {
      const unused = { AttributeDefinitions: [{ AttributeName: "other", AttributeType: "S" as const }] }
      yield* expectRejected(create("wrong", { id: "S" }, unused), "ValidationException", "AttributeDefinitions")
      yield* expectRejected(
        create("wrong", { id: "S" }, { KeySchema: [{ AttributeName: "none", KeyType: "HASH" }] }),
        "ValidationException",
        "not defined in AttributeDefinitions"
      )
      yield* expectRejected(
        create("wrong", { id: "S" }, { KeySchema: [{ AttributeName: "id", KeyType: "RANGE" }] }),
        "ValidationException",
        "The first KeySchemaElement is not a HASH key type"
      )
      yield* expectRejected(create("no", { id: "S" }), "ValidationException")
      yield* expectRejected(create("not allowed!", { id: "S" }), "ValidationException")
    })
  ),

  "needs capacity for provisioned tables, and for no others": documented(
    "API_CreateTable",
    Effect.gen(function*() {
      const ProvisionedThroughput = { ReadCapacityUnits: 3, WriteCapacityUnits: 2 }
      yield* expectRejected(create("plain", { id: "S" }, { BillingMode: "PROVISIONED" }), "ValidationException")
      yield* expectRejected(create("plain", { id: "S" }, { ProvisionedThroughput }), "ValidationException")
      yield* createTable("plain", { id: "S" }, { BillingMode: "PROVISIONED", ProvisionedThroughput })
      const { BillingModeSummary, ProvisionedThroughput: described } = yield* describe("plain")
      assert.deepEqual([described?.ReadCapacityUnits, described?.WriteCapacityUnits], [3, 2])
      assert.isTrue(BillingModeSummary === undefined || BillingModeSummary.BillingMode === "PROVISIONED")
    })
  ),

  "changes how a table is billed, while it can be used": documented(
    "API_UpdateTable",
    Effect.gen(function*() {
      yield* createTable("billed", { id: "S" })
      const { TableDescription } = yield* DynamoDb.send(
        new UpdateTableCommand({
          TableName: "billed",
          BillingMode: "PROVISIONED",
          ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 }
        })
      )
      assert.strictEqual(TableDescription?.TableStatus, "UPDATING")
      yield* DynamoDb.send(new PutItemCommand({ TableName: "billed", Item: { id: s("a") } }))
      yield* active("billed")
      assert.strictEqual((yield* describe("billed")).ProvisionedThroughput?.ReadCapacityUnits, 1)
      yield* expectRejected(
        DynamoDb.send(
          new UpdateTableCommand({
            TableName: "billed",
            ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 }
          })
        ),
        "ValidationException",
        "will not change"
      )
    })
  ),

  "doesn't delete a protected table": documented(
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html",
    Effect.gen(function*() {
      yield* createTable("safe", { id: "S" }, { DeletionProtectionEnabled: true })
      yield* expectRejected(remove("safe"), "ValidationException", "protected against deletion")
      yield* DynamoDb.send(new UpdateTableCommand({ TableName: "safe", DeletionProtectionEnabled: false }))
      yield* remove("safe")
    })
  ),

  "tags tables": documented(
    "API_TagResource",
    Effect.gen(function*() {
      yield* createTable("tagged", { id: "S" }, { Tags: [{ Key: "team", Value: "a" }, { Key: "env", Value: "test" }] })
      const { TableArn: ResourceArn } = yield* describe("tagged")
      yield* DynamoDb.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: "team", Value: "b" }] }))
      yield* DynamoDb.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["env", "none"] }))
      const { Tags } = yield* DynamoDb.send(new ListTagsOfResourceCommand({ ResourceArn }))
      assert.deepEqual(Tags, [{ Key: "team", Value: "b" }])
    })
  ),

  "turns time to live on and off, and not twice": documented(
    "API_UpdateTimeToLive",
    Effect.gen(function*() {
      yield* createTable("expiring", { id: "S" })
      const status = Effect.map(
        DynamoDb.send(new DescribeTimeToLiveCommand({ TableName: "expiring" })),
        ({ TimeToLiveDescription }) => TimeToLiveDescription
      )
      const update = (Enabled: boolean) =>
        DynamoDb.send(
          new UpdateTimeToLiveCommand({
            TableName: "expiring",
            TimeToLiveSpecification: { AttributeName: "expires", Enabled }
          })
        )
      assert.deepEqual(yield* status, { TimeToLiveStatus: "DISABLED" })
      yield* expectRejected(update(false), "ValidationException", "TimeToLive is already disabled")
      const { TimeToLiveSpecification } = yield* update(true)
      assert.deepEqual(TimeToLiveSpecification, { AttributeName: "expires", Enabled: true })
      const { AttributeName, TimeToLiveStatus = "" } = (yield* status)!
      assert.strictEqual(AttributeName, "expires")
      assert.include(["ENABLING", "ENABLED"], TimeToLiveStatus)
      yield* expectRejected(update(true), "ValidationException")
    })
  ),

  "lists each violated constraint of a request for a table in one message": believed(
    "the form of the message is that of all services with Java's validation",
    Effect.gen(function*() {
      const [code, words] = yield* rejection(
        DynamoDb.send(
          new CreateTableCommand({
            TableName: "ok-name",
            KeySchema: [],
            AttributeDefinitions: [{ AttributeName: "id", AttributeType: "X" as never }],
            BillingMode: "FREE" as never
          })
        )
      )
      assert.strictEqual(code, "ValidationException")
      assert.match(String(words), /^3 validation errors detected: /)
      for (const at of ["keySchema", "attributeDefinitions.1.member.attributeType", "billingMode"]) {
        assert.include(words, `'${at}'`)
      }
    })
  )
})
