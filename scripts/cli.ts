// Bundles the command line (`dist/cli/`) with all that it needs: one file is loaded faster than the hundreds of its modules. The
// schemas of the SDK's clients come with it (`dist/cli/schemas/ssm.js`), so that `npx effect-aws-sdk emulator` needs no client.
import { build, type Plugin } from "esbuild"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import { services } from "../emulator/services.ts"
import { isDescribable } from "../emulator/wire/describe.ts"
import { emulated } from "./internal/services.ts"

const root = path.resolve(import.meta.dirname, "..")
const { resolve } = createRequire(import.meta.url)

type Class = new(options: object) => { readonly config: object; destroy(): void }

/**
 * What a client's configuration tells about its service, without the registries of its errors, and without the codec of its own that
 * DynamoDB's has.
 */
const configOf = async (name: string) => {
  const module = await import(`@aws-sdk/client-${name}`) as Readonly<Record<string, unknown>>
  const Client = Object.entries(module).find(([key]) => /^[A-Z]\w*Client$/.test(key))?.[1] as Class
  const client = new Client({ region: "us-east-1", credentials: { accessKeyId: "unused", secretAccessKey: "unused" } })
  client.destroy()
  const { config } = client
  if (!isDescribable(config)) throw new Error(`The client of ${name} isn't built on schemas.`)
  const { defaultSigningName, protocol, protocolSettings, serviceId } = config
  const { awsQueryCompatible, defaultNamespace, serviceTarget, version, xmlNamespace } = protocolSettings
  const settings = { awsQueryCompatible, defaultNamespace, serviceTarget, version, xmlNamespace }
  return [settings, { defaultSigningName, protocol: protocol.getShapeId(), serviceId }] as const
}

const schemasOf = (name: string): string => {
  const folder = path.dirname(path.dirname(resolve(`@aws-sdk/client-${name}`)))
  const schemas = path.join(folder, "dist-es", "schemas", "schemas_0.js")
  if (!fs.existsSync(schemas)) throw new Error(`The schemas of @aws-sdk/client-${name} aren't where they were.`)
  return schemas
}

/** The modules `schemas:ssm` …: a description of a service as `emulator/server/packed.ts` reads it. */
const descriptions: Plugin = {
  name: "descriptions",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^schemas:/ }, ({ path }) => ({ path: path.slice("schemas:".length), namespace: "schemas" }))
    onLoad({ filter: /.*/, namespace: "schemas" }, async ({ path: name }) => {
      const [settings, config] = await configOf(name)
      return {
        contents: `import * as schemas from ${JSON.stringify(schemasOf(name))}
          const protocolSettings = { ...${JSON.stringify(settings)}, errorTypeRegistries: schemas.errorTypeRegistries }
          export const config = { ...${JSON.stringify(config)}, protocolSettings }
          export { schemas }`,
        resolveDir: root
      }
    })
  }
}

const described = await Promise.all(emulated.map(async (name) => (await configOf(name))[1].serviceId))
const missing = services.map(({ serviceId }) => serviceId).filter((serviceId) => !described.includes(serviceId))
if (missing.length > 0) throw new Error(`The command line would have no schemas of ${missing.join(", ")}.`)

await build({
  entryPoints: {
    cli: path.join(root, "dist", "emulator", "cli.js"),
    ...Object.fromEntries(emulated.map((name) => [`schemas/${name}`, `schemas:${name}`]))
  },
  outdir: path.join(root, "dist", "cli"),
  plugins: [descriptions],
  bundle: true,
  splitting: true,
  minify: true,
  platform: "node",
  format: "esm",
  logLevel: "error",
  legalComments: "none",
  banner: {
    js: "/*! With parts of Effect (MIT License) and of the AWS SDK for JavaScript v3 (Apache License 2.0). */"
  }
})
const bin = path.join(root, "dist", "cli", "cli.js")
fs.chmodSync(bin, 0o755)
