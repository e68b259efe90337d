// Requests to Amazon S3 in memory that no SDK sends: without digests, with several, or without what they need.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as crypto from "node:crypto"
import { crc32 } from "node:zlib"
import { scope, send, world } from "./support/raw.ts"

const digest = (algorithm: string, text: string) => crypto.createHash(algorithm).update(text).digest("base64")

const crc = (text: string) => {
  const value = Buffer.alloc(4)
  value.writeUInt32BE(crc32(text))
  return value.toString("base64")
}

const messageOf = (body: string) => /<Message>(.*)<\/Message>/.exec(body)?.[1]

describe("a write under Object Lock", () => {
  it.live("needs a digest of its body, also where the lock is the bucket's default", () =>
    Effect.gen(function*() {
      const { url } = yield* world
      yield* send(url, "PUT", "/locked", { "x-amz-bucket-object-lock-enabled": "true" })
      const hold = { "x-amz-object-lock-legal-hold": "ON" }
      const put = (headers: Record<string, string>) => send(url, "PUT", "/locked/k", headers, "x")
      assert.strictEqual((yield* put({})).status, 200)
      const refused = yield* put(hold)
      assert.deepStrictEqual([refused.status, refused.code], [400, "InvalidRequest"])
      assert.strictEqual(
        messageOf(refused.body),
        "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"
      )
      assert.strictEqual((yield* put({ ...hold, "content-md5": digest("md5", "x") })).status, 200)
      assert.strictEqual((yield* put({ ...hold, "x-amz-checksum-sha256": digest("sha256", "x") })).status, 200)
      const { body } = yield* send(url, "POST", "/locked/k?uploads", hold)
      const id = /<UploadId>(.*)<\/UploadId>/.exec(body)![1]!
      const part = yield* send(url, "PUT", `/locked/k?partNumber=1&uploadId=${id}`, {}, "x")
      assert.strictEqual(
        messageOf(part.body),
        "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Part requests with Object Lock parameters"
      )
      const rule = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>" +
        "<Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>"
      assert.strictEqual((yield* send(url, "PUT", "/locked?object-lock", {}, rule)).status, 200)
      assert.strictEqual((yield* put({})).code, "InvalidRequest")
    }))
})

describe("a request with a body", () => {
  it.live("that deletes objects needs a digest", () =>
    Effect.gen(function*() {
      const { url } = yield* world
      const body = "<Delete><Object><Key>k</Key></Object></Delete>"
      const remove = (headers: Record<string, string>) => send(url, "POST", "/bucket-1?delete", headers, body)
      const refused = yield* remove({})
      assert.deepStrictEqual([refused.status, refused.code], [400, "InvalidRequest"])
      assert.strictEqual(
        messageOf(refused.body),
        "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
      )
      assert.strictEqual((yield* remove({ "content-md5": digest("md5", body) })).status, 200)
    }))

  it.live("has one checksum, of the algorithm that it names", () =>
    Effect.gen(function*() {
      const { url } = yield* world
      const sha = { "x-amz-checksum-sha256": digest("sha256", "x") }
      const put = (headers: Record<string, string>) => send(url, "PUT", "/bucket-1/k", headers, "x")
      const cases = [
        [{ ...sha, "x-amz-checksum-crc32": crc("x") }, "Expecting a single x-amz-checksum- header."],
        [
          { ...sha, "x-amz-sdk-checksum-algorithm": "CRC32" },
          "Value for x-amz-sdk-checksum-algorithm header is invalid."
        ],
        [{ "x-amz-sdk-checksum-algorithm": "SHA256" }, "x-amz-sdk-checksum-algorithm specified, but no corresponding"],
        [{ "x-amz-sdk-checksum-algorithm": "ADLER" }, "Value for x-amz-sdk-checksum-algorithm header is invalid."]
      ] as const
      for (const [headers, message] of cases) {
        const { body, code } = yield* put(headers as Record<string, string>)
        assert.strictEqual(code, "InvalidRequest")
        assert.include(messageOf(body), message)
      }
      assert.strictEqual((yield* put({ ...sha, "x-amz-sdk-checksum-algorithm": "sha256" })).status, 200)
    }))

  it.live("can't have a checksum that isn't computed here", () =>
    Effect.gen(function*() {
      const { url } = yield* world
      const { body, status } = yield* send(
        url,
        "PUT",
        "/bucket-1/k",
        { "x-amz-checksum-xxhash64": "AAAAAAAAAAA=" },
        "x"
      )
      assert.strictEqual(status, 501)
      assert.include(body, "XXHASH64")
      const begun = yield* send(url, "POST", "/bucket-1/k?uploads", { "x-amz-checksum-algorithm": "XXHASH64" })
      assert.strictEqual(begun.status, 501)
      assert.include(begun.body, "XXHash")
    }))

  it.live("is needed to tag", () =>
    Effect.gen(function*() {
      const { url } = yield* world
      yield* send(url, "PUT", "/bucket-1/k", {}, "x")
      for (const path of ["/bucket-1/k?tagging", "/bucket-1?tagging"]) {
        const { code, status } = yield* send(url, "PUT", path)
        assert.deepStrictEqual([status, code], [400, "MissingRequestBodyError"], path)
      }
    }))

  it.live("of a part may have no checksum if that of the upload covers the whole object", () =>
    Effect.gen(function*() {
      const { url } = yield* world
      const { body } = yield* send(url, "POST", "/bucket-1/k?uploads", {
        "x-amz-checksum-algorithm": "CRC32",
        "x-amz-checksum-type": "FULL_OBJECT"
      })
      const id = /<UploadId>(.*)<\/UploadId>/.exec(body)![1]!
      const part = yield* send(url, "PUT", `/bucket-1/k?partNumber=1&uploadId=${id}`, {}, "x")
      assert.deepStrictEqual([part.status, part.headers["x-amz-checksum-crc32"]], [200, crc("x")])
      const done = yield* send(
        url,
        "POST",
        `/bucket-1/k?uploadId=${id}`,
        {},
        `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part>` +
          "</CompleteMultipartUpload>"
      )
      assert.include(done.body, `<ChecksumCRC32>${crc("x")}</ChecksumCRC32>`)
    }))
})

describe("GetObjectAttributes", () => {
  it.live("needs the attributes to answer, and ignores a page size that can't be", () =>
    Effect.gen(function*() {
      const { url } = yield* world
      yield* send(url, "PUT", "/bucket-1/k", {}, "x")
      const get = (headers: Record<string, string>) => send(url, "GET", "/bucket-1/k?attributes", headers)
      const missing = yield* get({})
      assert.deepStrictEqual([missing.status, missing.code], [400, "InvalidRequest"])
      const wrong = yield* get({ "x-amz-object-attributes": "ETag,Size" })
      assert.strictEqual(wrong.code, "InvalidArgument")
      assert.include(wrong.body, "<ArgumentValue>Size</ArgumentValue>")
      for (const size of ["0", "-1", "many"]) {
        assert.strictEqual(
          (yield* get({ "x-amz-object-attributes": "ETag", "x-amz-max-parts": size })).status,
          200,
          size
        )
      }
    }))
})

describe("a time in XML", () => {
  it.live("has milliseconds from Amazon S3 and Amazon EC2, even zero", () =>
    Effect.gen(function*() {
      const { url } = yield* world
      yield* send(url, "PUT", "/bucket-1/2026-01-01T00:00:00Z", {}, "x")
      const { body } = yield* send(url, "GET", "/bucket-1?list-type=2")
      assert.match(body, /<LastModified>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z<\/LastModified>/)
      assert.include(body, "<Key>2026-01-01T00:00:00Z</Key>")
      assert.match((yield* send(url, "GET", "/")).body, /<CreationDate>[^.]+\.000Z<\/CreationDate>/)
      const query = (service: string, form: string) =>
        send(
          url,
          "POST",
          "/",
          { authorization: scope(service), "content-type": "application/x-www-form-urlencoded" },
          form
        )
      yield* query("ec2", "Action=CreateKeyPair&Version=2016-11-15&KeyName=k")
      const pairs = yield* query("ec2", "Action=DescribeKeyPairs&Version=2016-11-15")
      assert.match(pairs.body, /<createTime>[^<]+\.\d{3}Z<\/createTime>/)
    }))
})
