/** The certificates of ACM, and their form in answers. */
import type * as sdk from "@aws-sdk/client-acm"
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
      /** When it is issued. Its domains count as validated then. */
      readonly issuedAt: number
      readonly options: sdk.CertificateOptions
      /** How the owner of each name proves ownership. */
      readonly validations: ReadonlyMap<string, Pick<sdk.DomainValidation, "ResourceRecord" | "ValidationDomain">>
    }
  readonly tags: ReadonlyArray<sdk.Tag>
}

const day = 86_400_000

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
  notAfter: now - (now % day) + 395 * day
})

export const isIssued = ({ origin }: Certificate, now: number): boolean =>
  origin._tag === "Imported" || now >= origin.issuedAt

export const statusOf = (certificate: Certificate, now: number): sdk.CertificateStatus =>
  !isIssued(certificate, now) ? "PENDING_VALIDATION" : certificate.contents.notAfter < now ? "EXPIRED" : "ISSUED"

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
    Status: statusOf(certificate, now),
    Type: origin._tag === "Imported" ? "IMPORTED" : "AMAZON_ISSUED",
    KeyAlgorithm: wireAlgorithm(contents.algorithm),
    RenewalEligibility: "INELIGIBLE",
    ...(issued && { NotBefore: new Date(contents.notBefore), NotAfter: new Date(contents.notAfter) })
  } satisfies sdk.CertificateSummary
}

export const toDetail = (certificate: Certificate, now: number): sdk.CertificateDetail => {
  const { contents, origin } = certificate
  const issued = isIssued(certificate, now)
  return {
    ...common(certificate, now),
    SubjectAlternativeNames: [...contents.names],
    DomainValidationOptions: contents.names.map((DomainName): sdk.DomainValidation => {
      if (origin._tag === "Imported") return { DomainName }
      return {
        DomainName,
        ...origin.validations.get(DomainName),
        ValidationStatus: issued ? "SUCCESS" : "PENDING_VALIDATION",
        ValidationMethod: origin.method,
        ...(origin.method === "EMAIL" && { ValidationEmails: [] })
      }
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
  const { names } = certificate.contents
  const { ExtendedKeyUsages = [], KeyUsages = [] } = toDetail(certificate, now)
  return {
    ...common(certificate, now),
    SubjectAlternativeNameSummaries: names.slice(0, 100),
    HasAdditionalSubjectAlternativeNames: names.length > 100,
    KeyUsages: KeyUsages.flatMap(({ Name }) => Name ?? []),
    ExtendedKeyUsages: ExtendedKeyUsages.flatMap(({ Name }) => Name ?? []),
    InUse: false,
    ExportOption: optionsOf(certificate).Export,
    ...(certificate.origin._tag === "Requested" && { Exported: false })
  }
}
