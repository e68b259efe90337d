// curl, which signs nothing: presigned URLs, and the forms of browsers.
import { CreateAccessKeyCommand, CreateUserCommand } from "@aws-sdk/client-iam"
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { createPresignedPost } from "@aws-sdk/s3-presigned-post"
import { getSignedUrl } from "@aws-sdk/s3-request-presigner"
import { assert, it } from "@effect/vitest"
import { Clock, Effect, type Scope } from "effect"
import { type AwsClients, Iam, InMemory, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { describe } from "vitest"
import { run } from "./served.ts"

const version = await Effect.runPromiseExit(run("curl", ["--version"]))
const isMissing = version._tag === "Failure"
if (isMissing && process.env["CI"]) throw new Error("Can't check the in-memory AWS with curl: there is no curl.")

const Bucket = "curl-bucket"
const Key = "folder/ä b+c.txt"

/** The keys of a new user, whose secret the server knows. */
const issueKeys = Effect.gen(function*() {
  yield* Iam.send(new CreateUserCommand({ UserName: "curl" }))
  const { AccessKey } = yield* Iam.send(new CreateAccessKeyCommand({ UserName: "curl" }))
  return { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
})

/** Runs curl, and returns the status and the body of the answer. */
const curl = (...args: ReadonlyArray<string>) =>
  Effect.map(
    run("curl", ["--silent", "--show-error", "--noproxy", "*", "--write-out", "\n%{http_code}", ...args]),
    ({ stderr, stdout }) => {
      const end = stdout.lastIndexOf("\n")
      const status = Number(stdout.slice(end + 1))
      assert.isAbove(status, 0, stderr)
      const body = stdout.slice(0, end)
      return { status, body, code: /<Code>(.*?)<\/Code>/.exec(body)?.[1] }
    }
  )

const fileOf = (content: string | Uint8Array) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "curl-")), "report.txt")
      fs.writeFileSync(file, content)
      return file
    }),
    (file) => Effect.sync(() => fs.rmSync(path.dirname(file), { recursive: true }))
  )

const put = (Key: string, Body: string) => S3.send(new PutObjectCommand({ Bucket, Key, Body }))

const read = (Key: string) =>
  Effect.flatMap(
    S3.send(new GetObjectCommand({ Bucket, Key })),
    ({ Body }) => Effect.promise(() => Body!.transformToString())
  )

/** A client that only signs, for the time of the test. */
const makeSigner = Effect.fnUntraced(function*(endpoint: string, forcePathStyle: boolean) {
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle,
    credentials: yield* issueKeys
  })
  return {
    client,
    url: (command: GetObjectCommand | PutObjectCommand, options: { readonly expiresIn?: number } = {}) =>
      Effect.flatMap(
        Clock.currentTimeMillis,
        (now) =>
          Effect.promise(() =>
            getSignedUrl(client, command as GetObjectCommand, { ...options, signingDate: new Date(now) })
          )
      )
  }
})

type Signer = Effect.Success<ReturnType<typeof makeSigner>>

/** A test of a strict server, with a bucket and a client that signs. */
const test = (
  name: string,
  body: (signer: Signer, url: string) => Effect.Effect<void, unknown, AwsClients | InMemory | Scope.Scope>,
  { asHosts = false } = {}
) =>
  it.effect(name, () =>
    Effect.gen(function*() {
      const { port } = yield* InMemory.serve({ strict: true })
      const url = asHosts ? `http://localhost:${port}` : `http://127.0.0.1:${port}`
      yield* S3.send(new CreateBucketCommand({ Bucket }))
      yield* body(yield* makeSigner(url, !asHosts), url)
    }).pipe(Effect.provide(InMemory.layer())))

const get = new GetObjectCommand({ Bucket, Key })

describe.skipIf(isMissing)("curl", () => {
  test("gets an object by a presigned URL, whole and in part", (signer) =>
    Effect.gen(function*() {
      yield* put(Key, "by URL")
      const url = yield* signer.url(get)
      assert.deepInclude(yield* curl(url), { status: 200, body: "by URL" })
      assert.deepInclude(yield* curl("--range", "0-1", url), { status: 206, body: "by" })
      assert.deepInclude(yield* curl("--range", "50-", url), { status: 416, code: "InvalidRange" })
    }))

  test("gets an object from a bucket that is a host", (signer) =>
    Effect.gen(function*() {
      yield* put(Key, "by host")
      const url = yield* signer.url(get)
      assert.match(url, /^http:\/\/curl-bucket\.localhost:/)
      assert.deepInclude(yield* curl(url), { status: 200, body: "by host" })
    }), { asHosts: true })

  test("gets the headers that a presigned URL asks for", (signer) =>
    Effect.gen(function*() {
      yield* put(Key, "x")
      const url = yield* signer.url(
        new GetObjectCommand({ Bucket, Key, ResponseContentDisposition: "attachment", ResponseContentType: "text/csv" })
      )
      const { body } = yield* curl("--include", url)
      assert.match(body, /^content-disposition: attachment\r$/im)
      assert.match(body, /^content-type: text\/csv\r$/im)
    }))

  test("fails with NoSuchKey for a presigned URL of a missing object", (signer) =>
    Effect.gen(function*() {
      assert.deepInclude(yield* curl(yield* signer.url(get)), { status: 404, code: "NoSuchKey" })
    }))

  test("uploads a file by a presigned URL, after asking whether to continue", (signer) =>
    Effect.gen(function*() {
      const content = "0123456789".repeat(300_000)
      const url = yield* signer.url(new PutObjectCommand({ Bucket, Key }))
      const upload = yield* curl("--header", "Expect: 100-continue", "--upload-file", yield* fileOf(content), url)
      assert.deepInclude(upload, { status: 200, body: "" })
      assert.isTrue((yield* read(Key)) === content, "the object has the bytes of the file")
    }))

  test("uploads a file whatever checksum its presigned URL has, as AWS ignores it", (signer) =>
    Effect.gen(function*() {
      const ChecksumSHA256 = createHash("sha256").update("other").digest("base64")
      const url = yield* signer.url(new PutObjectCommand({ Bucket, Key, ChecksumSHA256 }))
      assert.strictEqual((yield* curl("--upload-file", yield* fileOf("content"), url)).status, 200)
      assert.strictEqual(yield* read(Key), "content")
    }))

  test("can't use a presigned URL for another key, method, expiry or signature", (signer) =>
    Effect.gen(function*() {
      yield* put(Key, "x")
      yield* put("other", "x")
      const url = yield* signer.url(get)
      const altered: ReadonlyArray<ReadonlyArray<string>> = [
        [url.replace(/folder\/[^?]*/, "other")],
        ["--request", "DELETE", url],
        [url.replace("X-Amz-Expires=900", "X-Amz-Expires=90000")],
        [url.replace(/X-Amz-Signature=\w{4}/, "X-Amz-Signature=0000")],
        [`${url}&response-content-type=text/html`]
      ]
      for (const args of altered) {
        assert.deepInclude(yield* curl(...args), { status: 403, code: "SignatureDoesNotMatch" }, args.at(-1))
      }
      assert.strictEqual(yield* read(Key), "x")
    }))

  test("can't use a presigned URL after it has expired", (signer) =>
    Effect.gen(function*() {
      yield* put(Key, "x")
      const url = yield* signer.url(get, { expiresIn: 60 })
      yield* TestClock.adjust("60 seconds")
      assert.strictEqual((yield* curl(url)).status, 200)
      yield* TestClock.adjust("1 second")
      const late = yield* curl(url)
      assert.deepInclude(late, { status: 403, code: "AccessDenied" })
      assert.include(late.body, "<Message>Request has expired</Message>")
    }))

  test(
    "can't read a private object without a signature, or with an unknown key",
    (signer, endpoint) =>
      Effect.gen(function*() {
        yield* put("plain", "x")
        assert.deepInclude(yield* curl(`${endpoint}/${Bucket}/plain`), { status: 403, code: "AccessDenied" })
        const url = yield* signer.url(get)
        const unknown = url.replace(/X-Amz-Credential=\w+/, "X-Amz-Credential=AKIAUNKNOWNUNKNOWN00")
        assert.deepInclude(yield* curl(unknown), { status: 403, code: "InvalidAccessKeyId" })
      })
  )

  const makeForm = Effect.fnUntraced(function*({ client }: Signer) {
    // The presigner takes the time of the process, so the world goes to it.
    yield* TestClock.setTime(Date.now())
    const { fields, url } = yield* Effect.promise(() =>
      createPresignedPost(client, {
        Bucket,
        Key: "posted/${filename}",
        Fields: { "x-amz-meta-color": "blue", success_action_status: "201" },
        Conditions: [
          ["starts-with", "$key", "posted/"],
          ["eq", "$x-amz-meta-color", "blue"],
          ["content-length-range", 1, 20]
        ]
      })
    )
    const post = (file: string, changes: Readonly<Record<string, string>> = {}) =>
      curl(
        ...Object.entries({ ...fields, ...changes }).flatMap(([name, value]) => ["--form-string", `${name}=${value}`]),
        "--form",
        `file=@${file};type=text/x-test`,
        url
      )
    return { fields, post }
  })

  test("posts a file with a form", (signer) =>
    Effect.gen(function*() {
      const { post } = yield* makeForm(signer)
      const posted = yield* post(yield* fileOf("from a form"))
      assert.strictEqual(posted.status, 201, posted.body)
      assert.include(posted.body, "<Key>posted/report.txt</Key>")
      assert.strictEqual(yield* read("posted/report.txt"), "from a form")
      const { Metadata } = yield* S3.send(new GetObjectCommand({ Bucket, Key: "posted/report.txt" }))
      assert.deepEqual(Metadata, { color: "blue" })
    }))

  test("can't post what the policy of a form doesn't allow", (signer) =>
    Effect.gen(function*() {
      const { fields, post } = yield* makeForm(signer)
      const file = yield* fileOf("from a form")
      const large = yield* fileOf("x".repeat(21))
      assert.deepInclude(yield* post(large), { status: 400, code: "EntityTooLarge" })
      assert.deepInclude(yield* post(yield* fileOf("")), { status: 400, code: "EntityTooSmall" })
      assert.deepInclude(yield* post(file, { "x-amz-meta-color": "red" }), { status: 403, code: "AccessDenied" })
      assert.deepInclude(yield* post(file, { "x-amz-meta-size": "xl" }), { status: 403, code: "AccessDenied" })
      assert.deepInclude(yield* post(file, { key: "elsewhere" }), { status: 403, code: "AccessDenied" })
      const other = Buffer.from(fields["Policy"]!, "base64").toString().replace("20]", "2000]")
      assert.deepInclude(yield* post(large, { Policy: Buffer.from(other).toString("base64") }), {
        status: 403,
        code: "SignatureDoesNotMatch"
      })
      yield* TestClock.adjust("2 hours")
      assert.deepInclude(yield* post(file), { status: 403, code: "AccessDenied" })
    }))
})
