// What the other tests in this folder stand on: AWS's runtime client runs plain handlers, and gets along with our Runtime API.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { folder } from "../support/Environment.ts"
import * as Functions from "../support/lambda/functions.ts"
import { maxPayload } from "../support/lambda/runtimeApi.ts"

/** A function of this source. */
const functionOf = (source: string, options: Partial<Functions.Options> = {}) =>
  Effect.flatMap(
    folder({ "index.mjs": source }),
    (root) => Functions.make({ folder: root, handler: "index.handler", ...options })
  )

const errorOf = ({ payload }: Functions.Answer) =>
  payload as { errorType: string; errorMessage: string; trace: unknown }

describe("a function under AWS's runtime client", () => {
  it.live("gets the event and the context, and answers", () =>
    Effect.gen(function*() {
      const { environments, invoke } = yield* functionOf(`
        let count = 0
        export const handler = async (event, { getRemainingTimeInMillis, ...context }) => {
          const trace = process.env._X_AMZN_TRACE_ID
          return { event, context, trace, left: getRemainingTimeInMillis(), count: ++count }
        }`)
      const first = yield* invoke({ text: "äöü €" }, {
        requestId: "one",
        traceId: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        clientContext: { client: { app_title: "a" } },
        identity: { cognitoIdentityId: "b" }
      })
      const { context, left, trace, ...rest } = first.payload as Record<string, unknown>
      assert.isUndefined(first.functionError)
      assert.deepEqual(rest, { event: { text: "äöü €" }, count: 1 })
      assert.include(context, {
        functionName: "function-under-test",
        functionVersion: "$LATEST",
        memoryLimitInMB: "128",
        logGroupName: "/aws/lambda/function-under-test",
        invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:function-under-test",
        awsRequestId: "one"
      })
      assert.deepInclude(context, {
        clientContext: { client: { app_title: "a" } },
        identity: { cognitoIdentityId: "b" }
      })
      assert.strictEqual(trace, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
      assert.isAtMost(Number(left), 3000)
      const second = yield* invoke({})
      assert.deepInclude(second.payload, { count: 2 })
      assert.strictEqual(yield* environments, 1)
    }))

  it.live("answers with an error, and X-Ray gets the cause", () =>
    Effect.gen(function*() {
      const { environments, invoke, log } = yield* functionOf(`
        export const handler = async () => {
          throw Object.assign(new Error("no orders – none"), { name: "NoOrders" })
        }`)
      const answer = yield* invoke({})
      assert.strictEqual(answer.functionError, "Unhandled")
      assert.deepInclude(errorOf(answer), { errorType: "NoOrders", errorMessage: "no orders – none" })
      assert.deepInclude((answer.cause as { exceptions: Array<unknown> }).exceptions[0], {
        type: "NoOrders",
        message: "no orders – none"
      })
      assert.match((yield* log).join("\n"), /Invoke Error.*NoOrders/)
      yield* invoke({})
      assert.strictEqual(yield* environments, 1)
    }))

  it.live("is killed at its deadline, and starts anew", () =>
    Effect.gen(function*() {
      const { environments, invoke } = yield* functionOf(
        `export const handler = async ({ hangs }) => hangs ? new Promise(() => setInterval(() => {}, 1000)) : "done"`,
        { timeout: 1000 }
      )
      const answer = yield* invoke({ hangs: true }, { requestId: "slow" })
      assert.deepEqual(answer.payload, {
        errorType: "Sandbox.Timedout",
        errorMessage: "RequestId: slow Error: Task timed out after 1.00 seconds"
      })
      assert.strictEqual((yield* invoke({})).payload, "done")
      assert.strictEqual(yield* environments, 2)
    }))

  it.live("that ends its process is an error, and starts anew", () =>
    Effect.gen(function*() {
      const { environments, invoke } = yield* functionOf(
        `export const handler = async ({ code }) => code === undefined ? "done" : process.exit(code)`
      )
      assert.deepEqual((yield* invoke({ code: 3 }, { requestId: "ends" })).payload, {
        errorType: "Runtime.ExitError",
        errorMessage: "RequestId: ends Error: Runtime exited with error: exit status 3"
      })
      assert.strictEqual((yield* invoke({})).payload, "done")
      assert.strictEqual(yield* environments, 2)
    }))

  it.live("that can't be loaded says why", () =>
    Effect.gen(function*() {
      const { invoke, log } = yield* functionOf(`throw new RangeError("no configuration")`)
      const answer = yield* invoke({})
      assert.deepInclude(errorOf(answer), { errorType: "RangeError", errorMessage: "no configuration" })
      assert.match((yield* log).join("\n"), /Init Error/)
      const missing = yield* functionOf("export const other = 1")
      assert.deepInclude(errorOf(yield* missing.invoke({})), {
        errorType: "Runtime.HandlerNotFound",
        errorMessage: "index.handler is undefined or not exported"
      })
    }))

  it.live("is frozen between two invocations", () =>
    Effect.gen(function*() {
      const { invoke, log } = yield* functionOf(`
        export const handler = async () => {
          setInterval(() => console.log("running"), 1)
          return "done"
        }`)
      assert.strictEqual((yield* invoke({})).payload, "done")
      // Soon, nothing is written any more while another function starts and runs.
      const isFrozen = Effect.gen(function*() {
        const { length } = yield* log
        yield* Effect.scoped(
          Effect.flatMap(functionOf("export const handler = async () => 1"), (other) => other.invoke({}))
        )
        return (yield* log).length === length
      })
      assert.isTrue(yield* Effect.repeat(isFrozen, { until: (frozen) => frozen, times: 20 }))
      assert.strictEqual((yield* invoke({})).payload, "done")
    }))

  it.live("streams its answer, and an error after it", () =>
    Effect.gen(function*() {
      const { invoke } = yield* functionOf(`
        export const handler = awslambda.streamifyResponse(async ({ fails }, stream) => {
          const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201 })
          for (const part of ["one ", "two"]) {
            http.write(part)
            await new Promise((resolve) => setTimeout(resolve, 20))
          }
          if (fails) throw new RangeError("in the middle")
          http.end()
        })`)
      const answer = yield* invoke({})
      assert.isUndefined(answer.functionError)
      assert.strictEqual(answer.contentType, "application/vnd.awslambda.http-integration-response")
      assert.strictEqual(answer.payload, `{"statusCode":201}${"\0".repeat(8)}one two`)
      assert.isAbove(answer.chunks!.length, 1)
      const failed = yield* invoke({ fails: true })
      assert.strictEqual(failed.functionError, "Unhandled")
      assert.deepInclude(errorOf(failed), { errorType: "RangeError", errorMessage: "in the middle" })
      assert.strictEqual(Buffer.concat(failed.chunks!).toString(), `{"statusCode":201}${"\0".repeat(8)}one two`)
      assert.isUndefined((yield* invoke({})).functionError)
    }))

  it.live("can't answer with more than 6 MB", () =>
    Effect.gen(function*() {
      const { invoke } = yield* functionOf(`export const handler = async ({ size }) => "x".repeat(size)`)
      assert.isUndefined((yield* invoke({ size: maxPayload - 2 })).functionError)
      const answer = yield* invoke({ size: maxPayload - 1 })
      assert.strictEqual(errorOf(answer).errorType, "Function.ResponseSizeTooLarge")
      assert.strictEqual((yield* invoke({ size: 1 })).payload, "x")
    }))

  it.live("gets a SIGTERM if there is an extension", () =>
    Effect.gen(function*() {
      const source = `
        process.on("SIGTERM", () => {
          console.log("bye")
          process.exit(0)
        })
        export const handler = async () => "done"`
      const plain = yield* functionOf(source)
      assert.isUndefined(yield* plain.shutDown())
      yield* plain.invoke({})
      assert.deepEqual(yield* plain.shutDown(), { code: null, signal: "SIGKILL" })
      assert.deepEqual(yield* plain.log, [])
      const extended = yield* functionOf(source, { extension: true })
      yield* extended.invoke({})
      assert.deepEqual(yield* extended.shutDown(10_000), { code: 0, signal: null })
      assert.match((yield* extended.log).join("\n"), /bye/)
    }))
})
