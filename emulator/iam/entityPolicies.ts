/** The policies that count for a user, a group or a role, and the entities that a policy counts for. */
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { readDocument } from "../support/policyDocuments.ts"
import type { Source } from "../support/policyEvaluation.ts"
import { findPolicy, readAttached } from "./policies.ts"
import * as Iam from "./state.ts"

/** Where a policy comes from, as the simulator names it. */
export interface Origin {
  readonly id: string
  readonly type: "IAM Policy" | "Resource Policy"
}

export type Entity =
  | { readonly kind: "user"; readonly holder: Iam.User }
  | { readonly kind: "group"; readonly holder: Iam.Group }
  | { readonly kind: "role"; readonly holder: Iam.Role }

/** Finds the user, group or role with this ARN. */
export const findEntity = Effect.fnUntraced(function*(
  state: Iam.State,
  arn: string,
  { account }: HandlerContext
): Effect.fn.Return<Entity, Fault> {
  const parsed = parseArn(arn)
  const [kind = "", ...path] = parsed?.resource.split("/") ?? []
  if (parsed?.service !== "iam" || path.length === 0 || !["group", "role", "user"].includes(kind)) {
    return yield* Iam.invalidInput(`Invalid Entity Arn: ${arn}, does not clearly define entity type and name.`)
  }
  const name = nameIn(arn)
  if (parsed.account !== account) {
    return yield* Iam.noSuchEntity(`The ${kind} with name ${name} cannot be found.`)
  }
  return kind === "user"
    ? { kind, holder: yield* Iam.findUser(state, name) }
    : kind === "group"
    ? { kind, holder: yield* Iam.findGroup(state, name) }
    : { kind: "role", holder: yield* Iam.findRole(state, name) }
})

const source = (document: string, id: string): Source<Origin> => ({
  policy: readDocument(document),
  source: { id, type: "IAM Policy" }
})

const managed = Effect.fnUntraced(function*(state: Iam.State, arn: string) {
  const { document, name } = yield* readAttached(state, arn)
  return source(document, name)
})

const ofHolder = Effect.fnUntraced(function*(state: Iam.State, { holder, kind }: Entity) {
  const attached = yield* Effect.forEach(holder.attached, (arn) => managed(state, arn))
  const inline = [...holder.inline].map(([name, document]) => source(document, `${kind}_${holder.name}_${name}`))
  return [...attached, ...inline]
})

/** The policies of an entity, with those of a user's groups, and its permissions boundary. */
export const policiesOf = Effect.fnUntraced(function*(state: Iam.State, entity: Entity) {
  const groups = [...state.groups.values()].filter(({ members }) =>
    entity.kind === "user" && members.has(entity.holder)
  )
  const own = yield* ofHolder(state, entity)
  const ofGroups = yield* Effect.forEach(groups, (holder) => ofHolder(state, { kind: "group", holder }))
  const { boundary } = entity.holder
  return {
    identity: [...own, ...ofGroups.flat()],
    boundary: boundary === undefined ? undefined : [yield* managed(state, boundary)]
  }
})

interface Holder {
  readonly kind: "Group" | "Role" | "User"
  readonly holder: Iam.PolicyHolder
}

export const entityPolicies: Iam.IamHandlers = {
  ListEntitiesForPolicy: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      PolicyArn: Iam.rules.arn,
      EntityFilter: { enum: ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"] },
      PolicyUsageFilter: { enum: ["PermissionsPolicy", "PermissionsBoundary"] },
      ...Iam.rules.list
    })
    const { EntityFilter, PathPrefix = "/", PolicyUsageFilter } = checked
    const { arn } = yield* findPolicy(state, checked.PolicyArn, context)
    const isUsed = ({ attached, boundary }: Iam.PolicyHolder): boolean =>
      (PolicyUsageFilter !== "PermissionsBoundary" && attached.has(arn)) ||
      (PolicyUsageFilter !== "PermissionsPolicy" && boundary === arn)
    const all = (kind: Holder["kind"], holders: ReadonlyMap<string, Iam.PolicyHolder>): ReadonlyArray<Holder> =>
      EntityFilter === undefined || EntityFilter === kind
        ? Iam.underPath(holders.values(), PathPrefix).filter(isUsed).map((holder) => ({ kind, holder }))
        : []
    const found = [...all("Group", state.groups), ...all("Role", state.roles), ...all("User", state.users)]
    const [page, next] = yield* Iam.listPage(context, input, found, ({ holder, kind }) => `${kind} ${holder.name}`)
    const of = (kind: Holder["kind"]) => page.filter((one) => one.kind === kind).map(({ holder }) => holder)
    return {
      PolicyGroups: of("Group").map(({ id, name }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: of("User").map(({ id, name }) => ({ UserName: name, UserId: id })),
      PolicyRoles: of("Role").map(({ id, name }) => ({ RoleName: name, RoleId: id })),
      ...next
    }
  })
}
