/**
 * Configuration of AWS AppConfig. Import it by its subpath, `effect-aws-sdk/AppConfig`: the root doesn't load its client.
 *
 * @since 0.1.0
 */
import { AppConfigDataClient } from "@aws-sdk/client-appconfigdata"
import type { AppConfigCodes } from "../errors/codes/AppConfig.ts"
import * as AwsService from "../src/AwsService.ts"

const service = AwsService.make<AppConfigDataClient, AppConfigCodes>(AppConfigDataClient)

/**
 * Sends any AppConfig command.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any paginated AppConfig command.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements on all pages of any paginated AppConfig command.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items
