/** In-memory Parameter Store. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, service } from "./Service.ts"

interface Version {
  readonly version: number
  readonly value: string
  readonly type: sdk.ParameterType
  readonly description: string | undefined
  readonly pattern: string | undefined
  readonly tier: "Standard" | "Advanced"
  readonly keyId: string | undefined
  readonly modified: Date
  readonly by: string
}

interface State {
  /** The versions by name, the newest last. */
  readonly parameters: Map<string, ReadonlyArray<Version>>
}

const validation = (message: string) => new Fault({ code: "ValidationException", message })
const notFound = new Fault({ code: "ParameterNotFound", message: "" })
const invalidToken = new Fault({ code: "InvalidNextToken", message: "The specified token isn't valid." })

const constraint = (member: string, value: unknown, what: string) =>
  validation(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${what}`
  )

const required = (member: string, value: unknown) =>
  value === undefined || value === "" ? Effect.fail(constraint(member, value ?? "null", "not be null")) : Effect.void

const checkName = Effect.fnUntraced(function*(name: string) {
  if (name.length > 2048) return yield* constraint("name", name, "have length less than or equal to 2048")
  if (/^\/?aws/i.test(name)) {
    return yield* new Fault({
      code: "AccessDeniedException",
      message: `No access to reserved parameter name: ${name}.`
    })
  }
  if (/^\/?ssm/i.test(name)) {
    return yield* validation(`Parameter name: can't be prefixed with "ssm" (case-insensitive).`)
  }
  if (!/^[\w.\-/]+$/.test(name)) {
    return yield* validation(
      "Parameter name must be a fully qualified name: only a-zA-Z0-9_.- are allowed, with slashes between the parts of a hierarchy."
    )
  }
  if (name.includes("/") && !name.startsWith("/")) {
    return yield* validation("Parameter name must be a fully qualified name: it has to begin with a slash.")
  }
  if (name.split("/").length - 1 > 15) {
    return yield* new Fault({
      code: "HierarchyLevelLimitExceededException",
      message: "A hierarchy can have a maximum of 15 levels."
    })
  }
})

const arnOf = (name: string, { account, region }: HandlerContext) =>
  `arn:aws:ssm:${region}:${account}:parameter${name.startsWith("/") ? "" : "/"}${name}`

// Looks like ciphertext, so that a test can't mistake it for the decrypted value.
const encrypted = (value: string) => Buffer.from(`AQICAH${value}`).toString("base64")

const toSdk = (
  name: string,
  version: Version,
  decrypt: boolean | undefined,
  context: HandlerContext,
  selector?: string
): sdk.Parameter => ({
  Name: name,
  Type: version.type,
  Value: version.type === "SecureString" && decrypt !== true ? encrypted(version.value) : version.value,
  Version: version.version,
  LastModifiedDate: version.modified,
  ARN: arnOf(name, context),
  DataType: "text",
  ...(selector !== undefined && { Selector: selector })
})

/** Finds a parameter by name, `name:version` or ARN. */
const find = (state: State, given: string) => {
  const [name, selector] = /^arn:[^:]+:ssm:/.test(given)
    ? [`/${given.split(":").slice(5).join(":").replace(/^parameter\/?/, "")}`, undefined]
    : given.split(":") as [string, string | undefined]
  const versions = state.parameters.get(name) ?? state.parameters.get(name.slice(1))
  const found = state.parameters.has(name) ? name : name.slice(1)
  if (versions === undefined) return undefined
  return {
    name: found,
    version: selector === undefined ? versions.at(-1) : versions.find(({ version }) => String(version) === selector),
    selector: selector === undefined ? undefined : `:${selector}`
  }
}

const newest = (versions: ReadonlyArray<Version>): Version => versions[versions.length - 1]!

const matches = (filter: sdk.ParameterStringFilter, name: string, version: Version): boolean => {
  const { Key, Option = Key === "Path" ? "OneLevel" : "Equals", Values = [] } = filter
  const path = name.slice(0, name.lastIndexOf("/")) || "/"
  switch (Key) {
    case "Name":
      return Values.some((value) =>
        Option === "BeginsWith" ? name.startsWith(value) : Option === "Contains" ? name.includes(value) : name === value
      )
    case "Type":
      return Values.includes(version.type)
    case "KeyId":
      return version.keyId !== undefined && Values.includes(version.keyId)
    case "Tier":
      return Values.includes(version.tier)
    case "Path":
      return Values.some((value) =>
        Option === "Recursive" ? name.startsWith(value === "/" ? value : `${value}/`) : path === value
      )
    default:
      return false
  }
}

export const ssm = service<typeof sdk>()({
  serviceId: "SSM",
  namespace: "com.amazonaws.ssm",
  protocol: "json",
  scope: "region",
  state: (): State => ({ parameters: new Map() }),
  handlers: {
    PutParameter: Effect.fnUntraced(function*(input, { parameters }, context) {
      const { AllowedPattern, Description, KeyId, Name = "", Overwrite = false, Tier, Type, Value = "" } = input
      yield* required("name", Name)
      yield* required("value", Value)
      yield* checkName(Name)
      const versions = parameters.get(Name) ?? []
      const before = versions.at(-1)
      if (before !== undefined && !Overwrite) {
        return yield* new Fault({
          code: "ParameterAlreadyExists",
          message:
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
        })
      }
      if (Overwrite && (input.Tags ?? []).length > 0 && before !== undefined) {
        return yield* validation(
          "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag."
        )
      }
      const type = Type ?? before?.type
      if (type === undefined) return yield* validation("A parameter type is required when you create a parameter.")
      if (!["String", "StringList", "SecureString"].includes(type)) {
        return yield* constraint("type", type, "satisfy enum value set: [SecureString, StringList, String]")
      }
      if (before !== undefined && before.type !== type) {
        return yield* new Fault({
          code: "HierarchyTypeMismatchException",
          message: "Parameter Store doesn't support changing a parameter type in a hierarchy."
        })
      }
      if (Tier === "Standard" && before?.tier === "Advanced") {
        return yield* validation(
          "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier."
        )
      }
      const needsAdvanced = Tier === "Intelligent-Tiering" && Buffer.byteLength(Value) > 4096
      const tier: Version["tier"] = Tier === "Advanced" || before?.tier === "Advanced" || needsAdvanced
        ? "Advanced"
        : "Standard"
      const limit = tier === "Advanced" ? 8192 : 4096
      if (Buffer.byteLength(Value) > limit) {
        return yield* validation(
          `${tier} tier parameters support a maximum parameter value of ${limit} characters.`
        )
      }
      const pattern = AllowedPattern ?? before?.pattern
      if (pattern !== undefined && pattern !== "") {
        const regex = yield* Effect.try({
          try: () => new RegExp(`^(?:${pattern})$`),
          catch: () =>
            new Fault({
              code: "InvalidAllowedPatternException",
              message: `The regular expression ${pattern} isn't valid.`
            })
        })
        const values = type === "StringList" ? Value.split(",") : [Value]
        if (!values.every((value) => regex.test(value))) {
          return yield* new Fault({
            code: "ParameterPatternMismatchException",
            message: `Parameter value, cannot be validated against allowedPattern: ${pattern}`
          })
        }
      }
      const version = (before?.version ?? 0) + 1
      parameters.set(
        Name,
        [...versions, {
          version,
          value: Value,
          type,
          description: Description ?? before?.description,
          pattern,
          tier,
          keyId: type === "SecureString" ? KeyId ?? before?.keyId ?? "alias/aws/ssm" : undefined,
          modified: new Date(yield* Clock.currentTimeMillis),
          by: context.principal.arn
        }].slice(-100)
      )
      return { Version: version, Tier: tier }
    }),

    GetParameter: Effect.fnUntraced(function*({ Name = "", WithDecryption }, state, context) {
      yield* required("name", Name)
      const found = find(state, Name)
      if (found === undefined) return yield* notFound
      if (found.version === undefined) {
        return yield* new Fault({
          code: "ParameterVersionNotFound",
          message: `Systems Manager could not find version ${
            found.selector?.slice(1)
          } of ${found.name}. Verify the version and try again.`
        })
      }
      return { Parameter: toSdk(found.name, found.version, WithDecryption, context, found.selector) }
    }),

    GetParameters: Effect.fnUntraced(function*({ Names = [], WithDecryption }, state, context) {
      if (Names.length === 0 || Names.length > 10) {
        return yield* constraint(
          "names",
          `[${Names.join(", ")}]`,
          "have length less than or equal to 10, and not be null"
        )
      }
      const found = Names.map((name) => [name, find(state, name)] as const)
      return {
        Parameters: found.flatMap(([, f]) =>
          f?.version === undefined ? [] : [toSdk(f.name, f.version, WithDecryption, context, f.selector)]
        ),
        InvalidParameters: found.flatMap(([name, f]) => f?.version === undefined ? [name] : [])
      }
    }),

    GetParametersByPath: Effect.fnUntraced(function*(input, { parameters }, context) {
      const { MaxResults = 10, NextToken, ParameterFilters = [], Path = "", Recursive = false, WithDecryption } = input
      yield* required("path", Path)
      if (!Path.startsWith("/")) {
        return yield* validation(
          `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/".`
        )
      }
      if (MaxResults < 1 || MaxResults > 10) {
        return yield* constraint("maxResults", MaxResults, "have value between 1 and 10")
      }
      const path = Path.length > 1 ? Path.replace(/\/+$/, "") : Path
      const filters = [
        { Key: "Path", Option: Recursive ? "Recursive" : "OneLevel", Values: [path] },
        ...ParameterFilters
      ]
      const [page, token] = yield* context.page(
        [...parameters].filter(([name, versions]) =>
          name.startsWith("/") && filters.every((filter) => matches(filter, name, newest(versions)))
        ),
        { token: NextToken, size: MaxResults, key: ([name]) => name, query: input, invalid: invalidToken }
      )
      return {
        Parameters: page.map(([name, versions]) => toSdk(name, newest(versions), WithDecryption, context)),
        NextToken: token
      }
    }),

    DescribeParameters: Effect.fnUntraced(function*(input, { parameters }, context) {
      const { MaxResults = 50, NextToken, ParameterFilters = [] } = input
      if (MaxResults < 1 || MaxResults > 50) {
        return yield* constraint("maxResults", MaxResults, "have value between 1 and 50")
      }
      const [page, token] = yield* context.page(
        [...parameters].filter(([name, versions]) =>
          ParameterFilters.every((filter) => matches(filter, name, newest(versions)))
        ),
        { token: NextToken, size: MaxResults, key: ([name]) => name, query: input, invalid: invalidToken }
      )
      return {
        Parameters: page.map(([name, versions]) => {
          const { by, description, keyId, modified, pattern, tier, type, version } = newest(versions)
          return {
            Name: name,
            ARN: arnOf(name, context),
            Type: type,
            KeyId: keyId,
            LastModifiedDate: modified,
            LastModifiedUser: by,
            Description: description,
            AllowedPattern: pattern,
            Version: version,
            Tier: tier,
            Policies: [],
            DataType: "text"
          }
        }),
        NextToken: token
      }
    }),

    GetParameterHistory: Effect.fnUntraced(function*(input, { parameters }, context) {
      const { MaxResults = 50, Name = "", NextToken, WithDecryption } = input
      yield* required("name", Name)
      const versions = parameters.get(Name)
      if (versions === undefined) return yield* notFound
      const [page, token] = yield* context.page(versions, {
        token: NextToken,
        size: MaxResults,
        key: ({ version }) => String(version).padStart(9, "0"),
        query: input,
        invalid: invalidToken
      })
      return {
        Parameters: page.map((version): sdk.ParameterHistory => ({
          ...toSdk(Name, version, WithDecryption, context),
          LastModifiedUser: version.by,
          Description: version.description,
          AllowedPattern: version.pattern,
          KeyId: version.keyId,
          Tier: version.tier,
          Labels: [],
          Policies: []
        })),
        NextToken: token
      }
    }),

    DeleteParameter: Effect.fnUntraced(function*({ Name = "" }, { parameters }) {
      yield* required("name", Name)
      return parameters.delete(Name) ? {} : yield* notFound
    }),

    DeleteParameters: Effect.fnUntraced(function*({ Names = [] }, { parameters }) {
      if (Names.length === 0 || Names.length > 10) {
        return yield* constraint(
          "names",
          `[${Names.join(", ")}]`,
          "have length less than or equal to 10, and not be null"
        )
      }
      const [gone, unknown] = [
        Names.filter((name) => parameters.has(name)),
        Names.filter((name) => !parameters.has(name))
      ]
      for (const name of gone) parameters.delete(name)
      return { DeletedParameters: gone, InvalidParameters: unknown }
    })
  }
})
