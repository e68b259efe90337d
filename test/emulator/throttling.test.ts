// The errors of a service that throttles or fails. The SDK judges whether an error means throttling, and whether a retry may help.
import { assert, describe, it } from "@effect/vitest"
import { isThrottlingError, isTransientError } from "@smithy/core/retry"
import type { Fault } from "../../emulator/wire/fault.ts"
import type { Protocol } from "../../emulator/wire/protocol.ts"
import type { Service } from "../../emulator/wire/service.ts"
import { serverFault, throttled } from "../../emulator/wire/throttling.ts"
import { sdkOf, sdks, services } from "./support/clients.ts"
import { Exchanger, protocolsOf } from "./support/exchange.ts"
import { failureOf } from "./support/failures.ts"

const serviceOf = (name: string): Service =>
  services.all.find(({ namespace }) => namespace === sdkOf(name).description.namespace)!

/** What a client of the SDK throws when the wire answers this fault. */
const exceptionOf = (name: string, fault: Fault, others: object = {}) => {
  const exchanger = new Exchanger(sdkOf(name), others)
  exchanger.faults(fault)
  return failureOf(exchanger, name)
}

const words: Readonly<Record<string, readonly [name: string, status: number, message: string]>> = {
  ACM: ["ThrottlingException", 400, "Rate exceeded"],
  AppConfig: ["ThrottlingException", 400, "Rate exceeded"],
  // AWS models the error, and its status.
  AppConfigData: ["ThrottlingException", 429, "Rate exceeded"],
  CloudFront: ["Throttling", 400, "Rate exceeded"],
  CloudWatch: ["Throttling", 400, "Rate exceeded"],
  DynamoDB: [
    "ProvisionedThroughputExceededException",
    400,
    "The level of configured provisioned throughput for the table was exceeded. " +
    "Consider increasing your provisioning level with the UpdateTable API."
  ],
  EC2: ["RequestLimitExceeded", 503, "Request limit exceeded."],
  ECS: ["ThrottlingException", 400, "Rate exceeded"],
  EventBridge: ["ThrottlingException", 400, "Rate exceeded"],
  IAM: ["Throttling", 400, "Rate exceeded"],
  Lambda: ["TooManyRequestsException", 429, "Rate exceeded"],
  OpenSearch: ["ThrottlingException", 400, "Rate exceeded"],
  S3: ["SlowDown", 503, "Please reduce your request rate."],
  SecretsManager: ["ThrottlingException", 400, "Rate exceeded"],
  SNS: ["Throttling", 400, "Rate exceeded"],
  SQS: ["RequestThrottled", 403, "Request is throttled."],
  SSM: ["ThrottlingException", 400, "Rate exceeded"],
  STS: ["Throttling", 400, "Rate exceeded"]
}

describe("a call that a service throttles", () => {
  for (const sdk of sdks) {
    for (const [protocol, others] of protocolsOf(sdk)) {
      it(`fails in the words of ${sdk.name}, and its SDK client sees throttling in ${protocol}`, async () => {
        const error = await exceptionOf(sdk.name, throttled(serviceOf(sdk.name), protocol as Protocol), others)
        assert.isTrue(isThrottlingError(error))
        assert.deepStrictEqual([error.name, error.$metadata.httpStatusCode, error.message], words[sdk.name])
      })
    }
  }

  it("says which limit of AWS Lambda it exceeds", async () => {
    const error = await exceptionOf("Lambda", throttled(serviceOf("Lambda"), "restJson1"))
    assert.strictEqual((error as { Reason?: string }).Reason, "CallerRateLimitExceeded")
  })
})

describe("a call that fails inside of a service", () => {
  for (const sdk of sdks) {
    for (const [protocol, others] of protocolsOf(sdk)) {
      it(`is a server fault that a client retries, from ${sdk.name} in ${protocol}`, async () => {
        const fault = serverFault(serviceOf(sdk.name), protocol as Protocol)
        const error = await exceptionOf(sdk.name, fault, others)
        assert.isTrue(isTransientError(error))
        assert.strictEqual(error.$fault, "server")
        assert.strictEqual(error.name, fault.code)
        assert.strictEqual(error.message, fault.message)
      })
    }
  }
})
