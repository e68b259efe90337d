// Checked by `tsc`: what the types of the errors promise.
import { Duration, Effect, Schema } from "effect"
import { AwsError, AwsErrorReason, CloudWatch, Ecs, EventBridge, Polling, S3, Ssm } from "effect-aws-sdk"
import { HttpApi, HttpApiClient, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { Rpc } from "effect/rpc"
import { expectTypeOf } from "vitest"

// A class and the Schema of itself, in one.
const bucketDoesNotExist = new S3.BucketDoesNotExist({ bucket: "b" })
expectTypeOf(bucketDoesNotExist).toEqualTypeOf<S3.BucketDoesNotExist>()
expectTypeOf<Schema.Schema.Type<typeof S3.BucketDoesNotExist>>().toEqualTypeOf<S3.BucketDoesNotExist>()
expectTypeOf<Schema.Codec.Encoded<typeof S3.BucketDoesNotExist>["bucket"]>().toEqualTypeOf<string>()
expectTypeOf<Schema.Codec.Encoded<typeof S3.BucketDoesNotExist>["_tag"]>().toEqualTypeOf<"BucketDoesNotExist">()
expectTypeOf(Schema.decodeUnknownSync(AwsError)).returns.toEqualTypeOf<AwsError>()
expectTypeOf(Schema.decodeUnknownSync(AwsErrorReason.AwsErrorReason)).returns.toEqualTypeOf<
  AwsErrorReason.AwsErrorReason
>()
expectTypeOf(Schema.encodeSync(Ssm.ParameterPatternMismatch)).returns.toExtend<{
  readonly _tag: "ParameterPatternMismatch"
  readonly parameter: string
  readonly pattern?: string
}>()
expectTypeOf<AwsError.CodeOf<AwsError<"A"> | S3.BucketDoesNotExist>>().toEqualTypeOf<"A">()

// A field is required if the error can't do without it.
// @ts-expect-error
void new S3.BucketDoesNotExist({})
// @ts-expect-error
void new AwsError({ service: "S3", operation: "HeadBucket", region: "r" })
const reason = new AwsErrorReason.Throttled({ code: "SlowDown", description: "", isRetryable: true })
expectTypeOf(new AwsError({ service: "S3", operation: "HeadBucket", region: "r", reason })).toEqualTypeOf<AwsError>()

// The guard.
declare const unknown: unknown
if (AwsError.isAwsError(unknown)) expectTypeOf(unknown).toEqualTypeOf<AwsError>()

// An endpoint's errors are the client's.
const endpoint = HttpApiEndpoint.get("read", "/read", {
  success: Schema.String,
  error: [S3.BucketDoesNotExist, AwsError, Polling.WaitTimedOut, Ecs.DeploymentFailed.pipe(HttpApiSchema.status(503))]
})
type Errors = S3.BucketDoesNotExist | AwsError | Polling.WaitTimedOut | Ecs.DeploymentFailed
const read = Effect.gen(function*() {
  const client = yield* HttpApiClient.make(HttpApi.make("api").add(HttpApiGroup.make("group").add(endpoint)))
  return yield* client.group.read()
})
expectTypeOf<Extract<Effect.Error<typeof read>, Errors>>().toEqualTypeOf<Errors>()
const caught = read.pipe(
  AwsError.catchCode("NoSuchKey", () => Effect.succeed(1)),
  Effect.catchReason("AwsError", "Throttled", (throttled) => {
    expectTypeOf(throttled).toEqualTypeOf<AwsErrorReason.Throttled>()
    return Effect.succeed(2)
  }),
  Effect.catchTag("BucketDoesNotExist", ({ bucket }) => Effect.succeed(bucket))
)
expectTypeOf<Extract<Effect.Error<typeof caught>, S3.BucketDoesNotExist>>().toEqualTypeOf<never>()

// A function's own errors fit an endpoint's, whatever codes they know.
type ErrorOf<S> = S extends Schema.Constraint ? S["Type"] : never
expectTypeOf<AwsError<"NoSuchBucket"> | S3.BucketDoesNotExist>().toExtend<
  ErrorOf<typeof AwsError | typeof S3.BucketDoesNotExist>
>()

const rpc = Rpc.make("read", { success: Schema.String, error: Schema.Union([S3.BucketDoesNotExist, AwsError]) })
expectTypeOf<Rpc.Error<typeof rpc>>().toEqualTypeOf<S3.BucketDoesNotExist | AwsError>()

// The caller's values cross by their Schema.
const last = Schema.Struct({ at: Schema.Date })
expectTypeOf<Schema.Schema.Type<typeof Polling.WaitTimedOut>["last"]>().toEqualTypeOf<unknown>()
const timedOut = Polling.WaitTimedOut.schema(last)
expectTypeOf<Schema.Schema.Type<typeof timedOut>>().toEqualTypeOf<Polling.WaitTimedOut<{ readonly at: Date }>>()
const notPut = CloudWatch.MetricsNotPut.schema(last)
expectTypeOf<Schema.Schema.Type<typeof notPut>["notPut"]>().toEqualTypeOf<ReadonlyArray<{ readonly at: Date }>>()
const notDelivered = EventBridge.EventsNotDelivered.schema(last)
expectTypeOf<Schema.Schema.Type<typeof notDelivered>>().toEqualTypeOf<
  EventBridge.EventsNotDelivered<{ readonly at: Date }>
>()
expectTypeOf(new Polling.WaitTimedOut({ waitingFor: "w", waited: Duration.zero, last: 1 })).toEqualTypeOf<
  Polling.WaitTimedOut<number>
>()

// A class without its type argument says so where it's defined.
// @ts-expect-error: Missing `Self` generic
class NamelessEvent extends EventBridge.Event()({ source: "s", detailType: "d", fields: { n: Schema.Int } }) {}
// @ts-expect-error: Missing `Self` generic
class NamelessMetric extends CloudWatch.OutcomeMetric()({ namespace: "n", outcomes: ["Yes"], dimensions: {} }) {}
expectTypeOf<[typeof NamelessEvent, typeof NamelessMetric]>().not.toBeAny()
