// The SDK's clients of twelve services, which are the judges of the wire, and the descriptions that the wire makes of them.
import * as acm from "@aws-sdk/client-acm"
import * as cloudWatch from "@aws-sdk/client-cloudwatch"
import * as dynamoDb from "@aws-sdk/client-dynamodb"
import * as ec2 from "@aws-sdk/client-ec2"
import * as ecs from "@aws-sdk/client-ecs"
import * as eventBridge from "@aws-sdk/client-eventbridge"
import * as iam from "@aws-sdk/client-iam"
import * as lambda from "@aws-sdk/client-lambda"
import * as openSearch from "@aws-sdk/client-opensearch"
import * as s3 from "@aws-sdk/client-s3"
import * as ssm from "@aws-sdk/client-ssm"
import * as sts from "@aws-sdk/client-sts"
import type { HttpResponse } from "@smithy/core/protocols"
import type { Protocol } from "../../../emulator/wire/protocol.ts"
import { type ErrorSchema, errorSchemasOf, type OperationSchema } from "../../../emulator/wire/sdk.ts"
import type { SdkRequest } from "../../../emulator/wire/sdkMessages.ts"
import { makeServices, type ServiceDescription } from "../../../emulator/wire/service.ts"

/** A client with what these tests look at. */
export interface Client {
  readonly config: {
    readonly serviceId: string
    readonly protocolSettings: {
      readonly defaultNamespace: string
      readonly errorTypeRegistries: Iterable<{ readonly schemas: ReadonlyMap<string, unknown> }>
      readonly xmlNamespace?: string
      readonly version: string
      readonly serviceTarget?: string
      readonly awsQueryCompatible?: boolean
    }
    readonly protocol: { getShapeId(): string }
    readonly defaultSigningName: string
  }
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
  readonly description: ServiceDescription & { readonly errors: ReadonlyArray<ErrorSchema> }
}

const otherSigningNames: Readonly<Record<string, ReadonlyArray<string>>> = {
  S3: ["s3express", "s3-object-lambda"]
}

const otherProtocols: Readonly<Record<string, ReadonlyArray<Protocol>>> = {
  CloudWatch: ["awsQuery", "rpcv2Cbor"]
}

const errorTypes: Readonly<Record<string, ServiceDescription["errorType"]>> = {
  DynamoDB: (code, isModeled) =>
    isModeled
      ? `com.amazonaws.dynamodb.v20120810#${code}`
      : `com.amazon.coral.${code === "ValidationException" ? "validate" : "service"}#${code}`
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
      ...others
    })
  const { defaultSigningName, protocol, protocolSettings, serviceId } = client({
    handle: () => Promise.reject()
  }).config
  return {
    name,
    module,
    commands,
    client,
    description: {
      serviceId,
      namespace: protocolSettings.defaultNamespace,
      signingName: defaultSigningName,
      otherSigningNames: otherSigningNames[serviceId],
      protocols: [protocol.getShapeId().split("#")[1] as Protocol, ...otherProtocols[serviceId] ?? []],
      version: protocolSettings.version,
      target: protocolSettings.serviceTarget,
      xmlNamespace: protocolSettings.xmlNamespace,
      operations: commands.map(({ schema }) => schema),
      errors: errorSchemasOf(protocolSettings.errorTypeRegistries).filter(([, namespace]) =>
        namespace === protocolSettings.defaultNamespace
      ),
      isQueryCompatible: protocolSettings.awsQueryCompatible,
      errorType: errorTypes[serviceId]
    }
  }
}

export const sdks: ReadonlyArray<Sdk> = [
  makeSdk("ACM", acm),
  makeSdk("CloudWatch", cloudWatch),
  makeSdk("DynamoDB", dynamoDb),
  makeSdk("EC2", ec2),
  makeSdk("ECS", ecs),
  makeSdk("EventBridge", eventBridge),
  makeSdk("IAM", iam),
  makeSdk("Lambda", lambda),
  makeSdk("OpenSearch", openSearch),
  makeSdk("S3", s3),
  makeSdk("SSM", ssm),
  makeSdk("STS", sts)
]

export const sdkOf = (name: string): Sdk => sdks.find((sdk) => sdk.name === name)!

export const services = makeServices(sdks.map(({ description }) => description))
