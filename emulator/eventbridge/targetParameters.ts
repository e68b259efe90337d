/** In-memory EventBridge: what a target has for its service, such as EcsParameters. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import { parseArn } from "../support/arn.ts"
import * as EventBridge from "./state.ts"

/** The services whose targets take the parameters. SqsParameters are for any. */
const services = {
  EcsParameters: ["ecs"],
  KinesisParameters: ["kinesis"],
  BatchParameters: ["batch"],
  HttpParameters: ["events", "execute-api"],
  RedshiftDataParameters: ["redshift", "redshift-serverless"],
  RunCommandParameters: ["ssm"],
  SageMakerPipelineParameters: ["sagemaker"],
  AppSyncParameters: ["appsync"]
} as const

const names = Object.keys(services) as ReadonlyArray<keyof typeof services>

const required: Readonly<Record<string, "EcsParameters" | "BatchParameters">> = {
  ecs: "EcsParameters",
  batch: "BatchParameters"
}

/** The constraints in AWS's model. */
export const parameterRules = {
  KinesisParameters: { members: { PartitionKeyPath: { required: true, max: 256 } } },
  RunCommandParameters: {
    members: {
      RunCommandTargets: {
        required: true,
        min: 1,
        max: 5,
        members: {
          Key: { required: true, min: 1, max: 128, pattern: "^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*$" },
          Values: { required: true, min: 1, max: 50, each: { min: 1, max: 256 } }
        }
      }
    }
  },
  EcsParameters: {
    members: {
      TaskDefinitionArn: { required: true, min: 1, max: 1_600 },
      TaskCount: { min: 1 },
      LaunchType: { enum: ["EC2", "FARGATE", "EXTERNAL"] },
      CapacityProviderStrategy: {
        max: 6,
        members: {
          capacityProvider: { required: true, min: 1, max: 255 },
          weight: { min: 0, max: 1_000 },
          base: { min: 0, max: 100_000 }
        }
      },
      NetworkConfiguration: { members: { awsvpcConfiguration: { members: { Subnets: { required: true } } } } },
      PlacementConstraints: { max: 10 },
      PlacementStrategy: { max: 5 },
      PropagateTags: { enum: ["TASK_DEFINITION"] },
      ReferenceId: { max: 1_024 }
    }
  },
  BatchParameters: { members: { JobDefinition: { required: true }, JobName: { required: true } } },
  SqsParameters: { members: { MessageGroupId: { max: 100 } } },
  RedshiftDataParameters: {
    members: {
      Database: { required: true, min: 1, max: 64 },
      DbUser: { min: 1, max: 128 },
      Sql: { min: 1, max: 100_000 },
      StatementName: { min: 1, max: 500 },
      Sqls: { max: 40, each: { min: 1, max: 100_000 } }
    }
  },
  SageMakerPipelineParameters: { members: { PipelineParameterList: { max: 200 } } },
  AppSyncParameters: { members: { GraphQLOperation: { min: 1, max: 1_048_576 } } }
} as const

const regionOf = (arn: string): string | undefined => parseArn(arn)?.region

const ecsProblem = ({ Arn = "", EcsParameters, Id }: sdk.Target): string | undefined => {
  const { LaunchType, NetworkConfiguration, PlatformVersion, TaskCount = 1, TaskDefinitionArn = "" } = EcsParameters!
  const { AssignPublicIp, SecurityGroups = [], Subnets } = NetworkConfiguration?.awsvpcConfiguration ?? {}
  const [clusterRegion, taskRegion] = [regionOf(Arn), regionOf(TaskDefinitionArn)]
  if (taskRegion !== undefined && taskRegion !== clusterRegion) {
    return `Region of ${Arn} does not match region of ${TaskDefinitionArn}.`
  }
  if (TaskCount > 10) return `Parameter(s) TaskCount not valid for target: ${Id}.`
  if (LaunchType === "FARGATE" && NetworkConfiguration === undefined) {
    return `Parameter NetworkConfiguration must be specified for target ${Id} when launch type is FARGATE.`
  }
  if (LaunchType === "EC2") {
    const name = PlatformVersion !== undefined ? "PlatformVersion" : AssignPublicIp && "AssignPublicIp"
    if (name !== undefined) return `Parameter ${name} for target ${Id} is not supported when launch type is EC2.`
  }
  if (Subnets !== undefined && (Subnets.length < 1 || Subnets.length > 16)) {
    return "Parameter Subnets is not valid. Reason: size must be in between 1 and 16."
  }
  return SecurityGroups.length > 5
    ? "Parameter SecurityGroups is not valid. Reason: size must be in between 0 and 5."
    : undefined
}

const batchProblem = ({ BatchParameters }: sdk.Target): string | undefined => {
  const { ArrayProperties, RetryStrategy } = BatchParameters!
  const size = ArrayProperties?.Size ?? 2
  const attempts = RetryStrategy?.Attempts ?? 1
  if (size < 2 || size > 10_000) {
    return "Parameter ArrayProperties is not valid. Reason: Size must be in between 2 and 10000."
  }
  return attempts < 1 || attempts > 10
    ? "Parameter RetryStrategy is not valid. Reason: Attempts must be in between 1 and 10."
    : undefined
}

const redshiftProblem = ({ RedshiftDataParameters }: sdk.Target): string | undefined => {
  const { DbUser, SecretManagerArn, Sql, Sqls } = RedshiftDataParameters!
  if (Sql !== undefined && Sqls !== undefined) {
    return "Either RedshiftDataParameters.sql or RedshiftDataParameters.sqls must be specified."
  }
  return DbUser !== undefined && SecretManagerArn !== undefined
    ? "Either RedshiftDataParameters.dBUser or RedshiftDataParameters.secretManagerArn must be specified."
    : undefined
}

/** Checks the parameters of a target that is a resource of a service. */
export const checkParameters = Effect.fnUntraced(function*(target: sdk.Target, service: string) {
  const { Arn = "", Id } = target
  const wrong = names.find((name) =>
    target[name] !== undefined && !(services[name] as ReadonlyArray<string>).includes(service)
  )
  if (wrong !== undefined) {
    return yield* EventBridge.validation(`Parameter(s) ${wrong} not supported for target: ${Id}.`)
  }
  const isFifo = service === "sqs" && Arn.endsWith(".fifo")
  const needed = isFifo ? "SqsParameters" as const : required[service]
  if (needed !== undefined && target[needed] === undefined) {
    return yield* EventBridge.validation(`Parameter(s) ${needed} must be specified for target: ${Id}.`)
  }
  const problem = target.EcsParameters !== undefined
    ? ecsProblem(target)
    : target.BatchParameters !== undefined
    ? batchProblem(target)
    : target.RedshiftDataParameters !== undefined
    ? redshiftProblem(target)
    : undefined
  if (problem !== undefined) return yield* EventBridge.validation(problem)
})
