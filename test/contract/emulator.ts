// The emulator as Layers: one server for a test file, and clients of it.
import { Context, Effect, Layer, Redacted } from "effect"
import { AwsClients, Retry } from "effect-aws-sdk"
import * as Starter from "../../scripts/internal/emulator.ts"

/** A moto server of this test file's own. */
export class Emulator extends Context.Service<Emulator, Starter.Emulator>()("test/Emulator") {
  static readonly layer = (options?: Starter.Options) => Layer.effect(Emulator, Starter.start(options))
}

/** Why the emulator cannot be had on this machine; `undefined` where it can, which installs it. */
export const missing: Effect.Effect<string | undefined> = Starter.install.pipe(
  Effect.as(undefined),
  Effect.catch(({ message }) => Effect.succeed(message))
)

/** Clients of the emulator. Without keys of an account's own they are in moto's: 123456789012. */
export const clients = (keys?: AwsClients.AccessKeys): Layer.Layer<AwsClients, never, Emulator> =>
  Layer.unwrap(Effect.map(Emulator, ({ endpoint }) =>
    AwsClients.layer({
      endpoint,
      region: "us-east-1",
      credentials: keys ?? { accessKeyId: "test", secretAccessKey: Redacted.make("test") },
      retry: Retry.none,
      requestHandler: { requestTimeout: 15_000, throwOnRequestTimeout: true },
      clientOptions: { forcePathStyle: true, disableRequestCompression: true }
    })))
