// Shows how far a transfer is while it runs.
import { Clock, Effect, Ref } from "effect"
import type * as S3 from "effect-aws-sdk/S3"
import * as Bar from "./Bar.ts"
import { Screen } from "./Screen.ts"
import * as Text from "./Text.ts"

/** A terminal that is drawn more often only flickers. In milliseconds. */
const interval = 100

/** Draws the bar of one command, as often as it makes sense. */
export const make = Effect.gen(function*() {
  const { look, show } = yield* Screen
  const state = yield* Ref.make<{ readonly meter: Bar.Meter | undefined; readonly drawn: number }>({
    meter: undefined,
    drawn: -Infinity
  })

  const update = Effect.fnUntraced(function*(view: Omit<Bar.View, "rate">) {
    const now = yield* Clock.currentTimeMillis
    const { drawn, meter: before } = yield* Ref.get(state)
    const meter = before === undefined ? Bar.start(now, view.bytes) : Bar.advance(before, now, view.bytes)
    const due = now - drawn >= interval || view.bytes === view.total
    yield* Ref.set(state, { meter, drawn: due ? now : drawn })
    const current = due ? yield* look : undefined
    if (current !== undefined) yield* show(Bar.render({ ...view, rate: meter.rate }, current))
  })

  /** ` (27.1 MiB in 0:03, 8.4 MiB/s)` */
  const summary = Effect.map(Ref.get(state), ({ meter }) => {
    if (meter === undefined) return ""
    const rate = Bar.average(meter)
    const speed = rate === undefined ? "" : ` in ${Text.time((meter.at - meter.began.at) / 1000)}, ${Text.size(rate)}/s`
    return ` (${Text.size(meter.bytes)}${speed})`
  })

  return { update, summary }
})

/** Runs the transfer of one object with a bar. Afterwards, `line` says what was done. */
export const one = Effect.fnUntraced(function*<A, E, R>(
  label: string,
  line: string,
  transfer: (options: Required<S3.ProgressOptions>) => Effect.Effect<A, E, R>
) {
  const { print } = yield* Screen
  const { summary, update } = yield* make
  const result = yield* transfer({
    onProgress: ({ total, transferred }) => update({ label, bytes: transferred, total })
  })
  yield* print(`${Text.printable(line)}${yield* summary}`)
  return result
})

/** How far all items of a directory are together. */
export interface Sum {
  readonly planned: number
  readonly ended: number
  /** Of the items that have ended. */
  readonly before: number
  /** Of each item that is under way. */
  readonly moving: ReadonlyMap<string, number>
  readonly bytes: number
  /** Of all items that are planned so far. */
  readonly total: number
}

export const nothing: Sum = { planned: 0, ended: 0, before: 0, moving: new Map(), bytes: 0, total: 0 }

/** The sum after an event. What is deleted has no bytes to move. */
export const add = (sum: Sum, event: S3.TransferEvent): Sum => {
  const { action, path, size: known = 0 } = event.item
  const size = action === "delete" ? 0 : known
  const moving = new Map(sum.moving)
  let { before, ended, planned, total } = sum
  if (event._tag === "Planned") {
    planned++
    total += size
  } else if (event._tag === "Bytes") {
    moving.set(path, event.transferred)
  } else if (event._tag === "Done") {
    ended++
    before += size
    moving.delete(path)
  } else if (event._tag === "Failed") {
    ended++
    moving.delete(path)
  }
  const bytes = Array.from(moving.values()).reduce((sum, bytes) => sum + bytes, before)
  return { planned, ended, before, moving, bytes, total: Math.max(total, bytes) }
}
