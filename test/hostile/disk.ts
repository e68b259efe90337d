// File systems that are slow or full, in place of Node's own.
import { Effect } from "effect"
import * as fs from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"
import { NodeFs } from "../../services/internal/s3/files.ts"
import type { Disk } from "./operations.ts"

const full = () => Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" })

const lengthOf = (written: unknown): number =>
  Array.isArray(written)
    ? written.reduce((sum: number, { byteLength }) => sum + byteLength, 0)
    : (written as Uint8Array).byteLength

const worse = (handle: fs.FileHandle, before: (method: string, args: ReadonlyArray<unknown>) => Promise<void>) => {
  const changes = (["read", "write", "writev", "writeFile"] as const).map((method) => {
    const original = handle[method].bind(handle) as (...args: ReadonlyArray<unknown>) => Promise<unknown>
    return [method, async (...args: ReadonlyArray<unknown>) => {
      await before(method, args)
      return original(...args)
    }]
  })
  return Object.assign(handle, Object.fromEntries(changes))
}

/** Runs the effect on such a file system. */
export const disk = (disk: Disk | undefined) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  if (disk === undefined) return effect
  let left = disk._tag === "Full" ? disk.bytes : Infinity
  const before = async (method: string, args: ReadonlyArray<unknown>) => {
    if (disk._tag === "Slow") return sleep(disk.milliseconds)
    if (method === "read") return
    left -= typeof args[2] === "number" ? args[2] : lengthOf(args[0])
    if (left < 0) throw full()
  }
  return Effect.provideService(effect, NodeFs, {
    ...fs,
    open: async (...args: Parameters<typeof fs.open>) => worse(await fs.open(...args), before)
  })
}
