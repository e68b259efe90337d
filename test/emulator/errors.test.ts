// Every modeled error of eighteen services: an SDK client throws the fault that the wire wrote.
import { assert, describe, it } from "@effect/vitest"
import { bindingsOf } from "../../emulator/wire/bindings.ts"
import { Fault } from "../../emulator/wire/fault.ts"
import { errorName, shapeOf } from "../../emulator/wire/sdk.ts"
import { sdkOf, sdks } from "./support/clients.ts"
import { Exchanger, ids, protocolsOf } from "./support/exchange.ts"
import { failureOf } from "./support/failures.ts"
import { carried, type Format } from "./support/laws.ts"
import { plain } from "./support/plain.ts"
import { Generator } from "./support/values.ts"

const formats: Readonly<Record<string, Format>> = {
  awsQuery: "xml",
  ec2Query: "xml",
  restXml: "xml",
  rpcv2Cbor: "cbor"
}

const message = "It's <broken> & \"quoted\", 世界."

let errors = 0

describe("an error of a service", () => {
  for (const sdk of sdks) {
    for (const [protocol, others] of protocolsOf(sdk)) {
      const format = formats[protocol] ?? "json"
      it(`is what ${sdk.name} clients throw in ${protocol}`, async () => {
        const exchanger = new Exchanger(sdk, others)
        for (const schema of sdk.description.errors) {
          const name = errorName(schema)
          const shape = shapeOf(schema)
          const generator = new Generator(errors, {
            of: (member, shape) =>
              member.toLowerCase() === "message"
                ? { value: message }
                : shape.getMergedTraits().httpHeader === undefined
                ? undefined
                : { value: "5" }
          })
          for (let sample = 0; sample < 2 || generator.hasMore(shape); sample++) {
            const members = generator.value(shape)
            exchanger.faults(new Fault({ code: name, message, members }))
            const error = await failureOf(exchanger, sdk.name)
            const traits = shape.getMergedTraits() as {
              httpError?: number
              error?: string
              awsQueryError?: [string, number]
            }
            assert.strictEqual(error.message, message)
            const code = traits.awsQueryError?.[0] ?? name
            const isByCode = sdk.description.isQueryCompatible === true || protocol === "awsQuery"
            // Several errors may have one code. A client then takes the error that has it as its name.
            const isShared = code !== name && sdk.description.errors.some((other) => errorName(other) === code)
            assert.strictEqual(error.name, isByCode && isShared ? code : name)
            assert.instanceOf(error, sdk.module[error.name] as new() => Error)
            if (error.name !== name) continue
            assert.strictEqual(error.$fault, traits.error)
            assert.strictEqual(
              error.$metadata.httpStatusCode,
              traits.httpError ?? (isByCode ? traits.awsQueryError?.[1] : undefined) ??
                (traits.error === "server" ? 500 : 400)
            )
            assert.strictEqual(error.$metadata.requestId, ids.requestId)
            if (protocol === "awsQuery") {
              assert.strictEqual(error.Code, traits.awsQueryError?.[0] ?? name)
              assert.strictEqual(error.Type, traits.error === "server" ? "Receiver" : "Sender")
            }
            const written = carried(shape, members, { format, isReadBySdk: true }) as Record<string, unknown>
            for (const [member] of [...bindingsOf(shape).body, ...bindingsOf(shape).headers]) {
              // The SDK has it as the message of the exception alone.
              if (member === "Message") continue
              // Of AWS query's errors, the member `Type` is what the envelope says.
              if (protocol === "awsQuery" && (member === "Type" || member === "Code")) continue
              // The SDK reads a list that isn't there as an empty one.
              const read = (error as unknown as Record<string, unknown>)[member] ?? undefined
              const expected = written[member]
              if (expected === undefined && Array.isArray(read) && read.length <= 1) continue
              assert.deepStrictEqual(plain(read), plain(expected), `${name}.${member}`)
            }
          }
          errors++
        }
      })

      it(`becomes an exception named by its code if ${sdk.name} doesn't model it in ${protocol}`, async () => {
        const exchanger = new Exchanger(sdk, others)
        exchanger.faults(new Fault({ code: "Some.UnknownCode", message, statusCode: 418 }))
        const error = await failureOf(exchanger, sdk.name)
        assert.strictEqual(error.name, "Some.UnknownCode")
        assert.strictEqual(error.message, message)
        assert.strictEqual(error.$metadata.httpStatusCode, 418)
        assert.strictEqual(error.$metadata.requestId, ids.requestId)
      })
    }
  }

  it("is tested for every modeled error of eighteen services", () => {
    console.log(`errors: ${errors}`)
    assert.isAtLeast(errors, 600)
  })
})

describe("an error of Amazon S3", () => {
  const s3 = sdkOf("S3")

  it("has further elements, and both request ids", async () => {
    const exchanger = new Exchanger(s3)
    exchanger.faults(new Fault({ code: "NoSuchBucket", message: "no", members: { BucketName: "a&b" } }))
    const error = await failureOf(exchanger, "S3")
    assert.strictEqual((error as unknown as { BucketName: string }).BucketName, "a&b")
    assert.strictEqual((error as unknown as { HostId: string }).HostId, ids.extendedRequestId)
    assert.strictEqual(error.$metadata.extendedRequestId, ids.extendedRequestId)
  })

  it("has no body in the answer to a HEAD request", async () => {
    const exchanger = new Exchanger(s3)
    exchanger.faults(new Fault({ code: "NoSuchKey", message: "no" }))
    const Command = s3.module["HeadObjectCommand"] as new(input: object) => object
    const error = await exchanger.client.send(new Command({ Bucket: "bucket-1", Key: "k" })).catch((error) => error)
    assert.strictEqual(error.name, "NotFound")
    assert.strictEqual(error.$metadata.httpStatusCode, 404)
  })

  it("fails a copy even with the status 200", async () => {
    const exchanger = new Exchanger(s3)
    exchanger.faults(new Fault({ code: "SlowDown", message: "Reduce your request rate.", statusCode: 200 }))
    const Command = s3.module["CopyObjectCommand"] as new(input: object) => object
    const input = { Bucket: "bucket-1", Key: "k", CopySource: "bucket-1/other" }
    const error = await exchanger.client.send(new Command(input)).catch((error) => error)
    assert.strictEqual(error.name, "SlowDown")
  })
})
