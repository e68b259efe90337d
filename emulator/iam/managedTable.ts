/** The table of AWS managed policies. Only `managed.ts` loads this module, when a request first needs it. */
import { createHash } from "node:crypto"
import { managedPolicies } from "./managedPolicies.ts"

/** What AWS publishes about a policy of its own. */
export interface Published {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly default: string
  readonly created: Date
  readonly updated: Date
}

/** AWS doesn't publish the ids of its policies. Here they are made of the names, so that they are always the same. */
const idOf = (name: string): string => {
  const number = BigInt(`0x${createHash("sha256").update(name).digest("hex")}`)
  return `ANPA${number.toString(32).slice(0, 17).toUpperCase()}`
}

const dateOf = (seconds: string): Date => new Date(parseInt(seconds, 36) * 1000)

const read = (path: string, entry: string): Published => {
  const [name = "", version = "", created = "", updated = created] = entry.split(".")
  return { id: idOf(name), name, path, default: `v${version}`, created: dateOf(created), updated: dateOf(updated) }
}

/** The policies by path and name: `/service-role/AWSLambdaRole`. */
export const published: ReadonlyMap<string, Published> = new Map(
  Object.entries(managedPolicies).flatMap(([path, entries]) =>
    entries.trim().split(/\s+/).map((entry) => {
      const policy = read(path, entry)
      return [path + policy.name, policy] as const
    })
  )
)
