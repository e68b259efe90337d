// The rules of task definitions, and what can be done with them.
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  ListTaskDefinitionFamiliesCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput
} from "@aws-sdk/client-ecs"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ecs } from "effect-aws-sdk"
import { believed, type Case, contract, documented } from "./Contract.ts"
import { expectRejected } from "./support/rejections.ts"

/** A name that no other case uses. */
const uniqueName = Effect.sync(() => `family-${crypto.randomUUID().slice(0, 8)}`)

type Input = Partial<RegisterTaskDefinitionCommandInput>

const container = { name: "main", image: "nginx:1", memory: 64 }

const register = (family: string, input: Input = {}) =>
  Effect.map(
    Ecs.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions: [container], ...input })),
    ({ taskDefinition }) => taskDefinition!
  )

const fargate: Input = { networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"], cpu: "256", memory: "512" }

/** Wrong task definitions, by what is wrong: their input and AWS's message. */
const wrong: Readonly<Record<string, readonly [input: Input, message: string]>> = {
  "without an essential container": [
    { containerDefinitions: [{ ...container, essential: false }] },
    "Task definition doesn't have any essential container."
  ],
  "with more than ten containers": [
    { containerDefinitions: Array.from({ length: 11 }, (_, i) => ({ ...container, name: `c${i}` })) },
    "Too many containers."
  ],
  "whose containers need more CPU than the task has": [
    { cpu: "256", memory: "512", containerDefinitions: [{ ...container, cpu: 512 }] },
    "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."
  ],
  "with a container that needs more memory than the task has": [
    { memory: "512", containerDefinitions: [{ ...container, memory: 1024 }] },
    "The 'memory' setting for container 'main' is greater than for the task."
  ],
  "whose ports differ in the network mode awsvpc": [
    {
      networkMode: "awsvpc",
      containerDefinitions: [{ ...container, portMappings: [{ containerPort: 80, hostPort: 8080 }] }]
    },
    "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
  ],
  "that mounts a volume that it doesn't have": [
    { containerDefinitions: [{ ...container, mountPoints: [{ sourceVolume: "data", containerPath: "/data" }] }] },
    "Unknown volume 'data'."
  ],
  "whose execution role has the ARN of something else": [
    { executionRoleArn: "arn:aws:cloudformation:us-east-1:123456789012:stack/web/1" },
    "Role is not valid"
  ],
  "whose role is an empty text": [{ taskRoleArn: "" }, "Role is not valid"],
  "with incomplete options of awslogs": [
    { containerDefinitions: [{ ...container, logConfiguration: { logDriver: "awslogs" } }] },
    "Log driver awslogs requires options: awslogs-region, awslogs-group"
  ],
  "that waits for an essential container to end": [
    {
      containerDefinitions: [
        { ...container, dependsOn: [{ containerName: "setup", condition: "SUCCESS" }] },
        { ...container, name: "setup" }
      ]
    },
    "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container"
  ],
  "for Fargate without the network mode awsvpc": [
    { ...fargate, networkMode: "bridge" },
    "Fargate only supports network mode ‘awsvpc’."
  ],
  "for Fargate without a size of its CPU": [
    { ...fargate, cpu: undefined },
    "Fargate requires that 'cpu' be defined at the task level."
  ],
  "for Fargate with memory that doesn't go with its CPU": [
    { ...fargate, memory: "8192" },
    "No Fargate configuration exists for given values: 256 CPU, 8192 memory."
  ],
  "for Fargate with awslogs and without an execution role": [
    {
      ...fargate,
      containerDefinitions: [{
        ...container,
        logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "g", "awslogs-region": "us-east-1" } }
      }]
    },
    "Fargate requires task definition to have execution role ARN to support log driver awslogs."
  ]
}

const rejections = Object.fromEntries(
  Object.entries(wrong).map(([what, [input, message]]): [string, Case] => [
    `rejects a task definition ${what}`,
    believed(
      "the message is known from reports of users",
      Effect.flatMap(uniqueName, (family) => expectRejected(register(family, input), "ClientException", message))
    )
  ])
)

export const ecsDefinitions = contract("Ecs", {
  ...rejections,

  "runs a task definition on Fargate if its size is one of Fargate's, with or without units": documented(
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html",
    Effect.gen(function*() {
      const compatibilities = (cpu: string, memory: string) =>
        Effect.flatMap(uniqueName, (family) =>
          Effect.map(
            register(family, { networkMode: "awsvpc", cpu, memory }),
            (definition) => definition.compatibilities
          ))
      assert.deepEqual(yield* compatibilities("1 vCPU", "2 GB"), ["EC2", "FARGATE"])
      assert.deepEqual(yield* compatibilities("16384", "122880"), ["EC2", "FARGATE"])
      assert.deepEqual(yield* compatibilities("300", "2048"), ["EC2"])
    })
  ),

  "lists families by prefix and by whether they have an active revision": documented(
    "API_ListTaskDefinitionFamilies",
    Effect.gen(function*() {
      const familyPrefix = yield* uniqueName
      yield* register(`${familyPrefix}-a`)
      yield* register(`${familyPrefix}-b`)
      yield* Ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: `${familyPrefix}-b:1` }))
      const families = (status?: "ACTIVE" | "INACTIVE" | "ALL") =>
        Effect.map(
          Ecs.send(new ListTaskDefinitionFamiliesCommand({ familyPrefix, status })),
          (page) => page.families
        )
      assert.deepEqual(yield* families(), [`${familyPrefix}-a`, `${familyPrefix}-b`])
      assert.deepEqual(yield* families("ACTIVE"), [`${familyPrefix}-a`])
      assert.deepEqual(yield* families("INACTIVE"), [`${familyPrefix}-b`])
    })
  ),

  "deletes task definitions that were deregistered, and reports the others": documented(
    "API_DeleteTaskDefinitions",
    Effect.gen(function*() {
      const family = yield* uniqueName
      yield* register(family)
      yield* register(family)
      yield* Ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: `${family}:1` }))
      const { failures, taskDefinitions } = yield* Ecs.send(
        new DeleteTaskDefinitionsCommand({ taskDefinitions: [`${family}:1`, `${family}:2`, `${family}:3`, family] })
      )
      assert.deepEqual(taskDefinitions?.map(({ revision, status }) => [revision, status]), [[1, "DELETE_IN_PROGRESS"]])
      assert.deepEqual(failures?.map(({ reason = "" }) => reason.split(".")[0]), [
        "The specified task definition is still in ACTIVE status",
        "The specified task definition does not exist",
        "The specified task definition identifier is invalid"
      ])
    })
  ),

  "rejects a load balancer for a container or port that the task doesn't have": believed(
    "the message is known from reports of users",
    Effect.gen(function*() {
      const cluster = yield* uniqueName
      yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
      yield* register(cluster)
      const targetGroupArn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"
      const create = (containerName: string) =>
        Ecs.send(
          new CreateServiceCommand({
            cluster,
            serviceName: "web",
            taskDefinition: cluster,
            desiredCount: 1,
            loadBalancers: [{ targetGroupArn, containerName, containerPort: 80 }]
          })
        )
      const code = "InvalidParameterException"
      yield* expectRejected(create("other"), code, "The container other does not exist in the task definition.")
      yield* expectRejected(create("main"), code, "The container main did not have a container port 80 defined.")
    })
  ),

  "rejects a daemon service on Fargate": documented(
    "API_CreateService",
    Effect.gen(function*() {
      const cluster = yield* uniqueName
      yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
      yield* register(cluster, fargate)
      yield* expectRejected(
        Ecs.send(
          new CreateServiceCommand({
            cluster,
            serviceName: "web",
            taskDefinition: cluster,
            schedulingStrategy: "DAEMON",
            launchType: "FARGATE"
          })
        ),
        "InvalidParameterException",
        "aemon"
      )
    })
  )
})
