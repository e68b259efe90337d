import { CloudWatchClient } from "@aws-sdk/client-cloudwatch"
import type { CloudWatchCodes } from "../../../errors/codes/CloudWatch.ts"
import * as AwsService from "../../../src/AwsService.ts"

/** `send`, `pages` and `items` of CloudWatch, for the modules of this folder. */
export const cloudWatch = AwsService.make<CloudWatchClient, CloudWatchCodes>(CloudWatchClient)
