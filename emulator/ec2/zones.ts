/** In-memory EC2: regions and Availability Zones. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { partitionOf } from "../engine/partitions.ts"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { fault } from "./faults.ts"
import { absent, type Filters, matching } from "./filters.ts"
import type { Ec2Handlers } from "./state.ts"

/** The regions that every account has. */
const regions: Readonly<Record<string, string>> = {
  "ap-northeast-1": "Asia Pacific (Tokyo)",
  "ap-northeast-2": "Asia Pacific (Seoul)",
  "ap-northeast-3": "Asia Pacific (Osaka)",
  "ap-south-1": "Asia Pacific (Mumbai)",
  "ap-southeast-1": "Asia Pacific (Singapore)",
  "ap-southeast-2": "Asia Pacific (Sydney)",
  "ca-central-1": "Canada (Central)",
  "eu-central-1": "Europe (Frankfurt)",
  "eu-north-1": "Europe (Stockholm)",
  "eu-west-1": "Europe (Ireland)",
  "eu-west-2": "Europe (London)",
  "eu-west-3": "Europe (Paris)",
  "sa-east-1": "South America (Sao Paulo)",
  "us-east-1": "US East (N. Virginia)",
  "us-east-2": "US East (Ohio)",
  "us-west-1": "US West (N. California)",
  "us-west-2": "US West (Oregon)",
  "cn-north-1": "China (Beijing)",
  "cn-northwest-1": "China (Ningxia)",
  "us-gov-east-1": "AWS GovCloud (US-East)",
  "us-gov-west-1": "AWS GovCloud (US-West)"
}

/** The regions that an account has to opt in to. No account here has. */
const optIn: Readonly<Record<string, string>> = {
  "af-south-1": "Africa (Cape Town)",
  "ap-east-1": "Asia Pacific (Hong Kong)",
  "ap-east-2": "Asia Pacific (Taipei)",
  "ap-south-2": "Asia Pacific (Hyderabad)",
  "ap-southeast-3": "Asia Pacific (Jakarta)",
  "ap-southeast-4": "Asia Pacific (Melbourne)",
  "ap-southeast-5": "Asia Pacific (Malaysia)",
  "ap-southeast-6": "Asia Pacific (New Zealand)",
  "ap-southeast-7": "Asia Pacific (Thailand)",
  "ca-west-1": "Canada West (Calgary)",
  "eu-central-2": "Europe (Zurich)",
  "eu-south-1": "Europe (Milan)",
  "eu-south-2": "Europe (Spain)",
  "il-central-1": "Israel (Tel Aviv)",
  "me-central-1": "Middle East (UAE)",
  "me-south-1": "Middle East (Bahrain)",
  "mx-central-1": "Mexico (Central)"
}

export interface Zone {
  readonly name: string
  readonly id: string
}

// The short form of a region in the ids of its zones: use1 for us-east-1, apne1 for ap-northeast-1.
const shortRegion = (region: string) =>
  region.replace(/(north|south|east|west|central|gov)/g, ([initial]) => initial!).replaceAll("-", "")

// The ids of a zone's name differ from account to account. These are the usual ones in us-east-1.
const zoneNumbers = (region: string) => region === "us-east-1" ? [6, 1, 2, 4, 3, 5] : [1, 2, 3]

export const zonesOf = (region: string): ReadonlyArray<Zone> =>
  zoneNumbers(region).map((number, index) => ({
    name: region + "abcdef"[index],
    id: `${shortRegion(region)}-az${number}`
  }))

const zoneFilters: Filters<sdk.AvailabilityZone> = {
  ...absent("message", "parent-zone-id", "parent-zone-name"),
  "group-long-name": (zone) => zone.GroupLongName,
  "group-name": (zone) => zone.GroupName,
  "opt-in-status": (zone) => zone.OptInStatus,
  "region-name": (zone) => zone.RegionName,
  state: (zone) => zone.State,
  "zone-id": (zone) => zone.ZoneId,
  "zone-name": (zone) => zone.ZoneName,
  "zone-type": (zone) => zone.ZoneType
}

const regionFilters: Filters<sdk.Region> = {
  endpoint: (region) => region.Endpoint,
  "opt-in-status": (region) => region.OptInStatus,
  "region-name": (region) => region.RegionName
}

const regionsOf = (context: HandlerContext): ReadonlyArray<sdk.Region> => {
  const suffix = context.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
  return Object.keys({ ...regions, ...optIn }).filter((name) => partitionOf(name) === context.partition)
    .sort()
    .map((RegionName) => ({
      RegionName,
      Endpoint: `ec2.${RegionName}.${suffix}`,
      OptInStatus: Object.hasOwn(optIn, RegionName) && RegionName !== context.region
        ? "not-opted-in"
        : Object.hasOwn(optIn, RegionName)
        ? "opted-in"
        : "opt-in-not-required"
    }))
}

export const handlers: Ec2Handlers = {
  DescribeAvailabilityZones: Effect.fnUntraced(function*(input, _, context) {
    const { Filters, ZoneIds = [], ZoneNames = [] } = input
    const { region } = context
    if (input.AllAvailabilityZones === true) {
      return yield* unsupported(
        "The in-memory EC2 has no Local Zones and Wavelength Zones: leave AllAvailabilityZones out."
      )
    }
    const all = zonesOf(region).map(({ id, name }): sdk.AvailabilityZone => ({
      ZoneName: name,
      ZoneId: id,
      RegionName: region,
      GroupName: `${region}-zg-1`,
      GroupLongName: `${regions[region] ?? optIn[region] ?? region} 1`,
      NetworkBorderGroup: region,
      ZoneType: "availability-zone",
      OptInStatus: "opt-in-not-required",
      State: "available",
      Messages: []
    }))
    const unknown = ZoneNames.find((name) => !all.some(({ ZoneName }) => ZoneName === name)) ??
      ZoneIds.find((id) => !all.some(({ ZoneId }) => ZoneId === id))
    if (unknown !== undefined) {
      return yield* fault("InvalidParameterValue", `Invalid availability zone: [${unknown}]`)
    }
    const named = all.filter(({ ZoneId = "", ZoneName = "" }) =>
      ZoneNames.length + ZoneIds.length === 0 || ZoneNames.includes(ZoneName) || ZoneIds.includes(ZoneId)
    )
    return { AvailabilityZones: yield* matching(context, named, Filters, zoneFilters) }
  }),

  DescribeRegions: Effect.fnUntraced(function*(input, _, context) {
    const { AllRegions = false, Filters, RegionNames = [] } = input
    const all = regionsOf(context)
    const unknown = RegionNames.find((name) => !all.some(({ RegionName }) => RegionName === name))
    if (unknown !== undefined) return yield* fault("InvalidParameterValue", `Invalid region name: [${unknown}]`)
    const named = all.filter(({ OptInStatus, RegionName = "" }) =>
      RegionNames.length > 0 ? RegionNames.includes(RegionName) : AllRegions || OptInStatus !== "not-opted-in"
    )
    return { Regions: yield* matching(context, named, Filters, regionFilters) }
  })
}
