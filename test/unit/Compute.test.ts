import { assert, describe, it } from "@effect/vitest"
import { Clock, Config, ConfigProvider, Effect, Layer, Logger, References, type Scope } from "effect"
import { AwsClients, Compute, Retry } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as path from "node:path"
import { environment, folder, home, sts, whoAmI } from "../support/Environment.ts"
import { serve } from "../support/Server.ts"

const hour = 3_600_000
const lambda = {
  AWS_ACCESS_KEY_ID: "ASIALAMBDA",
  AWS_SECRET_ACCESS_KEY: "planted-secret",
  AWS_SESSION_TOKEN: "lambda-token"
}

/** The instance metadata service of an EC2 instance: version 2 only. Each fetch of credentials has a key of its own. */
const metadata = (
  options: {
    readonly role?: string
    readonly region?: string
    readonly credentials?: string
    readonly now?: () => number
  } = {}
) => {
  const { credentials, now, region, role = "instance-role" } = options
  const asked: Array<string> = []
  let given = 0
  return serve((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const answer = (status: number, body = "") => response.writeHead(status).end(body)
    if (request.url === "/latest/api/token") {
      return request.method === "PUT" && Number(request.headers["x-aws-ec2-metadata-token-ttl-seconds"]) > 0
        ? answer(200, "imds-token")
        : answer(400)
    }
    if (request.headers["x-aws-ec2-metadata-token"] !== "imds-token") return answer(401)
    if (request.url === "/latest/meta-data/placement/region") return region ? answer(200, region) : answer(404)
    if (role === "" || !request.url?.startsWith("/latest/meta-data/iam/security-credentials/")) return answer(404)
    return request.url.endsWith(role)
      ? answer(200, credentials ?? keys(`ASIAINSTANCE${++given}`, now))
      : answer(200, role)
  }).pipe(Effect.map(({ url }) => ({ asked, variables: { AWS_EC2_METADATA_SERVICE_ENDPOINT: url } })))
}

const keys = (AccessKeyId: string, now = Date.now) =>
  JSON.stringify({
    Code: "Success",
    AccessKeyId,
    SecretAccessKey: "planted-secret",
    Token: `token-of-${AccessKeyId}`,
    Expiration: new Date(now() + hour).toISOString().replace(/\.\d+/, "")
  })

/** The credentials agent of ECS and EKS: answers to those who know its token. */
const agent = (answer: (token: string | undefined) => readonly [status: number, body: string]) => {
  const asked: Array<string | undefined> = []
  return serve((request, response) => {
    asked.push(request.headers.authorization)
    const [status, body] = answer(request.headers.authorization)
    response.writeHead(status).end(body)
  }).pipe(
    Effect.map(({ url }) => ({ asked, variables: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials` } }))
  )
}

const nowhere = { AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:9" }

const build = (options?: Compute.Options) => Effect.scoped(Layer.build(Compute.layer(options)))
const who = (endpoint: string) =>
  Effect.provide(whoAmI, Compute.layer({ endpoint, region: "us-east-1", retry: Retry.none }))

const region = AwsClients.useSync(({ config }) => config.region).pipe(Effect.provide(Compute.layer()))

describe("credentials come from", () => {
  it.live("the environment of a Lambda function, and nothing is asked for them", () =>
    Effect.gen(function*() {
      const { calls, url } = yield* sts()
      const { asked, variables } = yield* metadata({ region: "eu-west-1" })
      yield* environment({ ...lambda, ...variables, AWS_REGION: "eu-central-1" })
      assert.strictEqual(yield* who(url), "ASIALAMBDA")
      assert.strictEqual(calls[0]?.sessionToken, "lambda-token")
      assert.strictEqual(yield* region, "eu-central-1")
      assert.isEmpty(asked)
    }))

  it.live("the container's agent, with the token of the environment", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      const { asked, variables } = yield* agent((token) => token === "ecs" ? [200, keys("ASIATASK")] : [401, ""])
      yield* environment({ ...variables, ...nowhere, AWS_CONTAINER_AUTHORIZATION_TOKEN: "ecs" })
      assert.strictEqual(yield* who(url), "ASIATASK")
      assert.deepEqual(asked, ["ecs"])
    }))

  it.live("the container's agent, with the token of a file (EKS Pod Identity)", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      const files = yield* folder({ token: "pod" })
      const { variables } = yield* agent((token) => token === "pod" ? [200, keys("ASIAPOD")] : [401, ""])
      yield* environment({
        ...variables,
        ...nowhere,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: path.join(files, "token")
      })
      assert.strictEqual(yield* who(url), "ASIAPOD")
    }))

  it.live("a web identity (IRSA), by STS at the Layer's endpoint and region", () =>
    Effect.gen(function*() {
      const { calls, url } = yield* sts()
      const files = yield* folder({ token: "service-account" })
      yield* environment({
        ...nowhere,
        AWS_WEB_IDENTITY_TOKEN_FILE: path.join(files, "token"),
        AWS_ROLE_ARN: "arn:aws:iam::210987654321:role/irsa",
        AWS_ROLE_SESSION_NAME: "pod-1"
      })
      assert.strictEqual(yield* who(url), "ASIAirsa")
      const [first, ...others] = calls
      assert.strictEqual(first?.action, "AssumeRoleWithWebIdentity")
      assert.strictEqual(first?.input["WebIdentityToken"], "service-account")
      assert.strictEqual(first?.input["RoleSessionName"], "pod-1")
      assert.lengthOf(others, 1)
    }))

  it.live("the instance metadata, by version 2 of it, as does the region", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      const { asked, variables } = yield* metadata({ region: "ap-southeast-2" })
      yield* environment(variables)
      assert.strictEqual(yield* region, "ap-southeast-2")
      assert.strictEqual(yield* who(url), "ASIAINSTANCE2")
      assert.include(asked, "PUT /latest/api/token")
    }))

  it.live("the first of these that is set up", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      const files = yield* folder({ token: "service-account" })
      const container = yield* agent(() => [200, keys("ASIATASK")])
      const instance = yield* metadata()
      yield* environment({
        ...lambda,
        ...container.variables,
        ...instance.variables,
        AWS_WEB_IDENTITY_TOKEN_FILE: path.join(files, "token"),
        AWS_ROLE_ARN: "arn:aws:iam::210987654321:role/irsa"
      })
      assert.strictEqual(yield* who(url), "ASIALAMBDA")
      for (const name of Object.keys(lambda)) delete process.env[name]
      assert.strictEqual(yield* who(url), "ASIATASK")
      delete process.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
      assert.strictEqual(yield* who(url), "ASIAirsa")
      delete process.env["AWS_WEB_IDENTITY_TOKEN_FILE"]
      assert.strictEqual(yield* who(url), "ASIAINSTANCE1")
    }))

  it.live("no file in the home directory, whatever AWS_PROFILE says", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      const instance = yield* metadata()
      const section = "aws_access_key_id = AKIAHOME\naws_secret_access_key = planted-secret\nregion = eu-south-1\n"
      yield* home({ config: `[default]\n${section}[profile dev]\n${section}`, credentials: `[dev]\n${section}` }, {
        ...instance.variables,
        AWS_PROFILE: "dev"
      })
      assert.strictEqual(yield* who(url), "ASIAINSTANCE1")
      const error = yield* Effect.flip(build())
      assert.strictEqual(error._tag, "RegionNotFound")
      Object.assign(process.env, lambda)
      assert.strictEqual(yield* who(url), "ASIALAMBDA")
    }))
})

describe("the Layer", () => {
  it.effect("asks once for all clients and calls, and again five minutes before the credentials expire", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      const clock = yield* Clock.clockWith(Effect.succeed)
      const instance = yield* metadata({ now: () => clock.currentTimeMillisUnsafe() })
      yield* environment(instance.variables)
      yield* TestClock.setTime(Date.now())
      yield* Effect.gen(function*() {
        const all = yield* Effect.all(Array.from({ length: 10 }, () => whoAmI), { concurrency: "unbounded" })
        assert.deepEqual([...new Set(all)], ["ASIAINSTANCE1"])
        yield* TestClock.adjust("54 minutes")
        assert.strictEqual(yield* whoAmI, "ASIAINSTANCE1")
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual(yield* whoAmI, "ASIAINSTANCE2")
      }).pipe(Effect.provide(Compute.layer({ endpoint: url, region: "us-east-1" })))
    }))

  it.live("logs which source it took, and no secret", () =>
    Effect.gen(function*() {
      yield* environment({ ...lambda, AWS_REGION: "eu-central-1" })
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => lines.push(`${logLevel} ${String(message)}`))
      yield* build().pipe(
        Effect.provide(Logger.layer([logger])),
        Effect.provideService(References.MinimumLogLevel, "Debug")
      )
      assert.deepEqual(lines, ["Debug AWS credentials come from the environment, for eu-central-1"])
    }))

  it.live("takes its region from Config", () =>
    Effect.gen(function*() {
      yield* environment(lambda)
      const layer = Compute.layerConfig({ region: Config.String("REGION") })
      const from = (values: object) =>
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(values))
      const config = AwsClients.useSync(({ config }) => config.region).pipe(Effect.provide(layer))
      assert.strictEqual(yield* config.pipe(from({ REGION: "eu-west-3" })), "eu-west-3")
      assert.strictEqual((yield* Effect.flip(config).pipe(from({})))._tag, "ConfigError")
    }))
})

describe("fails when it is built,", () => {
  const fails = (
    what: string,
    around: Effect.Effect<Readonly<Record<string, string>>, never, Scope.Scope>,
    ...parts: ReadonlyArray<string>
  ) =>
    it.live(what, () =>
      Effect.gen(function*() {
        yield* environment(yield* around)
        const error = yield* Effect.flip(build({ region: "us-east-1" }))
        assert.strictEqual(error._tag, "CredentialsNotFound")
        for (const part of parts) assert.include(error.message, part)
        assert.notInclude(error.message + JSON.stringify(error), "planted")
      }), 15_000)

  const instance = (options: Parameters<typeof metadata>[0]) =>
    Effect.map(metadata(options), ({ variables }) => variables)
  const broken = (answer: readonly [number, string]) =>
    Effect.gen(function*() {
      const { variables } = yield* agent(() => answer)
      const others = yield* metadata()
      return { ...variables, ...others.variables }
    })

  fails("on a machine that is not AWS's", Effect.succeed(nowhere), "127.0.0.1:9", "Profile.layer")
  fails(
    "where the metadata is disabled",
    Effect.map(metadata(), ({ variables }) => ({ ...variables, AWS_EC2_METADATA_DISABLED: "true" })),
    "AWS_EC2_METADATA_DISABLED",
    "Profile.layer"
  )
  fails("where the instance has no role", instance({ role: "" }), "the instance metadata", "instance profile")
  fails("where the metadata is not JSON", instance({ credentials: "planted-secret" }), "not JSON")
  fails("where the metadata's keys are not whole", instance({ credentials: "{}" }), "the instance metadata")
  fails(
    "with half of the environment's keys",
    Effect.succeed({ AWS_ACCESS_KEY_ID: "AKIA", ...nowhere }),
    "only AWS_ACCESS_KEY_ID"
  )
  fails(
    "with the token of a web identity, and no role",
    Effect.succeed({ AWS_WEB_IDENTITY_TOKEN_FILE: "/t", ...nowhere }),
    "AWS_ROLE_ARN"
  )
  fails(
    "with a web identity whose file is missing",
    Effect.succeed({ AWS_WEB_IDENTITY_TOKEN_FILE: "/no/token", AWS_ROLE_ARN: "arn:aws:iam::1:role/r", ...nowhere }),
    "/no/token",
    "the web identity"
  )
  fails(
    "where the container's agent refuses, and does not take the instance's role instead",
    broken([403, ""]),
    "the container",
    "403"
  )
  fails("where the container's agent gives no JSON", broken([200, "planted-secret"]), "the container", "not JSON")
  fails(
    "with an address of the agent that is none",
    Effect.succeed({ AWS_CONTAINER_CREDENTIALS_FULL_URI: "nonsense" }),
    "the container"
  )
  fails(
    "with an address of the agent that is not this machine's",
    Effect.succeed({ AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://example.com/" }),
    "the container",
    "not accepted"
  )
  fails(
    "where the container's agent never answers",
    Effect.map(serve(() => {}), ({ url }) => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url })),
    "5 seconds"
  )

  it.live("without a region, and again finds one that is there later", () =>
    Effect.gen(function*() {
      yield* environment({ ...lambda, ...nowhere })
      const error = yield* Effect.flip(build())
      assert.strictEqual(error._tag, "RegionNotFound")
      for (const part of ["`region` option", "AWS_REGION", "instance metadata"]) assert.include(error.message, part)
      const { variables } = yield* metadata({ region: "eu-west-1" })
      Object.assign(process.env, variables, { AWS_EC2_METADATA_DISABLED: "true" })
      assert.strictEqual((yield* Effect.flip(region))._tag, "RegionNotFound")
      delete process.env["AWS_EC2_METADATA_DISABLED"]
      assert.strictEqual(yield* region, "eu-west-1")
    }))
})
