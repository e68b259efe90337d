// Circuit breakers around calls, on Effect's own. Its module is large and unstable: it loads when a Layer has a breaker.
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import type * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import type * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { AwsError } from "../../errors/internal/awsError.ts"
import { CircuitOpen } from "../../errors/internal/reasons.ts"
import type { Call, Send } from "../Call.ts"
import { Defect } from "./defect.ts"
import { oncePerKey } from "./memo.ts"
import { steadyClock } from "./steady.ts"

/**
 * When a circuit opens. The values of `CircuitBreaker.consecutive` and `CircuitBreaker.rate` of `effect/persistence` are
 * such policies.
 *
 * - `Consecutive`: after this many `failures` in a row.
 * - `Rate`: if at least the share `threshold` (from 0 to 1) of the last `size` calls failed, once there were `minimumCalls`.
 *
 * @category models
 * @since 0.1.0
 */
export type TripPolicy =
  | { readonly _tag: "Consecutive"; readonly failures: number }
  | { readonly _tag: "Rate"; readonly threshold: number; readonly minimumCalls: number; readonly size: number }

export interface Settings {
  readonly tripPolicy: TripPolicy
  readonly openDuration: Duration.Duration | Schedule.Schedule<unknown, number>
  readonly isFailure: (error: AwsError) => boolean
  readonly keyOf: (call: Call) => string
}

/** The call that a circuit admits or records, for the metrics. */
const CurrentCall = Context.Reference<Call | undefined>("effect-aws-sdk/CircuitCall", { defaultValue: () => undefined })

const counter = (id: string, description: string) =>
  oncePerKey((service) => Metric.counter(id, { description, attributes: { service }, incremental: true }))

const openingsOf = counter("aws_circuit_openings", "Circuits that opened")
const rejectionsOf = counter("aws_circuit_rejections", "Calls that an open circuit rejected")

const observe = Effect.fnUntraced(function*(transition: CircuitBreaker.Transition | undefined) {
  if (transition === undefined) return
  const call = yield* CurrentCall
  if (transition.to === "Open") {
    yield* Metric.update(openingsOf(call?.service ?? ""), 1)
    yield* Effect.logWarning(
      `The circuit ${transition.key} opened: its calls fail at once for ${Duration.format(transition.retryAfter)}`
    )
  } else if (transition.to === "HalfOpen") {
    yield* Effect.logDebug(`The circuit ${transition.key} is half-open: the next call is a probe`)
  } else yield* Effect.logInfo(`The circuit ${transition.key} closed: calls are sent again`)
})

const makeBreaker = (module: typeof CircuitBreaker, { openDuration, tripPolicy }: Settings) =>
  Effect.gen(function*() {
    const store = yield* module.CircuitBreakerStore
    const steadily = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.updateService(effect, Clock.Clock, steadyClock)
    // Reports a change where it happens, in the fiber of the call that causes it.
    const reporting = module.CircuitBreakerStore.of({
      ...store,
      admit: (key) => Effect.tap(steadily(store.admit(key)), ({ transition }) => observe(transition)),
      record: (options) => Effect.tap(steadily(store.record(options)), observe)
    })
    return yield* module.make({ tripPolicy, openDuration }).pipe(
      Effect.provideService(module.CircuitBreakerStore, reporting)
    )
  }).pipe(
    Effect.provide(module.layerStoreMemory()),
    // It holds nothing that would have to be released.
    Effect.provideService(Scope.Scope, Scope.makeUnsafe())
  )

const load = (): Promise<typeof CircuitBreaker> =>
  import("effect/persistence/CircuitBreaker").catch((cause) => {
    throw new Defect(
      "Aspect.circuitBreaker needs effect 4.1.0 or later, which has effect/persistence/CircuitBreaker.",
      { cause }
    )
  })

/** Reasons that say nothing about AWS: no attempt got there, or it answered that there were too many. */
const saysNothing = new Set<AwsError["reason"]["_tag"]>([
  "CircuitOpen",
  "CredentialsUnavailable",
  "Misconfigured",
  "Throttled",
  "Unreadable"
])

const rejected = ({ operation, region, service }: Call, reason: CircuitBreaker.CircuitBreakerErrorReason): AwsError => {
  const isProbing = reason._tag === "CircuitHalfOpen"
  const key = reason._tag === "CircuitBreakerStoreError" ? service : reason.key
  const retryAfter = reason._tag === "CircuitOpen" ? reason.retryAfter : undefined
  return new AwsError({
    service,
    operation,
    region,
    reason: new CircuitOpen({
      code: isProbing ? "CircuitHalfOpen" : "CircuitOpen",
      description: isProbing
        ? `nothing was sent, because another call is testing whether ${key} works again`
        : `nothing was sent, because recent calls to ${key} failed`,
      isRetryable: true,
      retryAfter,
      advice: retryAfter === undefined
        ? "Try again when that call has ended."
        : `Try again in ${Duration.format(retryAfter)}.`
    })
  })
}

export const breakCircuits = (settings: Settings, send: Send): Send => {
  const { isFailure, keyOf } = settings
  const loading = load().then((module) =>
    Effect.runPromise(Effect.map(makeBreaker(module, settings), (breaker) => ({ breaker, module })))
  )
  // Each call reports it.
  loading.catch(() => {})
  let loaded: Awaited<typeof loading> | undefined
  const get = Effect.suspend(() =>
    loaded === undefined
      ? Effect.map(Effect.promise(() => loading), (done) => loaded = done)
      : Effect.succeed(loaded)
  )
  return (call) =>
    Effect.flatMap(get, ({ breaker, module }) => {
      const classify = (exit: Exit.Exit<unknown, AwsError>): CircuitBreaker.Outcome => {
        if (Exit.isSuccess(exit)) return module.success
        const error = Exit.findErrorOption(exit)
        // A defect is the program's own.
        if (error._tag === "None") return module.ignored
        if (isFailure(error.value)) return module.failure()
        return saysNothing.has(error.value.reason._tag) ? module.ignored : module.success
      }
      return breaker.execute(send(call), { key: keyOf(call), classify }).pipe(
        Effect.catchTag("CircuitBreakerError", ({ reason }) =>
          Effect.andThen(
            Metric.update(rejectionsOf(call.service), 1),
            Effect.fail(rejected(call, reason))
          )),
        Effect.provideService(CurrentCall, call)
      )
    })
}
