// `npm run s3 -- COMMAND …` works with objects in S3. `npm run s3 -- --help` lists the commands.
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect, Layer, References } from "effect"
import * as Clients from "./Clients.ts"
import { command } from "./Commands.ts"
import { run } from "./Run.ts"
import * as Screen from "./Screen.ts"

run(command(Clients.layer), process.argv.slice(2)).pipe(
  Effect.provide(Layer.merge(Screen.layer(process), NodeServices.layer)),
  Effect.provideService(References.MinimumLogLevel, "Warn"),
  // Ctrl-C interrupts the program, which then leaves nothing behind. The exit code is 130.
  NodeRuntime.runMain
)
