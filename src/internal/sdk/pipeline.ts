/**
 * The SDK sorts a command's middleware again for each call. This module sorts it once for each command class and
 * client, which halves the cost of a call.
 *
 * It relies on how the SDK's commands resolve their middleware. The first call of a command class on a client takes the
 * SDK's own path, and checks each assumption on the way. If a check fails, all calls of that class take the SDK's path.
 */
import { Command, constructStack } from "@smithy/core/client"
import type { HandlerExecutionContext, MiddlewareStack } from "@smithy/types"
import type { AnyCommand } from "../../Call.ts"
import { copyCommand, copyInput, hasMiddleware } from "./command.ts"

type Stack = MiddlewareStack<any, any>
type Handler = (args: any) => Promise<any>
type Middleware = (next: Handler, context: HandlerExecutionContext) => Handler

/** The middleware of a command class, the innermost first; `null` if the class takes the SDK's own path. */
type Order = ReadonlyArray<Middleware> | null

/** The middleware of a stack in the order in which `resolve` applies it; `null` if that can't be determined. */
const orderOf = (stack: Stack): Order => {
  const order: Array<Middleware> = []
  const recorder: Stack = constructStack()
  const recording = (middleware: any, options: any): [any, any] => {
    const record = (next: Handler) => {
      order.push(middleware)
      return next
    }
    // The options of an entry contain its middleware too.
    return [record, { ...options, middleware: record }]
  }
  stack.applyToStack({
    ...recorder,
    add: (middleware: any, options: any) => recorder.add(...recording(middleware, options)),
    addRelativeTo: (middleware: any, options: any) => recorder.addRelativeTo(...recording(middleware, options))
  })
  recorder.resolve(async () => ({ response: undefined, output: {} as any }), {})
  return order.length === stack.identify().length ? order : null
}

/** The order for each class of commands, by the prototype of the class, for one client's stack. */
class Orders extends Map<object, Order> {
  /** Changes with the stack: what was learnt before doesn't hold any more. */
  version = 0
  override clear(): void {
    this.version++
    super.clear()
  }
}

const ordersByStack = new WeakMap<Stack, Orders>()

const ordersOf = (stack: Stack): Orders => {
  const known = ordersByStack.get(stack)
  if (known !== undefined) return known
  const orders = new Orders()
  ordersByStack.set(stack, orders)
  // Middleware that is added to or removed from the client later applies to its later calls.
  for (const change of ["add", "addRelativeTo", "remove", "removeByTag"] as const) {
    const original: (...args: ReadonlyArray<any>) => any = stack[change]
    stack[change] = (...args: ReadonlyArray<any>): any => {
      orders.clear()
      return original(...args)
    }
  }
  return orders
}

/** A proxy for an object that reports when any of its properties is read. */
const watched = <A extends object>(target: A, onRead: () => void): A => {
  const notice = (trap: "get" | "has" | "ownKeys") => (...args: ReadonlyArray<any>) => {
    onRead()
    return (Reflect[trap] as (...args: ReadonlyArray<any>) => any)(...args)
  }
  return new Proxy(target, { get: notice("get"), has: notice("has"), ownKeys: notice("ownKeys") })
}

/** A command whose middleware is being resolved. */
type Resolving = Omit<AnyCommand, "middlewareStack"> & { middlewareStack: Stack }
type Resolve = (this: Resolving, stack: Stack, config: unknown, options: any, details: any) => Handler

const sdkResolve: Resolve | undefined = (Command.prototype as { resolveMiddlewareWithContext?: Resolve })
  .resolveMiddlewareWithContext

// The place of the class's plugins in the order is known.
const noPlugins = () => []

/** A call as the SDK does it. When it has finished, the order of its class is known. */
const learn =
  (command: Resolving, prototype: object, resolve: Resolve): Resolve => (stack, config, options, details) => {
    const orders = ordersOf(stack)
    const { version } = orders
    let order: Order = null
    // If its plugins look at this one command or its options, no order holds for all commands of the class.
    let isAlike = true
    const onRead = () => {
      isAlike = false
      if (orders.version === version) orders.set(prototype, null)
    }
    const learning: Stack = {
      ...stack,
      concat: (own: any) => {
        const all = stack.concat(own)
        order = orderOf(all)
        return all as any
      }
    }
    const { middlewareFn } = details ?? {}
    command.middlewareStack = constructStack()
    const handler = resolve.call(
      command,
      learning,
      config,
      options,
      typeof middlewareFn !== "function" ? details : {
        ...details,
        middlewareFn: (
          Class: unknown,
          stackOfCall: unknown,
          configuration: unknown,
          optionsOfCall: object | undefined
        ) =>
          middlewareFn.call(
            watched(command, onRead),
            Class,
            stackOfCall,
            configuration,
            optionsOfCall && watched(optionsOfCall, onRead)
          )
      }
    )
    const finish = () => {
      if (orders.version === version) {
        orders.set(prototype, isAlike && typeof middlewareFn === "function" ? order : null)
      }
    }
    return (args) => handler(args).finally(finish)
  }

type Copy = new(command: AnyCommand) => AnyCommand

const makeCopyClass = (prototype: object): Copy | null => {
  let owner = prototype
  while (owner !== null && !Object.hasOwn(owner, "resolveMiddleware")) owner = Object.getPrototypeOf(owner)
  const isResolvedBySdk = owner !== null && Object.getPrototypeOf(owner) === Command.prototype
  if (!isResolvedBySdk || typeof sdkResolve !== "function") return null

  const resolve: Resolve = function(stack, config, options, details) {
    const order = ordersOf(stack).get(prototype)
    if (order === undefined) return learn(this, prototype, sdkResolve).call(this, stack, config, options, details)
    if (order === null) {
      this.middlewareStack = constructStack()
      return sdkResolve.call(this, stack, config, options, details)
    }
    this.middlewareStack = constructStack()
    const concat = () => ({
      resolve: (handler: Handler, context: HandlerExecutionContext): Handler => {
        for (const middleware of order) handler = middleware(handler, context)
        return handler
      }
    })
    return sdkResolve.call(this, { concat } as any, config, options, { ...details, middlewareFn: noPlugins })
  }
  const copy = function(this: any, command: AnyCommand) {
    Object.assign(this, command)
    this.input = copyInput(command.input)
  }
  copy.prototype = Object.create(prototype, { resolveMiddlewareWithContext: { value: resolve } })
  return copy as unknown as Copy
}

/** By the commands' prototype; `null` for commands that don't resolve their middleware as the SDK's own commands do. */
const copyClasses = new WeakMap<object, Copy | null>()

/**
 * A copy of the command for one call: the SDK's middleware writes to the input, and the caller may send the command
 * again.
 *
 * Each call has a context of its own. (The SDK's `cacheMiddleware` shares one between concurrent calls, which then sign for
 * each other's region.)
 */
export const copyForCall = (command: AnyCommand): AnyCommand => {
  const prototype = Object.getPrototypeOf(command)
  let Copy = copyClasses.get(prototype)
  if (Copy === undefined) copyClasses.set(prototype, Copy = makeCopyClass(prototype))
  return Copy === null || hasMiddleware(command) ? copyCommand(command) : new Copy(command)
}
