// Which files of the build to join.

export interface File {
  readonly name: string
  readonly bytes: number
  /** The files of the build that it imports. */
  readonly imports: ReadonlyArray<string>
  /** The modules outside of the build that Node loads for it. */
  readonly externals: ReadonlySet<string>
}

interface Load {
  readonly files: ReadonlySet<ReadonlySet<string>>
  readonly bytes: number
  readonly externals: ReadonlySet<string>
}

/** What an entry may load that it doesn't need. V8 reads as much in the time that Node takes for a file. */
const unneeded = 40_000

/**
 * Joins files of which an entry then loads fewer. No entry loads another module from outside of the build than without the joins,
 * and none more than a few bytes that it doesn't need.
 *
 * - `entries`: the files that programs import.
 * - `joinable`: the files that may be joined.
 */
export const groupsOf = (
  files: ReadonlyMap<string, File>,
  entries: ReadonlyArray<string>,
  joinable: ReadonlyArray<string>
): ReadonlyArray<ReadonlySet<string>> => {
  const groupOf = new Map<string, ReadonlySet<string>>([...files.keys()].map((name) => [name, new Set([name])]))

  const importsOf = (group: ReadonlySet<string>): ReadonlySet<ReadonlySet<string>> => {
    const imports = new Set([...group].flatMap((name) => files.get(name)!.imports.map((name) => groupOf.get(name)!)))
    imports.delete(group)
    return imports
  }
  /** All groups that are loaded for this one. */
  const closureOf = (group: ReadonlySet<string>, loaded = new Set<ReadonlySet<string>>()) => {
    if (loaded.has(group)) return loaded
    loaded.add(group)
    for (const imported of importsOf(group)) closureOf(imported, loaded)
    return loaded
  }
  const loadOf = (entry: string): Load => {
    const loaded = closureOf(groupOf.get(entry)!)
    const all = [...loaded].flatMap((group) => [...group]).map((name) => files.get(name)!)
    return {
      files: loaded,
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      externals: new Set(all.flatMap(({ externals }) => [...externals]))
    }
  }
  const isInCycle = (group: ReadonlySet<string>): boolean =>
    [...importsOf(group)].some((imported) => closureOf(imported).has(group))
  const join = (group: ReadonlySet<string>) => group.forEach((name) => groupOf.set(name, group))

  const first = new Map(entries.map((entry) => [entry, loadOf(entry)]))
  let loads: ReadonlyMap<string, Load> = first
  let isDone = false
  while (!isDone) {
    isDone = true
    for (const [i, a] of joinable.entries()) {
      for (const b of joinable.slice(i + 1)) {
        const before = [groupOf.get(a)!, groupOf.get(b)!] as const
        if (before[0] === before[1]) continue
        const affected = entries.filter((entry) => before.some((group) => loads.get(entry)!.files.has(group)))
        if (!affected.some((entry) => before.every((group) => loads.get(entry)!.files.has(group)))) continue
        const group = new Set(before.flatMap((names) => [...names]))
        join(group)
        const after = affected.map((entry) => [entry, loadOf(entry)] as const)
        const isBetter = !isInCycle(group) &&
          after.every(([entry, { bytes, externals, files }]) =>
            files.size <= loads.get(entry)!.files.size && bytes <= first.get(entry)!.bytes + unneeded &&
            externals.size === first.get(entry)!.externals.size
          )
        if (isBetter) {
          loads = new Map([...loads, ...after])
          isDone = false
        } else before.forEach(join)
      }
    }
  }
  return [...new Set(joinable.map((name) => groupOf.get(name)!))].filter(({ size }) => size > 1)
}
