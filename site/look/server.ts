// Serves site/dist below the site's base, as GitHub Pages does: with 404.html for an address that has no page.
import * as fs from "node:fs"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import * as path from "node:path"
import { base } from "../project.ts"

export const dist = path.join(import.meta.dirname, "../dist")

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webp": "image/webp",
  ".xml": "application/xml"
}

/** The file of an address, if there is one. */
export const fileOf = (pathname: string): string | undefined => {
  if (!pathname.startsWith(`${base}/`)) return undefined
  const file = path.join(dist, decodeURIComponent(pathname.slice(base.length)))
  if (file !== dist && !file.startsWith(`${dist}${path.sep}`)) return undefined
  const place = pathname.endsWith("/") ? path.join(file, "index.html") : file
  return fs.existsSync(place) && fs.statSync(place).isFile() ? place : undefined
}

export interface Server {
  /** The address of the home page, with a slash at its end. */
  readonly home: string
  readonly close: () => void
}

/** Listens on a free port of the loopback address. */
export const listen = async (): Promise<Server> => {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost")
    const file = fileOf(pathname)
    const sent = file ?? path.join(dist, "404.html")
    response.writeHead(file === undefined ? 404 : 200, {
      "content-type": types[path.extname(sent)] ?? "application/octet-stream"
    })
    fs.createReadStream(sent).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    home: `http://127.0.0.1:${port}${base}/`,
    close: () => {
      server.close()
      server.closeAllConnections()
    }
  }
}
