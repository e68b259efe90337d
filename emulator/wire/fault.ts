import * as Data from "effect/Data"

/**
 * An error answer of AWS, before a protocol has written it.
 *
 * `code` is the name of the error's shape (`NoSuchEntityException`) or the code on the wire (`NoSuchEntity`): the
 * service's schemas tell them apart. `members` are the members of the error's shape and, for Amazon S3, further
 * elements such as `BucketName`. The `statusCode` defaults to that of the error's schema, or else to 400.
 */
export class Fault extends Data.TaggedError("Fault")<{
  readonly code: string
  readonly message: string
  readonly statusCode?: number | undefined
  readonly members?: Readonly<Record<string, unknown>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}> {}

export const isFault = (error: unknown): error is Fault => error instanceof Fault
