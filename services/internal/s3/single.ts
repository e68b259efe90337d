// One file or object of many: uploaded, downloaded, copied or deleted.
import * as Effect from "effect/Effect"
import {
  BucketDoesNotExist,
  ObjectsNotDeleted,
  type TransferError,
  type TransferItem
} from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { copyObject } from "./copies.ts"
import { deleteBatch } from "./deletions.ts"
import { downloadFile } from "./download.ts"
import type { Deleted } from "./engine.ts"
import type { Folder } from "./folder.ts"
import type { CopyOptions, ObjectOptions, ProgressOptions, ReadOptions, WriteConditions } from "./options.ts"
import { given } from "./parameters.ts"
import type { BucketFolder } from "./paths.ts"
import { uploadFile } from "./upload.ts"

interface Place {
  readonly bucket: string
  readonly key: string
}

/** The file is one that the walk has found to be regular. */
export const upload = (
  options: Place & { readonly path: string } & ObjectOptions & WriteConditions & ProgressOptions
): Effect.Effect<number, TransferError | BucketDoesNotExist, AwsClients> =>
  Effect.map(uploadFile(options, { isRegular: true }), ({ size }) => size)

export const download = (
  options: Place & { readonly path: string; readonly overwrite: boolean } & ReadOptions & ProgressOptions
): Effect.Effect<number, TransferError, AwsClients> =>
  Effect.map(downloadFile({ ...options, keepTime: true }), ({ size }) => size)

export const copy = (
  options: CopyOptions
): Effect.Effect<number, TransferError | BucketDoesNotExist, AwsClients> =>
  Effect.map(copyObject(options), ({ size }) => size)

/** How many files are deleted at once. */
const DELETED_AT_ONCE = 16

export const removeFiles = (
  folder: Folder,
  items: ReadonlyArray<TransferItem>
): Effect.Effect<ReadonlyArray<Deleted>> =>
  Effect.forEach(
    items,
    (item) =>
      Effect.match(folder.remove(item.path), {
        onSuccess: (): Deleted => [item, undefined],
        onFailure: (error): Deleted => [item, error]
      }),
    { concurrency: DELETED_AT_ONCE }
  )

export const removeObjects = ({ bucket, prefix, read: { expectedOwner } }: BucketFolder) =>
(
  items: ReadonlyArray<TransferItem>
): Effect.Effect<ReadonlyArray<Deleted>, BucketDoesNotExist, AwsClients> =>
  deleteBatch(
    { Bucket: bucket, ...given({ ExpectedBucketOwner: expectedOwner }) },
    items.map(({ path }) => ({ Key: prefix + path, VersionId: undefined }))
  ).pipe(
    Effect.map((refused) => {
      const refusals = new Map(refused.map((one) => [one.key, new ObjectsNotDeleted({ bucket, refused: [one] })]))
      return items.map((item): Deleted => [item, refusals.get(prefix + item.path)])
    }),
    Effect.catch((error) =>
      error.code === "NoSuchBucket"
        ? Effect.fail(new BucketDoesNotExist({ bucket }))
        : Effect.succeed(items.map((item): Deleted => [item, error]))
    )
  )
