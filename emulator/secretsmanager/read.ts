/** The commands that read the values of secrets. */
import type * as sdk from "@aws-sdk/client-secrets-manager"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { numberKey } from "../support/order.ts"
import * as Filters from "./filters.ts"
import { all, find } from "./secrets.ts"
import * as Secrets from "./state.ts"
import * as Versions from "./versions.ts"

const DAY = 24 * 3_600_000

/** AWS shows on which day a secret was read, and not when. */
const dayOf = (now: number): Date => new Date(now - now % DAY)

const select = Effect.fnUntraced(function*(
  { versions }: Secrets.Secret,
  { VersionId, VersionStage }: { readonly VersionId?: string | undefined; readonly VersionStage?: string | undefined }
): Effect.fn.Return<Secrets.Version, Fault> {
  if (VersionId === undefined) {
    const stage = VersionStage ?? Secrets.CURRENT
    return Versions.holderOf(versions, stage) ?? (yield* Secrets.notFound(
      `Secrets Manager can't find the specified secret value for staging label: ${stage}`
    ))
  }
  const version = versions.find(({ id }) => id === VersionId)
  if (version === undefined) return yield* Versions.noVersion(VersionId)
  return VersionStage === undefined || version.stages.includes(VersionStage)
    ? version
    : yield* Secrets.invalidRequest(
      "You provided a VersionStage that is not associated to the provided VersionId."
    )
})

/** Reads a value, and notes that it was read. */
export const readValue = Effect.fnUntraced(function*(
  secret: Secrets.Secret,
  wanted: Parameters<typeof select>[1]
): Effect.fn.Return<sdk.SecretValueEntry, Fault> {
  const { bytes, created, id, stages, text } = yield* select(secret, wanted)
  const accessed = dayOf(yield* Clock.currentTimeMillis)
  secret.accessed = accessed
  secret.versions = secret.versions.map((version) => version.id === id ? { ...version, accessed } : version)
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: id,
    SecretBinary: bytes,
    SecretString: text,
    VersionStages: [...stages],
    CreatedDate: created
  }
})

/** One secret of a batch: its value, or why there is none. */
const readOne = (state: Secrets.State, id: string, context: HandlerContext) =>
  find(state, id, context, "GetSecretValue").pipe(
    Effect.flatMap((secret) => readValue(secret, {})),
    Effect.map((value) => ({ value, error: undefined })),
    Effect.catch(({ code, message }) =>
      Effect.succeed({ value: undefined, error: { SecretId: id, ErrorCode: code, Message: message } })
    )
  )

export const read: Secrets.SecretsHandlers = {
  GetSecretValue: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Secrets.check(input, {
      SecretId: Secrets.SecretId,
      VersionId: Secrets.versionId,
      VersionStage: Secrets.stage
    })
    return yield* readValue(yield* find(state, checked.SecretId, context), checked)
  }),

  BatchGetSecretValue: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Secrets.check(input, {
      SecretIdList: { min: 1, max: 20, each: { min: 1, max: 2048 } },
      Filters: Filters.filterRules,
      MaxResults: { min: 1, max: 20 },
      NextToken: Secrets.NextToken
    })
    const { MaxResults, SecretIdList } = checked
    if ((SecretIdList === undefined) === (checked.Filters === undefined)) {
      return yield* Secrets.invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
    }
    if (MaxResults !== undefined && SecretIdList !== undefined) {
      return yield* Secrets.invalidParameter("'Filters' must be provided with 'MaxResults'.")
    }
    const filters = yield* Filters.parse(checked.Filters)
    const ids = SecretIdList ??
      [...(yield* all(state)).values()]
        .filter((secret) => secret.deletion === undefined && Filters.matches(secret, filters))
        .map(({ arn }) => arn)
    const [page, token] = yield* Secrets.page(
      context,
      ids.map((id, i) => [i, id] as const),
      checked,
      20,
      ([i, id]) => SecretIdList === undefined ? id : numberKey(i)
    )
    const found = yield* Effect.forEach(page, ([, id]) => readOne(state, id, context))
    return {
      SecretValues: found.flatMap(({ value }) => value ?? []),
      Errors: found.flatMap(({ error }) => error ?? []),
      NextToken: token
    }
  })
}
