// The wire: an HTTP request becomes an operation and its input, and an output or a fault becomes an HTTP answer.
import type * as Effect from "effect/Effect"
import { attempt } from "./attempt.ts"
import type { ChunkSignatures } from "./awsChunked.ts"
import type { Fault } from "./fault.ts"
import type { Request } from "./http.ts"
import { identify as findService, type Located, protocolOf } from "./identify.ts"
import { isRest } from "./protocol.ts"
import { type Input, readRestInput } from "./restInput.ts"
import { readRpcInput } from "./rpcInput.ts"
import type { Services } from "./service.ts"

/**
 * Finds the service that a request is for: by the scope of its signature, or else by its target, its action, or its host.
 * Fails if the emulator doesn't have the service.
 */
export const identify = (services: Services, request: Request): Effect.Effect<Located, Fault> =>
  attempt(protocolOf(request), () => findService(services, request))

/**
 * Reads the operation and the input of a request.
 *
 * A streamed body is handed on as it is: reading it fails with a `Fault` where its chunks or its digest are wrong. The names
 * in `unknown` are members that the request has and the operation doesn't.
 */
export const readInput = (located: Located, signatures?: ChunkSignatures): Effect.Effect<Input, Fault> =>
  attempt(located.protocol, () => isRest(located.protocol) ? readRestInput(located, signatures) : readRpcInput(located))
