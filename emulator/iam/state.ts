/** In-memory IAM: the state, and the parts that handlers share (faults, constraints, tags, names, paths, pages). */
import type * as sdk from "@aws-sdk/client-iam"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, type Handlers } from "../engine/service.ts"
import { checker, type Rules } from "../support/constraints.ts"
import { tagging } from "../support/tags.ts"

export type IamHandlers = Handlers<typeof sdk, State>

export type Tags = ReadonlyArray<sdk.Tag>

export interface Named {
  readonly id: string
  readonly created: Date
  name: string
  path: string
  arn: string
  tags: Tags
}

/** A role or a user. */
export interface PolicyHolder extends Named {
  boundary: string | undefined
  /** The documents of inline policies, by name. */
  readonly inline: Map<string, string>
  /** ARNs of managed policies. */
  readonly attached: Set<string>
}

export interface Role extends PolicyHolder {
  trust: string
  description: string | undefined
  maxSession: number
}

export interface User extends PolicyHolder {
  readonly keys: Map<string, AccessKey>
}

export interface AccessKey {
  readonly secret: string
  readonly created: Date
  status: "Active" | "Inactive"
}

export interface PolicyVersion {
  readonly id: string
  readonly document: string
  readonly created: Date
}

export interface Policy extends Named {
  readonly description: string | undefined
  updated: Date
  default: string
  /** The number of the last version: AWS never reuses the number of a deleted one. */
  lastVersion: number
  versions: ReadonlyArray<PolicyVersion>
}

export interface Profile extends Named {
  role: Role | undefined
}

/** A virtual MFA device. Its serial number is its ARN. */
export interface MfaDevice extends Pick<Named, "arn" | "created" | "tags"> {
  readonly name: string
  /** The secret of its codes, in Base32. */
  readonly seed: string
  enabled: { readonly user: User; readonly since: Date } | undefined
  tags: Tags
}

/** Names are case-insensitive in IAM, so the keys are in lower case; the keys of policies are their ARNs. */
export interface State {
  readonly roles: Map<string, Role>
  readonly profiles: Map<string, Profile>
  readonly policies: Map<string, Policy>
  readonly users: Map<string, User>
  readonly mfaDevices: Map<string, MfaDevice>
}

export const empty = (): State => ({
  roles: new Map(),
  profiles: new Map(),
  policies: new Map(),
  users: new Map(),
  mfaDevices: new Map()
})

// Faults

const fault = (code: string, statusCode: number) => (message: string) => new Fault({ code, statusCode, message })
export const noSuchEntity = fault("NoSuchEntity", 404)
export const alreadyExists = fault("EntityAlreadyExists", 409)
export const deleteConflict = fault("DeleteConflict", 409)
export const limitExceeded = fault("LimitExceeded", 409)
export const malformed = fault("MalformedPolicyDocument", 400)
export const validation = fault("ValidationError", 400)
export const invalidInput = fault("InvalidInput", 400)
export const accessDenied = fault("AccessDenied", 403)
export const notAttachable = fault("PolicyNotAttachable", 400)

// Constraints

const tagKey = { min: 1, max: 128, pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+" } as const
const tagRules = {
  max: 50,
  members: {
    Key: { required: true, ...tagKey },
    Value: { required: true, max: 256, pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*" }
  }
} as const
const document = { min: 1, max: 131_072, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" } as const

/** The constraints of members that many commands have. */
export const rules = {
  name: { required: true, min: 1, max: 128 },
  shortName: { required: true, min: 1, max: 64 },
  optionalName: { min: 1, max: 128 },
  path: { min: 1, max: 512 },
  arn: { required: true, min: 20, max: 2048 },
  optionalArn: { min: 20, max: 2048 },
  document: { required: true, ...document },
  description: { max: 1000, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*" },
  newTags: tagRules,
  tags: { required: true, ...tagRules },
  tagKeys: { required: true, max: 50, each: tagKey },
  list: {
    Marker: { min: 1, max: 320, pattern: "[\\u0020-\\u00FF]+" },
    MaxItems: { min: 1, max: 1000 },
    PathPrefix: { min: 1, max: 512 }
  }
} as const

const checkConstraints = checker({ code: "ValidationError", hidesValues: true })

const wrongName = (member: string) =>
  `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`

const wrongPath = (member: string) =>
  `The specified value for ${member} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.`

/** Checks the constraints of an input, and then its names and its path, for which IAM has other messages. */
export const check = <I extends object, const R extends Rules<I>>(input: I, constraints: R) =>
  Effect.tap(checkConstraints(input, constraints), (checked) => {
    for (const member of Object.keys(constraints)) {
      const value = (checked as Readonly<Record<string, unknown>>)[member]
      if (typeof value !== "string") continue
      const name = member.charAt(0).toLowerCase() + member.slice(1)
      if (member.endsWith("Name") && !/^[\w+=,.@-]+$/.test(value)) return Effect.fail(validation(wrongName(name)))
      if (member.endsWith("Path") && !/^\/(?:[\x21-\x7e]+\/)?$/.test(value)) {
        return Effect.fail(validation(wrongPath(name)))
      }
      if (member === "PathPrefix" && !/^\/[\x21-\x7f]*$/.test(value)) return Effect.fail(validation(wrongPath(name)))
    }
    return Effect.void
  })

// Tags

export const tags = tagging<sdk.Tag>({
  key: ({ Key }) => Key,
  limit: 50,
  tooMany: limitExceeded("The number of tags has reached the maximum limit."),
  reserved: (key) => invalidInput(`The tag key ${key} begins with aws:, which is reserved for AWS.`),
  duplicate: () => invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive."),
  ignoresCase: true
})

/** The tags of an answer that leaves them out if there are none. */
export const withTags = (all: Tags) => all.length > 0 && { Tags: [...all] }

// Entities

export const keyOf = (name: string): string => name.toLowerCase()

export const findRole = (state: State, name: string) =>
  Effect.fromNullishOr(state.roles.get(keyOf(name))).pipe(
    Effect.mapError(() => noSuchEntity(`The role with name ${name} cannot be found.`))
  )

export const findUser = (state: State, name: string) =>
  Effect.fromNullishOr(state.users.get(keyOf(name))).pipe(
    Effect.mapError(() => noSuchEntity(`The user with name ${name} cannot be found.`))
  )

/** All that can have policies. */
export const holdersOf = ({ roles, users }: State): ReadonlyArray<PolicyHolder> => [
  ...roles.values(),
  ...users.values()
]

export const newId = (context: HandlerContext, prefix: string): string =>
  context.id(prefix, prefix === "AKIA" ? 16 : 17).toUpperCase()

export const arnOf = (context: HandlerContext, kind: string, { name, path }: Pick<Named, "name" | "path">): string =>
  context.arn("iam", `${kind}${path}${name}`, { region: "" })

/** The time, as IAM keeps it: without fractions of a second. */
export const now = Effect.map(Clock.currentTimeMillis, (millis) => new Date(Math.floor(millis / 1000) * 1000))

/** The common members of a new entity. */
export const newEntity = Effect.fnUntraced(function*(
  context: HandlerContext,
  kind: { readonly prefix: string; readonly arn: string },
  input: { readonly name: string; readonly path: string | undefined; readonly tags: Tags | undefined }
) {
  const { name, path = "/" } = input
  return {
    id: newId(context, kind.prefix),
    name,
    path,
    arn: arnOf(context, kind.arn, { name, path }),
    created: yield* now,
    tags: yield* tags.add([], input.tags ?? [])
  }
})

// Pages

export const listPage = Effect.fnUntraced(function*<A>(
  context: HandlerContext,
  input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
  list: Iterable<A>,
  key: (element: A) => string
) {
  const [page, token] = yield* context.page(list, {
    token: input.Marker,
    size: input.MaxItems ?? 100,
    key,
    query: input,
    invalid: validation("Invalid Marker.")
  })
  return [page, { IsTruncated: token !== undefined, ...(token !== undefined && { Marker: token }) }] as const
})

export const underPath = <A extends Named>(all: Iterable<A>, prefix = "/"): ReadonlyArray<A> =>
  [...all].filter(({ path }) => path.startsWith(prefix))

/** The tags of an entity, in pages. */
export const tagPage = Effect.fnUntraced(function*(
  context: HandlerContext,
  input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
  { tags }: Named
) {
  const [page, next] = yield* listPage(context, input, tags, ({ Key = "" }) => Key)
  return { Tags: [...page], ...next }
})
