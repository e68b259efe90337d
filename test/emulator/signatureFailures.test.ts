// Errors for signatures that aren't accepted, as AWS documents them for each protocol.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeOutput } from "../../emulator/wire/answers.ts"
import { writeFault } from "../../emulator/wire/faultAnswers.ts"
import { bytesOf, type Request } from "../../emulator/wire/http.ts"
import { fromSdkRequest, toSdkResponse } from "../../emulator/wire/sdkMessages.ts"
import { type Secret, verify } from "../../emulator/wire/sigv4/verify.ts"
import { identify, readInput } from "../../emulator/wire/wire.ts"
import { sdkOf, secret, services } from "./support/clients.ts"
import { ids } from "./support/exchange.ts"

const calls = {
  S3: ["ListObjectsV2Command", { Bucket: "bucket-1", Prefix: "a/b c" }],
  EC2: ["DescribeVpcsCommand", { VpcIds: ["vpc-1"] }],
  CloudFront: ["GetDistributionCommand", { Id: "d" }],
  IAM: ["GetRoleCommand", { RoleName: "r" }],
  SSM: ["GetParameterCommand", { Name: "/p" }],
  Lambda: ["UpdateFunctionCodeCommand", { FunctionName: "f", S3Key: "k" }]
} as const

type Name = keyof typeof calls

interface Failure {
  readonly name: string
  readonly message: string
  readonly $metadata: { readonly httpStatusCode: number }
}

/** The failure of a call to an emulator that verifies, by a client that may have another secret and another clock. */
const failureOf = async (
  name: Name,
  { alter = (request) => request, credentials = secret, now = new Date(), secretOf = () => secret }: {
    readonly credentials?: typeof secret & { readonly sessionToken?: string }
    readonly alter?: (request: Request) => Request
    readonly secretOf?: (keyId: string) => Secret | undefined
    readonly now?: Date
  }
): Promise<Failure> => {
  const sdk = sdkOf(name)
  const client = sdk.client({
    credentials,
    others: { disableClockSkewCorrection: true },
    handle: (sdkRequest) => {
      const request = alter(fromSdkRequest(sdkRequest))
      return Effect.gen(function*() {
        const located = yield* identify(services, request)
        return yield* Effect.gen(function*() {
          const result = (yield* verify(located, secretOf, now))!
          const { operation } = yield* readInput(result.located, result.signatures)
          return writeOutput(located, operation, {}, ids)
        }).pipe(Effect.catch((fault) => Effect.succeed(writeFault(located, fault, ids))))
      }).pipe(Effect.map(toSdkResponse), Effect.runPromise)
    }
  })
  const [command, input] = calls[name]
  const Command = sdk.module[command] as new(input: object) => object
  return client.send(new Command(input)).then(
    () => assert.fail("The call has succeeded."),
    (error: Failure) => error
  )
}

const mismatch = "The request signature we calculated does not match the signature you provided. "
const s3Mismatch = `${mismatch}Check your key and signing method.`
const ec2Failure = [401, "AuthFailure", "AWS was not able to validate the provided access credentials"] as const
const otherMismatch =
  `${mismatch}Check your AWS Secret Access Key and signing method. Consult the service documentation for details.`
const invalidToken = "The security token included in the request is invalid."
const later = new Date(Date.now() + 3_600_000)

type Expected = Readonly<Record<Name, readonly [status: number, code: string, message: string | RegExp]>>

const wrongSignature: Expected = {
  S3: [403, "SignatureDoesNotMatch", s3Mismatch],
  EC2: ec2Failure,
  CloudFront: [403, "SignatureDoesNotMatch", otherMismatch],
  IAM: [403, "SignatureDoesNotMatch", otherMismatch],
  SSM: [400, "InvalidSignatureException", otherMismatch],
  Lambda: [403, "InvalidSignatureException", otherMismatch]
}

const cases: ReadonlyArray<readonly [title: string, options: Parameters<typeof failureOf>[1], expected: Expected]> = [
  ["a wrong secret", { secretOf: () => ({ secretAccessKey: "other" }) }, wrongSignature],
  ["a header that was altered", {
    alter: (request) => ({ ...request, headers: { ...request.headers, host: "example.com" } })
  }, wrongSignature],
  ["an unknown key", { secretOf: () => undefined }, {
    S3: [403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."],
    EC2: ec2Failure,
    CloudFront: [403, "InvalidClientTokenId", invalidToken],
    IAM: [403, "InvalidClientTokenId", invalidToken],
    SSM: [400, "UnrecognizedClientException", invalidToken],
    Lambda: [403, "UnrecognizedClientException", invalidToken]
  }],
  ["a wrong session token", {
    credentials: { ...secret, sessionToken: "wrong" },
    secretOf: () => ({ ...secret, sessionToken: "right" })
  }, {
    S3: [400, "InvalidToken", "The provided token is malformed or otherwise invalid."],
    EC2: ec2Failure,
    CloudFront: [403, "InvalidClientTokenId", invalidToken],
    IAM: [403, "InvalidClientTokenId", invalidToken],
    SSM: [400, "UnrecognizedClientException", invalidToken],
    Lambda: [403, "UnrecognizedClientException", invalidToken]
  }],
  ["a session that is over", {
    credentials: { ...secret, sessionToken: "token" },
    secretOf: () => ({ ...secret, sessionToken: "token", expires: new Date(0) })
  }, {
    S3: [400, "ExpiredToken", "The provided token has expired."],
    EC2: [400, "RequestExpired", "Request has expired."],
    CloudFront: [403, "ExpiredToken", "The security token included in the request is expired"],
    IAM: [403, "ExpiredToken", "The security token included in the request is expired"],
    SSM: [400, "ExpiredTokenException", "The security token included in the request is expired"],
    Lambda: [403, "ExpiredTokenException", "The security token included in the request is expired"]
  }],
  ["a clock that is an hour slow", { now: later }, {
    S3: [403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."],
    EC2: [400, "RequestExpired", "Request has expired."],
    CloudFront: [403, "SignatureDoesNotMatch", /^Signature expired: \d{8}T\d{6}Z is now earlier than .* - 15 min\.\)$/],
    IAM: [403, "SignatureDoesNotMatch", /^Signature expired: \d{8}T\d{6}Z is now earlier than .* - 15 min\.\)$/],
    SSM: [400, "InvalidSignatureException", /^Signature expired: \d{8}T\d{6}Z is now earlier than .* - 5 min\.\)$/],
    Lambda: [403, "InvalidSignatureException", /^Signature expired: \d{8}T\d{6}Z is now earlier than .* - 5 min\.\)$/]
  }]
]

describe("a request that isn't accepted", () => {
  for (const [title, options, expected] of cases) {
    for (const name of Object.keys(calls) as Array<Name>) {
      it(`is answered by ${name} as AWS answers ${title}`, async () => {
        const [status, code, message] = expected[name]
        const failure = await failureOf(name, options)
        assert.strictEqual(failure.name, code)
        assert.strictEqual(failure.$metadata.httpStatusCode, status)
        if (typeof message === "string") assert.strictEqual(failure.message, message)
        else assert.match(failure.message, message)
      })
    }
  }

  for (const name of ["EC2", "IAM", "SSM", "Lambda"] as const) {
    it(`is answered by ${name} as AWS answers a body that was altered`, async () => {
      const failure = await failureOf(name, {
        alter: (request) => ({ ...request, body: Buffer.concat([request.body as Uint8Array, bytesOf(" ")]) })
      })
      assert.strictEqual(failure.name, wrongSignature[name][1])
    })
  }
})
