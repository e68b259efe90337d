// One file or object of many: uploaded, downloaded, copied or deleted.
import { CopyObjectCommand, DeleteObjectsCommand } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { randomUUID } from "node:crypto"
import * as path from "node:path"
import { AwsError } from "../../../errors/internal/awsError.ts"
import {
  BucketDoesNotExist,
  CannotWriteFile,
  ObjectsNotDeleted,
  type TransferError,
  type TransferItem
} from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { downloadFile } from "./download.ts"
import type { Deleted } from "./engine.ts"
import { mapReadErrors, mapWriteErrors } from "./failures.ts"
import { NodeFs } from "./files.ts"
import type { Folder } from "./folder.ts"
import type { ObjectOptions, ProgressOptions } from "./options.ts"
import { s3 } from "./service.ts"
import { uploadFile } from "./upload.ts"
import type { FileEntry } from "./walk.ts"

interface Place {
  readonly bucket: string
  readonly key: string
}

export const upload = (
  options: Place & { readonly path: string } & ObjectOptions & ProgressOptions,
  { size }: FileEntry
): Effect.Effect<number, TransferError | BucketDoesNotExist, AwsClients> => Effect.as(uploadFile(options), size)

export const downloadTo = Effect.fnUntraced(function*(
  options: Place & { readonly path: string; readonly overwrite: boolean } & ProgressOptions
): Effect.fn.Return<number, TransferError, AwsClients> {
  if (!options.overwrite) return (yield* downloadFile(options)).size
  const fs = yield* NodeFs
  const temporary = path.join(path.dirname(options.path), `.${randomUUID()}.part`)
  const { size } = yield* downloadFile({ ...options, path: temporary })
  yield* Effect.tryPromise({
    try: () => fs.rename(temporary, options.path),
    catch: (cause) => new CannotWriteFile({ path: options.path, cause })
  }).pipe(Effect.onError(() => Effect.ignore(Effect.tryPromise(() => fs.rm(temporary, { force: true })))))
  return size
})

export const copyTo = (
  { from, to }: { readonly from: Place; readonly to: Place } & ObjectOptions & ProgressOptions,
  { size }: FileEntry
): Effect.Effect<number, TransferError | BucketDoesNotExist, AwsClients> =>
  s3.send(
    new CopyObjectCommand({
      Bucket: to.bucket,
      Key: to.key,
      CopySource: `${from.bucket}/${from.key.split("/").map(encodeURIComponent).join("/")}`
    })
  ).pipe(mapReadErrors(from), mapWriteErrors(to), Effect.as(size))

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

export const removeObjects = (bucket: string, prefix: string) =>
(
  items: ReadonlyArray<TransferItem>
): Effect.Effect<ReadonlyArray<Deleted>, BucketDoesNotExist, AwsClients> =>
  s3.send(
    new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: items.map(({ path }) => ({ Key: prefix + path })) } })
  ).pipe(
    AwsError.catchCode("NoSuchBucket", () => Effect.fail(new BucketDoesNotExist({ bucket }))),
    Effect.result,
    Effect.flatMap((result) => {
      if (Result.isSuccess(result)) {
        const refused = new Map((result.success.Errors ?? []).map((error) => [error.Key, error]))
        return Effect.succeed(items.map((item): Deleted => {
          const found = refused.get(prefix + item.path)
          return [
            item,
            found && new ObjectsNotDeleted({
              bucket,
              refused: [{
                key: prefix + item.path,
                versionId: found.VersionId,
                code: found.Code ?? "",
                message: found.Message ?? ""
              }]
            })
          ]
        }))
      }
      const error = result.failure
      return error._tag === "BucketDoesNotExist"
        ? Effect.fail(error)
        : Effect.succeed(items.map((item): Deleted => [item, error]))
    })
  )
