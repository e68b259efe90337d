/** In-memory EC2: the permissions that calls need, of the tables that each subject has in a file of its own. */
import type { Authorization } from "../engine/authorization.ts"
import { instances } from "./needsOfInstances.ts"
import { launches } from "./needsOfLaunches.ts"
import { networks } from "./needsOfNetworks.ts"
import { reads } from "./needsOfReads.ts"
import { transit } from "./needsOfTransit.ts"
import { keysOf, tagsOf } from "./resourceKeys.ts"
import type { State } from "./state.ts"

export const authorization: Authorization<State> = {
  prefix: "ec2",
  needs: { ...reads, ...networks, ...transit, ...instances, ...launches },
  tagsOf,
  keysOf
}
