/** In-memory Parameter Store: the state, and the parts that handlers share (faults, constraints, names, tags). */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, type Handlers } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { parseArn } from "../support/arn.ts"
import { checker } from "../support/constraints.ts"
import { publicParameters } from "../support/publicImages.ts"
import { tagging } from "../support/tags.ts"

export type SsmHandlers = Handlers<typeof sdk, State>

export interface Version {
  readonly version: number
  readonly value: string
  readonly type: sdk.ParameterType
  readonly description: string | undefined
  readonly pattern: string | undefined
  readonly tier: "Standard" | "Advanced"
  readonly keyId: string | undefined
  readonly modified: Date
  readonly by: string
  /** A label belongs to one version of a parameter. */
  readonly labels: ReadonlyArray<string>
}

export interface Parameter {
  readonly name: string
  /** The newest last. */
  versions: ReadonlyArray<Version>
  tags: ReadonlyArray<sdk.Tag>
}

export interface State {
  readonly parameters: Map<string, Parameter>
}

// Faults

export const validation = (message: string) => new Fault({ code: "ValidationException", message })
export const notFound = new Fault({ code: "ParameterNotFound", message: "" })
export const versionNotFound = (name: string, version: number | string) =>
  new Fault({
    code: "ParameterVersionNotFound",
    message: `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`
  })
const invalidToken = new Fault({ code: "InvalidNextToken", message: "The specified token isn't valid." })

// Constraints

export const check = checker({ code: "ValidationException" })

export const parameterName = { required: true, min: 1, max: 2048 } as const
export const parameterNames = { required: true, min: 1, max: 10, each: { min: 1, max: 2048 } } as const
export const pageSize = { min: 1, max: 50 } as const

export const checkName = Effect.fnUntraced(function*(name: string) {
  const reserved = /^\/?(aws|ssm)/i.exec(name)?.[1]?.toLowerCase()
  const isPath = name.split("/").length > 2
  if (reserved !== undefined && !isPath) {
    return yield* validation(`Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive).`)
  }
  if (reserved === "aws") {
    return yield* new Fault({
      code: "AccessDeniedException",
      message: `No access to reserved parameter name: ${name}.`
    })
  }
  if (reserved === "ssm") {
    return yield* validation(
      `Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of ` +
        "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"
    )
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

/** AWS publishes parameters of its own, and gives access to secrets by name. Only the names of EC2's images are there. */
export const checkOwn = (name: string) =>
  /^\/?aws\//i.test(name)
    ? unsupported(
      `The in-memory SSM doesn't have ${name}: it knows only parameters that were put into it, and those of a few images.`
    )
    : Effect.void

// Tags

const tagText = (max: number) => ({ max, pattern: "^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$" }) as const

export const tagKeyRule = { min: 1, ...tagText(128) } as const
export const tagRules = {
  max: 1000,
  members: { Key: { required: true, ...tagKeyRule }, Value: { required: true, ...tagText(256) } }
} as const

export const tags = tagging<sdk.Tag>({
  key: ({ Key }) => Key,
  limit: 50,
  tooMany: new Fault({ code: "TooManyTagsError", message: "The parameter has more than 50 tags." }),
  reserved: () => validation("aws: prefixed tag key names are not allowed for external use.")
})

// Parameters

export const newest = ({ versions }: Parameter): Version => versions[versions.length - 1]!

export const arnOf = (name: string, context: HandlerContext): string =>
  context.arn("ssm", `parameter${name.startsWith("/") ? "" : "/"}${name}`)

const publishedAt = new Date("2024-10-12T00:00:00Z")

/** The parameters that AWS publishes: the ids of EC2's images. */
export const published = ({ region }: HandlerContext): ReadonlyArray<Parameter> =>
  Array.from(publicParameters(region), ([name, value]) => ({
    name,
    versions: [{
      version: 1,
      value,
      type: "String",
      description: undefined,
      pattern: undefined,
      tier: "Standard",
      keyId: undefined,
      modified: publishedAt,
      by: "",
      labels: []
    }],
    tags: []
  }))

const isPublished = (name: string): boolean => name.startsWith("/aws/")

/** The name and the selector in `name`, `name:version`, `name:label`, or an ARN with any of them. */
const partsOf = (state: State, given: string): readonly [name: string, selector: string | undefined] => {
  const { resource, service } = parseArn(given) ?? {}
  if (service !== "ssm" || resource === undefined) {
    const [name = "", selector] = given.split(":")
    return [name, selector]
  }
  const [path = "", selector] = resource.replace(/^parameter/, "").split(":")
  // The ARN of the parameter `name` is that of `/name`.
  return [state.parameters.has(path) ? path : path.slice(1), selector]
}

export interface Found {
  readonly parameter: Parameter
  /** The version that was asked for. */
  readonly version: Version | undefined
  readonly selector: string | undefined
}

/** Finds a parameter by name, `name:version`, `name:label` or ARN. */
export const find = Effect.fnUntraced(function*(state: State, given: string, context: HandlerContext) {
  const [name, selector] = partsOf(state, given)
  const parameter = state.parameters.get(name) ??
    published(context).find((one) => one.name === name || one.name === `/${name}`)
  if (parameter === undefined) {
    yield* checkOwn(name)
    return undefined
  }
  const version = selector === undefined
    ? newest(parameter)
    : parameter.versions.find(({ labels, version }) => String(version) === selector || labels.includes(selector))
  return { parameter, version, selector } satisfies Found
})

export const get = (state: State, name: string) => {
  const parameter = state.parameters.get(name)
  return parameter === undefined ? Effect.fail(notFound) : Effect.succeed(parameter)
}

// Looks like ciphertext, so that a test can't mistake it for the decrypted value.
const encrypted = (value: string) => Buffer.from(`AQICAH${value}`).toString("base64")

export const toSdk = (
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
  ARN: isPublished(name)
    ? context.arn("ssm", `parameter${name}`, { account: "" })
    : arnOf(name, context),
  DataType: isPublished(name) ? "aws:ec2:image" : "text",
  ...(selector !== undefined && { Selector: `:${selector}` })
})

/** A page of a list. */
export const page = <A>(
  context: HandlerContext,
  list: Iterable<A>,
  input: { readonly NextToken?: string | undefined; readonly MaxResults?: number | undefined },
  size: number,
  key: (element: A) => string
) =>
  context.page(list, {
    token: input.NextToken,
    size: input.MaxResults ?? size,
    key,
    query: input,
    invalid: invalidToken
  })
