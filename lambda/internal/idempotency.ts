// Effects that run once for a key, and the store in memory.
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { createHash, randomUUID } from "node:crypto"
import {
  IdempotencyInProgress,
  IdempotencyKeyMissing,
  IdempotencyPayloadMismatch,
  IdempotencyResultNotDecodable,
  IdempotencyResultNotSaved,
  IdempotencyStoreFull,
  type NotSavedReason
} from "../../errors/internal/idempotencyErrors.ts"
import { summarize } from "../../errors/internal/tagged.ts"
import { Defect } from "../../src/internal/defect.ts"
import { millisOf } from "../../src/internal/durations.ts"
import { Current } from "./invocation.ts"

/**
 * A run of an effect for a key, as a store sees it. Times are milliseconds since 1970, of Effect's Clock.
 *
 * @category idempotency
 * @since 0.1.0
 */
export interface IdempotencyRun {
  /** The id of the record: a name, and a hash of the key. It doesn't show the key. */
  readonly id: string
  /** Tells this run from all others. */
  readonly token: string
}

/**
 * What a store notes when a run begins.
 *
 * @category idempotency
 * @since 0.1.0
 */
export interface IdempotencyBeginning extends IdempotencyRun {
  /** When the run begins. */
  readonly now: number
  /** From when on another run may take the key over, if this one hasn't ended. */
  readonly inProgressUntil: number
  /** When the record expires. It isn't before `inProgressUntil`. */
  readonly expiresAt: number
  /** A hash of the payload, if the program gives one. */
  readonly payloadHash: string | undefined
}

/**
 * What a store has for a key that isn't free.
 *
 * @category idempotency
 * @since 0.1.0
 */
export type IdempotencyRecord =
  | {
    readonly status: "InProgress"
    /** From when on the key is free, in milliseconds since 1970. */
    readonly until: number
    /** The hash of the payload, if the record has one. */
    readonly payloadHash: string | undefined
  }
  | {
    readonly status: "Completed"
    /** The hash of the payload, if the record has one. */
    readonly payloadHash: string | undefined
    /** The result as JSON; `undefined` if none was stored. */
    readonly data: unknown
  }

/**
 * Where results are kept. Each function is one step, which no other call may divide.
 *
 * @category idempotency
 * @since 0.1.0
 */
export interface IdempotencyStore<out E = never, out R = never> {
  /**
   * Notes that a run begins, unless the key has a record. A record doesn't count if it has expired, if it's in progress and its
   * `inProgressUntil` has come, or if it has the token of this run: then an earlier attempt of this call has put it.
   *
   * Returns `undefined` if the run may begin, and else the record. If it fails, it should leave no record of this run.
   */
  readonly begin: (beginning: IdempotencyBeginning) => Effect.Effect<IdempotencyRecord | undefined, E, R>
  /**
   * Stores the result of a run, if the record is this run's or if there is none. It says `TakenOver` if another run has the key, and
   * `TooLarge` if the store can't take a record of this size; then it changes nothing.
   */
  readonly complete: (
    run: IdempotencyRun,
    result: {
      /** JSON; `undefined` if there is no result to store. */
      readonly data: unknown
      /** When the record expires. */
      readonly expiresAt: number
      /** A hash of the payload, if the program gives one. */
      readonly payloadHash: string | undefined
    }
  ) => Effect.Effect<"Saved" | "TakenOver" | "TooLarge", E, R>
  /** Removes the record of a run that failed, if it's still this run's. */
  readonly release: (run: IdempotencyRun) => Effect.Effect<void, E, R>
}

/**
 * How an effect is made idempotent.
 *
 * @category idempotency
 * @since 0.1.0
 */
export interface IdempotentOptions<out E, out R> {
  /** Where results are kept. */
  readonly store: IdempotencyStore<E, R>
  /** How long a result is kept after the effect has succeeded. */
  readonly expiry: Duration.Input
  /**
   * What the keys are for: keys under different names are different. By default the name of the Lambda function, from the context
   * of the invocation, or else from `AWS_LAMBDA_FUNCTION_NAME`.
   */
  readonly name?: string | undefined
  /**
   * What a call with the same key has to have in common with the first one: any JSON. The store keeps its hash, never the payload
   * itself. By default it isn't checked.
   */
  readonly payload?: unknown
  /**
   * How long a run may hold its key without ending. By default it's until the deadline of the invocation, so that a function that
   * was killed doesn't hold the key any longer. Outside of `Lambda.handler` it's 15 minutes.
   */
  readonly inProgressFor?: Duration.Input | undefined
  /**
   * The hash of keys and payloads. By default `"sha256"`; `"md5"` is the default of Powertools for AWS Lambda, whose records are found
   * if name, key and hash are the same.
   */
  readonly hash?: "sha256" | "md5" | undefined
}

/**
 * The errors of an effect that runs once for a key. See `Lambda.idempotent`.
 *
 * @category idempotency
 * @since 0.1.0
 */
export type IdempotencyError<A> =
  | IdempotencyKeyMissing
  | IdempotencyInProgress
  | IdempotencyPayloadMismatch
  | IdempotencyResultNotDecodable
  | IdempotencyResultNotSaved<A>

/**
 * An effect without a schema has to have no result, which would be lost. TypeScript takes an effect with any result for one without.
 *
 * @category idempotency
 * @since 0.1.0
 */
export type WithoutResult<A> = [A] extends [void] ? unknown
  : "An effect with a result needs the option `result`, its schema"

/** The longest that a Lambda function runs. */
const LONGEST = Duration.toMillis("15 minutes")

const byName = (a: string, b: string): number => {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()]
  return x < y ? -1 : x > y ? 1 : a < b ? -1 : 1
}

const sorted = (json: unknown): unknown =>
  Array.isArray(json)
    ? json.map(sorted)
    : typeof json === "object" && json !== null
    ? Object.fromEntries(
      Object.entries(json).sort(([a], [b]) => byName(a, b)).map(([name, one]) => [name, sorted(one)])
    )
    : json

/** A hash of JSON whatever the order of its members, as Powertools makes it. */
const hashOf = (json: unknown, algorithm: "sha256" | "md5"): string =>
  createHash(algorithm).update(JSON.stringify(sorted(json))).digest("base64")

const refuse = (problem: string) => new Defect(`Lambda.idempotent: ${problem}`)

/** A mistake in the program, whatever the event. */
const millisOfOption = (option: string, input: Duration.Input): Effect.Effect<number> => {
  const millis = millisOf(input)
  return millis > 0 && millis < Infinity
    ? Effect.succeed(Math.ceil(millis))
    : Effect.die(refuse(`\`${option}\` has to be a finite duration above 0, such as "1 hour".`))
}

const payloadHashOf = (payload: unknown, algorithm: "sha256" | "md5"): Effect.Effect<string | undefined> =>
  Effect.suspend(() => {
    try {
      const text: string | undefined = JSON.stringify(payload)
      return Effect.succeed(text === undefined ? undefined : hashOf(JSON.parse(text), algorithm))
    } catch (cause) {
      return Effect.die(
        refuse(`\`payload\` isn't JSON: ${cause instanceof Error ? cause.name : "it can't be encoded"}.`)
      )
    }
  })

/** How long the run that begins now may hold its key. */
const heldUntil = Effect.fnUntraced(function*(now: number, inProgressFor: Duration.Input | undefined) {
  if (inProgressFor !== undefined) return now + (yield* millisOfOption("inProgressFor", inProgressFor))
  // Not until the effect is interrupted: one that can't be goes on to Lambda's deadline.
  const left = (yield* Current)?.context.getRemainingTimeInMillis()
  return Math.ceil(now + (left === undefined || !Number.isFinite(left) ? LONGEST : Math.max(left, 1)))
})

type Result = Schema.Codec<any, any, any, any>

/** Mistakes that would show only after the effect has run, and would lose its result. */
const problemOf = (
  effect: unknown,
  { hash, result, store }: IdempotentOptions<unknown, unknown> & { readonly result?: unknown }
): string | undefined => {
  if (!Effect.isEffect(effect)) return "what has to run once isn't an Effect."
  if (Effect.isEffect(store)) return "`store` is an Effect that makes a store. Yield it first, once for all calls."
  if (result !== undefined && !Schema.isSchema(result)) return "`result` isn't a Schema."
  return hash === undefined || hash === "sha256" || hash === "md5"
    ? undefined
    : "`hash` has to be \"sha256\" or \"md5\"."
}

/** What a cause says, for an error. */
const issueOf = (cause: Cause.Cause<unknown>): string | undefined => {
  const error = Cause.squash(cause)
  return error instanceof Error ? summarize(error).message : undefined
}

export const run = Effect.fn("Lambda.idempotent")(function*(
  key: string | undefined,
  effect: Effect.Effect<unknown, unknown, unknown>,
  options: IdempotentOptions<unknown, unknown> & { readonly result?: Result | undefined }
): Effect.fn.Return<unknown, unknown, unknown> {
  const problem = problemOf(effect, options)
  if (problem !== undefined) return yield* Effect.die(refuse(problem))
  const { hash = "sha256", result, store } = options
  const name = options.name ?? (yield* Current)?.context.functionName ?? process.env["AWS_LAMBDA_FUNCTION_NAME"] ?? ""
  const expiry = yield* millisOfOption("expiry", options.expiry)
  if (typeof key !== "string" || key.trim() === "") return yield* new IdempotencyKeyMissing({ operation: name })
  const payloadHash = yield* payloadHashOf(options.payload, hash)
  const id = `${name}#${hashOf(key, hash)}`
  const codec = result === undefined ? undefined : Schema.toCodecJson(result)
  const one: IdempotencyRun = { id, token: randomUUID() }
  const now = yield* Clock.currentTimeMillis
  const inProgressUntil = yield* heldUntil(now, options.inProgressFor)
  yield* Effect.annotateCurrentSpan("aws.lambda.idempotency.id", id)

  const release = Effect.catchCause(
    Effect.suspend(() => Effect.asVoid(store.release(one))),
    (cause) => Effect.logWarning(`The record ${id} of a run that failed stays in progress until it expires`, cause)
  )

  /** What a call gets that doesn't run the effect. */
  const answer = Effect.fnUntraced(function*(record: IdempotencyRecord) {
    if (payloadHash !== undefined && record.payloadHash !== undefined && record.payloadHash !== payloadHash) {
      return yield* new IdempotencyPayloadMismatch({ id })
    }
    if (record.status === "InProgress") {
      return yield* new IdempotencyInProgress({ id, until: new Date(record.until) })
    }
    if (codec === undefined) return undefined
    return yield* Effect.mapError(
      Schema.decodeUnknownEffect(codec)(record.data ?? null),
      ({ message }) => new IdempotencyResultNotDecodable({ id, issue: message })
    )
  })

  const save = Effect.fnUntraced(function*(value: unknown) {
    const failed = (reason: NotSavedReason, issue?: string, cause?: unknown) =>
      new IdempotencyResultNotSaved({ id, reason, issue, until: new Date(inProgressUntil), result: value, cause })
    // The effect has succeeded. So a bug of the schema or of the store must not lose its result either.
    const data = codec === undefined
      ? undefined
      : yield* Effect.catchCause(
        Effect.suspend(() => Schema.encodeUnknownEffect(codec)(value)),
        (cause) => failed("NotEncodable", issueOf(cause))
      )
    const expiresAt = (yield* Clock.currentTimeMillis) + expiry
    const outcome = yield* Effect.catchCause(
      Effect.suspend(() => store.complete(one, { data, expiresAt, payloadHash })),
      (cause) => failed("StoreFailed", issueOf(cause), Cause.squash(cause))
    )
    return outcome === "Saved" ? value : yield* failed(outcome)
  })

  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const begun = yield* Effect.exit(restore(store.begin({
        ...one,
        now,
        inProgressUntil,
        expiresAt: Math.max(now + expiry, inProgressUntil),
        payloadHash
      })))
      if (Exit.isFailure(begun)) {
        // The store may have the record all the same, and nobody would end the run.
        if (Exit.hasInterrupts(begun)) yield* release
        return yield* begun
      }
      if (begun.value !== undefined) return yield* restore(answer(begun.value))
      const done = yield* Effect.exit(restore(effect))
      if (Exit.isFailure(done)) {
        yield* release
        return yield* done
      }
      return yield* save(done.value)
    })
  )
})

// The store in memory

type Kept =
  & IdempotencyRun
  & { readonly expiresAt: number; readonly payloadHash: string | undefined }
  & (
    | { readonly status: "InProgress"; readonly until: number }
    /** The JSON as text, so that nobody else can change it. */
    | { readonly status: "Completed"; readonly data: string | undefined }
  )

const isFree = (record: Kept, now: number): boolean =>
  record.expiresAt <= now || (record.status === "InProgress" && record.until <= now)

/** A record as a store gives it out. */
const shown = (record: Kept): IdempotencyRecord => {
  const { payloadHash } = record
  return record.status === "InProgress"
    ? { status: "InProgress", until: record.until, payloadHash }
    : { status: "Completed", payloadHash, data: record.data === undefined ? undefined : JSON.parse(record.data) }
}

export const makeMemoryStore = (capacity: number): IdempotencyStore<IdempotencyStoreFull> => {
  if (!(Number.isSafeInteger(capacity) && capacity > 0)) {
    throw new Defect("Lambda.memoryStore: `capacity` has to be a whole number from 1 on.")
  }
  const records = new Map<string, Kept>()
  const isOthers = ({ id, token }: IdempotencyRun): boolean => {
    const record = records.get(id)
    return record !== undefined && record.token !== token
  }
  const makeRoom = (now: number): boolean => {
    if (records.size < capacity) return true
    for (const record of records.values()) if (isFree(record, now)) records.delete(record.id)
    return records.size < capacity
  }
  return {
    begin: ({ expiresAt, id, inProgressUntil, now, payloadHash, token }) =>
      Effect.suspend(() => {
        const record = records.get(id)
        const found = record !== undefined && record.token !== token && !isFree(record, now) ? shown(record) : undefined
        if (found === undefined) {
          if (record === undefined && !makeRoom(now)) return Effect.fail(new IdempotencyStoreFull({ capacity }))
          records.set(id, { id, token, expiresAt, payloadHash, status: "InProgress", until: inProgressUntil })
        }
        return Effect.succeed(found)
      }),
    complete: (run, { data, expiresAt, payloadHash }) =>
      Effect.sync(() => {
        if (isOthers(run)) return "TakenOver"
        records.set(run.id, { ...run, expiresAt, payloadHash, status: "Completed", data: JSON.stringify(data) })
        return "Saved"
      }),
    release: (run) =>
      Effect.sync(() => {
        if (!isOthers(run)) records.delete(run.id)
      })
  }
}
