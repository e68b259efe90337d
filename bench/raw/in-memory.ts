import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2"
import { GetObjectCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import { HttpResponse } from "@smithy/core/protocols"
import { Readable } from "node:stream"
import { describeInstances, getParameter } from "../answers.ts"
import { config, repeat, serve } from "../worker.ts"

/** Answers in place of the network. Bytes cost less than a stream, which only the SDK's streaming bodies have to be. */
const stub = (headers: Record<string, string>, body: () => unknown) => ({
  metadata: { handlerProtocol: "http/1.1" },
  handle: async () => ({ response: new HttpResponse({ statusCode: 200, headers: { ...headers }, body: body() }) }),
  updateHttpClientConfig() {},
  httpHandlerConfigs: () => ({})
})

const bytes = (text: string) => {
  const all = Buffer.from(text)
  return () => all
}

const object = (size: number) => ({
  "last-modified": "Thu, 05 Nov 2026 08:15:42 GMT",
  "content-length": String(size),
  "content-type": "application/octet-stream",
  etag: "\"5d41402abc4b2a76b9719d911017c592\"",
  "x-amz-server-side-encryption": "AES256"
})

const kilobyte = Buffer.alloc(1024, "x")

const ssm = new SSMClient({ ...config, requestHandler: stub({}, bytes(getParameter)) })
const ec2 = new EC2Client({ ...config, requestHandler: stub({}, bytes(describeInstances)) })
const s3 = new S3Client({ ...config, forcePathStyle: true, requestHandler: stub(object(5), bytes("")) })
const objects = new S3Client({
  ...config,
  forcePathStyle: true,
  requestHandler: stub(object(1024), () => Readable.from([kilobyte]))
})

const Bucket = "bucket"

serve({
  getParameter: ({ count }) => repeat(count, 1, () => ssm.send(new GetParameterCommand({ Name: "/bench/setting-0" }))),
  headObject: ({ count }) => repeat(count, 1, () => s3.send(new HeadObjectCommand({ Bucket, Key: "today.log" }))),
  getObject: ({ count }) =>
    repeat(count, 1, async () => {
      const { Body } = await objects.send(new GetObjectCommand({ Bucket, Key: "kilobyte" }))
      await Body!.transformToByteArray()
    }),
  describeInstances: ({ count }) => repeat(count, 1, () => ec2.send(new DescribeInstancesCommand()))
})
