/** Signing certificates: X.509 certificates that users sign requests of old services with. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import { certificateBlocks, readCertificate } from "../support/certificates.ts"
import { userOf } from "./callers.ts"
import { checkQuota } from "./quotas.ts"
import * as Iam from "./state.ts"

const CertificateId = { required: true, min: 24, max: 128, pattern: "[\\w]+" } as const

const find = ({ certificates }: Iam.User, id: string) =>
  Effect.fromNullishOr(certificates.get(id)).pipe(
    Effect.mapError(() => Iam.noSuchEntity(`The Certificate with id ${id} cannot be found.`))
  )

const toSdkCertificate = (
  user: Iam.User,
  id: string,
  { body, status, uploaded }: Iam.SigningCertificate
): sdk.SigningCertificate => ({
  UserName: user.name,
  CertificateId: id,
  CertificateBody: body,
  Status: status,
  UploadDate: uploaded
})

export const signingCertificates: Iam.IamHandlers = {
  UploadSigningCertificate: Effect.fnUntraced(function*(input, state, context) {
    const { CertificateBody: body, UserName } = yield* Iam.check(input, {
      UserName: Iam.rules.optionalName,
      CertificateBody: Iam.rules.pem
    })
    const user = yield* userOf(state, UserName, context)
    const certificate = readCertificate(certificateBlocks(body)[0] ?? "")
    if (certificate === undefined) return yield* Iam.malformedCertificate
    const now = yield* Iam.now
    if (certificate.validToDate < now) {
      return yield* Iam.invalidCertificate("The certificate has expired.")
    }
    const isKnown = [...state.users.values()].some(({ certificates }) =>
      [...certificates.values()].some(({ body }) =>
        readCertificate(body)?.fingerprint256 === certificate.fingerprint256
      )
    )
    if (isKnown) return yield* Iam.duplicateCertificate("The certificate is already associated with a user.")
    yield* checkQuota("CertificatesPerUser", user.certificates.size + 1)
    const id = context.id("", 32).toUpperCase()
    const uploaded: Iam.SigningCertificate = { body, uploaded: now, status: "Active" }
    user.certificates.set(id, uploaded)
    return { Certificate: toSdkCertificate(user, id, uploaded) }
  }),

  ListSigningCertificates: Effect.fnUntraced(function*(input, state, context) {
    const { Marker, MaxItems } = Iam.rules.list
    const { UserName } = yield* Iam.check(input, { UserName: Iam.rules.optionalName, Marker, MaxItems })
    const user = yield* userOf(state, UserName, context)
    const [page, next] = yield* Iam.listPage(context, input, user.certificates, ([id]) => id)
    return { Certificates: page.map(([id, certificate]) => toSdkCertificate(user, id, certificate)), ...next }
  }),

  UpdateSigningCertificate: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      UserName: Iam.rules.optionalName,
      CertificateId,
      Status: Iam.rules.status
    })
    const user = yield* userOf(state, checked.UserName, context)
    const certificate = yield* find(user, checked.CertificateId)
    certificate.status = yield* Iam.checkStatus(checked.Status)
    return {}
  }),

  DeleteSigningCertificate: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { UserName: Iam.rules.optionalName, CertificateId })
    const user = yield* userOf(state, checked.UserName, context)
    yield* find(user, checked.CertificateId)
    user.certificates.delete(checked.CertificateId)
    return {}
  })
}
