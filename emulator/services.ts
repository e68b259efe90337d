/** The services of the in-memory AWS. */
import { acm } from "./acm/acm.ts"
import { appConfig } from "./appconfig/appConfig.ts"
import { appConfigData } from "./appconfigdata/appConfigData.ts"
import { cloudWatch } from "./cloudwatch/cloudWatch.ts"
import { dynamoDb } from "./dynamodb/dynamoDb.ts"
import { ec2 } from "./ec2/ec2.ts"
import { ecs } from "./ecs/ecs.ts"
import type { Service } from "./engine/service.ts"
import { eventBridge } from "./eventbridge/eventBridge.ts"
import { iam } from "./iam/iam.ts"
import { openSearch } from "./opensearch/openSearch.ts"
import { organizations } from "./organizations/organizations.ts"
import { s3 } from "./s3/s3.ts"
import { secretsManager } from "./secretsmanager/secretsManager.ts"
import { ssm } from "./ssm/ssm.ts"
import { sts } from "./sts/sts.ts"

export const services: ReadonlyArray<Service<any>> = [
  acm,
  appConfig,
  appConfigData,
  cloudWatch,
  dynamoDb,
  ec2,
  ecs,
  eventBridge,
  iam,
  openSearch,
  organizations,
  s3,
  secretsManager,
  ssm,
  sts
]
