// The timers of the in-memory AWS, compared with a list that is sorted each time.
import { assert, describe, it } from "@effect/vitest"
import { makeTimers, type Timer } from "../../emulator/engine/timers.ts"

const timer = (key: string, at: number): Timer => ({ at, key, namespace: "n", account: "a", region: "r" })

describe("timers", () => {
  it("are taken in the order of their times, and of the same time in that in which they were set", () => {
    const timers = makeTimers()
    let list: ReadonlyArray<Timer> = []
    let seed = 1
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let step = 0; step < 5_000; step++) {
      const one = timer(`k${random(60)}`, random(1_000))
      const others = list.filter(({ key }) => key !== one.key)
      const action = random(10)
      if (action < 6) {
        timers.set(one)
        list = [...others, one].sort((a, b) => a.at - b.at)
      } else if (action < 8) {
        timers.cancel(one)
        list = others
      } else {
        const now = random(400)
        const [first, ...rest] = list
        const isDue = first !== undefined && first.at <= now
        assert.deepEqual(timers.take(now), isDue ? first : undefined)
        if (isDue) list = rest
      }
      assert.strictEqual(timers.next(), list[0]?.at ?? Infinity)
      if (step % 1_000 === 0) timers.restore(new Map(timers.save()))
    }
    assert.isNotEmpty(list)
    for (const one of list) assert.deepEqual(timers.take(1_000), one)
    assert.isUndefined(timers.take(1_000))
  })

  it("tell when the next one becomes earlier, and not when one is put off", () => {
    const timers = makeTimers()
    let told = 0
    const stop = timers.onEarlier(() => told++)
    timers.set(timer("a", 10))
    timers.set(timer("b", 20))
    timers.set(timer("a", 15))
    assert.strictEqual(told, 1)
    timers.set(timer("b", 5))
    assert.strictEqual(told, 2)
    stop()
    timers.set(timer("c", 1))
    assert.strictEqual(told, 2)
  })

  it("tell once a listener that stops and listens again when it is told", () => {
    const timers = makeTimers()
    let told = 0
    const listen = (): void => {
      const stop = timers.onEarlier(() => {
        stop()
        // Without an end, the test would never end if it failed.
        if (++told < 100) listen()
      })
    }
    listen()
    timers.set(timer("a", 10))
    assert.strictEqual(told, 1)
    timers.restore(new Map(timers.save()))
    assert.strictEqual(told, 2)
  })

  it("come in order if there are thousands of them", () => {
    const timers = makeTimers()
    for (let i = 0; i < 5_000; i++) timers.set(timer(`k${i}`, (i * 7_919) % 5_003))
    let last = -1
    for (let one = timers.take(Infinity); one !== undefined; one = timers.take(Infinity)) {
      assert.isAtLeast(one.at, last)
      last = one.at
    }
    assert.strictEqual(timers.next(), Infinity)
  })
})
