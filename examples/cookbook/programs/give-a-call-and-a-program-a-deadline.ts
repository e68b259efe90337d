import { Effect } from "effect"
import { Ssm } from "effect-aws-sdk"

// Two seconds for the call with all its retries. After that, there is a value to go on with.
const greeting = Ssm.getParameter("/app/greeting").pipe(
  Effect.map(({ value }) => String(value)),
  Effect.timeoutOrElse({ duration: "2 seconds", orElse: () => Effect.succeed("Hello") })
)

// A minute for everything. Then it's interrupted: requests are aborted, and finalizers run.
export const program = <A, E, R>(work: (greeting: string) => Effect.Effect<A, E, R>) =>
  greeting.pipe(
    Effect.flatMap(work),
    Effect.timeout("1 minute")
  )
