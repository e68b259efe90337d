/** In-memory OpenSearch Service: the permissions that calls need, and the access policies of domains. */
import type * as sdk from "@aws-sdk/client-opensearch"
import type { Authorization } from "../engine/authorization.ts"
import { parseArn } from "../support/arn.ts"
import { needs } from "../support/needs.ts"
import { tagRecord, tagValues, values } from "../support/needsOfState.ts"
import type { Domain, State } from "./domains.ts"

const domain = "domain/{DomainName}"

const table = needs<typeof sdk>()("es", {
  CreateDomain: [
    { on: domain, keys: ({ TagList }) => tagValues(TagList) },
    {
      action: "AddTags",
      on: domain,
      keys: ({ TagList }) => tagValues(TagList),
      when: ({ TagList = [] }) => TagList.length > 0
    }
  ],
  DeleteDomain: domain,
  DescribeDomain: domain,
  DescribeDomainChangeProgress: domain,
  DescribeDomainConfig: domain,
  DescribeDomains: "domain/{DomainNames}",
  GetCompatibleVersions: domain,
  GetUpgradeHistory: domain,
  GetUpgradeStatus: domain,
  // The reference has no resource for it, and AWS refuses it for this one.
  ListDomainNames: "domain/*",
  ListVersions: "*",
  UpdateDomainConfig: domain,
  UpgradeDomain: domain,

  AddTags: { on: "{ARN}", keys: ({ TagList }) => tagValues(TagList) },
  ListTags: "{ARN}",
  RemoveTags: { on: "{ARN}", keys: ({ TagKeys }) => values({ "aws:tagkeys": TagKeys }) }
})

/** The domain of an ARN, or of that of something in the domain. */
const domainOf = (arn: string, { domains }: State): Domain | undefined => {
  const [type, name = ""] = parseArn(arn)?.resource.split("/") ?? []
  return type === "domain" ? domains.get(name) : undefined
}

export const authorization: Authorization<State> = {
  ...table,
  tagsOf: (arn, state) => tagRecord(domainOf(arn, state)?.tags),
  policyOf: (arn, state) => domainOf(arn, state)?.settings.AccessPolicies || undefined
}
