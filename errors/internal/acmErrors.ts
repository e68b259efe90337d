import { TaggedError } from "./tagged.ts"

export class CertificateNotGenerated extends TaggedError("CertificateNotGenerated")<{
  /** The common name that the certificate was meant for. */
  readonly subject: string
  /** What is wrong, and what to do. */
  readonly issue: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `No certificate was generated for ${JSON.stringify(this.subject)}: ${this.issue}`
  }
}

export class CertificateRejected extends TaggedError("CertificateRejected")<{
  /** AWS's code: `ValidationException`. */
  readonly code: string
  /** What AWS said. */
  readonly issue: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `ACM rejected the certificate: ${this.code}: ${this.issue}${/[.!?]$/.test(this.issue) ? "" : "."} ` +
      "Import one X.509 version 3 certificate that is valid now (by AWS's clock), with its unencrypted private key, " +
      "both as PEM, and the certificates of its intermediate authorities as `chain`. The key is RSA of 1024, 2048, 3072 or 4096 bits, or ECDSA P-256, P-384 or P-521."
  }
}

export class CertificateDoesNotExist extends TaggedError("CertificateDoesNotExist")<{ readonly arn: string }> {
  override get message(): string {
    return `The certificate ${this.arn} does not exist. Check that the Layer has the account and region of the ARN.`
  }
}

export class CertificateInUse extends TaggedError("CertificateInUse")<{ readonly arn: string }> {
  override get message(): string {
    return `The certificate ${this.arn} is in use. Remove it first from the resources that use it; ` +
      "DescribeCertificate lists them as `InUseBy`."
  }
}
