import * as Results from "../../../src/internal/results.ts"

export const domainStates = [
  "Creating",
  "Active",
  "Modifying",
  "UpgradingEngineVersion",
  "UpdatingServiceSoftware",
  "Isolated",
  "Deleting"
] as const

type DomainState = typeof domainStates[number]

export const isDomainState = Results.isOneOf(...domainStates)

/** The fields of `OpenSearch.DomainStatus`. */
interface DomainStatus {
  readonly name: string
  readonly state: DomainState
  readonly arn?: string
  readonly engineVersion?: string
  readonly endpoint?: string
}

export const domains = Results.model<DomainStatus>("effect-aws-sdk/OpenSearch/DomainStatus", {
  name: Results.isText,
  state: isDomainState,
  arn: Results.isAbsentOr(Results.isText),
  engineVersion: Results.isAbsentOr(Results.isText),
  endpoint: Results.isAbsentOr(Results.isText)
})
