// What targets receive of an event. The expectations are recorded answers of AWS (test_events_inputs in LocalStack's repository), or those
// of "Amazon EventBridge input transformation" in the user guide.
import type { Target } from "@aws-sdk/client-eventbridge"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { InMemory } from "effect-aws-sdk"
import { deadLetters, from, lambda, put, queue, received, rule } from "./support/delivering.ts"

const Arn = queue("orders")

const detail = {
  command: "update-account",
  payload: { acc_id: "0a787ecb-4015", sf_id: "baz" },
  listsingle: ["HIGH"],
  listmulti: ["ACTIVE", "INACTIVE"],
  valid: true
}

/** What a target receives of an event, in a list; an empty list if nothing was delivered. */
const of = (target: Partial<Target>, sent: object = detail) =>
  Effect.gen(function*() {
    yield* rule("orders", from("shop"), { Arn, ...target })
    yield* put(sent)
    return yield* received(Arn)
  }).pipe(Effect.provide(InMemory.layer()))

const InputPathsMap = {
  userId: "$.detail.payload.acc_id",
  payload: "$.detail.payload",
  systemstring: "$.detail.awsAccountId",
  listsingle: "$.detail.listsingle",
  listmulti: "$.detail.listmulti",
  valid: "$.detail.valid",
  type: "$.detail-type",
  command: "$.detail.command",
  missing: "$.detail.notinmessage"
}

const template = (InputTemplate: string) => of({ InputTransformer: { InputPathsMap, InputTemplate } })

describe("an input path", () => {
  it.effect("selects a part of the event", () =>
    Effect.gen(function*() {
      assert.deepEqual(yield* of({ InputPath: "$.detail" }), [detail])
      assert.deepEqual(yield* of({ InputPath: "$.detail.payload" }), [detail.payload])
      assert.deepEqual(yield* of({ InputPath: "$.detail.payload.sf_id" }), ["baz"])
      assert.deepEqual(yield* of({ InputPath: "$.detail.listmulti[1]" }), ["INACTIVE"])
      assert.deepEqual(yield* of({ InputPath: "$.detail.items[*].id" }, { items: [{ id: 1 }, {}, { id: 2 }] }), [[
        1,
        2
      ]])
    }))
})

describe("a constant input", () => {
  it.effect("replaces the event", () =>
    Effect.gen(function*() {
      assert.deepEqual(yield* of({ Input: "{\"a\":[1]}" }), [{ a: [1] }])
    }))
})

describe("an input template", () => {
  const cases: ReadonlyArray<readonly [template: string, received: unknown]> = [
    [
      "\"Event of <type> type, info extracted from detail <command>\"",
      "Event of Order type, info extracted from detail update-account"
    ],
    ["\"Info extracted from detail <missing>\"", "Info extracted from detail "],
    [
      "\"{[/Check with special starting characters for event of <type> type\"",
      "{[/Check with special starting characters for event of Order type"
    ],
    ["{\"type\": <type>,  \"command\": <command>}", { type: "Order", command: "update-account" }],
    ["{\"command\": <missing>}", { command: "" }],
    [
      "{\"method\": \"PUT\", \"path\": \"users-service/users/<userId>\", \"bod\": <payload>}",
      { method: "PUT", path: "users-service/users/0a787ecb-4015", bod: detail.payload }
    ],
    [
      "\"Payload of <payload> with path users-service/users/<userId> and <userId>\"",
      "Payload of {acc_id:0a787ecb-4015,sf_id:baz} with path users-service/users/0a787ecb-4015 and 0a787ecb-4015"
    ],
    ["{\"id\" : <userId>, \"bod\": [<userId>, \"hardcoded\"]}", {
      id: "0a787ecb-4015",
      bod: ["0a787ecb-4015", "hardcoded"]
    }],
    ["{\"a\": {\"b\": \"users/<userId>/second/<userId>\"}, \"c\": \"<userId>\"}", {
      a: { b: "users/0a787ecb-4015/second/0a787ecb-4015" },
      c: "0a787ecb-4015"
    }],
    ["\"<listsingle> single list item\"", "[HIGH] single list item"],
    ["\"<listmulti> multiple list items\"", "[ACTIVE,INACTIVE] multiple list items"],
    ["{\"singlelistitem\": <listsingle>}", { singlelistitem: ["HIGH"] }],
    [
      "\"<listsingle> one\"\n\"<systemstring> account\"\n\"<payload> payload\"",
      "\"[HIGH] one\"\n\" account\"\n\"{acc_id:0a787ecb-4015,sf_id:baz} payload\""
    ],
    ["\"Command is <valid>!\"", "Command is true!"]
  ]
  for (const [text, expected] of cases) {
    it.effect(`${JSON.stringify(text)} is filled in`, () =>
      Effect.gen(function*() {
        assert.deepEqual(yield* template(text), [expected])
      }))
  }

  for (
    const text of [
      "{\"not_valid\": \"users-service/users/<payload>\", \"bod\": <payload>}",
      "{\"payload\": \"<payload>\"}",
      "{\"singlelistitem\": \"<listsingle>\"}"
    ]
  ) {
    it.effect(`${text} isn't delivered: its result isn't JSON`, () =>
      Effect.gen(function*() {
        assert.deepEqual(yield* template(text), [])
      }))
  }

  it.effect("that makes no JSON sends the event to the dead-letter queue", () =>
    Effect.gen(function*() {
      const InputTransformer = { InputPathsMap, InputTemplate: "{\"payload\": \"<payload>\"}" }
      yield* rule("orders", from("shop"), { Arn, InputTransformer, DeadLetterConfig: { Arn: queue("dead") } })
      yield* put(detail)
      assert.strictEqual((yield* received(queue("dead")))[0].detail.command, "update-account")
      const [attributes] = yield* deadLetters(queue("dead"))
      assert.deepInclude({ ...attributes }, {
        RULE_ARN: "arn:aws:events:us-east-1:123456789012:rule/orders",
        TARGET_ARN: Arn,
        ERROR_CODE: "INVALID_JSON"
      })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has variables for the rule, for the event with its detail, and without", () =>
    Effect.gen(function*() {
      const [whole] = yield* of({})
      const { detail: _, "detail-type": detailType, ...rest } = whole
      assert.deepEqual(yield* template("{\"event\": <aws.events.event>, \"json\": <aws.events.event.json>}"), [
        { event: { ...rest, detailType }, json: whole }
      ])
      assert.deepEqual(
        yield* template("\"<aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>\""),
        ["arn:aws:events:us-east-1:123456789012:rule/orders orders 1970-01-01T00:00:00Z"]
      )
    }))
})

describe("the settings of a delivery", () => {
  it.effect("are those of the target, with values of the event in place of paths", () =>
    Effect.gen(function*() {
      const RoleArn = "arn:aws:iam::123456789012:role/events"
      const stream = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
      yield* rule(
        "orders",
        from("shop"),
        { Arn: `${queue("orders")}.fifo`, SqsParameters: { MessageGroupId: "$.detail.command" } },
        { Arn: stream, RoleArn, KinesisParameters: { PartitionKeyPath: "$.detail.payload.sf_id" } },
        { Arn: `${stream}2`, RoleArn },
        { Arn: lambda("f"), RetryPolicy: { MaximumRetryAttempts: 2 } }
      )
      yield* put(detail)
      const all = yield* InMemory.delivered
      assert.deepEqual(all.map(({ settings }) => settings), [
        { Id: "t0", SqsParameters: { MessageGroupId: "update-account" } },
        { Id: "t1", RoleArn, PartitionKey: "baz" },
        { Id: "t2", RoleArn, PartitionKey: (all[2]!.input as { id: string }).id },
        { Id: "t3", RetryPolicy: { MaximumRetryAttempts: 2 } }
      ])
    }).pipe(Effect.provide(InMemory.layer())))
})
