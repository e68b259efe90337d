/** In-memory Certificate Manager: imported certificates, which are parsed and checked, and requested ones. */
import type * as sdk from "@aws-sdk/client-acm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto"
import { Fault, type HandlerContext, service } from "./Service.ts"

/** The contents of a certificate, as ACM reports them. */
interface Contents {
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

interface Certificate {
  readonly arn: string
  readonly created: number
  readonly contents: Contents
  readonly origin:
    | { readonly _tag: "Imported"; readonly at: number; readonly pem: string; readonly chain: string | undefined }
    | {
      readonly _tag: "Requested"
      readonly method: sdk.ValidationMethod
      readonly token: string | undefined
      readonly options: sdk.CertificateOptions
      readonly records: ReadonlyMap<string, sdk.ResourceRecord>
    }
  readonly tags: ReadonlyArray<sdk.Tag>
}

interface State {
  readonly certificates: Map<string, Certificate>
}

/** How long it takes to issue a requested certificate. Its domains count as validated then. */
const validationTime = 60_000
const day = 86_400_000

const fault = (code: string) => (message: string) => new Fault({ code, message })
const validation = fault("ValidationException")
const invalidParameter = fault("InvalidParameterException")

const constraint = (member: string, what: string) =>
  validation(`1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must ${what}`)

const text = Effect.fnUntraced(function*(member: string, bytes: Uint8Array | undefined, atMost: number) {
  if (bytes === undefined) return yield* constraint(member, "not be null")
  if (bytes.length === 0) return yield* constraint(member, "have length greater than or equal to 1")
  if (bytes.length > atMost) return yield* constraint(member, `have length less than or equal to ${atMost}`)
  return Buffer.from(bytes).toString("latin1")
})

const certificateBlocks = (pem: string): ReadonlyArray<string> =>
  pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []

const parse = (pem: string) =>
  Effect.try({
    try: () => new X509Certificate(pem),
    catch: () => validation("Unable to parse certificate. Please ensure the certificate is in PEM format.")
  })

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

const usageBits: ReadonlyArray<sdk.KeyUsageName> = [
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

const extendedUsage = (OID: string): sdk.ExtendedKeyUsage => ({ Name: extendedUsages[OID] ?? "CUSTOM", OID })

const attribute = (name: string, type: string): string | undefined =>
  name.split("\n").find((line) => line.startsWith(`${type}=`))?.slice(type.length + 1)

const hexPairs = (hex: string): string => hex.toLowerCase().match(/../g)?.join(":") ?? ""

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
const checkImport = Effect.fnUntraced(function*(
  input: {
    readonly Certificate: Uint8Array | undefined
    readonly PrivateKey: Uint8Array | undefined
    readonly CertificateChain?: Uint8Array | undefined
  },
  now: number
) {
  const pem = yield* text("certificate", input.Certificate, 32_768)
  const keyPem = yield* text("privateKey", input.PrivateKey, 5120)
  const chain = input.CertificateChain === undefined
    ? undefined
    : yield* text("certificateChain", input.CertificateChain, 2_097_152)
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
  return { contents, pem: `${block}\n`, chain }
})

const arnPattern = /^arn:[\w+=/,.@-]+:[\w+=/,.@-]+:[\w+=/,.@-]*:[0-9]+:[\w+=,.@-]+(\/[\w+=,.@-]+)*$/

const find = Effect.fnUntraced(function*({ certificates }: State, CertificateArn: string | undefined) {
  if (CertificateArn === undefined) return yield* constraint("certificateArn", "not be null")
  const arn = CertificateArn
  if (arn.length < 20 || arn.length > 2048) {
    return yield* constraint(
      "certificateArn",
      arn.length < 20 ? "have length greater than or equal to 20" : "have length less than or equal to 2048"
    )
  }
  if (!arnPattern.test(arn)) {
    return yield* constraint("certificateArn", `satisfy regular expression pattern: ${arnPattern.source.slice(1, -1)}`)
  }
  if (!arn.includes(":acm:")) {
    return yield* new Fault({ code: "InvalidArnException", message: `The ARN ${arn} is not that of a certificate.` })
  }
  return certificates.get(arn) ??
    (yield* new Fault({ code: "ResourceNotFoundException", message: `Could not find certificate ${arn}.` }))
})

const checkTags = Effect.fnUntraced(function*(tags: ReadonlyArray<sdk.Tag>) {
  for (const [i, { Key = "", Value = "" }] of tags.entries()) {
    const member = `tags.${i + 1}.member`
    if (Key.length < 1) return yield* constraint(`${member}.key`, "have length greater than or equal to 1")
    if (Key.length > 128) return yield* constraint(`${member}.key`, "have length less than or equal to 128")
    if (Value.length > 256) return yield* constraint(`${member}.value`, "have length less than or equal to 256")
    if (Key.startsWith("aws:")) {
      return yield* new Fault({
        code: "InvalidTagException",
        message: `Invalid Tag Key: "${Key}". AWS internal tags cannot be changed with this API`
      })
    }
  }
})

const withTags = Effect.fnUntraced(function*(before: ReadonlyArray<sdk.Tag>, more: ReadonlyArray<sdk.Tag>) {
  yield* checkTags(more)
  const all = [...new Map([...before, ...more].map((tag) => [tag.Key, tag])).values()]
  if (all.length > 50) {
    return yield* new Fault({ code: "TooManyTagsException", message: "The request contains too many tags." })
  }
  return all
})

const newArn = ({ account, region, uuid }: HandlerContext): string =>
  `arn:aws:acm:${region}:${account}:certificate/${uuid()}`

const isIssued = ({ created, origin }: Certificate, now: number): boolean =>
  origin._tag === "Imported" || now >= created + validationTime

const statusOf = (certificate: Certificate, now: number): sdk.CertificateStatus =>
  !isIssued(certificate, now) ? "PENDING_VALIDATION" : certificate.contents.notAfter < now ? "EXPIRED" : "ISSUED"

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
    ...(origin._tag === "Requested" && issued && { IssuedAt: new Date(created + validationTime) }),
    Status: statusOf(certificate, now),
    Type: origin._tag === "Imported" ? "IMPORTED" : "AMAZON_ISSUED",
    KeyAlgorithm: wireAlgorithm(contents.algorithm),
    RenewalEligibility: "INELIGIBLE",
    ...(issued && { NotBefore: new Date(contents.notBefore), NotAfter: new Date(contents.notAfter) })
  } satisfies sdk.CertificateSummary
}

const toDetail = (certificate: Certificate, now: number): sdk.CertificateDetail => {
  const { contents, origin } = certificate
  const issued = isIssued(certificate, now)
  return {
    ...common(certificate, now),
    SubjectAlternativeNames: [...contents.names],
    DomainValidationOptions: contents.names.map((DomainName): sdk.DomainValidation => {
      if (origin._tag === "Imported") return { DomainName }
      return {
        DomainName,
        ValidationDomain: DomainName,
        ValidationStatus: issued ? "SUCCESS" : "PENDING_VALIDATION",
        ValidationMethod: origin.method,
        ...(origin.method === "DNS" ? { ResourceRecord: origin.records.get(DomainName) } : { ValidationEmails: [] })
      }
    }),
    ...(issued && contents.serial !== undefined && { Serial: contents.serial }),
    Subject: contents.subject,
    Issuer: contents.issuer,
    ...(contents.signature !== undefined && { SignatureAlgorithm: contents.signature }),
    InUseBy: [],
    KeyUsages: issued ? contents.keyUsages.map((Name) => ({ Name })) : [],
    ExtendedKeyUsages: issued ? [...contents.extendedKeyUsages] : [],
    Options: origin._tag === "Imported" ? { CertificateTransparencyLoggingPreference: "DISABLED" } : origin.options
  }
}

const toSummary = (certificate: Certificate, now: number): sdk.CertificateSummary => {
  const { names } = certificate.contents
  const { ExtendedKeyUsages = [], KeyUsages = [] } = toDetail(certificate, now)
  return {
    ...common(certificate, now),
    SubjectAlternativeNameSummaries: names.slice(0, 100),
    HasAdditionalSubjectAlternativeNames: names.length > 100,
    KeyUsages: KeyUsages.flatMap(({ Name }) => Name ?? []),
    ExtendedKeyUsages: ExtendedKeyUsages.flatMap(({ Name }) => Name ?? []),
    InUse: false
  }
}

/** Whether one of the values is wanted. Without wanted values, every certificate matches. */
const matchesAny = <A>(wanted: ReadonlyArray<A> | undefined, has: ReadonlyArray<A | undefined>): boolean =>
  wanted === undefined || wanted.length === 0 || has.some((value) => value !== undefined && wanted.includes(value))

const domainName = /^(?=.{1,253}$)(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i

export const acm = service<typeof sdk>()({
  serviceId: "ACM",
  namespace: "com.amazonaws.acm",
  protocol: "json",
  scope: "region",
  state: (): State => ({ certificates: new Map() }),
  handlers: {
    ImportCertificate: Effect.fnUntraced(function*(input, state, context) {
      const now = yield* Clock.currentTimeMillis
      const before = input.CertificateArn === undefined ? undefined : yield* find(state, input.CertificateArn)
      if (before !== undefined && (input.Tags ?? []).length > 0) {
        return yield* invalidParameter("You cannot apply tags when reimporting a certificate.")
      }
      if (before !== undefined && before.origin._tag !== "Imported") {
        return yield* validation(`The certificate ${before.arn} was not imported, so it cannot be replaced.`)
      }
      const { chain, contents, pem } = yield* checkImport(input, now)
      const certificate: Certificate = {
        arn: before?.arn ?? newArn(context),
        created: before?.created ?? now,
        contents,
        origin: { _tag: "Imported", at: now, pem, chain },
        tags: before?.tags ?? (yield* withTags([], input.Tags ?? []))
      }
      state.certificates.set(certificate.arn, certificate)
      return { CertificateArn: certificate.arn }
    }),

    RequestCertificate: Effect.fnUntraced(function*(input, state, context) {
      const now = yield* Clock.currentTimeMillis
      const { DomainName, IdempotencyToken, KeyAlgorithm = "RSA_2048", SubjectAlternativeNames = [] } = input
      if (DomainName === undefined) return yield* constraint("domainName", "not be null")
      const names = [...new Set([DomainName, ...SubjectAlternativeNames])]
      if (!names.every((name) => domainName.test(name))) {
        return yield* constraint(
          "domainName",
          "satisfy regular expression pattern: (\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])"
        )
      }
      if (names.length > 10) {
        return yield* new Fault({
          code: "LimitExceededException",
          message: "The number of domain names in the request is more than 10."
        })
      }
      const same = [...state.certificates.values()].find(({ created, origin }) =>
        origin._tag === "Requested" && IdempotencyToken !== undefined && origin.token === IdempotencyToken &&
        created + 3_600_000 > now
      )
      if (same !== undefined) return { CertificateArn: same.arn }
      const record = (name: string): sdk.ResourceRecord => ({
        Name: `${context.id("_", 32)}.${name.replace(/^\*\./, "")}.`,
        Type: "CNAME",
        Value: `${context.id("_", 32)}.acm-validations.aws.`
      })
      const certificate: Certificate = {
        arn: newArn(context),
        created: now,
        contents: {
          domain: DomainName,
          names,
          subject: `CN=${DomainName}`,
          issuer: "Amazon",
          serial: hexPairs(context.id("0", 31)),
          algorithm: KeyAlgorithm,
          signature: KeyAlgorithm.startsWith("RSA") ? "SHA256WITHRSA" : "SHA256WITHECDSA",
          keyUsages: ["DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"],
          extendedKeyUsages: ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"].map(extendedUsage),
          notBefore: now - (now % day),
          notAfter: now - (now % day) + 395 * day
        },
        origin: {
          _tag: "Requested",
          method: input.ValidationMethod ?? "EMAIL",
          token: IdempotencyToken,
          options: { CertificateTransparencyLoggingPreference: "ENABLED", ...input.Options },
          records: new Map(names.map((name) => [name, record(name)]))
        },
        tags: yield* withTags([], input.Tags ?? [])
      }
      state.certificates.set(certificate.arn, certificate)
      return { CertificateArn: certificate.arn }
    }),

    DescribeCertificate: Effect.fnUntraced(function*({ CertificateArn }, state) {
      return { Certificate: toDetail(yield* find(state, CertificateArn), yield* Clock.currentTimeMillis) }
    }),

    GetCertificate: Effect.fnUntraced(function*({ CertificateArn }, state) {
      const certificate = yield* find(state, CertificateArn)
      const { arn, origin } = certificate
      if (!isIssued(certificate, yield* Clock.currentTimeMillis)) {
        return yield* new Fault({
          code: "RequestInProgressException",
          message: `The certificate ${arn} is not issued yet.`
        })
      }
      if (origin._tag === "Requested") {
        return yield* Effect.die(
          new Error(
            `The in-memory ACM cannot generate the body of the requested certificate ${arn}. Import a certificate, or add a handler: InMemory.handle(GetCertificateCommand, …).`
          )
        )
      }
      return {
        Certificate: origin.pem,
        ...(origin.chain !== undefined && { CertificateChain: origin.chain })
      }
    }),

    ListCertificates: Effect.fnUntraced(function*(input, state, context) {
      const now = yield* Clock.currentTimeMillis
      const { CertificateStatuses, Includes = {}, MaxItems = 100, NextToken, SortBy, SortOrder } = input
      if (MaxItems < 1) return yield* constraint("maxItems", "have value greater than or equal to 1")
      if (MaxItems > 1000) return yield* constraint("maxItems", "have value less than or equal to 1000")
      if ((SortBy === undefined) !== (SortOrder === undefined)) {
        return yield* validation("SortBy and SortOrder have to be given together.")
      }
      // Unless the request filters by key type, AWS lists only certificates with RSA keys of up to 2,048 bits.
      const keyTypes = Includes.keyTypes ?? ["RSA_1024", "RSA_2048"]
      const found = [...state.certificates.values()].filter((certificate) => {
        const { contents } = certificate
        return contents.domain !== undefined &&
          matchesAny(CertificateStatuses, [statusOf(certificate, now)]) &&
          matchesAny(keyTypes, [contents.algorithm]) &&
          matchesAny(Includes.keyUsage, contents.keyUsages) &&
          matchesAny(Includes.extendedKeyUsage, contents.extendedKeyUsages.map(({ Name }) => Name))
      })
      const age = ({ created }: Certificate) => SortOrder === "DESCENDING" ? 1e15 - created : 1e15 + created
      const [page, token] = yield* context.page(found, {
        token: NextToken,
        size: MaxItems,
        key: (certificate) =>
          `${SortBy === undefined ? "" : String(age(certificate)).padStart(16, "0")} ${certificate.arn}`,
        query: input,
        invalid: new Fault({ code: "InvalidArgsException", message: "The next token is not valid." })
      })
      return {
        CertificateSummaryList: page.map((certificate) => toSummary(certificate, now)),
        ...(token !== undefined && { NextToken: token })
      }
    }),

    // No in-memory service uses certificates, so tests have to inject ResourceInUseException.
    DeleteCertificate: Effect.fnUntraced(function*({ CertificateArn }, state) {
      const { arn } = yield* find(state, CertificateArn)
      state.certificates.delete(arn)
      return {}
    }),

    AddTagsToCertificate: Effect.fnUntraced(function*({ CertificateArn, Tags = [] }, state) {
      const certificate = yield* find(state, CertificateArn)
      if (Tags.length === 0) return yield* constraint("tags", "have length greater than or equal to 1")
      state.certificates.set(certificate.arn, { ...certificate, tags: yield* withTags(certificate.tags, Tags) })
      return {}
    }),

    ListTagsForCertificate: Effect.fnUntraced(function*({ CertificateArn }, state) {
      return { Tags: [...(yield* find(state, CertificateArn)).tags] }
    }),

    // If the request has a value for a tag, AWS removes the tag only if the values are equal.
    RemoveTagsFromCertificate: Effect.fnUntraced(function*({ CertificateArn, Tags = [] }, state) {
      const certificate = yield* find(state, CertificateArn)
      if (Tags.length === 0) return yield* constraint("tags", "have length greater than or equal to 1")
      const isRemoved = (tag: sdk.Tag) =>
        Tags.some(({ Key, Value }) => Key === tag.Key && (Value === undefined || Value === tag.Value))
      state.certificates.set(certificate.arn, {
        ...certificate,
        tags: certificate.tags.filter((tag) => !isRemoved(tag))
      })
      return {}
    })
  }
})
