// What every account of an estate in memory has.
import { CreateRoleCommand } from "@aws-sdk/client-iam"
import { Iam } from "effect-aws-sdk"

/** The name of the role that leads to each account. */
export const fleetRole = "fleet"

/** The account of the program's own credentials. */
export const ownAccount = "123456789012"

/** A trust policy that lets this account assume the role. */
export const trustIn = (account: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" }]
  })

/** Creates the role that the fleet assumes. An in-memory account without roles lets everyone in, so this can use it already. */
export const createFleetRole = Iam.send(
  new CreateRoleCommand({ RoleName: fleetRole, AssumeRolePolicyDocument: trustIn(ownAccount) })
)
