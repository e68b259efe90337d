/**
 * Networks of Amazon EC2, and their mirroring.
 *
 * @since 0.1.0
 */
import { EC2Client } from "@aws-sdk/client-ec2"
import type { Ec2Codes } from "../errors/codes/Ec2.ts"
import * as AwsService from "../src/AwsService.ts"

const service = AwsService.make<EC2Client, Ec2Codes>(EC2Client)

/**
 * Sends any command of Ec2.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of Ec2 that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of Ec2 that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items
