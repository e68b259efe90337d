// Written by `npm run waiters` from botocore's data. Don't edit it.
import * as sdk from "@aws-sdk/client-ssm"
import { field, is } from "../../../src/internal/jmespath.ts"
import type { Commands, Tables, WaitersOf } from "../../../src/internal/waiterTables.ts"

/** `Status` */
const status = (o: unknown) => field(o, "Status")

/** What Ssm can wait for: the command of each waiter, and what the wait returns. */
export type SsmWaiters = WaitersOf<typeof sdk, {
  CommandExecuted: ["GetCommandInvocationCommand", "output"]
}>

export const waiters: Tables = {
  CommandExecuted: {
    command: (sdk as Commands).GetCommandInvocationCommand,
    delay: "5 seconds",
    attempts: 20,
    names: ["CommandId", "InstanceId", "PluginName"],
    acceptors: [
      { state: "retry", output: (o) => is(status, o, "Pending") },
      { state: "retry", output: (o) => is(status, o, "InProgress") },
      { state: "retry", output: (o) => is(status, o, "Delayed") },
      { state: "success", output: (o) => is(status, o, "Success") },
      { state: "failure", output: (o) => is(status, o, "Cancelled"), reason: "Status is \"Cancelled\"" },
      { state: "failure", output: (o) => is(status, o, "TimedOut"), reason: "Status is \"TimedOut\"" },
      { state: "failure", output: (o) => is(status, o, "Failed"), reason: "Status is \"Failed\"" },
      { state: "failure", output: (o) => is(status, o, "Cancelling"), reason: "Status is \"Cancelling\"" },
      { state: "retry", error: "InvocationDoesNotExist" }
    ]
  }
}
