/** Ecs, in memory. */
import type * as sdk from "@aws-sdk/client-ecs"
import { service } from "./Service.ts"

export const ecs = service<typeof sdk>()({
  serviceId: "ECS",
  namespace: "com.amazonaws.ecs",
  protocol: "json",
  scope: "region",
  state: () => ({}),
  handlers: {}
})
