// `npm run demo` runs the main job and the tear-down on the in-memory AWS. With
// `-- --profile NAME --vpc ID --cluster NAME`, it runs the main job on a real account.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, References } from "effect"
import * as mirrorVpc from "./mirror-vpc/main.ts"
import * as tearDown from "./tear-down/main.ts"

const args = process.argv.slice(2)

const program = Effect.gen(function*() {
  if (args.length > 0) return yield* mirrorVpc.onAws(args)
  yield* mirrorVpc.demo
  yield* tearDown.demo
})

program.pipe(
  // The library's error messages say what to do, so a user at a terminal needs no stack trace.
  Effect.catch((error) =>
    Effect.andThen(
      Console.error(error.message),
      Effect.sync(() => {
        process.exitCode = 1
      })
    )
  ),
  Effect.provideService(References.MinimumLogLevel, "Warn"),
  NodeRuntime.runMain
)
