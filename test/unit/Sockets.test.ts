// What happens to sockets, counted on a real server: they are shared, bounded, and closed when nobody needs them.
import { ListBucketsCommand } from "@aws-sdk/client-s3"
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Latch, Layer, Schedule, Scope, Stream } from "effect"
import { AwsClients, Polling, S3, Ssm, Sts } from "effect-aws-sdk"
import type { Socket } from "node:net"
import { clientsOf, serve } from "../support/Server.ts"

const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))

/** A server whose sockets are counted; `closed` is when one of them closes. */
const counted = (listener: Parameters<typeof serve>[0]) =>
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
 * How long after the effect is interrupted its socket is closed, while the Layer is still there: in milliseconds, the
 * least of five tries, as a busy machine may take any time.
 */
const untilClosed = <E>(
  effect: Effect.Effect<unknown, E, AwsClients>,
  listener: (asked: Latch.Latch) => Parameters<typeof serve>[0]
) =>
  Effect.gen(function*() {
    const asked = yield* Latch.make()
    const { closed, url } = yield* counted(listener(asked))
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

const never = (asked: Latch.Latch): Parameters<typeof serve>[0] => () => asked.openUnsafe()

describe("a socket is closed within 50 ms of the interruption of", () => {
  const cases: Readonly<Record<string, readonly [Effect.Effect<unknown, unknown, AwsClients>, typeof never]>> = {
    "a call": [get, never],
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
    "a body that is read": [
      Stream.runDrain(S3.getObject("bucket", "key")),
      (asked) => (_, response) => {
        response.writeHead(200, { "content-length": "10000000" }).write(Buffer.alloc(100_000), () => asked.openUnsafe())
      }
    ],
    "an upload": [S3.uploadFile({ bucket: "bucket", key: "key", path: import.meta.filename }), never],
    "a poll": [
      Polling.waitUntil(get, { until: () => false, waitingFor: "ever", schedule: Schedule.spaced("1 hour") }),
      never
    ]
  }
  for (const [what, [effect, listener]] of Object.entries(cases)) {
    it.live(what, () => Effect.map(untilClosed(effect, listener), (took) => assert.isAtMost(took, 50)))
  }
})

describe("a socket", () => {
  it.live("is closed when a body's consumer has had enough", () =>
    Effect.gen(function*() {
      const { closed, url } = yield* counted((_, response) => {
        response.writeHead(200, { "content-length": "10000000" }).write(Buffer.alloc(100_000))
      })
      yield* Effect.gen(function*() {
        yield* S3.getObject("bucket", "key").pipe(Stream.take(1), Stream.runDrain)
        yield* Effect.timeout(closed, "2 seconds")
      }).pipe(Effect.provide(clientsOf(url)))
    }))

  it.live("is kept for the next call, of any service", () =>
    Effect.gen(function*() {
      const { most, url } = yield* counted((request, response) => {
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

  it.live("is one of fifty at most, and all are closed with the Layer", () =>
    Effect.gen(function*() {
      const { most, open, url } = yield* counted((request, response) => {
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
        const look = () => open.size === 0 ? resume(Effect.void) : setImmediate(look)
        look()
      }).pipe(Effect.timeout("2 seconds"))
    }))

  it.live("of a derived Layer is the base's, and outlives the derived one", () =>
    Effect.gen(function*() {
      const { most, url } = yield* counted((request, response) => {
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
