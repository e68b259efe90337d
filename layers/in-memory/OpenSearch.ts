/** In-memory OpenSearch Service: domains, which take time to create, change and delete. */
import type * as sdk from "@aws-sdk/client-opensearch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, service } from "./Service.ts"

const minutes = (count: number) => count * 60_000

const CREATION = minutes(15)
const CHANGE = minutes(10)
const DELETION = minutes(20)

interface Domain {
  readonly name: string
  readonly arn: string
  readonly engineVersion: string
  readonly host: string
  readonly createdAt: number
  readonly tags: Map<string, string>
  settings: Settings
  version: number
  /** When its settings last changed. */
  updatedAt: number
  /** When the last change is complete. */
  readyAt: number
  deletedAt: number | undefined
  changeId: string
}

type Settings = Partial<sdk.DomainStatus>

interface State {
  readonly domains: Map<string, Domain>
}

const validation = (message: string) => new Fault({ code: "ValidationException", message })
const notFound = (name: string) =>
  new Fault({ code: "ResourceNotFoundException", statusCode: 409, message: `Domain not found: ${name}` })

const checkName = Effect.fnUntraced(function*(name: string) {
  const broken = [
    ...(/^[a-z][a-z0-9-]+$/.test(name) ? [] : ["satisfy regular expression pattern: [a-z][a-z0-9\\-]+"]),
    ...(name.length > 28 ? ["have length less than or equal to 28"] : []),
    ...(name.length < 3 ? ["have length greater than or equal to 3"] : [])
  ].map((what) => `Value '${name}' at 'domainName' failed to satisfy constraint: Member must ${what}`)
  if (broken.length > 0) {
    return yield* validation(
      `${broken.length} validation error${broken.length > 1 ? "s" : ""} detected: ${broken.join("; ")}`
    )
  }
})

const checkTags = (tags: ReadonlyArray<sdk.Tag>, known: ReadonlyMap<string, string> = new Map()) => {
  const wrong = tags.some(({ Key = "", Value = "" }) => Key === "" || Key.length > 128 || Value.length > 256)
  if (wrong) return Effect.fail(validation("A tag has a key of 1 to 128 characters, and a value of at most 256."))
  return new Set([...known.keys(), ...tags.map(({ Key = "" }) => Key)]).size > 50
    ? Effect.fail(
      new Fault({ code: "LimitExceededException", statusCode: 409, message: "A domain has at most 50 tags." })
    )
    : Effect.void
}

/** Finds a domain by name. Removes one whose deletion is complete. */
const find = Effect.fnUntraced(function*({ domains }: State, name: string) {
  const now = yield* Clock.currentTimeMillis
  const domain = domains.get(name)
  if (domain?.deletedAt !== undefined && domain.deletedAt + DELETION <= now) domains.delete(name)
  return domains.get(name)
})

const get = Effect.fnUntraced(function*(state: State, name: string) {
  return (yield* find(state, name)) ?? (yield* notFound(name))
})

const byArn = Effect.fnUntraced(function*(state: State, arn = "") {
  const name = arn.slice(arn.lastIndexOf("/") + 1)
  const domain = yield* find(state, name)
  return domain !== undefined && domain.arn === arn ? domain : yield* notFound(name)
})

/** Settings that a request replaces as a whole. */
const replacedSettings = [
  "EBSOptions",
  "AccessPolicies",
  "IPAddressType",
  "SnapshotOptions",
  "CognitoOptions",
  "EncryptionAtRestOptions",
  "NodeToNodeEncryptionOptions",
  "AdvancedOptions",
  "LogPublishingOptions",
  "DomainEndpointOptions",
  "OffPeakWindowOptions",
  "SoftwareUpdateOptions"
] as const

/** Applies a request's settings. AWS never answers with the master user's name and password, so they aren't kept. */
const settingsOf = (input: sdk.CreateDomainRequest | sdk.UpdateDomainConfigRequest, before: Settings): Settings => {
  const { AdvancedSecurityOptions: security, ClusterConfig, VPCOptions } = input
  return {
    ...before,
    ...Object.fromEntries(replacedSettings.filter((key) => input[key] !== undefined).map((key) => [key, input[key]])),
    ...(ClusterConfig && { ClusterConfig: { ...before.ClusterConfig, ...ClusterConfig } }),
    ...(VPCOptions && { VPCOptions: { ...before.VPCOptions, ...VPCOptions } }),
    ...(security && {
      AdvancedSecurityOptions: {
        Enabled: security.Enabled ?? false,
        InternalUserDatabaseEnabled: security.InternalUserDatabaseEnabled ?? false,
        AnonymousAuthEnabled: security.AnonymousAuthEnabled ?? false
      }
    })
  }
}

const defaults: Settings = {
  ClusterConfig: {
    InstanceType: "m5.large.search",
    InstanceCount: 1,
    DedicatedMasterEnabled: false,
    ZoneAwarenessEnabled: false,
    WarmEnabled: false,
    ColdStorageOptions: { Enabled: false },
    MultiAZWithStandbyEnabled: false
  },
  EBSOptions: { EBSEnabled: true, VolumeType: "gp3", VolumeSize: 10, Iops: 3000, Throughput: 125 },
  AccessPolicies: "",
  IPAddressType: "ipv4",
  SnapshotOptions: { AutomatedSnapshotStartHour: 0 },
  CognitoOptions: { Enabled: false },
  EncryptionAtRestOptions: { Enabled: false },
  NodeToNodeEncryptionOptions: { Enabled: false },
  AdvancedOptions: { "rest.action.multi.allow_explicit_index": "true", override_main_response_version: "false" },
  DomainEndpointOptions: {
    EnforceHTTPS: false,
    TLSSecurityPolicy: "Policy-Min-TLS-1-2-2019-07",
    CustomEndpointEnabled: false
  },
  AdvancedSecurityOptions: { Enabled: false, InternalUserDatabaseEnabled: false, AnonymousAuthEnabled: false },
  OffPeakWindowOptions: { Enabled: true },
  SoftwareUpdateOptions: { AutoSoftwareUpdateEnabled: false }
}

const toDomainStatus = (domain: Domain, now: number, { account }: HandlerContext): sdk.DomainStatus => {
  const { arn, changeId, createdAt, deletedAt, engineVersion, host, name, readyAt, settings, updatedAt } = domain
  const isProcessing = deletedAt !== undefined || now < readyAt
  const isReachable = createdAt + CREATION <= now
  return {
    ...settings,
    ClusterConfig: settings.ClusterConfig,
    DomainId: `${account}/${name}`,
    DomainName: name,
    ARN: arn,
    // True from the start: it means that AWS has accepted the domain, although creation is still in progress.
    Created: true,
    Deleted: deletedAt !== undefined,
    Processing: isProcessing,
    UpgradeProcessing: false,
    DomainProcessingStatus: deletedAt !== undefined
      ? "Deleting"
      : !isReachable
      ? "Creating"
      : isProcessing
      ? "Modifying"
      : "Active",
    EngineVersion: engineVersion,
    ...(isReachable && (settings.VPCOptions ? { Endpoints: { vpc: `vpc-${host}` } } : { Endpoint: `search-${host}` })),
    ChangeProgressDetails: {
      ChangeId: changeId,
      ConfigChangeStatus: isProcessing ? "ApplyingChanges" : "Completed",
      InitiatedBy: "CUSTOMER",
      StartTime: new Date(updatedAt),
      LastUpdatedTime: new Date(isProcessing ? now : readyAt)
    },
    ModifyingProperties: []
  }
}

const toDomainConfig = (domain: Domain, now: number): sdk.DomainConfig => {
  const Status: sdk.OptionStatus = {
    CreationDate: new Date(domain.createdAt),
    UpdateDate: new Date(domain.updatedAt),
    UpdateVersion: domain.version,
    State: now < domain.readyAt ? "Processing" : "Active",
    PendingDeletion: domain.deletedAt !== undefined
  }
  return Object.fromEntries(
    Object.entries({ ...domain.settings, EngineVersion: domain.engineVersion })
      .map(([name, Options]) => [name, { Options, Status }])
  )
}

export const openSearch = service<typeof sdk>()({
  serviceId: "OpenSearch",
  namespace: "com.amazonaws.opensearch",
  protocol: "json",
  scope: "region",
  state: (): State => ({ domains: new Map() }),
  handlers: {
    CreateDomain: Effect.fnUntraced(function*(input, state, context) {
      const { DomainName: name = "", EngineVersion = "OpenSearch_2.19", TagList = [] } = input
      yield* checkName(name)
      yield* checkTags(TagList)
      if (!/^(Elasticsearch_\d|OpenSearch_\d{1,2})\.\d{1,2}$/.test(EngineVersion)) {
        return yield* validation(
          `1 validation error detected: Value '${EngineVersion}' at 'engineVersion' failed to satisfy constraint: ` +
            "Member must satisfy regular expression pattern: ^Elasticsearch_[0-9]{1}\\.[0-9]{1,2}$|^OpenSearch_[0-9]{1,2}\\.[0-9]{1,2}$"
        )
      }
      if ((yield* find(state, name)) !== undefined) {
        return yield* new Fault({
          code: "ResourceAlreadyExistsException",
          statusCode: 409,
          message: `Domain already exists: ${name}`
        })
      }
      if (state.domains.size >= 100) {
        return yield* new Fault({
          code: "LimitExceededException",
          statusCode: 409,
          message: "You've reached the limit of 100 domains in this account and region."
        })
      }
      const now = yield* Clock.currentTimeMillis
      const domain: Domain = {
        name,
        arn: `arn:aws:es:${context.region}:${context.account}:domain/${name}`,
        engineVersion: EngineVersion,
        host: `${context.id(`${name}-`, 26)}.${context.region}.es.amazonaws.com`,
        createdAt: now,
        tags: new Map(TagList.map(({ Key = "", Value = "" }) => [Key, Value])),
        settings: settingsOf(input, defaults),
        version: 1,
        updatedAt: now,
        readyAt: now + CREATION,
        deletedAt: undefined,
        changeId: context.uuid()
      }
      state.domains.set(name, domain)
      return { DomainStatus: toDomainStatus(domain, now, context) }
    }),

    DescribeDomain: Effect.fnUntraced(function*({ DomainName: name = "" }, state, context) {
      yield* checkName(name)
      const domain = yield* get(state, name)
      return { DomainStatus: toDomainStatus(domain, yield* Clock.currentTimeMillis, context) }
    }),

    DescribeDomains: Effect.fnUntraced(function*({ DomainNames = [] }, state, context) {
      if (DomainNames.length > 5) {
        return yield* validation("Please provide a maximum of 5 domain names to describe.")
      }
      yield* Effect.forEach(DomainNames, checkName)
      const now = yield* Clock.currentTimeMillis
      const domains = yield* Effect.forEach(DomainNames, (name) => find(state, name))
      return { DomainStatusList: domains.flatMap((domain) => domain ? [toDomainStatus(domain, now, context)] : []) }
    }),

    ListDomainNames: Effect.fnUntraced(function*({ EngineType }, state) {
      const domains = yield* Effect.forEach([...state.domains.keys()], (name) => find(state, name))
      return {
        DomainNames: domains.flatMap((domain) => {
          const type = domain?.engineVersion.split("_")[0] as sdk.EngineType
          return domain && (EngineType ?? type) === type ? [{ DomainName: domain.name, EngineType: type }] : []
        })
      }
    }),

    DescribeDomainConfig: Effect.fnUntraced(function*({ DomainName: name = "" }, state) {
      yield* checkName(name)
      const domain = yield* get(state, name)
      return { DomainConfig: toDomainConfig(domain, yield* Clock.currentTimeMillis) }
    }),

    UpdateDomainConfig: Effect.fnUntraced(function*(input, state, context) {
      const { DomainName: name = "", DryRun = false } = input
      yield* checkName(name)
      if (DryRun) return yield* Effect.die("The in-memory OpenSearch Service does not support dry runs.")
      const domain = yield* get(state, name)
      const now = yield* Clock.currentTimeMillis
      if (domain.deletedAt !== undefined || now < domain.readyAt) {
        return yield* validation(
          "A change/update is in progress. Please wait for it to complete before requesting another change."
        )
      }
      Object.assign(domain, {
        settings: settingsOf(input, domain.settings),
        version: domain.version + 1,
        updatedAt: now,
        readyAt: now + CHANGE,
        changeId: context.uuid()
      })
      return { DomainConfig: toDomainConfig(domain, now) }
    }),

    DeleteDomain: Effect.fnUntraced(function*({ DomainName: name = "" }, state, context) {
      yield* checkName(name)
      const domain = yield* get(state, name)
      const now = yield* Clock.currentTimeMillis
      domain.deletedAt ??= now
      return { DomainStatus: toDomainStatus(domain, now, context) }
    }),

    AddTags: Effect.fnUntraced(function*({ ARN, TagList = [] }, state) {
      const { tags } = yield* byArn(state, ARN)
      yield* checkTags(TagList, tags)
      for (const { Key = "", Value = "" } of TagList) tags.set(Key, Value)
      return {}
    }),

    ListTags: Effect.fnUntraced(function*({ ARN }, state) {
      const { tags } = yield* byArn(state, ARN)
      return { TagList: Array.from(tags, ([Key, Value]) => ({ Key, Value })) }
    }),

    RemoveTags: Effect.fnUntraced(function*({ ARN, TagKeys = [] }, state) {
      const { tags } = yield* byArn(state, ARN)
      for (const key of TagKeys) tags.delete(key)
      return {}
    })
  }
})
