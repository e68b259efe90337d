import { assert, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { AwsError, InMemory, Ssm } from "effect-aws-sdk"

/** Claims a job. If the answer was lost, the claim that is there may be our own. */
const claim = (job: string, worker: string) =>
  Ssm.putParameter({ name: `/jobs/${job}`, value: worker }).pipe(
    Effect.as(true),
    Effect.catchTag("ParameterAlreadyExists", () => Effect.succeed(false)),
    AwsError.catchCode("ParameterAlreadyExists", () =>
      Effect.map(Ssm.getParameter(`/jobs/${job}`), ({ value }) => value === worker))
  )

it.effect("has the job, although the first answer was lost", () =>
  Effect.gen(function*() {
    // AWS acts on the first attempt, and its answer doesn't arrive.
    yield* InMemory.inject({ operation: "PutParameter", nth: 1, fault: InMemory.cut("after") })
    assert.isTrue(yield* claim("7", "ada"))
    assert.isFalse(yield* claim("7", "grace"))
    const outcomes = (yield* InMemory.calls).map(({ operation, outcome }) => `${operation} ${outcome._tag}`)
    assert.deepEqual(outcomes.slice(0, 3), ["PutParameter Cut", "PutParameter Refused", "GetParameter Answered"])
  }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(2) }))))
