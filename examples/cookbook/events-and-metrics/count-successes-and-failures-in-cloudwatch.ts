import { Effect } from "effect"
import { CloudWatch } from "effect-aws-sdk"

class Backup extends CloudWatch.OutcomeMetric<Backup>()({
  namespace: "Backups",
  outcomes: ["Success", "Failure"],
  dimensions: { volume: "Volume" }
}) {}

export const backUpAll = <E, R>(
  volumes: ReadonlyArray<string>,
  backUp: (volume: string) => Effect.Effect<void, E, R>
) =>
  Effect.gen(function*() {
    const metrics = yield* CloudWatch.publisher()
    yield* Effect.forEach(volumes, (volume) =>
      backUp(volume).pipe(
        Effect.matchEffect({
          onSuccess: () => metrics.publish(new Backup({ volume, outcome: "Success" })),
          onFailure: (error) =>
            Effect.logError(`${volume} has no backup`, error).pipe(
              Effect.andThen(metrics.publish(new Backup({ volume, outcome: "Failure" })))
            )
        })
      ), { concurrency: 4, discard: true })
  }).pipe(Effect.scoped) // sends what is left
