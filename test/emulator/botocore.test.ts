// botocore, AWS's SDK for Python, as a second judge of the wire: what it sends is read, and it reads what is answered. Its
// models of all services tell which errors these have.
import { assert, describe, it } from "@effect/vitest"
import { isThrottlingError } from "@smithy/core/retry"
import { Effect, Result } from "effect"
import { execFile } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import type { Protocol } from "../../emulator/wire/protocol.ts"
import { makeService, type Service } from "../../emulator/wire/service.ts"
import { serverFault, throttled } from "../../emulator/wire/throttling.ts"
import { install } from "../../scripts/internal/python.ts"
import * as Botocore from "../support/botocore.ts"

// moto's environment has botocore, and requests.
const installed = await Effect.runPromise(Effect.result(install("moto")))
const python = Result.isSuccess(installed) ? installed.success : undefined
if (Result.isFailure(installed)) {
  const message = `Can't run botocore: ${installed.failure.message}.`
  if (process.env.CI) throw new Error(message)
  console.log(message)
}

const folder = path.join(import.meta.dirname, "botocore")

describe.skipIf(python === undefined)("botocore", () => {
  it("sends what the wire reads, and reads what the wire answers", { timeout: 120_000 }, async () => {
    const server = [process.execPath, "--conditions=@effect-aws-sdk/source", path.join(folder, "server.ts")]
    const { stdout } = await promisify(execFile)(python!, [path.join(folder, "judge.py"), ...server])
    assert.match(stdout, /^\d+ checks, boto3 /)
    assert.isAtLeast(Number.parseInt(stdout, 10), 160)
  })
})

const protocols: Readonly<Record<string, (jsonVersion: string | undefined) => Protocol>> = {
  "query": () => "awsQuery",
  "ec2": () => "ec2Query",
  "rest-xml": () => "restXml",
  "rest-json": () => "restJson1",
  "json": (version) => version === "1.0" ? "awsJson1_0" : "awsJson1_1",
  "smithy-rpc-v2-cbor": () => "rpcv2Cbor"
}

const described = (service: Botocore.Service): Service =>
  makeService({
    serviceId: service.id,
    namespace: service.name,
    signingName: service.name,
    protocols: ["restJson1"],
    version: service.version,
    operations: [],
    errors: service.errors.map(({ code, isServerFault, name, status = isServerFault ? 500 : 400 }) => [
      -3,
      service.name,
      name,
      { error: isServerFault ? "server" : "client", httpError: status, ...(code && { awsQueryError: [code, status] }) },
      [],
      []
    ])
  })

describe.skipIf(python === undefined)("every service of AWS", () => {
  it("throttles with an error that the SDK counts as throttling, and fails with a status of 500", async () => {
    let count = 0
    for (const model of await Effect.runPromise(Botocore.services)) {
      const service = described(model)
      for (const name of model.protocols) {
        const protocol = protocols[name]?.(model.jsonVersion) ?? assert.fail(`The protocol ${name} is unknown.`)
        const { code, statusCode } = throttled(service, protocol)
        const modeled = service.error(code)
        const httpStatusCode = statusCode ?? modeled?.status ?? 400
        for (const name of [code, modeled?.queryCode ?? code]) {
          const error = Object.assign(new Error(), { name, $metadata: { httpStatusCode } }) as Error & { cause?: Error }
          assert.isTrue(isThrottlingError(error), `${model.id} answers ${httpStatusCode} ${name}`)
        }
        const failed = serverFault(service, protocol)
        assert.strictEqual(failed.statusCode ?? service.error(failed.code)?.status, 500, `${model.id}: ${failed.code}`)
        count++
      }
    }
    assert.isAtLeast(count, 400)
  })
})
