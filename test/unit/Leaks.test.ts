// Searches every sink that a call writes to for the secrets that were planted in the call.
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

/** Runs the effect with every sink open, and returns what was written, by sink. */
const captureSinks = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
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

const assertNoSecrets = (written: Readonly<Record<string, ReadonlyArray<string>>>) => {
  for (const [sink, lines] of Object.entries(written)) {
    for (const [name, secret] of Object.entries(planted)) {
      assert.notInclude(lines.join("\n"), secret, `${name} in ${sink}`)
    }
  }
}

const answerWith =
  (status: number, text: string, headers: Record<string, string> = {}): http.RequestListener => (request, response) => {
    request.resume().on("end", () => response.writeHead(status, headers).end(text))
  }

const writes: Readonly<Record<string, http.RequestListener>> = {
  "success": answerWith(200, `{"Version":1}`),
  "a rejection": answerWith(400, `{"__type":"ParameterAlreadyExists","message":"it is there"}`),
  "an access denial": answerWith(400, `{"__type":"AccessDeniedException","message":"not you"}`),
  "an expired token": answerWith(400, `{"__type":"ExpiredTokenException","message":"expired"}`),
  "throttling": answerWith(400, `{"__type":"ThrottlingException","message":"slower"}`),
  "a server fault": answerWith(500, `{"__type":"InternalServerError","message":"oops"}`),
  "an HTML page": answerWith(502, "<html>Bad Gateway</html>"),
  "truncated JSON": answerWith(200, `{"Version":`),
  "a connection reset": (request) => request.socket.resetAndDestroy(),
  "a cut-off body": (request, response) => {
    response.writeHead(200, { "content-length": "100" }).write("{", () => request.socket.destroy())
  }
}

describe("logs, spans, metrics, errors and their JSON", () => {
  for (const [ending, listener] of Object.entries(writes)) {
    it.live(`leaks no secret when writing one ends in ${ending}`, () =>
      Effect.gen(function*() {
        const { url } = yield* serve(listener)
        const { exit, written } = yield* captureSinks(put).pipe(Effect.provide(clientsOf(url, options)))
        assert.strictEqual(Exit.isSuccess(exit), ending === "success")
        assert.isNotEmpty(written["logs"])
        assert.isNotEmpty(written["spans"])
        if (ending !== "success") assert.isNotEmpty(written["errors"])
        assertNoSecrets(written)
      }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))
  }

  for (const [answer, call, [status, headers, text]] of answers) {
    it.live(`leaks no secret when AWS responds with ${answer}`, () =>
      Effect.gen(function*() {
        const { url } = yield* serve(answerWith(status, text, headers))
        const { written } = yield* captureSinks(call).pipe(Effect.provide(clientsOf(url, options)))
        assert.isNotEmpty(written["errors"])
        assertNoSecrets(written)
      }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))
  }

  it.live("leaks no secret when credentials are unavailable", () =>
    Effect.gen(function*() {
      const { written } = yield* captureSinks(put).pipe(
        Effect.provide(AwsClients.layer({ ...options, credentials: () => Promise.reject(new Error("closed")) }))
      )
      assert.isNotEmpty(written["errors"])
      assertNoSecrets(written)
    }))

  it.effect("leaks no secret when issuing a session and reading a secret parameter", () =>
    Effect.gen(function*() {
      const role = { RoleArn: "arn:aws:iam::222222222222:role/r", RoleSessionName: "test" }
      const { Credentials } = yield* Sts.send(new AssumeRoleCommand(role))
      const { written } = yield* captureSinks(Effect.gen(function*() {
        yield* Ssm.putParameter({ name: "/p", value: Redacted.make(planted.parameter) })
        const parameter = yield* Ssm.getParameter("/p")
        const encoded = yield* Effect.exit(Schema.encodeEffect(Schema.toCodecJson(Ssm.Parameter))(parameter))
        yield* Effect.logInfo("read", parameter, JSON.stringify(parameter), inspect(parameter), encoded)
        yield* Sts.send(new AssumeRoleCommand(role))
      }))
      assertNoSecrets(written)
      for (const secret of [Credentials?.SecretAccessKey, Credentials?.SessionToken]) {
        assert.isString(secret)
        assert.notInclude(JSON.stringify(written), String(secret))
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("leaks no secret when AwsClients or its configuration is printed", () =>
    Effect.gen(function*() {
      const clients = yield* AwsClients
      yield* Effect.promise(() => clients.config.credentials())
      assertNoSecrets({
        printed: [clients, clients.config].flatMap((
          value
        ) => [inspect(value, { depth: 8 }), JSON.stringify(value), String(value)])
      })
    }).pipe(Effect.provide(AwsClients.layer(options))))
})

describe("the search for secrets", () => {
  it.effect("finds a secret that is logged", () =>
    Effect.gen(function*() {
      const { written } = yield* captureSinks(Effect.logInfo(planted.parameter))
      assert.throws(() => assertNoSecrets(written), "parameter in logs")
    }))
})
