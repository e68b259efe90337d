// The permissions that calls to EventBridge need, as its user guide tells them in examples of policies.
import { assert, describe, it } from "@effect/vitest"
import { eventBridge } from "../../emulator/eventbridge/eventBridge.ts"
import type { State } from "../../emulator/eventbridge/state.ts"
import { keyOf, needsOf, place, shown } from "./support/needs.ts"

const withRule = (): State => {
  const state = eventBridge.state()
  const tags = [{ Key: "Team", Value: "web" }]
  const rule = { name: "r", createdBy: "210987654321", managedBy: "ecs.amazonaws.com", tags }
  const statements = [{ Sid: "a", Effect: "Allow", Principal: "*", Action: "events:PutEvents" }]
  state.buses.set("orders", { name: "orders", rules: new Map([["r", rule]]), statements, tags: [] } as never)
  return state
}

const rule = "arn:aws:events:us-east-1:123456789012:rule/orders/r"

describe("the permissions for calls to EventBridge", () => {
  it("are for a rule, whose ARN has the name of its bus unless it's the default one", () => {
    const on = (EventBusName?: string) => needsOf(eventBridge, "DescribeRule", { Name: "r", EventBusName })
    assert.deepEqual(shown(on()), ["events:DescribeRule events rule/r"])
    assert.deepEqual(shown(on("default")), ["events:DescribeRule events rule/r"])
    assert.deepEqual(shown(on("orders")), ["events:DescribeRule events rule/orders/r"])
    assert.deepEqual(on("arn:aws:events:eu-west-1:210987654321:event-bus/theirs").map(({ resource }) => resource), [
      "arn:aws:events:eu-west-1:210987654321:rule/theirs/r"
    ])
  })

  it("are for the bus of each event, with its source and its type", () => {
    const needs = needsOf(eventBridge, "PutEvents", {
      Entries: [
        { Source: "com.shop", DetailType: "Order Placed", Detail: "{}", EventBusName: "orders" },
        { Source: "com.shop", DetailType: "Order Cancelled", Detail: "{}" }
      ]
    })
    assert.deepEqual(shown(needs), [
      "events:PutEvents events event-bus/orders",
      "events:PutEvents events event-bus/default"
    ])
    assert.deepEqual(keyOf(needs, "orders", "events:source"), ["com.shop"])
    assert.deepEqual(keyOf(needs, "orders", "events:detail-type"), ["Order Placed"])
  })

  it("can depend on the sources and the types in the pattern of a rule", () => {
    const keys = (pattern: object) =>
      needsOf(eventBridge, "PutRule", { Name: "r", EventPattern: JSON.stringify(pattern) })[0]?.keys
    assert.deepEqual(keys({ source: ["aws.ec2", "aws.autoscaling"] }), {
      "events:source": ["aws.ec2", "aws.autoscaling"]
    })
    assert.deepEqual(keys({ "detail-type": ["A"], detail: { userIdentity: { principalId: ["AIDA1"] } } }), {
      "events:detail-type": ["A"],
      "events:detail.useridentity.principalid": ["AIDA1"]
    })
    // A schedule, or a pattern for all sources: policies ask whether the key is null.
    assert.deepEqual(keys({ account: ["123456789012"] }), {})
    assert.deepEqual(needsOf(eventBridge, "PutRule", { Name: "r", EventPattern: "{" })[0]?.keys, {})
  })

  it("include the one to tag a new rule, and those to pass the roles of the rule and of its targets", () => {
    const role = "arn:aws:iam::123456789012:role/events"
    const passing = {
      action: "iam:PassRole",
      resource: role,
      keys: { "iam:passedtoservice": ["events.amazonaws.com"] }
    }
    const put = needsOf(eventBridge, "PutRule", { Name: "r", RoleArn: role, Tags: [{ Key: "Team", Value: "web" }] })
    assert.deepEqual(shown(put.slice(0, 2)), ["events:PutRule events rule/r", "events:TagResource events rule/r"])
    assert.deepEqual(keyOf(put, "rule/r", "aws:RequestTag/Team"), ["web"])
    assert.deepEqual(put[2], passing)
    const queue = (id: string) => ({ Id: id, Arn: `arn:aws:sqs:us-east-1:123456789012:${id}`, RoleArn: role })
    const targets = needsOf(eventBridge, "PutTargets", { Rule: "r", Targets: [queue("a"), queue("b")] })
    assert.deepEqual(targets.slice(1), [passing])
    assert.deepEqual(keyOf(targets, "rule/r", "events:TargetArn"), [queue("a").Arn, queue("b").Arn])
  })
})

describe("what policies can ask about buses and rules", () => {
  const { keysOf, policyOf, tagsOf } = eventBridge.authorization!

  it("is who created a rule and who manages it, and its tags", () => {
    assert.deepEqual(keysOf!(rule, withRule(), place), {
      "events:creatoraccount": ["210987654321"],
      "events:managedby": ["ecs.amazonaws.com"]
    })
    assert.deepEqual(tagsOf!(rule, withRule(), place), { Team: "web" })
    // A new rule has no creator yet: policies of buses ask with IfExists.
    assert.deepEqual(keysOf!(`${rule}2`, withRule(), place), {})
  })

  it("is the policy of a bus, also for its rules", () => {
    const bus = "arn:aws:events:us-east-1:123456789012:event-bus/orders"
    assert.include(policyOf!(bus, withRule(), place), "\"Sid\":\"a\"")
    assert.strictEqual(policyOf!(rule, withRule(), place), policyOf!(bus, withRule(), place))
    assert.isUndefined(policyOf!(bus.replace("orders", "default"), withRule(), place))
  })
})
