import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import type { AwsClients } from "effect-aws-sdk/AwsClients"
import { InMemory } from "effect-aws-sdk/InMemory"
import * as S3 from "effect-aws-sdk/S3"
import { TestClock } from "effect/testing"
import { makeHandler } from "../src/handler.ts"
import * as Report from "../src/Report.ts"
import * as World from "../src/World.ts"

const today = "2026-03-01T03:00:00Z"

/** The bucket with photos, as it is at three in the morning. */
const setUp = Effect.gen(function*() {
  yield* TestClock.setTime(Date.parse(today))
  yield* World.setUp
  yield* World.addPhotos
})

describe("a report", () => {
  it.effect("has the number and size of the objects in each folder", () =>
    Effect.gen(function*() {
      yield* setUp
      const report = yield* Report.write()
      assert.deepStrictEqual(report, {
        date: "2026-03-01",
        bucket: World.source,
        folders: {
          "2025/": { objects: 1, bytes: 12, stale: 0 },
          "2026/": { objects: 2, bytes: 12, stale: 0 }
        }
      })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is an object that is signed with the key", () =>
    Effect.gen(function*() {
      yield* setUp
      const report = yield* Report.write()
      const key = `${World.source}/2026-03-01.json`
      const text = yield* S3.getText(World.reports, key)
      assert.deepStrictEqual(JSON.parse(text), report)
      const { metadata } = yield* S3.headObject(World.reports, key)
      assert.deepStrictEqual(metadata, { signature: Report.sign(text, Redacted.make(World.signingKey)) })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("counts objects as stale that haven't changed for 90 days", () =>
    Effect.gen(function*() {
      yield* setUp
      yield* TestClock.adjust("91 days")
      yield* S3.putObject({ bucket: World.source, key: "2026/lake.jpg", body: "water" })
      const { date, folders } = yield* Report.write()
      assert.strictEqual(date, "2026-05-31")
      assert.deepStrictEqual(folders["2026/"], { objects: 3, bytes: 17, stale: 2 })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is written although S3 throttles the first two requests", () =>
    Effect.gen(function*() {
      yield* setUp
      yield* InMemory.inject({ service: "S3", operation: "PutObject", times: 2, fault: InMemory.throttled })
      yield* Report.write()
      assert.isTrue(yield* S3.exists(World.reports, `${World.source}/2026-03-01.json`))
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))
})

describe("without a report", () => {
  it.effect("it fails with NothingToReport if the bucket is empty", () =>
    Effect.gen(function*() {
      yield* World.setUp
      const error = yield* Effect.flip(Report.write())
      assert.strictEqual(error._tag, "NothingToReport")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("it fails with BucketDoesNotExist, and sends no event, if the bucket for reports is gone", () =>
    Effect.gen(function*() {
      yield* setUp
      yield* S3.destroyBucket(World.reports)
      const error = yield* Effect.flip(Report.write())
      assert.strictEqual(error._tag, "BucketDoesNotExist")
      const calls = yield* InMemory.calls
      assert.notInclude(calls.map(({ operation }) => operation), "PutEvents")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("the Lambda function", () => {
  it.effect("answers with the report", () =>
    Effect.gen(function*() {
      yield* setUp
      const handler = makeHandler(Layer.succeedContext(yield* Effect.context<AwsClients>()))
      const report = yield* handler.invoke({})
      assert.strictEqual(report.date, "2026-03-01")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with the tag of the error", () =>
    Effect.gen(function*() {
      const handler = makeHandler(Layer.succeedContext(yield* Effect.context<AwsClients>()))
      const error = yield* Effect.flip(handler.invoke({}))
      assert.strictEqual(error.name, "ParameterDoesNotExist")
    }).pipe(Effect.provide(InMemory.layer())))
})
