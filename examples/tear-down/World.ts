// An account with the leftovers of a cluster, set up with the same commands as on AWS.
import { CreateClusterCommand, CreateServiceCommand, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs"
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand
} from "@aws-sdk/client-iam"
import { CreateDomainCommand } from "@aws-sdk/client-opensearch"
import { PutBucketVersioningCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { Effect } from "effect"
import { Acm, Ecs, Iam, OpenSearch, S3 } from "effect-aws-sdk"
import type { Leftovers } from "./Program.ts"

const policy = (statement: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] })

/** Creates the leftovers and returns their names. */
export const setUp = Effect.gen(function*() {
  const leftovers = {
    service: { cluster: "capture", service: "nodes" },
    domain: "capture-logs",
    role: "capture-nodes",
    bucket: "capture-archive"
  }
  const { bucket, domain, role, service: { cluster, service } } = leftovers

  yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
  yield* Ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "capture",
      containerDefinitions: [{ name: "capture", image: "public.ecr.aws/docker/library/busybox:1", memory: 512 }]
    })
  )
  yield* Ecs.send(
    new CreateServiceCommand({ cluster, serviceName: service, taskDefinition: "capture", desiredCount: 2 })
  )
  yield* OpenSearch.send(new CreateDomainCommand({ DomainName: domain }))

  yield* Iam.send(
    new CreateRoleCommand({
      RoleName: role,
      AssumeRolePolicyDocument: policy({ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" })
    })
  )
  yield* Iam.send(
    new AttachRolePolicyCommand({ RoleName: role, PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" })
  )
  yield* Iam.send(
    new PutRolePolicyCommand({
      RoleName: role,
      PolicyName: "archive",
      PolicyDocument: policy({ Action: "s3:*", Resource: "*" })
    })
  )
  yield* Iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: role }))
  yield* Iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: role, RoleName: role }))

  yield* S3.createBucket(bucket)
  yield* S3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }))
  for (const Body of ["one", "two", "three"]) {
    yield* S3.send(new PutObjectCommand({ Bucket: bucket, Key: "capture.pcap", Body }))
  }

  const certificate = yield* Acm.uploadDefaultElbCertificate()
  return { ...leftovers, certificate } satisfies Leftovers
})
