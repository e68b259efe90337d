import * as Compute from "effect-aws-sdk/Compute"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"

const setting = Ssm.cached("/bench/setting-0", { ttl: "1 minute" })

const runtime = ManagedRuntime.make(Compute.layer())

export const handler = () => runtime.runPromise(Effect.map(setting, ({ value }) => value))
