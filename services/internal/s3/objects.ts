// Objects by name: what a bucket lists, and what HEAD says of one.
import { HeadObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { BucketDoesNotExist, ObjectDoesNotExist } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { urlEncoded } from "./keys.ts"
import { S3Object } from "./models.ts"
import { s3 } from "./service.ts"

export const listObjects = (
  bucket: string,
  options?: { readonly prefix?: string | undefined }
): Stream.Stream<S3Object, BucketDoesNotExist | AwsError, AwsClients> =>
  s3.items(
    urlEncoded(new ListObjectsV2Command({ Bucket: bucket, Prefix: options?.prefix })),
    ({ Contents }) =>
      Contents?.map(({ ETag = "", Key = "", LastModified = new Date(0), Size = 0 }) =>
        new S3Object({ key: Key, size: Size, etag: ETag, lastModified: LastModified })
      )
  ).pipe(
    Stream.catchIf(AwsError.hasCode("NoSuchBucket"), () => Stream.fail(new BucketDoesNotExist({ bucket })))
  )

export const getObjectMetadata = Effect.fn("S3.getObjectMetadata")(function*(
  bucket: string,
  key: string
): Effect.fn.Return<Readonly<Record<string, string>>, ObjectDoesNotExist | AwsError, AwsClients> {
  const { Metadata = {} } = yield* s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).pipe(
    Effect.catchIf(({ statusCode }) => statusCode === 404, () => Effect.fail(new ObjectDoesNotExist({ bucket, key })))
  )
  return Metadata
})
