/** In-memory CloudWatch: the labels of time series. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Effect from "effect/Effect"
import { unsupported } from "../engine/unsupported.ts"

const property = ({ Metric, Period, Stat }: sdk.MetricStat, name: string): string | undefined => {
  switch (name) {
    case "MetricName":
      return Metric?.MetricName
    case "Namespace":
      return Metric?.Namespace
    case "Period":
      return String(Period)
    case "Stat":
      return Stat
    default:
      return name.startsWith("Dim.")
        ? Metric?.Dimensions?.find(({ Name }) => Name === name.slice(4))?.Value ?? ""
        : undefined
  }
}

/** Fills in the dynamic parts of a label: `${LABEL}` and `${PROP('MetricName')}`. */
export const fillLabel = Effect.fnUntraced(function*(
  label: string,
  usual: string,
  metric: sdk.MetricStat | undefined
) {
  const parts = label.split(/(\$\{[^}]*\})/)
  const filled = yield* Effect.forEach(parts, (part) => {
    if (!part.startsWith("${")) return Effect.succeed(part)
    if (part === "${LABEL}") return Effect.succeed(usual)
    const [, name] = /^\$\{PROP\('([^']+)'\)\}$/.exec(part) ?? []
    const value = name === undefined || metric === undefined ? undefined : property(metric, name)
    return value === undefined
      ? unsupported(`The in-memory CloudWatch doesn't fill in ${part} of a label.`)
      : Effect.succeed(value)
  })
  return filled.join("")
})
