// Presigned requests in the hands of others: fetch, curl, and Python's requests. The server knows the secret, so that it
// refuses what differs from what was signed.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, type Scope } from "effect"
import { AssumeRole, AwsClients, type InMemory, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as path from "node:path"
import * as Python from "../../scripts/internal/python.ts"
import { head, read } from "../support/objects.ts"
import { browser } from "../support/presigned.ts"
import { run, Served } from "./served.ts"

const bucket = "presigned-bucket"
const { post, use } = browser

/** Clients of the server, with the keys that it knows. */
const clientsOf = ({ accessKeyId, secretAccessKey, url }: InMemory.Server) =>
  AwsClients.layer({
    region: "us-east-1",
    endpoint: url,
    credentials: { accessKeyId, secretAccessKey: Redacted.make(secretAccessKey) },
    clientOptions: { forcePathStyle: true }
  })

/** A test of a strict server, with a bucket. The clients that send something sign at the real time. */
const test = (name: string, body: Effect.Effect<void, unknown, AwsClients | Served | Scope.Scope>) =>
  it.effect(name, () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.now())
      const clients = clientsOf(yield* Served)
      yield* Effect.andThen(S3.createBucket(bucket), body).pipe(Effect.provide(clients))
    }).pipe(Effect.provide(Served.layer({ strict: true }))))

const refused = { status: 403, code: "SignatureDoesNotMatch" }

describe("a presigned URL", () => {
  test(
    "downloads and uploads what was signed",
    Effect.gen(function*() {
      const key = "dir/ü +%&.txt"
      const upload = yield* S3.presignPut(bucket, key, { contentType: "text/x-test", metadata: { color: "blue" } })
      assert.strictEqual((yield* use(upload, "content")).status, 200)
      assert.deepInclude(yield* head(bucket, key), { ContentType: "text/x-test", Metadata: { color: "blue" } })
      assert.deepInclude(yield* use(yield* S3.presignGet(bucket, key)), { status: 200, body: "content" })
    })
  )

  test(
    "is refused without a header that was signed, or with another value",
    Effect.gen(function*() {
      const request = yield* S3.presignPut(bucket, "key", {
        acl: "bucket-owner-full-control",
        cacheControl: "max-age=60",
        checksum: { algorithm: "CRC32", value: "wkWGZQ==" },
        contentType: "image/png",
        contentDisposition: "inline",
        contentEncoding: "gzip",
        contentLanguage: "de",
        encryption: "AES256",
        expectedOwner: "123456789012",
        ifNoneMatch: "*",
        metadata: { color: "blue" },
        storageClass: "STANDARD_IA",
        tags: { a: "b" }
      })
      const { headers } = request
      assert.lengthOf(Object.keys(headers), 13)
      for (const name of Object.keys(headers)) {
        const { [name]: value, ...others } = headers
        assert.deepInclude(yield* use({ ...request, headers: others }, "body"), refused, name)
        const altered = { ...headers, [name]: `${value}x` }
        assert.deepInclude(yield* use({ ...request, headers: altered }, "body"), refused, name)
      }
      const extra = { ...headers, "x-amz-meta-size": "xl" }
      assert.deepInclude(yield* use({ ...request, headers: extra }, "body"), { status: 403, code: "AccessDenied" })
    })
  )

  test(
    "uploads as many bytes as were signed, and no others",
    Effect.gen(function*() {
      // `fetch` sends the length of the body itself.
      const { headers: _, ...request } = yield* S3.presignPut(bucket, "key", { contentLength: 5 })
      const put = (body: string) => use({ ...request, headers: {} }, body)
      assert.deepInclude(yield* put("longer"), refused)
      assert.deepInclude(yield* put("less"), refused)
      assert.strictEqual((yield* put("these")).status, 200)
    })
  )

  test(
    "is refused for another key, method, time or parameter",
    Effect.gen(function*() {
      const request = yield* S3.presignGet(bucket, "key")
      yield* use(yield* S3.presignPut(bucket, "key"), "content")
      const { url } = request
      const altered = [
        { url: url.replace("/key?", "/other?") },
        { method: "PUT" as const },
        { url: url.replace("X-Amz-Expires=900", "X-Amz-Expires=90000") },
        { url: `${url}&response-content-type=text/html` },
        { url: url.replace(/X-Amz-Signature=\w{4}/, "X-Amz-Signature=0000") }
      ]
      for (const change of altered) {
        assert.deepInclude(yield* use({ ...request, ...change }), refused, JSON.stringify(change))
      }
    })
  )

  test(
    "works until it expires, as it says",
    Effect.gen(function*() {
      yield* use(yield* S3.presignPut(bucket, "key"), "content")
      const request = yield* S3.presignGet(bucket, "key", { expiresIn: "1 hour" })
      yield* TestClock.setTime(request.expiresAt.getTime())
      assert.strictEqual((yield* use(request)).status, 200)
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* use(request), { status: 403, code: "AccessDenied" })
    })
  )
})

describe("a presigned form", () => {
  test(
    "uploads what its policy allows",
    Effect.gen(function*() {
      const form = yield* S3.presignPost(bucket, { prefix: "dir/" }, {
        contentType: { prefix: "image/" },
        size: { max: 10 }
      })
      const own = { "Content-Type": "image/png" }
      assert.strictEqual((yield* post(form, { content: "pixels", name: "ü.png" }, own)).status, 204)
      assert.strictEqual(yield* read(bucket, "dir/ü.png"), "pixels")
      assert.deepInclude(yield* post(form, { content: "x".repeat(11) }, own), { status: 400, code: "EntityTooLarge" })
      const html = { "Content-Type": "text/html" }
      assert.deepInclude(yield* post(form, { content: "x" }, html), { status: 403, code: "AccessDenied" })
    })
  )

  test(
    "is refused with another policy, or another field",
    Effect.gen(function*() {
      const form = yield* S3.presignPost(bucket, "key", { acl: "private", size: { max: 1 } })
      const policy = Buffer.from(form.fields["Policy"]!, "base64").toString().replace(",1]", ",1000]")
      const altered = { ...form, fields: { ...form.fields, Policy: Buffer.from(policy).toString("base64") } }
      assert.deepInclude(yield* post(altered, { content: "xx" }), refused)
      const open = { ...form, fields: { ...form.fields, acl: "public-read" } }
      assert.deepInclude(yield* post(open, { content: "x" }), { status: 403, code: "AccessDenied" })
    })
  )

  test(
    "works until it expires, as it says",
    Effect.gen(function*() {
      const form = yield* S3.presignPost(bucket, "key", { expiresIn: "1 hour" })
      yield* TestClock.setTime(form.expiresAt.getTime() - 1000)
      assert.strictEqual((yield* post(form, { content: "x" })).status, 204)
      yield* TestClock.setTime(form.expiresAt.getTime() + 1000)
      assert.deepInclude(yield* post(form, { content: "x" }), { status: 403, code: "AccessDenied" })
    })
  )
})

describe("a request that a role's session signs", () => {
  const role = "arn:aws:iam::123456789012:role/uploader"
  test(
    "ends with the session, as it says",
    Effect.gen(function*() {
      yield* use(yield* S3.presignPut(bucket, "key"), "content")
      const session = AssumeRole.layer({ roleArn: role, sessionName: "presign", duration: "1 hour" })
      const [get, form] = yield* Effect.all([
        S3.presignGet(bucket, "key", { expiresIn: "7 days" }),
        S3.presignPost(bucket, "key", { expiresIn: "7 days" })
      ]).pipe(Effect.provide(session))
      assert.deepEqual(get.expiresAt, form.expiresAt)
      assert.isBelow(get.expiresAt.getTime(), Date.now() + 3_601_000)
      yield* TestClock.setTime(get.expiresAt.getTime() - 1000)
      assert.strictEqual((yield* use(get)).status, 200)
      assert.strictEqual((yield* post(form, { content: "x" })).status, 204)
      yield* TestClock.setTime(get.expiresAt.getTime() + 1000)
      assert.deepInclude(yield* use(get), { status: 400, code: "ExpiredToken" })
      assert.deepInclude(yield* post(form, { content: "x" }), { status: 400, code: "ExpiredToken" })
    })
  )
})

const curl = await Effect.runPromiseExit(run("curl", ["--version"]))
if (curl._tag === "Failure" && process.env["CI"]) {
  throw new Error("Can't use a presigned URL with curl: there is no curl.")
}

describe.skipIf(curl._tag === "Failure")("curl", () => {
  test(
    "uploads and downloads by presigned URLs",
    Effect.gen(function*() {
      const send = (...args: ReadonlyArray<string>) =>
        Effect.map(
          run("curl", ["--silent", "--show-error", "--fail-with-body", "--noproxy", "*", ...args]),
          ({ stdout }) => stdout
        )
      const { headers, method, url } = yield* S3.presignPut(bucket, "by curl", {
        contentLength: 4,
        contentType: "text/x-test",
        metadata: { color: "blue" }
      })
      const fields = Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`])
      assert.strictEqual(yield* send("--request", method, ...fields, "--data-binary", "body", url), "")
      assert.deepInclude(yield* head(bucket, "by curl"), { ContentType: "text/x-test", Metadata: { color: "blue" } })
      assert.strictEqual(yield* send((yield* S3.presignGet(bucket, "by curl")).url), "body")
      const form = yield* S3.presignPost(bucket, { prefix: "form/" }, { successStatus: 200 })
      const parts = Object.entries(form.fields).flatMap(([name, value]) => ["--form-string", `${name}=${value}`])
      yield* send(...parts, "--form", `file=@${import.meta.filename}`, form.url)
      assert.include(yield* read(bucket, `form/${path.basename(import.meta.filename)}`), "by curl")
    })
  )
})

const python = await Effect.runPromise(
  Python.install("clients").pipe(Effect.catchTag("PythonUnavailable", ({ message }) => Effect.succeed({ message })))
)
if (typeof python !== "string") {
  const message = `Can't use presigned requests with Python: ${python.message}.`
  if (process.env["CI"]) throw new Error(message)
  console.log(message)
}

describe.skipIf(typeof python !== "string")("Python's requests", () => {
  test(
    "uploads and downloads by presigned requests",
    Effect.gen(function*() {
      const put = yield* S3.presignPut(bucket, "by python", { contentType: "text/x-test", metadata: { color: "blue" } })
      const get = yield* S3.presignGet(bucket, "by python", { contentType: "text/csv" })
      const form = yield* S3.presignPost(bucket, { prefix: "form/" }, { contentType: "text/plain", successStatus: 201 })
      const script = path.join(import.meta.dirname, "presigned.py")
      const { stderr, stdout } = yield* run(python as string, [script, JSON.stringify({ put, get, form })])
      assert.strictEqual(stderr, "")
      assert.deepEqual(JSON.parse(stdout), { put: 200, get: [200, "content", "text/csv"], form: 201 })
      assert.deepInclude(yield* head(bucket, "by python"), { ContentType: "text/x-test", Metadata: { color: "blue" } })
      assert.strictEqual(yield* read(bucket, "form/ü.txt"), "posted")
    })
  )
})
