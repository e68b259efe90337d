import type { AwsErrorReason } from "./reasons.ts"

const withoutAnswer = new Set<AwsErrorReason["_tag"]>(["ServerFault", "TimedOut", "Unreachable", "Unreadable"])
const neverSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_|ERR_TLS|ERR_SSL|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/

/** Whether AWS may have received, and acted on, an attempt that failed for this reason. */
export const isUnanswered = ({ _tag, code }: AwsErrorReason): boolean =>
  withoutAnswer.has(_tag) && !neverSent.test(code)
