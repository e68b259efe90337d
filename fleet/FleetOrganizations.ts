/**
 * The accounts of an organization as the targets of a fleet. Import it by its subpath, `effect-aws-sdk/FleetOrganizations`: it needs
 * the client of AWS Organizations.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { InvalidTarget } from "../errors/internal/fleetErrors.ts"
import { shown } from "../errors/internal/words.ts"
import * as Organizations from "../services/Organizations.ts"
import type { AwsClients } from "../src/AwsClients.ts"

/**
 * An account of an organization as a target of a fleet.
 *
 * @category models
 * @since 0.1.0
 */
export interface OrganizationTarget {
  /** The id of the account. */
  readonly account: string
  /** The name of the account. */
  readonly name: string
  /** The email address of its root user, if AWS says it. */
  readonly email?: string | undefined
  /** `ACTIVE` unless other states were asked for. */
  readonly state: string
  /** Whether it is the management account. */
  readonly isManagement: boolean
  /** The regions that were asked for. Without them, those of the fleet. */
  readonly regions?: ReadonlyArray<string> | undefined
}

/**
 * Options of {@link targets}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The ids of roots (`r-…`) and organizational units (`ou-…`) whose accounts to list, and those below them. By default all accounts
   * of the organization. An empty list has no accounts.
   */
  readonly parents?: ReadonlyArray<string> | undefined
  /** Whether to list the accounts in the organizational units below the `parents`. By default it does. */
  readonly recursive?: boolean | undefined
  /** The regions to work in. By default the `regions` of the fleet. */
  readonly regions?: ReadonlyArray<string> | undefined
  /** The ids of accounts to leave out. */
  readonly except?: ReadonlyArray<string> | undefined
  /** The ids of roots and organizational units whose accounts to leave out, and those below them. */
  readonly exceptParents?: ReadonlyArray<string> | undefined
  /** The states of accounts to list. By default `["ACTIVE"]`: nothing can be done in an account that is closed or suspended. */
  readonly states?: ReadonlyArray<string> | undefined
  /**
   * Whether the management account is among the targets. By default it isn't: AWS creates no `OrganizationAccountAccessRole` in it. See
   * {@link memberRole} for the role of a fleet that includes it.
   */
  readonly management?: "exclude" | "include" | undefined
}

/**
 * Why there are no targets, or no more.
 *
 * @category models
 * @since 0.1.0
 */
export type TargetsError = InvalidTarget | Organizations.ParentDoesNotExist | Organizations.OrganizationError

/** The first account id that isn't one. It would leave nothing out. */
const problemWith = (except: Iterable<unknown>): InvalidTarget | undefined => {
  for (const account of except) {
    if (typeof account !== "string" || !/^\d{12}$/.test(account)) {
      return new InvalidTarget({
        target: shown(account),
        description: "It is in `except`, which has to have the ids of accounts, as texts of 12 digits."
      })
    }
  }
  return undefined
}

/**
 * The accounts of an organization as targets, each once. Nothing is kept: the first targets come before the last page is read, and
 * pages are read as fast as the targets are used.
 *
 * - `parents`, `recursive`: which accounts. By default all of the organization.
 * - `states`: only those in these states; `["ACTIVE"]` by default.
 * - `management`: whether the management account is among them. By default it isn't.
 * - `except`: the ids of accounts to leave out.
 * - `exceptParents`: the ids of organizational units whose accounts to leave out, with those below them. They are read before the
 *   first target.
 * - `regions`: the regions of each target. By default those of the fleet.
 *
 * **Errors**: `NotInOrganization`; `OrganizationAccessDenied`; `ParentDoesNotExist`, also for one of `exceptParents`;
 * `InvalidTarget` for an `except` that isn't the id of an account; `AwsError` for anything else. An error ends the Stream: what
 * `Fleet.forEach` has begun ends first.
 *
 * **Requires** `AwsClients` with credentials of the management account or of a delegated administrator, with the permission
 * `organizations:ListAccounts`; with `parents` or `exceptParents`, `organizations:ListAccountsForParent` and
 * `organizations:ListOrganizationalUnitsForParent`.
 *
 * **Example** (Who we are in each account)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { Default, Fleet, Sts } from "effect-aws-sdk"
 * import * as FleetOrganizations from "effect-aws-sdk/FleetOrganizations"
 *
 * const identities = Fleet.forEach(FleetOrganizations.targets({ except: ["123456789012"] }), Sts.environment).pipe(
 *   Stream.provide(Fleet.layer({ role: "OrganizationAccountAccessRole", sessionName: "audit" })),
 *   Stream.provide(Default.layer())
 * )
 * ```
 *
 * **Example** (All accounts but those of an organizational unit)
 *
 * ```ts
 * import * as FleetOrganizations from "effect-aws-sdk/FleetOrganizations"
 *
 * const targets = FleetOrganizations.targets({ exceptParents: ["ou-examplerootid111-sandboxes1"] })
 * ```
 *
 * AWS: [ListAccounts](https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html),
 * [ListAccountsForParent](https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html)
 *
 * @category targets
 * @since 0.1.0
 */
export const targets = (options: Options = {}): Stream.Stream<OrganizationTarget, TargetsError, AwsClients> =>
  Stream.suspend(() => {
    const {
      except = [],
      exceptParents = [],
      management = "exclude",
      parents,
      recursive = true,
      regions,
      states = ["ACTIVE"]
    } = options
    // Those that were left out and those that came already, in another parent or on another page.
    const done = new Set(except)
    const problem = problemWith(done)
    if (problem !== undefined) return Stream.fail(problem)
    const accounts: Stream.Stream<Organizations.Account, TargetsError, AwsClients> = parents === undefined
      ? Organizations.listAccounts({ states })
      : Stream.flatMap(
        Stream.fromIterable(parents),
        (parent) => Organizations.listAccountsOf(parent, { recursive, states })
      )
    // An account is in one parent at a time, so those that are left out have to be known before.
    const leaveOut = Stream.fromIterable(exceptParents).pipe(
      Stream.flatMap((parent) => Organizations.listAccountsOf(parent, { recursive: true })),
      Stream.runForEach(({ id }) => Effect.sync(() => done.add(id)))
    )
    return Stream.unwrap(Effect.as(leaveOut, accounts)).pipe(
      Stream.filter(({ id, isManagement }) => {
        if (done.has(id) || (isManagement && management !== "include")) return false
        done.add(id)
        return true
      }),
      Stream.map(({ email, id, isManagement, name, state }): OrganizationTarget => ({
        account: id,
        name,
        ...(email !== undefined && { email }),
        state,
        isManagement,
        ...(regions !== undefined && { regions })
      }))
    )
  })

/**
 * The `role` of a fleet whose targets include the management account: this role in the member accounts, and the fleet's own
 * credentials in the management account, to which they have to belong. It asks once which account that is.
 *
 * - `role`: a name, a path and a name, or an ARN with `{account}`, as `Fleet.layer` takes it.
 *
 * **Errors**: `NotInOrganization`; `OrganizationAccessDenied`; `AwsError` for anything else.
 *
 * **Requires** `AwsClients` with the permission `organizations:DescribeOrganization`.
 *
 * **Example** (A fleet over all accounts)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Default, Fleet } from "effect-aws-sdk"
 * import * as FleetOrganizations from "effect-aws-sdk/FleetOrganizations"
 *
 * const fleet = FleetOrganizations.memberRole("OrganizationAccountAccessRole").pipe(
 *   Effect.map((role) => Fleet.layer({ role, sessionName: "audit" })),
 *   Layer.unwrap,
 *   Layer.provide(Default.layer())
 * )
 *
 * const all = FleetOrganizations.targets({ management: "include" })
 * ```
 *
 * AWS: [DescribeOrganization](https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html)
 *
 * @category targets
 * @since 0.1.0
 */
export const memberRole = (
  role: string
): Effect.Effect<(account: string) => string | undefined, Organizations.OrganizationError, AwsClients> =>
  Effect.map(
    Organizations.organization,
    ({ managementAccount }) => (account) => account === managementAccount ? undefined : role
  )
