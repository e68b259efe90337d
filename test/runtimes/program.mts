// What a user's program does on each runtime, in the process and over HTTP. It prints what it found, so that runtimes can be compared.
import { Effect, Redacted, Schema, Stream } from "effect"
import { AwsClients } from "effect-aws-sdk/AwsClients"
import * as Default from "effect-aws-sdk/Default"
import { InMemory } from "effect-aws-sdk/InMemory"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as S3 from "effect-aws-sdk/S3"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Sts from "effect-aws-sdk/Sts"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import process from "node:process"

const Settings = Schema.Struct({ days: Schema.Int })
const bucket = "runtimes"

/** The same bytes each time: 12 MB, more than one part. */
const content = new Uint8Array(12_000_000).map((_, index) => index % 251)

const transfers = Effect.gen(function*() {
  const folder = yield* Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "runtimes-")))
  const [from, to] = [path.join(folder, "from.bin"), path.join(folder, "to.bin")]
  yield* Effect.promise(() => fs.writeFile(from, content))
  yield* S3.uploadFile({ bucket, key: "file.bin", path: from })
  yield* S3.downloadFile({ bucket, key: "file.bin", path: to })
  const arrived = yield* Effect.promise(() => fs.readFile(to))
  yield* Effect.promise(() => fs.rm(folder, { recursive: true }))
  return arrived.length === content.length && arrived.every((byte, index) => byte === content[index])
})

const program = Effect.gen(function*() {
  yield* S3.ensureBucketExists(bucket)
  yield* S3.putObject({ bucket, key: "settings.json", body: `{"days":3}` })
  yield* S3.putObject({ bucket, key: "übung/größe 1.txt", body: "héllo" })
  const rows = Stream.range(1, 3_000).pipe(Stream.map((row) => `${row},`.repeat(500)))
  yield* S3.putObject({ bucket, key: "rows.csv", body: rows })
  yield* Ssm.putParameter({ name: "/app/password", value: Redacted.make("secret") })
  const lookups = yield* Effect.all([1, 2, 3].map(() => Ssm.lookupParameter("/app/password")), {
    concurrency: "unbounded"
  })
  const isTransferred = yield* transfers
  const late = yield* Effect.flip(Effect.timeout(Effect.forever(S3.getBytes(bucket, "file.bin")), "20 millis"))
  return {
    isTransferred,
    environment: String(yield* Sts.environment),
    settings: yield* S3.getJson(bucket, "settings.json", Settings),
    text: yield* S3.getText(bucket, "übung/größe 1.txt"),
    keys: yield* S3.listObjects(bucket).pipe(Stream.map(({ key, size }) => `${key} ${size}`), Stream.runCollect),
    missing: (yield* Effect.flip(S3.getText(bucket, "missing"))).message,
    lookups: lookups.map(({ value }) => Redacted.isRedacted(value) && Redacted.value(value)),
    late: late._tag,
    // The project doesn't have the package that this function needs.
    uninstalled: (yield* Effect.flip(S3.presignPost(bucket, "form.txt", { expiresIn: "1 hour" }))).message
  }
})

const Event = Schema.Struct({ name: Schema.String })

const handler = Lambda.handler({
  layer: InMemory.layer(),
  handler: Lambda.on(Event, ({ name }) =>
    Ssm.putParameter({ name, value: "1" }).pipe(
      Effect.andThen(Ssm.getParameter(name)),
      Effect.map(({ version }) => version)
    ))
})

const inMemory = program.pipe(Effect.provide(InMemory.layer({ region: "eu-central-1" })))

const overHttp = Effect.gen(function*() {
  const { url } = yield* InMemory.serve()
  const keys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: Redacted.make("secret") }
  const clients = AwsClients.layer({ region: "eu-central-1", endpoint: url, credentials: keys })
  const answers = yield* Effect.provide(program, clients)
  const presigned = yield* S3.presignGet(bucket, "settings.json", { expiresIn: "1 hour" }).pipe(Effect.provide(clients))
  process.env["AWS_ENDPOINT_URL"] = url
  process.env["AWS_ACCESS_KEY_ID"] = keys.accessKeyId
  process.env["AWS_SECRET_ACCESS_KEY"] = "secret"
  return {
    ...answers,
    presigned: yield* Effect.promise(() => fetch(presigned.url).then((response) => response.text())),
    default: String(yield* Effect.provide(Sts.environment, Default.layer({ region: "us-west-2" })))
  }
}).pipe(Effect.scoped, Effect.provide(InMemory.layer({ region: "eu-central-1" })))

// A port that nothing listens on.
const unreachable = Effect.flip(Sts.environment).pipe(
  Effect.map(({ reason }) => reason._tag),
  Effect.provide(AwsClients.layer({
    region: "eu-central-1",
    endpoint: "http://127.0.0.1:9",
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: Redacted.make("secret") }
  }))
)

const results = await Effect.runPromise(Effect.all({ inMemory, overHttp, unreachable }))
const invoked = await handler({ name: "/runtime" }, await Effect.runPromise(Lambda.testContext()))
console.log(JSON.stringify({ ...results, invoked }, null, 1))
