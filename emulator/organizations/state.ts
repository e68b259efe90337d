/** In-memory Organizations: the state of all organizations, and what the commands share (ids, ARNs, lookups, tags, pages). */
import type * as sdk from "@aws-sdk/client-organizations"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext, Handlers } from "../engine/service.ts"
import { base36, digits, textOf } from "../support/ids.ts"
import { numberKey } from "../support/order.ts"
import { pager } from "../support/pages.ts"
import { tagging } from "../support/tags.ts"
import * as Faults from "./faults.ts"

export type OrganizationsHandlers = Handlers<typeof sdk, State>

export type PolicyType = sdk.PolicyType

type Tags = ReadonlyArray<sdk.Tag>

/** What an account is called, whether or not it is in an organization. */
export interface Identity {
  readonly name: string
  readonly email: string
}

/** The closure of an account: when it was requested, and when it ends, in milliseconds. */
export interface Closure {
  readonly requested: number
  readonly done: number
}

export interface Account extends Identity {
  readonly id: string
  readonly joinedMethod: sdk.AccountJoinedMethod
  readonly joined: Date
  /** Its place in the order in which AWS's lists have what was made first. */
  readonly order: number
  parent: string
  tags: Tags
  closure: Closure | undefined
}

export interface Unit {
  readonly id: string
  readonly order: number
  name: string
  readonly parent: string
  tags: Tags
}

export interface Policy {
  readonly id: string
  readonly type: PolicyType
  readonly isManaged: boolean
  readonly order: number
  name: string
  description: string
  content: string
  tags: Tags
}

/** A request to create an account. `done` is when it ends, in milliseconds. */
export interface CreateRequest extends Identity {
  readonly id: string
  readonly order: number
  readonly requested: Date
  readonly done: number
  readonly roleName: string
  readonly tags: Tags
  /** The new account, or why there is none; `undefined` while the request is in progress. */
  outcome: { readonly account: string } | { readonly failure: sdk.CreateAccountFailureReason } | undefined
}

export interface Organization {
  readonly id: string
  readonly partition: string
  /** The id of the management account. */
  readonly management: string
  readonly featureSet: sdk.OrganizationFeatureSet
  readonly root: { readonly id: string; tags: Tags }
  readonly accounts: Map<string, Account>
  readonly units: Map<string, Unit>
  readonly policies: Map<string, Policy>
  readonly enabledTypes: Set<PolicyType>
  /** The ids of the policies that are attached to each target. */
  readonly attachments: Map<string, Set<string>>
  readonly requests: Map<string, CreateRequest>
  /** The services with trusted access, and since when. */
  readonly services: Map<string, Date>
  /** The services that each delegated administrator is for, and since when. */
  readonly administrators: Map<string, Map<string, Date>>
  /** When each of the last closures was requested, in milliseconds. */
  closures: ReadonlyArray<number>
  /** How many things have been made in it. */
  made: number
}

/** An invitation to join an organization. */
export interface Invitation {
  readonly id: string
  readonly organization: string
  readonly management: string
  readonly partition: string
  readonly target: { readonly type: "ACCOUNT" | "EMAIL"; readonly id: string }
  readonly notes: string | undefined
  readonly tags: Tags
  readonly order: number
  readonly requested: number
  readonly expires: number
  /** What the invitation tells about the organization. */
  readonly about: Identity & { readonly featureSet: sdk.OrganizationFeatureSet }
  /** How it ended, and when; `undefined` while it is open. */
  ended: { readonly state: "ACCEPTED" | "CANCELED" | "DECLINED"; readonly at: number } | undefined
}

export interface State {
  readonly organizations: Map<string, Organization>
  /** The organization of each account that is in one. */
  readonly members: Map<string, string>
  /** All accounts that were created here, and those that have been in an organization. */
  readonly known: Map<string, Identity>
  readonly invitations: Map<string, Invitation>
  /** How many invitations there have been. */
  invited: number
}

export const empty = (): State => ({
  organizations: new Map(),
  members: new Map(),
  known: new Map(),
  invitations: new Map(),
  invited: 0
})

// Accounts outside of this service. The emulator has every account, so each has a name and an email address.

export const identityOf = ({ known }: State, account: string): Identity =>
  known.get(account) ?? { name: `account-${account}`, email: `${account}@example.com` }

/** The account that an email address belongs to, if there is one. Upper and lower case are the same here. */
export const accountWithEmail = ({ known }: State, email: string): string | undefined => {
  const wanted = email.toLowerCase()
  for (const [account, identity] of known) if (identity.email.toLowerCase() === wanted) return account
  const account = /^(\d{12})@example\.com$/.exec(wanted)?.[1]
  return account === undefined || known.has(account) ? undefined : account
}

// Ids and ARNs

export const newId = (context: HandlerContext, prefix: string, length: number): string =>
  prefix + textOf(context, base36, length)

/** The id of a new account, which no account here has. */
export const newAccountId = ({ known, members }: State, context: HandlerContext): string => {
  for (;;) {
    const id = textOf(context, digits, 12)
    if (!id.startsWith("0") && !known.has(id) && !members.has(id)) return id
  }
}

type Owner = Pick<Organization, "id" | "management" | "partition">

export const arnOf = ({ id, management, partition }: Owner, kind: string, resource: string): string =>
  `arn:${partition}:organizations::${management}:${kind}/${id}/${resource}`

/** AWS's own policies are the same for everyone. */
export const policyArn = (organization: Organization, { id, isManaged, type }: Policy): string => {
  const resource = `${type.toLowerCase()}/${id}`
  return isManaged
    ? `arn:${organization.partition}:organizations::aws:policy/${resource}`
    : arnOf(organization, "policy", resource)
}

export const invitationArn = ({ id, organization, ...owner }: Invitation): string =>
  arnOf({ ...owner, id: organization }, "handshake", `invite/${id}`)

// The tree

/** The root or the OU with this id, and its parent. */
export const containerOf = ({ root, units }: Organization, id: string) =>
  id === root.id ? { ...root, parent: undefined } : units.get(id)

/** The ids from the root to this root or OU. */
const lineOf = (organization: Organization, id: string): ReadonlyArray<string> => {
  const parent = organization.units.get(id)?.parent
  return parent === undefined ? [id] : [...lineOf(organization, parent), id]
}

/** How many OUs there are from the root down to this root or OU. */
export const depthOf = (organization: Organization, id: string): number => lineOf(organization, id).length - 1

/** The path of a root or an OU, as `aws:PrincipalOrgPaths` has it: `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`. */
export const pathOf = (organization: Organization, id: string): string =>
  [organization.id, ...lineOf(organization, id)].join("/") + "/"

export const accountsIn = ({ accounts }: Organization, parent: string): ReadonlyArray<Account> =>
  [...accounts.values()].filter((account) => account.parent === parent)

export const unitsIn = ({ units }: Organization, parent: string): ReadonlyArray<Unit> =>
  [...units.values()].filter((unit) => unit.parent === parent)

export const findAccount = ({ accounts }: Organization, id: string): Effect.Effect<Account, Fault> => {
  const account = accounts.get(id)
  return account === undefined ? Effect.fail(Faults.noAccount) : Effect.succeed(account)
}

export const findUnit = ({ units }: Organization, id: string): Effect.Effect<Unit, Fault> => {
  const unit = units.get(id)
  return unit === undefined ? Effect.fail(Faults.noUnit) : Effect.succeed(unit)
}

// Accounts as answers have them

/** The state of an account, and its older form. AWS retires `Status`, in which a closed account is `SUSPENDED`. */
export const stateOf = (
  { closure }: Account,
  now: number
): { readonly Status: sdk.AccountStatus; readonly State: sdk.AccountState } =>
  closure === undefined
    ? { Status: "ACTIVE", State: "ACTIVE" }
    : now < closure.done
    ? { Status: "PENDING_CLOSURE", State: "PENDING_CLOSURE" }
    : { Status: "SUSPENDED", State: "CLOSED" }

export const toSdkAccount = (organization: Organization, account: Account, now: number) => ({
  Id: account.id,
  Arn: arnOf(organization, "account", account.id),
  Email: account.email,
  Name: account.name,
  ...stateOf(account, now),
  JoinedMethod: account.joinedMethod,
  JoinedTimestamp: account.joined
})

// Tags

export const tags = tagging<sdk.Tag>({
  key: ({ Key }) => Key,
  limit: 50,
  tooMany: Faults.violation("MAX_TAG_LIMIT_EXCEEDED", "You have exceeded the number of tags allowed on this resource."),
  reserved: (key) =>
    Faults.invalidInput(
      "INVALID_SYSTEM_TAGS_PARAMETER",
      `The tag key ${key} begins with aws:, which is reserved for AWS.`
    ),
  duplicate: (key) => Faults.invalidInput("DUPLICATE_TAG_KEY", `The tag key ${key} occurs more than once.`)
})

// Pages

const takePage = pager(Faults.invalidInput("INVALID_NEXT_TOKEN", "You provided an invalid next token."))

/** A page of a list. Organizations has pages of twenty at most. */
export const page = <A>(
  context: HandlerContext,
  list: Iterable<A>,
  input: { readonly NextToken?: string | undefined; readonly MaxResults?: number | undefined },
  key: (element: A) => string
) => takePage(context, list, input, 20, key)

/** The key of a list in the order of creation. */
export const byOrder = ({ order }: { readonly order: number }): string => numberKey(order)
