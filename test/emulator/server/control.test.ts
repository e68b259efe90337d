// The control API, by fetch.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as http from "node:http"
import { text } from "node:stream/consumers"
import type { Delivery } from "../../../emulator/engine/events.ts"
import { Fault } from "../../../emulator/wire/fault.ts"
import { call, get, served } from "./stub.ts"

const json = (response: Response) => Effect.promise(() => response.json() as Promise<any>)

const api = Effect.map(served(), ({ url, world }) => ({
  world,
  send: (method: string, path: string, body?: unknown) =>
    get(`${url}/_emulator/${path}`, {
      method,
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body)
    })
}))

/** What a request is refused for. */
const refusal = (response: Response) =>
  Effect.map(json(response), ({ error }) => [response.status, error.message, error.example] as const)

describe("/_emulator/health", () => {
  it.effect("returns the version, the services and the time", () =>
    Effect.gen(function*() {
      const { send } = yield* api
      yield* TestClock.adjust("1 minute")
      const response = yield* send("GET", "health")
      assert.strictEqual(response.status, 200)
      assert.strictEqual(response.headers.get("content-type"), "application/json")
      const { version, ...health } = yield* json(response)
      assert.match(version, /^\d+\.\d+\.\d+/)
      assert.deepEqual(health, { status: "running", services: ["S3", "SSM"], time: "1970-01-01T00:01:00.000Z" })
      assert.strictEqual((yield* send("HEAD", "health")).status, 200)
    }))
})

describe("/_emulator/reset", () => {
  it.effect("empties the world and puts its clock back", () =>
    Effect.gen(function*() {
      const { send, world } = yield* api
      world.clock.advance(60_000)
      assert.strictEqual((yield* send("POST", "reset")).status, 204)
      assert.strictEqual(world.resets(), 1)
      assert.strictEqual(world.clock.currentTimeMillisUnsafe(), 0)
    }))

  it.live("is moto's path of a reset too, and only that", () =>
    Effect.gen(function*() {
      const { url, world } = yield* served()
      const post = (path: string) => get(`${url}${path}`, { method: "POST" })
      assert.strictEqual((yield* post("/moto-api/reset")).status, 204)
      assert.strictEqual(world.resets(), 1)
      yield* post("/moto-api/seed")
      assert.strictEqual(world.resets(), 1)
    }))
})

describe("/_emulator/calls", () => {
  it.effect("lists calls as JSON: dates by ISO 8601, and of bytes only their number", () =>
    Effect.gen(function*() {
      const { send, world } = yield* api
      world.journal.push(
        {
          ...call,
          input: { Key: "k", Body: new Uint8Array(3), IfModifiedSince: new Date(0), Tags: new Map([["a", 1n]]) },
          outcome: { _tag: "Answered", output: { Parts: [{ Size: 1 }], Body: (async function*() {})() } }
        },
        { ...call, outcome: { _tag: "Died", defect: new Error("oh no") } },
        call
      )
      const time = "1970-01-01T00:00:00.000Z"
      assert.deepEqual(yield* json(yield* send("GET", "calls")), {
        calls: [
          {
            ...call,
            time,
            input: { Key: "k", Body: { bytes: 3 }, IfModifiedSince: "1970-01-01T00:00:00.000Z", Tags: { a: "1" } },
            outcome: { _tag: "Answered", output: { Parts: [{ Size: 1 }], Body: { stream: true } } }
          },
          { ...call, time, outcome: { _tag: "Died", message: "oh no" } },
          { ...call, time }
        ]
      })
    }))

  it.effect("lists only the calls of a service or an operation, and only the last ones", () =>
    Effect.gen(function*() {
      const { send, world } = yield* api
      for (const operation of ["GetObject", "PutObject", "GetObject"]) world.journal.push({ ...call, operation })
      world.journal.push({ ...call, service: "SSM", operation: "GetParameter" })
      const operations = (query: string) =>
        Effect.gen(function*() {
          const { calls } = yield* json(yield* send("GET", `calls?${query}`))
          return calls.map(({ operation }: { readonly operation: string }) => operation)
        })
      assert.deepEqual(yield* operations("service=S3"), ["GetObject", "PutObject", "GetObject"])
      assert.deepEqual(yield* operations("operation=GetObject"), ["GetObject", "GetObject"])
      assert.deepEqual(yield* operations("limit=2"), ["GetObject", "GetParameter"])
      assert.deepEqual(yield* operations("service=S3&operation=PutObject&limit=5"), ["PutObject"])
    }))

  it.effect("refuses parameters and names that it doesn't know", () =>
    Effect.gen(function*() {
      const { send } = yield* api
      const cases = {
        "servce=S3": /^There is no parameter "servce"\. The parameters are service, operation, limit\.$/,
        "service=s3": /^There is no service "s3"\. Did you mean S3\? The services are S3, SSM\.$/,
        "service=SSM&operation=GetObject": /^SSM has no operation "GetObject"\. Its operations are GetParameter\.$/,
        "operation=get-object": /^No service has an operation "get-object"\. Did you mean GetObject\?$/,
        "service=constructor": /^There is no service "constructor"\./,
        "service=__proto__": /^There is no service "__proto__"\./,
        "service=S3&operation=__proto__": /^S3 has no operation "__proto__"\./,
        "__proto__=S3": /^There is no parameter "__proto__"\./,
        "limit=1&limit=5": /^The parameter limit is there twice\. Send it once\.$/,
        "service=%zz": /^The query isn't percent-encoded correctly\.$/,
        "limit=0": /^limit has to be a number from 1, and "0" isn't\.$/
      }
      for (const [query, message] of Object.entries(cases)) {
        const [status, text] = yield* refusal(yield* send("GET", `calls?${query}`))
        assert.strictEqual(status, 400)
        assert.match(text, message)
      }
    }))

  it.effect("lists the last 100 calls if no limit is sent, and leaves out inputs and outputs that are long", () =>
    Effect.gen(function*() {
      const { send, world } = yield* api
      const output = { Contents: Array.from({ length: 5_000 }, (_, index) => ({ Key: `key-${index}` })) }
      for (let index = 0; index < 150; index++) {
        world.journal.push({ ...call, requestId: String(index), outcome: { _tag: "Answered", output } })
      }
      world.journal.push({ ...call, input: { Name: "x".repeat(100_000) } })
      const { calls } = yield* json(yield* send("GET", "calls"))
      assert.lengthOf(calls, 100)
      assert.strictEqual(calls[0].requestId, "51")
      assert.deepInclude(calls[0], { input: call.input, outcome: { _tag: "Answered", output: { truncated: true } } })
      assert.deepEqual(calls[99].input, { truncated: true })
      assert.lengthOf((yield* json(yield* send("GET", "calls?limit=1000"))).calls, 151)
    }))

  it.effect("forgets the calls on DELETE", () =>
    Effect.gen(function*() {
      const { send, world } = yield* api
      world.journal.push(call)
      assert.strictEqual((yield* send("DELETE", "calls")).status, 204)
      assert.deepEqual(yield* json(yield* send("GET", "calls")), { calls: [] })
    }))
})

describe("/_emulator/delivered", () => {
  const delivery = (name: string): Delivery => ({
    from: "arn:aws:events:us-east-1:123456789012:rule/orders",
    target: `arn:aws:sqs:us-east-1:123456789012:${name}`,
    account: "123456789012",
    region: "us-east-1",
    time: new Date(0),
    input: { detail: name },
    settings: { Id: "t1" }
  })

  it.effect("lists deliveries as JSON, those to one target or the last ones", () =>
    Effect.gen(function*() {
      const { send, world } = yield* api
      world.deliveries.push(delivery("a"), delivery("b"), delivery("a"))
      const list = (query: string) =>
        Effect.map(Effect.flatMap(send("GET", `delivered${query}`), json), (_) => _.delivered)
      assert.deepEqual((yield* list(""))[0], { ...delivery("a"), time: "1970-01-01T00:00:00.000Z" })
      assert.lengthOf(yield* list(""), 3)
      assert.lengthOf(yield* list(`?target=${encodeURIComponent(delivery("a").target)}`), 2)
      assert.deepInclude((yield* list("?limit=1"))[0], { target: delivery("a").target })
      assert.lengthOf(yield* list("?target=none"), 0)
    }))

  it.effect("refuses parameters that it doesn't know", () =>
    Effect.gen(function*() {
      const { send } = yield* api
      const [status, message, example] = yield* refusal(yield* send("GET", "delivered?service=S3"))
      assert.strictEqual(status, 400)
      assert.include(message, "The parameters are target, limit.")
      assert.property(example, "target")
    }))

  it.effect("forgets the deliveries on DELETE", () =>
    Effect.gen(function*() {
      const { send, world } = yield* api
      world.deliveries.push(delivery("a"))
      assert.strictEqual((yield* send("DELETE", "delivered")).status, 204)
      assert.deepEqual(yield* json(yield* send("GET", "delivered")), { delivered: [] })
    }))
})

describe("/_emulator/inject", () => {
  it.effect("takes each kind of fault, and says which calls it hits", () =>
    Effect.gen(function*() {
      const { send, world } = yield* api
      const bodies: ReadonlyArray<readonly [sent: object, injected: object]> = [
        [{ fault: "throttled" }, { fault: { _tag: "Throttled" } }],
        [
          { service: "S3", operation: "GetObject", nth: 2, fault: "serverFault" },
          { service: "S3", operation: "GetObject", nth: 2, fault: { _tag: "ServerFault" } }
        ],
        [
          { account: "111111111111", region: "eu-west-1", fault: "throttled" },
          { account: "111111111111", region: "eu-west-1", fault: { _tag: "Throttled" } }
        ],
        [{ times: 3, fault: { delay: 250 } }, { times: 3, fault: { _tag: "Delay", duration: 250, when: "after" } }],
        [{ fault: { delay: 1, when: "before" } }, { fault: { _tag: "Delay", duration: 1, when: "before" } }],
        [{ share: 0.5, fault: { cut: "after" } }, { share: 0.5, fault: { _tag: "Cut", when: "after" } }],
        [
          { fault: { code: "AccessDenied", message: "no", statusCode: 403 } },
          { fault: new Fault({ code: "AccessDenied", message: "no", statusCode: 403 }) }
        ]
      ]
      for (const [body] of bodies) assert.strictEqual((yield* send("POST", "inject", body)).status, 204)
      assert.deepEqual(world.injected, bodies.map(([, injected]) => injected as never))
      const { injections } = yield* json(yield* send("GET", "inject"))
      assert.deepEqual(injections.slice(0, 4), [
        { fault: "throttled", seen: 0 },
        { service: "S3", operation: "GetObject", nth: 2, fault: "serverFault", seen: 0 },
        { account: "111111111111", region: "eu-west-1", fault: "throttled", seen: 0 },
        { times: 3, fault: { delay: 250, when: "after" }, seen: 0 }
      ])
      assert.strictEqual((yield* send("DELETE", "inject")).status, 204)
      for (const { seen: _, ...injection } of injections) {
        assert.strictEqual((yield* send("POST", "inject", injection)).status, 204)
      }
      assert.deepEqual(yield* json(yield* send("GET", "inject")), { injections })
    }))

  it.effect("refuses anything else, and says what is wrong and what to send", () =>
    Effect.gen(function*() {
      const { send, world } = yield* api
      const cases: ReadonlyArray<readonly [body: unknown, message: RegExp]> = [
        ["", /^There is no body\. Send JSON\.$/],
        ["{", /^The body isn't JSON: /],
        ["[]", /^The body has to be an object\.$/],
        [
          { servce: "S3", fault: "throttled" },
          /^servce isn't known; the fields are service, operation, account, region, nth,/
        ],
        [{ service: "S3" }, /^fault is missing\.$/],
        [{ service: "S 3", fault: "throttled" }, /^There is no service "S 3"\. Did you mean S3\?/],
        [{ service: "S3", operation: "GetObjects", fault: "throttled" }, /^S3 has no operation "GetObjects"\./],
        [{ account: 111111111111, fault: "throttled" }, /^account has to be a string\.$/],
        [{ account: "1111", fault: "throttled" }, /^account has to be a text of 12 digits, and "1111" isn't\.$/],
        [
          { region: "Frankfurt", fault: "throttled" },
          /^region has to be the name of a region, .* "Frankfurt" isn't\.$/
        ],
        [{ nth: 0, fault: "throttled" }, /^nth has to be a value greater than 0\.$/],
        [{ share: 1.5, fault: "throttled" }, /^share has to be a number from 0 to 1, and 1\.5 isn't\.$/],
        [{ share: 0, fault: "throttled" }, /^share has to be above 0: a share of 0 affects no call\.$/],
        [{ service: "constructor", fault: "throttled" }, /^There is no service "constructor"\./],
        [{ service: "__proto__", fault: "throttled" }, /^There is no service "__proto__"\./],
        [{ service: "S3", operation: "constructor", fault: "throttled" }, /^S3 has no operation "constructor"\./],
        [
          { fault: { code: "a\r\nb", message: "" } },
          /^The code of an error has to be made of letters, .* "a\\r\\nb" isn't/
        ],
        [{ fault: { code: "Zugriff verweigert é", message: "" } }, /^The code of an error has to be made of letters/],
        [{ fault: { code: "A", message: "\u0000" } }, /^The message of an error can't have control characters/],
        [{ fault: { code: "A", message: "\ud800" } }, /^The message of an error can't have control characters/],
        [{ fault: "trottled" }, /^fault has to be "throttled", "serverFault", \{"delay": "5 seconds"/],
        [{ fault: 5 }, /^fault has to be "throttled", "serverFault", \{"delay": "5 seconds"/],
        [{ fault: { delay: -1 } }, /^fault\.delay has to be a value greater than or equal to 0\.$/],
        [{ fault: { delay: 1, when: "later" } }, /^fault\.when has to be "before" \| "after"\.$/],
        [{ fault: { cut: true } }, /^fault\.cut has to be "before" \| "after"\.$/],
        [{ fault: { code: "A" } }, /^fault\.message is missing\.$/],
        [
          { fault: { code: "A", message: "", status: 403 } },
          /^fault\.status isn't known; the fields are code, message/
        ],
        [
          { fault: { code: "A", message: "", statusCode: 200 } },
          /^fault\.statusCode has to be a value between 400 and 599/
        ]
      ]
      for (const [body, message] of cases) {
        const [status, text, example] = yield* refusal(yield* send("POST", "inject", body))
        assert.match(text, message)
        assert.strictEqual(status, 400, text)
        assert.strictEqual((yield* send("POST", "inject", example)).status, 204)
      }
      assert.lengthOf(world.injected, cases.length)
      const long = yield* send("POST", "inject", " ".repeat(1_000_001))
      assert.strictEqual(long.status, 413)
    }))
})

describe("/_emulator/clock", () => {
  it.effect("returns, sets and advances the time, and resets it to real time", () =>
    Effect.gen(function*() {
      const { send } = yield* api
      const time = (response: Response) => Effect.map(json(response), ({ time }) => time as string)
      assert.strictEqual(yield* time(yield* send("GET", "clock")), "1970-01-01T00:00:00.000Z")
      assert.strictEqual(
        yield* time(yield* send("POST", "clock", { set: "2030-01-31T12:00:00+01:00" })),
        "2030-01-31T11:00:00.000Z"
      )
      assert.strictEqual(
        yield* time(yield* send("POST", "clock", { advance: "20 minutes" })),
        "2030-01-31T11:20:00.000Z"
      )
      assert.strictEqual(yield* time(yield* send("POST", "clock", { advance: 1_500 })), "2030-01-31T11:20:01.500Z")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* time(yield* send("GET", "clock")), "2030-01-31T11:20:02.500Z")
      assert.strictEqual((yield* send("DELETE", "clock")).status, 204)
      assert.strictEqual(yield* time(yield* send("GET", "clock")), "1970-01-01T00:00:01.000Z")
    }))

  it.effect("refuses anything else, and says what to send", () =>
    Effect.gen(function*() {
      const { send, world } = yield* api
      const cases: ReadonlyArray<readonly [body: unknown, message: RegExp]> = [
        [{}, /^Send either set or advance\.$/],
        [{ set: "2030-01-01T00:00:00Z", advance: 1 }, /^Send either set or advance\.$/],
        [{ set: "tomorrow" }, /^set has to be a time such as "2030-01-31T12:00:00Z", and "tomorrow" isn't\.$/],
        [{ set: 5 }, /^set has to be a string\.$/],
        [{ advance: "20 minuets" }, /^advance has to be a duration such as "20 minutes", or milliseconds, and/],
        [{ advance: -1 }, /To move the clock back, set it\.$/],
        [{ advance: "Infinity" }, /^advance has to be a duration/],
        [{ advance: 1e16 }, /^The clock can be set to times from the year 1970 to the year 9000\.$/],
        [{ advance: "400000 weeks" }, /^The clock can be set to times from the year 1970 to the year 9000\.$/],
        [{ set: "1969-12-31T23:59:59Z" }, /^The clock can be set to times from the year 1970 to the year 9000\.$/],
        [{ set: "9001-01-01" }, /^The clock can be set to times from the year 1970 to the year 9000\.$/],
        [{ set: "+275760-09-13" }, /^set has to be a time such as/],
        [{ set: "2030-02-31" }, /^set has to be a time such as/],
        [{ set: "2030-02-29T00:00:00Z" }, /^set has to be a time such as/],
        [{ set: "2030-13-01" }, /^set has to be a time such as/],
        [{ set: "31 Jan 2030" }, /^set has to be a time such as/],
        [{ adv: 1 }, /^adv isn't known; the fields are set, advance\.$/]
      ]
      for (const [body, message] of cases) {
        const [status, text, example] = yield* refusal(yield* send("POST", "clock", body))
        assert.match(text, message)
        assert.strictEqual(status, 400)
        assert.deepEqual(example, { advance: "20 minutes" })
      }
      assert.strictEqual(world.clock.currentTimeMillisUnsafe(), 0)
    }))
})

/** Sends a request with these headers, among them a host, which fetch doesn't send. */
const requestWith = (url: string, headers: http.OutgoingHttpHeaders) =>
  Effect.promise(() =>
    new Promise<readonly [status: number | undefined, body: any]>((resolve, reject) => {
      http.request(url, { method: "POST", headers }, (response) => {
        text(response).then(
          (body) => resolve([response.statusCode, body === "" ? undefined : JSON.parse(body)]),
          reject
        )
      }).on("error", reject).end()
    })
  )

describe("/_emulator/", () => {
  it.effect("takes no requests from pages of other sites, and none for a host whose name anyone can have", () =>
    Effect.gen(function*() {
      const { url, world } = yield* served()
      const refused: ReadonlyArray<http.OutgoingHttpHeaders> = [
        { origin: "http://evil.example" },
        { origin: "http://evil.example", host: "evil.example:4566" },
        { origin: "null" },
        { origin: "http://localhost.evil.example" },
        { origin: "http://192.0.2.1" },
        { host: "rebound.evil.example" },
        { host: "127.0.0.1.evil.example" },
        { host: "a b" }
      ]
      for (const headers of refused) {
        const [status, body] = yield* requestWith(`${url}/_emulator/reset`, headers)
        assert.strictEqual(status, 403)
        assert.match(
          body.error.message,
          /^The control API doesn't take requests (for the host|from pages of other sites)/
        )
      }
      assert.strictEqual(world.resets(), 0)
      const taken: ReadonlyArray<http.OutgoingHttpHeaders> = [
        {},
        { host: "localhost:4566" },
        { host: "bucket.LOCALHOST." },
        { host: "[::1]:4566" },
        { host: "192.0.2.1:4566" },
        { host: "emulator:4566" },
        { host: "host.docker.internal:4566" },
        { origin: "http://localhost:3000" },
        { origin: "http://192.0.2.1:3000", host: "192.0.2.1:4566" }
      ]
      for (const headers of taken) {
        const [status, body] = yield* requestWith(`${url}/_emulator/reset`, headers)
        assert.strictEqual(status, 204, JSON.stringify([headers, body]))
      }
    }))

  it.effect("answers with its own JSON also if it fails itself", () =>
    Effect.gen(function*() {
      const { send, world } = yield* api
      world.journal.push({ ...call, time: new Date(NaN) })
      assert.deepEqual(yield* refusal(yield* send("GET", "calls")), [
        500,
        "The control API died: Invalid time value",
        undefined
      ])
    }))

  it.effect("says which paths and methods there are", () =>
    Effect.gen(function*() {
      const { send } = yield* api
      for (const path of ["", "nothing", "constructor"]) {
        const [status, message] = yield* refusal(yield* send("GET", path))
        assert.strictEqual(status, 404)
        assert.include(
          message,
          "There are /_emulator/health, /_emulator/reset, /_emulator/calls, /_emulator/delivered,"
        )
      }
      const response = yield* send("PUT", "clock")
      assert.strictEqual(response.headers.get("allow"), "GET, POST, DELETE")
      assert.deepEqual(yield* refusal(response), [
        405,
        "/_emulator/clock doesn't take PUT. It takes GET, POST, DELETE.",
        undefined
      ])
    }))
})
