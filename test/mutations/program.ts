/** Prints what a program gets from this library and what reaches the wire, as JSON, to compare two versions of the SDK. */
import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2"
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand
} from "@aws-sdk/client-s3"
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm"
import { Effect, Exit, Fiber, Redacted, Result, Schedule, Stream } from "effect"
import { AwsClients, Ec2, S3, Ssm } from "effect-aws-sdk"
import * as fs from "node:fs"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import * as zlib from "node:zlib"

const crc32 = (text: string): string => {
  const value = Buffer.alloc(4)
  value.writeUInt32BE(zlib.crc32(text))
  return value.toString("base64")
}

const page = (token: string | undefined, keys: ReadonlyArray<string>) =>
  `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>` +
  `<IsTruncated>${token !== undefined}</IsTruncated>${
    token ? `<NextContinuationToken>${token}</NextContinuationToken>` : ""
  }` +
  keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join("") + "</ListBucketResult>"

const requests: Array<unknown> = []
let faults = 0

const kept = ["x-amz-target", "content-type", "content-md5", "x-amz-sdk-checksum-algorithm", "if-match", "x-team"]

const server = http.createServer(async (request, response) => {
  let body = ""
  for await (const chunk of request) body += chunk
  const { headers, method, url = "" } = request
  response.setHeader("x-amzn-requestid", "r")
  requests.push({
    method,
    url,
    headers: Object.entries(headers)
      .filter(([name]) => kept.includes(name) || name.startsWith("x-amz-checksum") || name === "x-amz-trailer").sort(),
    isSigned: /SignedHeaders=/.test(String(headers["authorization"])),
    body: body.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "UUID")
  })
  if (url.includes("faulty") && faults++ < 1) {
    response.writeHead(503, { "content-type": "application/xml" })
    return response.end("<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>")
  }
  if (url.includes("always-faulty")) {
    response.writeHead(503, { "content-type": "application/xml" })
    return response.end("<Error><Code>ServiceUnavailable</Code><Message>Try later</Message></Error>")
  }
  if (url.includes("list-type=2")) {
    return response.end(url.includes("continuation-token") ? page(undefined, ["c &amp; d"]) : page("t", ["a", "b"]))
  }
  if (headers["x-amz-target"]?.includes("GetParameter")) {
    response.writeHead(200, { "content-type": "application/x-amz-json-1.1" })
    return response.end(JSON.stringify({ Parameter: { Name: "/p", Value: "v", Type: "String" } }))
  }
  if (headers["x-amz-target"]) return response.end("{}")
  if (body.includes("DescribeSubnets")) {
    return response.end(
      `<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><subnetSet>` +
        `<item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId></item></subnetSet></DescribeSubnetsResponse>`
    )
  }
  if (url.includes("checked")) {
    response.setHeader("x-amz-checksum-crc32", crc32("body"))
  }
  response.writeHead(200, method === "GET" ? { "content-length": "4" } : {})
  return response.end(method === "GET" ? "body" : undefined)
})

await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))

const layer = AwsClients.layer({
  region: "eu-central-1",
  credentials: { accessKeyId: "AKIATEST", secretAccessKey: Redacted.make("secret") },
  endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  clientOptions: { forcePathStyle: true },
  retry: Schedule.recurs(2)
})

const steps: Record<string, Effect.Effect<unknown, unknown, AwsClients>> = {
  "HeadBucket": S3.send(new HeadBucketCommand({ Bucket: "b" })),
  "PutObject": S3.send(new PutObjectCommand({ Bucket: "b", Key: "k/1", Body: "text", ContentType: "text/plain" })),
  "PutObject again": S3.send(
    new PutObjectCommand({ Bucket: "b", Key: "k/2", Body: "other", ChecksumAlgorithm: "SHA256" })
  ),
  "HeadBucket again": S3.send(new HeadBucketCommand({ Bucket: "c" })),
  "GetObject": Effect.flatMap(
    S3.send(new GetObjectCommand({ Bucket: "b", Key: "k/1", IfMatch: "e" })),
    ({ Body }) => Effect.promise(() => Body!.transformToString())
  ),
  "a download that is checked": Effect.suspend(() => {
    const file = path.join(os.tmpdir(), `effect-aws-sdk-${process.pid}`)
    return S3.downloadFile({ bucket: "b", key: "checked", path: file }).pipe(
      Effect.map(() => fs.readFileSync(file, "utf8")),
      Effect.ensuring(Effect.sync(() => fs.rmSync(file, { force: true })))
    )
  }),
  "DeleteObject": S3.send(new DeleteObjectCommand({ Bucket: "b", Key: "k/1" })),
  "DeleteObject without a key": S3.send(new DeleteObjectCommand({ Bucket: "b", Key: "" })),
  "DeleteObject in a bucket of dots": S3.send(new DeleteObjectCommand({ Bucket: "..", Key: "k" })),
  "DeleteObject of a key with dots": S3.send(new DeleteObjectCommand({ Bucket: "b", Key: "a/../b" })),
  "PutObject with metadata beyond ASCII": S3.send(
    new PutObjectCommand({ Bucket: "b", Key: "k", Metadata: { name: "groß" } })
  ),
  "DeleteObject of half a character": S3.send(new DeleteObjectCommand({ Bucket: "b", Key: "\ud800" })),
  "PutParameter with an empty value": Ssm.send(new PutParameterCommand({ Name: "/p", Value: "", Type: "String" })),
  "a page, and the next": Stream.runCollect(
    S3.items(new ListObjectsV2Command({ Bucket: "b" }), ({ Contents }) => Contents?.map(({ Key, Size }) => [Key, Size]))
  ),
  "GetParameter": Ssm.send(new GetParameterCommand({ Name: "/p" })).pipe(Effect.map(({ Parameter }) => Parameter)),
  "DescribeSubnets": Ec2.send(new DescribeSubnetsCommand({})).pipe(Effect.map(({ Subnets }) => Subnets)),
  "a call that is throttled once": S3.send(new HeadBucketCommand({ Bucket: "faulty" })),
  "a call that always fails": S3.send(new PutObjectCommand({ Bucket: "always-faulty", Key: "k", Body: "b" })).pipe(
    Effect.mapError(({ code, mayHaveSucceeded }) => ({ code, mayHaveSucceeded }))
  ),
  "a call whose command has middleware": Effect.suspend(() => {
    const command = new HeadBucketCommand({ Bucket: "d" })
    command.middlewareStack.add((next) => (args) => {
      Object.assign((args.request as { headers: object }).headers, { "x-team": "a" })
      return next(args)
    }, { step: "build", name: "team" })
    return S3.send(command)
  }),
  "a call that is interrupted": Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(
      S3.send(new HeadBucketCommand({ Bucket: "always-faulty" })).pipe(
        Effect.provide(AwsClients.layer({ ...(yield* AwsClients).config, retry: Schedule.spaced("2 seconds") }))
      )
    )
    while (
      !requests.some((request) =>
        (request as { url: string }).url.startsWith("/always-faulty") &&
        (request as { method: string }).method === "HEAD"
      )
    ) yield* Effect.sleep(5)
    return Exit.hasInterrupts(yield* Effect.andThen(Fiber.interrupt(fiber), Fiber.await(fiber)))
  })
}

const plain = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  const { $metadata: _, Body: __, ...rest } = value as Record<string, unknown>
  return Array.isArray(value) ? value : rest
}

const program = Effect.gen(function*() {
  const results: Record<string, unknown> = {}
  for (const [name, step] of Object.entries(steps)) {
    const first = requests.length
    const result = yield* Effect.result(step)
    const failure = Result.isFailure(result)
      ? result.failure as { readonly _tag?: string; readonly code: string }
      : undefined
    results[name] = {
      ...(failure
        ? { failed: failure.code, ...(failure._tag ? {} : failure) }
        : { value: plain((result as any).success) }),
      requests: requests.slice(first)
    }
  }
  return results
})

const results = await Effect.runPromise(program.pipe(Effect.provide(layer)))
console.log(JSON.stringify(results))
server.closeAllConnections()
server.close()
