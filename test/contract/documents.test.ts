// DynamoDB's document client on moto, which keeps real tables: what is written by one way can be read by the other.
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb"
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand
} from "@aws-sdk/lib-dynamodb"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { AwsError, AwsService } from "effect-aws-sdk"
import { clients, Emulator, whyUnavailable } from "./moto.ts"

const unavailable = await Effect.runPromise(whyUnavailable)
if (unavailable !== undefined) {
  const message = `Can't run the document client on moto: ${unavailable}.`
  if (process.env.CI) throw new Error(message)
  console.log(message)
}

const dynamo = AwsService.make(DynamoDBClient)
const documents = AwsService.make(AwsService.wrapClient(
  DynamoDBClient,
  (client) => DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })
))

const table = { TableName: "orders" }
const createTable = dynamo.send(
  new CreateTableCommand({
    ...table,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "customer", AttributeType: "S" },
      { AttributeName: "n", AttributeType: "N" }
    ],
    KeySchema: [
      { AttributeName: "customer", KeyType: "HASH" },
      { AttributeName: "n", KeyType: "RANGE" }
    ]
  })
)

const onEmptyMoto = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Emulator.use(({ reset }) => reset).pipe(
    Effect.andThen(createTable),
    Effect.andThen(effect),
    Effect.provide(clients()),
    Effect.timeout("30 seconds")
  )

describe.skipIf(unavailable !== undefined)("the document client on moto", () => {
  layer(Emulator.layer(), { excludeTestServices: true, timeout: "1 minute" })((it) => {
    it.effect("writes items that the plain client reads, and reads items that it wrote", () =>
      onEmptyMoto(Effect.gen(function*() {
        yield* dynamo.send(new PutCommand({ ...table, Item: { customer: "ada", n: 1, tags: ["a"], price: 2.5 } }))
        const plain = yield* dynamo.send(
          new GetItemCommand({ ...table, Key: { customer: { S: "ada" }, n: { N: "1" } } })
        )
        assert.deepEqual(plain.Item, {
          customer: { S: "ada" },
          n: { N: "1" },
          tags: { L: [{ S: "a" }] },
          price: { N: "2.5" }
        })
        yield* dynamo.send(new PutItemCommand({ ...table, Item: { customer: { S: "ada" }, n: { N: "2" } } }))
        const { Item } = yield* dynamo.send(new GetCommand({ ...table, Key: { customer: "ada", n: 2 } }))
        assert.deepEqual(Item, { customer: "ada", n: 2 })
        yield* documents.send(new PutCommand({ ...table, Item: { customer: "ada", n: 3, gone: undefined } }))
        const third = yield* documents.send(new GetCommand({ ...table, Key: { customer: "ada", n: 3 } }))
        assert.deepEqual(third.Item, { customer: "ada", n: 3 })
      })))

    it.effect("updates and deletes items, on conditions whose failure has its code", () =>
      onEmptyMoto(Effect.gen(function*() {
        const Key = { customer: "ada", n: 1 }
        yield* dynamo.send(new PutCommand({ ...table, Item: { ...Key, count: 1 } }))
        const updated = yield* dynamo.send(
          new UpdateCommand({
            ...table,
            Key,
            UpdateExpression: "ADD #c :one",
            ExpressionAttributeNames: { "#c": "count" },
            ExpressionAttributeValues: { ":one": 1 },
            ReturnValues: "ALL_NEW"
          })
        )
        assert.deepEqual(updated.Attributes, { ...Key, count: 2 })
        const deletion = new DeleteCommand({
          ...table,
          Key,
          ConditionExpression: "#c = :c",
          ExpressionAttributeNames: { "#c": "count" },
          ExpressionAttributeValues: { ":c": 1 }
        })
        const refused = yield* dynamo.send(deletion).pipe(
          Effect.as(false),
          AwsError.catchCode("ConditionalCheckFailedException", () => Effect.succeed(true))
        )
        assert.isTrue(refused)
        const transaction = yield* Effect.flip(dynamo.send(
          new TransactWriteCommand({
            TransactItems: [
              { Put: { ...table, Item: { customer: "bob", n: 1 } } },
              { ConditionCheck: { ...table, Key, ConditionExpression: "attribute_not_exists(customer)" } }
            ]
          })
        ))
        assert.deepEqual([transaction.operation, transaction.code], [
          "TransactWriteItems",
          "TransactionCanceledException"
        ])
        assert.isUndefined((yield* dynamo.send(new GetCommand({ ...table, Key: { customer: "bob", n: 1 } }))).Item)
      })))

    it.effect("streams all items of a Query and of a Scan, two to a page, and gets them in a batch", () =>
      onEmptyMoto(Effect.gen(function*() {
        const items = Array.from({ length: 7 }, (_, n) => ({ customer: "ada", n }))
        yield* dynamo.send(
          new BatchWriteCommand({ RequestItems: { orders: items.map((Item) => ({ PutRequest: { Item } })) } })
        )
        const query = new QueryCommand({
          ...table,
          KeyConditionExpression: "customer = :c",
          ExpressionAttributeValues: { ":c": "ada" },
          Limit: 2
        })
        for (const service of [dynamo, documents]) {
          const found = yield* Stream.runCollect(service.items(query, (page) => page.Items))
          assert.deepEqual(found, items)
          const scanned = yield* Stream.runCollect(service.pages(new ScanCommand({ ...table, Limit: 2 })))
          assert.deepEqual(scanned.map(({ Count }) => Count), [2, 2, 2, 1])
          assert.deepEqual(scanned.flatMap(({ Items }) => Items), items)
        }
        const got = yield* dynamo.send(new BatchGetCommand({ RequestItems: { orders: { Keys: items.slice(0, 3) } } }))
        assert.sameDeepMembers(got.Responses?.["orders"] ?? [], items.slice(0, 3))
      })))
  })
})
