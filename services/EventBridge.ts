/**
 * Events of Amazon EventBridge.
 *
 * @since 0.1.0
 */
import { EventBridgeClient } from "@aws-sdk/client-eventbridge"
import type { EventBridgeCodes } from "../errors/codes/EventBridge.ts"
import * as AwsService from "../src/AwsService.ts"

const service = AwsService.make<EventBridgeClient, EventBridgeCodes>(EventBridgeClient)

/**
 * Sends any command of EventBridge.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of EventBridge that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of EventBridge that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items
