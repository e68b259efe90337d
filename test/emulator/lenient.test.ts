// A world that takes any access key: what it still verifies, and which signatures it reads without verifying them.
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { getSignedUrl } from "@aws-sdk/s3-request-presigner"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Readable } from "node:stream"
import { bytesOf, collect, noBytes, type Request, textOf } from "../../emulator/wire/http.ts"
import { readInput } from "../../emulator/wire/wire.ts"
import { sdkOf, secret } from "./support/clients.ts"
import { Exchanger } from "./support/exchange.ts"
import { form, read, request } from "./support/requests.ts"
import { verified } from "./support/verified.ts"

const lenient = { lenient: true }
const known = () => secret
const unknown = () => undefined
const later = (seconds: number) => new Date(Date.now() + seconds * 1_000)

const codeOf = (...args: Parameters<typeof verified>) =>
  Effect.flip(verified(...args)).pipe(Effect.map(({ code }) => code))

/** The request that an SDK client sends. */
const sent = async (name: string, command: string, input: object): Promise<Request> => {
  const exchanger = new Exchanger(sdkOf(name))
  const Command = sdkOf(name).module[command] as new(input: object) => object
  await exchanger.client.send(new Command(input))
  return exchanger.last!.request
}

const presigned = async (): Promise<Request> => {
  const client = new S3Client({ region: "eu-central-1", credentials: secret })
  const command = new GetObjectCommand({ Bucket: "bucket-1", Key: "k" })
  const url = new URL(await getSignedUrl(client, command as Parameters<typeof getSignedUrl>[1], { expiresIn: 60 }))
  return { method: "GET", path: url.pathname, query: url.search.slice(1), headers: { host: url.host }, body: noBytes }
}

const role = { RoleName: "r" }

describe("a lenient world", () => {
  it.effect("accepts an unknown key, and says that it verified nothing", () =>
    Effect.gen(function*() {
      const request = yield* Effect.promise(() => sent("IAM", "GetRoleCommand", role))
      const result = yield* verified({ ...request, path: "/altered" }, unknown, new Date(), lenient)
      assert.isUndefined(result.secret)
      assert.strictEqual(result.scope.keyId, secret.accessKeyId)
      assert.strictEqual(result.scope.service, "iam")
      assert.strictEqual((yield* readInput(result.located)).operation.name, "GetRole")
    }))

  it.effect("accepts a header with only the credential of an unknown key", () =>
    Effect.gen(function*() {
      const authorization = "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/s3/aws4_request"
      const call = request("GET", "/bucket-1/k", { headers: { authorization } })
      assert.strictEqual((yield* verified(call, unknown, new Date(), lenient)).scope.keyId, "test")
      assert.strictEqual(yield* codeOf(call, unknown, new Date()), "AuthorizationHeaderMalformed")
    }))

  it.effect("verifies the signature of a known key, and returns its secret", () =>
    Effect.gen(function*() {
      const request = yield* Effect.promise(() => sent("IAM", "GetRoleCommand", role))
      assert.strictEqual((yield* verified(request, known, new Date(), lenient)).secret, secret)
      const altered = { ...request, headers: { ...request.headers, host: "example.com" } }
      assert.strictEqual(yield* codeOf(altered, known, new Date(), lenient), "SignatureDoesNotMatch")
      const expired = () => ({ ...secret, expires: new Date(0) })
      assert.strictEqual(yield* codeOf(request, expired, new Date(), lenient), "ExpiredToken")
    }))

  it.effect("accepts any time of signing", () =>
    Effect.gen(function*() {
      const request = yield* Effect.promise(() => sent("IAM", "GetRoleCommand", role))
      for (const now of [new Date(0), later(86_400 * 365)]) {
        yield* verified(request, known, now, lenient)
        yield* verified(request, unknown, now, lenient)
        assert.strictEqual(yield* codeOf(request, known, now), "SignatureDoesNotMatch")
      }
    }))

  it.effect("refuses a presigned URL after its expiry, and not before it was signed", () =>
    Effect.gen(function*() {
      const request = yield* Effect.promise(presigned)
      for (const secretOf of [known, unknown]) {
        yield* verified(request, secretOf, new Date(0), lenient)
        yield* verified(request, secretOf, new Date(), lenient)
        const fault = yield* Effect.flip(verified(request, secretOf, later(62), lenient))
        assert.deepStrictEqual([fault.code, fault.message], ["AccessDenied", "Request has expired"])
      }
      assert.strictEqual(yield* codeOf(request, known, new Date(0)), "RequestTimeTooSkewed")
    }))

  it.effect("decodes the chunks of an upload with an unknown key", () =>
    Effect.gen(function*() {
      const body = () => Readable.from([bytesOf("con"), bytesOf("tent")])
      const input = () => ({ Bucket: "bucket-1", Key: "k", Body: body(), ContentLength: 7 })
      const unsigned = yield* Effect.promise(() => sent("S3", "PutObjectCommand", input()))
      const { "x-amz-sdk-checksum-algorithm": _, "x-amz-trailer": __, ...others } = unsigned.headers
      const signed: Request = {
        ...unsigned,
        headers: { ...others, "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" },
        body: bytesOf(`7;chunk-signature=${"0".repeat(64)}\r\ncontent\r\n0;chunk-signature=${"0".repeat(64)}\r\n\r\n`)
      }
      for (const request of [unsigned, signed]) {
        const { located, signatures } = yield* verified(request, unknown, new Date(), lenient)
        const { input, operation } = yield* readInput(located, signatures)
        assert.strictEqual(operation.name, "PutObject")
        assert.strictEqual(textOf(yield* Effect.promise(() => collect(input["Body"] as Uint8Array))), "content")
      }
    }))
})

const header2 = request("GET", "/bucket-1/k", { headers: { authorization: "AWS AKID:c2lnbmF0dXJl" } })
const query2 = request("GET", "/bucket-1/k?AWSAccessKeyId=AKID&Expires=100&Signature=c2ln%3D&response-content-type=x")
const form2 = form(
  undefined,
  "Action=ListUsers&Version=2010-05-08&AWSAccessKeyId=AKID&SignatureVersion=2&SignatureMethod=HmacSHA256" +
    "&Timestamp=2025-01-01T00%3A00%3A00Z&Signature=c2ln&PathPrefix=/a"
)
const credential4a = "AKID/20250101/sts/aws4_request"
const header4a = form(undefined, "Action=GetCallerIdentity&Version=2011-06-15")
const signed4a: Request = {
  ...header4a,
  headers: {
    ...header4a.headers,
    "x-amz-region-set": "eu-west-1,us-east-1",
    authorization: `AWS4-ECDSA-P256-SHA256 Credential=${credential4a}, SignedHeaders=host, Signature=3045`
  }
}
const query4a = request(
  "GET",
  "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=" +
    `${encodeURIComponent(credential4a)}&X-Amz-Date=20250101T000000Z&X-Amz-Expires=60&X-Amz-Region-Set=*` +
    "&X-Amz-SignedHeaders=host&X-Amz-Signature=3045"
)

describe("a signature of another version", () => {
  const accepted = (request: Request, now = new Date(0)) => verified(request, unknown, now, lenient)

  it.effect("is accepted as that of an unknown key in a lenient world", () =>
    Effect.gen(function*() {
      for (const request of [header2, query2, form2, signed4a, query4a]) {
        const { scope, secret } = yield* accepted(request)
        assert.strictEqual(scope.keyId, "AKID")
        assert.isUndefined(secret)
      }
      assert.deepInclude((yield* accepted(signed4a)).scope, { service: "sts", region: "eu-west-1" })
      assert.deepInclude((yield* accepted(query4a)).scope, { service: "sts", region: "" })
    }))

  it.effect("expires in a presigned URL", () =>
    Effect.gen(function*() {
      const end = new Date(101_000)
      const fault = yield* Effect.flip(accepted(query2, end))
      assert.deepStrictEqual([fault.code, fault.members], [
        "AccessDenied",
        { Expires: "1970-01-01T00:01:40Z", ServerTime: "1970-01-01T00:01:41Z" }
      ])
      assert.match(
        (yield* Effect.flip(accepted(query4a, new Date("2025-01-01T00:01:01Z")))).message,
        /^Signature expired/
      )
    }))

  it.effect("isn't part of the input", () =>
    Effect.gen(function*() {
      const url = yield* read(query2)
      assert.deepInclude(url, { operation: "GetObject", unknown: [] })
      assert.deepStrictEqual(url.input, { Bucket: "bucket-1", Key: "k", ResponseContentType: "x" })
      assert.deepInclude(yield* read(form2), { service: "IAM", operation: "ListUsers", unknown: [] })
      assert.deepStrictEqual((yield* read(form2)).input, { PathPrefix: "/a" })
      assert.deepInclude(yield* read(query4a), { service: "STS", operation: "GetCallerIdentity", unknown: [] })
    }))

  it.effect("is verified by Amazon S3 with the secret of a known key, and refused without it in a strict world", () =>
    Effect.gen(function*() {
      const dated = { ...header2, headers: { ...header2.headers, date: new Date(0).toUTCString() } }
      for (const request of [dated, query2]) {
        assert.strictEqual(yield* codeOf(request, known, new Date(0)), "SignatureDoesNotMatch")
        assert.strictEqual(yield* codeOf(request, known, new Date(0), lenient), "SignatureDoesNotMatch")
        assert.strictEqual(yield* codeOf(request, unknown, new Date(0)), "InvalidAccessKeyId")
      }
    }))

  it.effect("is refused as a gap of the emulator elsewhere", () =>
    Effect.gen(function*() {
      for (const [request, version] of [[form2, "2"], [signed4a, "4A"], [query4a, "4A"]] as const) {
        for (const options of [{}, lenient]) {
          const fault = yield* Effect.flip(verified(request, known, new Date(0), options))
          assert.deepStrictEqual([fault.code, fault.statusCode], ["NotImplemented", 501])
          assert.include(fault.message, `Signature Version ${version} `)
        }
      }
    }))
})
