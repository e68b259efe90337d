// An iterator can be read once. An Effect that was made with one may run twice.
import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { AwsError, CloudWatch, EventBridge, InMemory, S3, Ssm } from "effect-aws-sdk"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"

class Happened extends EventBridge.Event<Happened>()({
  source: "test",
  detailType: "Happened",
  fields: { id: Schema.String }
}) {}

class Ended extends CloudWatch.OutcomeMetric<Ended>()({
  namespace: "Test",
  outcomes: ["Success", "Failure"],
  dimensions: {}
}) {}

const names = ["/a", "/b"]

const countOf = (operation: string) =>
  Effect.map(InMemory.calls, (calls) => calls.filter((call) => call.operation === operation).length)

describe("a function that gets an iterator", () => {
  it.effect("puts the same events when it runs again: putEvents", () =>
    Effect.gen(function*() {
      const put = EventBridge.putEvents(names.map((id) => new Happened({ id })).values(), { eventBus: "default" })
      assert.lengthOf(yield* put, 2)
      assert.lengthOf(yield* put, 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("puts the same metrics when it runs again: putMetrics", () =>
    Effect.gen(function*() {
      const put = CloudWatch.putMetrics([new Ended({ outcome: "Success" })].values())
      yield* put
      yield* put
      assert.strictEqual(yield* countOf("PutMetricData"), 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("publishes the same events and metrics when it runs again: publishAll", () =>
    Effect.gen(function*() {
      const events = yield* EventBridge.publisher({ eventBus: "default" })
      const metrics = yield* CloudWatch.publisher()
      const publish = [
        events.publishAll([new Happened({ id: "1" })].values()),
        metrics.publishAll([new Ended({ outcome: "Success" })].values())
      ]
      yield* Effect.all([...publish, ...publish])
      assert.deepEqual([yield* events.pending, yield* metrics.pending], [2, 2])
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer())))

  it.effect("reads the same names when it runs again: getParameters, getSecrets", () =>
    Effect.gen(function*() {
      for (const name of names) {
        yield* Ssm.putParameter({ name, value: "x" })
        yield* SecretsManager.send(new CreateSecretCommand({ Name: name, SecretString: "x" }))
      }
      const parameters = Ssm.getParameters(names.values())
      const secrets = SecretsManager.getSecrets(names.values())
      for (let run = 0; run < 2; run++) {
        assert.deepEqual([...(yield* parameters).keys()], names)
        assert.deepEqual([...(yield* secrets).keys()], names)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails when it runs again if the iterator may be too long to keep: deleteObjects", () =>
    Effect.gen(function*() {
      yield* S3.createBucket("bucket")
      const deleted = S3.deleteObjects("bucket", ["a", "b"].values())
      assert.strictEqual(yield* deleted, 2)
      const error = yield* Effect.flip(deleted)
      assert.strictEqual(AwsError.isAwsError(error) && error.code, "ObjectsAlreadyRead")
      assert.include(error.message, "Pass a list or a Stream")
      const again = S3.deleteObjects("bucket", ["a", "b"])
      assert.deepEqual([yield* again, yield* again], [2, 2])
    }).pipe(Effect.provide(InMemory.layer())))
})
