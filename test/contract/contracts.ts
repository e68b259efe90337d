import { acm } from "./Acm.ts"
import { cloudWatch } from "./CloudWatch.ts"
import type { Contract } from "./Contract.ts"
import { ec2 } from "./Ec2.ts"
import { ecs } from "./Ecs.ts"
import { eventBridge } from "./EventBridge.ts"
import { eventBridgeAccess } from "./EventBridgeAccess.ts"
import { eventBridgeArchives } from "./EventBridgeArchives.ts"
import { eventBridgePatterns } from "./EventBridgePatterns.ts"
import { eventBridgeTargets } from "./EventBridgeTargets.ts"
import { iam } from "./Iam.ts"
import { openSearch } from "./OpenSearch.ts"
import { s3 } from "./S3.ts"
import { s3Rules } from "./S3Rules.ts"
import { ssm } from "./Ssm.ts"
import { ssmNames } from "./SsmNames.ts"
import { ssmParameters } from "./SsmParameters.ts"
import { ssmWindows } from "./SsmWindows.ts"
import { sts } from "./Sts.ts"

export const contracts: ReadonlyArray<Contract> = [
  acm,
  cloudWatch,
  ec2,
  ecs,
  eventBridge,
  eventBridgeAccess,
  eventBridgeArchives,
  eventBridgePatterns,
  eventBridgeTargets,
  iam,
  openSearch,
  s3,
  s3Rules,
  ssm,
  ssmNames,
  ssmParameters,
  ssmWindows,
  sts
]
