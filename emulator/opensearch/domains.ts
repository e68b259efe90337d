/** The domains of the in-memory OpenSearch Service, and their form in answers. */
import type * as sdk from "@aws-sdk/client-opensearch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, type Handlers } from "../engine/service.ts"
import { nameIn } from "../support/arn.ts"
import { checker } from "../support/constraints.ts"
import { defined, pick } from "../support/members.ts"
import { tagging } from "../support/tags.ts"

const minutes = (count: number) => count * 60_000

export const CREATION = minutes(15)
export const CHANGE = minutes(10)
export const DELETION = minutes(20)

/** How long an upgrade takes. */
const UPGRADE = minutes(30)

/** An upgrade that was asked for, or only its check. */
export interface Upgrade {
  readonly from: string
  readonly to: string
  readonly at: number
  readonly doneAt: number
  readonly isCheckOnly: boolean
}

/** When an option was last changed, and in which version of the domain's configuration. */
interface OptionChange {
  readonly version: number
  readonly at: number
}

export interface Domain {
  readonly name: string
  readonly arn: string
  /** The version that it was created with. */
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
  /** The options that were changed after the domain was created. */
  readonly changes: Map<string, OptionChange>
  upgrades: ReadonlyArray<Upgrade>
}

/** The settings as DescribeDomain returns them, and those that only DescribeDomainConfig returns in full. */
export type Settings = Omit<Partial<sdk.DomainStatus>, "AutoTuneOptions"> & {
  readonly AutoTuneOptions?: sdk.AutoTuneOptions
}

export interface State {
  readonly domains: Map<string, Domain>
}

export type OpenSearchHandlers = Handlers<typeof sdk, State>

export const validation = (message: string) => new Fault({ code: "ValidationException", message })
const notFound = (name: string) =>
  new Fault({ code: "ResourceNotFoundException", statusCode: 409, message: `Domain not found: ${name}` })

export const check = checker({ code: "ValidationException" })

export const rules = {
  name: { required: true, min: 3, max: 28, pattern: "[a-z][a-z0-9\\-]+" },
  version: { min: 14, max: 18, pattern: "^Elasticsearch_[0-9]{1}\\.[0-9]{1,2}$|^OpenSearch_[0-9]{1,2}\\.[0-9]{1,2}$" },
  tags: { members: { Key: { required: true, min: 1, max: 128 }, Value: { required: true, max: 256 } } },
  /** The settings that have few values. Both CreateDomain and UpdateDomainConfig check them. */
  settings: {
    AutoTuneOptions: { members: { DesiredState: { enum: ["ENABLED", "DISABLED"] } } },
    EBSOptions: { members: { VolumeType: { enum: ["standard", "gp2", "io1", "gp3"] } } },
    IPAddressType: { enum: ["ipv4", "dualstack"] }
  }
} as const

export const named = { DomainName: rules.name } as const

export const tags = tagging<sdk.Tag>({
  key: ({ Key }) => Key,
  limit: 50,
  tooMany: new Fault({ code: "LimitExceededException", statusCode: 409, message: "A domain has at most 50 tags." })
})

/** Finds a domain by name. Removes one whose deletion is complete. */
export const find = Effect.fnUntraced(function*({ domains }: State, name: string) {
  const now = yield* Clock.currentTimeMillis
  const domain = domains.get(name)
  if (domain?.goneAt !== undefined && domain.goneAt <= now) domains.delete(name)
  return domains.get(name)
})

/** All domains. Removes those whose deletion is complete. */
export const all = (state: State) =>
  Effect.map(
    Effect.forEach([...state.domains.keys()], (name) => find(state, name)),
    (domains) => domains.filter((domain) => domain !== undefined)
  )

export const get = Effect.fnUntraced(function*(state: State, name: string) {
  return (yield* find(state, name)) ?? (yield* notFound(name))
})

export const byArn = Effect.fnUntraced(function*(state: State, arn = "") {
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
export const settingsOf = (
  input: sdk.CreateDomainRequest | sdk.UpdateDomainConfigRequest,
  before: Settings
): Settings => {
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

export const defaults: Settings = {
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

/** The engine version of a domain, once an upgrade is done the new one. */
export const versionOf = ({ engineVersion, upgrades }: Domain, now: number): string =>
  upgrades.find(({ doneAt, isCheckOnly }) => !isCheckOnly && doneAt <= now)?.to ?? engineVersion

const isUpgrading = ({ upgrades: [upgrade] }: Domain, now: number): boolean =>
  upgrade !== undefined && !upgrade.isCheckOnly && now < upgrade.doneAt

/** Fails if a domain is being changed. */
export const checkIdle = ({ goneAt, readyAt, upgrades: [upgrade] }: Domain, now: number) =>
  goneAt !== undefined || now < readyAt || (upgrade !== undefined && now < upgrade.doneAt)
    ? Effect.fail(validation(
      "A change/update is in progress. Please wait for it to complete before requesting another change."
    ))
    : Effect.void

const change = (domain: Domain, options: ReadonlyArray<string>, at: number, doneAt: number, changeId: string): void => {
  const version = domain.version + 1
  for (const option of options) domain.changes.set(option, { version, at })
  Object.assign(domain, { version, updatedAt: at, readyAt: doneAt, changeId })
}

/** Changes the settings of a domain. */
export const update = (
  domain: Domain,
  settings: Settings,
  options: ReadonlyArray<string>,
  now: number,
  context: HandlerContext
): void => {
  change(domain, options, now, now + context.takes(CHANGE), context.uuid())
  domain.settings = settings
}

export const upgrade = (
  domain: Domain,
  { isCheckOnly, options, to }: {
    readonly to: string
    readonly isCheckOnly: boolean
    readonly options: Record<string, string> | undefined
  },
  at: number,
  context: HandlerContext
): void => {
  const doneAt = at + context.takes(isCheckOnly ? UPGRADE / 10 : UPGRADE)
  domain.upgrades = [{ from: versionOf(domain, at), to, at, doneAt, isCheckOnly }, ...domain.upgrades]
  if (isCheckOnly) return
  change(domain, ["EngineVersion", ...options === undefined ? [] : ["AdvancedOptions"]], at, doneAt, context.uuid())
  if (options !== undefined) {
    domain.settings = { ...domain.settings, AdvancedOptions: { ...domain.settings.AdvancedOptions, ...options } }
  }
}

export const progressOf = (
  { changeId, goneAt, readyAt, updatedAt }: Domain,
  now: number
): sdk.ChangeProgressDetails => {
  const isProcessing = goneAt !== undefined || now < readyAt
  return {
    ChangeId: changeId,
    ConfigChangeStatus: isProcessing ? "ApplyingChanges" : "Completed",
    InitiatedBy: "CUSTOMER",
    StartTime: new Date(updatedAt),
    LastUpdatedTime: new Date(isProcessing ? now : readyAt)
  }
}

export const toDomainStatus = (domain: Domain, now: number, { account }: HandlerContext): sdk.DomainStatus => {
  const { arn, goneAt, host, name, reachableAt, readyAt, settings } = domain
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
    UpgradeProcessing: isUpgrading(domain, now),
    DomainProcessingStatus: isDeleted
      ? "Deleting"
      : !isReachable
      ? "Creating"
      : isUpgrading(domain, now)
      ? "UpgradingEngineVersion"
      : isProcessing
      ? "Modifying"
      : "Active",
    EngineVersion: versionOf(domain, now),
    ...(isReachable && (settings.VPCOptions ? { Endpoints: { vpc: `vpc-${host}` } } : { Endpoint: `search-${host}` })),
    ServiceSoftwareOptions: {
      CurrentVersion: "",
      NewVersion: "",
      UpdateAvailable: false,
      Cancellable: false,
      UpdateStatus: "COMPLETED",
      Description: "There is no software update available for this domain.",
      AutomatedUpdateDate: new Date(0),
      OptionalDeployment: true
    },
    ChangeProgressDetails: progressOf(domain, now),
    ModifyingProperties: []
  }
}

export const toDomainConfig = (domain: Domain, now: number): sdk.DomainConfig => {
  const statusOf = (option: string): sdk.OptionStatus => {
    const { at, version } = domain.changes.get(option) ?? { at: domain.createdAt, version: 1 }
    return {
      CreationDate: new Date(domain.createdAt),
      UpdateDate: new Date(at),
      UpdateVersion: version,
      State: version === domain.version && now < domain.readyAt ? "Processing" : "Active",
      PendingDeletion: domain.goneAt !== undefined
    }
  }
  const { AutoTuneOptions: autoTune, ...settings } = domain.settings
  return {
    ...Object.fromEntries(
      Object.entries({ ...settings, EngineVersion: versionOf(domain, now) })
        .map(([name, Options]) => [name, { Options, Status: statusOf(name) }])
    ),
    ...(autoTune && {
      AutoTuneOptions: { Options: autoTune, Status: { ...statusOf("AutoTuneOptions"), State: autoTune.DesiredState } }
    }),
    ChangeProgressDetails: progressOf(domain, now),
    ModifyingProperties: []
  }
}
