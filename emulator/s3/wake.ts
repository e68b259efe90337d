// What S3 does at a time, because somebody wants to know of it.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { awaitRestore, isWatched, lifecycleTimer, tellAt } from "./events.ts"
import { applyLifecycle, nextAction } from "./expiry.ts"
import type { State } from "./state.ts"

/** Applies the lifecycle rules of a bucket at a midnight, and waits for the next one at which they do something. */
const applyAt = Effect.fnUntraced(function*(place: string, time: number, state: State, context: HandlerContext) {
  const bucket = state.buckets.get(place)
  if (bucket?.lifecycle === undefined || !isWatched(bucket)) return
  yield* applyLifecycle(bucket, state, context)
  context.wakeAt(lifecycleTimer(bucket), nextAction(bucket, time))
})

/** Tells that an archived version can be read, or no longer. */
const tellRestore = (name: string, time: number, state: State, context: HandlerContext): void => {
  const [place, key, id] = JSON.parse(name) as [string, string, string]
  const bucket = state.buckets.get(place)
  const version = bucket?.objects.get(key)?.find((version) => version.id === id)
  const restored = version?.content?.restored
  if (bucket === undefined || version === undefined || restored === undefined) return
  const kind = time === Math.ceil(restored.from)
    ? "ObjectRestore:Completed"
    : time === restored.until
    ? "ObjectRestore:Delete"
    : undefined
  if (kind !== undefined) tellAt(time, bucket, { kind, key, id, content: version.content }, state, context)
  awaitRestore(bucket, key, version, time, context)
}

export const wake = Effect.fnUntraced(function*(timer: string, state: State, context: HandlerContext) {
  const time = yield* Clock.currentTimeMillis
  const [kind, name] = [timer.slice(0, timer.indexOf(" ")), timer.slice(timer.indexOf(" ") + 1)]
  if (kind === "lifecycle") yield* applyAt(name, time, state, context)
  else tellRestore(name, time, state, context)
})
