import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListEventBusesCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  type Target,
  UntagResourceCommand,
  UpdateEventBusCommand
} from "@aws-sdk/client-eventbridge"
import { assert } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { EventBridge } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { codeOf } from "./support/rejections.ts"

class Ordered extends EventBridge.Event<Ordered>()({
  source: "contract.shop",
  detailType: "Ordered",
  fields: { order: Schema.Int }
}) {}

class Shipped extends EventBridge.Event<Shipped>()({
  source: "contract.shop",
  detailType: "Shipped",
  fields: { order: Schema.Int, at: Schema.Date }
}) {}

/** An event with any source, detail type and size, valid or not. */
const customEvent = (type: { readonly source?: string; readonly detailType?: string; readonly bytes?: number }) => {
  const detail = Schema.Struct({ data: Schema.String })
  const { bytes = 0, detailType = "Odd", source = "contract.shop" } = type
  return { data: "x".repeat(bytes), [EventBridge.eventType]: { source, detailType, detail } }
}

const entry: PutEventsRequestEntry = { Source: "contract.shop", DetailType: "Ordered", Detail: "{}" }

const put = (...Entries: Array<PutEventsRequestEntry>) => EventBridge.send(new PutEventsCommand({ Entries }))

const createBus = (Name: string) => EventBridge.send(new CreateEventBusCommand({ Name }))

const EventPattern = JSON.stringify({ source: ["contract.shop"] })

const putRule = (Name: string, EventBusName?: string) =>
  EventBridge.send(new PutRuleCommand({ Name, EventPattern, ...(EventBusName && { EventBusName }) }))

const putTarget = (rule: string, target: Partial<Target>) =>
  EventBridge.send(
    new PutTargetsCommand({
      Rule: rule,
      Targets: [{ Id: "1", Arn: "arn:aws:sqs:us-east-1:123456789012:queue", ...target }]
    })
  )

export const eventBridge = contract("EventBridge", {
  "returns an id for each event": documented(
    "API_PutEvents",
    Effect.gen(function*() {
      const events = Array.from(
        { length: 25 },
        (_, order) => order % 2 === 0 ? new Ordered({ order }) : new Shipped({ order, at: new Date(order) })
      )
      const ids = yield* EventBridge.putEvents(events, { eventBus: "default" })
      assert.lengthOf(ids, 25)
      assert.strictEqual(new Set(ids).size, 25)
      for (const id of ids) assert.match(id, /^[0-9a-f-]{36}$/)
    })
  ),

  "accepts an event bus by name or by ARN": documented(
    "API_PutEventsRequestEntry",
    Effect.gen(function*() {
      const { EventBusArn = "" } = yield* createBus("contract-put")
      for (const eventBus of ["contract-put", EventBusArn]) {
        assert.lengthOf(yield* EventBridge.putEvents([new Ordered({ order: 1 })], { eventBus }), 1)
      }
    })
  ),

  "delivers the valid events and fails with the invalid ones": believed(
    "the codes are documented; the messages come from bug reports",
    Effect.gen(function*() {
      const [good, better] = [new Ordered({ order: 1 }), new Ordered({ order: 2 })]
      const [noSource, noType] = [customEvent({ source: "" }), customEvent({ detailType: "" })]
      const error = yield* Effect.flip(
        EventBridge.putEvents([good, noSource, better, noType], { eventBus: "default" })
      )
      assert.deepEqual(error.delivered.map(({ event }) => event), [good, better])
      assert.deepEqual(error.notDelivered, [noSource, noType])
      assert.deepEqual(error.failures.map(({ code, index, message }) => [index, code, message]), [
        [1, "InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."],
        [3, "InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument."]
      ])
    })
  ),

  "doesn't send an event that is too large": documented(
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html",
    Effect.gen(function*() {
      const events = [new Ordered({ order: 1 }), customEvent({ bytes: 1_100_000 })]
      const error = yield* Effect.flip(EventBridge.putEvents(events, { eventBus: "default" }))
      assert.lengthOf(error.delivered, 1)
      assert.deepEqual(error.failures.map(({ code, event }) => [code, event]), [["EntryTooLarge", events[1]]])
    })
  ),

  "fails with AWS's error for a source reserved for AWS": believed(
    "moto has AWS's code and message",
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        EventBridge.putEvents([customEvent({ source: "aws.shop" })], { eventBus: "default" })
      )
      assert.deepEqual(error.failures.map(({ code, message }) => [code, message]), [
        ["NotAuthorizedForSourceException", "Not authorized for the source."]
      ])
    })
  ),

  "accepts and drops an event for a missing bus": believed(
    "PutEvents documents no ResourceNotFoundException",
    Effect.gen(function*() {
      assert.lengthOf(yield* EventBridge.putEvents([new Ordered({ order: 1 })], { eventBus: "contract-no-bus" }), 1)
    })
  ),

  "rejects invalid entries without rejecting the call": documented(
    "API_PutEventsResultEntry",
    Effect.gen(function*() {
      const { Entries = [], FailedEntryCount } = yield* put(
        entry,
        { ...entry, Detail: "{" },
        { DetailType: "Ordered", Detail: "{}" },
        { Source: "contract.shop", DetailType: "Ordered" }
      )
      assert.strictEqual(FailedEntryCount, 3)
      assert.deepEqual(Entries.map(({ ErrorCode }) => ErrorCode), [
        undefined,
        "MalformedDetail",
        "InvalidArgument",
        "InvalidArgument"
      ])
      assert.isString(Entries[0]?.EventId)
    })
  ),

  "rejects a detail that isn't a JSON object": documented(
    "API_PutEventsResultEntry",
    Effect.gen(function*() {
      const { Entries = [] } = yield* put(...["[]", "1", `"text"`, "null"].map((Detail) => ({ ...entry, Detail })))
      assert.deepEqual(Entries.map(({ ErrorCode }) => ErrorCode), Array.from({ length: 4 }, () => "MalformedDetail"))
    })
  ),

  "accepts at most ten entries per call": documented(
    "API_PutEvents",
    Effect.gen(function*() {
      const entries = Array.from({ length: 11 }, () => entry)
      const error = yield* Effect.flip(put(...entries))
      assert.strictEqual(error.code, "ValidationException")
      assert.strictEqual(error.reason._tag, "Rejected")
      assert.strictEqual(error.statusCode, 400)
      assert.strictEqual((yield* put(...entries.slice(1))).FailedEntryCount, 0)
    })
  ),

  "rejects a call without entries": documented(
    "API_PutEvents",
    Effect.gen(function*() {
      assert.strictEqual(yield* codeOf(put()), "ValidationException")
    })
  ),

  "rejects entries that total 1 MB or more": documented(
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html",
    Effect.gen(function*() {
      const half = { ...entry, Detail: JSON.stringify({ data: "x".repeat(524_288) }) }
      const error = yield* Effect.flip(put(half, half))
      assert.strictEqual(error.code, "ValidationException")
      assert.include(error.message, "Total size of the entries in the request is over the limit.")
      assert.strictEqual((yield* put(half)).FailedEntryCount, 0)
    })
  ),

  "creates an event bus once, describes it and deletes it": documented(
    "API_CreateEventBus",
    Effect.gen(function*() {
      const { EventBusArn } = yield* createBus("contract-bus")
      assert.match(EventBusArn ?? "", /^arn:aws:events:us-east-1:\d{12}:event-bus\/contract-bus$/)
      const bus = yield* EventBridge.send(new DescribeEventBusCommand({ Name: "contract-bus" }))
      assert.deepInclude({ ...bus }, { Name: "contract-bus", Arn: EventBusArn })
      assert.strictEqual(yield* codeOf(createBus("contract-bus")), "ResourceAlreadyExistsException")
      const deleteBus = EventBridge.send(new DeleteEventBusCommand({ Name: "contract-bus" }))
      yield* deleteBus
      yield* deleteBus
      const error = yield* Effect.flip(EventBridge.send(new DescribeEventBusCommand({ Name: "contract-bus" })))
      assert.strictEqual(error.code, "ResourceNotFoundException")
      assert.include(error.message, "Event bus contract-bus does not exist.")
    })
  ),

  "provides a default event bus that can't be deleted": documented(
    "API_DeleteEventBus",
    Effect.gen(function*() {
      assert.strictEqual((yield* EventBridge.send(new DescribeEventBusCommand({}))).Name, "default")
      assert.strictEqual(yield* codeOf(createBus("default")), "ResourceAlreadyExistsException")
      assert.strictEqual(
        yield* codeOf(EventBridge.send(new DeleteEventBusCommand({ Name: "default" }))),
        "ValidationException"
      )
    })
  ),

  "rejects an event bus name with a slash": documented(
    "API_CreateEventBus",
    Effect.gen(function*() {
      assert.strictEqual(yield* codeOf(createBus("contract/bus")), "ValidationException")
    })
  ),

  "rejects an event bus name with a space": documented(
    "API_CreateEventBus",
    Effect.gen(function*() {
      assert.strictEqual(yield* codeOf(createBus("contract bus")), "ValidationException")
    })
  ),

  "refuses to delete an event bus that has rules": believed(
    "moto has AWS's message",
    Effect.gen(function*() {
      yield* createBus("contract-ruled")
      yield* putRule("contract-rule", "contract-ruled")
      const deleteBus = EventBridge.send(new DeleteEventBusCommand({ Name: "contract-ruled" }))
      assert.strictEqual(yield* codeOf(deleteBus), "ValidationException")
      yield* EventBridge.send(new DeleteRuleCommand({ Name: "contract-rule", EventBusName: "contract-ruled" }))
      yield* deleteBus
    })
  ),

  "lists event buses by prefix": documented(
    "API_ListEventBuses",
    Effect.gen(function*() {
      const names = Array.from({ length: 3 }, (_, i) => `contract-list-${i}`)
      yield* Effect.forEach(["contract-other", ...names], createBus)
      const { EventBuses = [] } = yield* EventBridge.send(new ListEventBusesCommand({ NamePrefix: "contract-list-" }))
      assert.deepEqual(EventBuses.map(({ Name = "" }) => Name).sort(), names)
    })
  ),

  "lists event buses in three pages": documented(
    "API_ListEventBuses",
    Effect.gen(function*() {
      const names = Array.from({ length: 5 }, (_, i) => `contract-page-${i}`)
      yield* Effect.forEach(names, createBus)
      const pages = yield* Stream.runCollect(
        EventBridge.pages(new ListEventBusesCommand({ NamePrefix: "contract-page-", Limit: 2 }))
      )
      assert.deepEqual(pages.map(({ EventBuses = [] }) => EventBuses.length), [2, 2, 1])
      assert.deepEqual(pages.flatMap(({ EventBuses = [] }) => EventBuses.map(({ Name = "" }) => Name)).sort(), names)
    })
  ),

  "lists rules by bus and prefix, in three pages": documented(
    "API_ListRules",
    Effect.gen(function*() {
      yield* createBus("contract-rules")
      const names = Array.from({ length: 5 }, (_, i) => `contract-list-${i}`)
      yield* Effect.forEach(["contract-other", ...names], (name) => putRule(name, "contract-rules"))
      const command = new ListRulesCommand({ EventBusName: "contract-rules", NamePrefix: "contract-list-", Limit: 2 })
      const pages = yield* Stream.runCollect(EventBridge.pages(command))
      assert.deepEqual(pages.map(({ Rules = [] }) => Rules.length), [2, 2, 1])
      assert.deepEqual(pages.flatMap(({ Rules = [] }) => Rules.map(({ Name = "" }) => Name)).sort(), names)
    })
  ),

  "puts, describes, disables, enables and deletes a rule": documented(
    "API_DescribeRule",
    Effect.gen(function*() {
      yield* createBus("contract-life")
      const rule = { Name: "contract-rule", EventBusName: "contract-life" }
      const { RuleArn } = yield* putRule("contract-rule", "contract-life")
      assert.match(RuleArn ?? "", /:rule\/contract-life\/contract-rule$/)
      const describe = EventBridge.send(new DescribeRuleCommand(rule))
      assert.deepInclude({ ...(yield* describe) }, { ...rule, Arn: RuleArn, EventPattern, State: "ENABLED" })
      yield* EventBridge.send(new DisableRuleCommand(rule))
      assert.strictEqual((yield* describe).State, "DISABLED")
      yield* EventBridge.send(new EnableRuleCommand(rule))
      assert.strictEqual((yield* describe).State, "ENABLED")
      yield* EventBridge.send(new DeleteRuleCommand(rule))
      yield* EventBridge.send(new DeleteRuleCommand(rule))
      assert.strictEqual(yield* codeOf(describe), "ResourceNotFoundException")
    })
  ),

  "omits the bus from the ARN of a rule on the default bus": recorded(
    "test_events_tags TestRuleTags::test_put_rule_with_tags",
    Effect.gen(function*() {
      const { RuleArn } = yield* putRule("contract-default-rule")
      assert.match(RuleArn ?? "", /^arn:aws:events:us-east-1:\d{12}:rule\/contract-default-rule$/)
    })
  ),

  "fails with ResourceNotFoundException when a rule or bus is missing": documented(
    "API_PutTargets",
    Effect.gen(function*() {
      const Targets = [{ Id: "1", Arn: "arn:aws:sqs:us-east-1:123456789012:queue" }]
      const codes = yield* Effect.all([
        codeOf(EventBridge.send(new DescribeRuleCommand({ Name: "contract-none" }))),
        codeOf(EventBridge.send(new EnableRuleCommand({ Name: "contract-none" }))),
        codeOf(EventBridge.send(new DisableRuleCommand({ Name: "contract-none" }))),
        codeOf(EventBridge.send(new ListTargetsByRuleCommand({ Rule: "contract-none" }))),
        codeOf(EventBridge.send(new RemoveTargetsCommand({ Rule: "contract-none", Ids: ["1"] }))),
        codeOf(EventBridge.send(new PutTargetsCommand({ Rule: "contract-none", Targets }))),
        codeOf(putRule("contract-rule", "contract-no-bus")),
        codeOf(EventBridge.send(new ListRulesCommand({ EventBusName: "contract-no-bus" })))
      ])
      assert.deepEqual(codes, codes.map(() => "ResourceNotFoundException"))
    })
  ),

  "rejects a rule without a pattern or a schedule": documented(
    "API_PutRule",
    Effect.gen(function*() {
      assert.strictEqual(
        yield* codeOf(EventBridge.send(new PutRuleCommand({ Name: "contract-empty" }))),
        "ValidationException"
      )
    })
  ),

  "accepts only a valid schedule, and only on the default bus": documented(
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html",
    Effect.gen(function*() {
      yield* createBus("contract-scheduled")
      const rule = (ScheduleExpression: string, EventBusName = "default") =>
        EventBridge.send(new PutRuleCommand({ Name: "contract-scheduled", ScheduleExpression, EventBusName }))
      yield* rule("rate(5 minutes)")
      yield* rule("cron(0 12 * * ? *)")
      assert.strictEqual(yield* codeOf(rule("sometimes")), "ValidationException")
      assert.strictEqual(yield* codeOf(rule("rate(5 minutes)", "contract-scheduled")), "ValidationException")
    })
  ),

  "lists a rule's targets in three pages, and refuses to delete the rule while it has any": documented(
    "API_DeleteRule",
    Effect.gen(function*() {
      yield* putRule("contract-targets")
      const rule = { Rule: "contract-targets" }
      const Targets = Array.from({ length: 5 }, (_, i) => ({
        Id: `target-${i}`,
        Arn: `arn:aws:sqs:us-east-1:123456789012:queue-${i}`
      }))
      assert.strictEqual((yield* EventBridge.send(new PutTargetsCommand({ ...rule, Targets }))).FailedEntryCount, 0)
      const pages = yield* Stream.runCollect(EventBridge.pages(new ListTargetsByRuleCommand({ ...rule, Limit: 2 })))
      assert.deepEqual(pages.map(({ Targets = [] }) => Targets.length), [2, 2, 1])
      assert.deepEqual(pages.flatMap(({ Targets = [] }) => Targets.map(({ Arn, Id }) => ({ Id, Arn }))), Targets)
      yield* putRule("contract-targets")
      const deleteRule = EventBridge.send(new DeleteRuleCommand({ Name: "contract-targets" }))
      assert.strictEqual(yield* codeOf(deleteRule), "ValidationException")
      yield* EventBridge.send(new RemoveTargetsCommand({ ...rule, Ids: Targets.map(({ Id }) => Id) }))
      yield* deleteRule
    })
  ),

  "rejects a malformed target ARN": believed(
    "moto has AWS's message",
    Effect.gen(function*() {
      yield* putRule("contract-bad-target")
      const put = EventBridge.send(
        new PutTargetsCommand({ Rule: "contract-bad-target", Targets: [{ Id: "1", Arn: "queue" }] })
      )
      assert.strictEqual(yield* codeOf(put), "ValidationException")
    })
  ),

  "keeps a target's input, and lists the rules of a target": documented(
    "API_ListRuleNamesByTarget",
    Effect.gen(function*() {
      yield* Effect.forEach(["contract-one", "contract-two", "contract-three"], (name) => putRule(name))
      const target = {
        Id: "1",
        Arn: "arn:aws:sqs:us-east-1:123456789012:queue",
        InputTransformer: { InputPathsMap: { order: "$.detail.order" }, InputTemplate: `{"order": <order>}` },
        RetryPolicy: { MaximumRetryAttempts: 3 }
      }
      yield* Effect.forEach(["contract-one", "contract-two"], (rule) => putTarget(rule, target))
      const { Targets } = yield* EventBridge.send(new ListTargetsByRuleCommand({ Rule: "contract-two" }))
      assert.deepEqual(Targets, [target])
      const { RuleNames } = yield* EventBridge.send(new ListRuleNamesByTargetCommand({ TargetArn: target.Arn }))
      assert.deepEqual(RuleNames?.sort(), ["contract-one", "contract-two"])
    })
  ),

  "rejects a target with two kinds of input": recorded(
    "test_events_inputs test_put_event_input_path_and_input_transformer",
    Effect.gen(function*() {
      yield* putRule("contract-input")
      const error = yield* Effect.flip(putTarget("contract-input", { Input: "{}", InputPath: "$.detail" }))
      assert.strictEqual(error.code, "ValidationException")
      assert.include(
        error.message,
        "Only one of Input, InputPath, or InputTransformer must be provided for target 1."
      )
    })
  ),

  "rejects an input template with an unknown placeholder": recorded(
    "test_events_inputs TestInputTransformer::test_put_events_with_input_transformer_missing_keys",
    Effect.gen(function*() {
      yield* putRule("contract-template")
      const error = yield* Effect.flip(
        putTarget("contract-template", { InputTransformer: { InputPathsMap: {}, InputTemplate: `"about <order>"` } })
      )
      assert.strictEqual(error.code, "ValidationException")
      assert.include(error.message, "InputTemplate for target 1 contains invalid placeholder order.")
    })
  ),

  "updates an event bus": documented(
    "API_UpdateEventBus",
    Effect.gen(function*() {
      const Name = "contract-updated"
      yield* EventBridge.send(new CreateEventBusCommand({ Name, Description: "before", KmsKeyIdentifier: "alias/a" }))
      yield* EventBridge.send(new UpdateEventBusCommand({ Name, Description: "after" }))
      assert.deepInclude({ ...(yield* EventBridge.send(new DescribeEventBusCommand({ Name }))) }, {
        Name,
        Description: "after",
        KmsKeyIdentifier: "alias/a"
      })
      assert.strictEqual(
        yield* codeOf(EventBridge.send(new UpdateEventBusCommand({ Name: "contract-no-bus" }))),
        "ResourceNotFoundException"
      )
    })
  ),

  "tags event buses and rules": recorded(
    "test_events_tags tests_tag_untag_resource",
    Effect.gen(function*() {
      const Tags = [{ Key: "team", Value: "shop" }]
      const { EventBusArn = "" } = yield* EventBridge.send(new CreateEventBusCommand({ Name: "contract-tagged", Tags }))
      const { RuleArn = "" } = yield* EventBridge.send(
        new PutRuleCommand({ Name: "contract-tagged-rule", EventBusName: "contract-tagged", EventPattern, Tags })
      )
      for (const ResourceARN of [EventBusArn, RuleArn]) {
        const listed = EventBridge.send(new ListTagsForResourceCommand({ ResourceARN }))
        assert.deepEqual((yield* listed).Tags, Tags)
        yield* EventBridge.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: "stage", Value: "test" }] }))
        yield* EventBridge.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["team", "none"] }))
        assert.deepEqual((yield* listed).Tags, [{ Key: "stage", Value: "test" }])
      }
    })
  ),

  "finds no tags of a missing rule": recorded(
    "test_events_tags tests_tag_list_untag_not_existing_resource",
    Effect.gen(function*() {
      const { RuleArn = "" } = yield* putRule("contract-untagged")
      yield* EventBridge.send(new DeleteRuleCommand({ Name: "contract-untagged" }))
      const error = yield* Effect.flip(EventBridge.send(new ListTagsForResourceCommand({ ResourceARN: RuleArn })))
      assert.strictEqual(error.code, "ResourceNotFoundException")
      assert.include(error.message, "Rule contract-untagged does not exist on EventBus default.")
    })
  )
})
