// Runs the program of docs/observability.md, as printed there, in its own process against a receiver on loopback.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { AwsClients, InMemory } from "effect-aws-sdk"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { blocksIn } from "../../scripts/internal/pages.ts"
import { serve } from "../support/Server.ts"

const root = path.resolve(import.meta.dirname, "../..")
const collector = "http://127.0.0.1:4318"
const password = "hunter2-planted"

/** A file with the page's program, and this URL in place of the collector's, for the rest of the scope. */
const programFor = (url: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const [program, ...others] = blocksIn("docs/observability.md").filter(({ code, language }) =>
        language === "ts" && code.includes(collector)
      )
      if (program === undefined || others.length > 0) {
        throw new Error("exactly one program of the page must use the collector")
      }
      // In the root, where `effect-aws-sdk` resolves by name.
      const folder = fs.mkdtempSync(path.join(root, ".snippets-otlp-"))
      const file = path.join(folder, "main.ts")
      fs.writeFileSync(file, program.code.replace(collector, url))
      return { folder, file }
    }),
    ({ folder }) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
  )

/** Runs a program that must succeed, and returns what it writes. */
const run = (file: string) =>
  Effect.callback<string>((resume, signal) => {
    execFile(
      process.execPath,
      ["--conditions=@effect-aws-sdk/source", file],
      { cwd: root, env: { ...process.env, APP_PASSWORD: password }, signal },
      (error, stdout, stderr) => resume(error ? Effect.die(error) : Effect.succeed(stdout + stderr))
    )
  })

interface Attributed {
  readonly attributes: ReadonlyArray<{ readonly key: string; readonly value: Readonly<Record<string, unknown>> }>
}

interface Span extends Attributed {
  readonly name: string
  readonly kind: number
  readonly spanId: string
  readonly parentSpanId?: string
}

interface Received {
  readonly resourceSpans?: ReadonlyArray<
    { readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<Span> }> }
  >
  readonly resourceMetrics?: ReadonlyArray<{
    readonly scopeMetrics: ReadonlyArray<{
      readonly metrics: ReadonlyArray<{
        readonly name: string
        readonly unit: string
        readonly sum?: { readonly dataPoints: ReadonlyArray<Attributed & { readonly asDouble: number }> }
        readonly histogram?: { readonly dataPoints: ReadonlyArray<Attributed & { readonly count: number }> }
      }>
    }>
  }>
  readonly resourceLogs?: ReadonlyArray<{
    readonly scopeLogs: ReadonlyArray<{
      readonly logRecords: ReadonlyArray<
        Attributed & {
          readonly severityText: string
          readonly spanId?: string
          readonly body: { readonly stringValue?: string }
        }
      >
    }>
  }>
}

const attributesOf = ({ attributes }: Attributed) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

describe("the program of docs/observability.md", () => {
  it.live("sends spans, metrics and logs, but no secret, to a collector", () =>
    Effect.gen(function*() {
      const bodies: Array<string> = []
      const { url } = yield* serve((request, response) => {
        let body = ""
        request.setEncoding("utf8").on("data", (chunk: string) => body += chunk).on("end", () => {
          bodies.push(body)
          response.writeHead(200, { "content-type": "application/json" }).end("{}")
        })
      })
      const written = yield* run((yield* programFor(url)).file)
      const received = bodies.map((body) => JSON.parse(body) as Received)

      const spans = received.flatMap(({ resourceSpans = [] }) => resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans).flatMap((scope) => scope.spans)
      const names = new Map(spans.map(({ name, spanId }) => [spanId, name]))
      assert.deepEqual(
        spans.map(({ name, parentSpanId }) => [names.get(parentSpanId ?? ""), name]).sort(),
        [
          ["SSM.PutParameter", "Ssm.putParameter"],
          ["SSM.PutParameter", "Ssm.putParameter"],
          ["SSM.GetParameter", "Ssm.getParameter"],
          ["Ssm.putParameter", "setUp"],
          ["Ssm.putParameter", "setUp"],
          ["Ssm.getParameter", "setUp"],
          ["setUp", undefined]
        ].map(([name, parent]) => [parent, name]).sort()
      )
      const puts = spans.filter(({ name }) => name === "SSM.PutParameter")
      const outcomes = puts.map((span) => {
        assert.strictEqual(span.kind, 3) // client
        const { "aws.request_id": requestId, "http.response.status_code": status, "error.type": error, ...rest } =
          attributesOf(span)
        assert.match(String(requestId), /^[0-9a-f-]{36}$/)
        assert.deepEqual(rest, {
          "rpc.system": "aws-api",
          "rpc.service": "SSM",
          "rpc.method": "PutParameter",
          "cloud.region": "us-east-1"
        })
        return [Number(status), error]
      })
      assert.deepEqual(outcomes, [[200, undefined], [400, "ParameterAlreadyExists"]])

      // Each export of the metrics is cumulative.
      const metrics = (received.findLast(({ resourceMetrics }) => resourceMetrics !== undefined)?.resourceMetrics ?? [])
        .flatMap(({ scopeMetrics }) => scopeMetrics).flatMap((scope) => scope.metrics)
      const put = { service: "SSM", operation: "PutParameter" }
      const get = { service: "SSM", operation: "GetParameter" }
      const counted = metrics.filter(({ name }) => name.startsWith("aws_")).map(({ histogram, name, sum, unit }) => [
        name,
        unit,
        sum?.dataPoints.map((point) => [attributesOf(point), point.asDouble]) ??
          histogram?.dataPoints.map((point) => [attributesOf(point), Number(point.count)])
      ])
      const time_unit = "milliseconds"
      assert.sameDeepMembers(counted, [
        ["aws_calls", "1", [[put, 2], [get, 1]]],
        ["aws_failures", "1", [[{ ...put, reason: "Rejected" }, 1]]],
        ["aws_duration", "ms", [[{ ...put, time_unit }, 2], [{ ...get, time_unit }, 1]]]
      ])

      const logs = received.flatMap(({ resourceLogs = [] }) => resourceLogs)
        .flatMap(({ scopeLogs }) => scopeLogs).flatMap((scope) => scope.logRecords)
      const line = logs.find(({ body }) => body.stringValue === "SSM.PutParameter failed with ParameterAlreadyExists")
      assert.strictEqual(line?.severityText, "Debug")
      assert.strictEqual(line?.spanId, puts[1]?.spanId)
      assert.deepInclude(attributesOf(line!), {
        service: "SSM",
        operation: "PutParameter",
        "aws.request_id": attributesOf(puts[1]!)["aws.request_id"]
      })
      assert.isTrue(logs.some(({ body }) => body.stringValue === "The password is set, in version 1"))

      const { config } = yield* Effect.provide(AwsClients, InMemory.layer())
      const { secretAccessKey } = yield* Effect.promise(() => config.credentials())
      for (const text of [...bodies, written]) {
        for (const secret of [password, secretAccessKey]) assert.notInclude(text, secret)
        assert.notMatch(text, /Signature=|x-amz-security-token/i)
      }
    }), 30_000)
})
