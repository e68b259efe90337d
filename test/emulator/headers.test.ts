// Headers, queries and lengths as raw HTTP carries them, in front of Amazon S3 in memory.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as net from "node:net"
import { text } from "node:stream/consumers"
import { ok, served } from "./server/stub.ts"
import { scope, send, world } from "./support/raw.ts"

const utf8 = (value: string) => Buffer.from(value).toString("latin1")

describe("headers of an object", () => {
  for (const name of ["content-disposition", "cache-control", "content-language"]) {
    it.live(`go out with the bytes that came in, in ${name}`, () =>
      Effect.gen(function*() {
        const { url } = yield* world
        for (const value of [utf8("é"), "\u00e9", utf8("日本"), utf8("a é € z"), "\u00ff x \u00e9"]) {
          assert.strictEqual((yield* send(url, "PUT", "/bucket-1/k", { [name]: value }, "x")).status, 200)
          const { body, headers } = yield* send(url, "GET", "/bucket-1/k")
          assert.strictEqual(headers[name], value)
          assert.strictEqual(body, "x")
        }
      }))
  }

  // The first is the example in AWS's user guide, "Working with object metadata".
  for (
    const [sent, answered] of [
      [utf8("ÄMÄZÕÑ S3"), "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?="],
      ["\u00e9", "=?UTF-8?B?w6k=?="],
      ["caf\u00e9 = a_b?", "=?UTF-8?Q?caf=C3=A9_=3D_a=5Fb=3F?="],
      ["=?utf-8?q?caf=C3=A9?=", "=?UTF-8?Q?caf=C3=A9?="],
      ["=?UTF-8?B?Y2Fm?= =?ISO-8859-1?Q?=E9?=", "=?UTF-8?Q?caf=C3=A9?="],
      ["=?UTF-8?Q?ab_c?=", "ab c"],
      ["=?none?Q?abc?=", "=?none?Q?abc?="],
      ["a=b?= =?c", "a=b?= =?c"]
    ] as const
  ) {
    it.live(`are answered as RFC 2047 encodes them if they are metadata beyond ASCII: ${JSON.stringify(sent)}`, () =>
      Effect.gen(function*() {
        const { url } = yield* world
        assert.strictEqual((yield* send(url, "PUT", "/bucket-1/k", { "x-amz-meta-a": sent }, "x")).status, 200)
        assert.strictEqual((yield* send(url, "GET", "/bucket-1/k")).headers["x-amz-meta-a"], answered)
      }))
  }

  it.live("has any text as the time of its expiry, as it was sent", () =>
    Effect.gen(function*() {
      const { url } = yield* world
      for (const expires of ["never", "2031-01-01T00:00:00Z", "Wed, 01 Jan 2031 00:00:00 GMT", "0"]) {
        assert.strictEqual((yield* send(url, "PUT", "/bucket-1/k", { expires }, "x")).status, 200)
        assert.strictEqual((yield* send(url, "GET", "/bucket-1/k")).headers["expires"], expires)
      }
    }))

  it.live("don't come to a condition on a time that isn't a date", () =>
    Effect.gen(function*() {
      const { url } = yield* world
      yield* send(url, "PUT", "/bucket-1/k", {}, "x")
      for (const condition of ["if-modified-since", "if-unmodified-since"]) {
        assert.strictEqual((yield* send(url, "GET", "/bucket-1/k", { [condition]: "yesterday" })).status, 200)
      }
    }))

  it.live("can be set by the query, but not to what no header can be", () =>
    Effect.gen(function*() {
      const { url } = yield* world
      yield* send(url, "PUT", "/bucket-1/k", {}, "x")
      const { headers } = yield* send(url, "GET", "/bucket-1/k?response-content-disposition=%E2%82%AC")
      assert.strictEqual(headers["content-disposition"], utf8("€"))
      for (
        const [method, path] of [
          ["GET", "/bucket-1/k?response-content-disposition=a%0Ab"],
          ["GET", "/bucket-1/k?response-expires=a%00"],
          ["PUT", "/bucket-1/k?x-amz-meta-a=a%0D%0Ab"],
          ["PUT", "/bucket-1/k?x-amz-meta-%C3%A9=a"]
        ] as const
      ) {
        const { code, status } = yield* send(url, method, path)
        assert.deepStrictEqual([status, code], [400, "InvalidArgument"], path)
      }
    }))

  it.live("that can't be sent don't leave their reason phrase to the answer that says so", () =>
    Effect.gen(function*() {
      const { url } = yield* served(() => Effect.succeed(ok("", { "x-a": "a\nb" })))
      const { reason, status } = yield* send(url, "GET", "/")
      assert.deepStrictEqual([status, reason], [500, "Internal Server Error"])
    }))
})

describe("the length of an upload", () => {
  it.live("has to be told, even if it is none", () =>
    Effect.gen(function*() {
      const { port, url } = yield* world
      const put = `PUT /bucket-1/k HTTP/1.1\r\nHost: h\r\nAuthorization: ${scope("s3")}\r\nConnection: close\r\n`
      const answer = (request: string) =>
        Effect.promise(() =>
          text(net.connect(port, "127.0.0.1", function(this: net.Socket) {
            this.write(request)
          }))
        )
      assert.match(yield* answer(`${put}\r\n`), /^HTTP\/1.1 411 [^]*<Code>MissingContentLength</)
      assert.strictEqual((yield* send(url, "GET", "/bucket-1/k")).status, 404)
      assert.match(yield* answer(`${put}Content-Length: 0\r\n\r\n`), /^HTTP\/1.1 200 /)
    }))
})

describe("a whole number in a query", () => {
  it.live("is decimal and has 32 bits", () =>
    Effect.gen(function*() {
      const { url } = yield* world
      for (const number of ["99999999999", "2147483648", "-2147483649", "1e3", "1.0", "0x10", "%2B5", "NaN", "%205"]) {
        const { code, status } = yield* send(url, "GET", `/bucket-1?list-type=2&max-keys=${number}`)
        assert.deepStrictEqual([status, code], [400, "InvalidArgument"], number)
      }
      for (const number of ["2147483647", "0", "007", ""]) {
        assert.strictEqual((yield* send(url, "GET", `/bucket-1?list-type=2&max-keys=${number}`)).status, 200, number)
      }
    }))
})

describe("a query that isn't percent-encoded correctly, or isn't UTF-8", () => {
  const form = { authorization: scope("iam"), "content-type": "application/x-www-form-urlencoded" }
  const ssm = {
    authorization: scope("ssm"),
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "AmazonSSM.GetParameter"
  }
  for (
    const [service, method, path, headers, body, pattern] of [
      ["Amazon S3's lists", "GET", "/bucket-1?list-type=2&prefix=%ff", {}, "", /<Code>InvalidURI</],
      ["Amazon S3's objects", "GET", "/bucket-1/k?versionId=%ff", {}, "", /<Code>InvalidURI</],
      ["Amazon S3's keys", "GET", "/bucket-1/%ff", {}, "", /<Code>InvalidURI</],
      ["JSON", "POST", "/?x=%ff", ssm, "{}", /"__type":"SerializationException"/],
      ["a query", "POST", "/?Action=ListUsers%ff", form, "", /<Code>MalformedQueryString</],
      ["a query of EC2", "POST", "/?x=%ff", { ...form, authorization: scope("ec2") }, "", /<Response><Errors>/],
      ["the form of a query", "POST", "/", form, "Action=ListUsers&PathPrefix=%ff", /<Code>MalformedQueryString</],
      ["REST-JSON", "GET", "/2021-01-01/domain?engineType=%ff", { authorization: scope("es") }, "", /^\{"message":/]
    ] as const
  ) {
    it.live(`is refused in the words of ${service}`, () =>
      Effect.gen(function*() {
        const { url } = yield* world
        for (const wrong of ["%ff", "%zz", "%"]) {
          const answer = yield* send(url, method, path.replace("%ff", wrong), headers, body.replace("%ff", wrong))
          assert.strictEqual(answer.status, 400)
          assert.match(answer.body, pattern)
        }
      }))
  }
})

describe("a name that every object of JavaScript has a member for", () => {
  it.live("is a name like any other", () =>
    Effect.gen(function*() {
      const { url } = yield* world
      for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
        const keys = `<Delete><Object><Key>&${name};</Key></Object></Delete>`
        assert.strictEqual((yield* send(url, "POST", "/bucket-1?delete", {}, keys)).code, "MalformedXML", name)
        const target = { authorization: "", "x-amz-target": `${name}.a`, "content-type": "application/x-amz-json-1.1" }
        assert.strictEqual((yield* send(url, "POST", "/", target, "{}")).status, 501, name)
        yield* send(url, "PUT", "/bucket-1/k", { [`x-amz-meta-${name}`]: "a" }, "x")
        const { headers } = yield* send(url, "GET", "/bucket-1/k")
        assert.strictEqual(headers[`x-amz-meta-${name.toLowerCase()}`], "a")
        const boundary = `--b\r\ncontent-disposition: form-data; name="`
        const form =
          `${boundary}key"\r\n\r\nk\r\n${boundary}${name}"\r\n\r\na\r\n${boundary}file"\r\n\r\nx\r\n--b--\r\n`
        const posted = yield* send(
          url,
          "POST",
          "/bucket-1",
          { "content-type": "multipart/form-data; boundary=b" },
          form
        )
        assert.notStrictEqual(posted.status, 500, name)
      }
    }))
})
