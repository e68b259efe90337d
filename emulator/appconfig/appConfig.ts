/**
 * In-memory AppConfig: applications, environments, configuration profiles with hosted versions, deployment strategies and
 * deployments, which proceed by the Clock. Configurations are hosted in AppConfig itself. Nothing watches an alarm here, so no
 * deployment rolls back by itself.
 */
import type * as sdk from "@aws-sdk/client-appconfig"
import { service } from "../engine/service.ts"
import { applications } from "./applications.ts"
import { authorization } from "./authorization.ts"
import { deployments } from "./deployments.ts"
import { environments } from "./environments.ts"
import { hosted } from "./hosted.ts"
import { profiles } from "./profiles.ts"
import type { State } from "./state.ts"
import { strategies } from "./strategies.ts"
import { tags } from "./tags.ts"

export const appConfig = service<typeof sdk>()({
  serviceId: "AppConfig",
  namespace: "com.amazonaws.appconfig",
  scope: "region",
  state: (): State => ({ applications: new Map(), strategies: new Map(), tags: new Map() }),
  authorization,
  handlers: { ...applications, ...environments, ...profiles, ...hosted, ...strategies, ...deployments, ...tags }
})
