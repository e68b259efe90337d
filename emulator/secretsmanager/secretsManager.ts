/**
 * In-memory Secrets Manager: secrets, their versions, staging labels and policies. Nothing rotates or replicates a secret here. There
 * is no KMS: a secret can name any key or alias whose id, name or ARN is well formed.
 */
import type * as sdk from "@aws-sdk/client-secrets-manager"
import { service } from "../engine/service.ts"
import { authorization } from "./authorization.ts"
import { everywhere } from "./everywhere.ts"
import { life } from "./life.ts"
import { lists } from "./lists.ts"
import { passwords } from "./passwords.ts"
import { policies } from "./policies.ts"
import { read } from "./read.ts"
import { write } from "./write.ts"

export const secretsManager = service<typeof sdk>()({
  ...everywhere,
  authorization,
  handlers: { ...write, ...read, ...lists, ...life, ...policies, ...passwords }
})
