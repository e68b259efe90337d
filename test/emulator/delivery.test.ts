// What EventBridge delivers, and what runs because of it.
import { DisableRuleCommand, PutEventsCommand, RemoveTargetsCommand } from "@aws-sdk/client-eventbridge"
import { PutParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { EventBridge, InMemory, Ssm } from "effect-aws-sdk"
import * as Lambda from "effect-aws-sdk/Lambda"
import { TestClock } from "effect/testing"
import { from, lambda, put, queue, received, rule } from "./support/delivering.ts"

const orders = from("shop")

const order = (id: string) => put({ id })

const orderId = (event: { readonly detail: { readonly id: string } }) => event.detail.id

describe("InMemory.onDelivery", () => {
  it.effect("runs an Effect for each event that a rule sends to the target", () =>
    Effect.gen(function*() {
      yield* rule("orders", orders, { Arn: lambda("bill") }, { Arn: queue("all") })
      const seen: Array<string> = []
      yield* InMemory.onDelivery(lambda("bill"), (event) => Effect.sync(() => seen.push(orderId(event))))
      yield* order("one")
      yield* order("two")
      yield* InMemory.settled
      assert.deepEqual(seen, ["one", "two"])
      assert.deepEqual(
        (yield* InMemory.delivered).map(({ target }) => target),
        [lambda("bill"), queue("all"), lambda("bill"), queue("all")]
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("dies of a target that isn't an ARN, which nothing would be delivered to", () =>
    Effect.gen(function*() {
      for (const target of ["orders", "", "arn:aws:lambda"]) {
        const exit = yield* Effect.exit(InMemory.onDelivery(target, () => Effect.void))
        assert.isTrue(Exit.hasDies(exit))
        assert.include(String(exit), "isn't an ARN. Name the target as its rule does")
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("selects deliveries by a function, and gives the delivery as well", () =>
    Effect.gen(function*() {
      yield* rule("orders", orders, { Arn: lambda("bill") }, { Arn: queue("all") })
      const seen: Array<unknown> = []
      yield* InMemory.onDelivery(
        ({ target }) => target.includes(":sqs:"),
        (_, delivery) => Effect.sync(() => seen.push([delivery.from, delivery.settings]))
      )
      yield* order("one")
      yield* InMemory.settled
      assert.deepEqual(seen, [["arn:aws:events:us-east-1:123456789012:rule/orders", { Id: "t1" }]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("gives the Effect the services of the caller, so that it calls AWS and causes more events", () =>
    Effect.gen(function*() {
      yield* rule("orders", orders, { Arn: lambda("bill") })
      yield* rule("bills", from("billing"), { Arn: lambda("send") })
      yield* InMemory.onDelivery(lambda("bill"), (event) =>
        EventBridge.send(
          new PutEventsCommand({
            Entries: [{ Source: "billing", DetailType: "Bill", Detail: JSON.stringify({ id: orderId(event) }) }]
          })
        ))
      yield* InMemory.onDelivery(
        lambda("send"),
        (event) => Ssm.send(new PutParameterCommand({ Name: "/sent", Value: orderId(event), Type: "String" }))
      )
      yield* order("seven")
      yield* InMemory.settled
      assert.strictEqual((yield* Ssm.getParameter("/sent")).value, "seven")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("runs a handler of Lambda.handler", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const handler = Lambda.handler({
        handler: (event: unknown) => Effect.sync(() => void seen.push(event))
      })
      yield* rule("orders", orders, { Arn: lambda("bill"), InputPath: "$.detail" })
      yield* InMemory.onDelivery(lambda("bill"), handler)
      yield* order("one")
      yield* InMemory.settled
      assert.deepEqual(seen, [{ id: "one" }])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("runs a failed Effect again after one and two minutes, and then loses the event", () =>
    Effect.gen(function*() {
      yield* rule("orders", orders, { Arn: lambda("bill"), DeadLetterConfig: { Arn: queue("of-the-rule") } })
      let runs = 0
      yield* InMemory.onDelivery(
        lambda("bill"),
        () => Effect.suspend(() => ++runs === 1 ? Effect.fail("no") : Effect.die("no"))
      )
      yield* order("one")
      const after = Effect.fnUntraced(function*(duration: "59 seconds" | "1 second" | "119 seconds" | "1 hour") {
        yield* TestClock.adjust(duration)
        yield* InMemory.settled
        return runs
      })
      yield* InMemory.settled
      assert.strictEqual(runs, 1)
      assert.strictEqual(yield* after("59 seconds"), 1)
      assert.strictEqual(yield* after("1 second"), 2)
      assert.strictEqual(yield* after("119 seconds"), 2)
      assert.strictEqual(yield* after("1 second"), 3)
      assert.strictEqual(yield* after("1 hour"), 3)
      // Lambda had the event, so EventBridge's delivery has succeeded.
      assert.lengthOf(yield* InMemory.delivered, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("sends what failed each time to the dead-letter queue of the function", () =>
    Effect.gen(function*() {
      yield* rule("orders", orders, { Arn: lambda("bill") })
      yield* InMemory.onDelivery(lambda("bill"), () => Effect.fail("no money"), {
        deadLetterQueue: queue("lost")
      })
      const lost: Array<string> = []
      yield* InMemory.onDelivery(queue("lost"), (event) => Effect.sync(() => lost.push(orderId(event))))
      yield* order("one")
      yield* TestClock.adjust("3 minutes")
      yield* InMemory.settled
      assert.deepEqual(lost, ["one"])
      const [, dead] = yield* InMemory.delivered
      assert.deepInclude({ ...dead }, { from: lambda("bill"), target: queue("lost") })
      assert.nestedPropertyVal(dead, "settings.MessageAttributes.ErrorMessage.StringValue", "no money")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("sends what another target refused to the dead-letter queue of the rule's target", () =>
    Effect.gen(function*() {
      const Arn = "arn:aws:sns:us-east-1:123456789012:topic"
      yield* rule("orders", orders, {
        Arn,
        DeadLetterConfig: { Arn: queue("lost") },
        RetryPolicy: { MaximumRetryAttempts: 1 }
      })
      yield* InMemory.onDelivery(Arn, () => Effect.fail("full"))
      yield* order("one")
      yield* TestClock.adjust("1 minute")
      yield* InMemory.settled
      const [, dead] = yield* InMemory.delivered
      assert.strictEqual(dead?.target, queue("lost"))
      for (const [name, value] of Object.entries({ ERROR_CODE: "ERROR_FROM_TARGET", RETRY_ATTEMPTS: "1" })) {
        assert.nestedPropertyVal(dead, `settings.MessageAttributes.${name}.StringValue`, value)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("ends with its scope, and interrupts what runs", () =>
    Effect.gen(function*() {
      yield* rule("orders", orders, { Arn: lambda("bill") })
      let interrupted = 0
      yield* Effect.scoped(Effect.gen(function*() {
        yield* InMemory.onDelivery(
          lambda("bill"),
          () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))
        )
        yield* order("one")
        yield* Effect.yieldNow
        yield* Effect.yieldNow
      }))
      assert.strictEqual(interrupted, 1)
      yield* order("two")
      yield* InMemory.settled
      assert.strictEqual(interrupted, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("changes nothing in what the target received if the Effect changes its input", () =>
    Effect.gen(function*() {
      yield* rule("orders", orders, { Arn: lambda("bill") })
      yield* InMemory.onDelivery(lambda("bill"), (event) =>
        Effect.suspend(() => {
          event.detail.id = "changed"
          return Effect.fail("no")
        }))
      yield* order("one")
      yield* InMemory.settled
      assert.nestedPropertyVal((yield* InMemory.delivered)[0], "input.detail.id", "one")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("schedules", () => {
  const ticks = (Arn: string) =>
    Effect.map(
      InMemory.delivered,
      (all) => all.filter(({ target }) => target === Arn).map(({ input }) => (input as { time: string }).time)
    )

  it.effect("run by themselves while something waits for deliveries", () =>
    Effect.gen(function*() {
      yield* rule("tick", { ScheduleExpression: "rate(5 minutes)" }, { Arn: lambda("tick") })
      const seen: Array<string> = []
      yield* InMemory.onDelivery(lambda("tick"), ({ time }) => Effect.sync(() => seen.push(time)))
      yield* TestClock.adjust("4 minutes")
      yield* InMemory.settled
      assert.deepEqual(seen, [])
      yield* TestClock.adjust("11 minutes")
      yield* InMemory.settled
      assert.deepEqual(seen, ["1970-01-01T00:05:00Z", "1970-01-01T00:10:00Z", "1970-01-01T00:15:00Z"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("stop when the rule is disabled, and go on after a change", () =>
    Effect.gen(function*() {
      yield* rule("tick", { ScheduleExpression: "rate(1 hour)" }, { Arn: lambda("tick") })
      yield* TestClock.adjust("1 hour")
      const [{ id, ...event }] = yield* received(lambda("tick"))
      assert.match(id, /^[0-9a-f-]{36}$/)
      // As recorded by test_events_schedule in LocalStack's repository.
      assert.deepEqual(event, {
        version: "0",
        "detail-type": "Scheduled Event",
        source: "aws.events",
        account: "123456789012",
        time: "1970-01-01T01:00:00Z",
        region: "us-east-1",
        resources: ["arn:aws:events:us-east-1:123456789012:rule/tick"],
        detail: {}
      })
      assert.lengthOf(yield* ticks(lambda("tick")), 1)
      yield* EventBridge.send(new DisableRuleCommand({ Name: "tick" }))
      yield* TestClock.adjust("10 hours")
      assert.lengthOf(yield* ticks(lambda("tick")), 1)
      yield* rule("tick", { ScheduleExpression: "cron(0 12 * * ? *)" }, { Arn: lambda("tick") })
      yield* TestClock.adjust("1 day")
      assert.deepEqual(yield* ticks(lambda("tick")), ["1970-01-01T01:00:00Z", "1970-01-01T12:00:00Z"])
      yield* EventBridge.send(new RemoveTargetsCommand({ Rule: "tick", Ids: ["t0"] }))
      yield* TestClock.adjust("1 day")
      assert.lengthOf(yield* ticks(lambda("tick")), 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("make up for the latest 1,000 runs if the clock jumps by years", () =>
    Effect.gen(function*() {
      yield* rule("minute", { ScheduleExpression: "rate(1 minute)" }, { Arn: lambda("minute") })
      yield* rule("cron", { ScheduleExpression: "cron(*/2 * * * ? *)" }, { Arn: lambda("cron") })
      yield* rule("month", { ScheduleExpression: "cron(0 0 1 * ? *)" }, { Arn: lambda("month") })
      yield* TestClock.adjust("3650 days")
      for (const name of ["minute", "cron"]) {
        const all = yield* ticks(lambda(name))
        assert.lengthOf(all, 1_000)
        assert.strictEqual(all.at(-1), "1979-12-30T00:00:00Z")
      }
      assert.lengthOf(yield* ticks(lambda("month")), 119)
      yield* TestClock.adjust("2 minutes")
      assert.lengthOf(yield* ticks(lambda("minute")), 1_002)
    }).pipe(Effect.provide(InMemory.layer())))
})
