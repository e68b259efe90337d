/** In-memory EC2: instance types. All of them can be launched, and the common ones are described. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { glob } from "../support/globs.ts"
import { combination, fault, oneOf } from "./faults.ts"
import { documented } from "./filterNames.ts"
import { type Filters, matching, page } from "./filters.ts"
import { instanceTypeNames } from "./instanceTypeNames.ts"
import { commonTypes } from "./instanceTypeTable.ts"
import type { Ec2Handlers, Image } from "./state.ts"
import { zonesOf } from "./zones.ts"

/** Fails if AWS has no such type. */
export const checkType = Effect.fnUntraced(function*(type: string) {
  return instanceTypeNames.has(type)
    ? type
    : yield* fault("InvalidParameterValue", `Invalid value '${type}' for InstanceType.`)
})

/** The cores and threads of a type, unless it is an uncommon one. */
export const cpuOptionsOf = (type: string): sdk.CpuOptions | undefined => {
  const cpu = commonTypes().get(type)?.VCpuInfo
  return cpu && { CoreCount: cpu.DefaultCores, ThreadsPerCore: cpu.DefaultThreadsPerCore }
}

const xenFamilies = /^(t1|t2|m[1-4]|c[134]|r[34]|i[23]|d2|g2|g3s?|p[23]|x1e?|h1|f1|cc2|cr1|hs1|cg1|hi1)\./

/** How an instance of this type boots from the image. */
export const bootModeOf = ({ Architecture, BootMode }: Image, type: string) =>
  Architecture === "arm64" || BootMode === "uefi" || (BootMode === "uefi-preferred" && !xenFamilies.test(type))
    ? "uefi" as const
    : "legacy-bios" as const

/** Fails if an instance of this type can't have so many interfaces. Uncommon types can have any number. */
export const checkInterfaceCount = Effect.fnUntraced(function*(type: string, count: number) {
  const most = commonTypes().get(type)?.NetworkInfo?.MaximumNetworkInterfaces
  if (most === undefined || count <= most) return
  return yield* fault("AttachmentLimitExceeded", `Interface count ${count} exceeds the limit for ${type}`)
})

const normal = (name: string) => name.replaceAll("-", "").toLowerCase()

/** The values at a path of a structure. A filter's name has the members' names in lower case, some of them in the singular. */
const valuesAt = (value: unknown, [name, ...rest]: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, name === undefined ? [] : [name, ...rest]))
  if (name === undefined) return value === undefined ? [] : [String(value)]
  if (typeof value !== "object" || value === null) return []
  const member = Object.entries(value).find(([key]) => [normal(name), `${normal(name)}s`].includes(normal(key)))
  return member === undefined ? [] : valuesAt(member[1], rest)
}

const typeFilters: Filters<sdk.InstanceTypeInfo> = Object.fromEntries(
  [...documented["DescribeInstanceTypes"]!].map((name) => [name, (type) => valuesAt(type, name.split("."))])
)

/** Fails loudly if the request is about types that aren't described here. */
const checkDescribed = Effect.fnUntraced(function*(patterns: ReadonlyArray<string>) {
  const known = commonTypes()
  for (const pattern of patterns) {
    const isMatch = glob(pattern, { escapes: true })
    const lacking = [...instanceTypeNames].find((name) => !known.has(name) && isMatch(name))
    if (lacking !== undefined && pattern !== "*") {
      return yield* unsupported(
        `The in-memory EC2 doesn't describe the instance type ${lacking}. It describes the types of ${
          [...new Set(Array.from(known.keys(), (name) => name.split(".")[0]))].join(", ")
        } that aren't bare metal.`
      )
    }
  }
})

const patternsOf = (filters: ReadonlyArray<sdk.Filter> | undefined = []) =>
  filters.flatMap(({ Name, Values = [] }) => Name === "instance-type" ? Values : [])

/** One zone of us-east-1 is too old for all but the first of the families that are described here. */
const isOffered = (zone: string, type: string) => zone !== "use1-az3" || type.startsWith("t2.")

const locationsOf = ({ region }: HandlerContext, kind: string) =>
  kind === "region"
    ? [{ location: region, zone: undefined }]
    : zonesOf(region).map(({ id, name }) => ({ location: kind === "availability-zone" ? name : id, zone: id }))

const offeringFilters: Filters<sdk.InstanceTypeOffering> = {
  "instance-type": (offering) => offering.InstanceType,
  location: (offering) => offering.Location
}

export const handlers: Ec2Handlers = {
  DescribeInstanceTypes: Effect.fnUntraced(function*(input, _, context) {
    const { Filters, InstanceTypes = [] } = input
    if (InstanceTypes.length > 0 && input.MaxResults !== undefined) {
      return yield* combination("The parameter instanceTypes cannot be used with the parameter maxResults")
    }
    const unknown = InstanceTypes.filter((type) => !instanceTypeNames.has(type))
    if (unknown.length > 0) {
      return yield* fault(
        "InvalidInstanceType",
        `The following supplied instance types do not exist: [${unknown.join(", ")}]`
      )
    }
    yield* checkDescribed([...InstanceTypes, ...patternsOf(Filters)])
    const all = [...commonTypes().values()].filter(({ InstanceType = "" }) =>
      InstanceTypes.length === 0 || InstanceTypes.some((type) => type === InstanceType)
    )
    const found = yield* matching(context, all, Filters, typeFilters)
    const [types, NextToken] = yield* page(context, found, input, ({ InstanceType = "" }) => InstanceType, {
      least: 5,
      most: 100
    })
    return { InstanceTypes: [...types], NextToken }
  }),

  DescribeInstanceTypeOfferings: Effect.fnUntraced(function*(input, _, context) {
    const LocationType = yield* oneOf(input.LocationType ?? "region", "locationType", {
      here: ["region", "availability-zone", "availability-zone-id"],
      onAws: ["outpost"]
    })
    yield* checkDescribed(patternsOf(input.Filters))
    const all = locationsOf(context, LocationType).flatMap(({ location, zone = "" }) =>
      [...commonTypes().keys()].filter((type) => isOffered(zone, type)).map((type): sdk.InstanceTypeOffering => ({
        InstanceType: type as sdk._InstanceType,
        LocationType,
        Location: location
      }))
    )
    const found = yield* matching(context, all, input.Filters, offeringFilters)
    const [offerings, NextToken] = yield* page(
      context,
      found,
      input,
      ({ InstanceType, Location }) => `${InstanceType} ${Location}`
    )
    return { InstanceTypeOfferings: [...offerings], NextToken }
  })
}
