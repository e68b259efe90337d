import type { MetadataBearer, ResponseMetadata } from "@smithy/types"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as References from "effect/References"
import type * as Tracer from "effect/Tracer"
import type { AwsError } from "../../errors/internal/awsError.ts"
import type { Call } from "../Call.ts"

const makeMetrics = (attributes: { readonly service: string; readonly operation: string }) => {
  const counter = (id: string, description: string) =>
    Metric.counter(id, { description, attributes, incremental: true })
  return {
    calls: counter("aws_calls", "Calls to AWS"),
    failures: counter("aws_failures", "Failed calls to AWS"),
    retries: counter("aws_retries", "Retries of calls to AWS"),
    duration: Metric.timer("aws_duration", { description: "Duration of calls to AWS, including retries", attributes })
  }
}

// A metric computes the key of its series once, so a new metric per call would compute it each time.
const metrics = new Map<string, ReturnType<typeof makeMetrics>>()

const metricsOf = ({ operation, service }: Call) => {
  const key = `${service}.${operation}`
  let known = metrics.get(key)
  if (known === undefined) metrics.set(key, known = makeMetrics({ service, operation }))
  return known
}

const responseAttributes = (
  metadata: Partial<ResponseMetadata> | undefined,
  retries: number
): Record<string, unknown> => ({
  ...(metadata?.requestId !== undefined && { "aws.request_id": metadata.requestId }),
  ...(metadata?.extendedRequestId !== undefined && { "aws.extended_request_id": metadata.extendedRequestId }),
  ...(metadata?.httpStatusCode !== undefined && { "http.response.status_code": metadata.httpStatusCode }),
  ...(retries > 0 && {
    "http.request.resend_count": retries,
    "aws.retry_delay_ms": metadata?.totalRetryDelay ?? 0
  })
})

const outcomeOf = (exit: Exit.Exit<unknown, unknown>, error: AwsError | undefined): string => {
  if (Exit.isSuccess(exit)) return "succeeded"
  if (error !== undefined) return `failed with ${error.code}`
  return Cause.hasInterruptsOnly(exit.cause) ? "was interrupted" : "died"
}

const recordExit = (
  { operation, service }: Call,
  series: ReturnType<typeof makeMetrics>,
  span: Tracer.Span,
  fiber: Fiber.Fiber<unknown, unknown>,
  exit: Exit.Exit<MetadataBearer, AwsError>
): Effect.Effect<void> => {
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  const metadata = Exit.isSuccess(exit)
    ? exit.value.$metadata
    : (error?.cause as Partial<MetadataBearer> | null | undefined)?.$metadata
  const retried = (metadata?.attempts ?? 1) - 1
  const attributes = { ...responseAttributes(metadata, retried), ...(error && { "error.type": error.code }) }
  for (const [name, value] of Object.entries(attributes)) span.attribute(name, value)
  series.calls.updateUnsafe(1, fiber.context)
  if (retried > 0) series.retries.updateUnsafe(retried, fiber.context)
  if (error) Metric.withAttributes(series.failures, { reason: error.reason._tag }).updateUnsafe(1, fiber.context)
  if (LogLevel.isGreaterThan(fiber.getRef(References.MinimumLogLevel), "Debug")) return Effect.void
  return Effect.annotateLogs(Effect.logDebug(`${service}.${operation} ${outcomeOf(exit, error)}`), {
    service,
    operation,
    ...attributes
  })
}

/** Adds the span, metrics and log line of a call. None of them has its input or output, which may contain secrets. */
export const observed = <A extends MetadataBearer, Code extends string>(
  call: Call,
  effect: Effect.Effect<A, AwsError<Code>>
): Effect.Effect<A, AwsError<Code>> => {
  const { operation, region, service } = call
  const series = metricsOf(call)
  const attributes = {
    "rpc.system": "aws-api",
    "rpc.service": service,
    "rpc.method": operation,
    "cloud.region": region
  }
  return Effect.useSpan(
    `${service}.${operation}`,
    { kind: "client", attributes },
    (span) =>
      Effect.withFiber((fiber) => {
        const clock = fiber.getRef(Clock.Clock)
        const start = clock.currentTimeNanosUnsafe()
        return Effect.withParentSpan(
          Effect.onExit(effect, (exit) => {
            series.duration.updateUnsafe(Duration.nanos(clock.currentTimeNanosUnsafe() - start), fiber.context)
            return recordExit(call, series, span, fiber, exit)
          }),
          span,
          // The stack trace would name this file.
          { captureStackTrace: false }
        )
      })
  )
}
