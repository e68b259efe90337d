/** Ec2, in memory. */
import type * as sdk from "@aws-sdk/client-ec2"
import { service } from "./Service.ts"

export const ec2 = service<typeof sdk>()({
  serviceId: "EC2",
  namespace: "com.amazonaws.ec2",
  protocol: "ec2",
  scope: "region",
  state: () => ({}),
  handlers: {}
})
