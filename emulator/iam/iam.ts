/**
 * In-memory Identity and Access Management: roles, users, groups, policies, instance profiles, credentials, MFA devices and identity
 * providers. STS evaluates trust policies, the guard those of callers, if the world has one, and the policy simulator any on request.
 * A trust policy can name users and roles of its own account only if they exist. Any user, role or provider of another account can be
 * named. AWS managed policies are known by their names, paths and dates, and some by their documents.
 */
import type * as sdk from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import { type Handler, service } from "../engine/service.ts"
import { roleOf } from "../support/callers.ts"
import { account } from "./account.ts"
import { accountDetails } from "./accountDetails.ts"
import { authorization } from "./authorization.ts"
import { credentialReport } from "./credentialReport.ts"
import { entityPolicies } from "./entityPolicies.ts"
import { groups } from "./groups.ts"
import { logins } from "./logins.ts"
import { mfa } from "./mfa.ts"
import { oidc } from "./oidc.ts"
import { policies } from "./policies.ts"
import { profiles } from "./profiles.ts"
import { roles } from "./roles.ts"
import { saml } from "./saml.ts"
import { serverCertificates } from "./serverCertificates.ts"
import { serviceCredentials } from "./serviceCredentials.ts"
import { serviceRoles } from "./serviceRoles.ts"
import { signingCertificates } from "./signingCertificates.ts"
import { simulation } from "./simulation.ts"
import { sshPublicKeys } from "./sshPublicKeys.ts"
import { empty, type IamHandlers, invalidToken, type State } from "./state.ts"
import { taggedKinds } from "./taggedKinds.ts"
import { users } from "./users.ts"

/**
 * Refuses the sessions that IAM refuses: those of a user, unless they were issued for an MFA code, and those of a federated user. The
 * sessions of roles can call IAM.
 */
const forCallers = (handlers: IamHandlers): IamHandlers =>
  Object.fromEntries(
    Object.entries(handlers).map(([operation, handler]: [string, Handler<any, any, State>]) => [
      operation,
      ((input, state, context) => {
        const { hasMfa, sessionToken } = context.principal
        const isRefused = sessionToken !== undefined && roleOf(context.principal) === undefined && hasMfa !== true
        return isRefused ? Effect.fail(invalidToken) : handler(input, state, context)
      }) satisfies Handler<any, any, State>
    ])
  )

export const iam = service<typeof sdk>()({
  serviceId: "IAM",
  namespace: "com.amazonaws.iam",
  scope: "account",
  authorization,
  state: empty,
  withoutEffect: {
    // The operator of a condition says what type its values have.
    SimulateCustomPolicy: ["ContextEntries[].ContextKeyType"],
    SimulatePrincipalPolicy: ["ContextEntries[].ContextKeyType"]
  },
  handlers: forCallers({
    ...roles,
    ...serviceRoles,
    ...policies,
    ...entityPolicies,
    ...simulation,
    ...profiles,
    ...users,
    ...groups,
    ...logins,
    ...mfa,
    ...serviceCredentials,
    ...signingCertificates,
    ...sshPublicKeys,
    ...serverCertificates,
    ...oidc,
    ...saml,
    ...taggedKinds,
    ...account,
    ...accountDetails,
    ...credentialReport
  })
})
