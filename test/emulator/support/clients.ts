// The SDK's clients of eighteen services, which are the judges of the wire, and the descriptions that the wire makes of them.
import * as acm from "@aws-sdk/client-acm"
import * as appConfig from "@aws-sdk/client-appconfig"
import * as appConfigData from "@aws-sdk/client-appconfigdata"
import * as cloudFront from "@aws-sdk/client-cloudfront"
import * as cloudWatch from "@aws-sdk/client-cloudwatch"
import * as dynamoDb from "@aws-sdk/client-dynamodb"
import * as ec2 from "@aws-sdk/client-ec2"
import * as ecs from "@aws-sdk/client-ecs"
import * as eventBridge from "@aws-sdk/client-eventbridge"
import * as iam from "@aws-sdk/client-iam"
import * as lambda from "@aws-sdk/client-lambda"
import * as openSearch from "@aws-sdk/client-opensearch"
import * as s3 from "@aws-sdk/client-s3"
import * as secretsManager from "@aws-sdk/client-secrets-manager"
import * as sns from "@aws-sdk/client-sns"
import * as sqs from "@aws-sdk/client-sqs"
import * as ssm from "@aws-sdk/client-ssm"
import * as sts from "@aws-sdk/client-sts"
import type { HttpResponse } from "@smithy/core/protocols"
import { type ClientConfig, describe } from "../../../emulator/wire/describe.ts"
import type { OperationSchema } from "../../../emulator/wire/sdk.ts"
import type { SdkRequest } from "../../../emulator/wire/sdkMessages.ts"
import { makeServices, type ServiceDescription } from "../../../emulator/wire/service.ts"

/** A client with what these tests look at. */
export interface Client {
  readonly config: ClientConfig
  readonly middlewareStack: {
    addRelativeTo(middleware: unknown, options: { relation: "before"; toMiddleware: string }): void
  }
  send(command: object): Promise<Record<string, unknown>>
  destroy(): void
}

export interface Options {
  readonly region?: string
  readonly credentials?: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  readonly handle: (request: SdkRequest) => Promise<HttpResponse>
  readonly others?: object
}

export const secret = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" }

type Module = Readonly<Record<string, unknown>>

export interface Command {
  readonly name: string
  readonly schema: OperationSchema
  readonly make: (input: object) => object
}

export interface Sdk {
  readonly name: string
  readonly module: Module
  readonly commands: ReadonlyArray<Command>
  readonly client: (options: Options) => Client
  readonly description: ServiceDescription
}

const makeSdk = (name: string, module: Module): Sdk => {
  const commands: Array<Command> = []
  for (const [key, Class] of Object.entries(module)) {
    if (!key.endsWith("Command") || key === "$Command") continue
    const make = (input: object) => new (Class as new(input: object) => object)(input)
    const { schema } = make({}) as { readonly schema: OperationSchema }
    commands.push({ name: String(schema[2]), schema, make })
  }
  const client = ({ credentials = secret, handle, others, region = "us-east-1" }: Options): Client =>
    new (module[`${name}Client`] as new(config: object) => Client)({
      region,
      credentials,
      maxAttempts: 1,
      requestHandler: {
        handle: async (request: SdkRequest) => ({ response: await handle(request) }),
        destroy: () => {}
      },
      // The SQS client compares the MD5s in an output with the message that it sent.
      ...(name === "SQS" && { md5: false }),
      ...others
    })
  const { config } = client({ handle: () => Promise.reject() })
  return {
    name,
    module,
    commands,
    client,
    description: describe(config, commands.map(({ schema }) => schema))
  }
}

export const sdks: ReadonlyArray<Sdk> = [
  makeSdk("ACM", acm),
  makeSdk("AppConfig", appConfig),
  makeSdk("AppConfigData", appConfigData),
  makeSdk("CloudFront", cloudFront),
  makeSdk("CloudWatch", cloudWatch),
  makeSdk("DynamoDB", dynamoDb),
  makeSdk("EC2", ec2),
  makeSdk("ECS", ecs),
  makeSdk("EventBridge", eventBridge),
  makeSdk("IAM", iam),
  makeSdk("Lambda", lambda),
  makeSdk("OpenSearch", openSearch),
  makeSdk("S3", s3),
  makeSdk("SecretsManager", secretsManager),
  makeSdk("SNS", sns),
  makeSdk("SQS", sqs),
  makeSdk("SSM", ssm),
  makeSdk("STS", sts)
]

export const sdkOf = (name: string): Sdk => sdks.find((sdk) => sdk.name === name)!

export const services = makeServices(sdks.map(({ description }) => description))
