/** SSH public keys, which users of CodeCommit sign in with. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import { createPublicKey } from "node:crypto"
import { md5Of, pemOf, readKey } from "../support/sshKeys.ts"
import { userOf } from "./callers.ts"
import { checkQuota } from "./quotas.ts"
import * as Iam from "./state.ts"

const UserName = Iam.rules.shortName
const SSHPublicKeyId = { required: true, min: 20, max: 128, pattern: "[\\w]+" } as const

/** The size of the smallest key, in bits. */
const SMALLEST = 2048

const find = ({ sshKeys }: Iam.User, id: string) =>
  Effect.fromNullishOr(sshKeys.get(id)).pipe(
    Effect.mapError(() => Iam.noSuchEntity(`The Public Key with id ${id} cannot be found.`))
  )

const toSdkKey = (
  user: Iam.User,
  id: string,
  { body, fingerprint, status, uploaded }: Iam.SshKey
): sdk.SSHPublicKey => ({
  UserName: user.name,
  SSHPublicKeyId: id,
  Fingerprint: fingerprint,
  SSHPublicKeyBody: body,
  Status: status,
  UploadDate: uploaded
})

export const sshPublicKeys: Iam.IamHandlers = {
  UploadSSHPublicKey: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { UserName, SSHPublicKeyBody: Iam.rules.pem })
    const user = yield* Iam.findUser(state, checked.UserName)
    const body = checked.SSHPublicKeyBody
    const key = readKey(body)
    if (key === undefined) return yield* Iam.invalidPublicKey("The public key is not in ssh-rsa or PEM format.")
    const { modulusLength = 0 } = createPublicKey(pemOf(key.text)).asymmetricKeyDetails ?? {}
    if (key.type !== "rsa" || modulusLength < SMALLEST) {
      return yield* Iam.invalidPublicKey(`The public key must be an RSA key of at least ${SMALLEST} bits.`)
    }
    const fingerprint = md5Of(key)
    if ([...user.sshKeys.values()].some((other) => other.fingerprint === fingerprint)) {
      return yield* Iam.duplicateSshKey("The SSH public key is already associated with the user.")
    }
    yield* checkQuota("SSHPublicKeysPerUser", user.sshKeys.size + 1)
    const id = Iam.newId(context, "APKA")
    const uploaded: Iam.SshKey = {
      body,
      fingerprint,
      uploaded: yield* Iam.now,
      status: "Active"
    }
    user.sshKeys.set(id, uploaded)
    return { SSHPublicKey: toSdkKey(user, id, uploaded) }
  }),

  GetSSHPublicKey: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, {
      UserName,
      SSHPublicKeyId,
      Encoding: { required: true, enum: ["SSH", "PEM"] }
    })
    const { Encoding, SSHPublicKeyId: id } = checked
    const user = yield* Iam.findUser(state, checked.UserName)
    const key = yield* find(user, id)
    const { text } = readKey(key.body)!
    return {
      SSHPublicKey: { ...toSdkKey(user, id, key), SSHPublicKeyBody: Encoding === "SSH" ? text : pemOf(text).trim() }
    }
  }),

  ListSSHPublicKeys: Effect.fnUntraced(function*(input, state, context) {
    const { Marker, MaxItems } = Iam.rules.list
    const checked = yield* Iam.check(input, { UserName: { min: 1, max: 64 }, Marker, MaxItems })
    const user = yield* userOf(state, checked.UserName, context)
    const [page, next] = yield* Iam.listPage(context, input, user.sshKeys, ([id]) => id)
    return {
      SSHPublicKeys: page.map(([id, { status, uploaded }]) => ({
        UserName: user.name,
        SSHPublicKeyId: id,
        Status: status,
        UploadDate: uploaded
      })),
      ...next
    }
  }),

  UpdateSSHPublicKey: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { UserName, SSHPublicKeyId, Status: Iam.rules.status })
    const user = yield* Iam.findUser(state, checked.UserName)
    const key = yield* find(user, checked.SSHPublicKeyId)
    key.status = yield* Iam.checkStatus(checked.Status)
    return {}
  }),

  DeleteSSHPublicKey: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { UserName, SSHPublicKeyId })
    const user = yield* Iam.findUser(state, checked.UserName)
    yield* find(user, checked.SSHPublicKeyId)
    user.sshKeys.delete(checked.SSHPublicKeyId)
    return {}
  })
}
