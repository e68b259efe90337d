import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

const Memo: unique symbol = Symbol.for("effect-aws-sdk/memo")

type Values = Map<string, Effect.Effect<any, any>>

/** Gives a Layer's service a place for values that are computed once per Layer. */
export const withMemo = <A extends object>(service: A): A =>
  Object.defineProperty(service, Memo, { value: new Map() satisfies Values })

/**
 * Runs the effect once per Layer, for all callers that ask at the same time or later. A failure isn't kept. If the
 * service doesn't come from a Layer of this library, it has no place for the value, so the effect runs each time.
 */
export const oncePerLayer = <A, E>(service: object, key: string, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    const values = (service as { readonly [Memo]?: Values })[Memo]
    if (values === undefined) return effect
    const known = values.get(key)
    if (known !== undefined) return known
    return Effect.flatMap(
      Cache.makeWith(() => effect, {
        capacity: 1,
        timeToLive: (exit) => Exit.isSuccess(exit) ? Duration.infinity : Duration.zero
      }),
      (cache) => {
        const value = values.get(key) ?? Cache.get(cache, key)
        values.set(key, value)
        return value
      }
    )
  })

/** Makes a value at the first call with a key, and returns the same one at every later call with it. */
export const oncePerKey = <K extends string, A>(make: (key: K) => A): (key: K) => A => {
  const values = new Map<K, A>()
  return (key) => {
    let value = values.get(key)
    if (value === undefined) values.set(key, value = make(key))
    return value
  }
}
