import { shorten } from "./shorten.ts"
import { TaggedError } from "./tagged.ts"
import { counted, numeral, sentence } from "./words.ts"

const seconds = (millis: number): string => `${numeral(millis / 1000)} s`

export class DeadlineExceeded extends TaggedError("DeadlineExceeded")<{
  /** The name of the function. */
  readonly functionName: string
  /** What the handler was doing: running the effect, or building the Layer. */
  readonly during: "Invocation" | "LayerBuild"
  /** How long the effect, or the build, had in this invocation. */
  readonly availableMillis: number
  /** How long before Lambda's deadline the handler interrupted it. */
  readonly marginMillis: number
}> {
  override get message(): string {
    const { availableMillis, during, functionName, marginMillis } = this
    const what = during === "Invocation" ? "The invocation" : "The build of the handler's Layer"
    return `${what} of ${functionName} was interrupted after ${seconds(availableMillis)}, ${seconds(marginMillis)} ` +
      "before Lambda would have ended it. Give the function a longer timeout or more memory, or an invocation less to do."
  }
}

export class InvocationInterrupted extends TaggedError("InvocationInterrupted")<{
  /** The name of the function. */
  readonly functionName: string
  /** Who interrupted it: the end of the environment, or the effect itself. */
  readonly by: "Shutdown" | "Effect"
}> {
  override get message(): string {
    const { by, functionName } = this
    return by === "Shutdown"
      ? `The invocation of ${functionName} was interrupted because its execution environment is shutting down. Invoke it again.`
      : `The effect of the handler of ${functionName}, or the build of its Layer, interrupted itself. Let it fail with an ` +
        "error instead, or handle the interruption."
  }
}

export class AnswerNotSerializable extends TaggedError("AnswerNotSerializable")<{
  /** Where in the answer the value is: `answer.items[3].id`. */
  readonly path: string
  /** Why JSON can't have it: `is a BigInt`. */
  readonly why: string
}> {
  override get message(): string {
    return `Lambda sends a function's answer as JSON, and \`${this.path}\` ${this.why}. Return a value that JSON can have: ` +
      "encode the answer, for example with a Schema."
  }
}

export class AnswerTooLarge extends TaggedError("AnswerTooLarge")<{
  /** The size of the answer as JSON. */
  readonly bytes: number
  /** What Lambda accepts. */
  readonly limitBytes: number
}> {
  override get message(): string {
    const { bytes, limitBytes } = this
    return `The answer has ${numeral(bytes)} bytes as JSON, and Lambda accepts ${numeral(limitBytes)}. ` +
      "Return less, put the data into S3 and return where it is, or stream the response."
  }
}

export class LambdaEventNotDecodable extends TaggedError("LambdaEventNotDecodable")<{
  /** What the handler takes: `an SQS event`. */
  readonly expected: string
  /** Where the mismatch is. */
  readonly issue: string
  /**
   * What doesn't match, if the handler takes an event of AWS's: AWS's part of the event, or what it carries. Absent if the whole
   * event is by the handler's own schema.
   */
  readonly mismatch?: "Event" | "Content" | undefined
}> {
  /** The same event will not match the next time either. */
  get isRetryable(): false {
    return false
  }

  override get message(): string {
    const { expected, issue, mismatch } = this
    if (mismatch === "Content") {
      return `The function was invoked with ${expected}, and what it carries doesn't match the handler's schema. ` +
        `Correct what sends it, or the schema: ${issue}`
    }
    if (mismatch === "Event") {
      return `The function was invoked with something other than ${expected}. Check what invokes it: a part of AWS's own is ` +
        `missing or different: ${issue}`
    }
    return `The function was invoked with something other than ${expected}. ` +
      `Check what invokes it, or correct the handler's schema: ${issue}`
  }
}

/**
 * A record of a batch that did not succeed, and why.
 *
 * @category models
 * @since 0.1.0
 */
export interface FailedRecord {
  /** The message id of SQS, or the sequence number of a stream. */
  readonly id: string
  /** Why it failed, or wasn't begun. It never shows the content of the record. */
  readonly reason: string
}

export class BatchFailed extends TaggedError("BatchFailed")<{
  /** What the batch consists of: `SQS messages`. */
  readonly records: string
  /** How many of them the batch has. */
  readonly count: number
  /** Those that failed and why, in the order of the batch. */
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
