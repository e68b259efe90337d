// An estate in memory: accounts and regions in which a cluster left something behind, set up with the same commands as on AWS.
import { inEachPlace } from "../fleet/World.ts"
import { setUpWith } from "../tear-down/World.ts"

export const tag = { key: "cluster", value: "capture" }

/** The name of the bucket in a place: the names of all accounts are in one namespace. */
export const bucketOf = (account: string, region: string) => `capture-archive-${account}-${region}`

/** Creates the leftovers in each place of the targets; the roles once for each account. */
export const setUp = inEachPlace(({ account, isFirst, region }) =>
  setUpWith({ bucket: bucketOf(account, region), tag, withRole: isFirst })
)
