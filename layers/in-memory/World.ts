/**
 * The core of the in-memory AWS: authentication, state by account and region, fault injection, and the journal.
 */
import { TypeRegistry } from "@smithy/core/schema"
import type { AwsCredentialIdentity, HttpRequest, Pluggable } from "@smithy/types"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import { Defect } from "../../src/internal/defect.ts"
import { commonFault, type Fault, type Handler, type Paging, type Principal, type Service } from "./Service.ts"

/**
 * How a call ended.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome =
  | { readonly _tag: "Answered"; readonly output: object }
  | { readonly _tag: "Refused"; readonly code: string; readonly statusCode: number }
  | { readonly _tag: "Cut" }
  | { readonly _tag: "Interrupted" }
  | { readonly _tag: "Died"; readonly defect: unknown }

/**
 * One call that reached AWS.
 *
 * @category models
 * @since 0.1.0
 */
export interface JournalEntry {
  readonly service: string
  readonly operation: string
  readonly input: object
  readonly account: string
  readonly region: string
  readonly outcome: Outcome
}

/**
 * A fault, and the calls that it affects: without `nth`, `times` and `share`, every call that matches.
 *
 * @category models
 * @since 0.1.0
 */
export interface Injection {
  /** Only calls of this service: `S3`. */
  readonly service?: string | undefined
  /** Only calls of this operation: `PutObject`. */
  readonly operation?: string | undefined
  /** Only the nth call that matches, counted from 1. */
  readonly nth?: number | undefined
  /** Only the first `times` calls that match. */
  readonly times?: number | undefined
  /** Only this share of the calls that match, drawn at random: `0.3`. */
  readonly share?: number | undefined
  readonly fault:
    | { readonly _tag: "Throttled" }
    | { readonly _tag: "ServerFault" }
    | { readonly _tag: "Delay"; readonly duration: Duration.Input; readonly when: "before" | "after" }
    | { readonly _tag: "Cut"; readonly when: "before" | "after" }
    | Fault
}

/** A request, and the credentials that signed it, if any. */
interface SignedRequest {
  readonly request: HttpRequest
  readonly identity: Partial<AwsCredentialIdentity> | undefined
}

interface Options {
  readonly account: string
  readonly region: string
  readonly pageSize: number | undefined
  readonly seed: string | number
  readonly services: ReadonlyArray<Service<any>>
}

/** Identifies a command by its schema, whatever its class is called: `com.amazonaws.ssm#GetParameter`. */
const shapeId = (schema: ReadonlyArray<unknown> | undefined): string => `${schema?.[1]}#${schema?.[2]}`

/** Members that select a page. They don't affect which list a request selects. */
const pagingMembers = new Set(
  [
    "NextToken",
    "nextToken",
    "ContinuationToken",
    "Marker",
    "MaxResults",
    "maxResults",
    "MaxItems",
    "MaxKeys",
    "Limit",
    "limit"
  ]
)

/**
 * Copies plain data, because the two ends of a wire share no objects. Keeps what isn't plain (dates, bytes, streams) as
 * it is.
 */
const copyData = <A>(value: A): A => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(copyData) as A
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return value
  const copy = { ...value }
  for (const key in copy) if (typeof copy[key] === "object") copy[key] = copyData(copy[key])
  return copy
}

// Builds the exception that the SDK would build from AWS's response, so that programs see the same one as on AWS.
const exceptionOf = (fault: Fault, namespace: string, request: HttpRequest, requestId: string): Error => {
  const { code, headers = {}, members, message, statusCode = 400 } = fault
  const bodiless = request.method === "HEAD"
  const wire = bodiless ? (statusCode === 404 ? "NotFound" : "Unknown") : code
  const registry = TypeRegistry.for(namespace)
  const synthetic = TypeRegistry.for(`smithy.ts.sdk.synthetic.${namespace}`)
  const modeled = registry.find((schema) => {
    const [kind, , name, traits] = schema as unknown as readonly [
      number,
      string,
      string,
      { readonly awsQueryError?: ReadonlyArray<unknown> }?
    ]
    return kind === -3 && (name === wire || traits?.awsQueryError?.[0] === wire)
  }) as Parameters<TypeRegistry["getErrorCtor"]>[0] | undefined
  const base = synthetic.getBaseException()
  const Exception =
    ((modeled && registry.getErrorCtor(modeled)) ?? (base && synthetic.getErrorCtor(base)) ?? Error) as new(
      options: object
    ) => Error
  const $metadata = { httpStatusCode: statusCode, requestId, attempts: 1, totalRetryDelay: 0 }
  const exception = new Exception({
    ...(modeled === undefined && { name: wire }),
    $fault: statusCode < 500 ? "client" : "server",
    $metadata,
    message: bodiless ? "UnknownError" : message
  })
  Object.assign(exception, { $metadata, ...copyData(members), ...(modeled === undefined && { name: wire }) })
  return Object.defineProperty(exception, "$response", { value: { statusCode, headers }, enumerable: false })
}

// What the SDK's HTTP handler for Node throws when the server closes the socket.
const socketHangUp = (): Error =>
  Object.assign(new Error("socket hang up"), { code: "ECONNRESET", name: "TimeoutError" })

export const make = Effect.fnUntraced(function*(options: Options) {
  const context: Context.Context<never> = yield* Effect.context<never>()
  const random = yield* Random.withSeed(Random.Random, options.seed)
  const digits = (count: number, alphabet = "0123456789abcdef") =>
    Array.from({ length: count }, () => alphabet[Math.floor(random.nextDoubleUnsafe() * alphabet.length)]).join("")
  const uuid = () => `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`

  const handlers = new Map<string, Handler<any, any, any>>()
  const byNamespace = new Map(options.services.map((service) => [service.namespace, service]))
  for (const { handlers: all, namespace } of options.services) {
    for (const [operation, handler] of Object.entries(all)) handlers.set(`${namespace}#${operation}`, handler)
  }

  const states = new Map<string, unknown>()
  const stateOf = <S>(service: Service<S>, account: string, region: string): S => {
    const key = [
      service.namespace,
      ...(service.scope === "global" ? [] : [account]),
      ...(service.scope === "region" ? [region] : [])
    ].join("/")
    let state = states.get(key) as S | undefined
    if (state === undefined) states.set(key, state = service.state())
    return state
  }

  const root: Principal = {
    account: options.account,
    arn: `arn:aws:iam::${options.account}:user/in-memory`,
    userId: `AIDA${digits(17, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
    accessKeyId: `AKIA${digits(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
    secretAccessKey: digits(40)
  }
  const principals = new Map([[root.accessKeyId, root]])
  const credentials: AwsCredentialIdentity = { accessKeyId: root.accessKeyId, secretAccessKey: root.secretAccessKey }

  const tokens = new Map<string, { readonly list: string; readonly after: string }>()
  const page = (scope: string) =>
    Effect.fnUntraced(function*<A>(
      list: Iterable<A>,
      { invalid, key, query, size, token }: Paging<A>
    ): Effect.fn.Return<readonly [page: ReadonlyArray<A>, token: string | undefined], Fault> {
      const name = scope + JSON.stringify(Object.entries(query).filter(([member]) => !pagingMembers.has(member)).sort())
      const start = token === undefined ? undefined : tokens.get(token)
      if (token !== undefined && start?.list !== name) return yield* invalid
      const rest = Array.from(list, (element) => [key(element), element] as const)
        .filter(([k]) => start === undefined || k > start.after)
        .sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
      const entries = rest.slice(0, Math.min(size, options.pageSize ?? size))
      const last = entries.at(-1)
      if (rest.length === entries.length || last === undefined) return [rest.map(([, a]) => a), undefined]
      const next = digits(64)
      tokens.set(next, { list: name, after: last[0] })
      return [entries.map(([, a]) => a), next]
    })

  const injections: Array<{ readonly injection: Injection; seen: number }> = []
  const faultsFor = (service: string, operation: string): ReadonlyArray<Injection["fault"]> =>
    injections.filter((entry) => {
      const { nth, share, times, ...only } = entry.injection
      if ((only.service ?? service) !== service || (only.operation ?? operation) !== operation) return false
      entry.seen++
      return (nth === undefined || entry.seen === nth) && (times === undefined || entry.seen <= times) &&
        (share === undefined || random.nextDoubleUnsafe() < share)
    }).map(({ injection }) => injection.fault)

  const authenticate = (
    { identity, request }: SignedRequest,
    service: Service<unknown>,
    operation: string,
    now: number
  ) => {
    const scope = /Credential=([^/,\s]+)\/\d+\/([^/,\s]+)\//.exec(request.headers["authorization"] ?? "")
    if (scope === null) {
      return service.unsigned?.includes(operation)
        ? Effect.succeed([{ ...root, arn: "anonymous" } as Principal, options.region] as const)
        : Effect.fail(commonFault(service.protocol, "unsigned"))
    }
    const principal = principals.get(scope[1]!)
    if (principal === undefined || principal.sessionToken !== request.headers["x-amz-security-token"]) {
      return Effect.fail(commonFault(service.protocol, "unknownKey"))
    }
    if (principal.expiresAt !== undefined && principal.expiresAt <= now) {
      return Effect.fail(commonFault(service.protocol, "expired"))
    }
    // Comparing the secrets replaces verifying the signature: the signature is valid if its secret key is.
    // (The SDK asks for the identity a second time when it signs, so new credentials may have arrived in between.)
    const isSigner = identity?.accessKeyId === principal.accessKeyId && identity?.secretAccessKey !== undefined
    if (isSigner && identity.secretAccessKey !== principal.secretAccessKey) {
      return Effect.fail(commonFault(service.protocol, "signature"))
    }
    return Effect.succeed([principal, scope[2]!] as const)
  }

  const journal: Array<JournalEntry> = []

  const answer = (
    service: Service<unknown>,
    operation: string,
    handler: Handler<any, object, any>,
    sent: object,
    signed: SignedRequest
  ) => {
    let account = options.account
    let region = options.region
    const input = copyData(sent)
    const handle = Effect.fnUntraced(function*(faults: ReadonlyArray<Injection["fault"]>) {
      const principal = yield* authenticate(signed, service, operation, yield* Clock.currentTimeMillis)
      account = principal[0].account
      region = principal[1]
      for (const fault of faults) {
        if (fault._tag === "Delay" && fault.when === "before") yield* Effect.sleep(fault.duration)
        if (fault._tag === "Throttled") return yield* commonFault(service.protocol, "throttled")
        if (fault._tag === "ServerFault") return yield* commonFault(service.protocol, "serverFault")
        if (fault._tag === "Cut" && fault.when === "before") return yield* Effect.fail("Cut" as const)
        if (fault._tag === "Fault") return yield* fault
      }
      const scope = `${service.namespace}#${operation}/${account}/${region}/`
      const output = yield* handler(copyData(input), stateOf(service, account, region), {
        account,
        region,
        principal: principal[0],
        operation,
        request: signed.request,
        id: (prefix, count) => prefix + digits(count),
        uuid,
        pageSize: options.pageSize,
        page: page(scope),
        stateOf: (other, at) => stateOf(other, at?.account ?? account, at?.region ?? region),
        issue: (issued) => principals.set(issued.accessKeyId, issued),
        revoke: (accessKeyId) => principals.delete(accessKeyId),
        principalOf: (accessKeyId) => principals.get(accessKeyId)
      })
      if (faults.some((fault) => fault._tag === "Cut")) return yield* Effect.fail("Cut" as const)
      // Copy now: the output may be part of the state, and the state may change before the answer is sent.
      return copyData(output)
    })
    const attempt = Effect.gen(function*() {
      const faults = faultsFor(service.serviceId, operation)
      const result = yield* Effect.result(handle(faults))
      for (const fault of faults) {
        if (fault._tag === "Delay" && fault.when === "after") yield* Effect.sleep(fault.duration)
      }
      return yield* Effect.fromResult(result)
    })
    return Effect.onExit(attempt, (exit) =>
      Effect.sync(() => {
        journal.push({ service: service.serviceId, operation, input, account, region, outcome: outcomeOf(exit) })
      }))
  }

  const plugin: Pluggable<any, any> = {
    applyToStack: (stack) =>
      stack.add(
        (_next, middleware) => async ({ input, request }) => {
          const smithy = middleware["__smithy_context"] as {
            readonly operationSchema?: ReadonlyArray<unknown>
            readonly abortSignal?: AbortSignal
            readonly selectedHttpAuthScheme?: { readonly identity?: SignedRequest["identity"] }
          }
          const schema = smithy.operationSchema
          const handler = handlers.get(shapeId(schema))
          const [namespace, operation] = [String(schema?.[1]), String(schema?.[2])]
          if (handler === undefined) {
            throw new Defect(
              `The in-memory AWS has no handler for ${middleware.clientName} ${middleware.commandName}. ` +
                `Add one: InMemory.handle(${middleware.commandName}, (input, context) => Effect.succeed({ … })).`
            )
          }
          const service = byNamespace.get(namespace) ??
            {
              serviceId: String(middleware.clientName).replace(/Client$/, ""),
              namespace,
              protocol: "json",
              scope: "region",
              state: () => undefined,
              handlers: {}
            }
          const requestId = uuid()
          const exit = await Effect.runPromiseExitWith(context)(
            answer(service, operation, handler, input, {
              request: request as HttpRequest,
              identity: smithy.selectedHttpAuthScheme?.identity
            }),
            smithy.abortSignal && { signal: smithy.abortSignal }
          )
          if (Exit.isSuccess(exit)) {
            return {
              response: { statusCode: 200, headers: {} },
              output: { ...exit.value, $metadata: { httpStatusCode: 200, requestId, attempts: 1, totalRetryDelay: 0 } }
            }
          }
          const failure = Exit.findErrorOption(exit)
          if (failure._tag === "None") {
            if (Cause.hasInterrupts(exit.cause)) {
              throw Object.assign(new Error("Request aborted"), { name: "AbortError" })
            }
            const died = Cause.squash(exit.cause)
            throw died instanceof Defect
              ? died
              : new Defect(`The in-memory ${service.serviceId}.${operation} died: ${died}`, { cause: died })
          }
          throw failure.value === "Cut"
            ? socketHangUp()
            : exceptionOf(failure.value, namespace, request as HttpRequest, requestId)
        },
        { step: "deserialize", priority: "high", name: "effectAwsSdkInMemory" }
      )
  }

  return {
    credentials,
    journal,
    plugin,
    inject: (injection: Injection) => {
      injections.push({ injection, seen: 0 })
    },
    override: (command: { readonly schema?: ReadonlyArray<unknown> } | object, handler: Handler<any, any, any>) => {
      handlers.set(shapeId((command as { readonly schema?: ReadonlyArray<unknown> }).schema), handler)
    }
  }
})

const outcomeOf = (exit: Exit.Exit<object, Fault | "Cut">): Outcome => {
  if (Exit.isSuccess(exit)) return { _tag: "Answered", output: copyData(exit.value) }
  const failure = Exit.findErrorOption(exit)
  if (failure._tag === "Some") {
    return failure.value === "Cut"
      ? { _tag: "Cut" }
      : { _tag: "Refused", code: failure.value.code, statusCode: failure.value.statusCode ?? 400 }
  }
  return Cause.hasInterrupts(exit.cause) ? { _tag: "Interrupted" } : { _tag: "Died", defect: Cause.squash(exit.cause) }
}
