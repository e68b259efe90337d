/** CloudWatch, in memory. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import { service } from "./Service.ts"

export const cloudWatch = service<typeof sdk>()({
  serviceId: "CloudWatch",
  namespace: "com.amazonaws.cloudwatch",
  protocol: "json",
  scope: "region",
  state: () => ({}),
  handlers: {}
})
