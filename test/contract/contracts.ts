import { acm } from "./Acm.ts"
import { acmLifecycle } from "./AcmLifecycle.ts"
import { cloudWatch } from "./CloudWatch.ts"
import type { Contract } from "./Contract.ts"
import { ec2 } from "./Ec2.ts"
import { ecs } from "./Ecs.ts"
import { ecsDefinitions } from "./EcsDefinitions.ts"
import { ecsTasks } from "./EcsTasks.ts"
import { eventBridge } from "./EventBridge.ts"
import { iam } from "./Iam.ts"
import { openSearch } from "./OpenSearch.ts"
import { openSearchRules } from "./OpenSearchRules.ts"
import { s3 } from "./S3.ts"
import { s3Rules } from "./S3Rules.ts"
import { ssm } from "./Ssm.ts"
import { sts } from "./Sts.ts"

export const contracts: ReadonlyArray<Contract> = [
  acm,
  acmLifecycle,
  cloudWatch,
  ec2,
  ecs,
  ecsDefinitions,
  ecsTasks,
  eventBridge,
  iam,
  openSearch,
  openSearchRules,
  s3,
  s3Rules,
  ssm,
  sts
]
