import { QueryCommand } from "@aws-sdk/lib-dynamodb"
import { Schema, Stream } from "effect"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"

const Order = Schema.Struct({ customer: Schema.String, placed: Schema.String, cents: Schema.Int })
const decode = Schema.decodeUnknownEffect(Order)

export const ordersOf = (customer: string, since: string) =>
  DynamoDb.items(
    new QueryCommand({
      TableName: "orders",
      KeyConditionExpression: "customer = :customer AND placed >= :since",
      ExpressionAttributeValues: { ":customer": customer, ":since": since }
    }),
    ({ Items }) => Items
  ).pipe(Stream.mapEffect((item) => decode(item)))
