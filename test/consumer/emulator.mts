// The command line, in a project that has no client of the SDK: it has to answer calls of all its services.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import * as path from "node:path"

const manifest = createRequire(import.meta.url).resolve("effect-aws-sdk/package.json")
const { bin } = await import(manifest, { with: { type: "json" } }).then((module) => module.default)
const program = path.join(path.dirname(manifest), bin["effect-aws-sdk"])

const child = spawn(process.execPath, [program, "emulator", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] })
// A check that fails ends this process, and must not leave the server behind.
process.once("exit", () => child.kill())
const [line]: Array<string> = await once(child.stdout.setEncoding("utf8"), "data")
const url = /http:\/\/[\d.]+:\d+/.exec(line)?.[0]
assert.ok(url, line)

const call = async (service: string, request: RequestInit & { readonly path?: string }): Promise<number> => {
  const authorization =
    `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`
  const response = await fetch(url + (request.path ?? "/"), {
    ...request,
    headers: { ...request.headers, authorization }
  })
  await response.text()
  return response.status
}
const json = (service: string, target: string, version = "1.1") =>
  call(service, {
    method: "POST",
    headers: { "content-type": `application/x-amz-json-${version}`, "x-amz-target": target },
    body: "{}"
  })
const query = (service: string, action: string) =>
  call(service, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: `Action=${action}`
  })

assert.deepEqual(
  {
    ACM: await json("acm", "CertificateManager.ListCertificates"),
    AppConfig: await call("appconfig", { path: "/applications" }),
    // No application has this name.
    AppConfigData: await call("appconfig", {
      path: "/configurationsessions",
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        ApplicationIdentifier: "none",
        EnvironmentIdentifier: "none",
        ConfigurationProfileIdentifier: "none"
      })
    }),
    CloudWatch: await json("monitoring", "GraniteServiceVersion20100801.ListMetrics", "1.0"),
    EC2: await query("ec2", "DescribeVpcs"),
    ECS: await json("ecs", "AmazonEC2ContainerServiceV20141113.ListClusters"),
    EventBridge: await json("events", "AWSEvents.ListRules"),
    IAM: await query("iam", "ListRoles"),
    OpenSearch: await call("es", { path: "/2021-01-01/domain" }),
    Organizations: await json("organizations", "AWSOrganizationsV20161128.ListHandshakesForAccount"),
    S3: await call("s3", {}),
    SecretsManager: await json("secretsmanager", "secretsmanager.ListSecrets"),
    SSM: await json("ssm", "AmazonSSM.DescribeParameters"),
    STS: await query("sts", "GetCallerIdentity"),
    DynamoDB: await json("dynamodb", "DynamoDB_20120810.ListTables", "1.0"),
    // A service that isn't in memory.
    SQS: await json("sqs", "AmazonSQS.ListQueues", "1.0")
  },
  {
    ACM: 200,
    AppConfig: 200,
    AppConfigData: 404,
    CloudWatch: 200,
    EC2: 200,
    ECS: 200,
    EventBridge: 200,
    IAM: 200,
    OpenSearch: 200,
    Organizations: 200,
    S3: 200,
    SecretsManager: 200,
    SSM: 200,
    STS: 200,
    DynamoDB: 200,
    SQS: 501
  }
)

child.kill("SIGTERM")
const [code] = await once(child, "exit")
assert.equal(code, 0)
console.log(`effect-aws-sdk emulator answered 15 services on Node ${process.version}`)
