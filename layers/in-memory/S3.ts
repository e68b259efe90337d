/** S3, in memory. */
import type * as sdk from "@aws-sdk/client-s3"
import { service } from "./Service.ts"

export const s3 = service<typeof sdk>()({
  serviceId: "S3",
  namespace: "com.amazonaws.s3",
  protocol: "s3",
  scope: "global",
  state: () => ({}),
  handlers: {}
})
