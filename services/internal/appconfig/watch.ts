// The versions of a configuration as they are deployed.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { AwsError } from "../../../errors/internal/awsError.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import type { Configuration, ConfigurationId } from "./models.ts"
import { LEAST_INTERVAL, makeSession, type Session, type SessionError } from "./session.ts"

/**
 * Options of `watchConfiguration`.
 *
 * @category models
 * @since 0.1.0
 */
export interface WatchOptions {
  /**
   * When to poll again; by default every minute. If AppConfig asks for more time between two polls, it gets it. The Stream ends when
   * the schedule is exhausted.
   */
  readonly schedule?: Schedule.Schedule<unknown, Configuration> | undefined
}

type Next = (input: Configuration) => Effect.Effect<boolean>

/** Polls until the configuration changes. `None` if the schedule is exhausted first. */
const change = Effect.fnUntraced(function*(
  { notBefore, poll }: Session,
  next: Next,
  previous: Configuration
): Effect.fn.Return<Option.Option<Configuration>, SessionError, AwsClients> {
  // AppConfig sets no time after a poll that failed.
  let notAgainBefore = -Infinity
  while (yield* next(previous)) {
    const wait = Math.max(notBefore(), notAgainBefore) - (yield* Clock.currentTimeMillis)
    if (wait > 0) yield* Effect.sleep(Duration.millis(wait))
    const latest = yield* poll.pipe(
      Effect.catchIf(
        (error): error is AwsError => AwsError.isAwsError(error) && error.isRetryable,
        Effect.fnUntraced(function*(error) {
          yield* Effect.logWarning(`Couldn't read the configuration anew: ${error.message}`)
          notAgainBefore = (yield* Clock.currentTimeMillis) + LEAST_INTERVAL * 1_000
          return previous
        })
      )
    )
    if (latest !== previous) return Option.some(latest)
  }
  return Option.none()
})

export const watchConfiguration = (
  id: ConfigurationId,
  options?: WatchOptions
): Stream.Stream<Configuration, SessionError, AwsClients> =>
  Stream.unwrap(Effect.gen(function*() {
    const session = makeSession(id)
    const step = yield* Schedule.toStepWithSleep(options?.schedule ?? Schedule.spaced("1 minute"))
    const next: Next = (input) => step(input).pipe(Effect.as(true), Pull.catchDone(() => Effect.succeed(false)))
    return Stream.paginate(
      Option.none<Configuration>(),
      (previous) =>
        Effect.map(
          Option.isNone(previous) ? Effect.asSome(session.poll) : change(session, next, previous.value),
          (latest) => [Option.toArray(latest), Option.map(latest, Option.some)]
        )
    )
  }))
