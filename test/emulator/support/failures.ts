// What a client of the SDK throws for a fault of the wire.
import { assert } from "@effect/vitest"
import { sdkOf } from "./clients.ts"
import type { Exchanger } from "./exchange.ts"

export interface Exception extends Error {
  readonly $fault?: "client" | "server"
  readonly $metadata: {
    readonly httpStatusCode: number
    readonly requestId?: string
    readonly extendedRequestId?: string
  }
  readonly Code?: string
  readonly Type?: string
  readonly cause?: Error
}

/** A call of each service. The first command of the others takes an empty input. */
const calls: Readonly<Record<string, readonly [command: string, input: object]>> = {
  CloudFront: ["ListDistributionsCommand", {}],
  Lambda: ["GetFunctionCommand", { FunctionName: "f" }],
  OpenSearch: ["DescribeDomainCommand", { DomainName: "d" }],
  S3: ["GetObjectCommand", { Bucket: "bucket-1", Key: "k" }]
}

/** Calls the service, and gives the exception that the call fails with. */
export const failureOf = (exchanger: Exchanger, name: string): Promise<Exception> => {
  const sdk = sdkOf(name)
  const [command, input] = calls[name] ?? [`${sdk.commands[0]!.name}Command`, {}]
  const Command = sdk.module[command] as new(input: object) => object
  return exchanger.client.send(new Command(input)).then(
    () => assert.fail("The call succeeded."),
    (error: Exception) => error
  )
}
