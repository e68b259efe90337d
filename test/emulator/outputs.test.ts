// Every operation of eighteen services: what the wire writes is what an SDK client reads.
import { assert, describe, it } from "@effect/vitest"
import { bindingsOf, isEventStream } from "../../emulator/wire/bindings.ts"
import { membersOf, operationParts, type Shape } from "../../emulator/wire/sdk.ts"
import { sdks } from "./support/clients.ts"
import { Exchanger, ids, protocolsOf } from "./support/exchange.ts"
import { carried, type Format } from "./support/laws.ts"
import { plain } from "./support/plain.ts"
import { type Choice, Generator } from "./support/values.ts"

const formats: Readonly<Record<string, Format>> = {
  awsQuery: "xml",
  ec2Query: "xml",
  restXml: "xml",
  rpcv2Cbor: "cbor"
}

const leftOut = { value: undefined }

const choice = (output: Shape): Choice => ({
  of: (_, shape) => {
    const traits = shape.getMergedTraits()
    // The SDK compares it with the body.
    if (traits.httpHeader?.startsWith("x-amz-checksum-") && bindingsOf(output).isStreaming) return leftOut
    if (traits.httpResponseCode) return { value: 202 }
    // The SDK's own name for the text of `Expires`.
    if (traits.httpHeader === "ExpiresString") return leftOut
    if (isEventStream(shape)) return leftOut
    return undefined
  }
})

/** The least input with which a client sends a request for the operation, and for no other with the same path. */
const inputs: Choice = {
  of: (name, shape) => {
    if (name === "Bucket") return { value: "bucket-1" }
    if (name === "RequestRoute") return { value: "route-1" }
    if (name === "SourceRegion") return { value: "eu-central-1" }
    const traits = shape.getMergedTraits()
    return traits.httpLabel || traits.httpQuery !== undefined || name === "CopySource" || name === "ObjectAttributes"
      ? undefined
      : leftOut
  }
}

/** The SDK takes an empty answer to these operations for a failure of Amazon S3. */
const neverEmpty = new Set(["CopyObject", "UploadPartCopy", "CompleteMultipartUpload"])

/** What every answer has in these headers, whether or not the output says so. */
const isOfWire = /^(content-length|content-type|expiresstring)$/

const withoutAdded = (shape: Shape, read: Record<string, unknown>, written: Record<string, unknown>) => {
  const { $metadata: _, ...output } = read
  for (const [name, member] of membersOf(shape)) {
    const traits = member.getMergedTraits()
    if (name in written) continue
    if (isOfWire.test(traits.httpHeader?.toLowerCase() ?? "")) delete output[name]
    // A client of REST-JSON reads a missing body as null, and any client a streamed one as an empty stream.
    if (traits.httpPayload && (output[name] === null || isEmpty(output[name]))) delete output[name]
    if (traits.httpPrefixHeaders !== undefined && Object.keys(output[name] ?? {}).length === 0) delete output[name]
  }
  return output
}

const isEmpty = (value: unknown): boolean => value instanceof Uint8Array && value.byteLength === 0

let operations = 0
let calls = 0
let members = 0

describe("the output of an operation", () => {
  for (const sdk of sdks) {
    for (const [protocol, others] of protocolsOf(sdk)) {
      const format = formats[protocol] ?? "json"
      it(`is written as ${sdk.name} clients read it in ${protocol}`, async () => {
        const exchanger = new Exchanger(sdk, others)
        for (const command of sdk.commands) {
          const { input, output: shape } = operationParts(command.schema)
          const generator = new Generator(operations, choice(shape))
          for (let sample = 0; sample < 2 || (sample < 40 && generator.hasMore(shape)); sample++) {
            const value = shape.isUnitSchema() ? {} : generator.value(shape)
            const { payload } = bindingsOf(shape)
            if (neverEmpty.has(command.name) && payload !== undefined) value[payload[0]] ??= {}
            exchanger.outputs(value)
            const label = `${sdk.name}.${command.name}, sample ${sample}`
            const request = new Generator(0, inputs).value(input)
            const read = await exchanger.client.send(command.make(request)).catch((error: unknown) => {
              throw new Error(label, { cause: error })
            })
            if (payload !== undefined && payload[1].isStreaming() && !isEventStream(payload[1])) {
              const body = read[payload[0]] as { transformToByteArray(): Promise<Uint8Array> }
              read[payload[0]] = await body.transformToByteArray()
            }
            const isHead = exchanger.last!.request.method === "HEAD"
            const written = (carried(shape, value, { format, isReadBySdk: true }) ?? {}) as Record<string, unknown>
            if (isHead) { for (const [name] of bindingsOf(shape).body) delete written[name] }
            if (payload !== undefined && isEventStream(payload[1])) delete read[payload[0]]
            assert.deepStrictEqual(plain(withoutAdded(shape, read, written)), plain(written), label)
            const metadata = read["$metadata"] as { readonly requestId?: string; readonly extendedRequestId?: string }
            assert.strictEqual(metadata.requestId, ids.requestId, label)
            calls++
          }
          assert.isFalse(generator.hasMore(shape), `${command.name} has members that were in no value`)
          operations++
          members += generator.members
        }
      })
    }
  }

  it("is written for every operation of eighteen services", () => {
    console.log(`outputs: ${operations} operations, ${members} members, ${calls} calls`)
    assert.isAtLeast(operations, 2_000)
  })
})
