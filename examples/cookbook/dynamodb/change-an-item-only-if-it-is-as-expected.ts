import { UpdateCommand } from "@aws-sdk/lib-dynamodb"
import { Effect } from "effect"
import { AwsError } from "effect-aws-sdk"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"

/** Takes one from the stock, and says whether there was one. */
export const reserve = (sku: string) =>
  DynamoDb.send(
    new UpdateCommand({
      TableName: "stock",
      Key: { sku },
      UpdateExpression: "SET available = available - :one",
      ConditionExpression: "available >= :one",
      ExpressionAttributeValues: { ":one": 1 }
    })
  ).pipe(
    Effect.as(true),
    AwsError.catchCode("ConditionalCheckFailedException", () => Effect.succeed(false))
  )
