/** In-memory OpenSearch Service: domains, which take time to create, change and delete. */
import type * as sdk from "@aws-sdk/client-opensearch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { unobserved } from "../engine/input.ts"
import { Fault, service } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { authorization } from "./authorization.ts"
import * as Changes from "./changes.ts"
import { checkSettings, hasLocalDisks } from "./domainRules.ts"
import * as Domains from "./domains.ts"
import { ringFor, wake } from "./events.ts"
import { versions } from "./versions.ts"

export const openSearch = service<typeof sdk>()({
  serviceId: "OpenSearch",
  namespace: "com.amazonaws.opensearch",
  scope: "region",
  state: (): Domains.State => ({ domains: new Map() }),
  authorization,
  wake,
  handlers: {
    ...Changes.handlers,

    CreateDomain: Effect.fnUntraced(function*(input, state, context) {
      const { DomainName: name, EngineVersion = "OpenSearch_2.19", TagList = [] } = yield* Domains.check(input, {
        ...Domains.named,
        ...Domains.rules.settings,
        EngineVersion: Domains.rules.version,
        TagList: Domains.rules.tags
      })
      const added = yield* Domains.tags.add([], TagList)
      const isLocal = hasLocalDisks(input.ClusterConfig?.InstanceType)
      const settings = Domains.settingsOf(input, {
        ...Domains.defaults,
        ...(isLocal && { EBSOptions: { EBSEnabled: false } })
      })
      if (!versions.includes(EngineVersion)) {
        return yield* Domains.validation(`Invalid engine version: ${EngineVersion}`)
      }
      if ((yield* Domains.find(state, name)) !== undefined) {
        return yield* new Fault({
          code: "ResourceAlreadyExistsException",
          statusCode: 409,
          message: `Domain already exists: ${name}`
        })
      }
      if ((yield* Domains.all(state)).length >= 100) {
        return yield* new Fault({
          code: "LimitExceededException",
          statusCode: 409,
          message: "You've reached the limit of 100 domains in this account and region."
        })
      }
      const checked = yield* checkSettings(settings, EngineVersion, context)
      const now = yield* Clock.currentTimeMillis
      const domain: Domains.Domain = {
        name,
        arn: context.arn("es", `domain/${name}`),
        engineVersion: EngineVersion,
        host: `${context.id(`${name}-`, 26)}.${context.region}.es.amazonaws.com${
          context.partition === "aws-cn" ? ".cn" : ""
        }`,
        createdAt: now,
        reachableAt: now + context.takes(Domains.CREATION),
        tags: added,
        settings: checked,
        version: 1,
        updatedAt: now,
        readyAt: now + context.takes(Domains.CREATION),
        goneAt: undefined,
        changeId: context.uuid(),
        changes: new Map(),
        upgrades: []
      }
      state.domains.set(name, domain)
      return { DomainStatus: Domains.toDomainStatus(domain, now, context) }
    }),

    DescribeDomain: Effect.fnUntraced(function*(input, state, context) {
      const { DomainName: name } = yield* Domains.check(input, Domains.named)
      const domain = yield* Domains.get(state, name)
      return { DomainStatus: Domains.toDomainStatus(domain, yield* Clock.currentTimeMillis, context) }
    }),

    DescribeDomains: Effect.fnUntraced(function*(input, state, context) {
      const { DomainNames } = yield* Domains.check(input, { DomainNames: { required: true } })
      if (DomainNames.length > 5) {
        return yield* Domains.validation("Please provide a maximum of 5 domain names to describe.")
      }
      yield* Effect.forEach(DomainNames, (DomainName) => Domains.check({ DomainName }, Domains.named))
      const now = yield* Clock.currentTimeMillis
      const domains = yield* Effect.forEach(DomainNames, (name) => Domains.find(state, name))
      return {
        DomainStatusList: domains.flatMap((domain) => domain ? [Domains.toDomainStatus(domain, now, context)] : [])
      }
    }),

    ListDomainNames: Effect.fnUntraced(function*({ EngineType }, state) {
      return {
        DomainNames: (yield* Domains.all(state)).flatMap(({ engineVersion, name }) => {
          const type = engineVersion.split("_")[0] as sdk.EngineType
          return (EngineType ?? type) === type ? [{ DomainName: name, EngineType: type }] : []
        })
      }
    }),

    DescribeDomainConfig: Effect.fnUntraced(function*(input, state) {
      const { DomainName: name } = yield* Domains.check(input, Domains.named)
      const domain = yield* Domains.get(state, name)
      return { DomainConfig: Domains.toDomainConfig(domain, yield* Clock.currentTimeMillis) }
    }),

    UpdateDomainConfig: Effect.fnUntraced(function*(input, state, context) {
      const { DomainName: name, DryRun = false } = yield* Domains.check(input, {
        ...Domains.named,
        ...Domains.rules.settings
      })
      if (DryRun) {
        return yield* unsupported("The in-memory OpenSearch Service doesn't support dry runs. Leave DryRun out.")
      }
      const domain = yield* Domains.get(state, name)
      const now = yield* Clock.currentTimeMillis
      yield* Domains.checkIdle(domain, now)
      const settings = Domains.settingsOf(input, domain.settings)
      const checked = yield* checkSettings(settings, Domains.versionOf(domain, now), context, domain.settings)
      const options = Object.keys(checked).filter((option) => Object.hasOwn(unobserved(input), option))
      const before = domain.settings
      Domains.update(domain, checked, options, now, context)
      ringFor(domain, before, context)
      return { DomainConfig: Domains.toDomainConfig(domain, now) }
    }),

    DeleteDomain: Effect.fnUntraced(function*(input, state, context) {
      const { DomainName: name } = yield* Domains.check(input, Domains.named)
      const domain = yield* Domains.get(state, name)
      const now = yield* Clock.currentTimeMillis
      domain.goneAt ??= now + context.takes(Domains.DELETION)
      return { DomainStatus: Domains.toDomainStatus(domain, now, context) }
    }),

    AddTags: Effect.fnUntraced(function*(input, state) {
      const { ARN, TagList } = yield* Domains.check(input, {
        ARN: { required: true, min: 20, max: 2_048 },
        TagList: { ...Domains.rules.tags, required: true }
      })
      const domain = yield* Domains.byArn(state, ARN)
      domain.tags = yield* Domains.tags.add(domain.tags, TagList)
      return {}
    }),

    ListTags: Effect.fnUntraced(function*({ ARN }, state) {
      return { TagList: [...(yield* Domains.byArn(state, ARN)).tags] }
    }),

    RemoveTags: Effect.fnUntraced(function*({ ARN, TagKeys = [] }, state) {
      const domain = yield* Domains.byArn(state, ARN)
      domain.tags = Domains.tags.remove(domain.tags, TagKeys)
      return {}
    })
  },
  withoutEffect: {
    // The users of a domain are for requests to the domain itself, which isn't here. AWS never answers with them.
    CreateDomain: [
      "AdvancedSecurityOptions.MasterUserOptions",
      "AdvancedSecurityOptions.SAMLOptions.MasterUserName",
      "AdvancedSecurityOptions.SAMLOptions.MasterBackendRole"
    ],
    UpdateDomainConfig: [
      "AdvancedSecurityOptions.MasterUserOptions",
      "AdvancedSecurityOptions.SAMLOptions.MasterUserName",
      "AdvancedSecurityOptions.SAMLOptions.MasterBackendRole",
      // For dry runs only, which aren't supported.
      "DryRunMode"
    ]
  }
})
