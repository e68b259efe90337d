// The versions of domains, and the rules that their settings follow.
import { CreateSecurityGroupCommand, CreateSubnetCommand, CreateVpcCommand } from "@aws-sdk/client-ec2"
import {
  CreateDomainCommand,
  type CreateDomainCommandInput,
  DescribeDomainChangeProgressCommand,
  DescribeDomainCommand,
  GetCompatibleVersionsCommand,
  ListVersionsCommand,
  UpdateDomainConfigCommand,
  UpgradeDomainCommand
} from "@aws-sdk/client-opensearch"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsError, Ec2, OpenSearch } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

/** A name that no other case uses. */
const uniqueName = Effect.sync(() => `rules-${crypto.randomUUID().slice(0, 8)}`)

const create = (input: Partial<CreateDomainCommandInput>) =>
  Effect.flatMap(uniqueName, (DomainName) =>
    Effect.map(
      OpenSearch.send(new CreateDomainCommand({ DomainName, ...input })),
      ({ DomainStatus }) => DomainStatus!
    ))

const expectRejected = Effect.fnUntraced(function*<A, R>(
  effect: Effect.Effect<A, AwsError, R>,
  message: string,
  code = "ValidationException"
) {
  const error = yield* Effect.flip(effect)
  assert.strictEqual(error.code, code)
  assert.include(error.message, message)
})

const subnets = Effect.gen(function*() {
  const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
  const ids = yield* Effect.forEach(["a", "b"], (zone, index) =>
    Effect.map(
      Ec2.send(
        new CreateSubnetCommand({
          VpcId: Vpc?.VpcId,
          CidrBlock: `10.0.${index}.0/24`,
          AvailabilityZone: `us-east-1${zone}`
        })
      ),
      ({ Subnet }) => Subnet?.SubnetId ?? ""
    ))
  const { GroupId = "" } = yield* Ec2.send(
    new CreateSecurityGroupCommand({ VpcId: Vpc?.VpcId, GroupName: "logs", Description: "contract" })
  )
  return { vpc: Vpc?.VpcId, ids, group: GroupId }
})

const secured = {
  NodeToNodeEncryptionOptions: { Enabled: true },
  EncryptionAtRestOptions: { Enabled: true },
  DomainEndpointOptions: { EnforceHTTPS: true },
  AdvancedSecurityOptions: { Enabled: true, InternalUserDatabaseEnabled: true }
}

export const openSearchRules = contract("OpenSearch", {
  "lists engine versions in pages": documented(
    "API_ListVersions",
    Effect.gen(function*() {
      const { Versions = [] } = yield* OpenSearch.send(new ListVersionsCommand())
      assert.includeMembers(Versions, ["OpenSearch_2.19", "OpenSearch_1.0", "Elasticsearch_7.10", "Elasticsearch_1.5"])
      const first = yield* OpenSearch.send(new ListVersionsCommand({ MaxResults: 2 }))
      const next = yield* OpenSearch.send(new ListVersionsCommand({ MaxResults: 2, NextToken: first.NextToken }))
      assert.deepEqual([...first.Versions ?? [], ...next.Versions ?? []], Versions.slice(0, 4))
    })
  ),

  "rejects unknown values of settings that have few": documented(
    "API_CreateDomain",
    Effect.gen(function*() {
      const broken = "satisfy enum value set"
      yield* expectRejected(create({ IPAddressType: "ipv6" as "ipv4" }), broken)
      yield* expectRejected(create({ AutoTuneOptions: { DesiredState: "SOMETIMES" as "ENABLED" } }), broken)
      yield* expectRejected(
        create({ EBSOptions: { EBSEnabled: true, VolumeType: "gp9" as "gp3", VolumeSize: 10 } }),
        broken
      )
      const DomainName = (yield* create({ IPAddressType: "ipv4" })).DomainName
      yield* expectRejected(
        OpenSearch.send(new UpdateDomainConfigCommand({ DomainName, IPAddressType: "ipv6" as "ipv4" })),
        broken
      )
    })
  ),

  "upgrades to the versions that the engine's upgrade paths lead to": documented(
    "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/version-migration.html",
    Effect.gen(function*() {
      const { CompatibleVersions = [] } = yield* OpenSearch.send(new GetCompatibleVersionsCommand())
      const targets = (version: string) =>
        CompatibleVersions.find(({ SourceVersion }) => SourceVersion === version)?.TargetVersions ?? []
      assert.deepEqual(targets("Elasticsearch_7.9"), [
        "Elasticsearch_7.10",
        ...["1.0", "1.1", "1.2", "1.3"].map((version) => `OpenSearch_${version}`)
      ])
      assert.deepEqual(targets("OpenSearch_1.2"), ["OpenSearch_1.3"])
      assert.includeMembers([...targets("OpenSearch_1.3")], ["OpenSearch_2.3", "OpenSearch_2.19"])
      assert.notInclude(targets("OpenSearch_1.3"), "OpenSearch_3.1")
      assert.includeMembers([...targets("OpenSearch_2.19")], ["OpenSearch_3.1"])
      assert.deepEqual(targets("Elasticsearch_2.3"), [])
    })
  ),

  "lists the versions that a domain can be upgraded to": documented(
    "API_GetCompatibleVersions",
    Effect.gen(function*() {
      const { DomainName } = yield* create({ EngineVersion: "OpenSearch_1.2" })
      const { CompatibleVersions } = yield* OpenSearch.send(new GetCompatibleVersionsCommand({ DomainName }))
      assert.deepEqual(CompatibleVersions, [{ SourceVersion: "OpenSearch_1.2", TargetVersions: ["OpenSearch_1.3"] }])
    })
  ),

  "rejects an upgrade of a domain that is still being created": documented(
    "API_UpgradeDomain",
    Effect.gen(function*() {
      const { DomainName } = yield* create({ EngineVersion: "OpenSearch_1.2" })
      const upgrade = new UpgradeDomainCommand({ DomainName, TargetVersion: "OpenSearch_1.3" })
      yield* expectRejected(OpenSearch.send(upgrade), "A change/update is in progress.")
    })
  ),

  "rejects an engine version that doesn't exist": believed(
    "AWS has these versions only, and refuses others with a ValidationException",
    expectRejected(create({ EngineVersion: "OpenSearch_2.99" }), "OpenSearch_2.99")
  ),

  "rejects an instance type that doesn't exist": believed(
    "seen in a report of a user: https://github.com/hashicorp/terraform-provider-aws/issues/27684",
    expectRejected(
      create({ ClusterConfig: { InstanceType: "m5.huge.search" as never } }),
      "Invalid instance type: m5.huge.search",
      "InvalidTypeException"
    )
  ),

  "rejects volumes for instances with local disks, and other instances without volumes": believed(
    "seen in a report of a user: https://github.com/aws/aws-cdk/issues/36698",
    Effect.gen(function*() {
      yield* expectRejected(
        create({
          ClusterConfig: { InstanceType: "i3.large.search" },
          EBSOptions: { EBSEnabled: true, VolumeType: "gp3", VolumeSize: 30 }
        }),
        "Instance type i3.large.search does not support EBS storage"
      )
      yield* expectRejected(
        create({ ClusterConfig: { InstanceType: "m5.large.search" }, EBSOptions: { EBSEnabled: false } }),
        "EBS storage must be selected for m5.large.search"
      )
      const { EBSOptions } = yield* create({ ClusterConfig: { InstanceType: "i3.large.search" } })
      assert.isFalse(EBSOptions?.EBSEnabled)
    })
  ),

  "spreads nodes evenly over two zones, and at least three nodes over three": documented(
    "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-multiaz.html",
    Effect.gen(function*() {
      const zones = (InstanceCount: number, AvailabilityZoneCount: number) =>
        create({
          ClusterConfig: {
            InstanceCount,
            ZoneAwarenessEnabled: true,
            ZoneAwarenessConfig: { AvailabilityZoneCount }
          }
        })
      yield* expectRejected(zones(3, 2), "even number of data nodes")
      yield* expectRejected(zones(2, 3), "three data nodes")
      const { ClusterConfig } = yield* zones(3, 3)
      assert.deepEqual(ClusterConfig?.ZoneAwarenessConfig, { AvailabilityZoneCount: 3 })
    })
  ),

  "requires three or five dedicated master nodes": documented(
    "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-dedicatedmasternodes.html",
    Effect.gen(function*() {
      const masters = (DedicatedMasterCount: number) =>
        create({
          ClusterConfig: { DedicatedMasterEnabled: true, DedicatedMasterCount, DedicatedMasterType: "m5.large.search" }
        })
      yield* expectRejected(masters(2), "dedicated master nodes")
      assert.strictEqual((yield* masters(3)).ClusterConfig?.DedicatedMasterCount, 3)
    })
  ),

  "requires encryption and HTTPS for fine-grained access control": documented(
    "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html",
    Effect.gen(function*() {
      const without = (option: keyof typeof secured) => create({ ...secured, [option]: undefined })
      yield* expectRejected(without("NodeToNodeEncryptionOptions"), "node-to-node encryption")
      yield* expectRejected(without("EncryptionAtRestOptions"), "encryption at rest")
      yield* expectRejected(without("DomainEndpointOptions"), "HTTPS")
      yield* create(secured)
    })
  ),

  "requires one subnet for each zone of a domain in a VPC": believed(
    "seen in a report of a user: https://github.com/aws/aws-cdk/issues/7804",
    Effect.gen(function*() {
      const { ids } = yield* subnets
      yield* expectRejected(create({ VPCOptions: { SubnetIds: ids } }), "You must specify exactly one subnet.")
      yield* expectRejected(
        create({
          ClusterConfig: { InstanceCount: 2, ZoneAwarenessEnabled: true },
          VPCOptions: { SubnetIds: ids.slice(1) }
        }),
        "You must specify exactly two subnets."
      )
      yield* expectRejected(
        create({ VPCOptions: { SubnetIds: ["subnet-00000000000000000"] } }),
        "The subnet ID 'subnet-00000000000000000' does not exist"
      )
    })
  ),

  "reports the VPC and the zones of a domain's subnets": documented(
    "API_VPCDerivedInfo",
    Effect.gen(function*() {
      const { group, ids, vpc } = yield* subnets
      const { VPCOptions } = yield* create({
        ClusterConfig: { InstanceCount: 2, ZoneAwarenessEnabled: true },
        VPCOptions: { SubnetIds: ids, SecurityGroupIds: [group] }
      })
      assert.deepInclude({ ...VPCOptions }, {
        VPCId: vpc,
        SubnetIds: ids,
        SecurityGroupIds: [group],
        AvailabilityZones: ["us-east-1a", "us-east-1b"]
      })
    })
  ),

  "rejects an access policy that isn't JSON": believed(
    "AWS parses access policies before it creates a domain",
    expectRejected(create({ AccessPolicies: "hello" }), "hello")
  ),

  "reports the progress of the newest change to a domain": documented(
    "API_DescribeDomainChangeProgress",
    Effect.gen(function*() {
      const { DomainName } = yield* create({})
      const { DomainStatus } = yield* OpenSearch.send(new DescribeDomainCommand({ DomainName }))
      const { ChangeProgressStatus } = yield* OpenSearch.send(new DescribeDomainChangeProgressCommand({ DomainName }))
      assert.deepInclude({ ...ChangeProgressStatus }, {
        ChangeId: DomainStatus?.ChangeProgressDetails?.ChangeId,
        Status: "PROCESSING",
        InitiatedBy: "CUSTOMER"
      })
    })
  )
})
