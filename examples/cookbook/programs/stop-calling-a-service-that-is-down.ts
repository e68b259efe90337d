import { Effect } from "effect"
import { Aspect, Ssm } from "effect-aws-sdk"

// For the Layer: Default.layer({ aspects }). Five failures in a row, and calls fail at once for 30 seconds.
export const aspects = [Aspect.circuitBreaker()]

export const banner = Ssm.getParameter("/shop/banner").pipe(
  Effect.map(({ value }) => String(value)),
  Effect.catchReasons("AwsError", {
    CircuitOpen: () => Effect.succeed(""), // nothing was sent
    ServerFault: () => Effect.succeed(""),
    TimedOut: () => Effect.succeed(""),
    Unreachable: () => Effect.succeed("")
  })
)
