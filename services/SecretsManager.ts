/**
 * Secrets of AWS Secrets Manager. Import it by its subpath, `effect-aws-sdk/SecretsManager`: the root doesn't load its client.
 *
 * @since 0.1.0
 */
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import type { SecretsManagerCodes } from "../errors/codes/SecretsManager.ts"
import * as AwsService from "../src/AwsService.ts"

const service = AwsService.make<SecretsManagerClient, SecretsManagerCodes>(SecretsManagerClient)

/**
 * Sends any SecretsManager command.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any paginated SecretsManager command.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements on all pages of any paginated SecretsManager command.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items
