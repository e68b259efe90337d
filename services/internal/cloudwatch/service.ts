import { CloudWatchClient } from "@aws-sdk/client-cloudwatch"
import type { CloudWatchCodes } from "../../../errors/codes/CloudWatch.ts"
import * as Service from "../../../src/internal/service.ts"

const service = Service.of<CloudWatchClient, CloudWatchCodes>(CloudWatchClient)

// For the modules of this folder.
export const send = Service.sendOf(service)
export const pages = Service.pagesOf(service)
export const items = Service.itemsOf(service)
