// Secrets, one or twenty in a call.
import { BatchGetSecretValueCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Concurrency } from "effect/Types"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { classify } from "../../../errors/internal/classify.ts"
import {
  SecretDoesNotExist,
  type SecretFailure,
  SecretMarkedForDeletion,
  SecretsNotRead
} from "../../../errors/internal/secretsManagerErrors.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import { readMembers } from "../../../src/internal/members.ts"
import { batches, isContentRefused, type Part, sendInPieces, sendParts } from "../batches.ts"
import { elementsOf } from "../elements.ts"
import type { Secret } from "./models.ts"
import { fromSdk } from "./results.ts"
import * as secretsManager from "./service.ts"

/**
 * Which version of a secret to read. By default it's the current one.
 *
 * @category models
 * @since 0.1.0
 */
export interface VersionOptions {
  /** The ID of the version. */
  readonly versionId?: string | undefined
  /** A staging label of the version: `AWSCURRENT`, `AWSPREVIOUS`, `AWSPENDING` or one of your own. */
  readonly versionStage?: string | undefined
}

/**
 * Options of `getSecrets`.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetSecretsOptions {
  /** The maximum number of concurrent calls; 4 by default. */
  readonly concurrency?: Concurrency | undefined
}

/** How many secrets a call takes. */
const PER_CALL = 20

const toFailure = (secret: string, error: AwsError, version?: VersionOptions): SecretFailure["cause"] => {
  const { code, reason } = error
  if (code === "ResourceNotFoundException") {
    return new SecretDoesNotExist({ secret, versionId: version?.versionId, versionStage: version?.versionStage })
  }
  // The code alone says only that the secret isn't in the right state.
  const isMarked = code === "InvalidRequestException" && /marked (for deletion|deleted)/i.test(reason.description)
  return isMarked ? new SecretMarkedForDeletion({ secret }) : error
}

export const getSecret = Effect.fn("SecretsManager.getSecret")(function*(
  secret: string,
  options?: VersionOptions
): Effect.fn.Return<Secret, SecretDoesNotExist | SecretMarkedForDeletion | AwsError, AwsClients> {
  const output = yield* secretsManager.send(
    new GetSecretValueCommand({
      SecretId: secret,
      VersionId: options?.versionId,
      VersionStage: options?.versionStage
    })
  ).pipe(Effect.mapError((error) => toFailure(secret, error, options)))
  return yield* readMembers({ service: "SecretsManager", operation: "GetSecretValue" }, output, fromSdk)
})

type Outcome = Result.Result<Secret, SecretFailure["cause"]>

/** Whether AWS means a secret by what was asked for: its name, its ARN, or its ARN without the six random characters. */
const isAsked = (asked: string, { arn, name }: { readonly arn: string; readonly name: string }): boolean =>
  asked === name || asked === arn || asked === arn.slice(0, -7)

const operation = { service: "SecretsManager", operation: "BatchGetSecretValue" }

/** Reads up to twenty secrets in one call. */
const readOnce = (asked: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { config: { region } } = yield* AwsClients
    const pages = yield* Stream.runCollect(
      secretsManager.pages(new BatchGetSecretValueCommand({ SecretIdList: [...asked] }))
    )
    const parts = yield* Effect.forEach(pages, (page) =>
      readMembers(operation, page, ({ Errors = [], SecretValues = [] }, need) => ({
        found: SecretValues.map((secret) =>
          fromSdk(secret, need)
        ),
        refused: Errors.map(({ ErrorCode, Message, SecretId }) => ({
          secret: need(SecretId, "SecretId"),
          // The answer to one secret has no status. Of these codes, only one is AWS's own fault.
          reason: classify({
            name: need(ErrorCode, "ErrorCode"),
            message: Message ?? "",
            $fault: ErrorCode === "InternalServiceError" ? "server" : "client",
            $metadata: { httpStatusCode: ErrorCode === "InternalServiceError" ? 500 : 400 }
          })
        }))
      })))
    const found = parts.flatMap((part) => part.found)
    const refused = parts.flatMap((part) => part.refused)
    return yield* readMembers(operation, pages[0] ?? {}, (_, need) =>
      asked.map((element): Part<string, readonly [string, Outcome]> => {
        const secret = found.find((secret) =>
          isAsked(element, secret)
        )
        if (secret !== undefined) {
          return { element, result: [element, Result.succeed(secret)] }
        }
        const { reason } = need(
          refused.find(({ secret }) =>
            secret === element
          ),
          `SecretValues of ${element}`
        )
        const error = new AwsError({ ...operation, region, reason, mayHaveSucceeded: false })
        return {
          element,
          result: [element, Result.fail(toFailure(element, error))],
          ...(reason.isRetryable && { again: reason })
        }
      }))
  })

const read = (asked: ReadonlyArray<string>) => sendParts(asked, { what: "secrets" }, readOnce)

export const getSecrets = Effect.fn("SecretsManager.getSecrets")(function*(
  secrets: Iterable<string> & object,
  options?: GetSecretsOptions
): Effect.fn.Return<ReadonlyMap<string, Secret>, SecretsNotRead<Secret> | AwsError, AwsClients> {
  const asked = [...new Set(elementsOf(secrets))]
  const readBatch = Effect.fnUntraced(function*(batch: ReadonlyArray<string>) {
    const outcomes: Array<readonly [string, Outcome]> = []
    for (const { elements, result } of yield* sendInPieces(batch, read, isContentRefused)) {
      if (Result.isSuccess(result)) outcomes.push(...result.success)
      else if (!isContentRefused(result.failure)) return yield* result.failure
      else outcomes.push(...elements.map((secret) => [secret, Result.fail(result.failure)] as const))
    }
    return outcomes
  })
  const split = batches(asked, [{ of: () => 1, atMost: PER_CALL }]).batches
  const outcomes = new Map(
    (yield* Effect.forEach(split, readBatch, { concurrency: options?.concurrency ?? 4 })).flat()
  )
  const found = new Map<string, Secret>()
  const failures: Array<SecretFailure> = []
  for (const secret of asked) {
    const outcome = outcomes.get(secret)!
    if (Result.isSuccess(outcome)) found.set(secret, outcome.success)
    else failures.push({ secret, cause: outcome.failure })
  }
  return failures.length === 0 ? found : yield* new SecretsNotRead<Secret>({ failures, found })
})
