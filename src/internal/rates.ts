// Client-side rate limits, on Effect's Clock: a fixed one, and the one of AWS's adaptive retry mode.
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
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

/** Sums of fractions come close to a whole token without reaching it. Waits that are shorter than this, in seconds, are none. */
const SOON = 2e-9

/** How long a timer has to be, in milliseconds. It has whole ones. */
const timerOf = (wait: number): number => Math.ceil((wait - SOON / 2) * 1_000)

/** A token bucket. All times are in seconds. */
export class Bucket {
  /** Tokens per second. It counts once {@link isLimited}. */
  perSecond: number
  isLimited: boolean
  protected tokens: number
  protected capacity: number
  private refilledAt: number | undefined

  /** By default, a full bucket that limits from the start. */
  constructor(perSecond: number, capacity: number, isLimited = true) {
    this.perSecond = perSecond
    this.capacity = capacity
    this.isLimited = isLimited
    this.tokens = isLimited ? capacity : 0
  }

  /** Takes a token and returns 0, or returns how long to wait for one. */
  take(now: number): number {
    if (!this.isLimited) return 0
    this.refill(now)
    const wait = (1 - this.tokens) / this.perSecond
    if (wait > SOON) return wait
    this.tokens -= 1
    return 0
  }

  /** Learns that an attempt has ended. A fixed rate has no use for it. */
  record(_now: number, _isThrottled: boolean): void {}

  protected refill(now: number): void {
    if (this.refilledAt !== undefined) {
      // Two Layers may share a bucket, and each has a clock of its own in a test.
      const passed = Math.max(0, now - this.refilledAt)
      this.tokens = Math.min(this.capacity, this.tokens + passed * this.perSecond)
    }
    this.refilledAt = now
  }
}

/**
 * How many calls per second a service takes. It's unlimited until the first throttle. A throttle then cuts the rate to 0.7 of
 * what was measured; from there it grows along a cubic curve, first quickly up to where the throttle was, then
 * cautiously beyond it, and never to more than twice what the program really sends.
 *
 * All times are in seconds.
 */
export class Rate extends Bucket {
  private measured = 0
  private sent = 0
  private bucket: number
  private throttledAt: number
  private throttledRate = 0
  private readonly least: number

  constructor(now: number, least: number) {
    super(least, LEAST_CAPACITY, false)
    this.least = least
    this.throttledAt = now
    this.bucket = Math.floor(now)
  }

  override record(now: number, isThrottled: boolean): void {
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
class Limiter {
  /** When it was last used, in seconds. */
  usedAt: number
  readonly rate: Bucket
  private readonly queue = Semaphore.makeUnsafe(1)

  constructor(now: number, rate: Bucket) {
    this.usedAt = now
    this.rate = rate
  }

  /** Waits until the next attempt may be sent. Returns at once as long as nothing limits it. */
  readonly acquire: Effect.Effect<void> = Effect.suspend(() =>
    this.rate.isLimited ? this.queue.withPermit(this.next) : Effect.void
  )

  private readonly next: Effect.Effect<void> = Effect.clockWith((clock) => {
    this.usedAt = secondsOf(clock)
    const wait = this.rate.take(this.usedAt)
    // Tokens go on arriving while the timer is late, up to what the bucket holds.
    return wait === 0 ? Effect.void : Effect.andThen(Effect.sleep(timerOf(wait)), this.next)
  })
}

/** How long a limit that nobody uses is kept at least, in seconds. By then, an adaptive rate would have grown to what it was. */
const KEPT = 3_600

/** The limits of a Layer, by key. */
export class Limiters {
  private readonly limiters = new Map<string, Limiter>()
  private sweptAt = 0
  private readonly make: (now: number) => Bucket
  private readonly kept: number

  /** `make` gets the time in seconds. `kept` is how long a limit that nobody uses is kept, in seconds. */
  constructor(make: (now: number) => Bucket, kept = KEPT) {
    this.make = make
    this.kept = Math.max(kept, KEPT)
  }

  /** The rate of a key. */
  rate(key: string, clock: Clock.Clock): Bucket {
    return this.get(key, secondsOf(clock)).rate
  }

  /** Learns that an attempt has ended. */
  record(key: string, clock: Clock.Clock, isThrottled: boolean): void {
    const now = secondsOf(clock)
    this.get(key, now).rate.record(now, isThrottled)
  }

  /** Waits until an attempt for the service may be sent, and measures the wait. */
  acquire(key: string, service: string, clock: Clock.Clock): Effect.Effect<void> {
    return Effect.suspend(() => {
      const start = steadyMillis(clock)
      return Effect.andThen(
        this.get(key, start / 1_000).acquire,
        Effect.suspend(() => {
          const waited = steadyMillis(clock) - start
          return waited < 1 ? Effect.void : Metric.update(waitOf(service), Duration.millis(waited))
        })
      )
    })
  }

  private get(key: string, now: number): Limiter {
    let limiter = this.limiters.get(key)
    if (limiter === undefined) {
      this.sweep(now)
      this.limiters.set(key, limiter = new Limiter(now, this.make(now)))
    }
    limiter.usedAt = now
    return limiter
  }

  private sweep(now: number): void {
    if (now - this.sweptAt < KEPT) return
    this.sweptAt = now
    for (const [key, { usedAt }] of this.limiters) {
      if (now - usedAt >= this.kept) this.limiters.delete(key)
    }
  }
}

/** The metric of how long attempts waited for the limit of a service. */
const waitOf = oncePerKey((service) =>
  Metric.timer("aws_limit_wait", {
    description: "How long attempts waited for a rate limit",
    attributes: { service }
  })
)
