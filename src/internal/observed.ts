import type { MetadataBearer, ResponseMetadata } from "@smithy/types"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import type { AwsError } from "../../errors/AwsError.ts"
import type { Call } from "../Aspect.ts"

const makeMetrics = (attributes: { readonly service: string; readonly operation: string }) => {
  const counter = (id: string, description: string) =>
    Metric.counter(id, { description, attributes, incremental: true })
  return {
    calls: counter("aws_calls", "Calls to AWS"),
    failures: counter("aws_failures", "Calls to AWS that failed"),
    retries: counter("aws_retries", "Attempts of calls to AWS beyond the first"),
    duration: Metric.timer("aws_duration", { description: "How long calls to AWS took, retries included", attributes })
  }
}

// A metric finds its series by a key that it makes once: made anew for each call, it would make it each time.
const metrics = new Map<string, ReturnType<typeof makeMetrics>>()

const metricsOf = ({ operation, service }: Call) => {
  const key = `${service}.${operation}`
  let known = metrics.get(key)
  if (known === undefined) metrics.set(key, known = makeMetrics({ service, operation }))
  return known
}

const answered = (metadata: Partial<ResponseMetadata> | undefined, retries: number): Record<string, unknown> => ({
  ...(metadata?.requestId !== undefined && { "aws.request_id": metadata.requestId }),
  ...(metadata?.extendedRequestId !== undefined && { "aws.extended_request_id": metadata.extendedRequestId }),
  ...(metadata?.httpStatusCode !== undefined && { "http.response.status_code": metadata.httpStatusCode }),
  ...(retries > 0 && {
    "http.request.resend_count": retries,
    "aws.retry_delay_ms": metadata?.totalRetryDelay ?? 0
  })
})

const outcomeOf = (exit: Exit.Exit<unknown, unknown>, error: AwsError | undefined): string => {
  if (Exit.isSuccess(exit)) return "answered"
  if (error !== undefined) return `failed with ${error.code}`
  return Cause.hasInterruptsOnly(exit.cause) ? "was interrupted" : "died"
}

/** What is seen of a call from outside: never its input or output, which hold secrets. */
export const observed = <A extends MetadataBearer, Code extends string>(
  call: Call,
  effect: Effect.Effect<A, AwsError<Code>>
): Effect.Effect<A, AwsError<Code>> => {
  const { operation, region, service } = call
  const name = `${service}.${operation}`
  const { calls, duration, failures, retries } = metricsOf(call)
  return effect.pipe(
    Effect.trackDuration(duration),
    Effect.onExit(Effect.fnUntraced(function*(exit) {
      const error = Option.getOrUndefined(Exit.findErrorOption(exit))
      const metadata = Exit.isSuccess(exit)
        ? exit.value.$metadata
        : (error?.cause as Partial<MetadataBearer> | null | undefined)?.$metadata
      const retried = (metadata?.attempts ?? 1) - 1
      const attributes = { ...answered(metadata, retried), ...(error && { "error.type": error.code }) }
      yield* Effect.annotateCurrentSpan(attributes)
      yield* Metric.update(calls, 1)
      if (retried > 0) yield* Metric.update(retries, retried)
      if (error) yield* Metric.update(Metric.withAttributes(failures, { reason: error.reason._tag }), 1)
      yield* Effect.annotateLogs(Effect.logDebug(`${name} ${outcomeOf(exit, error)}`), {
        service,
        operation,
        ...attributes
      })
    })),
    Effect.withSpan(
      name,
      {
        kind: "client",
        attributes: { "rpc.system": "aws-api", "rpc.service": service, "rpc.method": operation, "cloud.region": region }
      },
      // It would name this file.
      { captureStackTrace: false }
    )
  )
}
