// One call of an SDK client whose request goes to the wire, and the answer of the wire that it reads.
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from "@aws-sdk/core/protocols"
import { Effect } from "effect"
import { type Ids, type Output, writeOutput } from "../../../emulator/wire/answers.ts"
import type { Fault } from "../../../emulator/wire/fault.ts"
import { writeFault } from "../../../emulator/wire/faultAnswers.ts"
import type { Answer, Request } from "../../../emulator/wire/http.ts"
import type { Located } from "../../../emulator/wire/identify.ts"
import type { Input } from "../../../emulator/wire/restInput.ts"
import { fromSdkRequest, type SdkRequest, toSdkResponse } from "../../../emulator/wire/sdkMessages.ts"
import { identify, readInput } from "../../../emulator/wire/wire.ts"
import { type Client, type Options, type Sdk, services } from "./clients.ts"

// A client sets its clock by the dates of answers, and signs with it.
export const ids: Ids = { requestId: "request-1", extendedRequestId: "host-1", date: new Date() }

/** The clients of a service, one for each protocol that it speaks. */
export const protocolsOf = (sdk: Sdk): ReadonlyArray<readonly [protocol: string, others: object]> =>
  sdk.description.protocols.map((protocol, index) =>
    index === 0
      ? [protocol, {}] as const
      : [protocol, { protocol: protocol === "awsQuery" ? AwsQueryProtocol : AwsSmithyRpcV2CborProtocol }] as const
  )

export interface Exchange {
  readonly request: Request
  readonly located: Located
  readonly input: Input
}

/** A client of which each call is answered by a function of what the wire has read. */
export class Exchanger {
  readonly client: Client
  /** The input as the SDK has completed it, right before it serializes it. */
  completed: Record<string, unknown> = {}
  last: Exchange | undefined
  answer: (exchange: Exchange) => Answer = ({ input, located }) => writeOutput(located, input.operation, {}, ids)
  /** What is done with a request before it is answered. */
  work: (exchange: Exchange) => Promise<unknown> = () => Promise.resolve()
  inspect: (request: Request, located: Located) => Effect.Effect<unknown, Fault> = () => Effect.void

  constructor(sdk: Sdk, others: object = {}, options: Partial<Options> = {}) {
    const handle = (sdkRequest: SdkRequest) =>
      Effect.gen({ self: this }, function*() {
        const request = fromSdkRequest(sdkRequest)
        const located = yield* identify(services, request)
        yield* this.inspect(request, located)
        const input = yield* readInput(located)
        const exchange = this.last = { request, located, input }
        yield* Effect.tryPromise({ try: () => this.work(exchange), catch: (error) => error as Fault })
        return this.answer(exchange)
      }).pipe(
        Effect.catch((fault) => Effect.die(new Error(`${fault.code}: ${fault.message}`))),
        Effect.map((answer) => toSdkResponse(answer)),
        Effect.runPromise
      )
    this.client = sdk.client({ ...options, handle, others })
    this.client.middlewareStack.addRelativeTo(
      (next: (args: { input: Record<string, unknown> }) => unknown) => (args: { input: Record<string, unknown> }) => {
        this.completed = args.input
        return next(args)
      },
      { relation: "before", toMiddleware: "serializerMiddleware" }
    )
  }

  /** Answers the next calls with this output. */
  outputs(output: Output): void {
    this.answer = ({ input, located }) => writeOutput(located, input.operation, output, ids)
  }

  /** Answers the next calls with this fault. */
  faults(fault: Fault): void {
    this.answer = ({ located }) => writeFault(located, fault, ids)
  }
}
