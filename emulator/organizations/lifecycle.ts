/** What happens in time: accounts are created and closed, and invitations expire. And who may call what. */
import type * as sdk from "@aws-sdk/client-organizations"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { keyOf, newEntity } from "../iam/state.ts"
import * as Faults from "./faults.ts"
import { attachDefaults, detachAll } from "./policyDefaults.ts"
import * as Orgs from "./state.ts"

export const DAY = 86_400_000

/** A closed account can be reopened for so long. Then it leaves its organization. */
const REOPENABLE = 90 * DAY

/** How long an invitation can be read after it has ended. */
const KEPT = 30 * DAY

/**
 * The role with which the management account administers a new account. Its own policy allows everything.
 */
const createRole = Effect.fnUntraced(function*(
  account: string,
  name: string,
  { management, partition }: Orgs.Organization,
  context: HandlerContext
) {
  const { roles } = context.stateOf(iam, { account })
  const own: HandlerContext = {
    ...context,
    account,
    arn: (service, resource, where) => context.arn(service, resource, { account, ...where })
  }
  const role = {
    ...(yield* newEntity(own, { prefix: "AROA", arn: "role" }, { name, path: undefined, tags: undefined })),
    trust: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{
        Effect: "Allow",
        Principal: { AWS: `arn:${partition}:iam::${management}:root` },
        Action: "sts:AssumeRole"
      }]
    }),
    description: undefined,
    maxSession: 3600,
    boundary: undefined,
    inline: new Map<string, string>(),
    attached: new Set([`arn:${partition}:iam::aws:policy/AdministratorAccess`])
  }
  roles.set(keyOf(name), role)
})

export const join = (
  state: Orgs.State,
  organization: Orgs.Organization,
  account: Omit<Orgs.Account, "closure" | "order" | "parent">
): void => {
  organization.accounts.set(account.id, {
    ...account,
    order: organization.made++,
    parent: organization.root.id,
    closure: undefined
  })
  state.members.set(account.id, organization.id)
  state.known.set(account.id, { name: account.name, email: account.email })
  attachDefaults(organization, account.id)
}

export const leave = (state: Orgs.State, organization: Orgs.Organization, account: string): void => {
  organization.accounts.delete(account)
  organization.administrators.delete(account)
  detachAll(organization, account)
  state.members.delete(account)
}

const complete = Effect.fnUntraced(function*(
  request: Orgs.CreateRequest,
  organization: Orgs.Organization,
  state: Orgs.State,
  context: HandlerContext
) {
  const { done, email, name, roleName, tags } = request
  if (Orgs.accountWithEmail(state, email) !== undefined) {
    request.outcome = { failure: "EMAIL_ALREADY_EXISTS" }
    return
  }
  const id = Orgs.newAccountId(state, context)
  request.outcome = { account: id }
  join(state, organization, { id, name, email, joined: new Date(done), joinedMethod: "CREATED", tags })
  yield* createRole(id, roleName, organization, context)
})

/** Brings the state up to date with the clock, and returns the time. */
export const settle = Effect.fnUntraced(function*(state: Orgs.State, context: HandlerContext) {
  const now = yield* Clock.currentTimeMillis
  for (const organization of state.organizations.values()) {
    for (const request of organization.requests.values()) {
      if (request.outcome === undefined && request.done <= now) yield* complete(request, organization, state, context)
    }
    for (const { closure, id } of organization.accounts.values()) {
      if (closure !== undefined && closure.done + REOPENABLE <= now) leave(state, organization, id)
    }
  }
  for (const { ended, expires, id } of state.invitations.values()) {
    if ((ended?.at ?? expires) + KEPT <= now) state.invitations.delete(id)
  }
  return now
})

/** Who may call a command, of the accounts of an organization. */
export type Callers =
  /** All of them. */
  | "members"
  /** The management account and the delegated administrators. */
  | "administrators"
  | "management"

/** The organization of the caller, who has to be one of these, and the time. */
export const enter = Effect.fnUntraced(function*(
  state: Orgs.State,
  context: HandlerContext,
  callers: Callers
): Effect.fn.Return<readonly [organization: Orgs.Organization, now: number], Fault> {
  const now = yield* settle(state, context)
  const organization = state.organizations.get(state.members.get(context.account) ?? "")
  if (organization === undefined) return yield* Faults.notInUse
  const { administrators, management } = organization
  const isAllowed = callers === "members" || context.account === management ||
    (callers === "administrators" && administrators.has(context.account))
  return isAllowed ? [organization, now] : yield* Faults.accessDenied
})

/** The organization of a caller who uses a command that needs all features. */
export const enterWithAllFeatures = Effect.fnUntraced(function*(...caller: Parameters<typeof enter>) {
  const entered = yield* enter(...caller)
  return entered[0].featureSet === "ALL" ? entered : yield* Faults.allFeaturesNeeded
})

export const invitationState = ({ ended, expires }: Orgs.Invitation, now: number): sdk.HandshakeState =>
  ended?.state ?? (expires <= now ? "EXPIRED" : "OPEN")
