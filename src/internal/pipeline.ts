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

const noPlugins = () => []

/** What the SDK tells a command of its class. */
interface ClassOf {
  readonly CommandCtor: unknown
  readonly middlewareFn: (...args: ReadonlyArray<any>) => ReadonlyArray<unknown>
}

/** As the SDK's commands do it, but that the middleware of their class is put in order the first time only. */
function resolveMiddlewareWithContext(this: any, clientStack: Stack, config: unknown, options: unknown, of: ClassOf) {
  const known = ordersOf(clientStack)
  let order = known.get(of.CommandCtor)
  if (order === undefined) this.middlewareStack = constructStack()
  const concat = (own: Stack) => ({
    resolve: (handler: Handler, context: HandlerExecutionContext): Handler => {
      if (order === undefined) known.set(of.CommandCtor, order = inOrder(clientStack, own))
      for (const middleware of order) handler = middleware(handler, context)
      return handler
    }
  })
  return theirs.call(this, { concat }, config, options, order === undefined ? of : { ...of, middlewareFn: noPlugins })
}

const theirs = (Command.prototype as any).resolveMiddlewareWithContext

type Copy = new(command: AnyCommand) => AnyCommand

/** By the prototype of the commands; `null` for those that the SDK does not resolve as it does its own. */
const copies = new WeakMap<object, Copy | null>()

const makeCopy = (prototype: object): Copy | null => {
  let owner = prototype
  while (owner !== null && !Object.hasOwn(owner, "resolveMiddleware")) owner = Object.getPrototypeOf(owner)
  if (owner === null || Object.getPrototypeOf(owner) !== Command.prototype) return null
  const copy = function(this: any, command: AnyCommand) {
    Object.assign(this, command)
    this.input = { ...command.input }
  }
  copy.prototype = Object.create(prototype, { resolveMiddlewareWithContext: { value: resolveMiddlewareWithContext } })
  return copy as unknown as Copy
}

const copyOfClass = (command: AnyCommand): Copy | null => {
  const prototype = Object.getPrototypeOf(command)
  let copy = copies.get(prototype)
  if (copy === undefined) copies.set(prototype, copy = makeCopy(prototype))
  return copy
}

/**
 * A copy of the command, for one call. The SDK puts the middleware in order anew for each call; for this copy it is done
 * once a class and client. The context that the middleware writes to is each call's own, which is what the SDK's
 * `cacheMiddleware` lacks: there, concurrent calls sign for each other's region.
 */
export const ownCopy = (command: AnyCommand): AnyCommand => {
  const Copy = copyOfClass(command)
  return Copy === null || command.middlewareStack.identify().length > 0 ? copyOf(command) : new Copy(command)
}
