import * as Effect from "effect/Effect"

/** The URL of the instance metadata service of EC2. */
export const endpoint = (): string =>
  process.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ||
  (process.env["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.toLowerCase() === "ipv6"
    ? "http://[fd00:ec2::254]"
    : "http://169.254.169.254")

export const isDisabled = (): boolean =>
  !["", "false"].includes((process.env["AWS_EC2_METADATA_DISABLED"] ?? "").toLowerCase())

// The timeout uses real time because the socket is real: on a TestClock, it would never fire.
const request = (path: string, options: RequestInit) =>
  Effect.tryPromise(async (signal) => {
    const response = await fetch(new URL(path, endpoint()), {
      ...options,
      signal: AbortSignal.any([signal, AbortSignal.timeout(1_000)])
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    return text.trim()
  })

/**
 * The instance's region, through IMDSv2; `undefined` if the service doesn't answer. The SDK's own lookup isn't used,
 * because it caches a missing answer for a minute.
 */
export const region: Effect.Effect<string | void> = Effect.suspend(() =>
  isDisabled()
    ? Effect.void
    : request("/latest/api/token", { method: "PUT", headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" } }).pipe(
      Effect.flatMap((token) =>
        request("/latest/meta-data/placement/region", { headers: { "x-aws-ec2-metadata-token": token } })
      ),
      Effect.catch(({ cause }) => Effect.logDebug(`Could not get the region from ${endpoint()}: ${cause}`))
    )
)
