import { HeadObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3"
import * as S3 from "effect-aws-sdk/S3"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import { serve } from "../worker.ts"
import { repeat, run } from "./run.ts"

const work = Stream.runFoldEffect(
  () => 0,
  (pages, { Contents }: { readonly Contents?: ReadonlyArray<unknown> | undefined }) =>
    Effect.as(Effect.sleep(20), Contents?.length === 1000 ? pages + 1 : pages)
)

serve({
  headObject: ({ atOnce = 1, count }) =>
    run(repeat(count, atOnce, () => S3.send(new HeadObjectCommand({ Bucket: "bucket", Key: "logs/today.log" })))),

  listKeys: ({ bucket }) =>
    run(
      S3.items(new ListObjectsV2Command({ Bucket: bucket }), (page) => page.Contents).pipe(
        Stream.runFold(() => 0, (keys, { Key }) => Key ? keys + 1 : keys)
      )
    ),

  workOnPages: ({ bucket }) => run(work(S3.pages(new ListObjectsV2Command({ Bucket: bucket })))),

  workOnPagesReadAhead: ({ bucket }) =>
    run(work(S3.pages(new ListObjectsV2Command({ Bucket: bucket }), { readAhead: true }))),

  emptyBucket: async ({ bucket = "", count }) => {
    // The server refuses to delete a bucket that isn't empty, so success means that it was emptied.
    await run(S3.destroyBucket(bucket))
    return count
  },

  getToFile: async ({ count, file = "" }) => {
    await run(S3.downloadFile({ bucket: "bucket", key: `file-${count}`, path: file }))
    return fs.statSync(file).size
  },

  putFile: async ({ count, file = "" }) => {
    await run(S3.uploadFile({ bucket: "bucket", key: "file", path: file }))
    return count
  },

  syncUp: ({ directory = "" }) =>
    run(
      S3.transferAll(S3.sync({ from: { directory }, to: { bucket: "empty", prefix: "prefix" } })).pipe(
        Effect.map(({ uploaded }) => uploaded)
      )
    )
})
