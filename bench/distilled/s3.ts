import * as S3 from "@distilled.cloud/aws/s3"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import { open } from "node:fs/promises"
import { Readable } from "node:stream"
import { serve } from "../worker.ts"
import { repeat, run } from "./run.ts"

serve({
  headObject: ({ atOnce = 1, count }) =>
    run(repeat(count, atOnce, () => S3.headObject({ Bucket: "bucket", Key: "logs/today.log" }))),

  listKeys: ({ bucket }) =>
    run(
      S3.listObjectsV2.pages({ Bucket: bucket }).pipe(
        Stream.flatMap(({ Contents = [] }) => Stream.fromIterable(Contents)),
        Stream.runFold(() => 0, (keys, { Key }) => Key ? keys + 1 : keys)
      )
    ),

  workOnPages: ({ bucket }) =>
    run(
      S3.listObjectsV2.pages({ Bucket: bucket }).pipe(
        Stream.runFoldEffect(() => 0, (pages, { Contents }) =>
          Effect.as(Effect.sleep(20), Contents?.length === 1000 ? pages + 1 : pages))
      )
    ),

  emptyBucket: ({ bucket }) =>
    run(
      S3.listObjectsV2.pages({ Bucket: bucket }).pipe(
        Stream.runFoldEffect(() => 0, (deleted, { Contents = [] }) => {
          const Objects = Contents.map(({ Key }) => ({ Key }))
          return Effect.map(
            S3.deleteObjects({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
            ({ Errors }) => Errors?.length ? deleted : deleted + Objects.length
          )
        })
      )
    ),

  getToFile: ({ count, file }) =>
    run(
      Effect.acquireUseRelease(
        Effect.promise(() => open(file, "w")),
        (handle) =>
          Effect.flatMap(
            S3.getObject({ Bucket: "bucket", Key: `file-${count}` }),
            ({ Body }) => Stream.runForEach(Body, (bytes) => Effect.promise(() => handle.writeFile(bytes)))
          ),
        (handle) => Effect.promise(() => handle.close())
      ).pipe(Effect.map(() => fs.statSync(file).size))
    ),

  putFile: ({ count, file }) =>
    run(Effect.as(
      S3.putObject({
        Bucket: "bucket",
        Key: "file",
        Body: Readable.toWeb(fs.createReadStream(file)),
        ContentLength: count
      }),
      count
    ))
})
