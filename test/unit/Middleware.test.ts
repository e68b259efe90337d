// The library sorts the middleware of a command class once. Each call still has a context of its own.
import {
  CreateBucketCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client
} from "@aws-sdk/client-s3"
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { HttpResponse } from "@smithy/core/protocols"
import type { HttpRequest, MiddlewareStack } from "@smithy/types"
import { Effect } from "effect"
import { AwsClients, S3, Ssm } from "effect-aws-sdk"
import { Readable } from "node:stream"
import { credentials, signOfAws } from "../support/Server.ts"

/** Clients whose requests are collected, and which all get the same response. */
const collecting = () => {
  const requests: Array<HttpRequest> = []
  const requestHandler = {
    metadata: { handlerProtocol: "http/1.1" },
    handle: async (request: HttpRequest) => {
      requests.push(request)
      // Lets concurrent calls pass each other.
      await new Promise((resolve) => setImmediate(resolve))
      return {
        response: new HttpResponse({ statusCode: 200, headers: { [signOfAws]: "Root=1" }, body: Readable.from([]) })
      }
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({})
  }
  const layer = AwsClients.layer({
    region: "eu-central-1",
    credentials,
    requestHandler,
    clientOptions: { useArnRegion: true }
  })
  return { layer, requests }
}

const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))

const header = (name: string) => (stack: MiddlewareStack<any, any>) =>
  stack.add(
    (next) => (args) => {
      ;(args.request as HttpRequest).headers[name] = "yes"
      return next(args)
    },
    { step: "build", name }
  )

describe("the middleware of a call", () => {
  it.effect("signs each of many concurrent calls for the region of its own access point", () => {
    const { layer, requests } = collecting()
    const head = (i: number) =>
      S3.send(
        new HeadObjectCommand({
          Bucket: `arn:aws:s3:${i % 2 === 0 ? "us-west-2" : "ap-south-1"}:123456789012:accesspoint/reports`,
          Key: `${i}`
        })
      )
    return Effect.gen(function*() {
      yield* Effect.forEach(Array.from({ length: 1_000 }, (_, i) => i), head, { concurrency: 50, discard: true })
      assert.lengthOf(requests, 1_000)
      const regions = requests.map(({ headers, hostname, path }) => ({
        asked: /(\d+)$/.exec(path)![1]!,
        host: hostname,
        signed: /Credential=[^/]+\/\d+\/([^/]+)\/s3\//.exec(headers["authorization"]!)![1]!
      }))
      for (const { asked, host, signed } of regions) {
        const region = Number(asked) % 2 === 0 ? "us-west-2" : "ap-south-1"
        assert.strictEqual(signed, region)
        assert.strictEqual(host, `reports-123456789012.s3-accesspoint.${region}.amazonaws.com`)
      }
    }).pipe(Effect.provide(layer))
  })

  it.effect("follows changes to the client's middleware between calls", () => {
    const { layer, requests } = collecting()
    return Effect.gen(function*() {
      const { middlewareStack } = yield* AwsClients.get(SSMClient)
      yield* get
      header("x-late")(middlewareStack)
      yield* get
      middlewareStack.remove("x-late")
      yield* get
      middlewareStack.use({ applyToStack: header("x-later") })
      yield* get
      assert.deepEqual(requests.map(({ headers }) => [headers["x-late"], headers["x-later"]]), [
        [undefined, undefined],
        ["yes", undefined],
        [undefined, undefined],
        [undefined, "yes"]
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("runs a command's own middleware for that command only", () => {
    const { layer, requests } = collecting()
    const command = new GetParameterCommand({ Name: "/p" })
    header("x-own")(command.middlewareStack)
    return Effect.gen(function*() {
      yield* get
      yield* Ssm.send(command)
      yield* get
      assert.deepEqual(requests.map(({ headers }) => headers["x-own"]), [undefined, "yes", undefined])
    }).pipe(Effect.provide(layer))
  })

  it.effect("runs the same middleware as the SDK, in the same order", () => {
    const { layer, requests } = collecting()
    const command = () => new HeadObjectCommand({ Bucket: "a-bucket", Key: "key", IfMatch: "etag" })
    return Effect.gen(function*() {
      yield* S3.send(command())
      const client = yield* AwsClients.get(S3Client)
      yield* Effect.promise(() => client.send(command()))
      const [ours, theirs] = requests.map(({ headers: { authorization, ...headers }, method, path, query }) => ({
        headers: Object.keys(headers),
        signed: /SignedHeaders=([^,]+)/.exec(authorization!)![1]!,
        method,
        path,
        query
      }))
      assert.deepEqual(ours, theirs)
    }).pipe(Effect.provide(layer))
  })

  it.effect("lets a command class resolve its middleware in its own way", () => {
    const { layer, requests } = collecting()
    let resolved = 0
    class Own extends GetParameterCommand {
      override resolveMiddleware(...args: Parameters<GetParameterCommand["resolveMiddleware"]>) {
        resolved++
        return super.resolveMiddleware(...args)
      }
    }
    return Effect.gen(function*() {
      yield* Ssm.send(new Own({ Name: "/p" }) as GetParameterCommand)
      yield* Ssm.send(new Own({ Name: "/p" }) as GetParameterCommand)
      assert.deepEqual([requests.length, resolved], [2, 2])
    }).pipe(Effect.provide(layer))
  })

  it.effect("sends a command that a plain client has sent before", () => {
    const { layer, requests } = collecting()
    const command = new GetParameterCommand({ Name: "/p" })
    return Effect.gen(function*() {
      const client = yield* AwsClients.get(SSMClient)
      yield* Effect.promise(() => client.send(command))
      yield* Ssm.send(command)
      assert.lengthOf(requests, 2)
    }).pipe(Effect.provide(layer))
  })

  it.effect("keeps a command's own middleware that is relative to another's", () => {
    const { layer, requests } = collecting()
    const command = new GetParameterCommand({ Name: "/p" })
    command.middlewareStack.addRelativeTo(
      (next: any) => (args: any) => {
        args.request.headers["x-relative"] = "yes"
        return next(args)
      },
      { relation: "after", toMiddleware: "contentLengthMiddleware", name: "x-relative" }
    )
    return Effect.gen(function*() {
      yield* get
      yield* Ssm.send(command)
      assert.deepEqual(requests.map(({ headers }) => headers["x-relative"]), [undefined, "yes"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("gives two commands of one client each its own, in whatever order they are sent", () => {
    const { layer, requests } = collecting()
    const head = S3.send(new HeadBucketCommand({ Bucket: "a-bucket" }))
    const put = S3.send(new PutObjectCommand({ Bucket: "a-bucket", Key: "key", Body: "text" }))
    return Effect.gen(function*() {
      yield* Effect.all([head, put, head, put, put])
      assert.deepEqual(requests.map(({ headers, method }) => [method, headers["x-amz-checksum-crc32"]]), [
        ["HEAD", undefined],
        ["PUT", "O4unxw=="],
        ["HEAD", undefined],
        ["PUT", "O4unxw=="],
        ["PUT", "O4unxw=="]
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("leaves the input of a command as it was, with its nested members", () => {
    const { layer } = collecting()
    const input = { Bucket: "a-bucket", CreateBucketConfiguration: { Tags: [{ Key: "k", Value: "v" }] } }
    return Effect.gen(function*() {
      yield* S3.send(new CreateBucketCommand(input))
      assert.deepEqual(input.CreateBucketConfiguration, { Tags: [{ Key: "k", Value: "v" }] })
    }).pipe(Effect.provide(layer))
  })
})
