// Builds the bundles that the README describes, and runs them.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as esbuild from "esbuild"
import { execFile, execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import { bundle, computeFlags, makeBundle, metadataFlag } from "../support/bundling.ts"
import { serve } from "../support/Server.ts"

const root = path.resolve(import.meta.dirname, "../..")
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")
const commandsOf = (file: string) => read(file).match(/^npx esbuild app\.ts .*$/gm) ?? []
const commands = commandsOf("README.md")

const program = `
  import { InMemory } from "effect-aws-sdk/InMemory"
  import * as Profile from "effect-aws-sdk/Profile"
  import * as S3 from "effect-aws-sdk/S3"
  import * as Sts from "effect-aws-sdk/Sts"
  import * as Effect from "effect/Effect"

  const environment = Effect.andThen(S3.createBucket("bundled-bucket"), Sts.environment)
  const layer = process.argv.length > 2 ? Profile.layer() : InMemory.layer()
  Effect.runPromise(Effect.provide(environment, layer)).then((value) => console.log(String(value)))
`

interface Bundled {
  readonly folder: string
  readonly size: number
  readonly run: () => string
  /** Runs the bundle where there are no packages, with these variables of the environment. */
  readonly runApart: (variables: Readonly<Record<string, string>>) => Promise<string>
}

/** Bundles a program as a command line says. */
const bundleBy = (
  command: string,
  program: string,
  test: { readonly onTestFinished: (end: () => void) => void },
  files: Readonly<Record<string, string>> = {}
): Bundled => {
  // Beside the sources, where a bundler finds the package and its dependencies.
  const folder = fs.mkdtempSync(path.join(root, "test/.bundle-"))
  const apart = fs.mkdtempSync(path.join(os.tmpdir(), "bundle-"))
  test.onTestFinished(() => {
    for (const made of [folder, apart]) fs.rmSync(made, { recursive: true })
  })
  for (const [name, text] of Object.entries({ "app.ts": program, ...files })) {
    fs.writeFileSync(path.join(folder, name), text)
  }
  // esbuild drops its own condition "module" as soon as another one is given.
  const conditions = "--conditions=@effect-aws-sdk/source,module"
  const line = `${
    command.replace(/^npx esbuild/, path.join(root, "node_modules/.bin/esbuild"))
  } ${conditions} --log-level=error`
  execFileSync("sh", ["-c", line], { cwd: folder })
  const outfile = /--outfile=(\S+)/.exec(command)![1]!
  const bundle = path.join(folder, outfile)
  const elsewhere = path.join(apart, outfile)
  fs.copyFileSync(bundle, elsewhere)
  const { size } = fs.statSync(bundle)
  return {
    folder: apart,
    size,
    run: () => execFileSync(process.execPath, [bundle], { cwd: folder, encoding: "utf8", stdio: "pipe" }),
    runApart: async (variables) =>
      (await promisify(execFile)(process.execPath, [elsewhere], { cwd: apart, env: variables })).stdout
  }
}

describe("the README's esbuild commands", () => {
  it("cover ESM and CommonJS", () => {
    assert.lengthOf(commands, 2)
  })

  it("are those of the guide", () => {
    assert.deepEqual(commandsOf("docs/bundling.md"), commands)
  })

  for (const command of commands) {
    it(`make a bundle that runs: ${command}`, (test) => {
      const bundled = bundleBy(command, program, test)
      assert.strictEqual(bundled.run(), "aws://123456789012/us-east-1\n")
    })
  }
})

const [banner = ""] = /^--banner:.*$/m.exec(read("docs/bundling.md")) ?? []
const lambdaFlags = `${computeFlags} ${metadataFlag}`

const oneParameter = (layer: string) => `
  import * as Compute from "effect-aws-sdk/Compute"
  import * as Profile from "effect-aws-sdk/Profile"
  import * as Ssm from "effect-aws-sdk/Ssm"
  import * as Effect from "effect/Effect"

  const banner = Effect.map(Ssm.cached("/app/banner", { ttl: "1 minute" }), ({ value }) => value)
  const program = Effect.catch(Effect.provide(banner, ${layer}), (error) => Effect.succeed(error.message))
  Effect.runPromise(program).then(console.log)
`

const parameters = {
  Parameters: [{ Name: "/app/banner", Type: "String", Value: "good morning", Version: 1 }],
  InvalidParameters: []
}

const role = {
  AccessKeyId: "ASIAROLE",
  SecretAccessKey: "secret",
  Token: "token",
  Expiration: "2126-01-01T00:00:00Z"
}

const assumed = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <AccessKeyId>ASIAPOD</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
      <SessionToken>token</SessionToken><Expiration>2126-01-01T00:00:00Z</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>`

/** SSM with one parameter, STS, and the agent that has the credentials of a container's role. */
const aws = serve((request, response) => {
  const isSsm = request.headers["x-amz-target"] !== undefined
  response.end(request.url === "/role" ? JSON.stringify(role) : isSsm ? JSON.stringify(parameters) : assumed)
})

const keys = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" }

/** What each kind of compute says in the environment of a program. */
const computes = (folder: string, url: string): ReadonlyArray<Readonly<Record<string, string>>> => {
  const token = path.join(folder, "token")
  fs.writeFileSync(token, "a web identity")
  return [
    keys,
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/role` },
    { AWS_WEB_IDENTITY_TOKEN_FILE: token, AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/pod" }
  ]
}

describe("the flags of the bundling guide", { timeout: 60_000 }, () => {
  for (const command of commands) {
    it.live(`leave the providers for profiles out of a program with Compute: ${command}`, (test) =>
      Effect.gen(function*() {
        const { url } = yield* aws
        const variables = { ...keys, AWS_REGION: "eu-central-1", AWS_ENDPOINT_URL: url }
        const whole = bundleBy(command, oneParameter("Compute.layer()"), test)
        const small = bundleBy(`${command} ${computeFlags}`, oneParameter("Compute.layer()"), test)
        assert.isAbove(whole.size - small.size, 60_000)
        for (const { runApart } of [whole, small]) {
          assert.strictEqual(yield* Effect.promise(() => runApart(variables)), "good morning\n")
        }
      }))

    it.live(`leave the provider for instance metadata out on Lambda, ECS and EKS, and only there: ${command}`, (test) =>
      Effect.gen(function*() {
        const { url } = yield* aws
        const { folder, runApart, size } = bundleBy(`${command} ${lambdaFlags}`, oneParameter("Compute.layer()"), test)
        const small = bundleBy(`${command} ${computeFlags}`, oneParameter("Compute.layer()"), test)
        assert.isAbove(small.size - size, 6_000)
        const run = (variables: Readonly<Record<string, string>>) =>
          Effect.promise(() => runApart({ AWS_REGION: "eu-central-1", AWS_ENDPOINT_URL: url, ...variables }))
        for (const variables of computes(folder, url)) assert.strictEqual(yield* run(variables), "good morning\n")
        assert.include(yield* run({}), "the package @smithy/credential-provider-imds isn't installed")
      }))

    it(`make a profile fail with the name of the package that is left out: ${command}`, async (test) => {
      const { folder, runApart } = bundleBy(`${command} ${computeFlags}`, oneParameter("Profile.layer()"), test)
      fs.writeFileSync(path.join(folder, "config"), "[default]\nregion = eu-central-1\ncredential_process = true\n")
      const variables = { AWS_CONFIG_FILE: path.join(folder, "config"), AWS_SHARED_CREDENTIALS_FILE: "/dev/null" }
      const output = await runApart(variables).catch((error) => String(error.stderr))
      assert.match(output, /credential-provider-(?:ini|process)/)
    })
  }

  it("spare a program with Compute the start of Node's fetch, which node:http loads as an ES module", async () => {
    const imports = async (flags: string) => {
      const { metafile } = await makeBundle(oneParameter("Compute.layer()"), flags)
      const [output] = Object.values(metafile.outputs)
      return output!.imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path)
    }
    assert.include(await imports(computeFlags), "node:http")
    assert.notInclude(await imports(lambdaFlags), "node:http")
  })

  it("have a banner for a CommonJS package that requires a module of Node's", (test) => {
    const command = commands.find((command) => command.includes("--format=esm"))!
    const program = `import old from "./old.cjs"\nconsole.log(old)`
    const files = { "old.cjs": `module.exports = require("node:path").posix.sep` }
    assert.throws(() => bundleBy(command, program, test, files).run(), /Dynamic require of/)
    assert.strictEqual(bundleBy(`${command} ${banner}`, program, test, files).run(), "/\n")
  })
})

describe("a program without the packages that it may have", { timeout: 60_000 }, () => {
  for (const module of ["Default", "Profile", "S3"]) {
    it(`is bundled all the same: ${module}`, async () => {
      const { errors } = await esbuild.build({
        stdin: {
          contents: `import * as Module from "effect-aws-sdk/${module}"\nconsole.log(Module)`,
          resolveDir: root
        },
        bundle: true,
        platform: "node",
        format: "esm",
        mainFields: ["module", "main"],
        conditions: ["@effect-aws-sdk/source", "module"],
        alias: {
          "@aws-sdk/client-sts": "not-installed",
          "@aws-sdk/s3-request-presigner": "not-installed",
          "@aws-sdk/s3-presigned-post": "not-installed"
        },
        write: false,
        logLevel: "silent"
      })
      assert.deepEqual(errors, [])
    })
  }
})

describe("the bundle of a program", { timeout: 60_000 }, () => {
  const imports = `
    import { S3Client } from "@aws-sdk/client-s3"
    import * as AppConfig from "effect-aws-sdk/AppConfig"
    import * as AwsService from "effect-aws-sdk/AwsService"
    import * as CloudWatch from "effect-aws-sdk/CloudWatch"
    import * as Ec2 from "effect-aws-sdk/Ec2"
    import * as EventBridge from "effect-aws-sdk/EventBridge"
    import * as Iam from "effect-aws-sdk/Iam"
    import * as S3 from "effect-aws-sdk/S3"
    import * as SecretsManager from "effect-aws-sdk/SecretsManager"
    import * as Ssm from "effect-aws-sdk/Ssm"`
  const bundled = (program: string) => bundle(`${imports}\nconsole.log(${program})`)
  const tables = /services\/internal\/\w+\/waiters\.ts$/
  const waiting = /src\/internal\/(waiters|polling|jmespath)\.ts$/

  it("has no waiters if the program doesn't wait", async () => {
    const bytes = await bundled("S3.send, Ec2.getVpcDetails, Iam.roleExists, AwsService.make(S3Client)")
    assert.isAbove(bytes(/services\/Ec2\.ts$/), 0)
    assert.strictEqual(bytes(tables, waiting), 0)
  })

  it("has no configuration, lookups, publishers or exporters if the program doesn't use them", async () => {
    const bytes = await bundled(
      "Ssm.getParameter, EventBridge.putEvents, CloudWatch.putMetrics, SecretsManager.getSecret, AppConfig.getConfiguration"
    )
    assert.isAbove(bytes(/services\/(Ssm|EventBridge|CloudWatch)\.ts$/), 0)
    assert.strictEqual(bytes(/services\/internal\/(configuration\w*|lookups|publisher|links)\.ts$/), 0)
    assert.strictEqual(bytes(/services\/internal\/\w+\/(configuration|lookups|watch|metric\w+|emf|exporter)\.ts$/), 0)
    assert.strictEqual(bytes(/src\/internal\/(circuits|rates)\.ts$/), 0)
  })

  it("has no code for checksums if the program reads no content", async () => {
    const bytes = await bundled("S3.headObject, S3.listObjects, S3.getBucketStatus")
    assert.isAbove(bytes(/services\/internal\/s3\/head\.ts$/), 0)
    assert.strictEqual(bytes(/services\/internal\/s3\/(digests|crcs)\.ts$/, /hash-wasm/), 0)
  })

  it("has the waiters of the service that the program waits for, and no other client", async () => {
    const bytes = await bundled("S3.waitUntil")
    assert.isAbove(bytes(waiting), 0)
    assert.isAbove(bytes(/services\/internal\/s3\/waiters\.ts$/), 0)
    assert.strictEqual(bytes(/internal\/(ec2|iam)\/waiters\.ts$/, /client-(ec2|iam)\//), 0)
  })
})
