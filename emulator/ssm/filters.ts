/** The filters of parameters. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { checkPath } from "./names.ts"
import { newest, rooted } from "./parameters.ts"
import * as Ssm from "./state.ts"

export const filterRules = {
  members: {
    Key: { required: true, min: 1, max: 132, pattern: "^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$" },
    Option: { min: 1, max: 10 },
    Values: { min: 1, max: 50, each: { min: 1, max: 1024 } }
  }
} as const

/** The filters that AWS replaced by those above. */
export const oldFilterRules = {
  members: {
    Key: { required: true, enum: ["Name", "Type", "KeyId"] },
    Values: { required: true, min: 1, max: 50, each: { min: 1, max: 1024 } }
  }
} as const

/** The keys that a command accepts, and the ones that AWS's message lists. */
const keysOf = {
  DescribeParameters: {
    all: ["Path", "Name", "Type", "KeyId", "Tier", "DataType"],
    shown: "Path, Name, Type, KeyId, Tier"
  },
  GetParametersByPath: { all: ["Type", "KeyId", "Label"], shown: "Type, KeyId" }
} as const

const valuesOf: Readonly<Record<string, ReadonlyArray<string>>> = {
  Tier: ["Standard", "Advanced", "Intelligent-Tiering"],
  Type: ["String", "StringList", "SecureString"]
}

const optionsOf = (key: string): ReadonlyArray<string> =>
  key === "Path"
    ? ["Recursive", "OneLevel"]
    : key === "Label"
    ? ["Equals"]
    : key === "Name"
    ? ["BeginsWith", "Equals", "Contains"]
    : ["BeginsWith", "Equals"]

const invalidKey = (message: string) => new Fault({ code: "InvalidFilterKey", message })
const invalidOption = (message: string) => new Fault({ code: "InvalidFilterOption", message })

interface Filter {
  readonly key: string
  readonly option: string
  readonly values: ReadonlyArray<string>
}

/** Checks the filters of a request. */
export const parse = Effect.fnUntraced(function*(
  command: keyof typeof keysOf,
  filters: ReadonlyArray<sdk.ParameterStringFilter | sdk.ParametersFilter> = []
) {
  const parsed: Array<Filter> = []
  for (const filter of filters) {
    const { Key: key = "", Values: values = [] } = filter
    const option = ("Option" in filter ? filter.Option : undefined) ?? (key === "Path" ? "OneLevel" : "Equals")
    const isTag = key.startsWith("tag:")
    const { all, shown }: { readonly all: ReadonlyArray<string>; readonly shown: string } = keysOf[command]
    if (isTag ? command === "GetParametersByPath" : !all.includes(key)) {
      return yield* invalidKey(`The following filter key is not valid: ${key}. Valid filter keys include: [${shown}].`)
    }
    if (!isTag && values.length === 0) {
      return yield* new Fault({
        code: "InvalidFilterValue",
        message: `The following filter values are missing : null for filter key ${key}.`
      })
    }
    if (parsed.some((other) => other.key === key)) {
      return yield* invalidKey(
        `The following filter is duplicated in the request: ${key}. A request can contain only one occurrence of a specific filter.`
      )
    }
    const options = optionsOf(key)
    if (!options.includes(option)) {
      return yield* invalidOption(
        `The following filter option is not valid: ${option}. Valid options include: [${options.join(", ")}].`
      )
    }
    const wrong = values.find((value) => valuesOf[key]?.includes(value) === false)
    if (wrong !== undefined) {
      return yield* invalidOption(
        `The following filter value is not valid: ${wrong}. Valid values include: [${valuesOf[key]!.join(", ")}].`
      )
    }
    if (key === "Path") {
      if (values.some((value) => /^\/(?:aws|ssm)/i.test(value))) {
        return yield* Ssm.validation(
          `Filters for common parameters can't be prefixed with "aws" or "ssm" (case-insensitive). ` +
            "When using global parameters, please specify within a global namespace."
        )
      }
      yield* Effect.forEach(values, checkPath)
    }
    parsed.push({ key, option, values })
  }
  return parsed
})

/** Whether a parameter is below a path: on its next level, or on any. */
export const isBelow = (name: string, path: string, recursive: boolean): boolean => {
  const folder = path.endsWith("/") ? path : `${path}/`
  return name.startsWith(folder) && (recursive || !name.slice(folder.length).includes("/"))
}

const matchesText = ({ option, values }: Filter, text: string): boolean =>
  values.some((value) =>
    option === "BeginsWith" ? text.startsWith(value) : option === "Contains" ? text.includes(value) : text === value
  )

const matches = (filter: Filter, { name, tags }: Ssm.Parameter, version: Ssm.Version): boolean => {
  const { key, option, values } = filter
  switch (key) {
    case "Name":
      return option === "Contains"
        ? matchesText(filter, name)
        : matchesText({ ...filter, values: values.map(rooted) }, rooted(name))
    case "Path":
      return values.some((path) => isBelow(rooted(name), path, option === "Recursive"))
    case "Label":
      return version.labels.some((label) => values.includes(label))
    case "Type":
      return matchesText(filter, version.type)
    case "Tier":
      return matchesText(filter, version.tier)
    case "DataType":
      return matchesText(filter, version.dataType)
    case "KeyId":
      return version.keyId !== undefined && matchesText(filter, version.keyId)
    default:
      return tags.some(({ Key, Value = "" }) =>
        `tag:${Key}` === key && (values.length === 0 || matchesText(filter, Value))
      )
  }
}

/** The version of a parameter that matches all filters: the one with the given label, or else the newest. */
export const select = (parameter: Ssm.Parameter, filters: ReadonlyArray<Filter>): Ssm.Version | undefined =>
  (filters.some(({ key }) => key === "Label") ? parameter.versions : [newest(parameter)]).findLast((version) =>
    filters.every((filter) => matches(filter, parameter, version))
  )
