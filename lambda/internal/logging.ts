// Log lines as JSON, in the form that Lambda's runtime writes and Lambda reads.
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"
import { shorten } from "../../errors/internal/shorten.ts"
import { Current } from "./invocation.ts"
import { plain } from "./plain.ts"

/** In bytes of a line. CloudWatch Logs takes more by now, but Lambda cuts what a function writes at 256 KB. */
const LIMIT = 250_000

/** The least severe level that the function's logging configuration lets through, if it says. */
export const configuredLevel = (): LogLevel.LogLevel | undefined => {
  switch (process.env["AWS_LAMBDA_LOG_LEVEL"]?.toUpperCase()) {
    case "TRACE":
      return "Trace"
    case "DEBUG":
      return "Debug"
    case "INFO":
      return "Info"
    case "WARN":
      return "Warn"
    case "ERROR":
      return "Error"
    case "FATAL":
      return "Fatal"
  }
  return undefined
}

const noop = () => {}

/**
 * Writes a line to standard output. The runtime replaces `console`, which would put the line into a string of another line; and
 * Lambda takes what a function writes to standard output as it is.
 */
export const writeLine = (line: string): void => {
  const { stdout } = process
  stdout.write(`${line}\n`, (error) => {
    // Whoever read it may be gone. Without a listener, that error would end the process.
    if (error && stdout.listenerCount("error") === 0) stdout.once("error", noop)
  })
}

const messageOf = (message: unknown): unknown => {
  const parts = (Array.isArray(message) ? message : [message]).map((part) => plain(part))
  if (parts.length === 1) return parts[0]
  return parts.every((part) => typeof part === "string") ? parts.join(" ") : parts
}

const errorOf = (cause: Cause.Cause<unknown>) => {
  if (cause.reasons.length === 0) return {}
  const main = cause.reasons.find(Cause.isFailReason) ?? cause.reasons.find(Cause.isDieReason) ?? cause.reasons[0]!
  const [error] = Cause.prettyErrors(Cause.fromReasons([main]))
  const failure: unknown = main._tag === "Fail" ? main.error : main._tag === "Die" ? main.defect : undefined
  const tag = (failure as { readonly _tag?: unknown } | undefined | null)?._tag
  return {
    errorType: typeof tag === "string" ? tag : error?.name ?? "Error",
    errorMessage: error?.message ?? "",
    stackTrace: Cause.pretty(cause).split("\n")
  }
}

const lineOf = ({ cause, date, fiber, logLevel, message }: Logger.Options<unknown>): string => {
  const current = fiber.getRef(Current)
  const span = fiber.cache.span
  const annotations = fiber.getRef(References.CurrentLogAnnotations)
  const spans = fiber.getRef(References.CurrentLogSpans)
  const base = {
    timestamp: date.toISOString(),
    level: logLevel.toUpperCase(),
    requestId: current?.context.awsRequestId,
    tenantId: current?.context.tenantId,
    xrayTraceId: current?.xrayTraceId,
    traceId: span?.traceId,
    spanId: span?.spanId
  }
  const text = messageOf(message)
  const error = errorOf(cause)
  const line = JSON.stringify({
    ...base,
    message: text,
    ...error,
    ...(Object.keys(annotations).length > 0 && { annotations: plain(annotations) }),
    ...(spans.length > 0 && {
      spans: Object.fromEntries(spans.map(([label, start]) => [label, date.getTime() - start]))
    })
  })
  const bytes = Buffer.byteLength(line)
  if (bytes <= LIMIT) return line
  const { errorMessage, errorType, stackTrace } = { errorMessage: undefined, errorType: undefined, ...error }
  return JSON.stringify({
    ...base,
    message: shorten(typeof text === "string" ? text : JSON.stringify(text) ?? ""),
    ...(errorType !== undefined && {
      errorType: shorten(errorType),
      errorMessage: shorten(errorMessage ?? ""),
      stackTrace: (stackTrace ?? []).slice(0, 20).map(shorten)
    }),
    shortened: `The entry had ${bytes.toLocaleString("en")} bytes, and Lambda takes 256 KB of a line. ` +
      "The annotations are left out."
  })
}

/** A logger that writes a line of JSON for each entry. */
export const jsonLogger = (write: (line: string) => void = writeLine): Logger.Logger<unknown, void> => {
  return Logger.make((options) => write(lineOf(options)))
}

/** Puts a logger in the place of Effect's default one, and sets the configured level. */
export const withLogging =
  (logger: Logger.Logger<unknown, unknown> | false) => <R>(context: Context.Context<R>): Context.Context<R> => {
    if (logger === false) return context
    const loggers = Context.get(context, Logger.CurrentLoggers)
    const level = configuredLevel()
    const replaced = new Set([...loggers].map((one) => one === Logger.defaultLogger ? logger : one))
    const logging = Context.add(context, Logger.CurrentLoggers, replaced) as Context.Context<R>
    return level === undefined ? logging : Context.add(logging, References.MinimumLogLevel, level) as Context.Context<R>
  }
