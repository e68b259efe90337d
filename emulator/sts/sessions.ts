/** Temporary credentials, and what STS remembers of their sessions. */
import type * as sdk from "@aws-sdk/client-sts"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext, Principal } from "../engine/service.ts"
import { lettersId } from "../support/ids.ts"
import { tagging } from "../support/tags.ts"
import { invalidValue } from "./faults.ts"
import type { WebIdentity } from "./webIdentity.ts"

export interface Session {
  readonly sourceIdentity: string | undefined
  readonly tags: ReadonlyArray<sdk.Tag>
  /** The tags that the next session in a chain inherits. */
  readonly transitiveTags: ReadonlyArray<sdk.Tag>
  /** When the caller proved to have an MFA device, in milliseconds. Only sessions of users remember it. */
  readonly mfaAt: number | undefined
  /** When it was issued, in milliseconds. */
  readonly issuedAt: number
  /** The policies that limit it: a document, and ARNs of managed policies. */
  readonly policy?: string | undefined
  readonly policyArns?: ReadonlyArray<string> | undefined
  /** The user who asked for the session of a federated user. */
  readonly issuer?: Pick<Principal, "arn" | "userId"> | undefined
  /** What the web identity token claimed for which the session was issued. */
  readonly webIdentity?: WebIdentity | undefined
}

export interface State {
  /** The sessions, by access key. */
  readonly sessions: Map<string, Session>
}

/** Issues temporary credentials. */
export const issue = Effect.fnUntraced(function*(
  { sessions }: State,
  context: HandlerContext,
  identity: Pick<Principal, "account" | "arn" | "roleArn" | "userId">,
  session: Omit<Session, "issuedAt">,
  seconds: number,
  minimumSize = 0
) {
  const now = yield* Clock.currentTimeMillis
  const principal = {
    ...identity,
    accessKeyId: lettersId(context, "ASIA", 16),
    secretAccessKey: context.id("", 40),
    sessionToken: context.id("IQoJb3JpZ2luX2Vj", Math.max(128, minimumSize - 16)),
    expiresAt: now + seconds * 1000,
    hasMfa: session.mfaAt !== undefined
  }
  context.issue(principal)
  sessions.set(principal.accessKeyId, { ...session, issuedAt: now })
  return {
    AccessKeyId: principal.accessKeyId,
    SecretAccessKey: principal.secretAccessKey,
    SessionToken: principal.sessionToken,
    Expiration: new Date(principal.expiresAt)
  }
})

export const sessionTags = tagging<sdk.Tag>({
  key: ({ Key }) => Key,
  limit: 50,
  tooMany: invalidValue("A session can't have more than 50 tags."),
  reserved: () => invalidValue("Tag keys beginning with aws: are reserved for internal use."),
  duplicate: () => invalidValue("Duplicate tag keys found. Please note that Tag keys are case insensitive."),
  ignoresCase: true
})

const lower = (keys: ReadonlyArray<string | undefined>): ReadonlyArray<string> =>
  keys.map((key = "") => key.toLowerCase())

/** The tags of a new session, and those of them that it passes on: those that it inherits, and its own transitive tags. */
export const tagsOf = Effect.fnUntraced(function*(
  input: {
    readonly Tags?: ReadonlyArray<sdk.Tag> | undefined
    readonly TransitiveTagKeys?: ReadonlyArray<string> | undefined
  },
  inherited: ReadonlyArray<sdk.Tag>
) {
  const { Tags = [], TransitiveTagKeys = [] } = input
  const own = yield* sessionTags.add([], Tags)
  const keys = lower(own.map(({ Key }) => Key))
  if (inherited.some(({ Key = "" }) => keys.includes(Key.toLowerCase()))) {
    return yield* invalidValue(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
    )
  }
  const transitive = lower(TransitiveTagKeys)
  if (!transitive.every((key) => keys.includes(key))) {
    return yield* invalidValue("The specified transitive tag key must be included in the requested tags.")
  }
  const passed = own.filter(({ Key = "" }) => transitive.includes(Key.toLowerCase()))
  return { tags: [...inherited, ...own], transitiveTags: [...inherited, ...passed] }
})
