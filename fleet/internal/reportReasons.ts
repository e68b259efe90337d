// Why places failed and things were refused, each reason once.
import type { Entry, PlaceOutcome } from "./reportModel.ts"

export interface Reason {
  places: number
  items: number
  readonly outcome: PlaceOutcome
  readonly why: string
}

/** The account and region left open, and without the ids of requests, which differ in all of them. */
const general = (text: string, { account, region }: Entry): string => {
  const why = text.replace(/ \[request [^\]]*\]/g, "")
  const ofAccount = account === "" ? why : why.replaceAll(account, "{account}")
  if (region === "") return ofAccount
  // Roles are assumed in one region, which isn't the place's, even if it has the same name.
  return ofAccount.split(region).reduce((text, part) =>
    `${text}${text.endsWith("STS.AssumeRole in ") ? region : "{region}"}${part}`
  )
}

/** The reasons, by how many places have them. A reason that names its own account or region is the same one in all places. */
export const reasonsOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<Reason> => {
  const reasons = new Map<string, Reason>()
  for (const entry of entries) {
    const inPlace = new Map<string, { outcome: "Failed" | "Refused"; why: string; items: number }>()
    const add = (outcome: "Failed" | "Refused", text: string, items: number) => {
      const why = general(text, entry)
      const key = `${outcome} ${why}`
      inPlace.set(key, { outcome, why, items: (inPlace.get(key)?.items ?? 0) + items })
    }
    if (entry.failure !== undefined) add("Failed", entry.failure, 0)
    for (const { outcome, why = "" } of entry.items) if (outcome === "Refused") add("Refused", why, 1)
    for (const [key, { items, outcome, why }] of inPlace) {
      const reason = reasons.get(key)
      if (reason === undefined) reasons.set(key, { places: 1, items, outcome, why })
      else {
        reason.places++
        reason.items += items
      }
    }
  }
  return [...reasons.values()].sort((a, b) => b.places - a.places)
}
