import { S3 } from "@effect-aws/client-s3"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import { pipeline } from "node:stream/promises"
import { config, serve } from "../worker.ts"
import { repeat, runner } from "./run.ts"

const run = runner(S3.layer({ ...config, forcePathStyle: true }))

serve({
  headObject: ({ atOnce = 1, count }) =>
    run(repeat(count, atOnce, () => S3.headObject({ Bucket: "bucket", Key: "logs/today.log" }))),

  listKeys: ({ bucket }) =>
    run(Effect.flatMap(S3, (s3) =>
      s3.listObjectsV2Stream({ Bucket: bucket }).pipe(
        Stream.flatMap(({ Contents = [] }) => Stream.fromIterable(Contents)),
        Stream.runFold(0, (keys, { Key }) => Key ? keys + 1 : keys)
      ))),

  workOnPages: ({ bucket }) =>
    run(Effect.flatMap(S3, (s3) =>
      s3.listObjectsV2Stream({ Bucket: bucket }).pipe(
        Stream.runFoldEffect(
          0,
          (pages, { Contents }) => Effect.as(Effect.sleep(20), Contents?.length === 1000 ? pages + 1 : pages)
        )
      ))),

  emptyBucket: ({ bucket }) =>
    run(Effect.flatMap(S3, (s3) =>
      s3.listObjectsV2Stream({ Bucket: bucket }).pipe(
        Stream.runFoldEffect(0, (deleted, { Contents = [] }) => {
          const Objects = Contents.map(({ Key }) => ({ Key }))
          return Effect.map(
            s3.deleteObjects({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
            ({ Errors }) => Errors?.length ? deleted : deleted + Objects.length
          )
        })
      ))),

  getToFile: ({ count, file }) =>
    run(
      S3.getObject({ Bucket: "bucket", Key: `file-${count}` }).pipe(
        Effect.flatMap(({ Body }) => Effect.promise(() => pipeline(Body, fs.createWriteStream(file)))),
        Effect.map(() => fs.statSync(file).size)
      )
    ),

  putFile: ({ count, file }) =>
    run(Effect.as(S3.putObject({ Bucket: "bucket", Key: "file", Body: fs.createReadStream(file) }), count))
})
