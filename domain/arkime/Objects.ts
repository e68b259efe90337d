/**
 * The objects of Arkime's AWS tooling.
 *
 * @since 0.1.0
 */
import type * as S3 from "../../services/S3.ts"

/**
 * What every object of Arkime's AWS tooling gets: encryption by the account's AWS managed KMS key for S3, the storage class
 * `STANDARD`, and full control for the owner of the bucket.
 *
 * **Example** (Put an object as Arkime does)
 *
 * ```ts
 * import { arkime, S3 } from "effect-aws-sdk"
 *
 * const written = S3.putObject({ bucket: "arkime-config", key: "config.json", body: "{}", ...arkime.objectOptions })
 * ```
 *
 * @category objects
 * @since 0.1.0
 */
export const objectOptions: S3.ObjectOptions = {
  acl: "bucket-owner-full-control",
  encryption: "aws:kms",
  storageClass: "STANDARD"
}
