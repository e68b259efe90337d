// moto as Layers: one server per test file, and its clients.
import { Context, Effect, Layer, Redacted } from "effect"
import { AwsClients, Retry } from "effect-aws-sdk"
import * as Starter from "../../scripts/internal/moto.ts"
import * as Python from "../../scripts/internal/python.ts"

/** A moto server that only this test file uses. */
export class Emulator extends Context.Service<Emulator, Starter.Emulator>()("test/Emulator") {
  static readonly layer = (options?: Starter.Options) => Layer.effect(Emulator, Starter.start(options))
}

/** Installs moto. Succeeds with the reason if this machine cannot run it, and with `undefined` otherwise. */
export const whyUnavailable: Effect.Effect<string | undefined> = Python.install("moto").pipe(
  Effect.as(undefined),
  Effect.catch(({ message }) => Effect.succeed(message))
)

/** Clients of a server. Without keys, they belong to the default account of moto and of the in-memory AWS, 123456789012. */
export const clientsOf = (endpoint: string, keys?: AwsClients.AccessKeys): Layer.Layer<AwsClients> =>
  AwsClients.layer({
    endpoint,
    region: "us-east-1",
    credentials: keys ?? { accessKeyId: "test", secretAccessKey: Redacted.make("test") },
    retry: Retry.none,
    requestHandler: { requestTimeout: 15_000, throwOnRequestTimeout: true },
    clientOptions: { forcePathStyle: true, disableRequestCompression: true }
  }).pipe(Layer.orDie)

/** Clients of moto. */
export const clients = (keys?: AwsClients.AccessKeys): Layer.Layer<AwsClients, never, Emulator> =>
  Layer.unwrap(Effect.map(Emulator, ({ endpoint }) => clientsOf(endpoint, keys)))
