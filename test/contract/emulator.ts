// The emulator as Layers: one server per test file, and its clients.
import { Context, Effect, Layer, Redacted } from "effect"
import { AwsClients, Retry } from "effect-aws-sdk"
import * as Starter from "../../scripts/internal/emulator.ts"

/** A moto server that only this test file uses. */
export class Emulator extends Context.Service<Emulator, Starter.Emulator>()("test/Emulator") {
  static readonly layer = (options?: Starter.Options) => Layer.effect(Emulator, Starter.start(options))
}

/** Installs the emulator. Succeeds with the reason if this machine cannot run it, and with `undefined` otherwise. */
export const whyUnavailable: Effect.Effect<string | undefined> = Starter.install.pipe(
  Effect.as(undefined),
  Effect.catch(({ message }) => Effect.succeed(message))
)

/** Clients of the emulator. Without keys, they belong to moto's default account, 123456789012. */
export const clients = (keys?: AwsClients.AccessKeys): Layer.Layer<AwsClients, never, Emulator> =>
  Layer.unwrap(Effect.map(Emulator, ({ endpoint }) =>
    AwsClients.layer({
      endpoint,
      region: "us-east-1",
      credentials: keys ?? { accessKeyId: "test", secretAccessKey: Redacted.make("test") },
      retry: Retry.none,
      requestHandler: { requestTimeout: 15_000, throwOnRequestTimeout: true },
      clientOptions: { forcePathStyle: true, disableRequestCompression: true }
    }).pipe(Layer.orDie)))
