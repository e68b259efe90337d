/**
 * Behaviour that wraps every call of a Layer: a rate limit, a header, a cache, a counter.
 *
 * An aspect is a function from one `Send` to another. Pass aspects to a Layer as its `aspects` option. An aspect sees
 * each call once, however often the call is retried, and sees the calls to all services. (Only {@link adaptive} and
 * {@link rateLimit} learn of each attempt.) The Layer applies its aspects once, when it is built, so the state of an
 * aspect belongs to that Layer. The first aspect of the list is the outermost.
 *
 * `AssumeRole` takes over the aspects of the Layer below it and applies them again. State that several Layers share
 * must therefore be created outside the aspect.
 *
 * **Example** (At most ten calls to EC2 at a time)
 *
 * ```ts
 * import { Effect, Semaphore } from "effect"
 * import { type Aspect, Profile } from "effect-aws-sdk"
 *
 * const limit: Aspect.Aspect = (send) => {
 *   const ten = Semaphore.makeUnsafe(10)
 *   return (call) => call.service === "EC2" ? ten.withPermits(1)(send(call)) : send(call)
 * }
 *
 * const layer = Profile.layer({ profile: "dev", aspects: [limit] })
 * ```
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type { AwsError } from "../errors/internal/awsError.ts"
import type { AwsErrorReason } from "../errors/internal/reasons.ts"
import { shown } from "../errors/internal/words.ts"
import type { Call, Send } from "./Call.ts"
import { breakCircuits, type TripPolicy } from "./internal/circuits.ts"
import { type AttemptHook, AttemptHooks } from "./internal/perCall.ts"
import { Bucket, Limiters, Rate } from "./internal/rates.ts"
import { copyCommand } from "./internal/sdk/command.ts"

export type { TripPolicy } from "./internal/circuits.ts"

/**
 * Wraps the function that sends calls: takes one, and returns another.
 *
 * @category models
 * @since 0.1.0
 */
export type Aspect = (send: Send) => Send

/**
 * Adds a header to every request, before the request is signed. `value` computes the header's value from the call.
 *
 * **Example** (Name the team that makes the calls)
 *
 * ```ts
 * import { Aspect, Profile } from "effect-aws-sdk"
 *
 * const layer = Profile.layer({ aspects: [Aspect.header("x-team", () => "billing")] })
 * ```
 *
 * @category aspects
 * @since 0.1.0
 */
export const header = (name: string, value: (call: Call) => string): Aspect => (send) => (call) => {
  const command = copyCommand(call.command)
  command.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { readonly headers: Record<string, string> }).headers, {
        [name.toLowerCase()]: value(call)
      })
      return next(args)
    },
    // The inner one of two aspects with the same header wins.
    { step: "build", name: `effectAwsSdkHeader/${name.toLowerCase()}`, override: true }
  )
  return send({ ...call, command })
}

/** The default of the option `key`: each service in each region has limits and faults of its own. */
const keyOfCall = ({ region, service }: Call): string => `${service}/${region}`

const isPositive = (n: number): boolean => Number.isFinite(n) && n > 0

const isWhole = (n: number): boolean => Number.isInteger(n) && n >= 1

/** Runs a call with a hook around its attempts. */
const hooked = <A, E>(call: Effect.Effect<A, E>, hook: AttemptHook): Effect.Effect<A, E> =>
  Effect.updateService(call, AttemptHooks, (hooks) => [...hooks, hook])

/**
 * Options of {@link adaptive}.
 *
 * @category models
 * @since 0.1.0
 */
export interface AdaptiveOptions {
  /**
   * Names the limit that a call counts for. By default the service and the region, as in `EC2/eu-central-1`. AWS throttles
   * some operations separately: `(call) => call.service + call.operation` gives each a limit of its own.
   */
  readonly key?: ((call: Call) => string) | undefined
  /** The rate that a limit never goes below, in attempts per second. By default 0.5, as in AWS's SDKs. */
  readonly minFillRate?: number | undefined
}

/**
 * Limits the rate of calls once AWS throttles them: the rate limit of AWS's adaptive retry mode, with the algorithm and the
 * numbers of AWS's SDKs.
 *
 * - Nothing is limited until the first throttle. A throttle cuts the rate to 0.7 of what was sent lately. After that, the
 *   rate grows back, first quickly and then cautiously, for as long as AWS doesn't throttle again.
 * - A call over the limit waits instead of failing, in the order of arrival. An interruption ends the wait. The wait is
 *   before the call's span starts, and isn't part of `aws_duration`; the metric `aws_limit_wait` measures it.
 * - Every attempt counts, also one that a retry repaired. Retries wait for the limit as well, after the wait of the retry
 *   policy.
 * - Each service and region has a limit of its own, unless `key` says otherwise. The limits belong to one Layer; `AssumeRole`
 *   starts with new ones for its own calls.
 *
 * It replaces no retries: keep the Layer's policy. It helps programs that make many calls on their own, and it slows calls
 * down, so leave it out of what a person waits for.
 *
 * Throws a `RangeError` if `minFillRate` isn't a number above 0.
 *
 * **Example** (An inventory of many accounts)
 *
 * ```ts
 * import { Aspect, Profile } from "effect-aws-sdk"
 *
 * const layer = Profile.layer({ aspects: [Aspect.adaptive()] })
 * ```
 *
 * AWS: [Retry behavior](https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html)
 *
 * @category aspects
 * @since 0.1.0
 */
export const adaptive = (options: AdaptiveOptions = {}): Aspect => {
  const { key = keyOfCall, minFillRate = 0.5 } = options
  if (!isPositive(minFillRate)) {
    throw new RangeError(`Aspect.adaptive: minFillRate has to be a number above 0, and ${shown(minFillRate)} isn't`)
  }
  return (send) => {
    const limiters = new Limiters((now) => new Rate(now, minFillRate))
    return (call) =>
      Effect.clockWith((clock) => {
        const name = key(call)
        let isObserved = false
        let isCut = false
        const record = (reason: AwsErrorReason | undefined) => {
          const isThrottled = reason?._tag === "Throttled"
          limiters.record(name, clock, isThrottled)
          isCut ||= isThrottled
        }
        const report = Effect.suspend(() => {
          if (!isCut) return Effect.void
          isCut = false
          const { perSecond } = limiters.rate(name, clock)
          return Effect.logDebug(`AWS throttled ${name}: limited to ${perSecond.toFixed(1)} calls per second`)
        })
        const acquire = limiters.acquire(name, call.service, clock)
        const hook: AttemptHook = {
          beforeRetry: Effect.andThen(report, acquire),
          afterAttempt: (reason) => {
            isObserved = true
            record(reason)
          }
        }
        return acquire.pipe(
          Effect.andThen(hooked(send(call), hook)),
          Effect.onExit((exit) => {
            // Nobody saw the attempts if an aspect answered, or if a plugin has replaced the retry middleware.
            const error = Option.getOrUndefined(Exit.findErrorOption(exit))
            if (!isObserved && error?.reason._tag === "Throttled") record(error.reason)
            return report
          })
        )
      })
  }
}

/**
 * Options of {@link rateLimit}.
 *
 * @category models
 * @since 0.1.0
 */
export interface RateLimitOptions {
  /** How many attempts may be sent per `window`, in the long run: a number above 0. */
  readonly limit: number
  /** By default one second. */
  readonly window?: Duration.Input | undefined
  /**
   * How many attempts may be sent at once after a pause: a whole number from 1. By default what the limit allows in a tenth of a
   * second, and at least 1. AWS calls it the size of the bucket; `limit` is the refill rate.
   */
  readonly burst?: number | undefined
  /**
   * Names the limit that a call counts for, or returns `undefined` for a call without a limit. By default the service and the
   * region, as in `EC2/eu-central-1`. `() => "all"` is one limit for all calls of the Layer.
   */
  readonly key?: ((call: Call) => string | undefined) | undefined
  /**
   * Whether all Layers that this aspect is given to share its limits. By default, each Layer has limits of its own, and so has
   * each account of a `Fleet`.
   */
  readonly shared?: boolean | undefined
}

/**
 * Limits the rate of calls to what you say: `limit` attempts per `window`, however many fibers call.
 *
 * - A call over the limit waits instead of failing, in the order of arrival. An interruption ends the wait, and the next call
 *   takes its place. The wait is before the call's span starts, and isn't part of `aws_duration`; the metric `aws_limit_wait`
 *   measures it.
 * - Every attempt counts. Retries wait for the limit as well, after the wait of the retry policy.
 * - It's a token bucket, like AWS's own limits. It holds `burst` tokens, and `limit` of them arrive in a `window`. So never more
 *   than `limit + burst - 1` attempts, rounded up, are sent in a time as long as the window: with a `burst` of 1, never more than
 *   `limit`.
 * - Each service and region has a limit of its own, unless `key` says otherwise. AWS limits by account, region and often by
 *   operation. With a `key` that returns `undefined` for all other calls, several of these aspects limit different operations.
 * - The limits belong to one Layer. `AssumeRole` starts with new ones, and a `Fleet` has one for each account, over all its
 *   regions. `shared` makes it one limit for all of them.
 *
 * Use it where you know the limit, or want to leave a part of it to other programs. {@link adaptive} finds out what AWS allows.
 * Both work together: `aspects: [Aspect.circuitBreaker(), Aspect.rateLimit({ limit: 20 }), Aspect.adaptive()]`.
 *
 * Throws a `RangeError` if `limit`, `window` or `burst` is out of range.
 *
 * **Example** (A part of what EC2 allows, and little of what it allows for one operation)
 *
 * ```ts
 * import { Aspect, Profile } from "effect-aws-sdk"
 *
 * const layer = Profile.layer({
 *   aspects: [
 *     Aspect.rateLimit({ limit: 10, burst: 50, key: ({ region, service }) => service === "EC2" ? region : undefined }),
 *     Aspect.rateLimit({
 *       limit: 30,
 *       window: "1 minute",
 *       key: ({ operation, region }) => operation === "RunInstances" ? region : undefined
 *     })
 *   ]
 * })
 * ```
 *
 * AWS: [Request throttling for the Amazon EC2 API](https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html)
 *
 * @category aspects
 * @since 0.1.0
 */
export const rateLimit = (options: RateLimitOptions): Aspect => {
  const { key = keyOfCall, limit, shared = false, window = "1 second" } = options
  const seconds = Option.match(Duration.fromInput(window), { onNone: () => Number.NaN, onSome: Duration.toSeconds })
  // A limit from a file may be a text or a BigInt.
  const perSecond = isPositive(limit) ? limit / seconds : Number.NaN
  const { burst = Math.max(1, Math.floor(perSecond / 10)) } = options
  const problem = !isPositive(limit)
    ? `limit has to be a number above 0, and ${shown(limit)} isn't`
    : !isPositive(seconds)
    ? `window has to be a finite time above 0, and ${shown(window)} isn't`
    : !isPositive(perSecond)
    ? `${limit} attempts in ${seconds} seconds are no rate that a program can keep to`
    : !isWhole(burst)
    ? `burst has to be a whole number from 1, and ${shown(burst)} isn't`
    : typeof key !== "function"
    ? `key has to be a function of the call, and ${shown(key)} isn't`
    : undefined
  if (problem !== undefined) throw new RangeError(`Aspect.rateLimit: ${problem}`)
  // A limit that nobody has used for so long is a full bucket again, as a new one is.
  const make = () => new Limiters(() => new Bucket(perSecond, burst), burst / perSecond)
  const common = shared ? make() : undefined
  return (send) => {
    const limiters = common ?? make()
    return (call) =>
      Effect.clockWith((clock) => {
        const name = key(call)
        if (name === undefined) return send(call)
        const acquire = limiters.acquire(name, call.service, clock)
        return Effect.andThen(acquire, hooked(send(call), { beforeRetry: acquire, afterAttempt: () => {} }))
      })
  }
}

/**
 * Options of {@link circuitBreaker}.
 *
 * @category models
 * @since 0.1.0
 */
export interface CircuitBreakerOptions {
  /** When a circuit opens. By default after 5 failures in a row. */
  readonly tripPolicy?: TripPolicy | undefined
  /**
   * How long a circuit stays open before a call tests it. By default 30 seconds. A schedule's input is how often the circuit
   * has opened in a row: `Schedule.exponential("5 seconds")` doubles the time with each failed test. A schedule that has ended
   * keeps its last delay. One without delays, such as `Schedule.recurs(3)`, keeps no circuit open.
   */
  readonly openDuration?: Duration.Input | Schedule.Schedule<unknown, number> | undefined
  /**
   * Which failures count. By default {@link isOutage}. To count throttling, too:
   * `(error) => Aspect.isOutage(error) || error.reason._tag === "Throttled"`.
   */
  readonly isFailure?: ((error: AwsError) => boolean) | undefined
  /** Names the circuit of a call. By default the service and the region, as in `S3/eu-central-1`. */
  readonly key?: ((call: Call) => string) | undefined
}

/**
 * Whether an error means that AWS, or the way to it, is out of order: `ServerFault`, `Unreachable` or `TimedOut`.
 *
 * **Example** (A circuit breaker that counts throttling as well)
 *
 * ```ts
 * import { Aspect } from "effect-aws-sdk"
 *
 * const breaker = Aspect.circuitBreaker({
 *   isFailure: (error) => Aspect.isOutage(error) || error.reason._tag === "Throttled"
 * })
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isOutage = ({ reason }: AwsError): boolean =>
  reason._tag === "ServerFault" || reason._tag === "Unreachable" || reason._tag === "TimedOut"

/** What is wrong with a trip policy, if anything. */
const tripPolicyProblem = (policy: TripPolicy): string | undefined => {
  if (policy._tag === "Consecutive") {
    return isWhole(policy.failures)
      ? undefined
      : `failures has to be a whole number from 1, and ${policy.failures} isn't`
  }
  if (policy._tag !== "Rate") return "tripPolicy has to be a policy with the tag Consecutive or Rate"
  const { minimumCalls, size, threshold } = policy
  if (!(threshold >= 0 && threshold <= 1)) return `threshold has to be a number from 0 to 1, and ${threshold} isn't`
  if (!isWhole(size)) return `size has to be a whole number from 1, and ${size} isn't`
  return isWhole(minimumCalls) && minimumCalls <= size
    ? undefined
    : `minimumCalls has to be a whole number from 1 to size, and ${minimumCalls} isn't`
}

/**
 * Stops sending calls to a service that doesn't work. After several failures in a row, its circuit opens: for a while, calls
 * fail at once. Then one call is sent as a probe. If it succeeds, the circuit closes; otherwise it stays open for as long
 * again. It's the circuit breaker of `effect/persistence`.
 *
 * - The calls that a circuit rejects fail with an `AwsError` whose reason is `CircuitOpen`. Its `retryAfter` says how long to
 *   wait, `isRetryable` is `true`, `mayHaveSucceeded` is `false`. The Layer's retries don't repeat them.
 * - Server faults, failed connections and timeouts count, as the last failure of a call with all its retries. Any other
 *   answer shows that AWS works: also one that refuses the call. What says nothing about AWS doesn't count: throttling,
 *   interruption, missing credentials, an input that can't be sent, an answer that can't be read.
 * - A circuit that opens logs a warning, and one that closes logs a line of level Info. The metrics `aws_circuit_openings`
 *   and `aws_circuit_rejections` count, by service.
 * - Each service and region has a circuit of its own, unless `key` says otherwise. The circuits belong to one Layer;
 *   `AssumeRole` starts with closed ones for its own calls.
 * - With {@link adaptive}, put the breaker first: `aspects: [Aspect.circuitBreaker(), Aspect.adaptive()]`. Then no call waits
 *   for the limit only to be rejected.
 *
 * The first call of a Layer waits for Effect's module to load.
 *
 * Throws a `RangeError` if `tripPolicy` or `openDuration` is out of range.
 *
 * **Example** (Fall back to what was read last)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Aspect, Profile, Ssm } from "effect-aws-sdk"
 *
 * const layer = Profile.layer({ aspects: [Aspect.circuitBreaker({ openDuration: "1 minute" })] })
 *
 * const read = (last: string) =>
 *   Ssm.getParameter("/app/motd").pipe(
 *     Effect.map(({ value }) => String(value)),
 *     Effect.catchReason("AwsError", "CircuitOpen", () => Effect.succeed(last)),
 *     Effect.provide(layer)
 *   )
 * ```
 *
 * @category aspects
 * @since 0.1.0
 */
export const circuitBreaker = (options: CircuitBreakerOptions = {}): Aspect => {
  const {
    isFailure = isOutage,
    key = keyOfCall,
    openDuration = "30 seconds",
    tripPolicy = { _tag: "Consecutive", failures: 5 }
  } = options
  const openFor = Schedule.isSchedule(openDuration)
    ? openDuration as Schedule.Schedule<unknown, number>
    : Option.getOrUndefined(Duration.fromInput(openDuration))
  const problem = tripPolicyProblem(tripPolicy) ?? (
    openFor !== undefined &&
      (Schedule.isSchedule(openFor) || (Duration.toMillis(openFor) > 0 && Duration.isFinite(openFor)))
      ? undefined
      : `openDuration has to be a finite time above 0, and ${String(openDuration)} isn't`
  )
  if (problem !== undefined) throw new RangeError(`Aspect.circuitBreaker: ${problem}`)
  return (send) => breakCircuits({ tripPolicy, openDuration: openFor!, isFailure, keyOf: key }, send)
}
