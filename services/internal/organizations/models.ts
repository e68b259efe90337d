import * as Schema from "effect/Schema"
import { accounts, organizations, units } from "./results.ts"

/**
 * An account of an organization.
 *
 * **Example** (The accounts that joined this year)
 *
 * ```ts
 * import { Stream } from "effect"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const joined = Organizations.listAccounts().pipe(
 *   Stream.filter(({ isManagement, joinedAt }) => !isManagement && joinedAt !== undefined && joinedAt.getFullYear() === 2026),
 *   Stream.map(({ email, name }) => `${name} (${email})`)
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class Account extends Schema.Class<Account>(accounts.identifier)({
  /** 12 digits. */
  id: Schema.String,
  /** `arn:aws:organizations::111111111111:account/o-…/222222222222`. */
  arn: Schema.String,
  /** The name that was given to the account. */
  name: Schema.String,
  /**
   * `ACTIVE`, `PENDING_ACTIVATION`, `SUSPENDED` (by AWS), `PENDING_CLOSURE` or `CLOSED`. From an endpoint that only knows AWS's older
   * `Status`, it is that one, in which a closed account is `SUSPENDED`, too.
   */
  state: Schema.String,
  /** Whether it is the management account of the organization. */
  isManagement: Schema.Boolean,
  /** The address of the account's root user. */
  email: Schema.optionalKey(Schema.String),
  /** `CREATED` in the organization, or `INVITED` to it. */
  joinedMethod: Schema.optionalKey(Schema.String),
  /** When the account became a member. */
  joinedAt: Schema.optionalKey(Schema.Date)
}) {}

accounts.use(Account)

/**
 * An organizational unit.
 *
 * **Example** (Each organizational unit, and where it is)
 *
 * ```ts
 * import { Console, Stream } from "effect"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const shown = Organizations.listUnitsOf("r-ab12", { recursive: true }).pipe(
 *   Stream.runForEach(({ id, name, parent }) => Console.log(`${name} (${id}) in ${parent}`))
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class OrganizationalUnit extends Schema.Class<OrganizationalUnit>(units.identifier)({
  /** `ou-ab12-11111111`. */
  id: Schema.String,
  /** `arn:aws:organizations::111111111111:ou/o-…/ou-…`. */
  arn: Schema.String,
  /** The name that was given to the unit. */
  name: Schema.String,
  /** The id of the root or the organizational unit that it is in. */
  parent: Schema.String
}) {}

units.use(OrganizationalUnit)

/**
 * An organization.
 *
 * **Example** (Whether service control policies can be used)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const hasPolicies = Organizations.organization.pipe(Effect.map(({ featureSet }) => featureSet === "ALL"))
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class Organization extends Schema.Class<Organization>(organizations.identifier)({
  /** `o-a1b2c3d4e5`. */
  id: Schema.String,
  /** `arn:aws:organizations::111111111111:organization/o-…`. */
  arn: Schema.String,
  /** `ALL`, or `CONSOLIDATED_BILLING`. */
  featureSet: Schema.String,
  /** The id of the management account. */
  managementAccount: Schema.String,
  /** The address of the management account's root user. */
  managementEmail: Schema.optionalKey(Schema.String)
}) {}

organizations.use(Organization)
