/** OpenSearch, in memory. */
import type * as sdk from "@aws-sdk/client-opensearch"
import { service } from "./Service.ts"

export const openSearch = service<typeof sdk>()({
  serviceId: "OpenSearch",
  namespace: "com.amazonaws.opensearch",
  protocol: "json",
  scope: "region",
  state: () => ({}),
  handlers: {}
})
