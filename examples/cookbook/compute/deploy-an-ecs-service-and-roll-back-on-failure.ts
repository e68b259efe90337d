import { DescribeServicesCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs"
import { Effect } from "effect"
import { Ecs } from "effect-aws-sdk"

const place = { cluster: "web", service: "shop" }

const update = (taskDefinition: string | undefined) =>
  Ecs.send(new UpdateServiceCommand({ ...place, taskDefinition })).pipe(
    Effect.andThen(Ecs.waitForDeployment({ ...place, timeout: "20 minutes" }))
  )

export const deploy = Effect.fn("deploy")(function*(taskDefinition: string) {
  const { services } = yield* Ecs.send(
    new DescribeServicesCommand({ cluster: place.cluster, services: [place.service] })
  )
  yield* update(taskDefinition).pipe(
    Effect.tapErrorTag(["DeploymentFailed", "WaitTimedOut"], (error) =>
      Effect.logError(error.message).pipe(
        Effect.andThen(update(services?.[0]?.taskDefinition)),
        Effect.andThen(Effect.logInfo("The former tasks run again"))
      ))
  )
})
