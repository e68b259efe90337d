/** Iam, in memory. */
import type * as sdk from "@aws-sdk/client-iam"
import { service } from "./Service.ts"

export const iam = service<typeof sdk>()({
  serviceId: "IAM",
  namespace: "com.amazonaws.iam",
  protocol: "query",
  scope: "account",
  state: () => ({}),
  handlers: {}
})
