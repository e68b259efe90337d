// The connections of a Layer. Node's agent opens, keeps and reuses them. What is added here:
//
// - Requests wait for a connection in a queue of our own. That wait isn't part of the time to connect, an abandoned request
//   leaves the queue at once, and nothing is sent from it after the Layer is released. (Node's agent opens a connection for
//   each request in its queue, even for those that were given up, and even after its `destroy`.)
// - A queue that can't advance, because the program itself holds every connection, fails.
// - A failure of a request that was never written to a connection is marked as such.
// - A request that asks with `Expect: 100-continue` uses the same connections, and waits one second for the answer.
import { AsyncResource } from "node:async_hooks"
import type * as http from "node:http"
import * as https from "node:https"
import type { Socket } from "node:net"
import type { TLSSocket } from "node:tls"
import { markUnsent } from "../../errors/internal/attempts.ts"
import { ConnectionError } from "../../errors/internal/connectionError.ts"
import * as Reason from "../../errors/internal/reasons.ts"

/** In milliseconds: how often a queue is looked at. */
const LOOK_EVERY = 1_000
/**
 * How many looks in a row have to find that the program holds every connection, and that none of them moved. It counts looks
 * and not time, since a process that was suspended has read nothing either.
 */
const HELD_LOOKS = 20
/** In milliseconds: how long a body waits for the server to say `100 Continue`. */
const CONTINUE_WITHIN = 1_000

const releasedAdvice = "End the fiber before its Layer is released, or provide the Layer to the whole program."

export const layerReleased = (): ConnectionError =>
  new ConnectionError(
    new Reason.Misconfigured({
      code: "LayerReleased",
      description: "the Layer that provided these clients has been released, so nothing was sent",
      isRetryable: false,
      advice: releasedAdvice
    })
  )

const releasedUnderWay = (): ConnectionError =>
  new ConnectionError(
    new Reason.Unreachable({
      code: "LayerReleased",
      description: "the Layer that provided these clients was released while the request was under way",
      isRetryable: false,
      advice: releasedAdvice
    })
  )

const connectTimedOut = (origin: string, milliseconds: number): Error =>
  Object.assign(new Error(`no connection to ${origin} within ${milliseconds} ms`), { name: "TimeoutError" })

const allHeld = (connections: number, origin: string): ConnectionError =>
  new ConnectionError(
    new Reason.Misconfigured({
      code: "ConnectionsHeld",
      description:
        `for ${HELD_LOOKS} seconds, all ${connections} connections to ${origin} have been held by streaming ` +
        "bodies that this program neither reads nor closes, and the call waited for one of them",
      isRetryable: false,
      advice:
        "Read or destroy a body before you make further calls, work on fewer bodies at once, or raise `maxSockets`: " +
        "`requestHandler: { httpsAgent: { maxSockets: 200 } }`."
    })
  )

const unexpectedUpgrade = (statusCode: number | undefined): ConnectionError =>
  new ConnectionError(
    new Reason.Unreadable({
      code: "UnexpectedUpgrade",
      description: "the server switched to another protocol, which the request didn't ask for",
      statusCode,
      isRetryable: false,
      advice: "Is the endpoint really AWS's, with no proxy that answers in its place?"
    })
  )

/**
 * Holds back the body until the server says `100 Continue`, or hasn't said anything for a second. A body that the server
 * doesn't want isn't sent: the connection is closed once its answer has been read.
 */
const sendBodyOnContinue = (request: http.ClientRequest): () => void => {
  const heldBack: Array<() => void> = []
  let timer: NodeJS.Timeout | undefined
  let isHeldBack = true
  const send = () => {
    clearTimeout(timer)
    if (!isHeldBack || request.destroyed) return
    isHeldBack = false
    // From here on, the methods are those of the class again.
    delete (request as Partial<http.ClientRequest>).write
    delete (request as Partial<http.ClientRequest>).end
    for (const write of heldBack) write()
    request.emit("drain")
  }
  request.write = (...args: ReadonlyArray<any>) => {
    heldBack.push(() => (request.write as (...args: ReadonlyArray<any>) => boolean)(...args))
    return false
  }
  request.end = (...args: ReadonlyArray<any>) => {
    heldBack.push(() => (request.end as (...args: ReadonlyArray<any>) => unknown)(...args))
    return request
  }
  request.once("continue", send)
  request.once("close", () => clearTimeout(timer))
  request.once("response", (response) => {
    clearTimeout(timer)
    if (isHeldBack) response.once("end", () => request.destroy())
  })
  return () => {
    timer = setTimeout(send, CONTINUE_WITHIN)
  }
}

/** One request, from the moment it wants a connection until it has done with it. */
class Exchange {
  readonly request: http.ClientRequest
  readonly options: http.ClientRequestArgs
  private isConnected = false
  private socket: Socket | undefined
  private response: http.IncomingMessage | undefined
  /** How far it had come when it was last looked at. */
  private bytes = -1
  private buffered = -1
  /** Where the request was made: an OpenTelemetry instrumentation looks there for the parent of its span. */
  asyncContext: AsyncResource | undefined

  constructor(request: http.ClientRequest, options: http.ClientRequestArgs) {
    this.request = request
    this.options = options
  }

  /** `withdraw` takes the request out of the queue, and tells whether it was there. */
  observe(origin: string, connectTimeout: number, withdraw: () => boolean): void {
    const { request } = this
    const mark = (error: unknown) => {
      if (!this.isConnected && typeof error === "object" && error !== null) markUnsent(error)
    }
    const destroy = request.destroy
    request.destroy = (error) => {
      mark(error)
      const isQueued = withdraw()
      destroy.call(request, error)
      // Node says so only once a request has a connection.
      if (isQueued) {
        process.nextTick(() => {
          if (error !== undefined) request.emit("error", error)
          request.emit("close")
        })
      }
      return request
    }
    const askForContinue = request.getHeader("expect") === "100-continue" ? sendBodyOnContinue(request) : undefined
    const connected = () => {
      this.isConnected = true
      askForContinue?.()
    }
    const refuseUpgrade = ({ statusCode }: http.IncomingMessage, socket: Socket) => {
      request.emit("error", unexpectedUpgrade(statusCode))
      socket.destroy()
    }
    request
      .on("error", mark)
      // Before the SDK's own listener, which would take any status below 300 for success.
      .prependOnceListener("response", (response) => {
        this.response = response
        if (response.statusCode! < 200) refuseUpgrade(response, response.socket)
      })
      .once("upgrade", refuseUpgrade)
      .once("socket", (socket) => {
        this.socket = socket
        if (!socket.connecting) return connected()
        const timer = connectTimeout > 0
          ? setTimeout(() => {
            // If the process was busy, the connection may stand, with its event still to come.
            setImmediate(() => {
              if (!this.isConnected) request.destroy(connectTimedOut(origin, connectTimeout))
            })
          }, connectTimeout)
          : undefined
        socket.once((socket as TLSSocket).encrypted ? "secureConnect" : "connect", () => {
          clearTimeout(timer)
          connected()
        })
        request.once("close", () => clearTimeout(timer))
      })
  }

  get isAnswered(): boolean {
    return this.response !== undefined
  }

  /** Whether it waits for the program, and nothing has moved since the last look. */
  isHeldByProgram(): boolean {
    const { request, response, socket } = this
    if (socket === undefined) return false
    const bytes = socket.bytesRead + socket.bytesWritten
    const buffered = response?.readableLength ?? 0
    const hasMoved = bytes !== this.bytes || buffered !== this.buffered
    this.bytes = bytes
    this.buffered = buffered
    if (hasMoved) return false
    return response === undefined
      ? this.isConnected && !request.writableEnded && request.writableLength === 0 && socket.writableLength === 0
      : !response.readableEnded && (buffered > 0 || response.complete)
  }
}

/** The requests for one host. */
class Group {
  readonly name: string
  readonly agent: http.Agent
  readonly origin: string
  readonly open = new Set<Exchange>()
  readonly waiting = new Set<Exchange>()
  heldLooks = 0

  constructor(name: string, agent: http.Agent, origin: string) {
    this.name = name
    this.agent = agent
    this.origin = origin
  }

  get hasRoom(): boolean {
    return this.open.size < (this.agent.maxSockets ?? Infinity)
  }

  /** Looks at every connection: each remembers how far it has come. */
  look(): void {
    let isHeld = !this.hasRoom
    for (const exchange of this.open) isHeld = exchange.isHeldByProgram() && isHeld
    this.heldLooks = isHeld && this.waiting.size > 0 ? this.heldLooks + 1 : 0
    if (this.heldLooks < HELD_LOOKS) return
    for (const { request } of this.waiting) request.destroy(allHeld(this.open.size, this.origin))
  }
}

export interface ConnectionOptions {
  /** In milliseconds: how long the connection may take to stand, TLS included. 0 for no limit. */
  readonly connectTimeout: number
  /** Told once while requests wait for a connection. */
  readonly onFull: (message: string) => void
}

export class Connections {
  /** How many requests have come. */
  requests = 0
  isReleased = false
  private readonly options: ConnectionOptions
  private readonly agents = new Set<http.Agent>()
  private readonly groups = new Map<string, Group>()
  private timer: NodeJS.Timeout | undefined
  private isSaid = false

  constructor(options: ConnectionOptions) {
    this.options = options
  }

  /**
   * The agent that hands the requests to `agent` when there is room. In all else, it is that agent, whose connections it closes. A
   * handler may do that and go on, so only {@link release} ends the requests of the Layer.
   */
  queueing(agent: http.Agent): http.Agent {
    this.agents.add(agent)
    return Object.create(agent, {
      addRequest: {
        value: (request: http.ClientRequest, options: http.ClientRequestArgs) => this.add(agent, request, options)
      },
      destroy: { value: () => agent.destroy() }
    })
  }

  /** Fails whatever waits for a connection or has one, and closes all connections. Later requests fail at once. */
  release(): void {
    this.isReleased = true
    clearInterval(this.timer)
    for (const { open, waiting } of this.groups.values()) {
      for (const { request } of waiting) request.destroy(layerReleased())
      // A body that is being read fails as its connection closes.
      for (const { isAnswered, request } of open) if (!isAnswered) request.destroy(releasedUnderWay())
    }
    for (const agent of this.agents) agent.destroy()
  }

  private add(agent: http.Agent, request: http.ClientRequest, options: http.ClientRequestArgs): void {
    this.requests++
    const group = this.groupOf(agent, options)
    const exchange = new Exchange(request, options)
    exchange.observe(group.origin, this.options.connectTimeout, () => group.waiting.delete(exchange))
    if (this.isReleased) {
      group.waiting.add(exchange)
      request.destroy(layerReleased())
    } else if (group.waiting.size === 0 && group.hasRoom) {
      this.open(group, exchange)
    } else {
      exchange.asyncContext = new AsyncResource("QueuedRequest")
      group.waiting.add(exchange)
      this.watch()
    }
  }

  private groupOf(agent: http.Agent, options: http.ClientRequestArgs): Group {
    const { protocol = "" } = agent as { readonly protocol?: string }
    const origin = `${options.host ?? ""}:${options.port ?? ""}`
    // The SDK also takes an agent that isn't Node's, such as a proxy's, which may have no names and no limit.
    const name = `${protocol}${agent.getName?.(options as Parameters<http.Agent["getName"]>[0]) ?? origin}`
    let group = this.groups.get(name)
    if (group === undefined) {
      this.groups.set(name, group = new Group(name, agent, origin))
    }
    return group
  }

  private open(group: Group, exchange: Exchange): void {
    const { options, request } = exchange
    group.open.add(exchange)
    request.once("close", () => {
      group.open.delete(exchange)
      if (group.open.size === 0 && group.waiting.size === 0) this.groups.delete(group.name)
      // The agent has the connection back only after this event.
      process.nextTick(() => this.advance(group))
    })
    ;(group.agent as unknown as { addRequest(...args: ReadonlyArray<unknown>): void }).addRequest(request, options)
  }

  private advance(group: Group): void {
    for (const exchange of group.waiting) {
      if (!group.hasRoom || this.isReleased) return
      group.waiting.delete(exchange)
      try {
        exchange.asyncContext?.runInAsyncScope(() => this.open(group, exchange))
      } catch (error) {
        exchange.request.emit("error", error)
        exchange.request.emit("close")
      }
    }
  }

  private watch(): void {
    // It keeps the process alive while something waits: a connection that nobody reads from doesn't.
    this.timer?.ref()
    this.timer ??= setInterval(() => this.look(), LOOK_EVERY)
  }

  private look(): void {
    const [fullest] = [...this.groups.values()].sort((a, b) => b.waiting.size - a.waiting.size)
    if (fullest === undefined || fullest.waiting.size === 0) {
      clearInterval(this.timer)
      this.timer = undefined
      this.isSaid = false
      return
    }
    if (!this.isSaid) {
      this.isSaid = true
      const calls = fullest.waiting.size === 1 ? "One call waits" : `${fullest.waiting.size} calls wait`
      this.options.onFull(
        `${calls} for a connection to ${fullest.origin}: all ${fullest.open.size} of the Layer are in use. Make fewer ` +
          "calls at once, or raise `maxSockets`: `requestHandler: { httpsAgent: { maxSockets: 200 } }`."
      )
    }
    for (const group of this.groups.values()) group.look()
    if ([...this.groups.values()].every(({ waiting }) => waiting.size === 0)) this.timer?.unref()
  }
}

// An import of this module also loads Node's WebSocket, and all of its fetch with it, which the module exports. That takes a
// tenth of the time in which a program with one of the SDK's clients starts.
const agentClass = () => process.getBuiltinModule("node:http").Agent

const isAgent = (agent: unknown): agent is http.Agent =>
  agent instanceof agentClass() || typeof (agent as { readonly destroy?: unknown } | undefined)?.destroy === "function"

const defaults = { keepAlive: true, maxSockets: 50 }

/** The agent itself, or one with these options. By default, as the SDK has it: keep-alive, and 50 connections per host. */
export const httpAgent = (agent: unknown): http.Agent =>
  isAgent(agent) ? agent : new (agentClass())({ ...defaults, ...(agent as http.AgentOptions | undefined) })

export const httpsAgent = (agent: unknown): http.Agent =>
  isAgent(agent) ? agent : new https.Agent({ ...defaults, ...(agent as https.AgentOptions | undefined) })
