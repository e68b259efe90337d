/** The parameters as they are now, and how answers show them. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { globalInfrastructure } from "../support/globalInfrastructure.ts"
import { publicParameters } from "../support/publicImages.ts"
import * as Ssm from "./state.ts"

export const newest = ({ versions }: Ssm.Parameter): Ssm.Version => versions[versions.length - 1]!

/** The names of parameters are the same with and without a slash before them, if they have no other slash. */
export const rooted = (name: string): string => name.startsWith("/") ? name : `/${name}`

export const arnOf = (name: string, context: HandlerContext): string => context.arn("ssm", `parameter${rooted(name)}`)

/** A parameter after what has happened to it until now; `undefined` if there is none. */
const settled = (parameters: Ssm.State["parameters"], parameter: Ssm.Parameter, now: number) => {
  if (parameter.checked !== undefined && parameter.checked.at <= now) {
    parameter.versions = [...parameter.versions, parameter.checked.version].slice(-100)
    parameter.checked = undefined
  }
  if (parameter.versions.length === 0) return undefined
  const isExpired = newest(parameter).policies.some(({ due, type }) => type === "Expiration" && due <= now)
  if (!isExpired) return parameter
  parameters.delete(parameter.name)
  return undefined
}

/** The parameter with a name, under which it may be stored with or without a slash. */
export const lookup = Effect.fnUntraced(function*({ parameters }: Ssm.State, name: string) {
  const now = yield* Clock.currentTimeMillis
  const parameter = parameters.get(name) ?? parameters.get(name.startsWith("/") ? name.slice(1) : `/${name}`)
  return parameter === undefined ? undefined : settled(parameters, parameter, now)
})

/** The parameter with a name, or ParameterNotFound. */
export const get = Effect.fnUntraced(function*(state: Ssm.State, name: string) {
  return (yield* lookup(state, name)) ?? (yield* Ssm.notFound)
})

export const all = Effect.fnUntraced(function*({ parameters }: Ssm.State) {
  const now = yield* Clock.currentTimeMillis
  return [...parameters.values()].flatMap((parameter) => settled(parameters, parameter, now) ?? [])
})

const publishedAt = new Date("2024-10-12T00:00:00Z")

const publishedAs = (name: string, value: string, dataType: "aws:ec2:image" | "text"): Ssm.Parameter => ({
  name,
  versions: [{
    version: 1,
    value,
    type: "String",
    dataType,
    description: undefined,
    pattern: undefined,
    tier: "Standard",
    keyId: undefined,
    policies: [],
    modified: publishedAt,
    by: "",
    labels: []
  }],
  checked: undefined,
  tags: []
})

const PUBLIC = "/aws/service/"

/** The parameters below a path that AWS publishes: the ids of EC2's images, and what regions and services there are. */
export const publishedBelow = (path: string, { region }: HandlerContext): ReadonlyArray<Ssm.Parameter> => {
  const isBelow = ([name]: readonly [string, string]) => name.startsWith(`${path}/`)
  return [
    ...[...publicParameters(region)].filter(isBelow).map(([name, value]) => publishedAs(name, value, "aws:ec2:image")),
    ...[...globalInfrastructure()].filter(isBelow).map(([name, value]) => publishedAs(name, value, "text"))
  ]
}

/** The parameter with this name that AWS publishes. */
export const publishedOf = (name: string, { region }: HandlerContext): Ssm.Parameter | undefined => {
  if (!name.startsWith(PUBLIC)) return undefined
  const image = publicParameters(region).get(name)
  if (image !== undefined) return publishedAs(name, image, "aws:ec2:image")
  const value = globalInfrastructure().get(name)
  return value === undefined ? undefined : publishedAs(name, value, "text")
}

// Looks like ciphertext, so that a test can't mistake it for the decrypted value.
const encrypted = (value: string) => Buffer.from(`AQICAH${value}`).toString("base64")

export const toSdk = (
  name: string,
  version: Ssm.Version,
  decrypt: boolean | undefined,
  context: HandlerContext,
  selector?: string
): sdk.Parameter => ({
  Name: name,
  Type: version.type,
  Value: version.type === "SecureString" && decrypt !== true ? encrypted(version.value) : version.value,
  Version: version.version,
  LastModifiedDate: version.modified,
  ARN: name.startsWith("/aws/") ? context.arn("ssm", `parameter${name}`, { account: "" }) : arnOf(name, context),
  DataType: version.dataType,
  ...(selector !== undefined && { Selector: `:${selector}` })
})
