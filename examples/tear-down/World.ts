// An account with the leftovers of a cluster, set up with the same commands as on AWS.
import { AddTagsToCertificateCommand } from "@aws-sdk/client-acm"
import { CreateClusterCommand, CreateServiceCommand, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs"
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand
} from "@aws-sdk/client-iam"
import { CreateDomainCommand } from "@aws-sdk/client-opensearch"
import { PutBucketTaggingCommand, PutBucketVersioningCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { Effect } from "effect"
import { Acm, Ecs, Iam, OpenSearch, S3 } from "effect-aws-sdk"
import type { Leftovers } from "./Program.ts"

const policy = (statement: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] })

export interface SetUp {
  /** By default `capture-archive`. Its name has to differ from those of all other accounts and regions. */
  readonly bucket?: string
  /** Whether there is a role. Its name has to differ from those of the account's other regions. */
  readonly withRole?: boolean
  /** A tag for everything. */
  readonly tag?: { readonly key: string; readonly value: string }
}

/** Creates the leftovers and returns their names. */
export const setUpWith = Effect.fnUntraced(
  function*({ bucket = "capture-archive", tag, withRole = true }: SetUp) {
    const leftovers = {
      service: { cluster: "capture", service: "nodes" },
      domain: "capture-logs",
      role: "capture-nodes",
      bucket
    }
    const { domain, role, service: { cluster, service } } = leftovers
    const tags = tag === undefined ? [] : [tag]
    const Tags = tags.map(({ key: Key, value: Value }) => ({ Key, Value }))

    yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
    yield* Ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "capture",
        containerDefinitions: [{ name: "capture", image: "public.ecr.aws/docker/library/busybox:1", memory: 512 }]
      })
    )
    yield* Ecs.send(
      new CreateServiceCommand({ cluster, serviceName: service, taskDefinition: "capture", desiredCount: 2, tags })
    )
    yield* OpenSearch.send(new CreateDomainCommand({ DomainName: domain, TagList: Tags }))

    if (withRole) {
      yield* Iam.send(
        new CreateRoleCommand({
          RoleName: role,
          AssumeRolePolicyDocument: policy({ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }),
          Tags
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
    }

    yield* S3.createBucket(bucket)
    yield* S3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }))
    for (const Body of ["one", "two", "three"]) {
      yield* S3.send(new PutObjectCommand({ Bucket: bucket, Key: "capture.pcap", Body }))
    }

    const certificate = yield* Acm.uploadDefaultElbCertificate()
    if (tag !== undefined) {
      yield* S3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet: Tags } }))
      yield* Acm.send(new AddTagsToCertificateCommand({ CertificateArn: certificate, Tags }))
    }
    return { ...leftovers, certificate } satisfies Leftovers
  }
)

export const setUp = setUpWith({})
