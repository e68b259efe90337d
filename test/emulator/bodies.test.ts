// Bodies of requests and answers: transfer encodings, digests, checksums and streams, as the SDK sends and reads them.
import { PutMetricDataCommand } from "@aws-sdk/client-cloudwatch"
import { InvokeWithResponseStreamCommand } from "@aws-sdk/client-lambda"
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  SelectObjectContentCommand
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { Readable } from "node:stream"
import { gzipSync } from "node:zlib"
import { parseCbor } from "../../emulator/wire/cbor.ts"
import { checksumOf } from "../../emulator/wire/checksums.ts"
import type { Fault } from "../../emulator/wire/fault.ts"
import { type Body, bytesOf, collect, noBytes, type Request, textOf } from "../../emulator/wire/http.ts"
import { shapeOf, write } from "../../emulator/wire/sdk.ts"
import { identify, readInput } from "../../emulator/wire/wire.ts"
import { sdkOf, services } from "./support/clients.ts"
import { Exchanger } from "./support/exchange.ts"
import { form, json, read, rejected, request } from "./support/requests.ts"

const text = "grüße ".repeat(20_000)

/** What arrives of an upload by an SDK client. */
const upload = async (input: object, options: object = {}) => {
  const exchanger = new Exchanger(sdkOf("S3"), options)
  let body = noBytes
  exchanger.work = async ({ input }) => {
    body = await collect(input.input["Body"] as Body)
  }
  await exchanger.client.send(new PutObjectCommand({ Bucket: "bucket-1", Key: "k", ...input }))
  const { input: { input: read, trailers }, request } = exchanger.last!
  return { body: textOf(body), input: read, trailers: trailers(), headers: request.headers }
}

/** What an upload arrives as, or fails with, when its request is this one. */
const received = (headers: Record<string, string>, body: Body) =>
  Effect.gen(function*() {
    const request: Request = {
      method: "PUT",
      path: "/bucket-1/k",
      query: "",
      headers: { host: "s3.us-east-1.amazonaws.com", ...headers },
      body
    }
    const { input } = yield* readInput(yield* identify(services, request))
    const bytes = yield* Effect.tryPromise({
      try: () => collect(input["Body"] as Body),
      catch: (error) => error as Fault
    })
    return { text: textOf(bytes), input }
  })

const codeOf = (headers: Record<string, string>, body: Body) =>
  Effect.flip(received(headers, body)).pipe(Effect.map(({ code }) => code))

const content = bytesOf("content")

describe("an upload", () => {
  it("arrives with the checksum that the SDK computes", async () => {
    const { body, input } = await upload({ Body: text })
    assert.strictEqual(body, text)
    assert.strictEqual(input["ChecksumCRC32"], checksumOf("crc32", bytesOf(text)))
    assert.strictEqual(input["ContentLength"], bytesOf(text).byteLength)
  })

  for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const) {
    it(`arrives with the checksum ${algorithm}, which the SDK computes too`, async () => {
      const { body, input } = await upload({ Body: text, ChecksumAlgorithm: algorithm })
      assert.strictEqual(body, text)
      assert.isString(input[`Checksum${algorithm}`])
      assert.strictEqual(input[`Checksum${algorithm}`], checksumOf(algorithm, bytesOf(text)))
    })
  }

  it("arrives from a stream, which the SDK sends in chunks with its checksum in a trailer", async () => {
    const pieces = text.match(/.{1,7919}/gsu)!
    const { body, headers, input, trailers } = await upload({
      Body: Readable.from(pieces.map(bytesOf)),
      ContentLength: bytesOf(text).byteLength,
      ContentEncoding: "br"
    })
    assert.strictEqual(headers["x-amz-content-sha256"], "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    assert.strictEqual(body, text)
    assert.strictEqual(input["ContentEncoding"], "br")
    assert.strictEqual(input["ContentLength"], bytesOf(text).byteLength)
    assert.deepStrictEqual(trailers, { "x-amz-checksum-crc32": checksumOf("crc32", bytesOf(text)) as string })
  })

  it.effect("fails when a digest doesn't match", () =>
    Effect.gen(function*() {
      const digest = (algorithm: string) => createHash(algorithm).update("other").digest("base64")
      assert.strictEqual(yield* codeOf({ "content-md5": digest("md5") }, content), "BadDigest")
      assert.strictEqual(yield* codeOf({ "content-md5": "short" }, content), "InvalidDigest")
      assert.strictEqual(yield* codeOf({ "x-amz-checksum-sha256": digest("sha256") }, content), "BadDigest")
      assert.strictEqual(yield* codeOf({ "x-amz-checksum-crc32": "AAAA" }, content), "InvalidRequest")
      const sha256 = createHash("sha256").update("other").digest("hex")
      assert.strictEqual(yield* codeOf({ "x-amz-content-sha256": sha256 }, content), "XAmzContentSHA256Mismatch")
    }))

  it.effect("arrives when its digests match", () =>
    Effect.gen(function*() {
      const md5 = createHash("md5").update(content).digest("base64")
      const sha256 = createHash("sha256").update(content).digest("hex")
      const { text } = yield* received({ "content-md5": md5, "x-amz-content-sha256": sha256 }, content)
      assert.strictEqual(text, "content")
    }))

  const unsigned = {
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-trailer": "x-amz-checksum-crc32"
  }

  it.effect("fails when the checksum in its trailer is wrong", () =>
    Effect.gen(function*() {
      const chunks = (checksum: string) => bytesOf(`7\r\ncontent\r\n0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`)
      const right = checksumOf("crc32", content) ?? assert.fail()
      assert.strictEqual((yield* received(unsigned, chunks(right))).text, "content")
      assert.strictEqual(yield* codeOf(unsigned, chunks("AAAAAA==")), "BadDigest")
    }))

  it.effect("fails when a chunk has no size or ends early", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* codeOf(unsigned, bytesOf("what?\r\n")), "InvalidChunkSizeError")
      assert.strictEqual(yield* codeOf(unsigned, bytesOf("9\r\ncontent\r\n")), "IncompleteBody")
      const headers = { ...unsigned, "x-amz-decoded-content-length": "8" }
      assert.strictEqual(yield* codeOf(headers, bytesOf("7\r\ncontent\r\n0\r\n\r\n")), "IncompleteBody")
    }))

  const { "x-amz-trailer": _, ...withoutTrailer } = unsigned

  it.effect("fails when its chunks aren't framed as they have to be", () =>
    Effect.gen(function*() {
      for (
        const body of [
          "5\r\nhelloXX0\r\n\r\n",
          "5\rXhello\r\n0\r\n\r\n",
          "5\nhello\n0\n\n",
          "5\r\nhello\r\n0\r\n\r\nmore"
        ]
      ) {
        assert.strictEqual(yield* codeOf(withoutTrailer, bytesOf(body)), "InvalidChunkSizeError", body)
      }
    }))

  it.effect("fails when an announced trailer is missing, unannounced, cut off or no trailer", () =>
    Effect.gen(function*() {
      const right = checksumOf("crc32", content) ?? assert.fail()
      const trailers = [
        "\r\n",
        "",
        `x-amz-checksum-sha1:${right}\r\n\r\n`,
        "x-amz-checks",
        `x-amz-checksum-crc32:${right}`,
        `x-amz-checksum-crc32 ${right}\r\n\r\n`,
        `x-amz-checksum-crc32:${right}\r\nx-amz-checksum-crc32:${right}\r\n\r\n`,
        `x-amz-checksum-crc32:${right}\r\nother:${right}\r\n\r\n`
      ]
      for (const trailer of trailers) {
        const body = bytesOf(`7\r\ncontent\r\n0\r\n${trailer}`)
        assert.strictEqual(yield* codeOf(unsigned, body), "MalformedTrailerError", trailer)
      }
      assert.strictEqual(
        yield* codeOf(withoutTrailer, bytesOf("7\r\ncontent\r\n0\r\n__proto__:x\r\n\r\n")),
        "MalformedTrailerError"
      )
    }))

  it.effect("arrives however its bytes are cut", () =>
    Effect.gen(function*() {
      const right = checksumOf("crc32", content) ?? assert.fail()
      const bytes = bytesOf(`3\r\ncon\r\n4\r\ntent\r\n0\r\nx-amz-checksum-crc32: ${right} \r\n\r\n`)
      for (let size = 1; size <= bytes.byteLength; size++) {
        const parts = Array.from(
          { length: Math.ceil(bytes.byteLength / size) },
          (_, index) => bytes.subarray(index * size, (index + 1) * size)
        )
        assert.strictEqual((yield* received(unsigned, Readable.from(parts))).text, "content")
      }
    }))

  it.effect("fails at once when a line or the trailers don't end", () =>
    Effect.gen(function*() {
      const endless = (start: string, part: string) => {
        const sent = { bytes: 0 }
        return [
          sent,
          {
            async *[Symbol.asyncIterator]() {
              yield bytesOf(start)
              for (;;) {
                sent.bytes += part.length
                yield bytesOf(part)
              }
            }
          }
        ] as const
      }
      for (
        const [start, part, code] of [
          ["", "A", "InvalidChunkSizeError"],
          ["1\r\nA", "A", "InvalidChunkSizeError"],
          ["0\r\n", "x-amz-checksum-crc32", "MalformedTrailerError"]
        ] as const
      ) {
        const [sent, body] = endless(start, part)
        assert.strictEqual(yield* codeOf(unsigned, body), code)
        assert.isAtMost(sent.bytes, 10_000)
      }
    }))

  it.effect("decodes many small chunks in a time that grows with their number only", () =>
    Effect.gen(function*() {
      const time = (count: number) =>
        Effect.gen(function*() {
          const packet = bytesOf("1\r\nA\r\n".repeat(1_000))
          const body = Readable.from([...Array.from({ length: count }, () => packet), bytesOf("0\r\n\r\n")])
          const start = performance.now()
          const { text } = yield* received(withoutTrailer, body)
          assert.strictEqual(text.length, count * 1_000)
          return performance.now() - start
        })
      yield* time(20)
      const few = yield* time(20)
      // Fifteen times as many: far from the 225 times of a quadratic decoder.
      assert.isBelow(yield* time(300), Math.max(few, 5) * 150)
    }))

  it.effect("fails when its headers announce a checksum that can't be or doesn't come", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [headers: Record<string, string>, message: RegExp]> = [
        [{ "x-amz-trailer": "x-amz-checksum-crc32" }, /needs a body in chunks/],
        [{ ...unsigned, "x-amz-trailer": "x-amz-checksum-foo" }, /x-amz-trailer header is not supported/],
        [{ "x-amz-sdk-checksum-algorithm": "CRC32" }, /no corresponding/],
        [{ "x-amz-sdk-checksum-algorithm": "FOO" }, /x-amz-sdk-checksum-algorithm header is invalid/],
        [{ "x-amz-checksum-foo": "AAAA" }, /algorithm type you specified/],
        [{ "x-amz-checksum-constructor": "AAAA" }, /algorithm type you specified/]
      ]
      for (const [headers, message] of cases) {
        const fault = yield* Effect.flip(received(headers, content))
        assert.strictEqual(fault.code, "InvalidRequest", JSON.stringify(headers))
        assert.match(fault.message, message)
      }
      for (const hash of ["00", "", "STREAMING-FOO", "unsigned-payload"]) {
        assert.strictEqual(yield* codeOf({ "x-amz-content-sha256": hash }, content), "InvalidArgument", hash)
      }
    }))

  it.effect("is read as it arrives", () =>
    Effect.gen(function*() {
      let sent = 0
      const endless: Body = {
        async *[Symbol.asyncIterator]() {
          for (;;) {
            sent++
            yield content
          }
        }
      }
      const request: Request = {
        method: "PUT",
        path: "/bucket-1/k",
        query: "",
        headers: { host: "localhost" },
        body: endless
      }
      const { input } = yield* readInput(yield* identify(services, request))
      assert.strictEqual(sent, 0)
      const iterator = (input["Body"] as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
      yield* Effect.promise(() => iterator.next())
      yield* Effect.promise(() => iterator.next())
      assert.isAtMost(sent, 3)
    }))
})

describe("a body of a request", () => {
  it("is checked against the checksum that the SDK sends", async () => {
    const exchanger = new Exchanger(sdkOf("S3"))
    const keys = Array.from({ length: 1_000 }, (_, index) => ({ Key: `key-${index}` }))
    await exchanger.client.send(new DeleteObjectsCommand({ Bucket: "bucket-1", Delete: { Objects: keys } }))
    const { input, request } = exchanger.last!
    assert.isString(request.headers["x-amz-checksum-crc32"])
    assert.deepStrictEqual(input.input["Delete"], { Objects: keys })
  })

  it("is decompressed when the SDK compresses it", async () => {
    const exchanger = new Exchanger(sdkOf("CloudWatch"))
    const MetricData = Array.from({ length: 500 }, (_, index) => ({ MetricName: `metric-${index}`, Value: index }))
    await exchanger.client.send(new PutMetricDataCommand({ Namespace: "n", MetricData }))
    const { input, request } = exchanger.last!
    assert.strictEqual(request.headers["content-encoding"], "gzip")
    assert.deepStrictEqual(input.input["MetricData"], MetricData)
  })
})

const bomb = gzipSync(new Uint8Array(80 * 2 ** 20))
const large = new Uint8Array(80 * 2 ** 20)
const gzip = { "content-encoding": "gzip" }

describe("a body that is too large", () => {
  const ofForm = { "content-type": "application/x-www-form-urlencoded" }
  const ofJson = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.GetParameter" }
  const ofCbor = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" }
  const cases: ReadonlyArray<readonly [title: string, request: Request, code: string, status: number]> = [
    ["JSON", request("POST", "/", { service: "ssm", headers: ofJson }), "RequestEntityTooLargeException", 413],
    [
      "CBOR",
      request("POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", {
        service: "monitoring",
        headers: ofCbor
      }),
      "RequestEntityTooLargeException",
      413
    ],
    [
      "REST-JSON",
      request("POST", "/2021-01-01/opensearch/domain", { service: "es" }),
      "RequestEntityTooLargeException",
      413
    ],
    ["a query", request("POST", "/", { service: "iam", headers: ofForm }), "RequestEntityTooLarge", 413],
    ["a query of EC2", request("POST", "/", { service: "ec2", headers: ofForm }), "RequestEntityTooLarge", 413],
    ["an unsigned query", request("POST", "/", { headers: ofForm }), "RequestEntityTooLarge", 413],
    ["XML", request("POST", "/bucket-1?delete", { service: "s3" }), "MaxMessageLengthExceeded", 400]
  ]
  for (const [title, call, code, status] of cases) {
    it.effect(`is refused in ${title}, also if it is so only after decompression`, () =>
      Effect.gen(function*() {
        let sent = 0
        const endless: Body = {
          async *[Symbol.asyncIterator]() {
            for (;; sent++) yield new Uint8Array(2 ** 20)
          }
        }
        const bodies: ReadonlyArray<readonly [Body, object]> = [[large, {}], [bomb, gzip], [endless, {}]]
        for (const [body, headers] of bodies) {
          const [found, foundStatus] = yield* rejected({ ...call, body, headers: { ...call.headers, ...headers } })
          assert.deepStrictEqual([found, foundStatus], [code, status])
        }
        assert.isAtMost(sent, 71)
      }))
  }
})

describe("a body in an encoding", () => {
  it.effect("is refused in another encoding than gzip", () =>
    Effect.gen(function*() {
      const call = json("ssm", "AmazonSSM.GetParameter", `{"Name":"a"}`)
      for (const encoding of ["br", "deflate", "gzip, gzip"]) {
        const headers = { ...call.headers, "content-encoding": encoding }
        assert.strictEqual((yield* rejected({ ...call, headers }))[0], "SerializationException", encoding)
      }
      const headers = { ...call.headers, "content-encoding": "identity" }
      assert.deepStrictEqual((yield* read({ ...call, headers })).input, { Name: "a" })
    }))

  it.effect("is decompressed in an unsigned form", () =>
    Effect.gen(function*() {
      const call = form(undefined, "")
      const body = gzipSync("Action=ListUsers&Version=2010-05-08&PathPrefix=/a")
      const { input, operation } = yield* read({ ...call, body, headers: { ...call.headers, ...gzip } })
      assert.deepStrictEqual([operation, input], ["ListUsers", { PathPrefix: "/a" }])
    }))
})

describe("a body in CBOR", () => {
  const call = (body: ReadonlyArray<number>) =>
    request("POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", {
      service: "monitoring",
      headers: { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" },
      body: new Uint8Array(body)
    })
  const text = (value: string) => [0x60 + value.length, ...bytesOf(value)]

  it.effect("is read with a length or an end", () =>
    Effect.gen(function*() {
      for (
        const body of [
          [0xa1, ...text("Namespace"), ...text("ab")],
          [0xbf, ...text("Namespace"), 0x7f, ...text("a"), ...text("b"), 0xff, 0xff]
        ]
      ) assert.deepStrictEqual((yield* read(call(body))).input, { Namespace: "ab" })
      const { unknown } = yield* read(call([0xa1, ...text("__proto__"), 0xa0]))
      assert.deepStrictEqual(unknown, ["__proto__"])
    }))

  it.effect("fails when it is malformed", () =>
    Effect.gen(function*() {
      const longest = Array.from({ length: 8 }, () => 0xff)
      const cases: Readonly<Record<string, ReadonlyArray<number>>> = {
        "bytes after the value": [0xa0, 0],
        "invalid UTF-8": [0xa1, ...text("Namespace"), 0x61, 0xff],
        "a character in two parts": [0xa1, ...text("Namespace"), 0x7f, 0x61, 0xc3, 0x61, 0xa9, 0xff],
        "a text of 2^64 - 1 bytes": [0xa1, ...text("Namespace"), 0x7b, ...longest],
        "a map of 2^64 - 1 members": [0xbb, ...longest],
        "a list of 2^64 - 1 items": [0x9b, ...longest],
        "lists in lists without end": Array.from({ length: 100_000 }, () => 0x81),
        "an early end": [0xa1, ...text("Namespace")],
        "an end of nothing": [0xff],
        "a key that isn't a text": [0xa1, 1, 1]
      }
      for (const [title, body] of Object.entries(cases)) {
        assert.strictEqual((yield* rejected(call(body)))[0], "SerializationException", title)
      }
    }))

  it("reads numbers of every size as the SDK writes them", () => {
    const shape = shapeOf([3, "a", "S", 0, ["n"], [1]])
    for (const n of [0, 23, 24, 255, 256, 65_536, 2 ** 32, -1, -25, -(2 ** 31), 0.5, 1.1, -1e300, 2 ** 53 - 1]) {
      assert.deepStrictEqual(parseCbor(write("cbor", shape, { n }) as Uint8Array), { n })
    }
    assert.strictEqual(parseCbor(new Uint8Array([0xf9, 0x3c, 0])), 1)
    assert.strictEqual(parseCbor(new Uint8Array([0xc2, 0x49, 1, 0, 0, 0, 0, 0, 0, 0, 0])), 2n ** 64n)
  })
})

describe("a body of an answer", () => {
  it("streams, and matches the checksum that the SDK verifies", async () => {
    const exchanger = new Exchanger(sdkOf("S3"))
    const bytes = bytesOf(text)
    exchanger.outputs({
      Body: Readable.from([bytes.subarray(0, 5), bytes.subarray(5)]),
      ContentLength: bytes.byteLength,
      ContentRange: `bytes 0-${bytes.byteLength - 1}/*`,
      ChecksumCRC32: checksumOf("crc32", bytes)
    })
    const output = await exchanger.client.send(new GetObjectCommand({ Bucket: "bucket-1", Key: "k" }))
    assert.strictEqual(await (output["Body"] as { transformToString(): Promise<string> }).transformToString(), text)
    assert.strictEqual((output["$metadata"] as { httpStatusCode: number }).httpStatusCode, 206)
  })

  const eventsOf = async (stream: unknown): Promise<ReadonlyArray<unknown>> => {
    const events: Array<unknown> = []
    for await (const event of stream as AsyncIterable<unknown>) events.push(event)
    return events
  }

  it("can be an event stream in REST-JSON", async () => {
    const exchanger = new Exchanger(sdkOf("Lambda"))
    const events = [{ PayloadChunk: { Payload: bytesOf("part") } }, { InvokeComplete: { LogResult: "log" } }]
    exchanger.outputs({ StatusCode: 200, EventStream: Readable.from(structuredClone(events)) })
    const output = await exchanger.client.send(new InvokeWithResponseStreamCommand({ FunctionName: "f" }))
    const read = await eventsOf(output["EventStream"])
    assert.deepStrictEqual(
      read.map((event) => JSON.stringify(event)),
      events.map((event) => JSON.stringify(event))
    )
  })

  it("can be an event stream in REST-XML", async () => {
    const exchanger = new Exchanger(sdkOf("S3"))
    const events = [
      { Records: { Payload: bytesOf("a,b\n") } },
      { Stats: { Details: { BytesScanned: 4, BytesProcessed: 4, BytesReturned: 4 } } },
      { End: {} }
    ]
    exchanger.outputs({ Payload: Readable.from(structuredClone(events)) })
    const output = await exchanger.client.send(
      new SelectObjectContentCommand({
        Bucket: "bucket-1",
        Key: "k",
        Expression: "SELECT * FROM s3object",
        ExpressionType: "SQL",
        InputSerialization: { CSV: {} },
        OutputSerialization: { CSV: {} }
      })
    )
    const read = await eventsOf(output["Payload"])
    assert.deepStrictEqual(
      read.map((event) => JSON.stringify(event)),
      events.map((event) => JSON.stringify(event))
    )
  })
})
