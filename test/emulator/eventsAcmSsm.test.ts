// What ACM and Parameter Store tell EventBridge.
import {
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  ExportCertificateCommand,
  PutAccountConfigurationCommand,
  RequestCertificateCommand,
  RevokeCertificateCommand
} from "@aws-sdk/client-acm"
import {
  DeleteParameterCommand,
  DeleteParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  type PutParameterCommandInput
} from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Acm, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { acm } from "../../emulator/acm/acm.ts"
import { ec2 } from "../../emulator/ec2/ec2.ts"
import { ssm } from "../../emulator/ssm/ssm.ts"
import { clientsOf } from "../support/world.ts"
import { type Heard, listening } from "./support/events.ts"

type Detail = Readonly<Record<string, any>>

const detail = ({ detail }: Heard): Detail => detail as Detail

const start = Date.UTC(2030, 0, 1)

const scene = () => {
  const { heard, world } = listening([acm, ssm, ec2])
  return { heard, clients: clientsOf(world), begin: TestClock.setTime(start) }
}

const days = (event: Heard) => (event.time - start) / 86_400_000

describe("ACM tells EventBridge", () => {
  const request = (DomainName = "www.example.org") =>
    Effect.map(
      Acm.send(
        new RequestCertificateCommand({ DomainName, ValidationMethod: "DNS", Options: { Export: "ENABLED" } })
      ),
      ({ CertificateArn = "" }) => CertificateArn
    )

  it.effect("that a certificate is issued, that it expires each day of its last month, and that it has expired", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      const arn = yield* request()
      const { Certificate } = yield* Acm.send(new DescribeCertificateCommand({ CertificateArn: arn }))
      assert.strictEqual(Certificate?.Status, "PENDING_VALIDATION")
      yield* TestClock.adjust("3650 days")
      const [available, ...others] = yield* heard
      const expired = others.pop()!
      const common = {
        CertificateType: "AMAZON_ISSUED",
        CommonName: "www.example.org",
        DomainValidationMethod: "DNS",
        CertificateCreatedDate: "2030-01-01T00:00:00Z",
        CertificateExpirationDate: "2030-07-17T23:59:59Z",
        InUse: false,
        Exported: false
      }
      assert.deepInclude(available, {
        source: "aws.acm",
        detailType: "ACM Certificate Available",
        resources: [arn],
        detail: { Action: "ISSUANCE", ...common, DaysToExpiry: 197 },
        time: start + 60_000
      })
      assert.deepEqual(
        others.map((event) => [event.detailType, event.detail]),
        Array.from({ length: 30 }, (_, i) => [
          "ACM Certificate Approaching Expiration",
          { DaysToExpiry: 30 - i, CommonName: "www.example.org" }
        ])
      )
      assert.strictEqual(days(others[29]!) - days(others[0]!), 29)
      assert.deepInclude(expired, { detailType: "ACM Certificate Expired", detail: common })
    }).pipe(Effect.provide(clients))
  })

  it.effect("that an exported certificate is renewed or revoked, and nothing of one that failed or was deleted", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      const arn = yield* request()
      const gone = yield* request("gone.example.org")
      yield* request("host.internal")
      yield* Acm.send(new DeleteCertificateCommand({ CertificateArn: gone }))
      yield* TestClock.adjust("1 day")
      assert.deepEqual((yield* heard).map(({ resources }) => resources), [[arn]])
      yield* Acm.send(new ExportCertificateCommand({ CertificateArn: arn, Passphrase: Buffer.from("secret") }))
      yield* TestClock.adjust("160 days")
      const [renewed, ...more] = yield* heard
      assert.deepEqual(more, [])
      assert.deepInclude(detail(renewed!), { Action: "RENEWAL", Exported: true })
      assert.strictEqual(Math.floor(days(renewed!)), 153)
      yield* Acm.send(new RevokeCertificateCommand({ CertificateArn: arn, RevocationReason: "KEY_COMPROMISE" }))
      const [revoked] = yield* heard
      assert.strictEqual(revoked?.detailType, "ACM Certificate Revoked")
      assert.deepInclude(revoked?.detail, { CommonName: "www.example.org", Exportable: true })
      yield* TestClock.adjust("3650 days")
      assert.deepEqual(yield* heard, [])
    }).pipe(Effect.provide(clients))
  })

  it.effect("that a certificate is imported, and that it expires, but not that it has", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      const arn = yield* Effect.flatMap(
        Acm.SelfSignedCertificate.generate({
          issuer: "Test",
          subject: "www.example.org",
          subjectAlternativeNames: ["www.example.org"],
          validity: "2 days"
        }),
        Acm.importCertificate
      )
      yield* TestClock.adjust("3650 days")
      const events = yield* heard
      assert.deepEqual(events.map((event) => [event.detailType.slice(16), detail(event)["DaysToExpiry"]]), [
        ["Available", 2],
        ["Approaching Expiration", 1]
      ])
      assert.deepInclude(detail(events[0]!), { Action: "IMPORT", CertificateType: "IMPORTED", Exported: false })
      assert.notProperty(events[0]!.detail, "DomainValidationMethod")
      assert.deepEqual(events[0]!.resources, [arn])
    }).pipe(Effect.provide(clients))
  })

  it.effect("as many days before the expiry as the account wants", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      yield* request()
      yield* Acm.send(
        new PutAccountConfigurationCommand({ IdempotencyToken: "a", ExpiryEvents: { DaysBeforeExpiry: 2 } })
      )
      yield* TestClock.adjust("3650 days")
      assert.deepEqual((yield* heard).map((event) => [event.detailType.slice(16), detail(event)["DaysToExpiry"]]), [
        ["Available", 197],
        ["Approaching Expiration", 2],
        ["Approaching Expiration", 1],
        ["Expired", undefined]
      ])
    }).pipe(Effect.provide(clients))
  })
})

describe("Parameter Store tells EventBridge", () => {
  const put = (Name: string, input: Partial<PutParameterCommandInput> = {}) =>
    Ssm.send(new PutParameterCommand({ Name, Value: "v", Type: "String", ...input }))

  it.effect("of changes, but not of failed calls", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      yield* put("/p", { Description: "text" })
      yield* Effect.flip(put("/p"))
      yield* put("/p", { Overwrite: true })
      yield* Ssm.send(new LabelParameterVersionCommand({ Name: "/p", Labels: ["live"] }))
      yield* Ssm.send(new LabelParameterVersionCommand({ Name: "/p", Labels: ["aws"] }))
      yield* Ssm.send(new DeleteParameterCommand({ Name: "/p" }))
      yield* put("q", { Type: "StringList" })
      yield* Ssm.send(new DeleteParametersCommand({ Names: ["q", "none"] }))
      const events = yield* heard
      const ofP = { name: "/p", type: "String", description: "text" }
      assert.deepEqual(events.map((event) => event.detail), [
        { operation: "Create", ...ofP },
        { operation: "Update", ...ofP },
        { operation: "LabelParameterVersion", ...ofP },
        { operation: "Delete", ...ofP },
        { operation: "Create", name: "q", type: "StringList" },
        { operation: "Delete", name: "q", type: "StringList" }
      ])
      assert.deepInclude(events[0], {
        source: "aws.ssm",
        detailType: "Parameter Store Change",
        resources: ["arn:aws:ssm:us-east-1:123456789012:parameter/p"]
      })
    }).pipe(Effect.provide(clients))
  })

  it.effect("of the policies of parameters when they are due", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      const policies = [
        { Type: "Expiration", Version: "1.0", Attributes: { Timestamp: "2030-01-11T00:00:00.000Z" } },
        { Type: "ExpirationNotification", Version: "1.0", Attributes: { Before: "2", Unit: "Days" } },
        { Type: "NoChangeNotification", Version: "1.0", Attributes: { After: "30", Unit: "Hours" } },
        { Type: "NoChangeNotification", Version: "1.0", Attributes: { After: "30", Unit: "Days" } }
      ]
      yield* put("/p", { Tier: "Advanced", Policies: JSON.stringify(policies) })
      yield* TestClock.adjust("1 day")
      // Puts off the notification of a parameter that doesn't change.
      yield* put("/p", { Overwrite: true })
      yield* heard
      yield* TestClock.adjust("3650 days")
      const events = yield* heard
      assert.deepEqual(events.map((event) => [days(event), detail(event)["policy-type"]]), [
        [2.25, "NoChangeNotification"],
        [8, "ExpirationNotification"],
        [10, "Expiration"]
      ])
      const { "action-reason": reason, ...first } = detail(events[0]!)
      assert.deepEqual(first, {
        "policy-type": "NoChangeNotification",
        "parameter-name": "/p",
        "parameter-type": "String",
        "policy-content": JSON.stringify(policies[2]),
        "action-status": "Success"
      })
      assert.include(reason, "The parameter has not been changed for 30 hours.")
    }).pipe(Effect.provide(clients))
  })

  it.effect("of a parameter with an image once it has looked for the image", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      yield* put("/image", { DataType: "aws:ec2:image", Value: "ami-00000000000000000" })
      assert.deepEqual(yield* heard, [])
      yield* TestClock.adjust("1 minute")
      assert.deepEqual((yield* heard).map((event) => [event.time - start, event.detail]), [[2_000, {
        operation: "Create",
        name: "/image",
        type: "String",
        dataType: "aws:ec2:image",
        exception: "Unable to Describe Resource"
      }]])
    }).pipe(Effect.provide(clients))
  })
})
