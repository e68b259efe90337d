// A runner: it works on the workflows of the cluster until it's stopped. Run as many as you like; docs/durable-cluster.md says how.
import { Console, Effect, Layer, Option } from "effect"
import { Default, Fleet } from "effect-aws-sdk"
import * as Mirror from "../fleet-mirror/Workflow.ts"
import * as TearDown from "../fleet-teardown/Workflow.ts"
import { cluster } from "./Durable.ts"
import { main } from "./Process.ts"
import * as Settings from "./Settings.ts"

const fleet = Layer.unwrap(Effect.map(Settings.role, (role) => Fleet.layer({ role, sessionName: "fleet" })))

// The cluster last: a runner that can't call AWS shouldn't take work.
const runner = Layer.mergeAll(TearDown.layer, Mirror.layer).pipe(
  Layer.provide(cluster()),
  Layer.provide(fleet),
  Layer.provide(Default.layer())
)

main(
  Effect.gen(function*() {
    const { runnerAddress, runnerListenAddress } = yield* Settings.address
    yield* Layer.build(runner).pipe(
      Effect.catchTag("SocketServerError", ({ reason }) => {
        const { host, port } = Option.getOrThrow(runnerListenAddress)
        return Effect.fail(
          new Settings.WrongSetting({
            message:
              `The runner can't listen on ${host}:${port}: ${
                reason.cause instanceof Error ? reason.cause.message : reason.message
              }. Give an address of this machine and a port that is free, as RUNNER_HOST and RUNNER_PORT, or RUNNER_LISTEN_HOST ` +
              "and RUNNER_LISTEN_PORT."
          })
        )
      })
    )
    const { host, port } = Option.getOrThrow(runnerAddress)
    yield* Console.log(`The runner ${host}:${port} is ready.`)
    return yield* Effect.never
  }).pipe(Effect.scoped)
)
