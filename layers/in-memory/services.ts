/** The services of the in-memory AWS. */
import { acm } from "./Acm.ts"
import { cloudWatch } from "./CloudWatch.ts"
import { ec2 } from "./Ec2.ts"
import { ecs } from "./Ecs.ts"
import { eventBridge } from "./EventBridge.ts"
import { iam } from "./Iam.ts"
import { openSearch } from "./OpenSearch.ts"
import { s3 } from "./S3.ts"
import type { Service } from "./Service.ts"
import { ssm } from "./Ssm.ts"
import { sts } from "./Sts.ts"

export const services: ReadonlyArray<Service<any>> = [
  acm,
  cloudWatch,
  ec2,
  ecs,
  eventBridge,
  iam,
  openSearch,
  s3,
  ssm,
  sts
]
