// What happens to certificates after they were imported or requested.
import {
  DescribeCertificateCommand,
  ExportCertificateCommand,
  GetAccountConfigurationCommand,
  ImportCertificateCommand,
  ListTagsForResourceCommand,
  PutAccountConfigurationCommand,
  RenewCertificateCommand,
  RequestCertificateCommand,
  type RequestCertificateCommandInput,
  ResendValidationEmailCommand,
  RevokeCertificateCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateCertificateOptionsCommand
} from "@aws-sdk/client-acm"
import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Acm } from "effect-aws-sdk"
import { execFileSync } from "node:child_process"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { expectRejected } from "./support/rejections.ts"

const generate = Acm.SelfSignedCertificate.generate({
  issuer: "Contract",
  subject: "www.example.com",
  subjectAlternativeNames: ["www.example.com"],
  validity: "2 days"
})

const imported = Effect.flatMap(generate, Acm.importCertificate)

const request = (input: Partial<RequestCertificateCommandInput> = {}) =>
  Acm.send(new RequestCertificateCommand({ DomainName: "www.example.com", ...input })).pipe(
    Effect.map(({ CertificateArn = "" }) => CertificateArn)
  )

const validations = (CertificateArn: string) =>
  Effect.map(
    Acm.send(new DescribeCertificateCommand({ CertificateArn })),
    ({ Certificate }) => Certificate?.DomainValidationOptions ?? []
  )

const passphrase = new TextEncoder().encode("open sesame")

/** A certificate with a key of another type, made by openssl. */
const elliptic = Effect.sync(() => {
  const options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout - -out -"
  const pem = execFileSync("openssl", [...options.split(" "), "-subj", "/CN=www.example.com"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"]
  })
  const block = (label: string) => Buffer.from(new RegExp(`-----BEGIN ${label}-[^]+END ${label}-----`).exec(pem)![0])
  return { Certificate: block("CERTIFICATE"), PrivateKey: block("PRIVATE KEY") }
})

const putConfiguration = (IdempotencyToken: string, DaysBeforeExpiry?: number) =>
  Acm.send(
    new PutAccountConfigurationCommand({
      IdempotencyToken,
      ExpiryEvents: DaysBeforeExpiry === undefined ? {} : { DaysBeforeExpiry }
    })
  )

export const acmLifecycle = contract("Acm", {
  "proves the ownership of a domain by the same DNS record in each request": documented(
    "https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html",
    Effect.gen(function*() {
      const [first] = yield* validations(yield* request({ ValidationMethod: "DNS" }))
      const both = yield* validations(
        yield* request({ ValidationMethod: "DNS", SubjectAlternativeNames: ["other.example.com"] })
      )
      const [again, other] = ["www.example.com", "other.example.com"].map((name) =>
        both.find(({ DomainName }) => DomainName === name)
      )
      assert.match(first?.ResourceRecord?.Value ?? "", /^_[0-9a-f]{32}\.[a-z]{10}\.acm-validations\.aws\.$/)
      assert.deepEqual(again?.ResourceRecord, first?.ResourceRecord)
      assert.notStrictEqual(other?.ResourceRecord?.Value, first?.ResourceRecord?.Value)
    })
  ),

  "has sent no validation email right after a request": recorded(
    "test_acm TestACM::test_domain_validation",
    Effect.gen(function*() {
      const [validation] = yield* validations(yield* request())
      assert.deepInclude({ ...validation }, { ValidationMethod: "EMAIL", ValidationEmails: [] })
    })
  ),

  "resends a validation email to the owners of the domain or of one above it": documented(
    "API_ResendValidationEmail",
    Effect.gen(function*() {
      const CertificateArn = yield* request()
      const resend = (Domain: string, ValidationDomain: string) =>
        Acm.send(new ResendValidationEmailCommand({ CertificateArn, Domain, ValidationDomain }))
      yield* resend("www.example.com", "example.com")
      assert.strictEqual((yield* validations(CertificateArn))[0]?.ValidationDomain, "example.com")
      yield* expectRejected(resend("other.example.com", "example.com"), "InvalidDomainValidationOptionsException")
      yield* expectRejected(resend("www.example.com", "example.org"), "InvalidDomainValidationOptionsException")
    })
  ),

  "refuses to resend a validation email for a certificate that isn't validated by email": documented(
    "API_ResendValidationEmail",
    Effect.gen(function*() {
      const resend = (CertificateArn: string) =>
        Acm.send(
          new ResendValidationEmailCommand({
            CertificateArn,
            Domain: "www.example.com",
            ValidationDomain: "example.com"
          })
        )
      yield* expectRejected(resend(yield* request({ ValidationMethod: "DNS" })), "InvalidStateException")
      yield* expectRejected(resend(yield* imported), "InvalidStateException")
    })
  ),

  "refuses to update the options of an imported certificate and of one that isn't issued": documented(
    "API_UpdateCertificateOptions",
    Effect.gen(function*() {
      const update = (CertificateArn: string) =>
        Acm.send(
          new UpdateCertificateOptionsCommand({
            CertificateArn,
            Options: { CertificateTransparencyLoggingPreference: "DISABLED" }
          })
        )
      yield* expectRejected(update(yield* request()), "InvalidStateException")
      yield* expectRejected(update(yield* imported), "InvalidStateException")
    })
  ),

  "exports neither an imported certificate nor one that was requested without export": believed(
    "seen in reports of users: ValidationException, Certificate ARN: … is not a private certificate",
    Effect.gen(function*() {
      for (const CertificateArn of [yield* imported, yield* request()]) {
        yield* expectRejected(
          Acm.send(new ExportCertificateCommand({ CertificateArn, Passphrase: passphrase })),
          "ValidationException",
          `Certificate ARN: ${CertificateArn} is not a private certificate`
        )
      }
    })
  ),

  "renews only a certificate that was exported": believed(
    "seen in a report of a user: https://github.com/crossplane-contrib/provider-aws/issues/908",
    Effect.gen(function*() {
      for (const CertificateArn of [yield* imported, yield* request({ Options: { Export: "ENABLED" } })]) {
        yield* expectRejected(
          Acm.send(new RenewCertificateCommand({ CertificateArn })),
          "ValidationException",
          `Certificate ARN ${CertificateArn} has not been exported so it is not eligible for the Renew Certificate API.`
        )
      }
    })
  ),

  "revokes only a certificate that was exported": documented(
    "API_RevokeCertificate",
    Effect.gen(function*() {
      const revoke = new RevokeCertificateCommand({ CertificateArn: yield* imported, RevocationReason: "UNSPECIFIED" })
      yield* expectRejected(Acm.send(revoke), "ValidationException")
    })
  ),

  "keeps the key type and the tags of a certificate that is reimported": documented(
    "https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html",
    Effect.gen(function*() {
      const CertificateArn = yield* imported
      const other = yield* elliptic
      yield* expectRejected(
        Acm.send(new ImportCertificateCommand({ CertificateArn, ...other })),
        "ValidationException"
      )
      const { certificate, privateKey } = yield* generate
      yield* expectRejected(
        Acm.send(
          new ImportCertificateCommand({
            CertificateArn,
            Certificate: Buffer.from(certificate),
            PrivateKey: Buffer.from(Redacted.value(privateKey)),
            Tags: [{ Key: "team", Value: "capture" }]
          })
        ),
        "InvalidParameterException"
      )
    })
  ),

  "refuses to replace a requested certificate by an imported one": documented(
    "API_ImportCertificate",
    Effect.gen(function*() {
      const CertificateArn = yield* request()
      yield* expectRejected(
        Acm.send(new ImportCertificateCommand({ CertificateArn, ...yield* elliptic })),
        "ValidationException"
      )
    })
  ),

  "tags a certificate by its ARN as a resource": documented(
    "API_TagResource",
    Effect.gen(function*() {
      const ResourceArn = yield* imported
      yield* Acm.send(
        new TagResourceCommand({
          ResourceArn,
          Tags: [{ Key: "team", Value: "capture" }, { Key: "stage", Value: "test" }]
        })
      )
      yield* Acm.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["team", "none"] }))
      const { Tags } = yield* Acm.send(new ListTagsForResourceCommand({ ResourceArn }))
      assert.deepEqual(Tags, [{ Key: "stage", Value: "test" }])
    })
  ),

  "sets how many days before it expires there are events about a certificate, once per token": documented(
    "API_PutAccountConfiguration",
    Effect.gen(function*() {
      const configured = Effect.map(
        Acm.send(new GetAccountConfigurationCommand()),
        ({ ExpiryEvents }) => ExpiryEvents?.DaysBeforeExpiry
      )
      yield* putConfiguration(`a${Math.random().toString(36).slice(2)}`, 45)
      assert.strictEqual(yield* configured, 45)
      const token = `b${Math.random().toString(36).slice(2)}`
      yield* putConfiguration(token, 30)
      yield* putConfiguration(token, 20)
      assert.strictEqual(yield* configured, 30)
      yield* expectRejected(putConfiguration("c"), "ValidationException")
    })
  ),

  "rejects days before expiry below one, and a token with a hyphen": documented(
    "API_PutAccountConfiguration",
    Effect.gen(function*() {
      yield* expectRejected(putConfiguration("a", 0), "ValidationException", "'expiryEvents.daysBeforeExpiry'")
      yield* expectRejected(putConfiguration("a-b", 1), "ValidationException", "'idempotencyToken'")
    })
  )
})
