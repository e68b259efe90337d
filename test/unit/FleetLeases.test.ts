// The resources that a fleet keeps by key, without AWS.
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Scheduler } from "effect"
import * as Leases from "../../fleet/internal/leases.ts"

/** A resource that knows whether it's open. */
const resources = (options: { readonly idleTimeToLive: Duration.Duration; readonly maxIdle: number }) => {
  const opened: Array<{ isOpen: boolean }> = []
  const leases = Leases.make<{ readonly isOpen: boolean }, never>({
    ...options,
    open: () =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const resource = { isOpen: true }
          opened.push(resource)
          return resource
        }),
        (resource) =>
          Effect.sync(() => {
            resource.isOpen = false
          })
      ),
    isFinal: () => true,
    released: () => {
      throw new Error("nobody asks after the end")
    }
  })
  return { opened, leases }
}

describe("resources that are shared by key", () => {
  const settings = [
    ["that close when nobody uses them", { idleTimeToLive: Duration.zero, maxIdle: 8 }],
    ["of which one may be idle", { idleTimeToLive: Duration.minutes(1), maxIdle: 1 }]
  ] as const
  for (const [title, options] of settings) {
    it.effect(`${title} stay open while somebody uses them, wherever a fiber pauses`, () =>
      Effect.gen(function*() {
        const { leases, opened } = resources(options)
        const { get, size } = yield* leases
        const use = (user: number) =>
          Effect.gen(function*() {
            for (let turn = 0; turn < 50; turn++) {
              const isOpen = yield* Effect.scoped(Effect.gen(function*() {
                const resource = yield* get(String((user + turn) % 3))
                for (let pause = 0; pause < (user + turn) % 4; pause++) yield* Effect.yieldNow
                return resource.isOpen
              }))
              assert.isTrue(isOpen, `user ${user}, turn ${turn}`)
            }
          })
        // The fibers take turns after every so many steps, each at another one.
        yield* Effect.forEach(
          Array.from({ length: 12 }, (_, user) => user),
          (user) => Effect.provideService(use(user), Scheduler.MaxOpsBeforeYield, 5 + user % 7),
          { concurrency: "unbounded", discard: true }
        )
        const left = opened.filter(({ isOpen }) => isOpen).length
        assert.strictEqual(left, size())
        assert.isAtMost(left, Duration.isZero(options.idleTimeToLive) ? 0 : options.maxIdle)
      }))
  }
})
