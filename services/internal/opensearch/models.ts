import * as Schema from "effect/Schema"
import { domains, domainStates } from "./results.ts"

/**
 * The processing state of a domain, as a Schema. The names are AWS's: `Creating`, `Active`, `Modifying`, `UpgradingEngineVersion`,
 * `UpdatingServiceSoftware`, `Isolated` and `Deleting`.
 *
 * **Example** (Store the state with the time)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { OpenSearch } from "effect-aws-sdk"
 *
 * class Seen extends Schema.Class<Seen>("Seen")({ domain: Schema.String, state: OpenSearch.DomainState, at: Schema.Date }) {}
 *
 * const seen = new Seen({ domain: "logs", state: "Active", at: new Date() })
 * ```
 *
 * AWS: [DomainStatus](https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DomainStatus.html)
 *
 * @category models
 * @since 0.1.0
 */
export const DomainState = Schema.Literals(domainStates)

/**
 * The processing state of a domain.
 *
 * @category models
 * @since 0.1.0
 */
export type DomainState = typeof DomainState.Type

/**
 * The status of a domain.
 *
 * **Example** (The address of a domain as soon as it has one)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { OpenSearch } from "effect-aws-sdk"
 *
 * const address = OpenSearch.watchDomain("logs").pipe(
 *   Stream.map(({ endpoint }) => endpoint),
 *   Stream.filter((endpoint) => endpoint !== undefined),
 *   Stream.runHead
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class DomainStatus extends Schema.Class<DomainStatus>(domains.identifier)({
  /** The name of the domain: `logs`. */
  name: Schema.String,
  /** What AWS does with the domain at present. */
  state: DomainState,
  /** The ARN of the domain. */
  arn: Schema.optionalKey(Schema.String),
  /** `OpenSearch_2.19`. */
  engineVersion: Schema.optionalKey(Schema.String),
  /** The host for requests; for a domain in a VPC, the host inside the VPC. Missing until the domain is created. */
  endpoint: Schema.optionalKey(Schema.String)
}) {}

domains.use(DomainStatus)
