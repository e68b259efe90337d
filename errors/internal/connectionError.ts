import type { AwsErrorReason } from "./reasons.ts"

/** A failure that this library's connections found themselves. It passes through the SDK, and keeps its reason on the way. */
export class ConnectionError extends Error {
  readonly reason: AwsErrorReason
  constructor(reason: AwsErrorReason) {
    super(reason.description)
    this.name = reason.code
    this.reason = reason
  }
}
