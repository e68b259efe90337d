import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import type { SecretsManagerCodes } from "../../../errors/codes/SecretsManager.ts"
import * as Service from "../../../src/internal/service.ts"

const service = Service.of<SecretsManagerClient, SecretsManagerCodes>(SecretsManagerClient)

// For the modules of this folder.
export const send = Service.sendOf(service)
export const pages = Service.pagesOf(service)
export const items = Service.itemsOf(service)
