// Listing objects.
import { ListObjectsV2Command } from "@aws-sdk/client-s3"
import * as Stream from "effect/Stream"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { BucketDoesNotExist } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { readPages } from "../../../src/internal/members.ts"
import { urlEncoded } from "./keys.ts"
import { S3Object } from "./models.ts"
import { s3 } from "./service.ts"

export const listObjects = (
  bucket: string,
  options?: { readonly prefix?: string | undefined }
): Stream.Stream<S3Object, BucketDoesNotExist | AwsError, AwsClients> =>
  readPages(
    { service: "S3", operation: "ListObjectsV2" },
    s3.pages(urlEncoded(new ListObjectsV2Command({ Bucket: bucket, Prefix: options?.prefix }))),
    // S3 leaves the list out if it's empty.
    ({ Contents = [] }, need) =>
      Contents.map(({ ETag, Key, LastModified, Size }) =>
        new S3Object({
          key: need(Key, "Key"),
          size: need(Size, "Size"),
          etag: need(ETag, "ETag"),
          lastModified: need(LastModified, "LastModified")
        })
      )
  ).pipe(
    Stream.catchIf(AwsError.hasCode("NoSuchBucket"), () => Stream.fail(new BucketDoesNotExist({ bucket })))
  )
