// The service, operation and bucket of a request, even if no SDK sent it.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { form, json, read, rejected, request } from "./support/requests.ts"

describe("the service of a request", () => {
  it.effect("comes from the scope of its signature", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* read(form("iam", "Action=ListUsers&Version=2010-05-08")), {
        service: "IAM",
        operation: "ListUsers"
      })
      assert.deepInclude(yield* read(form("ec2", "Action=DescribeVpcs&Version=2016-11-15")), {
        service: "EC2",
        operation: "DescribeVpcs",
        protocol: "ec2Query"
      })
      assert.deepInclude(yield* read(json("ssm", "AmazonSSM.GetParameter", "{}")), {
        service: "SSM",
        operation: "GetParameter"
      })
      assert.deepInclude(yield* read(request("GET", "/2015-03-31/functions/", { service: "lambda" })), {
        service: "Lambda",
        operation: "ListFunctions"
      })
      assert.deepInclude(yield* read(request("GET", "/", { service: "s3" })), {
        service: "S3",
        operation: "ListBuckets"
      })
    }))

  it.effect("comes from the path where two services sign with one name", () =>
    Effect.gen(function*() {
      for (
        const [method, path, service, operation] of [
          ["GET", "/applications", "AppConfig", "ListApplications"],
          ["GET", "/applications/a/environments/b/configurations/c?client_id=d", "AppConfig", "GetConfiguration"],
          ["POST", "/configurationsessions", "AppConfigData", "StartConfigurationSession"],
          ["GET", "/configuration?configuration_token=t", "AppConfigData", "GetLatestConfiguration"]
        ] as const
      ) {
        assert.deepInclude(yield* read(request(method, path, { service: "appconfig" })), { service, operation })
      }
    }))

  it.effect("comes from the credential of a presigned URL", () =>
    read(request(
      "GET",
      "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" +
        "AKID%2F20250101%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Signature=0"
    )).pipe(Effect.map((result) => {
      assert.deepInclude(result, { service: "STS", operation: "GetCallerIdentity" })
      assert.deepStrictEqual(result.unknown, [])
    })))

  it.effect("comes from the action of an unsigned form or query", () =>
    Effect.gen(function*() {
      const call =
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn&RoleSessionName=s&WebIdentityToken=t"
      for (const unsigned of [form(undefined, call), request("GET", `/?${call}`), request("POST", `/?${call}`)]) {
        const result = yield* read(unsigned)
        assert.deepInclude(result, { service: "STS", operation: "AssumeRoleWithWebIdentity", unknown: [] })
        assert.deepStrictEqual(result.input, { RoleArn: "arn", RoleSessionName: "s", WebIdentityToken: "t" })
      }
    }))

  it.effect("comes from the target or path of an unsigned call", () =>
    Effect.gen(function*() {
      const target = { "x-amz-target": "AWSEvents.ListEventBuses", "content-type": "application/x-amz-json-1.1" }
      assert.deepInclude(yield* read(request("POST", "/", { headers: target, body: "{}" })), {
        service: "EventBridge",
        operation: "ListEventBuses"
      })
      const path = "/service/GraniteServiceVersion20100801/operation/ListMetrics"
      assert.deepInclude(yield* read(request("POST", path, { headers: { "smithy-protocol": "rpc-v2-cbor" } })), {
        service: "CloudWatch",
        operation: "ListMetrics",
        protocol: "rpcv2Cbor"
      })
    }))

  it.effect("is Amazon S3 by default", () =>
    read(request("GET", "/bucket-1/key")).pipe(
      Effect.map((result) => assert.deepInclude(result, { service: "S3", operation: "GetObject" }))
    ))

  it.effect("is answered with 501 if the emulator doesn't have it", () =>
    Effect.gen(function*() {
      const message = `The emulator has no service with the name "kinesis".`
      assert.deepStrictEqual(yield* rejected(json("kinesis", "Kinesis_20131202.ListStreams", "{}")), [
        "NotImplemented",
        501,
        message
      ])
    }))
})

describe("the operation of a request", () => {
  // Few clients name the operation in the query, as the SDK does.
  const operations: ReadonlyArray<
    readonly [method: string, target: string, operation: string, headers?: Record<string, string>]
  > = [
    ["GET", "/", "ListBuckets"],
    ["GET", "/?x-id=ListBuckets", "ListBuckets"],
    ["GET", "/?x-id=ListDirectoryBuckets", "ListDirectoryBuckets"],
    ["PUT", "/b", "CreateBucket"],
    ["HEAD", "/b", "HeadBucket"],
    ["GET", "/b", "ListObjects"],
    ["GET", "/b/", "ListObjects"],
    ["GET", "/b?list-type=2&prefix=a", "ListObjectsV2"],
    ["GET", "/b?versions", "ListObjectVersions"],
    ["GET", "/b?uploads", "ListMultipartUploads"],
    ["GET", "/b?uploads=", "ListMultipartUploads"],
    ["GET", "/b?location", "GetBucketLocation"],
    ["GET", "/b?analytics", "ListBucketAnalyticsConfigurations"],
    ["GET", "/b?analytics&id=1", "GetBucketAnalyticsConfiguration"],
    ["POST", "/b?delete", "DeleteObjects"],
    ["GET", "/b/k", "GetObject"],
    ["GET", "/b/k?acl", "GetObjectAcl"],
    ["GET", "/b/k?attributes", "GetObjectAttributes"],
    ["GET", "/b/k?uploadId=1", "ListParts"],
    ["GET", "/b/k?partNumber=1", "GetObject"],
    ["PUT", "/b/k", "PutObject"],
    ["PUT", "/b/k", "CopyObject", { "x-amz-copy-source": "b/other" }],
    ["PUT", "/b/k?partNumber=1&uploadId=1", "UploadPart"],
    ["PUT", "/b/k?partNumber=1&uploadId=1", "UploadPartCopy", { "x-amz-copy-source": "b/other" }],
    ["POST", "/b/k?uploads", "CreateMultipartUpload"],
    ["POST", "/b/k?uploadId=1", "CompleteMultipartUpload"],
    ["DELETE", "/b/k?uploadId=1", "AbortMultipartUpload"],
    ["DELETE", "/b/k", "DeleteObject"],
    ["DELETE", "/b/k?tagging", "DeleteObjectTagging"]
  ]
  for (const [method, target, operation, headers = {}] of operations) {
    it.effect(`is ${operation} for ${method} ${target}${headers["x-amz-copy-source"] ? " with a source" : ""}`, () =>
      read(request(method, target, { headers })).pipe(Effect.map((result) => {
        assert.strictEqual(result.operation, operation)
        assert.deepStrictEqual(result.unknown, [])
      })))
  }

  it.effect("is found whether or not the path ends with a slash", () =>
    Effect.gen(function*() {
      for (const path of ["/2015-03-31/functions", "/2015-03-31/functions/"]) {
        assert.strictEqual((yield* read(request("GET", path, { service: "lambda" }))).operation, "ListFunctions")
      }
    }))

  it.effect("is rejected in the words of the protocol if it doesn't exist", () =>
    Effect.gen(function*() {
      const target = "GraniteServiceVersion20100801"
      assert.deepStrictEqual(yield* rejected(request("PATCH", "/b")), [
        "MethodNotAllowed",
        405,
        "The specified method is not allowed against this resource."
      ])
      assert.deepStrictEqual(yield* rejected(form("iam", "Action=Nope&Version=2010-05-08")), [
        "InvalidAction",
        400,
        "Could not find operation Nope for version 2010-05-08"
      ])
      assert.deepStrictEqual(yield* rejected(form("ec2", "Action=Nope")), [
        "InvalidAction",
        400,
        "The action Nope is not valid for this web service."
      ])
      assert.deepStrictEqual(yield* rejected(json("ssm", "AmazonSSM.Nope", "{}")), [
        "UnknownOperationException",
        400,
        ""
      ])
      assert.deepStrictEqual(yield* rejected(request("GET", "/nope", { service: "lambda" })), [
        "UnknownOperationException",
        404,
        ""
      ])
      assert.strictEqual((yield* rejected(form("iam", "Version=2010-05-08")))[0], "MissingAction")
      const path = `/service/${target}/operation/Nope`
      const headers = { "smithy-protocol": "rpc-v2-cbor" }
      assert.strictEqual((yield* rejected(request("POST", path, { headers })))[0], "UnknownOperationException")
    }))
})

describe("the bucket of a request", () => {
  const hosts: ReadonlyArray<readonly [host: string, path: string]> = [
    ["127.0.0.1:4566", "/bucket-1/dir/key"],
    ["localhost:4566", "/bucket-1/dir/key"],
    ["s3.localhost", "/bucket-1/dir/key"],
    ["bucket-1.localhost:4566", "/dir/key"],
    ["bucket-1.s3.localhost:4566", "/dir/key"],
    ["s3.eu-west-1.amazonaws.com", "/bucket-1/dir/key"],
    ["s3.amazonaws.com", "/bucket-1/dir/key"],
    ["s3.dualstack.eu-west-1.amazonaws.com", "/bucket-1/dir/key"],
    ["bucket-1.s3.amazonaws.com", "/dir/key"],
    ["bucket-1.s3.eu-west-1.amazonaws.com", "/dir/key"],
    ["bucket-1.s3-eu-west-1.amazonaws.com", "/dir/key"],
    ["bucket-1.s3.dualstack.eu-west-1.amazonaws.com", "/dir/key"],
    ["bucket-1.s3-accelerate.amazonaws.com", "/dir/key"],
    ["bucket-1.s3.cn-north-1.amazonaws.com.cn", "/dir/key"]
  ]
  for (const [host, path] of hosts) {
    it.effect(`is in ${host}${path}`, () =>
      read(request("GET", path, { headers: { host } })).pipe(
        Effect.map(({ input }) => assert.deepStrictEqual(input, { Bucket: "bucket-1", Key: "dir/key" }))
      ))
  }

  it.effect("may contain dots", () =>
    read(request("GET", "/k", { headers: { host: "my.bucket.s3.eu-west-1.amazonaws.com" } })).pipe(
      Effect.map(({ input }) => assert.deepStrictEqual(input, { Bucket: "my.bucket", Key: "k" }))
    ))
})

describe("the key of an object", () => {
  const keys = [
    "a+b c%2B?x=1&y#z",
    "/leading//double/trailing/",
    "../dots/./and/..",
    "ünïcode/世界/👩‍👩‍👧",
    "'()*!~;:@$,=",
    "\n\t\u0001",
    "%",
    "?acl",
    "x-id=PutObject"
  ]
  for (const key of keys) {
    it.effect(`is ${JSON.stringify(key)} as it was encoded`, () =>
      Effect.gen(function*() {
        const path = key.split("/").map(encodeURIComponent).join("/")
        const { input } = yield* read(request("GET", `/bucket-1/${path}`))
        assert.strictEqual(input["Key"], key)
        const listed = yield* read(request("GET", `/bucket-1?list-type=2&prefix=${encodeURIComponent(key)}`))
        assert.strictEqual(listed.input["Prefix"], key)
      }))
  }

  it.effect("keeps a plus sign in a path, which is a space in a query", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* read(request("GET", "/bucket-1/a+b"))).input["Key"], "a+b")
      assert.strictEqual((yield* read(request("GET", "/bucket-1?prefix=a+b"))).input["Prefix"], "a b")
    }))

  it.effect("is rejected if it is encoded wrongly", () =>
    Effect.gen(function*() {
      const fault = ["InvalidURI", 400, "Couldn't parse the specified URI."] as const
      assert.deepStrictEqual(yield* rejected(request("GET", "/bucket-1/%zz")), fault)
      assert.deepStrictEqual(yield* rejected(request("GET", "/bucket-1/%c3%28")), fault)
      assert.deepStrictEqual(yield* rejected(request("GET", "/bucket-1?prefix=%")), fault)
    }))
})
