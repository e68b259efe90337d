// Buckets of the in-memory S3 that others use: pages in browsers, by the CORS configuration, and requesters who pay.
import {
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  PutBucketRequestPaymentCommand
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { InMemory, S3 } from "effect-aws-sdk"
import { bucket, codeOf, create, inAccount, key, put } from "../support/s3.ts"

const ask = (url: string, origin: string, method: string, headers = "") =>
  Effect.promise(() =>
    fetch(`${url}/${bucket}/${key}`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": method, "access-control-request-headers": headers }
    })
  )

describe("a page of another origin", () => {
  it.live("may do what the first rule allows that is for its origin, method and headers", () =>
    Effect.gen(function*() {
      const { url } = yield* InMemory.serve()
      yield* create
      yield* S3.send(
        new PutBucketCorsCommand({
          Bucket: bucket,
          CORSConfiguration: {
            CORSRules: [
              { AllowedMethods: ["GET"], AllowedOrigins: ["*"] },
              {
                AllowedMethods: ["PUT", "POST"],
                AllowedOrigins: ["https://*.example.com"],
                AllowedHeaders: ["x-amz-*", "Content-Type"],
                ExposeHeaders: ["ETag"],
                MaxAgeSeconds: 300
              }
            ]
          }
        })
      )
      const allowed = yield* ask(url, "https://app.example.com", "PUT", "content-type, x-amz-acl")
      assert.strictEqual(allowed.status, 200)
      assert.deepEqual(
        ["origin", "methods", "headers", "credentials"].map((name) =>
          allowed.headers.get(`access-control-allow-${name}`)
        ),
        ["https://app.example.com", "PUT, POST", "content-type, x-amz-acl", "true"]
      )
      assert.strictEqual(allowed.headers.get("access-control-expose-headers"), "ETag")
      assert.strictEqual(allowed.headers.get("access-control-max-age"), "300")
      const anyone = yield* ask(url, "https://other.example", "GET")
      assert.strictEqual(anyone.headers.get("access-control-allow-origin"), "*")
      assert.isNull(anyone.headers.get("access-control-allow-credentials"))
      for (
        const refused of [
          yield* ask(url, "https://other.example", "PUT"),
          yield* ask(url, "https://app.example.com", "DELETE"),
          yield* ask(url, "https://app.example.com", "PUT", "authorization")
        ]
      ) {
        assert.strictEqual(refused.status, 403)
        assert.include(yield* Effect.promise(() => refused.text()), "<Code>AccessForbidden</Code>")
      }
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer())))

  it.live("reads the answers that a rule allows it to read", () =>
    Effect.gen(function*() {
      const { url } = yield* InMemory.serve()
      yield* create
      yield* S3.send(
        new PutBucketCorsCommand({
          Bucket: bucket,
          CORSConfiguration: { CORSRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["https://app.example"] }] }
        })
      )
      const originOf = (origin: string) =>
        Effect.promise(async () => {
          const { headers } = await fetch(`${url}/${bucket}/${key}`, { headers: { origin } })
          return headers.get("access-control-allow-origin")
        })
      assert.strictEqual(yield* originOf("https://app.example"), "https://app.example")
      assert.isNull(yield* originOf("https://other.example"))
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer())))
})

describe("a requester of another account", () => {
  it.effect("gets nothing unless it agrees to pay, and is told that it has paid", () =>
    Effect.gen(function*() {
      yield* create
      yield* put(key)
      yield* S3.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }))
      yield* S3.send(
        new PutBucketPolicyCommand({
          Bucket: bucket,
          Policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:*", Resource: `arn:aws:s3:::${bucket}/*` }]
          })
        })
      )
      const get = (RequestPayer?: "requester") =>
        S3.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...(RequestPayer && { RequestPayer }) }))
      const other = <A, E, R>(effect: Effect.Effect<A, E, R>) => inAccount("222222222222", effect)
      assert.isUndefined((yield* other(get())).RequestCharged)
      yield* S3.send(
        new PutBucketRequestPaymentCommand({ Bucket: bucket, RequestPaymentConfiguration: { Payer: "Requester" } })
      )
      assert.strictEqual(yield* codeOf(other(get())), "AccessDenied")
      assert.strictEqual((yield* other(get("requester"))).RequestCharged, "requester")
      assert.strictEqual(
        yield* codeOf(
          other(S3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: key }] } })))
        ),
        "AccessDenied"
      )
      assert.isUndefined((yield* get()).RequestCharged)
    }).pipe(Effect.provide(InMemory.layer())))
})
