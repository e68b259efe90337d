// The engine of a fleet, on places without AWS.
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Context,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Metric,
  Queue,
  Result,
  Schema,
  Stream,
  Tracer
} from "effect"
import { type AwsClients, Fleet, InMemory, Sts } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { countingFibers } from "../support/fibers.ts"

/** A fleet whose clients nobody uses, and what it has been asked for. */
const stub = (log: Array<string> = []) =>
  Layer.succeed(Fleet.Fleet, {
    places: ({ account = "", regions = ["us-east-1"] }) =>
      regions.map((region) =>
        account === "malformed"
          ? Result.fail({
            account,
            region,
            error: new Fleet.InvalidTarget({ target: account, description: "malformed" })
          })
          : Result.succeed({ account, region, roleArn: undefined })
      ),
    clients: ({ account, region }) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          log.push(`open ${account} ${region}`)
          return {} as AwsClients["Service"]
        }),
        () => Effect.sync(() => log.push(`close ${account} ${region}`))
      ),
    hold: ({ account }) =>
      Effect.acquireRelease(
        Effect.sync(() => void log.push(`hold ${account}`)),
        () => Effect.sync(() => log.push(`release ${account}`))
      ),
    open: Effect.succeed({ sessions: 0, places: 0 })
  })

const of = (account: string, ...regions: ReadonlyArray<string>) =>
  regions.length === 0 ? { account } : { account, regions }
const resultOf = <A, E, T extends Fleet.Target>({ result }: Fleet.Outcome<A, E, T>) => Result.getOrThrow(result)
const failureOf = <A, E, T extends Fleet.Target>(outcome: Fleet.Outcome<A, E, T> | undefined) =>
  Result.getOrThrow(Result.flip(outcome!.result))

/** Lists the targets, and how far they were read. */
const read = <T>(targets: Iterable<T>) => {
  const state = { count: 0, isClosed: false }
  return {
    state,
    targets: {
      *[Symbol.iterator]() {
        try {
          for (const target of targets) {
            state.count++
            yield target
          }
        } finally {
          state.isClosed = true
        }
      }
    }
  }
}

function* endless() {
  for (let i = 0;; i++) yield of(`a${i}`)
}

/** Waits until nothing moves any more. */
const settle = Effect.forEach(Array.from({ length: 50 }), () => Effect.yieldNow, { discard: true })

describe("the results", () => {
  it.effect("come in the order in which places end, with the target as it was given", () =>
    Effect.gen(function*() {
      const targets = [30, 10, 20].map((seconds) => ({ account: `a${seconds}`, seconds, name: `the ${seconds}` }))
      const fiber = yield* Fleet.forEach(
        targets,
        ({ target }) => Effect.as(Effect.sleep(target.seconds * 1000), target.name)
      ).pipe(Stream.runCollect, Effect.forkChild)
      yield* TestClock.adjust("30 seconds")
      const outcomes = yield* Fiber.join(fiber)
      assert.deepEqual(outcomes.map(resultOf), ["the 10", "the 20", "the 30"])
      assert.deepEqual(outcomes.map(({ target }) => target), [targets[1], targets[2], targets[0]])
      assert.strictEqual(outcomes[0]?.target, targets[1])
    }).pipe(Effect.provide(stub())))

  it.effect("are the same with the targets last, as a Stream, and by a function or an effect", () =>
    Effect.gen(function*() {
      const targets = [of("a", "x", "y"), of("b")]
      const where = ({ account, region }: Fleet.Place) => Effect.succeed(`${account} ${region}`)
      const expected = ["a x", "a y", "b us-east-1"]
      for (
        const outcomes of [
          Fleet.forEach(targets, where),
          Fleet.forEach(Stream.fromIterable(targets), where, {}),
          Fleet.forEach(new Set(targets), where, { concurrency: 1 }),
          Fleet.forEach(where)(targets),
          Stream.fromIterable(targets).pipe(Fleet.forEach(where, { perAccount: 1 }))
        ]
      ) assert.sameMembers((yield* Stream.runCollect(outcomes)).map(resultOf), expected)
      const one = Effect.succeed(1)
      const effects = [Fleet.forEach(targets, one), Fleet.forEach(one, { perAccount: 1 })(targets)]
      for (const outcomes of effects) {
        assert.deepEqual((yield* Stream.runCollect(outcomes)).map(resultOf), [1, 1, 1])
      }
      const tag = Context.Service<number>("Number")
      assert.deepEqual(
        (yield* Fleet.forEach(targets, tag).pipe(Stream.runCollect, Effect.provideService(tag, 7))).map(resultOf),
        [7, 7, 7]
      )
    }).pipe(Effect.provide(stub())))

  it.effect("have what a place failed or died with as a value", () =>
    Effect.gen(function*() {
      const boom = new Error("boom")
      const endings: Readonly<Record<string, () => Effect.Effect<string, string>>> = {
        succeeds: () => Effect.succeed("done"),
        fails: () => Effect.fail("refused"),
        dies: () => Effect.die(boom),
        throws: () => {
          throw boom
        },
        interrupts: () => Effect.interrupt,
        both: () => Effect.failCause(Cause.combine(Cause.die(boom), Cause.fail("refused"))),
        none: (): any => undefined,
        late: () => Effect.andThen(Effect.yieldNow, Effect.die("a text"))
      }
      const outcomes = yield* Fleet.forEach(
        Object.keys(endings).map((name) => of(name)),
        ({ account }) => endings[account]!()
      ).pipe(Stream.runCollect)
      assert.lengthOf(outcomes, Object.keys(endings).length)
      const byName = Object.fromEntries(outcomes.map((outcome) => [outcome.account, outcome]))
      assert.strictEqual(resultOf(byName["succeeds"]!), "done")
      assert.strictEqual(failureOf(byName["fails"]), "refused")
      assert.strictEqual(failureOf(byName["both"]), "refused")
      for (const name of ["dies", "throws"]) {
        const error = failureOf(byName[name]) as Fleet.TargetDied
        assert.deepEqual([error._tag, error.account, error.region, error.cause], [
          "TargetDied",
          name,
          "us-east-1",
          boom
        ])
        assert.include(error.message, "boom")
      }
      assert.include((failureOf(byName["interrupts"]) as Fleet.TargetDied).message, "interrupted itself")
      assert.include((failureOf(byName["late"]) as Fleet.TargetDied).message, "a text")
      assert.strictEqual((failureOf(byName["none"]) as Fleet.TargetDied)._tag, "TargetDied")
    }).pipe(Effect.provide(stub())))

  it.effect("have a place twice that is in the list twice", () =>
    Effect.gen(function*() {
      const outcomes = yield* Fleet.forEach([of("a", "x", "x"), of("a", "x")], Effect.succeed(1)).pipe(
        Stream.runCollect
      )
      assert.deepEqual(outcomes.map(({ account, region }) => `${account} ${region}`), ["a x", "a x", "a x"])
    }).pipe(Effect.provide(stub())))

  it.effect("are none without targets", () =>
    Effect.gen(function*() {
      assert.deepEqual(yield* Fleet.forEach([], Effect.succeed(1)).pipe(Stream.runCollect), [])
      assert.deepEqual(yield* Fleet.forEach(Stream.empty, Effect.succeed(1)).pipe(Stream.runCollect), [])
      assert.deepEqual(yield* Fleet.events([], Effect.succeed(1)).pipe(Stream.runCollect), [])
    }).pipe(Effect.provide(stub())))

  it.effect("need what the effect needs, whose scope isn't that of the place", () =>
    Effect.gen(function*() {
      const released: Array<string> = []
      const acquire = ({ account }: Fleet.Place) =>
        Effect.acquireRelease(Effect.succeed(account), (account) => Effect.sync(() => released.push(account)))
      yield* Effect.scoped(Effect.gen(function*() {
        yield* Fleet.forEach([of("a"), of("b")], acquire).pipe(Stream.runDrain)
        assert.deepEqual(released, [])
      }))
      assert.sameMembers(released, ["a", "b"])
    }).pipe(Effect.provide(stub())))
})

describe("the targets", () => {
  it.effect("may be endless, and are read as places can start", () => {
    const { state, targets } = read(endless())
    return Effect.gen(function*() {
      const outcomes = yield* Fleet.forEach(targets, Effect.yieldNow, { concurrency: 4 }).pipe(
        Stream.take(10),
        Stream.runCollect
      )
      assert.lengthOf(outcomes, 10)
      assert.isAtMost(state.count, 10 + 4 + 4)
      assert.isTrue(state.isClosed)
    }).pipe(Effect.provide(stub()))
  })

  it.effect("are read one at a time, while places run", () => {
    const { state, targets } = read(endless())
    return Effect.gen(function*() {
      const fiber = yield* Fleet.forEach(targets, Effect.never, { concurrency: 3 }).pipe(
        Stream.runDrain,
        Effect.forkChild
      )
      yield* settle
      assert.strictEqual(state.count, 3)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(state.isClosed)
    }).pipe(Effect.provide(stub()))
  })

  it.effect("may come slowly: the first results are there before the last target is known", () =>
    Effect.gen(function*() {
      const targets = yield* Queue.unbounded<Fleet.Target, Cause.Done>()
      const seen: Array<string> = []
      const fiber = yield* Fleet.forEach(Stream.fromQueue(targets), Effect.succeed(1)).pipe(
        Stream.runForEach(({ account }) => Effect.sync(() => seen.push(account))),
        Effect.forkChild
      )
      for (const account of ["a", "b", "c"]) {
        yield* Queue.offer(targets, of(account))
        yield* settle
        assert.strictEqual(seen.at(-1), account)
      }
      yield* Queue.end(targets)
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(stub())))

  it.effect("of an account at its limit don't hold up the others", () =>
    Effect.gen(function*() {
      const started: Array<string> = []
      const work = ({ account, region }: Fleet.Place) =>
        Effect.andThen(Effect.sync(() => started.push(`${account}${region}`)), Effect.never)
      const targets = [of("a", "1", "2", "3", "4"), of("a", "5"), of("b", "1", "2", "3"), of("c", "1")]
      const fiber = yield* Fleet.forEach(targets, work, { perAccount: 2, concurrency: 10 }).pipe(
        Stream.runDrain,
        Effect.forkChild
      )
      yield* settle
      assert.deepEqual(started, ["a1", "a2", "b1", "b2", "c1"])
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(stub())))

  it.effect("of one account are read until 1,000 of its places wait", () => {
    const { state, targets } = read((function*() {
      for (;;) yield of("a")
    })())
    return Effect.gen(function*() {
      const fiber = yield* Fleet.forEach(targets, Effect.never, { perAccount: 2 }).pipe(
        Stream.runDrain,
        Effect.forkChild
      )
      yield* settle
      assert.strictEqual(state.count, 1_002)
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(stub()))
  })

  it.effect("aren't read while nobody takes the results", () => {
    const { state, targets } = read(endless())
    return Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const fiber = yield* Fleet.forEach(targets, Effect.succeed(1), { concurrency: 5 }).pipe(
        Stream.runForEach(() => Deferred.await(gate)),
        Effect.forkChild
      )
      yield* settle
      // One is being looked at, and five wait.
      assert.strictEqual(state.count, 6)
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(stub()))
  })

  it.effect("may be malformed, however many they are, and count in the results that wait", () => {
    const { state, targets } = read((function*() {
      for (;;) yield of("malformed")
    })())
    return Effect.gen(function*() {
      const outcomes = yield* Fleet.forEach(targets, Effect.die("must not run"), { concurrency: 5 }).pipe(
        Stream.take(20),
        Stream.runCollect
      )
      for (const outcome of outcomes) {
        assert.strictEqual((failureOf(outcome) as Fleet.InvalidTarget)._tag, "InvalidTarget")
      }
      assert.isAtMost(state.count, 30)
    }).pipe(Effect.provide(stub()))
  })

  it.effect("end the results with their failure, once all that they gave is done", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const targets = Stream.concat(Stream.fromIterable([of("a", "1", "2", "3"), of("b")]), Stream.fail("no more"))
      const fiber = yield* Fleet.forEach(targets, Effect.sleep("1 minute"), { perAccount: 1 }).pipe(
        Stream.runForEach(({ account }) => Effect.sync(() => seen.push(account))),
        Effect.exit,
        Effect.forkChild
      )
      yield* TestClock.adjust("1 minute")
      assert.sameMembers(seen, ["a", "b"])
      yield* TestClock.adjust("2 minutes")
      assert.deepEqual(yield* Fiber.join(fiber), Exit.fail("no more"))
      assert.sameMembers(seen, ["a", "b", "a", "a"])
    }).pipe(Effect.provide(stub())))

  it.effect("end the results with what their iterator throws, once all that it gave is done", () =>
    Effect.gen(function*() {
      const boom = new Error("boom")
      const targets = (function*() {
        yield of("a")
        throw boom
      })()
      const seen: Array<string> = []
      const exit = yield* Fleet.forEach(targets, Effect.yieldNow).pipe(
        Stream.runForEach(({ account }) => Effect.sync(() => seen.push(account))),
        Effect.exit
      )
      assert.deepEqual(seen, ["a"])
      assert.deepEqual(exit, Exit.die(boom))
    }).pipe(Effect.provide(stub())))
})

describe("the end of a run", () => {
  const finalizing = (log: Array<string>) => ({ account }: Fleet.Place) =>
    Effect.onInterrupt(
      Effect.never,
      () => Effect.andThen(Effect.sleep("10 seconds"), Effect.sync(() => log.push(account)))
    )

  it.effect("interrupts all that runs, at once, and waits for it", () =>
    countingFibers((live) =>
      Effect.gen(function*() {
        const log: Array<string> = []
        const before = yield* live
        const fiber = yield* Fleet.forEach(endless(), finalizing(log), { concurrency: 8 }).pipe(
          Stream.runDrain,
          Effect.forkChild
        )
        yield* settle
        const ending = yield* Effect.forkChild(Fiber.interrupt(fiber))
        yield* TestClock.adjust("9 seconds")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(ending)
        assert.sameMembers(log, ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"])
        assert.strictEqual(yield* live, before)
      }).pipe(Effect.provide(stub()))
    ))

  it.effect("comes when a Stream takes only the first results", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const fiber = yield* Fleet.forEach(
        [of("first"), of("x"), of("y")],
        (place) => place.account === "first" ? Effect.void : finalizing(log)(place)
      ).pipe(Stream.take(1), Stream.runCollect, Effect.forkChild)
      yield* TestClock.adjust("10 seconds")
      assert.lengthOf(yield* Fiber.join(fiber), 1)
      assert.sameMembers(log, ["x", "y"])
    }).pipe(Effect.provide(stub())))

  it.effect("leaves nothing open, however it comes", () => {
    const log: Array<string> = []
    return Effect.gen(function*() {
      const targets = Array.from({ length: 10 }, (_, i) => of(`a${i}`, "x", "y", "z"))
      yield* Fleet.forEach(targets, Effect.yieldNow, { concurrency: 7, perAccount: 2 }).pipe(Stream.runDrain)
      yield* Fleet.forEach(targets, Effect.yieldNow, { concurrency: 7, perAccount: 2 }).pipe(
        Stream.take(8),
        Stream.runDrain
      )
      yield* Fleet.forEach(targets, Effect.die("x")).pipe(Stream.runDrain)
      yield* Fleet.forEach(targets, Effect.never).pipe(
        Stream.runDrain,
        Effect.timeoutOption("1 second"),
        Effect.forkChild
      )
      yield* TestClock.adjust("1 second")
      const count = (word: string) => log.filter((line) => line.startsWith(word)).length
      assert.isAbove(count("open"), 60)
      assert.strictEqual(count("open"), count("close"))
      assert.strictEqual(count("hold"), count("release"))
      assert.isAtLeast(count("hold"), 20)
    }).pipe(Effect.provide(stub(log)))
  })

  it.effect("of an account's work releases its session, not before", () => {
    const log: Array<string> = []
    return Effect.gen(function*() {
      yield* Fleet.forEach([of("a", "1", "2"), of("b")], Effect.yieldNow, { concurrency: 1 }).pipe(Stream.runDrain)
      assert.deepEqual(log, [
        "hold a",
        "open a 1",
        "close a 1",
        "open a 2",
        "close a 2",
        "release a",
        "hold b",
        "open b us-east-1",
        "close b us-east-1",
        "release b"
      ])
    }).pipe(Effect.provide(stub(log)))
  })
})

describe("the options of a run", () => {
  for (
    const options of [
      { concurrency: 0 },
      { concurrency: NaN },
      { concurrency: -1 },
      { concurrency: 1.5 },
      { concurrency: Infinity },
      { concurrency: "unbounded" as any },
      { concurrency: 5n as any },
      { concurrency: Object.create(null) },
      { perAccount: 0 },
      { perAccount: NaN }
    ]
  ) {
    it.effect(`are refused before anything runs: ${inspect(options)}`, () => {
      const { state, targets } = read(endless())
      return Effect.gen(function*() {
        const exit = yield* Fleet.forEach(targets, Effect.void, options).pipe(Stream.runDrain, Effect.exit)
        const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.instanceOf(defect, RangeError)
        assert.include((defect as Error).message, String(Object.keys(options)[0]))
        assert.strictEqual(state.count, 0)
      }).pipe(Effect.provide(stub()))
    })
  }
})

describe("what the types rule out", () => {
  for (const targets of [null, undefined, 5, of("a"), Promise.resolve([of("a")]), Effect.succeed([of("a")])]) {
    it.effect(`dies, and says what targets have to be: ${inspect(targets)}`, () =>
      Effect.gen(function*() {
        const exit = yield* Fleet.forEach(targets as any, Effect.void).pipe(Stream.runDrain, Effect.exit)
        const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.match(
          String(defect),
          /^TypeError: Fleet: the targets are .+ Pass an Iterable, such as an array, or a Stream\.$/
        )
      }).pipe(Effect.provide(stub())))
  }

  for (const effect of [null, undefined, 5, Promise.resolve(5), Stream.make(5)]) {
    it.effect(`dies, and says what the effect has to be: ${typeof effect} ${inspect(effect, { depth: 0 })}`, () => {
      const { state, targets } = read(endless())
      return Effect.gen(function*() {
        const exit = yield* Fleet.forEach(targets, effect as unknown as Effect.Effect<void>).pipe(
          Stream.runDrain,
          Effect.exit
        )
        const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.match(
          String(defect),
          /^TypeError: Fleet: the effect is .+ Pass an Effect, or a function that returns one\.$/
        )
        assert.strictEqual(state.count, 0)
      }).pipe(Effect.provide(stub()))
    })
  }

  it.effect("is a value that can be shown, whatever a place dies with", () =>
    Effect.gen(function*() {
      const hostile = new Proxy({}, {
        getPrototypeOf: () => {
          throw new Error("no prototype")
        }
      })
      for (const effect of [Effect.die(hostile), Effect.die(Object.create(null)), () => undefined as any]) {
        const [outcome] = yield* Stream.runCollect(Fleet.forEach([of("a")], effect))
        const error = failureOf(outcome)
        assert.strictEqual(error._tag, "TargetDied")
        assert.include(error.message, "died in account a")
      }
    }).pipe(Effect.provide(stub())))
})

describe("the events of a run", () => {
  it.effect("say how far it is", () =>
    Effect.gen(function*() {
      const work = ({ account }: Fleet.Place) => account === "b" ? Effect.fail("no") : Effect.yieldNow
      const events = yield* Fleet.events([of("a", "1", "2"), of("malformed"), of("b")], work, { concurrency: 1 }).pipe(
        Stream.runCollect
      )
      assert.deepEqual(events.map(({ _tag, account, region }) => `${_tag} ${account} ${region}`), [
        "Started a 1",
        "Finished a 1",
        "Started a 2",
        "Finished a 2",
        "Finished malformed us-east-1",
        "Started b us-east-1",
        "Finished b us-east-1"
      ])
      assert.deepEqual(events[0]?.progress, { places: 2, isComplete: false, running: 1, succeeded: 0, failed: 0 })
      assert.deepEqual(events.at(-1)?.progress, { places: 4, isComplete: true, running: 0, succeeded: 2, failed: 2 })
    }).pipe(Effect.provide(stub())))
})

describe("what is seen of a place", () => {
  it.effect("is a span, annotations of its log lines, and a metric", () => {
    const spans: Array<Tracer.Span> = []
    const lines: Array<unknown> = []
    return Effect.gen(function*() {
      yield* Fleet.forEach(
        [of("a"), of("b"), of("malformed")],
        ({ account }) => Effect.andThen(Effect.log("here"), account === "b" ? Effect.fail("no") : Effect.void)
      ).pipe(Stream.runDrain, Effect.withSpan("program"))
      const [program, ...places] = spans
      assert.deepEqual(
        places.map(({ attributes, name, parent }) => [
          name,
          attributes.get("cloud.account.id"),
          attributes.get("cloud.region"),
          parent._tag === "Some" ? parent.value.spanId : undefined
        ]),
        ["a", "b"].map((account) => ["Fleet.place", account, "us-east-1", program?.spanId])
      )
      assert.deepEqual(
        places.map(({ status }) => status._tag === "Ended" && status.exit._tag),
        ["Success", "Failure"]
      )
      assert.deepEqual(lines, ["a", "b"].map((account) => ({ "aws.account": account, "aws.region": "us-east-1" })))
      const counts = (yield* Metric.snapshot).filter(({ id }) => id === "aws_fleet_places")
      assert.sameDeepMembers(
        counts.map(({ attributes, state }) => [attributes?.["outcome"], (state as { readonly count: number }).count]),
        [["succeeded", 1], ["failed", 2]]
      )
    }).pipe(
      Effect.provide(stub()),
      Effect.withTracer(Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })),
      Effect.provide(Logger.layer([
        Logger.map(Logger.formatStructured, (line) => void lines.push(line.annotations))
      ])),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
  })
})

describe("any run", () => {
  const Item = Schema.Struct({
    account: Schema.Literals(["a", "b", "c", "d", "malformed"]),
    regions: Schema.Array(Schema.Struct({
      milliseconds: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })),
      ending: Schema.Literals(["succeeds", "fails", "dies", "interrupts"])
    })).check(Schema.isMaxLength(5))
  })
  const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum }))
  const inputs = {
    items: Schema.Array(Item).check(Schema.isMaxLength(12)),
    concurrency: upTo(6),
    perAccount: upTo(4),
    isStream: Schema.Boolean,
    // In milliseconds: how long it takes to look at a result.
    slowness: Schema.Literals([0, 0, 2])
  }

  it.effect.prop(
    "does every place exactly once, within the limits, and never hangs",
    inputs,
    ({ concurrency, isStream, items, perAccount, slowness }) =>
      Effect.gen(function*() {
        let running = 0
        const inAccount = new Map<string, number>()
        const problems: Array<string> = []
        const count = (account: string, change: number) => {
          running += change
          inAccount.set(account, (inAccount.get(account) ?? 0) + change)
          if (running > concurrency) problems.push(`${running} run at once`)
          if (inAccount.get(account)! > perAccount) problems.push(`${inAccount.get(account)} run in ${account}`)
        }
        const targets = items.map(({ account, regions }, i) => ({
          account,
          regions: regions.map((region, j) => `${i}-${j}-${region.ending}-${region.milliseconds}`)
        }))
        const places = targets.flatMap(({ account, regions }) => regions.map((region) => `${account} ${region}`))
        const work = ({ account, region }: Fleet.Place) => {
          const [, , ending, milliseconds] = region.split("-")
          const end: Effect.Effect<string, string> = ending === "succeeds"
            ? Effect.succeed(region)
            : ending === "fails"
            ? Effect.fail(region)
            : ending === "dies"
            ? Effect.die(region)
            : Effect.interrupt
          return Effect.sync(() => count(account, 1)).pipe(
            Effect.andThen(milliseconds === "0" ? Effect.void : Effect.sleep(Number(milliseconds))),
            Effect.andThen(end),
            Effect.ensuring(Effect.sync(() => count(account, -1)))
          )
        }
        let last = 0
        const fiber = yield* Fleet.events(
          isStream
            ? Stream.fromIterable(targets).pipe(Stream.mapEffect((target) => Effect.as(Effect.sleep(1), target)))
            : targets,
          work,
          { concurrency, perAccount }
        ).pipe(
          Stream.tap(({ progress }) =>
            Effect.sync(() => {
              const done = progress.succeeded + progress.failed
              if (done < last || done + progress.running > progress.places) problems.push(JSON.stringify(progress))
              last = done
            })
          ),
          Stream.tap(() => slowness === 0 ? Effect.void : Effect.sleep(slowness)),
          Stream.runCollect,
          Effect.forkChild
        )
        yield* TestClock.adjust("1 second")
        const exit = fiber.pollUnsafe()
        if (exit === undefined) return yield* Effect.die(new Error("it hangs"))
        const events = yield* exit
        const named = (tag: string) =>
          events.filter(({ _tag }) => _tag === tag).map(({ account, region }) => `${account} ${region}`)
        assert.deepEqual(problems, [])
        assert.sameMembers(named("Finished"), places)
        assert.sameMembers(named("Started"), places.filter((place) => !place.startsWith("malformed")))
        for (const event of events) {
          if (event._tag === "Started") continue
          const succeeds = event.account !== "malformed" && event.region.includes("succeeds")
          assert.strictEqual(Result.isSuccess(event.result), succeeds)
        }
        const progress = events.at(-1)?.progress
        if (progress !== undefined) {
          assert.deepEqual([progress.places, progress.running, progress.succeeded + progress.failed], [
            places.length,
            0,
            places.length
          ])
        }
      }).pipe(Effect.provide(stub())),
    { arbitrary: { runs: 150 } }
  )
})

describe("a run on the in-memory AWS", () => {
  const identity = Sts.send(new GetCallerIdentityCommand({}))

  it.effect("keeps the session of an account for as long as it has work", () =>
    Effect.gen(function*() {
      const targets = ["111111111111", "222222222222"].map((account) => ({ account }))
      yield* Fleet.forEach(targets, identity, { concurrency: 1 }).pipe(Stream.runDrain)
      const calls = yield* InMemory.calls
      assert.lengthOf(calls.filter(({ operation }) => operation === "AssumeRole"), 2)
      assert.deepEqual(yield* Fleet.Fleet.use(({ open }) => open), { sessions: 0, places: 0 })
    }).pipe(
      Effect.provide(
        Fleet.layer({ role: "audit", sessionName: "fleet", regions: ["us-east-1", "eu-west-1"], idleTimeToLive: 0 })
          .pipe(
            Layer.provideMerge(InMemory.layer())
          )
      )
    ))
})
