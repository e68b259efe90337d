import * as Data from "effect/Data"

/** A request to the control API isn't valid. */
export class Refused extends Data.TaggedError("Refused")<{
  readonly status: number
  readonly message: string
  /** A valid body or query. */
  readonly example?: object | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}> {}

export const injectExample = { service: "S3", operation: "PutObject", times: 2, fault: "throttled" }
export const clockExample = { advance: "20 minutes" }
export const callsExample = { service: "S3", operation: "PutObject", limit: "10" }
export const deliveredExample = { target: "arn:aws:lambda:us-east-1:123456789012:function:bill", limit: "10" }
export const deniedExample = {
  principal: "arn:aws:iam::123456789012:user/ann",
  action: "ssm:GetParameter",
  limit: "10"
}
