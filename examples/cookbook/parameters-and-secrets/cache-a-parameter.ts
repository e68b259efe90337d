import { Effect } from "effect"
import { Ssm } from "effect-aws-sdk"

// Define it once, at the top of a module, and run it as often as you like.
const maintenance = Ssm.cached("/app/maintenance", { ttl: "1 minute" })

export const answer = maintenance.pipe(
  Effect.map(({ value }) => value === "on" ? "We'll be back soon." : "Hello."),
  Effect.catchTag("ParameterDoesNotExist", () => Effect.succeed("Hello."))
)
