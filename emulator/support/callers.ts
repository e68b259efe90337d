// What the ARN of a caller tells: the root user, a user, a federated user, or the session of a role.
import type { Principal } from "../engine/service.ts"

type Caller = Pick<Principal, "arn">

export const isRoot = ({ arn }: Caller): boolean => arn.endsWith(":root")

export const isFederated = ({ arn }: Caller): boolean => arn.includes(":federated-user/")

/** The name of the role whose session the caller is; `undefined` for any other caller. */
export const roleOf = ({ arn }: Caller): string | undefined => /:assumed-role\/([^/]+)\//.exec(arn)?.[1]

/** The value of a condition key that is about the caller, in lower case: `aws:principalarn`. `undefined` for any other key. */
export const callerValueOf = (key: string, { account, arn, roleArn, userId }: Principal): string | undefined =>
  key === "aws:principalaccount"
    ? account
    : key === "aws:principalarn"
    ? roleArn ?? arn
    : key === "aws:userid"
    ? userId
    : key === "aws:username"
    ? /:user\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1]
    : undefined
