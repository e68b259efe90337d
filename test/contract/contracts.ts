import { acm } from "./Acm.ts"
import { cloudWatch } from "./CloudWatch.ts"
import type { Contract } from "./Contract.ts"
import { ec2 } from "./Ec2.ts"
import { ecs } from "./Ecs.ts"
import { eventBridge } from "./EventBridge.ts"
import { iam } from "./Iam.ts"
import { iamCredentials } from "./IamCredentials.ts"
import { iamDetails } from "./IamDetails.ts"
import { iamDocuments } from "./IamDocuments.ts"
import { iamGroups } from "./IamGroups.ts"
import { iamManaged } from "./IamManaged.ts"
import { iamProviders } from "./IamProviders.ts"
import { iamServiceRoles } from "./IamServiceRoles.ts"
import { iamSimulation } from "./IamSimulation.ts"
import { openSearch } from "./OpenSearch.ts"
import { s3 } from "./S3.ts"
import { s3Rules } from "./S3Rules.ts"
import { ssm } from "./Ssm.ts"
import { sts } from "./Sts.ts"
import { stsSessions } from "./StsSessions.ts"

export const contracts: ReadonlyArray<Contract> = [
  acm,
  cloudWatch,
  ec2,
  ecs,
  eventBridge,
  iam,
  iamCredentials,
  iamGroups,
  iamProviders,
  iamServiceRoles,
  iamSimulation,
  iamDetails,
  iamDocuments,
  iamManaged,
  openSearch,
  s3,
  s3Rules,
  ssm,
  sts,
  stsSessions
]
