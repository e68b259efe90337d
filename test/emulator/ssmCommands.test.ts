// What Run Command tells others: the topic of a request, and EventBridge. That no event is told twice, and none of what is cancelled.
import { RunInstancesCommand, StopInstancesCommand } from "@aws-sdk/client-ec2"
import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge"
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand
} from "@aws-sdk/client-iam"
import { CancelCommandCommand, SendCommandCommand } from "@aws-sdk/client-ssm"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2, EventBridge, Iam, InMemory, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { image } from "../contract/ec2Resources.ts"
import { trust } from "../contract/iamSetup.ts"

const topic = "arn:aws:sns:us-east-1:123456789012:commands"

const launch = Effect.gen(function*() {
  const RoleName = "managed"
  yield* Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }))
  const PolicyArn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
  yield* Iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
  yield* Iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: RoleName }))
  yield* Iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: RoleName, RoleName }))
  const { Instances } = yield* Ec2.send(
    new RunInstancesCommand({
      ImageId: yield* image,
      MinCount: 1,
      MaxCount: 1,
      IamInstanceProfile: { Name: RoleName }
    })
  )
  yield* TestClock.adjust("1 minute")
  return Instances?.[0]?.InstanceId ?? ""
})

const send = (id: string, NotificationType: "Command" | "Invocation") =>
  Effect.map(
    Ssm.send(
      new SendCommandCommand({
        DocumentName: "AWS-RunShellScript",
        Parameters: { commands: ["uptime"] },
        InstanceIds: [id],
        ServiceRoleArn: "arn:aws:iam::123456789012:role/notify",
        NotificationConfig: { NotificationArn: topic, NotificationEvents: ["All"], NotificationType }
      })
    ),
    ({ Command }) => Command?.CommandId
  )

const told = Effect.map(InMemory.delivered, (all) =>
  all.map(({ input, target, time }) => {
    const { instanceId, status } = input as { readonly instanceId?: string; readonly status: string }
    return [target, time.getTime(), instanceId, status]
  }))

it.effect("tells the topic of a command when it begins and when it ends, each at its time", () =>
  Effect.gen(function*() {
    const id = yield* launch
    yield* send(id, "Command")
    yield* TestClock.adjust("1 hour")
    assert.deepEqual(yield* told, [
      [topic, 61_000, undefined, "InProgress"],
      [topic, 64_000, undefined, "Success"]
    ])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("tells the topic of each instance that a cancelled command doesn't finish", () =>
  Effect.gen(function*() {
    const id = yield* launch
    const CommandId = yield* send(id, "Invocation")
    yield* TestClock.adjust("2 seconds")
    yield* Ssm.send(new CancelCommandCommand({ CommandId }))
    yield* TestClock.adjust("1 hour")
    assert.deepEqual(yield* told, [
      [topic, 61_000, id, "InProgress"],
      [topic, 63_000, id, "Cancelled"]
    ])
  }).pipe(Effect.provide(InMemory.layer())))

/** Has a rule for the events of Run Command, with a queue as its target. */
const listen = Effect.gen(function*() {
  const EventPattern = JSON.stringify({ source: ["aws.ssm"], "detail-type": [{ prefix: "EC2 Command" }] })
  yield* EventBridge.send(new PutRuleCommand({ Name: "commands", EventPattern }))
  yield* EventBridge.send(
    new PutTargetsCommand({
      Rule: "commands",
      Targets: [{ Id: "queue", Arn: "arn:aws:sqs:us-east-1:123456789012:commands" }]
    })
  )
})

interface CommandEvent {
  readonly "detail-type": string
  readonly resources: ReadonlyArray<string>
  readonly time: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** The events that the queue got. */
const events = Effect.map(
  InMemory.delivered,
  (all) => all.filter(({ target }) => target.startsWith("arn:aws:sqs:")).map(({ input }) => input as CommandEvent)
)

/** What they are of, when, and the status in them. */
const summary = Effect.map(events, (all) =>
  all.map(({ detail, "detail-type": type, time }) => [
    type.replace(/^EC2 (.*) Status-change Notification$/, "$1"),
    Date.parse(time) / 1000,
    detail["status"]
  ]))

it.effect("tells EventBridge of a command and of its invocation, each at its time", () =>
  Effect.gen(function*() {
    yield* listen
    const id = yield* launch
    const CommandId = yield* send(id, "Command")
    yield* TestClock.adjust("1 hour")
    assert.deepEqual(yield* summary, [
      ["Command Invocation", 61, "InProgress"],
      ["Command", 61, "InProgress"],
      ["Command Invocation", 64, "Success"],
      ["Command", 64, "Success"]
    ])
    const [invocation, command] = yield* events
    assert.deepEqual(invocation?.resources, [`arn:aws:ec2:us-east-1:123456789012:instance/${id}`])
    assert.deepEqual(invocation?.detail, {
      "command-id": CommandId,
      "document-name": "AWS-RunShellScript",
      "instance-id": id,
      "requested-date-time": "1970-01-01T00:01:00.000Z",
      status: "InProgress"
    })
    assert.deepEqual(command?.detail, {
      "command-id": CommandId,
      "document-name": "AWS-RunShellScript",
      "expire-after": "1970-01-01T02:01:00.000Z",
      parameters: { commands: ["uptime"] },
      "requested-date-time": "1970-01-01T00:01:00.000Z",
      status: "InProgress"
    })
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("tells EventBridge that a command times out whose instance stops while it runs", () =>
  Effect.gen(function*() {
    yield* listen
    const id = yield* launch
    yield* send(id, "Command")
    yield* TestClock.adjust("2 seconds")
    yield* Ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
    yield* TestClock.adjust("30 days")
    assert.deepEqual(yield* summary, [
      ["Command Invocation", 61, "InProgress"],
      ["Command", 61, "InProgress"],
      ["Command Invocation", 7260, "TimedOut"],
      ["Command", 7260, "TimedOut"]
    ])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("tells EventBridge nothing of a command that doesn't reach its instance, until it times out", () =>
  Effect.gen(function*() {
    yield* listen
    const id = yield* launch
    yield* send(id, "Command")
    yield* Ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
    yield* TestClock.adjust("30 days")
    assert.deepEqual(yield* summary, [
      ["Command Invocation", 7260, "TimedOut"],
      ["Command", 7260, "TimedOut"]
    ])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("tells EventBridge of a cancelled command as it is cancelled, and no success", () =>
  Effect.gen(function*() {
    yield* listen
    const id = yield* launch
    const CommandId = yield* send(id, "Command")
    yield* TestClock.adjust("2 seconds")
    yield* Ssm.send(new CancelCommandCommand({ CommandId }))
    yield* TestClock.adjust("1 hour")
    assert.deepEqual((yield* summary).slice(2), [
      ["Command Invocation", 62, "Cancelling"],
      ["Command", 62, "Cancelling"],
      ["Command Invocation", 63, "Cancelled"],
      ["Command", 63, "Cancelled"]
    ])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("cancels a command once, on the instances that are named, and nothing that has ended", () =>
  Effect.gen(function*() {
    yield* listen
    const id = yield* launch
    const cancel = (CommandId: string | undefined, ...InstanceIds: Array<string>) =>
      Ssm.send(new CancelCommandCommand({ CommandId, InstanceIds }))
    const statuses = Effect.map(
      events,
      (all) => all.filter(({ detail }) => "instance-id" in detail).map(({ detail }) => detail["status"])
    )
    const CommandId = yield* send(id, "Command")
    yield* TestClock.adjust("2 seconds")
    yield* cancel(CommandId, id)
    yield* TestClock.adjust("500 millis")
    yield* cancel(CommandId)
    yield* TestClock.adjust("500 millis")
    assert.deepEqual(yield* statuses, ["InProgress", "Cancelling", "Cancelled"])
    const ended = yield* send(id, "Command")
    yield* TestClock.adjust("10 seconds")
    yield* cancel(ended)
    yield* TestClock.adjust("10 seconds")
    assert.deepEqual((yield* statuses).slice(3), ["InProgress", "Success"])
  }).pipe(Effect.provide(InMemory.layer())))
