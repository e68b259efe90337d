/** The versions of a secret and their staging labels. */
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import * as Secrets from "./state.ts"

/** A value of a request. */
export interface Value {
  readonly text: string | undefined
  readonly bytes: Uint8Array | undefined
}

/** Above this number, AWS removes versions without a staging label. */
const MOST_VERSIONS = 100
/** AWS keeps a version for this long, even without a staging label: 24 hours. */
const KEPT = 24 * 3_600_000
const MOST_STAGES = 20

export const holderOf = (versions: ReadonlyArray<Secrets.Version>, stage: string): Secrets.Version | undefined =>
  versions.find(({ stages }) => stages.includes(stage))

/** Moves staging labels to a version. The version that loses AWSCURRENT becomes AWSPREVIOUS. */
export const moveStages = (
  versions: ReadonlyArray<Secrets.Version>,
  to: string,
  moved: ReadonlyArray<string>
): ReadonlyArray<Secrets.Version> => {
  const before = moved.includes(Secrets.CURRENT) ? holderOf(versions, Secrets.CURRENT) : undefined
  const previous = before === undefined || before.id === to ? undefined : before.id
  const isGone = (stage: string) => moved.includes(stage) || (previous !== undefined && stage === Secrets.PREVIOUS)
  return versions.map((version) => {
    const stages = version.stages.filter((stage) => !isGone(stage) || (version.id === to && moved.includes(stage)))
    return {
      ...version,
      stages: [
        ...new Set([
          ...stages,
          ...(version.id === to ? moved : []),
          ...(version.id === previous ? [Secrets.PREVIOUS] : [])
        ])
      ]
    }
  })
}

export const checkStages = (versions: ReadonlyArray<Secrets.Version>): Effect.Effect<void, Fault> =>
  versions.flatMap(({ stages }) => stages).length > MOST_STAGES
    ? Effect.fail(Secrets.limitExceeded(`A secret can't have more than ${MOST_STAGES} staging labels.`))
    : Effect.void

/** Removes the oldest versions without staging labels, down to the quota. */
const pruned = Effect.fnUntraced(function*(
  versions: ReadonlyArray<Secrets.Version>,
  now: number
): Effect.fn.Return<ReadonlyArray<Secrets.Version>, Fault> {
  const old = versions.filter(({ created, stages }) => stages.length === 0 && created.getTime() <= now - KEPT)
  const gone = new Set(old.slice(0, Math.max(0, versions.length - MOST_VERSIONS)).map(({ id }) => id))
  const left = versions.filter(({ id }) => !gone.has(id))
  return left.length > MOST_VERSIONS
    ? yield* Secrets.limitExceeded(`A secret can't have more than ${MOST_VERSIONS} versions.`)
    : left
})

export const isSame = (version: Secrets.Version, { bytes, text }: Value): boolean =>
  version.text === text &&
  (version.bytes === undefined || bytes === undefined
    ? version.bytes === bytes
    : Buffer.from(version.bytes).equals(bytes))

/**
 * The versions with a new one, and the new one. A version that is there with the same value stays as it is: the request came
 * twice.
 */
export const added = Effect.fnUntraced(function*(
  { arn, versions }: Pick<Secrets.Secret, "arn" | "versions">,
  { keyId, now, stages, token, value }: {
    readonly token: string
    readonly value: Value
    readonly stages: ReadonlyArray<string>
    readonly keyId: string | undefined
    readonly now: number
  }
): Effect.fn.Return<readonly [versions: ReadonlyArray<Secrets.Version>, version: Secrets.Version], Fault> {
  const before = versions.find(({ id }) => id === token)
  if (before !== undefined) {
    return isSame(before, value) ? [versions, before] : yield* Secrets.exists(
      `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`
    )
  }
  const version = { id: token, ...value, keyId, stages: [], created: new Date(now), accessed: undefined }
  // The first version is the current one, whatever else it is.
  const labels = versions.length === 0 ? [...new Set([...stages, Secrets.CURRENT])] : stages
  const all = moveStages([...versions, version], token, labels)
  yield* checkStages(all)
  return [yield* pruned(all, now), all.at(-1)!]
})

export const noVersion = (id: string): Fault =>
  Secrets.notFound(`Secrets Manager can't find the specified secret value for VersionId: ${id}`)

/** Checks the value of a request, which has at most one. */
export const valueOf = Effect.fnUntraced(function*(
  { SecretBinary: bytes, SecretString: text }: {
    readonly SecretBinary?: Uint8Array | undefined
    readonly SecretString?: string | undefined
  }
): Effect.fn.Return<Value | undefined, Fault> {
  if (bytes !== undefined && text !== undefined) {
    return yield* Secrets.invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret."
    )
  }
  if (bytes === undefined && text === undefined) return undefined
  if (text !== undefined && Buffer.byteLength(text) > Secrets.LARGEST) {
    return yield* Secrets.validation(
      "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length " +
        `less than or equal to ${Secrets.LARGEST}`
    )
  }
  return { bytes, text }
})

/** The token of a request that makes a version. Clients of AWS send one by themselves. */
export const tokenOf = (token: string | undefined): Effect.Effect<string, Fault> =>
  token === undefined
    ? Effect.fail(
      Secrets.invalidRequest("You must provide a ClientRequestToken value. We recommend a UUID-type value.")
    )
    : Effect.succeed(token)
