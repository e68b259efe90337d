/**
 * In-memory Identity and Access Management: roles, policies, instance profiles, users and their access keys. Policies
 * are stored but not enforced, except for trust policies, which STS evaluates. A trust policy can name users and roles of
 * its own account only if they exist. Any user, role or provider of another account can be named, and any AWS managed policy
 * can be attached, whether or not AWS has one of that name.
 */
import type * as sdk from "@aws-sdk/client-iam"
import { service } from "../engine/service.ts"
import { policies } from "./policies.ts"
import { profiles } from "./profiles.ts"
import { roles } from "./roles.ts"
import { empty } from "./state.ts"
import { users } from "./users.ts"

export const iam = service<typeof sdk>()({
  serviceId: "IAM",
  namespace: "com.amazonaws.iam",
  scope: "account",
  state: empty,
  handlers: { ...roles, ...policies, ...profiles, ...users }
})
