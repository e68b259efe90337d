/**
 * Behaviour that wraps every call of a Layer: a rate limit, a header, a cache, a counter.
 *
 * An aspect is a function from one `Send` to another. Pass aspects to a Layer as its `aspects` option. An aspect sees
 * each call once, however often the call is retried, and sees the calls to all services. The Layer applies its aspects
 * once, when it is built, so the state of an aspect belongs to that Layer. The first aspect of the list is the outermost.
 *
 * `AssumeRole` takes over the aspects of the Layer below it and applies them again. State that several Layers share
 * must therefore be created outside the aspect.
 *
 * **Example** (At most ten calls to EC2 at a time)
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
import type { Call, Send } from "./Call.ts"
import { copyCommand } from "./internal/sdk/command.ts"

/**
 * Wraps the function that sends calls: takes one, and returns another.
 *
 * @category models
 * @since 0.1.0
 */
export type Aspect = (send: Send) => Send

/**
 * Adds a header to every request, before the request is signed. `value` computes the header's value from the call.
 *
 * **Example** (Name the team that makes the calls)
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
  const command = copyCommand(call.command)
  command.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { readonly headers: Record<string, string> }).headers, {
        [name.toLowerCase()]: value(call)
      })
      return next(args)
    },
    // The inner one of two aspects with the same header wins.
    { step: "build", name: `effectAwsSdkHeader/${name.toLowerCase()}`, override: true }
  )
  return send({ ...call, command })
}
