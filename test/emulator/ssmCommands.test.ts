// What Run Command tells others: the topic of a request. That no event is told twice, and none of what is cancelled.
import { RunInstancesCommand } from "@aws-sdk/client-ec2"
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand
} from "@aws-sdk/client-iam"
import { CancelCommandCommand, SendCommandCommand } from "@aws-sdk/client-ssm"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2, Iam, InMemory, Ssm } from "effect-aws-sdk"
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
