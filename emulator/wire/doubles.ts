// Doubles in JSON. AWS writes a double as `10.0`, and clients in other languages show it so. The SDK's schemas don't distinguish
// doubles from integers.
import { textOf } from "./http.ts"

/** The members that are doubles, or lists of doubles, by service. */
const members: Readonly<Record<string, ReadonlySet<string>>> = {
  CloudWatch: new Set(["Average", "Maximum", "Minimum", "SampleCount", "Sum", "Threshold", "Values"])
}

/** An answer in JSON, with a fraction in each double. */
export const withFractions = (serviceId: string, json: string | Uint8Array): string | Uint8Array => {
  const doubles = members[serviceId]
  const text = (value: unknown, isDouble: boolean): string => {
    if (isDouble && Number.isInteger(value)) return (value as number).toFixed(1)
    if (Array.isArray(value)) return `[${value.map((element) => text(element, isDouble)).join(",")}]`
    return typeof value === "object" && value !== null
      ? `{${
        Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${text(member, doubles!.has(name))}`)
          .join(",")
      }}`
      : JSON.stringify(value)
  }
  return doubles === undefined ? json : text(JSON.parse(typeof json === "string" ? json : textOf(json)), false)
}
