// What an object is, as the SDK's own commands say.
import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3"
import { Effect } from "effect"
import { S3 } from "effect-aws-sdk"

export const head = (Bucket: string, Key: string) => S3.send(new HeadObjectCommand({ Bucket, Key }))

export const read = (Bucket: string, Key: string) =>
  Effect.flatMap(
    S3.send(new GetObjectCommand({ Bucket, Key })),
    ({ Body }) => Effect.promise(() => Body!.transformToString())
  )
