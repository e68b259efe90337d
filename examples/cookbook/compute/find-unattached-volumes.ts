import { DescribeVolumesCommand } from "@aws-sdk/client-ec2"
import { Stream } from "effect"
import { Ec2 } from "effect-aws-sdk"

export const unattached = Ec2.items(
  new DescribeVolumesCommand({ Filters: [{ Name: "status", Values: ["available"] }] }),
  ({ Volumes }) => Volumes
).pipe(
  Stream.map(({ CreateTime, Size = 0, VolumeId = "" }) => ({ id: VolumeId, gibibytes: Size, createdAt: CreateTime }))
)

export const gibibytes = unattached.pipe(Stream.runFold(() => 0, (sum, volume) => sum + volume.gibibytes))
