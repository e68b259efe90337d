import * as Results from "../../../src/internal/results.ts"

/** The fields of `Sts.AwsEnvironment`. */
interface Environment {
  readonly account: string
  readonly region: string
  readonly arn: string
}

export const toText = ({ account, region }: Environment): string => `aws://${account}/${region}`

export const environments = Results.model<Environment>(
  "effect-aws-sdk/Sts/AwsEnvironment",
  { account: Results.isText, region: Results.isText, arn: Results.isText },
  toText
)
