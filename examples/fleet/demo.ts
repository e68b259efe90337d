// `npm run demo:fleet` runs the tear-down and the mirroring on an estate in memory. With `-- teardown --role …` or
// `-- mirror --role …`, it runs one of them on AWS.
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, References } from "effect"
import { outliveReaders } from "./Process.ts"
import { main } from "./Program.ts"

outliveReaders()

main(process.argv.slice(2)).pipe(
  // The library's error messages say what to do, so a user at a terminal needs no stack trace.
  Effect.catch((error) =>
    Effect.andThen(
      Console.error(error.message),
      Effect.sync(() => {
        process.exitCode = 1
      })
    )
  ),
  Effect.provide(NodeServices.layer),
  // What is refused is in the report.
  Effect.provideService(References.MinimumLogLevel, "None"),
  NodeRuntime.runMain
)
