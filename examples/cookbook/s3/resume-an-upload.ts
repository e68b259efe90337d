import { Effect, Schedule } from "effect"
import { S3 } from "effect-aws-sdk"

export const program = (path: string) =>
  S3.uploadFile({ bucket: "backups-0a1b", key: "disk.img", path, resume: true }).pipe(
    // Each try goes on where the last one ended. So does the next run of the program.
    Effect.retry({
      while: (error) => error._tag === "AwsError" && error.isRetryable,
      schedule: Schedule.spaced("1 minute"),
      times: 60
    })
  )
