import { Effect, Schema, Stream } from "effect"
import { S3 } from "effect-aws-sdk"
import { Csv } from "effect/encoding"

const Sale = Schema.Struct({ day: Schema.String, cents: Schema.Finite })

/** The first line has the names of the columns. */
export const sales = (bucket: string, key: string) =>
  S3.getObject(bucket, key).pipe(Stream.pipeThroughChannel(Csv.decodeSchema(Sale)({ headers: true })))

export const total = (bucket: string, key: string) =>
  sales(bucket, key).pipe(
    Stream.runFold(() => 0, (sum, { cents }) => sum + cents),
    Effect.catchTag("ObjectDoesNotExist", () => Effect.succeed(0))
  )
