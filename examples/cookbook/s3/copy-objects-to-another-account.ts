import { Effect, Stream } from "effect"
import { AssumeRole, S3 } from "effect-aws-sdk"

const from = { bucket: "reports-0a1b" }
const to = { bucket: "archive-0a1b", expectedOwner: "222222222222" }

const writer = AssumeRole.layer({ roleArn: "arn:aws:iam::222222222222:role/writer", sessionName: "copy" })

// The session of the other account copies, so that account owns the copies.
export const program = S3.sync({ from, to }).pipe(
  Stream.tap((event) => event._tag === "Failed" ? Effect.logError(event.item.path, event.error.message) : Effect.void),
  S3.transferAll,
  Effect.map(({ copied }) => copied),
  Effect.provide(writer)
)
