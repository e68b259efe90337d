import type { AnyCommand } from "../Aspect.ts"

/** The same command with an input of its own; what its owner has put on its middleware stack stays on it. */
export const copyOf = (command: AnyCommand, input: object = { ...command.input }): AnyCommand =>
  Object.assign(Object.create(Object.getPrototypeOf(command)), command, {
    input,
    middlewareStack: command.middlewareStack.clone()
  })
