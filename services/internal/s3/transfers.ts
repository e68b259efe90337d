// What a transfer of many files tells as it goes, and what it comes to.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import {
  type FailedTransfer,
  type TransferError,
  TransferIncomplete,
  type TransferItem,
  type TransferSummary
} from "../../../errors/internal/s3Errors.ts"

/**
 * Why a file or an object is left as it is.
 *
 * - `"unchanged"`: the target has it already.
 * - `"exists"`: an object has the file's key, and `overwrite` says to keep it. Such a file was `Planned` and `Started`.
 * - `"folder-marker"`: an empty object whose key ends in a slash, by which tools show a folder.
 * - `"symbolic-link"`: a symbolic link, which `symlinks` says to skip; or a file to delete that only a link leads to.
 * - `"special-file"`: a socket, a FIFO or a device.
 * - `"unfinished-download"`: the temporary file of a download of this library.
 * - `"source-incomplete"`: only the target has it, but a part of the source can't be read, so that it isn't deleted.
 *
 * @category models
 * @since 0.1.0
 */
export type SkipReason =
  | "unchanged"
  | "exists"
  | "folder-marker"
  | "symbolic-link"
  | "special-file"
  | "unfinished-download"
  | "source-incomplete"

/**
 * What happens to a file or an object. Those that are transferred or deleted are `Planned`, `Started`, and `Done` or
 * `Failed`, with `Bytes` between them; the others are `Skipped`, or `Failed` if they can't be read.
 *
 * @category models
 * @since 0.1.0
 */
export type TransferEvent = Data.TaggedEnum<{
  /** It is to be transferred or deleted. A dry run ends here. */
  Planned: { readonly item: TransferItem }
  Started: { readonly item: TransferItem }
  /** So many of its bytes have been transferred. */
  Bytes: { readonly item: TransferItem; readonly transferred: number; readonly total: number | undefined }
  /** It is transferred or deleted. The item has the size that was transferred. */
  Done: { readonly item: TransferItem }
  /** It is left as it is. */
  Skipped: { readonly item: TransferItem; readonly why: SkipReason }
  /** It could not be transferred or deleted. The transfer goes on with the others. */
  Failed: { readonly item: TransferItem; readonly error: TransferError }
}>

/**
 * Makes and matches events of a transfer: `TransferEvent.$is("Done")`, `TransferEvent.$match({ … })`.
 *
 * **Example** (One line for each event)
 *
 * ```ts
 * import { Console, Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const line = S3.TransferEvent.$match({
 *   Planned: ({ item }) => `will ${item.action} ${item.path}`,
 *   Started: ({ item }) => `${item.path} begins`,
 *   Bytes: ({ item, total, transferred }) => `${item.path}: ${transferred} of ${total} bytes`,
 *   Done: ({ item }) => `${item.path} is done`,
 *   Skipped: ({ item, why }) => `${item.path} is left as it is: ${why}`,
 *   Failed: ({ error, item }) => `${item.path} failed: ${error.message}`
 * })
 *
 * const told = S3.sync({ from: { directory: "./public" }, to: { bucket: "website-0a1b" } }).pipe(
 *   Stream.runForEach((event) => Console.log(line(event)))
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export const TransferEvent = /* @__PURE__ */ Data.taggedEnum<TransferEvent>()

const counters = { upload: "uploaded", download: "downloaded", copy: "copied", delete: "deleted" } as const

export const transferAll = Effect.fn("S3.transferAll")(function*<E, R>(
  events: Stream.Stream<TransferEvent, E, R>
): Effect.fn.Return<TransferSummary, E | TransferIncomplete, R> {
  const summary = { planned: 0, uploaded: 0, downloaded: 0, copied: 0, deleted: 0, skipped: 0, bytes: 0 }
  const failed: Array<FailedTransfer> = []
  yield* Stream.runForEachArray(events, (some) =>
    Effect.sync(() => {
      for (const event of some) {
        if (event._tag === "Planned") summary.planned++
        else if (event._tag === "Skipped") summary.skipped++
        else if (event._tag === "Failed") failed.push({ item: event.item, error: event.error })
        else if (event._tag === "Done") {
          const { action, size = 0 } = event.item
          summary[counters[action]]++
          if (action !== "delete") summary.bytes += size
        }
      }
    }))
  if (failed.length > 0) return yield* new TransferIncomplete({ failed, summary })
  return summary
})
