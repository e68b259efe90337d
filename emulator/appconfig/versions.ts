/** The versions of a hosted configuration, by number and by label. */
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import { descending, numberKey } from "../support/order.ts"
import * as AppConfig from "./state.ts"

/** The key of a list that begins with the newest number. */
export const newestFirst = (number: number): string => descending(numberKey(number))

/** The version with this number or label. A label has a character that isn't a digit. */
export const versionNamed = (
  { versions }: AppConfig.Profile,
  name: string
): Effect.Effect<AppConfig.HostedVersion, Fault> => {
  const version = /^\d+$/.test(name)
    ? versions.get(Number(name))
    : [...versions.values()].find(({ label }) => label === name)
  return version === undefined
    ? Effect.fail(AppConfig.notFound("HostedConfigurationVersion", name))
    : Effect.succeed(version)
}
