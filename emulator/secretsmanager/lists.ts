/** The commands that describe secrets and their versions. */
import type * as sdk from "@aws-sdk/client-secrets-manager"
import * as Effect from "effect/Effect"
import { descending, numberKey } from "../support/order.ts"
import * as Filters from "./filters.ts"
import { all, findAny } from "./secrets.ts"
import * as Secrets from "./state.ts"

const stagesOf = ({ versions }: Secrets.Secret): Record<string, Array<string>> | undefined => {
  const labeled = versions.filter(({ stages }) => stages.length > 0)
  return labeled.length === 0 ? undefined : Object.fromEntries(labeled.map(({ id, stages }) => [id, [...stages]]))
}

const toSdk = (secret: Secrets.Secret) => ({
  ARN: secret.arn,
  Name: secret.name,
  Description: secret.description,
  KmsKeyId: secret.keyId,
  LastChangedDate: secret.changed,
  LastAccessedDate: secret.accessed,
  Tags: [...secret.tags],
  CreatedDate: secret.created
})

const sortKeys: Readonly<Record<sdk.SortByType, (secret: Secrets.Secret) => string>> = {
  "created-date": ({ created }) => numberKey(created.getTime()),
  "last-accessed-date": ({ accessed }) => numberKey(accessed?.getTime() ?? 0),
  "last-changed-date": ({ changed }) => numberKey(changed.getTime()),
  name: () => ""
}

export const lists: Secrets.SecretsHandlers = {
  DescribeSecret: Effect.fnUntraced(function*(input, state, context) {
    const { SecretId } = yield* Secrets.check(input, { SecretId: Secrets.SecretId })
    const secret = yield* findAny(state, SecretId, context)
    return { ...toSdk(secret), DeletedDate: secret.deletion?.due, VersionIdsToStages: stagesOf(secret) }
  }),

  ListSecrets: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Secrets.check(input, {
      MaxResults: Secrets.MaxResults,
      NextToken: Secrets.NextToken,
      Filters: Filters.filterRules,
      SortOrder: { enum: ["asc", "desc"] },
      SortBy: { enum: ["created-date", "last-accessed-date", "last-changed-date", "name"] }
    })
    const { IncludePlannedDeletion = false, SortBy = "created-date", SortOrder = "desc" } = checked
    const filters = yield* Filters.parse(checked.Filters)
    const found = [...(yield* all(state)).values()].filter((secret) =>
      (IncludePlannedDeletion || secret.deletion === undefined) && Filters.matches(secret, filters)
    )
    const [page, token] = yield* Secrets.page(context, found, checked, 100, (secret) => {
      const key = `${sortKeys[SortBy](secret)}${secret.name}`
      return SortOrder === "desc" ? descending(key) : key
    })
    return {
      SecretList: page.map((secret): sdk.SecretListEntry => ({
        ...toSdk(secret),
        DeletedDate: secret.deletion?.requested,
        SecretVersionsToStages: stagesOf(secret)
      })),
      NextToken: token
    }
  }),

  ListSecretVersionIds: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Secrets.check(input, {
      SecretId: Secrets.SecretId,
      MaxResults: Secrets.MaxResults,
      NextToken: Secrets.NextToken
    })
    const { IncludeDeprecated = false } = checked
    const secret = yield* findAny(state, checked.SecretId, context)
    const versions = secret.versions.filter(({ stages }) => IncludeDeprecated || stages.length > 0)
    const [page, token] = yield* Secrets.page(
      context,
      versions,
      checked,
      100,
      ({ created, id }) => descending(`${numberKey(created.getTime())}${id}`)
    )
    return {
      Versions: page.map(({ accessed, created, id, keyId, stages }) => ({
        VersionId: id,
        VersionStages: stages.length === 0 ? undefined : [...stages],
        LastAccessedDate: accessed,
        CreatedDate: created,
        KmsKeyIds: [keyId ?? "DefaultEncryptionKey"]
      })),
      NextToken: token,
      ARN: secret.arn,
      Name: secret.name
    }
  })
}
