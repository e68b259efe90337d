// What an error says of itself is what happens to its call: a failure is retried exactly if it is retryable. Every code of
// the services below, of the SDK's own lists and of AWS's documents, and every status, over a real socket.
import * as cloudWatch from "@aws-sdk/client-cloudwatch"
import * as dynamoDb from "@aws-sdk/client-dynamodb"
import * as ec2 from "@aws-sdk/client-ec2"
import * as ecs from "@aws-sdk/client-ecs"
import * as eventBridge from "@aws-sdk/client-eventbridge"
import * as iam from "@aws-sdk/client-iam"
import * as lambda from "@aws-sdk/client-lambda"
import * as s3 from "@aws-sdk/client-s3"
import * as ssm from "@aws-sdk/client-ssm"
import * as sts from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { cbor, SmithyRpcV2CborProtocol } from "@smithy/core/cbor"
import { isThrottlingError, isTransientError } from "@smithy/core/retry"
import { Effect, Ref, Schedule } from "effect"
import type { AwsClients, AwsError } from "effect-aws-sdk"
import { AwsService, Retry } from "effect-aws-sdk"
import { Readable } from "node:stream"
import { clientsOf, serve } from "../support/Server.ts"

type Call = Effect.Effect<unknown, AwsError, AwsClients>
type Answer = readonly [status: number, headers: Record<string, string>, body: string | Buffer]

interface Protocol {
  readonly call: Call
  readonly answer: (status: number, code: string) => Answer
  readonly clientOptions?: Record<string, unknown>
  /** The client's package, which has a class for each code that the service's model has. */
  readonly modeled?: object | undefined
}

const json = (call: Call, modeled?: object): Protocol => ({
  call,
  modeled,
  answer: (status, code) => [status, {}, JSON.stringify({ __type: code, message: "no" })]
})
const restJson = (call: Call, modeled?: object): Protocol => ({
  call,
  modeled,
  answer: (status, code) => [status, { "x-amzn-errortype": code }, JSON.stringify({ message: "no" })]
})
const query = (call: Call, modeled?: object): Protocol => ({
  call,
  modeled,
  answer: (status, code) => [
    status,
    {},
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>`
  ]
})

const protocols: Readonly<Record<string, Protocol>> = {
  "SSM (JSON)": json(AwsService.make(ssm.SSMClient).send(new ssm.GetParameterCommand({ Name: "/p" })), ssm),
  "DynamoDB (JSON 1.0)": json(
    AwsService.make(dynamoDb.DynamoDBClient).send(new dynamoDb.ListTablesCommand({})),
    dynamoDb
  ),
  "EventBridge (JSON)": json(
    AwsService.make(eventBridge.EventBridgeClient).send(new eventBridge.ListRulesCommand({})),
    eventBridge
  ),
  "ECS (JSON)": json(AwsService.make(ecs.ECSClient).send(new ecs.ListClustersCommand({})), ecs),
  "Lambda (REST-JSON)": restJson(
    AwsService.make(lambda.LambdaClient).send(new lambda.GetFunctionCommand({ FunctionName: "f" })),
    lambda
  ),
  "IAM (query)": query(AwsService.make(iam.IAMClient).send(new iam.GetRoleCommand({ RoleName: "r" })), iam),
  "STS (query)": query(AwsService.make(sts.STSClient).send(new sts.GetCallerIdentityCommand({})), sts),
  "EC2 (EC2 query)": {
    call: AwsService.make(ec2.EC2Client).send(new ec2.DescribeVpcsCommand({})),
    answer: (status, code) => [
      status,
      {},
      `<Response><Errors><Error><Code>${code}</Code><Message>no</Message></Error></Errors><RequestID>r</RequestID></Response>`
    ]
  },
  "S3 (REST-XML)": {
    call: AwsService.make(s3.S3Client).send(new s3.GetBucketTaggingCommand({ Bucket: "bucket" })),
    modeled: s3,
    answer: (status, code) => [status, {}, `<Error><Code>${code}</Code><Message>no</Message></Error>`]
  },
  "CloudWatch (CBOR)": {
    call: AwsService.make(cloudWatch.CloudWatchClient).send(new cloudWatch.ListMetricsCommand({})),
    clientOptions: { protocol: SmithyRpcV2CborProtocol },
    answer: (status, code) => [
      status,
      { "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor" },
      Buffer.from(cbor.serialize({ __type: code, message: "no" }))
    ]
  },
  "S3 (HEAD, no body)": {
    call: AwsService.make(s3.S3Client).send(new s3.HeadObjectCommand({ Bucket: "bucket", Key: "key" })),
    answer: (status) => [status, {}, ""]
  },
  "SSM behind a proxy that answers in HTML": {
    call: AwsService.make(ssm.SSMClient).send(new ssm.GetParameterCommand({ Name: "/p" })),
    answer: (status) => [status, { "content-type": "text/html" }, "<html>no</html>"]
  }
}

/** The names of the exceptions that a client's package has classes for. */
const codesOf = (client: object): ReadonlyArray<string> =>
  Object.entries(client).flatMap(([name, value]) =>
    typeof value === "function" && Object.getPrototypeOf(value)?.name.endsWith("ServiceException") ? [name] : []
  )

interface Outcome {
  readonly attempts: number
  readonly error: AwsError
}

/** Sends the call to a server that always gives this answer. The schedule allows one retry. */
const outcomes = ({ call, clientOptions }: Protocol, rows: ReadonlyArray<Answer>) =>
  Effect.gen(function*() {
    const now = yield* Ref.make<Answer>([500, {}, ""])
    let attempts = 0
    const { url } = yield* serve((_, response) => {
      attempts++
      const [status, headers, body] = Ref.getUnsafe(now)
      response.writeHead(status, headers).end(body)
    })
    return yield* Effect.forEach(rows, (row) =>
      Effect.gen(function*() {
        yield* Ref.set(now, row)
        attempts = 0
        const error = yield* Effect.flip(call)
        return { attempts, error } satisfies Outcome
        // A new Layer for each: its clients share a quota of retries.
      }).pipe(
        Effect.provide(clientsOf(url, {
          retry: Schedule.recurs(1),
          clientOptions: { forcePathStyle: true, ...clientOptions }
        }))
      ))
  })

const expectConsistent = (what: string, { attempts, error }: Outcome) => {
  assert.strictEqual(attempts, error.isRetryable ? 2 : 1, `${what}: ${error.message}`)
  // The judge: the SDK's own classification. It takes every LimitExceededException for throttling; as a quota, it isn't.
  const thrown = error.cause as never
  if (error.code !== "LimitExceededException" && (isThrottlingError(thrown) || isTransientError(thrown))) {
    assert.isTrue(error.isRetryable, `${what}: ${error.message}`)
  }
}

// Codes that AWS documents with "try again" and that the SDK doesn't retry by itself, with the service that has them.
// dprint-ignore
const tryAgain: Readonly<Record<string, string>> = {
  OperationAborted: "S3", ConditionalRequestConflict: "S3", EntityTemporarilyUnmodifiable: "IAM",
  ConcurrentModification: "IAM, Route 53", ConcurrentModificationException: "EventBridge, Organizations", RoleModified: "IAM",
  IDPCommunicationError: "STS", TooManyUpdates: "SSM", OpsMetadataTooManyUpdatesException: "SSM",
  ResourceDataSyncConflictException: "SSM", TooManyRequests: "EFS", ConcurrentTagAccess: "EC2", ConcurrentAccess: "SNS",
  StaleTag: "SNS", KmsThrottled: "SQS", "KMS.ThrottlingException": "SQS", RetryableConflictException: "Cloud Directory",
  ConcurrentUpdateException: "Application Auto Scaling", ResourceContention: "Auto Scaling",
  OperationInProgressException: "CloudFormation, WorkSpaces", TransactionConflictException: "DynamoDB",
  CodeArtifactUserPendingException: "Lambda", SnapStartNotReadyException: "Lambda", DatabaseResumingException: "RDS Data",
  WAFUnavailableEntityException: "WAF", WAFServiceLinkedRoleErrorException: "WAF", FinalizingOrganizationException: "Organizations",
  PolicyChangesInProgressException: "Organizations", MaxConcurrentQueriesException: "CloudTrail",
  DependentServiceUnavailableFault: "Redshift", InvalidClusterParameterGroupState: "Redshift",
  InvalidEventSubscriptionState: "RDS", RateLimitExceededException: "License Manager", ClientLimitExceededException: "Kinesis Video",
  ModelNotReadyException: "Bedrock", ResourcePropagationDelayException: "EKS", EC2InstanceUnavailableException: "EC2 Instance Connect"
}
// What the same request doesn't mend, although the name or the document may sound like it.
const never = [
  "ConflictException",
  "ResourceInUseException",
  "ResourceConflictException",
  "OptimisticLockException",
  "WAFOptimisticLockException",
  "ConditionalCheckFailedException",
  "PreconditionFailed",
  "LimitExceededException",
  "ServiceQuotaExceededException",
  "ParameterNotFound",
  "ValidationException",
  "AccessDeniedException",
  "ExpiredToken",
  "InvalidClientTokenId"
]
const sdkLists = [
  "BandwidthLimitExceeded",
  "EC2ThrottledException",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "TransactionInProgressException",
  "RequestTimeout",
  "RequestTimeoutException"
]

describe("an answer is retried exactly if its error is retryable", () => {
  for (const [name, protocol] of Object.entries(protocols)) {
    const hasCodes = !name.includes("no body") && !name.includes("HTML")
    if (hasCodes) {
      it.live(`for every code: ${name}`, () =>
        Effect.gen(function*() {
          if (protocol.modeled !== undefined) assert.isAbove(codesOf(protocol.modeled).length, 5)
          const codes = [
            ...new Set([...codesOf(protocol.modeled ?? {}), ...Object.keys(tryAgain), ...sdkLists, ...never])
          ]
          const all = yield* outcomes(protocol, codes.map((code) => protocol.answer(400, code)))
          all.forEach((outcome, index) => expectConsistent(codes[index]!, outcome))
          const retried = new Set(codes.filter((_, index) => all[index]!.attempts === 2))
          for (const code of [...Object.keys(tryAgain), ...sdkLists]) assert.isTrue(retried.has(code), code)
          for (const code of never) assert.isFalse(retried.has(code), code)
        }), 60_000)
    }

    it.live(`for every status: ${name}`, () =>
      Effect.gen(function*() {
        const statuses = Array.from({ length: 200 }, (_, index) => 400 + index)
        const all = yield* outcomes(protocol, statuses.map((status) => protocol.answer(status, "SomethingNew")))
        all.forEach((outcome, index) => expectConsistent(String(statuses[index]), outcome))
        const once = statuses.filter((status, index) => status >= 500 && all[index]!.attempts === 1)
        assert.deepEqual(once, [501, 505, 511])
        const twice = statuses.filter((status, index) => status < 500 && all[index]!.attempts === 2)
        assert.deepEqual(twice, hasCodes ? [429] : [408, 429])
      }), 60_000)
  }

  it.live("for every code that a model marks as retryable", () =>
    Effect.gen(function*() {
      for (const [name, protocol] of Object.entries(protocols)) {
        const { modeled } = protocol
        if (modeled === undefined) continue
        const marked = codesOf(modeled).filter((code) => {
          const Exception = (modeled as Record<string, new(options: object) => { readonly $retryable?: object }>)[code]!
          return new Exception({ message: "", $metadata: {} }).$retryable !== undefined
        })
        const all = yield* outcomes(protocol, marked.map((code) => protocol.answer(400, code)))
        for (const { attempts, error } of all) assert.deepEqual([attempts, error.isRetryable], [2, true], name)
      }
    }), 60_000)
})

describe("a failure without an answer is retried exactly if its error is retryable", () => {
  const thrown: ReadonlyArray<readonly [name: string, error: object]> = [
    ...[
      "ECONNABORTED",
      "ECONNREFUSED",
      "ECONNRESET",
      "EADDRNOTAVAIL",
      "EAI_AGAIN",
      "EHOSTDOWN",
      "EHOSTUNREACH",
      "ENETDOWN",
      "ENETRESET",
      "ENETUNREACH",
      "ENOTFOUND",
      "EPIPE",
      "ETIMEDOUT",
      "ESOCKETTIMEDOUT",
      "ERR_STREAM_PREMATURE_CLOSE",
      "UND_ERR_SOCKET",
      "UND_ERR_CONNECT_TIMEOUT",
      "UND_ERR_HEADERS_TIMEOUT",
      "CERT_HAS_EXPIRED",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "EPROTO",
      "HPE_INVALID_CONSTANT",
      "ERR_INVALID_URL",
      "ERR_INVALID_CHAR"
    ].map((code) => [code, Object.assign(new Error(`failed: ${code}`), { code })] as const),
    ["a timeout", Object.assign(new Error("no answer"), { name: "TimeoutError" })],
    [
      "a refused HTTP/2 stream",
      Object.assign(new Error("Stream closed: NGHTTP2_REFUSED_STREAM"), {
        code: "ERR_HTTP2_STREAM_ERROR"
      })
    ],
    ["another HTTP/2 error", Object.assign(new Error("NGHTTP2_INTERNAL_ERROR"), { code: "ERR_HTTP2_STREAM_ERROR" })],
    ["fetch in Chrome", new TypeError("Failed to fetch")],
    ["fetch in Safari", new TypeError("Load failed")],
    ["fetch in Firefox", new TypeError("NetworkError when attempting to fetch resource")],
    [
      "fetch in Node",
      new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }) })
    ],
    [
      "a cause of a cause",
      new Error("outer", {
        cause: new Error("inner", { cause: Object.assign(new Error("x"), { code: "ECONNRESET" }) })
      })
    ],
    ["an error that nobody knows", new Error("what?")]
  ]
  const get = AwsService.make(ssm.SSMClient).send(new ssm.GetParameterCommand({ Name: "/p" }))

  for (const [name, failure] of thrown) {
    it.live(name, () =>
      Effect.gen(function*() {
        let attempts = 0
        const requestHandler = {
          metadata: { handlerProtocol: "http/1.1" },
          destroy: () => {},
          handle: async () => {
            attempts++
            throw failure
          }
        }
        const error = yield* Effect.flip(get).pipe(
          Effect.provide(clientsOf("http://127.0.0.1:9", { requestHandler, retry: Schedule.recurs(1) }))
        )
        expectConsistent(name, { attempts, error })
      }))
  }
})

describe("what is retryable and not sent again", () => {
  it.live("a body that can be read only once", () =>
    Effect.gen(function*() {
      let attempts = 0
      const { url } = yield* serve((request, response) => {
        attempts++
        request.resume().on("end", () => response.writeHead(503).end())
      })
      const put = AwsService.make(s3.S3Client).send(
        new s3.PutObjectCommand({ Bucket: "b", Key: "k", Body: Readable.from([Buffer.from("abc")]), ContentLength: 3 })
      )
      const error = yield* Effect.flip(put).pipe(Effect.provide(clientsOf(url, { retry: Retry.standard() })))
      assert.deepEqual([attempts, error.isRetryable, error.statusCode], [1, true, 503])
    }))
})

describe("a signature that is too old or too new", () => {
  const get = AwsService.make(ssm.SSMClient).send(new ssm.GetParameterCommand({ Name: "/p" }))

  it.live("is made anew when the answer tells that the clock is wrong", () =>
    Effect.gen(function*() {
      const dates: Array<string> = []
      const { url } = yield* serve((request, response) => {
        dates.push(String(request.headers["x-amz-date"]).slice(0, 11))
        const inAnHour = new Date(Date.now() + 3_600_000).toUTCString()
        if (dates.length === 1) {
          response.writeHead(400, { date: inAnHour }).end(
            JSON.stringify({ __type: "InvalidSignatureException", message: "Signature not yet current" })
          )
        } else response.writeHead(200, { date: inAnHour }).end(`{"Parameter":{"Name":"/p"}}`)
      })
      yield* get.pipe(Effect.provide(clientsOf(url, { retry: Schedule.recurs(1) })))
      assert.lengthOf(dates, 2)
      assert.notStrictEqual(dates[0], dates[1])
    }))

  it.live("is made anew when AWS says that it has expired", () =>
    Effect.gen(function*() {
      const answer: Answer = [
        400,
        {},
        JSON.stringify({ __type: "InvalidSignatureException", message: "Signature expired: 20260101T000000Z" })
      ]
      const [outcome] = yield* outcomes({ call: get, answer: () => answer }, [answer])
      assert.deepEqual([outcome?.attempts, outcome?.error.isRetryable], [2, true])
    }))
})
