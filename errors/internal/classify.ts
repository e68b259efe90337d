import { ConnectionError } from "./connectionError.ts"
import { missingPackage } from "./missingPackage.ts"
import * as Reason from "./reasons.ts"
import { Refused } from "./refused.ts"
import { regionOf } from "./region.ts"
import { shorten } from "./shorten.ts"
import { UnreadableResponse } from "./unreadableResponse.ts"

/** The parts of the SDK's and Node's exceptions that say what happened. */
interface Thrown {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly errors?: ReadonlyArray<unknown>
  readonly $fault?: unknown
  readonly $retryable?: { readonly throttling?: boolean }
  readonly $metadata?: {
    readonly httpStatusCode?: number
    readonly requestId?: string
    readonly clockSkewCorrected?: boolean
  }
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> }
}

const set = (names: string): ReadonlySet<string> => new Set(names.split(/\s+/))

const throttling = set(
  `BandwidthLimitExceeded CallRateLimitExceededException ClientLimitExceededException ConcurrentLimitExceededException
   DependencyThrottle DependencyThrottleException DependentServiceRequestThrottlingFault EC2ThrottledException
   EKSRequestThrottledException KMS.ThrottlingException KMSThrottling KMSThrottlingException KMSThrottlingFault
   KmsThrottled KmsThrottlingException LambdaThrottledException PriorRequestNotComplete
   ProvisionedThroughputExceededException RateLimitError RateLimitExceededException RequestLimitExceeded
   RequestLimitExceededException RequestThrottled RequestThrottledException SlowDown SlowDownException
   SnapshotCreationPerVolumeRateExceeded Throttled ThrottledClientException ThrottledException
   ThrottledRequestException Throttling ThrottlingException TooManyRequestException TooManyRequests
   TooManyRequestsError TooManyRequestsException TooManyUpdates OpsMetadataTooManyUpdatesException
   TransactionInProgressException`
)
// Another change is under way, or something isn't ready yet: AWS documents these codes with "try again", and the same
// request can succeed then. Codes that also mean what no waiting mends (`ConflictException`, `ResourceInUseException`, an
// optimistic lock) aren't here.
const busy = set(
  `CloudHsmInternalFailureException CodeArtifactUserPendingException ConcurrentAccess ConcurrentAccessException
   ConcurrentModification ConcurrentModificationException ConcurrentOperationException ConcurrentReferenceUpdateException
   ConcurrentTagAccess ConcurrentUpdateException ConcurrentUpdatingException ConditionalRequestConflict
   CopyToRegionDisabledFault DBInstanceNotReady DBInstanceNotReadyFault DatabaseResumingException
   DependencyTimeoutException DependentServiceUnavailableFault DirectoryUnavailableException
   EC2InstanceUnavailableException EntityTemporarilyUnmodifiable EntityTemporarilyUnmodifiableException
   FederationSourceRetryableException FinalizingOrganizationException FleetCapacityExceededException
   GameSessionFullException IDPCommunicationError IDPCommunicationErrorException IdempotentCallInProgress
   IdempotentCallInProgressFault InvalidClusterParameterGroupState InvalidClusterParameterGroupStateFault
   InvalidEventSubscriptionState InvalidEventSubscriptionStateFault KMSInternalException KeyUnavailableException
   LifecyclePolicyPreviewInProgressException MaxConcurrentQueriesException ModelNotReadyException
   ModelStreamErrorException OperationAborted OperationInProgress OperationInProgressException
   OperationInProgressFailure OutOfCapacityException PolicyChangesInProgressException RemediationInProgressException
   ReplicatedWriteConflictException ResourceConcurrentModificationException ResourceContention
   ResourceContentionFault ResourceDataSyncConflictException ResourcePropagationDelayException
   RetryLatestCommitFailedException RetryableConflictException RoleModified RoleModifiedException
   SerialConsoleSessionUnavailableException ServiceTemporarilyUnavailableException SessionBusyException
   SnapStartNotReadyException SnapshotCopyDisabledFault StaleTag StaleTagException
   StreamSessionAccessNotReadyException TLDInMaintenance TagOperationException TransactionCommitInProgressException
   TransactionConflictException WAFInternalErrorException WAFServiceLinkedRoleErrorException
   WAFTagOperationException WAFTagOperationInternalErrorException WAFUnavailableEntityException`
)
const credentials = set(
  `AuthFailure ExpiredToken ExpiredTokenException IncompleteSignature IncompleteSignatureException InvalidAccessKeyId
   InvalidClientTokenId InvalidSecurity InvalidSignatureException InvalidToken MissingAuthenticationToken
   MissingAuthenticationTokenException NotSignedUp RequestExpired RequestInTheFuture RequestTimeTooSkewed
   SignatureDoesNotMatch TokenRefreshRequired UnrecognizedClientException`
)
const skew = set(
  "InvalidSignatureException RequestExpired RequestInTheFuture RequestTimeTooSkewed SignatureDoesNotMatch"
)
const expired = set("ExpiredToken ExpiredTokenException TokenRefreshRequired")
const denied = set(
  `AccessDenied AccessDeniedException AllAccessDisabled AuthorizationError AuthorizationErrorException Forbidden
   ForbiddenException
   NotAuthorized UnauthorizedAccess UnauthorizedException UnauthorizedOperation`
)
const elsewhere = set(
  `IllegalLocationConstraintException IncorrectEndpoint MovedPermanently PermanentRedirect Redirect TemporaryRedirect`
)
const timeouts = set(
  `ETIMEDOUT ESOCKETTIMEDOUT TimeoutError RequestTimeout RequestTimeoutException UND_ERR_BODY_TIMEOUT
   UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT`
)
const network = set(
  `ECONNABORTED ECONNREFUSED ECONNRESET EADDRNOTAVAIL EAI_AGAIN EHOSTDOWN EHOSTUNREACH ENETDOWN ENETRESET ENETUNREACH
   ENOTFOUND EPIPE ERR_STREAM_PREMATURE_CLOSE UND_ERR_SOCKET`
)
// What browsers say in place of a code.
const fetchFailed =
  /^(Failed to fetch|Load failed|Network request failed|NetworkError when attempting to fetch resource|The Internet connection appears to be offline)/
const tls = /^(CERT_|ERR_TLS|ERR_SSL|EPROTO$|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/
const providers = set("CredentialsProviderError ProviderError TokenProviderError")
const proxyAdvice = "Check the endpoint, and whether a proxy or a login page of the network answers in AWS's place."

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? shorten(value) : undefined

/** Unwraps an error that only wraps another, such as Node's `AggregateError` for a host with two addresses. */
const innermost = (thrown: Thrown): Thrown => {
  let inner: Thrown = thrown
  for (let depth = 0; depth < 10; depth++) {
    const next = inner.errors?.[0] ?? (text(inner.code) === undefined ? inner.cause : undefined)
    if (typeof next !== "object" || next === null) break
    inner = next
    if (text(inner.code) !== undefined) return inner
  }
  return thrown
}

// A response to HEAD has no body, so the SDK finds no code in it. The status stands in for it.
const bodiless: Readonly<Record<number, string>> = {
  301: "MovedPermanently",
  304: "NotModified",
  307: "TemporaryRedirect",
  400: "BadRequest",
  403: "Forbidden",
  404: "NotFound",
  408: "RequestTimeout",
  412: "PreconditionFailed",
  429: "TooManyRequests"
}

const ssoAdvice = (message: string): string =>
  /\b(sso|expired|login)\b/i.test(message)
    ? "Sign in again: `aws sso login`, with `--profile NAME` if you use a profile."
    : "Provide credentials: a profile, the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), or the role of the compute that runs this program."

/** Whether the next attempt has another signature: the SDK has just corrected its clock, or the signature was too old. */
const isSignedAnew = ({ $metadata }: Thrown, code: string, message: string): boolean =>
  $metadata?.clockSkewCorrected === true ||
  (code === "InvalidSignatureException" && message.includes("Signature expired"))
/** What to do about a refusal that may mean that the bucket is in another region, or that says nothing. */
const rejectionAdvice = (thrown: Thrown, code: string, description: string, statusCode: number): string | undefined => {
  const region = regionOf(thrown)
  // A redirect that is not AWS's has no request ID: it may lead to a proxy's login page.
  const isFromAws = region !== undefined || text(thrown.$metadata?.requestId) !== undefined
  if ((elsewhere.has(code) && isFromAws) || (code === "AuthorizationHeaderMalformed" && region !== undefined)) {
    return `Use a Layer with the region of the bucket${region === undefined ? "" : `: ${region}`}.`
  }
  if (code === "AuthorizationHeaderMalformed") return "Check the access key ID, and the Layer's region."
  // S3 answers so to a HEAD request that is signed for another region, and to one with an expired token.
  if (code === "BadRequest" && region !== undefined) {
    return `The bucket is in ${region}. If the Layer has another region, use one with that region; otherwise check the ` +
      "credentials."
  }
  if (code === "BadRequest" && description === "") {
    return "An answer to HEAD has no body, so AWS doesn't say why. Check that the name is a valid one, and the credentials."
  }
  return statusCode >= 300 && statusCode < 400 && statusCode !== 304 ? proxyAdvice : undefined
}

const fromAnswer = (thrown: Thrown, name: string, message: string, statusCode: number): Reason.AwsErrorReason => {
  const requestId = text(thrown.$metadata?.requestId)
  const isForeign = thrown instanceof UnreadableResponse && thrown.name === "ForeignResponse"
  // The statuses 408 and 429 mean the same, whoever answers.
  if (thrown.$fault === undefined && ((statusCode < 500 && statusCode !== 408 && statusCode !== 429) || isForeign)) {
    return new Reason.Unreadable({
      code: name,
      description: isForeign
        ? `the response isn't AWS's: ${message}`
        // What the SDK says quotes the response, which may hold a secret.
        : `the response can't be read${thrown instanceof UnreadableResponse ? `: ${message}` : ""}`,
      statusCode,
      requestId,
      isRetryable: false,
      advice: proxyAdvice
    })
  }
  const code = thrown.$fault === undefined || name === "Unknown" || name === "UnknownError" || /^\d*$/.test(name)
    ? bodiless[statusCode] ?? `HTTP${statusCode}`
    : name
  const description = thrown.$fault === undefined || message === "UnknownError" || message === "Unknown" ? "" : message
  const isRetryable = thrown.$retryable !== undefined || busy.has(code)
  const fields = { code, description, statusCode, requestId, isRetryable }
  if (throttling.has(code) || statusCode === 429 || thrown.$retryable?.throttling === true) {
    return new Reason.Throttled({
      ...fields,
      isRetryable: true,
      advice: "Make fewer calls at once, or give the Layer a longer `retry` schedule."
    })
  }
  if (timeouts.has(code)) {
    return new Reason.TimedOut({ ...fields, isRetryable: true })
  }
  if (expired.has(code)) {
    return new Reason.CredentialsRejected({ ...fields, advice: "The credentials have expired: get new ones." })
  }
  if (credentials.has(code)) {
    return new Reason.CredentialsRejected({
      ...fields,
      isRetryable: isRetryable || isSignedAnew(thrown, code, message),
      advice: skew.has(code)
        ? "Check the secret access key and this machine's clock."
        : "Check which credentials the Layer uses, and for which account and partition."
    })
  }
  if (denied.has(code)) {
    return new Reason.AccessDenied({
      ...fields,
      isRetryable: isRetryable || isSignedAnew(thrown, code, message),
      // AWS names the policy by itself, or what no permission would change.
      advice: /because|explicit deny/.test(description) ?
        undefined :
        "Usually, the caller's policy or the resource's has to allow the action. If AWS names another reason, such as a lock, an MFA code or a reserved name, that is what to change."
    })
  }
  if (statusCode >= 500) {
    return new Reason.ServerFault({
      ...fields,
      isRetryable: isRetryable || (statusCode !== 501 && statusCode !== 505)
    })
  }
  return new Reason.Rejected({ ...fields, advice: rejectionAdvice(thrown, code, description, statusCode) })
}

const misconfigured = (code: string, message: string): string | undefined =>
  code === "ERR_INVALID_CHAR"
    ? "Check the access key ID and the session token for line breaks: HTTP headers can't carry them."
    : code === "ERR_INVALID_URL"
    ? "Give the `endpoint` as a complete URL, such as http://127.0.0.1:5000."
    : /HTTP label: (\w+)/.test(message)
    ? `Give a non-empty \`${/HTTP label: (\w+)/.exec(message)?.[1]}\`.`
    // What DynamoDB's document client says of a value.
    : /\boptions\.(removeUndefinedValues|convertEmptyValues|convertClassInstanceToMap)\b/.test(message)
    ? "Change the value, or make the service with `AwsService.wrapClient`, which takes these options as `marshallOptions`."
    : /region/i.test(message)
    ? "Set a region: the Layer's `region` option, AWS_REGION, or the profile's `region` setting."
    : undefined

/** The one place that decides what a thrown value means. */
export const classify = (cause: unknown): Reason.AwsErrorReason => {
  if (typeof cause !== "object" || cause === null) {
    return new Reason.Misconfigured({ code: "Unknown", description: String(cause), isRetryable: false })
  }
  if (cause instanceof Refused || cause instanceof ConnectionError) return cause.reason
  const outer = cause as Thrown
  const name = text(outer.name) ?? "Error"
  // What kept a provider from its work has a code of its own, which isn't this call's.
  const thrown = providers.has(name) ? outer : innermost(outer)
  const code = text(thrown.code)
  const message = text(thrown.message) ?? text(outer.message) ?? ""
  if (providers.has(name)) {
    // This library's own errors already say what to do.
    const source = outer.cause as { readonly _tag?: unknown; readonly isRetryable?: unknown } | undefined
    const isAdvised = source?._tag === "CredentialsNotFound" || source?._tag === "AssumeRoleFailed"
    return new Reason.CredentialsUnavailable({
      code: name,
      description: message,
      isRetryable: source?.isRetryable === true,
      advice: isAdvised ? undefined : ssoAdvice(message)
    })
  }
  const statusCode = outer.$metadata?.httpStatusCode ?? outer.$response?.statusCode
  // An exception of a service may have a member `code` of its own.
  if (statusCode !== undefined && (outer.$fault !== undefined || code === undefined)) {
    return fromAnswer(outer, name, message, statusCode)
  }
  if (code !== undefined && tls.test(code)) {
    return new Reason.Unreachable({
      code,
      description: message,
      isRetryable: false,
      advice:
        "The TLS connection failed: check the endpoint, the proxy, and the certificate authorities (NODE_EXTRA_CA_CERTS)."
    })
  }
  if (code !== undefined && network.has(code)) {
    return new Reason.Unreachable({
      code,
      description: message,
      isRetryable: true,
      advice: code === "ENOTFOUND" || code === "EAI_AGAIN"
        ? "Check the region's name and the network."
        : code === "ECONNREFUSED"
        ? "Nothing listens there: check the endpoint."
        : undefined
    })
  }
  if (code?.startsWith("ERR_HTTP2_")) {
    return new Reason.Unreachable({
      code,
      description: message,
      // A refused stream wasn't processed. What became of any other one isn't known.
      isRetryable: message.includes("NGHTTP2_REFUSED_STREAM")
    })
  }
  if (code === undefined && name === "TypeError" && fetchFailed.test(message)) {
    return new Reason.Unreachable({ code: "NetworkError", description: message, isRetryable: true })
  }
  if (code?.startsWith("HPE_")) {
    return new Reason.Unreadable({
      code,
      description: `the response isn't HTTP: ${message}`,
      isRetryable: false,
      advice: proxyAdvice
    })
  }
  if (message === "aborted" || (code === undefined && /socket hang up|premature close/i.test(message))) {
    return new Reason.Unreachable({ code: "ECONNRESET", description: message, isRetryable: true })
  }
  if (timeouts.has(code ?? name)) {
    return new Reason.TimedOut({ code: code ?? name, description: message, isRetryable: true })
  }
  if (/checksum mismatch|did not match/i.test(message)) {
    return new Reason.Unreadable({ code: name, description: message, statusCode, isRetryable: false })
  }
  return missingPackage(thrown) ?? new Reason.Misconfigured({
    code: code ?? name,
    description: message,
    isRetryable: false,
    advice: misconfigured(code ?? name, message)
  })
}
