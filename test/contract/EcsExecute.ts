import { CreateSubnetCommand, CreateVpcCommand } from "@aws-sdk/client-ec2"
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ExecuteCommandCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand
} from "@aws-sdk/client-ecs"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2, Ecs } from "effect-aws-sdk"
import { contract, documented } from "./Contract.ts"
import { expectRejected } from "./support/rejections.ts"
import { passes } from "./support/waits.ts"

const cluster = "execute"

const run = Effect.fnUntraced(function*(enableExecuteCommand: boolean) {
  const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
  const { Subnet } = yield* Ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.0.1.0/24" }))
  yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
  yield* Ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "execute",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions: [{ name: "web", image: "nginx" }, { name: "log", image: "fluentd" }]
    })
  )
  const { tasks } = yield* Ecs.send(
    new RunTaskCommand({
      cluster,
      taskDefinition: "execute",
      launchType: "FARGATE",
      enableExecuteCommand,
      networkConfiguration: { awsvpcConfiguration: { subnets: [Subnet?.SubnetId ?? ""] } }
    })
  )
  yield* passes("2 minutes")
  return tasks?.[0]?.taskArn ?? ""
})

const execute = (task: string, container?: string) =>
  Ecs.send(new ExecuteCommandCommand({ cluster, task, container, command: "/bin/sh", interactive: true }))

export const ecsExecute = contract("Ecs", {
  "starts a session with a container of a task that allows it": documented(
    "API_ExecuteCommand",
    Effect.gen(function*() {
      const task = yield* run(true)
      const { tasks } = yield* Ecs.send(new DescribeTasksCommand({ cluster, tasks: [task] }))
      assert.deepInclude({ ...tasks?.[0]?.containers?.[0]?.managedAgents?.[0] }, {
        name: "ExecuteCommandAgent",
        lastStatus: "RUNNING"
      })
      const { containerName, session, taskArn } = yield* execute(task, "log")
      assert.deepEqual([containerName, taskArn], ["log", task])
      assert.match(session?.sessionId ?? "", /^ecs-execute-command-/)
      assert.include(session?.streamUrl, session?.sessionId ?? "-")
      yield* expectRejected(execute(task), "InvalidParameterException")
    })
  ),

  "refuses a session with a task that was run without it": documented(
    "API_ExecuteCommand",
    Effect.gen(function*() {
      const task = yield* run(false)
      yield* expectRejected(execute(task, "web"), "InvalidParameterException", "execute command was not enabled")
    })
  )
})
