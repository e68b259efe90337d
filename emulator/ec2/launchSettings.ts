/** In-memory EC2: what new instances have of their image and of the request, whatever their interfaces are. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { combination, fault, invalidValue, oneOf } from "./faults.ts"
import { findProfile } from "./instanceProfiles.ts"
import { architecturesOf } from "./instanceTypeNames.ts"
import { bootModeOf, checkType, cpuOptionsOf } from "./instanceTypes.ts"
import { commonTypes } from "./instanceTypeTable.ts"
import { type Device, devicesOf } from "./launchDevices.ts"
import { findPlacementGroup } from "./placementGroups.ts"
import type { Image, State } from "./state.ts"

/** Fails if AWS has no such type, or if the type can't run the image. */
export const checkArchitecture = Effect.fnUntraced(function*({ Architecture }: Image, type: string) {
  const ofType = architecturesOf(yield* checkType(type))
  if (!ofType.includes(Architecture)) {
    return yield* fault(
      "InvalidParameterValue",
      `The architecture '${
        ofType.join(",")
      }' of the specified instance type does not match the architecture '${Architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again.`
    )
  }
})

const notBase64 = fault("InvalidParameterValue", "Invalid BASE64 encoding of user data")

/** Checks user data. RunInstances and launch templates have an error of their own for what isn't Base64. */
export const checkUserData = Effect.fnUntraced(function*(
  data: string | undefined,
  malformed: Fault = notBase64
): Effect.fn.Return<string | undefined, Fault> {
  if (data === undefined || data === "") return undefined
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data.replace(/\s/g, ""))) return yield* malformed
  return Buffer.from(data, "base64").length > 16384
    ? yield* fault("InvalidParameterValue", "User data is limited to 16384 bytes")
    : data
})

const onOff = { here: ["enabled", "disabled"] as const }

/** The metadata options that an instance has before and after this change. */
export const changedMetadataOptions = Effect.fnUntraced(function*(
  before: sdk.InstanceMetadataOptionsResponse,
  options: sdk.InstanceMetadataOptionsRequest
) {
  const limit = options.HttpPutResponseHopLimit ?? before.HttpPutResponseHopLimit ?? 1
  if (!(limit >= 1 && limit <= 64)) {
    return yield* invalidValue(limit, "HttpPutResponseHopLimit", "It must be between 1 and 64.")
  }
  return {
    HttpEndpoint: yield* oneOf(options.HttpEndpoint ?? before.HttpEndpoint ?? "enabled", "HttpEndpoint", onOff),
    HttpProtocolIpv6: yield* oneOf(
      options.HttpProtocolIpv6 ?? before.HttpProtocolIpv6 ?? "disabled",
      "HttpProtocolIpv6",
      onOff
    ),
    HttpPutResponseHopLimit: limit,
    HttpTokens: yield* oneOf(options.HttpTokens ?? before.HttpTokens ?? "optional", "HttpTokens", {
      here: ["optional", "required"]
    }),
    InstanceMetadataTags: yield* oneOf(
      options.InstanceMetadataTags ?? before.InstanceMetadataTags ?? "disabled",
      "InstanceMetadataTags",
      onOff
    )
  }
})

/** What an instance has of its image, if the request doesn't say otherwise. */
const imageOptions = ({ ImdsSupport }: Image): sdk.InstanceMetadataOptionsResponse =>
  ImdsSupport === undefined ? {} : { HttpTokens: "required", HttpPutResponseHopLimit: 2 }

const creditsOf = Effect.fnUntraced(function*(type: string, requested: sdk.CreditSpecificationRequest | undefined) {
  const byDefault = type.startsWith("t2") ? "standard" : "unlimited"
  return yield* oneOf(requested?.CpuCredits ?? byDefault, "cpuCredits", { here: ["standard", "unlimited"] })
})

const noHibernation = (message: string) => fault("UnsupportedHibernationConfiguration", message)

/** Fails if the type can't do what the request asks for, or if the root device can't. Uncommon types can do everything. */
const checkFeatures = Effect.fnUntraced(function*(
  { EnclaveOptions, HibernationOptions }: sdk.RunInstancesRequest,
  type: string,
  { RootDeviceName }: Image,
  devices: ReadonlyArray<Device>
) {
  const info = commonTypes().get(type)
  if (EnclaveOptions?.Enabled === true && HibernationOptions?.Configured === true) {
    return yield* combination("You can't enable hibernation and AWS Nitro Enclaves on the same instance.")
  }
  if (EnclaveOptions?.Enabled === true && info?.NitroEnclavesSupport === "unsupported") {
    return yield* fault(
      "Unsupported",
      "The requested configuration is currently not supported. Please check the documentation for supported configurations."
    )
  }
  if (HibernationOptions?.Configured !== true) return
  if (info?.HibernationSupported === false) {
    return yield* noHibernation(`The instance type ${type} doesn't support hibernation.`)
  }
  if (devices.find(({ device }) => device === RootDeviceName)?.plan.Encrypted !== true) {
    return yield* noHibernation("For hibernation, the root device volume must be encrypted.")
  }
})

export const settingsOf = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  input: sdk.RunInstancesRequest,
  image: Image
) {
  const placement = input.Placement
  const GroupName = placement?.GroupName ?? ""
  if (GroupName !== "") yield* findPlacementGroup(state, GroupName)
  const Tenancy = placement?.Tenancy === undefined ? undefined : yield* oneOf(placement.Tenancy, "tenancy", {
    here: ["default", "dedicated"],
    onAws: ["host"]
  })
  const shutdown = yield* oneOf(
    input.InstanceInitiatedShutdownBehavior ?? "stop",
    "instanceInitiatedShutdownBehavior",
    { here: ["stop", "terminate"] }
  )
  const cpu = input.CpuOptions
  const type = input.InstanceType ?? "m1.small"
  const dns = input.PrivateDnsNameOptions
  if (input.EbsOptimized === true && commonTypes().get(type)?.EbsInfo?.EbsOptimizedSupport === "unsupported") {
    return yield* fault(
      "Unsupported",
      "EBS-optimized instances are not supported for your requested configuration. Please check the documentation for supported configurations."
    )
  }
  const devices = yield* devicesOf(state, context, image, input.BlockDeviceMappings)
  yield* checkFeatures(input, type, image, devices)
  return {
    Tenancy,
    GroupName,
    profile: input.IamInstanceProfile && (yield* findProfile(context, input.IamInstanceProfile)),
    devices,
    dns: dns && {
      HostnameType: dns.HostnameType === undefined
        ? undefined
        : yield* oneOf(dns.HostnameType, "hostnameType", { here: ["ip-name", "resource-name"] }),
      EnableResourceNameDnsARecord: dns.EnableResourceNameDnsARecord,
      EnableResourceNameDnsAAAARecord: dns.EnableResourceNameDnsAAAARecord
    },
    attributes: {
      cpuCredits: yield* creditsOf(type, input.CreditSpecification),
      disableApiStop: input.DisableApiStop ?? false,
      disableApiTermination: input.DisableApiTermination ?? false,
      instanceInitiatedShutdownBehavior: shutdown,
      userData: yield* checkUserData(input.UserData)
    },
    members: {
      ImageId: image.ImageId,
      Architecture: image.Architecture,
      BootMode: image.BootMode,
      CapacityReservationSpecification: {
        CapacityReservationPreference: yield* oneOf(
          input.CapacityReservationSpecification?.CapacityReservationPreference ?? "open",
          "capacityReservationPreference",
          { here: ["open", "none"], onAws: ["capacity-reservations-only"] }
        )
      },
      ClientToken: input.ClientToken ?? "",
      CpuOptions: cpu === undefined ? cpuOptionsOf(type) : {
        CoreCount: cpu.CoreCount,
        ThreadsPerCore: cpu.ThreadsPerCore,
        AmdSevSnp: cpu.AmdSevSnp,
        NestedVirtualization: cpu.NestedVirtualization
      },
      CurrentInstanceBootMode: bootModeOf(image, type),
      EbsOptimized: input.EbsOptimized ?? false,
      EnaSupport: image.EnaSupport,
      EnclaveOptions: { Enabled: input.EnclaveOptions?.Enabled ?? false },
      HibernationOptions: { Configured: input.HibernationOptions?.Configured ?? false },
      Hypervisor: image.Hypervisor,
      InstanceType: type,
      KeyName: input.KeyName,
      MaintenanceOptions: {
        AutoRecovery: yield* oneOf(input.MaintenanceOptions?.AutoRecovery ?? "default", "autoRecovery", {
          here: ["default", "disabled"]
        }),
        RebootMigration: "default" as const
      },
      MetadataOptions: {
        ...yield* changedMetadataOptions(imageOptions(image), input.MetadataOptions ?? {}),
        State: "applied" as const
      },
      Monitoring: { State: input.Monitoring?.Enabled === true ? "enabled" as const : "disabled" as const },
      NetworkPerformanceOptions: {
        BandwidthWeighting: yield* oneOf(
          input.NetworkPerformanceOptions?.BandwidthWeighting ?? "default",
          "bandwidthWeighting",
          { here: ["default", "vpc-1", "ebs-1"] }
        )
      },
      Operator: { Managed: false },
      Platform: image.Platform,
      PlatformDetails: image.PlatformDetails,
      RootDeviceName: image.RootDeviceName,
      RootDeviceType: image.RootDeviceType,
      StateTransitionReason: "",
      UsageOperation: image.UsageOperation,
      VirtualizationType: image.VirtualizationType
    }
  } as const
})

export type Settings = Effect.Success<ReturnType<typeof settingsOf>>
