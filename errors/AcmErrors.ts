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
 * `SelfSignedCertificate.generate` made no certificate, because one of its options is invalid, or because the runtime can't generate
 * an RSA key. Nothing was sent to AWS.
 *
 * - `subject`: the common name that the certificate was meant for.
 * - `issue`: what is wrong, and what to do.
 * - `cause`: what the runtime threw; not there if an option is invalid.
 *
 * **Example** (Tell a user which option is wrong)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Acm } from "effect-aws-sdk"
 *
 * const certificateFor = (name: string) =>
 *   Acm.SelfSignedCertificate.generate({
 *     issuer: "Test",
 *     subject: name,
 *     subjectAlternativeNames: [name],
 *     validity: "30 days"
 *   }).pipe(
 *     Effect.catchTag("CertificateNotGenerated", ({ issue }) => Effect.fail(`There is no certificate for ${name}: ${issue}`))
 *   )
 * ```
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
 * ACM rejected what `importCertificate` sent: the certificate, the key or the chain is malformed, they don't match, or the certificate
 * isn't valid now. Nothing was imported.
 *
 * - `code`: AWS's code, `ValidationException` or `InvalidParameterException`.
 * - `issue`: what AWS said.
 * - `cause`: the `AwsError` of the call.
 *
 * **Example** (Import another certificate instead)
 *
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import { Acm } from "effect-aws-sdk"
 *
 * const imported = (certificate: string, key: string) =>
 *   Acm.importCertificate({ certificate, privateKey: Redacted.make(key) }).pipe(
 *     Effect.catchTag("CertificateRejected", ({ issue }) =>
 *       Effect.logWarning(`Using a self-signed certificate: ${issue}`).pipe(
 *         Effect.andThen(Acm.uploadDefaultElbCertificate())
 *       ))
 *   )
 * ```
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
 * No certificate has this ARN in the Layer's account and region, so `deleteCertificate` deleted nothing. A certificate is in one
 * region: check that the Layer has that of the ARN.
 *
 * - `arn`: the ARN that was given.
 *
 * **Example** (Count what was deleted)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Acm } from "effect-aws-sdk"
 *
 * const deleted = (arns: ReadonlyArray<string>) =>
 *   Effect.forEach(arns, (arn) =>
 *     Acm.deleteCertificate(arn).pipe(
 *       Effect.as(1),
 *       Effect.catchTag("CertificateDoesNotExist", ({ arn }) => Effect.as(Effect.logInfo(`${arn} is gone already`), 0))
 *     )).pipe(Effect.map((counts) => counts.reduce((sum, n) => sum + n, 0)))
 * ```
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
 * A resource, such as a load balancer, uses the certificate, so `deleteCertificate` didn't delete it. Remove it from that resource
 * first.
 *
 * - `arn`: the ARN of the certificate.
 *
 * **Example** (Log what uses it)
 *
 * ```ts
 * import { DescribeCertificateCommand } from "@aws-sdk/client-acm"
 * import { Effect } from "effect"
 * import { Acm } from "effect-aws-sdk"
 *
 * const deleted = (arn: string) =>
 *   Acm.deleteCertificate(arn).pipe(
 *     Effect.catchTag("CertificateInUse", ({ arn }) =>
 *       Acm.send(new DescribeCertificateCommand({ CertificateArn: arn })).pipe(
 *         Effect.flatMap(({ Certificate }) => Effect.logWarning(`${arn} is used by`, Certificate?.InUseBy))
 *       ))
 *   )
 * ```
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
