// Counts sockets on a real server: they are shared, bounded, and closed when no longer needed.
import { ListBucketsCommand } from "@aws-sdk/client-s3"
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Latch, Layer, Schedule, Scope, Stream } from "effect"
import { AwsClients, Polling, S3, Ssm, Sts } from "effect-aws-sdk"
import type { Socket } from "node:net"
import { clientsOf, serve } from "../support/Server.ts"

const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))

/** A server that counts its sockets. `closed` waits until one of them closes. */
const countingServer = (listener: Parameters<typeof serve>[0]) =>
  Effect.gen(function*() {
    const open = new Set<Socket>()
    const closed = yield* Deferred.make<void>()
    let most = 0
    const { server, url } = yield* serve(listener)
    server.on("connection", (socket) => {
      open.add(socket)
      most = Math.max(most, open.size)
      socket.on("close", () => {
        open.delete(socket)
        Deferred.doneUnsafe(closed, Exit.void)
      })
    })
    return { url, open, most: () => most, closed: Deferred.await(closed) }
  })

/**
 * How long it takes to close the socket of an interrupted effect while the Layer stays open, in milliseconds. It is the
 * shortest of five tries, because a busy machine may take any time.
 */
const closingTime = <E>(
  effect: Effect.Effect<unknown, E, AwsClients>,
  listener: (asked: Latch.Latch) => Parameters<typeof serve>[0]
) =>
  Effect.gen(function*() {
    const asked = yield* Latch.make()
    const { closed, url } = yield* countingServer(listener(asked))
    return yield* Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(effect)
      yield* asked.await
      const [took] = yield* Effect.timed(Effect.andThen(Fiber.interrupt(fiber), Effect.timeout(closed, "2 seconds")))
      return Duration.toMillis(took)
    }).pipe(Effect.provide(clientsOf(url)))
  }).pipe(
    Effect.scoped,
    Effect.replicateEffect(5),
    Effect.map((took) => Math.min(...took))
  )

const neverAnswer = (asked: Latch.Latch): Parameters<typeof serve>[0] => () => asked.openUnsafe()

describe("an interruption", () => {
  const cases: Readonly<Record<string, readonly [Effect.Effect<unknown, unknown, AwsClients>, typeof neverAnswer]>> = {
    "a call": [get, neverAnswer],
    "a Stream within a page": [
      Stream.runDrain(Ssm.listParametersByPath("/p")),
      (asked) => (request, response) => {
        request.resume().on("end", () => {
          response.writeHead(200, { "content-length": "1000" }).write(`{"Parameters":`, () => asked.openUnsafe())
        })
      }
    ],
    "a Stream between two pages": [
      Stream.runDrain(Ssm.listParametersByPath("/p")),
      (asked) => {
        let pages = 0
        return (request, response) => {
          request.resume().on("end", () => {
            if (++pages === 2) return asked.openUnsafe()
            response.end(`{"Parameters":[],"NextToken":"next"}`)
          })
        }
      }
    ],
    "a read of a body": [
      Stream.runDrain(S3.getObject("bucket", "key")),
      (asked) => (_, response) => {
        response.writeHead(200, { "content-length": "10000000" }).write(Buffer.alloc(100_000), () => asked.openUnsafe())
      }
    ],
    "an upload": [S3.uploadFile({ bucket: "bucket", key: "key", path: import.meta.filename }), neverAnswer],
    "a poll": [
      Polling.waitUntil(get, { until: () => false, waitingFor: "ever", schedule: Schedule.spaced("1 hour") }),
      neverAnswer
    ]
  }
  for (const [what, [effect, listener]] of Object.entries(cases)) {
    it.live(`closes the socket within 50 ms when ${what} is interrupted`, () =>
      Effect.map(closingTime(effect, listener), (took) => assert.isAtMost(took, 50)))
  }
})

describe("a socket", () => {
  it.live("closes the socket when a body's consumer stops early", () =>
    Effect.gen(function*() {
      const { closed, url } = yield* countingServer((_, response) => {
        response.writeHead(200, { "content-length": "10000000" }).write(Buffer.alloc(100_000))
      })
      yield* Effect.gen(function*() {
        yield* S3.getObject("bucket", "key").pipe(Stream.take(1), Stream.runDrain)
        yield* Effect.timeout(closed, "2 seconds")
      }).pipe(Effect.provide(clientsOf(url)))
    }))

  it.live("reuses the socket for the next call of any service", () =>
    Effect.gen(function*() {
      const { most, url } = yield* countingServer((request, response) => {
        request.resume().on("end", () =>
          response.end(
            request.headers["content-type"]?.includes("json")
              ? `{"Parameter":{"Name":"/p"}}`
              : "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
          ))
      })
      yield* Effect.repeat(Effect.andThen(get, Sts.send(new GetCallerIdentityCommand({}))), { times: 4 }).pipe(
        Effect.provide(clientsOf(url))
      )
      assert.strictEqual(most(), 1)
    }))

  it.live("opens at most fifty sockets, and closes them all with the Layer", () =>
    Effect.gen(function*() {
      const { most, open, url } = yield* countingServer((request, response) => {
        request.resume().on("end", () => setImmediate(() => response.end("<ListAllMyBucketsResult/>")))
      })
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(clientsOf(url), scope)
      yield* Effect.forEach(
        Array.from({ length: 200 }),
        () => S3.send(new ListBucketsCommand({})),
        { concurrency: "unbounded", discard: true }
      ).pipe(Effect.provide(context))
      assert.strictEqual(most(), 50)
      yield* Scope.close(scope, Exit.void)
      yield* Effect.callback<void>((resume) => {
        const check = () => open.size === 0 ? resume(Effect.void) : setImmediate(check)
        check()
      }).pipe(Effect.timeout("2 seconds"))
    }))

  it.live("shares the base Layer's socket with a derived Layer, and keeps it open afterwards", () =>
    Effect.gen(function*() {
      const { most, url } = yield* countingServer((request, response) => {
        request.resume().on("end", () => response.end(`{"Parameter":{"Name":"/p"}}`))
      })
      const derived = Layer.effect(
        AwsClients,
        Effect.flatMap(AwsClients, ({ config }) => AwsClients.make({ ...config, region: "us-east-1" }))
      )
      yield* Effect.gen(function*() {
        yield* get
        yield* get.pipe(Effect.provide(derived))
        yield* get
      }).pipe(Effect.provide(clientsOf(url)))
      assert.strictEqual(most(), 1)
    }))
})
