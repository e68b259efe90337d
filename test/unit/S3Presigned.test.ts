// Presigned requests: what is signed, for how long, and what can't be. What S3 answers to them is in
// test/clients/presigned.test.ts.
import { assert, describe, it } from "@effect/vitest"
import type { AwsCredentialIdentity } from "@smithy/types"
import { Cause, Effect, Exit, Redacted, Schema } from "effect"
import { AwsClients, type AwsError, InMemory, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" }

const clients = (options: Partial<AwsClients.Options> = {}) =>
  AwsClients.layer({
    region: "eu-central-1",
    credentials: { ...keys, secretAccessKey: Redacted.make(keys.secretAccessKey) },
    ...options
  })

const temporary = (millis: number): AwsClients.Options["credentials"] => async (): Promise<AwsCredentialIdentity> => ({
  ...keys,
  sessionToken: "session",
  expiration: new Date(millis)
})

const minute = 60_000

/** The parameters of a URL, without those of every signature. */
const parametersOf = (url: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...new URL(url).searchParams].filter(([name]) =>
      !/^X-Amz-(Algorithm|Credential|Date|Expires|Signature|SignedHeaders|Content-Sha256)$/.test(name) &&
      name !== "x-id"
    )
  )

const signedHeadersOf = (url: string): ReadonlyArray<string> =>
  new URL(url).searchParams.get("X-Amz-SignedHeaders")!.split(";")

const policyOf = (post: S3.PresignedPost) =>
  JSON.parse(Buffer.from(post.fields["Policy"]!, "base64").toString()) as {
    readonly expiration: string
    readonly conditions: ReadonlyArray<unknown>
  }

/** What a call that signs fails with. It never has sent anything. */
const refusal = (effect: Effect.Effect<unknown, AwsError, AwsClients>) =>
  Effect.map(Effect.flip(effect), ({ code, mayHaveSucceeded, reason }) => {
    assert.isFalse(mayHaveSucceeded)
    return [reason._tag, code]
  })

const test = (
  name: string,
  body: Effect.Effect<void, unknown, AwsClients>,
  options?: Partial<AwsClients.Options>
) => it.effect(name, () => Effect.provide(body, clients(options)))

type Sign = (
  options?: S3.ExpiryOptions
) => Effect.Effect<S3.PresignedRequest, AwsError, AwsClients> | Effect.Effect<S3.PresignedPost, AwsError, AwsClients>

/** All three, with options that they have in common. */
const each = <E>(use: (sign: Sign) => Effect.Effect<void, E, AwsClients>) =>
  Effect.forEach(
    [S3.presignGet, S3.presignPut, S3.presignPost],
    (sign) => use((options) => sign("bucket-1", "key", options)),
    { discard: true }
  )

describe("presignGet", () => {
  test(
    "signs a URL of the Layer's region that needs no headers, for 15 minutes of Effect's Clock",
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1) + 999)
      const { expiresAt, headers, method, url } = yield* S3.presignGet("bucket-1", "dir/ü +%?.txt")
      const { hostname, pathname, searchParams } = new URL(url)
      assert.strictEqual(hostname, "bucket-1.s3.eu-central-1.amazonaws.com")
      assert.strictEqual(pathname, "/dir/%C3%BC%20%2B%25%3F.txt")
      assert.strictEqual(searchParams.get("X-Amz-Date"), "20260101T000000Z")
      assert.strictEqual(searchParams.get("X-Amz-Expires"), "900")
      assert.deepEqual([method, headers, parametersOf(url), signedHeadersOf(url)], ["GET", {}, {}, ["host"]])
      assert.deepEqual(expiresAt, new Date(Date.UTC(2026, 0, 1) + 15 * minute))
    })
  )

  test(
    "asks for a version and for headers of the answer in the URL",
    Effect.gen(function*() {
      const { headers, url } = yield* S3.presignGet("bucket-1", "key", {
        versionId: "v1",
        cacheControl: "no-store",
        contentDisposition: "attachment; filename=\"a b.txt\"",
        contentEncoding: "gzip",
        contentLanguage: "de",
        contentType: "text/plain; charset=utf-8",
        expires: new Date(0)
      })
      assert.deepEqual(headers, {})
      assert.deepEqual(parametersOf(url), {
        versionId: "v1",
        "response-cache-control": "no-store",
        "response-content-disposition": "attachment; filename=\"a b.txt\"",
        "response-content-encoding": "gzip",
        "response-content-language": "de",
        "response-content-type": "text/plain; charset=utf-8",
        "response-expires": "Thu, 01 Jan 1970 00:00:00 GMT"
      })
    })
  )
})

describe("presignPut", () => {
  test(
    "signs neither a checksum nor a content type that nobody asked for",
    Effect.gen(function*() {
      const { headers, method, url } = yield* S3.presignPut("bucket-1", "key")
      assert.deepEqual([method, headers, parametersOf(url), signedHeadersOf(url)], ["PUT", {}, {}, ["host"]])
    })
  )

  test(
    "signs every option as a header that the sender has to send",
    Effect.gen(function*() {
      const { headers, url } = yield* S3.presignPut("bucket-1", "key", {
        acl: "private",
        cacheControl: "no-cache",
        checksum: { algorithm: "CRC32", value: "AAAAAA==" },
        contentDisposition: "inline",
        contentEncoding: "gzip",
        contentLanguage: "de",
        contentLength: 3,
        contentType: "text/plain",
        encryption: { kms: "alias/mine" },
        expectedOwner: "123456789012",
        expires: new Date(0),
        ifNoneMatch: "*",
        metadata: { Color: "a  b" },
        storageClass: "STANDARD_IA",
        tags: { a: "b c" }
      })
      assert.deepEqual(headers, {
        "cache-control": "no-cache",
        "content-disposition": "inline",
        "content-encoding": "gzip",
        "content-language": "de",
        "content-length": "3",
        "content-type": "text/plain",
        expires: "Thu, 01 Jan 1970 00:00:00 GMT",
        "if-none-match": "*",
        "x-amz-acl": "private",
        "x-amz-checksum-crc32": "AAAAAA==",
        "x-amz-expected-bucket-owner": "123456789012",
        "x-amz-meta-color": "a  b",
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "alias/mine",
        "x-amz-storage-class": "STANDARD_IA",
        "x-amz-tagging": "a=b+c"
      })
      assert.deepEqual(parametersOf(url), {})
      assert.deepEqual(signedHeadersOf(url), [...Object.keys(headers), "host"].sort())
    })
  )

  test(
    "refuses a length, a checksum and a key of one's own that no request can have",
    Effect.gen(function*() {
      const put = (options: object) => refusal(S3.presignPut("bucket-1", "key", options))
      for (const contentLength of [-1, 1.5, NaN, 5 * 2 ** 30 + 1, "3"]) {
        assert.deepEqual(yield* put({ contentLength }), ["Misconfigured", "InvalidContentLength"])
      }
      for (
        const checksum of [
          { algorithm: "CRC32", value: "0" },
          { algorithm: "SHA256", value: "AAAAAA==" },
          { algorithm: "CRC32", value: "AAAAAA" },
          { algorithm: "MD5", value: "AAAAAA==" },
          { algorithm: "CRC32" },
          "CRC32"
        ]
      ) assert.deepEqual(yield* put({ checksum }), ["Misconfigured", "InvalidChecksum"], JSON.stringify(checksum))
      const customerKey = Redacted.make(new Uint8Array(32))
      assert.deepEqual(yield* put({ encryption: { customerKey } }), ["Misconfigured", "CustomerKeyNotPresignable"])
    })
  )

  test(
    "refuses text that no header can carry",
    Effect.gen(function*() {
      const put = (options: S3.PresignPutOptions) => refusal(S3.presignPut("bucket-1", "key", options))
      assert.deepEqual(yield* put({ metadata: { a: "ü" } }), ["Misconfigured", "UnsendableMetadata"])
      assert.deepEqual(yield* put({ metadata: { "a b": "c" } }), ["Misconfigured", "UnsendableMetadata"])
      assert.deepEqual(yield* put({ contentType: "a\r\nb: c" }), ["Misconfigured", "UnsendableContentType"])
    })
  )
})

describe("presignPost", () => {
  test(
    "signs a policy that allows its fields, and nothing else",
    Effect.gen(function*() {
      const post = yield* S3.presignPost("bucket-1", "dir/ü.txt", {
        acl: "private",
        cacheControl: "no-cache",
        contentDisposition: "inline",
        contentEncoding: "gzip",
        contentType: "text/plain",
        encryption: "AES256",
        expires: new Date(0),
        expiresIn: "1 minute",
        metadata: { Color: "blue" },
        size: { min: 1, max: 10 },
        storageClass: "STANDARD_IA",
        successRedirect: "https://example.com/done?a=b",
        successStatus: 201
      })
      assert.strictEqual(post.url, "https://bucket-1.s3.eu-central-1.amazonaws.com/")
      const { Policy: _, "X-Amz-Signature": signature, ...fields } = post.fields
      assert.match(signature!, /^[0-9a-f]{64}$/)
      assert.deepEqual(fields, {
        acl: "private",
        "Cache-Control": "no-cache",
        "Content-Disposition": "inline",
        "Content-Encoding": "gzip",
        "Content-Type": "text/plain",
        Expires: "Thu, 01 Jan 1970 00:00:00 GMT",
        "x-amz-meta-color": "blue",
        "x-amz-server-side-encryption": "AES256",
        "x-amz-storage-class": "STANDARD_IA",
        success_action_redirect: "https://example.com/done?a=b",
        success_action_status: "201",
        bucket: "bucket-1",
        key: "dir/ü.txt",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": "AKIDEXAMPLE/19700101/eu-central-1/s3/aws4_request",
        "X-Amz-Date": "19700101T000000Z"
      })
      const { conditions, expiration } = policyOf(post)
      assert.strictEqual(expiration, "1970-01-01T00:01:00Z")
      assert.deepEqual(
        new Set(conditions.map((condition) => JSON.stringify(condition))),
        new Set([
          JSON.stringify(["content-length-range", 1, 10]),
          ...Object.entries(fields).map(([name, value]) => JSON.stringify({ [name]: value }))
        ])
      )
    })
  )

  test(
    "leaves the rest of the key and of the content type to the sender if it has their prefixes",
    Effect.gen(function*() {
      const post = yield* S3.presignPost("bucket-1", { prefix: "user-1/" }, {
        contentType: { prefix: "image/" },
        size: { max: 10 }
      })
      assert.strictEqual(post.fields["key"], "user-1/${filename}")
      assert.notProperty(post.fields, "Content-Type")
      const { conditions } = policyOf(post)
      assert.deepInclude(conditions, ["starts-with", "$key", "user-1/"])
      assert.deepInclude(conditions, ["starts-with", "$Content-Type", "image/"])
      assert.deepInclude(conditions, ["content-length-range", 0, 10])
    })
  )

  test(
    "refuses a size, a key and a redirect that no form can have",
    Effect.gen(function*() {
      const post = (options: object, key: string | { readonly prefix: string } = "key") =>
        refusal(S3.presignPost("bucket-1", key, options))
      for (const size of [{ min: -1 }, { max: 1.5 }, { max: 5 * 2 ** 30 + 1 }, { min: 2, max: 1 }, { max: "1" }]) {
        assert.deepEqual(yield* post({ size }), ["Misconfigured", "InvalidSize"], JSON.stringify(size))
      }
      assert.deepEqual(yield* post({}, "a/${filename}"), ["Misconfigured", "FilenameInKey"])
      assert.deepEqual(yield* post({}, { prefix: "${filename}/" }), ["Misconfigured", "FilenameInKey"])
      assert.deepEqual(yield* post({ successRedirect: "/done" }), ["Misconfigured", "InvalidRedirect"])
      assert.deepEqual(yield* post({ metadata: { a: "ü" } }), ["Misconfigured", "UnsendableMetadata"])
      const customerKey = Redacted.make(new Uint8Array(32))
      assert.deepEqual(yield* post({ encryption: { customerKey } }), ["Misconfigured", "CustomerKeyNotPresignable"])
    })
  )
})

describe("a presigned request", () => {
  test(
    "is refused if it isn't for 1 second to 7 days",
    each((sign) =>
      Effect.gen(function*() {
        for (const expiresIn of [0, 999, -1, NaN, "8 days", "604801 seconds", "Infinity", "soon", {}, null] as const) {
          assert.deepEqual(
            yield* refusal(sign({ expiresIn: expiresIn as "1 day" })),
            ["Misconfigured", "InvalidExpiresIn"],
            JSON.stringify(expiresIn)
          )
        }
        for (const [expiresIn, millis] of [["1 second", 1000], ["7 days", 604_800_000], [1999, 1000]] as const) {
          assert.strictEqual((yield* sign({ expiresIn })).expiresAt.getTime(), millis)
        }
      })
    )
  )

  test(
    "ends no later than the temporary credentials that sign it",
    each((sign) =>
      Effect.gen(function*() {
        assert.deepEqual((yield* sign({ expiresIn: "7 days" })).expiresAt, new Date(60 * minute))
        assert.deepEqual((yield* sign({ expiresIn: "1 minute" })).expiresAt, new Date(minute))
        const { fields, url } = { fields: undefined, ...(yield* sign()) }
        assert.strictEqual(
          fields?.["X-Amz-Security-Token"] ?? new URL(url).searchParams.get("X-Amz-Security-Token"),
          "session"
        )
      })
    ),
    { credentials: temporary(60 * minute) }
  )

  test(
    "fails with CredentialsUnavailable without credentials",
    each((sign) =>
      Effect.map(
        refusal(sign()),
        (failed) => assert.deepEqual(failed, ["CredentialsUnavailable", "CredentialsProviderError"])
      )
    ),
    { credentials: () => Promise.reject(new Error("no keys here")) }
  )

  test(
    "is refused for a bucket or a key that is empty, and for a bucket that is a folder",
    Effect.gen(function*() {
      for (const sign of [S3.presignGet, S3.presignPut, S3.presignPost]) {
        assert.deepEqual(yield* refusal(sign("", "key")), ["Misconfigured", "EmptyBucket"])
        assert.deepEqual(yield* refusal(sign("..", "key")), ["Misconfigured", "RelativeBucket"])
        assert.deepEqual(yield* refusal(sign("bucket-1", "")), ["Misconfigured", "EmptyKey"])
        assert.deepEqual(yield* refusal(sign("bucket-1", "\ud800")), ["Misconfigured", "UnsendableKey"])
      }
    })
  )

  it.effect.prop(
    "has a URL that clients read as it is, or is refused with RelativeKey",
    { segments: Schema.NonEmptyArray(Schema.Literals([".", "/", "a", "%2e", " ", "\\"])) },
    ({ segments }) =>
      Effect.gen(function*() {
        const key = segments.join("")
        const exit = yield* Effect.exit(S3.presignGet("bucket-1", key))
        if (Exit.isSuccess(exit)) {
          assert.strictEqual(new URL(exit.value.url).href, exit.value.url)
          assert.strictEqual(decodeURIComponent(new URL(exit.value.url).pathname), `/${key}`)
        } else {
          assert.include(Cause.pretty(exit.cause), "Relative")
          assert.match(key, /(^|\/)\.\.?(\/|$)/)
        }
      }).pipe(Effect.provide(clients()))
  )

  test(
    "is for the Layer's endpoint, with the path of the bucket if it says so",
    Effect.gen(function*() {
      const get = yield* S3.presignGet("bucket-1", "a b")
      assert.match(get.url, /^http:\/\/127\.0\.0\.1:9000\/bucket-1\/a%20b\?/)
      const post = yield* S3.presignPost("bucket-1", "a b")
      assert.strictEqual(post.url, "http://127.0.0.1:9000/bucket-1")
      assert.match(post.fields["X-Amz-Credential"]!, /\/auto\/s3\/aws4_request$/)
    }),
    { endpoint: "http://127.0.0.1:9000", region: "auto", clientOptions: { forcePathStyle: true } }
  )

  test(
    "has the headers that the Layer's plugins add",
    Effect.gen(function*() {
      const { headers, url } = yield* S3.presignPut("bucket-1", "key")
      assert.deepEqual(headers, { "x-tenant": "a" })
      assert.deepEqual(signedHeadersOf(url), ["host", "x-tenant"])
    }),
    {
      plugins: [{
        applyToStack: (stack) =>
          stack.add((next: any) => (args: any) => {
            args.request.headers["x-tenant"] = "a"
            return next(args)
          }, { step: "build" })
      }]
    }
  )

  it.effect("sends nothing, so that no aspect runs", () =>
    Effect.gen(function*() {
      yield* each((sign) => sign())
      assert.deepEqual(yield* InMemory.calls, [])
    }).pipe(
      Effect.provide(InMemory.layer({ aspects: [() => () => Effect.die("an aspect ran")] }))
    ))

  test(
    "is refused with Misconfigured without a region",
    each((sign) => Effect.map(refusal(sign()), ([tag]) => assert.strictEqual(tag, "Misconfigured"))),
    { region: "" }
  )
})
