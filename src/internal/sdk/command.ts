import type { MiddlewareStack } from "@smithy/types"
import type { AnyCommand } from "../../Call.ts"

/** How many entries of middleware a stack has. `identify` leaves out those that are relative to another stack's. */
const countMiddleware = (stack: MiddlewareStack<any, any>): number => {
  let count = 0
  const increment = () => {
    count++
  }
  stack.applyToStack({ ...stack, add: increment, addRelativeTo: increment })
  return count
}

export const hasMiddleware = ({ middlewareStack }: AnyCommand): boolean => countMiddleware(middlewareStack) > 0

const isPlain = (value: unknown): value is object =>
  typeof value === "object" && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))

/**
 * A copy of an input that the SDK's middleware may write to. It writes to members and to their members: `createBucket` gets
 * the region as its location.
 */
export const copyInput = (input: object): object => {
  const copy: Record<string, unknown> = { ...input }
  for (const member in copy) if (isPlain(copy[member])) copy[member] = { ...copy[member] }
  return copy
}

/** The command of which this one is made, as those of DynamoDB's document client are; `undefined` for any other command. */
const wrappedCommand = (command: AnyCommand): AnyCommand | undefined =>
  Object.values(command).find((value) => typeof value?.resolveMiddleware === "function")

/** The command that is sent, which has the schema: `GetItemCommand` for the document client's `GetCommand`. */
export const sentCommand = (command: AnyCommand): AnyCommand =>
  command.schema === undefined ? wrappedCommand(command) ?? command : command

/** A copy of the command with its own input and its own middleware stack, which keeps the middleware of the original. */
export const copyCommand = (command: AnyCommand, input: object = copyInput(command.input)): AnyCommand => {
  if (wrappedCommand(command) !== undefined) {
    const copy: AnyCommand = new (command.constructor as any)(input)
    command.middlewareStack.applyToStack(copy.middlewareStack)
    return copy
  }
  return Object.assign(Object.create(Object.getPrototypeOf(command)), command, {
    input,
    middlewareStack: command.middlewareStack.clone()
  })
}

const isOperation = (name: unknown): name is string => typeof name === "string" && /^\w+$/.test(name)

/**
 * The operation of a command, as AWS names it. A command's schema has it at a fixed position. Without such a schema, it
 * comes from the name of the class, which a minifier may have changed.
 */
export const operationOf = (command: AnyCommand): string => {
  const { constructor, schema } = sentCommand(command)
  return schema?.[0] === 9 && isOperation(schema[2]) ? schema[2] : constructor.name.replace(/Command$/, "") || "Unknown"
}
