import {
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  ExportCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  ListCertificatesCommand,
  RenewCertificateCommand,
  RequestCertificateCommand,
  RevokeCertificateCommand
} from "@aws-sdk/client-acm"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Fiber, Inspectable, Logger, Redacted, References, Schema, Stream } from "effect"
import { Acm, AwsError, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { execFileSync } from "node:child_process"
import { createPrivateKey, X509Certificate } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { inspect } from "node:util"

const root = path.resolve(import.meta.dirname, "../..")

/** Runs openssl, which checks our certificates independently. */
const openssl = (args: ReadonlyArray<string>, input?: string): string => {
  try {
    return execFileSync("openssl", args, { encoding: "utf8", stdio: ["pipe", "pipe", "pipe"], input }).trim()
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code !== "ENOENT") throw cause
    throw new Error("These tests need the `openssl` command. Install it.", { cause })
  }
}

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "effect-aws-sdk-acm-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

const options: Acm.SelfSignedOptions = {
  issuer: "Arkime",
  subject: "viewer",
  subjectAlternativeNames: ["viewer.example.com", "*.example.com", "10.1.2.3", "2001:db8::1", "::ffff:10.1.2.3"],
  validity: "90 days"
}

describe("SelfSignedCertificate, checked by openssl", () => {
  it.effect("generates a certificate that is valid at once for a clock that is behind", () =>
    Effect.gen(function*() {
      const now = Date.UTC(2026, 10, 20, 12)
      yield* TestClock.setTime(now)
      const { certificate } = yield* Acm.SelfSignedCertificate.generate({ ...options, validity: "1 second" })
      const folder = yield* temporaryFolder
      const file = path.join(folder, "certificate.pem")
      fs.writeFileSync(file, certificate)
      const verifyAt = (time: number) =>
        openssl(["verify", "-partial_chain", "-attime", String(Math.floor(time / 1_000)), "-CAfile", file, file])
      for (const behind of [0, 5_000, 300_000, 3_600_000]) assert.include(verifyAt(now - behind), "OK")
      assert.throws(() => verifyAt(now - 3_601_000), /not yet valid/)
      assert.throws(() => verifyAt(now + 2_000), /expired/)
    }))

  it.effect("generates a certificate with the requested names, validity and extensions", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2024, 1, 28, 23, 59, 59, 999))
      const { certificate } = yield* Acm.SelfSignedCertificate.generate(options)
      const x509 = (...args: ReadonlyArray<string>) => openssl(["x509", "-noout", ...args], certificate)
      assert.strictEqual(x509("-subject", "-nameopt", "RFC2253"), "subject=CN=viewer")
      assert.strictEqual(x509("-issuer", "-nameopt", "RFC2253"), "issuer=CN=Arkime")
      assert.strictEqual(
        x509("-dates"),
        "notBefore=Feb 28 22:59:59 2024 GMT\nnotAfter=May 28 23:59:59 2024 GMT"
      )
      const text = x509("-text")
      assert.include(text, "Version: 3 (0x2)")
      assert.include(text, "Signature Algorithm: sha256WithRSAEncryption")
      assert.match(text, /Public-Key: \(2048 bit\)/)
      const extension = (name: string) => x509("-ext", name).replace(/\s+/g, " ")
      assert.strictEqual(
        extension("subjectAltName"),
        "X509v3 Subject Alternative Name: DNS:viewer.example.com, DNS:*.example.com, IP Address:10.1.2.3, " +
          "IP Address:2001:DB8:0:0:0:0:0:1, IP Address:0:0:0:0:0:FFFF:A01:203"
      )
      assert.strictEqual(extension("basicConstraints"), "X509v3 Basic Constraints: critical CA:FALSE")
      assert.strictEqual(extension("keyUsage"), "X509v3 Key Usage: critical Digital Signature, Key Encipherment")
      assert.strictEqual(extension("extendedKeyUsage"), "X509v3 Extended Key Usage: TLS Web Server Authentication")
      assert.include(openssl(["x509", "-noout", "-checkhost", "a.example.com"], certificate), "does match")
      assert.include(openssl(["x509", "-noout", "-checkhost", "example.org"], certificate), "does NOT match")
      assert.include(openssl(["x509", "-noout", "-checkip", "10.1.2.3"], certificate), "does match")
    }))

  it.effect("signs a certificate with the key that comes with it", () =>
    Effect.gen(function*() {
      const { certificate, privateKey } = yield* Acm.SelfSignedCertificate.generate(options)
      const key = Redacted.value(privateKey)
      const at = yield* temporaryFolder
      const file = (name: string) => path.join(at, name)
      fs.writeFileSync(file("certificate.pem"), certificate)
      const publicKey = openssl(["x509", "-noout", "-pubkey"], certificate)
      fs.writeFileSync(file("public.pem"), publicKey)

      // Verifies the signature over the signed bytes with the certificate's own public key.
      const fields = openssl(["asn1parse", "-in", file("certificate.pem")]).split("\n")
      const [, offset, header] = /^\s*(\d+):d=1\s+hl=(\d+).*BIT STRING/.exec(fields.at(-1) ?? "") ?? []
      const der = Buffer.from(certificate.replace(/-----[^-]+-----|\s/g, ""), "base64")
      fs.writeFileSync(file("signature"), der.subarray(Number(offset) + Number(header) + 1))
      openssl(["asn1parse", "-in", file("certificate.pem"), "-strparse", "4", "-out", file("signed"), "-noout"])
      const dgst = ["dgst", "-sha256", "-verify", file("public.pem"), "-signature", file("signature"), file("signed")]
      assert.strictEqual(openssl(dgst), "Verified OK")
      assert.include(
        openssl([
          "verify",
          "-partial_chain",
          "-attime",
          "3600",
          "-CAfile",
          file("certificate.pem"),
          file("certificate.pem")
        ]),
        "OK"
      )

      assert.strictEqual(openssl(["pkey", "-pubout"], key), publicKey)
      assert.strictEqual(
        openssl(["rsa", "-noout", "-modulus"], key),
        openssl(["x509", "-noout", "-modulus"], certificate)
      )
      assert.include(openssl(["pkey", "-check", "-noout"], key), "is valid")
      assert.match(key, /^-----BEGIN PRIVATE KEY-----\n/)
    }))

  it.effect("generates a certificate that verifies once trusted, even if it names itself as its issuer", () =>
    Effect.gen(function*() {
      const { certificate } = yield* Acm.SelfSignedCertificate.generate({ ...options, issuer: "viewer" })
      const file = path.join(yield* temporaryFolder, "certificate.pem")
      fs.writeFileSync(file, certificate)
      const verify = ["verify", "-x509_strict", "-attime", "3600", "-purpose", "sslserver", "-CAfile", file, file]
      assert.include(openssl(verify), "OK")
    }))

  it.effect("encodes dates past 2049 in the format that X.509 requires", () =>
    Effect.gen(function*() {
      const { certificate, notAfter } = yield* Acm.SelfSignedCertificate.generate({
        ...options,
        notBefore: new Date("2049-12-31T23:59:59Z"),
        validity: "1 second"
      })
      assert.strictEqual(
        openssl(["x509", "-noout", "-dates"], certificate),
        "notBefore=Dec 31 23:59:59 2049 GMT\nnotAfter=Jan  1 00:00:00 2050 GMT"
      )
      assert.deepEqual(notAfter, new Date("2050-01-01T00:00:00Z"))
    }))

  it.effect("gives each certificate a unique, positive serial number", () =>
    Effect.gen(function*() {
      const serials = yield* Effect.forEach(
        [1, 2, 3],
        () =>
          Effect.map(Acm.SelfSignedCertificate.generate(options), ({ certificate }) =>
            openssl(["x509", "-noout", "-serial"], certificate))
      )
      assert.strictEqual(new Set(serials).size, 3)
      for (const serial of serials) {
        assert.match(serial, /^serial=[4-7][0-9A-F]{31}$/)
      }
    }))
})

describe("SelfSignedCertificate", () => {
  const Label = Schema.String.check(Schema.isPattern(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/))
  const CommonName = Schema.String.check(
    Schema.isPattern(/^[A-Za-zäßé漢 ,+"\\<>;=#.-]{0,30}[A-Za-z漢][A-Za-zäß ,+"\\;=.-]{0,30}$/)
  )

  it.effect.prop(
    "round-trips a certificate through Node's X509Certificate",
    {
      issuer: CommonName,
      subject: CommonName,
      hosts: Schema.NonEmptyArray(Label),
      octet: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })),
      seconds: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 ** 10 }))
    },
    ({ hosts, issuer, octet, seconds, subject }) =>
      Effect.gen(function*() {
        const names = [...hosts, `10.0.0.${octet}`]
        const certificate = yield* Acm.SelfSignedCertificate.generate({
          issuer,
          subject,
          subjectAlternativeNames: names,
          validity: Duration.seconds(seconds)
        })
        const read = new X509Certificate(certificate.certificate)
        const key = createPrivateKey(Redacted.value(certificate.privateKey))
        assert.strictEqual(read.toString(), certificate.certificate)
        assert.strictEqual(key.export({ type: "pkcs8", format: "pem" }), Redacted.value(certificate.privateKey))
        assert.strictEqual(read.toLegacyObject().subject.CN as unknown, subject)
        assert.strictEqual(read.toLegacyObject().issuer.CN as unknown, issuer)
        assert.strictEqual(
          read.subjectAltName,
          names.map((name) => name.startsWith("10.") ? `IP Address:${name}` : `DNS:${name}`).join(", ")
        )
        assert.strictEqual(read.validToDate.getTime() - read.validFromDate.getTime(), (seconds + 3_600) * 1000)
        assert.deepEqual([read.validFromDate, read.validToDate], [certificate.notBefore, certificate.notAfter])
        assert.isTrue(read.verify(read.publicKey))
        assert.isTrue(read.checkPrivateKey(key))
      }),
    { arbitrary: { runs: 10 }, timeout: 60_000 }
  )

  it.effect("hides the private key however the certificate is printed", () =>
    Effect.gen(function*() {
      const certificate = yield* Acm.SelfSignedCertificate.generate(options)
      const key = Redacted.value(certificate.privateKey)
      const secret = key.split("\n")[1] ?? key
      assert.isTrue(Redacted.isRedacted(certificate.privateKey))
      const printed = [
        JSON.stringify(certificate),
        String(certificate),
        Inspectable.toStringUnknown(certificate),
        inspect(certificate, { depth: null })
      ]
      for (const text of printed) {
        assert.notInclude(text, secret)
        assert.notInclude(text, "PRIVATE KEY-")
      }
      const encoded = yield* Effect.exit(
        Schema.encodeEffect(Schema.toCodecJson(Acm.SelfSignedCertificate))(certificate)
      )
      assert.isTrue(Exit.isFailure(encoded))
      if (Exit.isFailure(encoded)) assert.notInclude(Cause.pretty(encoded.cause), secret)
    }))

  it.effect("logs no private key when a certificate is imported", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make((entry) => {
        lines.push(JSON.stringify([entry.message, entry.cause, entry.fiber.getRef(References.CurrentLogAnnotations)]))
      })
      const certificate = yield* Acm.SelfSignedCertificate.generate(options)
      const other = yield* Acm.SelfSignedCertificate.generate(options)
      yield* Effect.all([
        Acm.importCertificate(certificate),
        Effect.flip(Acm.importCertificate({ ...certificate, certificate: other.certificate }))
      ]).pipe(
        Effect.provide(Logger.layer([logger])),
        Effect.provideService(References.MinimumLogLevel, "All")
      )
      assert.isAtLeast(lines.length, 3)
      const key = Redacted.value(certificate.privateKey).split("\n")[1] ?? ""
      assert.isNotEmpty(key)
      for (const line of lines) assert.notInclude(line, key)
    }).pipe(Effect.provide(InMemory.layer())))

  const invalidOptions: Readonly<Record<string, readonly [Partial<Acm.SelfSignedOptions>, string]>> = {
    "an empty subject": [{ subject: "" }, "1 to 64 characters"],
    "a blank issuer": [{ issuer: "  " }, "1 to 64 characters"],
    "a subject of 65 characters": [{ subject: "x".repeat(65) }, "1 to 64 characters"],
    "a subject with a NUL": [{ subject: "localhost\0.example.com" }, "control character"],
    "no names": [{ subjectAlternativeNames: [] }, "at least one"],
    "an empty name": [{ subjectAlternativeNames: [""] }, "neither a DNS name nor an IP address"],
    "a name with a space": [{ subjectAlternativeNames: ["ok.example.com", "not ok"] }, `"not ok"`],
    "a name with an empty label": [{ subjectAlternativeNames: ["a..b"] }, `"a..b"`],
    "a label that begins with a hyphen": [{ subjectAlternativeNames: ["-a.b"] }, `"-a.b"`],
    "a label of 64 characters": [{ subjectAlternativeNames: ["x".repeat(64)] }, "neither"],
    "a name of 254 characters": [{ subjectAlternativeNames: [`${"x.".repeat(126)}xy`] }, "neither"],
    "a wildcard inside a name": [{ subjectAlternativeNames: ["a.*.b"] }, `"a.*.b"`],
    "an internationalized name outside its xn-- form": [{ subjectAlternativeNames: ["bücher.example"] }, "xn--"],
    "an incomplete IP address": [{ subjectAlternativeNames: ["10.1.2"] }, `"10.1.2"`],
    "an IP address out of range": [{ subjectAlternativeNames: ["10.1.2.256"] }, `"10.1.2.256"`],
    "an IP address with a zone": [{ subjectAlternativeNames: ["fe80::1%eth0"] }, `"fe80::1%eth0"`],
    "zero validity": [{ validity: 0 }, "at least a second"],
    "a validity of less than a second": [{ validity: "999 millis" }, "at least a second"],
    "a negative validity": [{ validity: "-1 days" }, "at least a second"],
    "an infinite validity": [{ validity: Duration.infinity }, "1950 to 9999"],
    "an invalid date": [{ notBefore: new Date(Number.NaN) }, "1950 to 9999"],
    "a date before 1950": [{ notBefore: new Date("1949-12-31T23:59:59Z") }, "1950 to 9999"]
  }
  for (const [name, [overrides, expected]] of Object.entries(invalidOptions)) {
    it.effect(`fails with CertificateNotGenerated for ${name}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Acm.SelfSignedCertificate.generate({ ...options, ...overrides }))
        assert.instanceOf(error, Acm.CertificateNotGenerated)
        assert.strictEqual(error.subject, overrides.subject ?? options.subject)
        assert.include(error.message, expected)
        assert.match(error.message, /Give|give/)
      }))
  }

  it("loads the X.509 library only on first use, and leaves Reflect unchanged", () => {
    const program = `
      import { registerHooks } from "node:module"
      const loaded = new Set()
      registerHooks({ load: (url, context, next) => {
        const name = /@peculiar\\/([a-z0-9-]+)\\//.exec(url)
        if (name) loaded.add(name[1])
        return next(url, context)
      } })
      const reflect = () => Reflect.ownKeys(Reflect).map(String).join()
      const Acm = await import("effect-aws-sdk/Acm")
      const { Effect } = await import("effect")
      const imported = loaded.size
      const before = reflect()
      const options = { issuer: "a", subject: "b", subjectAlternativeNames: ["c"], validity: "1 day" }
      await Effect.runPromise(Acm.SelfSignedCertificate.generate(options))
      console.log(JSON.stringify([imported, loaded.size > 0, before === reflect()]))`
    const output = execFileSync(
      process.execPath,
      ["--conditions=@effect-aws-sdk/source", "--input-type=module", "--eval", program],
      { cwd: root, encoding: "utf8" }
    )
    assert.deepEqual(JSON.parse(output), [0, true, true])
  })
})

describe("deleteCertificate", () => {
  const arn = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"

  it.effect("fails with CertificateInUse when the certificate is in use", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(DeleteCertificateCommand, () =>
        Effect.fail(InMemory.fault({ code: "ResourceInUseException", message: `${arn} is in use.` })))
      const error = yield* Effect.flip(Acm.deleteCertificate(arn))
      assert.deepEqual(error, new Acm.CertificateInUse({ arn }))
      assert.include(error.message, arn)
      assert.include(error.message, "Remove it")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with AwsError when deleting a certificate is denied", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({
        fault: InMemory.fault({ code: "AccessDeniedException", message: "not you", statusCode: 400 })
      })
      const error = yield* Effect.flip(Acm.deleteCertificate(arn))
      assert.instanceOf(error, AwsError)
      if (error._tag === "AwsError") assert.strictEqual(error.reason._tag, "AccessDenied")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("uploadDefaultElbCertificate", () => {
  it.effect("fails with CertificateNotGenerated without importing anything", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Acm.uploadDefaultElbCertificate({ issuer: "" }))
      assert.instanceOf(error, Acm.CertificateNotGenerated)
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("importCertificate", () => {
  it.effect("fails with AwsError when the import quota is used up", () =>
    Effect.gen(function*() {
      const message = "You have imported the maximum number of certificates in the last year."
      yield* InMemory.inject({ fault: InMemory.fault({ code: "LimitExceededException", message }) })
      const error = yield* Effect.flip(Acm.uploadDefaultElbCertificate())
      assert.instanceOf(error, AwsError)
      if (error._tag === "AwsError") assert.strictEqual(error.code, "LimitExceededException")
      assert.lengthOf(yield* InMemory.calls, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("retries a throttled import until it succeeds", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "ImportCertificate", times: 2, fault: InMemory.throttled })
      const certificate = yield* Acm.SelfSignedCertificate.generate(options)
      const fiber = yield* Effect.forkChild(Acm.importCertificate(certificate))
      yield* TestClock.adjust("1 minute")
      assert.match(yield* Fiber.join(fiber), /^arn:aws:acm:/)
      assert.lengthOf(yield* InMemory.calls, 3)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("ACM in memory, with certificates from openssl", () => {
  /** Creates a certificate with `openssl req`, and sets the clock to a time when it is valid. */
  const generate = Effect.fnUntraced(
    function*(newKey: string, subject: string, more: ReadonlyArray<string> = []) {
      const at = yield* temporaryFolder
      const [certificate, key] = [path.join(at, "certificate.pem"), path.join(at, "key.pem")]
      openssl([
        ...`req -x509 -nodes -days 30 -out ${certificate} -keyout ${key} ${newKey} -subj`.split(" "),
        subject,
        ...more
      ])
      const pem = fs.readFileSync(certificate, "utf8")
      yield* TestClock.setTime(new X509Certificate(pem).validFromDate.getTime() + 1000)
      return { certificate: pem, key: fs.readFileSync(key, "utf8"), files: { certificate, key } }
    }
  )

  const importPem = ({ certificate, key }: { readonly certificate: string; readonly key: string }, chain?: string) =>
    Acm.send(
      new ImportCertificateCommand({
        Certificate: Buffer.from(certificate),
        PrivateKey: Buffer.from(key),
        ...(chain !== undefined && { CertificateChain: Buffer.from(chain) })
      })
    ).pipe(Effect.map(({ CertificateArn = "" }) => CertificateArn))

  const detailOf = (CertificateArn: string) =>
    Effect.map(Acm.send(new DescribeCertificateCommand({ CertificateArn })), ({ Certificate = {} }) => Certificate)

  const expectRejected = Effect.fnUntraced(function*<A, R>(effect: Effect.Effect<A, AwsError, R>, expected: string) {
    const error = yield* Effect.flip(effect)
    assert.strictEqual(error.code, "ValidationException")
    assert.include(error.message, expected)
  })

  it.effect("describes an elliptic-curve certificate, and lists it only when its key type is requested", () =>
    Effect.gen(function*() {
      const arn = yield* importPem(
        yield* generate(
          "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1",
          "/C=DE/O=Example/CN=ec.example.com",
          [
            "-addext",
            "keyUsage=critical,digitalSignature,keyAgreement,decipherOnly",
            "-addext",
            "extendedKeyUsage=clientAuth,1.2.3.4"
          ]
        )
      )
      assert.deepInclude({ ...(yield* detailOf(arn)) }, {
        Subject: "C=DE,O=Example,CN=ec.example.com",
        DomainName: "ec.example.com",
        Issuer: "Example",
        KeyAlgorithm: "EC-prime256v1" as never,
        SignatureAlgorithm: "SHA256WITHECDSA",
        KeyUsages: [{ Name: "DIGITAL_SIGNATURE" }, { Name: "KEY_AGREEMENT" }, { Name: "DECIPHER_ONLY" }],
        ExtendedKeyUsages: [
          { Name: "TLS_WEB_CLIENT_AUTHENTICATION", OID: "1.3.6.1.5.5.7.3.2" },
          { Name: "CUSTOM", OID: "1.2.3.4" }
        ]
      })
      const list = (Includes?: { readonly keyTypes: Array<"EC_prime256v1"> }) =>
        Effect.map(
          Acm.send(new ListCertificatesCommand({ ...(Includes && { Includes }) })),
          ({ CertificateSummaryList = [] }) => CertificateSummaryList.map(({ CertificateArn }) => CertificateArn)
        )
      assert.deepEqual(yield* list(), [])
      assert.deepEqual(yield* list({ keyTypes: ["EC_prime256v1"] }), [arn])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("rejects keys that AWS doesn't support", () =>
    Effect.gen(function*() {
      const rsa = yield* generate("-newkey rsa:1536", "/CN=weak.example.com")
      yield* expectRejected(importPem(rsa), "1536")
      const ed25519 = yield* generate("-newkey ed25519", "/CN=ed.example.com")
      yield* expectRejected(importPem(ed25519), "not supported")
      const locked = openssl(["pkey", "-aes256", "-passout", "pass:secret", "-in", rsa.files.key])
      yield* expectRejected(importPem({ ...rsa, key: locked }), "encrypted")
      const long = `${rsa.key}${"#".repeat(8192)}`
      yield* expectRejected(importPem({ ...rsa, key: long }), "less than or equal to 8192")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("accepts only a chain that certifies the certificate", () =>
    Effect.gen(function*() {
      const authority = yield* generate("-newkey rsa:2048", "/CN=Authority")
      const stranger = yield* generate("-newkey rsa:2048", "/CN=Authority")
      const { certificate, key } = authority.files
      const leaf = yield* generate("-newkey rsa:2048", "/CN=leaf.example.com", [
        "-CA",
        certificate,
        "-CAkey",
        key
      ])
      const arn = yield* importPem(leaf, authority.certificate)
      assert.strictEqual((yield* detailOf(arn)).Issuer, "Authority")
      const { CertificateChain } = yield* Acm.send(new GetCertificateCommand({ CertificateArn: arn }))
      assert.strictEqual(CertificateChain, authority.certificate)
      yield* expectRejected(importPem(leaf, stranger.certificate), "certificate chain")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("ACM in memory", () => {
  const describeCertificate = (CertificateArn: string) =>
    Effect.map(Acm.send(new DescribeCertificateCommand({ CertificateArn })), ({ Certificate = {} }) => Certificate)

  it.effect("expires a certificate on the test clock", () =>
    Effect.gen(function*() {
      const arn = yield* Acm.importCertificate(
        yield* Acm.SelfSignedCertificate.generate({ ...options, validity: "1 day" })
      )
      yield* TestClock.adjust("23 hours")
      assert.strictEqual((yield* describeCertificate(arn)).Status, "ISSUED")
      yield* TestClock.adjust("2 hours")
      assert.strictEqual((yield* describeCertificate(arn)).Status, "EXPIRED")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("issues a requested certificate after a minute, and once per idempotency token", () =>
    Effect.gen(function*() {
      const request = Acm.send(
        new RequestCertificateCommand({
          DomainName: "www.example.com",
          ValidationMethod: "DNS",
          IdempotencyToken: "t1"
        })
      ).pipe(Effect.map(({ CertificateArn = "" }) => CertificateArn))
      const arn = yield* request
      assert.strictEqual(yield* request, arn)
      const get = Acm.send(new GetCertificateCommand({ CertificateArn: arn }))
      assert.strictEqual((yield* describeCertificate(arn)).Status, "PENDING_VALIDATION")
      assert.strictEqual((yield* Effect.flip(get)).code, "RequestInProgressException")
      yield* TestClock.adjust("1 minute")
      const detail = yield* describeCertificate(arn)
      assert.deepInclude({ ...detail }, { Status: "ISSUED", IssuedAt: new Date(60_000) })
      assert.deepEqual(detail.DomainValidationOptions?.map(({ ValidationStatus }) => ValidationStatus), ["SUCCESS"])
      yield* TestClock.adjust("1 hour")
      assert.notStrictEqual(yield* request, arn)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("gives a requested certificate a body that its chain has signed, valid for 198 days", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 10, 20, 12))
      for (const KeyAlgorithm of ["RSA_2048", "EC_prime256v1"] as const) {
        const { CertificateArn } = yield* Acm.send(
          new RequestCertificateCommand({
            DomainName: "example.com",
            SubjectAlternativeNames: ["*.example.com"],
            KeyAlgorithm
          })
        )
        yield* TestClock.adjust("1 minute")
        const get = Acm.send(new GetCertificateCommand({ CertificateArn }))
        const { Certificate = "", CertificateChain = "" } = yield* get
        assert.strictEqual((yield* get).Certificate, Certificate)
        const folder = yield* temporaryFolder
        const [file, chain] = ["certificate.pem", "chain.pem"].map((name) => path.join(folder, name))
        fs.writeFileSync(file!, Certificate)
        fs.writeFileSync(chain!, CertificateChain)
        const at = String(Date.UTC(2026, 11, 1) / 1000)
        assert.include(
          openssl(["verify", "-x509_strict", "-purpose", "sslserver", "-attime", at, "-CAfile", chain!, file!]),
          "OK"
        )
        assert.strictEqual(
          openssl(["x509", "-noout", "-subject", "-dates", "-nameopt", "RFC2253"], Certificate),
          "subject=CN=example.com\nnotBefore=Nov 20 00:00:00 2026 GMT\nnotAfter=Jun  5 23:59:59 2027 GMT"
        )
        assert.include(openssl(["x509", "-noout", "-checkhost", "a.example.com"], Certificate), "does match")
        const detail = yield* describeCertificate(CertificateArn ?? "")
        const { serialNumber, subjectAltName } = new X509Certificate(Certificate)
        assert.strictEqual(
          detail.Serial?.replaceAll(":", "").replace(/^0+/, ""),
          serialNumber.toLowerCase().replace(/^0+/, "")
        )
        assert.strictEqual(subjectAltName, "DNS:example.com, DNS:*.example.com")
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("exports a requested certificate with its encrypted key, renews it and revokes it", () =>
    Effect.gen(function*() {
      const { CertificateArn = "" } = yield* Acm.send(
        new RequestCertificateCommand({ DomainName: "example.com", Options: { Export: "ENABLED" } })
      )
      const exported = Acm.send(
        new ExportCertificateCommand({ CertificateArn, Passphrase: new TextEncoder().encode("open sesame") })
      )
      assert.strictEqual((yield* Effect.flip(exported)).code, "RequestInProgressException")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* describeCertificate(CertificateArn)).RenewalEligibility, "INELIGIBLE")
      const first = yield* exported
      assert.match(first.PrivateKey ?? "", /^-----BEGIN ENCRYPTED PRIVATE KEY-----/)
      const key = createPrivateKey({ key: first.PrivateKey ?? "", passphrase: "open sesame" })
      assert.isTrue(new X509Certificate(first.Certificate ?? "").checkPrivateKey(key))

      const before = yield* describeCertificate(CertificateArn)
      assert.strictEqual(before.RenewalEligibility, "ELIGIBLE")
      yield* TestClock.adjust("100 days")
      yield* Acm.send(new RenewCertificateCommand({ CertificateArn }))
      const pending = yield* describeCertificate(CertificateArn)
      assert.deepInclude({ ...pending }, { Serial: before.Serial, NotAfter: before.NotAfter })
      assert.strictEqual(pending.RenewalSummary?.RenewalStatus, "PENDING_AUTO_RENEWAL")
      yield* TestClock.adjust("1 minute")
      const renewed = yield* describeCertificate(CertificateArn)
      assert.strictEqual(renewed.RenewalSummary?.RenewalStatus, "SUCCESS")
      assert.strictEqual(Number(renewed.NotAfter) - Number(before.NotAfter), Duration.toMillis("100 days"))
      assert.notStrictEqual(renewed.Serial, before.Serial)
      assert.notStrictEqual((yield* exported).Certificate, first.Certificate)

      yield* Acm.send(new RevokeCertificateCommand({ CertificateArn, RevocationReason: "KEY_COMPROMISE" }))
      assert.deepInclude({ ...yield* describeCertificate(CertificateArn) }, {
        Status: "REVOKED",
        RevocationReason: "KEY_COMPROMISE",
        RenewalEligibility: "INELIGIBLE"
      })
    }).pipe(Effect.provide(InMemory.layer())))

  for (const ValidationMethod of ["DNS", "EMAIL"] as const) {
    it.effect(`renews an exported certificate 45 days before it expires, once for each export (${ValidationMethod})`, () =>
      Effect.gen(function*() {
        const { CertificateArn = "" } = yield* Acm.send(
          new RequestCertificateCommand({ DomainName: "example.com", Options: { Export: "ENABLED" }, ValidationMethod })
        )
        yield* TestClock.adjust("1 minute")
        const exported = Acm.send(
          new ExportCertificateCommand({ CertificateArn, Passphrase: new TextEncoder().encode("open sesame") })
        )
        const first = yield* exported
        const before = yield* describeCertificate(CertificateArn)
        assert.strictEqual(before.RenewalEligibility, "ELIGIBLE")
        const due = Number(before.NotAfter) - Duration.toMillis("45 days")
        yield* TestClock.setTime(due - 1)
        assert.isUndefined((yield* describeCertificate(CertificateArn)).RenewalSummary)
        yield* TestClock.setTime(due)
        const pending = yield* describeCertificate(CertificateArn)
        assert.deepInclude({ ...pending }, { Serial: before.Serial, NotAfter: before.NotAfter, Status: "ISSUED" })
        assert.deepInclude({ ...pending.RenewalSummary }, {
          RenewalStatus: "PENDING_AUTO_RENEWAL",
          UpdatedAt: new Date(due)
        })
        yield* TestClock.adjust("1 minute")
        const renewed = yield* describeCertificate(CertificateArn)
        assert.deepInclude({ ...renewed }, { CertificateArn, Status: "ISSUED", RenewalEligibility: "INELIGIBLE" })
        assert.strictEqual(renewed.RenewalSummary?.RenewalStatus, "SUCCESS")
        assert.deepEqual(
          renewed.RenewalSummary?.DomainValidationOptions?.map(({ ValidationStatus }) => ValidationStatus),
          [
            "SUCCESS"
          ]
        )
        assert.notStrictEqual(renewed.Serial, before.Serial)
        assert.isAbove(Number(renewed.NotAfter), Number(before.NotAfter) + Duration.toMillis("150 days"))
        // It lasts as long as the first one did, and has a body of its own.
        yield* TestClock.setTime(Number(before.NotAfter) + 1)
        assert.strictEqual((yield* describeCertificate(CertificateArn)).Serial, renewed.Serial)
        const second = yield* exported
        assert.notStrictEqual(second.Certificate, first.Certificate)
        assert.strictEqual((yield* describeCertificate(CertificateArn)).RenewalEligibility, "ELIGIBLE")
        yield* TestClock.setTime(Number(renewed.NotAfter) + 1)
        const third = yield* describeCertificate(CertificateArn)
        assert.strictEqual(third.Status, "ISSUED")
        assert.notStrictEqual(third.Serial, renewed.Serial)
        yield* TestClock.setTime(Number(third.NotAfter) + 1)
        assert.strictEqual((yield* describeCertificate(CertificateArn)).Status, "EXPIRED")
      }).pipe(Effect.provide(InMemory.layer())))
  }

  it.effect("lets a certificate expire that was never exported, or was revoked", () =>
    Effect.gen(function*() {
      const request = Acm.send(
        new RequestCertificateCommand({ DomainName: "example.com", Options: { Export: "ENABLED" } })
      )
      const { CertificateArn: kept = "" } = yield* request
      const { CertificateArn: revoked = "" } = yield* request
      yield* TestClock.adjust("1 minute")
      yield* Acm.send(
        new ExportCertificateCommand({ CertificateArn: revoked, Passphrase: new TextEncoder().encode("open sesame") })
      )
      yield* Acm.send(new RevokeCertificateCommand({ CertificateArn: revoked, RevocationReason: "KEY_COMPROMISE" }))
      yield* TestClock.adjust("199 days")
      for (const arn of [kept, revoked]) {
        const { RenewalSummary, Status } = yield* describeCertificate(arn)
        assert.deepEqual([Status, RenewalSummary], ["EXPIRED", undefined])
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("renews a certificate at once that is exported within its last 45 days", () =>
    Effect.gen(function*() {
      const { CertificateArn = "" } = yield* Acm.send(
        new RequestCertificateCommand({ DomainName: "example.com", Options: { Export: "ENABLED" } })
      )
      yield* TestClock.adjust("190 days")
      const before = yield* describeCertificate(CertificateArn)
      yield* Acm.send(
        new ExportCertificateCommand({ CertificateArn, Passphrase: new TextEncoder().encode("open sesame") })
      )
      yield* TestClock.adjust("1 minute")
      const { RenewalSummary, Serial } = yield* describeCertificate(CertificateArn)
      assert.strictEqual(RenewalSummary?.RenewalStatus, "SUCCESS")
      assert.notStrictEqual(Serial, before.Serial)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("sends emails to the owners of a domain soon after the request, and tells their addresses", () =>
    Effect.gen(function*() {
      const { CertificateArn = "" } = yield* Acm.send(
        new RequestCertificateCommand({
          DomainName: "*.www.example.com",
          DomainValidationOptions: [{ DomainName: "*.www.example.com", ValidationDomain: "example.com" }]
        })
      )
      const emails = Effect.map(
        describeCertificate(CertificateArn),
        ({ DomainValidationOptions }) => DomainValidationOptions?.[0]?.ValidationEmails
      )
      assert.deepEqual(yield* emails, [])
      yield* TestClock.adjust("10 seconds")
      assert.deepEqual(
        yield* emails,
        ["admin", "administrator", "hostmaster", "postmaster", "webmaster"].map((name) => `${name}@example.com`)
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails a requested certificate for a domain that isn't on the public Internet", () =>
    Effect.gen(function*() {
      const { CertificateArn = "" } = yield* Acm.send(
        new RequestCertificateCommand({ DomainName: "example.com", SubjectAlternativeNames: ["db.internal"] })
      )
      yield* TestClock.adjust("1 minute")
      const detail = yield* describeCertificate(CertificateArn)
      assert.deepInclude({ ...detail }, { Status: "FAILED", FailureReason: "INVALID_PUBLIC_DOMAIN" })
      assert.isUndefined(detail.IssuedAt)
      assert.deepEqual(detail.DomainValidationOptions?.map(({ ValidationStatus }) => ValidationStatus), [
        "PENDING_VALIDATION",
        "FAILED"
      ])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("lists certificates in pages, sorted by creation time", () =>
    Effect.gen(function*() {
      const certificate = yield* Acm.SelfSignedCertificate.generate(options)
      const arns = yield* Effect.forEach(
        [1, 2, 3, 4, 5],
        () => Effect.andThen(TestClock.adjust("1 second"), Acm.importCertificate(certificate))
      )
      const pages = Acm.pages(new ListCertificatesCommand({ SortBy: "CREATED_AT", SortOrder: "DESCENDING" })).pipe(
        Stream.map(({ CertificateSummaryList = [] }) =>
          CertificateSummaryList.map(({ CertificateArn }) => CertificateArn)
        ),
        Stream.runCollect
      )
      const newest = arns.toReversed()
      assert.deepEqual(yield* pages, [newest.slice(0, 2), newest.slice(2, 4), newest.slice(4)])
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 }))))
})

describe("importCertificate with a chain", () => {
  /** A certificate that an authority has signed which another one has signed, by openssl. */
  const signedChain = Effect.gen(function*() {
    const folder = yield* temporaryFolder
    const file = (name: string) => path.join(folder, name)
    const create = (name: string, issuer?: string) => {
      openssl([
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        file(`${name}.key`),
        "-out",
        file(`${name}.csr`),
        "-subj",
        `/CN=${name}`
      ])
      openssl([
        "x509",
        "-req",
        "-days",
        "30",
        "-in",
        file(`${name}.csr`),
        "-out",
        file(`${name}.pem`),
        ...(issuer === undefined
          ? ["-signkey", file(`${name}.key`)]
          : ["-CA", file(`${issuer}.pem`), "-CAkey", file(`${issuer}.key`), "-CAcreateserial"])
      ])
      return fs.readFileSync(file(`${name}.pem`), "utf8")
    }
    const root = create("root")
    const intermediate = create("intermediate", "root")
    const certificate = create("server", "intermediate")
    return { certificate, intermediate, root, privateKey: Redacted.make(fs.readFileSync(file("server.key"), "utf8")) }
  })

  it.effect("imports the chain, and rejects one that doesn't lead to the certificate", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.now() + 60_000)
      const { certificate, intermediate, privateKey, root } = yield* signedChain
      const arn = yield* Acm.importCertificate({ certificate, privateKey, chain: intermediate + root })
      const { Certificate, CertificateChain } = yield* Acm.send(new GetCertificateCommand({ CertificateArn: arn }))
      assert.strictEqual(Certificate?.trim(), certificate.trim())
      assert.strictEqual(CertificateChain?.trim(), (intermediate + root).trim())
      const error = yield* Effect.flip(Acm.importCertificate({ certificate, privateKey, chain: root + intermediate }))
      assert.strictEqual(error._tag, "CertificateRejected")
      assert.include(error.message, "`chain`")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("imports a certificate without a chain only if its own key has signed it", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.now() + 60_000)
      const { certificate, privateKey } = yield* signedChain
      const error = yield* Effect.flip(Acm.importCertificate({ certificate, privateKey }))
      assert.include(error.message, "Provided certificate is not a valid self signed.")
      yield* Acm.importCertificate(yield* Acm.SelfSignedCertificate.generate(options))
      const [call] = yield* InMemory.calls
      assert.isUndefined((call!.input as { readonly CertificateChain?: unknown }).CertificateChain)
    }).pipe(Effect.provide(InMemory.layer())))
})
