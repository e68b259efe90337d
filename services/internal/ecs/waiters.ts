// Written by `npm run waiters` from botocore's data. Don't edit it.
import * as sdk from "@aws-sdk/client-ecs"
import { and, equal, every, field, flat, is, isTrue, length, some, where } from "../../../src/internal/jmespath.ts"
import type { Commands, Tables, WaitersOf } from "../../../src/internal/waiterTables.ts"

/** `daemon.status` */
const daemonStatus = (o: unknown) => field(field(o, "daemon"), "status")

/** `daemonDeployments[].status` */
const daemonDeploymentsStatus = (o: unknown) => flat(field(o, "daemonDeployments"), (a) => field(a, "status"))

/** `failures[].reason` */
const failuresReason = (o: unknown) => flat(field(o, "failures"), (a) => field(a, "reason"))

/** `daemonTaskDefinition.status` */
const daemonTaskDefinitionStatus = (o: unknown) => field(field(o, "daemonTaskDefinition"), "status")

/** `services[].status` */
const servicesStatus = (o: unknown) => flat(field(o, "services"), (a) => field(a, "status"))

/** `length(services[?!(length(deployments) == '1' && runningCount == desiredCount)]) == '0'` */
const lengthServicesLengthDeploymentsRunningCountDesiredCount = (o: unknown) => equal(length(where(field(o, "services"), (a) => !isTrue(and(equal(length(field(a, "deployments")), 1), () => equal(field(a, "runningCount"), field(a, "desiredCount")))), (a) => a)), 0)

/** `tasks[].lastStatus` */
const tasksLastStatus = (o: unknown) => flat(field(o, "tasks"), (a) => field(a, "lastStatus"))

/** What Ecs can wait for: the command of each waiter, and what the wait returns. */
export type EcsWaiters = WaitersOf<typeof sdk, {
  DaemonActive: ["DescribeDaemonCommand", "output"]
  DaemonDeploymentStopped: ["DescribeDaemonDeploymentsCommand", "output"]
  DaemonDeploymentSuccessful: ["DescribeDaemonDeploymentsCommand", "output"]
  DaemonTaskDefinitionActive: ["DescribeDaemonTaskDefinitionCommand", "output"]
  DaemonTaskDefinitionDeleted: ["DescribeDaemonTaskDefinitionCommand", "output"]
  ServicesInactive: ["DescribeServicesCommand", "output"]
  ServicesStable: ["DescribeServicesCommand", "output"]
  TasksRunning: ["DescribeTasksCommand", "output"]
  TasksStopped: ["DescribeTasksCommand", "output"]
}>

export const waiters: Tables = {
  DaemonActive: {
    command: (sdk as Commands).DescribeDaemonCommand,
    delay: "15 seconds",
    attempts: 8,
    names: ["daemonArn"],
    acceptors: [
      { state: "success", output: (o) => is(daemonStatus, o, "ACTIVE") },
      { state: "failure", output: (o) => is(daemonStatus, o, "DELETE_IN_PROGRESS"), reason: "daemon.status is \"DELETE_IN_PROGRESS\"" }
    ]
  },
  DaemonDeploymentStopped: {
    command: (sdk as Commands).DescribeDaemonDeploymentsCommand,
    delay: "15 seconds",
    attempts: 8,
    names: ["daemonDeploymentArns"],
    acceptors: [
      { state: "success", output: (o) => every(daemonDeploymentsStatus, o, "STOPPED") },
      { state: "failure", output: (o) => some(failuresReason, o, "MISSING"), reason: "failures[].reason has \"MISSING\"" }
    ]
  },
  DaemonDeploymentSuccessful: {
    command: (sdk as Commands).DescribeDaemonDeploymentsCommand,
    delay: "15 seconds",
    attempts: 8,
    names: ["daemonDeploymentArns"],
    acceptors: [
      { state: "success", output: (o) => every(daemonDeploymentsStatus, o, "SUCCESSFUL") },
      { state: "failure", output: (o) => some(daemonDeploymentsStatus, o, "STOPPED"), reason: "daemonDeployments[].status has \"STOPPED\"" },
      { state: "failure", output: (o) => some(daemonDeploymentsStatus, o, "ROLLBACK_FAILED"), reason: "daemonDeployments[].status has \"ROLLBACK_FAILED\"" },
      { state: "failure", output: (o) => some(daemonDeploymentsStatus, o, "ROLLBACK_SUCCESSFUL"), reason: "daemonDeployments[].status has \"ROLLBACK_SUCCESSFUL\"" },
      { state: "failure", output: (o) => some(failuresReason, o, "MISSING"), reason: "failures[].reason has \"MISSING\"" }
    ]
  },
  DaemonTaskDefinitionActive: {
    command: (sdk as Commands).DescribeDaemonTaskDefinitionCommand,
    delay: "15 seconds",
    attempts: 8,
    names: ["daemonTaskDefinition"],
    acceptors: [
      { state: "success", output: (o) => is(daemonTaskDefinitionStatus, o, "ACTIVE") },
      { state: "failure", output: (o) => is(daemonTaskDefinitionStatus, o, "DELETE_IN_PROGRESS"), reason: "daemonTaskDefinition.status is \"DELETE_IN_PROGRESS\"" },
      { state: "failure", output: (o) => is(daemonTaskDefinitionStatus, o, "DELETED"), reason: "daemonTaskDefinition.status is \"DELETED\"" }
    ]
  },
  DaemonTaskDefinitionDeleted: {
    command: (sdk as Commands).DescribeDaemonTaskDefinitionCommand,
    delay: "15 seconds",
    attempts: 8,
    names: ["daemonTaskDefinition"],
    acceptors: [
      { state: "success", output: (o) => is(daemonTaskDefinitionStatus, o, "DELETED") }
    ]
  },
  ServicesInactive: {
    command: (sdk as Commands).DescribeServicesCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["cluster", "services"],
    acceptors: [
      { state: "failure", output: (o) => some(failuresReason, o, "MISSING"), reason: "failures[].reason has \"MISSING\"" },
      { state: "success", output: (o) => some(servicesStatus, o, "INACTIVE") }
    ]
  },
  ServicesStable: {
    command: (sdk as Commands).DescribeServicesCommand,
    delay: "15 seconds",
    attempts: 40,
    names: ["cluster", "services"],
    acceptors: [
      { state: "failure", output: (o) => some(failuresReason, o, "MISSING"), reason: "failures[].reason has \"MISSING\"" },
      { state: "failure", output: (o) => some(servicesStatus, o, "DRAINING"), reason: "services[].status has \"DRAINING\"" },
      { state: "failure", output: (o) => some(servicesStatus, o, "INACTIVE"), reason: "services[].status has \"INACTIVE\"" },
      { state: "success", output: (o) => is(lengthServicesLengthDeploymentsRunningCountDesiredCount, o, true) }
    ]
  },
  TasksRunning: {
    command: (sdk as Commands).DescribeTasksCommand,
    delay: "6 seconds",
    attempts: 100,
    names: ["cluster", "tasks"],
    acceptors: [
      { state: "failure", output: (o) => some(tasksLastStatus, o, "STOPPED"), reason: "tasks[].lastStatus has \"STOPPED\"" },
      { state: "failure", output: (o) => some(failuresReason, o, "MISSING"), reason: "failures[].reason has \"MISSING\"" },
      { state: "success", output: (o) => every(tasksLastStatus, o, "RUNNING") }
    ]
  },
  TasksStopped: {
    command: (sdk as Commands).DescribeTasksCommand,
    delay: "6 seconds",
    attempts: 100,
    names: ["cluster", "tasks"],
    acceptors: [
      { state: "success", output: (o) => every(tasksLastStatus, o, "STOPPED") }
    ]
  }
}
