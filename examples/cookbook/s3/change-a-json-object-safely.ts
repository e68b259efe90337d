import { Effect, Schema } from "effect"
import { S3 } from "effect-aws-sdk"

const place = { bucket: "app-0a1b", key: "members.json" }
const Members = Schema.Array(Schema.String)

export const join = (name: string) =>
  Effect.gen(function*() {
    const { etag } = yield* S3.headObject(place.bucket, place.key)
    const members = yield* S3.getJson(place.bucket, place.key, Members, { ifMatch: etag })
    yield* S3.putObject({
      ...place,
      body: JSON.stringify([...members, name]),
      contentType: "application/json",
      ifMatch: etag
    })
  }).pipe(
    // Somebody else was faster: start again with what they wrote.
    Effect.retry({ while: (error) => error._tag === "PreconditionFailed", times: 10 })
  )
