/** The tags of roots, OUs, accounts and policies. */
import type * as sdk from "@aws-sdk/client-organizations"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { check, rules } from "./constraints.ts"
import * as Faults from "./faults.ts"
import { type Callers, enter } from "./lifecycle.ts"
import * as Orgs from "./state.ts"

const find = Effect.fnUntraced(function*(
  state: Orgs.State,
  id: string,
  context: HandlerContext,
  callers: Callers
): Effect.fn.Return<{ tags: ReadonlyArray<sdk.Tag> }, Fault> {
  const [{ accounts, policies, root, units }] = yield* enter(state, context, callers)
  const policy = policies.get(id)
  const found = id === root.id ? root : units.get(id) ?? accounts.get(id) ?? policy
  if (found === undefined) return yield* Faults.noTarget
  if (policy?.isManaged === true && callers === "management") {
    return yield* Faults.invalidInput("TARGET_NOT_SUPPORTED", "You can't tag a policy that AWS manages.")
  }
  return found
})

export const resourceTags: Orgs.OrganizationsHandlers = {
  TagResource: Effect.fnUntraced(function*(input, state, context) {
    const { ResourceId, Tags } = yield* check(input, {
      ResourceId: rules.resource,
      Tags: { required: true, ...rules.tags }
    })
    const resource = yield* find(state, ResourceId, context, "management")
    resource.tags = yield* Orgs.tags.add(resource.tags, Tags)
    return {}
  }),

  UntagResource: Effect.fnUntraced(function*(input, state, context) {
    const { ResourceId, TagKeys } = yield* check(input, { ResourceId: rules.resource, TagKeys: rules.tagKeys })
    const resource = yield* find(state, ResourceId, context, "management")
    resource.tags = Orgs.tags.remove(resource.tags, TagKeys)
    return {}
  }),

  ListTagsForResource: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, { ResourceId: rules.resource, NextToken: rules.page.NextToken })
    const { tags } = yield* find(state, checked.ResourceId, context, "administrators")
    const [page, token] = yield* Orgs.page(context, tags, checked, ({ Key = "" }) => Key)
    return { Tags: [...page], NextToken: token }
  })
}
