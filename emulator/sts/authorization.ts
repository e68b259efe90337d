/**
 * The permissions that calls to the Security Token Service need. None has GetCallerIdentity, which answers even a caller whom a policy
 * denies it, and none has GetSessionToken, which only authenticates the user. A web identity has no policies: the role's trust decides.
 */
import type * as sdk from "@aws-sdk/client-sts"
import type { Authorization, Need } from "../engine/authorization.ts"
import { given, needs } from "../support/needs.ts"
import { tagValues } from "../support/needsOfState.ts"
import type { State } from "./sessions.ts"

export const authorization: Authorization<State> = {
  ...needs<typeof sdk, State>()("sts", {
    AssumeRole: (input): ReadonlyArray<Need> => {
      const { ExternalId, RoleArn: resource = "", RoleSessionName, SourceIdentity, Tags = [], TransitiveTagKeys = [] } =
        input
      // Statements of trust policies allow all of it, with conditions that are about the whole request.
      const keys = {
        ...tagValues(Tags),
        ...given({
          "sts:externalid": ExternalId,
          "sts:rolesessionname": RoleSessionName,
          "sts:sourceidentity": SourceIdentity,
          "sts:transitivetagkeys": TransitiveTagKeys
        })
      }
      return [
        { action: "sts:AssumeRole", resource, keys },
        ...(Tags.length > 0 ? [{ action: "sts:TagSession", resource, keys }] : []),
        ...(SourceIdentity !== undefined ? [{ action: "sts:SetSourceIdentity", resource, keys }] : [])
      ]
    },
    AssumeRoleWithWebIdentity: [],
    DecodeAuthorizationMessage: {},
    GetAccessKeyInfo: {},
    GetCallerIdentity: [],
    GetFederationToken: ({ Name = "", Tags = [] }, { account, partition }) => {
      const resource = `arn:${partition}:sts::${account}:federated-user/${Name}`
      const keys = tagValues(Tags)
      return [
        { action: "sts:GetFederationToken", resource, keys },
        ...(Tags.length > 0 ? [{ action: "sts:TagSession", resource, keys }] : [])
      ]
    },
    GetSessionToken: []
  })
}
