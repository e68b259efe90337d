// DynamoDB's document client, and other wrapped clients.
import * as dynamoDb from "@aws-sdk/client-dynamodb"
import * as lib from "@aws-sdk/lib-dynamodb"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Schedule, Schema, Stream } from "effect"
import { type Aspect, Aspect as Aspects, AwsClients, AwsService, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const dynamo = AwsService.make(dynamoDb.DynamoDBClient)
const table = { TableName: "t" }

/** Answers every command of items with what it was sent, so that the values have gone both ways. */
const echoes = Effect.all([
  InMemory.handle(dynamoDb.PutItemCommand, ({ Item }) => Effect.succeed({ Attributes: Item })),
  InMemory.handle(dynamoDb.GetItemCommand, ({ Key }) => Effect.succeed({ Item: Key })),
  InMemory.handle(dynamoDb.DeleteItemCommand, ({ Key }) => Effect.succeed({ Attributes: Key })),
  InMemory.handle(
    dynamoDb.UpdateItemCommand,
    ({ ExpressionAttributeValues }) => Effect.succeed({ Attributes: ExpressionAttributeValues })
  ),
  InMemory.handle(
    dynamoDb.BatchGetItemCommand,
    ({ RequestItems = {} }) => Effect.succeed({ Responses: { t: RequestItems["t"]?.Keys ?? [] } })
  ),
  InMemory.handle(
    dynamoDb.BatchWriteItemCommand,
    ({ RequestItems }) => Effect.succeed({ UnprocessedItems: RequestItems })
  ),
  InMemory.handle(
    dynamoDb.TransactGetItemsCommand,
    ({ TransactItems = [] }) => Effect.succeed({ Responses: TransactItems.map(({ Get }) => ({ Item: Get?.Key })) })
  ),
  InMemory.handle(dynamoDb.TransactWriteItemsCommand, ({ TransactItems = [] }) =>
    Effect.succeed({
      ItemCollectionMetrics: { t: TransactItems.map(({ Put }) => ({ ItemCollectionKey: Put?.Item })) }
    })),
  InMemory.handle(
    dynamoDb.ExecuteStatementCommand,
    ({ Parameters = [] }) => Effect.succeed({ Items: Parameters.map((value) => ({ value })) })
  ),
  InMemory.handle(
    dynamoDb.ExecuteTransactionCommand,
    ({ TransactStatements = [] }) =>
      Effect.succeed({ Responses: TransactStatements.map(({ Parameters }) => ({ Item: { value: Parameters![0]! } })) })
  ),
  InMemory.handle(
    dynamoDb.BatchExecuteStatementCommand,
    ({ Statements = [] }) =>
      Effect.succeed({ Responses: Statements.map(({ Parameters }) => ({ Item: { value: Parameters![0]! } })) })
  )
])

const item = {
  id: 1,
  name: "Ada",
  isActive: true,
  none: null,
  tags: new Set(["a", "b"]),
  nested: { list: [1, "two", { three: 3 }] },
  bytes: new Uint8Array([1, 2, 3])
}

const operations = Effect.map(InMemory.calls, (calls) => calls.map(({ operation }) => operation))

describe("a command of the document client", () => {
  it.effect("sends and returns plain values, whichever command it is", () =>
    Effect.gen(function*() {
      yield* echoes
      const put = yield* dynamo.send(new lib.PutCommand({ ...table, Item: item }))
      assert.deepEqual(put.Attributes, item)
      const got = yield* dynamo.send(new lib.GetCommand({ ...table, Key: { id: 1 } }))
      assert.deepEqual(got.Item, { id: 1 })
      const deleted = yield* dynamo.send(new lib.DeleteCommand({ ...table, Key: { id: 2 } }))
      assert.deepEqual(deleted.Attributes, { id: 2 })
      const updated = yield* dynamo.send(
        new lib.UpdateCommand({
          ...table,
          Key: { id: 1 },
          UpdateExpression: "SET a = :a",
          ExpressionAttributeValues: { ":a": [1] }
        })
      )
      assert.deepEqual(updated.Attributes, { ":a": [1] })
      const several = yield* dynamo.send(
        new lib.BatchGetCommand({ RequestItems: { t: { Keys: [{ id: 1 }, { id: 2 }] } } })
      )
      assert.deepEqual(several.Responses, { t: [{ id: 1 }, { id: 2 }] })
      const written = yield* dynamo.send(
        new lib.BatchWriteCommand({ RequestItems: { t: [{ PutRequest: { Item: item } }] } })
      )
      assert.deepEqual(written.UnprocessedItems, { t: [{ PutRequest: { Item: item } }] })
      const read = yield* dynamo.send(
        new lib.TransactGetCommand({ TransactItems: [{ Get: { ...table, Key: { id: 3 } } }] })
      )
      assert.deepEqual(read.Responses, [{ Item: { id: 3 } }])
      const transacted = yield* dynamo.send(
        new lib.TransactWriteCommand({ TransactItems: [{ Put: { ...table, Item: { id: 4 } } }] })
      )
      assert.deepEqual(transacted.ItemCollectionMetrics, { t: [{ ItemCollectionKey: { id: 4 } }] })
      const Statement = "SELECT * FROM t WHERE id = ?"
      const found = yield* dynamo.send(new lib.ExecuteStatementCommand({ Statement, Parameters: [5] }))
      assert.deepEqual(found.Items, [{ value: 5 }])
      const executed = yield* dynamo.send(
        new lib.ExecuteTransactionCommand({ TransactStatements: [{ Statement, Parameters: [6] }] })
      )
      assert.deepEqual(executed.Responses, [{ Item: { value: 6 } }])
      const batch = yield* dynamo.send(
        new lib.BatchExecuteStatementCommand({ Statements: [{ Statement, Parameters: [7] }] })
      )
      assert.deepEqual(batch.Responses, [{ Item: { value: 7 } }])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is named after AWS's operation, in aspects and errors", () => {
    const seen: Array<string> = []
    const record: Aspect.Aspect = (send) => (call) => {
      seen.push(`${call.service}.${call.operation}`)
      return send(call)
    }
    return Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.serverFault })
      yield* echoes
      const error = yield* Effect.flip(dynamo.send(new lib.GetCommand({ ...table, Key: { id: 1 } })))
      assert.strictEqual(error.operation, "GetItem")
      yield* Effect.exit(dynamo.send(new lib.TransactWriteCommand({ TransactItems: [] })))
      assert.deepEqual(seen, ["DynamoDB.GetItem", "DynamoDB.TransactWriteItems"])
    }).pipe(Effect.provide(InMemory.layer({ aspects: [record], retry: Schedule.recurs(0) })))
  })

  it.effect("can be sent many times, and at the same time", () =>
    Effect.gen(function*() {
      yield* echoes
      const command = new lib.PutCommand({ ...table, Item: item })
      const answers = yield* Effect.all(Array.from({ length: 20 }, () => dynamo.send(command)), {
        concurrency: "unbounded"
      })
      for (const { Attributes } of answers) assert.deepEqual(Attributes, item)
      assert.deepEqual(command.input, { ...table, Item: item })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is retried, and aborted, as any other command", () =>
    Effect.gen(function*() {
      yield* echoes
      yield* InMemory.inject({ times: 2, fault: InMemory.throttled })
      const send = dynamo.send(new lib.GetCommand({ ...table, Key: { id: 1 } }))
      const fiber = yield* Effect.forkChild(send)
      yield* TestClock.adjust("1 minute")
      assert.deepEqual((yield* Fiber.join(fiber)).Item, { id: 1 })
      assert.deepEqual(yield* operations, ["GetItem", "GetItem", "GetItem"])

      yield* InMemory.inject({ fault: InMemory.delay("1 hour", "before") })
      const slow = yield* Effect.forkChild(send)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(slow)
      yield* TestClock.adjust("2 hours")
      assert.strictEqual((yield* InMemory.calls).at(-1)?.outcome._tag, "Interrupted")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("takes the header of an aspect", () => {
    let team: string | undefined
    const plugin = {
      applyToStack: (stack: any) =>
        stack.add((next: any) => (args: any) => {
          team = args.request.headers["x-team"]
          return next(args)
        }, { step: "finalizeRequest", priority: "low" })
    }
    return Effect.gen(function*() {
      yield* echoes
      yield* dynamo.send(new lib.GetCommand({ ...table, Key: { id: 1 } }))
      assert.strictEqual(team, "orders")
    }).pipe(
      Effect.provide(InMemory.layer({ aspects: [Aspects.header("x-team", () => "orders")], plugins: [plugin] }))
    )
  })

  it.effect("says where the option goes that a value needs", () =>
    Effect.gen(function*() {
      const options = [[new Date(0), "convertClassInstanceToMap"], [new Set([]), "convertEmptyValues"], [
        { deep: [undefined] },
        "removeUndefinedValues"
      ]] as const
      for (const [value, option] of options) {
        const { message } = yield* Effect.flip(dynamo.send(new lib.PutCommand({ ...table, Item: { value } })))
        assert.include(message, `options.${option}`)
        assert.include(message, "`AwsService.wrapClient`, which takes these options as `marshallOptions`")
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with Misconfigured, and sends nothing, if a value has no form in DynamoDB", () =>
    Effect.gen(function*() {
      yield* echoes
      for (const value of [new Date(0), Number.POSITIVE_INFINITY, new Set([]), { deep: [undefined] }]) {
        const error = yield* Effect.flip(dynamo.send(new lib.PutCommand({ ...table, Item: { value } })))
        assert.deepEqual([error.reason._tag, error.isRetryable, error.mayHaveSucceeded], [
          "Misconfigured",
          false,
          false
        ])
      }
      assert.deepEqual(yield* InMemory.calls, [])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("pages of the document client", () => {
  /** A table whose pages have two items. The key of an item is made of its number. */
  const pagesOf = (count: number, keyOf: (n: number) => Record<string, dynamoDb.AttributeValue>) => {
    const respond = (
      { ExclusiveStartKey }: { ExclusiveStartKey?: Record<string, dynamoDb.AttributeValue> | undefined }
    ) => {
      const all = Array.from({ length: count }, (_, n) => keyOf(n))
      const at = ExclusiveStartKey === undefined
        ? 0
        : all.findIndex((key) => JSON.stringify(key) === JSON.stringify(ExclusiveStartKey)) + 1
      const Items = all.slice(at, at + 2)
      return Effect.succeed({ Items, LastEvaluatedKey: at + 2 < count ? Items.at(-1) : undefined })
    }
    return Effect.all([InMemory.handle(dynamoDb.QueryCommand, respond), InMemory.handle(dynamoDb.ScanCommand, respond)])
  }
  const query = new lib.QueryCommand({
    ...table,
    KeyConditionExpression: "id = :id",
    ExpressionAttributeValues: { ":id": "a" }
  })

  it.effect.prop(
    "have every item once and in order, for a Query and a Scan, whatever the type of the key is",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })), Schema.Literals(["N", "S", "B"])],
    ([count, type]) =>
      Effect.gen(function*() {
        yield* pagesOf(
          count,
          (n) => ({
            id: { S: "a" },
            sort: type === "N" ? { N: `${n}.5` } : type === "S" ? { S: `k${n}` } : { B: new Uint8Array([n]) }
          })
        )
        const sorts = Array.from(
          { length: count },
          (_, n) => type === "N" ? n + 0.5 : type === "S" ? `k${n}` : new Uint8Array([n])
        )
        for (const command of [query, new lib.ScanCommand(table)]) {
          const all = dynamo.items(command, (page) => page.Items).pipe(
            Stream.map((found) => found["sort"]),
            Stream.runCollect
          )
          assert.deepEqual(yield* all, sorts)
          // The command is as it was, so the Stream can run again.
          assert.deepEqual(yield* all, sorts)
        }
      }).pipe(Effect.provide(InMemory.layer()))
  )

  it.effect("are fetched on demand", () =>
    Effect.gen(function*() {
      yield* pagesOf(9, (n) => ({ id: { N: `${n}` } }))
      const first = yield* dynamo.items(new lib.ScanCommand(table), (page) => page.Items).pipe(
        Stream.take(3),
        Stream.runCollect
      )
      assert.deepEqual(first, [{ id: 0 }, { id: 1 }, { id: 2 }])
      assert.deepEqual(yield* operations, ["Scan", "Scan"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fail if the key leads back to an earlier page, whatever its type is", () =>
    Effect.gen(function*() {
      const keys: ReadonlyArray<dynamoDb.AttributeValue> = [{ N: "1" }, { S: "a" }, { B: new Uint8Array([1]) }, {
        N: "123456789012345678901234567890"
      }]
      for (const id of keys) {
        yield* InMemory.handle(dynamoDb.ScanCommand, () => Effect.succeed({ Items: [], LastEvaluatedKey: { id } }))
        const error = yield* Effect.flip(
          Stream.runDrain(dynamo.pages(new lib.ScanCommand(table)).pipe(Stream.take(10)))
        )
        assert.strictEqual(error.code, "PaginationTokenRepeated")
      }
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("AwsService.wrapClient", () => {
  const DocumentClient = AwsService.wrapClient(
    dynamoDb.DynamoDBClient,
    (client) => lib.DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })
  )
  const documents = AwsService.make(DocumentClient)
  const numbers = AwsService.make(AwsService.wrapClient(
    dynamoDb.DynamoDBClient,
    (client) => lib.DynamoDBDocumentClient.from(client, { unmarshallOptions: { wrapNumbers: true } })
  ))

  it.effect("gives each wrapped client options of its own, and leaves the Layer's client as it is", () =>
    Effect.gen(function*() {
      yield* echoes
      const Item = { id: 1, nested: { gone: undefined } }
      const put = (service: Pick<typeof dynamo, "send">) => service.send(new lib.PutCommand({ ...table, Item }))
      assert.deepEqual((yield* put(documents)).Attributes, { id: 1, nested: {} })
      assert.strictEqual((yield* Effect.flip(put(dynamo))).reason._tag, "Misconfigured")
      assert.strictEqual((yield* Effect.flip(put(numbers))).reason._tag, "Misconfigured")
      const got = yield* numbers.send(new lib.GetCommand({ ...table, Key: { id: 1 } }))
      assert.strictEqual(String(got.Item?.["id"].value), "1")
      assert.deepEqual((yield* documents.send(new lib.GetCommand({ ...table, Key: { id: 1 } }))).Item, { id: 1 })
      assert.deepEqual((yield* dynamo.send(new lib.GetCommand({ ...table, Key: { id: 1 } }))).Item, { id: 1 })
      // The client's own commands, too.
      const raw = yield* documents.send(new dynamoDb.GetItemCommand({ ...table, Key: { id: { N: "1" } } }))
      assert.deepEqual(raw.Item, { id: { N: "1" } })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("wraps once per Layer, and hands the wrapped client out", () => {
    let count = 0
    const Counted = AwsService.wrapClient(dynamoDb.DynamoDBClient, (client) => {
      count++
      return lib.DynamoDBDocument.from(client)
    })
    const counted = AwsService.make(Counted)
    return Effect.gen(function*() {
      yield* echoes
      const client = yield* AwsClients.get(Counted)
      assert.isTrue(client instanceof lib.DynamoDBDocument)
      assert.strictEqual(yield* AwsClients.get(Counted), client)
      yield* counted.send(new lib.GetCommand({ ...table, Key: { id: 1 } }))
      const direct = yield* Effect.promise(() => client.get({ ...table, Key: { id: 2 } }))
      assert.deepEqual(direct.Item, { id: 2 })
      assert.strictEqual(count, 1)
      assert.notStrictEqual((yield* AwsClients.get(dynamoDb.DynamoDBClient)).middlewareStack, client.middlewareStack)
    }).pipe(Effect.provide(InMemory.layer()))
  })

  it.effect("keeps the middleware that the function adds away from other clients, as tracers add it", () => {
    const traced: Array<string> = []
    const Traced = AwsService.wrapClient(dynamoDb.DynamoDBClient, (client) => {
      client.middlewareStack.add(
        (next, context) => (args) => {
          traced.push(String(context["commandName"]))
          return next(args)
        },
        { step: "initialize", name: "tracing" }
      )
      return client
    })
    return Effect.gen(function*() {
      yield* echoes
      const get = new dynamoDb.GetItemCommand({ ...table, Key: { id: { N: "1" } } })
      yield* dynamo.send(get)
      yield* AwsService.make(Traced).send(get)
      assert.deepEqual(traced, ["GetItemCommand"])
    }).pipe(Effect.provide(InMemory.layer()))
  })

  it.effect("works under the Layer's retries, faults and aspects", () =>
    Effect.gen(function*() {
      yield* echoes
      yield* InMemory.inject({ times: 1, fault: InMemory.serverFault })
      const fiber = yield* Effect.forkChild(documents.send(new lib.GetCommand({ ...table, Key: { id: 1 } })))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.deepEqual(yield* operations, ["GetItem", "GetItem"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("dies if the function returns no client, and fails with what it throws", () =>
    Effect.gen(function*() {
      const noClients = [
        () => ({}),
        (client: dynamoDb.DynamoDBClient) => ({ send: client.send, middlewareStack: client.middlewareStack })
      ]
      for (const noClient of noClients) {
        const None = AwsService.wrapClient(dynamoDb.DynamoDBClient, noClient as () => dynamoDb.DynamoDBClient)
        const exit = yield* Effect.exit(AwsService.make(None).send(new dynamoDb.ListTablesCommand({})))
        assert.isTrue(Exit.isFailure(exit))
        if (Exit.isFailure(exit)) {
          assert.include(
            String(Cause.squash(exit.cause)),
            "AwsService.wrapClient(DynamoDBClient, …): the function has to return a client of the AWS SDK."
          )
        }
      }
      const Broken = AwsService.wrapClient(dynamoDb.DynamoDBClient, (): dynamoDb.DynamoDBClient => {
        throw new Error("no daemon")
      })
      const error = yield* Effect.flip(AwsService.make(Broken).send(new dynamoDb.ListTablesCommand({})))
      assert.deepEqual([error.service, error.reason._tag], ["DynamoDB", "Misconfigured"])
      assert.include(error.message, "no daemon")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("dies if the function returns a client that isn't made of the one it got, and would call another AWS", () =>
    Effect.gen(function*() {
      const Other = AwsService.wrapClient(
        dynamoDb.DynamoDBClient,
        () => lib.DynamoDBDocumentClient.from(new dynamoDb.DynamoDBClient({ region: "us-east-1" }))
      )
      const exit = yield* Effect.exit(AwsService.make(Other).send(new dynamoDb.ListTablesCommand({})))
      assert.include(
        Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : "",
        "the function has to return the client that it is given, or one made of it"
      )
      assert.deepEqual(yield* InMemory.calls, [])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("takes a client that the function makes of the configuration", () =>
    Effect.gen(function*() {
      yield* echoes
      const Copied = AwsService.wrapClient(dynamoDb.DynamoDBClient, ({ config }) =>
        lib.DynamoDBDocumentClient.from(new dynamoDb.DynamoDBClient({ ...(config as object) })))
      const { Item } = yield* AwsService.make(Copied).send(new lib.GetCommand({ ...table, Key: { id: 1 } }))
      assert.deepEqual(Item, { id: 1 })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("isn't needed for an aggregated client, whose class is a client's class", () =>
    Effect.gen(function*() {
      yield* echoes
      const aggregated = AwsService.make(dynamoDb.DynamoDB)
      const { Item } = yield* aggregated.send(new lib.GetCommand({ ...table, Key: { id: 1 } }))
      assert.deepEqual(Item, { id: 1 })
    }).pipe(Effect.provide(InMemory.layer())))
})
