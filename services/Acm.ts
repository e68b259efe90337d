/**
 * AWS Certificate Manager certificates.
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
import { readMembers } from "../src/internal/members.ts"
import * as Service from "../src/internal/service.ts"
import { waitUntilOf } from "../src/internal/waiters.ts"
import type { WaitUntil } from "../src/internal/waiterTables.ts"
import { type AcmWaiters, waiters } from "./internal/acm/waiters.ts"

export * from "../errors/AcmErrors.ts"

const service = Service.of<ACMClient, AcmCodes>(ACMClient)

/**
 * Sends any command of ACM with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-acm`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `acm:DescribeCertificate`, for example.
 *
 * **Example** (When a certificate expires)
 *
 * ```ts
 * import { DescribeCertificateCommand } from "@aws-sdk/client-acm"
 * import { Effect } from "effect"
 * import { Acm } from "effect-aws-sdk"
 *
 * const expiry = (CertificateArn: string) =>
 *   Acm.send(new DescribeCertificateCommand({ CertificateArn })).pipe(
 *     Effect.map(({ Certificate }) => Certificate?.NotAfter)
 *   )
 * ```
 *
 * AWS: [DescribeCertificate](https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send = Service.sendOf(service)

/**
 * The pages of any paginated command of ACM: the SDK's outputs. Each page is fetched when it is needed.
 *
 * - `command`: the command for the first page.
 * - `readAhead`: whether to fetch the next page while your program processes the current one; `false` by default.
 * - `token`: makes the next input from a page, for a command whose tokens aren't known.
 *
 * **Errors**: the `AwsError` of the first page that fails. It ends the Stream. If a page has a token that isn't known, its reason is
 * `Misconfigured` and its code `PaginationTokenUnknown`.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (Count the certificates)
 *
 * ```ts
 * import { ListCertificatesCommand } from "@aws-sdk/client-acm"
 * import { Stream } from "effect"
 * import { Acm } from "effect-aws-sdk"
 *
 * const count = Acm.pages(new ListCertificatesCommand({})).pipe(
 *   Stream.runFold(() => 0, (sum, { CertificateSummaryList = [] }) => sum + CertificateSummaryList.length)
 * )
 * ```
 *
 * AWS: [ListCertificates](https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = Service.pagesOf(service)

/**
 * The elements on all pages of any paginated command of ACM, page by page.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The domains whose certificates aren't validated yet)
 *
 * ```ts
 * import { ListCertificatesCommand } from "@aws-sdk/client-acm"
 * import { Stream } from "effect"
 * import { Acm } from "effect-aws-sdk"
 *
 * const domains = Acm.items(
 *   new ListCertificatesCommand({ CertificateStatuses: ["PENDING_VALIDATION"] }),
 *   (page) => page.CertificateSummaryList
 * ).pipe(Stream.map(({ DomainName }) => DomainName))
 * ```
 *
 * AWS: [ListCertificates](https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const items = Service.itemsOf(service)

/**
 * Waits for a state of ACM that AWS models as a waiter, such as `CertificateValidated`, and returns the last output.
 * `AcmeEndpointDeleted` and `AcmeDomainValidationDeleted` end with an error that says that the resource is gone;
 * `waitUntil` returns `undefined` then.
 *
 * - `name`: the waiter. `docs/waiting.md` lists all of them.
 * - `input`: the input of the waiter's command.
 * - `schedule`: when to call again. By default after the delay and for the number of calls that AWS models.
 * - `timeout`: the longest time to wait. Without a `schedule`, it replaces AWS's number of calls.
 * - `waitingFor`: what the wait is for, in the words of the log and the errors.
 *
 * **Errors**: `WaitFailed` if the state can't be reached any more; `WaitTimedOut` with the last output; `AwsError` for a
 * permanent failure.
 *
 * **Requires** `AwsClients`, and what the schedule requires.
 *
 * **Example** (A certificate that DNS records prove)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Acm } from "effect-aws-sdk"
 *
 * const issuedAt = (CertificateArn: string) =>
 *   Acm.waitUntil("CertificateValidated", { CertificateArn }, { timeout: "30 minutes" }).pipe(
 *     Effect.map(({ Certificate }) => Certificate?.IssuedAt)
 *   )
 * ```
 *
 * AWS: [DescribeCertificate](https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html)
 *
 * @category waiting
 * @since 0.1.0
 */
export const waitUntil: WaitUntil<AcmWaiters, AcmCodes> = /* @__PURE__ */ waitUntilOf(
  "Acm.waitUntil",
  "ACM",
  send,
  waiters
)

/**
 * The contents of a self-signed certificate.
 *
 * @category models
 * @since 0.1.0
 */
export interface SelfSignedOptions {
  /** The issuer's common name, 1 to 64 characters. It is only a name: the certificate is signed with its own key. */
  readonly issuer: string
  /** The subject's common name, 1 to 64 characters. */
  readonly subject: string
  /**
   * The DNS names (`www.example.com`, `*.example.com`) and IP addresses that the certificate is valid for, at least
   * one. TLS clients check these, not the subject.
   */
  readonly subjectAlternativeNames: ReadonlyArray<string>
  /** How long the certificate is valid from `notBefore` on, or from now on, rounded down to whole seconds; at least one. */
  readonly validity: Duration.Input
  /**
   * When its validity starts; by default one hour ago, by Effect's Clock. A new certificate is then valid for a computer whose
   * clock is behind, too.
   */
  readonly notBefore?: Date | undefined
}

type Name = { readonly dNSName: string } | { readonly iPAddress: string }

const label = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i

const nameOf = (name: string): Name | string => {
  if (net.isIPv4(name)) return { iPAddress: name }
  if (net.isIPv6(name) && !name.includes("%")) {
    // The URL parser normalizes the address, including an embedded IPv4 address.
    return { iPAddress: new URL(`http://[${name}]`).hostname.slice(1, -1) }
  }
  const labels = name.replace(/^\*\./, "").split(".")
  return name.length <= 253 && labels.every((part) => label.test(part)) && !/^[\d.]+$/.test(name)
    ? { dNSName: name }
    : `${
      JSON.stringify(name)
    } is neither a DNS name nor an IP address. A DNS name has letters, digits and hyphens between its dots, optionally with *. in front. Give an internationalized name in its xn-- form.`
}

/** In seconds. */
const BACKDATED_BY = 3_600

/** Validates the options before a key is generated: returns what is wrong, or the names and dates for the certificate. */
const validate = (options: SelfSignedOptions, now: number) => {
  for (const member of ["issuer", "subject"] as const) {
    const name = options[member]
    if (name.trim() === "" || [...name].length > 64 || /\p{Cc}/u.test(name)) {
      return `${
        JSON.stringify(name)
      } is not a valid ${member}. Give a name of 1 to 64 characters without control characters.`
    }
  }
  if (options.subjectAlternativeNames.length === 0) {
    return "it would not be valid for any name. Give at least one DNS name or IP address in `subjectAlternativeNames`."
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
  const notBefore = new Date((options.notBefore === undefined ? start - BACKDATED_BY : start) * 1000)
  const notAfter = new Date((start + seconds) * 1000)
  // X.509 encodes the years 1950 to 2049 with two digits, and later years with four.
  if (!(notBefore.getUTCFullYear() >= 1950 && notAfter.getUTCFullYear() <= 9999)) {
    return "it would be valid outside the years 1950 to 9999. Give a `notBefore` and a `validity` within that range."
  }
  return { names, notBefore, notAfter }
}

const pem = (label: string, der: ArrayBuffer): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString("base64").replace(/.{1,64}/g, "$&\n")}-----END ${label}-----\n`

const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }

const sign = async (
  { issuer, subject }: SelfSignedOptions,
  { names, notAfter, notBefore }: Exclude<ReturnType<typeof validate>, string>
) => {
  // Loaded here, so that programs that generate no certificates don't load these packages.
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
  // Force a positive number that always has 16 bytes.
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
 * A self-signed certificate and its private key: for a server whose clients are configured to trust it, or don't verify
 * certificates.
 *
 * It is an X.509 version 3 certificate for servers (`serverAuth`), with a 2048-bit RSA key and SHA-256, and is not a
 * certificate authority. The private key is `Redacted`: JSON doesn't contain it, and the schema doesn't encode it to JSON.
 *
 * **Example** (Serve HTTPS in a test)
 *
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import { Acm } from "effect-aws-sdk"
 * import * as https from "node:https"
 *
 * const server = Acm.SelfSignedCertificate.generate({
 *   issuer: "Test",
 *   subject: "localhost",
 *   subjectAlternativeNames: ["localhost"],
 *   validity: "1 day"
 * }).pipe(
 *   Effect.map(({ certificate, privateKey }) => https.createServer({ cert: certificate, key: Redacted.value(privateKey) }))
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class SelfSignedCertificate extends Schema.Class<SelfSignedCertificate>(
  "effect-aws-sdk/Acm/SelfSignedCertificate"
)({
  /** The certificate, as PEM. */
  certificate: Schema.String,
  /** The private key, as unencrypted PKCS#8 PEM. */
  privateKey: Schema.Redacted(Schema.String, { label: "private key", disallowJsonEncode: true }),
  /** The subject's common name. */
  subject: Schema.String,
  /** The issuer's common name. */
  issuer: Schema.String,
  /** The DNS names and IP addresses that the certificate is valid for. */
  names: Schema.Array(Schema.String),
  /** When its validity starts. */
  notBefore: Schema.Date,
  /** When its validity ends. */
  notAfter: Schema.Date
}) {
  /**
   * Generates a key and its certificate.
   *
   * - `issuer`, `subject`: common names, 1 to 64 characters each.
   * - `subjectAlternativeNames`: the DNS names and IP addresses that the certificate is valid for, at least one.
   * - `validity`: how long it is valid from `notBefore` on, or from now on, rounded down to whole seconds; at least one.
   * - `notBefore`: when its validity starts; by default one hour ago, so that the certificate is valid at once for computers
   *   whose clocks are behind.
   *
   * **Errors**: `CertificateNotGenerated` if an option is invalid; the message says what to change.
   *
   * **Example** (A certificate for a test server, valid for a year)
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
   * @category certificates
   * @since 0.1.0
   */
  static readonly generate = Effect.fn("Acm.SelfSignedCertificate.generate")(function*(
    options: SelfSignedOptions
  ): Effect.fn.Return<SelfSignedCertificate, CertificateNotGenerated> {
    const { issuer, subject, subjectAlternativeNames } = options
    const validated = validate(options, yield* Clock.currentTimeMillis)
    if (typeof validated === "string") return yield* new CertificateNotGenerated({ subject, issue: validated })
    const signed = yield* Effect.tryPromise({
      try: () => sign(options, validated),
      catch: (cause) =>
        new CertificateNotGenerated({
          subject,
          issue: `this runtime could not generate it. Check that it supports RSA in WebCrypto. ${cause}`,
          cause
        })
    })
    const { notAfter, notBefore } = validated
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
 * Imports a certificate and its private key into ACM, and returns the ARN.
 *
 * - `certificate`: the certificate, as PEM.
 * - `privateKey`: its private key, as `Redacted` PEM. A {@link SelfSignedCertificate} has both members.
 * - `chain`: the certificates of the intermediate authorities, as PEM, one after the other, beginning with the one that
 *   signed the certificate. A self-signed certificate has none.
 *
 * Every import creates a new certificate, even a retry after a lost response. To avoid duplicates, list the existing
 * certificates first.
 *
 * **Errors**: `CertificateRejected` if ACM rejects the certificate, the key or the chain: they are malformed or don't match,
 * or the certificate isn't valid now; `AwsError` for anything else.
 *
 * **Requires** the permission `acm:ImportCertificate`.
 *
 * **Example** (Import from files)
 *
 * ```ts
 * import { Redacted } from "effect"
 * import { Acm } from "effect-aws-sdk"
 * import * as fs from "node:fs"
 *
 * const arn = Acm.importCertificate({
 *   certificate: fs.readFileSync("server.crt", "utf8"),
 *   privateKey: Redacted.make(fs.readFileSync("server.key", "utf8")),
 *   chain: fs.readFileSync("chain.pem", "utf8")
 * })
 * ```
 *
 * AWS: [ImportCertificate](https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html)
 *
 * @category certificates
 * @since 0.1.0
 */
export const importCertificate = Effect.fn("Acm.importCertificate")(function*(
  { certificate, chain, privateKey }: Pick<SelfSignedCertificate, "certificate" | "privateKey"> & {
    readonly chain?: string | undefined
  }
): Effect.fn.Return<string, CertificateRejected | AwsError, AwsClients> {
  const output = yield* send(
    new ImportCertificateCommand({
      Certificate: Buffer.from(certificate),
      CertificateChain: chain === undefined ? undefined : Buffer.from(chain),
      PrivateKey: Buffer.from(Redacted.value(privateKey))
    })
  ).pipe(
    AwsError.catchCode(
      ["ValidationException", "InvalidParameterException"],
      (cause) => Effect.fail(new CertificateRejected({ code: cause.code, issue: cause.reason.description, cause }))
    ),
    Effect.tapErrorTag("CertificateRejected", ({ message }) => Effect.logError(message))
  )
  const arn = yield* readMembers(
    { service: "ACM", operation: "ImportCertificate" },
    output,
    ({ CertificateArn }, need) => need(CertificateArn, "CertificateArn")
  )
  yield* Effect.logDebug(`Imported certificate ${arn}`)
  return arn
})

/**
 * Generates and imports a default certificate for a load balancer that has no domain name yet, and returns its ARN. The
 * certificate is self-signed, for `localhost`, and valid for ten years of 365 days from now on.
 *
 * - `issuer`: the issuer's common name; `Arkime` by default.
 *
 * **Errors**: `CertificateNotGenerated` if `issuer` isn't a valid name; `CertificateRejected`; `AwsError` for anything else.
 *
 * **Requires** what {@link importCertificate} requires.
 *
 * **Example** (A certificate for a listener)
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
  yield* Effect.logDebug(`Uploaded the default load balancer certificate ${arn}`)
  return arn
})

/**
 * Deletes a certificate from ACM.
 *
 * **Errors**: `CertificateDoesNotExist`, `CertificateInUse`; `AwsError` for anything else: for a malformed ARN, the reason is
 * `Rejected`.
 *
 * **Requires** the permission `acm:DeleteCertificate` on the certificate.
 *
 * **Example** (Ignore a certificate that doesn't exist)
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
  yield* Effect.logDebug(`Deleting certificate ${arn}`)
  yield* send(new DeleteCertificateCommand({ CertificateArn: arn })).pipe(
    // If an earlier attempt got no response, it may have been the one that deleted the certificate.
    AwsError.catchCode(
      "ResourceNotFoundException",
      ({ mayHaveSucceeded }) => mayHaveSucceeded ? Effect.void : Effect.fail(new CertificateDoesNotExist({ arn }))
    ),
    AwsError.catchCode("ResourceInUseException", () => Effect.fail(new CertificateInUse({ arn })))
  )
})
