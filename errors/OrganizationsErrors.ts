/**
 * The errors of organizations.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AwsError } from "./AwsError.ts"
import { codec } from "./internal/codec.ts"
import * as Internal from "./internal/organizationsErrors.ts"

/**
 * The account of the credentials isn't in an organization: AWS's code is `AWSOrganizationsNotInUseException`.
 *
 * @category errors
 * @since 0.1.0
 */
export const NotInOrganization = /* @__PURE__ */ codec(
  Internal.NotInOrganization,
  () => ({ operation: Schema.String }),
  404
)
/**
 * The type of {@link NotInOrganization:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type NotInOrganization = Internal.NotInOrganization

/**
 * AWS refused the call: the account of the credentials is a member that isn't a delegated administrator, or the permission is
 * missing.
 *
 * @category errors
 * @since 0.1.0
 */
export const OrganizationAccessDenied = /* @__PURE__ */ codec(
  Internal.OrganizationAccessDenied,
  () => ({ operation: Schema.String, cause: AwsError }),
  403
)
/**
 * The type of {@link OrganizationAccessDenied:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type OrganizationAccessDenied = Internal.OrganizationAccessDenied

/**
 * The organization has no root or organizational unit with this id.
 *
 * @category errors
 * @since 0.1.0
 */
export const ParentDoesNotExist = /* @__PURE__ */ codec(
  Internal.ParentDoesNotExist,
  () => ({ parent: Schema.String }),
  404
)
/**
 * The type of {@link ParentDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ParentDoesNotExist = Internal.ParentDoesNotExist
