// Events as rules, archives and targets get them.

export interface Event {
  readonly version: "0"
  readonly id: string
  readonly "detail-type": string
  readonly source: string
  readonly account: string
  readonly time: string
  readonly region: string
  readonly resources: ReadonlyArray<string>
  readonly detail: unknown
  /** Only in an event that a replay sends again. */
  readonly "replay-name"?: string
}

/** Where a bus is. */
export interface Place {
  readonly account: string
  readonly region: string
}

/** Times of events have no fractions of seconds. */
export const timeOf = (millis: number): string => `${new Date(millis).toISOString().slice(0, 19)}Z`

type Content = Pick<Event, "detail-type" | "id" | "source"> & {
  readonly detail: unknown
  readonly resources?: ReadonlyArray<string> | undefined
  /** By default the present time. */
  readonly time?: string | undefined
}

export const eventOf = (
  { detail, id, resources = [], source, time, ...rest }: Content,
  now: number,
  { account, region }: Place
): Event => ({
  version: "0",
  id,
  "detail-type": rest["detail-type"],
  source,
  account,
  time: time ?? timeOf(now),
  region,
  resources,
  detail
})
