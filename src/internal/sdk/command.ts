import type { AnyCommand } from "../../Call.ts"

/** A copy of the command with its own input and its own middleware stack, which keeps the middleware of the original. */
export const copyCommand = (command: AnyCommand, input: object = { ...command.input }): AnyCommand =>
  Object.assign(Object.create(Object.getPrototypeOf(command)), command, {
    input,
    middlewareStack: command.middlewareStack.clone()
  })

const isOperation = (name: unknown): name is string => typeof name === "string" && /^\w+$/.test(name)

/**
 * The operation of a command, as AWS names it. The schema has it at a fixed position; without a schema of that form the
 * name of the class tells, unless a minifier has changed it.
 */
export const operationOf = ({ constructor, schema }: AnyCommand): string =>
  schema?.[0] === 9 && isOperation(schema[2]) ? schema[2] : constructor.name.replace(/Command$/, "") || "Unknown"
