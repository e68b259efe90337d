import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand
} from "@aws-sdk/client-s3"
import { assert, it } from "@effect/vitest"
import { Console, Duration, Effect, Option, Redacted, Schedule, Stream } from "effect"
import { AssumeRole, AwsClients, InMemory, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { vi } from "vitest"
import { join } from "../../examples/cookbook/s3/change-a-json-object-safely.ts"
import { program as copy } from "../../examples/cookbook/s3/copy-objects-to-another-account.ts"
import { deleteOlderThan } from "../../examples/cookbook/s3/delete-old-objects.ts"
import { program as download } from "../../examples/cookbook/s3/download-a-folder-with-progress.ts"
import { destroy } from "../../examples/cookbook/s3/empty-and-delete-a-bucket.ts"
import { largest } from "../../examples/cookbook/s3/find-the-largest-objects.ts"
import { makeForm, upload } from "../../examples/cookbook/s3/let-a-browser-upload-a-file.ts"
import { sales, total } from "../../examples/cookbook/s3/read-a-csv-file-line-by-line.ts"
import { program as resume } from "../../examples/cookbook/s3/resume-an-upload.ts"
import { exportOrders } from "../../examples/cookbook/s3/write-ndjson-from-a-stream.ts"
import { recipe } from "../support/cookbook.ts"

const create = (Bucket: string) => S3.send(new CreateBucketCommand({ Bucket }))

const put = (Bucket: string, Key: string, Body = "") => S3.send(new PutObjectCommand({ Bucket, Key, Body }))

const read = (Bucket: string, Key: string) =>
  S3.send(new GetObjectCommand({ Bucket, Key })).pipe(
    Effect.flatMap(({ Body }) => Effect.promise(async () => Body?.transformToString()))
  )

const keys = (Bucket: string) =>
  S3.send(new ListObjectsV2Command({ Bucket })).pipe(Effect.map(({ Contents = [] }) => Contents.map(({ Key }) => Key)))

const temporary = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "cookbook-"))),
  (directory) => Effect.promise(() => fs.rm(directory, { recursive: true }))
)

// Files can't be from 1970.
const startClock = TestClock.setTime(Date.parse("2026-11-05T08:00:00Z"))

it.effect("Download a folder with progress: tells of each file, and leaves out what isn't in the folder", () =>
  Effect.gen(function*() {
    yield* startClock
    yield* create("videos-0a1b")
    yield* put("videos-0a1b", "2026/a.mp4", "aaaa")
    yield* put("videos-0a1b", "2026/b/c.mp4", "cc")
    yield* put("videos-0a1b", "2025/d.mp4", "d")
    const directory = yield* temporary
    const lines: Array<string> = []
    const log = (line: string) => void lines.push(line)
    const downloaded = yield* recipe("Download a folder with progress", download(directory)).pipe(
      Effect.provideService(Console.Console, { ...globalThis.console, log })
    )
    assert.strictEqual(downloaded, 2)
    assert.strictEqual(yield* Effect.promise(() => fs.readFile(path.join(directory, "b/c.mp4"), "utf8")), "cc")
    assert.sameMembers(yield* Effect.promise(() => fs.readdir(directory)), ["a.mp4", "b"])
    assert.lengthOf(lines, 2)
    assert.match(lines.at(-1) ?? "", /is here, 6 bytes so far$/)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Copy objects to another account: the other account owns the copies, and a second run copies nothing", () =>
  Effect.gen(function*() {
    yield* startClock
    const inOther = Effect.provide(
      AssumeRole.layer({ roleArn: "arn:aws:iam::222222222222:role/admin", sessionName: "test" })
    )
    yield* create("archive-0a1b").pipe(inOther)
    yield* create("reports-0a1b")
    yield* put("reports-0a1b", "a.csv", "1,2")
    yield* put("reports-0a1b", "b/c.csv", "3,4")
    const statement = {
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::222222222222:root" },
      Action: ["s3:ListBucket", "s3:GetObject", "s3:GetObjectTagging"],
      Resource: ["arn:aws:s3:::reports-0a1b", "arn:aws:s3:::reports-0a1b/*"]
    }
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] })
    yield* S3.send(new PutBucketPolicyCommand({ Bucket: "reports-0a1b", Policy }))
    yield* TestClock.adjust("1 minute")
    assert.strictEqual(yield* recipe("Copy objects to another account", copy), 2)
    assert.deepEqual(yield* keys("archive-0a1b").pipe(inOther), ["a.csv", "b/c.csv"])
    assert.strictEqual(yield* read("archive-0a1b", "b/c.csv").pipe(inOther), "3,4")
    assert.strictEqual(yield* copy, 0)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Empty and delete a bucket: takes the versions along, and does nothing in another account", () =>
  Effect.gen(function*() {
    yield* create("test-0a1b")
    yield* S3.send(
      new PutBucketVersioningCommand({ Bucket: "test-0a1b", VersioningConfiguration: { Status: "Enabled" } })
    )
    yield* put("test-0a1b", "a", "1")
    yield* put("test-0a1b", "a", "2")
    const buckets = Effect.map(
      S3.send(new ListBucketsCommand({})),
      ({ Buckets = [] }) => Buckets.map(({ Name }) => Name)
    )
    yield* recipe("Empty and delete a bucket", destroy("test-0a1b"))
    assert.deepEqual(yield* buckets, [])

    const other = AssumeRole.layer({ roleArn: "arn:aws:iam::333333333333:role/admin", sessionName: "test" })
    yield* Effect.gen(function*() {
      yield* create("prod-0a1b")
      assert.strictEqual((yield* Effect.flip(destroy("prod-0a1b")))._tag, "WrongAccount")
      assert.deepEqual(yield* buckets, ["prod-0a1b"])
    }).pipe(Effect.provide(other))
  }).pipe(Effect.provide(InMemory.layer({ account: "111111111111" }))))

it.live("Let a browser upload a file: takes an image, and refuses what isn't one", () =>
  Effect.gen(function*() {
    const { accessKeyId, secretAccessKey, url: endpoint } = yield* InMemory.serve({ strict: true })
    const served = AwsClients.layer({
      region: "us-east-1",
      endpoint,
      credentials: { accessKeyId, secretAccessKey: Redacted.make(secretAccessKey) },
      clientOptions: { forcePathStyle: true }
    })
    yield* create("photos-0a1b")
    const { fields, url } = yield* makeForm("ada").pipe(Effect.provide(served))
    const send = (type: string) => Effect.promise(() => upload(url, fields, new Blob(["pixels"], { type })))
    assert.isFalse(yield* send("text/html"))
    assert.deepEqual(yield* keys("photos-0a1b"), [])
    assert.isTrue(yield* recipe("Let a browser upload a file", send("image/png")))
    const [key = ""] = yield* keys("photos-0a1b")
    assert.match(key, /^users\/ada\//)
    const { ContentType } = yield* S3.send(new HeadObjectCommand({ Bucket: "photos-0a1b", Key: key }))
    assert.strictEqual(ContentType, "image/png")
    assert.strictEqual(yield* read("photos-0a1b", key), "pixels")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Read a CSV file line by line: adds up a column", () =>
  Effect.gen(function*() {
    yield* create("reports-0a1b")
    yield* put("reports-0a1b", "a.csv", "day,cents\n2026-11-01,250\r\n\"the day\nafter\",50\n")
    assert.strictEqual(yield* recipe("Read a CSV file line by line", total("reports-0a1b", "a.csv")), 300)
    assert.strictEqual(yield* total("reports-0a1b", "b.csv"), 0)
    const last = yield* Stream.runLast(sales("reports-0a1b", "a.csv"))
    assert.deepEqual(last, Option.some({ day: "the day\nafter", cents: 50 }))
    yield* put("reports-0a1b", "c.csv", "day,cents\n2026-11-01,many\n")
    assert.strictEqual((yield* Effect.flip(total("reports-0a1b", "c.csv")))._tag, "SchemaError")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Write NDJSON from a Stream: writes a line for each value, and keeps the old object if the Stream fails", () =>
  Effect.gen(function*() {
    yield* create("exports-0a1b")
    const placed = new Date("2026-11-01T00:00:00Z")
    const orders = Stream.make({ id: "1", placed, cents: 250 }, { id: "2", placed, cents: 50 })
    yield* recipe("Write NDJSON from a Stream", exportOrders(orders))
    const written = yield* read("exports-0a1b", "orders.ndjson")
    assert.deepEqual(written?.split("\n"), [
      `{"id":"1","placed":"2026-11-01T00:00:00.000Z","cents":250}`,
      `{"id":"2","placed":"2026-11-01T00:00:00.000Z","cents":50}`,
      ""
    ])
    const { ContentType } = yield* S3.send(new HeadObjectCommand({ Bucket: "exports-0a1b", Key: "orders.ndjson" }))
    assert.strictEqual(ContentType, "application/x-ndjson")
    assert.strictEqual(yield* Effect.flip(exportOrders(Stream.concat(orders, Stream.fail("no more")))), "no more")
    assert.strictEqual(yield* read("exports-0a1b", "orders.ndjson"), written)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Resume an upload: sends the parts that are missing, and no others", () =>
  Effect.gen(function*() {
    yield* startClock
    const directory = yield* temporary
    vi.stubEnv("XDG_STATE_HOME", path.join(directory, "state"))
    const file = path.join(directory, "disk.img")
    yield* Effect.promise(() => fs.writeFile(file, Buffer.alloc(20 * 1024 * 1024, 7)))
    yield* create("backups-0a1b")
    yield* InMemory.inject({ operation: "UploadPart", nth: 3, fault: InMemory.cut("before") })
    yield* recipe("Resume an upload", resume(file))
    const parts = (yield* InMemory.calls).filter(({ operation }) => operation === "UploadPart")
    assert.deepEqual(parts.map(({ outcome }) => outcome._tag).sort(), ["Answered", "Answered", "Answered", "Cut"])
    const { ContentLength } = yield* S3.send(new HeadObjectCommand({ Bucket: "backups-0a1b", Key: "disk.img" }))
    assert.strictEqual(ContentLength, 20 * 1024 * 1024)
    const { Uploads = [] } = yield* S3.send(new ListMultipartUploadsCommand({ Bucket: "backups-0a1b" }))
    assert.isEmpty(Uploads)
  }).pipe(
    Effect.ensuring(Effect.sync(vi.unstubAllEnvs)),
    Effect.provide(InMemory.layer({ retry: Schedule.recurs(0), virtualTime: true }))
  ))

it.effect("Find the largest objects: finds two of many, whatever the page they are on", () =>
  Effect.gen(function*() {
    yield* create("logs-0a1b")
    yield* Effect.forEach([3, 9, 1, 7, 5], (size) => put("logs-0a1b", `${size}.log`, "x".repeat(size)))
    const found = yield* recipe("Find the largest objects", largest("logs-0a1b", 2))
    assert.deepEqual(found.map(({ key }) => key), ["9.log", "7.log"])
  }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 }))))

it.effect("Change a JSON object safely: loses no change, however many are made at once", () =>
  Effect.gen(function*() {
    yield* create("app-0a1b")
    yield* put("app-0a1b", "members.json", "[]")
    const names = ["Ada", "Grace", "Mary", "Emmy"]
    yield* recipe("Change a JSON object safely", Effect.forEach(names, join, { concurrency: "unbounded" }))
    assert.sameMembers(JSON.parse((yield* read("app-0a1b", "members.json")) ?? ""), names)
    const refused = (yield* InMemory.calls).filter(({ outcome }) => outcome._tag === "Refused")
    assert.isNotEmpty(refused)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Delete old objects: leaves the young ones, and those with another prefix", () =>
  Effect.gen(function*() {
    yield* startClock
    yield* create("app-0a1b")
    yield* put("app-0a1b", "tmp/old")
    yield* put("app-0a1b", "old")
    yield* TestClock.adjust("2 days")
    yield* put("app-0a1b", "tmp/young")
    yield* recipe("Delete old objects", deleteOlderThan("app-0a1b", Duration.days(1)))
    assert.deepEqual(yield* keys("app-0a1b"), ["old", "tmp/young"])
  }).pipe(Effect.provide(InMemory.layer())))
