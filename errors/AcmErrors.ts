/**
 * The errors of certificates.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Internal from "./internal/acmErrors.ts"
import { Cause } from "./internal/cause.ts"
import { codec, orUndefined } from "./internal/codec.ts"

/**
 * The certificate could not be generated. `issue` says which of its options is wrong.
 *
 * @category errors
 * @since 0.1.0
 */
export const CertificateNotGenerated = /* @__PURE__ */ codec(
  Internal.CertificateNotGenerated,
  () => ({ subject: Schema.String, issue: Schema.String, cause: orUndefined(Cause) }),
  422
)
/**
 * The type of {@link CertificateNotGenerated:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type CertificateNotGenerated = Internal.CertificateNotGenerated

/**
 * ACM rejected the certificate or its private key.
 *
 * @category errors
 * @since 0.1.0
 */
export const CertificateRejected = /* @__PURE__ */ codec(
  Internal.CertificateRejected,
  () => ({ code: Schema.String, issue: Schema.String, cause: orUndefined(Cause) }),
  422
)
/**
 * The type of {@link CertificateRejected:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type CertificateRejected = Internal.CertificateRejected

/**
 * No certificate has this ARN in the Layer's account and region.
 *
 * @category errors
 * @since 0.1.0
 */
export const CertificateDoesNotExist = /* @__PURE__ */ codec(
  Internal.CertificateDoesNotExist,
  () => ({ arn: Schema.String }),
  404
)
/**
 * The type of {@link CertificateDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type CertificateDoesNotExist = Internal.CertificateDoesNotExist

/**
 * A resource, such as a load balancer, uses the certificate, so it can't be deleted.
 *
 * @category errors
 * @since 0.1.0
 */
export const CertificateInUse = /* @__PURE__ */ codec(Internal.CertificateInUse, () => ({ arn: Schema.String }), 409)
/**
 * The type of {@link CertificateInUse:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type CertificateInUse = Internal.CertificateInUse
