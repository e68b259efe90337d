/** What Systems Manager reads in the content of a document: its schema, its parameters and its steps. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"

/** A step, which results have as a plugin. */
export interface Step {
  readonly name: string
  /** Such as `aws:runShellScript`. */
  readonly action: string
}

export interface DocumentParameter {
  readonly name: string
  readonly type: string
  readonly description?: string | undefined
  readonly default?: unknown
  readonly allowedValues?: ReadonlyArray<unknown> | undefined
  readonly allowedPattern?: string | undefined
  readonly minItems?: number | undefined
  readonly maxItems?: number | undefined
}

export interface Outline {
  readonly schemaVersion?: string | undefined
  readonly description?: string | undefined
  readonly parameters: ReadonlyArray<DocumentParameter>
  readonly steps: ReadonlyArray<Step>
  /** Seconds that a step may take, if the document says. */
  readonly timeout?: string | undefined
}

const invalidContent = (message: string) => new Fault({ code: "InvalidDocumentContent", message })

const invalidSchema = (message: string) => new Fault({ code: "InvalidDocumentSchemaVersion", message })

/** The schemas that a type of document has. Other types have none. */
const schemas: Readonly<Record<string, ReadonlyArray<string>>> = {
  Automation: ["0.3"],
  Command: ["1.2", "2.0", "2.2"],
  Policy: ["2.0", "2.2"],
  Session: ["1.0"]
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const objectAt = (value: unknown): Json => isObject(value) ? value : {}

const textAt = (value: unknown): string | undefined => value === undefined ? undefined : String(value)

const parse = Effect.fnUntraced(function*(content: string, format: string) {
  if (format === "JSON") {
    return yield* Effect.try({
      try: (): unknown => JSON.parse(content),
      catch: () => invalidContent("JSON not well-formed.")
    })
  }
  // YAML is rare, and its parser comes with much else: it loads when a document needs it.
  const { Yaml } = yield* Effect.promise(() => import("effect/encoding"))
  return yield* Effect.try({ try: () => Yaml.parse(content), catch: () => invalidContent("YAML not well-formed.") })
})

/** The content of a document as a value: of YAML, what the same JSON has. */
export const valueOf = parse

/** The steps of each of the schemas: `runtimeConfig` of the oldest, `mainSteps` of the others. */
const stepsOf = ({ mainSteps, runtimeConfig, schemaVersion }: Json): ReadonlyArray<Step> =>
  schemaVersion === "1.2"
    ? Object.keys(objectAt(runtimeConfig)).map((action) => ({ name: action, action }))
    : Array.isArray(mainSteps)
    ? mainSteps.filter(isObject).map(({ action, name }) => ({ name: String(name), action: String(action) }))
    : []

/** Reads the content of a document of a type. */
export const outlineOf = Effect.fnUntraced(function*(content: string, format: string, type: string) {
  const versions = Object.hasOwn(schemas, type) ? schemas[type] : undefined
  if (versions === undefined || format === "TEXT") {
    if (versions !== undefined) {
      return yield* invalidContent(`A document of the type ${type} has the format JSON or YAML, not TEXT.`)
    }
    return type === "ApplicationConfiguration" || type === "ApplicationConfigurationSchema" || type === "ChangeCalendar"
      ? { parameters: [], steps: [] }
      : yield* unsupported(`The in-memory SSM doesn't have documents of the type ${type}.`)
  }
  const value = yield* parse(content, format)
  if (!isObject(value)) return yield* invalidContent(`${format} not well-formed.`)
  const schemaVersion = textAt(value["schemaVersion"])
  if (schemaVersion === undefined || !versions.includes(schemaVersion)) {
    return yield* invalidSchema(
      `The schema version ${schemaVersion ?? null} isn't supported for a document of the type ${type}. Use ${
        versions.join(", ")
      }.`
    )
  }
  const steps = stepsOf(value)
  if (steps.length === 0 && type === "Command") {
    return yield* invalidContent(`A document of the schema version ${schemaVersion} needs a step.`)
  }
  const parameters = Object.entries(objectAt(value["parameters"])).map(([name, given]): DocumentParameter => {
    const parameter = objectAt(given)
    return {
      name,
      type: String(parameter["type"] ?? "String"),
      description: textAt(parameter["description"]),
      default: parameter["default"],
      allowedValues: Array.isArray(parameter["allowedValues"]) ? parameter["allowedValues"] : undefined,
      allowedPattern: textAt(parameter["allowedPattern"]),
      minItems: parameter["minItems"] as number | undefined,
      maxItems: parameter["maxItems"] as number | undefined
    }
  })
  const outline: Outline = { schemaVersion, description: textAt(value["description"]), parameters, steps }
  return outline
})

const everywhere: ReadonlyArray<sdk.PlatformType> = ["Windows", "Linux", "MacOS"]

/** Where the steps of a document run. */
export const platformsOf = ({ steps }: Outline): ReadonlyArray<sdk.PlatformType> =>
  steps.length > 0 && steps.every(({ action }) => action === "aws:runShellScript") ? ["Linux", "MacOS"] : everywhere

const shownDefault = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value)

export const parametersToSdk = ({ parameters }: Outline): Array<sdk.DocumentParameter> =>
  parameters.map(({ description, name, type, ...rest }) => ({
    Name: name,
    Type: type as sdk.DocumentParameterType,
    ...(description !== undefined && { Description: description }),
    ...(rest.default !== undefined && { DefaultValue: shownDefault(rest.default) })
  }))

const invalidParameters = (message: string) => new Fault({ code: "InvalidParameters", message })

const problemOf = (parameter: DocumentParameter, values: ReadonlyArray<string>): string | undefined => {
  const { allowedPattern, allowedValues, maxItems, minItems, name } = parameter
  if (minItems !== undefined && values.length < minItems) return `Parameter ${name} needs at least ${minItems} items.`
  if (maxItems !== undefined && values.length > maxItems) return `Parameter ${name} has at most ${maxItems} items.`
  const wrong = values.find((value) =>
    (allowedValues !== undefined && !allowedValues.map(String).includes(value)) ||
    (allowedPattern !== undefined && !new RegExp(allowedPattern).test(value))
  )
  return wrong === undefined ? undefined : `Parameter ${name} has the value ${wrong}, which the document doesn't allow.`
}

/** Checks the parameters that a request gives for a document. */
export const checkParameters = Effect.fnUntraced(function*(
  { parameters }: Outline,
  given: Readonly<Record<string, ReadonlyArray<string>>>
) {
  const unknown = Object.keys(given).find((name) => !parameters.some((one) => one.name === name))
  if (unknown !== undefined) return yield* invalidParameters(`Parameter ${unknown} isn't defined in the document.`)
  for (const parameter of parameters) {
    const values = Object.hasOwn(given, parameter.name) ? given[parameter.name]! : undefined
    if (values === undefined) {
      if (parameter.default === undefined) {
        return yield* invalidParameters(`The document requires the parameter ${parameter.name}.`)
      }
      continue
    }
    const problem = problemOf(parameter, values)
    if (problem !== undefined) return yield* invalidParameters(problem)
  }
})
