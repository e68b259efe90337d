import type { AnyCommand } from "../Aspect.ts"

/** The same command with an input of its own; what its owner has put on its middleware stack stays on it. */
export const copyOf = (command: AnyCommand, input: object = { ...command.input }): AnyCommand =>
  Object.assign(Object.create(Object.getPrototypeOf(command)), command, {
    input,
    middlewareStack: command.middlewareStack.clone()
  })

/**
 * The part of the path that the command leaves empty where it must not be: with an empty `Key`, DeleteObject becomes
 * DeleteBucket. The SDK refuses other empty labels, but not one that may hold slashes (`/{Key+}`).
 */
export const emptyLabel = ({ input, schema }: AnyCommand): string | undefined => {
  const path: unknown = schema?.[3]?.http?.[1]
  const label = typeof path === "string" && path.includes("+}") ? /\{(\w+)\+\}/.exec(path)?.[1] : undefined
  return label !== undefined && (input as Readonly<Record<string, unknown>>)[label] === "" ? label : undefined
}
