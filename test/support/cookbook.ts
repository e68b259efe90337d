// What the tests of the recipes share.
import { assert } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { pages } from "../../scripts/cookbook.ts"

/** Lets virtual time pass until the effect has ended, also if it waits for files in between, which a TestClock doesn't know of. */
export const inVirtualTime = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect)
  while (fiber.pollUnsafe() === undefined) {
    yield* TestClock.adjust("1 second")
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
  }
  return yield* Fiber.join(fiber)
})

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
