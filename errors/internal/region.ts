/** The parts of a refusal by S3 that name a region. */
interface Refusal {
  readonly message?: unknown
  readonly Region?: unknown
  readonly Endpoint?: unknown
  readonly $response?: { readonly headers?: Readonly<Record<string, unknown>> }
}

const first = (pattern: RegExp, value: unknown): string | undefined =>
  typeof value === "string" ? pattern.exec(value)?.[1] : undefined

/** The region of the bucket, if S3's answer names it: in a header, in the body, as a part of an endpoint, or in the message. */
export const regionOf = (thrown: unknown): string | undefined => {
  if (typeof thrown !== "object" || thrown === null) return undefined
  const { $response, Endpoint, Region, message } = thrown as Refusal
  return first(/^([\w-]+)$/, $response?.headers?.["x-amz-bucket-region"]) ??
    first(/^([\w-]+)$/, Region) ??
    first(/\bs3[.-](?:dualstack\.)?([a-z]+(?:-[a-z]+)+-\d+)\./, Endpoint) ??
    first(/expecting '([\w-]+)'/, message)
}
