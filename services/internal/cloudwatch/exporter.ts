// The exporter of Effect's metrics that calls CloudWatch.
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Result from "effect/Result"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { isContentRefused, type Piece } from "../batches.ts"
import type { Delta } from "./metricDeltas.ts"
import type { Sent, Sink } from "./metricRounds.ts"
import { putGroups } from "./put.ts"

/** After this time, a call that hasn't ended is given up, so that it doesn't hold up the ones after it. */
const callTimeout = "1 minute"

const sentOf = ({ elements, result }: Piece<Delta, unknown, AwsError>, isAnyPut: boolean): ReadonlyArray<Sent> => {
  if (Result.isSuccess(result)) return elements.map((delta) => ({ delta, outcome: "Put", why: "" }))
  const { message: why, mayHaveSucceeded } = result.failure
  // If CloudWatch refuses everything, the cause is hardly the one metric.
  const isRefused = isAnyPut && elements.length === 1 && isContentRefused(result.failure)
  return elements.map((delta) => ({
    delta,
    outcome: mayHaveSucceeded ? "Unknown" : isRefused ? "Refused" : "NotPut",
    why
  }))
}

/** Puts metrics with PutMetricData. */
export const exporterSink: Sink<AwsClients> = {
  valuesPerDatum: 150,
  send: (deltas) =>
    putGroups(deltas, 1, callTimeout).pipe(
      Effect.map((pieces) => {
        const isAnyPut = pieces.some(({ result }) => Result.isSuccess(result))
        return pieces.flatMap((piece) => sentOf(piece, isAnyPut))
      }),
      // Its calls aren't the program's: they would be news to put in every interval.
      Effect.provideService(Metric.MetricRegistry, new Map()),
      Effect.withTracerEnabled(false)
    )
}
