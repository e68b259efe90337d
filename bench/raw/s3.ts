import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client
} from "@aws-sdk/client-s3"
import * as fs from "node:fs"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { setTimeout } from "node:timers/promises"
import { config, repeat, serve, slow } from "../worker.ts"

const client = new S3Client({ ...config, forcePathStyle: true })

serve({
  headObject: ({ atOnce = 1, count }) =>
    repeat(count, atOnce, () => client.send(new HeadObjectCommand({ Bucket: "bucket", Key: "logs/today.log" }))),

  listKeys: async ({ bucket }) => {
    let keys = 0
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
      for (const { Key } of Contents) if (Key) keys++
    }
    return keys
  },

  workOnPages: async ({ bucket }) => {
    let pages = 0
    for await (const { Contents } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
      await setTimeout(20)
      if (Contents?.length === 1000) pages++
    }
    return pages
  },

  emptyBucket: async ({ bucket }) => {
    let deleted = 0
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
      const Objects = Contents.map(({ Key }) => ({ Key }))
      const { Errors } = await client.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } })
      )
      if (!Errors?.length) deleted += Objects.length
    }
    return deleted
  },

  getToFile: async ({ count, file = "" }) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: "bucket", Key: `file-${count}` }))
    await pipeline(Body as Readable, fs.createWriteStream(file))
    return fs.statSync(file).size
  },

  putFile: async ({ count, file = "" }) => {
    await client.send(new PutObjectCommand({ Bucket: "bucket", Key: "file", Body: fs.createReadStream(file) }))
    return count
  },

  putSlow: async ({ count }) => {
    const Body = Readable.from(slow(count))
    await client.send(new PutObjectCommand({ Bucket: "bucket", Key: "file", Body, ContentLength: count }))
    return count
  }
})
