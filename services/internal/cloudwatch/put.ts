// Data of metrics in as many calls as they need.
import { type MetricDatum, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Concurrency } from "effect/Types"
import { AwsError } from "../../../errors/internal/awsError.ts"
import * as Reason from "../../../errors/internal/reasons.ts"
import { counted } from "../../../errors/internal/words.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import { batches, isContentRefused, type Limit, type Piece, sendInPieces } from "../batches.ts"
import * as cloudWatch from "./service.ts"

/** The maximum number of data in one call. */
export const maxData = 1_000

/** The maximum size of the data in one call, in bytes before compression. */
export const maxSize = 1_000_000

/** What is put together: its data are always in the same call. */
export interface Group {
  readonly namespace: string
  readonly data: ReadonlyArray<MetricDatum>
}

/** The limits of a call. */
export const limits: ReadonlyArray<Limit<Group>> = [
  { of: ({ data }) => data.length, atMost: maxData },
  { of: ({ data }) => Buffer.byteLength(JSON.stringify(data)), atMost: maxSize }
]

/** Gives up a call that doesn't end in time. Nobody knows then what became of it. */
const within = <A>(
  call: Effect.Effect<A, AwsError, AwsClients>,
  duration: Duration.Input | undefined
): Effect.Effect<A, AwsError, AwsClients> =>
  duration === undefined ? call : Effect.timeoutOrElse(call, {
    duration,
    orElse: () =>
      AwsClients.use(({ config: { region } }) => {
        const description = `the call did not end within ${duration}`
        const reason = new Reason.TimedOut({ code: "TimeoutError", description, isRetryable: true })
        return Effect.fail(
          new AwsError({ service: "CloudWatch", operation: "PutMetricData", region, reason, mayHaveSucceeded: true })
        )
      })
  })

/**
 * Puts groups of data, each call for one namespace and within CloudWatch's limits. A call that CloudWatch refuses for its
 * content is repeated in halves. A group that is too large even for a call of its own is sent anyway, so that AWS rejects it.
 *
 * - `timeout`: how long a call may take; by default, as long as it takes.
 */
export const putGroups = Effect.fnUntraced(function*<G extends Group>(
  groups: ReadonlyArray<G>,
  concurrency: Concurrency,
  timeout?: Duration.Input
): Effect.fn.Return<ReadonlyArray<Piece<G, unknown, AwsError>>, never, AwsClients> {
  const calls = [...Map.groupBy(groups, ({ namespace }) => namespace)].flatMap(([namespace, groups]) => {
    const split = batches(groups, limits)
    return [...split.batches, ...split.tooLarge.map((group) => [group])].map((batch) => ({ namespace, batch }))
  })
  yield* Effect.logDebug(`Putting metrics in ${counted(calls.length, "calls")}`)
  const pieces = yield* Effect.forEach(calls, ({ batch, namespace }) =>
    sendInPieces(
      batch,
      (batch) =>
        within(
          cloudWatch.send(
            new PutMetricDataCommand({ Namespace: namespace, MetricData: batch.flatMap(({ data }) => data) })
          ),
          timeout
        ),
      isContentRefused
    ), { concurrency })
  return pieces.flat()
})
