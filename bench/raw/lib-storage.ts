import { S3Client } from "@aws-sdk/client-s3"
import { Upload } from "@aws-sdk/lib-storage"
import * as fs from "node:fs"
import { config, serve } from "../worker.ts"

const client = new S3Client({ ...config, forcePathStyle: true })

serve({
  putFile: async ({ count, file = "" }) => {
    await new Upload({ client, params: { Bucket: "bucket", Key: "file", Body: fs.createReadStream(file) } }).done()
    return count
  }
})
