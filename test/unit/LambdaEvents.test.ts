// Events of AWS by Schema. What they are judged by: the types of @types/aws-lambda (in support/lambdaEvents.ts), the SDK's
// @aws-sdk/util-dynamodb for values of DynamoDB, the platform's own URLSearchParams for keys of S3, and EventBridge.decodeOneOf.
import { unmarshall } from "@aws-sdk/util-dynamodb"
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Context, Effect, Exit, Result, Schema } from "effect"
import { EventBridge } from "effect-aws-sdk"
import * as Lambda from "effect-aws-sdk/Lambda"
import { bundle } from "../support/bundling.ts"
import {
  dynamoDbRecord,
  eventBridgeEvent,
  httpRequest,
  invocation,
  kinesisRecord,
  restRequest,
  s3Record,
  snsNotification,
  snsRecord,
  sqsRecord,
  urlRequest
} from "../support/lambdaEvents.ts"

const SECRET = "planted-secret"

class OrderPlaced extends EventBridge.Event<OrderPlaced>()({
  source: "shop",
  detailType: "OrderPlaced",
  fields: { orderId: Schema.String, at: Schema.Date },
  keys: { orderId: "order_id" }
}) {}

class OrderShipped extends EventBridge.Event<OrderShipped>()({
  source: "shop",
  detailType: "OrderShipped",
  fields: { parcels: Schema.Int }
}) {}

const Order = Schema.Struct({ id: Schema.String, at: Schema.Date })
const order = { id: "1", at: new Date(0) }
const orderJson = JSON.stringify(order)

/** What a handler gets of an event. */
const decode = <A>(schema: Schema.ConstraintDecoder<A>, event: unknown) =>
  Effect.flatMap(invocation(), (context) => Lambda.on(schema, Effect.succeed)(event, context))

const refusal = (schema: Schema.ConstraintDecoder<unknown>, event: unknown) => Effect.flip(decode(schema, event))

/** An event of each kind, and its schema. */
const kinds: Readonly<Record<string, readonly [Schema.ConstraintDecoder<unknown>, object]>> = {
  EventBridgeEvent: [Lambda.EventBridgeEvent(), eventBridgeEvent("shop", "OrderPlaced", { order_id: "1" })],
  ScheduledEvent: [Lambda.ScheduledEvent, eventBridgeEvent("aws.events", "Scheduled Event", {})],
  SqsEvent: [Lambda.SqsEvent(), { Records: [sqsRecord("text")] }],
  SnsEvent: [Lambda.SnsEvent(), { Records: [snsRecord("text")] }],
  S3Event: [Lambda.S3Event, { Records: [s3Record("key")] }],
  S3EventBridgeEvent: [
    Lambda.S3EventBridgeEvent(),
    eventBridgeEvent("aws.s3", "Object Tags Added", {
      version: "0",
      bucket: { name: "photos" },
      object: { key: "key", etag: "e", "version-id": "1" },
      "request-id": "R",
      requester: "123456789012",
      "source-ip-address": "192.0.2.1"
    })
  ],
  KinesisEvent: [Lambda.KinesisEvent(), { Records: [kinesisRecord("text")] }],
  DynamoDbStreamEvent: [Lambda.DynamoDbStreamEvent(), { Records: [dynamoDbRecord({ id: { S: "1" } })] }],
  ApiGatewayEvent: [Lambda.ApiGatewayEvent(), restRequest("text")],
  ApiGatewayV2Event: [Lambda.ApiGatewayV2Event(), httpRequest("text")],
  FunctionUrlEvent: [Lambda.FunctionUrlEvent(), urlRequest("text")]
}

/** Adds a member to each object of a JSON value that has members of AWS's own. */
const extended = (value: unknown, path = ""): unknown => {
  if (Array.isArray(value)) return value.map((element) => extended(element, path))
  if (typeof value !== "object" || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, extended(member, `${path}.${name}`)])
  // The names of these are the user's.
  const isAws = !/[hH]eaders$|Parameters$|ttributes$|\.detail$|Keys|Image|authorizer/.test(path)
  return { ...Object.fromEntries(members), ...(isAws && { newMember: { of: "AWS" } }) }
}

describe("every event", () => {
  for (const [name, [schema, event]] of Object.entries(kinds)) {
    it.effect(`${name} may have members that its schema doesn't know`, () =>
      Effect.gen(function*() {
        assert.include(JSON.stringify(extended(event)), "newMember")
        assert.deepEqual(yield* decode(schema, extended(event)), yield* decode(schema, event))
      }))

    it.effect(`${name} is decoded from JSON, as the runtime of Lambda parses it`, () =>
      Effect.gen(function*() {
        const parsed = JSON.parse(JSON.stringify(event))
        assert.deepEqual(yield* decode(schema, parsed), yield* decode(schema, event))
      }))

    it.effect(`${name} is refused with where it differs, and no value`, () =>
      Effect.gen(function*() {
        for (const other of [undefined, null, SECRET, 1, [], {}, { Records: SECRET }, { Records: [{ a: SECRET }] }]) {
          const error = yield* refusal(schema, other)
          assert.strictEqual(error._tag, "LambdaEventNotDecodable")
          assert.isFalse(error.isRetryable)
          assert.match(error.message, /something other than an? \w/)
          assert.notInclude(JSON.stringify(error), SECRET)
        }
      }))
  }

  it.effect("may have members that are undefined, as AWS's types allow, though JSON has none", () =>
    Effect.gen(function*() {
      const record = sqsRecord("text")
      const attributes = { ...record.attributes, MessageGroupId: undefined, AWSTraceHeader: undefined }
      const sqs = yield* decode(Lambda.SqsEvent(), {
        Records: [{ ...record, attributes, messageAttributes: undefined }]
      })
      assert.deepEqual(sqs, yield* decode(Lambda.SqsEvent(), { Records: [record] }))
      const request = { ...httpRequest("text"), stageVariables: undefined, headers: { a: "1", b: undefined } }
      const http = yield* decode(Lambda.ApiGatewayV2Event(), request)
      assert.deepEqual([http.stageVariables, http.headers], [{}, { a: "1" }])
      assert.deepEqual(
        (yield* decode(Lambda.ApiGatewayEvent(), {
          ...restRequest("text"),
          multiValueHeaders: { a: ["1"], b: undefined }
        }))
          .multiValueHeaders,
        { a: ["1"] }
      )
    }))

  it.effect("is refused by the schema of another kind", () =>
    Effect.gen(function*() {
      // A schedule and S3's own are events of EventBridge too. A function URL sends what API Gateway sends.
      const alike = [
        ["EventBridgeEvent", "ScheduledEvent"],
        ["EventBridgeEvent", "S3EventBridgeEvent"],
        ["FunctionUrlEvent", "ApiGatewayV2Event"],
        ["ApiGatewayV2Event", "FunctionUrlEvent"]
      ].map(String)
      for (const [name, [schema]] of Object.entries(kinds)) {
        for (const [other, [, event]] of Object.entries(kinds)) {
          const exit = yield* Effect.exit(decode(schema, event))
          const isAlike = name === other || alike.includes(String([name, other]))
          assert.strictEqual(Exit.isSuccess(exit), isAlike, `${other} by ${name}`)
        }
      }
    }))
})

describe("Lambda.on", () => {
  it.effect("runs the handler with the event and the context, and keeps its failure and what it requires", () =>
    Effect.gen(function*() {
      const Name = Context.Service<string>("Name")
      const handler = Lambda.on(
        Order,
        ({ at }, { awsRequestId }) => Effect.andThen(Name, (name) => Effect.fail([name, at.getTime(), awsRequestId]))
      )
      const context = yield* invocation()
      const failure = yield* Effect.flip(handler(JSON.parse(orderJson), context)).pipe(Effect.provideService(Name, "n"))
      assert.deepEqual(failure, ["n", 0, context.awsRequestId])
    }))

  it.effect("of AWS's form, with other content, is refused for the content, and any other for the part of AWS's that differs", () =>
    Effect.gen(function*() {
      const Ordered = { source: "shop", detailType: "OrderPlaced", detail: Order }
      const envelope = {
        version: "0",
        id: "1",
        "detail-type": "OrderPlaced",
        source: "shop",
        account: "123456789012",
        time: "2026-11-27T00:00:00Z",
        region: "us-east-1",
        resources: []
      }
      const OneType = Lambda.EventBridgeEvent([Ordered])
      const message = sqsRecord("{}")
      const { receiptHandle: _, ...incomplete } = message
      for (
        const [schema, event, mismatch, text] of [
          [
            OneType,
            { ...envelope, detail: {} },
            "Content",
            /an event of EventBridge, and what it carries doesn't match/
          ],
          [
            OneType,
            { ...envelope, "detail-type": "OrderShipped", detail: {} },
            "Content",
            /Expected OrderPlaced of shop, got OrderShipped of shop/
          ],
          [
            OneType,
            { ...envelope, account: 1, detail: {} },
            "Event",
            /other than an event of EventBridge\.[^]*at \["account"\]$/
          ],
          [
            Lambda.SqsEvent(Order),
            { Records: [message] },
            "Content",
            /an event of SQS, and what it carries[^]*\["body"\]/
          ],
          [
            Lambda.SqsEvent(Order),
            { Records: [incomplete] },
            "Event",
            /a part of AWS's own is missing or different: Missing key[^]*\["receiptHandle"\]$/
          ],
          [Order, {}, undefined, /other than what its handler takes/]
        ] as const
      ) {
        const error = yield* refusal(schema as Schema.ConstraintDecoder<unknown>, event)
        assert.strictEqual(error.mismatch, mismatch)
        assert.match(error.message, text)
      }
    }))

  it.effect("is refused with a stack that says the place of the mismatch once", () =>
    Effect.gen(function*() {
      const handler = Lambda.handler({ logger: false, handler: Lambda.on(Order, () => Effect.void) })
      const { stack = "" } = yield* Effect.flip(handler.invoke({}))
      assert.lengthOf(stack.match(/at \["id"\]/g) ?? [], 1)
      assert.match(stack, /\n {4}at /)
    }))

  it("is refused with what to pass if the schema is none, or the function is none", () => {
    const on: any = Lambda.on
    assert.throws(() => on({ id: "text" }, () => Effect.void), /first argument of Lambda\.on isn't a Schema\. Pass/)
    assert.throws(() => on(Order, Effect.void), /second argument of Lambda\.on is an Effect\. Pass a function/)
  })

  it.effect("names the schema in its refusal: its title, its identifier, or neither", () =>
    Effect.gen(function*() {
      const Plain = Schema.Struct({ id: Schema.String })
      for (
        const [schema, expected] of [
          [Plain, "what its handler takes"],
          [Plain.annotate({ identifier: "Order" }), "Order"],
          [Plain.annotate({ identifier: "Order", title: "an order" }), "an order"],
          [Lambda.SqsEvent(Order), "an event of SQS"]
        ] as const
      ) {
        const error = yield* refusal(schema, {})
        assert.strictEqual(error.expected, expected)
        assert.include(error.message, `something other than ${expected}.`)
        assert.match(error.issue, /at \["(id|Records)"\]/)
      }
    }))
})

describe("EventBridgeEvent", () => {
  const placed = eventBridgeEvent("shop", "OrderPlaced", { order_id: "1", at: "2026-01-01T00:00:00.000Z" })
  const OneOf = Lambda.EventBridgeEvent([OrderPlaced, OrderShipped])

  it.effect("has the envelope and the class of its detail", () =>
    Effect.gen(function*() {
      const event = yield* decode(OneOf, { ...placed, resources: ["arn:aws:s3:::a"], "replay-name": "again" })
      assert.instanceOf(event.detail, OrderPlaced)
      assert.deepEqual(event, {
        version: "0",
        id: "f3a1c0de-0000-4000-8000-000000000000",
        "detail-type": "OrderPlaced",
        source: "shop",
        account: "123456789012",
        time: new Date("2026-01-02T03:04:05Z"),
        region: "eu-central-1",
        resources: ["arn:aws:s3:::a"],
        detail: new OrderPlaced({ orderId: "1", at: new Date("2026-01-01") }),
        "replay-name": "again"
      })
      const shipped = yield* decode(OneOf, eventBridgeEvent("shop", "OrderShipped", { parcels: 2 }))
      assert.deepEqual(shipped.detail, new OrderShipped({ parcels: 2 }))
    }))

  it.effect("is encoded as it was delivered", () =>
    Effect.gen(function*() {
      const event = yield* decode(OneOf, placed)
      assert.deepEqual(yield* Schema.encodeEffect(OneOf)(event), { ...placed, time: "2026-01-02T03:04:05.000Z" })
    }))

  it.effect("is refused if it's of another type, or its detail is another", () =>
    Effect.gen(function*() {
      const other = yield* refusal(OneOf, { ...placed, source: "other" })
      assert.include(other.issue, "Expected OrderPlaced of shop or OrderShipped of shop")
      const wrong = yield* refusal(OneOf, { ...placed, detail: { order_id: "1", at: SECRET } })
      assert.match(wrong.issue, /valid Date\n {2}at \["detail"\]\["at"\]/)
      assert.notInclude(wrong.message, SECRET)
    }))

  it.effect("has an event of AWS's own by any object that describes its type", () =>
    Effect.gen(function*() {
      const StateChange = {
        source: "aws.ec2",
        detailType: "EC2 Instance State-change Notification",
        detail: Schema.Struct({ state: Schema.String })
      } as const
      const event = eventBridgeEvent("aws.ec2", "EC2 Instance State-change Notification", { state: "running" })
      assert.strictEqual((yield* decode(Lambda.EventBridgeEvent([StateChange]), event)).detail.state, "running")
      assert.deepEqual((yield* decode(Lambda.EventBridgeEvent(), event)).detail, { state: "running" })
    }))

  const Delivered = Schema.Struct({
    source: Schema.Literals(["shop", "other"]),
    detailType: Schema.Literals(["OrderPlaced", "OrderShipped", "Else"]),
    detail: Schema.Struct({
      order_id: Schema.Literals(["1", 2]),
      at: Schema.Literals(["2026-01-01T00:00:00.000Z", "never"]),
      parcels: Schema.Literals([1, 1.5])
    })
  })
  it.effect.prop(
    "takes the same details as EventBridge.decodeOneOf",
    [Delivered],
    ([{ detail, detailType, source }]) =>
      Effect.gen(function*() {
        const event = eventBridgeEvent(source, detailType, detail)
        const ours = yield* Effect.result(Effect.map(decode(OneOf, event), ({ detail }) => detail))
        const theirs = yield* Effect.result(EventBridge.decodeOneOf([OrderPlaced, OrderShipped])(event))
        assert.strictEqual(ours._tag, theirs._tag)
        if (Result.isSuccess(ours)) assert.deepEqual<unknown>(ours, theirs)
      })
  )
})

describe("ScheduledEvent", () => {
  it.effect("comes from a rule of EventBridge or from EventBridge Scheduler, whose detail is a text", () =>
    Effect.gen(function*() {
      for (const [source, detail] of [["aws.events", {}], ["aws.scheduler", "{}"]] as const) {
        const event = yield* decode(Lambda.ScheduledEvent, eventBridgeEvent(source, "Scheduled Event", detail))
        assert.deepEqual([event.source, event.time], [source, new Date("2026-01-02T03:04:05Z")])
      }
      yield* refusal(Lambda.ScheduledEvent, eventBridgeEvent("shop", "Scheduled Event", {}))
    }))
})

const bodyOf = <A>(
  schema: Schema.ConstraintDecoder<{ readonly Records: ReadonlyArray<{ readonly body: A }> }>,
  body: string
) => Effect.map(decode(schema, { Records: [sqsRecord(body)] }), ({ Records: [record] }) => record!.body)

describe("SqsEvent", () => {
  it.effect("has its numbers and times as such, and its attributes", () =>
    Effect.gen(function*() {
      const messageAttributes = {
        at: { dataType: "String", stringValue: "noon", stringListValues: [], binaryListValues: [] },
        key: { dataType: "Binary", binaryValue: "AQI=" }
      }
      const { Records: [record] } = yield* decode(Lambda.SqsEvent(), {
        Records: [sqsRecord("text", { messageAttributes })]
      })
      assert.deepEqual(record!.attributes, {
        ApproximateReceiveCount: 2,
        SentTimestamp: new Date(1767323045000),
        SenderId: "AIDAEXAMPLE",
        ApproximateFirstReceiveTimestamp: new Date(1767323045123)
      })
      assert.deepEqual(record!.messageAttributes, {
        at: { dataType: "String", stringValue: "noon" },
        key: { dataType: "Binary", binaryValue: new Uint8Array([1, 2]) }
      })
    }))

  it.effect("has the body as text, or its JSON by a schema", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* bodyOf(Lambda.SqsEvent(), "text"), "text")
      assert.strictEqual(yield* bodyOf(Lambda.SqsEvent(Schema.NonEmptyString), "\"a\""), "\"a\"")
      assert.strictEqual(yield* bodyOf(Lambda.SqsEvent(Schema.FiniteFromString), "2.5"), 2.5)
      assert.strictEqual(yield* bodyOf(Lambda.SqsEvent(Schema.Literals(["on", "off"])), "on"), "on")
      assert.deepEqual(yield* bodyOf(Lambda.SqsEvent(Order), orderJson), order)
      assert.strictEqual(yield* bodyOf(Lambda.SqsEvent(Schema.Finite), "2.5"), 2.5)
      assert.strictEqual(yield* bodyOf(Lambda.SqsEvent(Schema.fromJsonString(Schema.String)), "\"a\""), "a")
      assert.deepEqual(yield* bodyOf(Lambda.SqsEvent(Schema.Union([Schema.Null, Schema.String])), "\"a\""), "a")
      const error = yield* refusal(Lambda.SqsEvent(Order), { Records: [sqsRecord(`{"id": "${SECRET}`)] })
      assert.strictEqual(error.issue, "Expected a valid JSON string\n  at [\"Records\"][0][\"body\"]")
    }))

  it.effect("has what other services put into a body", () =>
    Effect.gen(function*() {
      const notification = yield* bodyOf(Lambda.SqsEvent(Lambda.SnsNotification(Order)), snsNotification(orderJson))
      assert.deepEqual(notification.Message, order)
      assert.deepEqual(notification.MessageAttributes, {})
      assert.isFalse("Subject" in notification)
      // With raw message delivery.
      assert.deepEqual(yield* bodyOf(Lambda.SqsEvent(Order), orderJson), order)
      const s3 = JSON.stringify({ Records: [s3Record("a+b")] })
      assert.strictEqual((yield* bodyOf(Lambda.SqsEvent(Lambda.S3Event), s3)).Records[0]!.s3.object.key, "a b")
      const inBoth = yield* bodyOf(Lambda.SqsEvent(Lambda.SnsNotification(Lambda.S3Event)), snsNotification(s3))
      assert.strictEqual(inBoth.Message.Records[0]!.s3.object.key, "a b")
      const placed = eventBridgeEvent("shop", "OrderPlaced", { order_id: "1", at: "2026-01-01T00:00:00.000Z" })
      const event = yield* bodyOf(Lambda.SqsEvent(Lambda.EventBridgeEvent([OrderPlaced])), JSON.stringify(placed))
      assert.instanceOf(event.detail, OrderPlaced)
    }))

  it.effect.prop(
    "is decoded from what it encodes",
    [Schema.Struct({ id: Schema.String, count: Schema.Int })],
    ([body]) =>
      Effect.gen(function*() {
        const schema = Lambda.SqsEvent(Schema.Struct({ id: Schema.String, count: Schema.Int }))
        const event = yield* decode(schema, { Records: [sqsRecord(JSON.stringify(body))] })
        assert.deepEqual(yield* decode(schema, yield* Schema.encodeEffect(schema)(event)), event)
      })
  )
})

describe("SnsEvent", () => {
  it.effect("has the message as text, or its JSON by a schema", () =>
    Effect.gen(function*() {
      const { Records: [text] } = yield* decode(Lambda.SnsEvent(), { Records: [snsRecord("text")] })
      assert.deepEqual([text!.Sns.Message, text!.Sns.Timestamp], ["text", new Date("2026-01-02T03:04:05.678Z")])
      const { Records: [record] } = yield* decode(Lambda.SnsEvent(Order), { Records: [snsRecord(orderJson)] })
      assert.deepEqual(record!.Sns.Message, order)
    }))
})

describe("S3Event", () => {
  const keyOf = (key: string) =>
    Effect.map(decode(Lambda.S3Event, { Records: [s3Record(key)] }), ({ Records }) => Records[0]!.s3.object.key)

  it.effect("has decoded keys", () =>
    Effect.gen(function*() {
      for (
        const [encoded, key] of [
          ["plain/key.jpg", "plain/key.jpg"],
          ["Happy+Face.jpg", "Happy Face.jpg"],
          ["Happy%20Face.jpg", "Happy Face.jpg"],
          ["1%2B1", "1+1"],
          ["%C3%A9t%C3%A9/%F0%9F%98%80", "\u00e9t\u00e9/\u{1F600}"],
          ["100%25", "100%"]
        ] as const
      ) assert.strictEqual(yield* keyOf(encoded), key)
    }))

  it.effect("is refused if a key isn't encoded", () =>
    Effect.gen(function*() {
      const error = yield* refusal(Lambda.S3Event, { Records: [s3Record(`%E0%A4%A${SECRET}`)] })
      assert.include(error.issue, "Expected a URL-encoded key")
      assert.notInclude(error.message, SECRET)
    }))

  it.effect.prop("has the key that a form of URLSearchParams has", [Schema.String], ([key]) =>
    Effect.gen(function*() {
      // Not a text: a half of a character.
      if (!key.isWellFormed()) return
      const [encoded = ""] = /(?<==).*$/s.exec(new URLSearchParams({ key }).toString()) ?? []
      assert.strictEqual(yield* keyOf(encoded), key)
      assert.strictEqual(yield* keyOf(encoded.replaceAll("%2F", "/")), key)
      const event = yield* decode(Lambda.S3Event, { Records: [s3Record(encoded)] })
      const again = yield* Schema.encodeEffect(Lambda.S3Event)(event)
      assert.deepEqual(yield* decode(Lambda.S3Event, again), event)
    }))

  it.effect("has no records if it's the test that S3 sends when notifications are configured", () =>
    Effect.gen(function*() {
      const test = {
        Service: "Amazon S3",
        Event: "s3:TestEvent",
        Time: "2026-01-02T03:04:05.678Z",
        Bucket: "photos",
        RequestId: "5582815E1AEA5ADF",
        HostId: "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE"
      }
      const event = yield* decode(Lambda.S3Event, test)
      assert.deepEqual(event, { Records: [], test: { ...test, Time: new Date(test.Time) } as any })
      assert.deepEqual(yield* Schema.encodeEffect(Lambda.S3Event)(event), test as any)
      const body = yield* bodyOf(Lambda.SqsEvent(Lambda.S3Event), JSON.stringify(test))
      assert.deepEqual(body.Records, [])
    }))

  it.effect("lacks what S3 doesn't send of a deleted object", () =>
    Effect.gen(function*() {
      const { eTag: _, size: __, ...object } = s3Record("key").s3.object
      const record = { ...s3Record("key"), eventName: "ObjectRemoved:Delete", s3: { ...s3Record("key").s3, object } }
      const { Records } = yield* decode(Lambda.S3Event, { Records: [record] })
      assert.deepEqual(Records[0]!.s3.object, { key: "key", sequencer: "0055AED6DCD90281E5" })
    }))

  it.effect("has what S3 adds for restores, replications and transitions", () =>
    Effect.gen(function*() {
      const more = {
        glacierEventData: {
          restoreEventData: {
            lifecycleRestorationExpiryTime: "2026-02-01T00:00:00.000Z",
            lifecycleRestoreStorageClass: "GLACIER"
          }
        },
        replicationEventData: { replicationRuleId: "all", failureReason: "AssumeRoleNotPermitted" },
        intelligentTieringEventData: { destinationAccessTier: "ARCHIVE_ACCESS" },
        lifecycleEventData: { transitionEventData: { destinationStorageClass: "GLACIER" } }
      }
      const { Records: [record] } = yield* decode(Lambda.S3Event, { Records: [{ ...s3Record("key"), ...more }] })
      assert.deepEqual(
        record!.glacierEventData!.restoreEventData.lifecycleRestorationExpiryTime,
        new Date("2026-02-01")
      )
      assert.strictEqual(record!.replicationEventData!.failureReason, "AssumeRoleNotPermitted")
      assert.strictEqual(record!.intelligentTieringEventData!.destinationAccessTier, "ARCHIVE_ACCESS")
      assert.strictEqual(record!.lifecycleEventData!.transitionEventData.destinationStorageClass, "GLACIER")
    }))
})

describe("S3EventBridgeEvent", () => {
  const created = eventBridgeEvent("aws.s3", "Object Created", {
    version: "0",
    bucket: { name: "photos" },
    object: { key: "a+b%20c", size: 5, etag: "e", sequencer: "00" },
    "request-id": "R",
    requester: "123456789012",
    "source-ip-address": "192.0.2.1",
    reason: "PutObject"
  })

  it.effect("has keys as they are, because EventBridge gets them unencoded", () =>
    Effect.gen(function*() {
      const { detail } = yield* decode(Lambda.S3EventBridgeEvent("Object Created"), created)
      assert.deepEqual([detail.object.key, detail.reason], ["a+b%20c", "PutObject"])
    }))

  it.effect("takes only the types that are asked for", () =>
    Effect.gen(function*() {
      const error = yield* refusal(Lambda.S3EventBridgeEvent("Object Deleted", "Object Tags Deleted"), created)
      assert.include(error.issue, "Expected Object Deleted of aws.s3 or Object Tags Deleted of aws.s3")
    }))
})

describe("KinesisEvent", () => {
  const dataOf = <A>(
    schema: Schema.ConstraintDecoder<{ readonly Records: ReadonlyArray<{ readonly kinesis: { readonly data: A } }> }>,
    data: string | Uint8Array
  ) => Effect.map(decode(schema, { Records: [kinesisRecord(data)] }), ({ Records: [record] }) => record!.kinesis.data)

  it.effect("has the data as bytes, text, or JSON, as its schema takes it", () =>
    Effect.gen(function*() {
      assert.deepEqual(yield* dataOf(Lambda.KinesisEvent(), new Uint8Array([0, 255])), new Uint8Array([0, 255]))
      assert.deepEqual(yield* dataOf(Lambda.KinesisEvent(Schema.Uint8Array), "a"), new Uint8Array([97]))
      assert.strictEqual(yield* dataOf(Lambda.KinesisEvent(Schema.String), "\u00e9"), "\u00e9")
      assert.deepEqual(yield* dataOf(Lambda.KinesisEvent(Order), orderJson), order)
      const { Records: [record] } = yield* decode(Lambda.KinesisEvent(), { Records: [kinesisRecord("")] })
      assert.deepEqual(record!.kinesis.approximateArrivalTimestamp, new Date(1767323045678))
    }))

  it.effect("is refused if the data is none of these", () =>
    Effect.gen(function*() {
      const notUtf8 = { Records: [kinesisRecord(new Uint8Array([0xff]))] }
      assert.include((yield* refusal(Lambda.KinesisEvent(Schema.String), notUtf8)).issue, "Expected text in UTF-8")
      assert.include((yield* refusal(Lambda.KinesisEvent(Order), notUtf8)).issue, "Expected text in UTF-8")
      const record = kinesisRecord("")
      const notBase64 = { Records: [{ ...record, kinesis: { ...record.kinesis, data: "%%%%" } }] }
      assert.include((yield* refusal(Lambda.KinesisEvent(), notBase64)).issue, "Expected a valid Base64 string")
    }))

  it.effect.prop(
    "is decoded from what it encodes",
    [Schema.Uint8Array, Schema.String],
    ([bytes, text]) =>
      Effect.gen(function*() {
        if (!text.isWellFormed()) return
        for (
          const [schema, data] of [[Lambda.KinesisEvent(), bytes], [Lambda.KinesisEvent(Schema.String), text]] as const
        ) {
          const event = yield* decode<any>(schema, { Records: [kinesisRecord(data)] })
          assert.deepEqual(yield* decode<any>(schema, yield* Schema.encodeEffect(schema as any)(event)), event)
        }
      })
  )
})

describe("DynamoDbStreamEvent", () => {
  const imageOf = (image: object, schema?: Schema.Codec<any, object>) =>
    Effect.map(
      decode<any>(Lambda.DynamoDbStreamEvent({ image: schema }), { Records: [dynamoDbRecord(image as any)] }),
      ({ Records: [record] }) => record.dynamodb.NewImage
    )

  it.effect("has plain values: the same that the SDK has", () =>
    Effect.gen(function*() {
      const image = {
        s: { S: "" },
        n: { N: "-1.5e2" },
        zero: { N: "0" },
        t: { BOOL: true },
        f: { BOOL: false },
        nothing: { NULL: true },
        b: { B: "AQI=" },
        list: { L: [{ S: "a" }, { M: { deep: { N: "1" } } }] },
        map: { M: { S: { S: "a name like a type" } } },
        ss: { SS: ["a", "b"] },
        ns: { NS: ["1", "2.5"] }
      }
      // The SDK takes bytes where JSON has Base64.
      assert.deepEqual(yield* imageOf(image), unmarshall({ ...image, b: { B: new Uint8Array([1, 2]) } } as any))
    }))

  const Digits = Schema.Struct({
    sign: Schema.Literals(["", "-"]),
    digits: Schema.Array(Schema.Literals([0, 1, 5, 9])).check(Schema.isMinLength(1), Schema.isMaxLength(38)),
    point: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 38 }))
  })
  it.effect.prop(
    "loses no digit of a number, whose type is the plainest that has it",
    [Digits],
    ([{ digits, point, sign }]) =>
      Effect.gen(function*() {
        const at = Math.min(point, digits.length)
        const number = `${sign}${digits.slice(0, at).join("") || "0"}${
          at < digits.length ? `.${digits.slice(at).join("")}` : ""
        }`
        const { n } = yield* imageOf({ n: { N: number } })
        const exact = BigDecimal.fromStringUnsafe(number)
        const had = BigDecimal.isBigDecimal(n) ? n : BigDecimal.fromStringUnsafe(String(n))
        assert.isTrue(BigDecimal.equals(had, exact), number)
        // The SDK refuses integers that a `number` can't hold, and rounds fractions.
        if (typeof n === "number" && Number.isSafeInteger(n)) {
          assert.strictEqual(n + 0, unmarshall({ n: { N: number } })["n"] + 0)
        }
        if (typeof n === "bigint") {
          assert.isFalse(BigDecimal.equals(BigDecimal.fromStringUnsafe(String(Number(n))), exact))
        }
      })
  )

  const Big = "12345678901234567890123456789012345678"
  it.effect("has a number as its schema takes it, and never one that is only near", () =>
    Effect.gen(function*() {
      const Numbers = Schema.Struct({
        number: Schema.Finite,
        small: Schema.BigInt,
        big: Schema.BigInt,
        decimal: Schema.BigDecimal,
        either: Schema.Union([Schema.BigInt, Schema.Finite]),
        perhaps: Schema.optionalKey(Schema.NullOr(Schema.BigInt)),
        list: Schema.Array(Schema.BigInt),
        byName: Schema.Record(Schema.String, Schema.BigInt)
      })
      const image = {
        number: { N: "1.5" },
        small: { N: "1" },
        big: { N: Big },
        decimal: { N: "1" },
        either: { N: "1" },
        perhaps: { N: "2" },
        list: { L: [{ N: "3" }] },
        byName: { M: { a: { N: "4" } } }
      }
      assert.deepEqual(yield* imageOf(image, Numbers), {
        number: 1.5,
        small: 1n,
        big: BigInt(Big),
        decimal: BigDecimal.normalize(BigDecimal.fromStringUnsafe("1")),
        either: 1,
        perhaps: 2n,
        list: [3n],
        byName: { a: 4n }
      })
      for (const N of [Big, "0.1234567890123456789", "9007199254740993"]) {
        const event = { Records: [dynamoDbRecord({ n: { N } })] }
        const error = yield* refusal(Lambda.DynamoDbStreamEvent({ image: Schema.Struct({ n: Schema.Finite }) }), event)
        assert.include(error.issue, "at [\"Records\"][0][\"dynamodb\"][\"NewImage\"][\"n\"]")
        assert.notInclude(error.message, N)
      }
    }))

  it.effect("refuses a number of a million digits that isn't one, at once", () =>
    Effect.gen(function*() {
      const event = { Records: [dynamoDbRecord({ n: { N: `${"1".repeat(1_000_000)}x` } })] }
      assert.include((yield* refusal(Lambda.DynamoDbStreamEvent(), event)).issue, "Expected a number of DynamoDB")
    }))

  it.effect("has a set as an array where the schema has one", () =>
    Effect.gen(function*() {
      const Sets = Schema.Struct({
        array: Schema.Array(Schema.String),
        set: Schema.ReadonlySet(Schema.BigInt),
        bytes: Schema.Array(Schema.Uint8Array)
      })
      const image = { array: { SS: ["a"] }, set: { NS: ["1"] }, bytes: { BS: ["AQ=="] } }
      assert.deepEqual(yield* imageOf(image, Sets), {
        array: ["a"],
        set: new Set([1n]),
        bytes: [new Uint8Array([1])]
      })
    }))

  it.effect("has keys, images and times by their schemas, and lacks images that the stream doesn't have", () =>
    Effect.gen(function*() {
      const record = dynamoDbRecord({ id: { S: "1" }, count: { N: "2" } })
      const { NewImage, ...dynamodb } = record.dynamodb!
      const removed = {
        ...record,
        eventName: "REMOVE",
        userIdentity: { type: "Service", principalId: "dynamodb.amazonaws.com" },
        dynamodb: { ...dynamodb, OldImage: NewImage }
      }
      const schema = Lambda.DynamoDbStreamEvent({
        keys: Schema.Struct({ id: Schema.FiniteFromString }),
        image: Schema.Struct({ id: Schema.String, count: Schema.BigInt })
      })
      const { Records: [inserted, gone] } = yield* decode(schema, { Records: [record, removed] })
      assert.deepEqual(inserted!.dynamodb.Keys, { id: 1 })
      assert.deepEqual(inserted!.dynamodb.NewImage, { id: "1", count: 2n })
      assert.isFalse("OldImage" in inserted!.dynamodb)
      assert.deepEqual(inserted!.dynamodb.ApproximateCreationDateTime, new Date(1767323045000))
      assert.isFalse("NewImage" in gone!.dynamodb)
      assert.deepEqual(gone!.dynamodb.OldImage, { id: "1", count: 2n })
      assert.strictEqual(gone!.userIdentity!.principalId, "dynamodb.amazonaws.com")
    }))

  it.effect("is refused for a value that isn't one of DynamoDB's", () =>
    Effect.gen(function*() {
      for (
        const value of [SECRET, { X: SECRET }, { N: SECRET }, { N: "NaN" }, { N: "" }, { NS: ["1", SECRET] }, {
          B: "%%%%"
        }, { L: [SECRET] }]
      ) {
        const error = yield* refusal(Lambda.DynamoDbStreamEvent(), { Records: [dynamoDbRecord({ a: value } as any)] })
        assert.include(error.issue, "[\"NewImage\"][\"a\"]")
        assert.notInclude(error.message, SECRET)
      }
    }))
})

const base64 = (text: string) => Buffer.from(text).toString("base64")

describe("ApiGatewayEvent", () => {
  it.effect("has empty records where API Gateway sends null, and lacks other members that are null", () =>
    Effect.gen(function*() {
      const event = yield* decode(Lambda.ApiGatewayEvent(), restRequest(null))
      assert.deepEqual(
        [event.headers, event.multiValueHeaders, event.queryStringParameters, event.stageVariables, event.body],
        [{}, {}, {}, {}, new Uint8Array()]
      )
      assert.deepEqual(event.pathParameters, { id: "1" })
      assert.deepEqual(event.requestContext.identity, {
        apiKey: "test-invoke-api-key",
        apiKeyId: "test-invoke-api-key-id",
        sourceIp: "192.0.2.1"
      })
      assert.isFalse("authorizer" in event.requestContext)
      assert.deepEqual(event.requestContext.requestTimeEpoch, new Date(1767323045678))
    }))

  it.effect("has all values of headers and parameters", () =>
    Effect.gen(function*() {
      const event = yield* decode(Lambda.ApiGatewayEvent(), {
        ...restRequest(""),
        headers: { Accept: "b" },
        multiValueHeaders: { Accept: ["a", "b"] },
        multiValueQueryStringParameters: { q: ["1", "2"] }
      })
      assert.deepEqual(event.multiValueHeaders, { Accept: ["a", "b"] })
      assert.deepEqual(event.multiValueQueryStringParameters, { q: ["1", "2"] })
    }))

  it.effect("has the same body encoded in Base64 or not: bytes, text or JSON", () =>
    Effect.gen(function*() {
      for (const request of [restRequest(orderJson), restRequest(base64(orderJson), true)]) {
        const body = <A>(schema: Schema.ConstraintDecoder<{ readonly body: A }>) =>
          Effect.map(decode(schema, request), ({ body }) => body)
        assert.deepEqual(yield* body(Lambda.ApiGatewayEvent(Order)), order)
        assert.strictEqual(yield* body(Lambda.ApiGatewayEvent(Schema.String)), orderJson)
        assert.deepEqual(yield* body(Lambda.ApiGatewayEvent()), new TextEncoder().encode(orderJson))
      }
      const { isBase64Encoded: _, ...plain } = restRequest("a")
      assert.strictEqual((yield* decode(Lambda.ApiGatewayEvent(Schema.String), plain)).body, "a")
    }))

  it.effect("is refused with a body that isn't what its schema takes", () =>
    Effect.gen(function*() {
      for (
        const [body, isBase64Encoded] of [[null, false], [`{"id":"${SECRET}"`, false], ["{}", false], ["%%", true], [
          "/w==",
          true
        ]] as const
      ) {
        const error = yield* refusal(Lambda.ApiGatewayEvent(Order), restRequest(body, isBase64Encoded))
        assert.include(error.issue, "at [\"body\"]")
        assert.notInclude(error.message, SECRET)
      }
    }))
})

describe("ApiGatewayV2Event and FunctionUrlEvent", () => {
  it.effect("have cookies, headers, parameters and the body", () =>
    Effect.gen(function*() {
      const event = yield* decode(Lambda.ApiGatewayV2Event(Order), httpRequest(base64(orderJson), true))
      assert.deepEqual(event.body, order)
      assert.deepEqual(event.cookies, ["session=1", "theme=dark"])
      assert.deepEqual(event.headers["accept"], "text/html,text/plain")
      assert.deepEqual([event.stageVariables, event.routeKey], [{}, "POST /orders/{id}"])
      const { cookies: _, headers: __, ...bare } = httpRequest()
      const without = yield* decode(Lambda.ApiGatewayV2Event(Schema.String), bare)
      assert.deepEqual([without.cookies, without.headers, without.body], [[], {}, ""])
    }))

  it.effect("have the identity that an authorizer found", () =>
    Effect.gen(function*() {
      const url = yield* decode(Lambda.FunctionUrlEvent(), urlRequest())
      assert.deepEqual(url.requestContext.authorizer, { iam: { accessKey: "AKIA", userId: "AIDA" } })
      const request = httpRequest()
      const authorizers = [
        { jwt: { claims: { sub: "1", admin: true }, scopes: null } },
        { lambda: { tenant: "a" } },
        { lambda: null }
      ]
      const [jwt, lambda, none] = yield* Effect.forEach(authorizers, (authorizer) =>
        Effect.map(
          decode(Lambda.ApiGatewayV2Event(), { ...request, requestContext: { ...request.requestContext, authorizer } }),
          ({ requestContext }) => requestContext.authorizer
        ))
      assert.deepEqual(jwt, { jwt: { claims: { sub: "1", admin: true }, scopes: [] } })
      assert.deepEqual([lambda, none], [{ lambda: { tenant: "a" } }, {}])
    }))

  it.effect("are refused in the payload format 1.0, which the refusal names", () =>
    Effect.gen(function*() {
      const error = yield* refusal(Lambda.ApiGatewayV2Event(), { ...restRequest(null), version: "1.0" })
      assert.include(error.message, "payload format 2.0")
      assert.include(error.issue, "Expected \"2.0\"\n  at [\"version\"]")
      assert.strictEqual(
        (yield* decode(Lambda.ApiGatewayEvent(), { ...restRequest(null), version: "1.0" })).path,
        "/orders/1"
      )
    }))
})

describe("the bundle of a function", { timeout: 60_000 }, () => {
  it("has only the events that it takes", async () => {
    const events = (name: string) => new RegExp(`lambda/internal/(events|batches)/${name}\\.ts$`)
    const bytes = await bundle(
      `import * as Lambda from "effect-aws-sdk/Lambda"\nconsole.log(Lambda.on, Lambda.S3Event)`
    )
    assert.isAbove(bytes(events("s3")), 0)
    const others = ["sqs", "sns", "kinesis", "dynamoDb", "dynamoDbValues", "http", "content", "run", "streams"].map(
      events
    )
    assert.strictEqual(bytes(...others), 0)
  })

  it("has no Schema if it names no event", async () => {
    const bytes = await bundle(`import * as Lambda from "effect-aws-sdk/Lambda"\nconsole.log("none")`)
    assert.strictEqual(bytes(/effect\/dist\/Schema\w*\.js$/, /lambda\/internal/), 0)
  })

  it("has no client of AWS, whatever the event", async () => {
    const bytes = await bundle(`import * as Lambda from "effect-aws-sdk/Lambda"\nconsole.log(Lambda)`)
    assert.isAbove(bytes(/lambda\/internal\/events\/eventBridge\.ts$/), 0)
    assert.strictEqual(bytes(/@aws-sdk\/client-/, /services\//), 0)
  })
})
