import { acm } from "./Acm.ts"
import { cloudWatch } from "./CloudWatch.ts"
import type { Contract } from "./Contract.ts"
import { ec2 } from "./Ec2.ts"
import { ecs } from "./Ecs.ts"
import { eventBridge } from "./EventBridge.ts"
import { iam } from "./Iam.ts"
import { openSearch } from "./OpenSearch.ts"
import { s3 } from "./S3.ts"
import { s3Checksums } from "./S3Checksums.ts"
import { s3Conditions } from "./S3Conditions.ts"
import { s3Encryption } from "./S3Encryption.ts"
import { s3Locks } from "./S3Locks.ts"
import { s3Rules } from "./S3Rules.ts"
import { s3Uploads } from "./S3Uploads.ts"
import { s3Versions } from "./S3Versions.ts"
import { ssm } from "./Ssm.ts"
import { sts } from "./Sts.ts"

export const contracts: ReadonlyArray<Contract> = [
  acm,
  cloudWatch,
  ec2,
  ecs,
  eventBridge,
  iam,
  openSearch,
  s3,
  s3Checksums,
  s3Conditions,
  s3Encryption,
  s3Locks,
  s3Rules,
  s3Uploads,
  s3Versions,
  ssm,
  sts
]
