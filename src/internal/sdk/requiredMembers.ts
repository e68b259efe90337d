/**
 * A guard against requests for another operation than the command's. Without its `UploadId`, S3's AbortMultipartUpload
 * deletes the object, and UploadPart replaces it: the SDK leaves a missing member out of the query or the headers.
 */
import { NormalizedSchema } from "@smithy/core/schema"
import { Misconfigured } from "../../../errors/internal/reasons.ts"
import { Refused } from "../../../errors/internal/refused.ts"
import type { AnyCommand } from "../../Call.ts"
import { sentCommand } from "./command.ts"

/** By the schema of an operation: its required members in the query or the headers. */
const requiredByOperation = new WeakMap<object, ReadonlyArray<string>>()

const readRequired = (operation: any): ReadonlyArray<string> => {
  try {
    const input = NormalizedSchema.of(operation[4])
    // A structure lists its members with the required ones first, and says at the end how many these are.
    const [, , , , names, , count] = input.getSchema() as ReadonlyArray<any>
    if (!Array.isArray(names) || typeof count !== "number") return []
    return names.slice(0, count).filter((name) => {
      const { httpHeader, httpQuery, idempotencyToken } = input.getMemberSchema(name).getMergedTraits()
      return (httpHeader !== undefined || httpQuery !== undefined) && idempotencyToken === undefined
    })
  } catch {
    // A schema of another form: nothing is known to be missing.
    return []
  }
}

/** Throws if the input lacks a required member that the request carries in its query or its headers. */
export const checkRequiredMembers = (command: AnyCommand): void => {
  const { input } = command
  const { schema } = sentCommand(command)
  if (typeof schema !== "object" || schema === null) return
  let required = requiredByOperation.get(schema)
  if (required === undefined) requiredByOperation.set(schema, required = readRequired(schema))
  for (const member of required) {
    const value: unknown = input[member]
    if (value !== undefined && value !== null && value !== "") continue
    throw new Refused(
      new Misconfigured({
        code: `Missing${member}`,
        description: `the ${member} is missing, so the request would be one for another operation`,
        isRetryable: false,
        advice: `Pass a ${member}.`
      })
    )
  }
}
