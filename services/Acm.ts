/**
 * Certificates of AWS Certificate Manager.
 *
 * @since 0.1.0
 */
import { ACMClient, DeleteCertificateCommand, ImportCertificateCommand } from "@aws-sdk/client-acm"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as net from "node:net"
import type { AcmCodes } from "../errors/codes/Acm.ts"
import {
  CertificateDoesNotExist,
  CertificateInUse,
  CertificateNotGenerated,
  CertificateRejected
} from "../errors/internal/acmErrors.ts"
import { AwsError } from "../errors/internal/awsError.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import * as AwsService from "../src/AwsService.ts"

export * from "../errors/AcmErrors.ts"

const service = AwsService.make<ACMClient, AcmCodes>(ACMClient)

/**
 * Sends any command of ACM.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of ACM that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of ACM that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items

/**
 * What a self-signed certificate is made of.
 *
 * @category models
 * @since 0.1.0
 */
export interface SelfSignedOptions {
  /** The common name of who vouches for it. A name only: the certificate is signed by its own key. 1 to 64 characters. */
  readonly issuer: string
  /** The common name of what it is for. 1 to 64 characters. */
  readonly subject: string
  /**
   * The DNS names (`www.example.com`, `*.example.com`) and IP addresses that it is good for, at least one: TLS clients
   * look here, and no longer at the subject.
   */
  readonly subjectAlternativeNames: ReadonlyArray<string>
  /** How long it is good for. Certificates count in whole seconds. */
  readonly validity: Duration.Input
  /** Since when; by default, from now on by Effect's Clock. */
  readonly notBefore?: Date | undefined
}

type Name = { readonly dNSName: string } | { readonly iPAddress: string }

const label = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i

const nameOf = (name: string): Name | string => {
  if (net.isIPv4(name)) return { iPAddress: name }
  if (net.isIPv6(name) && !name.includes("%")) {
    // Written out, with a tail that is an IPv4 address in hexadecimal too.
    return { iPAddress: new URL(`http://[${name}]`).hostname.slice(1, -1) }
  }
  const labels = name.replace(/^\*\./, "").split(".")
  return name.length <= 253 && labels.every((part) => label.test(part)) && !/^[\d.]+$/.test(name)
    ? { dNSName: name }
    : `${
      JSON.stringify(name)
    } is neither a DNS name nor an IP address. A DNS name has letters, digits and hyphens between its dots, perhaps *. in front; give others in their xn-- form.`
}

/** Everything that is wrong with the input, found before a key is made for it. */
const plan = (options: SelfSignedOptions, now: number) => {
  for (const member of ["issuer", "subject"] as const) {
    const name = options[member]
    if (name.trim() === "" || [...name].length > 64 || /\p{Cc}/u.test(name)) {
      return `${
        JSON.stringify(name)
      } is no ${member}. Give a name of 1 to 64 characters, none of them a control character.`
    }
  }
  if (options.subjectAlternativeNames.length === 0) {
    return "it has no name to be good for. Give at least one DNS name or IP address in `subjectAlternativeNames`."
  }
  const names: Array<Name> = []
  for (const given of options.subjectAlternativeNames) {
    const name = nameOf(given)
    if (typeof name === "string") return name
    names.push(name)
  }
  const seconds = Math.floor(Duration.toMillis(options.validity) / 1000)
  if (!(seconds >= 1)) return "it would never be valid. Give a `validity` of at least a second."
  const start = Math.floor((options.notBefore?.getTime() ?? now) / 1000)
  const notBefore = new Date(start * 1000)
  const notAfter = new Date((start + seconds) * 1000)
  // X.509 writes years before 2050 with two digits, from 1950 on, and the later ones with four.
  if (!(notBefore.getUTCFullYear() >= 1950 && notAfter.getUTCFullYear() <= 9999)) {
    return "it would be valid outside of the years 1950 to 9999. Give a `notBefore` and a `validity` within them."
  }
  return { names, notBefore, notAfter }
}

const pem = (label: string, der: ArrayBuffer): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString("base64").replace(/.{1,64}/g, "$&\n")}-----END ${label}-----\n`

const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }

const sign = async (
  { issuer, subject }: SelfSignedOptions,
  { names, notAfter, notBefore }: Exclude<ReturnType<typeof plan>, string>
) => {
  // Loaded here, so that a program that makes no certificates does not load it.
  const [x509, { AsnConvert, OctetString }] = await Promise.all([
    import("@peculiar/asn1-x509"),
    import("@peculiar/asn1-schema")
  ])
  const keys = await crypto.subtle.generateKey(
    { ...rsa, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"]
  )
  const privateKey = Redacted.make(pem("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", keys.privateKey)), {
    label: "private key"
  })
  const publicKey = AsnConvert.parse(await crypto.subtle.exportKey("spki", keys.publicKey), x509.SubjectPublicKeyInfo)
  const keyId = await crypto.subtle.digest("SHA-1", publicKey.subjectPublicKey)

  const commonName = (utf8String: string) =>
    new x509.Name([
      new x509.RelativeDistinguishedName([
        new x509.AttributeTypeAndValue({ type: "2.5.4.3", value: new x509.AttributeValue({ utf8String }) })
      ])
    ])
  const extension = (extnID: string, critical: boolean, value: object) =>
    new x509.Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
  const sha256WithRsa = new x509.AlgorithmIdentifier({ algorithm: "1.2.840.113549.1.1.11", parameters: null })
  // Positive, and of 16 bytes whatever is drawn.
  const serialNumber = crypto.getRandomValues(new Uint8Array(16))
  serialNumber[0] = (serialNumber[0]! & 0x3f) | 0x40

  const tbsCertificate = new x509.TBSCertificate({
    version: x509.Version.v3,
    serialNumber: serialNumber.buffer,
    signature: sha256WithRsa,
    issuer: commonName(issuer),
    validity: new x509.Validity({ notBefore, notAfter }),
    subject: commonName(subject),
    subjectPublicKeyInfo: publicKey,
    extensions: new x509.Extensions([
      extension(x509.id_ce_basicConstraints, true, new x509.BasicConstraints({ cA: false })),
      extension(
        x509.id_ce_keyUsage,
        true,
        new x509.KeyUsage(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment)
      ),
      extension(x509.id_ce_extKeyUsage, false, new x509.ExtendedKeyUsage([x509.id_kp_serverAuth])),
      extension(
        x509.id_ce_subjectAltName,
        false,
        new x509.SubjectAlternativeName(names.map((name) => new x509.GeneralName(name)))
      ),
      extension(x509.id_ce_subjectKeyIdentifier, false, new x509.SubjectKeyIdentifier(keyId)),
      extension(
        x509.id_ce_authorityKeyIdentifier,
        false,
        new x509.AuthorityKeyIdentifier({ keyIdentifier: new x509.KeyIdentifier(keyId) })
      )
    ])
  })
  const signatureValue = await crypto.subtle.sign(rsa, keys.privateKey, AsnConvert.serialize(tbsCertificate))
  const certificate = new x509.Certificate({ tbsCertificate, signatureAlgorithm: sha256WithRsa, signatureValue })
  return { certificate: pem("CERTIFICATE", AsnConvert.serialize(certificate)), privateKey }
}

/**
 * A certificate that is signed by its own key, and the key: for a server whose clients are told to trust it, or do not
 * check.
 *
 * X.509 version 3, RSA of 2048 bits, SHA-256; for servers (`serverAuth`), and no certificate authority. The private key
 * is `Redacted`, in JSON too, and a schema refuses to encode it.
 *
 * @category models
 * @since 0.1.0
 */
export class SelfSignedCertificate extends Schema.Class<SelfSignedCertificate>(
  "effect-aws-sdk/Acm/SelfSignedCertificate"
)({
  /** PEM. */
  certificate: Schema.String,
  /** PEM, PKCS#8, not encrypted. */
  privateKey: Schema.Redacted(Schema.String, { label: "private key", disallowJsonEncode: true }),
  /** Common name. */
  subject: Schema.String,
  /** Common name. */
  issuer: Schema.String,
  /** The DNS names and IP addresses that it is good for. */
  names: Schema.Array(Schema.String),
  notBefore: Schema.Date,
  notAfter: Schema.Date
}) {
  /**
   * Makes a key, and a certificate of it: in one step, so there is none that is not yet generated.
   *
   * - `issuer`, `subject`: common names, 1 to 64 characters each.
   * - `subjectAlternativeNames`: the DNS names and IP addresses that it is good for, at least one.
   * - `validity`: how long, in whole seconds; `notBefore`: since when, by default now.
   *
   * **Errors**: `CertificateNotGenerated`, with what to do, where an option is no good.
   *
   * **Example** (A year for a test server)
   *
   * ```ts
   * import { Acm } from "effect-aws-sdk"
   *
   * const certificate = Acm.SelfSignedCertificate.generate({
   *   issuer: "Arkime",
   *   subject: "localhost",
   *   subjectAlternativeNames: ["localhost", "127.0.0.1"],
   *   validity: "365 days"
   * })
   * ```
   *
   * @since 0.1.0
   */
  static readonly generate = Effect.fn("Acm.SelfSignedCertificate.generate")(function*(
    options: SelfSignedOptions
  ): Effect.fn.Return<SelfSignedCertificate, CertificateNotGenerated> {
    const { issuer, subject, subjectAlternativeNames } = options
    const planned = plan(options, yield* Clock.currentTimeMillis)
    if (typeof planned === "string") return yield* new CertificateNotGenerated({ subject, issue: planned })
    const signed = yield* Effect.tryPromise({
      try: () => sign(options, planned),
      catch: (cause) =>
        new CertificateNotGenerated({
          subject,
          issue: `this runtime could not make it. Does it have WebCrypto with RSA? ${cause}`,
          cause
        })
    })
    const { notAfter, notBefore } = planned
    yield* Effect.logDebug(`Generated a self-signed certificate for ${subject}, valid until ${notAfter.toISOString()}`)
    return new SelfSignedCertificate({
      ...signed,
      issuer,
      subject,
      names: subjectAlternativeNames,
      notBefore,
      notAfter
    })
  })
}

/**
 * Imports a certificate and its key into ACM, and gives its ARN: a {@link SelfSignedCertificate}, or any PEM and
 * `Redacted` PEM that belong together.
 *
 * Every import makes a new certificate, and an import whose answer was lost is made again: where that matters, list
 * what there is.
 *
 * **Errors**: `CertificateRejected` where ACM does not take the certificate or the key (malformed, not matching, not
 * valid now); `AwsError` for the rest.
 *
 * **Example** (From files)
 *
 * ```ts
 * import { Redacted } from "effect"
 * import { Acm } from "effect-aws-sdk"
 * import * as fs from "node:fs"
 *
 * const arn = Acm.importCertificate({
 *   certificate: fs.readFileSync("server.crt", "utf8"),
 *   privateKey: Redacted.make(fs.readFileSync("server.key", "utf8"))
 * })
 * ```
 *
 * AWS: [ImportCertificate](https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html)
 *
 * @category certificates
 * @since 0.1.0
 */
export const importCertificate = Effect.fn("Acm.importCertificate")(function*(
  { certificate, privateKey }: Pick<SelfSignedCertificate, "certificate" | "privateKey">
): Effect.fn.Return<string, CertificateRejected | AwsError, AwsClients> {
  const { CertificateArn = "" } = yield* send(
    new ImportCertificateCommand({
      Certificate: Buffer.from(certificate),
      PrivateKey: Buffer.from(Redacted.value(privateKey))
    })
  ).pipe(
    AwsError.catchCode(
      ["ValidationException", "InvalidParameterException"],
      (cause) => Effect.fail(new CertificateRejected({ code: cause.code, issue: cause.reason.description, cause }))
    ),
    Effect.tapErrorTag("CertificateRejected", ({ message }) => Effect.logError(message))
  )
  yield* Effect.logDebug(`Imported the certificate ${CertificateArn}`)
  return CertificateArn
})

/**
 * Makes the self-signed certificate for a load balancer that has no name of its own yet, imports it, and gives its ARN:
 * for `localhost`, good for ten years of 365 days.
 *
 * - `issuer`: `Arkime` by default.
 *
 * **Errors**: `CertificateNotGenerated` where `issuer` is no name, `CertificateRejected`; `AwsError` for the rest.
 *
 * **Example** (A listener's certificate)
 *
 * ```ts
 * import { Acm } from "effect-aws-sdk"
 *
 * const arn = Acm.uploadDefaultElbCertificate({ issuer: "Capture" })
 * ```
 *
 * AWS: [ImportCertificate](https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html)
 *
 * @category certificates
 * @since 0.1.0
 */
export const uploadDefaultElbCertificate = Effect.fn("Acm.uploadDefaultElbCertificate")(function*(
  options?: { readonly issuer?: string | undefined }
): Effect.fn.Return<string, CertificateNotGenerated | CertificateRejected | AwsError, AwsClients> {
  const certificate = yield* SelfSignedCertificate.generate({
    issuer: options?.issuer ?? "Arkime",
    subject: "localhost",
    subjectAlternativeNames: ["localhost"],
    validity: Duration.days(3650)
  })
  const arn = yield* importCertificate(certificate)
  yield* Effect.logInfo(`Uploaded the default certificate for load balancers: ${arn}`)
  return arn
})

/**
 * Deletes a certificate from ACM.
 *
 * **Errors**: `CertificateDoesNotExist`, `CertificateInUse`; `AwsError` for the rest: an ARN that is none is `Rejected`.
 *
 * **Example** (Gone, whether it was there or not)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Acm } from "effect-aws-sdk"
 *
 * const gone = Acm.deleteCertificate("arn:aws:acm:us-east-2:123456789012:certificate/0a1b2c3d").pipe(
 *   Effect.catchTag("CertificateDoesNotExist", () => Effect.void)
 * )
 * ```
 *
 * AWS: [DeleteCertificate](https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html)
 *
 * @category certificates
 * @since 0.1.0
 */
export const deleteCertificate = Effect.fn("Acm.deleteCertificate")(function*(
  arn: string
): Effect.fn.Return<void, CertificateDoesNotExist | CertificateInUse | AwsError, AwsClients> {
  yield* Effect.logDebug(`Deleting the certificate ${arn}`)
  yield* send(new DeleteCertificateCommand({ CertificateArn: arn })).pipe(
    // Where an attempt before this one had no answer, it is that one which has deleted it.
    AwsError.catchCode(
      "ResourceNotFoundException",
      ({ mayHaveSucceeded }) => mayHaveSucceeded ? Effect.void : Effect.fail(new CertificateDoesNotExist({ arn }))
    ),
    AwsError.catchCode("ResourceInUseException", () => Effect.fail(new CertificateInUse({ arn })))
  )
})
