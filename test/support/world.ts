// Worlds of the emulator's engine, for tests that save them or look inside.
import { Effect, Layer } from "effect"
import { AwsClients } from "effect-aws-sdk"
import { make, type Options, type World } from "../../emulator/engine/world.ts"
import { Emulated } from "../../layers/internal/emulated.ts"

export const makeWorld = (options: Partial<Options> & Pick<Options, "services">): World =>
  make({
    account: "123456789012",
    region: "us-east-1",
    pageSize: undefined,
    seed: 1,
    journal: 10,
    speed: 1,
    ...options
  })

/** The SDK's clients, whose requests this world answers. */
export const clientsOf = (world: World): Layer.Layer<AwsClients> =>
  Layer.effect(
    AwsClients,
    Effect.flatMap(Effect.context<never>(), (context) =>
      AwsClients.make({
        region: "us-east-1",
        credentials: async () => world.credentials,
        requestHandler: new Emulated(world, context)
      }))
  ).pipe(Layer.orDie)
