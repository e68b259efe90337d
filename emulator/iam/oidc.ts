/** Identity providers that speak OpenID Connect. */
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { checkQuota } from "./quotas.ts"
import * as Iam from "./state.ts"

const OpenIDConnectProviderArn = Iam.rules.arn
const ClientID = { required: true, min: 1, max: 255 } as const
const thumbprints = { each: { min: 40, max: 40 } } as const

const MAX_THUMBPRINTS = 5

export const findOidcProvider = (state: Iam.State, arn: string) =>
  Effect.fromNullishOr(state.oidcProviders.get(arn)).pipe(
    Effect.mapError(() => Iam.noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`))
  )

const checkThumbprints = (list: ReadonlyArray<string>) =>
  list.length <= MAX_THUMBPRINTS
    ? Effect.succeed([...list])
    : Effect.fail(Iam.invalidInput(`Thumbprint list must contain fewer than ${MAX_THUMBPRINTS} entries.`))

const checkClients = (list: ReadonlyArray<string>) =>
  Effect.as(checkQuota("ClientIdsPerOpenIdConnectProvider", list.length), [...new Set(list)])

/** AWS asks the provider for its certificate if a request has no thumbprint. Nothing is asked here. */
const thumbprintOf = (url: string): string => createHash("sha1").update(url).digest("hex")

export const oidc: Iam.IamHandlers = {
  CreateOpenIDConnectProvider: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      Url: { required: true, min: 1, max: 255 },
      ClientIDList: { each: { min: 1, max: 255 } },
      ThumbprintList: thumbprints,
      Tags: Iam.rules.newTags
    })
    const { ClientIDList = [], ThumbprintList = [], Url } = checked
    const url = /^https:\/\/([^/?#@:]+(?:\/[^?#]*)?)$/.exec(Url)?.[1]
    if (url === undefined) return yield* Iam.validation("Invalid Open ID Connect Provider URL")
    const arn = context.arn("iam", `oidc-provider/${url}`, { region: "" })
    const clients = yield* checkClients(ClientIDList)
    const given = yield* checkThumbprints(ThumbprintList)
    if (state.oidcProviders.has(arn)) return yield* Iam.alreadyExists(`Provider with url ${Url} already exists.`)
    const tags = yield* Iam.tags.add([], checked.Tags ?? [])
    state.oidcProviders.set(arn, {
      arn,
      url,
      created: yield* Iam.now,
      clients,
      thumbprints: given.length === 0 ? [thumbprintOf(url)] : given,
      tags
    })
    return { OpenIDConnectProviderArn: arn, ...Iam.withTags(tags) }
  }),

  GetOpenIDConnectProvider: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { OpenIDConnectProviderArn })
    const provider = yield* findOidcProvider(state, checked.OpenIDConnectProviderArn)
    return {
      Url: provider.url,
      ClientIDList: [...provider.clients],
      ThumbprintList: [...provider.thumbprints],
      CreateDate: provider.created,
      ...Iam.withTags(provider.tags)
    }
  }),

  ListOpenIDConnectProviders: (_, { oidcProviders }) =>
    Effect.succeed({ OpenIDConnectProviderList: [...oidcProviders.keys()].sort().map((Arn) => ({ Arn })) }),

  // Succeeds if there is no such provider.
  DeleteOpenIDConnectProvider: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { OpenIDConnectProviderArn })
    state.oidcProviders.delete(checked.OpenIDConnectProviderArn)
    return {}
  }),

  AddClientIDToOpenIDConnectProvider: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { OpenIDConnectProviderArn, ClientID })
    const provider = yield* findOidcProvider(state, checked.OpenIDConnectProviderArn)
    provider.clients = yield* checkClients([...new Set([...provider.clients, checked.ClientID])])
    return {}
  }),

  // Succeeds if the provider doesn't have the client.
  RemoveClientIDFromOpenIDConnectProvider: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { OpenIDConnectProviderArn, ClientID })
    const provider = yield* findOidcProvider(state, checked.OpenIDConnectProviderArn)
    provider.clients = provider.clients.filter((client) => client !== checked.ClientID)
    return {}
  }),

  UpdateOpenIDConnectProviderThumbprint: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, {
      OpenIDConnectProviderArn,
      ThumbprintList: { required: true, ...thumbprints }
    })
    const provider = yield* findOidcProvider(state, checked.OpenIDConnectProviderArn)
    provider.thumbprints = yield* checkThumbprints(checked.ThumbprintList)
    return {}
  })
}
