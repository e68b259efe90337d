// When the in-memory CloudWatch evaluates alarms: only when their state could change, with the same outcome as if it did so each time.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { evaluate, evaluationAfter, nextEvaluation } from "../../emulator/cloudwatch/evaluation.ts"
import { addSample, empty, keyOf, type MetricAlarm, type State } from "../../emulator/cloudwatch/state.ts"

const metric = { Namespace: "shop", MetricName: "errors", Dimensions: [] }

const alarmWith = (settings: MetricAlarm["settings"]): MetricAlarm => ({
  kind: "MetricAlarm",
  name: "alarm",
  tags: [],
  configured: new Date(0),
  state: "INSUFFICIENT_DATA",
  reason: "",
  reasonData: undefined,
  updated: new Date(0),
  transitioned: new Date(0),
  settings: { Threshold: 2, ComparisonOperator: "GreaterThanThreshold", ...settings }
})

/** Numbers that look random, and are the same in each run. */
const numbers = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
  return seed / 2 ** 31
}

const stateWith = (seed: number, grain: number): State => {
  const state = empty()
  const next = numbers(seed)
  const samples = new Map()
  for (let i = 0; i < 12; i++) {
    const value = Math.floor(next() * 5)
    const time = Math.floor(next() * 1_800_000 / grain) * grain
    addSample(samples, { time, unit: "None", count: 1, sum: value, min: value, max: value, values: [[value, 1]] })
  }
  const { Dimensions, MetricName, Namespace } = metric
  const one = { namespace: Namespace, name: MetricName, dimensions: Dimensions, samples }
  state.metrics.set(keyOf(Namespace, MetricName, Dimensions), one)
  return state
}

/** The changes of state of an alarm that is evaluated at the times that `after` gives. */
const changes = Effect.fnUntraced(function*(
  state: State,
  first: MetricAlarm,
  after: (alarm: MetricAlarm, at: number) => number | undefined
) {
  const found: Array<readonly [at: number, state: string]> = []
  let alarm = first
  let evaluations = 0
  for (let at = after(alarm, 0); at !== undefined && at <= 8_000_000; at = after(alarm, at)) {
    evaluations++
    const outcome = yield* evaluate(state, alarm, at)
    if (outcome !== undefined) {
      alarm = { ...alarm, ...outcome }
      found.push([at, alarm.state])
    }
  }
  return { evaluations, found }
})

const settings: Readonly<Record<string, MetricAlarm["settings"]>> = {
  "one minute": { ...metric, Statistic: "Sum", Period: 60, EvaluationPeriods: 1 },
  "two of three periods of five minutes": {
    ...metric,
    Statistic: "Maximum",
    Period: 300,
    EvaluationPeriods: 3,
    DatapointsToAlarm: 2
  },
  "four minutes, with missing data as breaching": {
    ...metric,
    Statistic: "Average",
    Period: 240,
    EvaluationPeriods: 2,
    TreatMissingData: "breaching"
  },
  "ten seconds": { ...metric, Statistic: "Sum", Period: 10, EvaluationPeriods: 2 },
  "thirty seconds, with missing data as not breaching": {
    ...metric,
    Statistic: "Sum",
    Period: 30,
    EvaluationPeriods: 2,
    DatapointsToAlarm: 1,
    TreatMissingData: "notBreaching"
  },
  "an expression": {
    EvaluationPeriods: 2,
    Metrics: [
      { Id: "e1", Expression: "m1 * 2" },
      { Id: "m1", MetricStat: { Metric: metric, Period: 120, Stat: "Sum" }, ReturnData: false }
    ]
  }
}

describe("the evaluation of an alarm", () => {
  for (const [title, members] of Object.entries(settings)) {
    it.effect(`of ${title} comes to the same states when it is left out where nothing can change`, () =>
      Effect.gen(function*() {
        const alarm = alarmWith(members)
        for (let seed = 1; seed <= 3; seed++) {
          const state = stateWith(seed, (members.Period ?? 60) < 60 ? 1_000 : 60_000)
          const all = yield* changes(state, alarm, evaluationAfter)
          // The first evaluation takes place in any case, because the alarm is new.
          const some = yield* changes(
            state,
            alarm,
            (alarm, at) => at === 0 ? evaluationAfter(alarm, at) : nextEvaluation(state, alarm, at)
          )
          assert.deepEqual(some.found, all.found)
          assert.isAtLeast(all.found.length, 2)
          assert.isBelow(some.evaluations, all.evaluations / 2)
        }
      }))
  }

  it("is over for an alarm whose data are all too old, and for one without data", () => {
    const alarm = alarmWith(settings["one minute"]!)
    assert.isUndefined(nextEvaluation(stateWith(1, 60_000), alarm, 86_400_000))
    assert.isUndefined(nextEvaluation(empty(), alarm, 0))
  })
})
