/** In-memory AppConfig's data plane: the permissions that calls need. Policies name configurations by ids only. */
import type * as sdk from "@aws-sdk/client-appconfigdata"
import { appConfig } from "../appconfig/appConfig.ts"
import type { Authorization, Need, Place } from "../engine/authorization.ts"
import { needsOfState } from "../support/needsOfState.ts"
import { empty, named, type State } from "./state.ts"

const on = (action: string, ids: ReadonlyArray<string>, { account, partition, region }: Place): ReadonlyArray<Need> => {
  const [application, environment, profile] = ids
  const path = `application/${application}/environment/${environment}/configuration/${profile}`
  return [{ action: `appconfig:${action}`, resource: `arn:${partition}:appconfig:${region}:${account}:${path}` }]
}

export const authorization: Authorization<State> = {
  prefix: "appconfig",
  needs: needsOfState<typeof sdk, State>(empty, {
    StartConfigurationSession: (input, place) => {
      const { ApplicationIdentifier = "*", ConfigurationProfileIdentifier = "*", EnvironmentIdentifier = "*" } = input
      const applications = place.stateOf?.(appConfig).applications
      const application = applications && named(applications, ApplicationIdentifier)
      const environment = application && named(application.environments, EnvironmentIdentifier)
      const profile = application && named(application.profiles, ConfigurationProfileIdentifier)
      return on("StartConfigurationSession", [
        application?.id ?? ApplicationIdentifier,
        environment?.id ?? EnvironmentIdentifier,
        profile?.id ?? ConfigurationProfileIdentifier
      ], place)
    },

    // A session is about the configuration that it was started for.
    GetLatestConfiguration: ({ ConfigurationToken = "" }, place, { tokens }) => {
      const { application = "*", environment = "*", profile = "*" } = tokens.get(ConfigurationToken) ?? {}
      return on("GetLatestConfiguration", [application, environment, profile], place)
    }
  })
}
