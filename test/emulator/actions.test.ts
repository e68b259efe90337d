// What AWS does by itself beside delivering: the actions of alarms on instances, and the targets of rules that are in this AWS.
import { DescribeAlarmHistoryCommand, PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch"
import { DescribeInstancesCommand, DescribeSubnetsCommand, RunInstancesCommand } from "@aws-sdk/client-ec2"
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand
} from "@aws-sdk/client-ecs"
import { ListCommandsCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { CloudWatch, Ec2, Ecs, InMemory, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { image } from "../contract/ec2Resources.ts"
import { deadLetters, from, put, queue, rule } from "./support/delivering.ts"

const launch = Effect.gen(function*() {
  const { Instances } = yield* Ec2.send(new RunInstancesCommand({ ImageId: yield* image, MinCount: 1, MaxCount: 1 }))
  yield* TestClock.adjust("1 minute")
  return Instances?.[0]?.InstanceId ?? ""
})

const stateOf = (id: string) =>
  Effect.map(
    Ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })),
    ({ Reservations }) => Reservations?.[0]?.Instances?.[0]?.State?.Name
  )

/** Has an alarm on an instance perform an action. */
const alarm = Effect.fnUntraced(function*(id: string, action: string) {
  yield* CloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: "unwell",
      Namespace: "AWS/EC2",
      MetricName: "StatusCheckFailed",
      Dimensions: [{ Name: "InstanceId", Value: id }],
      Statistic: "Maximum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0,
      ComparisonOperator: "GreaterThanThreshold",
      AlarmActions: [action]
    })
  )
  const StateReason = "by hand"
  yield* CloudWatch.send(new SetAlarmStateCommand({ AlarmName: "unwell", StateValue: "ALARM", StateReason }))
})

const executed = Effect.map(
  CloudWatch.send(new DescribeAlarmHistoryCommand({ HistoryItemType: "Action" })),
  ({ AlarmHistoryItems = [] }) => AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary)
)

const stop = "arn:aws:automate:us-east-1:ec2:stop"
const terminate = "arn:aws:swf:us-east-1:123456789012:action/actions/AWS_EC2.InstanceId.Terminate/1.0"

describe("an action of an alarm", () => {
  it.effect("stops its instance, or terminates it", () =>
    Effect.gen(function*() {
      const [first, second] = [yield* launch, yield* launch]
      yield* alarm(first, stop)
      assert.strictEqual(yield* stateOf(first), "stopping")
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(yield* stateOf(first), "stopped")
      assert.deepEqual(yield* executed, [`Successfully executed action ${stop}`])
      yield* alarm(second, terminate)
      assert.strictEqual(yield* stateOf(second), "shutting-down")
      // The journal has what the program called, not what AWS did.
      assert.notInclude((yield* InMemory.calls).map(({ operation }) => operation), "TerminateInstances")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails in the alarm's history only, if there is no such instance", () =>
    Effect.gen(function*() {
      yield* alarm("i-0123456789abcdef0", stop)
      assert.deepEqual(yield* executed, [`Failed to execute action ${stop}`])
    }).pipe(Effect.provide(InMemory.layer())))
})

const RoleArn = "arn:aws:iam::123456789012:role/events"
const cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/web"

describe("a target of a rule", () => {
  it.effect("that is a cluster runs tasks, with the overrides in its input", () =>
    Effect.gen(function*() {
      yield* Ecs.send(new CreateClusterCommand({ clusterName: "web" }))
      const { taskDefinition } = yield* Ecs.send(
        new RegisterTaskDefinitionCommand({
          family: "app",
          networkMode: "awsvpc",
          requiresCompatibilities: ["FARGATE"],
          cpu: "256",
          memory: "512",
          containerDefinitions: [{ name: "main", image: "nginx:1" }]
        })
      )
      const { Subnets } = yield* Ec2.send(new DescribeSubnetsCommand({}))
      yield* rule("orders", from("shop"), {
        Arn: cluster,
        RoleArn,
        EcsParameters: {
          TaskDefinitionArn: taskDefinition?.taskDefinitionArn,
          TaskCount: 2,
          LaunchType: "FARGATE",
          NetworkConfiguration: { awsvpcConfiguration: { Subnets: [Subnets?.[0]?.SubnetId ?? ""] } },
          Tags: [{ Key: "why", Value: "order" }]
        },
        InputTransformer: {
          InputPathsMap: { id: "$.detail.id" },
          InputTemplate: "{\"containerOverrides\": [{\"name\": \"main\", \"command\": [\"serve\", \"<id>\"]}]}"
        }
      })
      yield* put({ id: "7" })
      const { taskArns: tasks = [] } = yield* Ecs.send(new ListTasksCommand({ cluster }))
      const { tasks: started = [] } = yield* Ecs.send(new DescribeTasksCommand({ cluster, tasks, include: ["TAGS"] }))
      assert.lengthOf(started, 2)
      for (const { launchType, overrides, startedBy, tags } of started) {
        assert.deepEqual(overrides?.containerOverrides, [{ name: "main", command: ["serve", "7"] }])
        assert.deepEqual([launchType, startedBy, tags], ["FARGATE", "events-rule/orders", [{
          key: "why",
          value: "order"
        }]])
      }
      assert.lengthOf(yield* InMemory.delivered, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("that is a cluster which can't run the task sends the event to the dead-letter queue", () =>
    Effect.gen(function*() {
      const EcsParameters = { TaskDefinitionArn: "arn:aws:ecs:us-east-1:123456789012:task-definition/app:1" }
      const DeadLetterConfig = { Arn: queue("lost") }
      yield* rule("orders", from("shop"), { Arn: cluster, RoleArn, EcsParameters, DeadLetterConfig })
      yield* put({ id: "7" })
      const [letter] = yield* deadLetters(queue("lost"))
      assert.deepInclude(letter, { ERROR_CODE: "ERROR_FROM_TARGET", ERROR_MESSAGE: "Cluster not found." })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("that is a document sends a command with the parameters in its input", () =>
    Effect.gen(function*() {
      const Targets = [{ Key: "tag:role", Values: ["web"] }]
      yield* rule("orders", from("shop"), {
        Arn: "arn:aws:ssm:us-east-1::document/AWS-RunShellScript",
        RoleArn,
        RunCommandParameters: { RunCommandTargets: Targets },
        Input: "{\"commands\": [\"uptime\"]}"
      })
      yield* put({ id: "7" })
      const { Commands: [command] = [] } = yield* Ssm.send(new ListCommandsCommand({}))
      assert.strictEqual(command?.DocumentName, "AWS-RunShellScript")
      assert.deepEqual([command?.Parameters, command?.Targets], [{ commands: ["uptime"] }, Targets])
    }).pipe(Effect.provide(InMemory.layer())))
})
