/**
 * What can go wrong with certificates.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * The certificate could not be made: of what it was to be made of, this is wrong.
 *
 * @category errors
 * @since 0.1.0
 */
export class CertificateNotGenerated extends Data.TaggedError("CertificateNotGenerated")<{
  /** The common name that the certificate was to be for. */
  readonly subject: string
  /** What is wrong, and what to do. */
  readonly issue: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `No certificate was generated for ${JSON.stringify(this.subject)}: ${this.issue}`
  }
}

/**
 * ACM did not take the certificate, or its private key.
 *
 * @category errors
 * @since 0.1.0
 */
export class CertificateRejected extends Data.TaggedError("CertificateRejected")<{
  /** AWS's code: `ValidationException`. */
  readonly code: string
  /** What AWS said. */
  readonly issue: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `ACM rejected the certificate: ${this.code}: ${this.issue}${/[.!?]$/.test(this.issue) ? "" : "."} ` +
      "It takes one X.509 version 3 certificate that is valid now (by AWS's clock), and the private key to it, " +
      "unencrypted, both as PEM: RSA of 1024, 2048, 3072 or 4096 bits, or ECDSA P-256, P-384 or P-521."
  }
}

/**
 * There is no certificate of this ARN in its account and region.
 *
 * @category errors
 * @since 0.1.0
 */
export class CertificateDoesNotExist extends Data.TaggedError("CertificateDoesNotExist")<{ readonly arn: string }> {
  override get message(): string {
    return `The certificate ${this.arn} does not exist. Is the Layer's account and region that of the ARN?`
  }
}

/**
 * The certificate is used by a resource, such as a load balancer, so it can't be deleted.
 *
 * @category errors
 * @since 0.1.0
 */
export class CertificateInUse extends Data.TaggedError("CertificateInUse")<{ readonly arn: string }> {
  override get message(): string {
    return `The certificate ${this.arn} is in use. Remove it from the resources that use it first; ` +
      "DescribeCertificate lists them as `InUseBy`."
  }
}
