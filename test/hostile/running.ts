// Runs an operation with the library.
import { Cause, Effect, Exit, Stream } from "effect"
import type { AwsClients } from "effect-aws-sdk/AwsClients"
import { AwsError } from "effect-aws-sdk/AwsError"
import * as S3 from "effect-aws-sdk/S3"
import { createHash } from "node:crypto"
import { withBody } from "./bodies.ts"
import { disk } from "./disk.ts"
import type { Operation, Outcome } from "./operations.ts"
import { sha256 } from "./random.ts"

export const outcomeOf = (exit: Exit.Exit<unknown, { readonly _tag: string; readonly message: string }>): Outcome => {
  if (Exit.isSuccess(exit)) return { _tag: "Success", value: exit.value ?? null }
  if (Cause.hasDies(exit.cause)) return { _tag: "Defect", text: Cause.pretty(exit.cause) }
  if (Cause.hasInterrupts(exit.cause)) return { _tag: "Interrupted" }
  const error = Cause.squash(exit.cause) as { readonly _tag: string; readonly message: string }
  return {
    _tag: "Failure",
    tag: error._tag,
    message: error.message,
    ...(error instanceof AwsError && { code: error.code, reason: error.reason._tag }),
    ...(error instanceof S3.TransferIncomplete && {
      failed: error.failed.map(({ error, item }) => ({ path: item.path, tag: error._tag, message: error.message }))
    })
  }
}

type Options = any

const read = ({ bucket, key, options, slow, take }: Extract<Operation, { _tag: "getObject" | "getBytes" }>) => {
  const hash = createHash("sha256")
  let size = 0
  return S3.getObject(bucket, key, options as Options).pipe(
    Stream.takeWhile(() => take === undefined || size < take),
    Stream.runForEach((chunk) => {
      hash.update(chunk)
      size += chunk.length
      return slow === undefined ? Effect.void : Effect.sleep(slow)
    }),
    Effect.map(() => ({ sha256: hash.digest("hex"), size }))
  )
}

export const run = (operation: Operation): Effect.Effect<unknown, any, AwsClients> => {
  switch (operation._tag) {
    case "uploadFile":
      return S3.uploadFile(operation.options as Options).pipe(disk(operation.disk))
    case "downloadFile":
      return S3.downloadFile(operation.options as Options).pipe(disk(operation.disk))
    case "getObject":
      return read(operation)
    case "listObjects":
      return Effect.map(
        Stream.runCollect(S3.listObjects(operation.bucket, { prefix: operation.prefix })),
        (objects) => objects.map(({ key, size }) => ({ key, size }))
      )
    case "copyObject":
      return S3.copyObject(operation.options as Options)
    case "deleteObjects":
      return S3.deleteObjects(
        operation.bucket,
        operation.isStream ? Stream.fromIterable(operation.keys) : operation.keys
      )
    case "uploadDirectory":
    case "downloadDirectory":
    case "sync":
      return S3.transferAll((S3[operation._tag] as Options)(operation.options))
    case "putObject":
      return withBody(operation.body, (body) => S3.putObject({ ...operation.options as Options, body }))
    case "getBytes":
      return Effect.map(
        S3.getBytes(operation.bucket, operation.key, operation.options as Options),
        (bytes) => ({ sha256: sha256(bytes), size: bytes.length })
      )
  }
}
