// Parameters that are read several in a call.
import { GetParametersCommand } from "@aws-sdk/client-ssm"
import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { Concurrency } from "effect/Types"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import { ParameterDoesNotExist, ParametersDoNotExist, type RefusedName } from "../../../errors/internal/ssmErrors.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import { readMembers } from "../../../src/internal/members.ts"
import { oncePerLayer } from "../../../src/internal/memo.ts"
import { batches, isContentRefused, sendInPieces } from "../batches.ts"
import { elementsOf } from "../elements.ts"
import { refuse, ttlProblem } from "../invalid.ts"
import * as Lookups from "../lookups.ts"
import type { Parameter } from "./models.ts"
import { fromSdk } from "./results.ts"
import * as ssm from "./service.ts"

/**
 * Options of functions that read parameters.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadOptions {
  /**
   * Whether to decrypt a `SecureString`; `true` by default. The decrypted value is `Redacted`. With `false`, the value is the
   * ciphertext.
   */
  readonly decrypt?: boolean | undefined
}

/**
 * Options of `getParameters`.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetParametersOptions extends ReadOptions {
  /** The maximum number of concurrent calls; 4 by default. */
  readonly concurrency?: Concurrency | undefined
}

/**
 * Options of `cached`.
 *
 * @category models
 * @since 0.1.0
 */
export interface CachedOptions extends ReadOptions {
  /** For how long the parameter is kept, from when it was read: above 0. With `"Infinity"`, it's kept as long as the Layer. */
  readonly ttl: Duration.Input
}

/** How many names a call takes. */
const PER_CALL = 10

/**
 * The part of a name that says which parameter it means: the name in an ARN, without the selector (`:version` or `:label`) and
 * the spaces around it. `name` and `/name` are the same parameter.
 */
const parameterOf = (name: string): string => {
  const path = name.trim().replace(/^arn:[^/]*:parameter(?=\/)/, "").replace(/:[^:/]*$/, "")
  return /^\/[^/]*$/.test(path) ? path.slice(1) : path
}

/**
 * Lists in which no parameter has two names, so that an answer says which name it is for. AWS documents that a call takes
 * versions, labels and ARNs, but not what it answers if several of them mean the same parameter.
 */
const apart = (names: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => {
  const lists: Array<Array<string>> = []
  for (const sameParameter of Map.groupBy(names, parameterOf).values()) {
    for (const [i, name] of sameParameter.entries()) (lists[i] ??= []).push(name)
  }
  return lists
}

/** Reads up to ten parameters in one call, by one name each. Those that don't exist aren't in the result. */
const read = (names: ReadonlyArray<string>, decrypt: boolean): Effect.Effect<
  ReadonlyMap<string, Parameter>,
  AwsError,
  AwsClients
> =>
  ssm.send(new GetParametersCommand({ Names: [...names], WithDecryption: decrypt })).pipe(
    Effect.flatMap((output) =>
      readMembers(
        { service: "SSM", operation: "GetParameters" },
        output,
        ({ InvalidParameters = [], Parameters }, need) => {
          const answered = new Map(
            need(Parameters, "Parameters").map((parameter) => [parameterOf(need(parameter.Name, "Name")), parameter])
          )
          const found = new Map<string, Parameter>()
          for (const name of names) {
            const parameter = answered.get(parameterOf(name))
            if (parameter !== undefined) found.set(name, fromSdk(parameter, decrypt, need))
          }
          // What is neither found nor invalid isn't in the answer at all.
          if (found.size < names.length && InvalidParameters.length === 0) need(undefined, "InvalidParameters")
          return found
        }
      )
    )
  )

/** AWS refuses a whole call for one malformed name. */
const isMalformed = (error: AwsError): boolean => error.code === "ValidationException" && isContentRefused(error)

export const getParameters = Effect.fn("Ssm.getParameters")(function*(
  names: Iterable<string> & object,
  options?: GetParametersOptions
): Effect.fn.Return<ReadonlyMap<string, Parameter>, ParametersDoNotExist<Parameter> | AwsError, AwsClients> {
  const decrypt = options?.decrypt ?? true
  const asked = [...new Set(elementsOf(names))]
  const split = apart(asked).flatMap((names) => batches(names, [{ of: () => 1, atMost: PER_CALL }]).batches)
  const readBatch = Effect.fnUntraced(function*(batch: ReadonlyArray<string>) {
    const pieces = yield* sendInPieces(batch, (names) => read(names, decrypt), isMalformed)
    const found: Array<readonly [string, Parameter]> = []
    const refused: Array<RefusedName> = []
    for (const { elements, result } of pieces) {
      if (Result.isSuccess(result)) found.push(...result.success)
      else if (!isMalformed(result.failure)) return yield* result.failure
      else refused.push(...elements.map((name) => ({ name, cause: result.failure })))
    }
    return { found, refused }
  })
  const parts = yield* Effect.forEach(split, readBatch, { concurrency: options?.concurrency ?? 4 })
  const parameters = new Map(parts.flatMap(({ found }) => found))
  const causes = new Map(parts.flatMap(({ refused }) => refused.map(({ cause, name }) => [name, cause] as const)))
  const found = new Map<string, Parameter>()
  const missing: Array<string> = []
  const refused: Array<RefusedName> = []
  for (const name of asked) {
    const [parameter, cause] = [parameters.get(name), causes.get(name)]
    if (parameter !== undefined) found.set(name, parameter)
    else if (cause !== undefined) refused.push({ name, cause })
    else missing.push(name)
  }
  if (missing.length === 0 && refused.length === 0) return found
  return yield* new ParametersDoNotExist<Parameter>({ missing, refused, found })
})

/** Whether a call may have failed because of some of its names only: so do calls that one of the parameters is denied to. */
const isPartRefused = (error: AwsError): boolean => isContentRefused(error) || error.reason._tag === "AccessDenied"

type LookupError = ParameterDoesNotExist | AwsError

const lookups = (decrypt: boolean) =>
  Lookups.shared<string, Parameter, LookupError>({
    kind: `Ssm.lookupParameter/${decrypt ? "decrypted" : "encrypted"}`,
    span: "Ssm.lookupParameters",
    keyOf: (name) => name,
    idsPerCall: PER_CALL,
    collect: PER_CALL,
    concurrency: 10,
    call: Effect.fnUntraced(function*(names: ReadonlyArray<string>) {
      const pieces = yield* Effect.forEach(
        apart(names),
        (names) => sendInPieces(names, (names) => read(names, decrypt), isPartRefused)
      )
      const exits = new Map<string, Exit.Exit<Parameter, LookupError>>()
      for (const { elements, result } of pieces.flat()) {
        for (const name of elements) {
          const parameter = Result.isSuccess(result) ? result.success.get(name) : undefined
          exits.set(
            name,
            parameter !== undefined
              ? Exit.succeed(parameter)
              : Exit.fail(Result.isFailure(result) ? result.failure : new ParameterDoesNotExist({ parameter: name }))
          )
        }
      }
      return (name: string) => exits.get(name)!
    })
  })

const decrypted = lookups(true)
const encrypted = lookups(false)

export const lookupParameter = Effect.fn("Ssm.lookupParameter")(
  (name: string, options?: ReadOptions): Effect.Effect<Parameter, LookupError, AwsClients> =>
    options?.decrypt === false ? encrypted(name) : decrypted(name)
)

/** How many parameters a Layer keeps for `cached`. */
const MOST_CACHED = 1_000

interface Cached {
  readonly name: string
  readonly decrypt: boolean
  /** In milliseconds. */
  readonly ttl: number
}

const makeCache = Cache.makeWith(
  ({ decrypt, name }: Cached) => lookupParameter(name, { decrypt }),
  {
    capacity: MOST_CACHED,
    timeToLive: (exit, { ttl }) => Exit.isSuccess(exit) ? ttl : 0,
    requireServicesAt: "lookup"
  }
)

export const cached = (name: string, options: CachedOptions): Effect.Effect<Parameter, LookupError, AwsClients> => {
  const problem = ttlProblem(options.ttl)
  if (problem !== undefined) return refuse("SSM", "GetParameters", problem)
  const key: Cached = { name, decrypt: options.decrypt ?? true, ttl: Duration.toMillis(options.ttl) }
  return AwsClients.use((clients) =>
    Effect.flatMap(oncePerLayer(clients, "Ssm.cached", makeCache), (cache) => Cache.get(cache, key))
  )
}
