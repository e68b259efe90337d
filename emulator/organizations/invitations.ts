/** Invitations of accounts, which AWS calls handshakes. */
import type * as sdk from "@aws-sdk/client-organizations"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { checkLeaving } from "./accounts.ts"
import { check, rules } from "./constraints.ts"
import * as Faults from "./faults.ts"
import { DAY, enter, invitationState, join, leave, settle } from "./lifecycle.ts"
import * as Orgs from "./state.ts"

/** How long an invitation can be accepted. */
const OPEN = 15 * DAY

const MOST_A_DAY = 20

const toSdk = (invitation: Orgs.Invitation, now: number): sdk.Handshake => {
  const { about, expires, id, notes, organization, requested, target } = invitation
  return {
    Id: id,
    Arn: Orgs.invitationArn(invitation),
    Parties: [{ Id: organization, Type: "ORGANIZATION" }, { Id: target.id, Type: target.type }],
    State: invitationState(invitation, now),
    RequestedTimestamp: new Date(requested),
    ExpirationTimestamp: new Date(expires),
    Action: "INVITE",
    Resources: [
      {
        Type: "ORGANIZATION",
        Value: organization,
        Resources: [
          { Type: "MASTER_EMAIL", Value: about.email },
          { Type: "MASTER_NAME", Value: about.name },
          { Type: "ORGANIZATION_FEATURE_SET", Value: about.featureSet }
        ]
      },
      { Type: target.type, Value: target.id },
      ...(notes === undefined ? [] : [{ Type: "NOTES" as const, Value: notes }])
    ]
  }
}

/** Whether an account received an invitation. */
const isFor = (state: Orgs.State, { target }: Orgs.Invitation, account: string): boolean =>
  target.type === "ACCOUNT"
    ? target.id === account
    : target.id.toLowerCase() === Orgs.identityOf(state, account).email.toLowerCase()

/** The invitation that a request means, and the time. Accounts that have nothing to do with an invitation can't see it. */
const find = Effect.fnUntraced(function*(
  input: { readonly HandshakeId: string | undefined },
  state: Orgs.State,
  context: HandlerContext,
  by: "sender" | "receiver" | "both"
) {
  const { HandshakeId } = yield* check(input, { HandshakeId: rules.handshake })
  const now = yield* settle(state, context)
  const invitation = state.invitations.get(HandshakeId)
  const isSender = invitation?.management === context.account
  const isReceiver = invitation !== undefined && isFor(state, invitation, context.account)
  if (invitation === undefined || !(isSender || isReceiver)) return yield* Faults.noHandshake
  if ((by === "sender" && !isSender) || (by === "receiver" && !isReceiver)) return yield* Faults.accessDenied
  return [invitation, now] as const
})

/** Ends an open invitation. */
const end = (
  invitation: Orgs.Invitation,
  state: "ACCEPTED" | "CANCELED" | "DECLINED",
  now: number
): Effect.Effect<void, Fault> => {
  const before = invitationState(invitation, now)
  if (before === state) return Effect.fail(Faults.handshakeInState)
  if (before !== "OPEN") return Effect.fail(Faults.invalidTransition)
  invitation.ended = { state, at: now }
  return Effect.void
}

const listed = Effect.fnUntraced(function*(
  invitations: ReadonlyArray<Orgs.Invitation>,
  input: Parameters<typeof Orgs.page>[2] & { readonly Filter?: sdk.HandshakeFilter | undefined },
  now: number,
  context: HandlerContext
) {
  const { ActionType: action, ParentHandshakeId: parent } = input.Filter ?? {}
  if (action !== undefined && parent !== undefined) {
    return yield* Faults.invalidInput("MAX_LIMIT_EXCEEDED_FILTER", "You can specify only one filter parameter.")
  }
  // There are no handshakes but invitations, which have no parents.
  const found = parent === undefined && (action === undefined || action === "INVITE") ? invitations : []
  const [page, token] = yield* Orgs.page(context, found, input, Orgs.byOrder)
  return { Handshakes: page.map((invitation) => toSdk(invitation, now)), NextToken: token }
})

const listRules = {
  Filter: {
    members: {
      ActionType: {
        enum: [
          "INVITE",
          "ENABLE_ALL_FEATURES",
          "APPROVE_ALL_FEATURES",
          "ADD_ORGANIZATIONS_SERVICE_LINKED_ROLE",
          "TRANSFER_RESPONSIBILITY"
        ]
      },
      ParentHandshakeId: { max: 34, pattern: "h-[0-9a-z]{8,32}" }
    }
  },
  ...rules.page
} as const

const alreadyMember = Faults.handshakeViolation(
  "ALREADY_IN_AN_ORGANIZATION",
  "The account is already a member of the organization."
)

export const invitations: Orgs.OrganizationsHandlers = {
  InviteAccountToOrganization: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, {
      Target: {
        required: true,
        members: {
          Id: { required: true, min: 1, max: 64 },
          Type: { required: true, enum: ["ACCOUNT", "ORGANIZATION", "EMAIL"] }
        }
      },
      Notes: { max: 1024 },
      Tags: rules.tags
    })
    const { Id, Type } = checked.Target
    const id = Id!
    if (Type === "ORGANIZATION" || Type === undefined) {
      return yield* Faults.invalidInput(
        "INVALID_PARTY_TYPE_TARGET",
        "You can invite an account or an email address only."
      )
    }
    if (Type === "ACCOUNT" ? !/^\d{12}$/.test(id) : !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(id)) {
      return yield* Type === "ACCOUNT"
        ? Faults.invalidInput("INVALID_PATTERN_TARGET_ID", "You provided an account ID that isn't one.")
        : Faults.invalidInput("INVALID_EMAIL_ADDRESS_TARGET", "You provided an invalid email address.")
    }
    const [organization, now] = yield* enter(state, context, "management")
    const tags = yield* Orgs.tags.add([], checked.Tags ?? [])
    const sent = [...state.invitations.values()].filter((one) => one.organization === organization.id)
    const account = Type === "ACCOUNT" ? id : Orgs.accountWithEmail(state, id)
    if (account !== undefined && organization.accounts.has(account)) return yield* alreadyMember
    const isPending = sent.some((one) =>
      invitationState(one, now) === "OPEN" &&
      (account === undefined ? one.target.id.toLowerCase() === id.toLowerCase() : isFor(state, one, account))
    )
    if (isPending) return yield* Faults.duplicateHandshake
    if (
      sent.filter(({ requested }) => now - requested < DAY).length >= Math.max(MOST_A_DAY, organization.accounts.size)
    ) {
      return yield* Faults.handshakeViolation(
        "HANDSHAKE_RATE_LIMIT_EXCEEDED",
        "You have exceeded the number of invitations that you can send in one day."
      )
    }
    const invitation: Orgs.Invitation = {
      id: Orgs.newId(context, "h-", 32),
      organization: organization.id,
      management: organization.management,
      partition: organization.partition,
      target: { type: Type, id },
      notes: checked.Notes,
      tags,
      order: state.invited++,
      requested: now,
      expires: now + OPEN,
      about: { ...Orgs.identityOf(state, organization.management), featureSet: organization.featureSet },
      ended: undefined
    }
    state.invitations.set(invitation.id, invitation)
    return { Handshake: toSdk(invitation, now) }
  }),

  DescribeHandshake: Effect.fnUntraced(function*(input, state, context) {
    const [invitation, now] = yield* find(input, state, context, "both")
    return { Handshake: toSdk(invitation, now) }
  }),

  ListHandshakesForAccount: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, listRules)
    const now = yield* settle(state, context)
    const received = [...state.invitations.values()].filter((one) => isFor(state, one, context.account))
    return yield* listed(received, checked, now, context)
  }),

  ListHandshakesForOrganization: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, listRules)
    const [organization, now] = yield* enter(state, context, "administrators")
    const sent = [...state.invitations.values()].filter((one) => one.organization === organization.id)
    return yield* listed(sent, checked, now, context)
  }),

  AcceptHandshake: Effect.fnUntraced(function*(input, state, context) {
    const [invitation, now] = yield* find(input, state, context, "receiver")
    const { account } = context
    const organization = state.organizations.get(invitation.organization)
    const before = state.organizations.get(state.members.get(account) ?? "")
    if (invitationState(invitation, now) === "OPEN") {
      if (organization === undefined) return yield* Faults.invalidTransition
      if (organization === before) return yield* alreadyMember
      // An account moves from one organization to another without being on its own in between.
      if (before !== undefined) yield* checkLeaving(before, before.accounts.get(account)!, now)
    }
    yield* end(invitation, "ACCEPTED", now)
    if (before !== undefined) leave(state, before, account)
    join(state, organization!, {
      id: account,
      ...Orgs.identityOf(state, account),
      joined: new Date(now),
      joinedMethod: "INVITED",
      tags: invitation.tags
    })
    return { Handshake: toSdk(invitation, now) }
  }),

  DeclineHandshake: Effect.fnUntraced(function*(input, state, context) {
    const [invitation, now] = yield* find(input, state, context, "receiver")
    yield* end(invitation, "DECLINED", now)
    return { Handshake: toSdk(invitation, now) }
  }),

  CancelHandshake: Effect.fnUntraced(function*(input, state, context) {
    const [invitation, now] = yield* find(input, state, context, "sender")
    yield* end(invitation, "CANCELED", now)
    return { Handshake: toSdk(invitation, now) }
  })
}
