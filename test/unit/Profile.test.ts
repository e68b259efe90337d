import { assert, describe, it } from "@effect/vitest"
import { NodeHttpHandler } from "@smithy/node-http-handler"
import { Config, ConfigProvider, Effect, Layer } from "effect"
import { AwsClients, AwsError, Profile, Retry } from "effect-aws-sdk"
import * as fs from "node:fs"
import * as path from "node:path"
import { environment, folder, home, ssoTokenFile, sts, whoAmI } from "../support/Environment.ts"
import { serve } from "../support/Server.ts"

const keys = (key: string) => `aws_access_key_id = ${key}\naws_secret_access_key = planted-secret-of-${key}\n`
const environmentKeys = { AWS_ACCESS_KEY_ID: "AKIAENV", AWS_SECRET_ACCESS_KEY: "planted-secret-of-the-environment" }

const build = (options?: Profile.Options) => Effect.scoped(Layer.build(Profile.layer(options)))
const region = (options?: Profile.Options) =>
  AwsClients.useSync(({ config }) => config.region).pipe(Effect.provide(Profile.layer(options)))

const expectUnavailable = (error: { readonly _tag: string }, ...parts: ReadonlyArray<string>) => {
  assert.instanceOf(error, AwsError)
  assert.strictEqual(error.reason._tag, "CredentialsUnavailable")
  for (const part of parts) assert.include(error.message, part)
  assert.notInclude(JSON.stringify(error) + error.message, "planted-secret")
}

describe("the profile", () => {
  const credentials = `[default]\n${keys("AKIADEFAULT")}[dev]\n${keys("AKIADEV")}[ci]\n${keys("AKIACI")}`

  it.live("prefers the named profile to AWS_PROFILE, and both to keys in the environment", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      yield* home({ credentials }, { ...environmentKeys, AWS_PROFILE: "ci", AWS_REGION: "us-east-1" })
      const given = { endpoint: url }
      assert.strictEqual(yield* Effect.provide(whoAmI, Profile.layer({ ...given, profile: "dev" })), "AKIADEV")
      assert.strictEqual(yield* Effect.provide(whoAmI, Profile.layer(given)), "AKIACI")
      process.env["AWS_PROFILE"] = ""
      assert.strictEqual(yield* Effect.provide(whoAmI, Profile.layer(given)), "AKIADEFAULT")
    }))

  it.live("reads the files that the environment names each time the Layer is built", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      const files = yield* folder({ config: "[profile dev]\nregion = eu-west-1", keys: `[dev]\n${keys("AKIAOLD")}` })
      yield* environment({
        AWS_CONFIG_FILE: path.join(files, "config"),
        AWS_SHARED_CREDENTIALS_FILE: path.join(files, "keys")
      })
      const dev = Effect.suspend(() => Effect.provide(whoAmI, Profile.layer({ profile: "dev", endpoint: url })))
      assert.strictEqual(yield* dev, "AKIAOLD")
      assert.strictEqual(yield* region({ profile: "dev" }), "eu-west-1")
      fs.writeFileSync(path.join(files, "keys"), `[dev]\n${keys("AKIANEW")}`)
      fs.writeFileSync(path.join(files, "config"), "[profile dev]\nregion = eu-west-2")
      assert.strictEqual(yield* region({ profile: "dev" }), "eu-west-2")
      assert.strictEqual(yield* dev, "AKIANEW")
    }))

  it.live("applies the profile's other settings in place of those of `default`", () =>
    Effect.gen(function*() {
      const [dev, other] = [yield* sts(), yield* sts()]
      yield* home({
        config: `[default]\nendpoint_url = ${other.url}\n[profile dev]\nregion = us-east-1\nendpoint_url = ${dev.url}`,
        credentials
      })
      assert.strictEqual(yield* Effect.provide(whoAmI, Profile.layer({ profile: "dev" })), "AKIADEV")
      assert.deepEqual([dev.calls.length, other.calls.length], [1, 0])
      const local = Effect.provide(whoAmI, Profile.layer({ profile: "ci", region: "us-east-1", endpoint: dev.url }))
      assert.strictEqual(yield* local, "AKIACI")
    }))

  it.live("reads the profile, region and endpoint from Config", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      yield* home({ credentials })
      const layer = Profile.layerConfig({
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

describe("the region", () => {
  it.effect("prefers the given region, then the environment's, then the profile's", () =>
    Effect.gen(function*() {
      yield* home({ config: "[profile dev]\nregion = eu-west-1", credentials: `[dev]\n${keys("AKIADEV")}` })
      assert.strictEqual(yield* region({ profile: "dev" }), "eu-west-1")
      process.env["AWS_DEFAULT_REGION"] = "eu-west-2"
      assert.strictEqual(yield* region({ profile: "dev" }), "eu-west-2")
      process.env["AWS_REGION"] = "eu-west-3"
      assert.strictEqual(yield* region({ profile: "dev" }), "eu-west-3")
      assert.strictEqual(yield* region({ profile: "dev", region: "eu-north-1" }), "eu-north-1")
    }))

  it.effect("fails with RegionNotFound when the Layer is built, and says where it looked", () =>
    Effect.gen(function*() {
      yield* home({ config: "[default]\nregion = eu-west-1", credentials: `[dev]\n${keys("AKIADEV")}` })
      const error = yield* Effect.flip(build({ profile: "dev" }))
      assert.strictEqual(error._tag, "RegionNotFound")
      for (const where of ["`region` option", "AWS_REGION", "profile dev"]) assert.include(error.message, where)
      assert.strictEqual((yield* Effect.flip(build({ profile: "dev", region: "" })))._tag, "RegionNotFound")
      process.env["AWS_REGION"] = "us-east-1"
      yield* build({ profile: "dev" })
    }))
})

describe("credentials", () => {
  const config = (profile: string) => `[profile dev]\nregion = us-east-1\n${profile}`
  const dev = (endpoint?: string) => Profile.layer({ profile: "dev", endpoint, retry: Retry.none })

  for (const source of ["the endpoint option", "AWS_ENDPOINT_URL_STS"]) {
    it.live(`assumes the profile's role once for all calls, at the endpoint of ${source}`, () =>
      Effect.gen(function*() {
        const { calls, url } = yield* sts()
        yield* home({
          config: config("role_arn = arn:aws:iam::210987654321:role/audit\nsource_profile = base\nexternal_id = x-1"),
          credentials: `[base]\n${keys("AKIABASE")}`
        }, source === "AWS_ENDPOINT_URL_STS" ? { ...environmentKeys, AWS_ENDPOINT_URL_STS: url } : environmentKeys)
        const who = yield* Effect.all(Array.from({ length: 10 }, () => whoAmI), { concurrency: "unbounded" }).pipe(
          Effect.provide(dev(source === "AWS_ENDPOINT_URL_STS" ? undefined : url))
        )
        assert.deepEqual([...new Set(who)], ["ASIAaudit"])
        const [assumed, ...others] = calls.filter(({ action }) => action === "AssumeRole")
        assert.isEmpty(others)
        assert.strictEqual(assumed?.accessKeyId, "AKIABASE")
        assert.strictEqual(assumed?.input["ExternalId"], "x-1")
      }))
  }

  it.live("fails with CredentialsUnavailable when the role is denied, and asks again at the next call", () =>
    Effect.gen(function*() {
      const { calls, url } = yield* sts()
      yield* home({
        config: config("role_arn = arn:aws:iam::210987654321:role/denied\nsource_profile = base"),
        credentials: `[base]\n${keys("AKIABASE")}`
      })
      yield* Effect.gen(function*() {
        expectUnavailable(yield* Effect.flip(whoAmI), "profile dev", "AccessDenied", "not you", "role_arn")
        expectUnavailable(yield* Effect.flip(whoAmI), "AccessDenied")
      }).pipe(Effect.provide(dev(url)))
      assert.deepEqual(calls.map(({ action }) => action), ["AssumeRole", "AssumeRole"])
    }))

  it.live("assumes a role with the environment's keys", () =>
    Effect.gen(function*() {
      const { calls, url } = yield* sts()
      yield* home({
        config: config("role_arn = arn:aws:iam::210987654321:role/audit\ncredential_source = Environment")
      }, environmentKeys)
      assert.strictEqual(yield* Effect.provide(whoAmI, dev(url)), "ASIAaudit")
      assert.strictEqual(calls[0]?.accessKeyId, "AKIAENV")
    }))

  it.live("assumes a role with a web identity", () =>
    Effect.gen(function*() {
      const { calls, url } = yield* sts()
      const files = yield* folder({ token: "a-web-token" })
      yield* home({
        config: config(
          `role_arn = arn:aws:iam::210987654321:role/audit\nweb_identity_token_file = ${path.join(files, "token")}`
        )
      }, environmentKeys)
      assert.strictEqual(yield* Effect.provide(whoAmI, dev(url)), "ASIAaudit")
      assert.strictEqual(calls[0]?.action, "AssumeRoleWithWebIdentity")
      assert.strictEqual(calls[0]?.input["WebIdentityToken"], "a-web-token")
    }))

  const script = (program: string) =>
    Effect.gen(function*() {
      const files = yield* folder({ "keys.mjs": program })
      yield* home({
        config: config(`credential_process = "${process.execPath}" "${path.join(files, "keys.mjs")}"`)
      }, environmentKeys)
    })

  it.live("takes credentials from a process", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      yield* script(
        `console.log(JSON.stringify({ Version: 1, AccessKeyId: "AKIAPROCESS", SecretAccessKey: "planted-secret" }))`
      )
      assert.strictEqual(yield* Effect.provide(whoAmI, dev(url)), "AKIAPROCESS")
    }), 20_000)

  for (
    const [problem, program, message] of [
      ["fails", `console.error("the vault is sealed"); process.exit(3)`, "the vault is sealed"],
      ["doesn't print JSON", `console.log("planted-secret")`, "invalid JSON"],
      [
        "prints expired keys",
        `console.log(JSON.stringify({ Version: 1, AccessKeyId: "A", SecretAccessKey: "planted-secret", Expiration: "2001-01-01T00:00:00Z" }))`,
        "expired"
      ]
    ] as const
  ) {
    it.live(`fails without a request when the credential process ${problem}`, () =>
      Effect.gen(function*() {
        const { calls, url } = yield* sts()
        yield* script(program)
        const error = yield* Effect.flip(Effect.provide(whoAmI, dev(url)))
        expectUnavailable(error, "profile dev", message, "`credential_process` by hand")
        assert.isEmpty(calls)
      }), 20_000)
  }

  const startUrl = "https://corp.awsapps.com/start"
  const sso = "sso_account_id = 123456789012\nsso_role_name = admin\n"
  const legacySso = config(`${sso}sso_region = us-east-1\nsso_start_url = ${startUrl}\n`)
  const sessionSso = config(`${sso}sso_session = corp\n`) +
    `[sso-session corp]\nsso_region = us-east-1\nsso_start_url = ${startUrl}\n`
  for (const [kind, settings, id] of [["SSO", legacySso, startUrl], ["an SSO session", sessionSso, "corp"]] as const) {
    it.live(`takes credentials from ${kind} through the Layer's HTTP handler`, () =>
      Effect.gen(function*() {
        const { url } = yield* serve((request, response) => {
          const signedIn = request.headers["x-amz-sso_bearer_token"] === "planted-secret-token"
          if (request.url?.startsWith("/federation/credentials") && signedIn) {
            response.writeHead(200).end(JSON.stringify({
              roleCredentials: {
                accessKeyId: "ASIASSO",
                secretAccessKey: "planted-secret",
                sessionToken: "t",
                expiration: Date.now() + 3_600_000
              }
            }))
          } else {
            const key = /Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1]
            response.writeHead(200).end(
              `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/${key}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`
            )
          }
        })
        yield* home({ config: settings, ...ssoTokenFile(id, new Date(Date.now() + 3_600_000)) }, environmentKeys)
        const paths: Array<string> = []
        const requestHandler = new class extends NodeHttpHandler {
          override handle(...args: Parameters<NodeHttpHandler["handle"]>) {
            paths.push(args[0].path)
            return super.handle(...args)
          }
        }()
        yield* Effect.addFinalizer(() => Effect.sync(() => requestHandler.destroy()))
        const layer = Profile.layer({ profile: "dev", endpoint: url, requestHandler })
        assert.strictEqual(yield* Effect.provide(whoAmI, layer), "ASIASSO")
        assert.deepEqual(paths, ["/federation/credentials", "/"])
      }))

    for (const [state, files] of [["expired", ssoTokenFile(id, new Date(2001, 0))], ["missing", {}]] as const) {
      it.live(`says how to sign in when the token of ${kind} is ${state}`, () =>
        Effect.gen(function*() {
          yield* home({ config: settings, ...files }, environmentKeys)
          const error = yield* Effect.flip(Effect.provide(whoAmI, dev("http://127.0.0.1:9")))
          expectUnavailable(error, "profile dev", "aws sso login --profile dev")
        }))
    }
  }
})

describe("a profile's name", () => {
  const arn = "arn:aws:iam::1:role/r"

  for (
    const [name, header] of [
      ["my dev", "profile my dev"],
      ["my dev", "profile \"my dev\""],
      ["müller", "profile müller"],
      ["開発", "profile 開発"],
      ["it's", "profile it's"],
      ["dev]", "profile dev]"],
      ["a[b", "profile a[b"],
      ["a,b", "profile a,b"],
      ["dev\"", "profile dev\""]
    ] as const
  ) {
    it.effect(`says that the SDK can't read it, and where it is: [${header}]`, () =>
      Effect.gen(function*() {
        const config = `[default]\nregion = us-east-1\n\n[${header}]\nregion = eu-west-1\n${keys("planted-secret")}`
        // Its keys alone could be read from the credentials file, without its region, endpoint and role.
        for (const credentials of ["", `[${name}]\n${keys("planted-secret")}`]) {
          yield* home({ config, credentials }, { AWS_REGION: "us-east-1" })
          const error = yield* Effect.flip(build({ profile: name }))
          assert.strictEqual(error._tag, "CredentialsNotFound")
          for (const part of [`the profile ${name}`, `[${header}]`, "line 4", "another name", "A-Z a-z 0-9"]) {
            assert.include(error.message, part)
          }
          assert.notInclude(error.message + JSON.stringify(error), "planted-secret")
        }
        yield* home({ config: `[profile dev]\nrole_arn = ${arn}\nsource_profile = ${name}\n${config}` }, {
          AWS_REGION: "us-east-1"
        })
        const error = yield* Effect.flip(build({ profile: "dev" }))
        assert.include(error.message, "can't read its section")
      }))
  }

  for (const header of ["profile  dev", " profile dev ", "Profile dev", "profile 'dev\""]) {
    it.effect(`says how to write a header that the SDK can't read: [${header}]`, () =>
      Effect.gen(function*() {
        yield* home({ config: `[${header}]\n${keys("AKIADEV")}` }, { AWS_REGION: "us-east-1" })
        const name = header.includes("'") ? "'dev\"" : "dev"
        const error = yield* Effect.flip(build({ profile: name }))
        assert.strictEqual(error._tag, "CredentialsNotFound")
        assert.include(error.message, name === "dev" ? "Write its header as [profile dev]." : "another name")
      }))
  }

  for (const name of ["my dev", "müller", "\"dev\"", "a[b]"]) {
    it.effect(`doesn't advise to create a profile that the SDK couldn't read: ${name}`, () =>
      Effect.gen(function*() {
        yield* home({ config: "[profile other]\nregion = us-east-1" }, { AWS_REGION: "us-east-1" })
        const error = yield* Effect.flip(build({ profile: name }))
        assert.strictEqual(error._tag, "ProfileDoesNotExist")
        assert.include(error.message, `There is no AWS profile "${name}"`)
        assert.include(error.message, "A-Z a-z 0-9")
        assert.notInclude(error.message, "aws configure")
      }))
  }

  for (
    const [header, name, advice] of [
      ["my dev", "my dev", "without a blank"],
      ["profile dev", "dev", "Write its header as [dev]."]
    ] as const
  ) {
    it.effect(`says that the SDK can't read it in the credentials file: [${header}]`, () =>
      Effect.gen(function*() {
        const credentials = `[default]\n${keys("AKIA")}[${header}]\n${keys("planted-secret")}`
        yield* home({ credentials }, { AWS_REGION: "us-east-1" })
        const error = yield* Effect.flip(build({ profile: name }))
        assert.strictEqual(error._tag, "CredentialsNotFound")
        for (const part of [`[${header}] in line 4`, advice]) assert.include(error.message, part)
      }))
  }

  it.live("is read from the credentials file, and is quoted in advice", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      for (const name of ["müller", "it's", "a [b]"]) {
        yield* home({ credentials: `[${name}]\n${keys("AKIADEV")}` })
        const layer = Profile.layer({ profile: name, region: "us-east-1", endpoint: url })
        assert.strictEqual(yield* Effect.provide(whoAmI, layer), "AKIADEV")
        yield* home({ credentials: `[${name}]\naws_access_key_id = A\n` }, { AWS_REGION: "us-east-1" })
        const error = yield* Effect.flip(build({ profile: name }))
        assert.include(error.message, name === "it's" ? `--profile 'it'\\''s'` : `--profile '${name}'`)
      }
    }))

  it.effect("fails for a file that the SDK would reject as a whole, and names the line", () =>
    Effect.gen(function*() {
      for (const header of ["__proto__", "profile __proto__"]) {
        yield* home({ config: `[profile dev]\n${keys("AKIADEV")}[${header}]\nregion = x` }, { AWS_REGION: "us-east-1" })
        const error = yield* Effect.flip(build({ profile: "dev" }))
        assert.strictEqual(error._tag, "CredentialsNotFound")
        assert.include(error.message, "line 4")
      }
    }))
})

describe("an incomplete profile", () => {
  type Row = readonly [title: string, config: string, tag: string, ...message: ReadonlyArray<string>]
  const source = "[profile base]\n" + keys("AKIABASE")
  const arn = "role_arn = arn:aws:iam::210987654321:role/audit\n"
  const rows: ReadonlyArray<Row> = [
    [
      "fails when the profile is missing",
      "[profile prod]\nregion = x\n[profile test]\nregion = x",
      "ProfileDoesNotExist",
      "\"dev\"",
      "prod, test",
      "aws configure"
    ],
    ["fails when there are no profiles", "", "ProfileDoesNotExist", "have no profiles, or don't exist"],
    [
      "fails when the profile has no credentials",
      "[profile dev]\noutput = json",
      "CredentialsNotFound",
      "profile dev",
      "aws configure --profile dev"
    ],
    [
      "fails when the profile has an access key id without a secret",
      "[profile dev]\naws_access_key_id = AKIA",
      "CredentialsNotFound",
      "aws_secret_access_key"
    ],
    [
      "fails when the profile has keys, and a role without a source",
      `[profile dev]\n${arn}${keys("AKIADEV")}`,
      "CredentialsNotFound",
      "role_arn"
    ],
    [
      "fails when the source profile is missing",
      `[profile dev]\n${arn}source_profile = gone`,
      "ProfileDoesNotExist",
      "\"gone\""
    ],
    [
      "fails when the source profile has no credentials",
      `[profile dev]\n${arn}source_profile = base\n[profile base]\noutput = json`,
      "CredentialsNotFound",
      "profile base"
    ],
    [
      "fails when the source profile leads back to the profile",
      `[profile dev]\n${arn}source_profile = base\n[profile base]\n${arn}source_profile = dev`,
      "CredentialsNotFound",
      "back to itself"
    ],
    [
      "fails when the profile has two credential sources",
      `[profile dev]\n${arn}source_profile = base\ncredential_source = Environment\n${source}`,
      "CredentialsNotFound",
      "both"
    ],
    [
      "fails when the credential_source is unknown",
      `[profile dev]\n${arn}credential_source = Moon`,
      "CredentialsNotFound",
      "Moon",
      "Ec2InstanceMetadata"
    ],
    [
      "fails when the credential_source has no role",
      `[profile dev]\ncredential_source = Environment`,
      "CredentialsNotFound",
      "role_arn"
    ],
    [
      "fails when the role needs MFA",
      `[profile dev]\n${arn}mfa_serial = arn:aws:iam::1:mfa/me\nsource_profile = base\n${source}`,
      "CredentialsNotFound",
      "AssumeRole.layer"
    ],
    [
      "fails when the SSO settings have no account",
      "[profile dev]\nsso_region = x\nsso_start_url = y\nsso_role_name = z",
      "CredentialsNotFound",
      "sso_account_id"
    ],
    [
      "fails when the SSO session is missing",
      "[profile dev]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = z",
      "CredentialsNotFound",
      "sso-session corp"
    ],
    [
      "fails when a section header isn't closed",
      `[default]\n${keys("AKIADEFAULT")}[profile dev\n${keys("planted-secret")}`,
      "CredentialsNotFound",
      "config",
      "line 4"
    ],
    [
      "fails when a line isn't a setting",
      `[profile dev]\n  # fine\nplanted-secret\n${keys("AKIADEV")}`,
      "CredentialsNotFound",
      "line 3"
    ],
    ["fails when the file isn't a configuration file", "{ \"planted-secret\": 1 }", "CredentialsNotFound", "line 1"]
  ]
  for (const [title, config, tag, ...message] of rows) {
    it.effect(title, () =>
      Effect.gen(function*() {
        yield* home({ config }, { ...environmentKeys, AWS_REGION: "us-east-1" })
        const error = yield* Effect.flip(build({ profile: "dev" }))
        assert.strictEqual(error._tag, tag)
        for (const part of message) assert.include(error.message, part)
        assert.notInclude(error.message + JSON.stringify(error), "planted-secret")
      }))
  }

  it.effect("fails when the profile's name is empty or a built-in JavaScript property", () =>
    Effect.gen(function*() {
      yield* home({ credentials: `[default]\n${keys("AKIADEFAULT")}` }, { ...environmentKeys, AWS_REGION: "us-east-1" })
      for (const profile of ["constructor", "__proto__", ""]) {
        assert.strictEqual((yield* Effect.flip(build({ profile })))._tag, "ProfileDoesNotExist", profile)
      }
    }))

  it.effect("fails when a file can't be read", () =>
    Effect.gen(function*() {
      const files = yield* folder({ config: null })
      yield* environment({ AWS_CONFIG_FILE: path.join(files, "config"), AWS_REGION: "us-east-1", ...environmentKeys })
      const error = yield* Effect.flip(build({ profile: "dev" }))
      assert.strictEqual(error._tag, "CredentialsNotFound")
      assert.include(error.message, path.join(files, "config"))
      assert.include(error.message, "EISDIR")
    }))

  it.live("builds the Layer of a complete profile without a request", () =>
    Effect.gen(function*() {
      const { calls, url } = yield* sts()
      yield* home({ config: `[profile dev]\n${arn}source_profile = base\n${source}` }, { AWS_REGION: "us-east-1" })
      yield* build({ profile: "dev", endpoint: url })
      assert.isEmpty(calls)
    }))
})
