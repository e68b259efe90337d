import * as Effect from "effect/Effect"
import { isRegion } from "../../src/internal/region.ts"
import type { Profile } from "./configFiles.ts"

/** The URL of the instance metadata service of EC2. The environment comes before the profile, if there is one. */
export const endpoint = (profile: Profile = {}): string => {
  // As in the SDK, an empty variable hides the profile's setting.
  const setting = (variable: string, key: string) => process.env[variable] ?? profile[key]
  const mode = setting("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode")
  return setting("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint") ||
    (mode?.toLowerCase() === "ipv6" ? "http://[fd00:ec2::254]" : "http://169.254.169.254")
}

export const isDisabled = (): boolean =>
  !["", "false"].includes((process.env["AWS_EC2_METADATA_DISABLED"] ?? "").toLowerCase())

// The timeout uses real time because the socket is real: on a TestClock, it would never fire.
const request = (
  profile: Profile | undefined,
  path: string,
  options: RequestInit,
  expected: readonly [what: string, isExpected: (text: string) => boolean]
) =>
  Effect.tryPromise(async (signal) => {
    const response = await fetch(new URL(path, endpoint(profile)), {
      ...options,
      // The metadata doesn't redirect. A network's sign-in page does, and must not get the token.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(1_000)])
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    const [what, isExpected] = expected
    if (!isExpected(text.trim())) throw new Error(`the answer is not ${what}`)
    return text.trim()
  }).pipe(Effect.mapError(({ cause }) => reasonOf(cause)))

/** `fetch failed` alone says nothing: its cause does, by its code or its message. */
const reasonOf = (thrown: unknown): string => {
  const { cause, message } = thrown as Error
  const { code, message: why } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  const details = [code, why].find((detail) => typeof detail === "string" && detail !== "")
  return details === undefined ? message : `${message}, ${details}`
}

/** A token of IMDSv2. The failure says why the service gave none. */
export const token = (profile?: Profile): Effect.Effect<string, string> =>
  request(profile, "/latest/api/token", {
    method: "PUT",
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" }
  }, ["a token", (text) => /^[\w+/=.-]+$/.test(text)])

/**
 * The instance's region, through IMDSv2; `undefined` if the service doesn't answer. The SDK's own lookup isn't used,
 * because it caches a missing answer for a minute.
 */
export const region = (profile?: Profile): Effect.Effect<string | void> =>
  Effect.suspend(() =>
    isDisabled()
      ? Effect.void
      : token(profile).pipe(
        Effect.flatMap((token) =>
          request(
            profile,
            "/latest/meta-data/placement/region",
            { headers: { "x-aws-ec2-metadata-token": token } },
            ["the name of a region", isRegion]
          )
        ),
        Effect.catch((why) => Effect.logDebug(`Could not get the region from ${endpoint(profile)}: ${why}`))
      )
  )
