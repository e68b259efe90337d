// Client-side rate limits of AWS's adaptive retry mode, on Effect's Clock.
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Semaphore from "effect/Semaphore"
import { oncePerKey } from "./memo.ts"
import { steadyMillis } from "./steady.ts"

// The numbers of AWS's SDKs: how far a throttle cuts the rate, how fast the rate grows back, and how much the newest half
// second weighs in the measured rate.
const BETA = 0.7
const SCALE = 0.4
const SMOOTH = 0.8
/** A bucket holds at least one call. */
const LEAST_CAPACITY = 1

const round = (n: number): number => Number(n.toFixed(8))

/**
 * How many calls per second a service takes. It's unlimited until the first throttle. A throttle then cuts the rate to 0.7 of
 * what was measured; from there it grows along a cubic curve, first quickly up to where the throttle was, then
 * cautiously beyond it, and never to more than twice what the program really sends.
 *
 * All times are in seconds.
 */
export class Rate {
  /** Tokens per second. It counts once {@link isLimited}. */
  perSecond: number
  isLimited = false
  private tokens = 0
  private capacity = LEAST_CAPACITY
  private refilledAt: number | undefined
  private measured = 0
  private sent = 0
  private bucket: number
  private throttledAt: number
  private throttledRate = 0
  private readonly least: number

  constructor(now: number, least: number) {
    this.least = least
    this.perSecond = least
    this.throttledAt = now
    this.bucket = Math.floor(now)
  }

  /** Takes a token and returns 0, or returns how long to wait for one. */
  take(now: number): number {
    if (!this.isLimited) return 0
    this.refill(now)
    if (this.tokens < 1) return (1 - this.tokens) / this.perSecond
    this.tokens -= 1
    return 0
  }

  /** Learns that an attempt has ended. */
  record(now: number, isThrottled: boolean): void {
    this.measure(now)
    if (isThrottled) {
      this.throttledRate = this.isLimited ? Math.min(this.measured, this.perSecond) : this.measured
      this.throttledAt = now
      this.isLimited = true
      this.change(now, round(this.throttledRate * BETA))
    } else {
      // When the curve reaches the rate at which AWS throttled.
      const plateau = round(Math.cbrt(this.throttledRate * (1 - BETA) / SCALE))
      this.change(now, round(SCALE * (now - this.throttledAt - plateau) ** 3 + this.throttledRate))
    }
  }

  private measure(now: number): void {
    const half = Math.floor(now * 2) / 2
    this.sent++
    if (half <= this.bucket) return
    this.measured = round(this.sent / (half - this.bucket) * SMOOTH + this.measured * (1 - SMOOTH))
    this.sent = 0
    this.bucket = half
  }

  private refill(now: number): void {
    if (this.refilledAt !== undefined) {
      this.tokens = Math.min(this.capacity, this.tokens + (now - this.refilledAt) * this.perSecond)
    }
    this.refilledAt = now
  }

  private change(now: number, rate: number): void {
    this.refill(now)
    const capped = Math.min(rate, 2 * this.measured)
    this.perSecond = Math.max(capped, this.least)
    this.capacity = Math.max(capped, LEAST_CAPACITY)
    this.tokens = Math.min(this.tokens, this.capacity)
  }
}

const secondsOf = (clock: Clock.Clock): number => steadyMillis(clock) / 1_000

/** The limit of one key. Whoever waits is served in the order of arrival. */
export class Limiter {
  /** When it was last used, in seconds. */
  usedAt: number
  private readonly rate: Rate
  private readonly queue = Semaphore.makeUnsafe(1)

  constructor(clock: Clock.Clock, least: number) {
    this.usedAt = secondsOf(clock)
    this.rate = new Rate(this.usedAt, least)
  }

  get perSecond(): number {
    return this.rate.perSecond
  }

  record(clock: Clock.Clock, isThrottled: boolean): void {
    this.rate.record(secondsOf(clock), isThrottled)
  }

  /** Waits until the next attempt may be sent. Returns at once as long as nothing was throttled. */
  readonly acquire: Effect.Effect<void> = Effect.suspend(() =>
    this.rate.isLimited ? this.queue.withPermit(this.next) : Effect.void
  )

  private readonly next: Effect.Effect<void> = Effect.clockWith((clock) => {
    const wait = this.rate.take(secondsOf(clock))
    // A timer has whole milliseconds. Tokens go on arriving while it's late, so no throughput is lost.
    return wait === 0 ? Effect.void : Effect.andThen(Effect.sleep(Math.ceil(wait * 1_000)), this.next)
  })
}

/** How long a limit that nobody uses is kept, in seconds. By then, its rate would have grown to what it was. */
const KEPT = 3_600

/** The limits of a Layer, by key. */
export class Limiters {
  private readonly limiters = new Map<string, Limiter>()
  private sweptAt = 0
  private readonly least: number
  constructor(least: number) {
    this.least = least
  }

  get(key: string, clock: Clock.Clock): Limiter {
    const now = secondsOf(clock)
    let limiter = this.limiters.get(key)
    if (limiter === undefined) {
      this.sweep(now)
      this.limiters.set(key, limiter = new Limiter(clock, this.least))
    }
    limiter.usedAt = now
    return limiter
  }

  private sweep(now: number): void {
    if (now - this.sweptAt < KEPT) return
    this.sweptAt = now
    for (const [key, { usedAt }] of this.limiters) {
      if (now - usedAt >= KEPT) this.limiters.delete(key)
    }
  }
}

/** The metric of how long attempts waited for the limit of a service. */
export const waitOf = oncePerKey((service) =>
  Metric.timer("aws_limit_wait", {
    description: "How long attempts waited for an adaptive rate limit",
    attributes: { service }
  })
)
