/**
 * In-memory Organizations: organizations with their accounts, organizational units, policies, delegated administrators, invitations
 * and tags. A new account has the role with which the management account administers it. Nothing here enforces policies. There are
 * no effective policies, resource policies, responsibility transfers or accounts of GovCloud.
 */
import type * as sdk from "@aws-sdk/client-organizations"
import { service } from "../engine/service.ts"
import { accounts } from "./accounts.ts"
import { authorization } from "./authorization.ts"
import { delegation } from "./delegation.ts"
import { invitations } from "./invitations.ts"
import { organization } from "./organization.ts"
import { policies } from "./policies.ts"
import { resourceTags } from "./resourceTags.ts"
import { empty } from "./state.ts"
import { units } from "./units.ts"

export const organizations = service<typeof sdk>()({
  serviceId: "Organizations",
  namespace: "com.amazonaws.organizations",
  scope: "global",
  state: empty,
  authorization,
  handlers: {
    ...organization,
    ...accounts,
    ...units,
    ...policies,
    ...delegation,
    ...invitations,
    ...resourceTags
  },
  // The billing console isn't here.
  withoutEffect: { CreateAccount: ["IamUserAccessToBilling"] }
})
