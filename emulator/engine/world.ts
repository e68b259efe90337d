/**
 * The emulator: a function from an HTTP request to an HTTP response, over state, on Effect's Clock.
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import { type Ids, type Output, writeOutput } from "../wire/answers.ts"
import { attempt } from "../wire/attempt.ts"
import { bindingsOf } from "../wire/bindings.ts"
import type { Fault } from "../wire/fault.ts"
import { writeFault } from "../wire/faultAnswers.ts"
import { unknownParameter } from "../wire/faults.ts"
import { isFormPost, readFormPost } from "../wire/formPost.ts"
import { type Answer, noBytes, type Request } from "../wire/http.ts"
import { locate, type Located, protocolOf } from "../wire/identify.ts"
import type { Operation } from "../wire/operation.ts"
import { limitedBody } from "../wire/payload.ts"
import type { Input } from "../wire/restInput.ts"
import type { Shape } from "../wire/sdk.ts"
import type { Service as WireService } from "../wire/service.ts"
import { missingSignature } from "../wire/sigv4/signatureFaults.ts"
import { type Secret, verify } from "../wire/sigv4/verify.ts"
import { serverFault, throttled } from "../wire/throttling.ts"
import { identify, readInput } from "../wire/wire.ts"
import { type Asked, makeAsked } from "./asked.ts"
import { type Catalog, installed } from "./catalog.ts"
import { standing, wholeSeconds } from "./clock.ts"
import { copyData } from "./copy.ts"
import type { Action, Delivery, Emitted } from "./events.ts"
import type { Guard } from "./guard.ts"
import { type Injection, type Injections, makeInjections } from "./injections.ts"
import { observe } from "./input.ts"
import { type JournalEntry, makeJournal, type Outcome, outcomeOf } from "./journal.ts"
import { messageOf } from "./message.ts"
import { makePage, type Tokens } from "./pages.ts"
import { partitionOf } from "./partitions.ts"
import { anonymous, byAws, makeRoot, ownerOf, regionOf, secretOf } from "./principals.ts"
import { makeRandom } from "./random.ts"
import * as Saved from "./saved.ts"
import type { Handler, HandlerContext, Principal, Service } from "./service.ts"
import { makeStates, type States } from "./states.ts"
import { makeTimers, type Timer } from "./timers.ts"
import { Unsupported, unsupported } from "./unsupported.ts"

export interface Options {
  readonly account: string
  readonly region: string
  readonly pageSize: number | undefined
  readonly seed: string | number
  readonly services: ReadonlyArray<Service<any>>
  /** The services that requests can be read for. By default those whose clients are installed. */
  readonly catalog?: Catalog | undefined
  /** How many calls the journal keeps. */
  readonly journal: number
  /** How many times faster than on AWS resources change their state. */
  readonly speed: number
  /** Decides what callers may do. Without one, policies of identities aren't evaluated. */
  readonly guard?: ((world: Pick<World, "stateOf">) => Guard) | undefined
}

/** Which requests the emulator accepts. */
export interface Access {
  /** Accepts keys that the emulator hasn't issued. A key ID of 12 digits means that account. */
  readonly anyKey: boolean
  /** Accepts a signature of any time, rather than only one near the world's time. */
  readonly anyTime: boolean
}

/** The service and the operation that a client in the same process calls. */
export interface Known {
  readonly service: WireService
  readonly operation: Operation
}

export interface World {
  /** The keys of the program's own account. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Answers a request. Fails with `Cut` if an injected fault drops the connection. */
  readonly answer: (
    request: Request,
    access: Access,
    known?: Known,
    /** Receives the journal entry of the call. Isn't called if the request is for no known service. */
    note?: (entry: JournalEntry) => void
  ) => Effect.Effect<Answer, "Cut">
  readonly calls: () => ReadonlyArray<JournalEntry>
  readonly clearCalls: () => void
  /** What was delivered, the oldest first. Does what is due first. */
  readonly delivered: Effect.Effect<ReadonlyArray<Delivery>>
  readonly clearDelivered: () => void
  /** Delivers something at this time. */
  readonly deliver: (delivery: Omit<Delivery, "time">, now: number) => void
  /** Calls this for each delivery from now on. Returns how to stop. */
  readonly onDelivery: (listener: (delivery: Delivery) => void) => () => void
  /** Does what is due now. */
  readonly due: Effect.Effect<void>
  /** Does what is due, whenever it is: for programs that wait for deliveries. Without it, each call does first what is due. */
  readonly live: Effect.Effect<never>
  readonly inject: (injection: Injection) => void
  /** The injections, the oldest first, and how many calls each has matched. */
  readonly injections: Injections["list"]
  readonly clearInjections: () => void
  /** Handles an operation, by the namespace and the name of its schema: `com.amazonaws.ssm#GetParameter`. */
  readonly handle: (shapeId: string, handler: Handler<any, any, any>) => void
  /** The operations for which a handler was added. */
  readonly handled: () => ReadonlyArray<string>
  /** Forgets everything but the handlers that were added. */
  readonly reset: () => void
  /** The state of a service in an account and a region. */
  readonly stateOf: States["of"]
  /** What the handler of a call asked about the permissions of its caller. */
  readonly askedBy: Asked["by"]
  readonly save: () => Saved.Parts
  /** Throws an error that says why the parts can't be restored. */
  readonly restore: (saved: Saved.Parts) => void
}

class HandlerDied extends Data.TaggedError("HandlerDied")<{
  readonly service: string
  readonly operation: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `The handler for ${this.service} ${this.operation} died: ${messageOf(this.cause)}`
  }
}

class WakeDied extends Data.TaggedError("WakeDied")<{
  readonly service: string
  readonly key: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `What ${this.service} does when "${this.key}" is due died: ${messageOf(this.cause)}`
  }
}

/** The output of a handler doesn't fit its operation. */
class Unwritable extends Data.TaggedError("Unwritable")<{
  readonly service: string
  readonly operation: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `The output for ${this.service} ${this.operation} can't be written as AWS's answer: ${messageOf(this.cause)}`
  }
}

/** Runs a handler. If it dies, the defect says which handler it was. */
const named = (service: string, operation: string, handle: () => Effect.Effect<object, Fault>) =>
  Effect.catchDefect(
    Effect.map(Effect.suspend(handle), (output) => output as Output),
    (cause) => Effect.die(cause instanceof Unsupported ? cause : new HandlerDied({ service, operation, cause }))
  )

/** An input or an output for the journal, without the content of objects. */
const journaled = (shape: Shape, value: object): object => {
  const payload = bindingsOf(shape).payload
  if (payload === undefined || !(payload[1].isBlobSchema() || payload[1].isStreaming())) return copyData(value)
  const { [payload[0]]: _, ...rest } = value as Record<string, unknown>
  return copyData(rest)
}

const isUnsigned = (service: Service<unknown> | undefined, operation: string): boolean =>
  service?.unsigned === "all" || service?.unsigned?.includes(operation) === true

export const make = (options: Options): World => {
  const { catalog = installed } = options
  const random = makeRandom(options.seed)
  const states = makeStates((service, account, region) => {
    if (service.accept !== undefined) listen(account, region)
  })
  const injections = makeInjections(random)
  const journal = makeJournal<JournalEntry>(options.journal)
  const deliveries = makeJournal<Delivery>(options.journal)
  const listeners = new Set<(delivery: Delivery) => void>()
  const timers = makeTimers()
  /** The time at which something was asked last. */
  let latest = 0
  /** What AWS does because of a handler, once it has ended. */
  let following: Array<(now: number) => Effect.Effect<void>> = []
  const services = new Map(options.services.map((service) => [service.namespace, service]))
  const acceptor = options.services.find(({ accept }) => accept !== undefined)
  const overrides = new Map<string, Handler<any, any, any>>()
  const root = makeRoot(options.account, partitionOf(options.region), random)
  let principals = new Map([[root.accessKeyId, root]])
  let tokens: Tokens = new Map()
  const atFirst = random.save()
  const stateOf: World["stateOf"] = (service, account, region) => states.of(service, account, region)
  const guard = options.guard?.({ stateOf })
  const asked = makeAsked(options.journal)
  const page = makePage(() => tokens, random, options.pageSize)

  const secretOfKey = (keyId: string): Secret | undefined => {
    const principal = principals.get(keyId)
    return principal && secretOf(principal)
  }

  const deliver = (given: Omit<Delivery, "time">, now: number): void => {
    const delivery = { ...copyData(given), time: new Date(now) }
    deliveries.add(delivery)
    // A listener may begin to listen to more.
    const told = [...listeners]
    for (const listener of told) listener(copyData(delivery))
  }

  const contextOf = (
    { account, namespace, now, operation, principal, region, request, requestId, trailers }:
      & Pick<HandlerContext, "account" | "operation" | "principal" | "region" | "request" | "requestId" | "trailers">
      & { readonly namespace: string; readonly now: number }
  ): HandlerContext => {
    const partition = partitionOf(region)
    const context: HandlerContext = {
      account,
      region,
      partition,
      principal,
      operation,
      requestId,
      request,
      trailers,
      arn: (name, resource, where) =>
        `arn:${partition}:${name}:${where?.region ?? region}:${where?.account ?? account}:${resource}`,
      takes: (millis) => millis / options.speed,
      id: (prefix, count) => prefix + random.digits(count),
      uuid: random.uuid,
      pageSize: options.pageSize,
      page: page(`${namespace}#${operation}/${account}/${region}/`),
      stateOf: (other, at) => states.of(other, at?.account ?? account, at?.region ?? region),
      issue: (issued) => principals.set(issued.accessKeyId, issued),
      revoke: (accessKeyId) => principals.delete(accessKeyId),
      principalOf: (accessKeyId) => principals.get(accessKeyId),
      enforcesIam: guard !== undefined,
      may: (need) => {
        asked.add(requestId, need)
        return guard?.may(need, context) ?? true
      },
      emit: (event, where) =>
        void following.push((at) => tell(event, where?.account ?? account, where?.region ?? region, at)),
      act: (action, where) =>
        void following.push((at) => perform(action, where?.account ?? account, where?.region ?? region, at)),
      isHeard: (where) =>
        acceptor !== undefined &&
        states.peek(acceptor, where?.account ?? account, where?.region ?? region) !== undefined,
      deliver: (given, where) =>
        deliver({ ...given, account: where?.account ?? account, region: where?.region ?? region }, now),
      wakeAt: (key, at, where) => {
        const timer = { namespace, account: where?.account ?? account, region: where?.region ?? region, key }
        // At some speeds, what takes time ends at a fraction of a millisecond.
        if (at === undefined) timers.cancel(timer)
        else timers.set({ ...timer, at: Math.ceil(at) })
      }
    }
    return context
  }

  /** A context in which AWS acts by itself. */
  const contextOfAws = (namespace: string, account: string, region: string, now: number, operation = "") =>
    contextOf({
      account,
      namespace,
      now,
      operation,
      principal: byAws(account),
      region,
      requestId: "",
      request: { method: "POST", path: "/", query: "", headers: {}, body: noBytes },
      trailers: () => ({})
    })

  /** From now on, EventBridge hears what services of this place emit. */
  const listen = (account: string, region: string): void => {
    for (const service of services.values()) {
      const state: unknown = service.heard && states.peek(service, account, region)
      if (state !== undefined) service.heard!(state, contextOfAws(service.namespace, account, region, latest), latest)
    }
  }

  /** Gives an event to EventBridge. */
  const tell = (event: Emitted, account: string, region: string, now: number): Effect.Effect<void> => {
    // Nobody has used EventBridge there: there is no rule that could match.
    const state: unknown = acceptor && states.peek(acceptor, account, region)
    return acceptor === undefined || state === undefined
      ? Effect.void
      : acceptor.accept!(event, state, contextOfAws(acceptor.namespace, account, region, now))
  }

  /** Has AWS itself call an operation. */
  const perform = (
    { done = () => {}, input, operation, serviceId }: Action,
    account: string,
    region: string,
    now: number
  ): Effect.Effect<void> => {
    const service = options.services.find((one) => one.serviceId === serviceId)
    const handler = service && (overrides.get(`${service.namespace}#${operation}`) ?? service.handlers[operation])
    if (service === undefined || handler === undefined) return Effect.sync(() => done(undefined))
    const context = contextOfAws(service.namespace, account, region, now, operation)
    const state: unknown = states.of(service, account, region)
    return Effect.match(named(serviceId, operation, () => handler(input, state, context)), {
      onFailure: done,
      onSuccess: () => done(undefined)
    })
  }

  /** Does what follows from a handler, as of this time. That may have more follow. */
  const passOn = (now: number): Effect.Effect<void> =>
    Effect.gen(function*() {
      for (let next = following.shift(); next !== undefined; next = following.shift()) yield* next(now)
    })

  /** Has a service do what is due. Isn't interrupted: the timer has been taken. */
  const ring = (timer: Timer, now: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      const { account, at, key, namespace, region } = timer
      const service = services.get(namespace)
      const state: unknown = service && states.peek(service, account, region)
      if (service?.wake === undefined || state === undefined) return Effect.void
      const context = contextOfAws(namespace, account, region, at)
      return Effect.clockWith((clock) =>
        Effect.suspend(() => service.wake!(key, state, context, now)).pipe(
          Effect.catchDefect((cause) => Effect.die(new WakeDied({ service: service.serviceId, key, cause }))),
          // What happened before it died did happen.
          Effect.onExit(() => passOn(at)),
          Effect.provideService(Clock.Clock, standing(clock, at))
        )
      )
    }).pipe(Effect.uninterruptible)

  const turns = Semaphore.makeUnsafe(1)

  /** Does what is due at this time, in the order in which it was due. */
  const catchUp = (now: number): Effect.Effect<void> =>
    timers.next() > now ? Effect.void : turns.withPermit(Effect.gen(function*() {
      for (let timer = timers.take(now); timer !== undefined; timer = timers.take(now)) yield* ring(timer, now)
    }))

  const due: Effect.Effect<void> = Effect.flatMap(Clock.currentTimeMillis, catchUp)

  const live: Effect.Effect<never> = Effect.gen(function*() {
    while (true) {
      const now = yield* Clock.currentTimeMillis
      yield* catchUp(now)
      const earlier = Latch.makeUnsafe(false)
      const stop = timers.onEarlier(() => earlier.openUnsafe())
      const next = timers.next()
      yield* Effect.raceFirst(next === Infinity ? Effect.never : Effect.sleep(Math.max(1, next - now)), earlier.await)
        .pipe(
          Effect.ensuring(Effect.sync(stop))
        )
    }
  })

  const runHandler = Effect.fnUntraced(function*(
    input: Input,
    located: Located,
    principal: Principal,
    region: string,
    { now, requestId }: { readonly now: number; readonly requestId: string }
  ) {
    const { namespace, serviceId } = located.service
    const { name } = input.operation
    const service = services.get(namespace)
    const { request } = located
    const { trailers } = input
    const { account } = principal
    const context = contextOf({
      account,
      namespace,
      now,
      operation: name,
      principal,
      region,
      request,
      requestId,
      trailers
    })
    const guarded = { service: { namespace, serviceId }, operation: name, input: input.input, requestId }
    if (guard !== undefined) yield* guard.check(guarded, context)
    const state = service && states.of(service, principal.account, region)
    const override = overrides.get(`${namespace}#${name}`)
    if (override !== undefined) return yield* named(serviceId, name, () => override(input.input, state, context))
    const handler = service?.handlers[name]
    if (service === undefined || handler === undefined) {
      return yield* unsupported(
        `The in-memory AWS has no handler for ${serviceId} ${name}.`,
        `Add one: InMemory.handle(${name}Command, (input, context) => Effect.succeed({ … })).`
      )
    }
    const [unknown] = input.unknown
    if (unknown !== undefined) {
      return yield* located.protocol === "ec2Query"
        ? unknownParameter(unknown)
        : unsupported(
          `The in-memory ${serviceId} doesn't know ${unknown} in ${name}. Leave it out, or install a version of the SDK's client ` +
            "that has it."
        )
    }
    const observed = observe(input.operation.input, input.input)
    const run = named(serviceId, name, () => handler(observed.input, state, context))
    const output = yield* guard === undefined
      ? run
      : Effect.tapError(run, (fault) => guard.note(guarded, context, fault))
    const withoutEffect = service.withoutEffect?.[name] ?? []
    const unread = observed.unread().filter((member) => !withoutEffect.includes(member))
    observed.end()
    return unread.length === 0 ? output : yield* unsupported(
      `The in-memory ${serviceId} doesn't support ${unread.join(", ")} in ${name}.`,
      `Leave it out, or add a handler that does: InMemory.handle(${name}Command, …).`
    )
  })

  const ids = (isStrict: boolean, now: number): Ids => ({
    requestId: random.uuid(),
    // Clients set their clocks by this date, and the SDK retries a call after it has done so. The date is the world's only if
    // signatures have to match the world's time.
    date: isStrict ? new Date(now) : new Date()
  })

  const write = (located: Located, operation: Operation, output: Output, own: Ids): Effect.Effect<Answer> =>
    Effect.try({
      try: () => writeOutput(located, operation, output, own),
      catch: (cause) => new Unwritable({ service: located.service.serviceId, operation: operation.name, cause })
    }).pipe(Effect.orDie)

  /** Verifies a request and reads it. Keeps the errors as results: the journal needs the operation even of a request that fails. */
  const receive = Effect.fnUntraced(function*(found: Located, { anyKey, anyTime }: Access, now: Date) {
    const options = { lenient: anyKey, anyTime }
    if (found.operation === undefined && isFormPost(found)) {
      const form = yield* Effect.result(readFormPost(found, secretOfKey, now, options))
      return {
        located: found,
        verified: Result.map(form, ({ verified }) => verified),
        read: Result.map(form, ({ input }) => input),
        respond: (output: Output, own: Ids) => Effect.sync(() => Result.getOrThrow(form).respond(output, own))
      }
    }
    // Both the signature and the input need the body: a request whose signature is wrong is read, too.
    const body = found.service.hasBuckets ? Result.succeed(found.request.body) : yield* Effect.result(
      attempt(found.protocol, () => limitedBody(found.request.body, found.request.headers, found.protocol))
    )
    if (Result.isFailure(body)) {
      const failed = Result.fail(body.failure)
      return { located: found, verified: failed, read: failed, respond: undefined }
    }
    const whole = { ...found, request: { ...found.request, body: body.success } }
    const verified = yield* Effect.result(verify(whole, secretOfKey, now, options))
    const signature = Result.isSuccess(verified) ? verified.success : undefined
    const located = signature?.located ?? whole
    return {
      located,
      verified,
      read: yield* Effect.result(readInput(located, signature?.signatures)),
      respond: undefined
    }
  })

  const call = Effect.fnUntraced(function*(
    found: Located,
    access: Access,
    own: Ids,
    now: number,
    note: ((entry: JournalEntry) => void) | undefined
  ) {
    const { protocol, service } = found
    let entry: Omit<JournalEntry, "outcome"> = {
      service: service.serviceId,
      operation: found.operation?.name ?? (isFormPost(found) ? "PutObject" : ""),
      input: {},
      account: options.account,
      region: regionOf(found, options.region),
      principal: "",
      time: new Date(now),
      requestId: own.requestId
    }
    let outcome: Outcome | undefined

    const attempt = Effect.gen(function*() {
      const { located, read, respond, verified } = yield* receive(found, access, new Date(now))
      if (Result.isSuccess(read)) {
        const { input, operation } = read.success
        entry = { ...entry, operation: operation.name, input: journaled(operation.input, input) }
      }
      const keyId = Result.getOrUndefined(verified)?.scope.keyId
      const principal = keyId === undefined
        ? anonymous
        : principals.get(keyId) ?? ownerOf(keyId, options.account, partitionOf(entry.region))
      const faults = injections.take(Result.isSuccess(verified) ? { ...entry, account: principal.account } : entry)
      const result = yield* Effect.result(Effect.gen(function*() {
        const signature = yield* Effect.fromResult(verified)
        if (keyId === undefined && !isUnsigned(services.get(service.namespace), entry.operation)) {
          return yield* missingSignature(protocol)
        }
        entry = { ...entry, account: principal.account, principal: principal.arn }
        // A handler sees the uses before this one.
        if (signature !== undefined && principals.has(principal.accessKeyId)) {
          const { region, service } = signature.scope
          principals.set(principal.accessKeyId, {
            ...principal,
            lastUsed: { date: wholeSeconds(now), service, region }
          })
        }
        for (const fault of faults) {
          if (fault._tag === "Delay" && fault.when === "before") yield* Effect.sleep(fault.duration)
          if (fault._tag === "Throttled") return yield* throttled(service, protocol)
          if (fault._tag === "ServerFault") return yield* serverFault(service, protocol)
          if (fault._tag === "Cut" && fault.when === "before") return yield* Effect.fail("Cut" as const)
          if (fault._tag === "Fault") return yield* fault
        }
        const input = yield* Effect.fromResult(read)
        const moment = { now: faults.length === 0 ? now : yield* Clock.currentTimeMillis, requestId: own.requestId }
        // A delay lets time pass in which something may have become due.
        if (faults.length > 0) yield* catchUp(moment.now)
        const output = yield* Effect.onExit(
          runHandler(input, located, principal, entry.region, moment),
          () => following.length === 0 ? Effect.void : passOn(moment.now)
        )
        // Written now: the output may be part of the state, and the state may change before the answer is sent.
        const answer = yield* respond?.(output, own) ?? write(located, input.operation, output, own)
        outcome = { _tag: "Answered", output: journaled(input.operation.output, output) }
        if (faults.some((fault) => fault._tag === "Cut")) return yield* Effect.fail("Cut" as const)
        return answer
      }))
      for (const fault of faults) {
        if (fault._tag === "Delay" && fault.when === "after") yield* Effect.sleep(fault.duration)
      }
      return yield* Effect.fromResult(result)
    })
    return yield* attempt.pipe(
      Effect.catchIf(
        (failure) => failure !== "Cut",
        (fault) =>
          Effect.sync(() => {
            const answer = writeFault({ request: found.request, protocol, service }, fault, own)
            outcome = { _tag: "Refused", code: fault.code, message: fault.message, statusCode: answer.status }
            return answer
          })
      ),
      Effect.onExit((exit) =>
        Effect.sync(() => {
          const done: JournalEntry = { ...entry, outcome: Exit.isSuccess(exit) ? outcome! : outcomeOf(exit.cause) }
          journal.add(done)
          note?.(done)
        })
      )
    )
  })

  const answer: World["answer"] = Effect.fnUntraced(function*(request, access, known, note) {
    const now = yield* Clock.currentTimeMillis
    latest = now
    if (timers.next() <= now) yield* catchUp(now)
    const own = ids(!access.anyTime, now)
    if (known !== undefined) return yield* call(locate(known.service, known.operation, request), access, own, now, note)
    const found = yield* attempt(protocolOf(request), () => catalog.servicesFor(request)).pipe(
      Effect.flatMap((services) => identify(services, request)),
      Effect.result
    )
    return yield* Result.isSuccess(found)
      ? call(found.success, access, own, now, note)
      : Effect.succeed(writeFault({ request, protocol: protocolOf(request), service: undefined }, found.failure, own))
  })

  const reset = () => {
    states.clear()
    injections.clear()
    journal.clear()
    deliveries.clear()
    guard?.reset()
    asked.clear()
    timers.clear()
    following = []
    tokens = new Map()
    principals = new Map([[root.accessKeyId, root]])
    random.restore(atFirst)
  }

  return {
    credentials: { accessKeyId: root.accessKeyId, secretAccessKey: root.secretAccessKey },
    answer,
    calls: journal.entries,
    clearCalls: journal.clear,
    delivered: Effect.map(due, deliveries.entries),
    clearDelivered: deliveries.clear,
    deliver,
    due,
    onDelivery: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    live,
    inject: injections.add,
    injections: injections.list,
    clearInjections: injections.clear,
    handle: (shapeId, handler) => void overrides.set(shapeId, handler),
    handled: () => [...overrides.keys()],
    reset,
    stateOf,
    askedBy: asked.by,
    save: () =>
      Saved.write({ states: states.save(), principals, tokens, timers: timers.save(), random: random.save() }),
    restore: (parts) => {
      const saved = Saved.read(parts, options.services)
      reset()
      states.restore(saved.states)
      // The program's own key stays valid whatever the seed of the world that was saved.
      principals = new Map([...saved.principals, [root.accessKeyId, {
        ...saved.principals.get(root.accessKeyId),
        ...root
      }]])
      tokens = saved.tokens
      timers.restore(saved.timers)
      random.restore(saved.random)
    }
  }
}

/** The message of a call that died and, if it died of a gap, what the emulator can't do. */
export const describeDefect = (defect: unknown): { readonly message: string; readonly gap: string | undefined } => {
  if (defect instanceof Unsupported) return { message: defect.message, gap: defect.gap }
  const message = defect instanceof HandlerDied || defect instanceof WakeDied
    ? defect.message
    : `The in-memory AWS died: ${messageOf(defect)}`
  return { message, gap: undefined }
}
