// Reading an object's metadata.
import { HeadObjectCommand } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import { ObjectDoesNotExist } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { s3 } from "./service.ts"

export const getObjectMetadata = Effect.fn("S3.getObjectMetadata")(function*(
  bucket: string,
  key: string
): Effect.fn.Return<Readonly<Record<string, string>>, ObjectDoesNotExist | AwsError, AwsClients> {
  const { Metadata = {} } = yield* s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).pipe(
    Effect.catchIf(
      ({ reason, statusCode }) => statusCode === 404 && reason._tag === "Rejected",
      () => Effect.fail(new ObjectDoesNotExist({ bucket, key }))
    )
  )
  return Metadata
})
