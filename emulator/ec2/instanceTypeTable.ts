// What AWS says of common instance types.
import type * as sdk from "@aws-sdk/client-ec2"

// By family: the manufacturer, the clock in GHz, threads per core, and whether it is the current generation, runs on a dedicated
// host, and joins a cluster placement group.
const families = `
  t2 Intel 2.3 1 current
  t3 Intel 2.5 2 current hosts
  t3a AMD 2.2 2 current
  t4g AWS 2.5 1 current
  m5 Intel 3.1 2 hosts cluster
  c5 Intel 3.4 2 hosts cluster
  r5 Intel 3.1 2 hosts cluster
  m6g AWS 2.5 1 current hosts cluster
  c6g AWS 2.5 1 current hosts cluster
  r6g AWS 2.5 1 current hosts cluster
`

// By type: vCPUs, MiB of memory, network interfaces, addresses of each, Gbit/s of the network (always and at most), EBS (Mbit/s and
// operations a second, always and at most), queues of each interface; h: hibernates, e: runs enclaves, f: is in the free tier, 4: uses
// at least 4 cores.
const types = `
  t2.nano 1 512 2 2 0.032 0.512 - 1 h
  t2.micro 1 1024 2 2 0.064 1.024 - 1 h
  t2.small 1 2048 3 4 0.128 1.024 - 1 h
  t2.medium 2 4096 3 6 0.256 1.024 - 1 h
  t2.large 2 8192 3 12 0.512 1.024 - 1 h
  t2.xlarge 4 16384 3 15 0.75 1.024 - 1 h
  t2.2xlarge 8 32768 3 15 1 1.024 - 1 h
  t3.nano 2 512 2 2 0.032 5 43/2085/250/11800 2 h
  t3.micro 2 1024 2 2 0.064 5 87/2085/500/11800 2 hf
  t3.small 2 2048 3 4 0.128 5 174/2085/1000/11800 2 hf
  t3.medium 2 4096 3 6 0.256 5 347/2085/2000/11800 2 h
  t3.large 2 8192 3 12 0.512 5 695/2780/4000/15700 2 h
  t3.xlarge 4 16384 4 15 1.024 5 695/2780/4000/15700 4 h
  t3.2xlarge 8 32768 4 15 2.048 5 695/2780/4000/15700 8 h
  t3a.nano 2 512 2 2 0.032 5 45/2085/250/11800 8 h
  t3a.micro 2 1024 2 2 0.064 5 90/2085/500/11800 8 h
  t3a.small 2 2048 2 4 0.128 5 175/2085/1000/11800 8 h
  t3a.medium 2 4096 3 6 0.256 5 350/2085/2000/11800 8 h
  t3a.large 2 8192 3 12 0.512 5 695/2780/4000/15700 8 h
  t3a.xlarge 4 16384 4 15 1.024 5 695/2780/4000/15700 8 h
  t3a.2xlarge 8 32768 4 15 2.048 5 695/2780/4000/15700 8 h
  t4g.nano 2 512 2 2 0.032 5 43/2085/250/11800 2 h
  t4g.micro 2 1024 2 2 0.064 5 87/2085/500/11800 2 hf
  t4g.small 2 2048 3 4 0.128 5 174/2085/1000/11800 2 hf
  t4g.medium 2 4096 3 6 0.256 5 347/2085/2000/11800 2 h
  t4g.large 2 8192 3 12 0.512 5 695/2780/4000/15700 2 h
  t4g.xlarge 4 16384 4 15 1.024 5 695/2780/4000/15700 4 h
  t4g.2xlarge 8 32768 4 15 2.048 5 695/2780/4000/15700 8 h
  m5.large 2 8192 3 10 0.75 10 650/4750/3600/18750 8 h
  m5.xlarge 4 16384 4 15 1.25 10 1150/4750/6000/18750 8 he
  m5.2xlarge 8 32768 4 15 2.5 10 2300/4750/12000/18750 8 he
  m5.4xlarge 16 65536 8 30 5 10 4750/4750/18750/18750 8 he
  m5.8xlarge 32 131072 8 30 10 10 6800/6800/30000/30000 8 he
  m5.12xlarge 48 196608 8 30 12 12 9500/9500/40000/40000 8 e
  m5.16xlarge 64 262144 15 50 20 20 13600/13600/60000/60000 8 e
  m5.24xlarge 96 393216 15 50 25 25 19000/19000/80000/80000 8 e4
  c5.large 2 4096 3 10 0.75 10 650/4750/4000/20000 8 h
  c5.xlarge 4 8192 4 15 1.25 10 1150/4750/6000/20000 8 he
  c5.2xlarge 8 16384 4 15 2.5 10 2300/4750/10000/20000 8 he
  c5.4xlarge 16 32768 8 30 5 10 4750/4750/20000/20000 8 he
  c5.9xlarge 36 73728 8 30 12 12 9500/9500/40000/40000 8 he
  c5.12xlarge 48 98304 8 30 12 12 9500/9500/40000/40000 8 he
  c5.18xlarge 72 147456 15 50 25 25 19000/19000/80000/80000 8 he4
  c5.24xlarge 96 196608 15 50 25 25 19000/19000/80000/80000 8 e
  r5.large 2 16384 3 10 0.75 10 650/4750/3600/18750 8 h
  r5.xlarge 4 32768 4 15 1.25 10 1150/4750/6000/18750 8 he
  r5.2xlarge 8 65536 4 15 2.5 10 2300/4750/12000/18750 8 he
  r5.4xlarge 16 131072 8 30 5 10 4750/4750/18750/18750 8 he
  r5.8xlarge 32 262144 8 30 10 10 6800/6800/30000/30000 8 e
  r5.12xlarge 48 393216 8 30 12 12 9500/9500/40000/40000 8 e
  r5.16xlarge 64 524288 15 50 20 20 13600/13600/60000/60000 8 e
  r5.24xlarge 96 786432 15 50 25 25 19000/19000/80000/80000 8 e4
  m6g.medium 1 4096 2 4 0.5 10 315/4750/2500/20000 8 h
  m6g.large 2 8192 3 10 0.75 10 630/4750/3600/20000 8 he
  m6g.xlarge 4 16384 4 15 1.25 10 1188/4750/6000/20000 8 he
  m6g.2xlarge 8 32768 4 15 2.5 10 2375/4750/12000/20000 8 he
  m6g.4xlarge 16 65536 8 30 5 10 4750/4750/20000/20000 8 he
  m6g.8xlarge 32 131072 8 30 12 12 9500/9500/40000/40000 8 he
  m6g.12xlarge 48 196608 8 30 20 20 14250/14250/50000/50000 8 e
  m6g.16xlarge 64 262144 15 50 25 25 19000/19000/80000/80000 8 e
  c6g.medium 1 2048 2 4 0.5 10 315/4750/2500/20000 8 h
  c6g.large 2 4096 3 10 0.75 10 630/4750/3600/20000 8 he
  c6g.xlarge 4 8192 4 15 1.25 10 1188/4750/6000/20000 8 he
  c6g.2xlarge 8 16384 4 15 2.5 10 2375/4750/12000/20000 8 he
  c6g.4xlarge 16 32768 8 30 5 10 4750/4750/20000/20000 8 he
  c6g.8xlarge 32 65536 8 30 12 12 9500/9500/40000/40000 8 he
  c6g.12xlarge 48 98304 8 30 20 20 14250/14250/50000/50000 8 he
  c6g.16xlarge 64 131072 15 50 25 25 19000/19000/80000/80000 8 he
  r6g.medium 1 8192 2 4 0.5 10 315/4750/2500/20000 8 h
  r6g.large 2 16384 3 10 0.75 10 630/4750/3600/20000 8 he
  r6g.xlarge 4 32768 4 15 1.25 10 1188/4750/6000/20000 8 he
  r6g.2xlarge 8 65536 4 15 2.5 10 2375/4750/12000/20000 8 he
  r6g.4xlarge 16 131072 8 30 5 10 4750/4750/20000/20000 8 he
  r6g.8xlarge 32 262144 8 30 12 12 9500/9500/40000/40000 8 e
  r6g.12xlarge 48 393216 8 30 20 20 14250/14250/50000/50000 8 e
  r6g.16xlarge 64 524288 15 50 25 25 19000/19000/80000/80000 8 e
`

const lines = (table: string) => table.trim().split(/\n\s*/).map((line) => line.split(" "))

const performance = (family: string, size: string, base: number, peak: number) =>
  family === "t2"
    ? size.endsWith("xlarge") ? "Moderate" : "Low to Moderate"
    : `${base < peak ? "Up to " : ""}${peak} Gigabit`

/** What differs from the rest of the family. */
const clocks: Readonly<Record<string, number>> = {
  "t2.nano": 2.4,
  "t2.micro": 2.5,
  "t2.small": 2.5,
  "c5.12xlarge": 3.6,
  "c5.24xlarge": 3.6
}

const coresOf = (cores: number, threads: number, least: number) =>
  threads === 1
    ? Array.from({ length: cores }, (_, index) => index + 1)
    : cores === 1
    ? [1]
    : Array.from({ length: cores / 2 }, (_, index) => 2 * index + 2).filter((count) => count >= least)

const infoOf = (
  families: ReadonlyMap<string, ReadonlyArray<string>>,
  row: ReadonlyArray<string>
): sdk.InstanceTypeInfo => {
  const [type = "", vcpus, mib, enis, addresses, base, peak, ebs = "", queues, flags = ""] = row
  const [family = "", size = ""] = type.split(".")
  const [Manufacturer, clock, threads, ...traits] = families.get(family)!
  const isXen = family === "t2"
  const isArm = Manufacturer === "AWS"
  const DefaultVCpus = Number(vcpus)
  const DefaultThreadsPerCore = Number(threads)
  const DefaultCores = DefaultVCpus / DefaultThreadsPerCore
  const [baseBandwidth = 0, maximumBandwidth = 0, BaselineIops, MaximumIops] = ebs.split("/").map(Number)
  const NetworkPerformance = performance(family, size, Number(base), Number(peak))
  const hasChoice = !isXen && size !== "medium" || family.startsWith("t") && !isXen
  return {
    InstanceType: type as sdk._InstanceType,
    CurrentGeneration: traits.includes("current"),
    FreeTierEligible: flags.includes("f"),
    SupportedUsageClasses: type === "t2.nano" ? ["on-demand"] : ["on-demand", "spot"],
    SupportedRootDeviceTypes: ["ebs"],
    SupportedVirtualizationTypes: ["hvm"],
    BareMetal: false,
    Hypervisor: isXen ? "xen" : "nitro",
    ProcessorInfo: {
      SupportedArchitectures: isArm ? ["arm64"] : isXen && !size.endsWith("large") ? ["i386", "x86_64"] : ["x86_64"],
      SustainedClockSpeedInGhz: clocks[type] ?? Number(clock),
      Manufacturer
    },
    VCpuInfo: {
      DefaultVCpus,
      DefaultCores,
      DefaultThreadsPerCore,
      ...(hasChoice && {
        ValidCores: coresOf(DefaultCores, DefaultThreadsPerCore, flags.includes("4") ? 4 : 1),
        ValidThreadsPerCore: DefaultThreadsPerCore === 1 ? [1] : [1, 2]
      })
    },
    MemoryInfo: { SizeInMiB: Number(mib) },
    InstanceStorageSupported: false,
    EbsInfo: {
      EbsOptimizedSupport: isXen ? "unsupported" : "default",
      EncryptionSupport: "supported",
      ...(!isXen && {
        EbsOptimizedInfo: {
          BaselineBandwidthInMbps: baseBandwidth,
          BaselineThroughputInMBps: baseBandwidth / 8,
          BaselineIops,
          MaximumBandwidthInMbps: maximumBandwidth,
          MaximumThroughputInMBps: maximumBandwidth / 8,
          MaximumIops
        }
      }),
      NvmeSupport: isXen ? "unsupported" : "required",
      MaximumEbsAttachments: isXen ? 40 : 27,
      AttachmentLimitType: "shared"
    },
    NetworkInfo: {
      NetworkPerformance,
      MaximumNetworkInterfaces: Number(enis),
      MaximumNetworkCards: 1,
      DefaultNetworkCardIndex: 0,
      NetworkCards: [{
        NetworkCardIndex: 0,
        NetworkPerformance,
        MaximumNetworkInterfaces: Number(enis),
        BaselineBandwidthInGbps: Number(base),
        PeakBandwidthInGbps: Number(peak),
        DefaultEnaQueueCountPerInterface: Number(queues),
        InterfaceTypes: ["interface"]
      }],
      Ipv4AddressesPerInterface: Number(addresses),
      Ipv6AddressesPerInterface: Number(addresses),
      Ipv6Supported: true,
      EnaSupport: isXen ? "unsupported" : "required",
      EfaSupported: false,
      EncryptionInTransitSupported: false,
      EnaSrdSupported: false,
      FlexibleEnaQueuesSupport: "unsupported",
      ConnectionTrackingConfiguration: {
        DefaultTcpEstablishedTimeout: 432_000,
        DefaultUdpStreamTimeout: 180,
        DefaultUdpTimeout: 30
      },
      SecondaryNetworkSupported: false
    },
    PlacementGroupInfo: {
      SupportedStrategies: traits.includes("cluster") ? ["cluster", "partition", "spread"] : ["partition", "spread"]
    },
    HibernationSupported: flags.includes("h"),
    BurstablePerformanceSupported: family.startsWith("t"),
    DedicatedHostsSupported: traits.includes("hosts") && type !== "c5.24xlarge",
    AutoRecoverySupported: true,
    SupportedBootModes: isArm ? ["uefi"] : isXen ? ["legacy-bios"] : ["legacy-bios", "uefi"],
    NitroEnclavesSupport: flags.includes("e") ? "supported" : "unsupported",
    NitroTpmSupport: isXen ? "unsupported" : "supported",
    ...(!isXen && { NitroTpmInfo: { SupportedVersions: ["2.0"] } }),
    PhcSupport: "unsupported",
    RebootMigrationSupport: "supported",
    SupportedInRegion: true
  }
}

const make = (): ReadonlyMap<string, sdk.InstanceTypeInfo> => {
  const byName = new Map(lines(families).map(([family = "", ...rest]) => [family, rest]))
  return new Map(lines(types).map((row) => [row[0]!, infoOf(byName, row)]))
}

let made: ReadonlyMap<string, sdk.InstanceTypeInfo> | undefined

/** The common types, by name. */
export const commonTypes = (): ReadonlyMap<string, sdk.InstanceTypeInfo> => made ??= make()
