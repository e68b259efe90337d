import { SSMClient } from "@aws-sdk/client-ssm"
import type { SsmCodes } from "../../../errors/codes/Ssm.ts"
import * as Service from "../../../src/internal/service.ts"

const service = Service.of<SSMClient, SsmCodes>(SSMClient)

// For the modules of this folder.
export const send = Service.sendOf(service)
export const pages = Service.pagesOf(service)
export const items = Service.itemsOf(service)
