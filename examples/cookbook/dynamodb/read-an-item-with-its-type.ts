import { GetCommand } from "@aws-sdk/lib-dynamodb"
import { Effect, Schema } from "effect"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"

const User = Schema.Struct({ id: Schema.String, name: Schema.String, logins: Schema.Int })
const decode = Schema.decodeUnknownEffect(Schema.UndefinedOr(User))

/** The user, or `undefined` if there is none. */
export const find = (id: string) =>
  DynamoDb.send(new GetCommand({ TableName: "users", Key: { id }, ConsistentRead: true })).pipe(
    Effect.flatMap(({ Item }) => decode(Item))
  )
