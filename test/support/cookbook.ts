// What the tests of the recipes share.
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { InMemory } from "effect-aws-sdk"
import { pages } from "../../scripts/cookbook.ts"

const permissions = new Map(
  pages().flatMap(({ recipes, text }) => {
    const sections = text.split(/^## /m).slice(1)
    return recipes.map(({ title }, at) => [title, /^- Permissions.*?(?=^- )/ms.exec(sections[at] ?? "")?.[0] ?? ""])
  })
)

/** For an operation that it has no table of permissions for, `policyOf` takes the action of its name. AWS has another one here. */
const actionOf = (action: string) => action === "sqs:SendMessageBatch" ? "sqs:SendMessage" : action

/** Runs the recipe, and checks that its page names the permissions that its calls need. */
export const recipe = Effect.fnUntraced(function*<A, E, R>(title: string, effect: Effect.Effect<A, E, R>) {
  const before = (yield* InMemory.calls).length
  const exit = yield* Effect.exit(effect)
  const policy = yield* InMemory.policyOf((yield* InMemory.calls).slice(before))
  const needed = policy.Statement.flatMap(({ Action }) => Action).map(actionOf)
  assert.deepEqual(needed.filter((action) => !permissions.get(title)?.includes(`\`${action}\``)), [], title)
  return yield* exit
})
