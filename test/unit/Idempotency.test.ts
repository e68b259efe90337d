// What runs once for a key, with both stores: over time, with concurrent callers, when something fails in the middle.
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, Clock, Deferred, Effect, Exit, Fiber, Logger, Ref, Schema, SchemaGetter } from "effect"
import { type AwsClients, type AwsError, InMemory } from "effect-aws-sdk"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as LambdaDynamoDb from "effect-aws-sdk/LambdaDynamoDb"
import { TestClock } from "effect/testing"
import { createHash } from "node:crypto"
import { Current } from "../../lambda/internal/invocation.ts"
import { waited } from "../contract/support/waits.ts"
import { createTable, record, records, TableName } from "../support/idempotencyTable.ts"

type Store = Lambda.IdempotencyStore<AwsError | Lambda.IdempotencyStoreFull, AwsClients>

const stores: Readonly<Record<string, Effect.Effect<Store, unknown, AwsClients>>> = {
  "in memory": Lambda.memoryStore(),
  "on DynamoDB": Effect.as(createTable(), LambdaDynamoDb.idempotencyStore({ table: TableName }))
}

const Receipt = Schema.Struct({ paid: Schema.Int, at: Schema.Date })

const common = { expiry: "1 hour", name: "payments" } as const

const tagOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => (error as { readonly _tag: string })._tag)

/** An effect that counts its runs, and the count. */
const counting = Effect.map(Ref.make(0), (runs) => ({
  runs: Ref.get(runs),
  pay: Effect.gen(function*() {
    const paid = yield* Ref.updateAndGet(runs, (n) => n + 1)
    return { paid, at: new Date(yield* Clock.currentTimeMillis) }
  })
}))

/** An effect that stops in the middle, until it's told to go on. */
const paused = Effect.gen(function*() {
  const [started, go] = [yield* Deferred.make<void>(), yield* Deferred.make<number, string>()]
  return {
    started: Deferred.await(started),
    go,
    effect: Effect.andThen(Deferred.succeed(started, undefined), Deferred.await(go))
  }
})

const idOf = (key: string, name = "payments") =>
  `${name}#${createHash("sha256").update(JSON.stringify(key)).digest("base64")}`

for (const [where, makeStore] of Object.entries(stores)) {
  const test = <A, E>(title: string, run: (store: Store) => Effect.Effect<A, E, AwsClients | InMemory>) =>
    it.effect(title, () =>
      Effect.gen(function*() {
        return yield* run(yield* makeStore)
      }).pipe(Effect.provide(InMemory.layer())))

  describe(`Lambda.idempotent with a store ${where}`, () => {
    test("runs an effect once until its result expires", (store) =>
      Effect.gen(function*() {
        const { pay, runs } = yield* counting
        const once = Lambda.idempotent("order-1", pay, { ...common, store, result: Receipt })
        const first = yield* once
        yield* TestClock.adjust("59 minutes")
        assert.deepEqual(yield* once, first)
        assert.strictEqual(yield* runs, 1)
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual((yield* once).paid, 2)
      }))

    test("is the same before and after a pipe, and tells keys and names apart", (store) =>
      Effect.gen(function*() {
        const { pay, runs } = yield* counting
        const options = { ...common, store, result: Receipt }
        yield* pay.pipe(Lambda.idempotent("a", options))
        yield* Lambda.idempotent("a", pay, options)
        assert.strictEqual(yield* runs, 1)
        yield* pay.pipe(Lambda.idempotent("b", options))
        yield* pay.pipe(Lambda.idempotent("a", { ...options, name: "refunds" }))
        assert.strictEqual(yield* runs, 3)
      }))

    test("needs no schema for an effect without a result", (store) =>
      Effect.gen(function*() {
        const { pay, runs } = yield* counting
        const once = Effect.asVoid(pay).pipe(Lambda.idempotent("a", { ...common, store }))
        assert.isUndefined(yield* once)
        assert.isUndefined(yield* once)
        assert.strictEqual(yield* runs, 1)
      }))

    test("refuses another caller while a run has the key, and says until when", (store) =>
      Effect.gen(function*() {
        const { effect, go, started } = yield* paused
        const once = Lambda.idempotent("a", effect, {
          ...common,
          store,
          result: Schema.Int,
          inProgressFor: "5 minutes"
        })
        const now = yield* Clock.currentTimeMillis
        const running = yield* Effect.forkChild(once)
        yield* started
        const error = yield* Effect.flip(once)
        assert.instanceOf(error, Lambda.IdempotencyInProgress)
        assert.strictEqual((error as Lambda.IdempotencyInProgress).until.getTime(), now + 300_000)
        assert.isTrue((error as Lambda.IdempotencyInProgress).isRetryable)
        yield* Deferred.succeed(go, 7)
        assert.deepEqual([yield* Fiber.join(running), yield* once], [7, 7])
      }))

    test("lets one of many concurrent callers run", (store) =>
      Effect.gen(function*() {
        const { pay, runs } = yield* counting
        const slow = Effect.andThen(Effect.sleep("10 seconds"), pay)
        const once = Lambda.idempotent("a", slow, { ...common, store, result: Receipt })
        const exits = yield* waited(
          Effect.forEach(Array.from({ length: 20 }), () => Effect.exit(once), { concurrency: "unbounded" })
        )
        assert.strictEqual(exits.filter(Exit.isSuccess).length, 1)
        assert.strictEqual(yield* runs, 1)
      }))

    test("runs again after a failure, a defect or an interruption", (store) =>
      Effect.gen(function*() {
        const options = { ...common, store, result: Schema.Int }
        const attempts = [Effect.fail("no"), Effect.die(new Error("bug")), Effect.interrupt]
        for (const attempt of attempts) {
          assert.isTrue(Exit.isFailure(yield* Effect.exit(Lambda.idempotent("a", attempt, options))))
        }
        const { effect, started } = yield* paused
        const fiber = yield* Effect.forkChild(Lambda.idempotent("a", effect, options))
        yield* started
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* Lambda.idempotent("a", Effect.succeed(1), options), 1)
      }))

    test("frees the key of a run that was killed when its time is over", (store) =>
      Effect.gen(function*() {
        const { effect, started } = yield* paused
        const options = { ...common, store, result: Schema.Int, inProgressFor: "30 seconds" } as const
        yield* Effect.forkDetach(Lambda.idempotent("a", effect, options))
        yield* started
        yield* TestClock.adjust("29 seconds")
        const next = Lambda.idempotent("a", Effect.succeed(2), options)
        assert.strictEqual(yield* tagOf(next), "IdempotencyInProgress")
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* next, 2)
      }))

    test("holds the key until the deadline of the invocation, and else for 15 minutes", (store) =>
      Effect.gen(function*() {
        const held = (key: string, context: Lambda.Context | undefined) =>
          Effect.gen(function*() {
            const { effect, started } = yield* paused
            const once = Lambda.idempotent(key, effect, { ...common, store, result: Schema.Int })
            const now = yield* Clock.currentTimeMillis
            yield* Effect.forkDetach(
              Effect.provideService(once, Current, context && { context, xrayTraceId: undefined })
            )
            yield* started
            const error = yield* Effect.flip(once)
            assert.instanceOf(error, Lambda.IdempotencyInProgress)
            return (error as Lambda.IdempotencyInProgress).until.getTime() - now
          })
        const context = yield* Lambda.testContext({ timeout: "10 seconds" })
        assert.strictEqual(yield* held("a", context), 10_000)
        assert.strictEqual(yield* held("b", { ...context, getRemainingTimeInMillis: () => -1 }), 1)
        for (
          const [key, none] of [["c", undefined], ["d", {
            ...context,
            getRemainingTimeInMillis: () => Infinity
          }]] as const
        ) {
          assert.strictEqual(yield* held(key, none), 15 * 60_000)
        }
      }))

    test("doesn't overwrite the record of the run that took the key over", (store) =>
      Effect.gen(function*() {
        const options = { ...common, store, result: Schema.Int, inProgressFor: "10 seconds" } as const
        const late = yield* paused
        const fiber = yield* Effect.forkChild(Lambda.idempotent("a", late.effect, options))
        yield* late.started
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* Lambda.idempotent("a", Effect.succeed(2), options), 2)
        yield* Deferred.succeed(late.go, 1)
        const error = yield* Effect.flip(Fiber.join(fiber))
        assert.instanceOf(error, Lambda.IdempotencyResultNotSaved)
        const { reason, result } = error as Lambda.IdempotencyResultNotSaved<number>
        assert.deepEqual([reason, result], ["TakenOver", 1])
        assert.strictEqual(yield* Lambda.idempotent("a", Effect.succeed(3), options), 2)

        // One that fails late removes nothing either.
        const failing = yield* paused
        const other = yield* Effect.forkChild(Lambda.idempotent("b", failing.effect, options))
        yield* failing.started
        yield* TestClock.adjust("10 seconds")
        yield* Lambda.idempotent("b", Effect.succeed(4), options)
        yield* Deferred.fail(failing.go, "late")
        assert.strictEqual(yield* Effect.flip(Fiber.join(other)), "late")
        assert.strictEqual(yield* Lambda.idempotent("b", Effect.succeed(5), options), 4)
      }))

    test("stores the result of a late run if no other has the key", (store) =>
      Effect.gen(function*() {
        const options = { ...common, store, result: Schema.Int, inProgressFor: "10 seconds" } as const
        const late = yield* paused
        const fiber = yield* Effect.forkChild(Lambda.idempotent("a", late.effect, options))
        yield* late.started
        yield* TestClock.adjust("10 seconds")
        yield* Effect.exit(Lambda.idempotent("a", Effect.fail("no"), options))
        yield* Deferred.succeed(late.go, 1)
        assert.strictEqual(yield* Fiber.join(fiber), 1)
        assert.strictEqual(yield* Lambda.idempotent("a", Effect.succeed(2), options), 1)
      }))

    test("refuses another payload, whatever the order of its members, also while a run has the key", (store) =>
      Effect.gen(function*() {
        const options = { ...common, store, result: Schema.Int }
        const once = (payload: unknown, effect: Effect.Effect<number, string> = Effect.succeed(1)) =>
          Lambda.idempotent("a", effect, { ...options, payload })
        yield* once({ amount: 1, to: { iban: "x", Name: "y" } })
        assert.strictEqual(yield* once({ to: { Name: "y", iban: "x" }, amount: 1 }), 1)
        for (const other of [{ amount: 2, to: { iban: "x", Name: "y" } }, null, [1, 2], "", 0]) {
          assert.strictEqual(yield* tagOf(once(other)), "IdempotencyPayloadMismatch")
        }
        // A call without a payload has nothing to compare.
        assert.strictEqual(yield* once(undefined), 1)
        const { effect, go, started } = yield* paused
        const fiber = yield* Effect.forkChild(Lambda.idempotent("b", effect, { ...options, payload: 1 }))
        yield* started
        const again = (payload: number) => Lambda.idempotent("b", Effect.succeed(2), { ...options, payload })
        assert.deepEqual([yield* tagOf(again(2)), yield* tagOf(again(1))], [
          "IdempotencyPayloadMismatch",
          "IdempotencyInProgress"
        ])
        yield* Deferred.succeed(go, 1)
        yield* Fiber.join(fiber)
      }))

    test("fails without a key, and runs nothing", (store) =>
      Effect.gen(function*() {
        const { pay, runs } = yield* counting
        for (const key of [undefined, "", " \t\n"]) {
          const error = yield* Effect.flip(Lambda.idempotent(key, pay, { ...common, store, result: Receipt }))
          assert.deepEqual(error, new Lambda.IdempotencyKeyMissing({ operation: "payments" }))
        }
        assert.strictEqual(yield* runs, 0)
      }))

    test("fails if the stored result doesn't match the schema, and runs nothing again", (store) =>
      Effect.gen(function*() {
        const { pay, runs } = yield* counting
        yield* Lambda.idempotent("a", pay, { ...common, store, result: Receipt })
        const next = Schema.Struct({ paid: Schema.Int, at: Schema.Date, currency: Schema.String })
        const error = yield* Effect.flip(
          Lambda.idempotent("a", Effect.map(pay, (receipt) => ({ ...receipt, currency: "EUR" })), {
            ...common,
            store,
            result: next
          })
        )
        assert.instanceOf(error, Lambda.IdempotencyResultNotDecodable)
        assert.include((error as Error).message, "currency")
        assert.strictEqual(yield* runs, 1)
      }))

    test("fails if the schema can't encode the result, and has the result in the error", (store) =>
      Effect.gen(function*() {
        const options = { ...common, store, result: Schema.Int, inProgressFor: "1 minute" } as const
        const error = yield* Effect.flip(Lambda.idempotent("a", Effect.succeed(1.5), options))
        assert.instanceOf(error, Lambda.IdempotencyResultNotSaved)
        const { reason, result } = error as Lambda.IdempotencyResultNotSaved<number>
        assert.deepEqual([reason, result], ["NotEncodable", 1.5])
        const next = Lambda.idempotent("a", Effect.succeed(2), options)
        assert.strictEqual(yield* tagOf(next), "IdempotencyInProgress")
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* next, 2)
      }))

    test("gives later calls a long result as it is", (store) =>
      Effect.gen(function*() {
        const text = "x".repeat(100_000)
        const options = { ...common, store, result: Schema.String }
        for (const _ of [1, 2]) assert.strictEqual(yield* Lambda.idempotent("a", Effect.succeed(text), options), text)
      }))

    test("has the result in the error if the schema dies, or the store dies, throws or is interrupted", (store) =>
      Effect.gen(function*() {
        const thrower = (): never => {
          throw new Error("a bug")
        }
        const Throwing = Schema.Int.pipe(Schema.decodeTo(Schema.Int, {
          decode: SchemaGetter.transform((n: number) => n),
          encode: SchemaGetter.transform(thrower)
        }))
        const complete = (complete: () => Effect.Effect<never>) => ({
          store: { ...store, complete },
          result: Schema.Int
        })
        const wrongs = [
          [{ store, result: Throwing }, "NotEncodable"],
          [complete(() => Effect.die(new Error("a bug"))), "StoreFailed"],
          [complete(thrower), "StoreFailed"],
          [complete(() => Effect.interrupt), "StoreFailed"]
        ] as const
        for (const [i, [wrong, expected]] of wrongs.entries()) {
          const options = { ...common, ...wrong, inProgressFor: "1 minute" } as const
          const error = yield* Effect.flip(Lambda.idempotent(`key ${i}`, Effect.succeed(7), options))
          assert.instanceOf(error, Lambda.IdempotencyResultNotSaved)
          const { message, reason, result } = error as Lambda.IdempotencyResultNotSaved<number>
          assert.deepEqual([reason, result], [expected, 7])
          if (i < 3) assert.include(message, "a bug")
        }
      }))

    test("fails as the effect does if the store throws instead of releasing the record", (store) =>
      Effect.gen(function*() {
        const release = () => {
          throw new Error("a bug")
        }
        const options = { ...common, store: { ...store, release } }
        assert.strictEqual(yield* Effect.flip(Lambda.idempotent("a", Effect.fail("no"), options)), "no")
      }))

    test("dies of what isn't an Effect, a store, a schema or a hash, and runs nothing", (store) =>
      Effect.gen(function*() {
        const { pay, runs } = yield* counting
        const options = { ...common, store, result: Receipt }
        const wrongs: ReadonlyArray<readonly [effect: any, options: any, expected: string]> = [
          [Promise.resolve(1), options, "isn't an Effect"],
          [pay, { ...options, store: Lambda.memoryStore() }, "Yield it first"],
          [pay, { ...options, result: { ast: 1 } }, "`result` isn't a Schema"],
          [pay, { ...options, hash: "sha1" }, "`hash` has to be"]
        ]
        for (const [effect, wrong, expected] of wrongs) {
          const exit = yield* Effect.exit(
            Lambda.idempotent("a", effect, wrong) as Effect.Effect<unknown, unknown, AwsClients>
          )
          assert.isTrue(Exit.isFailure(exit) && Exit.hasDies(exit))
          assert.include(String(Exit.isFailure(exit) && Cause.squash(exit.cause)), expected)
        }
        assert.strictEqual(yield* runs, 0)
        yield* Lambda.idempotent("a", pay, options)
      }))

    test("dies of times that mean nothing", (store) =>
      Effect.gen(function*() {
        const run = (options: { readonly expiry?: any; readonly inProgressFor?: any }) =>
          Effect.exit(Lambda.idempotent("a", Effect.succeed(1), { ...common, store, result: Schema.Int, ...options }))
        for (const wrong of [0, -1, NaN, Infinity, "soon"]) {
          for (const options of [{ expiry: wrong }, { inProgressFor: wrong }]) {
            const exit = yield* run(options)
            assert.isTrue(Exit.isFailure(exit) && Exit.hasDies(exit), String(wrong))
          }
        }
      }))
  })
}

describe("the name of the keys", () => {
  it.effect("is by default that of the function in the invocation's context", () =>
    Effect.gen(function*() {
      const store = yield* Lambda.memoryStore()
      const ids: Array<string> = []
      const noting = {
        ...store,
        begin: (one: Lambda.IdempotencyBeginning) => {
          ids.push(one.id.split("#")[0]!)
          return store.begin(one)
        }
      }
      const handler = Lambda.handler({
        logger: false,
        handler: () => Lambda.idempotent("key", Effect.void, { store: noting, expiry: "1 hour" })
      })
      for (const functionName of ["orders", "payments"]) {
        yield* handler.invoke({}, yield* Lambda.testContext({ functionName }))
      }
      assert.deepEqual(ids, ["orders", "payments"])
    }))
})

describe("the store in memory", () => {
  it.effect("refuses new keys when it's full of records that haven't expired", () =>
    Effect.gen(function*() {
      const store = yield* Lambda.memoryStore({ capacity: 2 })
      const once = (key: string) => Lambda.idempotent(key, Effect.succeed(1), { ...common, store, result: Schema.Int })
      yield* once("a")
      yield* once("b")
      assert.deepEqual(yield* Effect.flip(once("c")), new Lambda.IdempotencyStoreFull({ capacity: 2 }))
      yield* once("a")
      yield* TestClock.adjust("1 hour")
      yield* once("c")
    }))

  it.effect("gives each caller a result of its own", () =>
    Effect.gen(function*() {
      const store = yield* Lambda.memoryStore()
      const List = Schema.mutable(Schema.Array(Schema.Int))
      const once = Lambda.idempotent("a", Effect.sync(() => [1]), { ...common, store, result: List })
      const first = yield* once
      first.push(2)
      assert.deepEqual(yield* once, [1])
    }))

  it.effect("dies of a capacity that isn't a number of records", () =>
    Effect.gen(function*() {
      for (const capacity of [0, -1, 1.5, NaN]) {
        assert.isTrue(Exit.hasDies(yield* Effect.exit(Lambda.memoryStore({ capacity }))))
      }
    }))
})

describe("the store on DynamoDB", () => {
  const store = LambdaDynamoDb.idempotencyStore({ table: TableName })
  const options = { ...common, store, result: Schema.Int } as const
  const once = (key: string, n: number) => Lambda.idempotent(key, Effect.succeed(n), options)
  const operations = Effect.map(InMemory.calls, (calls) => calls.map(({ operation }) => operation))

  const test = <A, E>(title: string, run: Effect.Effect<A, E, AwsClients | InMemory>) =>
    it.effect(title, () => Effect.andThen(createTable(), run).pipe(Effect.provide(InMemory.layer())))

  test(
    "makes one call for each step",
    Effect.gen(function*() {
      const before = (yield* operations).length
      yield* once("a", 1)
      yield* once("a", 1)
      yield* Effect.exit(Lambda.idempotent("b", Effect.fail("no"), options))
      assert.deepEqual((yield* operations).slice(before), [
        "PutItem",
        "UpdateItem",
        "PutItem",
        "PutItem",
        "DeleteItem"
      ])
    })
  )

  test(
    "keeps records as Powertools does: neither the key nor the payload is among them",
    Effect.gen(function*() {
      yield* TestClock.adjust("1234567 millis")
      const result = Schema.Struct({ secret: Schema.String, list: Schema.Array(Schema.NullOr(Schema.Finite)) })
      const value = { secret: "", list: [1.5, null, 1e-5] }
      yield* Lambda.idempotent("the-key", Effect.succeed(value), {
        ...options,
        result,
        payload: { card: "the-payload" }
      })
      const [one, ...others] = yield* records
      assert.lengthOf(others, 0)
      const now = yield* Clock.currentTimeMillis
      assert.deepEqual({ ...one, token: undefined }, {
        id: idOf("the-key"),
        status: "COMPLETED",
        expiration: Math.ceil(now / 1000) + 3600,
        in_progress_expiration: now + 15 * 60_000,
        data: value,
        validation: createHash("sha256").update(JSON.stringify({ card: "the-payload" })).digest("base64"),
        token: undefined
      })
      assert.match(one!["token"], /^[0-9a-f-]{36}$/)
      assert.notInclude(JSON.stringify(one), "the-")
    })
  )

  for (const operation of ["PutItem", "UpdateItem", "DeleteItem"]) {
    for (const [what, fault] of [["lost", InMemory.cut("after")], ["throttled", InMemory.throttled]] as const) {
      test(
        `isn't confused by a ${operation} whose answer is ${what} and that the SDK sends again`,
        Effect.gen(function*() {
          yield* InMemory.inject({ service: "DynamoDB", operation, times: 1, fault })
          if (operation === "DeleteItem") {
            assert.isTrue(
              Exit.isFailure(yield* waited(Effect.exit(Lambda.idempotent("a", Effect.fail("no"), options))))
            )
            assert.isUndefined(yield* record(idOf("a")))
          } else {
            assert.strictEqual(yield* waited(once("a", 1)), 1)
            assert.strictEqual(yield* once("a", 2), 1)
          }
          assert.isAtLeast((yield* operations).filter((one) => one === operation).length, 2)
        })
      )
    }
  }

  test(
    "runs nothing if DynamoDB can't be asked, and leaves no record of a call whose answer was lost",
    Effect.gen(function*() {
      yield* InMemory.inject({ service: "DynamoDB", operation: "PutItem", times: 3, fault: InMemory.cut("after") })
      const { pay, runs } = yield* counting
      const error = yield* waited(
        Effect.flip(Lambda.idempotent("a", pay, { ...options, result: Receipt }))
      )
      assert.strictEqual((error as AwsError)._tag, "AwsError")
      assert.strictEqual(yield* runs, 0)
      assert.deepEqual(yield* records, [])
      assert.strictEqual(yield* once("a", 1), 1)
    })
  )

  test(
    "leaves no record of a run that was interrupted while it began",
    Effect.gen(function*() {
      yield* InMemory.inject({
        service: "DynamoDB",
        operation: "PutItem",
        times: 1,
        fault: InMemory.delay("5 seconds")
      })
      const { pay, runs } = yield* counting
      const fiber = yield* Effect.forkChild(Lambda.idempotent("a", pay, { ...options, result: Receipt }))
      yield* waited(Effect.sleep("2 seconds"))
      assert.lengthOf(yield* records, 1)
      yield* waited(Fiber.interrupt(fiber))
      assert.deepEqual([yield* records, yield* runs], [[], 0])
    })
  )

  test(
    "fails with the result if it can't be saved, and stays in progress until its time is over",
    Effect.gen(function*() {
      yield* InMemory.inject({ service: "DynamoDB", operation: "UpdateItem", times: 3, fault: InMemory.serverFault })
      const error = yield* waited(Effect.flip(once("a", 1)))
      assert.instanceOf(error, Lambda.IdempotencyResultNotSaved)
      const failed = error as Lambda.IdempotencyResultNotSaved<number>
      assert.deepEqual([failed.reason, failed.result], ["StoreFailed", 1])
      assert.strictEqual((failed.cause as AwsError)._tag, "AwsError")
      assert.include(failed.message, "UpdateItem")
      assert.notProperty(JSON.parse(JSON.stringify(failed)), "result")
      assert.strictEqual(yield* tagOf(once("a", 2)), "IdempotencyInProgress")
      yield* TestClock.adjust("15 minutes")
      assert.strictEqual(yield* once("a", 2), 2)
    })
  )

  test(
    "logs that a record can't be removed, and fails with what the effect failed with",
    Effect.gen(function*() {
      yield* InMemory.inject({ service: "DynamoDB", operation: "DeleteItem", fault: InMemory.serverFault })
      const lines: Array<unknown> = []
      const logger = Logger.make(({ message }) => lines.push(message))
      const error = yield* Effect.flip(Lambda.idempotent("a", Effect.fail("no"), options)).pipe(
        waited,
        Effect.provide(Logger.layer([logger]))
      )
      assert.strictEqual(error, "no")
      assert.include(JSON.stringify(lines), "stays in progress until it expires")
      yield* TestClock.adjust("15 minutes")
      assert.strictEqual(yield* once("a", 2), 2)
    })
  )

  test(
    "says that a result is too large",
    Effect.gen(function*() {
      const large = Lambda.idempotent("a", Effect.succeed("x".repeat(400 * 1024)), {
        ...options,
        result: Schema.String
      })
      const error = yield* Effect.flip(large)
      assert.instanceOf(error, Lambda.IdempotencyResultNotSaved)
      assert.strictEqual((error as Lambda.IdempotencyResultNotSaved).reason, "TooLarge")
    })
  )

  test(
    "fails on a record that isn't one",
    Effect.gen(function*() {
      yield* DynamoDb.send(
        new PutItemCommand({ TableName, Item: { id: { S: idOf("a") }, other: { S: "x" } } })
      )
      const error = yield* Effect.flip(once("a", 1))
      assert.strictEqual((error as AwsError).reason._tag, "Unreadable")
      assert.include((error as AwsError).message, "status")
    })
  )

  it.effect("names attributes as the program says, and keeps records under a sort key", () =>
    Effect.gen(function*() {
      yield* createTable("sk")
      const store = LambdaDynamoDb.idempotencyStore({
        table: TableName,
        sortKeyAttribute: "sk",
        partition: "jobs",
        expiryAttribute: "ttl",
        inProgressExpiryAttribute: "held",
        statusAttribute: "state",
        dataAttribute: "answer",
        validationAttribute: "hash",
        tokenAttribute: "run"
      })
      const once = (n: number) => Lambda.idempotent("a", Effect.succeed(n), { ...options, store, payload: 1 })
      assert.deepEqual([yield* once(1), yield* once(2)], [1, 1])
      const [one] = yield* records
      assert.deepEqual(Object.keys(one!).sort(), ["answer", "hash", "held", "id", "run", "sk", "state", "ttl"])
      assert.deepEqual([one!["id"], one!["sk"]], ["jobs", idOf("a")])
      const { Item } = yield* DynamoDb.send(
        new GetItemCommand({ TableName, Key: { id: { S: "jobs" }, sk: { S: idOf("a") } } })
      )
      assert.strictEqual(Item?.["answer"]?.N, "1")
    }).pipe(Effect.provide(InMemory.layer())))

  it("throws if two attributes have the same name", () => {
    assert.throws(() => LambdaDynamoDb.idempotencyStore({ table: "t", dataAttribute: "status" }), /"status"/)
    assert.throws(() => LambdaDynamoDb.idempotencyStore({ table: "t", sortKeyAttribute: "id" }), /"id"/)
  })
})

describe("the types of Lambda.idempotent", () => {
  it("need a schema for a result, and have the errors of the effect, the store and the library", () => {
    const store = LambdaDynamoDb.idempotencyStore({ table: "t" })
    const number: Effect.Effect<number, "no"> = Effect.succeed(1)
    const one = Lambda.idempotent("a", number, { store, expiry: "1 hour", result: Schema.Int })
    expectTypeOf<Effect.Success<typeof one>>().toEqualTypeOf<number>()
    expectTypeOf<Effect.Services<typeof one>>().toEqualTypeOf<AwsClients>()
    type Tags = Exclude<Effect.Error<typeof one>, string>["_tag"]
    expectTypeOf<Tags>().toEqualTypeOf<
      | "AwsError"
      | "IdempotencyKeyMissing"
      | "IdempotencyInProgress"
      | "IdempotencyPayloadMismatch"
      | "IdempotencyResultNotDecodable"
      | "IdempotencyResultNotSaved"
    >()
    // @ts-expect-error: the number would be lost.
    const lost = Lambda.idempotent("a", number, { store, expiry: "1 hour" })
    // @ts-expect-error: it isn't a text.
    const other = Lambda.idempotent("a", number, { store, expiry: "1 hour", result: Schema.String })
    assert.isTrue([one, lost, other].every(Effect.isEffect))
  })
})
