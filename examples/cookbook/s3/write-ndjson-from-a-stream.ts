import { Schema, Stream } from "effect"
import { S3 } from "effect-aws-sdk"

const Order = Schema.Struct({ id: Schema.String, placed: Schema.DateFromString, cents: Schema.Int })
const encode = Schema.encodeEffect(Schema.fromJsonString(Order))

export const exportOrders = <E, R>(orders: Stream.Stream<typeof Order.Type, E, R>) =>
  S3.putObject({
    bucket: "exports-0a1b",
    key: "orders.ndjson",
    contentType: "application/x-ndjson",
    body: orders.pipe(
      Stream.mapEffect((order) => encode(order)),
      Stream.map((json) => `${json}\n`)
    )
  })
