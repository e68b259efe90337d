import { CreateTableCommand } from "@aws-sdk/client-dynamodb"
import { GetParametersByPathCommand, PutParameterCommand } from "@aws-sdk/client-ssm"
import { ScanCommand } from "@aws-sdk/lib-dynamodb"
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { type AwsClients, InMemory, Ssm } from "effect-aws-sdk"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { TestClock } from "effect/testing"
import { makeHandler as http } from "../../examples/cookbook/lambda/answer-http-requests.ts"
import { makeHandler as batch } from "../../examples/cookbook/lambda/process-an-sqs-batch.ts"
import { makeHandler as once } from "../../examples/cookbook/lambda/run-once-for-an-event.ts"
import { recipe } from "../support/cookbook.ts"
import { sqsRecord } from "../support/lambdaEvents.ts"

const inTest = Effect.map(Effect.context<AwsClients>(), Layer.succeedContext)

const put = (Name: string, Value: string) => Ssm.send(new PutParameterCommand({ Name, Value, Type: "String" }))

it.effect("Process an SQS batch: does what it can, and answers with the messages that failed", () =>
  Effect.gen(function*() {
    const handler = batch(yield* inTest)
    yield* put("/orders/2", "50") // the second message was done before
    const event = {
      Records: [
        sqsRecord(JSON.stringify({ orderId: "1", cents: 250 }), { messageId: "m-1" }),
        sqsRecord(JSON.stringify({ orderId: "2", cents: 50 }), { messageId: "m-2" }),
        sqsRecord("no order", { messageId: "m-3" })
      ]
    }
    const answer = yield* recipe("Process an SQS batch", handler.invoke(event))
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: "m-2" }, { itemIdentifier: "m-3" }] })
    const { Parameters = [] } = yield* Ssm.send(new GetParametersByPathCommand({ Path: "/orders" }))
    assert.sameDeepMembers(Parameters.map(({ Name, Value }) => [Name, Value]), [["/orders/1", "250"], [
      "/orders/2",
      "50"
    ]])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Run once for an event: charges once, and answers the same each time", () =>
  Effect.gen(function*() {
    yield* DynamoDb.send(
      new CreateTableCommand({
        TableName: "idempotency",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }]
      })
    )
    yield* TestClock.adjust("1 minute")
    const charged: Array<number> = []
    const handler = once(yield* inTest, ({ cents }) => Effect.sync(() => ({ paymentId: `p-${charged.push(cents)}` })))
    const order = { orderId: "7", cents: 250 }
    assert.deepEqual(yield* recipe("Run once for an event", handler.invoke(order)), { paymentId: "p-1" })
    assert.deepEqual(yield* handler.invoke(order), { paymentId: "p-1" })
    assert.deepEqual(charged, [250])
    assert.strictEqual((yield* Effect.flip(handler.invoke({ ...order, cents: 1 }))).name, "IdempotencyPayloadMismatch")
    const { Items = [] } = yield* DynamoDb.send(new ScanCommand({ TableName: "idempotency" }))
    assert.deepEqual(Items.map((item) => item["status"]), ["COMPLETED"])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Answer HTTP requests: with a setting, or that there is none", () =>
  Effect.gen(function*() {
    const handler = http(yield* inTest)
    yield* put("/shop/currency", "EUR")
    const get = (path: string) =>
      handler.invoke({
        version: "2.0",
        rawPath: path,
        rawQueryString: "",
        headers: { host: "id.lambda-url.us-east-1.on.aws" },
        requestContext: {
          domainName: "id.lambda-url.us-east-1.on.aws",
          stage: "$default",
          http: { method: "GET", path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1" }
        },
        isBase64Encoded: false
      })
    const found = yield* recipe("Answer HTTP requests", get("/settings/currency"))
    assert.deepInclude(found, { statusCode: 200, body: "\"EUR\"" })
    assert.deepInclude(yield* get("/settings/none"), { statusCode: 404 })
  }).pipe(Effect.provide(InMemory.layer())))
