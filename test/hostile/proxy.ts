// A proxy between a client and AWS that does to requests what networks, load balancers and S3 itself do.
import * as http from "node:http"
import type { AddressInfo, Socket } from "node:net"
import type { Writable } from "node:stream"
import { setTimeout as sleep } from "node:timers/promises"
import { type Fault, faultOf, isRead, type Weather } from "./faults.ts"

/** A request that reached the proxy. */
export interface Seen {
  readonly operation: string
  /** The number of the part, or the range; empty for a request about a whole object. */
  readonly part: string
  readonly fault: Fault | undefined
  /** The bytes of the request's body that were forwarded. */
  sent: number
  /** The bytes of the answer's body that were forwarded. */
  received: number
  /** The status that AWS answered with, if the request got there. */
  status: number | undefined
  /** Whether the client got AWS's answer as AWS gave it. */
  isDelivered: boolean
}

/** What the proxy does during a step. */
export interface Plan {
  readonly weather: Weather
  readonly labels: ReadonlyArray<string | number>
  /** Runs once, when this many bytes of bodies have passed. */
  readonly trigger?: { readonly bytes: number; readonly run: () => void } | undefined
}

export interface Proxy {
  readonly url: string
  /** Begins a step: forgets what was seen before. */
  readonly begin: (plan: Plan) => void
  readonly seen: () => ReadonlyArray<Seen>
  /** How many requests are under way. */
  readonly underWay: () => number
  /** How many connections are open. */
  readonly connections: () => number
  readonly close: () => Promise<void>
}

/** The operation of S3 that a request is for. */
const operationOf = (
  { headers, method, url = "/" }: http.IncomingMessage
): readonly [operation: string, part: string] => {
  const { pathname, searchParams: query } = new URL(url, "http://proxy")
  const isObject = pathname.replace(/\/$/, "").indexOf("/", 1) !== -1
  const part = query.get("partNumber") ?? headers.range ?? ""
  const isCopy = headers["x-amz-copy-source"] !== undefined
  if (!isObject) {
    if (method === "POST" && query.has("delete")) return ["DeleteObjects", ""]
    if (method === "GET") return [query.has("uploads") ? "ListMultipartUploads" : "ListObjects", ""]
    return [`${method}Bucket`, ""]
  }
  const hasUpload = query.has("uploadId")
  const named: Record<string, string> = {
    PUT: query.has("tagging")
      ? "PutObjectTagging"
      : `${hasUpload ? "UploadPart" : isCopy ? "CopyObject" : "PutObject"}`,
    POST: query.has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload",
    DELETE: hasUpload ? "AbortMultipartUpload" : "DeleteObject",
    HEAD: "HeadObject",
    GET: hasUpload ? "ListParts" : query.has("tagging") ? "GetObjectTagging" : "GetObject"
  }
  const operation = named[method ?? ""] ?? "Unknown"
  return [operation === "UploadPart" && isCopy ? "UploadPartCopy" : operation, part]
}

const errorBody = (code: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>The proxy says so</Message>` +
  "<RequestId>HOSTILE000000001</RequestId><HostId>hostile</HostId></Error>"

const xml = { "content-type": "application/xml", "x-amz-request-id": "HOSTILE000000001" }

const reset = ({ socket }: http.IncomingMessage) => {
  socket.resetAndDestroy()
  // Node waits for what is being written, and a client that has closed meanwhile never takes it.
  setTimeout(() => socket.destroy(), 50)
}

/** Waits until more can be written, or nothing can any more. */
const drained = (target: Writable): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      target.off("drain", done).off("close", done)
      resolve()
    }
    if (target.destroyed) resolve()
    else target.on("drain", done).on("close", done)
  })

export const startProxy = async (upstream: string): Promise<Proxy> => {
  const { hostname, port } = new URL(upstream)
  const agent = new http.Agent({ keepAlive: true })
  let plan: Plan | undefined
  let seen: Array<Seen> = []
  let attempts = new Map<string, number>()
  let bytes = 0
  const open = new Set<readonly [http.ServerResponse, Socket]>()
  let connections = 0

  const count = (length: number) => {
    bytes += length
    const trigger = plan?.trigger
    if (trigger === undefined || bytes < trigger.bytes) return
    plan = { ...plan!, trigger: undefined }
    trigger.run()
  }

  /** Forwards the request's body. Resolves to whether all of it was. */
  const forwardBody = async (
    request: http.IncomingMessage,
    target: http.ClientRequest,
    answering: Promise<unknown>,
    entry: Seen,
    fault: Fault | undefined
  ) => {
    const length = Number(request.headers["content-length"] ?? 0)
    const at = fault !== undefined && "share" in fault ? Math.floor(fault.share * length) : 0
    let isFlipped = false
    for await (const chunk of request as AsyncIterable<Buffer>) {
      const end = entry.sent + chunk.length
      if (fault?._tag === "CutRequest" && end > at) {
        target.write(chunk.subarray(0, at - entry.sent))
        target.destroy()
        reset(request)
        return false
      }
      if (fault?._tag === "StallRequest" && entry.sent <= at && end > at) await sleep(fault.milliseconds)
      if (fault?._tag === "Flip" && !isFlipped && end > at) {
        chunk[at - entry.sent]! ^= 0x10
        isFlipped = true
      }
      entry.sent = end
      count(chunk.length)
      // AWS may answer before it has read everything, and takes no more then.
      if (!target.write(chunk)) await Promise.race([drained(target), answering])
    }
    target.end()
    return true
  }

  /** Forwards the body of an answer. Resolves to whether all of it was, unchanged. */
  const forwardAnswer = async (
    answer: http.IncomingMessage,
    response: http.ServerResponse,
    entry: Seen,
    fault: Fault | undefined
  ) => {
    const length = Number(answer.headers["content-length"] ?? 0)
    const isTouched = fault !== undefined && "share" in fault &&
      !["CutRequest", "StallRequest", "Flip"].includes(fault._tag)
    const at = isTouched || (fault?._tag === "Flip" && isRead(entry.operation)) ? Math.floor(fault.share * length) : -1
    const headers = { ...answer.headers }
    if (fault?._tag === "Truncate") delete headers["content-length"]
    response.writeHead(answer.statusCode!, headers)
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      const end = entry.received + chunk.length
      if (at >= entry.received && at < end) {
        const head = chunk.subarray(0, at - entry.received)
        switch (fault?._tag) {
          case "CutResponse":
            response.write(head)
            // Lets what was written go out.
            setImmediate(() => fault.isReset ? response.socket?.resetAndDestroy() : response.socket?.destroy())
            return false
          case "Truncate":
            response.end(head)
            return false
          case "Hang":
            response.write(head)
            await new Promise((resolve) => response.once("close", resolve))
            return false
          case "StallResponse":
            await sleep(fault.milliseconds)
            break
          case "Flip":
            chunk[head.length]! ^= 0x10
        }
      }
      entry.received = end
      count(chunk.length)
      if (!response.write(chunk)) await drained(response)
      if (response.destroyed) return false
    }
    response.end()
    return true
  }

  const answered = (target: http.ClientRequest) =>
    new Promise<http.IncomingMessage>((resolve, reject) => target.once("response", resolve).once("error", reject))

  const handle = async (request: http.IncomingMessage, response: http.ServerResponse, entry: Seen) => {
    const { fault } = entry
    switch (fault?._tag) {
      case "Reset":
        return reset(request)
      case "Delay":
        await sleep(fault.milliseconds)
        break
      case "Answer": {
        if (!fault.isEarly) { for await (const _ of request) { /* read it all */ } }
        response.writeHead(fault.status, fault.code === "" ? { "content-type": "text/html" } : xml)
        return response.end(
          request.method === "HEAD" ? "" : fault.code === "" ? "<html>Bad Gateway</html>" : errorBody(fault.code)
        )
      }
      case "Hang":
        if (!fault.isBefore) break
        // Whoever doesn't read doesn't see that the other side closes.
        request.resume()
        return await new Promise((resolve) => response.once("close", resolve))
      case "LateError":
        if (fault.isExecuted) break
        for await (const _ of request) { /* read it all */ }
        response.writeHead(200, xml)
        return response.end(errorBody("InternalError"))
    }
    const { headers, method, url } = request
    const target = http.request({ agent, hostname, port, method: method!, path: url!, headers })
    const answering = answered(target)
    answering.catch(() => {})
    // A client that gives up gives up at AWS, too.
    response.once("close", () => response.writableFinished || target.destroy())
    if (!await forwardBody(request, target, answering, entry, fault)) return
    const answer = await answering
    entry.status = answer.statusCode
    if (fault?._tag === "Lose" || fault?._tag === "LateError") {
      for await (const _ of answer) { /* read it all */ }
      if (fault._tag === "Lose") return reset(request)
      response.writeHead(200, xml)
      return response.end(errorBody("InternalError"))
    }
    entry.isDelivered = await forwardAnswer(answer, response, entry, fault)
  }

  const onRequest = (request: http.IncomingMessage, response: http.ServerResponse) => {
    const [operation, part] = operationOf(request)
    const label = `${operation} ${part} ${request.url}`.replace(/uploadId=[^&]*/, "")
    const attempt = attempts.get(label) ?? 0
    attempts.set(label, attempt + 1)
    const fault = plan && faultOf(plan.weather, operation, attempt, label, ...plan.labels)
    const entry: Seen = { operation, part, fault, sent: 0, received: 0, status: undefined, isDelivered: false }
    seen.push(entry)
    count(0)
    open.add([response, request.socket])
    request.on("error", () => {})
    response.on("error", () => {})
    handle(request, response, entry).catch(() => response.destroy())
  }

  const server = http.createServer({ keepAliveTimeout: 60_000 }, onRequest)
  server.on("checkContinue", (request: http.IncomingMessage, response: http.ServerResponse) => {
    response.writeContinue()
    onRequest(request, response)
  })
  server.on("connection", (socket) => {
    connections++
    socket.once("close", () => connections--)
    socket.on("error", () => {})
  })
  server.on("clientError", (_, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    begin: (next) => {
      plan = next
      seen = []
      attempts = new Map()
      bytes = 0
    },
    seen: () => seen,
    underWay: () => {
      for (const entry of open) {
        const [response, socket] = entry
        // A response whose socket has been closed meanwhile doesn't always say so.
        if (response.closed || response.destroyed || response.writableFinished || socket.destroyed) open.delete(entry)
      }
      return open.size
    },
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        agent.destroy()
        server.closeAllConnections()
        server.close(() => resolve())
      })
  }
}
