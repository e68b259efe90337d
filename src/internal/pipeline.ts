import { Command, constructStack } from "@smithy/core/client"
import type { HandlerExecutionContext, MiddlewareStack } from "@smithy/types"
import type { AnyCommand } from "../Aspect.ts"
import { copyOf } from "./command.ts"

type Stack = MiddlewareStack<any, any>
type Handler = (args: any) => Promise<any>
type Middleware = (next: Handler, context: HandlerExecutionContext) => Handler

/** The innermost first. */
const inOrder = (...stacks: ReadonlyArray<Stack>): ReadonlyArray<Middleware> => {
  const all: Stack = constructStack()
  const found: Array<Middleware> = []
  // The options of an entry hold its middleware too.
  const noted = (middleware: any, options: any): [any, any] => {
    const note = (next: Handler) => {
      found.push(middleware)
      return next
    }
    return [note, { ...options, middleware: note }]
  }
  const noting: Stack = {
    ...all,
    add: (middleware: any, options: any) => all.add(...noted(middleware, options)),
    addRelativeTo: (middleware: any, options: any) => all.addRelativeTo(...noted(middleware, options))
  }
  for (const stack of stacks) stack.applyToStack(noting)
  all.resolve(async () => ({ response: undefined, output: {} as any }), {})
  return found
}

/** The middleware of each class of commands, by the stack of the client that it was put in order for. */
const orders = new WeakMap<Stack, Map<unknown, ReadonlyArray<Middleware>>>()

const ordersOf = (stack: Stack): Map<unknown, ReadonlyArray<Middleware>> => {
  const known = orders.get(stack)
  if (known !== undefined) return known
  const fresh = new Map<unknown, ReadonlyArray<Middleware>>()
  orders.set(stack, fresh)
  // What is put on a client later holds for its later calls.
  for (const change of ["add", "addRelativeTo", "remove", "removeByTag"] as const) {
    const original: (...args: ReadonlyArray<any>) => any = stack[change]
    stack[change] = (...args: ReadonlyArray<any>): any => {
      fresh.clear()
      return original(...args)
    }
  }
  return fresh
}

// Takes the plugins of a command's class, which are in the order already.
const filled: Stack = { ...constructStack(), use: () => {} }

function resolveMiddleware(this: AnyCommand, clientStack: Stack, config: unknown, options: unknown): Handler {
  const known = ordersOf(clientStack)
  let order = known.get(this.constructor)
  if (order === undefined) Object.assign(this, { middlewareStack: constructStack() })
  const concat = (own: Stack) => ({
    resolve: (handler: Handler, context: HandlerExecutionContext): Handler => {
      if (order === undefined) known.set(this.constructor, order = inOrder(clientStack, own))
      return order.reduce((next, middleware) => middleware(next, context), handler)
    }
  })
  return Object.getPrototypeOf(this).resolveMiddleware.call(this, { concat }, config, options)
}

/** Whether the SDK puts the command's middleware in order as it does for all of its own commands. */
const isPlain = (command: AnyCommand): boolean => {
  let owner = Object.getPrototypeOf(command)
  while (owner !== null && !Object.hasOwn(owner, "resolveMiddleware")) owner = Object.getPrototypeOf(owner)
  return owner !== null && Object.getPrototypeOf(owner) === Command.prototype &&
    command.middlewareStack.identify().length === 0
}

/**
 * A copy of the command, for one call. The SDK puts the middleware in order anew for each call; for this copy it is done
 * once a class and client. The context that the middleware writes to is each call's own, which is what the SDK's
 * `cacheMiddleware` lacks: there, concurrent calls sign for each other's region.
 */
export const ownCopy = (command: AnyCommand): AnyCommand =>
  isPlain(command)
    ? Object.assign(Object.create(Object.getPrototypeOf(command)), command, {
      input: { ...command.input },
      middlewareStack: filled,
      resolveMiddleware
    })
    : copyOf(command)
