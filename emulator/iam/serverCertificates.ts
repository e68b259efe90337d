/** Server certificates, for services that can't use one from Certificate Manager. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import { createPrivateKey } from "node:crypto"
import { certificateBlocks, readCertificate } from "../support/certificates.ts"
import { rename } from "./renames.ts"
import * as Iam from "./state.ts"

const ServerCertificateName = Iam.rules.name

export const findServerCertificate = (state: Iam.State, name: string) =>
  Effect.fromNullishOr(state.serverCertificates.get(Iam.keyOf(name))).pipe(
    Effect.mapError(() => Iam.noSuchEntity(`The Server Certificate with name ${name} cannot be found.`))
  )

const taken = (name: string) => Iam.alreadyExists(`The Server Certificate with name ${name} already exists.`)

const toMetadata = (certificate: Iam.ServerCertificate): sdk.ServerCertificateMetadata => ({
  Path: certificate.path,
  ServerCertificateName: certificate.name,
  ServerCertificateId: certificate.id,
  Arn: certificate.arn,
  UploadDate: certificate.created,
  Expiration: certificate.expires
})

const privateKeyOf = (pem: string) =>
  Effect.try({
    try: () => createPrivateKey(pem),
    catch: () => Iam.malformedKey
  })

export const serverCertificates: Iam.IamHandlers = {
  UploadServerCertificate: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      ServerCertificateName,
      Path: Iam.rules.path,
      CertificateBody: Iam.rules.pem,
      PrivateKey: Iam.rules.pem,
      CertificateChain: { min: 1, max: 2_097_152, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" },
      Tags: Iam.rules.newTags
    })
    const { CertificateBody: body, CertificateChain: chain, ServerCertificateName: name } = checked
    const certificate = readCertificate(certificateBlocks(body)[0] ?? "")
    if (certificate === undefined) return yield* Iam.malformedCertificate
    const key = yield* privateKeyOf(checked.PrivateKey)
    if (!certificate.checkPrivateKey(key)) {
      return yield* Iam.keyPairMismatch("The private key does not match the certificate.")
    }
    if (chain !== undefined && certificateBlocks(chain).length === 0) return yield* Iam.malformedCertificate
    if (state.serverCertificates.has(Iam.keyOf(name))) return yield* taken(name)
    const uploaded: Iam.ServerCertificate = {
      ...(yield* Iam.newEntity(
        context,
        { prefix: "ASCA", arn: "server-certificate" },
        { name, path: checked.Path, tags: checked.Tags }
      )),
      body,
      chain,
      expires: certificate.validToDate
    }
    state.serverCertificates.set(Iam.keyOf(name), uploaded)
    return { ServerCertificateMetadata: toMetadata(uploaded), ...Iam.withTags(uploaded.tags) }
  }),

  GetServerCertificate: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { ServerCertificateName })
    const certificate = yield* findServerCertificate(state, checked.ServerCertificateName)
    return {
      ServerCertificate: {
        ServerCertificateMetadata: toMetadata(certificate),
        CertificateBody: certificate.body,
        ...(certificate.chain !== undefined && { CertificateChain: certificate.chain }),
        ...Iam.withTags(certificate.tags)
      }
    }
  }),

  ListServerCertificates: Effect.fnUntraced(function*(input, state, context) {
    const { PathPrefix } = yield* Iam.check(input, Iam.rules.list)
    const found = Iam.underPath(state.serverCertificates.values(), PathPrefix)
    const [page, next] = yield* Iam.listPage(context, input, found, ({ name }) => name)
    return { ServerCertificateMetadataList: page.map(toMetadata), ...next }
  }),

  UpdateServerCertificate: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      ServerCertificateName,
      NewPath: Iam.rules.path,
      NewServerCertificateName: Iam.rules.optionalName
    })
    const certificate = yield* findServerCertificate(state, checked.ServerCertificateName)
    const to = { name: checked.NewServerCertificateName, path: checked.NewPath }
    yield* rename(certificate, to, { arn: "server-certificate", all: state.serverCertificates, taken }, context)
    return {}
  }),

  DeleteServerCertificate: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { ServerCertificateName })
    const certificate = yield* findServerCertificate(state, checked.ServerCertificateName)
    state.serverCertificates.delete(Iam.keyOf(certificate.name))
    return {}
  })
}
