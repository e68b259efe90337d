// The session in which AppConfig gives out a configuration.
import { GetLatestConfigurationCommand, StartConfigurationSessionCommand } from "@aws-sdk/client-appconfigdata"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { ConfigurationDoesNotExist } from "../../../errors/internal/appConfigErrors.ts"
import { AwsError } from "../../../errors/internal/awsError.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { readMembers } from "../../../src/internal/members.ts"
import type { Configuration, ConfigurationId } from "./models.ts"
import { configurations } from "./results.ts"
import * as appConfig from "./service.ts"

export type SessionError = ConfigurationDoesNotExist | AwsError

/**
 * A session. Its polls must not overlap.
 */
export interface Session {
  /** The latest configuration. It's the same object for as long as the configuration is the same. */
  readonly poll: Effect.Effect<Configuration, SessionError, AwsClients>
  /** When AppConfig wants the next poll, by the Clock. An earlier poll makes no call. */
  readonly notBefore: () => number
}

const isSame = (a: Configuration, b: Configuration): boolean =>
  a.versionLabel === b.versionLabel && a.contentType === b.contentType && a.bytes.length === b.bytes.length &&
  a.bytes.every((byte, i) => byte === b.bytes[i])

/** The least time between two polls that AppConfig grants a session that asks for it, in seconds. By default it's 60. */
export const LEAST_INTERVAL = 15

export const makeSession = (id: ConfigurationId): Session => {
  const { application, environment, profile } = id
  let token: string | undefined
  let last: Configuration | undefined
  let notBefore = -Infinity

  const start = appConfig.send(
    new StartConfigurationSessionCommand({
      ApplicationIdentifier: application,
      EnvironmentIdentifier: environment,
      ConfigurationProfileIdentifier: profile,
      RequiredMinimumPollIntervalInSeconds: LEAST_INTERVAL
    })
  ).pipe(
    Effect.flatMap((output) =>
      readMembers(
        { service: "AppConfigData", operation: "StartConfigurationSession" },
        output,
        ({ InitialConfigurationToken }, need) => need(InitialConfigurationToken, "InitialConfigurationToken")
      )
    )
  )

  const get = (ConfigurationToken: string) =>
    Effect.flatMap(appConfig.send(new GetLatestConfigurationCommand({ ConfigurationToken })), (output) =>
      readMembers(
        { service: "AppConfigData", operation: "GetLatestConfiguration" },
        output,
        ({ NextPollConfigurationToken, NextPollIntervalInSeconds, ...content }, need) => ({
          next: need(NextPollConfigurationToken, "NextPollConfigurationToken"),
          interval: need(NextPollIntervalInSeconds, "NextPollIntervalInSeconds"),
          content
        })
      ))

  const anew = Effect.map(Effect.flatMap(start, get), (answer) => ({ ...answer, isNew: true }))

  const ask = Effect.suspend(() => {
    const mine = token
    // It's used up, also if the call fails or is interrupted.
    token = undefined
    return mine === undefined ? anew : get(mine).pipe(
      Effect.map((answer) => ({ ...answer, isNew: false })),
      // The token has expired, or an earlier attempt whose answer was lost has used it up.
      AwsError.catchCode("BadRequestException", () => anew)
    )
  })

  const read = Effect.gen(function*() {
    const { content: { Configuration: payload, ContentType, VersionLabel }, interval, isNew, next } = yield* ask
    // To the SDK, an empty payload is `null`.
    const bytes = payload ?? new Uint8Array()
    token = next
    notBefore = (yield* Clock.currentTimeMillis) + interval * 1_000
    // Within a session, AppConfig answers with nothing if nothing has changed.
    if (last !== undefined && !isNew && bytes.length === 0) return last
    const latest = configurations.make({
      application,
      environment,
      profile,
      // A view of a larger buffer would keep that.
      bytes: new Uint8Array(bytes),
      ...(ContentType && { contentType: ContentType }),
      ...(VersionLabel && { versionLabel: VersionLabel })
    })
    return last = last !== undefined && isSame(last, latest) ? last : latest
  }).pipe(
    AwsError.catchCode(
      "ResourceNotFoundException",
      () => Effect.fail(new ConfigurationDoesNotExist({ application, environment, profile }))
    )
  )

  const poll = Effect.flatMap(
    Clock.currentTimeMillis,
    (now): typeof read => last !== undefined && now < notBefore ? Effect.succeed(last) : read
  )

  return { poll, notBefore: () => notBefore }
}
