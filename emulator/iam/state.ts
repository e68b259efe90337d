/** In-memory IAM: the state, and the parts that handlers share (faults, constraints, tags, names, paths, pages). */
import type * as sdk from "@aws-sdk/client-iam"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { wholeSeconds } from "../engine/clock.ts"
import type { HandlerContext, Handlers, LastUse } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { checker, type Rules } from "../support/constraints.ts"
import { lettersId } from "../support/ids.ts"
import { tagging } from "../support/tags.ts"
import { invalidInput, limitExceeded, noSuchEntity, unmodifiable, validation } from "./faults.ts"

export * from "./faults.ts"

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

/** A role, a user or a group. */
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
  /** The service that a service-linked role is for. Only this service may change the role. */
  readonly service?: string
}

export interface Group extends PolicyHolder {
  readonly members: Set<User>
}

/** The credentials of a user, each by its id. */
export interface Credentials {
  readonly keys: Map<string, AccessKey>
  readonly services: Map<string, ServiceCredential>
  readonly certificates: Map<string, SigningCertificate>
  readonly sshKeys: Map<string, SshKey>
  login: Login | undefined
}

export interface User extends PolicyHolder, Credentials {}

export interface AccessKey {
  readonly secret: string
  readonly created: Date
  status: "Active" | "Inactive"
  /** The last use before the key was made inactive. */
  lastUsed?: LastUse | undefined
}

/** A credential for one service, such as the password for CodeCommit's Git repositories. */
export interface ServiceCredential {
  readonly service: string
  readonly userName: string
  readonly created: Date
  password: string
  status: "Active" | "Inactive"
}

export interface SigningCertificate {
  readonly body: string
  readonly uploaded: Date
  status: "Active" | "Inactive"
}

export interface SshKey {
  readonly body: string
  readonly fingerprint: string
  readonly uploaded: Date
  status: "Active" | "Inactive"
}

/** The password of a user, and those before it. */
export interface Login {
  readonly created: Date
  readonly changed: Date
  password: string
  mustChange: boolean
  readonly before: ReadonlyArray<string>
}

/** A virtual MFA device. Its serial number is its ARN. */
export interface MfaDevice extends Pick<Named, "arn" | "created" | "tags"> {
  readonly name: string
  /** The secret of its codes, in Base32. */
  readonly seed: string
  enabled: { readonly user: User; readonly since: Date } | undefined
  /** The steps of the codes that were accepted lately. A code is accepted only once. */
  usedSteps: ReadonlyArray<number>
  tags: Tags
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

/** An identity provider that speaks OpenID Connect. */
export interface OidcProvider {
  readonly arn: string
  readonly url: string
  readonly created: Date
  clients: ReadonlyArray<string>
  thumbprints: ReadonlyArray<string>
  tags: Tags
}

export interface SamlProvider {
  readonly arn: string
  readonly id: string
  readonly created: Date
  metadata: string
  validUntil: Date
  tags: Tags
}

export interface ServerCertificate extends Named {
  readonly body: string
  readonly chain: string | undefined
  readonly expires: Date
}

export interface PasswordPolicy {
  readonly MinimumPasswordLength: number
  readonly RequireSymbols: boolean
  readonly RequireNumbers: boolean
  readonly RequireUppercaseCharacters: boolean
  readonly RequireLowercaseCharacters: boolean
  readonly AllowUsersToChangePassword: boolean
  readonly MaxPasswordAge: number | undefined
  readonly PasswordReusePrevention: number | undefined
  readonly HardExpiry: boolean | undefined
}

/** Settings of the account itself. */
export interface Account {
  alias: string | undefined
  passwords: PasswordPolicy | undefined
  report: CredentialReport | undefined
}

/** A report about the credentials of all users, as they were when it was made. */
export interface CredentialReport {
  readonly content: string
  readonly generated: Date
  /** When the report is there, in milliseconds. */
  readonly ready: number
}

/** Names are case-insensitive in IAM, so the keys are in lower case; the keys of policies are their ARNs. */
export interface State {
  readonly roles: Map<string, Role>
  readonly profiles: Map<string, Profile>
  readonly policies: Map<string, Policy>
  readonly users: Map<string, User>
  readonly groups: Map<string, Group>
  readonly mfaDevices: Map<string, MfaDevice>
  readonly oidcProviders: Map<string, OidcProvider>
  readonly samlProviders: Map<string, SamlProvider>
  readonly serverCertificates: Map<string, ServerCertificate>
  readonly account: Account
  /** When each deletion of a service-linked role ends, in milliseconds, by the id of its task. */
  readonly deletions: Map<string, number>
}

export const empty = (): State => ({
  roles: new Map(),
  profiles: new Map(),
  policies: new Map(),
  users: new Map(),
  groups: new Map(),
  mfaDevices: new Map(),
  oidcProviders: new Map(),
  samlProviders: new Map(),
  serverCertificates: new Map(),
  account: { alias: undefined, passwords: undefined, report: undefined },
  deletions: new Map()
})

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
  /** A certificate or a key in PEM. */
  pem: { required: true, ...document, max: 16_384 },
  /** The status of a credential. */
  status: { required: true, enum: ["Active", "Inactive", "Expired"] },
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

/** The status that a caller may give a credential. */
export const checkStatus = (status: string): Effect.Effect<"Active" | "Inactive"> =>
  status === "Active" || status === "Inactive"
    ? Effect.succeed(status)
    : unsupported("The in-memory IAM doesn't have credentials that a caller lets expire.")

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

/** Finds a role that the caller may change, which excludes service-linked roles. */
export const findOwnRole = (state: State, name: string) =>
  Effect.tap(findRole(state, name), (role) =>
    role.service === undefined
      ? Effect.void
      : Effect.fail(unmodifiable(
        `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`
      )))

export const findUser = (state: State, name: string) =>
  Effect.fromNullishOr(state.users.get(keyOf(name))).pipe(
    Effect.mapError(() => noSuchEntity(`The user with name ${name} cannot be found.`))
  )

export const findGroup = (state: State, name: string) =>
  Effect.fromNullishOr(state.groups.get(keyOf(name))).pipe(
    Effect.mapError(() => noSuchEntity(`The group with name ${name} cannot be found.`))
  )

/** All that can have policies. */
export const holdersOf = ({ groups, roles, users }: State): ReadonlyArray<PolicyHolder> => [
  ...roles.values(),
  ...users.values(),
  ...groups.values()
]

export const newId = (context: HandlerContext, prefix: string): string =>
  lettersId(context, prefix, prefix === "AKIA" ? 16 : 17)

export const arnOf = (context: HandlerContext, kind: string, { name, path }: Pick<Named, "name" | "path">): string =>
  context.arn("iam", `${kind}${path}${name}`, { region: "" })

/** The time, as IAM keeps it: without fractions of a second. */
export const now = Effect.map(Clock.currentTimeMillis, wholeSeconds)

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
  { tags }: Pick<Named, "tags">
) {
  const [page, next] = yield* listPage(context, input, tags, ({ Key = "" }) => Key)
  return { Tags: [...page], ...next }
})
