// The ARNs of secrets for policies, from the names and the ARNs by which requests know them.
import type { Place } from "../engine/authorization.ts"

/** A secret's ARN without a selector of its version. Of a secret that is only named, the ARN ends in six characters that nobody told. */
export const secretArn = (id: string, { account, partition, region }: Place): string =>
  id.startsWith("arn:")
    ? id.split(":").slice(0, 7).join(":")
    : `arn:${partition}:secretsmanager:${region}:${account}:secret:${id.split(":")[0]}-??????`
