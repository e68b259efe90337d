// Every sink that a failed or a successful call writes to, searched for the secrets that were planted in it.
import { PutParameterCommand } from "@aws-sdk/client-ssm"
import { AssumeRoleCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, Metric, Redacted, References, Schedule, Schema, Tracer } from "effect"
import { AwsClients, InMemory, Ssm, Sts } from "effect-aws-sdk"
import type * as http from "node:http"
import { inspect } from "node:util"
import { answers } from "../support/answers.ts"
import { clientsOf, serve } from "../support/Server.ts"

const planted = {
  accessKeyId: "AKIAPLANTEDKEYID0000",
  secretAccessKey: "planted-secret-access-key",
  sessionToken: "planted-session-token",
  parameter: "planted-parameter-value"
}

const options = {
  region: "eu-central-1",
  retry: Schedule.recurs(1),
  clientOptions: { forcePathStyle: true },
  credentials: {
    accessKeyId: planted.accessKeyId,
    secretAccessKey: Redacted.make(planted.secretAccessKey),
    sessionToken: Redacted.make(planted.sessionToken)
  }
}

const put = Ssm.send(new PutParameterCommand({ Name: "/p", Value: planted.parameter, Type: "SecureString" }))

/** Runs the effect with every sink open, and gives all that was written, by sink. */
const sinks = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const written: Record<string, Array<string>> = { logs: [], spans: [], metrics: [], errors: [] }
    const loggers = [Logger.formatStructured, Logger.formatJson, Logger.formatLogFmt, Logger.formatSimple].map((
      format
    ) =>
      Logger.map(format as Logger.Logger<unknown, unknown>, (line) => {
        written["logs"]!.push(typeof line === "string" ? line : JSON.stringify(line))
      })
    )
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (spanOptions) => {
        const span = new Tracer.NativeSpan(spanOptions)
        spans.push(span)
        return span
      }
    })
    const exit = yield* effect.pipe(
      Effect.tapCause((cause) => Effect.logError("it failed", cause)),
      Effect.withSpan("program"),
      Effect.exit,
      Effect.withTracer(tracer),
      Effect.provide(Logger.layer(loggers)),
      Effect.provideService(References.MinimumLogLevel, "All")
    )
    if (Exit.isFailure(exit)) {
      const error = Cause.squash(exit.cause)
      written["errors"]!.push(
        String(error),
        (error as Error).message,
        JSON.stringify(error),
        Cause.pretty(exit.cause),
        inspect(error, { depth: 8 })
      )
    }
    for (const { attributes, events, status } of spans) {
      written["spans"]!.push(inspect([...attributes, events], { depth: 8 }))
      if (status._tag === "Ended" && Exit.isFailure(status.exit)) {
        written["spans"]!.push(Cause.pretty(status.exit.cause), JSON.stringify(status.exit))
      }
    }
    written["metrics"]!.push(inspect(yield* Metric.snapshot, { depth: 8 }))
    return { exit, written }
  })

const check = (written: Readonly<Record<string, ReadonlyArray<string>>>) => {
  for (const [sink, lines] of Object.entries(written)) {
    for (const [name, secret] of Object.entries(planted)) {
      assert.notInclude(lines.join("\n"), secret, `${name} in ${sink}`)
    }
  }
}

const body =
  (status: number, text: string, headers: Record<string, string> = {}): http.RequestListener => (request, response) => {
    request.resume().on("end", () => response.writeHead(status, headers).end(text))
  }

const writes: Readonly<Record<string, http.RequestListener>> = {
  success: body(200, `{"Version":1}`),
  refused: body(400, `{"__type":"ParameterAlreadyExists","message":"it is there"}`),
  denied: body(400, `{"__type":"AccessDeniedException","message":"not you"}`),
  expired: body(400, `{"__type":"ExpiredTokenException","message":"expired"}`),
  throttled: body(400, `{"__type":"ThrottlingException","message":"slower"}`),
  fault: body(500, `{"__type":"InternalServerError","message":"oops"}`),
  html: body(502, "<html>Bad Gateway</html>"),
  garbled: body(200, `{"Version":`),
  reset: (request) => request.socket.resetAndDestroy(),
  cut: (request, response) => {
    response.writeHead(200, { "content-length": "100" }).write("{", () => request.socket.destroy())
  }
}

describe("no secret is written to a log, span, metric, error or its JSON", () => {
  for (const [name, listener] of Object.entries(writes)) {
    it.live(`when the answer to a secret that is written is ${name}`, () =>
      Effect.gen(function*() {
        const { url } = yield* serve(listener)
        const { exit, written } = yield* sinks(put).pipe(Effect.provide(clientsOf(url, options)))
        assert.strictEqual(Exit.isSuccess(exit), name === "success")
        assert.isNotEmpty(written["logs"])
        assert.isNotEmpty(written["spans"])
        if (name !== "success") assert.isNotEmpty(written["errors"])
        check(written)
      }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))
  }

  for (const [what, call, [status, headers, text]] of answers) {
    it.live(`when the answer is ${what}`, () =>
      Effect.gen(function*() {
        const { url } = yield* serve(body(status, text, headers))
        const { written } = yield* sinks(call).pipe(Effect.provide(clientsOf(url, options)))
        assert.isNotEmpty(written["errors"])
        check(written)
      }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))
  }

  it.live("when credentials cannot be had", () =>
    Effect.gen(function*() {
      const { written } = yield* sinks(put).pipe(
        Effect.provide(AwsClients.layer({ ...options, credentials: () => Promise.reject(new Error("closed")) }))
      )
      assert.isNotEmpty(written["errors"])
      check(written)
    }))

  it.effect("when a session is given out, and a secret parameter is read", () =>
    Effect.gen(function*() {
      const role = { RoleArn: "arn:aws:iam::222222222222:role/r", RoleSessionName: "test" }
      const { Credentials } = yield* Sts.send(new AssumeRoleCommand(role))
      const { written } = yield* sinks(Effect.gen(function*() {
        yield* Ssm.putParameter({ name: "/p", value: Redacted.make(planted.parameter) })
        const parameter = yield* Ssm.getParameter("/p")
        const encoded = yield* Effect.exit(Schema.encodeEffect(Schema.toCodecJson(Ssm.Parameter))(parameter))
        yield* Effect.logInfo("read", parameter, JSON.stringify(parameter), inspect(parameter), encoded)
        yield* Sts.send(new AssumeRoleCommand(role))
      }))
      check(written)
      for (const secret of [Credentials?.SecretAccessKey, Credentials?.SessionToken]) {
        assert.isString(secret)
        assert.notInclude(JSON.stringify(written), String(secret))
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("when AwsClients or its configuration is printed", () =>
    Effect.gen(function*() {
      const clients = yield* AwsClients
      yield* Effect.promise(() => clients.config.credentials())
      check({
        printed: [clients, clients.config].flatMap((
          value
        ) => [inspect(value, { depth: 8 }), JSON.stringify(value), String(value)])
      })
    }).pipe(Effect.provide(AwsClients.layer(options))))
})

describe("the search itself", () => {
  it.effect("finds a secret that is logged", () =>
    Effect.gen(function*() {
      const { written } = yield* sinks(Effect.logInfo(planted.parameter))
      assert.throws(() => check(written), "parameter in logs")
    }))
})
