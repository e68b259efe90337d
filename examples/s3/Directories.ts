// The commands for directories: they run a Stream of events, and show what happens.
import { Data, Effect, Ref, Stream } from "effect"
import * as S3 from "effect-aws-sdk/S3"
import type * as Address from "./Address.ts"
import * as Follow from "./Follow.ts"
import { Screen } from "./Screen.ts"
import * as Text from "./Text.ts"

/** Some items weren't transferred. */
class Incomplete extends Data.TaggedError("Incomplete")<{ readonly failed: number }> {
  override get message(): string {
    return `${Text.count(this.failed, "item")} failed.`
  }
}

const describe = ({ action, from, to }: S3.TransferItem): string =>
  Text.printable(from === undefined ? `${action}: ${to}` : `${action}: ${from} to ${to}`)

/** `3 uploaded, 1 deleted, 12 skipped` */
const counts = ({ copied, deleted, downloaded, skipped, uploaded }: S3.TransferSummary): string =>
  Object.entries({ uploaded, downloaded, copied, deleted, skipped })
    .flatMap(([what, count]) => count > 0 ? [`${count} ${what}`] : [])
    .join(", ") || "nothing to do"

/** Runs the transfers. A line for each item that is done or failed, and a bar for all of them. */
const run = Effect.fnUntraced(function*(
  events: ReturnType<typeof S3.sync>,
  { dryRun }: { readonly dryRun: boolean }
) {
  const { print, warn } = yield* Screen
  const { summary, update } = yield* Follow.make
  const sum = yield* Ref.make(Follow.nothing)
  const done = yield* events.pipe(
    Stream.tap(Effect.fnUntraced(function*(event) {
      const { item } = event
      if (event._tag === "Planned" && dryRun) yield* print(`would ${describe(item)}`)
      if (event._tag === "Done") yield* print(describe(item))
      if (event._tag === "Failed") yield* warn(`Error: ${describe(item)}: ${event.error.message}`)
      const { bytes, ended, planned, total } = yield* Ref.updateAndGet(sum, (sum) => Follow.add(sum, event))
      if (!dryRun) yield* update({ label: `${ended} of ${Text.count(planned, "file")}`, bytes, total })
    })),
    S3.transferAll,
    // Each failed item has had its line.
    Effect.catchTag("TransferIncomplete", ({ failed, summary }) =>
      Effect.flatMap(
        print(counts(summary)),
        () => Effect.fail(new Incomplete({ failed: failed.length }))
      ))
  )
  yield* print(`${counts(done)}${yield* summary}`)
})

export const up = (
  directory: string,
  { bucket, key: prefix }: Address.Address,
  options: { readonly object: S3.ObjectOptions; readonly overwrite: boolean }
) => run(S3.uploadDirectory({ directory, bucket, prefix, ...options }), { dryRun: false })

export const down = (
  { bucket, key: prefix }: Address.Address,
  directory: string,
  options: { readonly overwrite: boolean }
) => run(S3.downloadDirectory({ bucket, prefix, directory, ...options }), { dryRun: false })

const locationOf = (place: Address.Address | Address.LocalPath): S3.Location =>
  "bucket" in place ? { bucket: place.bucket, prefix: place.key } : { directory: place.path }

export interface SyncOptions extends Pick<S3.SyncOptions, "delete" | "compare"> {
  readonly from: Address.Address | Address.LocalPath
  readonly to: Address.Address | Address.LocalPath
  readonly dryRun: boolean
}

export const sync = ({ from, to, ...options }: SyncOptions) =>
  run(S3.sync({ from: locationOf(from), to: locationOf(to), ...options }), options)
