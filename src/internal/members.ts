import type { MetadataBearer } from "@smithy/types"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as SchemaIssue from "effect/SchemaIssue"
import * as Stream from "effect/Stream"
import { AwsError } from "../../errors/internal/awsError.ts"
import * as Reason from "../../errors/internal/reasons.ts"
import { AwsClients } from "../AwsClients.ts"

/** Returns a value that AWS always sends. `member` names it in the error if it's missing or empty. */
export type Need = <A>(value: A | null | undefined, member: string) => A

interface Operation {
  readonly service: string
  readonly operation: string
}

class MemberMissing extends Error {}

/** A member has a value that the result can't have. */
export class MemberInvalid extends Error {}

const need: Need = (value, member) => {
  if (value === undefined || value === null || value === "") throw new MemberMissing(member)
  return value
}

const unreadable = (member: string | undefined, { $metadata }: Partial<MetadataBearer>) =>
  new Reason.Unreadable({
    code: member === undefined ? "MemberInvalid" : "MemberMissing",
    description: member === undefined
      ? "a member of the response has a value that AWS doesn't send"
      : `the response has no \`${member}\`, which AWS always sends`,
    statusCode: $metadata?.httpStatusCode,
    requestId: $metadata?.requestId,
    isRetryable: false,
    advice: "Check that the endpoint is AWS's."
  })

const isRefusedByModel = (error: unknown): boolean =>
  error instanceof MemberInvalid || (error instanceof Error && SchemaIssue.isIssue(error.cause))

/**
 * Reads the output of a call. It fails with the reason `Unreadable` if a member that `read` needs is missing, or if a model
 * that it makes refuses a value: a result never holds invented data.
 */
export const readMembers = <Output extends object, A>(
  { operation, service }: Operation,
  output: Output,
  read: (output: Output, need: Need) => A
): Effect.Effect<A, AwsError, AwsClients> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(read(output, need))
    } catch (error) {
      // The error of a schema quotes the value, which may be secret, so it isn't the cause.
      if (!(error instanceof MemberMissing) && !isRefusedByModel(error)) throw error
      const reason = unreadable(error instanceof MemberMissing ? error.message : undefined, output)
      return AwsClients.use(({ config: { region } }) =>
        Effect.fail(new AwsError({ service, operation, region, reason, cause: undefined }))
      )
    }
  })

/** Reads the elements of all pages, as {@link readMembers} reads an output. */
export const readPages = <Page extends object, E, R, A>(
  operation: Operation,
  pages: Stream.Stream<Page, E, R>,
  read: (page: Page, need: Need) => ReadonlyArray<A>
): Stream.Stream<A, E | AwsError, R | AwsClients> =>
  pages.pipe(
    Stream.mapEffect((page) => readMembers(operation, page, read)),
    Stream.filter(Arr.isReadonlyArrayNonEmpty),
    Stream.flattenArray
  )
