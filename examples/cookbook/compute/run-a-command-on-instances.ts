import { SendCommandCommand } from "@aws-sdk/client-ssm"
import { Effect } from "effect"
import { Ssm } from "effect-aws-sdk"

const DocumentName = "AWS-RunShellScript"

/** Runs a shell command, and returns what it wrote on each instance. */
export const run = Effect.fn("run")(function*(command: string, InstanceIds: Array<string>) {
  const { Command } = yield* Ssm.send(
    new SendCommandCommand({ DocumentName, InstanceIds, Parameters: { commands: [command] } })
  )
  return yield* Effect.forEach(
    InstanceIds,
    (InstanceId) =>
      Ssm.waitUntil("CommandExecuted", { CommandId: Command?.CommandId, InstanceId }, { timeout: "10 minutes" }).pipe(
        Effect.map(({ StandardOutputContent }) => ({ InstanceId, ok: true, output: StandardOutputContent })),
        // The command failed on this instance. The others go on.
        Effect.catchTag(
          "WaitFailed",
          ({ last }) => Effect.succeed({ InstanceId, ok: false, output: last?.StandardErrorContent })
        )
      ),
    { concurrency: 10 }
  )
})
