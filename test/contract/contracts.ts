import { acm } from "./Acm.ts"
import { cloudWatch } from "./CloudWatch.ts"
import { cloudWatchMath } from "./CloudWatchMath.ts"
import type { Contract } from "./Contract.ts"
import { ec2 } from "./Ec2.ts"
import { ec2Fleets } from "./Ec2Fleets.ts"
import { ec2LaunchTemplates } from "./Ec2LaunchTemplates.ts"
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
  cloudWatchMath,
  ec2,
  ec2Fleets,
  ec2LaunchTemplates,
  ecs,
  eventBridge,
  iam,
  openSearch,
  s3,
  s3Rules,
  ssm,
  sts
]
