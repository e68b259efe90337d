// The HTTP server in front of a world, by fetch, node:http and bare sockets.
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Latch, Scope } from "effect"
import * as http from "node:http"
import * as net from "node:net"
import { text as textOf } from "node:stream/consumers"
import { Unsupported } from "../../../emulator/engine/unsupported.ts"
import { serve } from "../../../emulator/server/server.ts"
import { collect } from "../../../emulator/wire/http.ts"
import { call, echo, get, ok, served, stub, text } from "./stub.ts"

/** What a socket receives until the server closes it, after it has sent these bytes. */
const exchange = (port: number, ...parts: ReadonlyArray<string | Buffer>) =>
  Effect.callback<string>((resume) => {
    const socket = net.connect(port, "127.0.0.1")
    let received = ""
    socket.setEncoding("latin1")
    socket.on("data", (chunk: string) => {
      received += chunk
    })
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(received)))
    for (const part of parts) socket.write(part)
    return Effect.sync(() => socket.destroy())
  })

const bodyOf = (response: string): any =>
  JSON.parse(Buffer.from(response.slice(response.indexOf("\r\n\r\n") + 4), "latin1").toString())

const request = (url: string, options: http.RequestOptions, body?: string) =>
  Effect.callback<http.IncomingMessage, Error>((resume) => {
    const sent = http.request(url, options, (response) => resume(Effect.succeed(response)))
    sent.on("error", (error) => resume(Effect.fail(error)))
    sent.end(body)
    return Effect.sync(() => sent.destroy())
  })

/** Bytes without end, and what becomes of them. */
const endless = Effect.gen(function*() {
  const returned = yield* Deferred.make<void>()
  let given = 0
  const body: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        given++
        return Promise.resolve({ done: false as const, value: new Uint8Array(64 * 1024) })
      },
      return: () => {
        Deferred.doneUnsafe(returned, Exit.void)
        return Promise.resolve({ done: true as const, value: undefined })
      }
    })
  }
  return { body, given: () => given, returned: Deferred.await(returned) }
})

describe("a request", () => {
  it.live("reaches the world with its path, its query and its headers as they were sent", () =>
    Effect.gen(function*() {
      const { port } = yield* served(echo)
      const sent = yield* exchange(
        port,
        "GET /b/%7Ea//x+y/../z?list&prefix=a%2Fb%20c HTTP/1.1\r\nHost: b.localhost\r\nX-Two: 1\r\nx-two: 2\r\n" +
          "Connection: close\r\n\r\n"
      )
      assert.deepEqual(bodyOf(sent), {
        method: "GET",
        path: "/b/%7Ea//x+y/../z",
        query: "list&prefix=a%2Fb%20c",
        headers: { host: "b.localhost", "x-two": "1,2", connection: "close" },
        body: ""
      })
    }))

  it.live("may have the whole URL in its first line, whose host then applies", () =>
    Effect.gen(function*() {
      const { port } = yield* served(echo)
      const lines: ReadonlyArray<readonly [target: string, path: string, query: string]> = [
        ["http://b.s3.amazonaws.com/k?a=1", "/k", "a=1"],
        ["HTTP://b.s3.amazonaws.com", "/", ""],
        ["http://b.s3.amazonaws.com?a", "/", "a"]
      ]
      for (const [target, path, query] of lines) {
        const sent = yield* exchange(port, `GET ${target} HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n\r\n`)
        const { headers, ...line } = bodyOf(sent)
        assert.deepEqual(line, { method: "GET", path, query, body: "" })
        assert.strictEqual(headers.host, "b.s3.amazonaws.com")
      }
    }))

  it.live("may have headers in UTF-8 and in Latin-1", () =>
    Effect.gen(function*() {
      const { port } = yield* served(echo)
      const sent = yield* exchange(
        port,
        Buffer.from("GET / HTTP/1.1\r\nHost: h\r\nx-utf8: é世\r\n", "utf8"),
        Buffer.from("x-latin1: é\r\nConnection: close\r\n\r\n", "latin1")
      )
      const { headers } = bodyOf(sent)
      assert.strictEqual(headers["x-utf8"], "é世")
      // Its byte, which isn't UTF-8, as a lone surrogate: it has to go out as it came in.
      assert.strictEqual(headers["x-latin1"], "\udce9")
    }))

  it.live("can be answered before its whole body has arrived", () =>
    Effect.gen(function*() {
      const read = Promise.withResolvers<string>()
      const { url } = yield* served((request) =>
        Effect.sync(() => {
          void collect(request.body).then((bytes) => read.resolve(Buffer.from(bytes).toString()))
          return ok("early")
        })
      )
      const sent = http.request(url, { method: "PUT", headers: { "content-length": 6 } })
      const response = yield* Effect.callback<http.IncomingMessage>((resume) => {
        sent.on("response", (response) => resume(Effect.succeed(response)))
        sent.write("abc")
      })
      assert.strictEqual(yield* Effect.promise(() => textOf(response)), "early")
      sent.end("def")
      assert.strictEqual(yield* Effect.promise(() => read.promise), "abcdef")
    }))

  it.live("is read no faster than the world reads its body", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const { url } = yield* served((request) =>
        Deferred.succeed(asked, undefined).pipe(
          Effect.andThen(Deferred.await(go)),
          Effect.andThen(text(request.body)),
          Effect.map((body) => ok(String(body.length)))
        )
      )
      const length = 100 * 1024 * 1024
      const sent = http.request(url, { method: "PUT", headers: { "content-length": length } })
      const answer = new Promise<string>((resolve, reject) => {
        sent.on("response", (response) => resolve(textOf(response))).on("error", reject)
      })
      const flushed = yield* Deferred.make<void>()
      sent.end(Buffer.alloc(length), () => Deferred.doneUnsafe(flushed, Exit.void))
      yield* Deferred.await(asked)
      // The world waits, so the sockets fill up, and the client can't get rid of its bytes.
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      assert.isFalse(yield* Deferred.isDone(flushed))
      yield* Deferred.succeed(go, undefined)
      assert.strictEqual(yield* Effect.promise(() => answer), String(length))
    }))

  it.live("leaves its connection usable when the world stops reading its body", () =>
    Effect.gen(function*() {
      const { url } = yield* served(({ body, method }) =>
        Effect.promise(async () => {
          if (method === "PUT") { for await (const _ of body as AsyncIterable<Uint8Array>) break }
          return ok(method)
        })
      )
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
      const first = yield* request(
        url,
        { method: "PUT", agent, headers: { "content-length": 1_000_000 } },
        "x".repeat(1_000_000)
      )
      assert.strictEqual(yield* Effect.promise(() => textOf(first)), "PUT")
      const second = yield* request(url, { agent })
      assert.strictEqual(yield* Effect.promise(() => textOf(second)), "GET")
      assert.strictEqual(second.socket, first.socket)
      agent.destroy()
    }))

  it.live("gets 100 Continue when its body is read, and not before", () =>
    Effect.gen(function*() {
      const { url } = yield* served(echo)
      const sent = http.request(url, { method: "PUT", headers: { expect: "100-continue", "content-length": 2 } })
      yield* Effect.callback<void>((resume) => {
        sent.on("continue", () => resume(Effect.void)).flushHeaders()
      })
      const response = yield* Effect.callback<http.IncomingMessage>((resume) => {
        sent.on("response", (response) => resume(Effect.succeed(response))).end("hi")
      })
      assert.strictEqual(JSON.parse(yield* Effect.promise(() => textOf(response))).body, "hi")
      assert.strictEqual(response.headers.connection, "keep-alive")
    }))

  it.live("gets its answer without 100 Continue if its body isn't read, and the connection ends", () =>
    Effect.gen(function*() {
      const { port } = yield* served(() => Effect.succeed(ok("no", {}, 403)))
      const sent = yield* exchange(
        port,
        "PUT /b/k HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
      )
      assert.match(sent, /^HTTP\/1\.1 403 .*\r\nConnection: close\r\n/is)
      assert.notInclude(sent, "100 Continue")
    }))

  it.live("interrupts the world when the client disconnects", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      const interrupted = yield* Deferred.make<void>()
      const { next, url } = yield* served(() =>
        Deferred.succeed(asked, undefined).pipe(
          Effect.andThen(Effect.never),
          Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined))
        )
      )
      const fiber = yield* Effect.forkChild(request(url, {}))
      yield* Deferred.await(asked)
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(interrupted)
      assert.strictEqual((yield* next).status, "gone")
    }))

  it.live("ends the world's work on it when its body breaks off", () =>
    Effect.gen(function*() {
      const ended = yield* Deferred.make<void>()
      const { next, port, url } = yield* served((request) =>
        text(request.body).pipe(
          Effect.map((body) => ok(body)),
          Effect.ensuring(Deferred.succeed(ended, undefined))
        )
      )
      for (const end of ["end", "resetAndDestroy"] as const) {
        const socket = net.connect(port, "127.0.0.1")
        yield* Effect.callback<void>((resume) => {
          socket.write("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc", () => resume(Effect.void))
        })
        socket.on("error", () => {})
        socket[end]()
        yield* Deferred.await(ended)
        assert.notStrictEqual((yield* next).status, 200)
        socket.destroy()
      }
      assert.strictEqual((yield* get(url)).status, 200)
    }))
})

describe("an answer", () => {
  it.live("arrives with its status, its headers and its body", () =>
    Effect.gen(function*() {
      const { url } = yield* served(() =>
        Effect.succeed(ok("hello", { etag: `"e"`, "x-amz-meta-a": "é", "x-amz-meta-b": "世" }, 206))
      )
      const response = yield* get(url)
      assert.strictEqual(response.status, 206)
      assert.strictEqual(response.headers.get("etag"), `"e"`)
      assert.strictEqual(Buffer.from(response.headers.get("x-amz-meta-a")!, "latin1").toString(), "é")
      assert.strictEqual(Buffer.from(response.headers.get("x-amz-meta-b")!, "latin1").toString(), "世")
      assert.strictEqual(yield* Effect.promise(() => response.text()), "hello")
    }))

  it.live("has no body for HEAD, 204 and 304, and keeps the length in the answer to HEAD", () =>
    Effect.gen(function*() {
      const { body, given } = yield* endless
      const { url } = yield* served(({ method, path }) =>
        Effect.succeed(
          method === "HEAD" ? ok(body, { "content-length": "12345" }) : ok("", {}, Number(path.slice(1)))
        )
      )
      const head = yield* get(`${url}/k`, { method: "HEAD" })
      assert.strictEqual(head.headers.get("content-length"), "12345")
      assert.strictEqual(given(), 0)
      for (const status of [204, 304]) {
        const response = yield* get(`${url}/${status}`)
        assert.strictEqual(response.status, status)
        assert.isNull(response.body)
      }
    }))

  it.live("is streamed no faster than its client reads, and its source ends when the client goes away", () =>
    Effect.gen(function*() {
      const { body, given, returned } = yield* endless
      const { url } = yield* served(() => Effect.succeed(ok(body)))
      const response = yield* request(url, {})
      response.once("data", () => response.pause())
      yield* Effect.promise(() => new Promise((resolve) => response.once("pause", resolve)))
      assert.isBelow(given(), 1_000)
      response.destroy()
      yield* returned
    }))

  it.live("breaks the connection if its body breaks off", () =>
    Effect.gen(function*() {
      const arrived = Promise.withResolvers<void>()
      const { url } = yield* served(() =>
        Effect.succeed(ok((async function*() {
          yield Buffer.from("part")
          await arrived.promise
          throw new Error("broken")
        })()))
      )
      const response = yield* request(url, {})
      response.once("data", () => arrived.resolve())
      const error = yield* Effect.promise(() => textOf(response).then(() => undefined, (error: Error) => error))
      assert.strictEqual(error?.message, "aborted")
    }))

  it.live("doesn't come when the connection is cut", () =>
    Effect.gen(function*() {
      const { next, url } = yield* served((_, note) => {
        note?.(call)
        return Effect.fail("Cut")
      })
      const error = yield* Effect.flip(request(url, {}))
      assert.strictEqual((error as NodeJS.ErrnoException).code, "ECONNRESET")
      assert.deepInclude(yield* next, { status: "cut", call })
    }))

  it.live("is 501 with a message, in the protocol of the request, if the emulator doesn't support the call", () =>
    Effect.gen(function*() {
      const { url } = yield* served(() => Effect.die(new Unsupported("Not <here>.")))
      const json = yield* get(url, { method: "POST", headers: { "x-amz-target": "AmazonSSM.GetParameter" } })
      assert.strictEqual(json.status, 501)
      const body = yield* Effect.promise(() => json.json()) as Effect.Effect<{ __type: string; message: string }>
      assert.strictEqual(body.__type, "NotImplemented")
      assert.match(body.message, /^Not <here>\. Leave it out; .*InMemory\.handle/)
      const xml = yield* get(`${url}/b/k`)
      assert.strictEqual(xml.status, 501)
      assert.include(yield* Effect.promise(() => xml.text()), "<Message>Not &lt;here&gt;. Leave it out;")
    }))

  it.live("is 500 with a message if the emulator fails, even while it writes the answer", () =>
    Effect.gen(function*() {
      const { next, url } = yield* served(({ path }) =>
        path === "/died"
          ? Effect.die(new Error("oh no"))
          : Effect.succeed(ok("", { "x-amz-meta-a": "line\r\nbreak" }))
      )
      for (const [path, message] of [["/died", /oh no/], ["/header", /Invalid character in header/]] as const) {
        const response = yield* get(url + path)
        assert.strictEqual(response.status, 500)
        assert.match(yield* Effect.promise(() => response.text()), message)
        assert.instanceOf((yield* next).defect, Error)
      }
    }))

  it.live("is reported with its call and its status", () =>
    Effect.gen(function*() {
      const { next, url } = yield* served((_, note) => {
        note?.(call)
        return Effect.succeed(ok("", {}, 404))
      })
      yield* get(url)
      const one = yield* next
      assert.deepInclude(one, { status: 404, call, defect: undefined })
    }))
})

describe("a page in a browser", () => {
  it.live("may send any request, and read any answer", () =>
    Effect.gen(function*() {
      const { url, world } = yield* served(() => Effect.succeed(ok("x", { etag: `"e"` })))
      const asked = yield* get(`${url}/b/k`, {
        method: "OPTIONS",
        headers: {
          origin: "https://app.example",
          "access-control-request-method": "PUT",
          "access-control-request-headers": "content-type,x-amz-meta-a"
        }
      })
      assert.strictEqual(asked.status, 200)
      assert.strictEqual(asked.headers.get("access-control-allow-origin"), "https://app.example")
      assert.strictEqual(asked.headers.get("access-control-allow-methods"), "PUT")
      assert.strictEqual(asked.headers.get("access-control-allow-headers"), "content-type,x-amz-meta-a")
      assert.isEmpty(world.journal)
      const answer = yield* get(`${url}/b/k`, { headers: { origin: "https://app.example" } })
      assert.strictEqual(answer.headers.get("access-control-allow-origin"), "https://app.example")
      assert.include(answer.headers.get("access-control-expose-headers"), "etag")
      assert.isNull((yield* get(`${url}/b/k`)).headers.get("access-control-allow-origin"))
    }))

  it.live("gets the CORS headers of the answer if it has any, and none from the control API", () =>
    Effect.gen(function*() {
      const { url } = yield* served(() => Effect.succeed(ok("", { "access-control-allow-origin": "*" })))
      const headers = { origin: "https://app.example" }
      assert.strictEqual((yield* get(url, { headers })).headers.get("access-control-allow-origin"), "*")
      assert.isNull((yield* get(`${url}/_emulator/health`, { headers })).headers.get("access-control-allow-origin"))
    }))
})

describe("a server", () => {
  it.live("fails with an error that names the port when the port is in use", () =>
    Effect.gen(function*() {
      const { port } = yield* served()
      const error = yield* Effect.flip(served(undefined, { port }))
      assert.deepInclude(error, { _tag: "ServeError", reason: "PortInUse", port })
      assert.include(error.message, `Port ${port} on 127.0.0.1 is in use.`)
    }))

  it.live("fails with an error that names a wrong host or port", () =>
    Effect.gen(function*() {
      const cases = [
        [{ port: 70_000 }, "InvalidPort", "70000 is not a port."],
        [{ host: "192.0.2.1" }, "HostUnavailable", "no address 192.0.2.1"]
      ] as const
      for (const [options, reason, message] of cases) {
        const error = yield* Effect.flip(served(undefined, options))
        assert.strictEqual(error.reason, reason)
        assert.include(error.message, message)
      }
    }))

  it.live("has a URL that clients can use, whatever address it listens on", () =>
    Effect.gen(function*() {
      for (const host of ["127.0.0.1", "0.0.0.0", "localhost"]) {
        const { port, url } = yield* served(undefined, { host })
        assert.strictEqual(new URL(url).port, String(port))
        assert.strictEqual((yield* get(url)).status, 200)
      }
    }))

  it.live("closes idle connections at once when its scope closes, and frees the port", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { port, url } = yield* served().pipe(Scope.provide(scope))
      const agent = new http.Agent({ keepAlive: true })
      const response = yield* request(url, { agent })
      const closed = new Promise((resolve) => response.socket.on("close", resolve))
      yield* Effect.promise(() => textOf(response))
      const [took] = yield* Effect.timed(Scope.close(scope, Exit.void))
      yield* Effect.promise(() => closed)
      assert.isBelow(Duration.toMillis(took), 500)
      yield* Effect.scoped(Effect.asVoid(served(undefined, { port })))
      agent.destroy()
    }))

  it.live("lets running requests end when its scope closes", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const { url } = yield* Scope.provide(
        served(() =>
          Deferred.succeed(asked, undefined).pipe(Effect.andThen(Deferred.await(go)), Effect.as(ok("done")))
        ),
        scope
      )
      const agent = new http.Agent({ keepAlive: true })
      const fiber = yield* Effect.forkChild(Effect.flatMap(
        request(url, { agent }),
        (response) => Effect.promise(() => textOf(response))
      ))
      yield* Deferred.await(asked)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* Effect.yieldNow
      yield* Deferred.succeed(go, undefined)
      assert.strictEqual(yield* Fiber.join(fiber), "done")
      yield* Fiber.join(closing)
      agent.destroy()
    }))

  it.live("interrupts requests that don't end, and leaves no fiber and no socket behind", () =>
    Effect.gen(function*() {
      const asked = yield* Latch.make()
      let running = 0
      const world = yield* stub(() =>
        Effect.sync(() => {
          if (++running === 3) asked.openUnsafe()
        }).pipe(
          Effect.andThen(Effect.never),
          Effect.onInterrupt(() => Effect.sync(() => running--))
        )
      )
      const scope = yield* Scope.make()
      const { port, url } = yield* Scope.provide(serve(world), scope)
      const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(Effect.flip(request(url, {}))))
      yield* asked.await
      yield* Scope.close(scope, Exit.void)
      yield* Fiber.joinAll(fibers)
      assert.strictEqual(running, 0)
      const error: NodeJS.ErrnoException = yield* Effect.flip(request(`http://127.0.0.1:${port}`, {}))
      assert.strictEqual(error.code, "ECONNREFUSED")
    }))
})
