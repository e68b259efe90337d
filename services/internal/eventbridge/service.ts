import { EventBridgeClient } from "@aws-sdk/client-eventbridge"
import type { EventBridgeCodes } from "../../../errors/codes/EventBridge.ts"
import * as Service from "../../../src/internal/service.ts"

const service = Service.of<EventBridgeClient, EventBridgeCodes>(EventBridgeClient)

// For the modules of this folder.
export const send = Service.sendOf(service)
export const pages = Service.pagesOf(service)
export const items = Service.itemsOf(service)
