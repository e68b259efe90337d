/** In-memory CloudWatch: checks the settings of alarms. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Effect from "effect/Effect"
import { unobserved } from "../engine/input.ts"
import { unsupported } from "../engine/unsupported.ts"
import { parseArn } from "../support/arn.ts"
import { checkQuery, solver } from "./data.ts"
import { operators, periodOf } from "./evaluation.ts"
import {
  check,
  checkDimensions,
  checkNumbers,
  checkUnit,
  combination,
  invalid,
  missing,
  type State,
  validation
} from "./state.ts"
import { compute, isStatistic, statistics } from "./statistics.ts"

const day = 86_400

export const name = { required: true, min: 1, max: 255 } as const
export const tagRules = {
  members: { Key: { required: true, min: 1, max: 128 }, Value: { required: true, max: 256 } }
} as const

/** Checks the one metric of an alarm. */
const checkMetric = Effect.fnUntraced(function*(input: sdk.PutMetricAlarmInput) {
  for (const member of ["MetricName", "Namespace", "Period"] as const) {
    if (input[member] === undefined) return yield* missing(member)
  }
  if (input.Statistic === undefined && input.ExtendedStatistic === undefined) return yield* missing("Statistic")
  yield* checkDimensions("", input.Dimensions)
})

/** The members that an alarm with queries can't have. */
const ofOneMetric = [
  "Dimensions",
  "ExtendedStatistic",
  "MetricName",
  "Namespace",
  "Period",
  "Statistic",
  "Unit"
] as const

/** Checks the queries of an alarm, and computes them once: a gap of the emulator has to show in the call. */
const checkMetrics = Effect.fnUntraced(function*(state: State, input: sdk.PutMetricAlarmInput, now: number) {
  const other = ofOneMetric.find((member) => input[member] !== undefined)
  if (other !== undefined) {
    return yield* validation(`${other} must not be set if Metrics list is set.`)
  }
  const metrics = (input.Metrics ?? []).map((query) => ({ ReturnData: true, ...structuredClone(unobserved(query)) }))
  if (metrics.some(({ AccountId }) => AccountId !== undefined)) {
    return yield* unsupported("The in-memory CloudWatch doesn't support the AccountId of a metric in an alarm.")
  }
  for (const [i, query] of metrics.entries()) yield* checkQuery(`Metrics.member.${i + 1}.`, query)
  const watched = metrics.filter(({ ReturnData }) => ReturnData)
  if (watched.length !== 1) {
    return yield* validation("Exactly one element of the metrics list should return data.")
  }
  const results = yield* solver(state, metrics, { start: now - 60_000, end: now }, now)(watched[0]!)
  if (results.length > 1) return yield* validation("An alarm can't watch more than one time series.")
  return metrics
})

/** Checks the settings of an alarm. Returns its queries if it has some, rather than one metric. */
export const checkAlarm = Effect.fnUntraced(function*(state: State, input: sdk.PutMetricAlarmInput, now: number) {
  const { ComparisonOperator, DatapointsToAlarm, EvaluationPeriods, ExtendedStatistic } = input
  yield* check(input, {
    AlarmName: name,
    AlarmDescription: { max: 1_024 },
    OKActions: { max: 5 },
    AlarmActions: { max: 5 },
    InsufficientDataActions: { max: 5 },
    MetricName: { min: 1, max: 255 },
    Namespace: { min: 1, max: 255, pattern: "[^:].*" },
    Statistic: { enum: statistics },
    Period: { min: 1 },
    EvaluationPeriods: { min: 1 },
    DatapointsToAlarm: { min: 1 },
    ComparisonOperator: {
      enum: [
        ...operators,
        "LessThanLowerOrGreaterThanUpperThreshold",
        "LessThanLowerThreshold",
        "GreaterThanUpperThreshold"
      ]
    },
    TreatMissingData: { min: 1, max: 255 },
    Tags: tagRules
  })
  const actions = [...input.AlarmActions ?? [], ...input.OKActions ?? [], ...input.InsufficientDataActions ?? []]
  const noArn = actions.find((action) => parseArn(action) === undefined)
  if (noArn !== undefined) return yield* validation(`Invalid arn syntax: ${noArn}`)
  if (input.EvaluationCriteria !== undefined) {
    return yield* unsupported("The in-memory CloudWatch doesn't evaluate the EvaluationCriteria of an alarm.")
  }
  if (ExtendedStatistic !== undefined && (isStatistic(ExtendedStatistic) || compute(ExtendedStatistic) === undefined)) {
    return yield* invalid(`The value ${ExtendedStatistic} for parameter ExtendedStatistic is not supported.`)
  }
  if (input.Statistic !== undefined && ExtendedStatistic !== undefined) {
    return yield* combination(
      "The parameters Statistic and ExtendedStatistic are mutually exclusive and you have specified both."
    )
  }
  const lowCount = input.EvaluateLowSampleCountPercentile
  if (lowCount !== undefined && lowCount !== "evaluate" && lowCount !== "ignore") {
    return yield* validation(`Option ${lowCount} is not supported for EvaluateLowSampleCountPercentile parameter.`)
  }
  if (lowCount === "ignore") {
    return yield* unsupported(
      "The in-memory CloudWatch doesn't support the value ignore for EvaluateLowSampleCountPercentile: it evaluates percentiles of any number of samples.",
      "Leave the member out, or give it the value \"evaluate\"."
    )
  }
  yield* checkUnit("Unit", input.Unit)
  if (ComparisonOperator !== undefined && !operators.includes(ComparisonOperator)) {
    return yield* unsupported("The in-memory CloudWatch doesn't detect anomalies. Use a fixed threshold.")
  }
  for (const member of ["ComparisonOperator", "EvaluationPeriods", "Threshold"] as const) {
    if (input[member] === undefined) return yield* missing(member)
  }
  yield* checkNumbers("Threshold", [input.Threshold])
  const metrics = input.Metrics === undefined ? undefined : yield* checkMetrics(state, input, now)
  if (metrics === undefined) yield* checkMetric(input)
  const period = periodOf(metrics === undefined ? { Period: input.Period } : { Metrics: metrics })
  if (period !== 10 && period !== 20 && period !== 30 && period % 60 !== 0) {
    return yield* validation("Period must be 10, 20, 30 or a multiple of 60.")
  }
  if (period * EvaluationPeriods! > (period < 3_600 ? day : 7 * day)) {
    return yield* validation(
      period < 3_600
        ? `Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= ${day}).`
        : `Metrics cannot be checked across more than seven days (EvaluationPeriods * Period must be <= ${7 * day}).`
    )
  }
  if ((DatapointsToAlarm ?? 1) > EvaluationPeriods!) {
    return yield* validation("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
  }
  const treatment = input.TreatMissingData ?? "missing"
  if (!["breaching", "notBreaching", "ignore", "missing"].includes(treatment)) {
    return yield* validation(`The value ${treatment} is not supported for TreatMissingData parameter.`)
  }
  return metrics
})
