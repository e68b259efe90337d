// What both functions run with: the credentials that Lambda gives them, which belong to the VPC's account, and a role in the cluster's
// account.
import * as Compute from "effect-aws-sdk/Compute"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Accounts from "../Accounts.ts"

/** The role in the cluster's account, if it isn't the account of the VPC. An empty variable is as none. */
const clusterRole = Config.String("CLUSTER_ROLE").pipe(
  Config.option,
  Config.map((role) => Option.getOrUndefined(Option.filter(role, (arn) => arn !== "")))
)

export const layer = Layer.unwrap(Effect.map(clusterRole, (role) => Accounts.layer({ clusterRole: role }))).pipe(
  Layer.provide(Compute.layer())
)
