/** In-memory ACM: the bodies and keys of certificates. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { type Certificate, statusOf } from "./certificates.ts"
import { awaitCertificate } from "./events.ts"
import { issue, newAuthority } from "./issue.ts"
import * as Acm from "./state.ts"

/** The body of a requested certificate. It is made when it is first read, because making its key takes a while. */
const issuedBody = Effect.fnUntraced(function*(state: Acm.State, { contents }: Certificate, now: number) {
  const { serial = "" } = contents
  state.authority ??= yield* newAuthority(now)
  const { authority } = state
  const issued = state.issued.get(serial) ?? (yield* issue(contents, authority))
  // Another request can have made one in the meantime.
  const body = state.issued.get(serial) ?? issued
  state.issued.set(serial, body)
  return { ...body, chain: authority.pem }
})

/** A certificate that has been issued. */
const findIssued = Effect.fnUntraced(function*(state: Acm.State, arn: string, now: number) {
  const certificate = yield* Acm.find(state, arn)
  const status = statusOf(certificate, now)
  if (status === "PENDING_VALIDATION" || status === "FAILED") {
    return yield* new Fault({
      code: "RequestInProgressException",
      message: `The certificate ${arn} is not issued yet.`
    })
  }
  return certificate
})

export const handlers: Acm.AcmHandlers = {
  GetCertificate: Effect.fnUntraced(function*(input, state) {
    const { CertificateArn: arn } = yield* Acm.check(input, Acm.ofCertificate)
    const now = yield* Clock.currentTimeMillis
    const certificate = yield* findIssued(state, arn, now)
    const { chain, pem } = certificate.origin._tag === "Imported"
      ? certificate.origin
      : yield* issuedBody(state, certificate, now)
    return { Certificate: pem, ...(chain !== undefined && { CertificateChain: chain }) }
  }),

  ExportCertificate: Effect.fnUntraced(function*(input, state, context) {
    const { CertificateArn: arn, Passphrase } = yield* Acm.check(input, {
      ...Acm.ofCertificate,
      Passphrase: { required: true, min: 4, max: 128 }
    })
    const now = yield* Clock.currentTimeMillis
    const { origin } = yield* Acm.find(state, arn)
    if (origin._tag === "Imported" || origin.options.Export !== "ENABLED") {
      return yield* Acm.validation(`Certificate ARN: ${arn} is not a private certificate`)
    }
    const certificate = yield* findIssued(state, arn, now)
    const { chain, key, pem } = yield* issuedBody(state, certificate, now)
    state.certificates.set(arn, { ...certificate, origin: { ...origin, exportedAt: now } })
    awaitCertificate(arn, now, state, context)
    return {
      Certificate: pem,
      CertificateChain: chain,
      PrivateKey: key.export({
        type: "pkcs8",
        format: "pem",
        cipher: "aes-256-cbc",
        passphrase: Buffer.from(Passphrase)
      }).toString()
    }
  })
}
