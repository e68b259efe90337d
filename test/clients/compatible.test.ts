// The functions of S3 on stores that aren't AWS's, with the Layer of docs/s3-compatible.md. `stores` lists what each store
// doesn't do: such a program has to fail there, so that the list and the page stay true.
import { GetObjectCommand } from "@aws-sdk/client-s3"
import { assert, describe, it, layer } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Redacted, Schema, type Scope, Stream } from "effect"
import { AwsClients, InMemory, S3 } from "effect-aws-sdk"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Moto from "../../scripts/internal/moto.ts"
import * as Python from "../../scripts/internal/python.ts"
import * as Stores from "../../scripts/internal/stores.ts"
import { browser } from "../support/presigned.ts"
import { directory } from "../support/s3.ts"

const MiB = 2 ** 20

/** A request as it is sent. */
interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
}

/** The Layer of docs/s3-compatible.md. */
const clientsOf = (
  { accessKeyId, endpoint, secretAccessKey }: Stores.Store,
  { region = "auto", sent = [] }: { readonly region?: string; readonly sent?: Array<Sent> } = {}
) =>
  AwsClients.layer({
    region,
    endpoint,
    credentials: { accessKeyId, secretAccessKey: Redacted.make(secretAccessKey) },
    clientOptions: {
      forcePathStyle: true,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED"
    },
    plugins: [{
      applyToStack: (stack) =>
        stack.add((next: any) => (args: any) => {
          sent.push(args.request)
          return next(args)
        }, { step: "finalizeRequest", priority: "low" })
    }]
  }).pipe(Layer.orDie)

const bytesOf = (size: number): Uint8Array => Buffer.alloc(size, "0123456789abcdef")

const keysIn = (bucket: string, prefix?: string) =>
  Stream.runCollect(S3.listObjects(bucket, { prefix })).pipe(Effect.map((objects) => objects.map(({ key }) => key)))

const put = (bucket: string, key: string, body: S3.Body) => S3.putObject({ bucket, key, body })

type Run = (bucket: string) => Effect.Effect<void, unknown, AwsClients | Scope.Scope>

/** What people come to S3 for. Each runs in a bucket of its own. */
const programs: Readonly<Record<string, Run>> = {
  "text with a content type and metadata": (bucket) =>
    Effect.gen(function*() {
      const key = "dir/ü +%&.txt"
      yield* S3.putObject({ bucket, key, body: "text", contentType: "text/x-test", metadata: { color: "blue" } })
      assert.strictEqual(yield* S3.getText(bucket, key), "text")
      const head = yield* S3.headObject(bucket, key)
      assert.deepInclude(head, { size: 4, contentType: "text/x-test" })
      assert.strictEqual(head.metadata["color"], "blue")
      assert.deepEqual([yield* S3.exists(bucket, key), yield* S3.exists(bucket, "other")], [true, false])
    }),
  "JSON": (bucket) =>
    Effect.gen(function*() {
      yield* put(bucket, "a.json", "{\"a\":1}")
      assert.deepEqual(yield* S3.getJson(bucket, "a.json", Schema.Struct({ a: Schema.Finite })), { a: 1 })
    }),
  "an empty object": (bucket) =>
    Effect.gen(function*() {
      yield* put(bucket, "empty", "")
      assert.strictEqual((yield* S3.getBytes(bucket, "empty")).byteLength, 0)
    }),
  "ranges": (bucket) =>
    Effect.gen(function*() {
      yield* put(bucket, "key", "0123456789")
      assert.strictEqual(yield* S3.getText(bucket, "key", { range: { start: 2, end: 4 } }), "234")
      assert.strictEqual(yield* S3.getText(bucket, "key", { range: { last: 3 } }), "789")
      const error = yield* Effect.flip(S3.getText(bucket, "key", { range: { start: 100 } }))
      assert.strictEqual(error._tag, "RangeNotSatisfiable")
    }),
  "a Stream of unknown length, in parts": (bucket) =>
    Effect.gen(function*() {
      const body = Stream.range(1, 12).pipe(Stream.map(() => bytesOf(MiB)))
      yield* S3.putObject({ bucket, key: "stream", body, partSize: 5 * MiB })
      assert.strictEqual((yield* S3.headObject(bucket, "stream")).size, 12 * MiB)
      assert.isTrue(Buffer.from(bytesOf(12 * MiB)).equals(yield* S3.getBytes(bucket, "stream")))
    }),
  "a small Stream": (bucket) =>
    Effect.gen(function*() {
      yield* S3.putObject({ bucket, key: "stream", body: Stream.make("a", "b") })
      assert.strictEqual(yield* S3.getText(bucket, "stream"), "ab")
    }),
  "files, small and in parts": (bucket) =>
    Effect.gen(function*() {
      const folder = yield* directory
      for (const [name, size] of [["small", 1000], ["large", 20 * MiB]] as const) {
        const file = path.join(folder, name)
        fs.writeFileSync(file, bytesOf(size))
        yield* S3.uploadFile({ path: file, bucket, key: name })
        const copy = yield* S3.downloadFile({ bucket, key: name, path: `${file}.copy`, partSize: 6 * MiB })
        assert.strictEqual(copy.size, size)
        assert.isTrue(fs.readFileSync(file).equals(fs.readFileSync(`${file}.copy`)), name)
      }
    }),
  "lists": (bucket) =>
    Effect.gen(function*() {
      const keys = ["a/1", "a/2 ü+", "b", "c/d/e"]
      for (const key of keys) yield* put(bucket, key, key)
      assert.deepEqual(yield* keysIn(bucket), keys)
      assert.deepEqual(yield* keysIn(bucket, "a/"), keys.slice(0, 2))
    }),
  "many deletions at once": (bucket) =>
    Effect.gen(function*() {
      const keys = Array.from({ length: 25 }, (_, i) => `dir/${i} <&>`)
      yield* Effect.forEach(keys, (key) => put(bucket, key, "x"), { concurrency: 8, discard: true })
      assert.strictEqual(yield* S3.deleteObjects(bucket, keys), 25)
      assert.deepEqual(yield* keysIn(bucket), [])
    }),
  "a copy": (bucket) =>
    Effect.gen(function*() {
      yield* S3.putObject({ bucket, key: "a ü", body: "text", contentType: "text/x-test", metadata: { color: "blue" } })
      yield* S3.copyObject({ from: { bucket, key: "a ü" }, to: { bucket, key: "b" } })
      assert.strictEqual(yield* S3.getText(bucket, "b"), "text")
      const head = yield* S3.headObject(bucket, "b")
      assert.deepEqual([head.contentType, head.metadata["color"]], ["text/x-test", "blue"])
    }),
  "a copy in parts": (bucket) =>
    Effect.gen(function*() {
      yield* put(bucket, "a", bytesOf(12 * MiB))
      yield* S3.copyObject({ from: { bucket, key: "a" }, to: { bucket, key: "b" }, partSize: 5 * MiB })
      assert.isTrue(Buffer.from(bytesOf(12 * MiB)).equals(yield* S3.getBytes(bucket, "b")))
    }),
  "a write that must not replace": (bucket) =>
    Effect.gen(function*() {
      yield* S3.putObject({ bucket, key: "key", body: "first", ifNoneMatch: "*" })
      const error = yield* Effect.flip(S3.putObject({ bucket, key: "key", body: "second", ifNoneMatch: "*" }))
      assert.strictEqual(error._tag, "PreconditionFailed")
      assert.strictEqual(yield* S3.getText(bucket, "key"), "first")
    }),
  "a checksum that was asked for": (bucket) =>
    Effect.gen(function*() {
      yield* S3.putObject({ bucket, key: "key", body: "text", checksum: "CRC32" })
      const { ChecksumCRC32 } = yield* S3.send(
        new GetObjectCommand({ Bucket: bucket, Key: "key", ChecksumMode: "ENABLED" })
      )
      assert.isString(ChecksumCRC32)
    }),
  "directories": (bucket) =>
    Effect.gen(function*() {
      const [from, to] = [yield* directory, path.join(yield* directory, "copy")]
      fs.mkdirSync(path.join(from, "sub"))
      fs.mkdirSync(to)
      for (const name of ["a.txt", "sub/ü b.txt"]) fs.writeFileSync(path.join(from, name), name)
      const uploaded = yield* S3.transferAll(S3.uploadDirectory({ directory: from, bucket, prefix: "p/" }))
      assert.strictEqual(uploaded.uploaded, 2)
      yield* S3.transferAll(S3.sync({ from: { bucket, prefix: "p/" }, to: { directory: to } }))
      assert.strictEqual(fs.readFileSync(path.join(to, "sub/ü b.txt"), "utf8"), "sub/ü b.txt")
    }),
  "a presigned download": (bucket) =>
    Effect.gen(function*() {
      yield* put(bucket, "dir/ü +.txt", "text")
      const { url } = yield* S3.presignGet(bucket, "dir/ü +.txt", { contentType: "text/csv" })
      const answer = yield* browser.use({ method: "GET", url, headers: {} })
      assert.deepInclude(answer, { status: 200, body: "text" })
      assert.strictEqual(answer.headers.get("content-type"), "text/csv")
    }),
  "a presigned upload, which binds its headers": (bucket) =>
    Effect.gen(function*() {
      const request = yield* S3.presignPut(bucket, "key", { contentType: "text/x-test", metadata: { color: "blue" } })
      const wrong = { ...request, headers: { ...request.headers, "content-type": "text/html" } }
      assert.strictEqual((yield* browser.use(wrong, "text")).status, 403)
      assert.strictEqual((yield* browser.use(request, "text")).status, 200)
      const head = yield* S3.headObject(bucket, "key")
      assert.deepEqual([head.contentType, head.metadata["color"]], ["text/x-test", "blue"])
    }),
  "a presigned form, which limits the size": (bucket) =>
    Effect.gen(function*() {
      const form = yield* S3.presignPost(bucket, { prefix: "dir/" }, { size: { max: 10 } })
      assert.isAtLeast((yield* browser.post(form, { content: "x".repeat(11) })).status, 400)
      assert.strictEqual((yield* browser.post(form, { content: "text", name: "a.txt" })).status, 204)
      assert.strictEqual(yield* S3.getText(bucket, "dir/a.txt"), "text")
    }),
  "unfinished uploads": (bucket) =>
    Effect.gen(function*() {
      const body = Stream.fromIterable([bytesOf(6 * MiB), "rest"]).pipe(Stream.concat(Stream.fail("broken" as const)))
      yield* Effect.flip(S3.putObject({ bucket, key: "key", body, partSize: 5 * MiB }))
      assert.deepEqual(yield* Stream.runCollect(S3.listUnfinishedUploads(bucket)), [])
      assert.isFalse(yield* S3.exists(bucket, "key"))
    }),
  "the errors of what isn't there": (bucket) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(S3.getText(bucket, "missing")))._tag, "ObjectDoesNotExist")
      assert.strictEqual((yield* Effect.flip(put("no-such-bucket-1", "key", "x")))._tag, "BucketDoesNotExist")
      assert.strictEqual((yield* Effect.flip(keysIn("no-such-bucket-1")))._tag, "BucketDoesNotExist")
      assert.strictEqual(yield* S3.getBucketStatus("no-such-bucket-1"), "DoesNotExist")
      assert.strictEqual(yield* S3.getBucketStatus(bucket), "ExistsHaveAccess")
    })
}

type Differences = Readonly<Record<string, string>>

/** What a store doesn't do, of these programs, and what it does instead. */
const stores: Readonly<Record<Stores.StoreName | "moto", Differences>> = {
  moto: {
    "a presigned upload, which binds its headers": "verifies no signature",
    "a presigned form, which limits the size": "ignores the policy of a form"
  },
  rclone: {
    "a copy in parts": "answers a question for tags with the object itself",
    "a write that must not replace": "ignores the condition, and replaces",
    "a presigned form, which limits the size": "knows no forms"
  },
  seaweedfs: {
    "the errors of what isn't there": "creates a bucket for an object that is put into none"
  }
}

class Store extends Context.Service<Store, Stores.Store>()("test/Store") {}

const start = (name: keyof typeof stores): Effect.Effect<
  Stores.Store,
  Stores.StoreUnavailable | Moto.EmulatorUnavailable | Python.PythonUnavailable,
  Scope.Scope
> =>
  name === "moto"
    ? Effect.map(
      Moto.start(),
      ({ endpoint }): Stores.Store => ({ endpoint, accessKeyId: "test", secretAccessKey: "test" })
    )
    : Stores.start(name)

let count = 0

/** Runs a program in a new bucket, which it destroys after that. */
const inBucket = (run: Run, options?: Parameters<typeof clientsOf>[1]) =>
  Effect.gen(function*() {
    const bucket = `compatible-${count++}`
    const clients = clientsOf(yield* Store, options)
    yield* Effect.acquireUseRelease(
      S3.createBucket(bucket),
      () => Effect.scoped(run(bucket)),
      () => Effect.orDie(S3.destroyBucket(bucket))
    ).pipe(Effect.provide(clients))
  })

const unavailable = await Effect.runPromise(
  Effect.all([Python.install("moto"), Python.install("stores")]).pipe(
    Effect.as(undefined),
    Effect.catchTag("PythonUnavailable", ({ message }) => Effect.succeed(message))
  )
)
if (unavailable !== undefined) {
  const message = `Can't run S3-compatible stores: ${unavailable}.`
  if (process.env["CI"]) throw new Error(message)
  console.log(message)
}

const options = { excludeTestServices: true, timeout: "1 minute" } as const

describe.skipIf(unavailable !== undefined)("the functions of S3 on a store that isn't AWS's", () => {
  for (const [name, differences] of Object.entries(stores)) {
    layer(Layer.effect(Store, start(name as Stores.StoreName)), options)(name, (it) => {
      for (const [title, run] of Object.entries(programs)) {
        it.effect(title, () =>
          Effect.gen(function*() {
            const difference = differences[title]
            if (difference === undefined) return yield* inBucket(run)
            const exit = yield* Effect.exit(inBucket(run))
            assert.isTrue(Exit.isFailure(exit), `works on ${name}; remove it from the differences (${difference})`)
          }))
      }
    })
  }

  it("lists no difference without a program", () => {
    assert.deepEqual(
      Object.values(stores).flatMap((all) => Object.keys(all)).filter((title) => !(title in programs)),
      []
    )
  })
})

describe("with the Layer for other stores", () => {
  it.live("sends nothing that only AWS knows, unless it's asked for", () =>
    Effect.gen(function*() {
      const { url, ...keys } = yield* InMemory.serve({ strict: true })
      const sent: Array<Sent> = []
      for (const [title, run] of Object.entries(programs)) {
        if (title !== "a checksum that was asked for") {
          yield* inBucket(run, { region: "us-east-1", sent }).pipe(
            Effect.provideService(Store, { endpoint: url, ...keys })
          )
        }
      }
      // These are as old as S3, or ask for what may be there.
      const known =
        /^x-amz-(date|content-sha256|user-agent|meta-.*|copy-source.*|metadata-directive|tagging-directive|checksum-mode)$/
      const headers = sent.flatMap((request) => Object.entries(request.headers))
      const unknown = headers.filter(([name]) => name.startsWith("x-amz-") && !known.test(name))
      assert.deepEqual([...new Set(unknown.map(([name]) => name))], [])
      assert.deepEqual(headers.filter(([name]) => name === "content-encoding" || name === "trailer"), [])
      const deletions = sent.filter(({ method, query }) => method === "POST" && "delete" in query)
      assert.isAbove(deletions.length, 0)
      assert.isTrue(deletions.every(({ headers }) => "content-md5" in headers))
    }).pipe(Effect.provide(InMemory.layer())))
})
