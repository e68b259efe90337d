// What the batches of queues and streams have in common.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { BatchFailed, type FailedRecord, type LambdaEventNotDecodable } from "../../../errors/internal/lambdaErrors.ts"
import { decoder } from "../events/decode.ts"
import { returned } from "../returned.ts"
import { Undecodable } from "./reasons.ts"

/**
 * The answer to a batch, of which AWS delivers again what `batchItemFailures` says.
 *
 * @category models
 * @since 0.1.0
 */
export interface BatchResponse {
  /** The messages to deliver again, by their ids; of a stream, the lowest sequence number. */
  readonly batchItemFailures: ReadonlyArray<{ readonly itemIdentifier: string }>
}

/**
 * How a batch is processed.
 *
 * @category models
 * @since 0.1.0
 */
export interface BatchOptions {
  /** How many records are processed at the same time. By default 10 messages of a queue, and 1 record of a stream. */
  readonly concurrency?: number | "unbounded" | undefined
  /**
   * What to do if AWS has to deliver the whole batch again. By default `"Fail"`: the invocation fails with `BatchFailed`. AWS repeats
   * the batch just as it does after a list of all records, but the function's `Errors` metric counts it and alarms see it. Then
   * nothing is lost if the event source mapping lacks `ReportBatchItemFailures`, and `BisectBatchOnFunctionError` splits the batch of
   * a stream. `"Report"` answers with the list.
   */
  readonly whenNothingIsDone?: "Fail" | "Report" | undefined
}

/** The records of a batch as they were delivered, if each has what an answer needs. */
export const recordsOf = <A>(
  schema: Schema.ConstraintDecoder<A>,
  expected: string
): (event: unknown) => Effect.Effect<ReadonlyArray<readonly [A, unknown]>, LambdaEventNotDecodable> => {
  const Batch = Schema.Struct({ Records: Schema.Array(schema), window: Schema.optionalKey(Schema.Unknown) }).check(
    Schema.makeFilter(({ window }) =>
      // Its answer needs a `state`. Without one, AWS would forget what was aggregated.
      window === undefined || "Expected no tumbling window, because a partial batch can't answer with its state"
    )
  )
  const decode = decoder(Batch, expected)
  return (event) =>
    Effect.map(decode(event), ({ Records }) => {
      const delivered = (event as { readonly Records: ReadonlyArray<unknown> }).Records
      return Records.map((record, i) => [record, delivered[i]] as const)
    })
}

/**
 * Decodes a record and processes it. A record that can't be decoded fails alone. `envelope` is the schema of AWS's part of the record:
 * it tells a record that isn't AWS's from one with other content.
 */
export const processing = <Record, RD, E, R>(
  schema: Schema.ConstraintDecoder<Record, RD>,
  envelope: Schema.ConstraintDecoder<unknown>,
  f: (record: Record) => Effect.Effect<unknown, E, R>
): (delivered: unknown) => Effect.Effect<unknown, E | Undecodable, R | RD> => {
  const decode = Schema.decodeUnknownEffect(schema)
  const decodeEnvelope = Schema.decodeUnknownEffect(envelope)
  return (delivered) =>
    decode(delivered).pipe(
      Effect.catch(({ message }) =>
        Effect.matchEffect(decodeEnvelope(delivered), {
          onSuccess: () => Effect.fail(new Undecodable(`it does not match its schema: ${message}`)),
          onFailure: ({ message }) =>
            Effect.fail(new Undecodable(`a part of AWS's own is missing or different, whatever its schema: ${message}`))
        })
      ),
      Effect.flatMap((record) => returned("The function of the batch", f(record)))
    )
}

/** Answers with the failures; fails if nothing is done. */
export const answer = (
  failures: ReadonlyArray<FailedRecord>,
  reported: ReadonlyArray<string>,
  batch: { readonly records: string; readonly count: number; readonly isNothingDone: boolean },
  { whenNothingIsDone = "Fail" }: BatchOptions
): Effect.Effect<BatchResponse, BatchFailed> => {
  const { count, isNothingDone, records } = batch
  if (isNothingDone && whenNothingIsDone === "Fail") {
    return Effect.fail(new BatchFailed({ records, count, failures }))
  }
  return Effect.succeed({ batchItemFailures: reported.map((itemIdentifier) => ({ itemIdentifier })) })
}
