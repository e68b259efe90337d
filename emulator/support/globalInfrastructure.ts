// The public parameters of Systems Manager about AWS's regions and services, below /aws/service/global-infrastructure.
import { partitionOf } from "../engine/partitions.ts"
import { type Region, regions, zonesOf } from "./regions.ts"
import { regionalServices } from "./servicesOfRegions.ts"

const ROOT = "/aws/service/global-infrastructure"

type Entry = readonly [name: string, value: string]

const ofRegion = ({ country, id, name, part }: Region): ReadonlyArray<Entry> => {
  const path = `${ROOT}/regions/${id}`
  return [
    [path, id],
    [`${path}/longName`, name],
    [`${path}/domain`, id.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"],
    [`${path}/geolocationCountry`, country],
    [`${path}/geolocationRegion`, part],
    [`${path}/partition`, partitionOf(id)],
    ...zonesOf(id).map((zone): Entry => [`${path}/availability-zones/${zone.id}`, zone.id]),
    ...regionalServices.filter(({ isIn }) => isIn(id)).map((service): Entry => [
      `${path}/services/${service.id}`,
      service.id
    ])
  ]
}

let all: ReadonlyMap<string, string> | undefined

/** The parameters by name: the same in every region. They are made when they are first asked for. */
export const globalInfrastructure = (): ReadonlyMap<string, string> =>
  all ??= new Map([
    ...regions.flatMap(ofRegion),
    ...regionalServices.flatMap(({ id, isIn, name }): ReadonlyArray<Entry> => [
      [`${ROOT}/services/${id}`, id],
      [`${ROOT}/services/${id}/longName`, name],
      ...regions.filter((region) => isIn(region.id)).map((region): Entry => [
        `${ROOT}/services/${id}/regions/${region.id}`,
        region.id
      ])
    ])
  ])
