/** In-memory EC2: what new instances have of their image and of the request, whatever their interfaces are. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { fault, invalidValue, oneOf } from "./faults.ts"
import type { Image } from "./images.ts"

const armFamily = /^(a1|[a-z]+\d+g[a-z]*)$/

export const checkArchitecture = Effect.fnUntraced(function*({ Architecture }: Image, type: string) {
  if (!/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(type)) {
    return yield* fault("InvalidParameterValue", `The following supplied instance types do not exist: [${type}]`)
  }
  const ofType = armFamily.test(type.split(".")[0]!) ? "arm64" : "x86_64"
  if (ofType !== Architecture) {
    return yield* fault(
      "InvalidParameterValue",
      `The architecture '${ofType}' of the specified instance type does not match the architecture '${Architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again.`
    )
  }
})

export const checkUserData = Effect.fnUntraced(function*(data: string | undefined) {
  if (data === undefined || data === "") return undefined
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data.replace(/\s/g, ""))) {
    return yield* fault("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data")
  }
  return Buffer.from(data, "base64").length > 16384
    ? yield* fault("InvalidParameterValue", "User data is limited to 16384 bytes")
    : data
})

const onOff = { here: ["enabled", "disabled"] as const }

const metadataOptions = Effect.fnUntraced(function*(options: sdk.InstanceMetadataOptionsRequest = {}, image: Image) {
  const limit = options.HttpPutResponseHopLimit ?? (image.ImdsSupport === undefined ? 1 : 2)
  if (!(limit >= 1 && limit <= 64)) {
    return yield* invalidValue(limit, "HttpPutResponseHopLimit", "It must be between 1 and 64.")
  }
  return {
    State: "applied" as const,
    HttpEndpoint: yield* oneOf(options.HttpEndpoint ?? "enabled", "HttpEndpoint", onOff),
    HttpProtocolIpv6: yield* oneOf(options.HttpProtocolIpv6 ?? "disabled", "HttpProtocolIpv6", onOff),
    HttpPutResponseHopLimit: limit,
    HttpTokens: yield* oneOf(
      options.HttpTokens ?? (image.ImdsSupport === undefined ? "optional" : "required"),
      "HttpTokens",
      { here: ["optional", "required"] }
    ),
    InstanceMetadataTags: yield* oneOf(options.InstanceMetadataTags ?? "disabled", "InstanceMetadataTags", onOff)
  }
})

/** The devices of the image, and those of the request in their place or beside them. */
const devicesOf = (image: Image, requested: ReadonlyArray<sdk.BlockDeviceMapping> = []) => {
  const devices = new Map(image.BlockDeviceMappings.map(({ DeviceName = "" }) => [DeviceName, true]))
  for (const { DeviceName = "", Ebs, NoDevice } of requested) {
    if (NoDevice !== undefined) devices.delete(DeviceName)
    else devices.set(DeviceName, Ebs?.DeleteOnTermination ?? true)
  }
  return devices
}

export const settingsOf = Effect.fnUntraced(function*(input: sdk.RunInstancesRequest, image: Image) {
  const placement = input.Placement
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
  const dns = input.PrivateDnsNameOptions
  return {
    Tenancy,
    devices: devicesOf(image, input.BlockDeviceMappings),
    dns: dns && {
      HostnameType: dns.HostnameType === undefined
        ? undefined
        : yield* oneOf(dns.HostnameType, "hostnameType", { here: ["ip-name", "resource-name"] }),
      EnableResourceNameDnsARecord: dns.EnableResourceNameDnsARecord,
      EnableResourceNameDnsAAAARecord: dns.EnableResourceNameDnsAAAARecord
    },
    attributes: {
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
      ...(cpu !== undefined && {
        CpuOptions: {
          CoreCount: cpu.CoreCount,
          ThreadsPerCore: cpu.ThreadsPerCore,
          AmdSevSnp: cpu.AmdSevSnp,
          NestedVirtualization: cpu.NestedVirtualization
        }
      }),
      CurrentInstanceBootMode: image.Architecture === "arm64" ? "uefi" as const : "legacy-bios" as const,
      EbsOptimized: input.EbsOptimized ?? false,
      EnaSupport: image.EnaSupport,
      EnclaveOptions: { Enabled: input.EnclaveOptions?.Enabled ?? false },
      HibernationOptions: { Configured: input.HibernationOptions?.Configured ?? false },
      Hypervisor: image.Hypervisor,
      InstanceType: input.InstanceType ?? "m1.small",
      KeyName: input.KeyName,
      MaintenanceOptions: {
        AutoRecovery: yield* oneOf(input.MaintenanceOptions?.AutoRecovery ?? "default", "autoRecovery", {
          here: ["default", "disabled"]
        })
      },
      MetadataOptions: yield* metadataOptions(input.MetadataOptions, image),
      Monitoring: { State: input.Monitoring?.Enabled === true ? "enabled" as const : "disabled" as const },
      NetworkPerformanceOptions: {
        BandwidthWeighting: yield* oneOf(
          input.NetworkPerformanceOptions?.BandwidthWeighting ?? "default",
          "bandwidthWeighting",
          { here: ["default", "vpc-1", "ebs-1"] }
        )
      },
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
