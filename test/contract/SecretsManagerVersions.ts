import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  type PutSecretValueCommandInput,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand
} from "@aws-sdk/client-secrets-manager"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import { believed, contract, documented } from "./Contract.ts"
import { codeOf, rejection } from "./support/rejections.ts"

const SecretId = "app"

/** A token of 32 characters, which becomes the id of a version. */
const token = (n: number) => String(n).padStart(32, "0")

const create = SecretsManager.send(
  new CreateSecretCommand({ Name: SecretId, SecretString: "1", ClientRequestToken: token(1) })
)

const put = (n: number, members: Partial<PutSecretValueCommandInput> = {}) =>
  SecretsManager.send(
    new PutSecretValueCommand({ SecretId, SecretString: String(n), ClientRequestToken: token(n), ...members })
  )

const read = (members: Partial<GetSecretValueCommandInput> = {}) =>
  SecretsManager.send(new GetSecretValueCommand({ SecretId, ...members }))

const valueOf = (VersionStage?: string) => Effect.map(read({ VersionStage }), ({ SecretString }) => SecretString)

const move = (VersionStage: string, to?: number, from?: number) =>
  SecretsManager.send(
    new UpdateSecretVersionStageCommand({
      SecretId,
      VersionStage,
      ...(to !== undefined && { MoveToVersionId: token(to) }),
      ...(from !== undefined && { RemoveFromVersionId: token(from) })
    })
  )

/** The staging labels of each version that has any: `{ 1: "AWSCURRENT" }`. */
const stages = Effect.map(
  SecretsManager.send(new DescribeSecretCommand({ SecretId })),
  ({ VersionIdsToStages = {} }) =>
    Object.fromEntries(
      Object.entries(VersionIdsToStages).map(([id, stages]) => [Number(id), [...stages].sort().join()])
    )
)

const listed = (IncludeDeprecated: boolean) =>
  Effect.map(
    SecretsManager.send(new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated })),
    ({ Versions = [] }) => Versions.map(({ VersionId }) => Number(VersionId)).sort()
  )

export const secretsManagerVersions = contract("SecretsManager", {
  "puts a value as the current version, and keeps the one before as the previous version": documented(
    "API_PutSecretValue",
    Effect.gen(function*() {
      yield* create
      const { VersionId, VersionStages } = yield* put(2)
      assert.deepEqual([VersionId, VersionStages], [token(2), ["AWSCURRENT"]])
      assert.deepEqual([yield* valueOf(), yield* valueOf("AWSPREVIOUS")], ["2", "1"])
      yield* put(3)
      assert.deepEqual(yield* stages, { 2: "AWSPREVIOUS", 3: "AWSCURRENT" })
    })
  ),

  "updates the value of a secret as the current version": documented(
    "API_UpdateSecret",
    Effect.gen(function*() {
      yield* create
      const { VersionId } = yield* SecretsManager.send(
        new UpdateSecretCommand({ SecretId, SecretString: "2", ClientRequestToken: token(2) })
      )
      assert.strictEqual(VersionId, token(2))
      assert.deepEqual(yield* stages, { 1: "AWSPREVIOUS", 2: "AWSCURRENT" })
    })
  ),

  "keeps versions without staging labels, and lists them when asked": documented(
    "API_ListSecretVersionIds",
    Effect.gen(function*() {
      yield* create
      yield* put(2)
      yield* put(3)
      assert.deepEqual([yield* listed(false), yield* listed(true)], [[2, 3], [1, 2, 3]])
      assert.strictEqual((yield* read({ VersionId: token(1) })).SecretString, "1")
    })
  ),

  "lists versions page by page": documented(
    "API_ListSecretVersionIds",
    Effect.gen(function*() {
      yield* create
      yield* put(2)
      const list = (NextToken?: string) =>
        SecretsManager.send(new ListSecretVersionIdsCommand({ SecretId, MaxResults: 1, NextToken }))
      const first = yield* list()
      const second = yield* list(first.NextToken)
      assert.deepEqual([first.Versions?.length, second.Versions?.length, second.NextToken], [1, 1, undefined])
      assert.notStrictEqual(first.Versions![0]!.VersionId, second.Versions![0]!.VersionId)
      assert.strictEqual(yield* codeOf(list("wrong")), "InvalidNextTokenException")
    })
  ),

  "names the default key of a version": believed(
    "the console names the key of AWS so, and we remember it of answers",
    Effect.gen(function*() {
      yield* create
      const { Versions = [] } = yield* SecretsManager.send(new ListSecretVersionIdsCommand({ SecretId }))
      assert.deepEqual(Versions[0]!.KmsKeyIds, ["DefaultEncryptionKey"])
    })
  ),

  "ignores a value that is put again with the same token, and refuses another one": documented(
    "API_PutSecretValue",
    Effect.gen(function*() {
      yield* create
      yield* put(2)
      yield* put(3)
      assert.strictEqual((yield* put(2)).VersionId, token(2))
      assert.strictEqual(yield* valueOf(), "3")
      assert.strictEqual(yield* codeOf(put(2, { SecretString: "other" })), "ResourceExistsException")
    })
  ),

  "refuses to put no value": believed(
    "moto answers so, and the code is documented",
    Effect.gen(function*() {
      yield* create
      assert.deepEqual(yield* rejection(put(2, { SecretString: undefined })), [
        "InvalidRequestException",
        "You must provide either SecretString or SecretBinary."
      ])
    })
  ),

  "puts a pending version without changing the current one, and makes it current later": documented(
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html",
    Effect.gen(function*() {
      yield* create
      yield* put(2, { VersionStages: ["AWSPENDING"] })
      assert.deepEqual([yield* valueOf(), yield* valueOf("AWSPENDING")], ["1", "2"])
      yield* move("AWSCURRENT", 2, 1)
      assert.deepEqual(yield* stages, { 1: "AWSPREVIOUS", 2: "AWSCURRENT,AWSPENDING" })
      yield* move("AWSPENDING", undefined, 2)
      assert.deepEqual(yield* stages, { 1: "AWSPREVIOUS", 2: "AWSCURRENT" })
    })
  ),

  "makes the first version of a secret current, whatever its staging labels": documented(
    "API_PutSecretValue",
    Effect.gen(function*() {
      yield* SecretsManager.send(new CreateSecretCommand({ Name: SecretId }))
      yield* put(1, { VersionStages: ["first"] })
      assert.deepEqual(yield* stages, { 1: "AWSCURRENT,first" })
    })
  ),

  "gives a staging label to one version only": documented(
    "API_PutSecretValue",
    Effect.gen(function*() {
      yield* create
      yield* put(2, { VersionStages: ["green"] })
      yield* put(3, { VersionStages: ["green", "blue"] })
      assert.deepEqual(yield* stages, { 1: "AWSCURRENT", 3: "blue,green" })
      assert.strictEqual(yield* valueOf("green"), "3")
    })
  ),

  "moves a staging label only from the version that a program names": believed(
    "the rules are documented; AWS's messages are in issues and other emulators",
    Effect.gen(function*() {
      yield* create
      yield* put(2, { VersionStages: ["green"] })
      const [code, message] = yield* rejection(move("green", 1))
      assert.strictEqual(code, "InvalidParameterException")
      assert.include(String(message), `Staging label green is currently attached to version ${token(2)}`)
      assert.strictEqual(yield* codeOf(move("green", 1, 1)), "InvalidParameterException")
      yield* move("green", 1, 2)
      yield* move("red", 2)
      assert.deepEqual(yield* stages, { 1: "AWSCURRENT,green", 2: "red" })
    })
  ),

  "refuses to remove AWSCURRENT": documented(
    "API_UpdateSecretVersionStage",
    Effect.gen(function*() {
      yield* create
      assert.strictEqual(yield* codeOf(move("AWSCURRENT", undefined, 1)), "InvalidParameterException")
      assert.deepEqual(yield* stages, { 1: "AWSCURRENT" })
    })
  ),

  "makes the previous version current again": documented(
    "API_UpdateSecretVersionStage",
    Effect.gen(function*() {
      yield* create
      yield* put(2)
      yield* move("AWSCURRENT", 1, 2)
      assert.deepEqual(yield* stages, { 1: "AWSCURRENT", 2: "AWSPREVIOUS" })
    })
  ),

  "says which version or staging label a secret doesn't have": believed(
    "AWS's messages are in issues of its SDKs and of Terraform's AWS provider",
    Effect.gen(function*() {
      yield* create
      const missing = (what: string) => [
        "ResourceNotFoundException",
        `Secrets Manager can't find the specified secret value for ${what}`
      ]
      assert.deepEqual(yield* rejection(read({ VersionId: token(9) })), missing(`VersionId: ${token(9)}`))
      assert.deepEqual(yield* rejection(read({ VersionStage: "AWSPREVIOUS" })), missing("staging label: AWSPREVIOUS"))
      yield* put(2)
      assert.deepEqual(yield* rejection(read({ VersionId: token(1), VersionStage: "AWSCURRENT" })), [
        "InvalidRequestException",
        "You provided a VersionStage that is not associated to the provided VersionId."
      ])
    })
  ),

  "limits the staging labels of a secret to 20": documented(
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html",
    Effect.gen(function*() {
      yield* create
      yield* put(2, { VersionStages: Array.from({ length: 19 }, (_, i) => `label-${i}`) })
      assert.strictEqual(yield* codeOf(put(3, { VersionStages: ["one-more"] })), "LimitExceededException")
      assert.deepEqual(yield* listed(true), [1, 2])
    })
  )
})
