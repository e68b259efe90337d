import type { AwsErrorReason } from "./reasons.ts"

// AWS answered with no, or there was nothing to send.
const settled = new Set<AwsErrorReason["_tag"]>([
  "AccessDenied",
  "CircuitOpen",
  "CredentialsRejected",
  "CredentialsUnavailable",
  "Misconfigured",
  "Rejected",
  "Throttled"
])
const neverConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/

const unsent = new WeakSet<object>()

/** Remembers that a request failed with this error before any of it was written to a connection. */
export const markUnsent = (error: object): void => {
  unsent.add(error)
}

interface Caused {
  readonly syscall?: unknown
  readonly cause?: unknown
  readonly errors?: ReadonlyArray<unknown>
}

/** Whether the error says that there was no connection yet. */
const isOfConnecting = (error: unknown, depth = 0): boolean => {
  if (typeof error !== "object" || error === null || depth > 10) return false
  const { cause, errors, syscall } = error as Caused
  return syscall === undefined
    ? isOfConnecting(errors?.[0] ?? cause, depth + 1)
    : syscall === "connect" || syscall === "getaddrinfo"
}

/** Whether it is certain that AWS got nothing of a request that failed with this error. */
export const isUnsent = (error: unknown): boolean => unsent.has(error as object) || isOfConnecting(error)

/** Whether AWS may have received, and acted on, an attempt that failed for this reason, with this error. */
export const isUnanswered = ({ _tag, code }: AwsErrorReason, error?: unknown): boolean =>
  !settled.has(_tag) && !neverConnected.test(code) && !isUnsent(error)
