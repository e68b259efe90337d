import * as Data from "effect/Data"

/**
 * An error answer of AWS, before a protocol has written it.
 *
 * `code` is the name of the error's shape (`NoSuchEntityException`) or the code that is on the wire (`NoSuchEntity`): the
 * service's schemas tell one from the other. `members` are the members of the error's shape and, for Amazon S3, further
 * elements such as `BucketName`. Without a `status`, the schema of the error tells it, or else 400.
 */
export class Fault extends Data.TaggedError("Fault")<{
  readonly code: string
  readonly message: string
  readonly status?: number | undefined
  readonly members?: Readonly<Record<string, unknown>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}> {}

export const isFault = (error: unknown): error is Fault => error instanceof Fault
