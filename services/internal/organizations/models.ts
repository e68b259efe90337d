import * as Schema from "effect/Schema"
import { accounts, organizations, units } from "./results.ts"

/**
 * An account of an organization.
 *
 * @category models
 * @since 0.1.0
 */
export class Account extends Schema.Class<Account>(accounts.identifier)({
  /** 12 digits. */
  id: Schema.String,
  arn: Schema.String,
  name: Schema.String,
  /**
   * `ACTIVE`, `PENDING_ACTIVATION`, `SUSPENDED` (by AWS), `PENDING_CLOSURE` or `CLOSED`. From an endpoint that only knows AWS's older
   * `Status`, it is that one, in which a closed account is `SUSPENDED`, too.
   */
  state: Schema.String,
  /** Whether it is the management account of the organization. */
  isManagement: Schema.Boolean,
  email: Schema.optionalKey(Schema.String),
  /** `CREATED` in the organization, or `INVITED` to it. */
  joinedMethod: Schema.optionalKey(Schema.String),
  joinedAt: Schema.optionalKey(Schema.Date)
}) {}

accounts.use(Account)

/**
 * An organizational unit.
 *
 * @category models
 * @since 0.1.0
 */
export class OrganizationalUnit extends Schema.Class<OrganizationalUnit>(units.identifier)({
  /** `ou-ab12-11111111`. */
  id: Schema.String,
  arn: Schema.String,
  name: Schema.String,
  /** The id of the root or the organizational unit that it is in. */
  parent: Schema.String
}) {}

units.use(OrganizationalUnit)

/**
 * An organization.
 *
 * @category models
 * @since 0.1.0
 */
export class Organization extends Schema.Class<Organization>(organizations.identifier)({
  /** `o-a1b2c3d4e5`. */
  id: Schema.String,
  arn: Schema.String,
  /** `ALL`, or `CONSOLIDATED_BILLING`. */
  featureSet: Schema.String,
  /** The id of the management account. */
  managementAccount: Schema.String,
  managementEmail: Schema.optionalKey(Schema.String)
}) {}

organizations.use(Organization)
