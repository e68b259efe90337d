// The clients of a fleet: one session for each role, and clients for each of its regions.
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RcMap from "effect/RcMap"
import type * as Scope from "effect/Scope"
import { InvalidTarget } from "../../errors/internal/fleetErrors.ts"
import type { AssumeRoleFailed, InvalidSetting } from "../../errors/internal/layerErrors.ts"
import * as AssumeRole from "../../layers/AssumeRole.ts"
import { AwsClients } from "../../src/AwsClients.ts"
import type { Resolved } from "./targets.ts"

type Session = Omit<AssumeRole.Options, "roleArn" | "region" | "serialNumber" | "tokenCode">

export const makePool = (
  options: Session & { readonly idleTimeToLive?: Duration.Input | undefined }
): Effect.Effect<
  (place: Resolved) => Effect.Effect<AwsClients["Service"], AssumeRoleFailed | InvalidTarget, Scope.Scope>,
  InvalidSetting,
  AwsClients | Scope.Scope
> =>
  Effect.gen(function*() {
    const base = yield* AwsClients
    const { idleTimeToLive = "1 minute", ...session } = options
    const sessions = yield* RcMap.make({
      lookup: (roleArn: string) =>
        roleArn === ""
          ? Effect.succeed(base)
          : Layer.build(AssumeRole.layer({ ...session, roleArn })).pipe(
            Effect.map(Context.get(AwsClients)),
            Effect.provideService(AwsClients, base)
          ),
      idleTimeToLive
    })
    const regions = yield* RcMap.make({
      lookup: (key: string) => {
        const [roleArn = "", region = ""] = key.split(" ")
        return Effect.flatMap(
          RcMap.get(sessions, roleArn),
          (clients) =>
            Effect.map(
              Layer.build(AwsClients.inRegion(region)).pipe(Effect.provideService(AwsClients, clients)),
              Context.get(AwsClients)
            )
        )
      },
      idleTimeToLive
    })
    return ({ region, roleArn = "" }: Resolved) =>
      RcMap.get(regions, `${roleArn} ${region}`).pipe(
        Effect.catchTag(
          "InvalidSetting",
          (error) => Effect.fail(new InvalidTarget({ target: roleArn, description: error.message }))
        )
      )
  })
