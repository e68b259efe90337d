/** The tags of all that has tags besides roles and users. Those commands are alike but for the member that names the thing. */
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { findMfaDevice, SerialNumber } from "./mfa.ts"
import { findOidcProvider } from "./oidc.ts"
import { findOwnPolicy, findPolicy } from "./policies.ts"
import { findProfile } from "./profiles.ts"
import { findSamlProvider } from "./saml.ts"
import { findServerCertificate } from "./serverCertificates.ts"
import * as Iam from "./state.ts"

const { Marker, MaxItems } = Iam.rules.list
const Tags = Iam.rules.tags
const TagKeys = Iam.rules.tagKeys

interface Tagged {
  tags: Iam.Tags
}

type Found = Effect.Effect<Tagged, Fault>

const tag = Effect.fnUntraced(function*(found: Found, added: Iam.Tags) {
  const tagged = yield* found
  tagged.tags = yield* Iam.tags.add(tagged.tags, added)
  return {}
})

const untag = Effect.fnUntraced(function*(found: Found, keys: ReadonlyArray<string>) {
  const tagged = yield* found
  tagged.tags = Iam.tags.remove(tagged.tags, keys)
  return {}
})

const list = (found: Found, input: Parameters<typeof Iam.tagPage>[1], context: HandlerContext) =>
  Effect.flatMap(found, (tagged) => Iam.tagPage(context, input, tagged))

export const taggedKinds: Iam.IamHandlers = {
  TagInstanceProfile: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { InstanceProfileName: Iam.rules.name, Tags })
    return yield* tag(findProfile(state, checked.InstanceProfileName), checked.Tags)
  }),

  ListInstanceProfileTags: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { InstanceProfileName: Iam.rules.name, Marker, MaxItems })
    return yield* list(findProfile(state, checked.InstanceProfileName), input, context)
  }),

  UntagInstanceProfile: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { InstanceProfileName: Iam.rules.name, TagKeys })
    return yield* untag(findProfile(state, checked.InstanceProfileName), checked.TagKeys)
  }),

  TagPolicy: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { PolicyArn: Iam.rules.arn, Tags })
    return yield* tag(findOwnPolicy(state, checked.PolicyArn, context), checked.Tags)
  }),

  ListPolicyTags: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { PolicyArn: Iam.rules.arn, Marker, MaxItems })
    return yield* list(findPolicy(state, checked.PolicyArn, context), input, context)
  }),

  UntagPolicy: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { PolicyArn: Iam.rules.arn, TagKeys })
    return yield* untag(findOwnPolicy(state, checked.PolicyArn, context), checked.TagKeys)
  }),

  TagMFADevice: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { SerialNumber, Tags })
    return yield* tag(findMfaDevice(state, checked.SerialNumber), checked.Tags)
  }),

  ListMFADeviceTags: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { SerialNumber, Marker, MaxItems })
    return yield* list(findMfaDevice(state, checked.SerialNumber), input, context)
  }),

  UntagMFADevice: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { SerialNumber, TagKeys })
    return yield* untag(findMfaDevice(state, checked.SerialNumber), checked.TagKeys)
  }),

  TagOpenIDConnectProvider: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { OpenIDConnectProviderArn: Iam.rules.arn, Tags })
    return yield* tag(findOidcProvider(state, checked.OpenIDConnectProviderArn), checked.Tags)
  }),

  ListOpenIDConnectProviderTags: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { OpenIDConnectProviderArn: Iam.rules.arn, Marker, MaxItems })
    return yield* list(findOidcProvider(state, checked.OpenIDConnectProviderArn), input, context)
  }),

  UntagOpenIDConnectProvider: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { OpenIDConnectProviderArn: Iam.rules.arn, TagKeys })
    return yield* untag(findOidcProvider(state, checked.OpenIDConnectProviderArn), checked.TagKeys)
  }),

  TagSAMLProvider: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { SAMLProviderArn: Iam.rules.arn, Tags })
    return yield* tag(findSamlProvider(state, checked.SAMLProviderArn), checked.Tags)
  }),

  ListSAMLProviderTags: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { SAMLProviderArn: Iam.rules.arn, Marker, MaxItems })
    return yield* list(findSamlProvider(state, checked.SAMLProviderArn), input, context)
  }),

  UntagSAMLProvider: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { SAMLProviderArn: Iam.rules.arn, TagKeys })
    return yield* untag(findSamlProvider(state, checked.SAMLProviderArn), checked.TagKeys)
  }),

  TagServerCertificate: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { ServerCertificateName: Iam.rules.name, Tags })
    return yield* tag(findServerCertificate(state, checked.ServerCertificateName), checked.Tags)
  }),

  ListServerCertificateTags: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { ServerCertificateName: Iam.rules.name, Marker, MaxItems })
    return yield* list(findServerCertificate(state, checked.ServerCertificateName), input, context)
  }),

  UntagServerCertificate: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { ServerCertificateName: Iam.rules.name, TagKeys })
    return yield* untag(findServerCertificate(state, checked.ServerCertificateName), checked.TagKeys)
  })
}
