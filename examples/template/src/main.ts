// The program on a machine or in a container: `node src/main.ts [--demo | --on-aws]`.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { parseArgs } from "node:util"
import * as Clients from "./Clients.ts"
import * as Report from "./Report.ts"

const { values } = parseArgs({
  options: { demo: { type: "boolean", default: false }, "on-aws": { type: "boolean", default: false } }
})

const clients = values.demo ? Clients.inMemory : values["on-aws"] ? Clients.onAws : Clients.local

Report.write().pipe(
  Effect.flatMap((report) => Console.log(JSON.stringify(report, null, 2))),
  Effect.provide(clients),
  NodeRuntime.runMain
)
