/** The names of parameters: what AWS accepts, and which parameter a name, an ARN or either with a selector means. */
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { parseArn } from "../support/arn.ts"
import * as Parameters from "./parameters.ts"
import * as Ssm from "./state.ts"

const malformed = Ssm.validation(
  `Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of ` +
    "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"
)

const malformedPath = Ssm.validation(
  `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". ` +
    String
      .raw`It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or the ` +
    "following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if " +
    `specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.`
)

const isReserved = (name: string, by: "aws" | "ssm") => name.replace(/^\//, "").toLowerCase().startsWith(by)

const isWellFormed = (name: string): boolean => /^(?:[\w.-]+|(?:\/[\w.-]+)+)$/.test(name) && !isReserved(name, "ssm")

/** A name as AWS takes it: without spaces around it. */
export const trimmed = (name: string): string => name.trim()

const noAccess = (name: string) =>
  new Fault({
    code: "AccessDeniedException",
    message: `No access to reserved parameter name: ${name.replace(/^\//, "")}.`
  })

/** Checks the name of a parameter of one's own, which is to be changed. */
export const checkOwn = Effect.fnUntraced(function*(name: string) {
  if (isReserved(name, "aws")) return yield* noAccess(name)
  if (!isWellFormed(name)) return yield* malformed
})

/** The ARN of a new parameter, with its name, has at most so many characters. */
const LONGEST = 1_011

/** Checks the name of a new parameter. */
export const checkNew = Effect.fnUntraced(function*(name: string, context: HandlerContext) {
  if (isReserved(name, "aws")) return yield* noAccess(name)
  if (/^[\w.-]+(?:\/[\w.-]+)+$/.test(name)) {
    return yield* Ssm.validation("Parameter name must be a fully qualified name.")
  }
  if (!isWellFormed(name)) return yield* malformed
  if (name.split("/").length - 1 > 15) {
    return yield* new Fault({
      code: "HierarchyLevelLimitExceededException",
      message: "A hierarchy can have a maximum of 15 levels. For more information, see About requirements and " +
        "constraints for parameter names in the Amazon Web Services Systems Manager User Guide."
    })
  }
  if (Parameters.arnOf(name, context).length > LONGEST) {
    return yield* Ssm.validation(
      `The ARN of the parameter can have at most ${LONGEST} characters, those of the parameter name included.`
    )
  }
})

/** AWS publishes more parameters than those of the images that EC2 has here. */
const checkPublic = (name: string) =>
  name.startsWith("/aws/service/")
    ? unsupported(
      `The in-memory SSM doesn't have ${name}: of the public parameters, it knows those of a few images, and of regions and services.`
    )
    : Effect.void

/** The path of GetParametersByPath or of a filter, without a slash at its end. */
export const checkPath = Effect.fnUntraced(function*(path: string) {
  if (!/^\/(?:[\w.-]+(?:\/[\w.-]+)*\/?)?$/.test(path)) return yield* malformedPath
  return path.replace(/\/$/, "")
})

/** Checks the path of GetParametersByPath. Answers the public parameters below it if it is one of theirs. */
export const parametersBelow = Effect.fnUntraced(function*(given: string, state: Ssm.State, context: HandlerContext) {
  const path = yield* checkPath(given)
  if (path.startsWith("/aws/service/") || path === "/aws/service") {
    const published = path === "/aws/service" ? [] : Parameters.publishedBelow(path, context)
    if (published.length === 0) yield* checkPublic(`${path}/`)
    return [path, published] as const
  }
  if (isReserved(path, "aws") || isReserved(path, "ssm")) return yield* malformedPath
  return [path, yield* Parameters.all(state)] as const
})

export interface Found {
  readonly parameter: Ssm.Parameter
  /** The name in answers: as it was asked for, or the stored one if it was asked for by ARN. */
  readonly name: string
  /** The version that was asked for. */
  readonly version: Ssm.Version | undefined
  readonly selector: string | undefined
}

/** The name and the selector in `name`, `name:version`, `name:label`, or an ARN with any of them. */
const partsOf = Effect.fnUntraced(function*(given: string, context: HandlerContext) {
  if (!given.startsWith("arn:")) {
    const [name = "", selector, ...more] = given.split(":")
    const isAws = /^\/aws\/(?:[\w.@=+-]+\/)*[\w.@=+-]+$/.test(name)
    if (more.length > 0 || !(isWellFormed(name) || isAws)) return yield* malformed
    return { name, selector, byArn: false }
  }
  const { account, region, resource = "", service } = parseArn(given) ?? {}
  const [path = "", selector, ...more] = resource.split(":")
  if (service !== "ssm" || !path.startsWith("parameter/") || more.length > 0) return yield* malformed
  if (region !== context.region) {
    return yield* unsupported(`The in-memory SSM doesn't read parameters of another region, as in ${given}.`)
  }
  if (account !== "" && account !== context.account) {
    return yield* new Fault({
      code: "AccessDeniedException",
      message: `User: ${context.principal.arn} is not authorized to perform: ssm:${context.operation} on resource: ` +
        `${given} because no resource-based policy allows the ssm:${context.operation} action`
    })
  }
  return { name: path.slice("parameter".length), selector, byArn: true }
})

/** Finds a parameter by name, `name:version`, `name:label` or ARN. */
export const find = Effect.fnUntraced(function*(state: Ssm.State, given: string, context: HandlerContext) {
  const { byArn, name, selector } = yield* partsOf(given, context)
  const parameter = (yield* Parameters.lookup(state, name)) ??
    Parameters.publishedOf(name, context)
  if (parameter === undefined) {
    yield* checkPublic(name)
    return undefined
  }
  const version = selector === undefined
    ? Parameters.newest(parameter)
    : parameter.versions.find(({ labels, version }) => String(version) === selector || labels.includes(selector))
  return { parameter, name: byArn ? parameter.name : name, version, selector } satisfies Found
})
