// A library that exports what it has composed from this one: TypeScript has to find a public name for each inferred type.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { Effect, Schedule, Schema, Stream } from "effect"
import {
  Acm,
  arkime,
  AssumeRole,
  AwsClients,
  AwsError,
  AwsErrorReason,
  AwsService,
  CloudWatch,
  Compute,
  Ec2,
  Ecs,
  EventBridge,
  Iam,
  InMemory,
  OpenSearch,
  Polling,
  Profile,
  S3,
  Ssm,
  Sts
} from "effect-aws-sdk"
import { HttpApiEndpoint } from "effect/http-api"

export const services = { Acm, AwsService, CloudWatch, Ec2, Ecs, EventBridge, Iam, OpenSearch, S3, Ssm, Sts, arkime }
export const layers = [AssumeRole.layer, Compute.layer(), Profile.layer(), InMemory.layer(), AwsClients.layer] as const

export const send = S3.send
export const wrapped = { ...Ssm }
export const metadata = S3.getObjectMetadata("bucket", "key")
export const upload = S3.uploadFile({ bucket: "bucket", key: "key", path: "file" })
export const download = S3.downloadFile({ bucket: "bucket", key: "key", path: "file" })
export const objects = S3.listObjects("bucket").pipe(Stream.runCollect)
export const destroyed = S3.destroyBucket("bucket")
export const parameter = Ssm.getParameterJson("/app", Schema.Struct({ port: Schema.Int }))
export const parameters = Ssm.listParametersByPath("/app/")
export const environment = Sts.environment
export const subnets = Ec2.listSubnetsOfVpc("vpc-1").pipe(Stream.flatMap(Ec2.listEnisOfSubnet))
export const deployed = Ecs.waitForDeployment({ cluster: "cluster", service: "service" })
export const domain = OpenSearch.destroyDomain("logs")
export const certificate = Acm.uploadDefaultElbCertificate()
export const role = Iam.deleteRole("role")
export const waited = Polling.waitUntil(environment, {
  until: ({ account }) => account !== "",
  waitingFor: "an account",
  schedule: Schedule.spaced("1 second")
})
export const running = Ec2.waitUntil("InstanceRunning", { InstanceIds: ["i-1"] })
export const waitFor = S3.waitUntil
export const identified = AwsService.waiter({
  command: GetCallerIdentityCommand,
  delay: "1 second",
  attempts: 10,
  acceptors: [{ state: "success", output: ({ Account }) => Account !== undefined }]
})
export const sts = AwsService.make(STSClient, { waiters: { identified } })
export const account = sts.waitUntil("identified", {})

export const caught = metadata.pipe(AwsError.catchCode("NoSuchKey", () => Effect.succeed("gone" as const)))
export const isNotThere = AwsError.hasCode("NoSuchKey")
export const reason = AwsErrorReason.Throttled
export const missing = S3.BucketDoesNotExist
export const errors = [
  AwsError,
  S3.BucketDoesNotExist,
  Ssm.ParameterDoesNotExist,
  Polling.WaitTimedOut,
  Polling.WaitFailed
] as const
export const endpoint = HttpApiEndpoint.get("bucket", "/bucket", { error: [S3.BucketDoesNotExist, AwsError] })
