import { AwsClients } from "effect-aws-sdk/AwsClients"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import { config, isTraced, keys } from "../worker.ts"

export const layer = AwsClients.layer({
  ...config,
  credentials: { accessKeyId: keys.accessKeyId, secretAccessKey: Redacted.make(keys.secretAccessKey) },
  clientOptions: { forcePathStyle: true }
})

const runtime = ManagedRuntime.make(layer)

export const run = <A, E>(program: Effect.Effect<A, E, AwsClients>): Promise<A> =>
  runtime.runPromise(isTraced ? program : Effect.withTracerEnabled(program, false))

/** Makes `count` calls, `concurrency` of them at a time. */
export const repeat = <A, E, R>(count: number, concurrency: number, call: () => Effect.Effect<A, E, R>) =>
  Effect.as(Effect.forEach(Array.from({ length: count }), call, { concurrency, discard: true }), count)
