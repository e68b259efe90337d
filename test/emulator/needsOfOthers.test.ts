// The permissions that calls to CloudWatch, AppConfig, OpenSearch Service and Organizations need.
import { assert, describe, it } from "@effect/vitest"
import { appConfig } from "../../emulator/appconfig/appConfig.ts"
import { appConfigData } from "../../emulator/appconfigdata/appConfigData.ts"
import { cloudWatch } from "../../emulator/cloudwatch/cloudWatch.ts"
import { openSearch } from "../../emulator/opensearch/openSearch.ts"
import { organizations } from "../../emulator/organizations/organizations.ts"
import type { State } from "../../emulator/organizations/state.ts"
import { keyOf, needsOf, place, shown } from "./support/needs.ts"

const Tags = [{ Key: "Team", Value: "web" }]

describe("the permissions for calls to CloudWatch", () => {
  it("are for alarms, for all of them if the call names none", () => {
    assert.deepEqual(shown(needsOf(cloudWatch, "DeleteAlarms", { AlarmNames: ["a", "b"] })), [
      "cloudwatch:DeleteAlarms cloudwatch alarm:a",
      "cloudwatch:DeleteAlarms cloudwatch alarm:b"
    ])
    assert.deepEqual(shown(needsOf(cloudWatch, "DescribeAlarms", {})), ["cloudwatch:DescribeAlarms cloudwatch alarm:*"])
  })

  it("can depend on the namespace of metrics and on the actions of an alarm", () => {
    const data = needsOf(cloudWatch, "PutMetricData", { Namespace: "Shop", MetricData: [] })
    assert.deepEqual(data, [
      { action: "cloudwatch:PutMetricData", resource: "*", keys: { "cloudwatch:namespace": ["Shop"] } }
    ])
    const alarm = needsOf(cloudWatch, "PutMetricAlarm", { AlarmName: "a", AlarmActions: ["arn:aws:sns:::t"], Tags })
    assert.deepEqual(keyOf(alarm, "alarm:a", "cloudwatch:AlarmActions"), ["arn:aws:sns:::t"])
    assert.deepEqual(alarm.map(({ action }) => action), ["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"])
  })
})

describe("the permissions for calls to AppConfig", () => {
  it("are for the application and what is in it", () => {
    assert.deepEqual(shown(needsOf(appConfig, "GetEnvironment", { ApplicationId: "a", EnvironmentId: "e" })), [
      "appconfig:GetEnvironment appconfig application/a",
      "appconfig:GetEnvironment appconfig application/a/environment/e"
    ])
  })

  it("are for a configuration by the ids of its parts, even if a session names them otherwise", () => {
    const state = appConfig.state()
    const environments = new Map([["e1", { id: "e1", name: "prod" }]])
    const profiles = new Map([["p1", { id: "p1", name: "flags" }]])
    state.applications.set("a1", { id: "a1", name: "shop", environments, profiles } as never)
    const where = { ...place, stateOf: () => state as never }
    const input = {
      ApplicationIdentifier: "shop",
      EnvironmentIdentifier: "prod",
      ConfigurationProfileIdentifier: "flags"
    }
    const resource = "appconfig application/a1/environment/e1/configuration/p1"
    assert.deepEqual(shown(needsOf(appConfigData, "StartConfigurationSession", input, undefined, where)), [
      `appconfig:StartConfigurationSession ${resource}`
    ])
    const sessions = appConfigData.state()
    sessions.tokens.set("t", { application: "a1", environment: "e1", profile: "p1" } as never)
    assert.deepEqual(shown(needsOf(appConfigData, "GetLatestConfiguration", { ConfigurationToken: "t" }, sessions)), [
      `appconfig:GetLatestConfiguration ${resource}`
    ])
  })
})

describe("the permissions for calls to OpenSearch Service", () => {
  it("are for domains, with the tags of a new one", () => {
    assert.deepEqual(shown(needsOf(openSearch, "DescribeDomains", { DomainNames: ["a", "b"] })), [
      "es:DescribeDomains es domain/a",
      "es:DescribeDomains es domain/b"
    ])
    const needs = needsOf(openSearch, "CreateDomain", { DomainName: "a", TagList: Tags })
    assert.deepEqual(shown(needs), ["es:CreateDomain es domain/a", "es:AddTags es domain/a"])
    assert.deepEqual(keyOf(needs, "domain/a", "aws:RequestTag/Team"), ["web"])
  })
})

describe("the permissions for calls to Organizations", () => {
  const organization = (): State => {
    const state = organizations.state()
    const own = { id: "p-own", type: "SERVICE_CONTROL_POLICY", isManaged: false, tags: Tags }
    const full = { id: "p-FullAWSAccess", type: "SERVICE_CONTROL_POLICY", isManaged: true, tags: [] }
    state.members.set(place.account, "o-1")
    state.organizations.set("o-1", {
      id: "o-1",
      partition: "aws",
      management: "111111111111",
      root: { id: "r-1", tags: [] },
      units: new Map(),
      accounts: new Map(),
      policies: new Map([["p-own", own], ["p-FullAWSAccess", full]])
    } as never)
    return state
  }

  const resources = (operation: string, input: object) =>
    needsOf(organizations, operation, input, organization()).map(({ resource }) => resource)

  it("are for what the ids stand for in the organization of the management account", () => {
    const own = "arn:aws:organizations::111111111111"
    assert.deepEqual(resources("AttachPolicy", { PolicyId: "p-own", TargetId: "ou-1-a" }), [
      `${own}:policy/o-1/service_control_policy/p-own`,
      `${own}:ou/o-1/ou-1-a`
    ])
    assert.deepEqual(resources("DescribePolicy", { PolicyId: "p-FullAWSAccess" }), [
      "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"
    ])
    assert.deepEqual(
      resources("MoveAccount", { AccountId: "222222222222", SourceParentId: "r-1", DestinationParentId: "ou-1-a" }),
      [`${own}:account/o-1/222222222222`, `${own}:root/o-1/r-1`, `${own}:ou/o-1/ou-1-a`]
    )
    assert.deepEqual(resources("ListAccounts", {}), ["*"])
  })

  it("can depend on the type of a policy and on the service that gets access", () => {
    const attach = needsOf(organizations, "AttachPolicy", { PolicyId: "p-own", TargetId: "r-1" }, organization())
    for (const { keys } of attach) {
      assert.deepEqual(keys?.["organizations:policytype"], ["SERVICE_CONTROL_POLICY"])
    }
    const enable = needsOf(organizations, "EnableAWSServiceAccess", { ServicePrincipal: "ram.amazonaws.com" })
    assert.deepEqual(enable[0]?.keys, { "organizations:serviceprincipal": ["ram.amazonaws.com"] })
  })

  it("include the one to tag what is created", () => {
    const needs = needsOf(
      organizations,
      "CreateAccount",
      { AccountName: "a", Email: "a@example.com", Tags },
      organization()
    )
    assert.deepEqual(needs.map(({ action }) => action), ["organizations:CreateAccount", "organizations:TagResource"])
  })

  it("can depend on the tags of a policy", () => {
    const arn = "arn:aws:organizations::111111111111:policy/o-1/service_control_policy/p-own"
    assert.deepEqual(organizations.authorization!.tagsOf!(arn, organization(), place), { Team: "web" })
  })
})
