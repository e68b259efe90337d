// The targets of a fleet, which no program holds all at once.

export const regions = ["us-east-1", "eu-central-1", "eu-west-1", "ap-south-1"]

/** The accounts of this many places. */
export function* accountsOf(places: number): Generator<{ readonly account: string }, undefined> {
  for (let i = 0; i < places / regions.length; i++) yield { account: String(100_000_000_000 + i) }
  return undefined
}
