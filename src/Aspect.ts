/**
 * What is put around every call of a Layer: a limit, a header, a cache, a count.
 *
 * An aspect is a function from one way to send to another. It is given with the Layer (`aspects`), sees the calls of all
 * services that are made by it, each once however often it is retried, and is applied once a Layer, so that what it
 * keeps is the Layer's. Aspects compose: the first one of the list is the outermost. `AssumeRole` hands those of the Layer
 * below on, and applies them anew: what several Layers are to share is made outside of the aspect.
 *
 * **Example** (At most ten calls of EC2 at a time)
 *
 * ```ts
 * import { Effect, Semaphore } from "effect"
 * import { type Aspect, Profile } from "effect-aws-sdk"
 *
 * const limit: Aspect.Aspect = (send) => {
 *   const ten = Semaphore.makeUnsafe(10)
 *   return (call) => call.service === "EC2" ? ten.withPermits(1)(send(call)) : send(call)
 * }
 *
 * const layer = Profile.layer({ profile: "dev", aspects: [limit] })
 * ```
 *
 * @since 0.1.0
 */
import type { Command } from "@smithy/types"
import type * as Effect from "effect/Effect"
import type { AwsError } from "../errors/AwsError.ts"
import type { SdkClientClass } from "./AwsClients.ts"
import { copyOf } from "./internal/command.ts"

/**
 * Any command of the SDK.
 *
 * @category type-level
 * @since 0.1.0
 */
export type AnyCommand = Command<any, any, any, any, any>

/**
 * One call.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call {
  /** The service, as the SDK names it, without blanks: `S3`. */
  readonly service: string
  /** The operation, as AWS names it: `HeadBucket`. */
  readonly operation: string
  readonly region: string
  /** The class of the client that sends it. */
  readonly Client: SdkClientClass<any>
  /** The command, as it was given to `send`. Not to be changed: its owner may send it again. */
  readonly command: AnyCommand
}

/**
 * Sends a call. The answer is the output of the call's command.
 *
 * @category models
 * @since 0.1.0
 */
export type Send = (call: Call) => Effect.Effect<any, AwsError>

/**
 * From one way to send to another.
 *
 * @category models
 * @since 0.1.0
 */
export type Aspect = (send: Send) => Send

/**
 * Adds a header to the requests, before they are signed.
 *
 * **Example** (Who calls)
 *
 * ```ts
 * import { Aspect, Profile } from "effect-aws-sdk"
 *
 * const layer = Profile.layer({ aspects: [Aspect.header("x-team", () => "billing")] })
 * ```
 *
 * @category aspects
 * @since 0.1.0
 */
export const header = (name: string, value: (call: Call) => string): Aspect => (send) => (call) => {
  const { command, ...rest } = call
  const own = copyOf(command)
  own.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { readonly headers: Record<string, string> }).headers, {
        [name.toLowerCase()]: value(call)
      })
      return next(args)
    },
    { step: "build", name: `effectAwsSdkHeader/${name}` }
  )
  return send({ ...rest, command: own })
}
