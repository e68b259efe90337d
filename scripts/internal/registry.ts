// A registry of npm packages that has this package as it was packed, and sends npm to the real registry for all others. With it,
// `npm install effect-aws-sdk` is the command that a user types, also for a version that isn't published.
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import * as path from "node:path"
import { manifest, root } from "./manifest.ts"
import { run } from "./packed.ts"

/** Serves the tarball on a free loopback port while `use` runs, with the variables that make npm ask there. */
export const withRegistry = async (
  tarball: string,
  userEnv: NodeJS.ProcessEnv,
  use: (env: NodeJS.ProcessEnv) => Promise<void>
): Promise<void> => {
  const upstream = run("npm", ["config", "get", "registry"], { cwd: root, stdio: "pipe" }).toString().trim()
  // Without a slash at its end, the last part of a path would be replaced.
  const base = upstream.endsWith("/") ? upstream : `${upstream}/`
  const bytes = fs.readFileSync(tarball)
  const file = `/${manifest.name}/-/${path.basename(tarball)}`
  const server = http.createServer((request, response) => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    if (request.url === file) {
      response.end(bytes)
    } else if (request.url === `/${manifest.name}`) {
      const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`
      const dist = { tarball: `${url}${file}`, integrity }
      const { name, version } = manifest
      response.setHeader("content-type", "application/json")
      response.end(JSON.stringify({
        name,
        "dist-tags": { latest: version },
        versions: { [version]: { ...manifest, dist } }
      }))
    } else {
      response.writeHead(307, { location: new URL(`.${request.url}`, base).href }).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  // npx asks before it downloads a package: yes.
  const env = { ...userEnv, npm_config_registry: `http://127.0.0.1:${port}/`, npm_config_yes: "true" }
  try {
    await use(env)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}
