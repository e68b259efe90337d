import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Schedule, Semaphore } from "effect"
import { Aspect, AssumeRole, InMemory, Ssm, Sts } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { clientsOf, serve } from "../support/Server.ts"

const put = (name: string) => Ssm.putParameter({ name, value: "v" })
const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))
const whoAmI = Sts.send(new GetCallerIdentityCommand({}))

describe("aspects", () => {
  it.effect("wraps each call of every service once, with the first aspect outermost", () => {
    const seen: Array<string> = []
    const record = (who: string): Aspect.Aspect => (send) => (call) => {
      seen.push(`${who} ${call.service}.${call.operation} ${call.region}`)
      return send(call)
    }
    return Effect.gen(function*() {
      yield* put("/p")
      yield* InMemory.inject({ operation: "GetParameter", times: 2, fault: InMemory.throttled })
      yield* get
      yield* whoAmI
      assert.deepEqual(seen, [
        "a SSM.PutParameter us-east-1",
        "b SSM.PutParameter us-east-1",
        "a SSM.GetParameter us-east-1",
        "b SSM.GetParameter us-east-1",
        "a STS.GetCallerIdentity us-east-1",
        "b STS.GetCallerIdentity us-east-1"
      ])
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(2), aspects: [record("a"), record("b")] })))
  })

  it.effect("limits the number of concurrent calls", () => {
    const limit: Aspect.Aspect = (send) => {
      const two = Semaphore.makeUnsafe(2)
      return (call) => two.withPermits(1)(send(call))
    }
    return Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutParameter", fault: InMemory.delay("1 second") })
      const names = Array.from({ length: 6 }, (_, i) => `/p${i}`)
      const fiber = yield* Effect.forkChild(Effect.forEach(names, put, { concurrency: "unbounded" }))
      for (const done of [2, 4, 6]) {
        yield* TestClock.adjust("1 second")
        assert.lengthOf(yield* InMemory.calls, done)
      }
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(InMemory.layer({ aspects: [limit] })))
  })

  it.effect("answers from a cache that belongs to the Layer", () => {
    const cache: Aspect.Aspect = (send) => {
      const answers = new Map<string, unknown>()
      return (call) =>
        answers.has(call.operation)
          ? Effect.succeed(answers.get(call.operation))
          : Effect.tap(send(call), (answer) => Effect.sync(() => answers.set(call.operation, answer)))
    }
    return Effect.gen(function*() {
      const [first, second] = yield* Effect.all([whoAmI, whoAmI])
      assert.strictEqual(first, second)
      assert.lengthOf(yield* InMemory.calls, 1)
    }).pipe(Effect.provide(InMemory.layer({ aspects: [cache] })))
  })

  it.effect("applies the Layer's aspects to roles assumed from it", () => {
    const seen: Array<string> = []
    const record: Aspect.Aspect = (send) => (call) => {
      seen.push(call.operation)
      return send(call)
    }
    const other = AssumeRole.layer({ roleArn: "arn:aws:iam::222222222222:role/r", sessionName: "test" })
    return Effect.gen(function*() {
      yield* whoAmI
      assert.deepEqual(seen, ["AssumeRole", "GetCallerIdentity"])
    }).pipe(Effect.provide(other.pipe(Layer.provide(InMemory.layer({ aspects: [record] })))))
  })

  it.live("adds a signed header without changing the command", () =>
    Effect.gen(function*() {
      const headers: Array<Record<string, unknown>> = []
      const { url } = yield* serve((request, response) => {
        headers.push(request.headers)
        response.end(`{"Parameter":{"Name":"/p"}}`)
      })
      const command = new GetParameterCommand({ Name: "/p" })
      const send = Ssm.send(command)
      yield* Effect.andThen(send, send).pipe(
        Effect.provide(
          clientsOf(url, { aspects: [Aspect.header("X-Team", ({ operation }) => `billing ${operation}`)] })
        )
      )
      yield* send.pipe(Effect.provide(clientsOf(url)))
      assert.deepEqual(headers.map((each) => each["x-team"]), [
        "billing GetParameter",
        "billing GetParameter",
        undefined
      ])
      assert.include(String(headers[0]?.["authorization"]), "x-team")
    }))

  it.live("combines the headers of several aspects with the command's own middleware", () =>
    Effect.gen(function*() {
      const headers: Array<Record<string, unknown>> = []
      const { url } = yield* serve((request, response) => {
        headers.push(request.headers)
        response.end(`{"Parameter":{"Name":"/p"}}`)
      })
      const command = new GetParameterCommand({ Name: "/p" })
      command.middlewareStack.add(
        (next) => (args) => {
          Object.assign((args.request as { headers: object }).headers, { "x-own": "3" })
          return next(args)
        },
        { step: "build" }
      )
      yield* Ssm.send(command).pipe(
        Effect.provide(clientsOf(url, { aspects: [Aspect.header("x-a", () => "1"), Aspect.header("x-b", () => "2")] }))
      )
      const [{ "x-a": a, "x-b": b, "x-own": own } = {}] = headers
      assert.deepEqual([a, b, own], ["1", "2", "3"])
    }))

  it.effect("sends one header if two aspects set it, with the value of the innermost", () =>
    Effect.gen(function*() {
      const headers: Array<string | undefined> = []
      const { url } = yield* serve((request, response) => {
        headers.push(request.headers["x-team"] as string)
        response.end("{}")
      })
      const aspects = [Aspect.header("x-team", () => "a"), Aspect.header("X-Team", () => "b")]
      yield* Effect.ignore(get).pipe(Effect.provide(clientsOf(url, { aspects })))
      assert.deepEqual(headers, ["b"])
    }))
})
