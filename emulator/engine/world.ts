/**
 * The emulator: a function from an HTTP request to an HTTP response, over state, on Effect's Clock.
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { type Ids, type Output, writeOutput } from "../wire/answers.ts"
import { attempt } from "../wire/attempt.ts"
import { bindingsOf } from "../wire/bindings.ts"
import type { Fault } from "../wire/fault.ts"
import { writeFault } from "../wire/faultAnswers.ts"
import { unknownParameter } from "../wire/faults.ts"
import { isFormPost, readFormPost } from "../wire/formPost.ts"
import type { Answer, Request } from "../wire/http.ts"
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
import { type Catalog, installed } from "./catalog.ts"
import { wholeSeconds } from "./clock.ts"
import { copyData } from "./copy.ts"
import { type Injection, type Injections, makeInjections } from "./injections.ts"
import { observe } from "./input.ts"
import { type JournalEntry, makeJournal, type Outcome, outcomeOf } from "./journal.ts"
import { messageOf } from "./message.ts"
import { makePage, type Tokens } from "./pages.ts"
import { partitionOf } from "./partitions.ts"
import { anonymous, makeRoot, ownerOf, regionOf, secretOf } from "./principals.ts"
import { makeRandom } from "./random.ts"
import * as Saved from "./saved.ts"
import type { Handler, HandlerContext, Principal, Service } from "./service.ts"
import { makeStates, type States } from "./states.ts"
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
  const states = makeStates()
  const injections = makeInjections(random)
  const journal = makeJournal(options.journal)
  const services = new Map(options.services.map((service) => [service.namespace, service]))
  const overrides = new Map<string, Handler<any, any, any>>()
  const root = makeRoot(options.account, partitionOf(options.region), random)
  let principals = new Map([[root.accessKeyId, root]])
  let tokens: Tokens = new Map()
  const atFirst = random.save()
  const page = makePage(() => tokens, random, options.pageSize)

  const secretOfKey = (keyId: string): Secret | undefined => {
    const principal = principals.get(keyId)
    return principal && secretOf(principal)
  }

  const contextOf = (
    { operation, trailers }: Input,
    { request, service }: Located,
    principal: Principal,
    region: string
  ): HandlerContext => {
    const { account } = principal
    const partition = partitionOf(region)
    return {
      account,
      region,
      partition,
      principal,
      operation: operation.name,
      request,
      trailers,
      arn: (name, resource, where) =>
        `arn:${partition}:${name}:${where?.region ?? region}:${where?.account ?? account}:${resource}`,
      takes: (millis) => millis / options.speed,
      id: (prefix, count) => prefix + random.digits(count),
      uuid: random.uuid,
      pageSize: options.pageSize,
      page: page(`${service.namespace}#${operation.name}/${account}/${region}/`),
      stateOf: (other, at) => states.of(other, at?.account ?? account, at?.region ?? region),
      issue: (issued) => principals.set(issued.accessKeyId, issued),
      revoke: (accessKeyId) => principals.delete(accessKeyId),
      principalOf: (accessKeyId) => principals.get(accessKeyId)
    }
  }

  const runHandler = Effect.fnUntraced(function*(input: Input, located: Located, principal: Principal, region: string) {
    const { namespace, serviceId } = located.service
    const { name } = input.operation
    const service = services.get(namespace)
    const context = contextOf(input, located, principal, region)
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
    const output = yield* named(serviceId, name, () => handler(observed.input, state, context))
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
        entry = { ...entry, account: principal.account }
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
        const output = yield* runHandler(input, located, principal, entry.region)
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
    tokens = new Map()
    principals = new Map([[root.accessKeyId, root]])
    random.restore(atFirst)
  }

  return {
    credentials: { accessKeyId: root.accessKeyId, secretAccessKey: root.secretAccessKey },
    answer,
    calls: journal.entries,
    clearCalls: journal.clear,
    inject: injections.add,
    injections: injections.list,
    clearInjections: injections.clear,
    handle: (shapeId, handler) => void overrides.set(shapeId, handler),
    handled: () => [...overrides.keys()],
    reset,
    stateOf: (service, account, region) => states.of(service, account, region),
    save: () => Saved.write({ states: states.save(), principals, tokens, random: random.save() }),
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
      random.restore(saved.random)
    }
  }
}

/** The message of a call that died and, if it died of a gap, what the emulator can't do. */
export const describeDefect = (defect: unknown): { readonly message: string; readonly gap: string | undefined } => {
  if (defect instanceof Unsupported) return { message: defect.message, gap: defect.gap }
  const message = defect instanceof HandlerDied ? defect.message : `The in-memory AWS died: ${messageOf(defect)}`
  return { message, gap: undefined }
}
