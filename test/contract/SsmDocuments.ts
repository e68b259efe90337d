import {
  AddTagsToResourceCommand,
  CreateDocumentCommand,
  type CreateDocumentCommandInput,
  DeleteDocumentCommand,
  DescribeDocumentCommand,
  DescribeDocumentPermissionCommand,
  GetDocumentCommand,
  ListDocumentsCommand,
  type ListDocumentsCommandInput,
  ListDocumentVersionsCommand,
  ListTagsForResourceCommand,
  ModifyDocumentPermissionCommand,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand
} from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ssm } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"
import { codeOf } from "./support/rejections.ts"

const contentOf = (description: string) =>
  JSON.stringify({
    schemaVersion: "2.2",
    description,
    parameters: {
      who: { type: "String", description: "whom to greet", default: "you", allowedValues: ["you", "all"] },
      files: { type: "StringList" }
    },
    mainSteps: [{ action: "aws:runShellScript", name: "greet", inputs: { runCommand: ["echo {{ who }}"] } }]
  })

const create = (Name: string, members: Partial<CreateDocumentCommandInput> = {}) =>
  Effect.map(
    Ssm.send(new CreateDocumentCommand({ Name, Content: contentOf("first"), DocumentType: "Command", ...members })),
    ({ DocumentDescription }) => ({ ...DocumentDescription })
  )

const describe = (Name: string, DocumentVersion?: string) =>
  Effect.map(
    Ssm.send(new DescribeDocumentCommand({ Name, DocumentVersion })),
    ({ Document }) => ({ ...Document })
  )

const namesOf = (input: ListDocumentsCommandInput) =>
  Effect.map(
    Ssm.send(new ListDocumentsCommand(input)),
    ({ DocumentIdentifiers = [] }) => DocumentIdentifiers.map(({ Name }) => Name)
  )

export const ssmDocuments = contract("Ssm", {
  "creates a document, and reads its parameters and platforms from its content": documented(
    "API_CreateDocument",
    Effect.gen(function*() {
      assert.deepInclude(yield* create("Greet"), { Name: "Greet", DocumentVersion: "1", Status: "Creating" })
      const found = yield* describe("Greet")
      assert.deepInclude(found, {
        Name: "Greet",
        Status: "Active",
        Description: "first",
        SchemaVersion: "2.2",
        DocumentType: "Command",
        DocumentFormat: "JSON",
        DocumentVersion: "1",
        LatestVersion: "1",
        DefaultVersion: "1",
        HashType: "Sha256",
        PlatformTypes: ["Linux", "MacOS"]
      })
      assert.deepEqual(found.Parameters, [
        { Name: "who", Type: "String", Description: "whom to greet", DefaultValue: "you" },
        { Name: "files", Type: "StringList" }
      ])
      const { Content, DocumentVersion } = yield* Ssm.send(new GetDocumentCommand({ Name: "Greet" }))
      assert.deepEqual([Content, DocumentVersion], [contentOf("first"), "1"])
      assert.strictEqual(yield* codeOf(create("Greet")), "DocumentAlreadyExists")
    })
  ),

  "reads a document in YAML, and answers it as JSON": documented(
    "API_GetDocument",
    Effect.gen(function*() {
      const Content = [
        "schemaVersion: '2.2'",
        "description: hello",
        "mainSteps:",
        "- action: aws:runPowerShellScript",
        "  name: greet",
        "  inputs:",
        "    runCommand:",
        "    - echo hello",
        ""
      ].join("\n")
      yield* create("Yaml", { Content, DocumentFormat: "YAML" })
      assert.deepInclude(yield* describe("Yaml"), { Description: "hello", DocumentFormat: "YAML" })
      const json = yield* Ssm.send(new GetDocumentCommand({ Name: "Yaml", DocumentFormat: "JSON" }))
      assert.deepEqual(JSON.parse(json.Content ?? ""), {
        schemaVersion: "2.2",
        description: "hello",
        mainSteps: [{ action: "aws:runPowerShellScript", name: "greet", inputs: { runCommand: ["echo hello"] } }]
      })
    })
  ),

  "rejects content that isn't well formed, and a schema that the type doesn't have": documented(
    "API_CreateDocument",
    Effect.gen(function*() {
      assert.strictEqual(yield* codeOf(create("Broken", { Content: "{" })), "InvalidDocumentContent")
      const Content = JSON.stringify({ schemaVersion: "9.9", mainSteps: [] })
      assert.strictEqual(yield* codeOf(create("Broken", { Content })), "InvalidDocumentSchemaVersion")
    })
  ),

  "keeps the names that begin with aws or amazon for AWS": believed(
    "the user guide says which prefixes are reserved, not which error tells it",
    Effect.gen(function*() {
      assert.strictEqual(yield* codeOf(create("AWS-Greet")), "ValidationException")
      assert.strictEqual(yield* codeOf(create("amazonGreet")), "ValidationException")
    })
  ),

  "adds versions, and moves the default one": documented(
    "API_UpdateDocument",
    Effect.gen(function*() {
      const Name = "Versions"
      yield* create(Name, { VersionName: "one" })
      const update = (Content: string, members: { DocumentVersion?: string; VersionName?: string } = {}) =>
        Ssm.send(new UpdateDocumentCommand({ Name, Content, DocumentVersion: "$LATEST", ...members }))
      const { DocumentDescription } = yield* update(contentOf("second"), { VersionName: "two" })
      assert.deepInclude({ ...DocumentDescription }, { DocumentVersion: "2", DefaultVersion: "1", LatestVersion: "2" })
      assert.strictEqual(yield* codeOf(update(contentOf("second"))), "DuplicateDocumentContent")
      assert.strictEqual(
        yield* codeOf(update(contentOf("third"), { VersionName: "one" })),
        "DuplicateDocumentVersionName"
      )
      assert.strictEqual(
        yield* codeOf(update(contentOf("third"), { DocumentVersion: "1" })),
        "InvalidDocumentVersion"
      )
      assert.strictEqual((yield* describe(Name)).Description, "first")
      assert.strictEqual((yield* describe(Name, "$LATEST")).Description, "second")
      assert.strictEqual(yield* codeOf(describe(Name, "7")), "InvalidDocumentVersion")
      yield* Ssm.send(new UpdateDocumentDefaultVersionCommand({ Name, DocumentVersion: "2" }))
      assert.strictEqual((yield* describe(Name)).Description, "second")
      const { DocumentVersions = [] } = yield* Ssm.send(new ListDocumentVersionsCommand({ Name }))
      assert.deepEqual(
        DocumentVersions.map(({ DocumentVersion, IsDefaultVersion, VersionName }) => [
          DocumentVersion,
          VersionName,
          IsDefaultVersion
        ]),
        [["2", "two", true], ["1", "one", false]]
      )
      const remove = (DocumentVersion: string) => Ssm.send(new DeleteDocumentCommand({ Name, DocumentVersion }))
      assert.strictEqual(yield* codeOf(remove("2")), "InvalidDocumentOperation")
      yield* remove("1")
      assert.strictEqual(yield* codeOf(describe(Name, "1")), "InvalidDocumentVersion")
    })
  ),

  "lists documents by owner, type, name and tag": documented(
    "API_DocumentKeyValuesFilter",
    Effect.gen(function*() {
      yield* create("ListOne", { Tags: [{ Key: "team", Value: "a" }] })
      yield* create("ListTwo")
      const by = (Key: string, ...Values: Array<string>) => ({ Key, Values })
      assert.deepEqual(yield* namesOf({ Filters: [by("Owner", "Self"), by("Name", "List")] }), ["ListOne", "ListTwo"])
      assert.deepEqual(yield* namesOf({ Filters: [by("tag:team", "a")] }), ["ListOne"])
      assert.include(
        yield* namesOf({ Filters: [by("Owner", "Amazon"), by("DocumentType", "Command")] }),
        "AWS-RunShellScript"
      )
      assert.deepEqual(yield* namesOf({ DocumentFilterList: [{ key: "Name", value: "ListTwo" }] }), ["ListTwo"])
      assert.strictEqual(yield* codeOf(namesOf({ Filters: [by("Colour", "red")] })), "InvalidFilterKey")
      const first = yield* Ssm.send(new ListDocumentsCommand({ Filters: [by("Name", "List")], MaxResults: 1 }))
      assert.strictEqual(first.DocumentIdentifiers?.length, 1)
      assert.deepEqual(
        yield* namesOf({ Filters: [by("Name", "List")], MaxResults: 1, NextToken: first.NextToken }),
        ["ListTwo"]
      )
    })
  ),

  "describes AWS's own documents": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-command-ssm-plugin-reference.html",
    Effect.gen(function*() {
      const found = yield* describe("AWS-RunShellScript")
      assert.deepInclude(found, { Owner: "Amazon", DocumentType: "Command", SchemaVersion: "1.2" })
      assert.deepEqual(found.Parameters?.map(({ Name }) => Name), ["commands", "workingDirectory", "executionTimeout"])
      assert.strictEqual(
        yield* codeOf(Ssm.send(new DeleteDocumentCommand({ Name: "AWS-RunShellScript" }))),
        "InvalidDocument"
      )
      assert.strictEqual(yield* codeOf(describe("AWS-RunNothing")), "InvalidDocument")
    })
  ),

  "shares a document with other accounts, and doesn't delete it then": documented(
    "API_ModifyDocumentPermission",
    Effect.gen(function*() {
      const Name = "Shared"
      yield* create(Name)
      const share = { Name, PermissionType: "Share" } as const
      yield* Ssm.send(new ModifyDocumentPermissionCommand({ ...share, AccountIdsToAdd: ["111122223333"] }))
      const accounts = Effect.map(
        Ssm.send(new DescribeDocumentPermissionCommand(share)),
        ({ AccountIds, AccountSharingInfoList }) => ({ AccountIds, AccountSharingInfoList })
      )
      assert.deepEqual(yield* accounts, {
        AccountIds: ["111122223333"],
        AccountSharingInfoList: [{ AccountId: "111122223333", SharedDocumentVersion: "$DEFAULT" }]
      })
      const remove = Ssm.send(new DeleteDocumentCommand({ Name }))
      assert.strictEqual(yield* codeOf(remove), "InvalidDocumentOperation")
      yield* Ssm.send(new ModifyDocumentPermissionCommand({ ...share, AccountIdsToRemove: ["111122223333"] }))
      assert.deepEqual((yield* accounts).AccountIds, [])
      yield* remove
      assert.strictEqual(yield* codeOf(describe(Name)), "InvalidDocument")
    })
  ),

  "tags a document": documented(
    "API_AddTagsToResource",
    Effect.gen(function*() {
      yield* create("Tagged")
      const resource = { ResourceType: "Document", ResourceId: "Tagged" } as const
      yield* Ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: "team", Value: "a" }] }))
      const { TagList } = yield* Ssm.send(new ListTagsForResourceCommand(resource))
      assert.deepEqual(TagList, [{ Key: "team", Value: "a" }])
    })
  )
})
