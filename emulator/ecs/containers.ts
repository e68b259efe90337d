/** In-memory ECS: the rules of task definitions and of their containers. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Effect from "effect/Effect"
import { parseArn } from "../support/arn.ts"
import { fargateSizes } from "./fargate.ts"
import * as Ecs from "./state.ts"

/** The values of a number with a unit: `1 vCPU` is 1024 CPU units, and `2 GB` is 2048 MiB. */
const numberOf = (text: string, unit: RegExp): number | undefined => {
  const [, number = "", unitName] = /^\s*([\d.]+)\s*([a-z]*)\s*$/i.exec(text) ?? []
  if (number === "" || (unitName !== "" && !unit.test(unitName ?? ""))) return undefined
  const value = Number(number) * (unitName === "" ? 1 : 1024)
  return Number.isInteger(value) && value > 0 ? value : undefined
}

export const cpuOf = (text: string) => numberOf(text, /^vcpu$/i)
export const memoryOf = (text: string) => numberOf(text, /^gb$/i)

/** Whether tasks of this size can run on Fargate. */
export const fitsFargate = (cpu: string | undefined, memory: string | undefined): boolean =>
  fargateSizes.get(cpuOf(cpu ?? "") ?? 0)?.includes(memoryOf(memory ?? "") ?? 0) ?? false

const first = (checks: ReadonlyArray<readonly [isWrong: boolean, message: string]>) => {
  const wrong = checks.find(([isWrong]) => isWrong)
  return wrong === undefined ? Effect.void : Effect.fail(Ecs.clientError(wrong[1]))
}

const checkFargate = (input: sdk.RegisterTaskDefinitionRequest) => {
  const { containerDefinitions = [], cpu, executionRoleArn, memory, networkMode, pidMode, volumes = [] } = input
  const drivers = containerDefinitions.flatMap(({ logConfiguration }) => logConfiguration?.logDriver ?? [])
  const unsupported = drivers.find((driver) => !["awslogs", "splunk", "awsfirelens"].includes(driver))
  return first([
    [networkMode !== "awsvpc", "Fargate only supports network mode ‘awsvpc’."],
    [cpu === undefined, "Fargate requires that 'cpu' be defined at the task level."],
    [memory === undefined, "Fargate requires that 'memory' be defined at the task level."],
    [
      !fitsFargate(cpu, memory),
      `No Fargate configuration exists for given values: ${cpuOf(cpu ?? "")} CPU, ${
        memoryOf(memory ?? "")
      } memory. See the Amazon ECS documentation for the valid values.`
    ],
    [
      pidMode !== undefined && pidMode !== "task",
      `Tasks using the Fargate launch type do not support pidMode '${pidMode}'. The supported value for pidMode is 'task'.`
    ],
    [
      executionRoleArn === undefined && drivers.includes("awslogs"),
      "Fargate requires task definition to have execution role ARN to support log driver awslogs."
    ],
    [
      executionRoleArn === undefined && containerDefinitions.some(({ secrets = [] }) => secrets.length > 0),
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
    ],
    [
      executionRoleArn === undefined &&
      containerDefinitions.some(({ image = "" }) => /^\d{12}\.dkr\.ecr\./.test(image)),
      "Fargate requires task definition to have execution role ARN to support ECR images."
    ],
    [unsupported !== undefined, `Fargate does not support log driver '${unsupported}'.`],
    [
      containerDefinitions.some(({ privileged }) => privileged === true),
      "Fargate does not support privileged containers."
    ],
    [
      containerDefinitions.some(({ links = [] }) => links.length > 0),
      "Links are not supported when networkMode=awsvpc."
    ],
    [
      volumes.some(({ host }) => host?.sourcePath !== undefined),
      "host.sourcePath should not be set for volumes in Fargate."
    ]
  ])
}

const sizeRules = { cpu: [128, 196_608], memory: [4, Infinity] } as const

/** Checks the size of a task, which is a text: a number, with or without a unit. */
const checkSize = ({ cpu, memory }: Pick<sdk.RegisterTaskDefinitionRequest, "cpu" | "memory">) => {
  const isWrong = (value: string | undefined, parse: typeof cpuOf, [least, most]: readonly [number, number]) => {
    if (value === undefined) return false
    const number = parse(value)
    return number === undefined || number < least || number > most
  }
  const more = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
  return first([
    [isWrong(cpu, cpuOf, sizeRules.cpu), `Invalid 'cpu' setting for task. ${more}`],
    [isWrong(memory, memoryOf, sizeRules.memory), `Invalid 'memory' setting for task. ${more}`]
  ])
}

/** Checks how much storage tasks on Fargate get, if it isn't the default of 20 GiB. */
export const checkStorage = (storage: sdk.EphemeralStorage | undefined) => {
  const { sizeInGiB = 0 } = storage ?? {}
  const setting = "Invalid 'ephemeralStorage' setting for task. EphemeralStorage size should be"
  return first([
    [storage !== undefined && !(sizeInGiB >= 21), `${setting} at least 21.`],
    [storage !== undefined && sizeInGiB > 200, `${setting} at most 200.`]
  ])
}

const healthRules = { interval: [5, 300], timeout: [2, 60], retries: [1, 10], startPeriod: [0, 300] } as const

/** What is wrong with a health check. */
const faultOf = (check: sdk.HealthCheck | undefined): string | undefined => {
  if (check === undefined) return undefined
  const { command = [] } = check
  if (command.length === 0) return "The command of the health check must not be empty."
  if (!["CMD", "CMD-SHELL", "NONE"].includes(command[0]!)) {
    return "The command of the health check must start with CMD or CMD-SHELL."
  }
  for (const name of Object.keys(healthRules) as Array<keyof typeof healthRules>) {
    const [least, most] = healthRules[name]
    const value = check[name] ?? least
    if (value < least || value > most) return `The ${name} of the health check must be between ${least} and ${most}.`
  }
  return undefined
}

const names = /^[a-zA-Z0-9_-]{1,255}$/

const checkContainer = (container: sdk.ContainerDefinition, input: sdk.RegisterTaskDefinitionRequest) => {
  const { image = "", logConfiguration, memory, memoryReservation, mountPoints = [], name = "", portMappings = [] } =
    container
  const taskMemory = memoryOf(input.memory ?? "")
  const wrong = faultOf(container.healthCheck)
  const isFixed = input.networkMode === "awsvpc" || input.networkMode === "host"
  const known = (input.volumes ?? []).map((volume) => volume.name)
  const unknown = mountPoints.find(({ sourceVolume }) => sourceVolume !== undefined && !known.includes(sourceVolume))
  const ports = portMappings.flatMap(({ containerPort, hostPort }) => [containerPort, hostPort])
  const missing = logConfiguration?.logDriver === "awslogs"
    ? ["awslogs-region", "awslogs-group"].filter((option) => logConfiguration.options?.[option] === undefined)
    : []
  return first([
    [name === "", "Container.name should not be null or empty."],
    [!names.test(name), "Container.name contains invalid characters."],
    [image === "", "Container.image should not be null or empty."],
    [image.length > 255 || !/^[\w./:@+-]+$/.test(image), "Container.image contains invalid characters."],
    [
      input.memory === undefined && memory === undefined && memoryReservation === undefined,
      `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`
    ],
    [
      memory !== undefined && memory < 4,
      `Invalid setting for container '${name}'. 'memory' must be at least 4.`
    ],
    [
      memory !== undefined && memoryReservation !== undefined && memoryReservation > memory,
      `Invalid setting for container '${name}'. 'memory' must be greater than or equal to 'memoryReservation'.`
    ],
    [
      taskMemory !== undefined && (memory ?? 0) > taskMemory,
      `The 'memory' setting for container '${name}' is greater than for the task.`
    ],
    [
      ports.some((port) => port !== undefined && (port < 0 || port > 65_535)),
      `Invalid port mapping for container '${name}'. Ports are between 0 and 65535.`
    ],
    [
      isFixed && portMappings.some(({ containerPort, hostPort }) => (hostPort ?? containerPort) !== containerPort),
      `When networkMode=${input.networkMode}, the host ports and container ports in port mappings must match.`
    ],
    [
      input.networkMode === "awsvpc" && (container.links ?? []).length > 0,
      "Links are not supported when networkMode=awsvpc."
    ],
    [wrong !== undefined, `Invalid setting for container '${name}'. ${wrong}`],
    [unknown !== undefined, `Unknown volume '${unknown?.sourceVolume}'.`],
    [missing.length > 0, `Log driver awslogs requires options: ${missing.join(", ")}`]
  ])
}

const checkDependencies = (containers: ReadonlyArray<sdk.ContainerDefinition>) => {
  const dependencies = containers.flatMap(({ dependsOn = [], name }) =>
    dependsOn.map(({ condition, containerName }) => ({
      name,
      condition,
      containerName,
      on: containers.find((container) => container.name === containerName)
    }))
  )
  const unknown = dependencies.find(({ on }) => on === undefined)
  return first([
    [
      unknown !== undefined,
      `Container '${unknown?.name}' depends on container '${unknown?.containerName}', which doesn't exist in the task definition.`
    ],
    [
      dependencies.some(({ name, on }) => on?.name === name),
      "Containers cannot have a circular dependency on each other."
    ],
    [
      dependencies.some(({ condition, on }) =>
        (condition === "SUCCESS" || condition === "COMPLETE") && on?.essential !== false
      ),
      "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container"
    ],
    [
      dependencies.some(({ condition, on }) => condition === "HEALTHY" && on?.healthCheck === undefined),
      "A dependency container with HEALTHY condition must have a health check."
    ]
  ])
}

/** Whether this is the name of a role, or an ARN of one. */
const isRole = (role: string): boolean => {
  if (/^[\w+=,.@-]{1,64}$/.test(role)) return true
  const { region, resource = "", service } = parseArn(role) ?? {}
  return service === "iam" && region === "" && /^role\/./.test(resource)
}

/** Checks a task definition as AWS does. */
export const checkDefinition = Effect.fnUntraced(function*(input: sdk.RegisterTaskDefinitionRequest) {
  const { containerDefinitions = [], family = "", requiresCompatibilities = [], volumes = [] } = input
  const containerNames = containerDefinitions.map(({ name }) => name)
  const sum = (size: (container: sdk.ContainerDefinition) => number | undefined) =>
    containerDefinitions.reduce((total, container) => total + (size(container) ?? 0), 0)
  const [taskCpu, taskMemory] = [cpuOf(input.cpu ?? ""), memoryOf(input.memory ?? "")]
  yield* first([
    [family === "", "Family should not be null or empty."],
    [family.length > 255, "Family cannot be longer than 255 characters."],
    [!names.test(family), "Family contains invalid characters."],
    [containerDefinitions.length === 0, "Container list cannot be empty."],
    [containerDefinitions.length > 10, "Too many containers."]
  ])
  yield* checkSize(input)
  yield* checkStorage(input.ephemeralStorage)
  yield* Effect.forEach(containerDefinitions, (container) => checkContainer(container, input))
  yield* first([
    [new Set(containerNames).size < containerNames.length, "Container names must be unique within a task definition."],
    [
      containerDefinitions.every(({ essential }) => essential === false),
      "Task definition doesn't have any essential container."
    ],
    [
      [input.executionRoleArn, input.taskRoleArn].some((role) => role !== undefined && !isRole(role)),
      "Role is not valid"
    ],
    [volumes.some(({ name = "" }) => !names.test(name)), "Volume.name should not be null, empty or invalid."],
    [
      taskCpu !== undefined && sum(({ cpu }) => cpu) > taskCpu,
      "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."
    ],
    [
      taskMemory !== undefined && sum(({ memoryReservation }) => memoryReservation) > taskMemory,
      "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'."
    ]
  ])
  yield* checkDependencies(containerDefinitions)
  if (requiresCompatibilities.includes("FARGATE")) yield* checkFargate(input)
})
