/**
 * AWS Organizations. Import it by its subpath, `effect-aws-sdk/Organizations`: the root doesn't load its client.
 *
 * @since 0.1.0
 */
import {
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListRootsCommand,
  type OrganizationsClient
} from "@aws-sdk/client-organizations"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { OrganizationsCodes } from "../errors/codes/Organizations.ts"
import type { AwsError } from "../errors/internal/awsError.ts"
import {
  NotInOrganization,
  OrganizationAccessDenied,
  ParentDoesNotExist
} from "../errors/internal/organizationsErrors.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import type { AwsService } from "../src/AwsService.ts"
import { readMembers, readPages } from "../src/internal/members.ts"
import { check, type Problem } from "./internal/invalid.ts"
import type { Account, Organization, OrganizationalUnit } from "./internal/organizations/models.ts"
import { accountOf, organizationOf, unitOf } from "./internal/organizations/results.ts"
import * as organizations from "./internal/organizations/service.ts"

export * from "../errors/OrganizationsErrors.ts"
export { Account, Organization, OrganizationalUnit } from "./internal/organizations/models.ts"

/**
 * Sends any command of Organizations with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-organizations`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `organizations:DescribeAccount`, for example.
 *
 * **Example** (The name of an account)
 *
 * ```ts
 * import { DescribeAccountCommand } from "@aws-sdk/client-organizations"
 * import { Effect } from "effect"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const nameOf = (AccountId: string) =>
 *   Organizations.send(new DescribeAccountCommand({ AccountId })).pipe(Effect.map(({ Account }) => Account?.Name))
 * ```
 *
 * AWS: [DescribeAccount](https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send: AwsService<OrganizationsClient, OrganizationsCodes>["send"] = organizations.send

/**
 * The pages of any paginated command of Organizations: the SDK's outputs. Each page is fetched when it is needed.
 *
 * - `command`: the command for the first page.
 * - `readAhead`: whether to fetch the next page while your program processes the current one; `false` by default.
 * - `token`: makes the next input from a page, for a command whose tokens aren't known.
 *
 * **Errors**: the `AwsError` of the first page that fails. It ends the Stream. If a page has a token that isn't known, its reason is
 * `Misconfigured` and its code `PaginationTokenUnknown`.
 *
 * **Requires** the permission of the command.
 *
 * A page may be empty although more pages follow.
 *
 * **Example** (Count the service control policies)
 *
 * ```ts
 * import { ListPoliciesCommand } from "@aws-sdk/client-organizations"
 * import { Stream } from "effect"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const count = Organizations.pages(new ListPoliciesCommand({ Filter: "SERVICE_CONTROL_POLICY" })).pipe(
 *   Stream.map(({ Policies = [] }) => Policies.length),
 *   Stream.runSum
 * )
 * ```
 *
 * AWS: [ListPolicies](https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPolicies.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages: AwsService<OrganizationsClient, OrganizationsCodes>["pages"] = organizations.pages

/**
 * The elements on all pages of any paginated command of Organizations, page by page.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The tags of an account)
 *
 * ```ts
 * import { ListTagsForResourceCommand } from "@aws-sdk/client-organizations"
 * import { Stream } from "effect"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const tags = (ResourceId: string) =>
 *   Organizations.items(new ListTagsForResourceCommand({ ResourceId }), (page) => page.Tags).pipe(Stream.runCollect)
 * ```
 *
 * AWS: [ListTagsForResource](https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTagsForResource.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const items: AwsService<OrganizationsClient, OrganizationsCodes>["items"] = organizations.items

/**
 * Why the organization couldn't be read.
 *
 * @category models
 * @since 0.1.0
 */
export type OrganizationError = NotInOrganization | OrganizationAccessDenied | AwsError

/** The error of a call as the user acts on it. */
const errorOf = (operation: string) => (error: AwsError): OrganizationError =>
  error.code === "AWSOrganizationsNotInUseException"
    ? new NotInOrganization({ operation })
    : error.reason._tag === "AccessDenied"
    ? new OrganizationAccessDenied({ operation, cause: error })
    : error

/** The same for a call about a root or an organizational unit. */
const errorOfParent =
  (operation: string, parent: string) => (error: AwsError): ParentDoesNotExist | OrganizationError =>
    error.code === "ParentNotFoundException" ? new ParentDoesNotExist({ parent }) : errorOf(operation)(error)

const problemOfParent = (parent: string): Problem | undefined =>
  /^(?:r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$/.test(parent) ? undefined : {
    code: "InvalidParent",
    description: `\`parent\` is ${JSON.stringify(parent)}`,
    advice: "Pass the id of a root, such as r-ab12, or of an organizational unit, such as ou-ab12-11111111."
  }

/** Refuses a text that can't be the id of a parent: it asks AWS for nothing. */
const checkParent = (operation: string, parent: string): Stream.Stream<never, AwsError, AwsClients> =>
  Stream.fromEffectDrain(Effect.suspend(() => check("Organizations", operation, problemOfParent(parent))))

const named = (operation: string) => ({ service: "Organizations", operation })

/**
 * The organization of the account. Each of its accounts may ask.
 *
 * **Errors**: `NotInOrganization`; `OrganizationAccessDenied` without the permission; `AwsError` for anything else.
 *
 * **Requires** the permission `organizations:DescribeOrganization`.
 *
 * **Example** (The id of the management account)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const management = Effect.map(Organizations.organization, ({ managementAccount }) => managementAccount)
 * ```
 *
 * AWS: [DescribeOrganization](https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html)
 *
 * @category organization
 * @since 0.1.0
 */
export const organization: Effect.Effect<Organization, OrganizationError, AwsClients> = /* @__PURE__ */ Effect
  .suspend(() => organizations.send(new DescribeOrganizationCommand({}))).pipe(
    Effect.flatMap((output) =>
      readMembers(
        named("DescribeOrganization"),
        output,
        ({ Organization }, need) => organizationOf(need(Organization, "Organization"), need)
      )
    ),
    Effect.mapError((error) => errorOf("DescribeOrganization")(error)),
    Effect.withSpan("Organizations.organization")
  )

/**
 * The id of the organization's root: `r-ab12`. All organizational units and accounts are below it.
 *
 * **Errors**: `NotInOrganization`; `OrganizationAccessDenied`; `AwsError` for anything else.
 *
 * **Requires** the permission `organizations:ListRoots`, and credentials of the management account or of a delegated administrator.
 *
 * **Example** (The organizational units right below the root)
 *
 * ```ts
 * import { Stream } from "effect"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const units = Stream.fromEffect(Organizations.rootId).pipe(Stream.flatMap((root) => Organizations.listUnitsOf(root)))
 * ```
 *
 * AWS: [ListRoots](https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListRoots.html)
 *
 * @category organization
 * @since 0.1.0
 */
export const rootId: Effect.Effect<string, OrganizationError, AwsClients> = /* @__PURE__ */ Effect.suspend(() =>
  readPages(
    named("ListRoots"),
    organizations.pages(new ListRootsCommand({})),
    ({ Roots }, need) => need(Roots, "Roots").map(({ Id }) => need(Id, "Id"))
  ).pipe(
    Stream.runHead,
    // An organization has one root.
    Effect.flatMap((root) =>
      readMembers(named("ListRoots"), { root: Option.getOrUndefined(root) }, ({ root }, need) => need(root, "Roots"))
    )
  )
).pipe(
  Effect.mapError((error) => errorOf("ListRoots")(error)),
  Effect.withSpan("Organizations.rootId")
)

/**
 * The options of {@link listAccounts}.
 *
 * @category models
 * @since 0.1.0
 */
export interface AccountOptions {
  /** Only accounts in these states, such as `["ACTIVE"]`. By default those in any, also if they are closed or suspended. */
  readonly states?: ReadonlyArray<string> | undefined
}

/** AWS doesn't select accounts by their state. */
const inStates =
  (options: AccountOptions | undefined) =>
  <E, R>(accounts: Stream.Stream<Account, E, R>): Stream.Stream<Account, E, R> => {
    const states = options?.states
    return states === undefined ? accounts : Stream.filter(accounts, ({ state }) => states.includes(state))
  }

/**
 * The accounts of the organization, page by page as they are read.
 *
 * - `states`: only those in these states. By default all, also those that are closed or suspended.
 *
 * **Errors**: `NotInOrganization`; `OrganizationAccessDenied` for an account that is neither the management account nor a delegated
 * administrator, or without the permission; `AwsError` for anything else.
 *
 * **Requires** the permission `organizations:ListAccounts`, and credentials of the management account or of a delegated administrator.
 *
 * **Example** (The ids of the accounts that can be used)
 *
 * ```ts
 * import { Stream } from "effect"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const ids = Organizations.listAccounts({ states: ["ACTIVE"] }).pipe(Stream.map(({ id }) => id))
 * ```
 *
 * AWS: [ListAccounts](https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html)
 *
 * @category accounts
 * @since 0.1.0
 */
export const listAccounts = (options?: AccountOptions): Stream.Stream<Account, OrganizationError, AwsClients> =>
  readPages(
    named("ListAccounts"),
    organizations.pages(new ListAccountsCommand({})),
    ({ Accounts }, need) => need(Accounts, "Accounts").map((account) => accountOf(account, need))
  ).pipe(Stream.mapError(errorOf("ListAccounts")), inStates(options))

/**
 * The options of {@link listUnitsOf} and, with those of {@link listAccounts}, of {@link listAccountsOf}.
 *
 * @category models
 * @since 0.1.0
 */
export interface ParentOptions {
  /** Whether to go down to the organizational units below, and to those below them; `false` by default. */
  readonly recursive?: boolean | undefined
}

/**
 * The organizational units in a root or an organizational unit.
 *
 * - `parent`: the id of the root (`r-…`) or the organizational unit (`ou-…`).
 * - `recursive`: whether to list those below them, too, each right before those in it; `false` by default.
 *
 * **Errors**: `ParentDoesNotExist`; `NotInOrganization`; `OrganizationAccessDenied`; `AwsError` for anything else. Its reason is
 * `Misconfigured` for a text that can't be the id of a parent.
 *
 * **Requires** the permission `organizations:ListOrganizationalUnitsForParent`, and credentials of the management account or of a
 * delegated administrator.
 *
 * **Example** (Find an organizational unit by its name)
 *
 * ```ts
 * import { Stream } from "effect"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const production = Organizations.listUnitsOf("r-ab12", { recursive: true }).pipe(
 *   Stream.filter(({ name }) => name === "production"),
 *   Stream.runHead
 * )
 * ```
 *
 * AWS: [ListOrganizationalUnitsForParent](https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListOrganizationalUnitsForParent.html)
 *
 * @category organization
 * @since 0.1.0
 */
export const listUnitsOf = (
  parent: string,
  options?: ParentOptions
): Stream.Stream<OrganizationalUnit, ParentDoesNotExist | OrganizationError, AwsClients> => {
  const units = readPages(
    named("ListOrganizationalUnitsForParent"),
    organizations.pages(new ListOrganizationalUnitsForParentCommand({ ParentId: parent })),
    ({ OrganizationalUnits }, need) =>
      need(OrganizationalUnits, "OrganizationalUnits").map((unit) => unitOf(unit, parent, need))
  ).pipe(Stream.mapError(errorOfParent("ListOrganizationalUnitsForParent", parent)))
  return Stream.concat(
    checkParent("listUnitsOf", parent),
    options?.recursive === true
      ? Stream.flatMap(units, (unit) => Stream.concat(Stream.make(unit), listUnitsOf(unit.id, options)))
      : units
  )
}

/**
 * The accounts in a root or an organizational unit.
 *
 * - `parent`: the id of the root (`r-…`) or the organizational unit (`ou-…`).
 * - `recursive`: whether to list the accounts in the organizational units below, too; `false` by default.
 * - `states`: only those in these states. By default all, also those that are closed or suspended.
 *
 * It makes one call for a page of accounts, and with `recursive` at least two for each organizational unit. For all accounts of the
 * organization, {@link listAccounts} makes fewer calls.
 *
 * **Errors**: `ParentDoesNotExist`; `NotInOrganization`; `OrganizationAccessDenied`; `AwsError` for anything else. Its reason is
 * `Misconfigured` for a text that can't be the id of a parent.
 *
 * **Requires** the permission `organizations:ListAccountsForParent` and, with `recursive`,
 * `organizations:ListOrganizationalUnitsForParent`, and credentials of the management account or of a delegated administrator.
 *
 * **Example** (The names of the accounts in an organizational unit)
 *
 * ```ts
 * import { Stream } from "effect"
 * import * as Organizations from "effect-aws-sdk/Organizations"
 *
 * const names = Organizations.listAccountsOf("ou-ab12-11111111", { recursive: true }).pipe(Stream.map(({ name }) => name))
 * ```
 *
 * AWS: [ListAccountsForParent](https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html),
 * [ListOrganizationalUnitsForParent](https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListOrganizationalUnitsForParent.html)
 *
 * @category accounts
 * @since 0.1.0
 */
export const listAccountsOf = (
  parent: string,
  options?: ParentOptions & AccountOptions
): Stream.Stream<Account, ParentDoesNotExist | OrganizationError, AwsClients> => {
  const own = readPages(
    named("ListAccountsForParent"),
    organizations.pages(new ListAccountsForParentCommand({ ParentId: parent })),
    ({ Accounts }, need) => need(Accounts, "Accounts").map((account) => accountOf(account, need))
  ).pipe(Stream.mapError(errorOfParent("ListAccountsForParent", parent)), inStates(options))
  return Stream.concat(
    checkParent("listAccountsOf", parent),
    options?.recursive === true
      ? Stream.concat(own, Stream.flatMap(listUnitsOf(parent), ({ id }) => listAccountsOf(id, options)))
      : own
  )
}
