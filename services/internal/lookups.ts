// Lookups that are made at the same time share calls.
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import { pipeArguments } from "effect/Pipeable"
import * as Request from "effect/Request"
import type { RequestResolver } from "effect/RequestResolver"
import * as Semaphore from "effect/Semaphore"
import * as Tracer from "effect/Tracer"
import { AwsClients } from "../../src/AwsClients.ts"
import { LookupWindow } from "../../src/AwsService.ts"
import { oncePerLayer } from "../../src/internal/memo.ts"
import { CallPolicy } from "../../src/internal/perCall.ts"
import { linksTo } from "./links.ts"

/** The retry policy that all of these lookups ask for; `undefined`, which is the Layer's, if they ask for different ones. */
const policyOf = (entries: ReadonlyArray<Request.Entry<unknown>>) => {
  const [policy, ...others] = new Set(
    entries.map(({ context }) => Context.get(context as Context.Context<never>, CallPolicy))
  )
  return others.length === 0 ? policy : undefined
}

/** How the lookups of one kind are answered. */
export interface Options<Id, A, E> {
  /** Tells these lookups from all others of the Layer. */
  readonly kind: string
  /** The name of the span around a call. */
  readonly span: string
  /** Equal for two ids if one answer is for both. */
  readonly keyOf: (id: Id) => string
  /** How many ids a call takes at most. */
  readonly idsPerCall: number
  /** How many different ids are collected within a window at most before they are looked up. */
  readonly collect: number
  /** How many calls there are at the same time. */
  readonly concurrency: number
  /** Looks up different ids. If it fails, all of them fail. */
  readonly call: (ids: NonEmptyReadonlyArray<Id>) => Effect.Effect<(id: Id) => Exit.Exit<A, E>, E, AwsClients>
}

interface Lookup<out Id, out A, out E> extends Request.Request<A, E> {
  readonly id: Id
  readonly key: string
  /** Whether its caller doesn't wait for it any more. */
  isAbandoned: boolean
  onAbandoned: () => void
}

type Entry<Id, A, E> = Request.Entry<Lookup<Id, A, E>>

/** The lookups of one id. */
type Group<Id, A, E> = readonly [Entry<Id, A, E>, ...ReadonlyArray<Entry<Id, A, E>>]

const isPresent = ({ request }: { readonly request: Lookup<unknown, unknown, unknown> }) => !request.isAbandoned

/** The span in which a lookup was made. */
const spanOf = ({ context }: Request.Entry<unknown>): Tracer.AnySpan | undefined =>
  Context.getOrUndefined(context as Context.Context<unknown>, Tracer.ParentSpan)

/** Without a window, lookups are collected for this many turns of the event loop at most. */
const MOST_TURNS = 200

/**
 * Without a window, so many different ids are collected at most. That's more than a call takes, because the same ids may come
 * again in the same turns: fibers that each look up the same twenty ids would fill a call with every ten lookups.
 */
const MOST_COLLECTED = 1_000

const windowOf = (input: Duration.Input): Duration.Duration =>
  Option.getOrElse(Duration.fromInput(input), () => Duration.zero)

const make = <Id, A, E>(clients: AwsClients["Service"], options: Options<Id, A, E>) => {
  const { call, collect, concurrency, idsPerCall, keyOf, kind, span } = options
  const request = Request.of<Lookup<Id, A, E>>()
  const permits = Semaphore.makeUnsafe(concurrency)
  let arrived = 0
  let newest: Entry<Id, A, E> | undefined
  let most = collect
  const collected = new Set<string>()

  /**
   * Fibers that start together don't all reach their lookups in the same turn of the event loop, because the scheduler
   * takes turns. So without a window, this waits for a turn in which no lookup arrives. It waits for one only, so that a
   * TestClock that is adjusted next finds the call made.
   */
  const untilQuiet = Effect.gen(function*() {
    const window = windowOf(yield* LookupWindow)
    if (Duration.isPositive(window)) return yield* Effect.sleep(window)
    for (let seen = 0, turns = 0; seen !== arrived && turns < MOST_TURNS; turns++) {
      seen = arrived
      yield* Effect.yieldNow
    }
  })

  const answer = (groups: ReadonlyArray<Group<Id, A, E>>) => {
    const [first, ...others] = groups.filter((group) => group.some(isPresent))
    if (first === undefined) return Effect.void
    const asked = [first, ...others] as const
    const served = asked.flat().filter(isPresent)
    const ids = [first[0].request.id, ...others.map(([{ request }]) => request.id)] as const
    return call(ids).pipe(
      Effect.withSpan(span, {
        links: linksTo(served.map(spanOf)),
        attributes: { "aws.lookup.callers": served.length, "aws.lookup.ids": ids.length }
      }, { captureStackTrace: false }),
      Effect.provideService(AwsClients, clients),
      // The call runs in the fiber of the first lookup, whose policy isn't that of the others.
      Effect.provideService(CallPolicy, policyOf(served)),
      Effect.exit,
      Effect.map((exit) => {
        for (const group of asked) {
          const result = Exit.isSuccess(exit) ? exit.value(group[0].request.id) : Exit.failCause(exit.cause)
          for (const entry of group) entry.completeUnsafe(result)
        }
      })
    )
  }

  /** One call, which ends early when nobody waits for it any more. */
  const serve = (groups: ReadonlyArray<Group<Id, A, E>>) =>
    Effect.suspend(() => {
      const abandoned = Deferred.makeUnsafe<void>()
      const entries = groups.flat().filter(isPresent)
      let waiting = entries.length
      if (waiting === 0) return Effect.void
      for (const { request } of entries) {
        request.onAbandoned = () => {
          if (--waiting === 0) Deferred.doneUnsafe(abandoned, Effect.void)
        }
      }
      return permits.withPermits(1)(Effect.suspend(() => answer(groups))).pipe(
        Effect.raceFirst(Deferred.await(abandoned))
      )
    })

  // By hand: the module of RequestResolver loads clients of SQL and Redis.
  const resolver: RequestResolver<Lookup<Id, A, E>> = {
    "~effect/RequestResolver": { _A: identity },
    pipe() {
      return pipeArguments(this, arguments)
    },
    batchKey: () => kind,
    preCheck: (entry) => {
      arrived++
      newest = entry
      return true
    },
    delay: untilQuiet,
    collectWhile: ({ size }) => {
      const { context, request: { key } } = newest!
      if (size === 1) {
        collected.clear()
        most = Duration.isPositive(windowOf(Context.get(context, LookupWindow)))
          ? collect
          : Math.max(collect, MOST_COLLECTED)
      }
      return collected.add(key).size < most
    },
    runAll: (entries) => {
      const groups = [...Map.groupBy(entries, ({ request }) => request.key).values()] as unknown as ReadonlyArray<
        Group<Id, A, E>
      >
      const calls = Array.from(
        { length: Math.ceil(groups.length / idsPerCall) },
        (_, i) => groups.slice(i * idsPerCall, (i + 1) * idsPerCall)
      )
      return Effect.forEach(calls, serve, { concurrency: "unbounded", discard: true })
    }
  }

  return (id: Id): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      const asked = request({ id, key: keyOf(id), isAbandoned: false, onAbandoned: () => {} })
      return Effect.onInterrupt(Effect.request(asked, resolver), () =>
        Effect.sync(() => {
          asked.isAbandoned = true
          asked.onAbandoned()
        }))
    })
}

/**
 * A function that looks up one id. Lookups that are made at the same time with the clients of one Layer share calls: the
 * same id is asked for once, and up to `idsPerCall` ids in one call. A call that has begun isn't joined: its answer may be
 * older than what the program has done since.
 *
 * A failure reaches only those whose ids were in the call. A caller that is interrupted doesn't end the call of the others;
 * a call that nobody waits for is interrupted. A service that doesn't come from a Layer of this library has no place for
 * what its lookups share, so each of them makes its own call.
 */
export const shared = <Id, A, E>(options: Options<Id, A, E>): (id: Id) => Effect.Effect<A, E, AwsClients> => (id) =>
  AwsClients.use((clients) =>
    Effect.flatMap(
      oncePerLayer(clients, `lookups/${options.kind}`, Effect.sync(() => make(clients, options))),
      (lookup) => lookup(id)
    )
  )
