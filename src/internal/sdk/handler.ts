/**
 * The SDK's HTTP handler, on the connections of a Layer.
 *
 * It relies on the handler to send every request through the agent that it is given, also one with `Expect: 100-continue`.
 * Where a request has been answered and no agent has seen it, the Layer takes the SDK's handler as it is, with its own time to
 * connect.
 */
import { NodeHttpHandler } from "@smithy/node-http-handler"
import type { NodeHttpHandlerOptions, RequestHandler } from "@smithy/types"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { Connections, httpAgent, httpsAgent, layerReleased } from "../connections.ts"

type Handle = NodeHttpHandler["handle"]
type Update = NodeHttpHandler["updateHttpClientConfig"]

// Without a logger, the SDK and its HTTP handler write warnings to the console.
export const silentLogger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

class LayerHandler implements RequestHandler<any, any, any> {
  readonly metadata: NodeHttpHandler["metadata"]
  private readonly connections: Connections
  private readonly options: NodeHttpHandlerOptions
  private readonly updates: Array<Parameters<Update>> = []
  private handler: NodeHttpHandler
  private isChecked = false

  constructor(given: NodeHttpHandlerOptions | undefined, onFull: (message: string) => void) {
    // By default, the SDK's handler lets an attempt that takes longer than `requestTimeout` go on, and only logs it.
    const options = { connectionTimeout: 3_100, throwOnRequestTimeout: true, logger: silentLogger, ...given }
    const { connectionTimeout, ...rest } = options
    this.options = options
    this.connections = new Connections({ connectTimeout: connectionTimeout ?? 0, onFull })
    this.handler = new NodeHttpHandler({
      ...rest,
      httpAgent: this.connections.queueing(httpAgent(options.httpAgent)),
      httpsAgent: this.connections.queueing(httpsAgent(options.httpsAgent)) as any
    })
    this.metadata = this.handler.metadata
  }

  readonly handle: Handle = (request, options) => {
    if (this.connections.isReleased) return Promise.reject(layerReleased())
    const answer = this.handler.handle(request, options)
    // What fails before it is sent, such as a request that was given up, says nothing about the agent.
    return this.isChecked ? answer : answer.then((answered) => {
      this.check()
      return answered
    })
  }

  private check(): void {
    if (this.isChecked) return
    this.isChecked = true
    if (this.connections.requests > 0) return
    this.handler.destroy()
    this.handler = new NodeHttpHandler(this.options)
    for (const update of this.updates) this.handler.updateHttpClientConfig(...update)
  }

  destroy(): void {
    this.connections.release()
    this.handler.destroy()
  }

  readonly updateHttpClientConfig: Update = (...update) => {
    this.updates.push(update)
    this.handler.updateHttpClientConfig(...update)
  }

  httpHandlerConfigs(): ReturnType<NodeHttpHandler["httpHandlerConfigs"]> {
    return this.handler.httpHandlerConfigs()
  }
}

/** A handler for the rest of the scope. It logs once when calls begin to wait for a connection. */
export const makeHandler = (options: NodeHttpHandlerOptions | undefined, context: Context.Context<never>) => {
  const run = Effect.runForkWith(context)
  return Effect.acquireRelease(
    Effect.sync(() => new LayerHandler(options, (message) => void run(Effect.logWarning(message)))),
    (handler) => Effect.sync(() => handler.destroy())
  )
}
