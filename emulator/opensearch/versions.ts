/**
 * The engine versions of the OpenSearch Service, and the upgrades among them, by AWS's pages "What is Amazon OpenSearch Service" and
 * "Upgrading Amazon OpenSearch Service domains" in November 2026.
 */

/** The versions, the newest first. */
export const versions: ReadonlyArray<string> = [
  ["OpenSearch", "3.3 3.1 2.19 2.17 2.15 2.13 2.11 2.9 2.7 2.5 2.3 1.3 1.2 1.1 1.0"],
  ["Elasticsearch", "7.10 7.9 7.8 7.7 7.4 7.1 6.8 6.7 6.5 6.4 6.3 6.2 6.0 5.6 5.5 5.3 5.1 2.3 1.5"]
].flatMap(([engine, numbers = ""]) => numbers.split(" ").map((number) => `${engine}_${number}`))

interface Version {
  readonly isElastic: boolean
  readonly major: number
  readonly minor: number
}

const parse = (version: string): Version => {
  const [engine, number = ""] = version.split("_")
  const [major = 0, minor = 0] = number.split(".").map(Number)
  return { isElastic: engine === "Elasticsearch", major, minor }
}

const canUpgrade = (from: Version, to: Version): boolean => {
  if (from.isElastic && to.isElastic) {
    if (from.major < 5) return false
    if (from.major === to.major) return to.minor > from.minor
    return (from.major === 5 && from.minor === 6 && to.major === 6) ||
      (from.major === 6 && from.minor === 8 && to.major === 7)
  }
  if (from.isElastic) return to.major === 1 && (from.major === 7 || (from.major === 6 && from.minor === 8))
  if (to.isElastic) return false
  if (from.major === to.major) return to.minor > from.minor
  return (from.major === 1 && from.minor === 3 && to.major === 2) ||
    (from.major === 2 && from.minor === 19 && to.major === 3)
}

/** The versions that a domain of this version can be upgraded to, the oldest first. */
export const upgradesOf = (version: string): ReadonlyArray<string> => {
  const from = parse(version)
  const key = ({ isElastic, major, minor }: Version) => (isElastic ? 0 : 1e6) + major * 1000 + minor
  return versions.map((name) => [name, parse(name)] as const)
    .filter(([, to]) => canUpgrade(from, to))
    .toSorted(([, a], [, b]) => key(a) - key(b))
    .map(([name]) => name)
}

/** Whether a version is at least this version of Elasticsearch. Every OpenSearch is. */
export const isAtLeast = (version: string, major: number, minor: number): boolean => {
  const parsed = parse(version)
  return !parsed.isElastic || parsed.major > major || (parsed.major === major && parsed.minor >= minor)
}
