// The results of the services' functions: they compare by value and encode to JSON.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Equal, Schema } from "effect"
import { Acm, CloudWatch, Ec2, Ecs, EventBridge, Iam, OpenSearch, S3, Ssm, Sts } from "effect-aws-sdk"
import * as AppConfig from "effect-aws-sdk/AppConfig"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"

/** A parameter that isn't secret. A secret one can't be encoded to JSON. */
const PlainParameter = Ssm.Parameter.check(Schema.makeFilter(({ value }) => typeof value === "string"))

describe("a result", () => {
  const results = [
    AppConfig.Configuration,
    Ec2.NetworkInterface,
    Ec2.VpcDetails,
    Ecs.Deployment,
    EventBridge.Entry,
    OpenSearch.DomainStatus,
    S3.ObjectChecksum,
    S3.ObjectEncryption,
    S3.ObjectHead,
    S3.PresignedPost,
    S3.PresignedRequest,
    S3.S3DeleteMarker,
    S3.S3File,
    S3.S3Object,
    S3.S3ObjectVersion,
    S3.S3Prefix,
    S3.UnfinishedUpload,
    S3.WrittenObject,
    PlainParameter,
    Sts.AwsEnvironment
  ] as const

  it.effect.prop(
    "round-trips a result through JSON",
    { result: Schema.Union(results) },
    ({ result }) =>
      Effect.gen(function*() {
        const codec = Schema.toCodecJson(Schema.Union(results))
        const json = JSON.stringify(yield* Schema.encodeEffect(codec)(result))
        const read = yield* Schema.decodeUnknownEffect(codec)(JSON.parse(json))
        assert.isTrue(Equal.equals(read, result), json)
        assert.strictEqual(read.constructor, result.constructor)
      })
  )

  it("covers every result class but those that may hold a secret", () => {
    const services = [
      Acm,
      AppConfig,
      CloudWatch,
      Ec2,
      Ecs,
      EventBridge,
      Iam,
      OpenSearch,
      S3,
      SecretsManager,
      Ssm,
      Sts
    ]
    const classes = services.flatMap((service) =>
      Object.values<unknown>(service).filter((value): boolean => Schema.isSchema(value) && "fields" in value)
    )
    assert.sameMembers(classes, [
      ...results.filter((schema) => schema !== PlainParameter),
      SecretsManager.Secret,
      Ssm.Parameter,
      Acm.SelfSignedCertificate
    ])
  })

  it("compares results by their fields", () => {
    const fields = { vpcId: "vpc-1", ownerId: "123456789012", cidrBlocks: ["10.0.0.0/16"], tenancy: "default" }
    const details = new Ec2.VpcDetails(fields)
    assert.isTrue(Equal.equals(details, new Ec2.VpcDetails({ ...fields, cidrBlocks: ["10.0.0.0/16"] })))
    assert.isFalse(Equal.equals(details, new Ec2.VpcDetails({ ...fields, cidrBlocks: ["10.1.0.0/16"] })))
    assert.strictEqual(JSON.stringify(details), JSON.stringify(fields))
  })
})
