// Answers from AWS and from proxies in between: real bytes of each protocol, and the error that each has to become.
import { CloudWatchClient, ListMetricsCommand } from "@aws-sdk/client-cloudwatch"
import { DescribeVpcsCommand } from "@aws-sdk/client-ec2"
import { GetRoleCommand } from "@aws-sdk/client-iam"
import { DescribeDomainCommand } from "@aws-sdk/client-opensearch"
import { GetObjectCommand, HeadBucketCommand, HeadObjectCommand, ListBucketsCommand } from "@aws-sdk/client-s3"
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import type { Effect } from "effect"
import {
  type AwsClients,
  type AwsError,
  type AwsErrorReason,
  AwsService,
  Ec2,
  Iam,
  OpenSearch,
  S3,
  Ssm,
  Sts
} from "effect-aws-sdk"

export type Call = Effect.Effect<unknown, AwsError, AwsClients>

export const ssm: Call = Ssm.send(new GetParameterCommand({ Name: "/p" }))
const sts: Call = Sts.send(new GetCallerIdentityCommand({}))
const iam: Call = Iam.send(new GetRoleCommand({ RoleName: "r" }))
const ec2: Call = Ec2.send(new DescribeVpcsCommand({}))
const openSearch: Call = OpenSearch.send(new DescribeDomainCommand({ DomainName: "logs" }))
const s3: Call = S3.send(new GetObjectCommand({ Bucket: "bucket", Key: "key" }))
const s3List: Call = S3.send(new ListBucketsCommand({}))
const head: Call = S3.send(new HeadObjectCommand({ Bucket: "bucket", Key: "key" }))
const headBucket: Call = S3.send(new HeadBucketCommand({ Bucket: "bucket" }))
export const cloudWatch: Call = AwsService.make(CloudWatchClient).send(new ListMetricsCommand({}))

const json = (type: string, message: string) => JSON.stringify({ __type: type, message })
const query = (code: string, message: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>req-1</RequestId></ErrorResponse>`
const ec2Query = (code: string, message: string) =>
  `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>req-1</RequestID></Response>`
const xml = (code: string, message: string, members = "") =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message>${members}<RequestId>req-1</RequestId></Error>`

const id = { "x-amzn-requestid": "req-1" }
const s3Id = { "x-amz-request-id": "req-1" }

export interface Expected {
  readonly reason: AwsErrorReason.AwsErrorReason["_tag"]
  readonly code: string
  readonly retryable?: boolean
  readonly requestId?: string | undefined
  readonly message?: string
}

type Row = readonly [
  name: string,
  call: Call,
  answer: readonly [status: number, headers: Record<string, string>, body: string],
  expected: Expected
]

// dprint-ignore
export const answers: ReadonlyArray<Row> = [
  // modeled and unmodeled errors of each protocol
  ["a modeled JSON error", ssm, [400, id, json("ParameterNotFound", "")], { reason: "Rejected", code: "ParameterNotFound", requestId: "req-1" }],
  ["an unmodeled JSON error", ssm, [400, id, json("ValidationException", "bad name")], { reason: "Rejected", code: "ValidationException", requestId: "req-1", message: "bad name" }],
  ["a JSON error code with a namespace", ssm, [400, id, json("com.amazonaws.ssm#ParameterNotFound", "")], { reason: "Rejected", code: "ParameterNotFound", requestId: "req-1" }],
  ["an unmodeled JSON 1.0 error", cloudWatch, [400, id, json("SomethingNew", "new")], { reason: "Rejected", code: "SomethingNew", requestId: "req-1" }],
  ["a modeled query error", iam, [404, id, query("NoSuchEntity", "no role r")], { reason: "Rejected", code: "NoSuchEntityException", requestId: "req-1", message: "no role r" }],
  ["an unmodeled query error", iam, [400, id, query("ValidationError", "bad")], { reason: "Rejected", code: "ValidationError", requestId: "req-1" }],
  ["an EC2 query error", ec2, [400, id, ec2Query("InvalidVpcID.NotFound", "no vpc-1")], { reason: "Rejected", code: "InvalidVpcID.NotFound", requestId: "req-1", message: "no vpc-1" }],
  ["a modeled REST-JSON error", openSearch, [409, { ...id, "x-amzn-errortype": "ResourceNotFoundException" }, `{"message":"Domain not found"}`], { reason: "Rejected", code: "ResourceNotFoundException", requestId: "req-1" }],
  ["a modeled REST-XML error", s3, [404, s3Id, xml("NoSuchKey", "no key")], { reason: "Rejected", code: "NoSuchKey", requestId: "req-1" }],
  ["an unmodeled REST-XML error", s3, [409, s3Id, xml("OperationAborted", "busy")], { reason: "Rejected", code: "OperationAborted", requestId: "req-1", retryable: true }],
  // HEAD answers have no body
  ["a 404 to a HEAD request", head, [404, s3Id, ""], { reason: "Rejected", code: "NotFound", requestId: "req-1" }],
  ["a 403 to a HEAD request", headBucket, [403, s3Id, ""], { reason: "AccessDenied", code: "Forbidden", requestId: "req-1" }],
  ["a 301 to a HEAD request", headBucket, [301, { ...s3Id, "x-amz-bucket-region": "us-west-2" }, ""], { reason: "Rejected", code: "MovedPermanently", requestId: "req-1", message: "us-west-2" }],
  ["a 400 to a HEAD request", headBucket, [400, s3Id, ""], { reason: "Rejected", code: "BadRequest", requestId: "req-1", message: "An answer to HEAD has no body" }],
  ["a 503 to a HEAD request", headBucket, [503, s3Id, ""], { reason: "ServerFault", code: "HTTP503", requestId: "req-1", retryable: true }],
  ["a 301 to a GET request", s3, [301, { ...s3Id, "x-amz-bucket-region": "us-west-2" }, xml("PermanentRedirect", "elsewhere")], { reason: "Rejected", code: "PermanentRedirect", requestId: "req-1", message: "us-west-2" }],
  // buckets in another region
  ["a 400 to a HEAD request that names a region", headBucket, [400, { ...s3Id, "x-amz-bucket-region": "us-west-2" }, ""], { reason: "Rejected", code: "BadRequest", requestId: "req-1", message: "The bucket is in us-west-2. If" }],
  ["a 307 to a HEAD request", headBucket, [307, { ...s3Id, "x-amz-bucket-region": "us-west-2" }, ""], { reason: "Rejected", code: "TemporaryRedirect", requestId: "req-1", message: "the region of the bucket: us-west-2." }],
  ["a 307 to a GET request", s3, [307, s3Id, xml("TemporaryRedirect", "elsewhere", "<Endpoint>bucket.s3-us-west-2.amazonaws.com</Endpoint>")], { reason: "Rejected", code: "TemporaryRedirect", requestId: "req-1", message: "the region of the bucket: us-west-2." }],
  ["a 301 that names only an endpoint", s3, [301, s3Id, xml("PermanentRedirect", "elsewhere", "<Endpoint>bucket.s3.us-west-2.amazonaws.com</Endpoint>")], { reason: "Rejected", code: "PermanentRedirect", requestId: "req-1", message: "the region of the bucket: us-west-2." }],
  ["a 301 that names an endpoint without a region", s3, [301, s3Id, xml("PermanentRedirect", "elsewhere", "<Endpoint>bucket.s3.amazonaws.com</Endpoint>")], { reason: "Rejected", code: "PermanentRedirect", requestId: "req-1", message: "Use a Layer with the region of the bucket. " }],
  ["a signature for another region", s3, [400, s3Id, xml("AuthorizationHeaderMalformed", "the region is wrong", "<Region>us-west-2</Region>")], { reason: "Rejected", code: "AuthorizationHeaderMalformed", requestId: "req-1", message: "the region of the bucket: us-west-2." }],
  ["a signature for another region that only the message names", s3, [400, s3Id, xml("AuthorizationHeaderMalformed", "the region 'eu-central-1' is wrong; expecting 'us-west-2'")], { reason: "Rejected", code: "AuthorizationHeaderMalformed", requestId: "req-1", message: "the region of the bucket: us-west-2." }],
  ["a malformed signature", s3, [400, s3Id, xml("AuthorizationHeaderMalformed", "the Credential is mal-formed")], { reason: "Rejected", code: "AuthorizationHeaderMalformed", requestId: "req-1", message: "Check the access key ID" }],
  ["a location constraint of another region", s3, [400, { ...s3Id, "x-amz-bucket-region": "us-west-2" }, xml("IllegalLocationConstraintException", "incompatible")], { reason: "Rejected", code: "IllegalLocationConstraintException", requestId: "req-1", message: "the region of the bucket: us-west-2." }],
  // other redirects
  ["a 304 without advice about regions", s3, [304, s3Id, ""], { reason: "Rejected", code: "NotModified", requestId: "req-1", message: "NotModified (HTTP 304) [request req-1]" }],
  ["a redirect to a login page", s3List, [302, { location: "http://portal/" }, "<html>Sign in</html>"], { reason: "Unreadable", code: "ForeignResponse", message: "answers in AWS's place" }],
  ["a redirect by a proxy", ssm, [301, { location: "http://portal/" }, ""], { reason: "Rejected", code: "MovedPermanently", message: "answers in AWS's place" }],
  // denied access and rejected credentials
  ["an access denial from SSM", ssm, [400, id, json("AccessDeniedException", "not you")], { reason: "AccessDenied", code: "AccessDeniedException", requestId: "req-1", message: "not you" }],
  ["an access denial from S3", s3, [403, s3Id, xml("AccessDenied", "not you")], { reason: "AccessDenied", code: "AccessDenied", requestId: "req-1", message: "not you. Usually, the caller's policy or the resource's has to allow the action. If AWS names another reason," }],
  ["an access denial that names the policy", ssm, [400, id, json("AccessDeniedException", "no, with an explicit deny in a permissions boundary: x")], { reason: "AccessDenied", code: "AccessDeniedException", requestId: "req-1", message: "no, with an explicit deny in a permissions boundary: x [request" }],
  ["an access denial from EC2", ec2, [403, id, ec2Query("UnauthorizedOperation", "not you")], { reason: "AccessDenied", code: "UnauthorizedOperation", requestId: "req-1" }],
  ["an access denial from STS", sts, [403, id, query("AccessDenied", "not you")], { reason: "AccessDenied", code: "AccessDenied", requestId: "req-1" }],
  ["an expired token error from SSM", ssm, [400, id, json("ExpiredTokenException", "expired")], { reason: "CredentialsRejected", code: "ExpiredTokenException", requestId: "req-1", message: "get new ones" }],
  ["an expired token error from S3", s3, [400, s3Id, xml("ExpiredToken", "expired")], { reason: "CredentialsRejected", code: "ExpiredToken", requestId: "req-1" }],
  ["an unknown key error from SSM", ssm, [400, id, json("UnrecognizedClientException", "invalid")], { reason: "CredentialsRejected", code: "UnrecognizedClientException", requestId: "req-1" }],
  ["an unknown key error from STS", sts, [403, id, query("InvalidClientTokenId", "invalid")], { reason: "CredentialsRejected", code: "InvalidClientTokenId", requestId: "req-1" }],
  ["an unknown key error from S3", s3, [403, s3Id, xml("InvalidAccessKeyId", "invalid")], { reason: "CredentialsRejected", code: "InvalidAccessKeyId", requestId: "req-1" }],
  ["an unknown key error from EC2", ec2, [401, id, ec2Query("AuthFailure", "invalid")], { reason: "CredentialsRejected", code: "AuthFailure", requestId: "req-1" }],
  ["a signature mismatch", sts, [403, id, query("SignatureDoesNotMatch", "no match")], { reason: "CredentialsRejected", code: "SignatureDoesNotMatch", requestId: "req-1", message: "clock" }],
  ["a clock skew error", s3, [403, s3Id, xml("RequestTimeTooSkewed", "too large")], { reason: "CredentialsRejected", code: "RequestTimeTooSkewed", requestId: "req-1", message: "clock" }],
  // throttling
  ...(["Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "RequestThrottled", "RequestThrottledException", "ProvisionedThroughputExceededException", "PriorRequestNotComplete", "EC2ThrottledException", "BandwidthLimitExceeded", "TransactionInProgressException", "ThrottledException"] as const)
    .map((code): Row => [`a throttling error with the code ${code}`, ssm, [400, id, json(code, "slower")], { reason: "Throttled", code, requestId: "req-1", retryable: true }]),
  ["a throttling error from S3", s3, [503, s3Id, xml("SlowDown", "slower")], { reason: "Throttled", code: "SlowDown", requestId: "req-1", retryable: true }],
  ["a 429 with an unknown code", ssm, [429, id, json("SomethingElse", "slower")], { reason: "Throttled", code: "SomethingElse", requestId: "req-1", retryable: true }],
  // server faults and timeouts
  ["a 500 in JSON", ssm, [500, id, json("InternalServerError", "oops")], { reason: "ServerFault", code: "InternalServerError", requestId: "req-1", retryable: true }],
  ["a 500 in XML", s3, [500, s3Id, xml("InternalError", "oops")], { reason: "ServerFault", code: "InternalError", requestId: "req-1", retryable: true }],
  ["a 501 in XML", s3, [501, s3Id, xml("NotImplemented", "never")], { reason: "ServerFault", code: "NotImplemented", requestId: "req-1", retryable: false }],
  ["a RequestTimeout error", s3, [400, s3Id, xml("RequestTimeout", "too slow")], { reason: "TimedOut", code: "RequestTimeout", requestId: "req-1", retryable: true }],
  // unreadable answers
  ["HTML instead of JSON", ssm, [200, { "content-type": "text/html" }, "<html><body>Welcome to the hotel</body></html>"], { reason: "Unreadable", code: "ForeignResponse", message: "proxy" }],
  ["HTML instead of XML", s3List, [200, { "content-type": "text/html" }, "<html><body>Welcome<br></html>"], { reason: "Unreadable", code: "ForeignResponse", message: "proxy" }],
  ["a 502 in HTML from a JSON service", ssm, [502, {}, "<html>Bad Gateway</html>"], { reason: "ServerFault", code: "HTTP502", retryable: true }],
  ["a 503 in HTML from an XML service", s3List, [503, {}, "<html>Unavailable</html>"], { reason: "ServerFault", code: "HTTP503", retryable: true }],
  ["truncated JSON", ssm, [200, id, `{"Parameter":{"Name":`], { reason: "Unreadable", code: "MalformedResponse", requestId: "req-1" }],
  ["truncated XML", s3List, [200, s3Id, `<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Na`], { reason: "Unreadable", code: "MalformedResponse", requestId: "req-1" }]
]
