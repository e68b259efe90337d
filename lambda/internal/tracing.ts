// The trace to which an invocation belongs, and its span.
import * as Tracer from "effect/Tracer"
import type { Context } from "./invocation.ts"

interface InvokeStore {
  readonly getXRayTraceId?: () => unknown
}

/**
 * The X-Ray header of the invocation that calls this, synchronously. AWS's runtime has it in the context. It's also in its
 * store of the invocation, and in the environment unless invocations run at the same time.
 */
export const traceHeaderOf = (context: Context): string | undefined => {
  const { xRayTraceId } = (context ?? {}) as { readonly xRayTraceId?: unknown }
  const { awslambda } = globalThis as { readonly awslambda?: { readonly InvokeStore?: InvokeStore } }
  const header = xRayTraceId ?? awslambda?.InvokeStore?.getXRayTraceId?.() ??
    (process.env["AWS_LAMBDA_MAX_CONCURRENCY"] === undefined ? process.env["_X_AMZN_TRACE_ID"] : undefined)
  return typeof header === "string" ? header : undefined
}

export interface Trace {
  /** As X-Ray writes it: `1-5759e988-bd862e3fe1be46a994272793`. */
  readonly xrayTraceId: string
  readonly parent: Tracer.ExternalSpan | undefined
}

const valid = (id: string): boolean => !/^0+$/.test(id)

/** The trace in an X-Ray header. A header that isn't as AWS documents it has none. */
export const traceOf = (header: string | undefined): Trace | undefined => {
  const fields = new Map(
    (header ?? "").split(";").map((field) => {
      const at = field.indexOf("=")
      return [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1).trim()] as const
    })
  )
  const root = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/i.exec(fields.get("root") ?? "")
  if (root === null) return undefined
  const traceId = `${root[1]}${root[2]}`.toLowerCase()
  if (!valid(traceId)) return undefined
  const spanId = (fields.get("parent") ?? "").toLowerCase()
  return {
    xrayTraceId: root[0],
    parent: /^[0-9a-f]{16}$/.test(spanId) && valid(spanId)
      // As OpenTelemetry's propagator for X-Ray: without the flag, a trace isn't sampled.
      ? Tracer.externalSpan({ traceId, spanId, sampled: fields.get("sampled") === "1" })
      : undefined
  }
}

const member = (value: unknown, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<any>((at, key) => at?.[key], value)

/** What OpenTelemetry calls the kind of event, if the event tells. */
const triggerOf = (event: unknown): string | undefined => {
  if (typeof event !== "object" || event === null) return undefined
  if (member(event, "requestContext", "http") !== undefined || member(event, "httpMethod") !== undefined) return "http"
  const source = member(event, "Records", 0, "eventSource") ?? member(event, "Records", 0, "EventSource")
  if (source === "aws:s3" || source === "aws:dynamodb") return "datasource"
  if (source === "aws:sqs" || source === "aws:sns" || source === "aws:kinesis") return "pubsub"
  if (member(event, "source") === "aws.scheduler" || member(event, "detail-type") === "Scheduled Event") return "timer"
  return member(event, "detail-type") === undefined ? undefined : "pubsub"
}

/** Whether Lambda started the environment for the invocation, and not before it. */
const isOnDemand = (): boolean => (process.env["AWS_LAMBDA_INITIALIZATION_TYPE"] ?? "on-demand") === "on-demand"

/** OpenTelemetry's attributes of functions as a service. */
export const attributesOf = (event: unknown, context: Context, isFirst: boolean): Record<string, unknown> => {
  const trigger = triggerOf(event)
  const arn = typeof context.invokedFunctionArn === "string" ? context.invokedFunctionArn : ""
  const [, , , region, account] = arn.split(":")
  return {
    "faas.name": context.functionName,
    "faas.version": context.functionVersion,
    "faas.invocation_id": context.awsRequestId,
    "faas.coldstart": isFirst && isOnDemand(),
    ...(trigger !== undefined && { "faas.trigger": trigger }),
    "cloud.provider": "aws",
    "cloud.platform": "aws_lambda",
    "cloud.resource_id": arn,
    ...(region && { "cloud.region": region }),
    ...(account && { "cloud.account.id": account })
  }
}
