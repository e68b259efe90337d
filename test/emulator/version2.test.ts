// Signature Version 2 of Amazon S3, with the examples in AWS's documents ("Signing and authenticating REST requests").
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Request } from "../../emulator/wire/http.ts"
import { request } from "./support/requests.ts"
import { verified } from "./support/verified.ts"

const keyId = "AKIAIOSFODNN7EXAMPLE"
const secret = { secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" }
const known = () => secret
const host = "johnsmith.s3.amazonaws.com"
const now = new Date("2007-03-27T20:00:00Z")

const signed = (method: string, target: string, signature: string, headers: Record<string, string>): Request =>
  request(method, target, { headers: { host, ...headers, authorization: `AWS ${keyId}:${signature}` } })

const codeOf = (...args: Parameters<typeof verified>) =>
  Effect.flip(verified(...args)).pipe(Effect.map(({ code }) => code))

const examples: Readonly<Record<string, Request>> = {
  "the download of an object": signed("GET", "/photos/puppy.jpg", "bWq2s1WEIj+Ydj0vQ697zp+IXMU=", {
    date: "Tue, 27 Mar 2007 19:36:42 +0000"
  }),
  "an upload": signed("PUT", "/photos/puppy.jpg", "MyyxeRY7whkBe+bq8fHCL/2kKUg=", {
    date: "Tue, 27 Mar 2007 21:15:45 +0000",
    "content-type": "image/jpeg",
    "content-length": "94328"
  }),
  "a list": signed("GET", "/?prefix=photos&max-keys=50&marker=puppy", "htDYFYduRNen8P9ZfE/s9SuKy0U=", {
    date: "Tue, 27 Mar 2007 19:42:41 +0000"
  }),
  "a subresource": signed("GET", "/?acl", "c2WLPFtWHVgbEmeEG93a4cG37dM=", { date: "Tue, 27 Mar 2007 19:44:46 +0000" }),
  "an upload with metadata": signed("PUT", "/static.johnsmith.net/db-backup.dat.gz", "ilyl83RwaSoYIEdixDQcA4OnAnc=", {
    host: "s3.amazonaws.com",
    date: "Tue, 27 Mar 2007 21:06:08 +0000",
    "x-amz-acl": "public-read",
    "content-type": "application/x-download",
    "content-md5": "4gJE4saaMU4BqNR0kLY+lw==",
    "x-amz-meta-reviewedby": "joe@johnsmith.net,jane@johnsmith.net",
    "x-amz-meta-filechecksum": "0x02661779",
    "x-amz-meta-checksumalgorithm": "crc32",
    "content-length": "5913339"
  }),
  "the list of buckets": signed("GET", "/", "qGdzdERIC03wnaRNKh6OqZehG9s=", {
    host: "s3.amazonaws.com",
    date: "Wed, 28 Mar 2007 01:29:59 +0000"
  }),
  "a key beyond ASCII": signed(
    "GET",
    "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re",
    "DNEZGsoieTZ92F3bUfSPQcbGmlM=",
    { host: "s3.amazonaws.com", date: "Wed, 28 Mar 2007 01:49:49 +0000" }
  ),
  "a presigned URL": request(
    "GET",
    `/photos/puppy.jpg?AWSAccessKeyId=${keyId}&Expires=1175139620&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D`,
    { headers: { host } }
  )
}

describe("Signature Version 2", () => {
  for (const [title, example] of Object.entries(examples)) {
    it.effect(`verifies ${title}`, () =>
      Effect.gen(function*() {
        const result = yield* verified(example, known, now, { anyTime: true })
        assert.strictEqual(result.secret, secret)
        assert.strictEqual(result.scope.keyId, keyId)
        for (const options of [{ anyTime: true }, { lenient: true }]) {
          assert.strictEqual(
            yield* codeOf(example, () => ({ secretAccessKey: "other" }), now, options),
            "SignatureDoesNotMatch"
          )
          const altered = { ...example, path: `${example.path}x` }
          assert.strictEqual(yield* codeOf(altered, known, now, options), "SignatureDoesNotMatch")
        }
      }))
  }

  const get = examples["the download of an object"]!
  const url = examples["a presigned URL"]!

  it.effect("fails with another session token, with an expired key, and without a time", () =>
    Effect.gen(function*() {
      const options = { lenient: true }
      for (const example of [get, url]) {
        assert.strictEqual(
          yield* codeOf(example, () => ({ ...secret, sessionToken: "token" }), now, options),
          "InvalidAccessKeyId"
        )
        assert.strictEqual(
          yield* codeOf(example, () => ({ ...secret, expires: new Date(0) }), now, options),
          "ExpiredToken"
        )
      }
      const { date: _, ...headers } = get.headers
      assert.strictEqual(yield* codeOf({ ...get, headers }, known, now, options), "AccessDenied")
      const query = url.query.replace(/Expires=\d+/, "Expires=soon")
      assert.strictEqual(yield* codeOf({ ...url, query }, known, now, options), "AccessDenied")
    }))

  it.effect("fails long after it was signed, unless any time is accepted", () =>
    Effect.gen(function*() {
      const late = new Date("2007-03-29T04:00:00Z")
      assert.strictEqual(yield* codeOf(get, known, late), "RequestTimeTooSkewed")
      yield* verified(get, known, late, { lenient: true })
      assert.strictEqual(yield* codeOf(url, known, late, { lenient: true }), "AccessDenied")
    }))

  it.effect("verifies the path of a bucket with a slash that isn't sent, as the SDK for Python signs it", () =>
    Effect.gen(function*() {
      const list = signed("GET", "/johnsmith?acl", "c2WLPFtWHVgbEmeEG93a4cG37dM=", {
        host: "s3.amazonaws.com",
        date: "Tue, 27 Mar 2007 19:44:46 +0000"
      })
      yield* verified(list, known, now, { anyTime: true })
    }))
})
