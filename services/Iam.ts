/**
 * Roles of AWS Identity and Access Management.
 *
 * @since 0.1.0
 */
import { IAMClient } from "@aws-sdk/client-iam"
import type { IamCodes } from "../errors/codes/Iam.ts"
import * as AwsService from "../src/AwsService.ts"

const service = AwsService.make<IAMClient, IamCodes>(IAMClient)

/**
 * Sends any command of Iam.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of Iam that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of Iam that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items
