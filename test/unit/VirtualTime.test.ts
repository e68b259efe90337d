// The Clock on which nobody waits.
import { CreateDomainCommand } from "@aws-sdk/client-opensearch"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Layer, Option, Ref, Schedule, Schema, Scope, Stream } from "effect"
import { type AwsClients, InMemory, OpenSearch, S3, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { execFile, execFileSync } from "node:child_process"
import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import * as zlib from "node:zlib"

const inVirtualTime = Effect.provide(InMemory.virtualTime)

const format = (millis: number) => Duration.format(Duration.millis(millis))

const onAws = <A, E>(effect: Effect.Effect<A, E, AwsClients | InMemory>) =>
  Effect.provide(effect, InMemory.layer({ virtualTime: true }))

/** Sleeps of several fibers, each of which starts others when it wakes. */
interface Sleeps {
  readonly millis: number
  readonly next: ReadonlyArray<Sleeps>
}

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const millis = Schema.Union([between(0, 20), between(0, 100_000_000)])
const Sleeps: Schema.Schema<Sleeps> = Schema.Struct({
  millis,
  next: Schema.Array(Schema.suspend((): Schema.Schema<Sleeps> => Sleeps)).check(Schema.isMaxLength(3))
})

/** When each of them wakes, in the order in which they do. */
const wakes = (all: ReadonlyArray<Sleeps>) =>
  Effect.gen(function*() {
    const begin = yield* Clock.currentTimeMillis
    const seen = yield* Ref.make<ReadonlyArray<number>>([])
    const run = (all: ReadonlyArray<Sleeps>): Effect.Effect<void> =>
      Effect.forEach(all, ({ millis, next }) =>
        Effect.gen(function*() {
          yield* Effect.sleep(millis)
          const now = yield* Clock.currentTimeMillis
          yield* Ref.update(seen, (before) => [...before, now - begin])
          yield* run(next)
        }), { concurrency: "unbounded", discard: true })
    yield* run(all)
    return yield* Ref.get(seen)
  })

describe("InMemory.virtualTime", () => {
  // The first test: those below leave fibers that wait forever, for which Clocks go on watching Node.
  it.effect("moves although a stream that compresses has outlived another one", () =>
    Effect.gen(function*() {
      const gzip = yield* Effect.sync(() => zlib.createGzip()).pipe(inVirtualTime)
      gzip.resume()
      // Until then, the other Clock has ended.
      yield* Effect.promise(() => promisify(execFile)(process.execPath, ["--version"]))
      yield* Effect.promise(() => promisify<Buffer, void>(gzip.write.bind(gzip))(Buffer.alloc(1_000_000)))
      yield* Effect.sleep("1 hour").pipe(inVirtualTime)
    }))

  it.effect.prop("wakes fibers at the times at which they wake on a TestClock", [
    Schema.Array(Sleeps).check(Schema.isMaxLength(4))
  ], ([all]) =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(wakes(all))
      yield* TestClock.adjust("365 days")
      assert.deepStrictEqual(yield* wakes(all).pipe(inVirtualTime), yield* Fiber.join(fiber))
    }), { arbitrary: { runs: 30 } })

  it.effect("starts at the time of the Clock around it", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("3 days")
      const [begin, end] = yield* Effect.all([
        Clock.currentTimeMillis,
        Effect.andThen(Effect.sleep("1 hour"), Clock.currentTimeMillis)
      ]).pipe(inVirtualTime)
      assert.strictEqual(format(begin), "3d")
      assert.strictEqual(format(end), "3d 1h")
      assert.strictEqual(yield* Clock.currentTimeMillis, begin, "the Clock around it stays where it is")
    }))

  it.live("starts now, on the live Clock", () =>
    Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      const [begin, end] = yield* Effect.all([
        Clock.currentTimeMillis,
        Effect.andThen(Effect.sleep("1 day"), Clock.currentTimeNanos)
      ]).pipe(inVirtualTime)
      assert.isAtLeast(begin, now)
      assert.strictEqual(end, BigInt(begin + 86_400_000) * 1_000_000n)
      assert.isBelow(yield* Clock.currentTimeMillis, begin + 86_400_000)
    }))

  it.effect("waits for twenty minutes of AWS at once", () =>
    Effect.gen(function*() {
      yield* OpenSearch.send(new CreateDomainCommand({ DomainName: "logs" }))
      const active = OpenSearch.watchDomain("logs").pipe(Stream.filter(({ state }) => state === "Active"))
      assert.isDefined((yield* Stream.runHead(active)).pipe(Option.getOrUndefined))
      assert.isAbove(yield* Clock.currentTimeMillis, 5 * 60_000)
    }).pipe(onAws))

  it.effect("doesn't hang if a program makes several calls at once, of which one is repeated", () =>
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/limit", value: "3" })
      yield* InMemory.inject({ operation: "GetParameter", nth: 2, fault: InMemory.throttled })
      const read = Ssm.getParameter("/limit")
      yield* read
      const all = yield* Stream.range(1, 3).pipe(
        Stream.mapEffect(() => read, { concurrency: 2 }),
        Stream.runCollect
      )
      assert.lengthOf(all, 3)
    }).pipe(onAws))

  it.effect("ends a call that AWS answers too late", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "HeadBucket", fault: InMemory.delay("1 minute", "before") })
      const error = yield* Effect.flip(Effect.timeout(S3.getBucketStatus("photos"), "1 second"))
      assert.strictEqual(error._tag, "TimeoutError")
      assert.strictEqual(yield* Clock.currentTimeMillis, 1000)
    }).pipe(onAws))

  it.effect("moves while a Stream ticks, and a Schedule repeats", () =>
    Effect.gen(function*() {
      const ticks = yield* Stream.tick("1 minute").pipe(Stream.take(100), Stream.runCollect, Effect.forkChild)
      yield* Effect.repeat(Effect.void, Schedule.spaced("10 seconds").pipe(Schedule.upTo({ times: 30 })))
      yield* Fiber.join(ticks)
      assert.strictEqual(yield* Clock.currentTimeMillis, 99 * 60_000)
    }).pipe(inVirtualTime))

  it.effect("lets TestClock's functions wait", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.sleep("1 hour"))
      yield* TestClock.adjust("2 hours")
      assert.isDefined(fiber.pollUnsafe())
      yield* TestClock.setTime(Duration.toMillis("5 hours"))
      assert.strictEqual(format(yield* Clock.currentTimeMillis), "5h")
      yield* TestClock.setTime(0)
      yield* TestClock.adjust(Duration.millis(-1))
      assert.strictEqual(format(yield* Clock.currentTimeMillis), "5h", "it can't go back")
    }).pipe(inVirtualTime))

  it.effect("returns from TestClock's functions after all that happens until then", () =>
    Effect.gen(function*() {
      const seen = yield* Ref.make(0)
      const step = Effect.andThen(Effect.sleep("10 minutes"), Ref.update(seen, (n) => n + 1))
      yield* Effect.forkChild(Effect.repeat(step, { times: 5 }))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* Ref.get(seen), 6)
      const fiber = yield* Effect.forkChild(Effect.repeat(Effect.yieldNow, { times: 20 }))
      yield* TestClock.adjust(0)
      assert.isDefined(fiber.pollUnsafe())
      const long = yield* Effect.forkChild(Effect.sleep("1 day"))
      yield* TestClock.adjust(Duration.infinity)
      assert.isDefined(long.pollUnsafe())
      yield* TestClock.setTime(Number.NaN)
      assert.strictEqual(format(yield* Clock.currentTimeMillis), "1d 1h")
    }).pipe(inVirtualTime))

  it.effect("wakes 150,000 fibers at once", () =>
    Effect.forEach(Array.from({ length: 150_000 }), () => Effect.sleep("1 hour"), {
      concurrency: "unbounded",
      discard: true
    }).pipe(inVirtualTime))

  it.effect("sleeps for as long as a number can say", () =>
    Effect.gen(function*() {
      yield* Effect.sleep(Number.MAX_SAFE_INTEGER)
      assert.strictEqual(yield* Clock.monotonicTimeNanos, BigInt(Number.MAX_SAFE_INTEGER) * 1_000_000n)
      yield* Effect.sleep(Number.MAX_VALUE)
      assert.strictEqual(yield* Clock.currentTimeNanos, BigInt(Number.MAX_VALUE) * 1_000_000n)
    }).pipe(inVirtualTime))

  it.effect("lets two programs wait beside each other, of which one waits in steps forever", () =>
    Effect.gen(function*() {
      const other = yield* Effect.forkChild(Effect.forever(Effect.sleep("1 second")).pipe(inVirtualTime))
      yield* Effect.repeat(Effect.sleep("1 hour"), { times: 20 }).pipe(inVirtualTime)
      yield* Fiber.interrupt(other)
    }))

  it.effect("forgets the sleep of a fiber that was interrupted", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.sleep("1 hour"))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      yield* Effect.sleep("1 day")
      assert.strictEqual(format(yield* Clock.currentTimeMillis), "1d")
    }).pipe(inVirtualTime))

  describe("doesn't move while the program works", () => {
    const untimed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.gen(function*() {
        const begin = yield* Clock.currentTimeMillis
        yield* Effect.timeout(effect, "1 millis")
        assert.strictEqual(yield* Clock.currentTimeMillis, begin)
        // And it moves afterwards.
        yield* Effect.sleep("1 millis")
      })

    const temporaryFolder = Effect.acquireRelease(
      Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "effect-aws-sdk-virtual-"))),
      (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
    )

    it.effect("in many calls", () =>
      untimed(Effect.forEach(
        Array.from({ length: 300 }, (_, n) => n),
        (n) => Ssm.putParameter({ name: `/p/${n}`, value: "1" }),
        { concurrency: 10 }
      )).pipe(onAws))

    it.effect("in a fiber that computes for long", () =>
      untimed(Stream.range(1, 200_000).pipe(Stream.mapEffect((n) => Effect.succeed(n)), Stream.runDrain)).pipe(
        inVirtualTime
      ))

    it.effect("in Node's thread pool, on keys and hashes", () =>
      Effect.gen(function*() {
        const algorithm = { name: "ECDSA", namedCurve: "P-256" }
        yield* untimed(Effect.promise(() => globalThis.crypto.subtle.generateKey(algorithm, true, ["sign"])))
        yield* untimed(Effect.promise(() => globalThis.crypto.subtle.digest("SHA-256", new Uint8Array(50_000_000))))
        const options = { N: 2 ** 16, maxmem: 2 ** 30 }
        yield* untimed(
          Effect.callback<Buffer>((resume) =>
            crypto.scrypt("secret", "salt", 32, options, (_, key) => resume(Effect.succeed(key)))
          )
        )
      }).pipe(inVirtualTime))

    it.effect("in a program that runs on its own", () => {
      const long = Stream.range(1, 200_000).pipe(Stream.mapEffect((n) => Effect.succeed(n)), Stream.runDrain)
      return untimed(Effect.promise(() => Effect.runPromise(long))).pipe(inVirtualTime)
    })

    it.effect("in Vitest, on a module", () =>
      untimed(Effect.promise(() => import("../../emulator/iam/managedDocuments.ts"))).pipe(inVirtualTime))

    it.effect("in Node's thread pool, on compression", () =>
      Effect.gen(function*() {
        const bytes = crypto.randomBytes(10_000_000)
        yield* untimed(Effect.promise(() => promisify(zlib.gzip)(bytes)))
        const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"))
        yield* untimed(Effect.promise(() => new Response(stream).arrayBuffer()))
      }).pipe(inVirtualTime))

    it.effect("in Node's thread pool, on files that are Blobs, or refused", () =>
      Effect.gen(function*() {
        const file = path.join(yield* temporaryFolder, "a")
        fs.writeFileSync(file, Buffer.alloc(10_000_000))
        yield* untimed(Effect.promise(async () => (await fs.openAsBlob(file)).arrayBuffer()))
        yield* untimed(Effect.sync(() => assert.throws(() => fs.access(file, -1, () => {}))))
      }).pipe(Effect.scoped, inVirtualTime))

    it.effect("in a finalizer that runs after the Layer is released", () =>
      Effect.gen(function*() {
        const file = path.join(yield* temporaryFolder, "a")
        const scope = yield* Scope.make()
        yield* Effect.acquireRelease(
          Effect.void,
          () => Effect.orDie(untimed(Effect.promise(() => fs.promises.writeFile(file, Buffer.alloc(40_000_000)))))
        ).pipe(Scope.provide(scope), inVirtualTime)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(fs.statSync(file).size, 40_000_000)
      }).pipe(Effect.scoped))

    it.effect("in transfers of objects and of files", () =>
      Effect.gen(function*() {
        const folder = yield* temporaryFolder
        const file = path.join(folder, "a")
        fs.writeFileSync(file, Buffer.alloc(40_000_000, "a"))
        yield* S3.createBucket("photos")
        yield* untimed(S3.putObject({ bucket: "photos", key: "bytes", body: new Uint8Array(20_000_000) }))
        yield* untimed(S3.uploadFile({ bucket: "photos", key: "file", path: file }))
        yield* untimed(S3.downloadFile({ bucket: "photos", key: "file", path: `${file}-2` }))
        yield* untimed(Stream.runDrain(S3.getObject("photos", "file")))
      }).pipe(Effect.scoped, onAws))
  })

  it.effect("moves at once after cryptography that doesn't wait for Node's thread pool", () =>
    Effect.forEach(Array.from({ length: 300 }), () =>
      Effect.gen(function*() {
        crypto.randomUUID({ disableEntropyCache: true })
        crypto.scryptSync("secret", "salt", 32, { N: 2 })
        crypto.generateKeyPairSync("ec", { namedCurve: "P-256" })
        yield* Effect.sleep("1 hour")
      })).pipe(inVirtualTime))

  describe("dies if it isn't around the in-memory AWS:", () => {
    const program = Ssm.putParameter({ name: "/p", value: "1" })
    const inMemory = InMemory.layer()
    const orders: Readonly<Record<string, Effect.Effect<unknown, unknown>>> = {
      "it is provided first": program.pipe(inVirtualTime, Effect.provide(inMemory)),
      "it is merged beside it": program.pipe(Effect.provide(Layer.merge(inMemory, InMemory.virtualTime))),
      "it is built on it": program.pipe(Effect.provide(InMemory.virtualTime.pipe(Layer.provideMerge(inMemory))))
    }
    it.effect.each(Object.entries(orders))("%s", ([, effect]) =>
      Effect.gen(function*() {
        const exit = yield* Effect.exit(effect)
        assert.isTrue(Exit.hasDies(exit))
        assert.match(
          String(exit),
          /InMemory\.virtualTime has to be around InMemory\.layer\(\).* Use InMemory\.layer\(\{ virtualTime: true \}\)/
        )
      }))
  })

  it.effect("moves in an AWS of its own, inside one on another Clock", () =>
    Effect.andThen(Ssm.putParameter({ name: "/p", value: "1" }), Effect.sleep("1 hour")).pipe(
      onAws,
      Effect.andThen(Ssm.putParameter({ name: "/p", value: "1" })),
      Effect.provide(InMemory.layer())
    ))

  it.effect("is one Clock if it is provided twice", () =>
    Effect.gen(function*() {
      const outer = yield* Clock.Clock
      const inner = yield* Effect.sleep("1 hour").pipe(Effect.andThen(Clock.Clock), inVirtualTime)
      assert.strictEqual(inner, outer)
      assert.strictEqual(format(yield* Clock.currentTimeMillis), "1h")
    }).pipe(onAws))

  it("lets a process end as soon as its program has", () => {
    const program = `
      import { Effect } from "effect"
      import { InMemory } from "effect-aws-sdk"
      const program = Effect.race(Effect.sleep("1 hour"), Effect.sleep("1 day"))
      await Effect.runPromise(program.pipe(Effect.provide(InMemory.virtualTime)))
      console.log("done")`
    const output = execFileSync(
      process.execPath,
      ["--conditions=@effect-aws-sdk/source", "--input-type=module-typescript", "--eval", program],
      { cwd: path.join(import.meta.dirname, "../.."), encoding: "utf8", timeout: 30_000 }
    )
    assert.strictEqual(output, "done\n")
  })
})
