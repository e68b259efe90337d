// What bundles are made of: the bytes of each module.
import type { Metafile } from "esbuild"

/** The parts of a bundle: those of the SDK, of Effect, and of this library. */
type Part = "SDK" | "Effect" | "this library"

const partOf = (file: string): Part =>
  file.includes("node_modules/effect/")
    ? "Effect"
    : /node_modules\/(?:@aws|@aws-sdk|@smithy)\//.test(file)
    ? "SDK"
    : "this library"

/** A module by its path: in the package of Effect, or in this repository. */
const nameOf = (file: string): string => file.replace(/^.*node_modules\//, "").replace(/^(?:\.\.\/)+/, "")

export type Sizes = ReadonlyMap<string, number>

/** The bytes that each module has in a bundle. */
export const sizesOf = ({ outputs }: Metafile): Sizes =>
  new Map(
    Object.values(outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).map(([file, { bytesInOutput }]) => [file, bytesInOutput] as const)
    )
  )

const kilobytes = (bytes: number): string => (bytes / 1e3).toFixed(1)

const sum = (sizes: Sizes, part: Part): number =>
  [...sizes].reduce((sum, [file, bytes]) => sum + (partOf(file) === part ? bytes : 0), 0)

const row = (cells: ReadonlyArray<string | number>): string => `| ${cells.join(" | ")} |`

/**
 * A table of what a bundle with this library has beyond that of the raw SDK: the parts, and their modules from a kilobyte on.
 *
 * - `floor`: a program with nothing but Effect.
 */
export const breakdown = (work: string, raw: Sizes, ours: Sizes, floor: Sizes): string => {
  const large = (part: Part) => {
    const modules = [...ours].filter(([file]) => partOf(file) === part).sort(([, a], [, b]) => b - a)
    const named = modules.filter(([, bytes]) => bytes >= 1_000)
    const rest = modules.slice(named.length)
    return [
      ...named.map(([file, bytes]) => `${nameOf(file)} ${kilobytes(bytes)}`),
      `${rest.length} others ${kilobytes(rest.reduce((sum, [, bytes]) => sum + bytes, 0))}`
    ].join(", ")
  }
  const beyond = sum(ours, "SDK") - sum(raw, "SDK")
  return [
    row([work, "KB", "modules"]),
    row(["---", "---:", "---"]),
    row(["Effect", kilobytes(sum(ours, "Effect")), large("Effect")]),
    row(["of it, what `Effect.runPromise(Effect.void)` takes", kilobytes(sum(floor, "Effect")), ""]),
    row(["this library", kilobytes(sum(ours, "this library") - sum(raw, "this library")), large("this library")]),
    row([
      "the SDK, beyond the raw program",
      kilobytes(beyond),
      "longer names, and commands that the raw program doesn't use"
    ])
  ].join("\n")
}
