import { NormalizedSchema } from "@smithy/core/schema"
import type { AnyCommand } from "../../Call.ts"
import { sentCommand } from "./command.ts"

/** The names of the members of a command's input and output. */
export interface Members {
  readonly input: ReadonlyArray<string>
  /** Each member of the output, with its own members if it's a structure. */
  readonly output: ReadonlyMap<string, ReadonlyArray<string>>
}

const membersOf = (schema: NormalizedSchema): ReadonlyArray<readonly [string, NormalizedSchema]> =>
  schema.isStructSchema() ? [...schema.structIterator()] : []

/**
 * The members of a command, from its schema; `undefined` if the command has no schema of the known form, as in clients of
 * 2025 and earlier.
 */
export const commandMembers = (command: AnyCommand): Members | undefined => {
  const { schema } = sentCommand(command)
  if (schema?.[0] !== 9) return undefined
  try {
    return {
      input: membersOf(NormalizedSchema.of(schema[4])).map(([name]) => name),
      output: new Map(
        membersOf(NormalizedSchema.of(schema[5])).map((
          [name, member]
        ) => [name, membersOf(member).map(([name]) => name)])
      )
    }
  } catch {
    return undefined
  }
}
