import { Effect, Schema, Stream } from "effect"
import { S3 } from "effect-aws-sdk"

const toNumber = Schema.decodeUnknownEffect(Schema.FiniteFromString)

/** The sum of the second column. */
export const total = (bucket: string, key: string) =>
  S3.getObject(bucket, key).pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.drop(1), // the header
    Stream.filter((line) => line !== ""),
    Stream.mapEffect((line) => toNumber(line.split(",")[1])),
    Stream.runFold(() => 0, (sum, amount) => sum + amount),
    Effect.catchTag("ObjectDoesNotExist", () => Effect.succeed(0))
  )
