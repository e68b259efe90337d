// The options of the exporters of Effect's metrics, and what is wrong with them.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Metric from "effect/Metric"
import { InvalidSetting } from "../../../errors/internal/layerErrors.ts"
import { millisOf } from "../../../src/internal/durations.ts"
import { dimensionProblem, isName, limits } from "./metricNames.ts"

/**
 * The options that `exporter` and `emf` have in common.
 *
 * @category exporting
 * @since 0.1.0
 */
export interface MetricOptions {
  /** The CloudWatch namespace of the metrics. 1 to 255 ASCII characters; `AWS/` at its start is reserved for AWS. */
  readonly namespace: string
  /**
   * The time between two rounds; by default 1 minute, CloudWatch's own resolution. With `"Infinity"`, there is a round only
   * when the program asks for one with `flush`, and one at the end.
   */
  readonly every?: Duration.Input | undefined
  /**
   * Dimensions of all metrics, by name. An attribute of a metric with the same name wins. At most 30, of ASCII characters.
   */
  readonly dimensions?: Readonly<Record<string, string>> | undefined
  /**
   * Whether a metric is put. By default, all are but those of this library's own calls, whose names begin with `aws_`: each metric
   * that has data in an hour costs money. `() => true` puts these, too.
   */
  readonly include?: ((metric: Metric.Metric.Snapshot) => boolean) | undefined
  /**
   * What becomes of a histogram or a timer.
   *
   * - `"distribution"`, the default: a value for each bucket, with its count. CloudWatch computes percentiles from these. The
   *   count and the sum are those of the histogram; the values lie within their buckets.
   * - `"statistics"`: the count, the sum, and bounds of the minimum and the maximum. There are no percentiles.
   */
  readonly histograms?: "distribution" | "statistics" | undefined
  /** Whether a counter or a frequency that didn't change is put as 0; by default, it isn't put. */
  readonly zeros?: boolean | undefined
  /** In seconds. With 1, CloudWatch keeps data by the second for three hours; with 60, the default, by the minute. */
  readonly storageResolution?: 1 | 60 | undefined
  /** How long the last round may take when the Layer closes; by default 5 seconds. */
  readonly shutdownTimeout?: Duration.Input | undefined
}

/** Options that have been checked, and the defaults of those that weren't given. */
export interface Settings {
  readonly namespace: string
  readonly every: Duration.Duration
  readonly dimensions: Readonly<Record<string, string>>
  readonly include: (metric: Metric.Metric.Snapshot) => boolean
  readonly histograms: "distribution" | "statistics"
  readonly zeros: boolean
  readonly storageResolution: 1 | 60
  readonly shutdownTimeout: Duration.Duration
}

const refuse = (option: string, value: unknown, expected: string) =>
  new InvalidSetting({ setting: `the \`${option}\` option`, value: String(value), expected })

const durationOf = Effect.fnUntraced(function*(option: string, input: Duration.Input) {
  return millisOf(input) > 0
    ? Duration.fromInputUnsafe(input)
    : yield* refuse(option, input, `a duration above 0, such as "1 minute"`)
})

const choiceOf = <A>(option: string, value: A, choices: ReadonlyArray<A>) =>
  choices.includes(value)
    ? Effect.succeed(value)
    : Effect.fail(refuse(option, value, choices.map((choice) => JSON.stringify(choice)).join(" or ")))

/** Whether a metric is the program's, and not one of this library's calls. */
const isOfProgram = ({ id }: Metric.Metric.Snapshot): boolean => !id.startsWith("aws_")

/** Checks the options, so that AWS doesn't refuse every put because of one of them. */
export const settingsOf = Effect.fnUntraced(function*(
  options: MetricOptions
): Effect.fn.Return<Settings, InvalidSetting> {
  const { dimensions = {}, namespace } = options
  if (!isName(namespace) || namespace.startsWith(":")) {
    return yield* refuse("namespace", namespace, `1 to ${limits.name} ASCII characters, of which the first is no ":"`)
  }
  if (namespace.startsWith("AWS/")) {
    return yield* refuse("namespace", namespace, `one that doesn't start with "AWS/", which is for AWS's own metrics`)
  }
  const entries = Object.entries(dimensions)
  if (entries.length > limits.dimensions) {
    return yield* refuse("dimensions", `${entries.length} dimensions`, `at most ${limits.dimensions}`)
  }
  for (const [name, value] of entries) {
    const problem = dimensionProblem(name, value)
    if (problem !== undefined) return yield* refuse("dimensions", JSON.stringify({ [name]: value }), problem)
  }
  return {
    namespace,
    dimensions,
    every: yield* durationOf("every", options.every ?? "1 minute"),
    shutdownTimeout: yield* durationOf("shutdownTimeout", options.shutdownTimeout ?? "5 seconds"),
    histograms: yield* choiceOf<Settings["histograms"]>("histograms", options.histograms ?? "distribution", [
      "distribution",
      "statistics"
    ]),
    storageResolution: yield* choiceOf<Settings["storageResolution"]>(
      "storageResolution",
      options.storageResolution ?? 60,
      [1, 60]
    ),
    include: options.include ?? isOfProgram,
    zeros: options.zeros ?? false
  }
})
