/** In-memory ACM: what it tells EventBridge of certificates, and when. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Emitted } from "../engine/events.ts"
import type { HandlerContext } from "../engine/service.ts"
import { defined } from "../support/members.ts"
import { type Certificate, currently, nextRenewal, optionsOf, statusOf } from "./certificates.ts"
import type { State } from "./state.ts"

const day = 86_400_000

/** The default of an account, which begins later for the certificates that Amazon issues. */
const byDefault = { all: 45, amazon: 30 } as const

const daysOf = ({ origin }: Certificate, { daysBeforeExpiry }: State): number =>
  daysBeforeExpiry === byDefault.all && origin._tag === "Requested" ? byDefault.amazon : daysBeforeExpiry

const timer = (arn: string): string => `certificate ${arn}`

/** Has ACM look at a certificate when there is something to tell of it next. */
export const awaitCertificate = (arn: string, now: number, state: State, context: HandlerContext): void => {
  const found = state.certificates.get(arn)
  if (found === undefined) return context.wakeAt(timer(arn), undefined)
  const certificate = currently(found, now)
  const { contents: { notAfter }, origin } = certificate
  const daysLeft = Math.min(Math.ceil((notAfter - now) / day) - 1, daysOf(certificate, state))
  const moments = [
    ...(origin._tag === "Requested" ? [origin.issuedAt, nextRenewal(certificate)] : []),
    ...(daysLeft >= 1 ? [notAfter - daysLeft * day] : []),
    // A certificate is valid until the end of this time.
    notAfter + 1
  ].flatMap((moment) => moment === undefined || Math.ceil(moment) <= now ? [] : [Math.ceil(moment)])
  context.wakeAt(timer(arn), moments.length === 0 ? undefined : Math.min(...moments))
}

const wholeTime = (millis: number): string => `${new Date(millis).toISOString().slice(0, 19)}Z`

const typeOf = ({ origin }: Certificate): string => origin._tag === "Imported" ? "IMPORTED" : "AMAZON_ISSUED"

const emit = (
  certificate: Certificate,
  detailType: string,
  detail: Emitted["detail"],
  context: HandlerContext
): void => {
  if (!context.isHeard()) return
  context.emit({
    source: "aws.acm",
    detailType: `ACM Certificate ${detailType}`,
    resources: [certificate.arn],
    detail: defined({ ...detail, CommonName: certificate.contents.domain })
  })
}

const isExported = ({ origin }: Certificate): boolean => origin._tag === "Requested" && origin.exportedAt !== undefined

const common = (certificate: Certificate) => {
  const { contents, created, origin } = certificate
  return {
    CertificateType: typeOf(certificate),
    DomainValidationMethod: origin._tag === "Requested" ? origin.method : undefined,
    CertificateCreatedDate: wholeTime(created),
    CertificateExpirationDate: wholeTime(contents.notAfter),
    // No in-memory service uses certificates.
    InUse: false,
    Exported: isExported(certificate)
  }
}

/** Tells that a certificate can be used from now on. */
export const tellAvailable = (
  certificate: Certificate,
  Action: "ISSUANCE" | "RENEWAL" | "IMPORT" | "REIMPORT",
  now: number,
  context: HandlerContext
): void =>
  emit(certificate, "Available", {
    Action,
    ...common(certificate),
    DaysToExpiry: Math.floor((certificate.contents.notAfter - now) / day)
  }, context)

export const tellRevoked = (certificate: Certificate, context: HandlerContext): void =>
  emit(certificate, "Revoked", {
    CertificateType: typeOf(certificate),
    CertificateExpirationDate: wholeTime(certificate.contents.notAfter),
    Exportable: optionsOf(certificate).Export === "ENABLED"
  }, context)

/** Tells what happens to a certificate at this time. */
const tell = (certificate: Certificate, time: number, state: State, context: HandlerContext): void => {
  const { contents: { notAfter }, origin } = certificate
  const status = statusOf(certificate, time)
  if (origin._tag === "Requested" && origin.revoked === undefined && status === "EXPIRED" && time === notAfter + 1) {
    emit(certificate, "Expired", common(certificate), context)
  }
  if (status !== "ISSUED") return
  if (origin._tag === "Requested" && time === Math.ceil(origin.issuedAt)) {
    tellAvailable(certificate, "ISSUANCE", time, context)
  }
  if (origin._tag === "Requested" && origin.renewal !== undefined && time === Math.ceil(origin.renewal.doneAt)) {
    tellAvailable(certificate, "RENEWAL", time, context)
  }
  const DaysToExpiry = (notAfter - time) / day
  if (Number.isInteger(DaysToExpiry) && DaysToExpiry >= 1 && DaysToExpiry <= daysOf(certificate, state)) {
    emit(certificate, "Approaching Expiration", { DaysToExpiry }, context)
  }
}

export const wake = Effect.fnUntraced(function*(key: string, state: State, context: HandlerContext) {
  const time = yield* Clock.currentTimeMillis
  const arn = key.slice(timer("").length)
  const certificate = state.certificates.get(arn)
  if (certificate === undefined) return
  tell(currently(certificate, time), time, state, context)
  awaitCertificate(arn, time, state, context)
})
