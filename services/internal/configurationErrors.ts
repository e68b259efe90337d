// Which values of AWS a ConfigError is about.
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import { LookedUp } from "./configuration.ts"

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Names are added once, also where an effect that explains its errors is part of another one. */
const hasNames = new WeakSet<Config.ConfigError>()

/** What to say of a key that was looked up where no provider of this library is. */
const UNASKED =
  ", which no ConfigProvider of effect-aws-sdk was asked for: provide one where the lookup runs, and not only " +
  "where a Layer is built"

/**
 * The names of what the present provider looks up for a path; none if another source answers it, and `undefined` if the provider
 * has nothing of this library.
 */
const namesOf = Effect.fnUntraced(function*(path: ReadonlyArray<PropertyKey>) {
  const names = new Set<string>()
  const provider = yield* ConfigProvider.ConfigProvider
  const isAnswered = yield* provider.load(path.filter((segment) => typeof segment !== "symbol")).pipe(
    Effect.provideService(LookedUp, names),
    Effect.match({ onFailure: () => true, onSuccess: (node) => node !== undefined })
  )
  return names.size > 0 || isAnswered ? [...names] : undefined
})

const explained = Effect.fnUntraced(function*(error: Config.ConfigError, { issue }: Schema.SchemaError) {
  if (hasNames.has(error)) return error
  const issues: Array<SchemaIssue.Issue> = []
  let isNamed = false
  for (const { message, path = [] } of issuesOf(issue).issues) {
    const keys = path.map((segment) => typeof segment === "object" ? segment.key : segment)
    const names = yield* namesOf(keys)
    isNamed ||= names === undefined || names.length > 0
    const where = names === undefined ? UNASKED : names.length === 0 ? "" : `, in ${names.join(" or ")}`
    issues.push(new SchemaIssue.Pointer(keys, new SchemaIssue.InvalidValue({ message: message + where })))
  }
  const [first, ...others] = issues
  if (first === undefined) return error
  const explained = new Config.ConfigError(
    new Schema.SchemaError(
      others.length === 0 ? first : new SchemaIssue.Composite(SchemaAST.unknown, [first, ...others])
    )
  )
  if (isNamed) hasNames.add(explained)
  return explained
})

const isSchemaConfigError = <E>(error: E): error is E & Config.ConfigError & { readonly cause: Schema.SchemaError } =>
  error instanceof Config.ConfigError && Schema.isSchemaError(error.cause)

/** Names what AWS stores, or doesn't, in the messages of the effect's `ConfigError`s. */
export const explainConfigErrors = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  // An error that is explained is of the same type.
  Effect.catchIf(
    self,
    isSchemaConfigError<E>,
    (error) => Effect.flatMap(explained(error, error.cause), Effect.fail)
  ) as Effect.Effect<A, E, R>
