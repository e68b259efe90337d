import { SSMClient } from "@aws-sdk/client-ssm"
import type { SsmCodes } from "../../../errors/codes/Ssm.ts"
import * as AwsService from "../../../src/AwsService.ts"

/** `send`, `pages` and `items` of Ssm, for the modules of this folder. */
export const ssm = AwsService.make<SSMClient, SsmCodes>(SSMClient)
