// AWS's settings for retries, as the Layers that read the environment or a profile honour them.
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, References } from "effect"
import { AssumeRole, AwsClients, Compute, Default, Profile, Retry, Ssm } from "effect-aws-sdk"
import { home } from "../support/Environment.ts"
import { credentials, serve } from "../support/Server.ts"

const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))
const keys = { AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "planted-secret", AWS_REGION: "us-east-1" }
const profileKeys = "aws_access_key_id = A\naws_secret_access_key = planted-secret\n"
const session =
  `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>planted</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`

/** A server that fails every call but AssumeRole, with the maximum of attempts that each request announces. */
const failing = Effect.gen(function*() {
  const announced: Array<string | undefined> = []
  const { url } = yield* serve((request, response) => {
    request.resume()
    if (request.headers["content-type"]?.includes("json") !== true) return void response.end(session)
    announced.push(/max=(\d+)/.exec(String(request.headers["amz-sdk-request"]))?.[1])
    response.writeHead(500).end("{}")
  })
  return { announced, url }
})

const layers: Readonly<
  Record<
    string,
    (options: AwsClients.ClientOptions) => Layer.Layer<AwsClients, { readonly _tag: string; readonly message: string }>
  >
> = {
  Compute: (options) => Compute.layer(options),
  Profile: (options) => Profile.layer({ profile: "dev", ...options }),
  Default: (options) =>
    Default.layer({ profile: "dev", ...options }).pipe(
      // It warns that the profile puts the environment's keys aside.
      Layer.provide(Layer.succeed(References.MinimumLogLevel, "Error"))
    ),
  AssumeRole: (options) =>
    AssumeRole.layer({ roleArn: "arn:aws:iam::1:role/r", sessionName: "me" }).pipe(
      Layer.provide(Profile.layer({ profile: "dev", ...options }))
    )
}

interface Row {
  readonly title: string
  readonly environment?: Readonly<Record<string, string>>
  readonly profile?: string
  readonly retry?: Retry.Policy
  readonly attempts: number
}

const rows: ReadonlyArray<Row> = [
  { title: "3 attempts by default", attempts: 3 },
  { title: "AWS_MAX_ATTEMPTS", environment: { AWS_MAX_ATTEMPTS: "5" }, attempts: 5 },
  { title: "AWS_MAX_ATTEMPTS of 1, which is no retry", environment: { AWS_MAX_ATTEMPTS: " 1 " }, attempts: 1 },
  { title: "an empty AWS_MAX_ATTEMPTS as none", environment: { AWS_MAX_ATTEMPTS: "" }, attempts: 3 },
  { title: "the profile's max_attempts", profile: "max_attempts = 2", attempts: 2 },
  {
    title: "AWS_MAX_ATTEMPTS before the profile's max_attempts",
    environment: { AWS_MAX_ATTEMPTS: "4" },
    profile: "max_attempts = 2",
    attempts: 4
  },
  ...["standard", "adaptive", "legacy", "Standard"].map((mode) => ({
    title: `AWS_RETRY_MODE ${mode} as the standard mode`,
    environment: { AWS_RETRY_MODE: mode },
    attempts: 3
  })),
  { title: "the profile's retry_mode legacy as the standard mode", profile: "retry_mode = legacy", attempts: 3 },
  {
    title: "the `retry` option before all settings, even those that mean nothing",
    environment: { AWS_MAX_ATTEMPTS: "abc", AWS_RETRY_MODE: "sometimes" },
    profile: "max_attempts = 0",
    retry: Retry.standard({ attempts: 2 }),
    attempts: 2
  }
]

describe("a call is attempted as the settings say", () => {
  for (const [name, layer] of Object.entries(layers)) {
    for (const { attempts, environment = {}, profile = "", retry, title } of rows) {
      if (name === "Compute" && profile !== "" && Object.keys(environment).length === 0) continue
      it.live(`${name} honours ${title}`, () =>
        Effect.gen(function*() {
          const { announced, url } = yield* failing
          yield* home({ config: `[profile dev]\nregion = us-east-1\n${profileKeys}${profile}` }, {
            ...keys,
            ...environment
          })
          const error = yield* Effect.flip(get).pipe(Effect.provide(layer({ endpoint: url, retry })))
          assert.strictEqual(error._tag, "AwsError")
          assert.lengthOf(announced, attempts)
          if (retry === undefined) assert.deepEqual([...new Set(announced)], [String(attempts)])
        }))
    }
  }

  it.live("AwsClients, which reads no settings, ignores AWS_MAX_ATTEMPTS, also a bad one", () =>
    Effect.gen(function*() {
      const { announced, url } = yield* failing
      yield* home({}, { AWS_MAX_ATTEMPTS: "abc" })
      yield* Effect.flip(get).pipe(
        Effect.provide(AwsClients.layer({ region: "us-east-1", credentials, endpoint: url }))
      )
      assert.deepEqual(announced, ["3", "3", "3"])
    }))
})

describe("a setting for retries that means nothing", () => {
  const bad = (name: keyof typeof layers, environment: Record<string, string>, profile: string, where: string) =>
    it.effect(`fails the build of ${name} with InvalidSetting: ${JSON.stringify(environment)} ${profile}`, () =>
      Effect.gen(function*() {
        yield* home({ config: `[profile dev]\nregion = us-east-1\n${profileKeys}${profile}` }, {
          ...keys,
          ...environment
        })
        const error = yield* Effect.flip(Effect.scoped(Layer.build(layers[name]!({}))))
        assert.strictEqual(error._tag, "InvalidSetting")
        assert.include(error.message, where)
        assert.include(error.message, where.includes("mode") || where.includes("MODE") ? "standard" : "at least 1")
      }))

  for (const value of ["abc", "0", "-1", "1.5", "3x", "0x3", "1e2", "NaN", "Infinity", " ", "99999999999999999999"]) {
    for (const name of Object.keys(layers)) bad(name, { AWS_MAX_ATTEMPTS: value }, "", "AWS_MAX_ATTEMPTS")
    for (const name of ["Profile", "Default"]) {
      if (value.trim() !== "") bad(name, {}, `max_attempts = ${value}`, "`max_attempts` of the profile dev")
    }
  }
  for (const value of ["abc", "0", "default", "adaptive,standard"]) {
    for (const name of Object.keys(layers)) bad(name, { AWS_RETRY_MODE: value }, "", "AWS_RETRY_MODE")
    for (const name of ["Profile", "Default"]) bad(name, {}, `retry_mode = ${value}`, "`retry_mode` of the profile dev")
  }
})
