// Default.layer, judged by a plain client of the SDK in the same surroundings: the same environment, files and servers.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { fromNodeProviderChain } from "@aws-sdk/credential-providers"
import { assert, describe, it } from "@effect/vitest"
import {
  Clock,
  Config,
  ConfigProvider,
  Effect,
  Fiber,
  Layer,
  Logger,
  ManagedRuntime,
  References,
  Result,
  Schedule,
  type Scope
} from "effect"
import { AwsClients, Compute, Default, Profile, Retry } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import * as path from "node:path"
import {
  agent,
  folder,
  home,
  issuedKeys,
  metadata,
  noMetadata,
  ssoTokenFile,
  sts,
  whoAmI
} from "../support/Environment.ts"
import { until } from "../support/s3.ts"
import { serve } from "../support/Server.ts"

type Variables = Readonly<Record<string, string>>

const profileKeys = (key: string) => `aws_access_key_id = ${key}\naws_secret_access_key = planted-secret-of-${key}\n`
const environmentKeys = { AWS_ACCESS_KEY_ID: "AKIAENV", AWS_SECRET_ACCESS_KEY: "planted-secret-of-the-environment" }
const arn = "arn:aws:iam::210987654321:role/"

const build = (options?: Default.Options) => Effect.scoped(Layer.build(Default.layer(options)))

/** The key that signs a call of ours and our region, or what failed. */
const ours = (options: Default.Options = {}) =>
  Effect.result(
    Effect.all([whoAmI, AwsClients.useSync(({ config }) => config.region)]).pipe(
      Effect.provide(Layer.suspend(() => Default.layer({ retry: Retry.none, ...options }))),
      Effect.provideService(References.MinimumLogLevel, "Error")
    )
  )

/** What there is to compare. The fake metadata counts its keys. */
const told = (result: Result.Result<ReadonlyArray<string | undefined>, unknown>) =>
  Result.match(result, {
    onSuccess: ([key, region]) => [key?.replace(/\d+$/, ""), region],
    onFailure: (error): unknown => error
  })

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/** The key that signs the call of a plain client of the SDK, and its region, or what failed. */
const sdks = (options: { readonly profile?: string; readonly region?: string } = {}) =>
  Effect.result(
    Effect.acquireUseRelease(
      Effect.sync(() => new STSClient({ logger: silent, ...options })),
      (client) =>
        Effect.tryPromise(async () => {
          const { Arn = "" } = await client.send(new GetCallerIdentityCommand({}))
          return [Arn.split("/").at(-1), await client.config.region()]
        }),
      (client) => Effect.sync(() => client.destroy())
    )
  )

/** The key that the SDK's provider chain gets on its own. */
const chained = (options: { readonly profile?: string } = {}) =>
  Effect.map(
    Effect.result(Effect.tryPromise(() => fromNodeProviderChain({ logger: silent, ...options })())),
    Result.map(({ accessKeyId }) => [accessKeyId, "eu-central-1"])
  )

/** A place where a program runs: the files of its home folder, and its environment. */
interface Place {
  readonly files?: Parameters<typeof home>[0]
  readonly variables?: Variables
}

/** Goes there. STS and SSO are at AWS_ENDPOINT_URL, and there is no instance metadata unless the place has it. */
const at = ({ files = {}, variables = {} }: Place) =>
  Effect.gen(function*() {
    const server = yield* sts()
    const root = yield* home(files, { AWS_ENDPOINT_URL: server.url, ...noMetadata, ...variables })
    return { ...server, root }
  })

const region = { AWS_REGION: "eu-central-1" }

const webIdentity = Effect.gen(function*() {
  const files = yield* folder({ token: "a-web-token" })
  return { AWS_WEB_IDENTITY_TOKEN_FILE: path.join(files, "token"), AWS_ROLE_ARN: `${arn}web` }
})

const container = Effect.map(agent(() => [200, issuedKeys("ASIATASK")]), ({ variables }) => variables)

const credentialProcess = (program: string) =>
  Effect.gen(function*() {
    const files = yield* folder({ "keys.mjs": program })
    return `credential_process = "${process.execPath}" "${path.join(files, "keys.mjs")}"\n`
  })

const startUrl = "https://corp.awsapps.com/start"
const sso = `sso_account_id = 1\nsso_role_name = admin\nsso_region = us-east-1\nsso_start_url = ${startUrl}\n`
const inAnHour = () => new Date(Date.now() + 3_600_000)

describe("every combination of sources of Default.layer", () => {
  const flags = ["option", "AWS_PROFILE", "environment", "default", "webIdentity", "container", "metadata"] as const
  type Flag = (typeof flags)[number]
  const combinations = Array.from(
    { length: 2 ** flags.length },
    (_, bits) => new Set<Flag>(flags.filter((_, i) => (bits & (1 << i)) !== 0))
  )
  const expected: Readonly<Record<Flag, string>> = {
    option: "AKIAOPTION",
    AWS_PROFILE: "AKIANAMED",
    environment: "AKIAENV",
    default: "AKIADEFAULT",
    webIdentity: "ASIAweb",
    container: "ASIATASK",
    metadata: "ASIAINSTANCE"
  }

  it.live(
    "gives the credentials that a client of the SDK takes, and asks the metadata only as the last source",
    () =>
      Effect.gen(function*() {
        const web = yield* webIdentity
        const task = yield* container
        const instance = yield* metadata()
        let failures = 0
        for (const has of combinations) {
          yield* Effect.gen(function*() {
            const name = [...has].join(" + ") || "nothing"
            yield* at({
              files: {
                config: "[default]\nregion = eu-west-1\n",
                credentials: `[option]\n${profileKeys("AKIAOPTION")}[named]\n${profileKeys("AKIANAMED")}` +
                  (has.has("default") ? `[default]\n${profileKeys("AKIADEFAULT")}` : "")
              },
              variables: {
                ...region,
                ...(has.has("AWS_PROFILE") && { AWS_PROFILE: "named" }),
                ...(has.has("environment") && environmentKeys),
                ...(has.has("webIdentity") && web),
                ...(has.has("container") && task),
                ...(has.has("metadata") && instance.variables)
              }
            })
            const options = has.has("option") ? { profile: "option" } : {}
            const before = instance.asked.length
            const our = yield* ours(options)
            const asked = instance.asked.length - before
            const sdk = yield* sdks(options)
            const first = flags.find((flag) => has.has(flag))
            assert.strictEqual(asked > 0, first === "metadata", `${name} asks the metadata`)
            if (first === undefined) {
              failures++
              assert.strictEqual(sdk._tag, "Failure", name)
              assert.strictEqual(our._tag === "Failure" && our.failure._tag, "CredentialsNotFound", name)
            } else {
              assert.deepEqual(told(our), [expected[first], "eu-central-1"], name)
              assert.deepEqual(told(sdk), told(our), name)
              assert.deepEqual(told(yield* chained(options)), told(our), name)
            }
          }).pipe(Effect.scoped)
        }
        assert.strictEqual(failures, 1)
      }),
    60_000
  )
})

describe("a program gets the same credentials as from the SDK", () => {
  const itAgrees = (
    where: string,
    place: Effect.Effect<Place, never, Scope.Scope>,
    key: string,
    options: { readonly profile?: string } = {}
  ) =>
    it.live(`takes the credentials that a client of the SDK takes: ${where}`, () =>
      Effect.gen(function*() {
        const { files, variables } = yield* place
        yield* at({ files: files ?? {}, variables: { ...region, ...variables } })
        const our = yield* ours(options)
        assert.deepEqual(told(our), [key, "eu-central-1"])
        assert.deepEqual(told(yield* sdks(options)), told(our))
      }))
  const config = (settings: string): Effect.Effect<Place> => Effect.succeed({ files: { config: settings } })
  const base = `[profile base]\n${profileKeys("AKIABASE")}`

  itAgrees("on a laptop with keys in the profile default", config(`[default]\n${profileKeys("AKIADEV")}`), "AKIADEV")
  itAgrees(
    "on a laptop with keys in the credentials file of a profile that AWS_PROFILE names",
    Effect.succeed({ files: { credentials: `[dev]\n${profileKeys("AKIADEV")}` }, variables: { AWS_PROFILE: "dev" } }),
    "AKIADEV"
  )
  itAgrees(
    "on a laptop whose files AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name",
    Effect.gen(function*() {
      const files = yield* folder({ c: "[profile dev]\nregion = x\n", k: `[dev]\n${profileKeys("AKIADEV")}` })
      const [AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE] = [path.join(files, "c"), path.join(files, "k")]
      return { variables: { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_PROFILE: "dev" } }
    }),
    "AKIADEV"
  )
  itAgrees(
    "on a laptop that is signed in to SSO",
    Effect.succeed({ files: { config: `[default]\n${sso}`, ...ssoTokenFile(startUrl, inAnHour()) } }),
    "ASIASSO"
  )
  itAgrees(
    "on a laptop that is signed in to an SSO session",
    Effect.succeed({
      files: {
        config:
          `[profile dev]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = admin\n[sso-session corp]\nsso_region = us-east-1\nsso_start_url = ${startUrl}\n`,
        ...ssoTokenFile("corp", inAnHour())
      },
      variables: { AWS_PROFILE: "dev" }
    }),
    "ASIASSO"
  )
  itAgrees(
    "on a laptop with a credential_process",
    Effect.gen(function*() {
      const keys = { Version: 1, AccessKeyId: "AKIAPROCESS", SecretAccessKey: "planted-secret" }
      const setting = yield* credentialProcess(`console.log(${JSON.stringify(JSON.stringify(keys))})`)
      return { files: { config: `[default]\n${setting}` } }
    }),
    "AKIAPROCESS"
  )
  itAgrees(
    "on a laptop whose profile default assumes a role",
    config(`[default]\nrole_arn = ${arn}audit\nsource_profile = base\n${base}`),
    "ASIAaudit"
  )
  itAgrees(
    "on a laptop whose named profile assumes a role with the environment's keys",
    Effect.succeed({
      files: { config: `[profile dev]\nrole_arn = ${arn}audit\ncredential_source = Environment\n` },
      variables: environmentKeys
    }),
    "ASIAaudit",
    { profile: "dev" }
  )
  itAgrees(
    "on a laptop whose profile has a web identity",
    Effect.map(webIdentity, ({ AWS_WEB_IDENTITY_TOKEN_FILE: file }) => ({
      files: { config: `[default]\nrole_arn = ${arn}audit\nweb_identity_token_file = ${file}\n` }
    })),
    "ASIAaudit"
  )
  itAgrees(
    "on EC2 whose profile assumes a role with the instance's credentials",
    Effect.map(metadata(), ({ variables }) => ({
      files: { config: `[default]\nrole_arn = ${arn}audit\ncredential_source = Ec2InstanceMetadata\n` },
      variables
    })),
    "ASIAaudit"
  )
  itAgrees("in CI with access keys", Effect.succeed({ variables: environmentKeys }), "AKIAENV")
  itAgrees(
    "in GitHub Actions, whose action for OIDC exports a session",
    Effect.succeed({
      variables: { ...environmentKeys, AWS_SESSION_TOKEN: "t", AWS_DEFAULT_REGION: "eu-central-1" }
    }),
    "AKIAENV"
  )
  itAgrees(
    "in a Lambda function",
    Effect.succeed({
      variables: { ...environmentKeys, AWS_SESSION_TOKEN: "t", AWS_LAMBDA_FUNCTION_NAME: "f", HOME: "/no/home" }
    }),
    "AKIAENV"
  )
  itAgrees(
    "on EC2",
    Effect.map(metadata(), ({ variables }) => ({ variables })),
    "ASIAINSTANCE"
  )
  itAgrees("in a task of ECS", Effect.map(container, (variables) => ({ variables })), "ASIATASK")
  itAgrees("in a pod with IRSA", Effect.map(webIdentity, (variables) => ({ variables })), "ASIAweb")
  itAgrees(
    "in a pod with Pod Identity",
    Effect.gen(function*() {
      const files = yield* folder({ token: "pod" })
      const { variables } = yield* agent((token) => token === "pod" ? [200, issuedKeys("ASIAPOD")] : [401, ""])
      return { variables: { ...variables, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: path.join(files, "token") } }
    }),
    "ASIAPOD"
  )
  itAgrees(
    "where AWS_PROFILE is empty",
    Effect.succeed({ variables: { ...environmentKeys, AWS_PROFILE: "" } }),
    "AKIAENV"
  )
  itAgrees(
    "where AWS_PROFILE puts half of the environment's keys aside",
    Effect.succeed({
      files: { credentials: `[dev]\n${profileKeys("AKIADEV")}` },
      variables: { AWS_ACCESS_KEY_ID: "AKIA", AWS_PROFILE: "dev" }
    }),
    "AKIADEV"
  )
  itAgrees(
    "where other variables are empty",
    Effect.map(container, (variables) => ({
      variables: {
        ...variables,
        AWS_ACCESS_KEY_ID: "",
        AWS_SECRET_ACCESS_KEY: "",
        AWS_WEB_IDENTITY_TOKEN_FILE: "",
        AWS_ROLE_ARN: ""
      }
    })),
    "ASIATASK"
  )
  itAgrees(
    "where only AWS_ROLE_ARN is set of a web identity",
    Effect.map(container, (variables) => ({ variables: { ...variables, AWS_ROLE_ARN: `${arn}web` } })),
    "ASIATASK"
  )
  itAgrees(
    "where the profile default has settings only",
    Effect.map(container, (variables) => ({
      files: { config: "[default]\nregion = eu-west-1\noutput = json\nmax_attempts = 2\n" },
      variables
    })),
    "ASIATASK"
  )
})

/** What a program is told: when the Layer is built, or, for a profile's credentials, by the first call. */
const failureOf = (result: Result.Result<unknown, { readonly _tag: string; readonly message: string }>) => {
  if (Result.isSuccess(result)) return assert.fail(`succeeded with ${JSON.stringify(result.success)}`)
  assert.notInclude(JSON.stringify(result.failure) + result.failure.message, "planted")
  return result.failure
}

describe("a source of Default.layer that is configured and broken", () => {
  interface Row {
    readonly title: string
    readonly place: Effect.Effect<Place, never, Scope.Scope>
    /** The key that a client of the SDK takes instead, without a word; `undefined` if it fails, too. */
    readonly sdk: string | undefined
    readonly tag?: string
    readonly parts: ReadonlyArray<string>
    readonly options?: { readonly profile?: string }
  }
  const variables = (variables: Variables): Row["place"] => Effect.succeed({ variables })
  const config = (settings: string, variables: Variables = {}): Row["place"] =>
    Effect.succeed({ files: { config: settings }, variables })
  const process = (program: string): Row["place"] =>
    Effect.map(credentialProcess(program), (setting) => ({ files: { config: `[default]\n${setting}` } }))
  const role = `role_arn = ${arn}audit\n`
  const broken = "CredentialsNotFound"
  const atCall = "AwsError"

  // In all of them the program runs on an instance with a role, which is another identity.
  const rows: ReadonlyArray<Row> = [
    ...Object.keys(environmentKeys).map((name) => ({
      title: `only ${name} in the environment`,
      place: variables({ [name]: "planted" }),
      sdk: "ASIAINSTANCE",
      parts: ["from the environment", `only ${name} is set`]
    })),
    {
      title: "a profile default with one key only",
      place: config("[default]\naws_access_key_id = AKIA\n"),
      sdk: "ASIAINSTANCE",
      parts: ["the profile default", "only one of `aws_access_key_id` and `aws_secret_access_key`"]
    },
    {
      title: "a process that fails",
      place: process(`console.error("the vault is sealed"); process.exit(3)`),
      sdk: "ASIAINSTANCE",
      tag: atCall,
      parts: ["the profile default", "the vault is sealed", "`credential_process` by hand"]
    },
    {
      title: "a process that prints no JSON",
      place: process(`console.log("planted-secret")`),
      sdk: "ASIAINSTANCE",
      tag: atCall,
      parts: ["the profile default", "invalid JSON"]
    },
    {
      title: "a process that prints an empty key",
      place: process(`console.log('{ "Version": 1, "AccessKeyId": "", "SecretAccessKey": "planted" }')`),
      // It signs with the empty key.
      sdk: "undefined",
      tag: atCall,
      parts: ["the profile default", "no access keys"]
    },
    {
      title: "a process that prints keys that are no texts",
      place: process(`console.log('{ "Version": 1, "AccessKeyId": 1, "SecretAccessKey": 2 }')`),
      sdk: undefined,
      tag: atCall,
      parts: ["the profile default", "no access keys"]
    },
    {
      title: "a process that prints an expiration that is no date",
      place: process(
        `console.log('{ "Version": 1, "AccessKeyId": "A", "SecretAccessKey": "planted", "Expiration": "soon" }')`
      ),
      sdk: "A",
      tag: atCall,
      parts: ["the profile default", "not a date"]
    },
    {
      title: "an expired SSO session",
      place: Effect.succeed({
        files: { config: `[default]\n${sso}`, ...ssoTokenFile(startUrl, new Date(2001, 0)) }
      }),
      sdk: undefined,
      tag: atCall,
      parts: ["the profile default", "aws sso login --profile default"]
    },
    {
      title: "SSO settings without an account",
      place: config("[default]\nsso_region = us-east-1\nsso_start_url = x\nsso_role_name = y\n"),
      sdk: undefined,
      parts: ["the profile default", "sso_account_id"]
    },
    {
      title: "a session of `aws login` that isn't there",
      place: config("[default]\nlogin_session = arn:aws:sts::1:assumed-role/x/y\n"),
      sdk: undefined,
      tag: atCall,
      parts: ["the profile default", "aws login --profile default"]
    },
    {
      title: "a role that is denied",
      place: config(
        `[default]\nrole_arn = ${arn}denied\nsource_profile = base\n[profile base]\n${profileKeys("AKIABASE")}`
      ),
      sdk: undefined,
      tag: atCall,
      parts: ["the profile default", "AccessDenied", "`role_arn`"]
    },
    {
      title: "a role without a source",
      place: config(`[default]\n${role}`),
      sdk: "ASIAINSTANCE",
      parts: ["the profile default", "no credentials to assume the role with"]
    },
    {
      title: "a role with an unknown credential_source",
      place: config(`[default]\n${role}credential_source = Moon\n`),
      sdk: "ASIAINSTANCE",
      parts: ["the profile default", "Moon"]
    },
    {
      title: "a role with keys that the environment doesn't have",
      place: config(`[default]\n${role}credential_source = Environment\n`),
      sdk: "ASIAINSTANCE",
      tag: atCall,
      parts: ["the profile default", "`credential_source` is Environment"]
    },
    {
      title: "a role with two sources",
      place: config(`[default]\n${role}credential_source = Environment\nsource_profile = default\n`),
      sdk: "ASIAINSTANCE",
      parts: ["the profile default", "both"]
    },
    {
      title: "a role whose source_profile doesn't exist",
      place: config(`[default]\n${role}source_profile = gone\n`),
      sdk: "ASIAINSTANCE",
      tag: "ProfileDoesNotExist",
      parts: ["\"gone\""]
    },
    {
      title: "a role that needs MFA",
      place: config(
        `[default]\n${role}mfa_serial = arn:aws:iam::1:mfa/me\nsource_profile = base\n[profile base]\n${
          profileKeys("AKIABASE")
        }`
      ),
      sdk: undefined,
      parts: ["the profile default", "AssumeRole.layer"]
    },
    ...["source_profile = base", "credential_source = Environment", "web_identity_token_file = /t"].map((setting) => ({
      title: `a profile default with ${setting.split(" ")[0]} and no role`,
      place: config(`[default]\n${setting}\n[profile base]\n${profileKeys("AKIABASE")}`),
      sdk: "ASIAINSTANCE",
      parts: ["the profile default", `\`${setting.split(" ")[0]}\`, but no role`, "`role_arn`"]
    })),
    {
      title: "a profile with a token file that can't be read",
      place: config(`[default]\n${role}web_identity_token_file = /no/token\n`),
      sdk: undefined,
      tag: atCall,
      parts: ["the profile default", "/no/token"]
    },
    {
      title: "a profile that AWS_PROFILE names and that doesn't exist",
      place: config("[profile other]\nregion = x\n", { AWS_PROFILE: "dev" }),
      sdk: "ASIAINSTANCE",
      tag: "ProfileDoesNotExist",
      parts: ["\"dev\"", "other"]
    },
    {
      title: "a profile that the option names and that doesn't exist",
      place: config("[profile other]\nregion = x\n"),
      options: { profile: "dev" },
      sdk: "ASIAINSTANCE",
      tag: "ProfileDoesNotExist",
      parts: ["\"dev\"", "other"]
    },
    {
      title: "a profile that AWS_PROFILE names and that has no credentials",
      place: config("[profile dev]\nregion = x\n", { AWS_PROFILE: "dev" }),
      sdk: "ASIAINSTANCE",
      parts: ["the profile dev", "no source of credentials"]
    },
    {
      title: "the profile default without credentials, if AWS_PROFILE names it",
      place: config("[default]\nregion = x\n", { AWS_PROFILE: "default" }),
      sdk: "ASIAINSTANCE",
      parts: ["the profile default", "no source of credentials"]
    },
    {
      title: "a line of the config file that is malformed",
      place: config(`[default\n${profileKeys("planted-secret")}`),
      sdk: "ASIAINSTANCE",
      parts: ["config", "line 1"]
    },
    {
      title: "a section that the SDK can't read",
      place: config(`[profile  default]\n${profileKeys("planted-secret")}`),
      sdk: "ASIAINSTANCE",
      parts: ["the profile default", "line 1"]
    },
    {
      title: "a config file that can't be read",
      place: Effect.map(folder({ config: null }), (files) => ({
        variables: { AWS_CONFIG_FILE: path.join(files, "config") }
      })),
      sdk: "ASIAINSTANCE",
      parts: ["config", "EISDIR"]
    },
    {
      title: "a web identity without a role",
      place: variables({ AWS_WEB_IDENTITY_TOKEN_FILE: "/t" }),
      sdk: "ASIAINSTANCE",
      parts: ["the web identity", "AWS_ROLE_ARN"]
    },
    {
      title: "a web identity without a role, in a container",
      place: Effect.map(container, (task) => ({ variables: { ...task, AWS_WEB_IDENTITY_TOKEN_FILE: "/t" } })),
      sdk: "ASIATASK",
      parts: ["the web identity", "AWS_ROLE_ARN"]
    },
    {
      title: "a web identity whose token file is missing",
      place: variables({ AWS_WEB_IDENTITY_TOKEN_FILE: "/no/token", AWS_ROLE_ARN: `${arn}web` }),
      sdk: undefined,
      parts: ["the web identity", "/no/token", "AWS_WEB_IDENTITY_TOKEN_FILE"]
    },
    {
      title: "a web identity whose role is denied",
      place: Effect.map(webIdentity, (web) => ({ variables: { ...web, AWS_ROLE_ARN: `${arn}denied` } })),
      sdk: undefined,
      parts: ["the web identity", "AccessDenied", "trusts"]
    },
    {
      title: "a container whose agent refuses",
      place: Effect.map(agent(() => [403, ""]), ({ variables }) => ({ variables })),
      sdk: undefined,
      parts: ["the container", "403"]
    },
    {
      title: "a container whose agent has another host",
      place: variables({ AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://example.com/" }),
      sdk: undefined,
      parts: ["the container", "not accepted"]
    },
    {
      title: "keys in the environment that expire at no date",
      place: variables({ ...environmentKeys, AWS_CREDENTIAL_EXPIRATION: "soon" }),
      sdk: "AKIAENV",
      parts: ["the environment", "not a date"]
    }
  ]

  for (const { options = {}, parts, place, sdk, tag = broken, title } of rows) {
    it.live(`fails, ${sdk === undefined ? "as" : "unlike"} the SDK: ${title}`, () =>
      Effect.gen(function*() {
        const instance = yield* metadata()
        const { files, variables } = yield* place
        yield* at({ files: files ?? {}, variables: { ...region, ...instance.variables, ...variables } })
        const error = failureOf(yield* ours(options))
        assert.strictEqual(error._tag, tag, error.message)
        for (const part of parts) assert.include(error.message, part)
        if (error._tag === "CredentialsNotFound") assert.deepEqual((error as Default.CredentialsNotFound).looked, [])
        assert.isEmpty(instance.asked)
        const answer = yield* sdks(options)
        if (sdk === undefined) assert.isTrue(Result.isFailure(answer), JSON.stringify(answer))
        else assert.deepEqual(told(answer), [sdk, "eu-central-1"])
      }))
  }

  it.live("fails and is named in every combination with the sources behind it", () =>
    Effect.gen(function*() {
      const web = yield* webIdentity
      const task = yield* container
      const instance = yield* metadata()
      const { AWS_WEB_IDENTITY_TOKEN_FILE } = web
      const broken = [
        ["the environment", { AWS_SECRET_ACCESS_KEY: "planted" }, ""],
        ["the profile default", {}, "[default]\naws_access_key_id = AKIA\n"],
        ["the web identity", { AWS_WEB_IDENTITY_TOKEN_FILE }, ""],
        ["the container", { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://example.com/" }, ""]
      ] as const
      const whole = [[{}, `[default]\n${profileKeys("AKIADEFAULT")}`], [web, ""], [task, ""], [
        instance.variables,
        ""
      ]] as const
      let count = 0
      for (const [i, [source, variables, file]] of broken.entries()) {
        const behind = whole.slice(i)
        for (let bits = 0; bits < 2 ** behind.length; bits++) {
          yield* Effect.gen(function*() {
            count++
            const others = behind.filter((_, j) => (bits & (1 << j)) !== 0)
            yield* at({
              files: { config: file + others.map(([, text]) => text).join("") },
              variables: Object.assign({}, region, ...others.map(([variables]) => variables), variables)
            })
            const error = failureOf(yield* ours())
            assert.strictEqual((error as Default.CredentialsNotFound).source, source, JSON.stringify(others))
          }).pipe(Effect.scoped)
        }
      }
      assert.strictEqual(count, 16 + 8 + 4 + 2)
      assert.isEmpty(instance.asked)
    }))
})

describe("a place without credentials", () => {
  const looked = (error: { readonly _tag: string }) => (error as Default.CredentialsNotFound).looked

  it.live("lists all sources and why each wasn't taken, in words and for programs", () =>
    Effect.gen(function*() {
      const { root } = yield* at({ files: { config: "[profile dev]\nregion = x\n[profile prod]\nregion = x\n" } })
      // Without a region, too: the list of sources says more than a missing region.
      const error = failureOf(yield* ours())
      assert.strictEqual(error._tag, "CredentialsNotFound")
      assert.deepEqual(looked(error), [
        { source: "the environment", why: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY aren't set" },
        {
          source: "the profile default",
          why: `there is no such profile in ${root}/.aws/config and ${root}/.aws/credentials, which have: dev, prod`
        },
        { source: "the web identity", why: "AWS_WEB_IDENTITY_TOKEN_FILE isn't set" },
        {
          source: "the container",
          why: "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set"
        },
        {
          source: "the instance metadata",
          why: "http://127.0.0.1:9 did not return an IMDSv2 token: fetch failed, bad port"
        }
      ])
      const lines = error.message.split("\n")
      assert.deepEqual(lines.slice(1, -1), looked(error).map(({ source, why }) => `- ${source}: ${why}`))
      assert.isBelow(Math.max(...lines.map(({ length }) => length)), 500)
      // A log in JSON keeps it in one line.
      assert.notInclude(JSON.stringify(error), "\n")
      for (const cure of ["AWS_PROFILE", "aws configure sso", "AWS_ACCESS_KEY_ID", "a role"]) {
        assert.include(error.message, cure)
      }
      assert.deepEqual(JSON.parse(JSON.stringify(error)).looked, looked(error))
      assert.isTrue((error as Default.CredentialsNotFound).isRetryable)
    }))

  it.live("says that the profile default has no credentials, and that the metadata is disabled", () =>
    Effect.gen(function*() {
      yield* at({ files: { config: "[default]\nregion = x\n" }, variables: { AWS_EC2_METADATA_DISABLED: "true" } })
      const error = failureOf(yield* ours())
      const [, profile, , , last] = looked(error)
      assert.include(profile?.why, "no source of credentials")
      assert.strictEqual(last?.why, "AWS_EC2_METADATA_DISABLED is set")
      assert.isFalse((error as Default.CredentialsNotFound).isRetryable)
    }))

  it.live("fails within seconds where nothing answers at the metadata's address", () =>
    Effect.gen(function*() {
      const { url } = yield* serve(() => {})
      yield* at({ variables: { AWS_EC2_METADATA_SERVICE_ENDPOINT: url } })
      const start = performance.now()
      assert.include(looked(failureOf(yield* ours())).at(-1)?.why, "timeout")
      // It waits for a second. The rest is for a busy machine.
      assert.isBelow(performance.now() - start, 20_000)
    }))

  for (
    const [title, url, why] of [
      ["a malformed address", "nonsense", "Invalid URL"],
      ["an address without a server", undefined, "ECONNREFUSED"]
    ] as const
  ) {
    it.live(`says why the metadata has no token: ${title}`, () =>
      Effect.gen(function*() {
        const { url: closed } = yield* Effect.scoped(serve(() => {}))
        yield* at({ variables: { AWS_EC2_METADATA_SERVICE_ENDPOINT: url ?? closed } })
        assert.include(looked(failureOf(yield* ours())).at(-1)?.why, why)
      }))
  }

  it.live("takes metadata that is off (HTTP 403) for no source, and an instance without a role for a broken one", () =>
    Effect.gen(function*() {
      const off = yield* serve((_, response) => response.writeHead(403).end())
      yield* at({ variables: { ...region, AWS_EC2_METADATA_SERVICE_ENDPOINT: off.url } })
      assert.include(looked(failureOf(yield* ours())).at(-1)?.why, "HTTP 403")
      const instance = yield* metadata({ role: "" })
      Object.assign(process.env, instance.variables)
      const error = failureOf(yield* ours())
      assert.strictEqual(error._tag, "CredentialsNotFound")
      assert.deepEqual(looked(error), [])
      for (const part of ["from the instance metadata", "instance profile"]) assert.include(error.message, part)
    }))
})

describe("the region of Default.layer", () => {
  const combinations = Array.from({ length: 2 ** 4 }, (_, bits) => [1, 2, 4, 8].map((bit) => (bits & bit) !== 0))

  it.live(
    "takes the region that a client of the SDK takes, wherever the credentials come from",
    () =>
      Effect.gen(function*() {
        let missing = 0
        for (const variables of [environmentKeys, { AWS_PROFILE: "dev" }, yield* container] as Array<Variables>) {
          for (const [option, inEnvironment, inDev, inDefault] of combinations) {
            yield* Effect.gen(function*() {
              yield* at({
                files: {
                  config: `[profile dev]\n${profileKeys("AKIADEV")}${inDev ? "region = eu-west-1\n" : ""}` +
                    `[default]\noutput = json\n${inDefault ? "region = eu-west-2\n" : ""}`
                },
                variables: { ...variables, ...(inEnvironment && { AWS_REGION: "eu-west-3" }) }
              })
              const options = option ? { region: "eu-north-1" } : {}
              const our = yield* ours(options)
              const sdk = yield* sdks(options)
              if (Result.isFailure(sdk)) {
                missing++
                assert.strictEqual(failureOf(our)._tag, "RegionNotFound")
              } else assert.deepEqual(told(our), told(sdk))
            }).pipe(Effect.scoped)
          }
        }
        assert.strictEqual(missing, 6)
      }),
    30_000
  )

  it.live("takes AWS_DEFAULT_REGION, as AWS's other tools do, before the profile's region", () =>
    Effect.gen(function*() {
      yield* at({
        files: { config: "[default]\nregion = eu-west-2\n" },
        variables: { ...environmentKeys, AWS_DEFAULT_REGION: "eu-west-3" }
      })
      assert.deepEqual(told(yield* ours()), ["AKIAENV", "eu-west-3"])
    }))

  it.live("asks the metadata for the region only if nothing else has one", () =>
    Effect.gen(function*() {
      const { asked, variables } = yield* metadata({ region: "ap-southeast-2" })
      yield* at({ files: { config: "[default]\noutput = json\n" }, variables: { ...variables, ...environmentKeys } })
      assert.deepEqual(told(yield* ours()), ["AKIAENV", "ap-southeast-2"])
      asked.length = 0
      process.env["AWS_REGION"] = "eu-west-3"
      assert.deepEqual(told(yield* ours()), ["AKIAENV", "eu-west-3"])
      assert.isEmpty(asked)
      for (const name of ["AWS_REGION", ...Object.keys(environmentKeys)]) delete process.env[name]
      assert.deepEqual(told(yield* ours()), ["ASIAINSTANCE", "ap-southeast-2"])
    }))

  it.live("fails with RegionNotFound when no place has a region, and says where it looked", () =>
    Effect.gen(function*() {
      yield* at({ variables: environmentKeys })
      const error = failureOf(yield* ours())
      assert.strictEqual(error._tag, "RegionNotFound")
      assert.deepEqual((error as Default.RegionNotFound).looked, [
        "the `region` option",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "the `region` of the profile default",
        "the instance metadata"
      ])
    }))

  const notRegions = ["eu central 1", "eu-central-1\n", " ", "eu-central-1.example.com", "<html>", "-"]
  for (const place of ["option", "AWS_REGION", "AWS_DEFAULT_REGION", "profile"]) {
    it.live(`fails with InvalidSetting for what can't be a region, from ${place}`, () =>
      Effect.forEach(notRegions, (value) =>
        Effect.gen(function*() {
          // A file can't hold the other two.
          if (place === "profile" && value.trim() !== value) return
          yield* at({
            files: { config: place === "profile" ? `[default]\nregion = ${value}\n` : "" },
            variables: { ...environmentKeys, ...(place.startsWith("AWS_") && { [place]: value }) }
          })
          const error = failureOf(yield* ours(place === "option" ? { region: value } : {}))
          if (error._tag !== "InvalidSetting") return assert.fail(error._tag)
          assert.include((error as Default.InvalidSetting).setting, place)
          assert.strictEqual((error as Default.InvalidSetting).value, value)
        }).pipe(Effect.scoped), { discard: true }))
  }

  it.live("isn't what a network's sign-in page answers in place of the metadata", () =>
    Effect.gen(function*() {
      const page = "<html>Sign in</html>"
      const { url } = yield* serve((request, response) =>
        response.end(request.url === "/latest/api/token" ? "imds-token" : page)
      )
      yield* at({ variables: { ...environmentKeys, AWS_EC2_METADATA_SERVICE_ENDPOINT: url } })
      assert.strictEqual(failureOf(yield* ours())._tag, "RegionNotFound")
    }))
})

describe("the settings of Default.layer", () => {
  it.live("sends to the endpoint that a client of the SDK sends to, wherever the credentials come from", () =>
    Effect.gen(function*() {
      const [ofDev, ofDefault, ofEnvironment] = [yield* sts(), yield* sts(), yield* sts()]
      const servers = [ofDev, ofDefault, ofEnvironment]
      for (const variables of [environmentKeys, { AWS_PROFILE: "dev" }, yield* container] as Array<Variables>) {
        for (const inEnvironment of [true, false]) {
          yield* Effect.gen(function*() {
            yield* at({
              files: {
                config: `[profile dev]\n${profileKeys("AKIADEV")}endpoint_url = ${ofDev.url}\n` +
                  `[default]\nendpoint_url = ${ofDefault.url}\n`
              },
              variables: {
                ...region,
                ...variables,
                AWS_ENDPOINT_URL: "",
                ...(inEnvironment && { AWS_ENDPOINT_URL_STS: ofEnvironment.url })
              }
            })
            const asked = (run: Effect.Effect<Result.Result<unknown, unknown>>) =>
              Effect.gen(function*() {
                for (const { calls } of servers) calls.length = 0
                assert.isTrue(Result.isSuccess(yield* run))
                return servers.map(({ calls }) => calls.length)
              })
            const our = yield* asked(ours())
            assert.deepEqual(our, yield* asked(sdks()))
            assert.strictEqual(our[2], inEnvironment ? 1 : 0)
          }).pipe(Effect.scoped)
        }
      }
    }))

  it.live("fails with InvalidSetting for a bad setting of the profile default, also if the credentials come from elsewhere", () =>
    Effect.gen(function*() {
      yield* at({ files: { config: "[default]\nmax_attempts = many\n" }, variables: { ...region, ...environmentKeys } })
      const error = failureOf(yield* Effect.result(build()))
      assert.strictEqual(error._tag, "InvalidSetting")
      assert.include(error.message, "`max_attempts` of the profile default")
    }))

  it.live("takes the metadata's address from the profile default", () =>
    Effect.gen(function*() {
      const { variables: { AWS_EC2_METADATA_SERVICE_ENDPOINT: url } } = yield* metadata({ region: "eu-west-1" })
      yield* at({ files: { config: `[default]\nec2_metadata_service_endpoint = ${url}\n` } })
      delete process.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
      assert.deepEqual(told(yield* ours()), ["ASIAINSTANCE", "eu-west-1"])
    }))

  it.live("uses the environment's keys although a file can't be read, and logs a warning", () =>
    Effect.gen(function*() {
      const files = yield* folder({ config: null })
      yield* at({ variables: { ...region, ...environmentKeys, AWS_CONFIG_FILE: path.join(files, "config") } })
      const { lines, logged } = capture()
      assert.strictEqual(yield* Effect.provide(whoAmI, Default.layer()).pipe(logged), "AKIAENV")
      const [warning] = lines.filter((line) => line.startsWith("Warn"))
      for (const part of ["profile default", path.join(files, "config"), "EISDIR"]) assert.include(warning, part)
    }))

  it.live("takes the profile, region and endpoint from Config", () =>
    Effect.gen(function*() {
      const { url } = yield* at({ files: { credentials: `[dev]\n${profileKeys("AKIADEV")}` }, variables: noMetadata })
      delete process.env["AWS_ENDPOINT_URL"]
      const layer = Default.layerConfig({
        profile: Config.String("PROFILE"),
        region: Config.String("REGION"),
        endpoint: Config.String("ENDPOINT")
      })
      const from = (values: object) =>
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(values))
      const all = { PROFILE: "dev", REGION: "us-east-1", ENDPOINT: url }
      assert.strictEqual(yield* whoAmI.pipe(Effect.provide(layer), from(all)), "AKIADEV")
      const error = yield* Effect.flip(Effect.scoped(Layer.build(layer))).pipe(from({}))
      assert.strictEqual(error._tag, "ConfigError")
    }))
})

/** Collects what is logged. */
const capture = () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => lines.push(`${logLevel} ${String(message)}`))
  const logged = <A, E, R>(self: Effect.Effect<A, E, R>) =>
    self.pipe(Effect.provide(Logger.layer([logger])), Effect.provideService(References.MinimumLogLevel, "Debug"))
  return { lines, logged }
}

describe("the log of Default.layer", () => {
  const itLogs = (
    title: string,
    place: Effect.Effect<Place, never, Scope.Scope>,
    options: Default.Options,
    ...expected: ReadonlyArray<string>
  ) =>
    it.live(title, () =>
      Effect.gen(function*() {
        const { files, variables } = yield* place
        yield* at({ files: files ?? {}, variables: { ...region, ...variables } })
        const { lines, logged } = capture()
        yield* build(options).pipe(logged)
        assert.deepEqual(lines.filter((line) => !line.includes("STS.")), [...expected])
      }))
  const dev = { config: `[profile dev]\n${profileKeys("planted-secret")}` }

  itLogs(
    "logs that the credentials come from the environment",
    Effect.succeed({ variables: environmentKeys }),
    {},
    "Debug AWS credentials come from the environment, for eu-central-1"
  )
  itLogs(
    "logs that the credentials come from a profile, and from which kind of source",
    Effect.succeed({ files: { config: `[default]\n${sso}` } }),
    {},
    "Debug AWS credentials come from the profile default (SSO), for eu-central-1"
  )
  itLogs(
    "logs that the credentials come from the container",
    Effect.map(container, (variables) => ({ variables })),
    {},
    "Debug AWS credentials come from the container, for eu-central-1"
  )
  itLogs(
    "logs that the credentials come from the instance metadata",
    Effect.map(metadata(), ({ variables }) => ({ variables })),
    {},
    "Debug AWS credentials come from the instance metadata, for eu-central-1"
  )
  itLogs(
    "logs a warning that AWS_PROFILE puts the environment's keys aside",
    Effect.succeed({ files: dev, variables: { ...environmentKeys, AWS_PROFILE: "dev" } }),
    {},
    "Warn AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set, but not used: AWS_PROFILE names the profile dev. Set only one of the two.",
    "Debug AWS credentials come from the profile dev (static), for eu-central-1"
  )
  itLogs(
    "logs a warning that the `profile` option puts the environment's keys aside",
    Effect.succeed({ files: dev, variables: environmentKeys }),
    { profile: "dev" },
    "Warn AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set, but not used: the `profile` option names the profile dev. Set only one of the two.",
    "Debug AWS credentials come from the profile dev (static), for eu-central-1"
  )
})

describe("the Layer of Default", () => {
  it.live("builds without asking anybody for a profile's credentials", () =>
    Effect.gen(function*() {
      const marker = yield* folder()
      const setting = yield* credentialProcess(
        `import * as fs from "node:fs"; fs.writeFileSync(${JSON.stringify(path.join(marker, "ran"))}, "")`
      )
      const instance = yield* metadata()
      const config = `[default]\n${setting}[profile sso]\n${sso}[profile role]\nrole_arn = ${arn}audit\n` +
        `source_profile = base\n[profile base]\n${profileKeys("AKIABASE")}`
      const { calls } = yield* at({
        files: { config, ...ssoTokenFile(startUrl, inAnHour()) },
        variables: { ...region, ...instance.variables }
      })
      for (const profile of [undefined, "sso", "role"]) yield* build({ profile })
      assert.isEmpty(calls)
      assert.isEmpty(instance.asked)
      assert.isFalse(fs.existsSync(path.join(marker, "ran")))
    }))

  it.live("fetches the credentials of a web identity, a container and an instance when the Layer is built", () =>
    Effect.gen(function*() {
      const web = yield* webIdentity
      const task = yield* agent(() => [200, issuedKeys("ASIATASK")])
      const instance = yield* metadata()
      const { calls } = yield* at({ variables: { ...region, ...task.variables, ...instance.variables, ...web } })
      yield* build()
      assert.deepEqual(calls.map(({ action }) => action), ["AssumeRoleWithWebIdentity"])
      for (const name of Object.keys(web)) delete process.env[name]
      yield* build()
      assert.lengthOf(task.asked, 1)
      delete process.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
      yield* build()
      assert.include(instance.asked, "GET /latest/meta-data/iam/security-credentials/instance-role")
      assert.lengthOf(calls, 1)
    }))

  const refreshed = (place: (now: () => number) => Effect.Effect<Place, never, Scope.Scope>, asks: string) =>
    Effect.gen(function*() {
      const clock = yield* Clock.clockWith(Effect.succeed)
      const now = () => clock.currentTimeMillisUnsafe()
      const server = yield* sts({ now })
      const { files = {}, variables } = yield* place(now)
      yield* home(files, { AWS_ENDPOINT_URL: server.url, ...region, ...noMetadata, ...variables })
      yield* TestClock.setTime(Date.now())
      const fetches = Effect.sync(() => server.calls.filter(({ action }) => action === asks).length)
      yield* Effect.gen(function*() {
        yield* Effect.all(Array.from({ length: 10 }, () => whoAmI), { concurrency: "unbounded" })
        yield* TestClock.adjust("54 minutes")
        yield* whoAmI
        assert.strictEqual(yield* fetches, 1)
        yield* TestClock.adjust("2 minutes")
        yield* whoAmI
        yield* until("the new credentials", Effect.map(fetches, (count) => count === 2))
      }).pipe(Effect.provide(Default.layer()))
      yield* TestClock.adjust("10 hours")
      assert.strictEqual(yield* fetches, 2)
    })

  it.effect("fetches a profile's credentials once for all calls, and again five minutes before they expire", () =>
    refreshed(() =>
      Effect.succeed({
        files: {
          config: `[default]\nrole_arn = ${arn}audit\nsource_profile = base\n[profile base]\n${profileKeys("AKIA")}`
        }
      }), "AssumeRole"))

  it.effect("fetches a web identity's credentials once for all calls, and again five minutes before they expire", () =>
    refreshed(() => Effect.map(webIdentity, (variables) => ({ variables })), "AssumeRoleWithWebIdentity"))

  it.effect("fetches an instance's credentials once for all calls, and again five minutes before they expire", () =>
    Effect.gen(function*() {
      const clock = yield* Clock.clockWith(Effect.succeed)
      const instance = yield* metadata({ now: () => clock.currentTimeMillisUnsafe() })
      yield* at({ variables: { ...region, ...instance.variables } })
      yield* TestClock.setTime(Date.now())
      yield* Effect.gen(function*() {
        const all = yield* Effect.all(Array.from({ length: 10 }, () => whoAmI), { concurrency: "unbounded" })
        assert.deepEqual([...new Set(all)], ["ASIAINSTANCE1"])
        yield* TestClock.adjust("56 minutes")
        yield* until("the new credentials", Effect.map(whoAmI, (key) => key === "ASIAINSTANCE2").pipe(Effect.orDie))
      }).pipe(Effect.provide(Default.layer()))
    }))

  it.live("closes the Layer's connections, and its clients fail afterwards", () =>
    Effect.gen(function*() {
      const web = yield* webIdentity
      const sockets = new Set<unknown>()
      const server = yield* serve((request, response) => {
        sockets.add(request.socket)
        request.socket.on("close", () => sockets.delete(request.socket))
        request.resume().on("end", () =>
          response.end(
            `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>planted</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
          ))
      })
      yield* at({ variables: { ...region, ...web, AWS_ENDPOINT_URL: server.url } })
      const clients = yield* AwsClients.pipe(Effect.provide(Default.layer()))
      yield* until("the connections to close", Effect.sync(() => sockets.size === 0))
      const error = yield* Effect.flip(Effect.provideService(whoAmI, AwsClients, clients))
      assert.strictEqual(error.reason._tag, "Misconfigured")
    }))

  it.live("stops asking the metadata when the build of the Layer is interrupted", () =>
    Effect.gen(function*() {
      let [open, closed] = [0, 0]
      const { url } = yield* serve((request) => {
        open++
        request.socket.on("close", () => closed++)
      })
      yield* at({ variables: { ...region, AWS_EC2_METADATA_SERVICE_ENDPOINT: url } })
      const fiber = yield* Effect.forkChild(build())
      yield* until("the metadata to be asked", Effect.sync(() => open === 1))
      yield* Fiber.interrupt(fiber)
      yield* until("the request to be aborted", Effect.sync(() => closed === 1))
    }))

  it.live("takes no sign-in page for the metadata, and doesn't follow where it leads", () =>
    Effect.gen(function*() {
      const page = "<html>Sign in</html>"
      for (const isRedirected of [true, false]) {
        yield* Effect.gen(function*() {
          const asked: Array<string | undefined> = []
          const { url } = yield* serve((request, response) => {
            asked.push(request.url)
            if (isRedirected && request.url !== "/login") response.writeHead(302, { location: "/login" })
            response.end(page)
          })
          yield* at({ variables: { ...region, AWS_EC2_METADATA_SERVICE_ENDPOINT: url } })
          const error = failureOf(yield* Effect.result(build())) as Default.CredentialsNotFound
          assert.strictEqual(error.looked.at(-1)?.source, "the instance metadata")
          assert.include(error.looked.at(-1)?.why, isRedirected ? "HTTP 302" : "the answer is not a token")
          assert.deepEqual(asked, ["/latest/api/token"])
        }).pipe(Effect.scoped)
      }
    }))

  it.live(
    "fails after five seconds, and names the metadata, when its connection breaks within an answer",
    () =>
      Effect.gen(function*() {
        const { url } = yield* serve((request, response) => {
          if (request.url === "/latest/api/token") return response.end("imds-token")
          if (!request.url?.endsWith("/role")) return response.end("role")
          response.writeHead(200, { "content-length": 500 })
          response.write(`{"Code":`, () => response.destroy())
        })
        yield* at({ variables: { ...region, AWS_EC2_METADATA_SERVICE_ENDPOINT: url } })
        const error = failureOf(yield* Effect.result(build())) as Default.CredentialsNotFound
        assert.strictEqual(error.source, "the instance metadata")
        assert.isTrue(error.isRetryable)
        assert.include(error.message, "no whole answer came within 5 seconds")
      }),
    20_000
  )

  it.live("is built by a ManagedRuntime that retries until the metadata is up", () =>
    Effect.gen(function*() {
      const { asked, state, variables } = yield* metadata({ up: false, region: "eu-west-1" })
      yield* at({ variables })
      const patient = Layer.effectContext(
        Layer.build(Default.layer()).pipe(
          Effect.retry({
            schedule: Schedule.spaced("20 millis"),
            times: 1_000,
            while: (error) => error._tag === "CredentialsNotFound" && error.isRetryable
          })
        )
      )
      const runtime = yield* Effect.acquireRelease(
        Effect.sync(() => ManagedRuntime.make(patient)),
        (made) => Effect.promise(() => made.dispose())
      )
      const waiting = runtime.runPromise(whoAmI)
      yield* until("the metadata to be asked", Effect.sync(() => asked.length > 3))
      state.up = true
      assert.strictEqual(yield* Effect.promise(() => waiting), "ASIAINSTANCE1")
    }))

  it.live("keeps the credentials of several Layers in one program apart", () =>
    Effect.gen(function*() {
      yield* at({
        files: { credentials: `[a]\n${profileKeys("AKIAA")}[b]\n${profileKeys("AKIAB")}` },
        variables: { ...region, ...environmentKeys }
      })
      const keys = yield* Effect.forEach(["a", "b", undefined], (profile) => ours({ profile }), {
        concurrency: "unbounded"
      })
      assert.deepEqual(keys.map((key) => told(key)), ["AKIAA", "AKIAB", "AKIAENV"].map((key) => [key, "eu-central-1"]))
    }))
})

describe("the advice of the other Layers", () => {
  for (
    const [variable, value] of [
      ["AWS_ACCESS_KEY_ID", "AKIA"],
      ["AWS_WEB_IDENTITY_TOKEN_FILE", "/token"],
      ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2"],
      ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1"]
    ] as const
  ) {
    it.effect(`mentions Default.layer where a profile is missing or empty, but ${variable} is set`, () =>
      Effect.gen(function*() {
        yield* at({
          files: { config: "[profile empty]\noutput = json\n" },
          variables: { ...region, [variable]: value }
        })
        const hint =
          `${variable} is set, but a profile was asked for: to use the environment's credentials, use Default.layer`
        for (const layer of [Profile.layer, Default.layer]) {
          for (const profile of ["gone", "empty"]) {
            const error = yield* Effect.flip(Effect.scoped(Layer.build(layer({ profile }))))
            assert.strictEqual(error._tag, profile === "gone" ? "ProfileDoesNotExist" : "CredentialsNotFound")
            assert.include(error.message, hint)
          }
        }
        const plain = yield* Effect.flip(Effect.scoped(Layer.build(Profile.layer())))
        assert.include(plain.message, hint)
        delete process.env[variable]
        assert.notInclude((yield* Effect.flip(Effect.scoped(Layer.build(Profile.layer())))).message, "Default.layer")
      }))
  }

  it.live("doesn't mention Default.layer where the profile default is broken and nobody asked for a profile", () =>
    Effect.gen(function*() {
      for (const file of ["", "[profile base]\noutput = json\n"]) {
        yield* at({
          files: { config: `[default]\nrole_arn = ${arn}audit\nsource_profile = base\n${file}` },
          variables: { ...region, ...(yield* container) }
        })
        const { message } = yield* Effect.flip(build())
        assert.include(message, "base")
        assert.notInclude(message, "Default.layer")
        process.env["AWS_PROFILE"] = "default"
        assert.include((yield* Effect.flip(build())).message, "Default.layer")
      }
    }))

  it.live("mentions Default.layer where Compute runs outside of AWS", () =>
    Effect.gen(function*() {
      yield* at({ variables: region })
      assert.include((yield* Effect.flip(Effect.scoped(Layer.build(Compute.layer())))).message, "use Default.layer")
      process.env["AWS_EC2_METADATA_DISABLED"] = "true"
      assert.include((yield* Effect.flip(Effect.scoped(Layer.build(Compute.layer())))).message, "use Default.layer")
    }))
})
