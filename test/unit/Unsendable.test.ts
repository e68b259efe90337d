// Inputs that HTTP, a URL or XML can't carry as they are. Each is refused before anything is sent, or arrives unchanged.
import { DescribeVpcsCommand } from "@aws-sdk/client-ec2"
import { GetRoleCommand } from "@aws-sdk/client-iam"
import { GetFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda"
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client
} from "@aws-sdk/client-s3"
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { AwsClients, AwsError, AwsService, Ec2, Iam, S3, Ssm } from "effect-aws-sdk"
import * as net from "node:net"
import { Readable } from "node:stream"
import { large, small } from "../support/s3.ts"
import { clientsOf } from "../support/Server.ts"

const lambda = AwsService.make(LambdaClient)
const [Bucket, Key] = ["bucket", "key"]
const put = (input: Partial<PutObjectCommandInput>) =>
  S3.send(new PutObjectCommand({ Bucket, Key, Body: "x", ...input }))
const invoke = (input: object) => lambda.send(new InvokeCommand({ FunctionName: "f", ...input }))

/** A server that keeps the bytes of each request, and answers 200 with an empty body. */
const recording = Effect.acquireRelease(
  Effect.callback<{ readonly server: net.Server; readonly received: Array<string>; readonly url: string }>((resume) => {
    const received: Array<string> = []
    const server = net.createServer((socket) => {
      let bytes = ""
      socket.on("error", () => {}).on("data", (chunk) => {
        bytes += chunk.toString("latin1")
        const [head = "", body] = bytes.split("\r\n\r\n")
        const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
        if (body === undefined || body.length < length) return
        received.push(bytes)
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
      })
    })
    server.listen(
      0,
      "127.0.0.1",
      () =>
        resume(
          Effect.succeed({ server, received, url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}` })
        )
    )
  }),
  ({ server }) => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
)

type Call = Effect.Effect<unknown, unknown, AwsClients>

/** Expects the call to fail with this code before it sends anything. Succeeds with the message. */
const expectRefusal = (call: Call, code: string) =>
  Effect.gen(function*() {
    const { received, url } = yield* recording
    const error = yield* Effect.flip(call).pipe(Effect.provide(clientsOf(url)))
    assert.instanceOf(error, AwsError)
    assert.deepEqual([error.reason._tag, error.code, error.isRetryable, error.mayHaveSucceeded], [
      "Misconfigured",
      code,
      false,
      false
    ])
    assert.deepEqual(received, [])
    return error.message
  }).pipe(Effect.scoped)

/** The requests of a call that is sent, as they arrive. */
const requestsOf = (call: Call) =>
  Effect.gen(function*() {
    const { received, url } = yield* recording
    yield* Effect.exit(call).pipe(Effect.provide(clientsOf(url)))
    return received
  }).pipe(Effect.scoped)

describe("a header", () => {
  // dprint-ignore
  const refused: ReadonlyArray<readonly [what: string, call: Call, code: string, named: string, why: string]> = [
    ["Latin-1 beyond ASCII", put({ Metadata: { title: "groß.jpg" } }), "UnsendableMetadata", "Metadata.title", "U+00DF"],
    ["text beyond Latin-1", put({ Metadata: { fine: "x", title: "日本" } }), "UnsendableMetadata", "Metadata.title", "U+65E5"],
    ["a character outside of the BMP", put({ Metadata: { title: "😀" } }), "UnsendableMetadata", "Metadata.title", "U+1F600"],
    ["a line break", put({ Metadata: { title: "a\r\nx-amz-acl: public-read" } }), "UnsendableMetadata", "Metadata.title", "U+000D"],
    ["a line feed", put({ Metadata: { title: "a\nb" } }), "UnsendableMetadata", "Metadata.title", "U+000A"],
    ["NUL", put({ Metadata: { title: "a\0b" } }), "UnsendableMetadata", "Metadata.title", "U+0000"],
    ["DEL", put({ Metadata: { title: "a\x7fb" } }), "UnsendableMetadata", "Metadata.title", "U+007F"],
    ["a lone surrogate", put({ Metadata: { title: "a\ud800b" } }), "UnsendableMetadata", "Metadata.title", "U+D800"],
    ["a leading blank", put({ Metadata: { title: " a" } }), "UnsendableMetadata", "Metadata.title", "blanks at its ends"],
    ["a trailing tab", put({ Metadata: { title: "a\t" } }), "UnsendableMetadata", "Metadata.title", "blanks at its ends"],
    ["nothing but a blank", put({ Metadata: { title: " " } }), "UnsendableMetadata", "Metadata.title", "blanks at its ends"],
    ["a name with a blank", put({ Metadata: { "the title": "a" } }), "UnsendableMetadata", "Metadata", "U+0020"],
    ["a name beyond ASCII", put({ Metadata: { größe: "a" } }), "UnsendableMetadata", "Metadata", "U+00F6"],
    ["a name with a colon", put({ Metadata: { "a:b": "a" } }), "UnsendableMetadata", "Metadata", "U+003A"],
    ["an empty name", put({ Metadata: { "": "a" } }), "UnsendableMetadata", "Metadata", "empty name"],
    ["names that differ only in case", put({ Metadata: { Host: "a", host: "b" } }), "UnsendableMetadata", "Metadata", "`host`"],
    ["ContentDisposition", put({ ContentDisposition: "attachment; filename=\"ü.txt\"" }), "UnsendableContentDisposition", "ContentDisposition", "filename*=UTF-8''"],
    ["ContentType", put({ ContentType: "text/plain\n" }), "UnsendableContentType", "ContentType", "U+000A"],
    ["CacheControl", put({ CacheControl: "no-cache " }), "UnsendableCacheControl", "CacheControl", "blanks"],
    ["Tagging", put({ Tagging: "stadt=Köln" }), "UnsendableTagging", "Tagging", "percent-encoding"],
    ["WebsiteRedirectLocation", put({ WebsiteRedirectLocation: "/ä" }), "UnsendableWebsiteRedirectLocation", "WebsiteRedirectLocation", "U+00E4"],
    ["ChecksumSHA256", put({ ChecksumSHA256: "ä" }), "UnsendableChecksumSHA256", "ChecksumSHA256", "U+00E4"],
    ["CopySource", S3.send(new CopyObjectCommand({ Bucket, Key, CopySource: "bucket/ä" })), "UnsendableCopySource", "CopySource", "percent-encoding"],
    ["IfMatch of a GET request", S3.send(new GetObjectCommand({ Bucket, Key, IfMatch: "“1”" })), "UnsendableIfMatch", "IfMatch", "U+201C"],
    ["an element of a list", S3.send(new ListObjectsV2Command({ Bucket, OptionalObjectAttributes: ["RestoreStatus", "ä" as "RestoreStatus"] })), "UnsendableOptionalObjectAttributes", "OptionalObjectAttributes[1]", "U+00E4"],
    ["the metadata of a multipart upload", S3.send(new CreateMultipartUploadCommand({ Bucket, Key, Metadata: { a: "ä" } })), "UnsendableMetadata", "Metadata.a", "U+00E4"],
    ["a header of Lambda", invoke({ InvocationType: "événement" }), "UnsendableInvocationType", "InvocationType", "U+00E9"],
    ["another header of Lambda", invoke({ LogType: "Tail\r\n" }), "UnsendableLogType", "LogType", "U+000D"]
  ]
  for (const [what, call, code, named, why] of refused) {
    it.live(`is refused with ${what}, by the member's name`, () =>
      Effect.gen(function*() {
        const message = yield* expectRefusal(call, code)
        assert.include(message, ` ${named} `)
        assert.include(message, why)
      }))
  }

  it.live("is refused without its value in the message, which may be secret", () =>
    Effect.gen(function*() {
      const message = yield* expectRefusal(put({ Metadata: { token: "planted-ä" } }), "UnsendableMetadata")
      assert.notInclude(message, "planted")
    }))

  it.live("is refused by uploadFile, in one request and in parts", () =>
    Effect.gen(function*() {
      for (const path of [yield* small, yield* large]) {
        const call = S3.uploadFile({ path, bucket: Bucket, key: Key, metadata: { name: "groß.jpg" } })
        assert.include(yield* expectRefusal(call, "UnsendableMetadata"), "RFC 2047")
      }
    }))

  it.live("arrives as it is with any printable ASCII, with blanks and tabs inside, and empty", () =>
    Effect.gen(function*() {
      const ascii = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join("")
      const [request = ""] = yield* requestsOf(put({ Metadata: { ascii, blanks: "a  b\tc", none: "", Case: "X" } }))
      for (const line of [`ascii: ${ascii}`, "blanks: a  b\tc", "none: ", "case: X"]) {
        assert.include(request, `\r\nx-amz-meta-${line}\r\n`)
      }
    }))

  it.live("is checked for a client that is used without this library, too", () =>
    Effect.gen(function*() {
      const { received, url } = yield* recording
      const client = yield* AwsClients.get(S3Client).pipe(Effect.provide(clientsOf(url)))
      const error = yield* Effect.flip(
        Effect.tryPromise({
          try: () => client.send(new PutObjectCommand({ Bucket, Key, Metadata: { a: "ä" } })),
          catch: (cause) => AwsError.fromUnknown({ service: "S3", operation: "PutObject", region: "" }, cause)
        })
      )
      assert.strictEqual(error.code, "UnsendableMetadata")
      assert.deepEqual(received, [])
    }))
})

describe("a part of a path", () => {
  const remove = (bucket: string, key: string) => S3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
  const named = (FunctionName: string) => lambda.send(new GetFunctionCommand({ FunctionName }))
  // dprint-ignore
  const refused: ReadonlyArray<readonly [what: string, call: Call, code: string]> = [
    ["the bucket is ..", remove("..", Key), "RelativeBucket"],
    ["the bucket is .", remove(".", Key), "RelativeBucket"],
    ["the bucket is empty", remove("", Key), "EmptyBucket"],
    ["the key is ..", remove(Bucket, ".."), "RelativeKey"],
    ["the key is .", remove(Bucket, "."), "RelativeKey"],
    ["the key is empty", remove(Bucket, ""), "EmptyKey"],
    ["the key leads out of the bucket", remove(Bucket, "a/../../other/key"), "RelativeKey"],
    ["the key starts with ../", remove(Bucket, "../other"), "RelativeKey"],
    ["both the bucket and the key are ..", remove("..", ".."), "RelativeBucket"],
    ["the body is a stream", put({ Key: "..", Body: Readable.from(["x"]), ContentLength: 1 }), "RelativeKey"],
    ["the name of a Lambda function is ..", named(".."), "RelativeFunctionName"],
    ["the name of a Lambda function is .", named("."), "RelativeFunctionName"],
    ["destroyBucket is called with ..", S3.destroyBucket(".."), "RelativeBucket"],
    ["destroyBucket is called with .", S3.destroyBucket("."), "RelativeBucket"],
    ["destroyBucket is called with an empty name", S3.destroyBucket(""), "EmptyBucket"],
    ["createBucket is called with ..", S3.createBucket(".."), "RelativeBucket"],
    ["getBucketStatus is called with ..", S3.getBucketStatus(".."), "RelativeBucket"],
    ["listObjects is called with ..", Stream.runDrain(S3.listObjects("..")), "RelativeBucket"],
    ["getObject is called with ..", Stream.runDrain(S3.getObject("..", Key)), "RelativeBucket"]
  ]
  for (const [what, call, code] of refused) {
    it.live(`is refused when ${what}`, () => expectRefusal(call, code))
  }

  for (const key of ["a/../b", "a/./b", "a/..", "a/c/../../b", ".hidden", "..hidden", "a..b", "a/...", "/", "//a"]) {
    it.live(`arrives as it is for the key ${key}`, () =>
      Effect.gen(function*() {
        const [request = ""] = yield* requestsOf(remove(Bucket, key))
        assert.strictEqual(request.split("\r\n")[0], `DELETE /bucket/${key}?x-id=DeleteObject HTTP/1.1`)
      }))
  }

  it.live("is not what becomes a query, a form or JSON: there, dots and empty values are sent", () =>
    Effect.gen(function*() {
      const [query = ""] = yield* requestsOf(
        lambda.send(new GetFunctionCommand({ FunctionName: "f", Qualifier: ".." }))
      )
      assert.include(query, "GET /2015-03-31/functions/f?Qualifier=.. ")
      const [form = ""] = yield* requestsOf(Iam.send(new GetRoleCommand({ RoleName: ".." })))
      assert.include(form, "RoleName=..")
      const [json = ""] = yield* requestsOf(Ssm.send(new GetParameterCommand({ Name: "/a/../b" })))
      assert.include(json, `"/a/../b"`)
      const [prefix = ""] = yield* requestsOf(S3.send(new ListObjectsV2Command({ Bucket, Prefix: "../" })))
      assert.include(prefix, "prefix=..%2F")
    }))

  it.live("is one segment where slashes are escaped", () =>
    Effect.gen(function*() {
      const [request = ""] = yield* requestsOf(named("a/../b"))
      assert.include(request, "GET /2015-03-31/functions/a%2F..%2Fb ")
    }))
})

describe("a lone surrogate", () => {
  const half = "a\ud83d"
  // dprint-ignore
  const refused: ReadonlyArray<readonly [what: string, call: Call, code: string, named: string]> = [
    ["the bucket", S3.send(new ListObjectsV2Command({ Bucket: half })), "UnsendableBucket", "Bucket"],
    ["a path", S3.send(new GetObjectCommand({ Bucket, Key: half })), "UnsendableKey", "Key"],
    ["a path of Lambda", lambda.send(new GetFunctionCommand({ FunctionName: half })), "UnsendableFunctionName", "FunctionName"],
    ["a query", S3.send(new ListObjectsV2Command({ Bucket, Prefix: half })), "UnsendablePrefix", "Prefix"],
    ["a query of Lambda", invoke({ Qualifier: half }), "UnsendableQualifier", "Qualifier"],
    ["a form", Iam.send(new GetRoleCommand({ RoleName: half })), "UnsendableRoleName", "RoleName"],
    ["a form of EC2", Ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "vpc-id", Values: ["x", half] }] })), "UnsendableFilters", "Filters[0].Values[1]"],
    ["XML", S3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "x" }, { Key: half }] } })), "UnsendableDelete", "Delete.Objects[1].Key"],
    ["a text that is the body", put({ Body: half }), "UnsendableBody", "Body"],
    ["getObjectMetadata", S3.getObjectMetadata(Bucket, half), "UnsendableKey", "Key"]
  ]
  for (const [what, call, code, named] of refused) {
    it.live(`is refused in ${what}, by the member's name`, () =>
      Effect.gen(function*() {
        const message = yield* expectRefusal(call, code)
        assert.include(message, ` ${named} has U+D83D`)
      }))
  }

  it.live("is sent where JSON escapes it, and pairs are sent everywhere", () =>
    Effect.gen(function*() {
      const [json = ""] = yield* requestsOf(Ssm.send(new GetParameterCommand({ Name: half })))
      assert.include(json, "a\\ud83d")
      const [path = ""] = yield* requestsOf(S3.send(new GetObjectCommand({ Bucket, Key: "\u{1F600}" })))
      assert.include(path, "/bucket/%F0%9F%98%80?")
    }))
})

describe("XML", () => {
  it.live("is refused with a character that it can't carry, by the member's name", () =>
    Effect.gen(function*() {
      for (const character of ["\0", "\x01", "\x0b", "\x1f", "\ufffe", "\uffff"]) {
        const TagSet = [{ Key: "a", Value: "b" }, { Key: "c", Value: `d${character}` }]
        const call = S3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
        assert.include(yield* expectRefusal(call, "UnsendableTagging"), " Tagging.TagSet[1].Value ")
      }
    }))

  it.live("arrives with tabs, line breaks, U+007F and U+FFFD, and so does a body that the program has written", () =>
    Effect.gen(function*() {
      const Key = "\t\r\n\x7f\ufffd"
      const [request = ""] = yield* requestsOf(
        S3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }))
      )
      assert.include(Buffer.from(request, "latin1").toString(), "<Key>\t&#x0D;&#x0A;\x7f\ufffd</Key>")
      const [body = ""] = yield* requestsOf(put({ Body: "<a>\x01</a>", ContentType: "application/xml" }))
      assert.include(body, "<a>\x01</a>")
    }))
})
