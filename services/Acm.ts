/**
 * Certificates of AWS Certificate Manager.
 *
 * @since 0.1.0
 */
import { ACMClient } from "@aws-sdk/client-acm"
import type { AcmCodes } from "../errors/codes/Acm.ts"
import * as AwsService from "../src/AwsService.ts"

const service = AwsService.make<ACMClient, AcmCodes>(ACMClient)

/**
 * Sends any command of Acm.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of Acm that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of Acm that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items
