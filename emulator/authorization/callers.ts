// Who calls, and which policies limit the caller.
import type { HandlerContext, Principal } from "../engine/service.ts"
import { Unsupported } from "../engine/unsupported.ts"
import { iam } from "../iam/iam.ts"
import { keyOf, type PolicyHolder, type State } from "../iam/state.ts"
import type { Session } from "../sts/sessions.ts"
import { sts } from "../sts/sts.ts"
import { nameIn } from "../support/arn.ts"
import { isFederated, isRoot, roleOf } from "../support/callers.ts"
import { parseDocument, type Policy } from "../support/policyDocuments.ts"
import type { Named, Policies, Source } from "../support/policyEvaluation.ts"
import type { CallerFacts } from "../support/requestKeys.ts"
import type { PolicyReference, PolicyType } from "./denials.ts"

/** The documents of AWS managed policies, by their ARNs. Many policies have none here. */
export type Documents = (arn: string) => string | undefined

type References = ReadonlyArray<Source<PolicyReference>>

export interface Caller {
  /** Who policies of resources name. */
  readonly named: Named
  readonly facts: CallerFacts
  readonly session: Session | undefined
  readonly policies: Pick<Policies<PolicyReference>, "boundary" | "identity" | "session">
  /** Whether service control policies limit the caller. */
  readonly isControlled: boolean
}

const everything: Policy = {
  hasVariables: false,
  statements: [{
    isAllowed: true,
    principals: undefined,
    actions: ["*"],
    isNotAction: false,
    resources: ["*"],
    isNotResource: false,
    conditions: [],
    start: { line: 0, column: 0 },
    end: { line: 0, column: 0 }
  }]
}

/** The permissions of the root user, and of the program's own user. */
const all = (of: string): References => [{ policy: everything, source: { type: "identity-based policy", of } }]

const documentOf = (state: State, documents: Documents, arn: string, of: string): string => {
  const own = state.policies.get(arn)
  const document = own === undefined
    ? documents(arn)
    : own.versions.find(({ id }) => id === own.default)?.document
  if (document !== undefined) return document
  throw new Unsupported(
    `The in-memory IAM doesn't have the document of ${arn}, so it can't say what ${of} may do. ` +
      "Put its statements into a customer managed policy, and use that one."
  )
}

const managed = (state: State, documents: Documents, type: PolicyType, of: string) => (arn: string) => ({
  policy: parseDocument(documentOf(state, documents, arn, of)),
  source: { type, name: nameIn(arn), arn, of }
})

const ofHolder = (state: State, documents: Documents, { arn: of, attached, inline }: PolicyHolder): References => [
  ...[...attached].map(managed(state, documents, "identity-based policy", of)),
  ...[...inline].map(([name, document]) => ({
    policy: parseDocument(document),
    source: { type: "identity-based policy", name, of } as const
  }))
]

const boundaryOf = (state: State, documents: Documents, { arn: of, boundary }: PolicyHolder) =>
  boundary === undefined ? undefined : [managed(state, documents, "permissions boundary", of)(boundary)]

const userWith = ({ users }: State, { arn, userId }: Pick<Principal, "arn" | "userId">) => {
  const user = users.get(keyOf(nameIn(arn)))
  return user?.id === userId ? user : undefined
}

/** Whether this is the user that sets up the world: it belongs to the program, and IAM doesn't know it. */
const isOwn = (state: State, { arn }: Pick<Principal, "arn">): boolean =>
  arn.endsWith(":user/in-memory") && !state.users.has("in-memory")

/** The policies of a user, with those of its groups. */
const ofUser = (state: State, documents: Documents, principal: Pick<Principal, "arn" | "userId">) => {
  if (isRoot(principal) || isOwn(state, principal)) {
    return { identity: all(principal.arn), boundary: undefined, tags: [] }
  }
  const user = userWith(state, principal)
  // The keys of a user who is gone, such as those of a session, may do nothing.
  if (user === undefined) return { identity: [], boundary: undefined, tags: [] }
  const groups = [...state.groups.values()].filter(({ members }) => members.has(user))
  return {
    identity: [user, ...groups].flatMap((holder) => ofHolder(state, documents, holder)),
    boundary: boundaryOf(state, documents, user),
    tags: user.tags
  }
}

/** The policies that limit a session. */
const ofSession = (
  state: State,
  documents: Documents,
  { policy, policyArns = [] }: Session,
  of: string
): References | undefined =>
  policy === undefined && policyArns.length === 0 ? undefined : [
    ...(policy === undefined
      ? []
      : [{ policy: parseDocument(policy), source: { type: "session policy", of } as const }]),
    ...policyArns.map(managed(state, documents, "session policy", of))
  ]

const ofRole = (state: State, documents: Documents, role: string, { userId }: Principal) => {
  const found = state.roles.get(keyOf(role))
  // A session of a role that was deleted may do nothing, even if there is a role of that name again.
  const holder = found !== undefined && userId.startsWith(`${found.id}:`) ? found : undefined
  return {
    holder,
    identity: holder === undefined ? [] : ofHolder(state, documents, holder),
    boundary: holder && boundaryOf(state, documents, holder)
  }
}

/** The caller of a request. */
export const callerOf = (context: HandlerContext, documents: Documents): Caller => {
  const { principal } = context
  const { account, arn } = principal
  const state = context.stateOf(iam)
  const session = context.stateOf(sts).sessions.get(principal.accessKeyId)
  const limits = session && ofSession(state, documents, session, arn)
  const role = roleOf(principal)
  if (role !== undefined) {
    const { boundary, holder, identity } = ofRole(state, documents, role, principal)
    const roleArn = holder?.arn ?? context.arn("iam", `role/${role}`, { region: "" })
    return {
      named: { account, arn },
      facts: { principal, roleArn, tags: holder?.tags ?? [], session },
      session,
      policies: { identity, boundary, session: limits },
      isControlled: holder?.service === undefined
    }
  }
  const issuer = isFederated(principal) ? session?.issuer : undefined
  const { boundary, identity, tags } = ofUser(state, documents, issuer ?? principal)
  return {
    named: { account, arn, ...(issuer !== undefined && { issuer: issuer.arn }) },
    facts: { principal, roleArn: undefined, tags, session },
    session,
    // A federated user without policies of its own may do only what policies of resources allow.
    policies: { identity: isFederated(principal) && limits === undefined ? [] : identity, boundary, session: limits },
    isControlled: true
  }
}
