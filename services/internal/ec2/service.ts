import { EC2Client } from "@aws-sdk/client-ec2"
import type { Ec2Codes } from "../../../errors/codes/Ec2.ts"
import * as AwsService from "../../../src/AwsService.ts"

/** `send`, `pages` and `items` of Ec2, for the modules of this folder. */
export const ec2 = AwsService.make<EC2Client, Ec2Codes>(EC2Client)
