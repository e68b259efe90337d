// The loopback server, which runs in a process of its own, with a port for each latency.
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import * as zlib from "node:zlib"
import * as Answers from "./answers.ts"

/** The requests to the server since the last report. */
export interface Counts {
  readonly requests: Record<string, number>
  readonly connections: number
  /** Bytes of request bodies. */
  readonly bytes: number
}

export const latencies = [0, 10, 20, 50] as const
export type Latency = (typeof latencies)[number]

/** A latency, or the server that gives 40 MB/s to each connection, as S3 gives 40 to 90. */
export type Port = Latency | "paced"
const PACE = 40e6

let counts: { requests: Record<string, number>; connections: number; bytes: number }
const reset = () => counts = { requests: {}, connections: 0, bytes: 0 }
reset()

interface Answer {
  readonly operation: string
  readonly status?: number
  readonly headers?: http.OutgoingHttpHeaders
  readonly body?: string | Buffer
  /** Sends this many bytes in place of `body`, the object's from `start` on. */
  readonly size?: number
  readonly start?: number
}

const xml = { "content-type": "application/xml" }
const json = { "content-type": "application/x-amz-json-1.1" }

const objectHeaders = {
  "last-modified": "Thu, 05 Nov 2026 08:15:42 GMT",
  etag: "\"5d41402abc4b2a76b9719d911017c592-128\"",
  "x-amz-server-side-encryption": "AES256",
  "x-amz-meta-owner": "bench",
  "accept-ranges": "bytes",
  "content-type": "binary/octet-stream"
}

const piece = Buffer.alloc(256 * 1024, "The quick brown fox jumps over the lazy dog. ")

const PART = 8 * 2 ** 20
const checksums = new Map<number, string>()

const crcOf = (size: number): Buffer => {
  let crc = 0
  for (let left = size; left > 0; left -= piece.length) {
    crc = zlib.crc32(piece.subarray(0, Math.min(left, piece.length)), crc)
  }
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc)
  return bytes
}

/** The checksum of an object that was uploaded in parts, as a large object would be. A part begins with a piece. */
const checksumOf = (size: number): string => {
  let checksum = checksums.get(size)
  if (checksum === undefined) {
    const count = Math.max(1, Math.ceil(size / PART))
    const whole = crcOf(Math.min(size, PART))
    const parts = Array.from({ length: count }, (_, i) => i < count - 1 ? whole : crcOf(size - i * PART))
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(zlib.crc32(Buffer.concat(parts)))
    checksums.set(size, checksum = `${bytes.toString("base64")}-${count}`)
  }
  return checksum
}

const withChecksum = (size: number) => ({
  ...objectHeaders,
  "x-amz-checksum-crc32": checksumOf(size),
  "x-amz-checksum-type": "COMPOSITE"
})

const buckets = new Map<string, Answers.FullBucket>()

/** Creates buckets on first use: `full-100000-3` has 100,000 objects. */
const fullBucket = (name: string): Answers.FullBucket | undefined => {
  const count = /^full-(\d+)/.exec(name)?.[1]
  if (count === undefined) return undefined
  let bucket = buckets.get(name)
  if (bucket === undefined) buckets.set(name, bucket = new Answers.FullBucket(name, Number(count)))
  return bucket
}

/** The number at the end of a name: `keys-1000000`, `/bench/20000`, `vpc-10000`. */
const countIn = (name: string) => Number(/(\d+)$/.exec(name)?.[1])

const getObject = (key: string, range: string | undefined): Answer => {
  const size = countIn(key)
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? []
  if (from === undefined) return { operation: "GetObject", size, headers: withChecksum(size) }
  const last = Math.min(to ? Number(to) : size - 1, size - 1)
  return {
    operation: "GetObject",
    status: 206,
    size: last - Number(from) + 1,
    start: Number(from),
    headers: { ...objectHeaders, "content-range": `bytes ${from}-${last}/${size}` }
  }
}

const s3 = (request: http.IncomingMessage, body: string): Answer => {
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://server")
  const slash = pathname.indexOf("/", 1)
  const bucket = pathname.slice(1, slash === -1 ? undefined : slash)
  const key = slash === -1 ? "" : decodeURIComponent(pathname.slice(slash + 1))
  const full = fullBucket(bucket)
  if (bucket === "") return { operation: "ListBuckets", headers: xml, body: Answers.noBuckets }
  if (key === "") {
    switch (request.method) {
      case "GET":
        if (query.has("versions")) {
          return { operation: "ListObjectVersions", headers: xml, body: full!.versions(query.get("key-marker")) }
        }
        if (query.has("uploads")) {
          return { operation: "ListMultipartUploads", headers: xml, body: Answers.noUploads(bucket) }
        }
        return {
          operation: "ListObjectsV2",
          headers: xml,
          body: bucket === "empty" ? Answers.emptyList(bucket) : full?.objects(query.get("continuation-token")) ??
            Answers.listObjectsV2(
              bucket,
              countIn(bucket),
              query.get("continuation-token"),
              query.get("start-after")
            )
        }
      case "POST":
        return { operation: "DeleteObjects", headers: xml, body: full!.delete(body) }
      case "DELETE":
        return { operation: "DeleteBucket", status: full!.isEmpty ? 204 : 409 }
    }
  }
  switch (request.method) {
    case "HEAD":
      return query.has("partNumber")
        ? {
          operation: "HeadObject",
          status: 206,
          headers: {
            ...objectHeaders,
            "content-length": Math.min(PART, countIn(key)),
            "x-amz-mp-parts-count": Math.ceil(countIn(key) / PART)
          }
        }
        : { operation: "HeadObject", headers: { ...withChecksum(5), "content-length": countIn(key) || 5 } }
    case "GET":
      return getObject(key, request.headers.range)
    case "PUT":
      return { operation: query.has("partNumber") ? "UploadPart" : "PutObject", headers: { etag: objectHeaders.etag } }
    case "POST":
      return query.has("uploads")
        ? { operation: "CreateMultipartUpload", headers: xml, body: Answers.uploadCreated(bucket, key, "upload-1") }
        : { operation: "CompleteMultipartUpload", headers: xml, body: Answers.uploadCompleted(bucket, key) }
  }
  throw new Error(`The server doesn't know the request ${request.method} ${request.url}`)
}

const form = (body: string): Answer => {
  const input = new URLSearchParams(body)
  const operation = input.get("Action") ?? ""
  const headers = { "content-type": "text/xml" }
  switch (operation) {
    case "DescribeSubnets":
      return {
        operation,
        headers,
        body: Answers.describeSubnets(countIn(input.get("Filter.1.Value.1") ?? ""), input.get("NextToken"))
      }
    case "AssumeRole":
      return { operation, headers, body: Answers.assumeRole() }
    default:
      return { operation, headers, body: Answers.emptyResult(operation) }
  }
}

const target = (operation: string, body: string): Answer => {
  switch (operation) {
    case "GetParameter":
      return { operation, headers: json, body: Answers.getParameter }
    case "GetParameters":
      return { operation, headers: json, body: Answers.getParameters(JSON.parse(body).Names) }
    case "GetParametersByPath": {
      const { NextToken, Path } = JSON.parse(body)
      return { operation, headers: json, body: Answers.listParametersByPath(Path, countIn(Path), NextToken) }
    }
    default:
      return { operation, headers: json, body: "{}" }
  }
}

const answerTo = (request: http.IncomingMessage, body: string): Answer => {
  const { headers } = request
  const name = headers["x-amz-target"]
  if (typeof name === "string") return target(name.slice(name.indexOf(".") + 1), body)
  if (headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) return form(body)
  if (headers["smithy-protocol"] === "rpc-v2-cbor") {
    const answered = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" }
    return { operation: String(request.url?.split("/").at(-1)), headers: answered, body: Buffer.from([0xa0]) }
  }
  // OpenSearch's paths start with its API version.
  if (request.url?.startsWith("/2021-01-01/")) return { operation: "OpenSearch", headers: json, body: "{}" }
  return s3(request, body)
}

const sendBytes = (response: http.ServerResponse, from: number, size: number, isPaced: boolean) => {
  const begin = performance.now()
  let sent = 0
  const send = () => {
    while (sent < size) {
      const offset = (from + sent) % piece.length
      const bytes = piece.subarray(offset, Math.min(piece.length, offset + size - sent))
      const early = isPaced ? sent / PACE * 1000 - (performance.now() - begin) : 0
      if (early > 1) return void setTimeout(send, early)
      sent += bytes.length
      if (!response.write(bytes)) return void response.once("drain", send)
    }
    response.end()
  }
  send()
}

const respond = (
  response: http.ServerResponse,
  { body, headers, operation, size, start = 0, status = 200 }: Answer,
  isPaced = false
) => {
  counts.requests[operation] = (counts.requests[operation] ?? 0) + 1
  if (size === undefined) {
    response.writeHead(status, headers).end(body)
  } else {
    response.writeHead(status, { ...headers, "content-length": size })
    sendBytes(response, start, size, isPaced)
  }
}

const listen = (port: Port): Promise<number> => {
  const latency = port === "paced" ? 0 : port
  const server = http.createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    response.setHeader("x-amz-request-id", "BENCH0123456789A")
    // Counts and drops uploaded bytes, but reads the bodies of other requests.
    const isUpload = request.method === "PUT"
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => {
      counts.bytes += chunk.length
      if (!isUpload) chunks.push(chunk)
    })
    request.on("end", () => {
      const answer = answerTo(request, chunks.length === 0 ? "" : Buffer.concat(chunks).toString())
      if (latency === 0) respond(response, answer, port === "paced")
      else setTimeout(respond, latency, response, answer)
    })
  })
  server.on("connection", () => counts.connections++)
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)))
}

process.on("disconnect", () => process.exit())
process.on("message", () => {
  process.send?.(counts)
  reset()
})
process.send?.(Object.fromEntries(
  await Promise.all(
    [...latencies, "paced" as const].map(async (port) => [port, `http://127.0.0.1:${await listen(port)}`])
  )
))
