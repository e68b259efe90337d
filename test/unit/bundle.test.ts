// Builds the bundles that the README describes, and runs them.
import { assert, describe, it } from "@effect/vitest"
import * as esbuild from "esbuild"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { bundle } from "../support/bundling.ts"

const root = path.resolve(import.meta.dirname, "../..")
const commands = fs.readFileSync(path.join(root, "README.md"), "utf8").match(/^npx esbuild app\.ts .*$/gm) ?? []

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

describe("the README's esbuild commands", () => {
  it("cover ESM and CommonJS", () => {
    assert.lengthOf(commands, 2)
  })

  for (const command of commands) {
    it(`make a bundle that runs: ${command}`, (test) => {
      // Beside the sources, where a bundler finds the package and its dependencies.
      const folder = fs.mkdtempSync(path.join(root, "test/.bundle-"))
      test.onTestFinished(() => fs.rmSync(folder, { recursive: true }))
      fs.writeFileSync(path.join(folder, "app.ts"), program)
      const [, , ...args] = command.split(" ")
      // esbuild drops its own condition "module" as soon as another one is given.
      const conditions = "--conditions=@effect-aws-sdk/source,module"
      execFileSync(path.join(root, "node_modules/.bin/esbuild"), [...args, conditions, "--log-level=error"], {
        cwd: folder
      })
      const outfile = /--outfile=(\S+)/.exec(command)![1]!
      const output = execFileSync(process.execPath, [outfile], { cwd: folder, encoding: "utf8" })
      assert.strictEqual(output, "aws://123456789012/us-east-1\n")
    })
  }
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
