/** The certificates of ACM, and their form in answers. */
import type * as sdk from "@aws-sdk/client-acm"
import { createHash } from "node:crypto"
import { type Contents, extendedUsage, hexPairs } from "./contents.ts"

export interface Certificate {
  readonly arn: string
  readonly created: number
  readonly contents: Contents
  readonly origin:
    | { readonly _tag: "Imported"; readonly at: number; readonly pem: string; readonly chain: string | undefined }
    | {
      readonly _tag: "Requested"
      readonly method: sdk.ValidationMethod
      /** When the owners of its domains get emails, if they are validated by email. */
      readonly emailsAt: number
      /** When it is issued. Its domains count as validated then. */
      readonly issuedAt: number
      /** Why it isn't issued but fails: the names that no public authority may certify. */
      readonly notPublic: ReadonlyArray<string>
      readonly options: sdk.CertificateOptions
      /** Whether the request said if it can be exported. */
      readonly saysExport: boolean
      /** When it was exported last. */
      readonly exportedAt: number | undefined
      readonly renewal: Renewal | undefined
      readonly revoked: { readonly at: number; readonly reason: sdk.RevocationReason } | undefined
      /** How the owner of each name proves ownership. */
      readonly validations: ReadonlyMap<string, Pick<sdk.DomainValidation, "ResourceRecord" | "ValidationDomain">>
    }
  readonly tags: ReadonlyArray<sdk.Tag>
}

type Requested = Extract<Certificate["origin"], { readonly _tag: "Requested" }>

/** A renewal, which AWS began by itself or because someone asked for it. */
export interface Renewal {
  readonly at: number
  readonly doneAt: number
  readonly contents: Contents
}

const day = 86_400_000
/** How long the certificates that Amazon issues are valid. */
const validity = 198 * day

/** The contents of a certificate that Amazon issues. */
export const requestedContents = (
  names: ReadonlyArray<string>,
  algorithm: sdk.KeyAlgorithm,
  serial: string,
  now: number
): Contents => ({
  domain: names[0],
  names,
  subject: `CN=${names[0]}`,
  issuer: "Amazon",
  serial: hexPairs(serial),
  algorithm,
  signature: algorithm.startsWith("RSA") ? "SHA256WITHRSA" : "SHA256WITHECDSA",
  keyUsages: ["DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"],
  extendedKeyUsages: ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"].map(extendedUsage),
  notBefore: now - (now % day),
  notAfter: now - (now % day) + validity - 1_000
})

/** How long before certificates expire AWS begins to renew them. */
const renewalPeriod = 45 * day

/** The serial number that follows another: the renewals of a certificate don't depend on who looks at it when. */
const nextSerial = (serial: string): string => `0${createHash("sha256").update(serial).digest("hex").slice(0, 31)}`

/** Whether it was exported since it was issued or last renewed. AWS renews it only then. */
const isExportedAnew = ({ exportedAt, renewal }: Requested): boolean =>
  exportedAt !== undefined && (renewal === undefined || exportedAt >= renewal.doneAt)

/** With the contents of its renewal, once that is done. */
const settled = (certificate: Certificate, now: number): Certificate => {
  const { origin } = certificate
  return origin._tag === "Requested" && origin.renewal !== undefined && origin.renewal.doneAt <= now
    ? { ...certificate, contents: origin.renewal.contents }
    : certificate
}

/** When AWS is done with a renewal: one that goes on, or the one that it begins by itself. */
export const nextRenewal = ({ contents, created, origin }: Certificate): number | undefined => {
  if (origin._tag === "Imported" || origin.revoked !== undefined) return undefined
  if (!isExportedAnew(origin)) return origin.renewal?.doneAt
  const at = Math.max(contents.notAfter - renewalPeriod, origin.exportedAt ?? 0)
  // AWS takes as long as it took to issue the certificate.
  return at > contents.notAfter ? undefined : at + origin.issuedAt - created
}

/**
 * A certificate as it is at this time. AWS renews it before it expires, if it was exported. The owners of its domains still prove their
 * ownership: nothing here removes DNS records, and emails are answered at once.
 */
export const currently = (certificate: Certificate, now: number): Certificate => {
  const current = settled(certificate, now)
  const { contents, created, origin } = current
  if (origin._tag === "Imported" || origin.revoked !== undefined || !isExportedAnew(origin)) return current
  const at = Math.max(contents.notAfter - renewalPeriod, origin.exportedAt ?? 0)
  if (now < at || at > contents.notAfter) return current
  const renewal: Renewal = {
    at,
    // AWS takes as long as it took to issue the certificate.
    doneAt: at + origin.issuedAt - created,
    contents: requestedContents(contents.names, contents.algorithm, nextSerial(contents.serial ?? ""), at)
  }
  return settled({ ...current, origin: { ...origin, renewal } }, now)
}

const hasFailed = ({ origin }: Certificate, now: number): boolean =>
  origin._tag === "Requested" && origin.notPublic.length > 0 && now >= origin.issuedAt

export const isIssued = (certificate: Certificate, now: number): boolean =>
  certificate.origin._tag === "Imported" || (now >= certificate.origin.issuedAt && !hasFailed(certificate, now))

export const statusOf = (certificate: Certificate, now: number): sdk.CertificateStatus => {
  if (hasFailed(certificate, now)) return "FAILED"
  if (!isIssued(certificate, now)) return "PENDING_VALIDATION"
  if (certificate.contents.notAfter < now) return "EXPIRED"
  return certificate.origin._tag === "Requested" && certificate.origin.revoked !== undefined ? "REVOKED" : "ISSUED"
}

/** ACM renews a certificate that was exported, because it has to be valid where it was exported to. */
const eligibility = (certificate: Certificate, now: number): sdk.RenewalEligibility =>
  certificate.origin._tag === "Requested" && isExportedAnew(certificate.origin) &&
    statusOf(certificate, now) === "ISSUED"
    ? "ELIGIBLE"
    : "INELIGIBLE"

/** The options of a certificate. An imported one can be neither logged nor exported. */
export const optionsOf = ({ origin }: Certificate): sdk.CertificateOptions =>
  origin._tag === "Imported"
    ? { CertificateTransparencyLoggingPreference: "DISABLED", Export: "DISABLED" }
    : origin.options

// On the wire, ACM sends RSA-2048, although its documentation and the SDK's types have RSA_2048.
const wireAlgorithm = (algorithm: sdk.KeyAlgorithm) => algorithm.replace("_", "-") as sdk.KeyAlgorithm

/** The members that DescribeCertificate and ListCertificates share. */
const common = (certificate: Certificate, now: number) => {
  const { arn, contents, created, origin } = certificate
  const issued = isIssued(certificate, now)
  return {
    CertificateArn: arn,
    ...(contents.domain !== undefined && { DomainName: contents.domain }),
    CreatedAt: new Date(created),
    ...(origin._tag === "Imported" && { ImportedAt: new Date(origin.at) }),
    ...(origin._tag === "Requested" && issued && { IssuedAt: new Date(origin.issuedAt) }),
    ...(origin._tag === "Requested" && origin.revoked !== undefined && { RevokedAt: new Date(origin.revoked.at) }),
    Status: statusOf(certificate, now),
    Type: origin._tag === "Imported" ? "IMPORTED" : "AMAZON_ISSUED",
    KeyAlgorithm: wireAlgorithm(contents.algorithm),
    RenewalEligibility: eligibility(certificate, now),
    ...(issued && { NotBefore: new Date(contents.notBefore), NotAfter: new Date(contents.notAfter) })
  } satisfies sdk.CertificateSummary
}

const mailboxes = ["admin", "administrator", "hostmaster", "postmaster", "webmaster"]

/** How a name of a requested certificate is validated. */
const validationOf = (certificate: Certificate, DomainName: string, now: number): sdk.DomainValidation => {
  const { origin } = certificate
  if (origin._tag === "Imported") return { DomainName }
  const validation = origin.validations.get(DomainName)
  return {
    DomainName,
    ...validation,
    ValidationStatus: isIssued(certificate, now)
      ? "SUCCESS"
      : hasFailed(certificate, now) && origin.notPublic.includes(DomainName)
      ? "FAILED"
      : "PENDING_VALIDATION",
    ValidationMethod: origin.method,
    ...(origin.method === "EMAIL" && {
      ValidationEmails: now < origin.emailsAt || hasFailed(certificate, now)
        ? []
        : mailboxes.map((mailbox) => `${mailbox}@${validation?.ValidationDomain?.replace("*.", "")}`)
    })
  }
}

const renewalOf = (certificate: Certificate, { at, doneAt }: Renewal, now: number): sdk.RenewalSummary => ({
  RenewalStatus: doneAt <= now ? "SUCCESS" : "PENDING_AUTO_RENEWAL",
  DomainValidationOptions: certificate.contents.names.map((name) => validationOf(certificate, name, now)),
  UpdatedAt: new Date(doneAt <= now ? doneAt : at)
})

export const toDetail = (certificate: Certificate, now: number): sdk.CertificateDetail => {
  const { contents, origin } = certificate
  const issued = isIssued(certificate, now)
  return {
    ...common(certificate, now),
    SubjectAlternativeNames: [...contents.names],
    DomainValidationOptions: contents.names.map((name) => validationOf(certificate, name, now)),
    ...(hasFailed(certificate, now) && { FailureReason: "INVALID_PUBLIC_DOMAIN" }),
    ...(origin._tag === "Requested" && origin.revoked !== undefined && { RevocationReason: origin.revoked.reason }),
    ...(origin._tag === "Requested" && origin.renewal !== undefined && {
      RenewalSummary: renewalOf(certificate, origin.renewal, now)
    }),
    ...(issued && contents.serial !== undefined && { Serial: contents.serial }),
    Subject: contents.subject,
    Issuer: contents.issuer,
    ...(contents.signature !== undefined && { SignatureAlgorithm: contents.signature }),
    InUseBy: [],
    KeyUsages: issued ? contents.keyUsages.map((Name) => ({ Name })) : [],
    ExtendedKeyUsages: issued ? [...contents.extendedKeyUsages] : [],
    Options: optionsOf(certificate)
  }
}

export const toSummary = (certificate: Certificate, now: number): sdk.CertificateSummary => {
  const { contents: { names }, origin } = certificate
  const { ExtendedKeyUsages = [], KeyUsages = [] } = toDetail(certificate, now)
  return {
    ...common(certificate, now),
    SubjectAlternativeNameSummaries: names.slice(0, 100),
    HasAdditionalSubjectAlternativeNames: names.length > 100,
    KeyUsages: KeyUsages.flatMap(({ Name }) => Name ?? []),
    ExtendedKeyUsages: ExtendedKeyUsages.flatMap(({ Name }) => Name ?? []),
    InUse: false,
    // AWS decides about a request without this option later, and leaves it out until then.
    ...((origin._tag === "Imported" || origin.saysExport || now >= origin.issuedAt) && {
      ExportOption: optionsOf(certificate).Export
    }),
    ...(origin._tag === "Requested" && { Exported: origin.exportedAt !== undefined })
  }
}
