// The types of events and batches. @types/aws-lambda judges what is taken.
import type * as Aws from "aws-lambda"
import { Context, Effect, Schema } from "effect"
import { EventBridge } from "effect-aws-sdk"
import * as Lambda from "effect-aws-sdk/Lambda"
import { expectTypeOf } from "vitest"

class OrderPlaced extends EventBridge.Event<OrderPlaced>()({
  source: "shop",
  detailType: "OrderPlaced",
  fields: { orderId: Schema.String }
}) {}

class OrderShipped extends EventBridge.Event<OrderShipped>()({
  source: "shop",
  detailType: "OrderShipped",
  fields: { parcels: Schema.Int }
}) {}

class Database extends Context.Service<Database, { readonly save: (id: string) => Effect.Effect<void, "full"> }>()(
  "Database"
) {}

const Order = Schema.Struct({ id: Schema.String, at: Schema.Date })
type Order = typeof Order.Type

type Records<S extends { readonly Type: { readonly Records: ReadonlyArray<unknown> } }> = S["Type"]["Records"][number]

// What is decoded
const sqs = Lambda.SqsEvent(Order)
expectTypeOf<Records<typeof sqs>>().toEqualTypeOf<Lambda.SqsRecord<Order>>()
expectTypeOf<Records<typeof sqs>["body"]>().toEqualTypeOf<Order>()
expectTypeOf<Records<typeof sqs>["attributes"]["ApproximateReceiveCount"]>().toEqualTypeOf<number>()
const sqsText = Lambda.SqsEvent()
expectTypeOf<Records<typeof sqsText>["body"]>().toEqualTypeOf<string>()
const sns = Lambda.SnsEvent(Order)
expectTypeOf<Records<typeof sns>["Sns"]["Message"]>().toEqualTypeOf<Order>()
const snsInSqs = Lambda.SqsEvent(Lambda.SnsNotification(Order))
expectTypeOf<Records<typeof snsInSqs>["body"]["Message"]>().toEqualTypeOf<Order>()
expectTypeOf<Records<typeof Lambda.S3Event>["s3"]["object"]["key"]>().toEqualTypeOf<string>()
expectTypeOf<Records<typeof Lambda.S3Event>["s3"]["object"]>().toExtend<{ readonly size?: number }>()
const kinesisBytes = Lambda.KinesisEvent()
expectTypeOf<Records<typeof kinesisBytes>["kinesis"]["data"]>().toEqualTypeOf<Uint8Array>()
const kinesis = Lambda.KinesisEvent(Order)
expectTypeOf<Records<typeof kinesis>["kinesis"]["data"]>().toEqualTypeOf<Order>()
const plain = Lambda.DynamoDbStreamEvent()
expectTypeOf<Records<typeof plain>["dynamodb"]["NewImage"]>().toEqualTypeOf<Lambda.DynamoDbItem | undefined>()
const Account = Schema.Struct({ id: Schema.String, balance: Schema.BigInt })
const accounts = Lambda.DynamoDbStreamEvent({ image: Account })
expectTypeOf<Records<typeof accounts>["dynamodb"]["OldImage"]>().toEqualTypeOf<typeof Account.Type | undefined>()
expectTypeOf<Records<typeof accounts>["dynamodb"]["Keys"]>().toEqualTypeOf<Lambda.DynamoDbItem>()
expectTypeOf(Lambda.ApiGatewayEvent(Order)["Type"]["body"]).toEqualTypeOf<Order>()
expectTypeOf(Lambda.ApiGatewayV2Event()["Type"]["body"]).toEqualTypeOf<Uint8Array>()
expectTypeOf(Lambda.ApiGatewayV2Event()["Type"]["routeKey"]).toEqualTypeOf<string>()
expectTypeOf(Lambda.FunctionUrlEvent(Schema.String)["Type"]["body"]).toEqualTypeOf<string>()
expectTypeOf(Lambda.FunctionUrlEvent()["Type"]["routeKey"]).toEqualTypeOf<string | undefined>()
expectTypeOf(Lambda.ScheduledEvent["Type"]["source"]).toEqualTypeOf<"aws.events" | "aws.scheduler">()

const either = Lambda.EventBridgeEvent([OrderPlaced, OrderShipped])
expectTypeOf(either["Type"]).toEqualTypeOf<
  | Lambda.EventBridgeEnvelope<"shop", "OrderPlaced", OrderPlaced>
  | Lambda.EventBridgeEnvelope<"shop", "OrderShipped", OrderShipped>
>()
declare const event: (typeof either)["Type"]
if (event["detail-type"] === "OrderPlaced") expectTypeOf(event.detail).toEqualTypeOf<OrderPlaced>()
expectTypeOf(Lambda.EventBridgeEvent()["Type"]["detail"]).toEqualTypeOf<unknown>()
expectTypeOf(Lambda.S3EventBridgeEvent("Object Created")["Type"]["detail-type"]).toEqualTypeOf<"Object Created">()
// S3 sends no such event.
// @ts-expect-error
void Lambda.S3EventBridgeEvent("Object Moved")

// What is taken: all that the types of AWS's events allow.
declare const encoded: <S extends Schema.Constraint>(schema: S) => S["Encoded"]
const any = {
  sqs: encoded(sqsText),
  sns: encoded(sns),
  s3: encoded(Lambda.S3Event),
  kinesis: encoded(kinesis),
  dynamoDb: encoded(plain),
  eventBridge: encoded(Lambda.EventBridgeEvent()),
  rest: encoded(Lambda.ApiGatewayEvent()),
  http: encoded(Lambda.ApiGatewayV2Event()),
  url: encoded(Lambda.FunctionUrlEvent())
}
expectTypeOf<Aws.SQSEvent>().toExtend<typeof any.sqs>()
expectTypeOf<Aws.SNSEvent>().toExtend<typeof any.sns>()
expectTypeOf<Aws.S3Event>().toExtend<typeof any.s3>()
expectTypeOf<Aws.KinesisStreamEvent>().toExtend<typeof any.kinesis>()
expectTypeOf<Aws.EventBridgeEvent<string, unknown>>().toExtend<typeof any.eventBridge>()
expectTypeOf<Aws.APIGatewayProxyEvent>().toExtend<typeof any.rest>()
expectTypeOf<Aws.APIGatewayProxyEventV2>().toExtend<typeof any.http>()
expectTypeOf<Aws.LambdaFunctionURLEventWithIAMAuthorizer>().toExtend<typeof any.url>()
// AWS's type leaves out nothing more than that: a stream always sends these.
type Sent = Omit<Aws.DynamoDBRecord, "userIdentity" | "dynamodb">
type Change = { readonly [K in keyof Sent]-?: Exclude<Sent[K], undefined> }
expectTypeOf<Change>().toExtend<Omit<(typeof any.dynamoDb)["Records"][number], "userIdentity" | "dynamodb">>()

// Handlers
expectTypeOf(
  Lambda.on(Order, ({ id }, context) => Effect.as(Database.use(({ save }) => save(id)), context.awsRequestId))
).toEqualTypeOf<Lambda.EventHandler<string, "full" | Lambda.LambdaEventNotDecodable, Database>>()

type Batch<R> = Lambda.EventHandler<Lambda.BatchResponse, Lambda.LambdaEventNotDecodable | Lambda.BatchFailed, R>

// The failures of a message stay with it: they are no errors of the handler.
expectTypeOf(Lambda.sqsBatch(Order, ({ id }) => Database.use(({ save }) => save(id)))).toEqualTypeOf<Batch<Database>>()
expectTypeOf(
  Lambda.sqsBatch(Order, (order, record, context) => {
    expectTypeOf(order).toEqualTypeOf<Order>()
    expectTypeOf(record).toEqualTypeOf<Lambda.SqsRecord<Order>>()
    expectTypeOf(context).toEqualTypeOf<Lambda.Context>()
    return Effect.void
  }, { concurrency: "unbounded", whenNothingIsDone: "Report" })
).toEqualTypeOf<Batch<never>>()
expectTypeOf(Lambda.kinesisBatch(Order, ({ id }) => Database.use(({ save }) => save(id)), { concurrency: 2 }))
  .toEqualTypeOf<Batch<Database>>()
expectTypeOf(
  Lambda.dynamoDbBatch({ image: Account }, ({ dynamodb, eventName }) => {
    expectTypeOf(dynamodb.NewImage).toEqualTypeOf<typeof Account.Type | undefined>()
    expectTypeOf(eventName).toEqualTypeOf<"INSERT" | "MODIFY" | "REMOVE">()
    return Effect.void
  })
).toEqualTypeOf<Batch<never>>()
// @ts-expect-error
void Lambda.sqsBatch(Order, () => 1)
// A string isn't the form of an item.
// @ts-expect-error
void Lambda.dynamoDbBatch({ image: Schema.String }, () => Effect.void)

// A schema's own services are required too.
declare const Checked: Schema.Codec<Order, string, Database>
expectTypeOf(Lambda.sqsBatch(Checked, () => Effect.void)).toEqualTypeOf<Batch<Database>>()
expectTypeOf(Lambda.on(Lambda.SnsEvent(Checked), () => Effect.void)).toEqualTypeOf<
  Lambda.EventHandler<void, Lambda.LambdaEventNotDecodable, Database>
>()
