import { Console, Effect, Stream } from "effect"
import { S3 } from "effect-aws-sdk"
import { Argument, Command, Flag } from "effect/cli"

const bucket = Argument.String("bucket").pipe(Argument.withDescription("The bucket to look at"))
const prefix = Flag.String("prefix").pipe(
  Flag.withDescription("Count only the objects whose keys begin with it"),
  Flag.withDefault("")
)

export const command = Command.make(
  "size",
  { bucket, prefix },
  ({ bucket, prefix }) =>
    S3.listObjects(bucket, { prefix }).pipe(
      Stream.runFold(() => 0, (sum, { size }) => sum + size),
      Effect.flatMap((bytes) => Console.log(`${bytes} bytes`))
    )
).pipe(Command.withDescription("Adds up the sizes of the objects in a bucket"))

// In main.ts, with Default, Layer, and NodeRuntime and NodeServices of @effect/platform-node:
// Command.run(command, { version: "1.0.0" }).pipe(
//   Effect.provide(Layer.merge(Default.layer(), NodeServices.layer)),
//   NodeRuntime.runMain
// )
