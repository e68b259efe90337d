// The wire behind an HTTP server, for clients in other languages. It verifies each request, remembers its input, and answers
// with a fixed output or fault. `judge.py` calls it. It prints its port and stops when its standard input ends.
import { Effect } from "effect"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { type Output, writeOutput } from "../../../emulator/wire/answers.ts"
import { Fault } from "../../../emulator/wire/fault.ts"
import { writeFault } from "../../../emulator/wire/faultAnswers.ts"
import { isFormPost, readFormPost } from "../../../emulator/wire/formPost.ts"
import { type Answer, bytesOf, collect, type Request } from "../../../emulator/wire/http.ts"
import { type Located, protocolOf } from "../../../emulator/wire/identify.ts"
import { verify } from "../../../emulator/wire/sigv4/verify.ts"
import { identify, readInput } from "../../../emulator/wire/wire.ts"
import { secret, services } from "../support/clients.ts"

const time = new Date("2025-01-02T03:04:05Z")
const text = "ünï <&> \"q\" 世界"

const outputs: Readonly<Record<string, Output | Fault>> = {
  "S3.ListObjectsV2": {
    Name: "bucket-1",
    KeyCount: 2,
    IsTruncated: false,
    Contents: [{ Key: text, LastModified: time, Size: 5, ETag: `"e"` }, { Key: "b", LastModified: time, Size: 0 }],
    CommonPrefixes: [{ Prefix: "p/" }]
  },
  "S3.GetObject": { Body: bytesOf(text), ContentType: "text/x", LastModified: time, Metadata: { a: "b" }, ETag: `"e"` },
  "S3.PutObject": { ETag: `"e"` },
  "S3.HeadObject": new Fault({ code: "NoSuchKey", message: "none" }),
  "S3.GetBucketLocation": { LocationConstraint: "eu-west-1" },
  "S3.GetBucketTagging": new Fault({
    code: "NoSuchTagSet",
    message: text,
    statusCode: 404,
    members: { BucketName: "b" }
  }),
  "EC2.DescribeVpcs": { Vpcs: [{ VpcId: "vpc-1", IsDefault: true, Tags: [{ Key: "k", Value: text }] }] },
  "EC2.DescribeSubnets": new Fault({ code: "InvalidSubnetID.NotFound", message: text }),
  "IAM.GetRole": {
    Role: { Path: "/", RoleName: text, RoleId: "id", Arn: "arn", CreateDate: time, Tags: [{ Key: "k", Value: "" }] }
  },
  "IAM.GetUser": new Fault({ code: "NoSuchEntityException", message: text }),
  "SSM.GetParameter": { Parameter: { Name: "/p", Value: text, Version: 2 ** 40, LastModifiedDate: new Date(1_500) } },
  "SSM.PutParameter": new Fault({ code: "ParameterAlreadyExists", message: text }),
  "Secrets Manager.GetSecretValue": { Name: "s", SecretString: text, SecretBinary: bytesOf("x"), CreatedDate: time },
  "Secrets Manager.CreateSecret": new Fault({ code: "ResourceExistsException", message: text }),
  "AppConfig.CreateHostedConfigurationVersion": { VersionNumber: 2, ContentType: "text/x", Content: bytesOf(text) },
  "AppConfig.GetDeployment": { DeploymentNumber: 1, PercentageComplete: 12.5, StartedAt: time },
  "AppConfigData.GetLatestConfiguration": {
    NextPollConfigurationToken: "next",
    NextPollIntervalInSeconds: 60,
    ContentType: "text/x",
    Configuration: bytesOf(text)
  },
  "AppConfigData.StartConfigurationSession": new Fault({
    code: "ResourceNotFoundException",
    message: text,
    members: { ResourceType: "Application", ReferencedBy: { ApplicationIdentifier: "a" } }
  }),
  "Lambda.Invoke": { StatusCode: 200, Payload: bytesOf(`{"a":1}`), LogResult: "bG9n" },
  "Lambda.GetFunction": new Fault({ code: "ResourceNotFoundException", message: text, members: { Type: "User" } }),
  "CloudWatch.ListMetrics": { Metrics: [{ Namespace: "n", MetricName: text, Dimensions: [] }] },
  "CloudWatch.GetMetricStatistics": { Label: "l", Datapoints: [{ Timestamp: time, Average: 1.25 }] },
  "CloudWatch.GetDashboard": new Fault({ code: "ResourceNotFound", message: text }),
  "DynamoDB.GetItem": { Item: { a: { S: text }, b: { N: "1.5" }, c: { B: bytesOf("x") }, d: { L: [{ NULL: true }] } } },
  "DynamoDB.PutItem": new Fault({ code: "ConditionalCheckFailedException", message: text })
}

/** Bytes in Base64; a `Buffer` would make itself an array of numbers. */
const encoded = (value: unknown): unknown =>
  value instanceof Uint8Array
    ? { bytes: Buffer.from(value).toString("base64") }
    : typeof value !== "object" || value === null || value instanceof Date
    ? value
    : Array.isArray(value)
    ? value.map(encoded)
    : Object.fromEntries(Object.entries(value).map(([name, part]) => [name, encoded(part)]))

let last = "{}"

const ids = () => ({ requestId: "request-1", extendedRequestId: "host-1", date: new Date() })

/** The input of a request, and how its output is answered. */
const receive = (located: Located) =>
  Effect.gen(function*() {
    const secretOf = () => secret
    if (isFormPost(located)) {
      const { input, respond, verified } = yield* readFormPost(located, secretOf, new Date())
      return { input, verified, respond: (output: Output) => respond(output, ids()) }
    }
    const verified = yield* verify(located, secretOf, new Date())
    const input = yield* readInput(verified?.located ?? located, verified?.signatures)
    return { input, verified, respond: (output: Output) => writeOutput(located, input.operation, output, ids()) }
  })

const answerTo = (request: Request) =>
  Effect.gen(function*() {
    const located = yield* identify(services, request)
    return yield* Effect.gen(function*() {
      const { input: { input, operation, trailers, unknown }, respond, verified } = yield* receive(located)
      if (input["Body"] !== undefined) {
        input["Body"] = yield* Effect.tryPromise({
          try: () => collect(input["Body"] as Uint8Array),
          catch: (error) => error as Fault
        })
      }
      last = JSON.stringify({
        operation: operation.name,
        protocol: located.protocol,
        input: encoded(input),
        unknown,
        trailers: trailers(),
        isVerified: verified !== undefined
      })
      const output = outputs[`${located.service.serviceId}.${operation.name}`] ?? {}
      return output instanceof Fault ? writeFault(located, output, ids()) : respond(output)
    }).pipe(Effect.catch((fault) => Effect.succeed(writeFault(located, fault, ids()))))
  }).pipe(
    Effect.catch((fault) =>
      Effect.succeed(writeFault({ request, protocol: protocolOf(request), service: undefined }, fault, ids()))
    )
  )

const server = http.createServer(async (incoming, response) => {
  const [path = "/", ...query] = (incoming.url ?? "/").split("?")
  if (path === "/_last") return void response.end(last)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value)
  const request: Request = { method: incoming.method ?? "GET", path, query: query.join("?"), headers, body: incoming }
  const answer: Answer = await Effect.runPromise(answerTo(request))
  incoming.resume()
  response.writeHead(answer.status, answer.headers)
  response.end(await collect(answer.body))
})

server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port))
process.stdin.resume().on("end", () => {
  server.closeAllConnections()
  server.close()
})
