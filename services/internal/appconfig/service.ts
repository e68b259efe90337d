import { AppConfigDataClient } from "@aws-sdk/client-appconfigdata"
import type { AppConfigCodes } from "../../../errors/codes/AppConfig.ts"
import * as AwsService from "../../../src/AwsService.ts"

/** `send`, `pages` and `items` of AppConfig, for the modules of this folder. */
export const appConfig = AwsService.make<AppConfigDataClient, AppConfigCodes>(AppConfigDataClient)
