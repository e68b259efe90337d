// Log lines as JSON, in the form that Lambda's runtime writes and Lambda reads.
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"
import { shorten } from "../../errors/internal/shorten.ts"
import { writeLine } from "../../src/internal/stdout.ts"
import { mainOf, messageOf, stackOf, typeOf, valueOf } from "./failures.ts"
import { Current } from "./invocation.ts"
import { plain } from "./plain.ts"

/** In bytes of a line. CloudWatch Logs takes more by now, but Lambda cuts what a function writes at 256 KB. */
const LIMIT = 250_000

/** In bytes of the stack in a line that is shortened. */
const STACK = 100_000

/** The least severe level that the function's logging configuration lets through, if it says. */
const configuredLevel = (): LogLevel.LogLevel | undefined => {
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

const textOf = (message: unknown): unknown => {
  const parts = (Array.isArray(message) ? message : [message]).map((part) => plain(part))
  if (parts.length === 1) return parts[0]
  return parts.every((part) => typeof part === "string") ? parts.join(" ") : parts
}

const errorOf = (cause: Cause.Cause<unknown>) => {
  if (cause.reasons.length === 0) return {}
  const main = mainOf(cause)
  const type = main === undefined ? "Interrupted" : typeOf(valueOf(main))
  return {
    errorType: type,
    errorMessage: main === undefined ? "All fibers were interrupted." : messageOf(valueOf(main), type),
    stackTrace: stackOf(cause)
  }
}

/** `undefined` for what is longer than a text can be. */
const jsonOf = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** The first lines of a stack, as many as a line of the log surely has. A character may have six bytes as JSON. */
const beginningOf = (stack: ReadonlyArray<string>): ReadonlyArray<string> => {
  let bytes = 0
  return stack.map(shorten).filter((line) => (bytes += Buffer.byteLength(JSON.stringify(line))) <= STACK)
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
  const text = textOf(message)
  const error = errorOf(cause)
  const line = jsonOf({
    ...base,
    message: text,
    ...error,
    ...(Object.keys(annotations).length > 0 && { annotations: plain(annotations) }),
    ...(spans.length > 0 && {
      spans: Object.fromEntries(spans.map(([label, start]) => [label, date.getTime() - start]))
    })
  })
  const bytes = line === undefined ? Infinity : Buffer.byteLength(line)
  if (line !== undefined && bytes <= LIMIT) return line
  const { errorMessage, errorType, stackTrace } = { errorMessage: undefined, errorType: undefined, ...error }
  return JSON.stringify({
    ...base,
    message: shorten(typeof text === "string" ? text : jsonOf(text) ?? "[a value that is too large]"),
    ...(errorType !== undefined && {
      errorType: shorten(errorType),
      errorMessage: shorten(errorMessage ?? ""),
      stackTrace: beginningOf(stackTrace ?? [])
    }),
    shortened: `The entry had ${
      line === undefined ? "more bytes than a text can have" : `${bytes.toLocaleString("en")} bytes`
    }, and Lambda takes 256 KB of a line. The annotations are left out.`
  })
}

/** A logger that writes a line of JSON for each entry. */
export const jsonLogger = (write: (line: string) => void = writeLine): Logger.Logger<unknown, void> =>
  Logger.make((options) => write(lineOf(options)))

/** Runs an effect with a logger in the place of Effect's default one, and with the configured level. */
export const withLogging =
  (logger: Logger.Logger<unknown, unknown> | false) => <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    logger === false ? effect : Effect.updateContext(effect, (context: Context.Context<never>) => {
      const loggers = Context.get(context, Logger.CurrentLoggers)
      const replaced = new Set([...loggers].map((one) => one === Logger.defaultLogger ? logger : one))
      const logging = Context.add(context, Logger.CurrentLoggers, replaced)
      const level = configuredLevel()
      return level === undefined ? logging : Context.add(logging, References.MinimumLogLevel, level)
    })
