/** In-memory OpenSearch Service: domains, which take time to create, change and delete. */
import type * as sdk from "@aws-sdk/client-opensearch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, service } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { nameIn } from "../support/arn.ts"
import { checker } from "../support/constraints.ts"
import { defined, pick } from "../support/members.ts"
import { tagging } from "../support/tags.ts"

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
  /** When its creation is complete. */
  readonly reachableAt: number
  tags: ReadonlyArray<sdk.Tag>
  settings: Settings
  version: number
  /** When its settings last changed. */
  updatedAt: number
  /** When the last change is complete. */
  readyAt: number
  /** When its deletion is complete; `undefined` if it hasn't been deleted. */
  goneAt: number | undefined
  changeId: string
}

/** The settings as DescribeDomain returns them, and those that only DescribeDomainConfig returns in full. */
type Settings = Omit<Partial<sdk.DomainStatus>, "AutoTuneOptions"> & { readonly AutoTuneOptions?: sdk.AutoTuneOptions }

interface State {
  readonly domains: Map<string, Domain>
}

const validation = (message: string) => new Fault({ code: "ValidationException", message })
const notFound = (name: string) =>
  new Fault({ code: "ResourceNotFoundException", statusCode: 409, message: `Domain not found: ${name}` })

const check = checker({ code: "ValidationException" })

const rules = {
  name: { required: true, min: 3, max: 28, pattern: "[a-z][a-z0-9\\-]+" },
  version: { min: 14, max: 18, pattern: "^Elasticsearch_[0-9]{1}\\.[0-9]{1,2}$|^OpenSearch_[0-9]{1,2}\\.[0-9]{1,2}$" },
  tags: { members: { Key: { required: true, min: 1, max: 128 }, Value: { required: true, max: 256 } } }
} as const

const named = { DomainName: rules.name } as const

const tags = tagging<sdk.Tag>({
  key: ({ Key }) => Key,
  limit: 50,
  tooMany: new Fault({ code: "LimitExceededException", statusCode: 409, message: "A domain has at most 50 tags." })
})

/** Finds a domain by name. Removes one whose deletion is complete. */
const find = Effect.fnUntraced(function*({ domains }: State, name: string) {
  const now = yield* Clock.currentTimeMillis
  const domain = domains.get(name)
  if (domain?.goneAt !== undefined && domain.goneAt <= now) domains.delete(name)
  return domains.get(name)
})

/** All domains. Removes those whose deletion is complete. */
const all = (state: State) =>
  Effect.map(
    Effect.forEach([...state.domains.keys()], (name) => find(state, name)),
    (domains) => domains.filter((domain) => domain !== undefined)
  )

const get = Effect.fnUntraced(function*(state: State, name: string) {
  return (yield* find(state, name)) ?? (yield* notFound(name))
})

const byArn = Effect.fnUntraced(function*(state: State, arn = "") {
  const name = nameIn(arn)
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
  "SoftwareUpdateOptions",
  "DeploymentStrategyOptions",
  "UseCase",
  "EngineMode"
] as const

/** The settings of fine-grained access control that AWS answers with. It never answers with the master user's name and password. */
const securityOf = (
  { AnonymousAuthEnabled, Enabled, IAMFederationOptions, InternalUserDatabaseEnabled, JWTOptions, SAMLOptions }:
    sdk.AdvancedSecurityOptionsInput,
  before: sdk.AdvancedSecurityOptions = {}
): sdk.AdvancedSecurityOptions => ({
  ...before,
  ...defined({ AnonymousAuthEnabled, Enabled, IAMFederationOptions, InternalUserDatabaseEnabled, JWTOptions }),
  ...(SAMLOptions && {
    SAMLOptions: pick(SAMLOptions, ["Enabled", "Idp", "SubjectKey", "RolesKey", "SessionTimeoutMinutes"])
  })
})

/** Applies a request's settings. */
const settingsOf = (input: sdk.CreateDomainRequest | sdk.UpdateDomainConfigRequest, before: Settings): Settings => {
  const { AdvancedSecurityOptions: security, AutoTuneOptions: autoTune, ClusterConfig, VPCOptions } = input
  return {
    ...before,
    ...pick(input, replacedSettings),
    ...(ClusterConfig && { ClusterConfig: { ...before.ClusterConfig, ...ClusterConfig } }),
    ...(VPCOptions && { VPCOptions: { ...before.VPCOptions, ...VPCOptions } }),
    ...(autoTune && { AutoTuneOptions: { ...before.AutoTuneOptions, ...autoTune } }),
    ...(security && { AdvancedSecurityOptions: securityOf(security, before.AdvancedSecurityOptions) })
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
  const { arn, changeId, engineVersion, goneAt, host, name, reachableAt, readyAt, settings, updatedAt } = domain
  const { AutoTuneOptions: autoTune, ...shown } = settings
  const isDeleted = goneAt !== undefined
  const isProcessing = isDeleted || now < readyAt
  const isReachable = reachableAt <= now
  return {
    ...shown,
    ...(autoTune && {
      AutoTuneOptions: defined({ State: autoTune.DesiredState, UseOffPeakWindow: autoTune.UseOffPeakWindow })
    }),
    ClusterConfig: settings.ClusterConfig,
    DomainId: `${account}/${name}`,
    DomainName: name,
    ARN: arn,
    // True from the start: it means that AWS has accepted the domain, although creation is still in progress.
    Created: true,
    Deleted: isDeleted,
    Processing: isProcessing,
    UpgradeProcessing: false,
    DomainProcessingStatus: isDeleted
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
    PendingDeletion: domain.goneAt !== undefined
  }
  const { AutoTuneOptions: autoTune, ...settings } = domain.settings
  return {
    ...Object.fromEntries(
      Object.entries({ ...settings, EngineVersion: domain.engineVersion })
        .map(([name, Options]) => [name, { Options, Status }])
    ),
    ...(autoTune && { AutoTuneOptions: { Options: autoTune, Status: { ...Status, State: autoTune.DesiredState } } })
  }
}

export const openSearch = service<typeof sdk>()({
  serviceId: "OpenSearch",
  namespace: "com.amazonaws.opensearch",
  scope: "region",
  state: (): State => ({ domains: new Map() }),
  handlers: {
    CreateDomain: Effect.fnUntraced(function*(input, state, context) {
      const { DomainName: name, EngineVersion = "OpenSearch_2.19", TagList = [] } = yield* check(input, {
        ...named,
        EngineVersion: rules.version,
        TagList: rules.tags
      })
      const added = yield* tags.add([], TagList)
      if ((yield* find(state, name)) !== undefined) {
        return yield* new Fault({
          code: "ResourceAlreadyExistsException",
          statusCode: 409,
          message: `Domain already exists: ${name}`
        })
      }
      if ((yield* all(state)).length >= 100) {
        return yield* new Fault({
          code: "LimitExceededException",
          statusCode: 409,
          message: "You've reached the limit of 100 domains in this account and region."
        })
      }
      const now = yield* Clock.currentTimeMillis
      const domain: Domain = {
        name,
        arn: context.arn("es", `domain/${name}`),
        engineVersion: EngineVersion,
        host: `${context.id(`${name}-`, 26)}.${context.region}.es.amazonaws.com${
          context.partition === "aws-cn" ? ".cn" : ""
        }`,
        createdAt: now,
        reachableAt: now + context.takes(CREATION),
        tags: added,
        settings: settingsOf(input, defaults),
        version: 1,
        updatedAt: now,
        readyAt: now + context.takes(CREATION),
        goneAt: undefined,
        changeId: context.uuid()
      }
      state.domains.set(name, domain)
      return { DomainStatus: toDomainStatus(domain, now, context) }
    }),

    DescribeDomain: Effect.fnUntraced(function*(input, state, context) {
      const { DomainName: name } = yield* check(input, named)
      const domain = yield* get(state, name)
      return { DomainStatus: toDomainStatus(domain, yield* Clock.currentTimeMillis, context) }
    }),

    DescribeDomains: Effect.fnUntraced(function*(input, state, context) {
      const { DomainNames } = yield* check(input, { DomainNames: { required: true } })
      if (DomainNames.length > 5) {
        return yield* validation("Please provide a maximum of 5 domain names to describe.")
      }
      yield* Effect.forEach(DomainNames, (DomainName) => check({ DomainName }, named))
      const now = yield* Clock.currentTimeMillis
      const domains = yield* Effect.forEach(DomainNames, (name) => find(state, name))
      return { DomainStatusList: domains.flatMap((domain) => domain ? [toDomainStatus(domain, now, context)] : []) }
    }),

    ListDomainNames: Effect.fnUntraced(function*({ EngineType }, state) {
      return {
        DomainNames: (yield* all(state)).flatMap(({ engineVersion, name }) => {
          const type = engineVersion.split("_")[0] as sdk.EngineType
          return (EngineType ?? type) === type ? [{ DomainName: name, EngineType: type }] : []
        })
      }
    }),

    DescribeDomainConfig: Effect.fnUntraced(function*(input, state) {
      const { DomainName: name } = yield* check(input, named)
      const domain = yield* get(state, name)
      return { DomainConfig: toDomainConfig(domain, yield* Clock.currentTimeMillis) }
    }),

    UpdateDomainConfig: Effect.fnUntraced(function*(input, state, context) {
      const { DomainName: name, DryRun = false } = yield* check(input, named)
      if (DryRun) return yield* unsupported("The in-memory OpenSearch Service doesn't support dry runs.")
      const domain = yield* get(state, name)
      const now = yield* Clock.currentTimeMillis
      if (domain.goneAt !== undefined || now < domain.readyAt) {
        return yield* validation(
          "A change/update is in progress. Please wait for it to complete before requesting another change."
        )
      }
      Object.assign(domain, {
        settings: settingsOf(input, domain.settings),
        version: domain.version + 1,
        updatedAt: now,
        readyAt: now + context.takes(CHANGE),
        changeId: context.uuid()
      })
      return { DomainConfig: toDomainConfig(domain, now) }
    }),

    DeleteDomain: Effect.fnUntraced(function*(input, state, context) {
      const { DomainName: name } = yield* check(input, named)
      const domain = yield* get(state, name)
      const now = yield* Clock.currentTimeMillis
      domain.goneAt ??= now + context.takes(DELETION)
      return { DomainStatus: toDomainStatus(domain, now, context) }
    }),

    AddTags: Effect.fnUntraced(function*(input, state) {
      const { ARN, TagList } = yield* check(input, {
        ARN: { required: true, min: 20, max: 2_048 },
        TagList: { ...rules.tags, required: true }
      })
      const domain = yield* byArn(state, ARN)
      domain.tags = yield* tags.add(domain.tags, TagList)
      return {}
    }),

    ListTags: Effect.fnUntraced(function*({ ARN }, state) {
      return { TagList: [...(yield* byArn(state, ARN)).tags] }
    }),

    RemoveTags: Effect.fnUntraced(function*({ ARN, TagKeys = [] }, state) {
      const domain = yield* byArn(state, ARN)
      domain.tags = tags.remove(domain.tags, TagKeys)
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
