import { DescribeAvailabilityZonesCommand, DescribeImagesCommand, DescribeRegionsCommand } from "@aws-sdk/client-ec2"
import { GetParameterCommand, GetParametersByPathCommand } from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2, Ssm } from "effect-aws-sdk"
import { contract, documented } from "./Contract.ts"

const root = "/aws/service/global-infrastructure"

const get = (Name: string) =>
  Effect.map(Ssm.send(new GetParameterCommand({ Name })), ({ Parameter }) => Parameter?.Value ?? "")

export const ssmPublicParameters = contract("Ssm", {
  "publishes what regions, zones and services there are": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-global-infrastructure.html",
    Effect.gen(function*() {
      assert.strictEqual(yield* get(`${root}/regions/eu-central-2/longName`), "Europe (Zurich)")
      assert.strictEqual(yield* get(`${root}/regions/cn-north-1/partition`), "aws-cn")
      assert.strictEqual(yield* get(`${root}/services/ecs/longName`), "Amazon Elastic Container Service (ECS)")
      const below = (Path: string, Recursive?: boolean) =>
        Effect.map(
          Ssm.send(new GetParametersByPathCommand({ Path, Recursive, MaxResults: 10 })),
          ({ NextToken, Parameters = [] }) => ({ NextToken, values: Parameters.map(({ Value }) => Value) })
        )
      const first = yield* below(`${root}/regions`)
      assert.deepEqual([first.values.length, first.values[0]], [10, "af-south-1"])
      assert.isNotEmpty(first.NextToken)
      assert.deepEqual((yield* below(`${root}/regions/us-east-2/availability-zones`)).values, [
        "use2-az1",
        "use2-az2",
        "use2-az3"
      ])
    })
  ),

  "publishes the images of Amazon Linux, ECS, EKS, Bottlerocket, Windows and Ubuntu": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-ami.html",
    Effect.gen(function*() {
      const ids = yield* Effect.forEach([
        "ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
        "ecs/optimized-ami/amazon-linux-2/recommended/image_id",
        "eks/optimized-ami/1.31/amazon-linux-2023/x86_64/standard/recommended/image_id",
        "bottlerocket/aws-ecs-2/x86_64/latest/image_id",
        "ami-windows-latest/Windows_Server-2019-English-Full-Base",
        "canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id"
      ], (name) => get(`/aws/service/${name}`))
      const { Images = [] } = yield* Ec2.send(new DescribeImagesCommand({ ImageIds: ids }))
      assert.sameMembers(Images.map(({ ImageId }) => ImageId ?? ""), ids)
      assert.lengthOf(new Set(ids), 6)
    })
  ),

  "has a region's own number of zones, and says which regions to opt in to": documented(
    "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html",
    Effect.gen(function*() {
      const { AvailabilityZones = [] } = yield* Ec2.send(new DescribeAvailabilityZonesCommand({}))
      assert.lengthOf(AvailabilityZones, 6)
      const { Regions = [] } = yield* Ec2.send(new DescribeRegionsCommand({ AllRegions: true }))
      const statusOf = (name: string) => Regions.find(({ RegionName }) => RegionName === name)?.OptInStatus
      assert.strictEqual(statusOf("eu-west-1"), "opt-in-not-required")
      assert.strictEqual(statusOf("ap-southeast-7"), "not-opted-in")
      assert.lengthOf(Regions, 34)
    })
  )
})
