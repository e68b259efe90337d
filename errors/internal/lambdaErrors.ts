import { shorten } from "./shorten.ts"
import { TaggedError } from "./tagged.ts"
import { counted, sentence } from "./words.ts"

export class LambdaEventNotDecodable extends TaggedError("LambdaEventNotDecodable")<{
  /** What the handler takes: `an SQS event`. */
  readonly expected: string
  readonly issue: string
}> {
  /** The same event will not match the next time either. */
  get isRetryable(): false {
    return false
  }

  override get message(): string {
    const { expected, issue } = this
    return `The function was invoked with something other than ${expected}. ` +
      `Check what invokes it, or correct the handler's schema: ${issue}`
  }
}

/**
 * What became of a record that did not succeed.
 *
 * @category models
 * @since 0.1.0
 */
export interface FailedRecord {
  /** The message id of SQS, or the sequence number of a stream. */
  readonly id: string
  readonly reason: string
}

export class BatchFailed extends TaggedError("BatchFailed")<{
  /** What the batch consists of: `SQS messages`. */
  readonly records: string
  /** How many of them the batch has. */
  readonly count: number
  readonly failures: ReadonlyArray<FailedRecord>
}> {
  override get message(): string {
    const { count, failures, records } = this
    const [first] = failures
    const why = first === undefined ? "" : ` ${shorten(sentence(`The first, ${first.id}: ${first.reason}`))}`
    return `Nothing of a batch of ${counted(count, records)} can be taken as done.${why} ` +
      "AWS delivers the whole batch again. Correct the causes, which the log has."
  }
}
