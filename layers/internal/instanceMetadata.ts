import * as Effect from "effect/Effect"

/** Where the metadata of an EC2 instance is asked for. */
export const endpoint = (): string =>
  process.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ||
  (process.env["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.toLowerCase() === "ipv6"
    ? "http://[fd00:ec2::254]"
    : "http://169.254.169.254")

export const isDisabled = (): boolean =>
  !["", "false"].includes((process.env["AWS_EC2_METADATA_DISABLED"] ?? "").toLowerCase())

// By real time, as the socket is real: a test's clock must not make it wait for ever.
const ask = (path: string, options: RequestInit) =>
  Effect.tryPromise(async (signal) => {
    const answer = await fetch(new URL(path, endpoint()), {
      ...options,
      signal: AbortSignal.any([signal, AbortSignal.timeout(1_000)])
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
    return text.trim()
  })

/**
 * The region of the instance, by IMDSv2; nothing where there is no answer. The SDK's own way is not for this: it
 * remembers for a minute that there was no answer.
 */
export const region: Effect.Effect<string | void> = Effect.suspend(() =>
  isDisabled()
    ? Effect.void
    : ask("/latest/api/token", { method: "PUT", headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" } }).pipe(
      Effect.flatMap((token) =>
        ask("/latest/meta-data/placement/region", { headers: { "x-aws-ec2-metadata-token": token } })
      ),
      Effect.catch(({ cause }) => Effect.logDebug(`${endpoint()} does not tell the region: ${cause}`))
    )
)
