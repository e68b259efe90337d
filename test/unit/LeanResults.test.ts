// Results that are made without Schema: the class's schema is the judge of what they accept, and of how they look.
import { assert, describe, it } from "@effect/vitest"
import type { Schema } from "effect"
import { Effect, Equal, Redacted } from "effect"
import { Ec2, Ecs, OpenSearch, S3, Ssm, Sts } from "effect-aws-sdk"
import * as AppConfig from "effect-aws-sdk/AppConfig"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import { configurations } from "../../services/internal/appconfig/results.ts"
import { networkInterfaces, vpcs } from "../../services/internal/ec2/results.ts"
import { deployments } from "../../services/internal/ecs/results.ts"
import { domains } from "../../services/internal/opensearch/results.ts"
import { checksums, encryptions, heads } from "../../services/internal/s3/headResults.ts"
import { writtenObjects } from "../../services/internal/s3/writtenResults.ts"
import { secrets } from "../../services/internal/secretsmanager/results.ts"
import { parameters } from "../../services/internal/ssm/results.ts"
import { environments, toText } from "../../services/internal/sts/results.ts"
import { type Model, model } from "../../src/internal/results.ts"

interface ResultClass extends Schema.Codec<any, any> {
  readonly identifier: string
  readonly fields: Schema.Struct.Fields
  new(fields: any): any
}

/** Fields that are made of values that have been checked, so that the model takes them as they are. */
const madeFields = ["encryption", "checksum", "restore", "expiration"]

const lean: ReadonlyArray<readonly [Model<any>, ResultClass]> = [
  [configurations, AppConfig.Configuration],
  [networkInterfaces, Ec2.NetworkInterface],
  [vpcs, Ec2.VpcDetails],
  [deployments, Ecs.Deployment],
  [domains, OpenSearch.DomainStatus],
  [checksums, S3.ObjectChecksum],
  [encryptions, S3.ObjectEncryption],
  [heads, S3.ObjectHead],
  [writtenObjects, S3.WrittenObject],
  [secrets, SecretsManager.Secret],
  [parameters, Ssm.Parameter],
  [environments, Sts.AwsEnvironment]
]

const strange: ReadonlyArray<unknown> = [
  null,
  "text",
  "",
  "COMPOSITE",
  "Active",
  "FAILED",
  "String",
  0,
  -1,
  1.5,
  Number.NaN,
  2 ** 60,
  true,
  {},
  { name: "text" },
  { name: 1 },
  [],
  ["text"],
  [1],
  new Date(0),
  new Date(Number.NaN),
  new Uint8Array(1),
  Redacted.make("text"),
  Redacted.make(new Uint8Array(1)),
  Redacted.make(1),
  Symbol("text"),
  () => "text"
]

const isTaken = (Class: ResultClass, fields: object): boolean => {
  try {
    void new Class(fields)
    return true
  } catch {
    return false
  }
}

describe("a result that is made without Schema", () => {
  for (const [model, Class] of lean) {
    it.effect.prop(
      `is one that ${Class.identifier} takes, and that it doesn't refuse`,
      { result: Class },
      ({ result }) =>
        Effect.sync(() => {
          assert.strictEqual(model.identifier, Class.identifier)
          const fields = { ...result }
          assert.isTrue(model.accepts(fields))
          const made = model.make(fields)
          assert.instanceOf(made, Class)
          assert.isTrue(Equal.equals(made, result))
          for (const name of Object.keys(Class.fields).filter((name) => !madeFields.includes(name))) {
            for (const value of strange) {
              const changed = { ...fields, [name]: value }
              assert.strictEqual(model.accepts(changed), isTaken(Class, changed), `${name} ${String(value)}`)
            }
            const { [name]: _, ...less } = fields
            assert.strictEqual(model.accepts(less), isTaken(Class, less), `without ${name}`)
          }
        }),
      { arbitrary: { runs: 20 } }
    )
  }

  it("compares and prints as the class does, before the class is loaded", () => {
    const fields = { account: "123456789012", region: "eu-central-1", arn: "arn:aws:iam::123456789012:user/ada" }
    const checks = { account: () => true, region: () => true, arn: () => true }
    const plain = model<typeof fields>(environments.identifier, checks, toText)
    const result = new Sts.AwsEnvironment(fields)
    assert.strictEqual(String(plain.make(fields)), String(result))
    assert.strictEqual(JSON.stringify(plain.make(fields)), JSON.stringify(result))
    assert.isTrue(Equal.equals(plain.make(fields), plain.make({ ...fields })))
    assert.isFalse(Equal.equals(plain.make(fields), plain.make({ ...fields, account: "210987654321" })))

    const written = { bucket: "b", key: "k", size: 1, etag: "e" }
    const always = () => true
    const lean = model<typeof written>(S3.WrittenObject.identifier, {
      bucket: always,
      key: always,
      size: always,
      etag: always
    })
    assert.strictEqual(String(lean.make(written)), String(new S3.WrittenObject(written)))
  })
})
