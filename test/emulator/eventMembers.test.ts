// The members of events are those of the samples in AWS's documentation: no more and no less.
import { RequestCertificateCommand } from "@aws-sdk/client-acm"
import { PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch"
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeSubnetsCommand,
  RunInstancesCommand
} from "@aws-sdk/client-ec2"
import { CreateClusterCommand, RegisterTaskDefinitionCommand, RunTaskCommand } from "@aws-sdk/client-ecs"
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand
} from "@aws-sdk/client-s3"
import { PutParameterCommand } from "@aws-sdk/client-ssm"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Acm, CloudWatch, Ec2, Ecs, InMemory, S3, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { image } from "../contract/ec2Resources.ts"
import { queue, rule } from "./support/delivering.ts"

/** The paths of all members of a sample, by the page that has it. Those with a question mark depend on what happened. */
const documented: Readonly<Record<string, { readonly page: string; readonly members: string }>> = {
  "EC2 Instance State-change Notification": {
    page: "AWSEC2/latest/UserGuide/instance-state-changes.html",
    members: "instance-id state"
  },
  "EBS Volume Notification": {
    page: "ebs/latest/userguide/ebs-cloud-watch-events.html",
    members: "result cause event request-id"
  },
  "EBS Snapshot Notification": {
    page: "ebs/latest/userguide/ebs-cloud-watch-events.html",
    members: "event result cause request-id snapshot_id source startTime endTime"
  },
  "Object Created": {
    page: "AmazonS3/latest/userguide/ev-events.html",
    members:
      "version bucket.name object.key object.size object.etag object.version-id object.sequencer request-id requester " +
      "source-ip-address reason"
  },
  "CloudWatch Alarm State Change": {
    page: "AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html",
    members: "alarmName configuration.description configuration.metrics[].id " +
      "configuration.metrics[].metricStat.metric.dimensions.InstanceId configuration.metrics[].metricStat.metric.name " +
      "configuration.metrics[].metricStat.metric.namespace configuration.metrics[].metricStat.period " +
      "configuration.metrics[].metricStat.stat configuration.metrics[].returnData previousState.reason " +
      "previousState.reasonData? previousState.timestamp previousState.value state.reason state.reasonData? " +
      "state.timestamp state.value"
  },
  "ACM Certificate Available": {
    page: "acm/latest/userguide/supported-events.html",
    members:
      "Action CertificateType CommonName DomainValidationMethod CertificateCreatedDate CertificateExpirationDate " +
      "DaysToExpiry InUse Exported"
  },
  "Parameter Store Change": {
    page: "systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html",
    members: "operation name type description"
  },
  // Its detail is a Task of the API, says the page. What only some tasks have, and what the sample lacks, has a question mark.
  "ECS Task State Change": {
    page: "AmazonECS/latest/developerguide/ecs_task_events.html",
    members: "attachments[].details[].name attachments[].details[].value attachments[].id attachments[].status " +
      "attachments[].type attributes[].name attributes[].value availabilityZone clusterArn connectivity? connectivityAt? " +
      "containers[].containerArn containers[].cpu containers[].healthStatus? containers[].image containers[].imageDigest? containers[].lastStatus " +
      "containers[].memory? containers[].name containers[].networkInterfaces[].attachmentId " +
      "containers[].networkInterfaces[].privateIpv4Address containers[].runtimeId? containers[].taskArn cpu createdAt " +
      "desiredStatus enableExecuteCommand ephemeralStorage.sizeInGiB fargateEphemeralStorage.sizeInGiB? " +
      "healthStatus? group lastStatus launchType memory " +
      "overrides.containerOverrides[].name? platformFamily? platformVersion pullStartedAt? pullStoppedAt? startedAt? startedBy " +
      "taskArn taskDefinitionArn updatedAt version"
  }
}

const envelope = ["account", "detail", "detail-type", "id", "region", "resources", "source", "time", "version"]

const pathsOf = (value: unknown, path = ""): ReadonlyArray<string> =>
  Array.isArray(value)
    ? value.flatMap((one) => pathsOf(one, `${path}[]`))
    : typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([name, one]) => pathsOf(one, path === "" ? name : `${path}.${name}`))
    : [path]

const happenings = Effect.gen(function*() {
  const InstanceId = "i-0123456789abcdef0"
  yield* Ec2.send(new RunInstancesCommand({ ImageId: yield* image, MinCount: 1, MaxCount: 1 }))
  const { VolumeId } = yield* Ec2.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 1 }))
  yield* Ec2.send(new CreateSnapshotCommand({ VolumeId }))
  const Bucket = "members"
  yield* S3.send(new CreateBucketCommand({ Bucket }))
  yield* S3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }))
  const NotificationConfiguration = { EventBridgeConfiguration: {} }
  yield* S3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))
  yield* S3.send(new PutObjectCommand({ Bucket, Key: "key", Body: "data" }))
  yield* CloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: "cpu",
      AlarmDescription: "Too much",
      Namespace: "AWS/EC2",
      MetricName: "CPUUtilization",
      Dimensions: [{ Name: "InstanceId", Value: InstanceId }],
      Statistic: "Average",
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 50,
      ComparisonOperator: "GreaterThanThreshold"
    })
  )
  const StateReason = "by hand"
  yield* CloudWatch.send(new SetAlarmStateCommand({ AlarmName: "cpu", StateValue: "ALARM", StateReason }))
  yield* Acm.send(new RequestCertificateCommand({ DomainName: "example.com", ValidationMethod: "DNS" }))
  yield* Ssm.send(new PutParameterCommand({ Name: "/a", Value: "1", Type: "String", Description: "A" }))
  yield* Ecs.send(new CreateClusterCommand({ clusterName: "web" }))
  yield* Ecs.send(
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
  yield* Ecs.send(
    new RunTaskCommand({
      cluster: "web",
      taskDefinition: "app",
      launchType: "FARGATE",
      startedBy: "test",
      networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets?.[0]?.SubnetId ?? ""] } }
    })
  )
  yield* TestClock.adjust("1 hour")
})

it.effect("events have the members that AWS documents for them", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(Date.UTC(2030, 0, 1))
    yield* rule("all", { EventPattern: "{\"source\": [{\"prefix\": \"aws.\"}]}" }, { Arn: queue("all") })
    yield* happenings
    const seen = new Set<string>()
    for (const { input } of yield* InMemory.delivered) {
      const event = input as { readonly "detail-type": string; readonly detail: object }
      assert.deepEqual(Object.keys(event).sort(), envelope)
      const sample = documented[event["detail-type"]]
      if (sample === undefined) continue
      seen.add(event["detail-type"])
      const paths = new Set(pathsOf(event.detail))
      const members = sample.members.split(" ")
      const required = members.filter((member) => !member.endsWith("?"))
      const where = `${event["detail-type"]}: ${sample.page}`
      assert.deepEqual(required.filter((member) => !paths.has(member)), [], `missing in ${where}`)
      const known = members.map((member) => member.replace("?", ""))
      assert.deepEqual([...paths].filter((path) => !known.includes(path)), [], `not documented in ${where}`)
    }
    assert.deepEqual([...seen].sort(), Object.keys(documented).sort())
  }).pipe(Effect.provide(InMemory.layer())))
