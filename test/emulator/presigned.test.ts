// Presigned URLs: those of the SDK's presigner verify, and altered ones don't.
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { getSignedUrl } from "@aws-sdk/s3-request-presigner"
import { assert, describe, it } from "@effect/vitest"
import { Sha256 } from "@smithy/core/checksum"
import { HttpRequest } from "@smithy/core/protocols"
import { SignatureV4 } from "@smithy/signature-v4"
import { Effect } from "effect"
import { bytesOf, collect, noBytes, type Request, textOf } from "../../emulator/wire/http.ts"
import { fromSdkRequest } from "../../emulator/wire/sdkMessages.ts"
import { readInput } from "../../emulator/wire/wire.ts"
import { secret } from "./support/clients.ts"
import { verified } from "./support/verified.ts"

const presigned = async (command: GetObjectCommand | PutObjectCommand, sessionToken?: string): Promise<Request> => {
  const client = new S3Client({
    region: "eu-central-1",
    credentials: sessionToken === undefined ? secret : { ...secret, sessionToken }
  })
  const url = new URL(await getSignedUrl(client, command as Parameters<typeof getSignedUrl>[1], { expiresIn: 60 }))
  return {
    method: command instanceof PutObjectCommand ? "PUT" : "GET",
    path: url.pathname,
    query: url.search.slice(1),
    headers: { host: url.host },
    body: noBytes
  }
}

describe("a URL of the SDK's presigner", () => {
  const key = "dir/ünïcode +%?#&.txt"
  const get = new GetObjectCommand({ Bucket: "bucket-1", Key: key, ResponseContentType: "text/plain; charset=utf-8" })

  it.effect("verifies, and its parameters are the input", () =>
    Effect.gen(function*() {
      const request = yield* Effect.promise(() => presigned(get))
      const { located } = yield* verified(request, () => secret, new Date())
      const { input, operation, unknown } = yield* readInput(located)
      assert.strictEqual(operation.name, "GetObject")
      assert.deepInclude(input, { Bucket: "bucket-1", Key: key, ResponseContentType: "text/plain; charset=utf-8" })
      assert.deepStrictEqual(unknown, [])
    }))

  it.effect("verifies with the session token of a temporary key", () =>
    Effect.gen(function*() {
      const request = yield* Effect.promise(() => presigned(get, "token/+="))
      yield* verified(request, () => ({ ...secret, sessionToken: "token/+=" }), new Date())
      const fault = yield* Effect.flip(verified(request, () => ({ ...secret, sessionToken: "other" }), new Date()))
      assert.strictEqual(fault.code, "InvalidToken")
    }))

  it.effect("uploads with headers in its parameters", () =>
    Effect.gen(function*() {
      const put = new PutObjectCommand({ Bucket: "bucket-1", Key: key, ACL: "public-read", Metadata: { a: "b c" } })
      const request = yield* Effect.promise(() => presigned(put))
      const body = bytesOf("content")
      const { located, signatures } = yield* verified({ ...request, body }, () => secret, new Date())
      const { input, operation } = yield* readInput(located, signatures)
      assert.strictEqual(operation.name, "PutObject")
      assert.deepInclude(input, { Key: key, ACL: "public-read", Metadata: { a: "b c" } })
      // The presigner adds the checksum of an empty body, which AWS ignores.
      assert.include(request.query, "x-amz-checksum-crc32=AAAAAA%3D%3D")
      assert.notProperty(input, "ChecksumCRC32")
      assert.strictEqual(textOf(yield* Effect.promise(() => collect(input["Body"] as Uint8Array))), "content")
    }))

  it.effect("fails for another key, another method or an unsigned header, and after it expires", () =>
    Effect.gen(function*() {
      const request = yield* Effect.promise(() => presigned(get))
      const codeOf = (request: Request, now = new Date()) =>
        Effect.flip(verified(request, () => secret, now)).pipe(Effect.map(({ code, message }) => `${code}: ${message}`))
      assert.match(yield* codeOf({ ...request, path: "/other" }), /^SignatureDoesNotMatch/)
      assert.match(yield* codeOf({ ...request, method: "DELETE" }), /^SignatureDoesNotMatch/)
      assert.strictEqual(
        yield* codeOf({ ...request, headers: { ...request.headers, "x-amz-acl": "public-read" } }),
        "AccessDenied: There were headers present in the request which were not signed"
      )
      assert.strictEqual(yield* codeOf(request, new Date(Date.now() + 61_000)), "AccessDenied: Request has expired")
    }))

  it.effect("fails when its expiry is longer than a week or isn't a number", () =>
    Effect.gen(function*() {
      const request = yield* Effect.promise(() => presigned(get))
      for (
        const [expires, message] of [["604801", /less than a week/], ["-1", /non-negative/], ["x", /a number/]] as const
      ) {
        const query = request.query.replace("X-Amz-Expires=60", `X-Amz-Expires=${expires}`)
        const fault = yield* Effect.flip(verified({ ...request, query }, () => secret, new Date()))
        assert.strictEqual(fault.code, "AuthorizationQueryParametersError")
        assert.match(fault.message, message)
      }
    }))

  it.effect("verifies for services other than Amazon S3", () =>
    Effect.gen(function*() {
      const signer = new SignatureV4({ credentials: secret, region: "us-east-1", service: "sts", sha256: Sha256 })
      const signed = yield* Effect.promise(() =>
        signer.presign(
          new HttpRequest({
            hostname: "sts.us-east-1.amazonaws.com",
            path: "/",
            query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
            headers: { host: "sts.us-east-1.amazonaws.com", "x-k8s-aws-id": "cluster" }
          }),
          { expiresIn: 60, unhoistableHeaders: new Set(["x-k8s-aws-id"]) }
        )
      )
      const { located } = yield* verified(fromSdkRequest(signed), () => secret, new Date())
      const { operation, unknown } = yield* readInput(located)
      assert.strictEqual(operation.name, "GetCallerIdentity")
      assert.deepStrictEqual(unknown, [])
    }))
})
