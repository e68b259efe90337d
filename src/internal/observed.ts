import type { MetadataBearer, ResponseMetadata } from "@smithy/types"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import type { AwsError } from "../../errors/AwsError.ts"
import type { Call } from "../Aspect.ts"

const calls = Metric.counter("aws_calls", { description: "Calls to AWS", incremental: true })
const failures = Metric.counter("aws_failures", { description: "Calls to AWS that failed", incremental: true })
const duration = Metric.timer("aws_duration", { description: "How long calls to AWS took, retries included" })

const answered = (metadata: Partial<ResponseMetadata> | undefined): Record<string, unknown> => ({
  ...(metadata?.requestId !== undefined && { "aws.request_id": metadata.requestId }),
  ...(metadata?.httpStatusCode !== undefined && { "http.response.status_code": metadata.httpStatusCode }),
  ...(metadata?.attempts !== undefined && { "http.request.resend_count": metadata.attempts - 1 })
})

/** What is seen of a call from outside: never its input or output, which hold secrets. */
export const observed = <A extends MetadataBearer, Code extends string>(
  call: Call,
  effect: Effect.Effect<A, AwsError<Code>>
): Effect.Effect<A, AwsError<Code>> => {
  const { operation, region, service } = call
  const name = `${service}.${operation}`
  const labels = { service, operation }
  return Effect.withSpan(
    effect.pipe(
      Effect.trackDuration(Metric.withAttributes(duration, labels)),
      Effect.onExit((exit) => {
        const error = Exit.findErrorOption(exit)
        const metadata = Exit.isSuccess(exit)
          ? exit.value.$metadata
          : Option.map(error, (e) => (e.cause as Partial<MetadataBearer> | null)?.$metadata).pipe(Option.getOrUndefined)
        const attributes = {
          ...answered(metadata),
          ...(Option.isSome(error) && { "error.type": error.value.code })
        }
        const outcome = Exit.isSuccess(exit)
          ? "answered"
          : Option.isSome(error)
          ? `failed with ${error.value.code}`
          : "was interrupted"
        return Effect.annotateCurrentSpan(attributes).pipe(
          Effect.andThen(Metric.update(Metric.withAttributes(calls, labels), 1)),
          Effect.andThen(
            Option.isSome(error)
              ? Metric.update(Metric.withAttributes(failures, { ...labels, reason: error.value.reason._tag }), 1)
              : Effect.void
          ),
          Effect.andThen(
            Effect.annotateLogs(Effect.logDebug(`${name} ${outcome}`), { service, operation, ...attributes })
          )
        )
      })
    ),
    name,
    {
      kind: "client",
      attributes: { "rpc.system": "aws-api", "rpc.service": service, "rpc.method": operation, "cloud.region": region }
    }
  )
}
