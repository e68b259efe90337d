// The connections of a Layer on a real server: who waits for one, for how long, and what is known of a request that got none.
import { GetObjectCommand, HeadBucketCommand, ListBucketsCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import { assert, describe, it, vi } from "@effect/vitest"
import {
  Context,
  Duration,
  Effect,
  Exit,
  Fiber,
  Latch,
  Layer,
  Logger,
  ManagedRuntime,
  Schema,
  Scope,
  Stream
} from "effect"
import { AwsClients, type AwsError, EventBridge, Retry, S3, Ssm } from "effect-aws-sdk"
import * as http from "node:http"
import * as net from "node:net"
import { PassThrough } from "node:stream"
import { until } from "../support/s3.ts"
import { clientsOf, serve } from "../support/Server.ts"

const list = S3.send(new ListBucketsCommand({}))
const listed = "<ListAllMyBucketsResult/>"
const head = S3.send(new HeadBucketCommand({ Bucket: "bucket" }))

const upload = (body: Buffer, key = "key") => S3.send(new PutObjectCommand({ Bucket: "bucket", Key: key, Body: body }))

/** So large that the SDK asks with `Expect: 100-continue`. */
const large = Buffer.alloc(3 * 2 ** 20)

const after = (milliseconds: number, text: string): http.RequestListener => (request, response) => {
  request.resume().on("end", () => setTimeout(() => response.end(text), milliseconds))
}

/** Opens `asked` with the first request, and answers none until `answer` is run. */
const withheld = (asked: Latch.Latch) => {
  const pending: Array<() => void> = []
  let isWithheld = true
  const listener: http.RequestListener = (request, response) => {
    request.resume().on("end", () => {
      asked.openUnsafe()
      if (isWithheld) pending.push(() => response.end(listed))
      else response.end(listed)
    })
  }
  const answer = Effect.sync(() => {
    isWithheld = false
    for (const send of pending) send()
  })
  return { answer, listener }
}

const limited = (maxSockets: number, more?: object): AwsClients.ClientOptions => ({
  requestHandler: { httpAgent: { maxSockets }, ...more }
})

const many = <A, E, R>(times: number, effect: Effect.Effect<A, E, R>) =>
  Effect.all(Array.from({ length: times }, () => effect), { concurrency: "unbounded" })

const failure = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.timeout(Effect.flip(effect), "10 seconds")

/** A server, with the sockets that are open, the most that were at once, and how many there were. */
const counting = (listener: http.RequestListener) =>
  Effect.gen(function*() {
    const counts = { open: 0, most: 0, all: 0, requests: 0 }
    const { server, url } = yield* serve((request, response) => {
      counts.requests++
      listener(request, response)
    })
    server.on("connection", (socket) => {
      counts.all++
      counts.most = Math.max(counts.most, ++counts.open)
      socket.on("close", () => counts.open--)
    })
    return { counts, server, url }
  })

/** The HTTPS endpoint of a server that never says anything. */
const silentTls = Effect.acquireRelease(
  Effect.callback<net.Server>((resume) => {
    const server = net.createServer((socket) => socket.resume())
    server.listen({ port: 0, host: "127.0.0.1" }, () => resume(Effect.succeed(server)))
  }),
  (server) => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
).pipe(Effect.map((server) => `https://127.0.0.1:${(server.address() as net.AddressInfo).port}`))

class Tick extends EventBridge.Event<Tick>()({ source: "test", detailType: "Tick", fields: { id: Schema.Int } }) {}

const assertReason = (error: unknown, tag: string, code: string, mayHaveSucceeded: boolean) => {
  const { _tag, reason, ...rest } = error as AwsError
  assert.deepEqual([_tag, reason._tag, reason.code, rest.mayHaveSucceeded], ["AwsError", tag, code, mayHaveSucceeded])
}

describe("a full pool", () => {
  it.live("answers every call, however long one waits for a connection", () =>
    Effect.gen(function*() {
      const { counts, url } = yield* counting(after(100, listed))
      yield* many(20, list).pipe(Effect.provide(clientsOf(url, limited(2, { connectionTimeout: 200 }))))
      assert.deepInclude(counts, { most: 2, all: 2, requests: 20 })
    }))

  it.effect("answers every call while the program's clock stands still", () =>
    Effect.gen(function*() {
      const { counts, url } = yield* counting(after(10, listed))
      yield* many(20, list).pipe(Effect.provide(clientsOf(url, limited(2))))
      assert.deepInclude(counts, { most: 2, requests: 20 })
    }))

  it.live("answers every call through an agent that the program made", () =>
    Effect.gen(function*() {
      const { counts, url } = yield* counting(after(100, listed))
      const httpAgent = new http.Agent({ keepAlive: true, maxSockets: 2 })
      yield* many(20, list).pipe(
        Effect.provide(clientsOf(url, { requestHandler: { httpAgent, connectionTimeout: 200 } }))
      )
      assert.deepInclude(counts, { most: 2, all: 2, requests: 20 })
    }))

  it.live("answers every call through an agent that isn't Node's, as that of a proxy may be", () =>
    Effect.gen(function*() {
      const { counts, url } = yield* counting(after(0, listed))
      const sockets: Array<net.Socket> = []
      const httpAgent = {
        addRequest: (request: http.ClientRequest, { host, port }: net.TcpNetConnectOpts) => {
          const socket = net.connect({ host, port })
          sockets.push(socket)
          ;(request as unknown as { readonly onSocket: (socket: net.Socket) => void }).onSocket(socket)
        },
        destroy: () => {
          for (const socket of sockets) socket.destroy()
        }
      }
      yield* many(3, list).pipe(Effect.provide(clientsOf(url, { requestHandler: { httpAgent } as any })))
      assert.strictEqual(counts.requests, 3)
    }))

  it.live("answers every call when the connections close after each answer", () =>
    Effect.gen(function*() {
      const { counts, url } = yield* counting((request, response) => {
        request.resume().on("end", () => response.writeHead(200, { connection: "close" }).end(listed))
      })
      yield* many(20, list).pipe(Effect.provide(clientsOf(url, limited(2))))
      assert.deepInclude(counts, { most: 2, all: 20, requests: 20 })
    }))

  it.live("answers the calls behind bodies that are read slowly", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((request, response) => {
        request.resume()
        response.writeHead(200, { "content-length": "50" })
        let chunks = 0
        const timer = setInterval(() => {
          response.write("0123456789")
          if (++chunks < 5) return
          clearInterval(timer)
          response.end()
        }, 50)
      })
      const bodies = yield* many(8, Stream.runCollect(S3.getObject("bucket", "key"))).pipe(
        Effect.provide(clientsOf(url, limited(2, { connectionTimeout: 200 })))
      )
      for (const body of bodies) assert.lengthOf(Buffer.concat(body), 50)
    }))

  it.live("sends nothing for a call that is interrupted while it waits", () =>
    Effect.gen(function*() {
      const asked = yield* Latch.make()
      const { answer, listener } = withheld(asked)
      const { counts, url } = yield* counting(listener)
      yield* Effect.gen(function*() {
        const first = yield* Effect.forkChild(list)
        yield* asked.await
        const waiting = yield* Effect.forkChild(many(10, list))
        yield* Effect.exit(Effect.timeout(head, "50 millis"))
        yield* Fiber.interrupt(waiting)
        yield* answer
        yield* Fiber.join(first)
        yield* list
        assert.strictEqual(counts.requests, 2)
      }).pipe(Effect.provide(clientsOf(url, limited(1))))
    }))

  it.live("is logged once, with the number of calls that wait, until no call waits any more", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        lines.push(`${logLevel}: ${message}`)
      })
      vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.useRealTimers()))
      const pending: Array<() => void> = []
      const { url } = yield* serve((request, response) => {
        request.resume().on("end", () => pending.push(() => response.end(listed)))
      })
      yield* Effect.gen(function*() {
        for (const waiting of [5, 3]) {
          const fiber = yield* Effect.forkChild(many(waiting + 2, list))
          yield* until("two requests", Effect.sync(() => pending.length === 2))
          vi.advanceTimersByTime(5_000)
          while (fiber.pollUnsafe() === undefined) {
            for (const answer of pending.splice(0)) answer()
            yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
          }
          vi.advanceTimersByTime(5_000)
        }
      }).pipe(Effect.provide(Layer.provideMerge(clientsOf(url, limited(2)), Logger.layer([logger]))))
      assert.lengthOf(lines, 2)
      assert.include(
        lines[0]!,
        `Warn: 5 calls wait for a connection to ${new URL(url).host}: all 2 of the Layer are in use.`
      )
      assert.include(lines[1]!, "3 calls wait")
    }))
})

describe("a pool that the program itself holds", () => {
  /** Runs the effect with the seconds at which the library looks at a queue in the test's hands. */
  const withLooks = <A, E, R>(use: (look: (times: number) => Effect.Effect<void>) => Effect.Effect<A, E, R>) =>
    Effect.gen(function*() {
      vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.useRealTimers()))
      return yield* use((times) =>
        Effect.repeat(
          Effect.andThen(
            Effect.promise(() => new Promise((resolve) => setImmediate(resolve))),
            Effect.sync(() => vi.advanceTimersByTime(1_000))
          ),
          { times: times - 1 }
        )
      )
    })

  const body: http.RequestListener = (request, response) => {
    request.resume()
    if (request.method === "GET") {
      response.writeHead(200, { "content-length": "10000000" }).write(Buffer.alloc(1_000_000))
    } else {
      request.on("end", () => response.end(`{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}`))
    }
  }

  const withBody = (size: number): http.RequestListener => (request, response) => {
    request.resume().on("end", () => response.end(request.method === "GET" ? Buffer.alloc(size) : ""))
  }

  const holders: Readonly<
    Record<string, readonly [http.RequestListener, Effect.Effect<unknown, unknown, AwsClients>]>
  > = {
    "while it reads a body": [body, Effect.void],
    "beside a body that it doesn't read": [withBody(10), S3.send(new GetObjectCommand({ Bucket: "b", Key: "k" }))],
    "beside an empty body that it doesn't read": [
      withBody(0),
      S3.send(new GetObjectCommand({ Bucket: "b", Key: "k" }))
    ]
  }
  for (const [when, [listener, unread]] of Object.entries(holders)) {
    it.live(`fails a call that the program makes ${when}, and says why`, () =>
      withLooks((look) =>
        Effect.gen(function*() {
          const { url } = yield* serve(listener)
          const all = yield* Latch.make()
          let holding = 0
          const call = Effect.suspend(() => {
            if (++holding === 3) all.openUnsafe()
            return Effect.andThen(all.await, head)
          })
          const holder = unread === Effect.void
            ? Stream.runForEach(S3.getObject("bucket", "key"), () => call)
            : Effect.andThen(unread, call)
          const fiber = yield* Effect.forkChild(
            many(3, Effect.flip(holder)).pipe(
              Effect.provide(clientsOf(url, { ...limited(3), retry: Retry.standard() }))
            )
          )
          yield* until("the failure", Effect.andThen(look(5), Effect.sync(() => fiber.pollUnsafe() !== undefined)))
          const errors = yield* Fiber.join(fiber)
          for (const error of errors) assertReason(error, "Misconfigured", "ConnectionsHeld", false)
          assert.include((errors[0] as AwsError).message, `all 3 connections to ${new URL(url).host}`)
          assert.include((errors[0] as AwsError).message, "maxSockets")
          assert.isFalse((errors[0] as AwsError).isRetryable)
        })
      ))
  }

  it.live("lets a call wait for as long as bodies move", () =>
    withLooks((look) =>
      Effect.gen(function*() {
        const { url } = yield* serve(body)
        yield* Effect.gen(function*() {
          let read = 0
          const reader = yield* Effect.forkChild(
            Stream.runForEach(S3.getObject("bucket", "key"), () => Effect.andThen(Effect.sync(() => read++), look(15)))
          )
          yield* until("the body", Effect.sync(() => read > 0))
          const waiting = yield* Effect.forkChild(head)
          yield* until("ten more chunks", Effect.sync(() => read > 10))
          assert.isUndefined(waiting.pollUnsafe())
          yield* Fiber.interrupt(reader)
          yield* Fiber.join(waiting)
        }).pipe(Effect.provide(clientsOf(url, limited(1))))
      })
    ))

  it.live("lets a call wait for as long as AWS takes to answer the others", () =>
    withLooks((look) =>
      Effect.gen(function*() {
        const asked = yield* Latch.make()
        const { answer, listener } = withheld(asked)
        const { url } = yield* serve(listener)
        yield* Effect.gen(function*() {
          const fibers = yield* Effect.forkChild(many(2, list))
          yield* asked.await
          yield* look(60)
          assert.isUndefined(fibers.pollUnsafe())
          yield* answer
          yield* Fiber.join(fibers)
        }).pipe(Effect.provide(clientsOf(url, limited(1))))
      })
    ))

  it.live("fails a call behind an upload whose body the program doesn't produce", () =>
    withLooks((look) =>
      Effect.gen(function*() {
        const asked = yield* Latch.make()
        const { url } = yield* serve((request) => {
          request.resume()
          asked.openUnsafe()
        })
        yield* Effect.gen(function*() {
          const stream = new PassThrough()
          stream.write("the first bytes")
          yield* Effect.forkChild(
            S3.send(new PutObjectCommand({ Bucket: "bucket", Key: "key", Body: stream, ContentLength: 1_000 }))
          )
          yield* asked.await
          const waiting = yield* Effect.forkChild(Effect.flip(head))
          yield* until(
            "the failure",
            Effect.andThen(look(5), Effect.sync(() => waiting.pollUnsafe() !== undefined))
          )
          assertReason(yield* Fiber.join(waiting), "Misconfigured", "ConnectionsHeld", false)
        }).pipe(
          Effect.provide(clientsOf(url, {
            ...limited(1),
            clientOptions: { forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" }
          }))
        )
      })
    ))

  it.live("reports the events of a putEvents that was never sent as not delivered", () =>
    withLooks((look) =>
      Effect.gen(function*() {
        const { counts, url } = yield* counting(body)
        yield* Effect.gen(function*() {
          const held = yield* Latch.make()
          yield* Effect.forkChild(
            Stream.runForEach(S3.getObject("bucket", "key"), () => Effect.andThen(held.open, Effect.never))
          )
          yield* held.await
          const fiber = yield* Effect.forkChild(
            Effect.flip(
              EventBridge.putEvents(Array.from({ length: 10 }, (_, id) => new Tick({ id })), { eventBus: "default" })
            )
          )
          yield* until("the end", Effect.andThen(look(5), Effect.sync(() => fiber.pollUnsafe() !== undefined)))
          const { failures } = yield* Fiber.join(fiber)
          assert.deepEqual(failures.map(({ delivery }) => delivery), Array.from({ length: 10 }, () => "NotDelivered"))
          assert.strictEqual(counts.requests, 1)
        }).pipe(Effect.provide(clientsOf(url, limited(1))))
      })
    ))
})

describe("a request that no connection has carried", () => {
  it.live("may not have succeeded when the TLS handshake gets no answer in time", () =>
    Effect.gen(function*() {
      const error = yield* failure(head).pipe(
        Effect.provide(clientsOf(yield* silentTls, { requestHandler: { connectionTimeout: 100 } }))
      )
      assertReason(error, "TimedOut", "TimeoutError", false)
      assert.include((error as AwsError).message, "within 100 ms")
    }))

  it.live("may not have succeeded when the connection is refused", () =>
    Effect.gen(function*() {
      const { server, url } = yield* serve(() => {})
      yield* Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
      assertReason(yield* failure(head).pipe(Effect.provide(clientsOf(url))), "Unreachable", "ECONNREFUSED", false)
    }))

  it.live("may not have succeeded when the connection is reset during the TLS handshake", () =>
    Effect.gen(function*() {
      const server = yield* Effect.acquireRelease(
        Effect.callback<net.Server>((resume) => {
          const server = net.createServer((socket) => socket.on("data", () => socket.resetAndDestroy()))
          server.listen({ port: 0, host: "127.0.0.1" }, () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const url = `https://127.0.0.1:${(server.address() as net.AddressInfo).port}`
      assertReason(yield* failure(head).pipe(Effect.provide(clientsOf(url))), "Unreachable", "ECONNRESET", false)
    }))

  it.live("may not have succeeded when the time for the whole request ends while it waits", () =>
    Effect.gen(function*() {
      const { counts, url } = yield* counting((request, response) => {
        request.resume()
        response.writeHead(200, { "content-length": "10000000" }).write(Buffer.alloc(1_000))
      })
      const error = yield* Effect.gen(function*() {
        // Its time ends with the answer, whose body keeps the connection.
        yield* S3.send(new GetObjectCommand({ Bucket: "bucket", Key: "key" }))
        return yield* failure(head)
      }).pipe(
        Effect.provide(clientsOf(url, limited(1, { requestTimeout: 200 })))
      )
      assertReason(error, "TimedOut", "ETIMEDOUT", false)
      assert.strictEqual(counts.requests, 1)
    }))

  it.live("may have succeeded when no answer comes within `requestTimeout`, which needs no second option", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((request) => void request.resume())
      const error = yield* failure(head).pipe(
        Effect.provide(clientsOf(url, { requestHandler: { requestTimeout: 100 } }))
      )
      assertReason(error, "TimedOut", "ETIMEDOUT", true)
    }))

  it.live("goes on after `requestTimeout` if the program asks for that", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((request, response) =>
        void request.resume().on("end", () => setTimeout(() => response.writeHead(200).end(), 200))
      )
      yield* head.pipe(
        Effect.provide(clientsOf(url, { requestHandler: { requestTimeout: 50, throwOnRequestTimeout: false } }))
      )
    }))

  it.live("may have succeeded when the connection breaks after the request was written", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((request) => void request.resume().on("end", () => request.socket.destroy()))
      assertReason(yield* failure(head).pipe(Effect.provide(clientsOf(url))), "Unreachable", "ECONNRESET", true)
    }))
})

describe("an upload that asks with Expect: 100-continue", () => {
  it.live("uses the connections of the Layer, and leaves none open after it", () =>
    Effect.gen(function*() {
      let bytes = 0
      const { counts, url } = yield* counting((request, response) => {
        assert.strictEqual(request.headers.expect, "100-continue")
        request.on("data", (chunk) => bytes += chunk.length).on("end", () => response.end())
      })
      yield* many(12, upload(large)).pipe(Effect.provide(clientsOf(url, limited(4))))
      assert.deepInclude(counts, { most: 4, all: 4, requests: 12 })
      assert.strictEqual(bytes, 12 * large.length)
      yield* until("the connections to close", Effect.sync(() => counts.open === 0))
    }))

  it.live("sends its body after a second when the server doesn't say that it may", () =>
    Effect.gen(function*() {
      const { server, url } = yield* serve(() => {})
      server.on("checkContinue", (request: http.IncomingMessage, response: http.ServerResponse) => {
        request.resume().on("end", () => response.setHeader("x-amz-request-id", "1").end())
      })
      const [took] = yield* Effect.timed(upload(large)).pipe(Effect.provide(clientsOf(url)))
      assert.isAtLeast(Duration.toMillis(took), 900)
      assert.isBelow(Duration.toMillis(took), 5_000)
    }))

  it.live("doesn't send its body when the server refuses it, and frees the connection for the next call", () =>
    Effect.gen(function*() {
      let bytes = 0
      const { counts, server, url } = yield* counting(after(0, listed))
      server.on("checkContinue", (request: http.IncomingMessage, response: http.ServerResponse) => {
        request.on("data", (chunk) => bytes += chunk.length)
        response.writeHead(403, { "content-type": "application/xml", "connection": "keep-alive" })
          .end("<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
      })
      yield* Effect.gen(function*() {
        for (const error of yield* many(5, Effect.flip(upload(large)))) {
          assertReason(error, "AccessDenied", "AccessDenied", false)
        }
        yield* Effect.timeout(list, "5 seconds")
      }).pipe(Effect.provide(clientsOf(url, limited(1))))
      assert.strictEqual(bytes, 0)
      assert.strictEqual(counts.requests, 1)
    }))

  it.live("sends a stream whole", () =>
    Effect.gen(function*() {
      let bytes = 0
      const { url } = yield* serve((request, response) => {
        request.on("data", (chunk) => bytes += chunk.length).on("end", () => response.end())
      })
      const content = Buffer.alloc(5 * 2 ** 20, "x")
      const stream = new PassThrough()
      stream.end(content)
      yield* S3.send(
        new PutObjectCommand({ Bucket: "bucket", Key: "key", Body: stream, ContentLength: content.length })
      ).pipe(
        Effect.provide(clientsOf(url, {
          clientOptions: { forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" }
        }))
      )
      assert.strictEqual(bytes, content.length)
    }))
})

describe("a server that switches to another protocol", () => {
  for (
    const [how, headers] of Object.entries({
      "as if asked": "Connection: Upgrade\r\nUpgrade: h2c\r\n",
      "without a word": ""
    })
  ) {
    it.live(`fails the call, ${how}`, () =>
      Effect.gen(function*() {
        const { counts, url } = yield* counting((request) => {
          request.resume()
          request.socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`)
        })
        yield* Effect.gen(function*() {
          assertReason(yield* failure(list), "Unreadable", "UnexpectedUpgrade", true)
          yield* until("the connection to close", Effect.sync(() => counts.open === 0))
          assertReason(yield* failure(head), "Unreadable", "UnexpectedUpgrade", true)
        }).pipe(Effect.provide(clientsOf(url, limited(1))))
      }))
  }

  it.live("is read as usual when it only offers one", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((request, response) => {
        request.resume()
        response.writeHead(200, { "connection": "Upgrade", "upgrade": "h2c", "content-length": listed.length }).end(
          listed
        )
      })
      yield* Effect.timeout(list, "5 seconds").pipe(Effect.provide(clientsOf(url)))
    }))
})

describe("a Layer that has been released", () => {
  const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))

  it.live("fails every call of a fiber that outlives it, and leaves no connection open", () =>
    Effect.gen(function*() {
      const asked = yield* Latch.make()
      const { counts, url } = yield* counting((request) => {
        request.resume()
        if (counts.requests === 50) asked.openUnsafe()
      })
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(clientsOf(url, { retry: Retry.standard() }), scope)
      const fibers = yield* Effect.forEach(
        Array.from({ length: 80 }),
        () => Effect.forkChild(Effect.provide(failure(get), context))
      )
      yield* asked.await
      yield* Scope.close(scope, Exit.void)
      const errors = yield* Effect.forEach(fibers, Fiber.join)
      for (const error of errors) assert.strictEqual((error as AwsError).code, "LayerReleased")
      // What was under way may have been done. What waited wasn't sent.
      assert.lengthOf(errors.filter((error) => (error as AwsError).mayHaveSucceeded), 50)
      assertReason(yield* failure(Effect.provide(get, context)), "Misconfigured", "LayerReleased", false)
      yield* until("the connections to close", Effect.sync(() => counts.open === 0))
      assert.deepInclude(counts, { all: 50, requests: 50 })
    }))

  it.live("fails what is under way, also when the first request was given up before it was sent", () =>
    Effect.gen(function*() {
      const asked = yield* Latch.make()
      const { url } = yield* counting((request) => {
        request.resume()
        asked.openUnsafe()
      })
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(clientsOf(url), scope)
      const { get: clientOf } = Context.get(context, AwsClients)
      const givenUp = yield* Effect.tryPromise(() =>
        clientOf(SSMClient).send(new GetParameterCommand({ Name: "/p" }), { abortSignal: AbortSignal.abort() })
      ).pipe(Effect.flip)
      assert.propertyVal(givenUp.cause, "name", "AbortError")
      const fiber = yield* Effect.forkChild(Effect.provide(failure(get), context))
      yield* asked.await
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(((yield* Fiber.join(fiber)) as AwsError).code, "LayerReleased")
    }))

  it.live("fails the next attempt of a call that is being retried", () =>
    Effect.gen(function*() {
      const { counts, url } = yield* counting((request, response) => {
        request.resume().on("end", () => response.writeHead(500).end())
      })
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(clientsOf(url, { retry: Retry.standard({ attempts: 100 }) }), scope)
      const fiber = yield* Effect.forkChild(Effect.provide(failure(get), context))
      yield* until("the first attempt", Effect.sync(() => counts.requests > 0))
      yield* Scope.close(scope, Exit.void)
      assert.include(["LayerReleased", "HTTP500"], ((yield* Fiber.join(fiber)) as AwsError).code)
      const { requests } = counts
      yield* until("the connections to close", Effect.sync(() => counts.open === 0))
      assert.strictEqual(counts.requests, requests)
    }))

  it.live("fails the calls of a Layer that is built on it", () =>
    Effect.gen(function*() {
      const { counts, url } = yield* counting(after(0, `{"Parameter":{"Name":"/p"}}`))
      const base = ManagedRuntime.make(clientsOf(url))
      const { config } = yield* Effect.promise(() => base.runPromise(AwsClients))
      yield* Effect.promise(() => base.dispose())
      assertReason(
        yield* failure(get).pipe(Effect.provide(AwsClients.layer(config))),
        "Misconfigured",
        "LayerReleased",
        false
      )
      assert.strictEqual(counts.all, 0)
    }))
})
