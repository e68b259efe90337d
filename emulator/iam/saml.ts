/** Identity providers that speak SAML 2.0. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Iam from "./state.ts"

const SAMLProviderArn = Iam.rules.arn
const SAMLMetadataDocument = { min: 1000, max: 10_000_000 } as const

/** How long a provider is valid if its metadata doesn't say: 100 years, in milliseconds. */
const VALIDITY = 100 * 365 * 86_400_000

export const findSamlProvider = (state: Iam.State, arn: string) =>
  Effect.fromNullishOr(state.samlProviders.get(arn)).pipe(
    Effect.mapError(() => Iam.noSuchEntity(`Manifest not found for arn ${arn}`))
  )

/** Checks metadata, and returns the end of its validity. */
const readMetadata = Effect.fnUntraced(function*(metadata: string) {
  const isProvider = /<(?:[\w-]+:)?EntityDescriptor[\s>]/.test(metadata) &&
    /<(?:[\w-]+:)?IDPSSODescriptor[\s>]/.test(metadata)
  if (!isProvider) return yield* Iam.invalidInput("Could not parse metadata")
  const until = Date.parse(/\bvalidUntil="([^"]+)"/.exec(metadata)?.[1] ?? "")
  return new Date(Number.isNaN(until) ? (yield* Clock.currentTimeMillis) + VALIDITY : until)
})

export const saml: Iam.IamHandlers = {
  CreateSAMLProvider: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      SAMLMetadataDocument: { required: true, ...SAMLMetadataDocument },
      Name: { required: true, min: 1, max: 128, pattern: "[\\w._-]+" },
      Tags: Iam.rules.newTags
    })
    const arn = context.arn("iam", `saml-provider/${checked.Name}`, { region: "" })
    const validUntil = yield* readMetadata(checked.SAMLMetadataDocument)
    if (state.samlProviders.has(arn)) {
      return yield* Iam.alreadyExists(`SAMLProvider with name ${checked.Name} already exists.`)
    }
    const tags = yield* Iam.tags.add([], checked.Tags ?? [])
    state.samlProviders.set(arn, {
      arn,
      id: Iam.newId(context, "ASPA"),
      created: yield* Iam.now,
      metadata: checked.SAMLMetadataDocument,
      validUntil,
      tags
    })
    return { SAMLProviderArn: arn, ...Iam.withTags(tags) }
  }),

  GetSAMLProvider: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { SAMLProviderArn })
    const provider = yield* findSamlProvider(state, checked.SAMLProviderArn)
    return {
      SAMLProviderUUID: provider.id,
      SAMLMetadataDocument: provider.metadata,
      CreateDate: provider.created,
      ValidUntil: provider.validUntil,
      ...Iam.withTags(provider.tags)
    }
  }),

  ListSAMLProviders: (_, { samlProviders }) =>
    Effect.succeed({
      SAMLProviderList: [...samlProviders.values()].sort((a, b) => a.arn < b.arn ? -1 : 1).map((
        { arn, created, validUntil }
      ) => ({ Arn: arn, ValidUntil: validUntil, CreateDate: created }))
    }),

  UpdateSAMLProvider: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { SAMLProviderArn, SAMLMetadataDocument })
    const provider = yield* findSamlProvider(state, checked.SAMLProviderArn)
    if (checked.SAMLMetadataDocument !== undefined) {
      provider.validUntil = yield* readMetadata(checked.SAMLMetadataDocument)
      provider.metadata = checked.SAMLMetadataDocument
    }
    return { SAMLProviderArn: provider.arn }
  }),

  DeleteSAMLProvider: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { SAMLProviderArn })
    const provider = yield* findSamlProvider(state, checked.SAMLProviderArn)
    state.samlProviders.delete(provider.arn)
    return {}
  })
}
