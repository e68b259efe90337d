// Which AWS the program talks to.
import { Layer, Redacted } from "effect"
import { AwsClients, Compute, InMemory, Profile } from "effect-aws-sdk"
import * as Demo from "./Demo.ts"

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
export const layer = ({ demo, endpoint, profile, region }: Choice) => {
  if (demo) return Layer.effectDiscard(Demo.content).pipe(Layer.provideMerge(InMemory.layer({ region })))
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
