/** The rules that the settings of a domain have to follow. */
import type * as sdk from "@aws-sdk/client-opensearch"
import * as Effect from "effect/Effect"
import { ec2 } from "../ec2/ec2.ts"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { parseJson } from "../support/json.ts"
import { type Settings, validation } from "./domains.ts"
import { isAtLeast } from "./versions.ts"

/** The families of instance types with local disks, which take no volumes. */
const localDisks = new Set(["i2", "i3", "i4g", "i4i", "i8g", "im4gn", "oi2", "r6gd", "r7gd", "r8gd"])
const families = new Set([
  ...localDisks,
  ..."c4 c5 c6g c7g c7i c8g m3 m4 m5 m6g m7g m7i m8g om2 or1 or2 r3 r4 r5 r6g r7g r7i r8g t2 t3".split(" ")
])
const sizes = /^(?:micro|small|medium|large|\d*xlarge)$/

const familyOf = (type: string): string => type.split(".")[0]!

const isType = (type: string): boolean => {
  const [family = "", size = "", suffix] = type.split(".")
  return families.has(family) && sizes.test(size) && suffix === "search"
}

/** Whether instances of this type have no volumes unless they have local disks. */
export const hasLocalDisks = (type: string | undefined): boolean => localDisks.has(familyOf(type ?? ""))

type Check = readonly [isWrong: boolean, message: string]

const first = (checks: ReadonlyArray<Check>) => {
  const wrong = checks.find(([isWrong]) => isWrong)
  return wrong === undefined ? Effect.void : Effect.fail(validation(wrong[1]))
}

const words = ["zero", "one", "two", "three"]

/** In how many zones a domain is. */
const zonesOf = ({ ZoneAwarenessConfig, ZoneAwarenessEnabled = false }: sdk.ClusterConfig): number =>
  ZoneAwarenessEnabled ? ZoneAwarenessConfig?.AvailabilityZoneCount ?? 2 : 1

const checkCluster = Effect.fnUntraced(function*(config: sdk.ClusterConfig) {
  const {
    DedicatedMasterCount,
    DedicatedMasterEnabled = false,
    DedicatedMasterType,
    InstanceCount = 1,
    InstanceType,
    WarmCount,
    WarmEnabled = false,
    WarmType
  } = config
  const wrong = [InstanceType, DedicatedMasterType].find((type) => type !== undefined && !isType(type))
  if (wrong !== undefined) {
    return yield* new Fault({ code: "InvalidTypeException", message: `Invalid instance type: ${wrong}` })
  }
  const zones = zonesOf(config)
  yield* first([
    [!(InstanceCount >= 1), "You must choose a minimum of one data node."],
    [zones !== 1 && zones !== 2 && zones !== 3, "The Availability Zone count must be 2 or 3."],
    [
      zones === 2 && InstanceCount % 2 !== 0,
      "You must choose an even number of data nodes for a two Availability Zone deployment."
    ],
    [
      zones === 3 && InstanceCount < 3,
      "You must choose a minimum of three data nodes for a three Availability Zone deployment."
    ],
    [
      DedicatedMasterEnabled && (DedicatedMasterCount === undefined || DedicatedMasterType === undefined),
      "You must choose a count and an instance type of dedicated master nodes."
    ],
    [
      DedicatedMasterEnabled && DedicatedMasterCount !== 3 && DedicatedMasterCount !== 5,
      "You must choose three or five dedicated master nodes."
    ],
    [
      WarmEnabled && (WarmCount === undefined || WarmType === undefined),
      "You must choose a count and an instance type of UltraWarm nodes."
    ],
    [WarmEnabled && !DedicatedMasterEnabled, "UltraWarm storage requires dedicated master nodes."]
  ])
})

const checkVolumes = ({ EBSEnabled = false, Iops, Throughput, VolumeSize, VolumeType }: sdk.EBSOptions, type: string) =>
  first([
    [EBSEnabled && hasLocalDisks(type), `Instance type ${type} does not support EBS storage`],
    [!EBSEnabled && !hasLocalDisks(type), `EBS storage must be selected for ${type}`],
    [EBSEnabled && VolumeSize === undefined, "A volume size must be selected for EBS storage."],
    [EBSEnabled && VolumeSize !== undefined && VolumeSize < 10, "The volume size must be at least 10 GiB."],
    [
      Iops !== undefined && VolumeType !== "gp3" && VolumeType !== "io1",
      "IOPS can be selected for the volume types gp3 and io1 only."
    ],
    [Throughput !== undefined && VolumeType !== "gp3", "Throughput can be selected for the volume type gp3 only."]
  ])

const checkSecurity = (settings: Settings, version: string, before: Settings | undefined) => {
  const {
    AdvancedSecurityOptions: { Enabled = false } = {},
    DomainEndpointOptions: { EnforceHTTPS = false } = {},
    EncryptionAtRestOptions: { Enabled: atRest = false } = {},
    NodeToNodeEncryptionOptions: { Enabled: between = false } = {}
  } = settings
  return first([
    [Enabled && !between, "You must enable node-to-node encryption to use advanced security options."],
    [Enabled && !atRest, "You must enable encryption at rest to use advanced security options."],
    [Enabled && !EnforceHTTPS, "You must enforce HTTPS to use advanced security options."],
    [Enabled && !isAtLeast(version, 6, 7), "Advanced security options require Elasticsearch 6.7 or later."],
    [atRest && !isAtLeast(version, 5, 1), "Encryption at rest requires Elasticsearch 5.1 or later."],
    [between && !isAtLeast(version, 6, 0), "Node-to-node encryption requires Elasticsearch 6.0 or later."],
    [
      atRest && familyOf(settings.ClusterConfig?.InstanceType ?? "") === "t2",
      `Encryption at rest is not supported with ${settings.ClusterConfig?.InstanceType}.`
    ],
    [
      before?.EncryptionAtRestOptions?.Enabled === true && !atRest,
      "Encryption at rest cannot be disabled once it is enabled."
    ],
    [
      before?.NodeToNodeEncryptionOptions?.Enabled === true && !between,
      "Node-to-node encryption cannot be disabled once it is enabled."
    ],
    [
      before?.AdvancedSecurityOptions?.Enabled === true && !Enabled,
      "Advanced security options cannot be disabled once they are enabled."
    ]
  ])
}

const checkPolicy = (policy: string | undefined) =>
  policy === undefined || policy === "" || parseJson(policy) !== undefined
    ? Effect.void
    : Effect.fail(validation(`Error setting policy: [${policy}]`))

/** Checks the subnets and security groups of a domain, and tells their VPC and their zones. */
const checkVpc = Effect.fnUntraced(function*(settings: Settings, context: HandlerContext) {
  const { ClusterConfig = {}, VPCOptions } = settings
  const { SecurityGroupIds = [], SubnetIds = [] } = VPCOptions ?? {}
  if (VPCOptions === undefined || SubnetIds.length === 0) {
    return SecurityGroupIds.length === 0 ? undefined : yield* validation("You must specify a subnet.")
  }
  const zones = zonesOf(ClusterConfig)
  const { groups, subnets } = context.stateOf(ec2)
  const missing = SubnetIds.find((id) => !subnets.has(id))
  const missingGroup = SecurityGroupIds.find((id) => !groups.has(id))
  yield* first([
    [SubnetIds.length !== zones, `You must specify exactly ${words[zones]} subnet${zones === 1 ? "" : "s"}.`],
    [missing !== undefined, `The subnet ID '${missing}' does not exist`],
    [missingGroup !== undefined, `The security group '${missingGroup}' does not exist`]
  ])
  const found = SubnetIds.map((id) => subnets.get(id)!)
  const [{ VpcId } = { VpcId: "" }] = found
  const AvailabilityZones = [...new Set(found.map(({ AvailabilityZone }) => AvailabilityZone))]
  yield* first([
    [
      found.some((subnet) => subnet.VpcId !== VpcId) ||
      SecurityGroupIds.some((id) => groups.get(id)!.VpcId !== VpcId),
      "The subnets and security groups must belong to the same VPC."
    ],
    [AvailabilityZones.length !== zones, "The subnets must be in different Availability Zones."]
  ])
  const ofVpc = [...groups.values()].find((group) => group.VpcId === VpcId && group.GroupName === "default")
  return {
    ...VPCOptions,
    VPCId: VpcId,
    AvailabilityZones,
    SecurityGroupIds: SecurityGroupIds.length > 0 ? SecurityGroupIds : ofVpc === undefined ? [] : [ofVpc.GroupId]
  } satisfies sdk.VPCDerivedInfo
})

/** Checks the settings of a domain. Returns them with what AWS derives from them. */
export const checkSettings = Effect.fnUntraced(function*(
  settings: Settings,
  version: string,
  context: HandlerContext,
  before?: Settings
) {
  const { ClusterConfig = {}, EBSOptions = {} } = settings
  yield* checkCluster(ClusterConfig)
  yield* checkVolumes(EBSOptions, ClusterConfig.InstanceType ?? "")
  yield* checkSecurity(settings, version, before)
  yield* checkPolicy(settings.AccessPolicies)
  if (before !== undefined && (before.VPCOptions === undefined) !== (settings.VPCOptions === undefined)) {
    return yield* validation("A domain cannot move between a VPC and a public endpoint.")
  }
  const VPCOptions = yield* checkVpc(settings, context)
  return { ...settings, ...(VPCOptions && { VPCOptions }) }
})
