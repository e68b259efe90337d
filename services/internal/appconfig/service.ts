import { AppConfigDataClient } from "@aws-sdk/client-appconfigdata"
import type { AppConfigCodes } from "../../../errors/codes/AppConfig.ts"
import * as Service from "../../../src/internal/service.ts"

const service = Service.of<AppConfigDataClient, AppConfigCodes>(AppConfigDataClient)

// For the modules of this folder.
export const send = Service.sendOf(service)
export const pages = Service.pagesOf(service)
export const items = Service.itemsOf(service)
