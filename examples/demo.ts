// `npm run demo`: the main job, and the tear-down, on the in-memory AWS; `-- --profile NAME --vpc ID --cluster NAME` runs
// the main job on a real account.
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
  // Every error of the library says what to do; a person at a terminal needs no stack for it.
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
