// Parameters that are read several in a call.
import { GetParametersCommand, type Parameter as SdkParameter } from "@aws-sdk/client-ssm"
import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { Concurrency } from "effect/Types"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import { ParameterDoesNotExist, ParametersDoNotExist, type RefusedName } from "../../../errors/internal/ssmErrors.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import { type Need, readMembers } from "../../../src/internal/members.ts"
import { oncePerLayer } from "../../../src/internal/memo.ts"
import { batches, isContentRefused, sendInPieces } from "../batches.ts"
import * as Lookups from "../lookups.ts"
import { fromSdk, type Parameter } from "./models.ts"
import { ssm } from "./service.ts"

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
  /** For how long the parameter is kept, from when it was read. */
  readonly ttl: Duration.Input
}

/** How many names a call takes. */
const PER_CALL = 10

/** `name` and `/name` are the same parameter. */
const withoutSlash = (name: string): string => /^\/[^/]*$/.test(name) ? name.slice(1) : name

/**
 * The parameters of an answer, by the names that were asked for. AWS answers with the name that was asked for or, to an ARN,
 * with the name in it; the selector (`:version` or `:label`) is apart. It removes spaces around a name.
 */
const byAskedName = (
  asked: ReadonlyArray<string>,
  parameters: ReadonlyArray<SdkParameter>,
  need: Need
): ReadonlyMap<string, SdkParameter> => {
  const exact = new Map<string, SdkParameter>()
  const others = new Map<string, SdkParameter>()
  for (const parameter of parameters) {
    const { ARN, Name, Selector = "" } = parameter
    const name = `${need(Name, "Name")}${Selector}`
    exact.set(name, parameter)
    others.set(withoutSlash(name), parameter)
    if (ARN !== undefined) others.set(`${ARN}${Selector}`, parameter)
  }
  return new Map(asked.flatMap((given) => {
    const name = given.trim()
    const parameter = exact.get(name) ?? others.get(withoutSlash(name))
    return parameter === undefined ? [] : [[given, parameter] as const]
  }))
}

/** Reads up to ten parameters in one call. Those that don't exist aren't in the result. */
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
          const found = byAskedName(names, need(Parameters, "Parameters"), need)
          // What is neither found nor invalid isn't in the answer at all.
          if (found.size < names.length && InvalidParameters.length === 0) need(undefined, "InvalidParameters")
          return new Map([...found].map(([name, parameter]) => [name, fromSdk(parameter, decrypt, need)]))
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
  const asked = [...new Set(names)]
  const split = batches(asked, [{ of: () => 1, atMost: PER_CALL }]).batches
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
      const pieces = yield* sendInPieces(names, (names) => read(names, decrypt), isPartRefused)
      const exits = new Map<string, Exit.Exit<Parameter, LookupError>>()
      for (const { elements, result } of pieces) {
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
  const key: Cached = { name, decrypt: options.decrypt ?? true, ttl: Duration.toMillis(options.ttl) }
  return AwsClients.use((clients) =>
    Effect.flatMap(oncePerLayer(clients, "Ssm.cached", makeCache), (cache) => Cache.get(cache, key))
  )
}
