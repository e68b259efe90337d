// Every operation of eighteen services: what an SDK client sends is what the wire reads.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { bindingsOf } from "../../emulator/wire/bindings.ts"
import { type Body, collect } from "../../emulator/wire/http.ts"
import { membersOf, operationParts, type Shape } from "../../emulator/wire/sdk.ts"
import { verify } from "../../emulator/wire/sigv4/verify.ts"
import { sdks, secret } from "./support/clients.ts"
import { Exchanger, protocolsOf } from "./support/exchange.ts"
import { carried, type Format } from "./support/laws.ts"
import { plain } from "./support/plain.ts"
import { type Choice, Generator } from "./support/values.ts"

const formats: Readonly<Record<string, Format>> = {
  awsQuery: "form",
  ec2Query: "ec2Form",
  restXml: "xml",
  rpcv2Cbor: "cbor"
}

const leftOut = { value: undefined }

/** Members that the SDK checks or computes, so that not every value of their type is allowed. */
const chosen: Readonly<Record<string, unknown>> = {
  Bucket: "bucket-1",
  QueueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/q",
  RequestRoute: "route-1",
  SourceRegion: "eu-central-1",
  PresignedUrl: "https://ec2.eu-central-1.amazonaws.com/",
  ChecksumAlgorithm: "SHA256",
  ChecksumMode: "ENABLED",
  SSECustomerKey: "01234567890123456789012345678901",
  CopySourceSSECustomerKey: "01234567890123456789012345678901"
}

/** The SDK writes these headers itself: by the body, or because the service requires them. */
const isOfSdk =
  /^(content-length|content-type|content-md5|content-encoding|x-amz-checksum-.*|x-amz-sdk-checksum-algorithm)$/

const choice = (service: string, operation: string): Choice => ({
  of: (name, shape) => {
    const header = shape.getMergedTraits().httpHeader?.toLowerCase()
    if (header === "content-length" || header === "content-md5") return leftOut
    // A checksum has to be that of the body, except that of an upload's whole object.
    if (header?.startsWith("x-amz-checksum-") && operation !== "CompleteMultipartUpload") return leftOut
    // S3 refuses what can't be a header of its answer.
    if (shape.isStringSchema() && shape.getMergedTraits().httpQuery?.startsWith("response-")) return { value: "a b=c" }
    // Signed by a signer that isn't part of the SDK's clients.
    if (service === "EventBridge" && name === "EndpointId" && operation === "PutEvents") return leftOut
    if (name === "SourceRegion" && operation !== "CopySnapshot") return undefined
    if (name === "Bucket" && service !== "S3") return undefined
    return name in chosen && shape.isStringSchema() ? { value: chosen[name] } : undefined
  }
})

const isToken = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The input without what only the SDK has put there. */
const withoutAdded = (shape: Shape, read: unknown, sent: unknown): unknown => {
  if (!shape.isStructSchema() || typeof read !== "object" || read === null) return read
  return Object.fromEntries(
    membersOf(shape).flatMap(([name, member]) => {
      const value = (read as Record<string, unknown>)[name]
      const other = (sent as Record<string, unknown> | undefined)?.[name]
      if (value === undefined) return []
      if (other === undefined) {
        if (isOfSdk.test(member.getMergedTraits().httpHeader?.toLowerCase() ?? "")) return []
        // A structure that is the body is sent as an empty one where the input doesn't have it.
        if (member.getMergedTraits().httpPayload && Object.keys(value as object).length === 0) return []
        if (member.isIdempotencyToken() && typeof value === "string" && isToken.test(value)) return []
      }
      return [[name, withoutAdded(member, value, other)]]
    })
  )
}

const unsigned = new Set<string>()
let operations = 0
let calls = 0
let members = 0

describe("the input of an operation", () => {
  for (const sdk of sdks) {
    for (const [protocol, others] of protocolsOf(sdk)) {
      const format = formats[protocol] ?? "json"
      it(`is read as ${sdk.name} clients send it in ${protocol}`, async () => {
        const exchanger = new Exchanger(sdk, others)
        exchanger.inspect = (_, located) =>
          verify(located, () => secret, new Date()).pipe(
            Effect.map((verified) => {
              if (verified === undefined) unsigned.add(located.service.serviceId)
            })
          )
        for (const command of sdk.commands) {
          const { input: shape } = operationParts(command.schema)
          const generator = new Generator(operations, choice(sdk.name, command.name))
          for (let sample = 0; sample < 2 || (sample < 40 && generator.hasMore(shape)); sample++) {
            const value = generator.value(shape)
            const label = `${sdk.name}.${command.name}, sample ${sample}`
            try {
              await exchanger.client.send(command.make(value))
            } catch (error) {
              // Only some answers are empty; this test is about the requests.
              if (exchanger.last === undefined) throw new Error(label, { cause: error })
            }
            const { input: { input, operation, unknown } } = exchanger.last!
            exchanger.last = undefined
            assert.strictEqual(operation.name, command.name, label)
            const streamed = bindingsOf(shape).isStreaming ? bindingsOf(shape).payload![0] : undefined
            const sent = carried(shape, exchanger.completed, { format, isReadBySdk: false }) ?? {}
            const read = { ...input }
            if (streamed !== undefined) {
              // The wire always hands over a stream, and it is empty if nothing was sent.
              const bytes = await collect(input[streamed] as Body)
              if (bytes.byteLength > 0 || streamed in (sent as object)) read[streamed] = bytes
              else delete read[streamed]
            }
            assert.deepStrictEqual(plain(withoutAdded(shape, read, sent)), plain(sent), label)
            assert.deepStrictEqual(unknown, [], label)
            calls++
          }
          assert.isFalse(generator.hasMore(shape), `${command.name} has members that were in no value`)
          operations++
          members += generator.members
        }
      })
    }
  }

  it("has a signature that verifies, unless the client doesn't sign", () => {
    assert.deepStrictEqual([...unsigned], ["STS"])
  })

  it("is read for every operation of eighteen services", () => {
    console.log(`inputs: ${operations} operations, ${members} members, ${calls} calls`)
    assert.isAtLeast(operations, 2_000)
  })
})
