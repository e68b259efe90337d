// A request handler for clients of the SDK that hands their requests to the emulator.
import type { HttpHandlerOptions, HttpRequest, RequestHandler } from "@smithy/types"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { type Access, describeDefect, type Known, type World } from "../../emulator/engine/world.ts"
import { bindingsOf } from "../../emulator/wire/bindings.ts"
import { isDescribable, serviceOfClient } from "../../emulator/wire/describe.ts"
import { isOperationSchema } from "../../emulator/wire/sdk.ts"
import { fromSdkRequest, toSdkResponse } from "../../emulator/wire/sdkMessages.ts"
import type { SdkClient } from "../../src/Call.ts"
import { Defect } from "../../src/internal/defect.ts"

// What the SDK's HTTP handler for Node throws when the server closes the socket.
const socketHangUp = (): Error =>
  Object.assign(new Error("socket hang up"), { code: "ECONNRESET", name: "TimeoutError" })

const aborted = (): Error => Object.assign(new Error("Request aborted"), { name: "AbortError" })

// The program's own keys have to be right. Its clients sign with the real time, even under TestClock.
const access: Access = { anyKey: false, anyTime: true }

export class Emulated implements RequestHandler<any, any, any> {
  readonly metadata = { handlerProtocol: "http/1.1" } as const
  private readonly known = new WeakMap<object, Known>()
  private readonly run: (request: any, options?: HttpHandlerOptions) => Promise<{ readonly response: any }>

  constructor(world: World, context: Context.Context<never>) {
    const runExit = Effect.runPromiseExitWith(context)
    this.run = async (request: HttpRequest, { abortSignal } = {}) => {
      if (abortSignal?.aborted === true) throw aborted()
      const known = this.known.get(request)
      const exit = await runExit(
        world.answer(fromSdkRequest(request), access, known),
        abortSignal && { signal: abortSignal as AbortSignal }
      )
      if (Exit.isSuccess(exit)) {
        const isStreaming = known === undefined || bindingsOf(known.operation.output).isStreaming
        return { response: toSdkResponse(exit.value, isStreaming && exit.value.status < 300) }
      }
      if (Exit.findErrorOption(exit)._tag === "Some") throw socketHangUp()
      if (Cause.hasInterrupts(exit.cause)) throw aborted()
      const defect = Cause.squash(exit.cause)
      throw new Defect(describeDefect(defect).message, { cause: defect })
    }
  }

  /** Remembers which operation each request of a client calls. The SDK doesn't tell the request handler. */
  attach({ config, middlewareStack }: SdkClient): void {
    if (!isDescribable(config)) return
    const service = serviceOfClient(config)
    middlewareStack.add(
      (next: any, context: any) => (args: any) => {
        const schema: unknown = context["__smithy_context"]?.operationSchema
        if (isOperationSchema(schema)) this.known.set(args.request, { service, operation: service.operationOf(schema) })
        return next(args)
      },
      { step: "deserialize", priority: "low", name: "effectAwsSdkInMemory" }
    )
  }

  readonly handle = (request: any, options?: HttpHandlerOptions): Promise<{ readonly response: any }> =>
    this.run(request, options)

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): object {
    return {}
  }

  destroy(): void {}
}
