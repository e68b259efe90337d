import type { AwsErrorReason } from "../AwsErrorReason.ts"

const withoutAnswer = new Set<AwsErrorReason["_tag"]>(["ServerFault", "TimedOut", "Unreachable", "Unreadable"])
const neverSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_|ERR_TLS|ERR_SSL|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/

/** Whether an attempt that failed so may have reached AWS, and been acted upon. */
export const isUnanswered = ({ _tag, code }: AwsErrorReason): boolean =>
  withoutAnswer.has(_tag) && !neverSent.test(code)

/** What the SDK threw at last for calls of which an earlier attempt had no answer. */
export const unanswered = new WeakSet<object>()
