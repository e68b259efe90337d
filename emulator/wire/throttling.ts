// The errors of a service that throttles a call or fails. Several services have their own.
import { Fault } from "./fault.ts"
import type { Protocol } from "./protocol.ts"
import type { Service } from "./service.ts"

type Words = ConstructorParameters<typeof Fault>[0]

const rateExceeded = "Rate exceeded"

// EC2 alone has the protocol ec2Query.
const ec2Throttled: Words = { code: "RequestLimitExceeded", message: "Request limit exceeded.", statusCode: 503 }
const ec2Failed: Words = { code: "InternalError", message: "An internal error has occurred", statusCode: 500 }

/** Errors that differ from the service's schema, or from the default of its protocol. */
const throttledWords: Readonly<Record<string, Words>> = {
  DynamoDB: {
    code: "ProvisionedThroughputExceededException",
    message: "The level of configured provisioned throughput for the table was exceeded. " +
      "Consider increasing your provisioning level with the UpdateTable API."
  },
  KMS: {
    code: "ThrottlingException",
    message: "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
    statusCode: 400
  },
  Kinesis: { code: "ProvisionedThroughputExceededException", message: rateExceeded },
  Lambda: {
    code: "TooManyRequestsException",
    message: rateExceeded,
    members: { Reason: "CallerRateLimitExceeded", Type: "User" }
  },
  // Its schema has a status of 429.
  OpenSearch: { code: "ThrottlingException", message: rateExceeded, statusCode: 400 },
  "Route 53": { code: "Throttling", message: rateExceeded, statusCode: 400 },
  S3: { code: "SlowDown", message: "Please reduce your request rate.", statusCode: 503 },
  // Its schema has an error with the code `Throttled`, but the service answers `Throttling`.
  SNS: { code: "Throttling", message: rateExceeded, statusCode: 400 },
  SQS: { code: "RequestThrottled", message: "Request is throttled.", statusCode: 403 }
}

const serverFaultWords: Readonly<Record<string, Words>> = {
  DynamoDB: { code: "InternalServerError", message: "Internal server error", statusCode: 500 },
  KMS: { code: "KMSInternalException", message: "An internal error has occurred.", statusCode: 500 },
  Lambda: {
    code: "ServiceException",
    message: "An error occurred and the request cannot be processed.",
    members: { Type: "Service" }
  }
}

/** The names of throttling errors in the schemas of services, the most usual first. */
const throttlingNames = [
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
  "RequestThrottledException",
  "RequestThrottled",
  "Throttling",
  "RequestLimitExceeded",
  "SlowDown",
  "ProvisionedThroughputExceededException"
]

/** Other throttling errors, which SDKs recognize by their status. */
const throttlingName = /^(Throttl|TooManyRequest|CallRateLimit|RateLimit)/

const serverFaultNames = ["InternalServerError", "InternalServerException", "InternalError", "InternalFailure"]

const throttlingDefault = (protocol: Protocol): Words =>
  protocol === "ec2Query" ? ec2Throttled : {
    code: protocol === "awsQuery" || protocol === "restXml" ? "Throttling" : "ThrottlingException",
    message: rateExceeded,
    statusCode: 400
  }

const unknownFailure = "The request processing has failed because of an unknown error, exception or failure."
const tryAgain = "We encountered an internal error. Please try again."

const serverFaultDefault = (protocol: Protocol): Words => {
  if (protocol === "ec2Query") return ec2Failed
  if (protocol === "awsQuery") return { code: "InternalFailure", message: unknownFailure, statusCode: 500 }
  return { code: protocol === "restXml" ? "InternalError" : "InternalServerError", message: tryAgain, statusCode: 500 }
}

/** A service that used AWS query before keeps its codes. */
const codesOf = ({ isQueryCompatible }: Service, protocol: Protocol): Protocol =>
  isQueryCompatible === true ? "awsQuery" : protocol

const modeledThrottling = ({ error, errors }: Service): Words | undefined => {
  const modeled = throttlingNames.map(error).find((found) => found !== undefined) ??
    errors.find(({ name, status }) => status === 429 && throttlingName.test(name))
  return modeled && { code: modeled.name, message: rateExceeded }
}

/** The error of the service when it throttles a call. */
export const throttled = (service: Service, protocol: Protocol): Fault =>
  new Fault(
    throttledWords[service.serviceId] ?? modeledThrottling(service) ?? throttlingDefault(codesOf(service, protocol))
  )

const modeledServerFault = ({ error }: Service): Words | undefined => {
  const modeled = serverFaultNames.map(error).find((found) => found?.isServerFault)
  return modeled && { code: modeled.name, message: tryAgain }
}

/** The error of the service when it fails internally. */
export const serverFault = (service: Service, protocol: Protocol): Fault =>
  new Fault(
    serverFaultWords[service.serviceId] ?? modeledServerFault(service) ??
      serverFaultDefault(codesOf(service, protocol))
  )
