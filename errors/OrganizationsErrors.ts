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
 * The account of the credentials isn't in an organization: AWS's code is `AWSOrganizationsNotInUseException`. Use credentials of the
 * management account or of a delegated administrator.
 *
 * - `operation`: what was asked for, such as `ListAccounts`.
 *
 * **Example** (Work on the own account alone)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Sts } from "effect-aws-sdk"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const accounts = Organizations.listAccounts({ states: ["ACTIVE"] }).pipe(
 *   Stream.map(({ id }) => id),
 *   Stream.runCollect,
 *   Effect.catchTag("NotInOrganization", () => Effect.map(Sts.environment, ({ account }) => [account]))
 * )
 * ```
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
 * missing. AWS gives one answer to both.
 *
 * - `operation`: what was asked for, such as `ListAccounts`.
 * - `cause`: AWS's answer.
 *
 * **Example** (Say which permission to ask for)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const root = Organizations.rootId.pipe(
 *   Effect.tapErrorTag("OrganizationAccessDenied", ({ cause, operation }) =>
 *     Effect.logError(`Allow organizations:${operation} in the management account. AWS's request: ${cause.requestId}`))
 * )
 * ```
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
 * The organization has no root or organizational unit with this id. Check the id, and that the credentials belong to this
 * organization.
 *
 * - `parent`: the id that was given.
 *
 * **Example** (Skip an organizational unit that was deleted)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const accounts = Stream.fromIterable(["ou-ab12-11111111", "ou-ab12-22222222"]).pipe(
 *   Stream.flatMap((unit) =>
 *     Organizations.listAccountsOf(unit).pipe(
 *       Stream.catchTag("ParentDoesNotExist", ({ parent }) =>
 *         Stream.fromEffectDrain(Effect.logWarning(`There is no ${parent}`)))
 *     )
 *   )
 * )
 * ```
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
