import type * as sdk from "@aws-sdk/client-organizations"
import type { Need } from "../../../src/internal/members.ts"
import * as Results from "../../../src/internal/results.ts"

/** The fields of `Organizations.Account`. */
interface Account {
  readonly id: string
  readonly arn: string
  readonly name: string
  readonly state: string
  readonly isManagement: boolean
  readonly email?: string
  readonly joinedMethod?: string
  readonly joinedAt?: Date
}

export const accounts = Results.model<Account>("effect-aws-sdk/Organizations/Account", {
  id: Results.isText,
  arn: Results.isText,
  name: Results.isText,
  state: Results.isText,
  isManagement: Results.isFlag,
  email: Results.isAbsentOr(Results.isText),
  joinedMethod: Results.isAbsentOr(Results.isText),
  joinedAt: Results.isAbsentOr(Results.isDate)
})

/** The ARN of an account begins with the id of the management account: `arn:aws:organizations::111111111111:account/o-…/222222222222`. */
const isManagement = (arn: string): boolean => {
  const [management, account] = arn.match(/\d{12}(?=:account\/)|\d{12}$/g) ?? []
  return management === account
}

export const accountOf = (account: sdk.Account, need: Need): Account => {
  const { Email, JoinedMethod, JoinedTimestamp, State, Status } = account
  const arn = need(account.Arn, "Arn")
  return accounts.make({
    id: need(account.Id, "Id"),
    arn,
    name: need(account.Name, "Name"),
    // AWS replaces `Status` by `State`.
    state: need(State ?? Status, "State"),
    isManagement: isManagement(arn),
    ...(Email !== undefined && { email: Email }),
    ...(JoinedMethod !== undefined && { joinedMethod: JoinedMethod }),
    ...(JoinedTimestamp !== undefined && { joinedAt: JoinedTimestamp })
  })
}

/** The fields of `Organizations.OrganizationalUnit`. */
interface OrganizationalUnit {
  readonly id: string
  readonly arn: string
  readonly name: string
  readonly parent: string
}

export const units = Results.model<OrganizationalUnit>("effect-aws-sdk/Organizations/OrganizationalUnit", {
  id: Results.isText,
  arn: Results.isText,
  name: Results.isText,
  parent: Results.isText
})

export const unitOf = (unit: sdk.OrganizationalUnit, parent: string, need: Need): OrganizationalUnit =>
  units.make({ id: need(unit.Id, "Id"), arn: need(unit.Arn, "Arn"), name: need(unit.Name, "Name"), parent })

/** The fields of `Organizations.Organization`. */
interface Organization {
  readonly id: string
  readonly arn: string
  readonly featureSet: string
  readonly managementAccount: string
  readonly managementEmail?: string
}

export const organizations = Results.model<Organization>("effect-aws-sdk/Organizations/Organization", {
  id: Results.isText,
  arn: Results.isText,
  featureSet: Results.isText,
  managementAccount: Results.isText,
  managementEmail: Results.isAbsentOr(Results.isText)
})

export const organizationOf = (organization: sdk.Organization, need: Need): Organization => {
  const { Arn, FeatureSet, Id, MasterAccountEmail, MasterAccountId } = organization
  return organizations.make({
    id: need(Id, "Id"),
    arn: need(Arn, "Arn"),
    featureSet: need(FeatureSet, "FeatureSet"),
    managementAccount: need(MasterAccountId, "MasterAccountId"),
    ...(MasterAccountEmail !== undefined && { managementEmail: MasterAccountEmail })
  })
}
