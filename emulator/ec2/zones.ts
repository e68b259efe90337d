/** In-memory EC2: regions and Availability Zones. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { partitionOf } from "../engine/partitions.ts"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { type Region, regions, type Zone, zonesOf } from "../support/regions.ts"
import { fault } from "./faults.ts"
import { absent, type Filters, matching } from "./filters.ts"
import type { Ec2Handlers } from "./state.ts"

export { type Zone, zonesOf }

const optInStatus = ({ id, isOptIn }: Region, context: HandlerContext): string =>
  !isOptIn ? "opt-in-not-required" : id === context.region ? "opted-in" : "not-opted-in"

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
  return regions.filter(({ id }) => partitionOf(id) === context.partition).map((region) => ({
    RegionName: region.id,
    Endpoint: `ec2.${region.id}.${suffix}`,
    OptInStatus: optInStatus(region, context)
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
      GroupLongName: `${regions.find(({ id }) => id === region)?.name ?? region} 1`,
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
