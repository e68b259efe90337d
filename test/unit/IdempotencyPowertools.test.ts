// One table for functions with this library and functions with Powertools for AWS Lambda, which judges our records.
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency"
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Schema } from "effect"
import { AwsClients, InMemory } from "effect-aws-sdk"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as LambdaDynamoDb from "effect-aws-sdk/LambdaDynamoDb"
import { createTable, records, TableName } from "../support/idempotencyTable.ts"

interface Order {
  readonly id: string
  readonly amount: number
}

const Receipt = Schema.Struct({ by: Schema.String, amount: Schema.Finite, lines: Schema.Array(Schema.String) })

const receipt = (by: string, { amount }: Order) => ({ by, amount, lines: ["a", ""] })

const lambdaContext = { getRemainingTimeInMillis: () => 60_000 }

interface Settings {
  readonly hash: "sha256" | "md5"
  readonly sortKey?: string
}

/** The same function twice: with Powertools, and with this library. */
const both = ({ hash, sortKey }: Settings) =>
  Effect.gen(function*() {
    const client = yield* AwsClients.get(DynamoDBClient)
    const ours = LambdaDynamoDb.idempotencyStore({
      table: TableName,
      ...(sortKey !== undefined && { sortKeyAttribute: sortKey, partition: "shared" })
    })
    return {
      theirs: (order: Order, pay: () => Promise<typeof Receipt.Type> = async () => receipt("theirs", order)) =>
        Effect.tryPromise({
          try: () => {
            const config = new IdempotencyConfig({
              eventKeyJmesPath: "id",
              payloadValidationJmesPath: "amount",
              throwOnNoIdempotencyKey: true,
              hashFunction: hash
            })
            config.registerLambdaContext(lambdaContext as never)
            const persistenceStore = new DynamoDBPersistenceLayer({
              tableName: TableName,
              awsSdkV3Client: client,
              ...(sortKey !== undefined && { sortKeyAttr: sortKey, staticPkValue: "shared" })
            })
            return makeIdempotent(pay, { persistenceStore, config, keyPrefix: "payments", dataIndexArgument: 0 })(
              ...[order] as unknown as []
            )
          },
          catch: (error) => (error as Error).name
        }),
      ours: <E>(order: Order, pay: Effect.Effect<typeof Receipt.Type, E> = Effect.succeed(receipt("ours", order))) =>
        Lambda.idempotent(order.id, pay, {
          store: ours,
          expiry: "1 hour",
          name: "payments",
          result: Receipt,
          payload: order.amount,
          hash
        })
    }
  })

const settings: Readonly<Record<string, Settings>> = {
  "hashes by SHA-256": { hash: "sha256" },
  "hashes by MD5, its default": { hash: "md5" },
  "hashes by SHA-256, and a sort key": { hash: "sha256", sortKey: "sk" }
}

for (const [what, one] of Object.entries(settings)) {
  describe(`a table that is shared with Powertools, with ${what}`, () => {
    const test = <A, E>(
      title: string,
      run: (_: Effect.Success<ReturnType<typeof both>>) => Effect.Effect<A, E, AwsClients>
    ) =>
      it.live(title, () =>
        Effect.gen(function*() {
          yield* createTable(one.sortKey)
          return yield* run(yield* both(one))
        }).pipe(Effect.provide(InMemory.layer({ speed: 10_000 }))))

    test("gives our callers the results of Powertools", ({ ours, theirs }) =>
      Effect.gen(function*() {
        const order = { id: "order-1", amount: 1.5 }
        const first = yield* theirs(order)
        assert.deepEqual(yield* ours(order), first)
        assert.strictEqual(first.by, "theirs")
        assert.lengthOf(yield* records, 1)
      }))

    test("gives Powertools' callers our results", ({ ours, theirs }) =>
      Effect.gen(function*() {
        const order = { id: "order-1", amount: 1.5 }
        const first = yield* ours(order)
        assert.deepEqual(yield* theirs(order), first)
        assert.strictEqual(first.by, "ours")
      }))

    test("refuses callers on both sides while a run of the other side has the key", ({ ours, theirs }) =>
      Effect.gen(function*() {
        const order = { id: "order-1", amount: 1 }
        const [started, go] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const wait = Effect.andThen(Deferred.succeed(started, undefined), Deferred.await(go))
        const running = yield* Effect.forkChild(ours(order, Effect.as(wait, receipt("ours", order))))
        yield* Deferred.await(started)
        assert.strictEqual(yield* Effect.flip(theirs(order)), "IdempotencyAlreadyInProgressError")
        yield* Deferred.succeed(go, undefined)
        yield* Fiber.join(running)

        const other = { id: "order-2", amount: 1 }
        const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
        const theirRun = yield* Effect.forkChild(theirs(other, async () => {
          begun.resolve()
          await end.promise
          return receipt("theirs", other)
        }))
        yield* Effect.promise(() => begun.promise)
        const now = Date.now()
        const error = yield* Effect.flip(ours(other))
        assert.instanceOf(error, Lambda.IdempotencyInProgress)
        const left = (error as Lambda.IdempotencyInProgress).until.getTime() - now
        assert.isTrue(left > 50_000 && left <= 60_000, String(left))
        end.resolve()
        yield* Fiber.join(theirRun)
        assert.strictEqual((yield* ours(other)).by, "theirs")
      }))

    test("refuses another payload on both sides", ({ ours, theirs }) =>
      Effect.gen(function*() {
        yield* ours({ id: "a", amount: 1 })
        assert.strictEqual(yield* Effect.flip(theirs({ id: "a", amount: 2 })), "IdempotencyValidationError")
        yield* theirs({ id: "b", amount: 1 })
        assert.instanceOf(yield* Effect.flip(ours({ id: "b", amount: 2 })), Lambda.IdempotencyPayloadMismatch)
      }))

    test("is free after a failure on either side", ({ ours, theirs }) =>
      Effect.gen(function*() {
        const order = { id: "order-1", amount: 1 }
        yield* Effect.flip(theirs(order, () => Promise.reject(new Error("no"))))
        assert.strictEqual(yield* Effect.flip(ours(order, Effect.fail("no"))), "no")
        assert.strictEqual((yield* theirs(order)).by, "theirs")
      }))
  })
}
