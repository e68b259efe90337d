/** In-memory EC2: key pairs. The keys are real and new every time, whatever the seed of the world. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { newKey, type PublicKey, readKey } from "../support/sshKeys.ts"
import type { Fault } from "../wire/fault.ts"
import { fault, invalidValue, oneOf, required } from "./faults.ts"
import { type Filters, matching } from "./filters.ts"
import { findAll, keyPairs } from "./kinds.ts"
import type { Ec2Handlers, KeyPair, State } from "./state.ts"
import { newTags, tagsIfAny } from "./tags.ts"

const keyPairFilters: Filters<KeyPair> = {
  fingerprint: (pair) => pair.KeyFingerprint,
  "key-name": (pair) => pair.KeyName,
  "key-pair-id": (pair) => pair.KeyPairId
}

const named = ({ keyPairs }: State, name: string) => [...keyPairs.values()].find(({ KeyName }) => KeyName === name)

/** Finds a key pair by its name. */
export const findKeyPair = (state: State, name: string): Effect.Effect<KeyPair, Fault> => {
  const found = named(state, name)
  return found === undefined
    ? Effect.fail(fault("InvalidKeyPair.NotFound", `The key pair '${name}' does not exist`))
    : Effect.succeed(found)
}

/** Checks the name of a new key pair. */
const checkName = Effect.fnUntraced(function*(state: State, given: string | undefined) {
  const name = yield* required(given, "KeyName")
  if (!/^[\x20-\x7e]{1,255}$/.test(name)) return yield* invalidValue(name, "KeyName", "Use up to 255 ASCII characters.")
  return named(state, name) === undefined
    ? name
    : yield* fault("InvalidKeyPair.Duplicate", `The keypair already exists: ${name}`)
})

const add = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  KeyName: string,
  Tags: Array<sdk.Tag>,
  { fingerprint, text, type }: PublicKey
) {
  const pair: KeyPair = {
    KeyPairId: context.id("key-", 17),
    KeyName,
    KeyFingerprint: fingerprint,
    KeyType: type,
    PublicKey: `${text} ${KeyName}`,
    CreateTime: new Date(yield* Clock.currentTimeMillis),
    Tags
  }
  state.keyPairs.set(pair.KeyPairId, pair)
  return {
    KeyPairId: pair.KeyPairId,
    KeyName,
    KeyFingerprint: fingerprint,
    ...tagsIfAny(Tags)
  }
})

export const handlers: Ec2Handlers = {
  CreateKeyPair: Effect.fnUntraced(function*(input, state, context) {
    const name = yield* checkName(state, input.KeyName)
    const type = yield* oneOf(input.KeyType ?? "rsa", "keyType", { here: ["rsa", "ed25519"] })
    yield* oneOf(input.KeyFormat ?? "pem", "keyFormat", { here: ["pem"], onAws: ["ppk"] })
    const tags = yield* newTags(input.TagSpecifications, "key-pair")
    const key = newKey(type)
    return { ...(yield* add(state, context, name, tags, key)), KeyMaterial: key.material }
  }),

  ImportKeyPair: Effect.fnUntraced(function*(input, state, context) {
    const name = yield* checkName(state, input.KeyName)
    const material = yield* required(input.PublicKeyMaterial, "PublicKeyMaterial")
    const tags = yield* newTags(input.TagSpecifications, "key-pair")
    const key = readKey(Buffer.from(material).toString())
    if (key === undefined) {
      return yield* fault("InvalidKey.Format", "Key is not in valid OpenSSH public key format")
    }
    return yield* add(state, context, name, tags, key)
  }),

  DescribeKeyPairs: Effect.fnUntraced(function*(input, state, context) {
    const { Filters, IncludePublicKey = false, KeyNames = [], KeyPairIds = [] } = input
    const wanted = new Set([
      ...yield* Effect.forEach(KeyNames, (name) => findKeyPair(state, name)),
      ...yield* findAll(state, keyPairs, KeyPairIds, "KeyPairId")
    ])
    const all = wanted.size > 0 ? wanted : state.keyPairs.values()
    const found = yield* matching(context, all, Filters, keyPairFilters, ({ Tags }) => Tags)
    return {
      KeyPairs: found.map(({ PublicKey, ...pair }) => ({ ...pair, ...(IncludePublicKey && { PublicKey }) }))
    }
  }),

  // It succeeds, too, when the key pair doesn't exist.
  DeleteKeyPair: Effect.fnUntraced(function*({ KeyName, KeyPairId }, state) {
    if (KeyName !== undefined && KeyPairId !== undefined) {
      return yield* unsupported("The in-memory EC2 deletes a key pair by its name or by its id, not by both.")
    }
    const pair = KeyPairId === undefined
      ? named(state, yield* required(KeyName, "KeyName"))
      : state.keyPairs.get(KeyPairId)
    if (pair !== undefined) state.keyPairs.delete(pair.KeyPairId)
    return { Return: true, ...(pair !== undefined && { KeyPairId: pair.KeyPairId }) }
  })
}
