// A retry policy for some of a program's calls.
import { PutEventsCommand } from "@aws-sdk/client-eventbridge"
import { DeleteObjectsCommand } from "@aws-sdk/client-s3"
import { BatchGetSecretValueCommand } from "@aws-sdk/client-secrets-manager"
import { DescribeParametersCommand, GetParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, References, Schedule, Schema, Stream } from "effect"
import { AssumeRole, EventBridge, InMemory, Retry, S3, Ssm, Sts } from "effect-aws-sdk"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"

const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))
const describeAll = Ssm.pages(new DescribeParametersCommand({}))

/** How many attempts the effect makes of an operation, when each takes no time to fail. */
const attemptsOf = <A, E, R>(operation: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const count = Effect.map(InMemory.calls, (calls) => calls.filter((call) => call.operation === operation).length)
    const before = yield* count
    yield* Effect.exit(effect)
    return (yield* count) - before
  })

const failing = InMemory.inject({ operation: "GetParameter", fault: InMemory.serverFault })

describe("Retry.withPolicy", () => {
  it.effect("replaces the Layer's policy for the calls of one effect, and for no others", () =>
    Effect.gen(function*() {
      yield* failing
      assert.strictEqual(yield* attemptsOf("GetParameter", get), 3)
      assert.strictEqual(yield* attemptsOf("GetParameter", get.pipe(Retry.withPolicy(Retry.none))), 1)
      assert.strictEqual(yield* attemptsOf("GetParameter", Retry.withPolicy(get, Retry.standard({ attempts: 7 }))), 7)
      assert.strictEqual(yield* attemptsOf("GetParameter", get), 3)
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect.prop(
    "applies the innermost policy, however many surround it",
    [Schema.NonEmptyArray(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 })))],
    ([retries]) =>
      Effect.gen(function*() {
        yield* failing
        const nested = retries.reduce((call, times): typeof get => Retry.withPolicy(call, Schedule.recurs(times)), get)
        assert.strictEqual(yield* attemptsOf("GetParameter", nested), retries[0] + 1)
      }).pipe(Effect.provide(InMemory.layer({ virtualTime: true })))
  )

  it.effect("applies to the calls of forked fibers, and of a function that makes several", () =>
    Effect.gen(function*() {
      yield* failing
      const both = [Effect.exit(get), Effect.exit(Ssm.getParameter("/p"))]
      const forked = Effect.all(both, { concurrency: "unbounded" })
      assert.strictEqual(
        yield* attemptsOf("GetParameter", forked.pipe(Retry.withPolicy(Schedule.recurs(4)))),
        10
      )
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("applies to a call that lookups share if all of them have it; otherwise the Layer's does", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "GetParameters", fault: InMemory.serverFault })
      const [a, b] = [Effect.exit(Ssm.lookupParameter("/a")), Effect.exit(Ssm.lookupParameter("/b"))]
      const none = Retry.withPolicy(Retry.none)
      const shared = (...lookups: ReadonlyArray<typeof a>) =>
        attemptsOf("GetParameters", Effect.all(lookups, { concurrency: "unbounded" }))
      assert.strictEqual(yield* shared(none(a), none(b)), 1)
      assert.strictEqual(yield* shared(none(a), b), 3)
      assert.strictEqual(yield* shared(a, none(b)), 3)
      assert.strictEqual(yield* shared(none(a), Retry.withPolicy(b, Schedule.recurs(4))), 3)
      assert.strictEqual(yield* shared(Retry.withPolicy(a, Schedule.recurs(4))), 5)
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(2), virtualTime: true }))))

  it.effect("applies to every page of a Stream", () =>
    Effect.gen(function*() {
      for (const name of ["/a", "/b", "/c"]) yield* Ssm.putParameter({ name, value: "v" })
      // The second page fails five times.
      yield* InMemory.inject({ operation: "DescribeParameters", nth: 2, fault: InMemory.serverFault })
      yield* InMemory.inject({ operation: "DescribeParameters", nth: 3, fault: InMemory.serverFault })
      const pages = describeAll.pipe(Retry.withPolicy(Schedule.recurs(2)), Stream.runCollect)
      assert.strictEqual(yield* attemptsOf("DescribeParameters", pages), 5)
      assert.strictEqual(
        yield* attemptsOf("DescribeParameters", Stream.runDrain(Retry.withPolicy(describeAll, Retry.none))),
        3
      )
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 1, retry: Retry.none, virtualTime: true }))))

  it.effect("uses the quota of the client", () =>
    Effect.gen(function*() {
      yield* failing
      // 500 tokens at 14 for each retry.
      assert.strictEqual(yield* attemptsOf("GetParameter", get.pipe(Retry.withPolicy(Schedule.recurs(1_000)))), 36)
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("runs the schedule in the context of the caller", () => {
    const logged: Array<unknown> = []
    const logger = Logger.make(({ fiber, message }) => {
      if (String(message) === "again") logged.push(fiber.getRef(References.CurrentLogAnnotations)["job"])
    })
    return Effect.gen(function*() {
      yield* failing
      const policy = Schedule.recurs(2).pipe(Schedule.tap(() => Effect.log("again")))
      yield* attemptsOf("GetParameter", get.pipe(Retry.withPolicy(policy), Effect.annotateLogs("job", "nightly")))
      assert.deepEqual(logged, ["nightly", "nightly"])
    }).pipe(Effect.provide([InMemory.layer({ virtualTime: true }), Logger.layer([logger])]))
  })

  it.effect("ends the wait before the next attempt when the call is interrupted", () =>
    Effect.gen(function*() {
      yield* failing
      const fiber = yield* Effect.forkChild(get.pipe(Retry.withPolicy(Schedule.spaced("1 day"))))
      yield* Effect.sleep("1 hour")
      yield* Fiber.interrupt(fiber)
      yield* Effect.sleep("2 days")
      assert.lengthOf(yield* InMemory.calls, 1)
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("applies to calls through a role, but not to the call that assumes the role", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.serverFault })
      const role = AssumeRole.layer({ roleArn: "arn:aws:iam::210987654321:role/audit", sessionName: "audit" })
      const inRole = Sts.environment.pipe(Effect.provide(role), Retry.withPolicy(Retry.none))
      assert.strictEqual(yield* attemptsOf("AssumeRole", inRole), 3)
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("applies to the clients of a role", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "GetCallerIdentity", fault: InMemory.serverFault })
      assert.strictEqual(
        yield* attemptsOf("GetCallerIdentity", Sts.environment.pipe(Retry.withPolicy(Schedule.recurs(5)))),
        6
      )
    }).pipe(Effect.provide(
      AssumeRole.layer({ roleArn: "arn:aws:iam::210987654321:role/audit", sessionName: "audit" }).pipe(
        Layer.provideMerge(InMemory.layer()),
        Layer.provideMerge(InMemory.virtualTime)
      )
    )))
})

describe("Retry.withPolicy and what functions resend", () => {
  class Placed extends EventBridge.Event<Placed>()({ source: "shop", detailType: "Placed", fields: {} }) {}
  const busy = InMemory.handle(
    PutEventsCommand,
    () => Effect.succeed({ FailedEntryCount: 1, Entries: [{ ErrorCode: "ThrottlingException", ErrorMessage: "busy" }] })
  )
  const put = (retry?: Retry.Policy) => EventBridge.putEvents([new Placed({})], { eventBus: "default", retry })

  it.effect("applies to the entries that putEvents resends, unless its own option says otherwise", () =>
    Effect.gen(function*() {
      yield* busy
      assert.strictEqual(yield* attemptsOf("PutEvents", put()), 3)
      assert.strictEqual(yield* attemptsOf("PutEvents", put().pipe(Retry.withPolicy(Retry.none))), 1)
      assert.strictEqual(yield* attemptsOf("PutEvents", put(Schedule.recurs(4)).pipe(Retry.withPolicy(Retry.none))), 5)
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("applies to the calls of a publisher that is made under it, whoever publishes", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutEvents", fault: InMemory.serverFault })
      const sent = (made: Retry.Policy, published: Retry.Policy) =>
        Effect.gen(function*() {
          const count = Effect.map(InMemory.calls, ({ length }) => length)
          const before = yield* count
          const publisher = yield* EventBridge.publisher({
            eventBus: "default",
            retry: Schedule.recurs(0),
            onFailure: () => Effect.void
          }).pipe(Retry.withPolicy(made))
          yield* publisher.publish(new Placed({})).pipe(Effect.andThen(publisher.flush), Retry.withPolicy(published))
          return (yield* count) - before
        })
      assert.strictEqual(yield* sent(Retry.none, Schedule.recurs(4)), 1)
      assert.strictEqual(yield* sent(Schedule.recurs(4), Retry.none), 5)
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("applies to the keys that deleteObjects resends", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(DeleteObjectsCommand, () =>
        Effect.succeed({ Errors: [{ Key: "k", Code: "SlowDown", Message: "busy" }] }))
      const deletion = S3.deleteObjects("bucket", ["k"])
      assert.strictEqual(yield* attemptsOf("DeleteObjects", deletion), 3)
      assert.strictEqual(yield* attemptsOf("DeleteObjects", deletion.pipe(Retry.withPolicy(Schedule.recurs(6)))), 7)
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("applies to the secrets that getSecrets asks for again", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(BatchGetSecretValueCommand, () =>
        Effect.succeed({ Errors: [{ SecretId: "s", ErrorCode: "InternalServiceError", Message: "oops" }] }))
      const secrets = SecretsManager.getSecrets(["s"])
      assert.strictEqual(yield* attemptsOf("BatchGetSecretValue", secrets), 3)
      assert.strictEqual(yield* attemptsOf("BatchGetSecretValue", secrets.pipe(Retry.withPolicy(Retry.none))), 1)
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))
})
