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
 * Finds the service of a request by the scope of its signature, or else by its target, action or host.
 * Fails if the emulator doesn't have the service.
 */
export const identify = (services: Services, request: Request): Effect.Effect<Located, Fault> =>
  attempt(protocolOf(request), () => findService(services, request))

/**
 * Reads the operation and the input of a request.
 *
 * Doesn't read a streamed body. Reading it later fails with a `Fault` if its chunks or its digest are wrong. `unknown` lists
 * the members in the request that the operation doesn't have.
 */
export const readInput = (located: Located, signatures?: ChunkSignatures): Effect.Effect<Input, Fault> =>
  attempt(located.protocol, () => isRest(located.protocol) ? readRestInput(located, signatures) : readRpcInput(located))
