import {
  AddTagsCommand,
  CreateDomainCommand,
  DeleteDomainCommand,
  DescribeDomainCommand,
  DescribeDomainConfigCommand,
  DescribeDomainsCommand,
  ListDomainNamesCommand,
  ListTagsCommand,
  RemoveTagsCommand,
  UpdateDomainConfigCommand
} from "@aws-sdk/client-opensearch"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type AwsError, OpenSearch } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

const uuid = Effect.sync(() => crypto.randomUUID())

/** A name that no other case uses. */
const uniqueName = Effect.map(uuid, (id) => `logs-${id.slice(0, 8)}`)

const create = (name: string) =>
  OpenSearch.send(
    new CreateDomainCommand({
      DomainName: name,
      EngineVersion: "OpenSearch_2.11",
      ClusterConfig: { InstanceType: "r6g.large.search", InstanceCount: 2 },
      TagList: [{ Key: "team", Value: "capture" }]
    })
  ).pipe(Effect.map(({ DomainStatus }) => DomainStatus!))

const createdDomain = Effect.flatMap(uniqueName, create)

const expectRejected = <A, R>(
  expected: readonly [code: string, status: number | undefined],
  effect: Effect.Effect<A, AwsError, R>
) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.strictEqual(error.reason._tag, "Rejected")
    assert.deepEqual([error.code, error.statusCode], expected)
  })

const notFound = ["ResourceNotFoundException", 409] as const
const invalid = ["ValidationException", 400] as const

export const openSearch = contract("OpenSearch", {
  "succeeds when the domain to destroy doesn't exist": documented(
    "API_DeleteDomain",
    Effect.gen(function*() {
      yield* OpenSearch.destroyDomain(yield* uniqueName)
    })
  ),

  "emits no state for a missing domain": documented(
    "API_DescribeDomain",
    Effect.gen(function*() {
      assert.deepEqual(yield* Stream.runCollect(OpenSearch.watchDomain(yield* uniqueName)), [])
    })
  ),

  "emits the current state of a domain first": documented(
    "API_DomainStatus",
    Effect.gen(function*() {
      const { ARN, DomainName = "" } = yield* createdDomain
      const [status] = yield* OpenSearch.watchDomain(DomainName).pipe(Stream.take(1), Stream.runCollect)
      assert.instanceOf(status, OpenSearch.DomainStatus)
      assert.deepEqual([status?.name, status?.arn, status?.engineVersion], [DomainName, ARN, "OpenSearch_2.11"])
    })
  ),

  "reports a new domain as Creating, without an endpoint": documented(
    "API_DomainStatus",
    Effect.gen(function*() {
      const { DomainName = "" } = yield* createdDomain
      const [status] = yield* OpenSearch.watchDomain(DomainName).pipe(Stream.take(1), Stream.runCollect)
      assert.strictEqual(status?.state, "Creating")
      assert.isUndefined(status?.endpoint)
    })
  ),

  "describes a domain with the settings it was created with": documented(
    "API_DomainStatus",
    Effect.gen(function*() {
      const { DomainName = "" } = yield* createdDomain
      const { DomainStatus } = yield* OpenSearch.send(new DescribeDomainCommand({ DomainName }))
      assert.strictEqual(DomainStatus?.ClusterConfig?.InstanceCount, 2)
      assert.strictEqual(DomainStatus?.ClusterConfig?.DedicatedMasterEnabled, false)
      assert.isTrue(DomainStatus?.Created)
      assert.isFalse(DomainStatus?.Deleted)
      assert.match(DomainStatus?.ARN ?? "", new RegExp(`^arn:aws:es:[^:]+:\\d{12}:domain/${DomainName}$`))
    })
  ),

  "returns the configuration of a domain": documented(
    "API_DomainConfig",
    Effect.gen(function*() {
      const { DomainName = "" } = yield* createdDomain
      const { DomainConfig } = yield* OpenSearch.send(new DescribeDomainConfigCommand({ DomainName }))
      assert.strictEqual(DomainConfig?.EngineVersion?.Options, "OpenSearch_2.11")
      assert.strictEqual(DomainConfig?.ClusterConfig?.Options?.InstanceCount, 2)
    })
  ),

  "reports the status of each domain setting": documented(
    "API_OptionStatus",
    Effect.gen(function*() {
      const { DomainName = "" } = yield* createdDomain
      const { DomainConfig } = yield* OpenSearch.send(new DescribeDomainConfigCommand({ DomainName }))
      assert.strictEqual(DomainConfig?.ClusterConfig?.Status?.State, "Processing")
      assert.isFalse(DomainConfig?.ClusterConfig?.Status?.PendingDeletion)
    })
  ),

  "rejects a second domain with the same name": documented(
    "API_CreateDomain",
    Effect.gen(function*() {
      const { DomainName = "" } = yield* createdDomain
      yield* expectRejected(["ResourceAlreadyExistsException", 409], create(DomainName))
    })
  ),

  "fails with ResourceNotFoundException and status 409 when a domain is missing": documented(
    "API_DescribeDomain",
    Effect.gen(function*() {
      const DomainName = yield* uniqueName
      yield* expectRejected(notFound, OpenSearch.send(new DescribeDomainCommand({ DomainName })))
      yield* expectRejected(notFound, OpenSearch.send(new DescribeDomainConfigCommand({ DomainName })))
      yield* expectRejected(notFound, OpenSearch.send(new DeleteDomainCommand({ DomainName })))
    })
  ),

  "rejects a change to a missing domain": documented(
    "API_UpdateDomainConfig",
    Effect.gen(function*() {
      yield* expectRejected(notFound, OpenSearch.send(new UpdateDomainConfigCommand({ DomainName: yield* uniqueName })))
    })
  ),

  "rejects domain names other than 3 to 28 lowercase letters, digits and hyphens": documented(
    "API_CreateDomain",
    Effect.gen(function*() {
      yield* Effect.forEach(
        ["ab", "Upper", "1st", "under_score", "a".repeat(29)],
        (name) => expectRejected(invalid, create(name))
      )
      const error = yield* Effect.flip(OpenSearch.destroyDomain("Upper"))
      assert.strictEqual(error._tag, "AwsError")
    })
  ),

  "rejects a malformed engine version": documented(
    "API_CreateDomain",
    Effect.gen(function*() {
      const DomainName = yield* uniqueName
      yield* expectRejected(invalid, OpenSearch.send(new CreateDomainCommand({ DomainName, EngineVersion: "latest" })))
    })
  ),

  "lists domains by engine type": documented(
    "API_ListDomainNames",
    Effect.gen(function*() {
      const { DomainName = "" } = yield* createdDomain
      const list = (EngineType?: "Elasticsearch" | "OpenSearch") =>
        OpenSearch.send(new ListDomainNamesCommand({ EngineType })).pipe(
          Effect.map(({ DomainNames = [] }) => DomainNames.filter((domain) => domain.DomainName === DomainName))
        )
      assert.deepEqual(yield* list(), [{ DomainName, EngineType: "OpenSearch" }])
      assert.lengthOf(yield* list("OpenSearch"), 1)
      assert.lengthOf(yield* list("Elasticsearch"), 0)
    })
  ),

  "describes only the domains that exist": believed(
    "AWS leaves out domains that don't exist, as reports of users show",
    Effect.gen(function*() {
      const { DomainName = "" } = yield* createdDomain
      const names = [DomainName, yield* uniqueName]
      const described = yield* OpenSearch.send(new DescribeDomainsCommand({ DomainNames: names }))
      assert.deepEqual(described.DomainStatusList?.map((status) => status.DomainName), [DomainName])
    })
  ),

  "rejects describing more than five domains": believed(
    "seen in reports of users: Please provide a maximum of 5 domain names to describe.",
    Effect.gen(function*() {
      const six = Array.from({ length: 6 }, (_, i) => `logs-${i}`)
      yield* expectRejected(invalid, OpenSearch.send(new DescribeDomainsCommand({ DomainNames: six })))
    })
  ),

  "rejects a change to a domain that is still being created": believed(
    "seen in reports of users: A change/update is in progress.",
    Effect.gen(function*() {
      const { DomainName = "" } = yield* createdDomain
      const update = new UpdateDomainConfigCommand({ DomainName, ClusterConfig: { InstanceCount: 3 } })
      yield* expectRejected(invalid, OpenSearch.send(update))
    })
  ),

  "deletes a domain in the background": documented(
    "API_DeleteDomain",
    Effect.gen(function*() {
      const { DomainName = "" } = yield* createdDomain
      const { DomainStatus } = yield* OpenSearch.send(new DeleteDomainCommand({ DomainName }))
      assert.isTrue(DomainStatus?.Deleted)
      assert.isTrue(DomainStatus?.Processing)
      const [status] = yield* OpenSearch.watchDomain(DomainName).pipe(Stream.take(1), Stream.runCollect)
      assert.strictEqual(status?.state, "Deleting")
      yield* expectRejected(["ResourceAlreadyExistsException", 409], create(DomainName))
    })
  ),

  "adds, removes and lists domain tags": documented(
    "API_RemoveTags",
    Effect.gen(function*() {
      const { ARN = "" } = yield* createdDomain
      yield* OpenSearch.send(new AddTagsCommand({ ARN, TagList: [{ Key: "stage", Value: "test" }] }))
      yield* OpenSearch.send(new RemoveTagsCommand({ ARN, TagKeys: ["team"] }))
      const { TagList } = yield* OpenSearch.send(new ListTagsCommand({ ARN }))
      assert.deepEqual(TagList, [{ Key: "stage", Value: "test" }])
    })
  ),

  "returns the settings of access control, but never the master user": documented(
    "API_AdvancedSecurityOptions",
    Effect.gen(function*() {
      const DomainName = yield* uniqueName
      yield* OpenSearch.send(
        new CreateDomainCommand({
          DomainName,
          NodeToNodeEncryptionOptions: { Enabled: true },
          EncryptionAtRestOptions: { Enabled: true },
          DomainEndpointOptions: { EnforceHTTPS: true },
          AdvancedSecurityOptions: {
            Enabled: true,
            InternalUserDatabaseEnabled: true,
            MasterUserOptions: { MasterUserName: "admin", MasterUserPassword: "hunter2-Hunter2" }
          }
        })
      )
      const { DomainStatus } = yield* OpenSearch.send(new DescribeDomainCommand({ DomainName }))
      assert.deepInclude({ ...DomainStatus?.AdvancedSecurityOptions }, {
        Enabled: true,
        InternalUserDatabaseEnabled: true
      })
      assert.notInclude(JSON.stringify(DomainStatus), "hunter2")
    })
  ),

  "rejects a tag with a key of more than 128 characters": documented(
    "API_Tag",
    Effect.gen(function*() {
      const { ARN = "" } = yield* createdDomain
      const add = new AddTagsCommand({ ARN, TagList: [{ Key: "k".repeat(129), Value: "" }] })
      yield* expectRejected(invalid, OpenSearch.send(add))
    })
  )
})
