// Where the requests of a Layer go: the rules of "Service-specific endpoints" in AWS's SDK reference guide, over real sockets.
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb"
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3"
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { AssumeRole, AwsClients, AwsService, Compute, Profile, Retry } from "effect-aws-sdk"
import * as crypto from "node:crypto"
import * as path from "node:path"
import { environment, folder, home } from "../support/Environment.ts"
import { credentials, serve } from "../support/Server.ts"

const calls = {
  s3: AwsService.make(S3Client).send(new ListBucketsCommand({})),
  dynamodb: AwsService.make(DynamoDBClient).send(new ListTablesCommand({})),
  sts: AwsService.make(STSClient).send(new GetCallerIdentityCommand({}))
}
const keys = "region = us-east-1\naws_access_key_id = AKIA\naws_secret_access_key = planted-secret\n"

const action = (body: string) => new URLSearchParams(body).get("Action")

/** Servers that answer everything, by name, and which of them were asked, with the path. */
const servers = (...names: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const asked: Array<string> = []
    const urls: Record<string, string> = {}
    for (const name of names) {
      const { url } = yield* serve((request, response) => {
        asked.push(name)
        let body = ""
        request.on("data", (chunk) => body += chunk).on("end", () => {
          const isSso = request.url?.startsWith("/federation/") === true
          const expiration = Date.now() + 3_600_000
          response.writeHead(200).end(
            request.url === "/token"
              ? JSON.stringify({ accessToken: "new-token", expiresIn: 3600, tokenType: "Bearer" })
              : isSso
              ? JSON.stringify({
                roleCredentials: { accessKeyId: "A", secretAccessKey: "planted", sessionToken: "t", expiration }
              })
              : request.headers["content-type"]?.includes("json") === true
              ? "{}"
              : body.includes("AssumeRole")
              ? `<${action(body)}Response><${
                action(body)
              }Result><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>planted</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${
                new Date(expiration).toISOString()
              }</Expiration></Credentials></${action(body)}Result></${action(body)}Response>`
              : body.includes("GetCallerIdentity")
              ? `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`
              : "<ListAllMyBucketsResult></ListAllMyBucketsResult>"
          )
        })
      })
      urls[name] = url
    }
    return { asked, urls }
  })

interface Row {
  readonly title: string
  readonly config: string
  readonly environment?: Readonly<Record<string, string>>
  readonly options?: { readonly endpoint?: string | Readonly<Record<string, string>> }
  /** Which server S3 and DynamoDB ask. */
  readonly expected: readonly [s3: string, dynamodb: string]
}

// Names of servers stand for their URLs.
const rows: ReadonlyArray<Row> = [
  {
    title: "takes the endpoints of the profile's services section, then the profile's own",
    config:
      `[profile dev]\n${keys}services = local\nendpoint_url = b\n[services local]\ns3 =\n  endpoint_url = a\n[default]\nendpoint_url = c\n`,
    expected: ["a", "b"]
  },
  {
    title: "takes AWS_ENDPOINT_URL before a services section",
    config: `[profile dev]\n${keys}services = local\n[services local]\ns3 =\n  endpoint_url = a\n`,
    environment: { AWS_ENDPOINT_URL: "c" },
    expected: ["c", "c"]
  },
  {
    title: "takes a service's variable before AWS_ENDPOINT_URL, and ignores an empty one",
    config: `[profile dev]\n${keys}endpoint_url = b\n`,
    environment: { AWS_ENDPOINT_URL: "c", AWS_ENDPOINT_URL_S3: "a", AWS_ENDPOINT_URL_DYNAMODB: "" },
    expected: ["a", "c"]
  },
  {
    title: "takes a service's variable for this service only",
    config: `[profile dev]\n${keys}endpoint_url = b\n[default]\nendpoint_url = c\n`,
    environment: { AWS_ENDPOINT_URL_S3: "a" },
    expected: ["a", "b"]
  },
  {
    title: "never takes the endpoint of AWS_PROFILE or of default for another profile",
    config:
      `[profile dev]\n${keys}endpoint_url = b\n[profile other]\n${keys}endpoint_url = c\n[default]\nendpoint_url = c\n`,
    environment: { AWS_PROFILE: "other" },
    expected: ["b", "b"]
  },
  {
    title: "takes an option for all services before everything else",
    config: `[profile dev]\n${keys}services = local\nendpoint_url = c\n[services local]\ns3 =\n  endpoint_url = c\n`,
    environment: { AWS_ENDPOINT_URL: "c", AWS_ENDPOINT_URL_S3: "c" },
    options: { endpoint: "a" },
    expected: ["a", "a"]
  },
  {
    title: "takes an option for one service, and the configuration for the others",
    config: `[profile dev]\n${keys}endpoint_url = b\n`,
    environment: { AWS_ENDPOINT_URL_S3: "c" },
    options: { endpoint: { s3: "a" } },
    expected: ["a", "b"]
  },
  {
    title: "takes * for the services that the option doesn't name, and names as the SDK writes them",
    config: `[profile dev]\n${keys}endpoint_url = c\n`,
    options: { endpoint: { DynamoDB: "b", "*": "a" } },
    expected: ["a", "b"]
  },
  {
    title: "takes a name that is written with other separators, before the environment's",
    config: `[profile dev]\n${keys}endpoint_url = a\n`,
    environment: { AWS_ENDPOINT_URL_DYNAMODB: "c" },
    options: { endpoint: { "dynamo-db": "b" } },
    expected: ["a", "b"]
  },
  {
    title:
      "takes the option first, also if the profile writes the name as the option does, and the environment doesn't",
    config:
      `[profile dev]\n${keys}services = local\nendpoint_url = a\n[services local]\ndynamo_db =\n  endpoint_url = c\n`,
    environment: { AWS_ENDPOINT_URL_DYNAMODB: "c" },
    options: { endpoint: { dynamo_db: "b" } },
    expected: ["a", "b"]
  },
  {
    title: "ignores what is configured when the environment says so, but not the option",
    config: `[profile dev]\n${keys}endpoint_url = c\n`,
    environment: { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true", AWS_ENDPOINT_URL_S3: "c" },
    options: { endpoint: { s3: "a", dynamodb: "b" } },
    expected: ["a", "b"]
  },
  {
    title: "takes what is configured when the environment overrides the profile's ignore_configured_endpoint_urls",
    config: `[profile dev]\n${keys}ignore_configured_endpoint_urls = true\nendpoint_url = b\n`,
    environment: { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false", AWS_ENDPOINT_URL_S3: "a" },
    expected: ["a", "b"]
  }
]

describe("the endpoint of a profile", () => {
  for (const { config, environment: variables = {}, expected, options = {}, title } of rows) {
    it.live(title, () =>
      Effect.gen(function*() {
        const { asked, urls } = yield* servers("a", "b", "c")
        const resolved = (value: string) => urls[value] ?? value
        const { endpoint } = options
        yield* home(
          { config: config.replace(/endpoint_url = (\w)\n/g, (_, name: string) => `endpoint_url = ${urls[name]}\n`) },
          Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, resolved(value)]))
        )
        const layer = Profile.layer({
          profile: "dev",
          retry: Retry.none,
          clientOptions: { forcePathStyle: true },
          endpoint: typeof endpoint === "object"
            ? Object.fromEntries(Object.entries(endpoint).map(([name, value]) => [name, resolved(value)]))
            : endpoint && resolved(endpoint)
        })
        yield* Effect.andThen(calls.s3, calls.dynamodb).pipe(Effect.provide(layer))
        assert.deepEqual(asked, [...expected])
      }))
  }

  it.effect("is AWS's when the profile ignores what is configured", () =>
    Effect.gen(function*() {
      yield* home(
        {
          config:
            `[profile dev]\n${keys}ignore_configured_endpoint_urls = TRUE\nendpoint_url = http://127.0.0.1:9\n[default]\nendpoint_url = http://127.0.0.1:9\n`
        },
        { AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9" }
      )
      const { config } = yield* AwsClients.get(S3Client).pipe(Effect.provide(Profile.layer({ profile: "dev" })))
      assert.isUndefined(config.endpoint)
      assert.isTrue((config as { readonly ignoreConfiguredEndpointUrls?: boolean }).ignoreConfiguredEndpointUrls)
    }))

  it.live("is STS's own for the role of the profile, and for its web identity", () =>
    Effect.gen(function*() {
      const { asked, urls } = yield* servers("a", "b")
      yield* home({
        config:
          `[profile dev]\nregion = us-east-1\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\nservices = local\n` +
          `[profile base]\n${keys}[services local]\nsts =\n  endpoint_url = ${urls["a"]}\ns3 =\n  endpoint_url = ${
            urls["b"]
          }\n`
      })
      const dev = Profile.layer({ profile: "dev", retry: Retry.none, clientOptions: { forcePathStyle: true } })
      yield* calls.s3.pipe(Effect.provide(dev))
      assert.deepEqual(asked.splice(0), ["a", "b"])
      const files = yield* folder({ token: "a-web-token" })
      yield* home({
        config: `[profile dev]\nregion = us-east-1\nrole_arn = arn:aws:iam::1:role/r\nservices = local\n` +
          `web_identity_token_file = ${path.join(files, "token")}\n` +
          `[services local]\nsts =\n  endpoint_url = ${urls["a"]}\ns3 =\n  endpoint_url = ${urls["b"]}\n`
      })
      yield* calls.s3.pipe(Effect.provide(dev))
      assert.deepEqual(asked, ["a", "b"])
    }))

  it.live("is that of SSO and of SSO OIDC for a profile that signs in", () =>
    Effect.gen(function*() {
      const { asked, urls } = yield* servers("sso", "oidc", "sts")
      const cached = {
        accessToken: "old-token",
        expiresAt: new Date(Date.now() + 60_000).toISOString(),
        refreshToken: "refresh",
        clientId: "client",
        clientSecret: "planted-secret",
        registrationExpiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        region: "us-east-1",
        startUrl: "https://corp.awsapps.com/start"
      }
      yield* home({
        config:
          `[profile dev]\nregion = us-east-1\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = r\nservices = local\n` +
          `[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\n` +
          `[services local]\nsso =\n  endpoint_url = ${urls["sso"]}\nsso_oidc =\n  endpoint_url = ${
            urls["oidc"]
          }\nsts =\n  endpoint_url = ${urls["sts"]}\n`,
        [`.aws/sso/cache/${crypto.createHash("sha1").update("corp").digest("hex")}.json`]: JSON.stringify(cached)
      })
      yield* calls.sts.pipe(Effect.provide(Profile.layer({ profile: "dev", retry: Retry.none })))
      assert.deepEqual(asked, ["oidc", "sso", "sts"])
    }))
})

describe("the endpoint of other Layers", () => {
  it.live("is the environment's for Compute, which reads no file", () =>
    Effect.gen(function*() {
      const { asked, urls } = yield* servers("a", "b", "c")
      yield* home({ config: `[default]\nendpoint_url = ${urls["c"]}\n` }, {
        AWS_ACCESS_KEY_ID: "A",
        AWS_SECRET_ACCESS_KEY: "planted",
        AWS_ENDPOINT_URL: urls["b"]!,
        AWS_ENDPOINT_URL_DYNAMODB: urls["a"]!
      })
      const layer = Compute.layer({ region: "us-east-1", clientOptions: { forcePathStyle: true } })
      yield* Effect.andThen(calls.s3, calls.dynamodb).pipe(Effect.provide(layer))
      assert.deepEqual(asked, ["b", "a"])
      yield* environment({ AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "planted" })
      const { config } = yield* AwsClients.get(S3Client).pipe(Effect.provide(Compute.layer({ region: "us-east-1" })))
      assert.isUndefined(config.endpoint)
    }))

  it.live("is that of each service for AwsClients and for AssumeRole over it, which may replace one", () =>
    Effect.gen(function*() {
      const { asked, urls } = yield* servers("sts", "s3", "dynamodb", "other")
      const base = AwsClients.layer({
        region: "us-east-1",
        credentials,
        retry: Retry.none,
        clientOptions: { forcePathStyle: true },
        endpoint: { sts: urls["sts"], s3: urls["s3"], dynamodb: urls["dynamodb"] }
      })
      const role = { roleArn: "arn:aws:iam::1:role/r", sessionName: "me" }
      const both = Effect.andThen(calls.s3, calls.dynamodb)
      yield* both.pipe(Effect.provide(AssumeRole.layer(role).pipe(Layer.provide(base))))
      assert.deepEqual(asked.splice(0), ["sts", "s3", "dynamodb"])
      const replaced = AssumeRole.layer({ ...role, endpoint: { s3: urls["other"] } })
      yield* both.pipe(Effect.provide(replaced.pipe(Layer.provide(base))))
      assert.deepEqual(asked.splice(0), ["sts", "other", "dynamodb"])
      const all = AssumeRole.layer({ ...role, endpoint: urls["other"] })
      yield* both.pipe(Effect.provide(all.pipe(Layer.provide(base))))
      assert.deepEqual(asked, ["sts", "other", "other"])
    }))
})

describe("an endpoint that isn't a whole http or https URL", () => {
  const bad = [
    "",
    "not a url",
    "127.0.0.1:5000",
    "localhost:4566",
    "/path",
    "//host",
    "http:127.0.0.1:5000",
    "http:/127.0.0.1",
    "http:///host",
    "http:\\\\host",
    "http://",
    "ftp://host",
    "ws://host",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://host:port",
    "http://host:99999",
    "http://host/ garbage",
    "http://host garbage",
    "http://host\n",
    " http://host",
    "http://host?a=b",
    "http://host#f",
    "http://user:planted-secret@host"
  ]
  const build = (layer: Layer.Layer<AwsClients, { readonly _tag: string; readonly message: string }>) =>
    Effect.flip(Effect.scoped(Layer.build(layer)))
  const aws = { AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "us-east-1" }

  for (const url of bad) {
    it.effect(`fails the build of every Layer with InvalidSetting: ${JSON.stringify(url)}`, () =>
      Effect.gen(function*() {
        yield* home({ config: `[profile dev]\n${keys}` }, aws)
        const clients = (endpoint: AwsClients.Endpoints) =>
          AwsClients.layer({ region: "us-east-1", credentials, endpoint })
        const layers = [
          clients(url),
          clients({ s3: url }),
          Compute.layer({ endpoint: url }),
          Compute.layer({ endpoint: { "*": url } }),
          Profile.layer({ profile: "dev", endpoint: url }),
          AssumeRole.layer({ roleArn: "arn:aws:iam::1:role/r", sessionName: "me", endpoint: { s3: url } }).pipe(
            Layer.provide(clients("http://127.0.0.1:9"))
          )
        ]
        for (const layer of layers) {
          const error = yield* build(layer)
          assert.strictEqual(error._tag, "InvalidSetting")
          assert.include(error.message, "The `endpoint` option")
          assert.include(error.message, "http://127.0.0.1:4566")
          assert.notInclude(error.message + JSON.stringify(error), "planted-secret")
        }
        for (const variable of url === "" ? [] : ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"]) {
          yield* home({ config: `[profile dev]\n${keys}` }, { ...aws, [variable]: url })
          for (const layer of [Compute.layer(), Profile.layer({ profile: "dev" })]) {
            const error = yield* build(layer)
            assert.strictEqual(error._tag, "InvalidSetting")
            assert.include(error.message, variable)
          }
        }
        if (/[\n ]|^$|#/.test(url)) return
        yield* home({ config: `[profile dev]\n${keys}endpoint_url = ${url}\n` })
        const error = yield* build(Profile.layer({ profile: "dev" }))
        assert.strictEqual(error._tag, "InvalidSetting")
        assert.include(error.message, "`endpoint_url` of the profile dev")
      }))
  }

  it.effect("names the services section that has it, and one that is missing", () =>
    Effect.gen(function*() {
      yield* home({
        config: `[profile dev]\n${keys}services = local\n[services local]\ns3 =\n  endpoint_url = host:1\n`
      })
      assert.include((yield* build(Profile.layer({ profile: "dev" }))).message, "s3 in the section [services local]")
      yield* home({ config: `[profile dev]\n${keys}services = gone\n` })
      const error = yield* build(Profile.layer({ profile: "dev" }))
      assert.strictEqual(error._tag, "InvalidSetting")
      assert.include(error.message, "[services gone]")
      // As in botocore, nobody looks there if AWS_ENDPOINT_URL is set.
      process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
      yield* Effect.scoped(Layer.build(Profile.layer({ profile: "dev" })))
    }))

  it.effect("fails for a value of ignore_configured_endpoint_urls that is neither true nor false", () =>
    Effect.gen(function*() {
      yield* home({ config: `[profile dev]\n${keys}ignore_configured_endpoint_urls = yes\n` })
      const error = yield* build(Profile.layer({ profile: "dev" }))
      assert.strictEqual(error._tag, "InvalidSetting")
      assert.include(error.message, "`ignore_configured_endpoint_urls` of the profile dev is \"yes\"")
    }))

  it("crosses processes by its codec", () => {
    const error = new Profile.InvalidSetting({ setting: "AWS_MAX_ATTEMPTS", value: "abc", expected: "a number" })
    const decoded = Schema.decodeUnknownSync(Profile.InvalidSetting)(JSON.parse(JSON.stringify(error)))
    assert.strictEqual(decoded.message, error.message)
  })
})
