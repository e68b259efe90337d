// Publishes events and a metric to the AWS at a URL, says so, and runs until it's told to end: argv has the URL.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Console, Effect, Layer, Redacted, Schema } from "effect"
import { AwsClients } from "effect-aws-sdk/AwsClients"
import * as CloudWatch from "effect-aws-sdk/CloudWatch"
import * as EventBridge from "effect-aws-sdk/EventBridge"

class Placed extends EventBridge.Event<Placed>()({
  source: "shop",
  detailType: "Placed",
  fields: { id: Schema.Int }
}) {}

class Counted extends CloudWatch.OutcomeMetric<Counted>()({
  namespace: "Signals",
  outcomes: ["Yes", "No"],
  dimensions: {}
}) {}

const aws = AwsClients.layer({
  region: "us-east-1",
  endpoint: process.argv[2],
  credentials: { accessKeyId: "any", secretAccessKey: Redacted.make("key") }
})

const program = Effect.gen(function*() {
  const events = yield* EventBridge.publisher({ eventBus: "default", maxDelay: "1 hour", shutdownTimeout: "3 seconds" })
  const metrics = yield* CloudWatch.publisher({ maxDelay: "1 hour", shutdownTimeout: "3 seconds" })
  yield* events.publishAll(Array.from({ length: 9 }, (_, id) => new Placed({ id })))
  yield* metrics.publish(new Counted({ outcome: "Yes" }))
  yield* Console.log("published")
  return yield* Effect.never
})

program.pipe(Effect.scoped, Effect.provide(Layer.orDie(aws)), NodeRuntime.runMain)
