import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import { HttpResponse } from "@smithy/core/protocols"
import { getParameter } from "../answers.ts"
import { config, repeat, serve } from "../worker.ts"

/** Answers in place of the network. The body is bytes, which cost less than a stream. */
const stub = (headers: Record<string, string>, body: string) => ({
  metadata: { handlerProtocol: "http/1.1" },
  handle: async () => ({
    response: new HttpResponse({ statusCode: 200, headers: { ...headers }, body: Buffer.from(body) })
  }),
  updateHttpClientConfig() {},
  httpHandlerConfigs: () => ({})
})

const ssm = new SSMClient({ ...config, requestHandler: stub({}, getParameter) })
const s3 = new S3Client({
  ...config,
  forcePathStyle: true,
  requestHandler: stub({
    "last-modified": "Thu, 05 Nov 2026 08:15:42 GMT",
    "content-length": "5",
    "content-type": "application/octet-stream",
    etag: "\"5d41402abc4b2a76b9719d911017c592\"",
    "x-amz-server-side-encryption": "AES256"
  }, "")
})

serve({
  getParameter: ({ count }) => repeat(count, 1, () => ssm.send(new GetParameterCommand({ Name: "/bench/setting-0" }))),
  headObject: ({ count }) =>
    repeat(count, 1, () => s3.send(new HeadObjectCommand({ Bucket: "bucket", Key: "today.log" })))
})
