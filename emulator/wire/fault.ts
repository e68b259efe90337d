import * as Data from "effect/Data"

/**
 * An error answer of AWS, before a protocol has written it.
 *
 * `code` is the name of the error's shape (`NoSuchEntityException`) or the code on the wire (`NoSuchEntity`): the
 * service's schemas tell them apart. `members` are the members of the error's shape and, for Amazon S3, further
 * elements such as `BucketName`. The `statusCode` defaults to that of the error's schema, or else to 400.
 */
export class Fault extends Data.TaggedError("Fault")<{
  /** AWS's code of the error: `NoSuchBucket`. */
  readonly code: string
  /** AWS's message. */
  readonly message: string
  /** The HTTP status. By default that of the error in the SDK's model, or else 400. */
  readonly statusCode?: number | undefined
  /** Further members of the error, as the SDK's model names them. */
  readonly members?: Readonly<Record<string, unknown>> | undefined
  /** Further headers of the response. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}> {}

export const isFault = (error: unknown): error is Fault => error instanceof Fault
