/** The contents of certificates. Parses and checks imported certificates as AWS does. */
import type * as sdk from "@aws-sdk/client-acm"
import * as Effect from "effect/Effect"
import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto"
import { Fault } from "../engine/service.ts"
import { certificateBlocks, readCertificate } from "../support/certificates.ts"

/** The contents of a certificate, as ACM reports them. */
export interface Contents {
  readonly domain: string | undefined
  readonly names: ReadonlyArray<string>
  readonly subject: string
  readonly issuer: string
  readonly serial: string | undefined
  readonly algorithm: sdk.KeyAlgorithm
  readonly signature: string | undefined
  readonly keyUsages: ReadonlyArray<sdk.KeyUsageName>
  readonly extendedKeyUsages: ReadonlyArray<sdk.ExtendedKeyUsage>
  readonly notBefore: number
  readonly notAfter: number
}

const validation = (message: string) => new Fault({ code: "ValidationException", message })

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1")

const parse = (pem: string) =>
  Effect.fromNullishOr(readCertificate(pem)).pipe(
    Effect.mapError(() => validation("Unable to parse certificate. Please ensure the certificate is in PEM format."))
  )

const parseKey = Effect.fnUntraced(function*(pem: string) {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) return yield* validation("Passed PEM was not a private key.")
  if (pem.includes("ENCRYPTED")) return yield* validation("Your private key should not be encrypted.")
  return yield* Effect.try({
    try: () => createPrivateKey(pem),
    catch: () => validation("The private key is not supported.")
  })
})

const curves: Readonly<Record<string, sdk.KeyAlgorithm>> = {
  prime256v1: "EC_prime256v1",
  secp384r1: "EC_secp384r1",
  secp521r1: "EC_secp521r1"
}

const algorithmOf = ({ asymmetricKeyDetails: details = {}, asymmetricKeyType: type }: KeyObject) => {
  if (type === "rsa") {
    const { modulusLength = 0 } = details
    return [1024, 2048, 3072, 4096].includes(modulusLength)
      ? Effect.succeed(`RSA_${modulusLength}` as sdk.KeyAlgorithm)
      : Effect.fail(validation(`The private key length ${modulusLength} is not supported for key algorithm.`))
  }
  const curve = curves[details.namedCurve ?? ""]
  return type === "ec" && curve !== undefined
    ? Effect.succeed(curve)
    : Effect.fail(validation("The private key is not supported."))
}

/** The key usages that a certificate can name, in the order of their bits. */
export const usageBits: ReadonlyArray<sdk.KeyUsageName> = [
  "DIGITAL_SIGNATURE",
  "NON_REPUDIATION",
  "KEY_ENCIPHERMENT",
  "DATA_ENCIPHERMENT",
  "KEY_AGREEMENT",
  "CERTIFICATE_SIGNING",
  "CRL_SIGNING",
  "ENCIPHER_ONLY",
  "DECIPHER_ONLY"
]

/** Node doesn't expose the key usage extension: its id 2.5.29.15, an optional `critical` flag, and a bit string. */
const keyUsagesOf = ({ raw }: X509Certificate): ReadonlyArray<sdk.KeyUsageName> => {
  const found = /0603551d0f(?:0101ff)?04..03(?:02..(..)|03..(....))/.exec(raw.toString("hex"))
  const bits = Number.parseInt((found?.[1] ?? found?.[2] ?? "").padEnd(4, "0"), 16)
  return usageBits.filter((_, i) => (bits & (0x8000 >> i)) !== 0)
}

const extendedUsages: Readonly<Record<string, sdk.ExtendedKeyUsageName>> = {
  "1.3.6.1.5.5.7.3.1": "TLS_WEB_SERVER_AUTHENTICATION",
  "1.3.6.1.5.5.7.3.2": "TLS_WEB_CLIENT_AUTHENTICATION",
  "1.3.6.1.5.5.7.3.3": "CODE_SIGNING",
  "1.3.6.1.5.5.7.3.4": "EMAIL_PROTECTION",
  "1.3.6.1.5.5.7.3.8": "TIME_STAMPING",
  "1.3.6.1.5.5.7.3.9": "OCSP_SIGNING",
  "2.5.29.37.0": "ANY"
}

export const extendedUsage = (OID: string): sdk.ExtendedKeyUsage => ({ Name: extendedUsages[OID] ?? "CUSTOM", OID })

const attribute = (name: string, type: string): string | undefined =>
  name.split("\n").find((line) => line.startsWith(`${type}=`))?.slice(type.length + 1)

export const hexPairs = (hex: string): string => hex.toLowerCase().match(/../g)?.join(":") ?? ""

const signatures: Readonly<Record<string, string>> = {
  "2a864886f70d010105": "SHA1WITHRSA",
  "2a864886f70d01010b": "SHA256WITHRSA",
  "2a864886f70d01010c": "SHA384WITHRSA",
  "2a864886f70d01010d": "SHA512WITHRSA",
  "2a8648ce3d040302": "SHA256WITHECDSA",
  "2a8648ce3d040303": "SHA384WITHECDSA",
  "2a8648ce3d040304": "SHA512WITHECDSA"
}

/** Node exposes the signature algorithm only from version 24. Its id is the first one in the certificate. */
const signatureOf = ({ raw }: X509Certificate): string | undefined => {
  const found = /06(?:09(2a864886f70d0101..)|08(2a8648ce3d0403..))/.exec(raw.toString("hex"))
  return signatures[found?.[1] ?? found?.[2] ?? ""]
}

const contentsOf = Effect.fnUntraced(function*(certificate: X509Certificate, key: KeyObject) {
  const names = (certificate.subjectAltName ?? "").split(", ").flatMap((entry) =>
    /^(?:DNS|IP Address):(.*)$/.exec(entry)?.slice(1) ?? []
  )
  const { issuer, subject } = certificate
  return {
    domain: attribute(subject, "CN") ?? names[0],
    names,
    subject: subject?.replaceAll("\n", ",") ?? "",
    issuer: attribute(issuer, "O") ?? attribute(issuer, "CN") ?? "",
    serial: hexPairs(certificate.serialNumber),
    algorithm: yield* algorithmOf(key),
    signature: signatureOf(certificate),
    keyUsages: keyUsagesOf(certificate),
    extendedKeyUsages: (certificate.keyUsage ?? []).map(extendedUsage),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime()
  } satisfies Contents
})

/** Checks an imported certificate, its key and its chain, as AWS does. */
export const checkImport = Effect.fnUntraced(function*(
  input: {
    readonly Certificate: Uint8Array
    readonly PrivateKey: Uint8Array
    readonly CertificateChain?: Uint8Array | undefined
  },
  now: number
) {
  const pem = textOf(input.Certificate)
  const keyPem = textOf(input.PrivateKey)
  const chain = input.CertificateChain && textOf(input.CertificateChain)
  const [block, ...others] = certificateBlocks(pem)
  if (others.length > 0) {
    return yield* validation(
      "The certificate field contains more than one certificate. You can specify only one certificate in this field."
    )
  }
  const certificate = yield* parse(block ?? "")
  const key = yield* parseKey(keyPem)
  const contents = yield* contentsOf(certificate, key)
  if (!certificate.issuer) return yield* validation("The issuer of the certificate is empty.")
  if (!certificate.checkPrivateKey(key)) return yield* validation("The certificate and the private key do not match.")
  if (contents.notBefore > now) return yield* validation("The certificate is not valid yet.")
  if (contents.notAfter < now) return yield* validation("The certificate has expired.")
  if (chain !== undefined) {
    const links = yield* Effect.forEach(certificateBlocks(chain), parse)
    const whole = links.length > 0 &&
      links.every((link, i) => (links[i - 1] ?? certificate).verify(link.publicKey))
    if (!whole) return yield* validation("Could not validate the certificate with the certificate chain.")
  }
  // Whoever has issued the certificate, its own key has signed it, or that of the chain.
  if (chain === undefined && !certificate.verify(certificate.publicKey)) {
    return yield* validation(
      "Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or certificate chain."
    )
  }
  return { contents, pem: `${block}\n`, chain }
})

/** Checks that a certificate may replace an imported one, whose users rely on its key and its usages. */
export const checkReimport = Effect.fnUntraced(function*(before: Contents, after: Contents) {
  if (before.algorithm !== after.algorithm) {
    return yield* validation("The key type and size of a reimported certificate cannot be changed.")
  }
  if (before.domain !== undefined && after.domain === undefined) {
    return yield* validation("All domain names cannot be removed from a reimported certificate.")
  }
  // Authorities issue certificates without these usages by now.
  const mayGo = after.algorithm.startsWith("EC_") ? ["KEY_ENCIPHERMENT", "1.3.6.1.5.5.7.3.2"] : ["1.3.6.1.5.5.7.3.2"]
  const usages = ({ extendedKeyUsages, keyUsages }: Contents) => [
    ...keyUsages,
    ...extendedKeyUsages.map(({ OID = "" }) => OID)
  ]
  const kept = [...usages(after), ...mayGo]
  if (usages(before).some((usage) => !kept.includes(usage))) {
    return yield* validation("Key usages cannot be removed from a reimported certificate.")
  }
})
