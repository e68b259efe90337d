// The same app on Effect's HTTP server for Node.js and on Lambda: what a client gets is the same, whatever it sends.
import { NodeHttpServer } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, Option, Schema, Stream } from "effect"
import { S3 } from "effect-aws-sdk"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
import { Cookies, HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import * as http from "node:http"
import * as Events from "../support/lambda/httpEvents.ts"

const Item = Schema.Struct({ name: Schema.String, amount: Schema.Int })

class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String }, { httpApiStatus: 418 }) {}

const Api = HttpApi.make("api").add(
  HttpApiGroup.make("items").add(
    HttpApiEndpoint.get("item", "/items/:id", {
      params: { id: Schema.String },
      query: {
        a: Schema.optionalKey(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
        b: Schema.optionalKey(Schema.FiniteFromString)
      },
      success: Schema.Unknown,
      error: [Refused, S3.BucketDoesNotExist]
    }),
    HttpApiEndpoint.post("add", "/items", { payload: Item, success: Item }),
    HttpApiEndpoint.put("put", "/items/:id", {
      params: { id: Schema.String },
      payload: Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array()),
      success: Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array())
    }),
    HttpApiEndpoint.delete("remove", "/items/:id", { params: { id: Schema.String } })
  )
)

const Items = HttpApiBuilder.group(Api, "items", (handlers) =>
  handlers
    .handle("item", ({ params, query }) => {
      if (params.id.startsWith("a")) return Effect.fail(new Refused({ why: params.id }))
      if (params.id.startsWith("b")) return Effect.fail(new S3.BucketDoesNotExist({ bucket: params.id }))
      return params.id.startsWith("c") ? Effect.die(new Error("broken")) : Effect.succeed({ ...params, ...query })
    })
    .handle("add", ({ payload }) => Effect.succeed(payload))
    .handle("put", ({ payload }) => Effect.succeed(payload))
    .handle("remove", () => Effect.void))

/** All that an app can see of a request. */
const echo = Effect.gen(function*() {
  const request = yield* HttpServerRequest.HttpServerRequest
  const body = Buffer.from(yield* request.arrayBuffer)
  const url = Option.getOrThrow(HttpServerRequest.toURL(request))
  const { searchParams } = url
  const path = url.pathname.split("/").map(decodeURIComponent)
  const query = [...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)])
  const header = request.headers["x-header"]?.split(/, */)
  const { cookies, method } = request
  const seen = { method, path, query, header, cookies, body: body.toString("base64") }
  return HttpServerResponse.jsonUnsafe(seen, {
    headers: { "x-count": String(body.length) },
    cookies: Cookies.fromIterable([
      Cookies.makeCookieUnsafe("length", String(body.length), { path: "/", secure: true }),
      Cookies.makeCookieUnsafe("method", method)
    ])
  })
})

const back = Effect.map(
  HttpServerRequest.HttpServerRequest,
  (request) =>
    HttpServerResponse.stream(request.stream, { contentType: request.headers["content-type"] ?? "text/plain" })
)

const AppLive = Layer.mergeAll(
  HttpApiBuilder.layer(Api).pipe(Layer.provide(Items)),
  HttpRouter.add("*", "/echo/*", echo),
  HttpRouter.add("*", "/back", back),
  HttpRouter.add(
    "GET",
    "/none/:status",
    Effect.map(HttpRouter.params, ({ status }) => HttpServerResponse.text("not sent", { status: Number(status) }))
  ),
  HttpRouter.add("GET", "/fails", HttpServerResponse.stream(Stream.fail(new Error("lost"))))
).pipe(Layer.provide(HttpServer.layerServices))

class Node extends Context.Service<Node, { readonly port: number }>()("test/Node") {}

const NodeLive = Layer.effect(
  Node,
  Effect.map(HttpServer.HttpServer, ({ address }) => {
    if (!("port" in address)) throw new Error("the server has no port")
    return { port: address.port }
  })
).pipe(
  Layer.provide(HttpRouter.serve(AppLive, { disableLogger: true, disableListenLog: true })),
  Layer.provide(NodeHttpServer.layer(http.createServer, { port: 0, host: "127.0.0.1" }))
)

interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: ReadonlyArray<string>
  readonly body: string
}

/** Headers of the connection, which Node.js adds; the length, which front doors of Lambda set. */
const ofConnection = ["connection", "content-length", "date", "keep-alive", "transfer-encoding"]

const got = (
  status: number,
  headers: Readonly<Record<string, unknown>>,
  cookies: ReadonlyArray<string>,
  body: Buffer
): Got => ({
  status,
  headers: Object.fromEntries(
    Object.entries(headers).filter(([name]) => name !== "set-cookie" && !ofConnection.includes(name)).map((
      [name, value]
    ) => [name, String(value)])
  ),
  cookies,
  body: body.toString("base64")
})

const fromNode = ({ body = Buffer.alloc(0), headers = [], method, path, query }: Events.Sent) =>
  Effect.flatMap(Node, ({ port }) =>
    Effect.callback<Got>((resume) => {
      const lists: Record<string, Array<string>> = {}
      for (const [name, value] of headers) (lists[name] ??= []).push(value)
      const request = http.request({
        host: "127.0.0.1",
        port,
        method,
        path: query === undefined || query === "" ? path : `${path}?${query}`,
        headers: { ...lists, "content-length": body.length },
        agent: false
      }, (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => void chunks.push(chunk))
        response.on("error", (error) => resume(Effect.die(error)))
        response.on("end", () => {
          const { statusCode, headers } = response
          resume(Effect.succeed(got(statusCode!, headers, headers["set-cookie"] ?? [], Buffer.concat(chunks))))
        })
      })
      request.on("error", (error) => resume(Effect.die(error)))
      request.end(body)
    }))

const handler = Lambda.handler({
  logger: false,
  layer: LambdaHttp.layer(AppLive),
  handler: LambdaHttp.toEventHandler(LambdaHttp.app)
})

const fromLambda = (event: unknown) =>
  Effect.map(
    handler.invoke(event),
    ({ body, cookies = [], headers = {}, isBase64Encoded, multiValueHeaders = {}, statusCode }) =>
      got(
        statusCode,
        {
          ...Object.fromEntries(Object.entries(multiValueHeaders).map(([name, values]) => [name, values.join(", ")])),
          ...headers
        },
        multiValueHeaders["set-cookie"] ?? (headers["set-cookie"] === undefined ? cookies : [headers["set-cookie"]]),
        Buffer.from(body, isBase64Encoded ? "base64" : "utf8")
      )
  )

const text = (value: string) => encodeURIComponent(value.toWellFormed())

const Token = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_.-]{1,8}$/))

const Request = Schema.Struct({
  method: Schema.Literals(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
  route: Schema.Literals(["/items/", "/items", "/echo/", "/back", "/none/204", "/none/304", "/nowhere"]),
  names: Schema.Array(Schema.String),
  query: Schema.Array(Schema.Tuple([Schema.Literals(["a", "b", "c d", "é&="]), Schema.String])),
  header: Schema.Array(Token),
  cookies: Schema.Array(Schema.Tuple([Token, Token])),
  type: Schema.Literals(["text/plain", "application/json", "application/octet-stream", "image/png"]),
  body: Schema.Union([Schema.Uint8Array, Schema.String, Item])
})

const bytesOf = (body: (typeof Request)["Type"]["body"]): Uint8Array =>
  body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body))

/** A name of a path. HTTP APIs decode paths, so they don't have one with a slash, nor with a percent sign. */
const nameOf = (name: string, isDecoded: boolean) => text(isDecoded ? name.replace(/[/%?]/g, "-") : name)

const sentOf = (request: (typeof Request)["Type"], isDecoded: boolean): Events.Sent => ({
  method: request.method,
  path: request.route.endsWith("/")
    ? request.route + request.names.map((name) => nameOf(name, isDecoded)).join("/")
    : request.route,
  query: request.query.map(([name, value]) => `${text(name)}=${text(value)}`).join("&"),
  headers: [
    ["content-type", request.type],
    ...request.header.map((value) => ["x-header", value] as const),
    ...(request.cookies.length === 0
      ? []
      : [["cookie", request.cookies.map(([name, value]) => `${name}=${value}`).join("; ")] as const])
  ],
  body: bytesOf(request.body)
})

const encoding: Readonly<Record<string, (sent: Events.Sent) => unknown>> = {
  "a REST API": Events.restApi,
  "a function URL": Events.functionUrl,
  "a load balancer with multi-value headers": Events.multiValueLoadBalancer
}

const decoding: Readonly<Record<string, (sent: Events.Sent) => unknown>> = {
  "an HTTP API": Events.httpApi,
  "an HTTP API with payload format 1.0": Events.httpApi1
}

const same = (sent: Events.Sent, sources: typeof encoding) =>
  Effect.gen(function*() {
    const expected = yield* fromNode(sent)
    for (const [source, eventOf] of Object.entries(sources)) {
      assert.deepEqual(yield* fromLambda(eventOf(sent)), expected, source)
    }
    return expected
  })

layer(NodeLive)("an app on Lambda", (it) => {
  it.effect.prop("answers each request as on Node.js", [Request], ([request]) =>
    Effect.gen(function*() {
      yield* same(sentOf(request, false), encoding)
      yield* same(sentOf(request, true), decoding)
    }), { arbitrary: { runs: 150 } })

  it.effect("answers what is hard to get right as on Node.js", () =>
    Effect.gen(function*() {
      const json = [["content-type", "application/json"]] as const
      const rows: ReadonlyArray<readonly [Events.Sent, status: number]> = [
        [{ method: "GET", path: "/items/ok", query: "a=1&a=2&b=3" }, 200],
        [{ method: "HEAD", path: "/items/ok" }, 200],
        [{ method: "GET", path: "/items/ok", query: "b=no" }, 400],
        [{ method: "GET", path: "/items/a" }, 418],
        [{ method: "GET", path: "/items/b" }, 404],
        [{ method: "GET", path: "/items/c" }, 500],
        [{ method: "DELETE", path: "/items/a" }, 204],
        [{ method: "POST", path: "/items", headers: json, body: Buffer.from(`{"name":"ä","amount":1}`) }, 200],
        [{ method: "POST", path: "/items", headers: json, body: Buffer.from(`{"name":"ä","amount":1.5}`) }, 400],
        [{ method: "POST", path: "/items", headers: json, body: Buffer.from("{") }, 400],
        [{ method: "POST", path: "/items", headers: json }, 400],
        [{
          method: "PUT",
          path: "/items/x",
          headers: [["content-type", "application/octet-stream"]],
          body: Buffer.alloc(9, 255)
        }, 200],
        [{ method: "GET", path: "/echo/a", body: Buffer.from("a body of GET") }, 200],
        [{ method: "TRACE", path: "/back" }, 200],
        [{ method: "POST", path: "/back" }, 200],
        [{ method: "GET", path: "/none/204" }, 204],
        [{ method: "GET", path: "/none/205" }, 205],
        [{ method: "GET", path: "/none/304" }, 304],
        [{ method: "GET", path: "/none/101" }, 500],
        [{ method: "GET", path: "/none/600" }, 500],
        [{ method: "GET", path: "//echo//a" }, 200],
        [{ method: "GET", path: "/items/ok%3Bc%23d%20e%40%3A%2C%3D%26%2B%24%5B%5D" }, 200],
        [{ method: "GET", path: "/items/%F0%9F%98%80%00" }, 200]
      ]
      for (const [sent, status] of rows) {
        const { status: answered } = yield* same(sent, { ...encoding, ...decoding })
        assert.strictEqual(answered, status, `${sent.method} ${sent.path}`)
      }
    }))
})
