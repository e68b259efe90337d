// Which AWS the program talks to.
import { Effect, Layer, Redacted } from "effect"
import { AwsClients } from "effect-aws-sdk/AwsClients"
import * as Compute from "effect-aws-sdk/Compute"
import * as Profile from "effect-aws-sdk/Profile"

export interface Choice {
  readonly profile?: string | undefined
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly demo: boolean
}

const isLocal = (endpoint: string) => /^https?:\/\/(127\.\d+\.\d+\.\d+|\[::1\]|localhost)([:/]|$)/.test(endpoint)

/**
 * - `--demo`: an AWS in memory with some content. It is gone when the program ends.
 * - `--profile`: this profile.
 * - access keys in the environment: these.
 * - an endpoint on this machine: an emulator, which takes any keys.
 * - otherwise the profile that AWS_PROFILE names, or `default`.
 */
export const layer = (
  { demo, endpoint, profile, region }: Choice
): Layer.Layer<AwsClients, Layer.Error<ReturnType<typeof Profile.layer | typeof Compute.layer>>> => {
  // Only who wants the AWS in memory loads it.
  if (demo) return Layer.unwrap(Effect.map(Effect.promise(() => import("./Demo.ts")), (Demo) => Demo.layer(region)))
  if (profile !== undefined) return Profile.layer({ profile, region, endpoint })
  if (process.env["AWS_ACCESS_KEY_ID"]) return Compute.layer({ region, endpoint })
  if (endpoint !== undefined && isLocal(endpoint)) {
    return AwsClients.layer({
      endpoint,
      region: region ?? process.env["AWS_REGION"] ?? "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: Redacted.make("test") }
    })
  }
  return Profile.layer({ region, endpoint })
}
