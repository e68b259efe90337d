import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target
} from "@aws-sdk/client-eventbridge"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsClients, type AwsError, EventBridge } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

const measured = "a linter for CDK has measured AWS's answers"

const queue = "arn:aws:sqs:us-east-1:123456789012:queue"
const role = "arn:aws:iam::123456789012:role/events"
const cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/web"
const task = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1"
const jobs = "arn:aws:batch:us-east-1:123456789012:job-queue/jobs"

const Rule = "contract-target"

const putRule = EventBridge.send(
  new PutRuleCommand({ Name: Rule, EventPattern: JSON.stringify({ source: ["contract.shop"] }) })
)

const putTarget = (target: Partial<Target>) =>
  EventBridge.send(new PutTargetsCommand({ Rule, Targets: [{ Id: "t1", Arn: queue, ...target }] }))

/** Expects each target to be rejected with a message that has this text. */
const rejects = Effect.fnUntraced(function*(problems: ReadonlyArray<readonly [Partial<Target>, string]>) {
  yield* putRule
  for (const [target, message] of problems) {
    const error = yield* Effect.flip(putTarget(target))
    assert.strictEqual(error.code, "ValidationException", JSON.stringify(target))
    assert.include(error.message, message)
  }
})

const ecs = (parameters: Partial<NonNullable<Target["EcsParameters"]>>): Partial<Target> => ({
  Arn: cluster,
  RoleArn: role,
  EcsParameters: { TaskDefinitionArn: task, ...parameters }
})

const batch = (parameters: Partial<NonNullable<Target["BatchParameters"]>>): Partial<Target> => ({
  Arn: jobs,
  RoleArn: role,
  BatchParameters: { JobDefinition: "job:1", JobName: "job", ...parameters }
})

export const eventBridgeTargets = contract("EventBridge", {
  "requires a role for targets that EventBridge calls with one": believed(
    measured,
    Effect.gen(function*() {
      const arns = [
        "arn:aws:states:us-east-1:123456789012:stateMachine:Flow",
        "arn:aws:kinesis:us-east-1:123456789012:stream/events",
        "arn:aws:codepipeline:us-east-1:123456789012:pipeline",
        "arn:aws:events:us-east-1:123456789012:event-bus/other",
        "arn:aws:firehose:us-east-1:123456789012:deliverystream/events"
      ]
      yield* rejects(arns.map((Arn) => [{ Arn }, `RoleArn is required for target ${Arn}.`]))
      yield* putTarget({ Arn: arns[0]!, RoleArn: role })
      yield* putTarget({ Arn: "arn:aws:lambda:us-east-1:123456789012:function:handle" })
    })
  ),

  "requires a role for a queue or topic of another account": believed(
    "reports of AWS's answer name a topic",
    Effect.gen(function*() {
      const Arn = "arn:aws:sns:us-east-1:999999999999:topic"
      yield* rejects([[{ Arn }, `RoleArn is required for target ${Arn}.`]])
      yield* putTarget({ Arn, RoleArn: role })
    })
  ),

  "requires the parameters of a FIFO queue, an ECS cluster and a job queue": believed(
    measured,
    rejects([
      [{ Arn: `${queue}.fifo` }, "Parameter(s) SqsParameters must be specified for target: t1."],
      [{ Arn: cluster, RoleArn: role }, "Parameter(s) EcsParameters must be specified for target: t1."],
      [{ Arn: jobs, RoleArn: role }, "Parameter(s) BatchParameters must be specified for target: t1."]
    ])
  ),

  "accepts a message group for any queue": believed(
    "aws/aws-cdk pull request 36068 says so",
    Effect.gen(function*() {
      yield* putRule
      yield* putTarget({ SqsParameters: { MessageGroupId: "group" } })
      yield* putTarget({ Arn: `${queue}.fifo`, SqsParameters: { MessageGroupId: "group" } })
    })
  ),

  "rejects parameters of another service": believed(
    measured,
    rejects([
      [
        { EcsParameters: { TaskDefinitionArn: task } },
        "Parameter(s) EcsParameters not supported for target: t1."
      ],
      [
        { KinesisParameters: { PartitionKeyPath: "$.id" } },
        "Parameter(s) KinesisParameters not supported for target: t1."
      ],
      [{ HttpParameters: {} }, "Parameter(s) HttpParameters not supported for target: t1."]
    ])
  ),

  "checks the parameters of an ECS task": believed(
    measured,
    Effect.gen(function*() {
      const network = (count: number, groups = 0) => ({
        awsvpcConfiguration: {
          Subnets: Array.from({ length: count }, (_, i) => `subnet-${i}`),
          SecurityGroups: Array.from({ length: groups }, (_, i) => `sg-${i}`)
        }
      })
      yield* rejects([
        [ecs({ TaskCount: 11 }), "Parameter(s) TaskCount not valid for target: t1."],
        [
          ecs({ LaunchType: "FARGATE" }),
          "Parameter NetworkConfiguration must be specified for target t1 when launch type is FARGATE."
        ],
        [
          ecs({ LaunchType: "EC2", PlatformVersion: "1.4.0" }),
          "Parameter PlatformVersion for target t1 is not supported when launch type is EC2."
        ],
        [
          ecs({ NetworkConfiguration: network(17) }),
          "Parameter Subnets is not valid. Reason: size must be in between 1 and 16"
        ],
        [
          ecs({ NetworkConfiguration: network(1, 6) }),
          "Parameter SecurityGroups is not valid. Reason: size must be in between 0 and 5"
        ],
        [
          ecs({ TaskDefinitionArn: task.replace("us-east-1", "eu-west-1") }),
          `Region of ${cluster} does not match region of`
        ]
      ])
      const target = ecs({ LaunchType: "FARGATE", NetworkConfiguration: network(2, 1), TaskCount: 10 })
      yield* putTarget(target)
      const { Targets } = yield* EventBridge.send(new ListTargetsByRuleCommand({ Rule }))
      assert.deepEqual(Targets, [{ Id: "t1", ...target }] as Array<Target>)
    })
  ),

  "checks the parameters of a batch job": believed(
    measured,
    Effect.gen(function*() {
      yield* rejects([
        [
          batch({ ArrayProperties: { Size: 1 } }),
          "Parameter ArrayProperties is not valid. Reason: Size must be in between 2 and 10000."
        ],
        [
          batch({ RetryStrategy: { Attempts: 11 } }),
          "Parameter RetryStrategy is not valid. Reason: Attempts must be in between 1 and 10."
        ]
      ])
      yield* putTarget(batch({ ArrayProperties: { Size: 2 } }))
    })
  ),

  "rejects input that isn't JSON, and paths that EventBridge doesn't read": believed(
    measured,
    Effect.gen(function*() {
      const transform = (path: string) => ({
        InputTransformer: { InputPathsMap: { key: path }, InputTemplate: `"<key>"` }
      })
      yield* rejects([
        [{ Input: "plain" }, "JSON syntax error in input for target t1."],
        [{ InputPath: "detail" }, "InputPath for target t1 is invalid."],
        [{ InputPath: "$.detail['key']" }, "InputPath for target t1 is invalid."],
        [transform("detail.key"), "InputPath for target t1 is invalid."]
      ])
      yield* putTarget({ Input: `"plain"` })
      yield* putTarget({ InputPath: "$.detail.items[0]" })
      yield* putTarget({ InputPath: "$" })
      yield* putTarget(transform("$.detail.key"))
    })
  ),

  "allows the whole event as JSON in an object only": believed(
    measured,
    Effect.gen(function*() {
      const template = (InputTemplate: string) => ({ InputTransformer: { InputTemplate } })
      yield* rejects([
        [
          template("[<aws.events.event.json>]"),
          "InputTemplate for target t1 contains placeholder aws.events.event.json valid only for JSON template."
        ],
        [template(`"<aws.events.none>"`), "InputTemplate for target t1 contains invalid placeholder aws.events.none."]
      ])
      yield* putTarget(template(`{"e": <aws.events.event.json>, "at": <aws.events.event.ingestion-time>}`))
      yield* putTarget(template(`"<aws.events.rule-name> <aws.events.rule-arn>"`))
    })
  ),

  "accepts a standard queue of the same region as a dead-letter queue only": believed(
    measured,
    Effect.gen(function*() {
      const dead = (Arn: string) => ({ DeadLetterConfig: { Arn } })
      yield* rejects([
        [dead("arn:aws:sns:us-east-1:123456789012:topic"), "sns is not supported as a dead letter resource"],
        [dead(`${queue}.fifo`), "SQS FIFO is not supported by Dead Letter Queues"],
        [dead(queue.replace("us-east-1", "eu-west-1")), ""]
      ])
      yield* putTarget(dead(`${queue}-dead`))
    })
  ),

  "rejects retry policies out of range": documented(
    "API_RetryPolicy",
    Effect.gen(function*() {
      yield* rejects([
        [{ RetryPolicy: { MaximumRetryAttempts: 186 } }, "Member must have value less than or equal to 185"],
        [{ RetryPolicy: { MaximumEventAgeInSeconds: 59 } }, "Member must have value greater than or equal to 60"]
      ])
      yield* putTarget({ RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 86_400 } })
    })
  ),

  "limits a rule to five targets": documented(
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
    Effect.gen(function*() {
      yield* putRule
      for (let i = 0; i < 5; i++) yield* putTarget({ Id: `t${i}` })
      yield* putTarget({ Id: "t0", Arn: `${queue}-other` })
      assert.strictEqual((yield* Effect.flip(putTarget({ Id: "t5" }))).code, "LimitExceededException")
      yield* EventBridge.send(new RemoveTargetsCommand({ Rule, Ids: ["t0", "none"] }))
      yield* putTarget({ Id: "t5" })
    })
  ),

  "rejects a malformed id of a target, a malformed name of a bus and an unknown state": documented(
    "API_PutTargets",
    Effect.gen(function*() {
      yield* putRule
      for (
        const command of [
          putTarget({ Id: "a b" }),
          EventBridge.send(new ListTargetsByRuleCommand({ Rule, EventBusName: "a b" })),
          EventBridge.send(new DescribeRuleCommand({ Name: "a/b" })),
          EventBridge.send(new RemoveTargetsCommand({ Rule, Ids: [] })),
          EventBridge.send(new PutRuleCommand({ Name: Rule, ScheduleExpression: "rate(1 day)", State: "ON" as never }))
        ]
      ) assert.strictEqual((yield* Effect.flip<unknown, AwsError, AwsClients>(command)).code, "ValidationException")
    })
  ),

  "denies the rules of a bus in another account": believed(
    "AWS denies access to other accounts' resources in these words",
    Effect.gen(function*() {
      const EventBusName = "arn:aws:events:us-east-1:999999999999:event-bus/default"
      for (
        const command of [
          EventBridge.send(new DisableRuleCommand({ Name: Rule, EventBusName })),
          EventBridge.send(new DeleteRuleCommand({ Name: Rule, EventBusName }))
        ]
      ) assert.strictEqual((yield* Effect.flip(command)).code, "AccessDeniedException")
    })
  )
})
