// Which AWS the program talks to.
import { Effect, Layer, Redacted } from "effect"
import { AwsClients } from "effect-aws-sdk/AwsClients"
import * as Default from "effect-aws-sdk/Default"

export interface Choice {
  readonly profile?: string | undefined
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly demo: boolean
}

const isLocal = (endpoint: string) => /^https?:\/\/(127\.\d+\.\d+\.\d+|\[::1\]|localhost)([:/]|$)/.test(endpoint)

/**
 * - `--demo`: an AWS in memory with some content. It is gone when the program ends.
 * - an endpoint on this machine, without `--profile` and keys in the environment: an emulator, which takes any keys.
 * - otherwise AWS, with the credentials of `--profile`, or those that a client of the SDK would find.
 */
export const layer = (
  { demo, endpoint, profile, region }: Choice
): Layer.Layer<AwsClients, Layer.Error<ReturnType<typeof Default.layer>>> => {
  // Only who wants the AWS in memory loads it.
  if (demo) return Layer.unwrap(Effect.map(Effect.promise(() => import("./Demo.ts")), (Demo) => Demo.layer(region)))
  const hasKeys = profile !== undefined || process.env["AWS_ACCESS_KEY_ID"]
  if (!hasKeys && endpoint !== undefined && isLocal(endpoint)) {
    return AwsClients.layer({
      endpoint,
      region: region ?? process.env["AWS_REGION"] ?? "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: Redacted.make("test") }
    })
  }
  return Default.layer({ profile, region, endpoint })
}
