import * as Schema from "effect/Schema"
import { domains, domainStates } from "./results.ts"

/**
 * The processing state of a domain.
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
 * @category models
 * @since 0.1.0
 */
export class DomainStatus extends Schema.Class<DomainStatus>(domains.identifier)({
  name: Schema.String,
  state: DomainState,
  arn: Schema.optionalKey(Schema.String),
  /** `OpenSearch_2.19`. */
  engineVersion: Schema.optionalKey(Schema.String),
  /** The host for requests; for a domain in a VPC, the host inside the VPC. Missing until the domain is created. */
  endpoint: Schema.optionalKey(Schema.String)
}) {}

domains.use(DomainStatus)
