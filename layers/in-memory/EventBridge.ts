/** EventBridge, in memory. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import { service } from "./Service.ts"

export const eventBridge = service<typeof sdk>()({
  serviceId: "EventBridge",
  namespace: "com.amazonaws.eventbridge",
  protocol: "json",
  scope: "region",
  state: () => ({}),
  handlers: {}
})
