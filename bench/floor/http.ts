// The cost of the requests alone: bare node:http, unsigned.
import * as fs from "node:fs"
import * as http from "node:http"
import { text } from "node:stream/consumers"
import { pipeline } from "node:stream/promises"
import { endpoint, repeat, serve } from "../worker.ts"

const agent = new http.Agent({ keepAlive: true, maxSockets: 50 })

const send = (path: string, options: http.RequestOptions, body: string | fs.ReadStream = "") =>
  new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = http.request(new URL(path, endpoint), { agent, ...options }, resolve).on("error", reject)
    if (typeof body === "string") request.end(body)
    else pipeline(body, request).catch(reject)
  })

const post = async (operation: string, input: object) => {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": `AmazonSSM.${operation}` }
  return JSON.parse(await text(await send("/", { method: "POST", headers }, JSON.stringify(input))))
}

serve({
  headObject: ({ atOnce = 1, count }) =>
    repeat(count, atOnce, async () => text(await send("/bucket/logs/today.log", { method: "HEAD" }))),

  getParameter: ({ atOnce = 1, count }) =>
    repeat(count, atOnce, () => post("GetParameter", { Name: "/bench/setting-0" })),

  listParameters: async ({ count }) => {
    let parameters = 0
    let token: string | undefined
    do {
      const page = await post("GetParametersByPath", { Path: `/bench/${count}`, NextToken: token })
      parameters += page.Parameters.length
      token = page.NextToken
    } while (token !== undefined)
    return parameters
  },

  listKeys: async ({ bucket }) => {
    let keys = 0
    let token: string | undefined
    do {
      const query = new URLSearchParams({ "list-type": "2", ...token && { "continuation-token": token } })
      const page = await text(await send(`/${bucket}?${query}`, {}))
      for (const _ of page.matchAll(/<Key>[^<]*<\/Key>/g)) keys++
      token = /<NextContinuationToken>([^<]*)</.exec(page)?.[1]
    } while (token !== undefined)
    return keys
  },

  getToFile: async ({ count, file = "" }) => {
    await pipeline(await send(`/bucket/file-${count}`, {}), fs.createWriteStream(file))
    return fs.statSync(file).size
  },

  putFile: async ({ count, file = "" }) => {
    const headers = { "content-length": count }
    await text(await send("/bucket/file", { method: "PUT", headers }, fs.createReadStream(file)))
    return count
  }
})
