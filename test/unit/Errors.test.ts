// Errors that cross: what a program can tell about an error from another copy of the package, another process or
// another machine.
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Duration, Effect, Equal, Exit, Fiber, Layer, Logger, Redacted, Ref, Schedule, Schema } from "effect"
import {
  Acm,
  AssumeRole,
  AwsError,
  AwsErrorReason,
  CloudWatch,
  Compute,
  Default,
  Ec2,
  Ecs,
  EventBridge,
  Fleet,
  Polling,
  Profile,
  S3,
  Ssm
} from "effect-aws-sdk"
import * as AppConfig from "effect-aws-sdk/AppConfig"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
import * as Organizations from "effect-aws-sdk/Organizations"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import { HttpClient, HttpClientRequest, HttpRouter } from "effect/http"
import {
  HttpApi,
  HttpApiBuilder,
  HttpApiClient,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpApiSchema,
  OpenApi
} from "effect/http-api"
import { Rpc, RpcClient, RpcGroup, RpcSerialization, RpcServer } from "effect/rpc"
import { TestClock } from "effect/testing"
import * as esbuild from "esbuild"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { inspect } from "node:util"
import { answers } from "../support/answers.ts"
import { bundle } from "../support/bundling.ts"
import { clientsOf, serve } from "../support/Server.ts"

const root = path.resolve(import.meta.dirname, "../..")

type AnyError = Error & { readonly _tag: string }
type ErrorClass = Schema.Codec<any, any> & (new(fields: any) => AnyError)

const namespaces = {
  Acm,
  AppConfig,
  AssumeRole,
  AwsErrorReason,
  CloudWatch,
  Compute,
  Default,
  Ec2,
  Ecs,
  EventBridge,
  Fleet,
  Lambda,
  LambdaHttp,
  Organizations,
  Polling,
  Profile,
  S3,
  SecretsManager,
  Ssm
}

/** Every error class of the public API, by its tag. */
const classes: ReadonlyMap<string, ErrorClass> = new Map(
  [{ AwsError }, ...Object.values(namespaces)].flatMap((namespace) =>
    Object.entries<any>(namespace)
      .filter(([, value]) => typeof value === "function" && value.prototype instanceof Error)
      .map(([name, Class]): [string, ErrorClass] => [name, Class])
  )
)

const encode = (Class: ErrorClass, error: unknown): unknown => Schema.encodeSync(Schema.toCodecJson(Class))(error)

/** To JSON, over the wire, and back. */
const crossed = <A>(Class: ErrorClass, error: A): A =>
  Schema.decodeUnknownSync(Schema.toCodecJson(Class))(JSON.parse(JSON.stringify(encode(Class, error))))

/** A value by its parts, as far as they cross: JSON has no negative zero, and a foreign cause is its name and message. */
const parts = (value: unknown): unknown => {
  if (typeof value === "number") return value + 0
  if (Array.isArray(value)) return value.map(parts)
  if (Duration.isDuration(value)) return Duration.toMillis(value).toPrecision(12)
  if (value instanceof Error) return classes.has((value as AnyError)._tag) ? seen(value) : value
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, parts(part)]))
  }
  return value
}

const text = (value: unknown): string => {
  try {
    return String(value)
  } catch {
    return "a value that has no string form"
  }
}

/** All that an error says, by name: its fields, and what it computes from them. */
const seen = (error: any): Record<string, unknown> => {
  const names = new Set(Object.getOwnPropertyNames(error))
  for (let proto = Object.getPrototypeOf(error); proto !== Error.prototype; proto = Object.getPrototypeOf(proto)) {
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) if (get) names.add(name)
  }
  names.delete("stack")
  const { cause, ...values } = Object.fromEntries([...names].map((name) => [name, parts(error[name])]))
  // Of metrics only their number crosses.
  if (error._tag === "MetricsNotPut") values["put"] = error.put.length
  // Of parameters only their names cross.
  if (error._tag === "ParametersDoNotExist") values["found"] = [...error.found.keys()]
  if (error.cause === undefined) return values
  const { message, name } = error.cause instanceof Error ? error.cause : { name: "Error", message: text(error.cause) }
  return { ...values, cause: AwsError.isAwsError(error.cause) ? cause : { name, message } }
}

const call = { service: "S3", operation: "PutObject", region: "eu-central-1" }
const throttled = new AwsErrorReason.Throttled({ code: "SlowDown", description: "slower", isRetryable: true })
const lost = new AwsErrorReason.Unreachable({ code: "ECONNRESET", description: "reset", isRetryable: true })
const awsError = new AwsError({ ...call, reason: throttled })

describe("every error class", () => {
  it("is public and a Schema", () => {
    const files = fs.readdirSync(path.join(root, "errors/internal")).filter((file) =>
      /(Errors|awsError|reasons)\.ts$/.test(file)
    )
    const declared = files.flatMap((file) =>
      [...fs.readFileSync(path.join(root, "errors/internal", file), "utf8").matchAll(/^export class (\w+)/gm)].map(
        ([, name]) => name!
      )
    )
    assert.lengthOf(declared, 92)
    assert.deepEqual([...classes.keys()].sort(), declared.sort())
    for (const [tag, Class] of classes) {
      assert.isTrue(Schema.isSchema(Class), tag)
      assert.strictEqual(Class.prototype.name, tag)
    }
  })

  for (const [tag, Class] of classes) {
    it.prop(`${tag} is the same error after crossing`, [Class], ([error]) => {
      // Longer than Effect's Clock can measure: the milliseconds would be rounded.
      if ("waited" in error && !(Math.abs(Duration.toMillis(error.waited)) < 2 ** 50)) return
      const there = crossed(Class, error)
      assert.instanceOf(there, Class)
      assert.deepEqual(seen(there), seen(error))
      // The JSON of a log is the JSON of the codec.
      assert.deepEqual(JSON.parse(JSON.stringify(error)), JSON.parse(JSON.stringify(encode(Class, error))))
      // What is encoded is plain enough for a worker's messages.
      assert.deepEqual(structuredClone(encode(Class, error)), encode(Class, error))
    })
  }

  it("is structurally equal after crossing", () => {
    const last = new Polling.WaitTimedOut({ waitingFor: "w", waited: Duration.minutes(1), last: undefined })
    for (const error of [awsError, new S3.BucketDoesNotExist({ bucket: "b" }), last]) {
      assert.isTrue(Equal.equals(crossed(classes.get(error._tag)!, error), error), error._tag)
    }
  })

  it("refuses JSON that isn't its own", () => {
    for (const [tag, Class] of classes) {
      const decode = Schema.decodeUnknownExit(Schema.toCodecJson(Class))
      // An error whose only field is a cause may have none.
      const alone = tag === "CannotReadBody" ? [] : [{ _tag: tag }]
      for (const json of [null, 1, {}, ...alone, { _tag: "Other", bucket: "b" }]) {
        assert.isTrue(Exit.isFailure(decode(json)), `${tag} of ${JSON.stringify(json)}`)
      }
    }
  })
})

describe("an AwsError that crossed", () => {
  it.live(
    "is what each answer of AWS made, without the SDK's exception",
    () =>
      Effect.forEach(answers, ([what, call, [status, headers, body]]) =>
        Effect.gen(function*() {
          const { url } = yield* serve((request, response) => {
            request.resume().on("end", () => response.writeHead(status, headers).end(body))
          })
          const error = yield* Effect.flip(Effect.provide(call, clientsOf(url)))
          assert.isDefined(error.cause, what)
          const there = crossed(AwsError, error)
          const { cause: _, ...rest } = seen(error)
          assert.deepEqual(seen(there), rest, what)
          assert.instanceOf(there.reason, classes.get(error.reason._tag)!)
          assert.strictEqual(JSON.stringify(there), JSON.stringify(error))
        }), { discard: true }),
    30_000
  )

  it.effect("is caught by the same tag, reason and code", () =>
    Effect.gen(function*() {
      const failed = Effect.fail(crossed(AwsError, awsError))
      assert.strictEqual(
        yield* failed.pipe(Effect.catchTag("AwsError", ({ code }) => Effect.succeed(code))),
        "SlowDown"
      )
      assert.strictEqual(
        yield* failed.pipe(Effect.catchReason("AwsError", "Throttled", ({ code }) => Effect.succeed(code))),
        "SlowDown"
      )
      assert.strictEqual(yield* failed.pipe(AwsError.catchCode("SlowDown", () => Effect.succeed("caught"))), "caught")
      assert.isTrue(AwsError.hasCode("SlowDown")(crossed(AwsError, awsError)))
    }))

  it("keeps mayHaveSucceeded, whatever the reason would say", () => {
    for (const reason of [throttled, lost]) {
      for (const mayHaveSucceeded of [true, false]) {
        const error = new AwsError({ ...call, reason, mayHaveSucceeded })
        assert.deepEqual([error, crossed(AwsError, error)].map((e) => e.mayHaveSucceeded), [
          mayHaveSucceeded,
          mayHaveSucceeded
        ])
      }
    }
  })
})

describe("new AwsError", () => {
  it("sets mayHaveSucceeded by default if the reason doesn't rule it out", () => {
    const of = (reason: AwsErrorReason.AwsErrorReason) => new AwsError({ ...call, reason }).mayHaveSucceeded
    assert.isTrue(of(lost))
    assert.isFalse(of(throttled))
    assert.isFalse(of(new AwsErrorReason.Unreachable({ ...lost, code: "ECONNREFUSED" })))
  })

  it("takes a reason that was classified before, in fromUnknown", () => {
    const error = AwsError.fromUnknown(call, new Error("slow down"), throttled)
    assert.strictEqual(error.reason, throttled)
    assert.strictEqual(AwsError.fromUnknown(call, new Error("slow down")).reason._tag, "Misconfigured")
    assert.isTrue(AwsError.fromUnknown(call, undefined, lost).mayHaveSucceeded)
  })
})

describe("secrets in errors", () => {
  const secret = "planted-secret"
  const rows: Readonly<Record<string, readonly [ErrorClass, AnyError]>> = {
    "the SDK's exception": [
      AwsError,
      new AwsError({ ...call, reason: throttled, cause: Object.assign(new Error(secret), { $response: { secret } }) })
    ],
    "what a credential provider threw": [
      Profile.CredentialsNotFound,
      new Profile.CredentialsNotFound({ source: "s", description: "d", advice: "a", cause: new Error(secret) })
    ],
    "the properties of a file error's cause": [
      S3.CannotReadFile,
      new S3.CannotReadFile({
        path: "p",
        cause: Object.assign(new Error("EACCES", { cause: secret }), { secret, stack: secret })
      })
    ],
    "the last value that was awaited": [
      Polling.WaitTimedOut,
      new Polling.WaitTimedOut({ waitingFor: "w", waited: Duration.seconds(1), last: { SecretString: secret } })
    ],
    "the last output of a wait that failed, and what the cause held": [
      Polling.WaitFailed,
      new Polling.WaitFailed({
        waitingFor: "w",
        waited: Duration.seconds(1),
        last: { SecretString: secret },
        reason: "r",
        cause: new AwsError({ ...call, reason: throttled, cause: new Error(secret) })
      })
    ],
    "metrics": [
      CloudWatch.MetricsNotPut,
      new CloudWatch.MetricsNotPut({
        put: [{ secret }],
        failures: [{ metric: { secret }, outcome: "NotPut", cause: awsError }],
        cause: awsError
      })
    ],
    "events": [
      EventBridge.EventsNotDelivered,
      new EventBridge.EventsNotDelivered({
        eventBus: "b",
        delivered: [{ event: { secret }, id: "1" }],
        failures: [{ event: secret, index: 1, delivery: "Unknown", code: "c", message: "m", cause: undefined }],
        cause: undefined
      })
    ],
    "the result that couldn't be saved": [
      Lambda.IdempotencyResultNotSaved,
      new Lambda.IdempotencyResultNotSaved({
        id: "i",
        reason: "StoreFailed",
        issue: "the store is down",
        until: new Date(0),
        result: { secret },
        cause: new Error(secret)
      })
    ],
    "parameters": [
      Ssm.ParametersDoNotExist,
      new Ssm.ParametersDoNotExist({
        missing: ["/none"],
        refused: [{ name: "with space", cause: awsError }],
        found: new Map([["/a", new Ssm.Parameter({ name: "/a", type: "String", value: secret, version: 1 })]])
      })
    ]
  }
  for (const [what, [Class, error]] of Object.entries(rows)) {
    it(`keeps ${what} out of an error's JSON and out of what crosses`, () => {
      assert.include(inspect([error.cause, { ...error }], { depth: 8 }), secret)
      assert.notInclude(JSON.stringify(error), secret)
      assert.notInclude(JSON.stringify(encode(Class, error)), secret)
      const there = crossed(Class, error)
      assert.deepEqual([there._tag, there.message], [error._tag, error.message])
      assert.strictEqual(JSON.stringify(there), JSON.stringify(error))
    })
  }
})

describe("a cause that isn't an AwsError", () => {
  const circular: Record<string, unknown> = {}
  circular["self"] = circular
  const hostile = Object.defineProperty(new Error(), "message", {
    get() {
      throw new Error("no")
    }
  })
  const causes = [
    new TypeError("wrong"),
    "text",
    "",
    0,
    1n,
    Symbol("s"),
    null,
    undefined,
    () => 1,
    circular,
    Object.create(null),
    hostile,
    Effect.void,
    new Map(),
    NaN
  ]
  it("crosses as its name and message, whatever was thrown", () => {
    for (const cause of causes) {
      for (const Class of [S3.CannotReadFile, S3.CannotWriteFile]) {
        const error = new Class({ path: "p", cause })
        const there = crossed(Class, error)
        assert.strictEqual(there.message, error.message)
        assert.deepEqual(JSON.parse(JSON.stringify(error)), JSON.parse(JSON.stringify(encode(Class, error))))
        assert.deepEqual(Object.keys((encode(Class, error) as any).cause ?? { name: 1, message: 1 }), [
          "name",
          "message"
        ])
      }
    }
    const there = crossed(S3.CannotReadFile, new S3.CannotReadFile({ path: "p", cause: new TypeError("wrong") }))
    assert.instanceOf(there.cause, Error)
    assert.strictEqual(String(there.cause), "TypeError: wrong")
  })

  it("is an AwsError again if it was one", () => {
    const error = new Acm.CertificateRejected({ code: "c", issue: "i", cause: awsError })
    const { cause } = crossed(Acm.CertificateRejected, error)
    assert.isTrue(AwsError.isAwsError(cause) && cause.isRetryable)
  })
})

describe("an error that carries the caller's values", () => {
  class Metric extends Schema.Class<Metric>("Metric")({ at: Schema.Date }) {}
  const metric = new Metric({ at: new Date(0) })

  it("takes them along by their Schema", () => {
    const timedOut = new Polling.WaitTimedOut({ waitingFor: "w", waited: Duration.millis(1.5), last: metric })
    const one = crossed(Polling.WaitTimedOut.schema(Metric) as any, timedOut)
    assert.instanceOf(one.last, Metric)
    assert.deepEqual(one, timedOut)

    const failed = new Polling.WaitFailed({
      waitingFor: "w",
      waited: Duration.millis(1.5),
      last: metric,
      reason: "r",
      cause: awsError
    })
    const other = crossed(Polling.WaitFailed.schema(Metric) as any, failed)
    assert.instanceOf(other.last, Metric)
    assert.deepEqual(seen(other), seen(failed))

    const notPut = new CloudWatch.MetricsNotPut({
      put: [metric],
      failures: [{ metric, outcome: "Unknown", cause: awsError }],
      cause: awsError
    })
    const two = crossed(CloudWatch.MetricsNotPut.schema(Metric) as any, notPut)
    assert.deepEqual([two.put, two.unknown], [[metric], [metric]])

    const notDelivered = new EventBridge.EventsNotDelivered({
      eventBus: "b",
      delivered: [{ event: metric, id: "1" }],
      failures: [{ event: metric, index: 1, delivery: "NotDelivered", code: "c", message: "m", cause: awsError }],
      cause: awsError
    })
    const three = crossed(EventBridge.EventsNotDelivered.schema(Metric) as any, notDelivered)
    assert.deepEqual([three.delivered, three.notDelivered], [[{ event: metric, id: "1" }], [metric]])

    const found = new Map([["/a", metric], ["/b", metric]])
    const missing = new Ssm.ParametersDoNotExist({ missing: ["/none"], refused: [], found })
    const four = crossed(Ssm.ParametersDoNotExist.schema(Metric) as any, missing)
    assert.deepEqual([four.found, four.missing], [found, ["/none"]])
  })

  it("never encodes a decrypted parameter", () => {
    const secret = new Ssm.Parameter({
      name: "/a",
      type: "SecureString",
      value: Redacted.make("planted-secret"),
      version: 1
    })
    const missing = new Ssm.ParametersDoNotExist({ missing: ["/none"], refused: [], found: new Map([["/a", secret]]) })
    assert.notInclude(JSON.stringify(missing), "planted-secret")
    assert.deepEqual([...crossed(Ssm.ParametersDoNotExist, missing).found], [["/a", undefined]])
    assert.throws(() => encode(Ssm.ParametersDoNotExist.schema(Ssm.Parameter) as any, missing))
  })

  it("leaves out a last value that there was not", () => {
    const timedOut = new Polling.WaitTimedOut<Metric>({ waitingFor: "w", waited: Duration.zero, last: undefined })
    assert.isUndefined(crossed(Polling.WaitTimedOut.schema(Metric) as any, timedOut).last)
  })
})

/** The package once more: other classes, on the same Effect. */
const secondCopy = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "copy-"))),
    (made) => Effect.sync(() => fs.rmSync(made, { recursive: true }))
  )
  const file = path.join(folder, "copy.mjs")
  yield* Effect.promise(() =>
    esbuild.build({
      stdin: {
        contents: `export { AwsError } from "./errors/AwsError.ts"
          export * as AwsErrorReason from "./errors/AwsErrorReason.ts"
          export * as S3 from "./errors/S3Errors.ts"
          export * as Polling from "./src/Polling.ts"`,
        resolveDir: root
      },
      bundle: true,
      format: "esm",
      platform: "node",
      outfile: file,
      plugins: [{
        name: "one Effect",
        setup: (build) =>
          build.onResolve({ filter: /^effect\// }, ({ path: specifier }) => ({
            path: import.meta.resolve(specifier),
            external: true
          }))
      }]
    })
  )
  return (yield* Effect.promise(() => import(/* @vite-ignore */ pathToFileURL(file).href))) as {
    readonly AwsError: typeof AwsError
    readonly AwsErrorReason: typeof AwsErrorReason
    readonly S3: Pick<typeof S3, "BucketDoesNotExist" | "BucketAccessDenied">
    readonly Polling: typeof Polling
  }
})

describe("two copies of the package", () => {
  const errorOf = (copy: { readonly AwsError: typeof AwsError; readonly AwsErrorReason: typeof AwsErrorReason }) =>
    new copy.AwsError({
      ...call,
      reason: new copy.AwsErrorReason.Throttled({ code: "SlowDown", description: "slower", isRetryable: true })
    })

  it.live("recognize each other's errors", () =>
    Effect.gen(function*() {
      const other = yield* secondCopy
      const ours = { AwsError, AwsErrorReason, S3, Polling }
      assert.notStrictEqual(other.AwsError, AwsError)
      assert.notInstanceOf(errorOf(other), AwsError)
      for (const [mine, theirs] of [[ours, other], [other, ours]] as const) {
        const error = errorOf(theirs)
        const failed = Effect.fail(error)
        assert.isTrue(mine.AwsError.isAwsError(error))
        assert.isTrue(mine.AwsError.hasCode("SlowDown")(error))
        assert.isFalse(mine.AwsError.hasCode("NoSuchKey")(error))
        assert.strictEqual(mine.AwsError.fromUnknown(call, error), error)
        assert.strictEqual(yield* failed.pipe(mine.AwsError.catchCode("SlowDown", () => Effect.succeed(1))), 1)
        assert.strictEqual(yield* failed.pipe(Effect.catchTag("AwsError", () => Effect.succeed(2))), 2)
        assert.strictEqual(yield* failed.pipe(Effect.catchReason("AwsError", "Throttled", () => Effect.succeed(3))), 3)
        // Each encodes the other's, and decodes it to its own.
        const denied = new theirs.S3.BucketAccessDenied({ bucket: "b", cause: error })
        const there = crossed(mine.S3.BucketAccessDenied, denied)
        assert.instanceOf(there, mine.S3.BucketAccessDenied)
        assert.instanceOf(there.cause, mine.AwsError)
        assert.strictEqual(there.message, denied.message)
        assert.strictEqual(JSON.stringify(denied), JSON.stringify(there))
      }
    }))

  it.effect("wait out each other's retryable errors", () =>
    Effect.gen(function*() {
      const other = yield* secondCopy
      for (const [mine, theirs] of [[Polling, other], [other.Polling, { AwsError, AwsErrorReason }]] as const) {
        const polls = yield* Ref.make(0)
        const poll = Effect.gen(function*() {
          const count = yield* Ref.updateAndGet(polls, (n) => n + 1)
          return count < 3 ? yield* errorOf(theirs) : count
        })
        const fiber = yield* Effect.forkChild(mine.waitUntil(poll, {
          until: () => true,
          waitingFor: "the third poll",
          schedule: Schedule.spaced("1 second")
        }))
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(yield* Fiber.join(fiber), 3)
      }
    }).pipe(Effect.provide(Logger.layer([]))))
})

/** The status of each error, as the documentation says. */
const statuses: Readonly<Record<string, number>> = Object.fromEntries(
  [...fs.readFileSync(path.join(root, "docs/errors.md"), "utf8").matchAll(/^\| (\d+) \| (.*) \|$/gm)].flatMap((
    [, status, errors]
  ) => [...errors!.matchAll(/`(\w+)`/g)].map(([, tag]) => [tag!, Number(status)]))
)

/** Errors of each class, as the Schemas of its fields generate them. */
const samples = new Map(
  [...classes].map(([tag, Class]): [string, ReadonlyArray<AnyError>] => [
    tag,
    Effect.runSync(Arbitrary.sampleEffect(Arbitrary.schema(Class), { count: 5, seed: tag }))
  ])
)

const Params = { tag: Schema.String, index: Schema.FiniteFromString }

const fail = ({ index, tag }: { readonly tag: string; readonly index: number }) => {
  if (tag === "AwsError" && index === 0) return Effect.fail(awsError)
  if (tag === "BucketDoesNotExist" && index === 0) return Effect.fail(new S3.BucketDoesNotExist({ bucket: "b" }))
  return Effect.fail(samples.get(tag)![index]!)
}

describe("over HttpApi", () => {
  const all = HttpApiEndpoint.get("all", "/all/:tag/:index", { params: Params, error: [...classes.values()] })
  const two = HttpApiEndpoint.get("two", "/two/:tag", {
    params: { tag: Schema.String },
    error: [S3.BucketDoesNotExist, AwsError.pipe(HttpApiSchema.status(503))]
  })
  const api = HttpApi.make("api").add(HttpApiGroup.make("errors").add(all).add(two))
  const handlers = HttpApiBuilder.group(api, "errors", (handlers) =>
    handlers
      .handle("all", ({ params }) => fail(params))
      .handle("two", ({ params }) =>
        fail({ ...params, index: 0 }) as Effect.Effect<void, AwsError | S3.BucketDoesNotExist>))
  const server = HttpRouter.serve(Layer.provide(HttpApiBuilder.layer(api), handlers), {
    disableLogger: true,
    disableListenLog: true
  }).pipe(Layer.provideMerge(NodeHttpServer.layerTest))

  it.live("gives each error its status, and the client the same error", () =>
    Effect.gen(function*() {
      const client = yield* HttpApiClient.make(api)
      assert.sameMembers(Object.keys(statuses), [...classes.keys()])
      for (const [tag, errors] of samples) {
        for (const index of errors.keys()) {
          const error = yield* Effect.flip(client.errors.all({ params: { tag, index } }))
          assert.instanceOf(error, classes.get(tag)!)
          const sent = tag === "AwsError" && index === 0 || tag === "BucketDoesNotExist" && index === 0
            ? yield* Effect.flip(fail({ tag, index }))
            : errors[index]
          assert.deepEqual(seen(error), seen(sent))
          const response = yield* HttpClient.get(`/all/${tag}/${index}`)
          assert.strictEqual(response.status, statuses[tag], tag)
          assert.deepEqual(yield* response.json, JSON.parse(JSON.stringify(error)))
        }
      }
    }).pipe(Effect.provide(server)), 30_000)

  it.live("is caught at the client as it is at the server, with another status if the endpoint says so", () =>
    Effect.gen(function*() {
      const client = yield* HttpApiClient.make(api)
      const get = (tag: string) => client.errors.two({ params: { tag } })
      assert.strictEqual(yield* get("AwsError").pipe(AwsError.catchCode("SlowDown", () => Effect.succeed(1))), 1)
      assert.strictEqual(
        yield* get("AwsError").pipe(Effect.catchReason("AwsError", "Throttled", () => Effect.succeed(2))),
        2
      )
      assert.strictEqual(
        yield* get("BucketDoesNotExist").pipe(
          Effect.catchTag("BucketDoesNotExist", ({ bucket }) => Effect.succeed(bucket))
        ),
        "b"
      )
      assert.strictEqual((yield* HttpClient.get("/two/AwsError")).status, 503)
      assert.strictEqual((yield* HttpClient.get("/two/BucketDoesNotExist")).status, 404)
    }).pipe(Effect.provide(server)))

  it("describes errors in OpenAPI", () => {
    const { components, paths } = OpenApi.fromApi(api)
    assert.includeMembers(Object.keys(components.schemas), ["BucketDoesNotExistEncoded", "AwsErrorEncoded"])
    assert.includeMembers(Object.keys(paths["/two/{tag}"]!.get!.responses), ["404", "503"])
  })
})

describe("over RPC", () => {
  const rpcs = RpcGroup.make(Rpc.make("fail", { payload: Params, error: Schema.Union([...classes.values()]) }))
  const server = HttpRouter.serve(
    RpcServer.layerHttp({ group: rpcs, path: "/rpc", protocol: "http" }).pipe(Layer.provide(rpcs.toLayer({ fail }))),
    { disableLogger: true, disableListenLog: true }
  ).pipe(Layer.provideMerge(NodeHttpServer.layerTest))
  const layer = RpcClient.layerProtocolHttp({
    url: "",
    transformClient: HttpClient.mapRequestInput(HttpClientRequest.prependUrl("/rpc"))
  }).pipe(
    Layer.provideMerge(server),
    Layer.provide(RpcSerialization.layerJson)
  )

  it.live("fails with the same error at the client", () =>
    Effect.gen(function*() {
      const client = yield* RpcClient.make(rpcs)
      for (const [tag, Class] of classes) {
        const error = yield* Effect.flip(client.fail({ tag, index: 1 }))
        assert.instanceOf(error, Class)
        assert.deepEqual(seen(error), seen(samples.get(tag)![1]))
      }
    }).pipe(Effect.scoped, Effect.provide(layer)), 30_000)
})

/** The bytes of Effect's Schema modules in the bundle of a program. */
const schemaBytes = (program: string) =>
  Effect.promise(async () => (await bundle(program))(/effect\/dist\/Schema\w*\.js$/))

describe("the bundle of a program", () => {
  const imports = `
    import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3"
    import * as Effect from "effect/Effect"
    import * as Schedule from "effect/Schedule"
    import { AwsClients } from "effect-aws-sdk/AwsClients"
    import { AwsError } from "effect-aws-sdk/AwsError"
    import * as AwsService from "effect-aws-sdk/AwsService"
    import * as Polling from "effect-aws-sdk/Polling"
    import * as Default from "effect-aws-sdk/Default"
    import * as Profile from "effect-aws-sdk/Profile"
    import * as S3 from "effect-aws-sdk/S3"
    const head = new HeadBucketCommand({ Bucket: "b" })`
  const without: Readonly<Record<string, string>> = {
    "AwsService.make": `AwsService.make(S3Client).send(head).pipe(Effect.provide(AwsClients.layer({ region: "r" })))`,
    "S3.send": `S3.send(head).pipe(Effect.provide(AwsClients.layer({ region: "r" })))`,
    "a profile": `S3.send(head).pipe(Effect.provide(Profile.layer()))`,
    "the default credentials": `S3.send(head).pipe(Effect.provide(Default.layer()))`,
    "a function with errors of its own": `S3.ensureBucketExists("b").pipe(Effect.provide(Profile.layer()))`,
    "a wait": `Polling.waitUntil(S3.getBucketStatus("b"), { schedule: Schedule.forever, until: () => true })`
  }
  for (const [what, program] of Object.entries(without)) {
    it.live(`has no Schema for ${what}`, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* schemaBytes(`${imports}\nconsole.log(${program})`), 0)
      }), 30_000)
  }

  it.live("has Schema if it names AwsError", () =>
    Effect.gen(function*() {
      assert.isAbove(yield* schemaBytes(`${imports}\nconsole.log(AwsError)`), 10_000)
    }), 30_000)
})
