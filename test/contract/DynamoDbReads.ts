// Queries and scans, of tables and of indexes.
import {
  type AttributeValue,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
  UpdateItemCommand
} from "@aws-sdk/client-dynamodb"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { believed, contract, documented } from "./Contract.ts"
import { expectRejected } from "./support/rejections.ts"
import { createTable, type Item, n, s } from "./support/tables.ts"

const TableName = "visits"

const put = (Item: Item) => DynamoDb.send(new PutItemCommand({ TableName, Item }))

const visit = (user: string, at: number | string, members: Item = {}) => put({ user: s(user), at: n(at), ...members })

/** Visits of Ada at 1, 2, 10, and -5, and of Bob at 3. */
const visits = Effect.gen(function*() {
  yield* createTable(TableName, { user: "S", at: "N" })
  yield* Effect.forEach([2, 10, -5, 1], (at) => visit("ada", at, { page: s(at < 5 ? "home" : "cart"), size: n(at) }))
  yield* visit("bob", 3, { page: s("home") })
})

const query = (members: Partial<QueryCommandInput>) => DynamoDb.send(new QueryCommand({ TableName, ...members }))

/** The times that a query finds. `user` stands for Ada. */
const times = (KeyConditionExpression: string, values: Item = {}, members: Partial<QueryCommandInput> = {}) =>
  Effect.map(
    query({
      KeyConditionExpression,
      ExpressionAttributeNames: { "#user": "user", "#at": "at" },
      ExpressionAttributeValues: { ":user": s("ada"), ...values },
      ...members
    }),
    ({ Items = [] }) => Items.map(({ at }) => Number(at?.N))
  )

const adas = {
  KeyConditionExpression: "#user = :user",
  ExpressionAttributeNames: { "#user": "user" },
  ExpressionAttributeValues: { ":user": s("ada") }
}

const refused = (members: Partial<QueryCommandInput>, message: string) =>
  expectRejected(query(members), "ValidationException", message)

const keyConditions =
  "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html"
const filters = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html"
const pagination = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"
const segments = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html"
const global = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html"
const local = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html"

const byPage = (projection: object) => ({
  AttributeDefinitions: [{ AttributeName: "page", AttributeType: "S" as const }],
  GlobalSecondaryIndexes: [{
    IndexName: "by-page",
    KeySchema: [{ AttributeName: "page", KeyType: "HASH" as const }, {
      AttributeName: "at",
      KeyType: "RANGE" as const
    }],
    Projection: projection
  }]
})

const ofPage = (page: string, members: Partial<QueryCommandInput> = {}) =>
  query({
    IndexName: "by-page",
    KeyConditionExpression: "page = :page",
    ExpressionAttributeValues: { ":page": s(page) },
    ...members
  })

export const dynamoDbReads = contract("DynamoDb", {
  "finds the items of a partition in the order of their sort keys, forwards and backwards": documented(
    "API_Query",
    Effect.gen(function*() {
      yield* visits
      const found = yield* query(adas)
      assert.deepEqual(found.Items?.map(({ at }) => at?.N), ["-5", "1", "2", "10"])
      assert.deepEqual([found.Count, found.ScannedCount, found.LastEvaluatedKey], [4, 4, undefined])
      const backwards = yield* query({ ...adas, ScanIndexForward: false })
      assert.deepEqual(backwards.Items?.map(({ at }) => at?.N), ["10", "2", "1", "-5"])
    })
  ),

  "has the conditions of sort keys": documented(
    keyConditions,
    Effect.gen(function*() {
      yield* visits
      const v = { ":v": n(2) }
      const and = "#user = :user AND #at"
      assert.deepEqual(yield* times(`${and} = :v`, v), [2])
      assert.deepEqual(yield* times(`${and} < :v`, v), [-5, 1])
      assert.deepEqual(yield* times(`${and} <= :v`, v), [-5, 1, 2])
      assert.deepEqual(yield* times(`${and} > :v`, v), [10])
      assert.deepEqual(yield* times(`${and} >= :v`, v), [2, 10])
      assert.deepEqual(yield* times(`${and} BETWEEN :v AND :w`, { ":v": n(1), ":w": n(2) }), [1, 2])
      assert.deepEqual(yield* times("#at > :v AND #user = :user", v), [10])
    })
  ),

  "sorts texts and bytes by their bytes, and finds those with a beginning": documented(
    keyConditions,
    Effect.gen(function*() {
      yield* createTable("texts", { id: "S", at: "S" })
      yield* createTable("bytes", { id: "S", at: "B" })
      const all = (TableName: string, condition = "", values: Item = {}) =>
        Effect.map(
          query({
            TableName,
            KeyConditionExpression: `id = :id${condition}`,
            ExpressionAttributeNames: condition === "" ? undefined : { "#at": "at" },
            ExpressionAttributeValues: { ":id": s("a"), ...values }
          }),
          ({ Items = [] }) => Items.map(({ at }): string => at?.S ?? Buffer.from(at!.B!).toString("hex"))
        )
      const store = (TableName: string, values: ReadonlyArray<AttributeValue>) =>
        Effect.forEach(values, (at) => DynamoDb.send(new PutItemCommand({ TableName, Item: { id: s("a"), at } })))
      yield* store("texts", ["b", "B", "a", "aa", "é", "\u{1f600}", "\uffee"].map(s))
      assert.deepEqual(yield* all("texts"), ["B", "a", "aa", "b", "é", "\uffee", "\u{1f600}"])
      assert.deepEqual(yield* all("texts", " AND begins_with(#at, :v)", { ":v": s("a") }), ["a", "aa"])
      yield* store("bytes", ["ff", "00", "0001", "7f"].map((hex) => ({ B: Buffer.from(hex, "hex") })))
      assert.deepEqual(yield* all("bytes"), ["00", "0001", "7f", "ff"])
      assert.deepEqual(
        yield* all("bytes", " AND begins_with(#at, :v)", { ":v": { B: Uint8Array.of(0) } }),
        ["00", "0001"]
      )
    })
  ),

  "refuses key conditions that aren't of the keys": documented(
    keyConditions,
    Effect.gen(function*() {
      yield* visits
      const names = { ExpressionAttributeNames: { "#user": "user" } }
      yield* refused(
        { KeyConditionExpression: "page = :v", ExpressionAttributeValues: { ":v": s("home") } },
        "Query condition missed key schema element"
      )
      yield* refused(
        { ...names, KeyConditionExpression: "#user > :v", ExpressionAttributeValues: { ":v": s("a") } },
        "Query key condition not supported"
      )
      yield* refused(
        { ...names, KeyConditionExpression: "#user = :v", ExpressionAttributeValues: { ":v": n(1) } },
        "Condition parameter type does not match schema type"
      )
      yield* refused(
        { ...names, KeyConditionExpression: "#user = :v", ExpressionAttributeValues: { ":v": s("") } },
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: user"
      )
      yield* refused(
        {
          ...names,
          KeyConditionExpression: "#user = :v OR #user = :w",
          ExpressionAttributeValues: { ":v": s("a"), ":w": s("b") }
        },
        "Invalid operator used in KeyConditionExpression: OR"
      )
      yield* refused(
        {},
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
      )
    })
  ),

  "filters what it has read, and counts both": documented(
    filters,
    Effect.gen(function*() {
      yield* visits
      const filtered = {
        ...adas,
        FilterExpression: "page = :page",
        ExpressionAttributeValues: { ...adas.ExpressionAttributeValues, ":page": s("cart") }
      }
      const { Count, Items, ScannedCount } = yield* query(filtered)
      assert.deepEqual([Count, ScannedCount, Items?.length], [1, 4, 1])
      const counted = yield* query({ ...filtered, Select: "COUNT" })
      assert.deepEqual([counted.Count, counted.ScannedCount, counted.Items], [1, 4, undefined])
      const limited = yield* query({ ...filtered, Limit: 2 })
      assert.deepEqual([limited.Count, limited.ScannedCount], [0, 2])
      assert.deepEqual(limited.LastEvaluatedKey, { user: s("ada"), at: n(1) })
      yield* refused(
        { ...adas, ExpressionAttributeNames: { "#user": "user", "#at": "at" }, FilterExpression: "#at = :user" },
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: at"
      )
    })
  ),

  "reads page by page, and may need a last page that is empty": documented(
    pagination,
    Effect.gen(function*() {
      yield* visits
      const pages = yield* Stream.runCollect(DynamoDb.pages(new QueryCommand({ TableName, ...adas, Limit: 2 })))
      assert.deepEqual(pages.map(({ Items = [] }) => Items.map(({ at }) => at?.N)), [["-5", "1"], ["2", "10"], []])
      const backwards = yield* Stream.runCollect(
        DynamoDb.items(
          new QueryCommand({ TableName, ...adas, Limit: 3, ScanIndexForward: false }),
          ({ Items }) => Items
        )
      )
      assert.deepEqual(backwards.map(({ at }) => at?.N), ["10", "2", "1", "-5"])
      // The item at which a page ended may have gone.
      const after = yield* query({ ...adas, ExclusiveStartKey: { user: s("ada"), at: n("1.5") } })
      assert.deepEqual(after.Items?.map(({ at }) => at?.N), ["2", "10"])
      yield* refused({ ...adas, ExclusiveStartKey: { user: s("ada") } }, "The provided starting key is invalid")
      yield* refused(
        {
          KeyConditionExpression: "#user = :user AND #at > :at",
          ExpressionAttributeNames: { "#user": "user", "#at": "at" },
          ExpressionAttributeValues: { ":user": s("ada"), ":at": n(1) },
          ExclusiveStartKey: { user: s("ada"), at: n(1) }
        },
        "The provided starting key does not match the range key predicate"
      )
    })
  ),

  "ends a page after a megabyte": documented(
    pagination,
    Effect.gen(function*() {
      yield* createTable(TableName, { user: "S", at: "N" })
      yield* Effect.forEach([1, 2, 3, 4], (at) => visit("ada", at, { text: s("x".repeat(350_000)) }))
      const first = yield* query(adas)
      assert.strictEqual(first.Count, 3)
      const second = yield* query({ ...adas, ExclusiveStartKey: first.LastEvaluatedKey })
      assert.deepEqual([second.Count, second.LastEvaluatedKey], [1, undefined])
    })
  ),

  "scans all items, with filters, projections and pages": documented(
    segments,
    Effect.gen(function*() {
      yield* visits
      const scan = (members: Partial<ScanCommandInput>) =>
        Stream.runCollect(DynamoDb.items(new ScanCommand({ TableName, ...members }), ({ Items }) => Items))
      assert.lengthOf(yield* scan({}), 5)
      assert.lengthOf(yield* scan({ Limit: 1 }), 5)
      const homes = yield* scan({
        FilterExpression: "page = :page",
        ExpressionAttributeValues: { ":page": s("home") },
        ProjectionExpression: "#at",
        ExpressionAttributeNames: { "#at": "at" }
      })
      assert.sameDeepMembers([...homes], [-5, 1, 2, 3].map((at) => ({ at: n(at) })))
    })
  ),

  "scans in segments, each item in one": documented(
    segments,
    Effect.gen(function*() {
      yield* createTable(TableName, { user: "S", at: "N" })
      const users = Array.from({ length: 20 }, (_, i) => `user-${i}`)
      yield* Effect.forEach(users, (user) => visit(user, 1))
      const found = yield* Effect.forEach([0, 1, 2], (Segment) =>
        Stream.runCollect(
          DynamoDb.items(new ScanCommand({ TableName, Segment, TotalSegments: 3, Limit: 4 }), ({ Items }) => Items)
        ))
      assert.sameMembers(found.flatMap((items) => items.map(({ user }) => user?.S ?? "")), users)
      yield* expectRejected(
        DynamoDb.send(new ScanCommand({ TableName, Segment: 3, TotalSegments: 3 })),
        "ValidationException",
        "The Segment parameter is zero-based and must be less than parameter TotalSegments"
      )
      yield* expectRejected(
        DynamoDb.send(new ScanCommand({ TableName, Segment: 0 })),
        "ValidationException",
        "The TotalSegments parameter is required"
      )
    })
  ),

  "queries and scans a global index, which has the items with its keys": documented(
    global,
    Effect.gen(function*() {
      yield* createTable(TableName, { user: "S", at: "N" }, byPage({ ProjectionType: "ALL" }))
      yield* visit("ada", 2, { page: s("home") })
      yield* visit("bob", 1, { page: s("home") })
      yield* visit("eve", 1, { page: s("home") })
      yield* visit("ada", 3, { page: s("cart") })
      yield* visit("ada", 4)
      const homes = yield* ofPage("home")
      assert.sameMembers(homes.Items!.slice(0, 2).map(({ user }) => user!.S!), ["bob", "eve"])
      assert.strictEqual(homes.Items?.[2]?.["user"]?.S, "ada")
      const one = yield* ofPage("home", { Limit: 1 })
      assert.deepEqual(Object.keys(one.LastEvaluatedKey!).sort(), ["at", "page", "user"])
      const all = yield* Stream.runCollect(
        DynamoDb.items(new ScanCommand({ TableName, IndexName: "by-page", Limit: 1 }), ({ Items }) => Items)
      )
      assert.lengthOf(all, 4)
      yield* expectRejected(
        ofPage("home", { ConsistentRead: true }),
        "ValidationException",
        "Consistent reads are not supported on global secondary indexes"
      )
      yield* expectRejected(
        ofPage("home", { IndexName: "none" }),
        "ValidationException",
        "The table does not have the specified index: none"
      )
      yield* expectRejected(visit("ada", 5, { page: n(1) }), "ValidationException", "Type mismatch for Index Key page")
    })
  ),

  "has in an index what is projected into it": documented(
    global,
    Effect.gen(function*() {
      yield* createTable(
        TableName,
        { user: "S", at: "N" },
        byPage({ ProjectionType: "INCLUDE", NonKeyAttributes: ["size"] })
      )
      yield* visit("ada", 1, { page: s("home"), size: n(2), agent: s("curl") })
      assert.deepEqual((yield* ofPage("home")).Items, [{ user: s("ada"), at: n(1), page: s("home"), size: n(2) }])
      yield* expectRejected(ofPage("home", { Select: "ALL_ATTRIBUTES" }), "ValidationException", "ALL_ATTRIBUTES")
    })
  ),

  "filters what an index has, and refuses to filter by what isn't projected into it": believed(
    "AWS's message is in bug reports; its documentation says what an index has",
    Effect.gen(function*() {
      yield* createTable(
        TableName,
        { user: "S", at: "N" },
        byPage({ ProjectionType: "INCLUDE", NonKeyAttributes: ["size"] })
      )
      yield* visit("ada", 1, { page: s("home"), size: n(2), agent: s("curl") })
      const filtered = (FilterExpression: string) =>
        query({
          IndexName: "by-page",
          KeyConditionExpression: "page = :page",
          FilterExpression,
          ExpressionAttributeNames: { "#size": "size" },
          ExpressionAttributeValues: { ":page": s("home"), ":two": n(2) }
        })
      assert.strictEqual((yield* filtered("#size = :two")).Count, 1)
      yield* expectRejected(
        filtered("#size = :two AND attribute_exists(browser)"),
        "ValidationException",
        "Secondary index by-page does not project one or more filter attributes: [browser]"
      )
    })
  ),

  "refuses an update that doesn't fit the key of an index": believed(
    "The message for a wrong type is documented for transactions; the one for an empty text is like it",
    Effect.gen(function*() {
      yield* createTable(TableName, { user: "S", at: "N" }, byPage({ ProjectionType: "ALL" }))
      yield* visit("ada", 1, { page: s("home") })
      const setPage = (page: AttributeValue) =>
        DynamoDb.send(
          new UpdateItemCommand({
            TableName,
            Key: { user: s("ada"), at: n(1) },
            UpdateExpression: "SET page = :page",
            ExpressionAttributeValues: { ":page": page }
          })
        )
      yield* expectRejected(
        setPage(n(1)),
        "ValidationException",
        "The update expression attempted to update the secondary index key to unsupported type"
      )
      yield* expectRejected(setPage(s("")), "ValidationException", "cannot contain an empty string value.")
      yield* setPage(s("cart"))
    })
  ),

  "queries a local index, and gets from the table what the index doesn't have": documented(
    local,
    Effect.gen(function*() {
      yield* createTable(TableName, { user: "S", at: "N" }, {
        AttributeDefinitions: [{ AttributeName: "size", AttributeType: "N" }],
        LocalSecondaryIndexes: [{
          IndexName: "by-size",
          KeySchema: [{ AttributeName: "user", KeyType: "HASH" }, { AttributeName: "size", KeyType: "RANGE" }],
          Projection: { ProjectionType: "KEYS_ONLY" }
        }]
      })
      yield* visit("ada", 1, { size: n(9), page: s("home") })
      yield* visit("ada", 2, { size: n(3), page: s("cart") })
      yield* visit("ada", 3, { page: s("none") })
      const bySize = (members: Partial<QueryCommandInput> = {}) => query({ ...adas, IndexName: "by-size", ...members })
      assert.deepEqual((yield* bySize({ ConsistentRead: true })).Items, [
        { user: s("ada"), at: n(2), size: n(3) },
        { user: s("ada"), at: n(1), size: n(9) }
      ])
      const whole = yield* bySize({ Select: "ALL_ATTRIBUTES" })
      assert.deepEqual(whole.Items?.map(({ page }) => page?.S), ["cart", "home"])
    })
  ),

  "counts the capacity that reads and writes consume": believed(
    "the rules are documented for requests of one item; those of a page are the sum of its bytes",
    Effect.gen(function*() {
      yield* createTable(TableName, { user: "S", at: "N" })
      const written = yield* DynamoDb.send(
        new PutItemCommand({
          TableName,
          Item: { user: s("ada"), at: n(1), text: s("x".repeat(5000)) },
          ReturnConsumedCapacity: "TOTAL"
        })
      )
      assert.deepEqual(written.ConsumedCapacity, { TableName, CapacityUnits: 5 })
      const read = (ConsistentRead: boolean) =>
        Effect.map(
          query({ ...adas, ConsistentRead, ReturnConsumedCapacity: "TOTAL" }),
          ({ ConsumedCapacity }) => ConsumedCapacity?.CapacityUnits
        )
      assert.deepEqual([yield* read(true), yield* read(false)], [2, 1])
    })
  )
})
