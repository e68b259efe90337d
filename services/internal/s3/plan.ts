// What is to happen to each path: decided from two sorted lists, without a look at anything else.
import type * as Effect from "effect/Effect"
import {
  CannotWriteFile,
  type KeyNotAFileName,
  type TransferError,
  type TransferItem
} from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import type { Pair } from "./listings.ts"
import { lookUp } from "./paths.ts"
import { type SkipReason, TransferEvent } from "./transfers.ts"
import type { Entry, FileEntry, OtherEntry } from "./walk.ts"

/** Whether the target's file is as the source's; or what finds that out. */
export type Comparison = boolean | Effect.Effect<boolean, TransferError, AwsClients>

/** What a plan has to know of the two sides. */
export interface Sides {
  readonly action: "upload" | "download" | "copy"
  /** Names of the source and the target, with a path. */
  readonly from: (path: string) => string
  readonly to: (path: string) => string
  /** Why the target can't hold such a path: for this reason, or else for its own. */
  readonly refuse?: ((path: string, why?: string) => KeyNotAFileName | undefined) | undefined
  readonly isSame?: ((source: FileEntry, target: FileEntry) => Comparison) | undefined
}

export interface PlanOptions {
  readonly filter: (path: string) => boolean
  readonly deletes: boolean
}

/** A file or an object to transfer, unless it proves to be unchanged. */
export interface Transfer {
  readonly _tag: "Transfer"
  readonly item: TransferItem
  readonly entry: FileEntry
  readonly isReplacement: boolean
  readonly isUnchanged?: Effect.Effect<boolean, TransferError, AwsClients> | undefined
}

export type Step = Transfer | TransferEvent

/** What only the target has. */
export interface Deletions {
  readonly items: ReadonlyArray<TransferItem>
  /** What is kept all the same. */
  readonly events: ReadonlyArray<TransferEvent>
}

/** An empty object that shows a folder. */
const isMarker = ({ etag, path, size }: FileEntry): boolean =>
  etag !== undefined && size === 0 && (path === "" || path.endsWith("/"))

/** Decides on one pair after another, in the order of their paths. */
export const makePlan = (sides: Sides, { deletes, filter }: PlanOptions) => {
  /** What the source has but leaves out, and what is there in the target but can't be compared. */
  const left = new Map<string, SkipReason>()
  const blocked = new Map<string, OtherEntry>()
  /** Only the target has them. */
  const extra: Array<FileEntry> = []
  let isSourceWhole = true
  /** The files of the source whose paths the current one begins with. */
  let outer: Array<string> = []

  const item = (path: string, size?: number): TransferItem => ({
    action: sides.action,
    path,
    from: sides.from(path),
    to: sides.to(path),
    size
  })
  const deletion = (path: string, size?: number): TransferItem => ({
    action: "delete",
    path,
    from: undefined,
    to: sides.to(path),
    size
  })

  /** A file system can't hold both `a` and `a/b`. */
  const whyRefused = (path: string): KeyNotAFileName | undefined => {
    const refused = sides.refuse?.(path)
    if (refused !== undefined || sides.refuse === undefined) return refused
    outer = outer.filter((file) => path.startsWith(file))
    const file = outer.find((file) => path.startsWith(`${file}/`))
    if (file === undefined) {
      outer.push(path)
      return undefined
    }
    return sides.refuse(path, `${sides.from(file)} is a file, so it can't be a folder too`)
  }

  const decide = (source: FileEntry, target: FileEntry | undefined): Step => {
    const { path, size } = source
    const about = item(path, size)
    if (isMarker(source)) return TransferEvent.Skipped({ item: about, why: "folder-marker" })
    const refused = whyRefused(path)
    if (refused !== undefined) return TransferEvent.Failed({ item: about, error: refused })
    const other = lookUp(blocked, path)
    if (other?.kind === "left" && other.why === "symbolic-link") {
      return TransferEvent.Skipped({ item: about, why: other.why })
    }
    if (other !== undefined) {
      const cause = other.kind === "failed" ? other.error : new Error("what has its name isn't a regular file")
      return TransferEvent.Failed({ item: about, error: new CannotWriteFile({ path: sides.to(path), cause }) })
    }
    const comparison = target !== undefined && (sides.isSame?.(source, target) ?? false)
    if (comparison === true) return TransferEvent.Skipped({ item: about, why: "unchanged" })
    return {
      _tag: "Transfer",
      item: about,
      entry: source,
      isReplacement: target !== undefined,
      isUnchanged: comparison === false ? undefined : comparison
    }
  }

  const other = (source: OtherEntry): ReadonlyArray<Step> => {
    const { path } = source
    if (source.kind === "left") {
      left.set(path, source.why)
      return filter(path) ? [TransferEvent.Skipped({ item: item(path), why: source.why })] : []
    }
    if (!filter(path)) {
      // What a link leads to isn't read, so nothing below it is known to be extra.
      if (source.isDeadLink === true) left.set(path, "source-incomplete")
      if (source.isDeadLink === true || !source.isDirectory) return []
    }
    isSourceWhole = false
    return [TransferEvent.Failed({ item: item(path), error: source.error })]
  }

  const withoutSource = (target: Entry): ReadonlyArray<Step> => {
    if (target.kind !== "file") {
      blocked.set(target.path, target)
      return deletes && target.kind === "failed" && filter(target.path)
        ? [TransferEvent.Failed({ item: deletion(target.path), error: target.error })]
        : []
    }
    // The object that has the prefix itself for its key isn't in the folder.
    if (deletes && target.path !== "" && !isMarker(target) && filter(target.path)) extra.push(target)
    return []
  }

  return {
    steps: ({ source, target }: Pair): ReadonlyArray<Step> => {
      const file = target?.kind === "file" ? target : undefined
      const steps = target !== undefined && (source === undefined || file === undefined) ? withoutSource(target) : []
      if (source === undefined) return steps
      if (source.kind !== "file") return other(source)
      return filter(source.path) ? [decide(source, file)] : []
    },

    /** To be asked for at the end: only then it is known what the source lacks. */
    deletions: (): Deletions => {
      const items: Array<TransferItem> = []
      const events: Array<TransferEvent> = []
      for (const { isThroughLink = false, path, size } of extra) {
        const about = deletion(path, size)
        const why: SkipReason | undefined = !isSourceWhole
          ? "source-incomplete"
          : isThroughLink
          ? "symbolic-link"
          : lookUp(left, path)
        if (why === undefined) items.push(about)
        else events.push(TransferEvent.Skipped({ item: about, why }))
      }
      return { items, events }
    }
  }
}
