import { EventBridgeClient } from "@aws-sdk/client-eventbridge"
import type { EventBridgeCodes } from "../../../errors/codes/EventBridge.ts"
import * as AwsService from "../../../src/AwsService.ts"

/** `send`, `pages` and `items` of EventBridge, for the modules of this folder. */
export const eventBridge = AwsService.make<EventBridgeClient, EventBridgeCodes>(EventBridgeClient)
