import type { AwsErrorReason } from "./reasons.ts"

const withoutAnswer = new Set<AwsErrorReason["_tag"]>(["ServerFault", "TimedOut", "Unreachable", "Unreadable"])
const neverSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_|ERR_TLS|ERR_SSL|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/

const unsent = new WeakSet<object>()

/** Remembers that a request failed with this error before any of it was written to a connection. */
export const markUnsent = (error: object): void => {
  unsent.add(error)
}

/**
 * Whether AWS may have received, and acted on, an attempt that failed with this error, for this reason. The library's own
 * connections know whether the request was written; of other HTTP handlers, the code tells.
 */
export const isUnanswered = ({ _tag, code }: AwsErrorReason, error?: unknown): boolean =>
  withoutAnswer.has(_tag) && !neverSent.test(code) && !unsent.has(error as object)
