// AWS services that this library has no module for, through their real clients.
import { DynamoDBClient, GetItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb"
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda"
import { ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs"
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import type { InitializeHandlerOptions, InitializeMiddleware, Pluggable } from "@smithy/types"
import { Effect, Stream } from "effect"
import { AwsService, InMemory } from "effect-aws-sdk"
import { createHash } from "node:crypto"
import type * as http from "node:http"
import { clientsOf, serve } from "../support/Server.ts"

const dynamo = AwsService.make(DynamoDBClient)

const answer =
  (respond: (input: Record<string, unknown>) => readonly [number, object]): http.RequestListener =>
  (request, response) => {
    let body = ""
    request.on("data", (chunk) => body += chunk).on("end", () => {
      const [status, output] = respond(JSON.parse(body))
      response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(output))
    })
  }

describe("AwsService.make", () => {
  it.live("sends commands and types their outputs", () =>
    Effect.gen(function*() {
      const { url } = yield* serve(answer(() => [200, { Item: { id: { S: "1" } } }]))
      const { Item } = yield* dynamo.send(new GetItemCommand({ TableName: "t", Key: { id: { S: "1" } } })).pipe(
        Effect.provide(clientsOf(url))
      )
      assert.deepEqual(Item, { id: { S: "1" } })
    }))

  it.live("streams pages whose token is an object", () =>
    Effect.gen(function*() {
      const { url } = yield* serve(answer(({ ExclusiveStartKey }) => {
        const from = Number((ExclusiveStartKey as { id: { N: string } } | undefined)?.id.N ?? 0)
        return [200, {
          Items: [{ id: { N: `${from + 1}` } }],
          ...(from < 2 && { LastEvaluatedKey: { id: { N: `${from + 1}` } } })
        }]
      }))
      const items = yield* dynamo.items(new ScanCommand({ TableName: "t" }), (page) => page.Items).pipe(
        Stream.map((item) => item["id"]?.N),
        Stream.runCollect,
        Effect.provide(clientsOf(url))
      )
      assert.deepEqual(items, ["1", "2", "3"])
    }))

  describe("an answer with a checksum that doesn't fit the messages is unreadable", () => {
    const sqs = AwsService.make(SQSClient)
    const queue = "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"
    const wrong = "0".repeat(32)
    it.live.each([
      {
        name: "SendMessage",
        call: sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: "a" })),
        output: { MessageId: "1", MD5OfMessageBody: wrong }
      },
      {
        name: "SendMessageBatch",
        call: sqs.send(
          new SendMessageBatchCommand({ QueueUrl: queue, Entries: [{ Id: "1", MessageBody: "a" }] })
        ),
        output: { Successful: [{ Id: "1", MessageId: "1", MD5OfMessageBody: wrong }], Failed: [] }
      },
      {
        name: "ReceiveMessage",
        call: sqs.send(new ReceiveMessageCommand({ QueueUrl: queue })),
        output: { Messages: [{ MessageId: "1", ReceiptHandle: "1", Body: "a", MD5OfBody: wrong }] }
      }
    ])("$name", ({ call, output }) =>
      Effect.gen(function*() {
        let calls = 0
        const { url } = yield* serve((request, response) => {
          calls++
          request.resume().on("end", () =>
            response.writeHead(200, { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "req-1" })
              .end(JSON.stringify(output)))
        })
        const { reason } = yield* Effect.flip(call).pipe(Effect.provide(clientsOf(url)))
        assert.strictEqual(reason._tag, "Unreadable")
        assert.strictEqual(reason.code, "MalformedResponse")
        assert.strictEqual(reason.requestId, "req-1")
        assert.match(reason.description, /^the response can't be read: .*checksum/i)
        assert.strictEqual(calls, 1, "it isn't sent again, as AWS has done it")
      }))
  })

  describe("an answer that a middleware of the program's refuses is unreadable", () => {
    const sqs = AwsService.make(SQSClient)
    const md5 = createHash("md5").update("a").digest("hex")
    const call = sqs.send(
      new SendMessageCommand({ QueueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/jobs", MessageBody: "a" })
    )
    it.live.each(["initialize", "serialize", "build", "finalizeRequest", "deserialize"] as const)(
      "in the step %s",
      (step) =>
        Effect.gen(function*() {
          const reasonOf = Effect.fnUntraced(function*(isBefore: boolean) {
            const { url } = yield* serve(answer(() => [200, { MessageId: "1", MD5OfMessageBody: md5 }]))
            const refuse: InitializeMiddleware<object, object> = (next) => async (args) => {
              if (!isBefore) await next(args)
              throw new Error("refused")
            }
            // The step decides over the type of a middleware, which is the same function in each.
            const plugin: Pluggable<object, object> = {
              applyToStack: (stack) => stack.add(refuse, { step } as InitializeHandlerOptions)
            }
            return (yield* Effect.flip(call).pipe(Effect.provide(clientsOf(url, { plugins: [plugin] })))).reason
          })
          const after = yield* reasonOf(false)
          assert.strictEqual(after._tag, "Unreadable")
          assert.strictEqual(after.code, "MalformedResponse")
          assert.strictEqual((yield* reasonOf(true))._tag, "Misconfigured")
        })
    )
  })

  it.live("works for a service with another protocol", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((request, response) => {
        const marker = new URL(request.url ?? "", "http://lambda").searchParams.get("Marker")
        const page = marker === null
          ? { Functions: [{ FunctionName: "a" }], NextMarker: "next" }
          : { Functions: [{ FunctionName: "b" }] }
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(page))
      })
      const names = yield* AwsService.make(LambdaClient).items(new ListFunctionsCommand({}), (page) => page.Functions)
        .pipe(
          Stream.map(({ FunctionName }) => FunctionName),
          Stream.runCollect,
          Effect.provide(clientsOf(url))
        )
      assert.deepEqual(names, ["a", "b"])
    }))

  it.live("fails with an AwsError that names the service and the operation", () =>
    Effect.gen(function*() {
      const { url } = yield* serve(answer(() => [
        400,
        { __type: "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", message: "no table t" }
      ]))
      const error = yield* Effect.flip(dynamo.send(new ScanCommand({ TableName: "t" }))).pipe(
        Effect.provide(clientsOf(url))
      )
      assert.deepEqual(
        [error.service, error.operation, error.reason._tag, error.code],
        ["DynamoDB", "Scan", "Rejected", "ResourceNotFoundException"]
      )
    }))

  it.effect("answers in memory through a handler", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(ScanCommand, ({ TableName }) =>
        TableName === "t"
          ? Effect.succeed({ Items: [] })
          : Effect.fail(InMemory.fault({ code: "ResourceNotFoundException", message: "no table" })))
      assert.deepEqual((yield* dynamo.send(new ScanCommand({ TableName: "t" }))).Items, [])
      const error = yield* Effect.flip(dynamo.send(new ScanCommand({ TableName: "u" })))
      assert.strictEqual(error.code, "ResourceNotFoundException")
    }).pipe(Effect.provide(InMemory.layer())))

  it("rejects a command of another service at compile time", () => {
    // @ts-expect-error
    assert.isDefined(dynamo.send(new GetParameterCommand({ Name: "/p" })))
  })
})
