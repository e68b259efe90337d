// Batches and transactions.
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type WriteRequest
} from "@aws-sdk/client-dynamodb"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { believed, contract, documented } from "./Contract.ts"
import { expectRejected, rejection } from "./support/rejections.ts"
import { createTable, type Item, n, s } from "./support/tables.ts"

const tables = Effect.gen(function*() {
  yield* createTable("one", { id: "S" })
  yield* createTable("two", { id: "S" })
})

const key = (id: string): Item => ({ id: s(id) })

const put = (id: string, members: Item = {}): WriteRequest => ({ PutRequest: { Item: { ...key(id), ...members } } })

const write = (RequestItems: Record<string, Array<WriteRequest>>) =>
  DynamoDb.send(new BatchWriteItemCommand({ RequestItems }))

const get = (TableName: string, id: string) =>
  Effect.map(DynamoDb.send(new GetItemCommand({ TableName, Key: key(id) })), ({ Item }) => Item)

const store = (TableName: string, id: string, members: Item = {}) =>
  DynamoDb.send(new PutItemCommand({ TableName, Item: { ...key(id), ...members } }))

const transact = (TransactItems: Array<TransactWriteItem>, ClientRequestToken?: string) =>
  DynamoDb.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken }))

const reasonsOf = <A, R>(effect: Effect.Effect<A, { readonly cause?: unknown }, R>) =>
  Effect.map(
    Effect.flip(effect),
    ({ cause }) =>
      (cause as { readonly CancellationReasons?: ReadonlyArray<{ readonly Code?: string; readonly Item?: Item }> })
        .CancellationReasons?.map(({ Code, Item }) => Item === undefined ? Code : [Code, Item])
  )

export const dynamoDbBatches = contract("DynamoDb", {
  "writes and deletes items of several tables in one batch": documented(
    "API_BatchWriteItem",
    Effect.gen(function*() {
      yield* tables
      yield* store("two", "old")
      const { UnprocessedItems } = yield* write({
        one: [put("a", { x: n(1) }), put("b")],
        two: [put("a"), { DeleteRequest: { Key: key("old") } }, { DeleteRequest: { Key: key("none") } }]
      })
      assert.deepEqual(UnprocessedItems, {})
      assert.deepEqual(yield* get("one", "a"), { ...key("a"), x: n(1) })
      assert.isUndefined(yield* get("two", "old"))
    })
  ),

  "writes nothing of a batch that has a mistake": documented(
    "API_BatchWriteItem",
    Effect.gen(function*() {
      yield* tables
      const many = Array.from({ length: 26 }, (_, i) => put(String(i)))
      yield* expectRejected(write({ one: many }), "ValidationException")
      assert.deepEqual(yield* rejection(write({ one: [put("a"), put("a")] })), [
        "ValidationException",
        "Provided list of item keys contains duplicates"
      ])
      const { Table } = yield* DynamoDb.send(new DescribeTableCommand({ TableName: "one" }))
      assert.deepEqual(yield* rejection(write({ one: [put("a")], [Table!.TableArn!]: [put("a")] })), [
        "ValidationException",
        "Provided list of item keys contains duplicates"
      ])
      yield* expectRejected(write({ one: [put("a")], none: [put("a")] }), "ResourceNotFoundException")
      yield* expectRejected(
        write({ one: [put("a"), { PutRequest: { Item: { other: s("x") } } }] }),
        "ValidationException"
      )
      yield* expectRejected(write({}), "ValidationException")
      assert.isUndefined(yield* get("one", "a"))
    })
  ),

  "gets items of several tables in one batch, without those that aren't there": documented(
    "API_BatchGetItem",
    Effect.gen(function*() {
      yield* tables
      yield* write({ one: [put("a", { x: n(1), y: n(2) }), put("b")], two: [put("c")] })
      const { Responses, UnprocessedKeys } = yield* DynamoDb.send(
        new BatchGetItemCommand({
          RequestItems: {
            one: { Keys: [key("a"), key("none")], ProjectionExpression: "#x", ExpressionAttributeNames: { "#x": "x" } },
            two: { Keys: [key("c")], ConsistentRead: true }
          }
        })
      )
      assert.deepEqual(Responses, { one: [{ x: n(1) }], two: [key("c")] })
      assert.deepEqual(UnprocessedKeys, {})
      const twice = new BatchGetItemCommand({ RequestItems: { one: { Keys: [key("a"), key("a")] } } })
      assert.deepEqual(yield* rejection(DynamoDb.send(twice)), [
        "ValidationException",
        "Provided list of item keys contains duplicates"
      ])
      const Keys = Array.from({ length: 101 }, (_, i) => key(String(i)))
      yield* expectRejected(
        DynamoDb.send(new BatchGetItemCommand({ RequestItems: { one: { Keys } } })),
        "ValidationException"
      )
    })
  ),

  "makes all changes of a transaction, or none": documented(
    "API_TransactWriteItems",
    Effect.gen(function*() {
      yield* tables
      yield* store("one", "a", { x: n(1) })
      yield* store("two", "gone")
      const changes = (x: number): Array<TransactWriteItem> => [
        {
          Update: {
            TableName: "one",
            Key: key("a"),
            UpdateExpression: "SET x = x + :one",
            ConditionExpression: "x = :x",
            ExpressionAttributeValues: { ":one": n(1), ":x": n(x) },
            ReturnValuesOnConditionCheckFailure: "ALL_OLD"
          }
        },
        { Put: { TableName: "two", Item: key("new") } },
        { Delete: { TableName: "two", Key: key("gone") } },
        { ConditionCheck: { TableName: "one", Key: key("none"), ConditionExpression: "attribute_not_exists(id)" } }
      ]
      assert.deepEqual(yield* reasonsOf(transact(changes(7))), [
        ["ConditionalCheckFailed", { ...key("a"), x: n(1) }],
        "None",
        "None",
        "None"
      ])
      assert.deepEqual(yield* rejection(transact(changes(7))), [
        "TransactionCanceledException",
        "Transaction cancelled, please refer cancellation reasons for specific reasons " +
        "[ConditionalCheckFailed, None, None, None]"
      ])
      assert.deepEqual(yield* get("two", "gone"), key("gone"))
      assert.isUndefined(yield* get("two", "new"))
      yield* transact(changes(1))
      assert.deepEqual(yield* get("one", "a"), { ...key("a"), x: n(2) })
      assert.deepEqual(yield* get("two", "new"), key("new"))
      assert.isUndefined(yield* get("two", "gone"))
    })
  ),

  "refuses a transaction that has an item twice": documented(
    "API_TransactWriteItems",
    Effect.gen(function*() {
      yield* tables
      const twice = transact([
        { Put: { TableName: "one", Item: key("a") } },
        { Delete: { TableName: "one", Key: key("a") } }
      ])
      assert.deepEqual(yield* rejection(twice), [
        "ValidationException",
        "Transaction request cannot include multiple operations on one item"
      ])
    })
  ),

  "makes a transaction once for its token, and refuses the token with another one": documented(
    "API_TransactWriteItems",
    Effect.gen(function*() {
      yield* tables
      const count = (by: number): TransactWriteItem => ({
        Update: {
          TableName: "one",
          Key: key("a"),
          UpdateExpression: "ADD x :by",
          ExpressionAttributeValues: { ":by": n(by) }
        }
      })
      yield* transact([count(1)], "token")
      yield* transact([count(1)], "token")
      assert.deepEqual(yield* get("one", "a"), { ...key("a"), x: n(1) })
      yield* expectRejected(transact([count(2)], "token"), "IdempotentParameterMismatchException")
    })
  ),

  "cancels a transaction whose update doesn't fit its item": believed(
    "the reason ValidationError is documented; which faults lead to it isn't",
    Effect.gen(function*() {
      yield* tables
      yield* store("one", "a", { x: s("text") })
      const add = transact([
        { Put: { TableName: "two", Item: key("b") } },
        {
          Update: {
            TableName: "one",
            Key: key("a"),
            UpdateExpression: "ADD x :one",
            ExpressionAttributeValues: { ":one": n(1) }
          }
        }
      ])
      assert.deepEqual(yield* reasonsOf(add), ["None", "ValidationError"])
      assert.isUndefined(yield* get("two", "b"))
    })
  ),

  "gets items of several tables in a transaction": believed(
    "AWS documents Null for an item that isn't there; the SDKs' users see an empty response",
    Effect.gen(function*() {
      yield* tables
      yield* store("one", "a", { x: n(1), y: n(2) })
      const { Responses } = yield* DynamoDb.send(
        new TransactGetItemsCommand({
          TransactItems: [
            { Get: { TableName: "one", Key: key("a"), ProjectionExpression: "y" } },
            { Get: { TableName: "two", Key: key("none") } }
          ]
        })
      )
      assert.deepEqual(Responses, [{ Item: { y: n(2) } }, {}])
    })
  )
})
