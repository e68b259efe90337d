/** The commands that create, describe, list, move and close accounts. */
import type * as sdk from "@aws-sdk/client-organizations"
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import { check, rules } from "./constraints.ts"
import * as Faults from "./faults.ts"
import { DAY, enter, enterWithAllFeatures, leave } from "./lifecycle.ts"
import * as Orgs from "./state.ts"

/** How long AWS takes here to create an account, and to close one, in milliseconds. On AWS, it takes a few minutes at most. */
const CREATION = 5_000
const CLOSURE = 180_000

/** The quota of accounts. AWS's default is 10, and raises it on request; this is the quota that an organization can have. */
const MOST_ACCOUNTS = 10_000

const MOST_CREATIONS = 5
const MOST_CLOSURES_AT_A_TIME = 3

/** How old an account that was created in the organization has to be before it can leave. */
const YOUNG = 7 * DAY

const creatable = /^[^\s"'()<>[\]:;,\\|%&@.][^\s"'()<>[\]:;,\\|%&@]*@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+$/

const toSdkStatus = (
  { done, id, name, outcome, requested }: Orgs.CreateRequest
): sdk.CreateAccountStatus => ({
  Id: id,
  AccountName: name,
  RequestedTimestamp: requested,
  ...(outcome === undefined
    ? { State: "IN_PROGRESS" }
    : {
      CompletedTimestamp: new Date(done),
      ...("account" in outcome
        ? { State: "SUCCEEDED", AccountId: outcome.account }
        : { State: "FAILED", FailureReason: outcome.failure })
    })
})

/** Refuses to let an account go that can't leave its organization. */
export const checkLeaving = (
  organization: Orgs.Organization,
  account: Orgs.Account,
  now: number
): Effect.Effect<void, Fault> => {
  const { closure, id, joined, joinedMethod } = account
  const problem = id === organization.management
    ? Faults.masterCannotLeave
    : organization.administrators.has(id)
    ? Faults.violation(
      "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
      "You can't remove an account that is a delegated administrator. Deregister it first."
    )
    : closure !== undefined
    ? Faults.violation(
      "ACCOUNT_CANNOT_LEAVE_ORGANIZATION",
      "You can't remove a closed account. It leaves the organization 90 days after its closure."
    )
    : joinedMethod === "CREATED" && now < joined.getTime() + YOUNG
    ? Faults.violation(
      "WAIT_PERIOD_ACTIVE",
      "This account was created less than seven days ago. It can leave the organization when it is older."
    )
    : undefined
  return problem === undefined ? Effect.void : Effect.fail(problem)
}

const withPaths = (organization: Orgs.Organization, account: Orgs.Account, now: number): sdk.Account => ({
  ...Orgs.toSdkAccount(organization, account, now),
  Paths: [`${Orgs.pathOf(organization, account.parent)}${account.id}/`]
})

const listed = Effect.fnUntraced(function*(
  [organization, now]: readonly [Orgs.Organization, number],
  accounts: Iterable<Orgs.Account>,
  input: Parameters<typeof Orgs.page>[2],
  context: Parameters<typeof Orgs.page>[0]
) {
  const [page, token] = yield* Orgs.page(context, accounts, input, Orgs.byOrder)
  return { Accounts: page.map((account) => withPaths(organization, account, now)), NextToken: token }
})

export const accounts: Orgs.OrganizationsHandlers = {
  CreateAccount: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, {
      Email: rules.email,
      AccountName: { required: true, min: 1, max: 50, pattern: "[\\u0020-\\u007E]+" },
      RoleName: { max: 64, pattern: "[\\w+=,.@-]{1,64}" },
      IamUserAccessToBilling: { enum: ["ALLOW", "DENY"] },
      Tags: rules.tags
    })
    const { AccountName: name, Email: email, RoleName: roleName = "OrganizationAccountAccessRole" } = checked
    if (roleName.startsWith("AWSServiceRoleFor")) {
      return yield* Faults.invalidInput(
        "INVALID_ROLE_NAME",
        "The name of a role can't begin with AWSServiceRoleFor, which is reserved for AWS."
      )
    }
    if (!creatable.test(email)) {
      return yield* Faults.invalidInput(
        "INVALID_PATTERN",
        "You provided a value that does not match the required pattern."
      )
    }
    const [organization, now] = yield* enter(state, context, "management")
    const { accounts, requests } = organization
    const tags = yield* Orgs.tags.add([], checked.Tags ?? [])
    const creating = [...requests.values()].filter(({ outcome }) => outcome === undefined).length
    if (creating >= MOST_CREATIONS) {
      return yield* Faults.violation(
        "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
        "You have exceeded the number of accounts that can be created at the same time."
      )
    }
    if (accounts.size + creating >= MOST_ACCOUNTS) {
      return yield* Faults.violation(
        "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
        "You have exceeded the allowed number of AWS accounts."
      )
    }
    const request: Orgs.CreateRequest = {
      id: Orgs.newId(context, "car-", 32),
      name,
      email,
      roleName,
      tags,
      order: organization.made++,
      requested: new Date(now),
      done: now + context.takes(CREATION),
      outcome: undefined
    }
    requests.set(request.id, request)
    return { CreateAccountStatus: toSdkStatus(request) }
  }),

  DescribeCreateAccountStatus: Effect.fnUntraced(function*(input, state, context) {
    const { CreateAccountRequestId: id } = yield* check(input, {
      CreateAccountRequestId: { required: true, max: 36, pattern: "car-[a-z0-9]{8,32}" }
    })
    const [{ requests }] = yield* enter(state, context, "administrators")
    const request = requests.get(id)
    return request === undefined ? yield* Faults.noRequest : { CreateAccountStatus: toSdkStatus(request) }
  }),

  ListCreateAccountStatus: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, {
      States: { each: { enum: ["IN_PROGRESS", "SUCCEEDED", "FAILED"] } },
      ...rules.page
    })
    const [{ requests }] = yield* enter(state, context, "administrators")
    const { States: states = [] } = checked
    const all = [...requests.values()]
      .filter((request) => states.length === 0 || states.includes(toSdkStatus(request).State!))
    const [page, token] = yield* Orgs.page(context, all, checked, Orgs.byOrder)
    return { CreateAccountStatuses: page.map(toSdkStatus), NextToken: token }
  }),

  DescribeAccount: Effect.fnUntraced(function*(input, state, context) {
    const { AccountId } = yield* check(input, { AccountId: rules.account })
    const [organization, now] = yield* enter(state, context, "administrators")
    return { Account: withPaths(organization, yield* Orgs.findAccount(organization, AccountId), now) }
  }),

  ListAccounts: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, rules.page)
    const entered = yield* enter(state, context, "administrators")
    return yield* listed(entered, entered[0].accounts.values(), checked, context)
  }),

  ListAccountsForParent: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, { ParentId: rules.parent, ...rules.page })
    const entered = yield* enter(state, context, "administrators")
    const { ParentId } = checked
    if (Orgs.containerOf(entered[0], ParentId) === undefined) return yield* Faults.noParent
    return yield* listed(entered, Orgs.accountsIn(entered[0], ParentId), checked, context)
  }),

  MoveAccount: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, {
      AccountId: rules.account,
      SourceParentId: rules.parent,
      DestinationParentId: rules.parent
    })
    const { AccountId, DestinationParentId: to, SourceParentId: from } = checked
    const [organization] = yield* enter(state, context, "management")
    const account = yield* Orgs.findAccount(organization, AccountId)
    if (Orgs.containerOf(organization, from) === undefined) return yield* Faults.noSource
    if (Orgs.containerOf(organization, to) === undefined) return yield* Faults.noDestination
    if (account.parent === to) return yield* Faults.duplicateAccount
    if (account.parent !== from) return yield* Faults.noAccount
    account.parent = to
    return {}
  }),

  RemoveAccountFromOrganization: Effect.fnUntraced(function*(input, state, context) {
    const { AccountId } = yield* check(input, { AccountId: rules.account })
    const [organization, now] = yield* enter(state, context, "management")
    yield* checkLeaving(organization, yield* Orgs.findAccount(organization, AccountId), now)
    leave(state, organization, AccountId)
    return {}
  }),

  LeaveOrganization: Effect.fnUntraced(function*(_, state, context) {
    const [organization, now] = yield* enter(state, context, "members")
    yield* checkLeaving(organization, yield* Orgs.findAccount(organization, context.account), now)
    leave(state, organization, context.account)
    return {}
  }),

  CloseAccount: Effect.fnUntraced(function*(input, state, context) {
    const { AccountId } = yield* check(input, { AccountId: rules.account })
    const [organization, now] = yield* enterWithAllFeatures(state, context, "management")
    const account = yield* Orgs.findAccount(organization, AccountId)
    if (AccountId === organization.management) {
      return yield* Faults.violation("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "You can't close the management account.")
    }
    if (account.closure !== undefined) {
      return yield* now < account.closure.done ? Faults.accountClosing : Faults.accountClosed
    }
    const all = [...organization.accounts.values()]
    if (all.filter(({ closure }) => closure !== undefined && now < closure.done).length >= MOST_CLOSURES_AT_A_TIME) {
      return yield* Faults.violation(
        "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED",
        "You have exceeded the number of accounts that can be closed at the same time."
      )
    }
    const recent = organization.closures.filter((time) => now - time < 30 * DAY)
    if (recent.length >= Math.min(1_000, Math.max(250, Math.floor((all.length - 1) / 5)))) {
      return yield* Faults.violation(
        "CLOSE_ACCOUNT_QUOTA_EXCEEDED",
        "You have exceeded the close account quota for the past 30 days."
      )
    }
    organization.closures = [...recent, now]
    account.closure = { requested: now, done: now + context.takes(CLOSURE) }
    return {}
  })
}
