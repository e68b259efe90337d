import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import type { SecretsManagerCodes } from "../../../errors/codes/SecretsManager.ts"
import * as AwsService from "../../../src/AwsService.ts"

/** `send`, `pages` and `items` of SecretsManager, for the modules of this folder. */
export const secretsManager = AwsService.make<SecretsManagerClient, SecretsManagerCodes>(SecretsManagerClient)
