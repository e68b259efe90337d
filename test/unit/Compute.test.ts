import { assert, describe, it } from "@effect/vitest"
import {
  Clock,
  Config,
  ConfigProvider,
  Effect,
  Layer,
  Logger,
  ManagedRuntime,
  References,
  Schedule,
  type Scope
} from "effect"
import { AwsClients, Compute, Retry } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as path from "node:path"
import {
  agent,
  environment,
  folder,
  home,
  issuedKeys as keys,
  metadata,
  noMetadata,
  sts,
  whoAmI
} from "../support/Environment.ts"
import { until } from "../support/s3.ts"
import { serve } from "../support/Server.ts"

const lambda = {
  AWS_ACCESS_KEY_ID: "ASIALAMBDA",
  AWS_SECRET_ACCESS_KEY: "planted-secret",
  AWS_SESSION_TOKEN: "lambda-token"
}

const build = (options?: Compute.Options) => Effect.scoped(Layer.build(Compute.layer(options)))
const signingKey = (endpoint: string) =>
  Effect.provide(whoAmI, Compute.layer({ endpoint, region: "us-east-1", retry: Retry.none }))

const region = AwsClients.useSync(({ config }) => config.region).pipe(Effect.provide(Compute.layer()))

describe("credentials", () => {
  it.live("takes credentials from a Lambda function's environment without a request", () =>
    Effect.gen(function*() {
      const { calls, url } = yield* sts()
      const { asked, variables } = yield* metadata({ region: "eu-west-1" })
      yield* environment({ ...lambda, ...variables, AWS_REGION: "eu-central-1" })
      assert.strictEqual(yield* signingKey(url), "ASIALAMBDA")
      assert.strictEqual(calls[0]?.sessionToken, "lambda-token")
      assert.strictEqual(yield* region, "eu-central-1")
      assert.isEmpty(asked)
    }))

  it.live("takes credentials from the container agent, with the token from the environment", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      const { asked, variables } = yield* agent((token) => token === "ecs" ? [200, keys("ASIATASK")] : [401, ""])
      yield* environment({ ...variables, ...noMetadata, AWS_CONTAINER_AUTHORIZATION_TOKEN: "ecs" })
      assert.strictEqual(yield* signingKey(url), "ASIATASK")
      assert.deepEqual(asked, ["ecs"])
    }))

  it.live("takes credentials from the container agent, with the token from a file (EKS Pod Identity)", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      const files = yield* folder({ token: "pod" })
      const { variables } = yield* agent((token) => token === "pod" ? [200, keys("ASIAPOD")] : [401, ""])
      yield* environment({
        ...variables,
        ...noMetadata,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: path.join(files, "token")
      })
      assert.strictEqual(yield* signingKey(url), "ASIAPOD")
    }))

  it.live("takes credentials of a web identity (IRSA) from STS at the Layer's endpoint", () =>
    Effect.gen(function*() {
      const { calls, url } = yield* sts()
      const files = yield* folder({ token: "service-account" })
      yield* environment({
        ...noMetadata,
        AWS_WEB_IDENTITY_TOKEN_FILE: path.join(files, "token"),
        AWS_ROLE_ARN: "arn:aws:iam::210987654321:role/irsa",
        AWS_ROLE_SESSION_NAME: "pod-1"
      })
      assert.strictEqual(yield* signingKey(url), "ASIAirsa")
      const [first, ...others] = calls
      assert.strictEqual(first?.action, "AssumeRoleWithWebIdentity")
      assert.strictEqual(first?.input["WebIdentityToken"], "service-account")
      assert.strictEqual(first?.input["RoleSessionName"], "pod-1")
      assert.lengthOf(others, 1)
    }))

  it.live("takes credentials and the region from instance metadata (IMDSv2)", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      const { asked, variables } = yield* metadata({ region: "ap-southeast-2" })
      yield* environment(variables)
      assert.strictEqual(yield* region, "ap-southeast-2")
      assert.strictEqual(yield* signingKey(url), "ASIAINSTANCE2")
      assert.include(asked, "PUT /latest/api/token")
    }))

  it.live("takes credentials from the first source that is set up", () =>
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
      assert.strictEqual(yield* signingKey(url), "ASIALAMBDA")
      for (const name of Object.keys(lambda)) delete process.env[name]
      assert.strictEqual(yield* signingKey(url), "ASIAirsa")
      // As in the SDK's chain, half a web identity is none.
      delete process.env["AWS_ROLE_ARN"]
      assert.strictEqual(yield* signingKey(url), "ASIATASK")
      delete process.env["AWS_WEB_IDENTITY_TOKEN_FILE"]
      assert.strictEqual(yield* signingKey(url), "ASIATASK")
      delete process.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
      assert.strictEqual(yield* signingKey(url), "ASIAINSTANCE1")
    }))

  it.live("ignores files in the home directory, even if AWS_PROFILE is set", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      const instance = yield* metadata()
      const section = "aws_access_key_id = AKIAHOME\naws_secret_access_key = planted-secret\nregion = eu-south-1\n"
      yield* home({ config: `[default]\n${section}[profile dev]\n${section}`, credentials: `[dev]\n${section}` }, {
        ...instance.variables,
        AWS_PROFILE: "dev"
      })
      assert.strictEqual(yield* signingKey(url), "ASIAINSTANCE1")
      const error = yield* Effect.flip(build())
      assert.strictEqual(error._tag, "RegionNotFound")
      Object.assign(process.env, lambda)
      assert.strictEqual(yield* signingKey(url), "ASIALAMBDA")
    }))
})

describe("the Layer", () => {
  it.effect("fetches credentials once for all calls, and again five minutes before they expire", () =>
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
        yield* until("the new credentials", Effect.map(whoAmI, (key) => key === "ASIAINSTANCE2").pipe(Effect.orDie))
      }).pipe(Effect.provide(Compute.layer({ endpoint: url, region: "us-east-1" })))
    }))

  it.live("logs the source of the credentials, and no secret", () =>
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

  it.live("takes the region from Config", () =>
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

describe("a Layer that can't be built", () => {
  const itFails = (
    title: string,
    setUp: Effect.Effect<Readonly<Record<string, string>>, never, Scope.Scope>,
    ...parts: ReadonlyArray<string>
  ) =>
    it.live(title, () =>
      Effect.gen(function*() {
        yield* environment(yield* setUp)
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

  itFails("fails outside AWS", Effect.succeed(noMetadata), "127.0.0.1:9", "Profile.layer")
  itFails(
    "fails when instance metadata is disabled",
    Effect.map(metadata(), ({ variables }) => ({ ...variables, AWS_EC2_METADATA_DISABLED: "true" })),
    "AWS_EC2_METADATA_DISABLED",
    "Profile.layer"
  )
  itFails("fails when the instance has no role", instance({ role: "" }), "the instance metadata", "instance profile")
  itFails("fails when the instance's credentials aren't JSON", instance({ credentials: "planted-secret" }), "not JSON")
  itFails(
    "fails when the instance's credentials are incomplete",
    instance({ credentials: "{}" }),
    "the instance metadata"
  )
  itFails(
    "fails when the environment has an access key id without a secret",
    Effect.succeed({ AWS_ACCESS_KEY_ID: "AKIA", ...noMetadata }),
    "only AWS_ACCESS_KEY_ID"
  )
  itFails(
    "fails when a web identity token has no role",
    Effect.succeed({ AWS_WEB_IDENTITY_TOKEN_FILE: "/t", ...noMetadata }),
    "AWS_ROLE_ARN"
  )
  itFails(
    "fails when the file of a web identity token is missing",
    Effect.succeed({ AWS_WEB_IDENTITY_TOKEN_FILE: "/no/token", AWS_ROLE_ARN: "arn:aws:iam::1:role/r", ...noMetadata }),
    "/no/token",
    "the web identity"
  )
  itFails(
    "fails when the container agent refuses, instead of using the instance's role",
    broken([403, ""]),
    "the container",
    "403"
  )
  itFails(
    "fails when the container agent's answer isn't JSON",
    broken([200, "planted-secret"]),
    "the container",
    "not JSON"
  )
  itFails(
    "fails when the container agent's address is malformed",
    Effect.succeed({ AWS_CONTAINER_CREDENTIALS_FULL_URI: "nonsense" }),
    "the container"
  )
  itFails(
    "fails when the container agent's address isn't on this machine",
    Effect.succeed({ AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://example.com/" }),
    "the container",
    "not accepted"
  )
  itFails(
    "fails when the container agent never answers",
    Effect.map(serve(() => {}), ({ url }) => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url })),
    "5 seconds"
  )

  it.live("can be built by a ManagedRuntime that retries it until the metadata is up", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      const { asked, state, variables } = yield* metadata({ up: false, region: "eu-west-1" })
      yield* environment(variables)
      const compute = Compute.layer({ endpoint: url })
      const patient = Layer.effectContext(
        Layer.build(compute).pipe(Effect.retry({ schedule: Schedule.spaced("20 millis"), times: 1_000 }))
      )
      const runtimes = yield* Effect.acquireRelease(
        Effect.sync(() => [ManagedRuntime.make(compute), ManagedRuntime.make(patient)] as const),
        (all) => Effect.promise(() => Promise.all(all.map((runtime) => runtime.dispose())))
      )
      const [plain, retrying] = runtimes
      // Effect keeps a failed build: this runtime fails for good.
      const failed = () => plain.runPromise(whoAmI).then(() => "succeeded", (error) => error._tag)
      assert.strictEqual(yield* Effect.promise(failed), "RegionNotFound")
      const waiting = retrying.runPromise(whoAmI)
      yield* until("the metadata to be asked", Effect.sync(() => asked.length > 3))
      state.up = true
      assert.strictEqual(yield* Effect.promise(() => waiting), "ASIAINSTANCE1")
      assert.strictEqual(yield* Effect.promise(() => retrying.runPromise(whoAmI)), "ASIAINSTANCE1")
      assert.strictEqual(yield* Effect.promise(failed), "RegionNotFound")
    }), 20_000)

  it.live("fails without a region, and finds one that becomes available later", () =>
    Effect.gen(function*() {
      yield* environment({ ...lambda, ...noMetadata })
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
