/**
 * AWS Lambda functions as Effects.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { IdempotencyStoreFull } from "../errors/internal/lambdaErrors.ts"
import * as Idempotency from "./internal/idempotency.ts"

export * from "../errors/LambdaErrors.ts"
export type { Context, EventHandler } from "./internal/invocation.ts"

// Idempotency

export type {
  IdempotencyBeginning,
  IdempotencyError,
  IdempotencyRecord,
  IdempotencyRun,
  IdempotencyStore,
  IdempotentOptions,
  WithoutResult
} from "./internal/idempotency.ts"

/**
 * Runs an effect once for a key: until `expiry`, a later call with the key gets the stored result, and the effect doesn't run. It's
 * for events that Lambda delivers more than once, which is what Lambda does: with a retry, from a queue, from a stream.
 *
 * - `key`: what tells an event from others, such as the id of an order. A store sees its hash only.
 * - `store`: where results are kept: {@link memoryStore}, `idempotencyStore` of `effect-aws-sdk/LambdaDynamoDb`, or one of your own.
 * - `expiry`: how long a result is kept after the effect has succeeded.
 * - `result`: the schema of the success, by which the store keeps it as JSON. Without it, the effect has to succeed with `void`.
 * - `name`: what the keys are for. Two effects of one function need a name each, or their keys would meet. By default it's the name
 *   of the function.
 * - `payload`: any JSON. A call with the same key and another payload fails with `IdempotencyPayloadMismatch`. A call without a
 *   payload isn't checked.
 * - `inProgressFor`: how long a run may hold its key without ending. By default until the invocation's deadline; outside of
 *   {@link handler}, 15 minutes.
 * - `hash`: the hash of keys and payloads, `"sha256"` by default.
 *
 * While a run has the key, another call fails with `IdempotencyInProgress`: try again later. If the effect fails, dies or is
 * interrupted, the record is removed, so that the next call runs the effect again. If it can't be removed, or if the function is
 * killed, the key is free when the run's time is over.
 *
 * The effect doesn't run if the store can't be asked. If the effect succeeds and its result can't be stored, the call fails with
 * `IdempotencyResultNotSaved`, and the record stays in progress until its time is over. Then a retry runs the effect *again*. If that
 * is worse than a missing record, go on with the `result` that is in the error: the second example.
 *
 * No store can make a call of the outside world and its record one step. An effect whose function is killed after the call and before
 * the record runs again. Make the call itself idempotent where you can, for example by a token made of the same key.
 *
 * **Errors**: those of the effect and the store; `IdempotencyKeyMissing`, `IdempotencyInProgress`, `IdempotencyPayloadMismatch`,
 * `IdempotencyResultNotDecodable` if the stored result is another version's, `IdempotencyResultNotSaved`. Dies if `expiry` or
 * `inProgressFor` isn't a finite time above 0.
 *
 * **Example** (A payment for an order)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as LambdaDynamoDb from "effect-aws-sdk/LambdaDynamoDb"
 *
 * const Receipt = Schema.Struct({ paymentId: Schema.String })
 * declare const charge: (order: { readonly id: string; readonly amount: number }) => Effect.Effect<typeof Receipt.Type>
 *
 * const pay = (order: { readonly id: string; readonly amount: number }) =>
 *   Lambda.idempotent(order.id, charge(order), {
 *     store: LambdaDynamoDb.idempotencyStore({ table: "idempotency" }),
 *     expiry: "1 day",
 *     name: "payments",
 *     result: Receipt,
 *     payload: order
 *   })
 * ```
 *
 * **Example** (Go on if the result can't be stored)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as LambdaDynamoDb from "effect-aws-sdk/LambdaDynamoDb"
 *
 * const store = LambdaDynamoDb.idempotencyStore({ table: "idempotency" })
 *
 * const once = (messageId: string) =>
 *   Effect.log("sent").pipe(
 *     Lambda.idempotent(messageId, { store, expiry: "1 hour" }),
 *     Effect.catchTag("IdempotencyResultNotSaved", ({ result }) => Effect.succeed(result))
 *   )
 * ```
 *
 * AWS: [Developing for retries and failures](https://docs.aws.amazon.com/lambda/latest/operatorguide/retries-failures.html)
 *
 * @category idempotency
 * @since 0.1.0
 */
export const idempotent: {
  <S extends Schema.Constraint, SE, SR>(
    key: string | undefined,
    options: Idempotency.IdempotentOptions<SE, SR> & { readonly result: S }
  ): <E, R>(
    effect: Effect.Effect<S["Type"], E, R>
  ) => Effect.Effect<
    S["Type"],
    E | SE | Idempotency.IdempotencyError<S["Type"]>,
    R | SR | S["DecodingServices"] | S["EncodingServices"]
  >
  <SE, SR>(
    key: string | undefined,
    options: Idempotency.IdempotentOptions<SE, SR> & { readonly result?: undefined }
  ): <A, E, R>(
    effect: Effect.Effect<A, E, R> & Idempotency.WithoutResult<A>
  ) => Effect.Effect<void, E | SE | Idempotency.IdempotencyError<void>, R | SR>
  <S extends Schema.Constraint, E, R, SE, SR>(
    key: string | undefined,
    effect: Effect.Effect<S["Type"], E, R>,
    options: Idempotency.IdempotentOptions<SE, SR> & { readonly result: S }
  ): Effect.Effect<
    S["Type"],
    E | SE | Idempotency.IdempotencyError<S["Type"]>,
    R | SR | S["DecodingServices"] | S["EncodingServices"]
  >
  <A, E, R, SE, SR>(
    key: string | undefined,
    effect: Effect.Effect<A, E, R> & Idempotency.WithoutResult<A>,
    options: Idempotency.IdempotentOptions<SE, SR> & { readonly result?: undefined }
  ): Effect.Effect<void, E | SE | Idempotency.IdempotencyError<void>, R | SR>
} = (key: string | undefined, ...rest: ReadonlyArray<any>): any =>
  Effect.isEffect(rest[0])
    ? Idempotency.run(key, rest[0], rest[1])
    : (effect: Effect.Effect<unknown, unknown, unknown>) => Idempotency.run(key, effect, rest[0])

/**
 * Makes a store in the memory of this process, for tests and for programs of one process. Other environments of a Lambda function
 * don't see it, and it ends with the process.
 *
 * - `capacity`: the most records, 10,000 by default. If the store is full of records that haven't expired, `idempotent` fails with
 *   `IdempotencyStoreFull`: a store that forgets a record would let its effect run twice.
 *
 * **Example** (One store for the process)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const program = Effect.gen(function*() {
 *   const store = yield* Lambda.memoryStore()
 *   const once = Lambda.idempotent("order-1", Effect.log("runs once"), { store, expiry: "1 hour" })
 *   yield* once
 *   yield* once
 * })
 * ```
 *
 * @category idempotency
 * @since 0.1.0
 */
export const memoryStore = (
  options?: { readonly capacity?: number | undefined }
): Effect.Effect<Idempotency.IdempotencyStore<IdempotencyStoreFull>> =>
  Effect.sync(() => Idempotency.makeMemoryStore(options?.capacity ?? 10_000))
