/**
 * Metrics of Amazon CloudWatch.
 *
 * @since 0.1.0
 */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch"
import type { CloudWatchCodes } from "../errors/codes/CloudWatch.ts"
import * as AwsService from "../src/AwsService.ts"

const service = AwsService.make<CloudWatchClient, CloudWatchCodes>(CloudWatchClient)

/**
 * Sends any command of CloudWatch.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of CloudWatch that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of CloudWatch that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items
