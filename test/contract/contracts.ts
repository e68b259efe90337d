import { acm } from "./Acm.ts"
import { cloudWatch } from "./CloudWatch.ts"
import type { Contract } from "./Contract.ts"
import { ec2 } from "./Ec2.ts"
import { ec2Addresses } from "./Ec2Addresses.ts"
import { ec2Gateways } from "./Ec2Gateways.ts"
import { ec2Networks } from "./Ec2Networks.ts"
import { ec2Vpcs } from "./Ec2Vpcs.ts"
import { ecs } from "./Ecs.ts"
import { eventBridge } from "./EventBridge.ts"
import { iam } from "./Iam.ts"
import { openSearch } from "./OpenSearch.ts"
import { s3 } from "./S3.ts"
import { s3Rules } from "./S3Rules.ts"
import { ssm } from "./Ssm.ts"
import { sts } from "./Sts.ts"

export const contracts: ReadonlyArray<Contract> = [
  acm,
  cloudWatch,
  ec2,
  ec2Addresses,
  ec2Gateways,
  ec2Networks,
  ec2Vpcs,
  ecs,
  eventBridge,
  iam,
  openSearch,
  s3,
  s3Rules,
  ssm,
  sts
]
