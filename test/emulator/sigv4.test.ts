// Signature Version 4, judged by the examples in AWS's documents.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Fault } from "../../emulator/wire/fault.ts"
import { bytesOf, collect, noBytes, type Request, textOf } from "../../emulator/wire/http.ts"
import { readInput } from "../../emulator/wire/wire.ts"
import { verified } from "./support/verified.ts"

const example = { keyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" }
const day = "2013-05-24T00:00:00Z"
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

const ofExample = (keyId: string) => keyId === example.keyId ? example : undefined

const exampleRequest = (
  method: string,
  path: string,
  headers: Record<string, string>,
  signature: string,
  { body = noBytes, query = "" }: { readonly body?: Request["body"]; readonly query?: string } = {}
): Request => {
  const all: Record<string, string> = {
    host: "examplebucket.s3.amazonaws.com",
    "x-amz-content-sha256": emptyHash,
    "x-amz-date": "20130524T000000Z",
    ...headers
  }
  const signed = Object.keys(all).sort().join(";")
  return {
    method,
    path,
    query,
    headers: {
      ...all,
      authorization: `AWS4-HMAC-SHA256 Credential=${example.keyId}/20130524/us-east-1/s3/aws4_request,` +
        `SignedHeaders=${signed},Signature=${signature}`
    },
    body
  }
}

describe("a signature in AWS's documents", () => {
  it.effect("verifies for a GET request", () =>
    verified(
      exampleRequest(
        "GET",
        "/test.txt",
        { range: "bytes=0-9" },
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
      ),
      ofExample,
      new Date(day)
    ).pipe(Effect.map(({ isPresigned, scope }) => {
      assert.isFalse(isPresigned)
      assert.deepStrictEqual(scope, {
        keyId: example.keyId,
        date: "20130524",
        region: "us-east-1",
        service: "s3"
      })
    })))

  it.effect("verifies for a PUT request with a key that must be encoded", () =>
    Effect.gen(function*() {
      const request = exampleRequest(
        "PUT",
        "/test$file.text",
        {
          date: "Fri, 24 May 2013 00:00:00 GMT",
          "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
          "x-amz-storage-class": "REDUCED_REDUNDANCY"
        },
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        { body: bytesOf("Welcome to Amazon S3.") }
      )
      const { located } = yield* verified(request, ofExample, new Date(day))
      const { input } = yield* readInput(located)
      assert.deepInclude(input, { Bucket: "examplebucket", Key: "test$file.text", StorageClass: "REDUCED_REDUNDANCY" })
    }))

  it.effect("verifies for queries with and without values", () =>
    Effect.gen(function*() {
      const lifecycle = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
      const list = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
      yield* verified(exampleRequest("GET", "/", {}, lifecycle, { query: "lifecycle" }), ofExample, new Date(day))
      yield* verified(exampleRequest("GET", "/", {}, list, { query: "max-keys=2&prefix=J" }), ofExample, new Date(day))
    }))

  it.effect("verifies for a presigned URL until it expires", () =>
    Effect.gen(function*() {
      const request: Request = {
        method: "GET",
        path: "/test.txt",
        query: "X-Amz-Algorithm=AWS4-HMAC-SHA256" +
          "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
          "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
          "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
        headers: { host: "examplebucket.s3.amazonaws.com" },
        body: noBytes
      }
      const { isPresigned } = yield* verified(request, ofExample, new Date("2013-05-24T23:59:59Z"))
      assert.isTrue(isPresigned)
      const fault = yield* Effect.flip(verified(request, ofExample, new Date("2013-05-25T00:00:01Z")))
      assert.strictEqual(fault.code, "AccessDenied")
      assert.strictEqual(fault.message, "Request has expired")
      assert.deepStrictEqual(fault.members, {
        "X-Amz-Expires": "86400",
        Expires: "2013-05-25T00:00:00Z",
        ServerTime: "2013-05-25T00:00:01Z"
      })
    }))
})

const kilobytes = (length: number) => new Uint8Array(length * 1024).fill(97)

const chunk = (bytes: Uint8Array, signature: string): Uint8Array =>
  Buffer.concat([
    bytesOf(`${bytes.byteLength.toString(16)};chunk-signature=${signature}\r\n`),
    bytes,
    bytes.byteLength === 0 ? noBytes : bytesOf("\r\n")
  ])

const chunkedHeaders = {
  host: "s3.amazonaws.com",
  "content-encoding": "aws-chunked",
  "x-amz-decoded-content-length": "66560",
  "x-amz-storage-class": "REDUCED_REDUNDANCY"
}

const signedChunks = (first: Uint8Array = kilobytes(64)): Request =>
  exampleRequest(
    "PUT",
    "/examplebucket/chunkObject.txt",
    {
      ...chunkedHeaders,
      "content-length": "66824",
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    },
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    {
      body: Buffer.concat([
        chunk(first, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        chunk(kilobytes(1), "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        chunk(noBytes, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
        bytesOf("\r\n")
      ])
    }
  )

const signedTrailer = (checksum: string): Request =>
  exampleRequest(
    "PUT",
    "/examplebucket/chunkObject.txt",
    {
      ...chunkedHeaders,
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
      "x-amz-trailer": "x-amz-checksum-crc32c"
    },
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    {
      body: Buffer.concat([
        chunk(kilobytes(64), "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"),
        chunk(kilobytes(1), "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"),
        chunk(noBytes, "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"),
        bytesOf(
          `x-amz-checksum-crc32c:${checksum}\r\nx-amz-trailer-signature:` +
            "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
        )
      ])
    }
  )

/** The body of an upload, and what it fails with where it isn't what was signed. */
const uploaded = (request: Request) =>
  Effect.gen(function*() {
    const { located, signatures } = yield* verified(request, ofExample, new Date(day))
    const { input, trailers } = yield* readInput(located, signatures)
    const bytes = yield* Effect.tryPromise({
      try: () => collect(input["Body"] as Request["body"]),
      catch: (error) => error as Fault
    })
    return { bytes, trailers: trailers() }
  })

/** The same request with a body that comes in pieces of an odd size. */
const inPieces = (request: Request): Request => ({
  ...request,
  body: {
    async *[Symbol.asyncIterator]() {
      const body = request.body as Uint8Array
      for (let at = 0; at < body.byteLength; at += 977) yield body.subarray(at, at + 977)
    }
  }
})

describe("a body that is signed in chunks", () => {
  for (const [name, form] of [["at once", (request: Request) => request], ["in pieces", inPieces]] as const) {
    it.effect(`verifies with AWS's documented signatures when it arrives ${name}`, () =>
      Effect.gen(function*() {
        const { bytes } = yield* uploaded(form(signedChunks()))
        assert.strictEqual(textOf(bytes), "a".repeat(66_560))
      }))

    it.effect(`verifies with its trailer when it arrives ${name}`, () =>
      Effect.gen(function*() {
        const { bytes, trailers } = yield* uploaded(form(signedTrailer("sOO8/Q==")))
        assert.strictEqual(bytes.byteLength, 66_560)
        assert.deepStrictEqual(trailers, { "x-amz-checksum-crc32c": "sOO8/Q==" })
      }))

    it.effect(`fails at an altered chunk when it arrives ${name}`, () =>
      Effect.gen(function*() {
        const altered = kilobytes(64)
        altered[5] = 98
        const fault = yield* Effect.flip(uploaded(form(signedChunks(altered))))
        assert.strictEqual(fault.code, "SignatureDoesNotMatch")
      }))
  }

  it.effect("fails at an altered trailer", () =>
    Effect.gen(function*() {
      const fault = yield* Effect.flip(uploaded(signedTrailer("AAAAAA==")))
      assert.strictEqual(fault.code, "SignatureDoesNotMatch")
    }))

  it.effect("fails when its trailer isn't signed", () =>
    Effect.gen(function*() {
      const request = signedTrailer("sOO8/Q==")
      const body = textOf(request.body as Uint8Array).replace(/x-amz-trailer-signature.*\r\n/, "")
      const fault = yield* Effect.flip(uploaded({ ...request, body: bytesOf(body) }))
      assert.strictEqual(fault.code, "SignatureDoesNotMatch")
    }))

  it.effect("fails when it ends too early", () =>
    Effect.gen(function*() {
      const request = signedChunks()
      const fault = yield* Effect.flip(uploaded({ ...request, body: (request.body as Uint8Array).subarray(0, 60_000) }))
      assert.strictEqual(fault.code, "IncompleteBody")
    }))
})
