import {
  AddTagsToCertificateCommand,
  DescribeCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  ListCertificatesCommand,
  type ListCertificatesCommandInput,
  ListTagsForCertificateCommand,
  RemoveTagsFromCertificateCommand,
  RequestCertificateCommand
} from "@aws-sdk/client-acm"
import { assert } from "@effect/vitest"
import { Clock, Duration, Effect, Redacted, Stream } from "effect"
import { Acm, AwsClients, type AwsError, Sts } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { expectRejected } from "./support/rejections.ts"

const missingArn = Effect.map(
  Sts.environment,
  ({ account, region }) => `arn:aws:acm:${region}:${account}:certificate/00000000-0000-4000-a000-000000000000`
)

const generate = (options?: Partial<Acm.SelfSignedOptions>) =>
  Acm.SelfSignedCertificate.generate({
    issuer: "Contract",
    subject: "www.example.com",
    subjectAlternativeNames: ["www.example.com", "*.example.com"],
    validity: "2 days",
    ...options
  })

const daysAgo = (days: number) =>
  Effect.map(Clock.currentTimeMillis, (now) => new Date(now - Duration.toMillis(Duration.days(days))))

const describe = (CertificateArn: string) =>
  Effect.map(Acm.send(new DescribeCertificateCommand({ CertificateArn })), ({ Certificate = {} }) => Certificate)

const expectCertificateRejected = Effect.fnUntraced(function*<A, R>(
  effect: Effect.Effect<A, Acm.CertificateRejected | AwsError, R>
) {
  const error = yield* Effect.flip(effect)
  assert.instanceOf(error, Acm.CertificateRejected)
  assert.strictEqual(error.code, "ValidationException")
  assert.include(error.message, error.issue)
})

export const acm = contract("Acm", {
  "imports a certificate and never returns its private key": documented(
    "API_GetCertificate",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const { config } = yield* AwsClients
      const certificate = yield* generate()
      const arn = yield* Acm.importCertificate(certificate)
      assert.match(arn, new RegExp(`^arn:aws:acm:${config.region}:${account}:certificate/[0-9a-f-]{36}$`))
      const stored = yield* Acm.send(new GetCertificateCommand({ CertificateArn: arn }))
      assert.strictEqual(stored.Certificate?.trim(), certificate.certificate.trim())
      assert.notInclude(JSON.stringify(stored), "PRIVATE")
    })
  ),

  "describes an imported certificate by its contents": recorded(
    "test_acm TestACM::test_import_certificate",
    Effect.gen(function*() {
      const certificate = yield* generate()
      const detail = yield* describe(yield* Acm.importCertificate(certificate))
      assert.deepInclude({ ...detail }, {
        DomainName: "www.example.com",
        Subject: "CN=www.example.com",
        Issuer: "Contract",
        Status: "ISSUED",
        Type: "IMPORTED",
        NotBefore: certificate.notBefore,
        NotAfter: certificate.notAfter,
        SignatureAlgorithm: "SHA256WITHRSA",
        InUseBy: []
      })
      assert.sameMembers(detail.SubjectAlternativeNames ?? [], ["www.example.com", "*.example.com"])
      assert.instanceOf(detail.ImportedAt, Date)
    })
  ),

  "formats the serial number and key usages as AWS does": recorded(
    "test_acm TestACM::test_import_certificate",
    Effect.gen(function*() {
      const detail = yield* describe(yield* Acm.importCertificate(yield* generate()))
      assert.match(detail.Serial ?? "", /^[0-9a-f]{2}(:[0-9a-f]{2})+$/)
      assert.strictEqual(detail.KeyAlgorithm as string, "RSA-2048")
      assert.deepEqual(detail.KeyUsages, [{ Name: "DIGITAL_SIGNATURE" }, { Name: "KEY_ENCIPHERMENT" }])
      assert.deepEqual(detail.ExtendedKeyUsages, [{ Name: "TLS_WEB_SERVER_AUTHENTICATION", OID: "1.3.6.1.5.5.7.3.1" }])
    })
  ),

  "imports a certificate and key given as PEM": documented(
    "API_ImportCertificate",
    Effect.gen(function*() {
      const { certificate, privateKey } = yield* generate()
      const arn = yield* Acm.importCertificate({ certificate, privateKey })
      assert.strictEqual((yield* describe(arn)).Status, "ISSUED")
    })
  ),

  "fails with CertificateRejected when the certificate or key is malformed": documented(
    "https://docs.aws.amazon.com/acm/latest/userguide/troubleshoot-import.html",
    Effect.gen(function*() {
      const { certificate, privateKey } = yield* generate()
      const junk = certificate.replace(/\n[^\n]{10}/, "\nAAAAAAAAAA")
      yield* expectCertificateRejected(Acm.importCertificate({ certificate: "hello", privateKey }))
      yield* expectCertificateRejected(Acm.importCertificate({ certificate: junk, privateKey }))
      yield* expectCertificateRejected(Acm.importCertificate({ certificate, privateKey: Redacted.make("hello") }))
      yield* expectCertificateRejected(Acm.importCertificate({ certificate, privateKey: Redacted.make(certificate) }))
    })
  ),

  "fails with CertificateRejected when the key belongs to another certificate": documented(
    "API_ImportCertificate",
    Effect.gen(function*() {
      const one = yield* generate()
      const other = yield* generate()
      yield* expectCertificateRejected(
        Acm.importCertificate({ certificate: one.certificate, privateKey: other.privateKey })
      )
    })
  ),

  "fails with CertificateRejected when given more than one certificate": documented(
    "https://repost.aws/knowledge-center/acm-import-troubleshooting",
    Effect.gen(function*() {
      const { certificate, privateKey } = yield* generate()
      yield* expectCertificateRejected(Acm.importCertificate({ certificate: certificate + certificate, privateKey }))
    })
  ),

  "fails with CertificateRejected when the certificate has expired or isn't valid yet": documented(
    "API_ImportCertificate",
    Effect.gen(
      function*() {
        const expired = yield* generate({ notBefore: yield* daysAgo(2), validity: "1 day" })
        yield* expectCertificateRejected(Acm.importCertificate(expired))
        const early = yield* generate({ notBefore: yield* daysAgo(-1) })
        yield* expectCertificateRejected(Acm.importCertificate(early))
      }
    )
  ),

  "uploads a ten-year localhost certificate, issued by Arkime by default": believed(
    "the answer repeats the contents of the certificate, as test_acm TestACM::test_import_certificate shows for another one",
    Effect.gen(function*() {
      const detail = yield* describe(yield* Acm.uploadDefaultElbCertificate())
      assert.deepInclude({ ...detail }, { DomainName: "localhost", Subject: "CN=localhost", Issuer: "Arkime" })
      assert.deepEqual(detail.SubjectAlternativeNames, ["localhost"])
      const { NotAfter, NotBefore } = detail
      // Its validity has begun an hour ago.
      assert.strictEqual(Number(NotAfter) - Number(NotBefore), 3650 * 86_400_000 + 3_600_000)
      const other = yield* describe(yield* Acm.uploadDefaultElbCertificate({ issuer: "Somebody" }))
      assert.strictEqual(other.Issuer, "Somebody")
    })
  ),

  "deletes a certificate once, then fails with CertificateDoesNotExist": documented(
    "API_DeleteCertificate",
    Effect.gen(function*() {
      const arn = yield* Acm.uploadDefaultElbCertificate()
      yield* Acm.deleteCertificate(arn)
      const error = yield* Effect.flip(Acm.deleteCertificate(arn))
      assert.deepEqual(error, new Acm.CertificateDoesNotExist({ arn }))
      assert.include(error.message, arn)
    })
  ),

  "rejects calls for a missing certificate with ResourceNotFoundException": documented(
    "API_DescribeCertificate",
    Effect.gen(function*() {
      const CertificateArn = yield* missingArn
      yield* expectRejected(Acm.send(new DescribeCertificateCommand({ CertificateArn })), "ResourceNotFoundException")
      yield* expectRejected(Acm.send(new GetCertificateCommand({ CertificateArn })), "ResourceNotFoundException")
    })
  ),

  "rejects a malformed certificate ARN": believed(
    "the pattern is in AWS's model, whose violations are a ValidationException in the recorded answers of ACM",
    Effect.gen(function*() {
      const error = yield* Effect.flip(Acm.deleteCertificate("not an arn, and long enough"))
      assert.strictEqual(error._tag, "AwsError")
      if (error._tag === "AwsError") assert.strictEqual(error.code, "ValidationException")
    })
  ),

  "lists certificates page by page": documented(
    "API_ListCertificates",
    Effect.gen(function*() {
      const certificate = yield* generate()
      const arns = yield* Effect.forEach(Array.from({ length: 7 }), () => Acm.importCertificate(certificate))
      const pages = yield* Stream.runCollect(Acm.pages(new ListCertificatesCommand({ MaxItems: 3 })))
      assert.isAtLeast(pages.length, 3)
      assert.includeMembers(
        pages.flatMap(({ CertificateSummaryList = [] }) =>
          CertificateSummaryList.map(({ CertificateArn }) => CertificateArn)
        ),
        arns
      )
    })
  ),

  "lists certificates by status": documented(
    "API_ListCertificates",
    Effect.gen(function*() {
      const arn = yield* Acm.importCertificate(yield* generate())
      const list = (status: "ISSUED" | "PENDING_VALIDATION") =>
        Acm.items(
          new ListCertificatesCommand({ CertificateStatuses: [status] }),
          ({ CertificateSummaryList }) => CertificateSummaryList
        ).pipe(Stream.filter(({ CertificateArn }) => CertificateArn === arn), Stream.runCollect)
      const [summary, ...others] = yield* list("ISSUED")
      assert.deepInclude({ ...summary }, {
        DomainName: "www.example.com",
        Status: "ISSUED",
        Type: "IMPORTED",
        InUse: false
      })
      assert.deepEqual(others, [])
      assert.deepEqual(yield* list("PENDING_VALIDATION"), [])
    })
  ),

  "reimports a certificate under the same ARN": documented(
    "API_ImportCertificate",
    Effect.gen(function*() {
      const arn = yield* Acm.importCertificate(yield* generate())
      const renewed = yield* generate({ validity: "9 days" })
      const again = (CertificateArn: string) =>
        Acm.send(
          new ImportCertificateCommand({
            CertificateArn,
            Certificate: Buffer.from(renewed.certificate),
            PrivateKey: Buffer.from(Redacted.value(renewed.privateKey))
          })
        )
      assert.strictEqual((yield* again(arn)).CertificateArn, arn)
      assert.deepEqual((yield* describe(arn)).NotAfter, renewed.notAfter)
      yield* expectRejected(again(yield* missingArn), "ResourceNotFoundException")
    })
  ),

  "leaves a requested certificate pending validation": recorded(
    "test_acm TestACM::test_certificate_for_subdomain_wildcard",
    Effect.gen(function*() {
      const { CertificateArn = "" } = yield* Acm.send(
        new RequestCertificateCommand({
          DomainName: "www.example.com",
          ValidationMethod: "DNS",
          SubjectAlternativeNames: ["*.example.com"]
        })
      )
      const detail = yield* describe(CertificateArn)
      assert.deepInclude({ ...detail }, {
        Status: "PENDING_VALIDATION",
        Type: "AMAZON_ISSUED",
        DomainName: "www.example.com"
      })
      const { DomainValidationOptions = [] } = detail
      assert.lengthOf(DomainValidationOptions, 2)
      assert.isTrue(DomainValidationOptions.every(({ ResourceRecord }) => ResourceRecord?.Type === "CNAME"))
    })
  ),

  "adds, replaces and removes certificate tags": documented(
    "API_RemoveTagsFromCertificate",
    Effect.gen(function*() {
      const CertificateArn = yield* Acm.importCertificate(yield* generate())
      const add = (Tags: Array<{ Key: string; Value?: string }>) =>
        Acm.send(new AddTagsToCertificateCommand({ CertificateArn, Tags }))
      yield* add([{ Key: "team", Value: "capture" }, { Key: "plain" }])
      yield* add([{ Key: "team", Value: "viewer" }])
      yield* Acm.send(new RemoveTagsFromCertificateCommand({ CertificateArn, Tags: [{ Key: "plain" }] }))
      const { Tags } = yield* Acm.send(new ListTagsForCertificateCommand({ CertificateArn }))
      assert.deepEqual(Tags, [{ Key: "team", Value: "viewer" }])
    })
  ),

  "asks the owner of a domain above the requested one": documented(
    "API_DomainValidationOption",
    Effect.gen(function*() {
      const request = (ValidationDomain: string) =>
        Acm.send(
          new RequestCertificateCommand({
            DomainName: "www.example.com",
            DomainValidationOptions: [{ DomainName: "www.example.com", ValidationDomain }]
          })
        )
      const { CertificateArn = "" } = yield* request("example.com")
      const { DomainValidationOptions, Options } = yield* describe(CertificateArn)
      assert.deepInclude({ ...DomainValidationOptions?.[0] }, {
        DomainName: "www.example.com",
        ValidationDomain: "example.com",
        ValidationMethod: "EMAIL"
      })
      assert.deepEqual(Options, { CertificateTransparencyLoggingPreference: "ENABLED", Export: "DISABLED" })
      yield* expectRejected(request("example.org"), "InvalidDomainValidationOptionsException")
    })
  ),

  "validates a name and its wildcard by the same DNS record": documented(
    "https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html",
    Effect.gen(function*() {
      const { CertificateArn = "" } = yield* Acm.send(
        new RequestCertificateCommand({
          DomainName: "example.com",
          ValidationMethod: "DNS",
          SubjectAlternativeNames: ["*.example.com", "www.example.com"]
        })
      )
      const { DomainValidationOptions = [] } = yield* describe(CertificateArn)
      const [plain, wildcard, other] = ["example.com", "*.example.com", "www.example.com"].map((name) =>
        DomainValidationOptions.find(({ DomainName }) => DomainName === name)?.ResourceRecord
      )
      assert.match(plain?.Name ?? "", /^_[0-9a-f]{32}\.example\.com\.$/)
      assert.deepEqual(wildcard, plain)
      assert.notDeepEqual(other, plain)
    })
  ),

  "lists certificates by the options of their export and by who has made their keys": documented(
    "API_Filters",
    Effect.gen(function*() {
      const imported = yield* Acm.importCertificate(yield* generate())
      const { CertificateArn: requested } = yield* Acm.send(
        new RequestCertificateCommand({ DomainName: "www.example.com", Options: { Export: "ENABLED" } })
      )
      const list = (input: ListCertificatesCommandInput) =>
        Acm.items(new ListCertificatesCommand(input), ({ CertificateSummaryList }) => CertificateSummaryList).pipe(
          Stream.map(({ CertificateArn }) => CertificateArn),
          Stream.filter((arn) => arn === imported || arn === requested),
          Stream.runCollect
        )
      assert.deepEqual(yield* list({ Includes: { exportOption: "ENABLED" } }), [requested])
      assert.deepEqual(yield* list({ Includes: { exportOption: "DISABLED" } }), [imported])
      assert.deepEqual(yield* list({ CertificateKeyPairOrigins: ["CUSTOMER_PROVIDED"] }), [imported])
      assert.deepEqual(yield* list({ Includes: { managedBy: "CLOUDFRONT" } }), [])
    })
  ),

  "lists each violated constraint of a request in one message": believed(
    "AWS words violations of its models alike in all services; moto's tests that were verified on AWS show it for ACM's account configuration",
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        Acm.send(
          new RequestCertificateCommand({
            DomainName: "ccc",
            SubjectAlternativeNames: ["ccc"],
            IdempotencyToken: "no spaces"
          })
        )
      )
      const pattern = "(\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])"
      assert.strictEqual(error.code, "ValidationException")
      assert.strictEqual(
        error.reason._tag === "Rejected" ? error.reason.description : error.reason._tag,
        "3 validation errors detected: " +
          `Value 'ccc' at 'domainName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}; ` +
          "Value '[ccc]' at 'subjectAlternativeNames' failed to satisfy constraint: Member must satisfy constraint: " +
          "[Member must have length less than or equal to 253, Member must have length greater than or equal to 1, " +
          `Member must satisfy regular expression pattern: ${pattern}]; ` +
          "Value 'no spaces' at 'idempotencyToken' failed to satisfy constraint: Member must satisfy regular expression pattern: \\w+"
      )
    })
  )
})
