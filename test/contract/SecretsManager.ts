import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  type GetRandomPasswordCommandInput,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  RestoreSecretCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  ValidateResourcePolicyCommand
} from "@aws-sdk/client-secrets-manager"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import { believed, contract, documented } from "./Contract.ts"
import { codeOf, rejection } from "./support/rejections.ts"

const create = (Name: string, members: Partial<CreateSecretCommandInput> = {}) =>
  SecretsManager.send(new CreateSecretCommand({ Name, SecretString: "value", ...members }))

const describe = (SecretId: string) => SecretsManager.send(new DescribeSecretCommand({ SecretId }))

const valueOf = (SecretId: string) =>
  Effect.map(SecretsManager.send(new GetSecretValueCommand({ SecretId })), ({ SecretString }) => SecretString)

const remove = (SecretId: string, members: Partial<DeleteSecretCommand["input"]> = {}) =>
  SecretsManager.send(new DeleteSecretCommand({ SecretId, ...members }))

const namesOf = (input: ListSecretsCommand["input"]) =>
  Effect.map(
    SecretsManager.send(new ListSecretsCommand(input)),
    ({ SecretList = [] }) => SecretList.map(({ Name }) => Name).sort()
  )

const named = (...Values: Array<string>) => namesOf({ Filters: [{ Key: "name", Values }] })

const password = (input: GetRandomPasswordCommandInput = {}) =>
  Effect.map(SecretsManager.send(new GetRandomPasswordCommand(input)), ({ RandomPassword = "" }) => RandomPassword)

const policyOf = (principal: unknown, effect = "Allow", action = "secretsmanager:GetSecretValue") =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: effect, Principal: principal, Action: action, Resource: "*" }]
  })

const missing = ["ResourceNotFoundException", "Secrets Manager can't find the specified secret."]
const marked = [
  "InvalidRequestException",
  "You can't perform this operation on the secret because it was marked for deletion."
]

export const secretsManager = contract("SecretsManager", {
  "creates a secret whose ARN ends in six random characters": documented(
    "API_CreateSecret",
    Effect.gen(function*() {
      const first = yield* create("team/app")
      assert.match(first.ARN!, /^arn:aws:secretsmanager:us-east-1:123456789012:secret:team\/app-[A-Za-z0-9]{6}$/)
      assert.strictEqual(first.Name, "team/app")
      const { ARN, CreatedDate, SecretString, VersionId, VersionStages } = yield* SecretsManager.send(
        new GetSecretValueCommand({ SecretId: "team/app" })
      )
      assert.deepEqual([ARN, SecretString, VersionId, VersionStages], [
        first.ARN,
        "value",
        first.VersionId,
        ["AWSCURRENT"]
      ])
      assert.instanceOf(CreatedDate, Date)
    })
  ),

  "keeps a binary value as it is": documented(
    "API_CreateSecret",
    Effect.gen(function*() {
      const bytes = Uint8Array.of(0, 255, 128, 10)
      yield* create("binary", { SecretString: undefined, SecretBinary: bytes })
      const { SecretBinary, SecretString } = yield* SecretsManager.send(
        new GetSecretValueCommand({ SecretId: "binary" })
      )
      assert.deepEqual([...SecretBinary!], [...bytes])
      assert.isUndefined(SecretString)
    })
  ),

  "finds a secret by its name, its ARN, and its ARN without the random characters": documented(
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html",
    Effect.gen(function*() {
      const { ARN = "" } = yield* create("ids/one")
      for (const id of ["ids/one", ARN, ARN.slice(0, -7)]) assert.strictEqual((yield* describe(id)).ARN, ARN)
      assert.deepEqual(yield* rejection(describe("ids/on")), missing)
      assert.deepEqual(yield* rejection(describe(ARN.slice(0, -1))), missing)
      assert.deepEqual(yield* rejection(describe(`${ARN.slice(0, -6)}zzzzzz`)), missing)
    })
  ),

  "has no value in a secret that was created without one": documented(
    "API_GetSecretValue",
    Effect.gen(function*() {
      const { VersionId } = yield* create("empty", { SecretString: undefined })
      assert.isUndefined(VersionId)
      assert.deepEqual(yield* rejection(valueOf("empty")), [
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
      ])
    })
  ),

  "refuses a second secret with the same name": believed(
    "the code is documented; AWS's message is in issues of Terraform's AWS provider",
    Effect.gen(function*() {
      yield* create("twice")
      assert.deepEqual(yield* rejection(create("twice")), [
        "ResourceExistsException",
        "The operation failed because the secret twice already exists."
      ])
    })
  ),

  "answers the same creation with the same token as the first one": documented(
    "API_CreateSecret",
    Effect.gen(function*() {
      const ClientRequestToken = "0".repeat(32)
      const first = yield* create("again", { ClientRequestToken })
      const second = yield* create("again", { ClientRequestToken })
      assert.strictEqual(first.VersionId, ClientRequestToken)
      assert.deepEqual([second.ARN, second.VersionId], [first.ARN, ClientRequestToken])
      assert.strictEqual(
        yield* codeOf(create("again", { ClientRequestToken, SecretString: "other" })),
        "ResourceExistsException"
      )
    })
  ),

  "refuses names with other characters": believed(
    "AWS's message is in issues of the AWS CDK",
    Effect.gen(function*() {
      for (const name of ["a b", "a:b", "é", "a*"]) {
        assert.deepEqual(yield* rejection(create(name)), [
          "ValidationException",
          "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        ])
      }
      yield* create("a/B_1+=.@-!")
    })
  ),

  "limits a value to 65,536 bytes": documented(
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html",
    Effect.gen(function*() {
      yield* create("large", { SecretString: "x".repeat(65_536) })
      assert.strictEqual(yield* codeOf(create("larger", { SecretString: "x".repeat(65_537) })), "ValidationException")
      assert.strictEqual(yield* codeOf(create("wide", { SecretString: "é".repeat(32_769) })), "ValidationException")
    })
  ),

  "refuses a secret with a text and bytes": believed(
    "the rule is documented, and the message is believed",
    Effect.gen(function*() {
      assert.strictEqual(
        yield* codeOf(create("both", { SecretBinary: Uint8Array.of(1) })),
        "InvalidParameterException"
      )
    })
  ),

  "describes a secret with its description, key and tags": documented(
    "API_DescribeSecret",
    Effect.gen(function*() {
      const KmsKeyId = "alias/secrets"
      const Tags = [{ Key: "team", Value: "a" }]
      const { VersionId = "" } = yield* create("described", { Description: "of the app", KmsKeyId, Tags })
      const secret = yield* describe("described")
      assert.deepInclude(secret, {
        Name: "described",
        Description: "of the app",
        KmsKeyId,
        Tags,
        VersionIdsToStages: { [VersionId]: ["AWSCURRENT"] }
      })
      assert.isUndefined(secret.DeletedDate)
      yield* create("plain")
      assert.isUndefined((yield* describe("plain")).KmsKeyId)
    })
  ),

  "changes the description and the key of a secret, and its key back to AWS's own": documented(
    "API_UpdateSecret",
    Effect.gen(function*() {
      yield* create("changed", { Description: "old" })
      const { VersionId } = yield* SecretsManager.send(
        new UpdateSecretCommand({ SecretId: "changed", Description: "new", KmsKeyId: "alias/mine" })
      )
      assert.isUndefined(VersionId)
      assert.deepInclude(yield* describe("changed"), { Description: "new", KmsKeyId: "alias/mine" })
      assert.strictEqual(yield* valueOf("changed"), "value")
      yield* SecretsManager.send(new UpdateSecretCommand({ SecretId: "changed", KmsKeyId: "" }))
      assert.isUndefined((yield* describe("changed")).KmsKeyId)
    })
  ),

  "shows the day of the last read": documented(
    "API_DescribeSecret",
    Effect.gen(function*() {
      yield* create("read")
      assert.isUndefined((yield* describe("read")).LastAccessedDate)
      yield* valueOf("read")
      const { LastAccessedDate } = yield* describe("read")
      assert.strictEqual(LastAccessedDate!.getTime() % (24 * 3_600_000), 0)
    })
  ),

  "adds and removes tags": documented(
    "API_TagResource",
    Effect.gen(function*() {
      yield* create("tagged", { Tags: [{ Key: "a", Value: "1" }, { Key: "b", Value: "2" }] })
      yield* SecretsManager.send(
        new TagResourceCommand({ SecretId: "tagged", Tags: [{ Key: "b", Value: "3" }, { Key: "c", Value: "4" }] })
      )
      yield* SecretsManager.send(new UntagResourceCommand({ SecretId: "tagged", TagKeys: ["a", "none"] }))
      const { Tags = [] } = yield* describe("tagged")
      assert.deepEqual(
        Tags.map(({ Key, Value }) => `${Key}=${Value}`).sort(),
        ["b=3", "c=4"]
      )
    })
  ),

  "deletes a secret after a recovery window of 7 to 30 days, until which it can be restored": documented(
    "API_DeleteSecret",
    Effect.gen(function*() {
      yield* create("deleted")
      for (const RecoveryWindowInDays of [6, 31]) {
        assert.strictEqual(
          yield* codeOf(remove("deleted", { RecoveryWindowInDays })),
          "InvalidParameterException"
        )
      }
      const { DeletionDate } = yield* remove("deleted", { RecoveryWindowInDays: 7 })
      assert.instanceOf(DeletionDate, Date)
      assert.instanceOf((yield* describe("deleted")).DeletedDate, Date)
      assert.deepEqual(yield* rejection(valueOf("deleted")), marked)
      assert.deepEqual(yield* rejection(create("deleted")), [
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion."
      ])
      assert.deepEqual([yield* namesOf({}), yield* namesOf({ IncludePlannedDeletion: true })], [[], ["deleted"]])
      yield* SecretsManager.send(new RestoreSecretCommand({ SecretId: "deleted" }))
      assert.strictEqual(yield* valueOf("deleted"), "value")
      assert.isUndefined((yield* describe("deleted")).DeletedDate)
    })
  ),

  "refuses to change, to tag or to delete a deleted secret": documented(
    "API_DeleteSecret",
    Effect.gen(function*() {
      const SecretId = "gone"
      yield* create(SecretId)
      yield* remove(SecretId)
      const Tags = [{ Key: "a", Value: "b" }]
      const calls = [
        SecretsManager.send(new UpdateSecretCommand({ SecretId, Description: "new" })),
        SecretsManager.send(new TagResourceCommand({ SecretId, Tags })),
        SecretsManager.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy: policyOf("*") }))
      ]
      for (const call of calls) assert.deepEqual(yield* rejection(call), marked)
      assert.strictEqual(yield* codeOf(remove(SecretId)), "InvalidRequestException")
    })
  ),

  "deletes a secret at once when forced, even a deleted or unknown one": documented(
    "API_DeleteSecret",
    Effect.gen(function*() {
      const force = { ForceDeleteWithoutRecovery: true } as const
      const { ARN } = yield* create("forced")
      yield* remove("forced")
      assert.strictEqual((yield* remove("forced", force)).ARN, ARN)
      assert.deepEqual(yield* rejection(describe("forced")), missing)
      assert.strictEqual((yield* remove("forced", force)).Name, "forced")
      assert.notStrictEqual((yield* create("forced")).ARN, ARN)
      assert.strictEqual(
        yield* codeOf(remove("forced", { ...force, RecoveryWindowInDays: 7 })),
        "InvalidParameterException"
      )
      assert.deepEqual(yield* rejection(remove("nothing")), missing)
    })
  ),

  "lists secrets by the beginnings of their names and tags, and by words of their descriptions": documented(
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html",
    Effect.gen(function*() {
      yield* create("app/one", { Description: "My Basic description", Tags: [{ Key: "team", Value: "red" }] })
      yield* create("app/two", { Tags: [{ Key: "Team", Value: "blue" }] })
      yield* create("db/one")
      const by = (Key: "all" | "description" | "tag-key" | "tag-value", ...Values: Array<string>) =>
        namesOf({ Filters: [{ Key, Values }] })
      assert.deepEqual(yield* named("app/"), ["app/one", "app/two"])
      assert.deepEqual(yield* named("App/"), [])
      assert.deepEqual(yield* named("one"), [])
      assert.deepEqual(yield* named("app/two", "db"), ["app/two", "db/one"])
      assert.deepEqual(yield* named("!app/"), ["db/one"])
      assert.deepEqual(yield* by("description", "my description"), ["app/one"])
      assert.deepEqual(yield* by("tag-key", "team"), ["app/one"])
      assert.deepEqual(yield* by("tag-value", "bl"), ["app/two"])
      assert.deepEqual(yield* by("all", "BLUE"), ["app/two"])
      assert.deepEqual(
        yield* namesOf({ Filters: [{ Key: "name", Values: ["app"] }, { Key: "tag-value", Values: ["red"] }] }),
        ["app/one"]
      )
    })
  ),

  "sorts secrets by name, and lists them page by page": documented(
    "API_ListSecrets",
    Effect.gen(function*() {
      for (const name of ["b", "c", "a"]) yield* create(name)
      const list = (input: ListSecretsCommand["input"]) => SecretsManager.send(new ListSecretsCommand(input))
      const sorted = { SortBy: "name", SortOrder: "desc", MaxResults: 2 } as const
      const first = yield* list(sorted)
      const second = yield* list({ ...sorted, NextToken: first.NextToken })
      assert.deepEqual(
        [first, second].map(({ SecretList = [] }) => SecretList.map(({ Name }) => Name)),
        [["c", "b"], ["a"]]
      )
      assert.isUndefined(second.NextToken)
      assert.strictEqual(yield* codeOf(list({ NextToken: "wrong" })), "InvalidNextTokenException")
    })
  ),

  "gets the values of several secrets, and says which it doesn't have": documented(
    "API_BatchGetSecretValue",
    Effect.gen(function*() {
      yield* create("one")
      yield* create("two")
      const batch = (input: BatchGetSecretValueCommand["input"]) =>
        SecretsManager.send(new BatchGetSecretValueCommand(input))
      const { Errors, SecretValues = [] } = yield* batch({ SecretIdList: ["one", "none", "two"] })
      assert.deepEqual(SecretValues.map(({ Name, SecretString }) => [Name, SecretString]), [
        ["one", "value"],
        ["two", "value"]
      ])
      assert.deepEqual(Errors, [{ SecretId: "none", ErrorCode: missing[0], Message: missing[1] }])
      const filtered = yield* batch({ Filters: [{ Key: "name", Values: ["t"] }], MaxResults: 1 })
      assert.deepEqual(filtered.SecretValues!.map(({ Name }) => Name), ["two"])
      assert.strictEqual(yield* codeOf(batch({})), "InvalidParameterException")
      assert.strictEqual(
        yield* codeOf(batch({ SecretIdList: ["one"], Filters: [{ Key: "name", Values: ["t"] }] })),
        "InvalidParameterException"
      )
    })
  ),

  "makes passwords of the types of characters that a program wants": documented(
    "API_GetRandomPassword",
    Effect.gen(function*() {
      const plain = yield* password()
      assert.strictEqual(plain.length, 32)
      for (const type of [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/]) assert.match(plain, type)
      const digits = yield* password({
        PasswordLength: 20,
        ExcludeLowercase: true,
        ExcludeUppercase: true,
        ExcludePunctuation: true,
        ExcludeCharacters: "01"
      })
      assert.match(digits, /^[2-9]{20}$/)
      assert.include(yield* password({ PasswordLength: 5, IncludeSpace: true }), " ")
      assert.notStrictEqual(yield* password(), plain)
      assert.strictEqual(
        yield* codeOf(password({ PasswordLength: 3 })),
        "InvalidParameterException"
      )
    })
  ),

  "keeps the policy of a secret": documented(
    "API_PutResourcePolicy",
    Effect.gen(function*() {
      const SecretId = "policed"
      yield* create(SecretId)
      const read = SecretsManager.send(new GetResourcePolicyCommand({ SecretId }))
      assert.isUndefined((yield* read).ResourcePolicy)
      const ResourcePolicy = policyOf({ AWS: "arn:aws:iam::123456789012:root" })
      yield* SecretsManager.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }))
      assert.deepEqual(JSON.parse((yield* read).ResourcePolicy!), JSON.parse(ResourcePolicy))
      yield* SecretsManager.send(new DeleteResourcePolicyCommand({ SecretId }))
      assert.isUndefined((yield* read).ResourcePolicy)
    })
  ),

  "refuses a policy that is malformed, or public where that is blocked": documented(
    "API_PutResourcePolicy",
    Effect.gen(function*() {
      const SecretId = "unpoliced"
      yield* create(SecretId)
      const put = (ResourcePolicy: string, BlockPublicPolicy = false) =>
        codeOf(SecretsManager.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy, BlockPublicPolicy })))
      for (const policy of ["{", "{}", JSON.stringify({ Statement: [{ Effect: "Allow" }] })]) {
        assert.strictEqual(yield* put(policy), "MalformedPolicyDocumentException")
      }
      assert.strictEqual(yield* put(policyOf("*"), true), "PublicPolicyException")
      const validate = (ResourcePolicy: string) =>
        SecretsManager.send(new ValidateResourcePolicyCommand({ ResourcePolicy }))
      assert.isTrue((yield* validate(policyOf({ AWS: "123456789012" }))).PolicyValidationPassed)
      assert.isFalse((yield* validate(policyOf("*"))).PolicyValidationPassed)
    })
  ),

  "denies what the policy of a secret denies": documented(
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html",
    Effect.gen(function*() {
      const SecretId = "denied"
      yield* create(SecretId)
      const ResourcePolicy = policyOf("*", "Deny")
      yield* SecretsManager.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }))
      assert.strictEqual(yield* codeOf(valueOf(SecretId)), "AccessDeniedException")
      yield* describe(SecretId)
    })
  )
})
