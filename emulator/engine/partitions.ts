// The partitions of AWS. The region determines the partition, which is the second part of an ARN.
const partitions: ReadonlyArray<readonly [regions: RegExp, partition: string]> = [
  [/^cn-/, "aws-cn"],
  [/^us-gov-/, "aws-us-gov"],
  [/^us-iso-/, "aws-iso"],
  [/^us-isob-/, "aws-iso-b"],
  [/^eu-isoe-/, "aws-iso-e"],
  [/^us-isof-/, "aws-iso-f"],
  [/^eusc-/, "aws-eusc"]
]

export const partitionOf = (region: string): string =>
  partitions.find(([regions]) => regions.test(region))?.[1] ?? "aws"
