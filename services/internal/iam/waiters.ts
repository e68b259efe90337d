// Written by `npm run waiters` from botocore's data. Don't edit it.
import * as sdk from "@aws-sdk/client-iam"
import type { Commands, Tables, WaitersOf } from "../../../src/internal/waiterTables.ts"

/** What Iam can wait for: the command of each waiter, and what the wait returns. */
export type IamWaiters = WaitersOf<typeof sdk, {
  InstanceProfileExists: ["GetInstanceProfileCommand", "output"]
  PolicyExists: ["GetPolicyCommand", "output"]
  RoleExists: ["GetRoleCommand", "output"]
  UserExists: ["GetUserCommand", "output"]
}>

export const waiters: Tables = {
  InstanceProfileExists: {
    command: (sdk as Commands).GetInstanceProfileCommand,
    delay: "1 second",
    attempts: 40,
    names: ["InstanceProfileName"],
    acceptors: [
      { state: "success", status: 200 },
      { state: "retry", status: 404 }
    ]
  },
  PolicyExists: {
    command: (sdk as Commands).GetPolicyCommand,
    delay: "1 second",
    attempts: 20,
    names: ["PolicyArn"],
    acceptors: [
      { state: "success", status: 200 },
      { state: "retry", error: "NoSuchEntityException" }
    ]
  },
  RoleExists: {
    command: (sdk as Commands).GetRoleCommand,
    delay: "1 second",
    attempts: 20,
    names: ["RoleName"],
    acceptors: [
      { state: "success", status: 200 },
      { state: "retry", error: "NoSuchEntityException" }
    ]
  },
  UserExists: {
    command: (sdk as Commands).GetUserCommand,
    delay: "1 second",
    attempts: 20,
    names: ["UserName"],
    acceptors: [
      { state: "success", status: 200 },
      { state: "retry", error: "NoSuchEntityException" }
    ]
  }
}
