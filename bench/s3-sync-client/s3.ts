import { S3Client } from "@aws-sdk/client-s3"
import { S3SyncClient } from "s3-sync-client"
import { config, serve } from "../worker.ts"

const { sync } = new S3SyncClient({ client: new S3Client({ ...config, forcePathStyle: true }) })

serve({
  syncUp: async ({ directory = "" }) => {
    const { created } = await sync(directory, "s3://empty/prefix")
    return created.length
  }
})
