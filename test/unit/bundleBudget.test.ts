// How much larger a bundle is with this library than with the SDK alone: a budget for each kind of program, and what must not be in
// any of them. `npm run bench -- bundle` has the sizes of the built package, by module.
import { assert, describe, it } from "@effect/vitest"
import { type Bundle, computeFlags, makeBundle, metadataFlag } from "../support/bundling.ts"

interface Program {
  readonly name: string
  /** What it is made of: with this library, and with the SDK alone. */
  readonly ours: string
  readonly raw: string
  /** How many KB larger it may be. What it takes today is a little less. */
  readonly atMost: number
  /** Whether it decodes or encodes values, and whether it reads pages. */
  readonly hasSchema?: boolean
  readonly hasStream?: boolean
  /** Whether its service answers in XML. */
  readonly hasXml?: boolean
  /** Whether it waits until AWS has done something. */
  readonly waits?: boolean
}

const keys = `{ accessKeyId: "key", secretAccessKey: "secret" }`

/** A program that runs one Effect. */
const program = (imports: string, effect: string) => `
  ${imports}
  import { AwsClients } from "effect-aws-sdk/AwsClients"
  import * as Effect from "effect/Effect"
  const layer = AwsClients.layer({ region: "us-east-1", credentials: async () => (${keys}) })
  Effect.runPromise(Effect.provide(${effect}, layer))`

/** The smallest program with one call of a service, with a module of this library. */
const call = (
  module: string,
  [client, Client]: readonly [string, string],
  command: string,
  effect: string,
  atMost: number,
  more: Pick<Program, "hasSchema" | "hasStream" | "hasXml" | "waits"> = {}
): Program => ({
  name: `${module}.${effect.replace(/\(.*/s, "")}`,
  ours: program(`import * as ${module} from "effect-aws-sdk/${module}"`, `${module}.${effect}`),
  raw: `
    import { ${command}Command, ${Client}Client } from "@aws-sdk/client-${client}"
    new ${Client}Client({ region: "us-east-1", credentials: ${keys} }).send(new ${command}Command({}))`,
  atMost,
  ...more
})

const s3 = ["s3", "S3"] as const
const ssm = ["ssm", "SSM"] as const

const oneParameter: Program = {
  name: "a Lambda handler that reads a parameter and keeps it",
  ours: `
    import * as Compute from "effect-aws-sdk/Compute"
    import * as Lambda from "effect-aws-sdk/Lambda"
    import * as Ssm from "effect-aws-sdk/Ssm"
    import * as Effect from "effect/Effect"
    const banner = Ssm.cached("/app/banner", { ttl: "1 minute" })
    export const handler = Lambda.handler({
      layer: Compute.layer(),
      handler: () => Effect.map(banner, ({ value }) => ({ statusCode: 200, body: value }))
    })`,
  raw: `
    import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
    const ssm = new SSMClient({})
    let banner
    export const handler = async () => {
      if (banner === undefined || Date.now() > banner.until) {
        const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "/app/banner", WithDecryption: true }))
        banner = { value: Parameter?.Value, until: Date.now() + 60_000 }
      }
      return { statusCode: 200, body: banner.value }
    }`,
  atMost: 159
}

const programs: ReadonlyArray<Program> = [
  {
    name: "a program with one call to S3 and one to SSM",
    ours: program(
      `import { HeadObjectCommand } from "@aws-sdk/client-s3"
       import { GetParameterCommand } from "@aws-sdk/client-ssm"
       import * as S3 from "effect-aws-sdk/S3"
       import * as Ssm from "effect-aws-sdk/Ssm"`,
      "Effect.andThen(S3.send(new HeadObjectCommand({})), Ssm.send(new GetParameterCommand({})))"
    ),
    raw: `
      import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3"
      import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
      const config = { region: "us-east-1", credentials: ${keys} }
      new S3Client(config).send(new HeadObjectCommand({}))
      new SSMClient(config).send(new GetParameterCommand({}))`,
    atMost: 124,
    hasXml: true
  },
  oneParameter,
  {
    name: "a program with AwsService.make",
    ours: program(
      `import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb"
       import * as AwsService from "effect-aws-sdk/AwsService"`,
      "AwsService.make(DynamoDBClient).send(new GetItemCommand({}))"
    ),
    raw: `
      import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb"
      new DynamoDBClient({ region: "us-east-1", credentials: ${keys} }).send(new GetItemCommand({}))`,
    atMost: 136,
    hasStream: true,
    hasXml: true
  },
  call("Acm", ["acm", "ACM"], "DeleteCertificate", `deleteCertificate("arn")`, 121),
  call(
    "AppConfig",
    ["appconfigdata", "AppConfigData"],
    "StartConfigurationSession",
    `getConfiguration({ application: "a", environment: "e", profile: "p" })`,
    124
  ),
  call("CloudWatch", ["cloudwatch", "CloudWatch"], "PutMetricData", "putMetrics([])", 124),
  {
    ...call("DynamoDb", ["dynamodb", "DynamoDB"], "GetItem", "send(new GetItemCommand({}))", 120),
    ours: program(
      `import { GetItemCommand } from "@aws-sdk/client-dynamodb"
       import * as DynamoDb from "effect-aws-sdk/DynamoDb"`,
      "DynamoDb.send(new GetItemCommand({}))"
    )
  },
  call("Ec2", ["ec2", "EC2"], "DescribeVpcs", `getVpcDetails("vpc")`, 127, { hasXml: true }),
  call("Ecs", ["ecs", "ECS"], "DescribeServices", `isDeploymentInProgress({ cluster: "c", service: "s" })`, 122),
  call("EventBridge", ["eventbridge", "EventBridge"], "PutEvents", "putEvents([])", 174, { hasSchema: true }),
  call("Iam", ["iam", "IAM"], "GetRole", `roleExists("role")`, 123, { hasXml: true }),
  call("OpenSearch", ["opensearch", "OpenSearch"], "DeleteDomain", `destroyDomain("domain")`, 127, { waits: true }),
  call("Organizations", ["organizations", "Organizations"], "DescribeOrganization", "organization", 122),
  call("S3", s3, "HeadObject", `exists("bucket", "key")`, 128, { hasXml: true }),
  call("S3", s3, "HeadObject", `headObject("bucket", "key")`, 132, { hasXml: true }),
  call("S3", s3, "GetObject", `getText("bucket", "key")`, 141, { hasXml: true, hasStream: true }),
  call("S3", s3, "GetObject", `getObject("bucket", "key")`, 146, { hasXml: true, hasStream: true }),
  call("S3", s3, "PutObject", `putObject({ bucket: "b", key: "k", body: "text" })`, 162, {
    hasXml: true,
    hasStream: true
  }),
  call("S3", s3, "ListObjectsV2", `listObjects("bucket").pipe(Stream.runDrain)`, 198, {
    hasSchema: true,
    hasStream: true,
    hasXml: true
  }),
  call("SecretsManager", ["secrets-manager", "SecretsManager"], "GetSecretValue", `getSecretText("secret")`, 124),
  call("Ssm", ssm, "GetParameter", `getParameter("/name")`, 123),
  call("Sts", ["sts", "STS"], "GetCallerIdentity", "environment", 127, { hasXml: true })
]

const kilobytes = ({ code }: Bundle): number => code.length / 1e3

/** What no program needs: it comes along if the library imports the wrong thing. */
const needless = [
  /\/bowser\//,
  /credential-provider-cognito-identity/,
  /@peculiar/,
  /\/emulator\//,
  /src\/internal\/(?:waiters|jmespath|circuits|rates)\.ts$/,
  /services\/internal\/\w+\/waiters\.ts$/,
  /effect\/dist\/(?:Cron|DateTime|FileSystem|Path|index)\.js$/
]

describe("the bundle", { timeout: 60_000 }, () => {
  for (
    const { atMost, hasSchema = false, hasStream = false, hasXml = false, name, ours, raw, waits = false } of programs
  ) {
    it(`of ${name} is at most ${atMost} KB larger than with the SDK alone, and has nothing needless`, async () => {
      const [bundle, alone] = [await makeBundle(ours), await makeBundle(raw)]
      const more = kilobytes(bundle) - kilobytes(alone)
      assert.isAtMost(more, atMost)
      // A budget that is far above what it takes lets it grow.
      assert.isAtLeast(more, atMost - 10, "Lower the budget")
      for (const pattern of needless) assert.strictEqual(bundle.bytes(pattern), 0, String(pattern))
      assert.strictEqual(
        bundle.bytes(/effect\/dist\/(?:Schema(?!Issue\b)\w*|internal\/schema\/\w+)\.js$/) > 100,
        hasSchema,
        "Schema"
      )
      assert.strictEqual(bundle.bytes(/effect\/dist\/Stream\.js$/) > 0, hasStream, "Stream")
      assert.strictEqual(bundle.bytes(/src\/internal\/sdk\/xml\w*\.ts$/) > 0, hasXml, "the reader of XML")
      assert.strictEqual(bundle.bytes(/src\/internal\/polling\.ts$/) > 0, waits, "waiting")
    })
  }

  for (
    const { atMost, flags, title } of [
      { title: "the flags for compute", flags: computeFlags, atMost: 90 },
      { title: "those for Lambda", flags: `${computeFlags} ${metadataFlag}`, atMost: 83 }
    ]
  ) {
    it(`of ${oneParameter.name} is at most ${atMost} KB larger with ${title} than with the SDK alone, without them`, async () => {
      const more = kilobytes(await makeBundle(oneParameter.ours, flags)) -
        kilobytes(await makeBundle(oneParameter.raw))
      assert.isAtMost(more, atMost)
      assert.isAtLeast(more, atMost - 10, "Lower the budget")
    })
  }
})
