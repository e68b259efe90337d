/**
 * In-memory AppConfig's data plane: sessions, in which clients get the configurations that the in-memory AppConfig has deployed to
 * an environment.
 */
import type * as sdk from "@aws-sdk/client-appconfigdata"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { appConfig } from "../appconfig/appConfig.ts"
import { valuesOf } from "../appconfig/flags.ts"
import { FEATURE_FLAGS } from "../appconfig/profiles.ts"
import { versionFor } from "../appconfig/rollout.ts"
import type { Deployment } from "../appconfig/state.ts"
import { Fault, service } from "../engine/service.ts"
import { checker } from "../support/constraints.ts"
import { authorization } from "./authorization.ts"
import { empty, named } from "./state.ts"

/** How long a token is valid: 24 hours. */
const LIFETIME = 24 * 3_600_000
/** After this time, an expired token counts as one that never was. */
const FORGOTTEN = 2 * LIFETIME
const DEFAULT_INTERVAL = 60

const check = checker({ code: "BadRequestException" })

const identifier = { required: true, min: 1, max: 128 } as const

const invalidToken = (message: string, Problem: sdk.InvalidParameterProblem) =>
  new Fault({
    code: "BadRequestException",
    message,
    members: { Reason: "InvalidParameters", Details: { InvalidParameters: { ConfigurationToken: { Problem } } } }
  })

const notFound = (ResourceType: sdk.ResourceType, ReferencedBy: Readonly<Record<string, string>>) =>
  new Fault({
    code: "ResourceNotFoundException",
    message: `${ResourceType} not found`,
    members: { ResourceType, ReferencedBy }
  })

const contentOf = ({ profile, version }: Deployment) => ({
  ContentType: version.contentType,
  Configuration: profile.type === FEATURE_FLAGS ? valuesOf(version.content) : version.content,
  VersionLabel: version.label
})

const unchanged = { ContentType: undefined, Configuration: new Uint8Array(), VersionLabel: undefined }

export const appConfigData = service<typeof sdk>()({
  serviceId: "AppConfigData",
  namespace: "com.amazonaws.appconfigdata",
  scope: "region",
  state: empty,
  authorization,
  handlers: {
    StartConfigurationSession: Effect.fnUntraced(function*(input, { tokens }, context) {
      const checked = yield* check(input, {
        ApplicationIdentifier: identifier,
        EnvironmentIdentifier: identifier,
        ConfigurationProfileIdentifier: identifier,
        RequiredMinimumPollIntervalInSeconds: { min: 15, max: 86_400 }
      })
      const { ApplicationIdentifier, ConfigurationProfileIdentifier, EnvironmentIdentifier } = checked
      const application = named(context.stateOf(appConfig).applications, ApplicationIdentifier)
      if (application === undefined) return yield* notFound("Application", { ApplicationIdentifier })
      const environment = named(application.environments, EnvironmentIdentifier)
      if (environment === undefined) return yield* notFound("Environment", { EnvironmentIdentifier })
      const profile = named(application.profiles, ConfigurationProfileIdentifier)
      if (profile === undefined) {
        return yield* notFound("ConfigurationProfile", { ConfigurationProfileIdentifier })
      }
      const now = yield* Clock.currentTimeMillis
      for (const [token, { issued }] of tokens) if (now - issued > FORGOTTEN) tokens.delete(token)
      const token = context.id("", 64)
      tokens.set(token, {
        application: application.id,
        environment: environment.id,
        profile: profile.id,
        interval: checked.RequiredMinimumPollIntervalInSeconds ?? DEFAULT_INTERVAL,
        place: Number.parseInt(context.id("", 8), 16) / 2 ** 32 * 100,
        version: undefined,
        issued: now,
        called: undefined
      })
      return { InitialConfigurationToken: token }
    }),

    GetLatestConfiguration: Effect.fnUntraced(function*(input, { tokens }, context) {
      const { ConfigurationToken } = yield* check(input, {
        ConfigurationToken: { required: true, pattern: "\\S{1,8192}" }
      })
      const session = tokens.get(ConfigurationToken)
      const now = yield* Clock.currentTimeMillis
      if (session === undefined) return yield* invalidToken("Token not valid", "Corrupted")
      if (now - session.issued > LIFETIME) return yield* invalidToken("Token expired", "Expired")
      if (session.called !== undefined && now - session.called < session.interval * 1000) {
        return yield* invalidToken("Request too early", "PollIntervalNotSatisfied")
      }
      const { environments } = context.stateOf(appConfig).applications.get(session.application) ?? {}
      const environment = environments?.get(session.environment)
      if (environment === undefined) return yield* notFound("Environment", { ConfigurationToken })
      const isDeployed = environment.deployments.some(({ profile }) => profile.id === session.profile)
      if (!isDeployed) return yield* notFound("Deployment", { ConfigurationToken })
      const deployment = versionFor(environment, session.profile, session.place, now)
      const next = context.id("", 64)
      // A token is good for one call.
      tokens.delete(ConfigurationToken)
      tokens.set(next, {
        ...session,
        version: deployment?.version.number ?? session.version,
        issued: now,
        called: now
      })
      return {
        NextPollConfigurationToken: next,
        NextPollIntervalInSeconds: session.interval,
        ...(deployment === undefined || deployment.version.number === session.version
          ? unchanged
          : contentOf(deployment))
      }
    })
  }
})
