// Lambda.handler in Lambda's lifecycle, under AWS's own runtime client: init, invocations, errors, deadlines, shutdown.
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, Schedule } from "effect"
import { bundled } from "../support/lambda/bundles.ts"
import * as Functions from "../support/lambda/functions.ts"

class Bundle extends Context.Service<Bundle, string>()("test/Bundle") {
  static readonly layer = Layer.effect(Bundle, bundled("test/support/lambda/lifecycle.ts"))
}

const make = (options: Partial<Functions.Options> = {}) =>
  Effect.flatMap(Bundle, (folder) =>
    Functions.make({
      folder,
      handler: "index.handler",
      timeout: 20_000,
      ...options,
      variables: { AWS_LAMBDA_LOG_FORMAT: "JSON", ...options.variables }
    }))

interface Line {
  readonly level: string
  readonly requestId: string
  readonly message: unknown
  readonly [member: string]: unknown
}

/** The lines of the log. Each of them has to be JSON. */
const linesOf = ({ log }: Functions.LambdaFunction) =>
  Effect.map(log, (lines) => lines.map((line) => JSON.parse(line) as Line))

const messages = (lines: ReadonlyArray<Line>) => lines.map(({ message }) => message)

const errorOf = ({ functionError, payload }: Functions.Answer) => {
  assert.strictEqual(functionError, "Unhandled", JSON.stringify(payload))
  return payload as { readonly errorType: string; readonly errorMessage: string; readonly trace: ReadonlyArray<string> }
}

const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

layer(Bundle.layer, { timeout: 60_000, excludeTestServices: true })(
  "Lambda.handler under AWS's runtime client",
  (it) => {
    it.effect("builds the Layer once, and reuses it in warm invocations", () =>
      Effect.gen(function*() {
        const subject = yield* make()
        for (const requestId of ["one", "two", "three"]) {
          assert.deepEqual((yield* subject.invoke({ do: "work" }, { requestId })).payload, { built: 1, requestId })
        }
        assert.strictEqual(yield* subject.environments, 1)
      }))

    it.effect("writes lines of JSON with the request and the trace, and flushes telemetry before the answer", () =>
      Effect.gen(function*() {
        const subject = yield* make()
        yield* subject.invoke({ do: "work" }, { requestId: "one", traceId: trace })
        // Read as soon as the answer is there.
        const lines = yield* linesOf(subject)
        assert.deepEqual(messages(lines), ["the pool is open", "the work is done", "the telemetry is flushed"])
        const [, work] = lines
        assert.include(work, {
          level: "INFO",
          requestId: "one",
          xrayTraceId: "1-5759e988-bd862e3fe1be46a994272793",
          traceId: "5759e988bd862e3fe1be46a994272793"
        })
        assert.deepInclude(work!["annotations"], { order: "o-1" })
        assert.notInclude(JSON.stringify(lines), "planted-secret")
        yield* subject.invoke({ do: "work" }, { requestId: "two" })
        const second = (yield* linesOf(subject)).filter(({ requestId }) => requestId === "two")
        assert.deepEqual(messages(second), ["the work is done", "the telemetry is flushed"])
        assert.isUndefined(second[0]!["xrayTraceId"])
      }))

    it.effect("lets through what the function's logging configuration does", () =>
      Effect.gen(function*() {
        const levels = (level: string) =>
          Effect.gen(function*() {
            const subject = yield* make({ variables: { AWS_LAMBDA_LOG_LEVEL: level } })
            yield* subject.invoke({ do: "work" })
            return messages(yield* linesOf(subject))
          })
        assert.deepEqual(yield* levels("DEBUG"), [
          "the pool is open",
          "too much",
          "the work is done",
          "the telemetry is flushed"
        ])
        assert.deepEqual(yield* levels("WARN"), [])
      }))

    it.effect("continues the trace of X-Ray", () =>
      Effect.gen(function*() {
        const subject = yield* make()
        assert.deepEqual((yield* subject.invoke({ do: "trace" }, { traceId: trace })).payload, {
          traceId: "5759e988bd862e3fe1be46a994272793",
          parent: "53995c3f42cd8ad8",
          sampled: true,
          name: "function-under-test"
        })
      }))

    it.effect("answers a typed failure and a defect with their messages, and no secret", () =>
      Effect.gen(function*() {
        const subject = yield* make()
        const failure = yield* subject.invoke({ do: "fail" })
        assert.deepInclude(errorOf(failure), {
          errorType: "OutOfStock",
          errorMessage: "socks is out of stock. Order something else."
        })
        const defect = yield* subject.invoke({ do: "die" })
        assert.deepInclude(errorOf(defect), { errorType: "TypeError", errorMessage: "no such method" })
        const unsendable = yield* subject.invoke({ do: "bigint" })
        assert.strictEqual(errorOf(unsendable).errorType, "AnswerNotSerializable")
        assert.include(errorOf(unsendable).errorMessage, "answer.items[0].id")
        const lines = yield* linesOf(subject)
        assert.notMatch(JSON.stringify([failure, defect, unsendable, lines]), /planted-(secret|token)/)
        assert.include(JSON.stringify(failure.cause), "socks is out of stock")
        // The runtime's own lines about errors are JSON, too.
        assert.include(lines.map(({ message }) => (message as { errorType?: string }).errorType), "OutOfStock")
        assert.isUndefined((yield* subject.invoke({ do: "work" })).functionError)
        assert.strictEqual(yield* subject.environments, 1)
      }))

    for (const AWS_LAMBDA_LOG_FORMAT of ["JSON", "Text"]) {
      it.effect(`answers failures of any shape, and serves on, with logs as ${AWS_LAMBDA_LOG_FORMAT}`, () =>
        Effect.gen(function*() {
          const subject = yield* make({ variables: { AWS_LAMBDA_LOG_FORMAT } })
          const odd = errorOf(yield* subject.invoke({ do: "odd" }))
          assert.strictEqual(odd.errorType, "Fehlschl?ge??X-Injected: 1")
          assert.isBelow(odd.errorMessage.length, 5000)
          const unreadable = errorOf(yield* subject.invoke({ do: "unreadable" }))
          assert.include(unreadable.errorMessage, "has no message")
          const promise = errorOf(yield* subject.invoke({ do: "promise" }))
          assert.strictEqual(promise.errorType, "AnswerNotSerializable")
          assert.deepInclude((yield* subject.invoke({ do: "work" })).payload, { built: 1 })
          assert.strictEqual(yield* subject.environments, 1)
          const log = yield* subject.log
          assert.notMatch(log.join("\n"), /planted-(secret|token)/)
          // No line begins with what a message says.
          for (const line of log) assert.notMatch(line, /^\{"level":"FATAL"\}/)
          for (const line of log) assert.isBelow(Buffer.byteLength(line), 256 * 1024)
        }))
    }

    it.effect("writes nothing secret about a failure in text logs either", () =>
      Effect.gen(function*() {
        const subject = yield* make({ variables: { AWS_LAMBDA_LOG_FORMAT: "Text" } })
        errorOf(yield* subject.invoke({ do: "fail" }))
        const log = (yield* subject.log).join("\n")
        assert.match(log, /Invoke Error.*socks is out of stock/)
        assert.notMatch(log, /planted-(secret|token)/)
      }))

    it.effect("interrupts an invocation before Lambda would end it, and serves the next", () =>
      Effect.gen(function*() {
        const subject = yield* make({ timeout: 3000 })
        yield* subject.invoke({ do: "work" })
        const answer = yield* subject.invoke({ do: "hang" }, { requestId: "slow" })
        assert.strictEqual(errorOf(answer).errorType, "DeadlineExceeded")
        assert.isBelow(answer.took, 3000)
        const lines = (yield* linesOf(subject)).filter(({ requestId }) => requestId === "slow")
        assert.includeMembers(messages(lines), ["the invocation is interrupted", "the telemetry is flushed"])
        assert.deepInclude((yield* subject.invoke({ do: "work" })).payload, { built: 1 })
        assert.strictEqual(yield* subject.environments, 1)
      }))

    it.effect("runs the finalizers of the Layer at a SIGTERM, within the time that Lambda gives", () =>
      Effect.gen(function*() {
        const subject = yield* make({ extension: true })
        yield* subject.invoke({ do: "work" })
        const begin = Date.now()
        assert.deepEqual(yield* subject.shutDown(10_000), { code: 0, signal: null })
        assert.isBelow(Date.now() - begin, 2000)
        assert.strictEqual(messages(yield* linesOf(subject)).at(-1), "the pool is closed")
      }))

    it.effect("runs no finalizer if the function has no extension, as Lambda kills it at once", () =>
      Effect.gen(function*() {
        const subject = yield* make()
        yield* subject.invoke({ do: "work" })
        assert.deepEqual(yield* subject.shutDown(), { code: null, signal: "SIGKILL" })
        assert.notInclude(messages(yield* linesOf(subject)), "the pool is closed")
      }))

    it.effect("answers with the failure of the Layer, and builds it again for the next invocation", () =>
      Effect.gen(function*() {
        const subject = yield* make({ variables: { LAYER: "fails" } })
        for (const _ of [1, 2]) {
          const answer = yield* subject.invoke({ do: "work" })
          assert.deepInclude(errorOf(answer), {
            errorType: "OutOfStock",
            errorMessage: "pool is out of stock. Order something else."
          })
        }
        assert.notMatch(JSON.stringify(yield* linesOf(subject)), /planted-(secret|token)/)
        assert.strictEqual(yield* subject.environments, 1)
      }))

    it.effect("builds the Layer in the init phase if the module asks for it", () =>
      Effect.gen(function*() {
        const subject = yield* make({ variables: { INIT: "eager" } })
        assert.deepInclude((yield* subject.invoke({ do: "work" }, { requestId: "one" })).payload, { built: 1 })
        const [open] = yield* linesOf(subject)
        assert.deepInclude(open, { message: "the pool is open" })
        assert.isUndefined(open!.requestId)
      }))

    it.effect("fails the init phase if the Layer that is built there fails", () =>
      Effect.gen(function*() {
        const subject = yield* make({ variables: { INIT: "eager", LAYER: "fails" } })
        assert.deepInclude(errorOf(yield* subject.invoke({ do: "work" })), {
          errorType: "OutOfStock",
          errorMessage: "pool is out of stock. Order something else."
        })
        const log = (yield* subject.log).join("\n")
        assert.notMatch(log, /planted-(secret|token)/)
      }))

    it.effect("keeps apart invocations that run at the same time, as on Lambda Managed Instances", () =>
      Effect.gen(function*() {
        const folder = yield* Bundle
        const ids = ["1-00000001-bd862e3fe1be46a994272793", "1-00000002-bd862e3fe1be46a994272793"]
        const { answers, log } = yield* Functions.runConcurrently(
          { folder, handler: "index.handler", timeout: 20_000 },
          ids.map((id) => ({
            event: { do: "meet" },
            requestId: id,
            traceId: `Root=${id};Parent=53995c3f42cd8ad8;Sampled=1`
          }))
        )
        const lines = yield* log.pipe(
          Effect.map((lines) => lines.map((line) => JSON.parse(line) as Line)),
          Effect.repeat({
            until: (lines) => lines.filter(({ message }) => message === "met").length === ids.length,
            schedule: Schedule.max([Schedule.spaced("10 millis"), Schedule.recurs(1000)])
          })
        )
        for (const id of ids) {
          const traceId = id.slice(2).replace("-", "")
          assert.deepEqual(answers.get(id)?.payload, { built: 1, traceId, requestId: id })
          const [met, ...others] = lines.filter(({ message, requestId }) => message === "met" && requestId === id)
          assert.deepInclude(met, { xrayTraceId: id, traceId })
          assert.isEmpty(others)
        }
      }))

    it.effect("leaves a failure of the function's code at init to Lambda", () =>
      Effect.gen(function*() {
        const subject = yield* make({ variables: { MODULE: "fails" } })
        assert.deepInclude(errorOf(yield* subject.invoke({ do: "work" })), {
          errorType: "RangeError",
          errorMessage: "The configuration has no PORT."
        })
      }))
  }
)
