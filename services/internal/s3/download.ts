// Downloading an object to a new file: whole, or not at all.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import type { ObjectDoesNotExist } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { openObject } from "./bodies.ts"
import { createFile, type WriteError } from "./files.ts"
import { S3File } from "./models.ts"

export const downloadFile = Effect.fn("S3.downloadFile")(
  function*(options: {
    readonly bucket: string
    readonly key: string
    readonly path: string
  }): Effect.fn.Return<S3File, ObjectDoesNotExist | WriteError | AwsError, AwsClients | Scope.Scope> {
    const { bucket, key, path } = options
    yield* Effect.logDebug(`Downloading s3://${bucket}/${key} to the file ${path}`)
    const file = yield* createFile(path)
    const { output: { ETag, Metadata = {} }, pipeInto } = yield* openObject(bucket, key)
    const size = yield* file.writeAll(pipeInto)
    yield* file.moveIntoPlace
    return new S3File({ path, bucket, key, size, metadata: Metadata, ...(ETag !== undefined && { etag: ETag }) })
  },
  Effect.scoped
)
