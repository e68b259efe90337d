/** Acm, in memory. */
import type * as sdk from "@aws-sdk/client-acm"
import { service } from "./Service.ts"

export const acm = service<typeof sdk>()({
  serviceId: "ACM",
  namespace: "com.amazonaws.acm",
  protocol: "json",
  scope: "region",
  state: () => ({}),
  handlers: {}
})
