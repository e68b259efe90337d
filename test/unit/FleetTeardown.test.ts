// The tear-down over a fleet: what each place ends as, whoever dies on the way.
import { RemoveTagsFromCertificateCommand } from "@aws-sdk/client-acm"
import { UntagResourceCommand } from "@aws-sdk/client-ecs"
import { ListRolesCommand, UntagRoleCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam"
import { RemoveTagsCommand } from "@aws-sdk/client-opensearch"
import { DeleteBucketTaggingCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3"
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Latch, Layer, Schema, Stream } from "effect"
import { Acm, AwsError, Ecs, Fleet, Iam, InMemory, OpenSearch, S3 } from "effect-aws-sdk"
import type { WorkflowEngine } from "effect/workflow"
import * as Leftovers from "../../examples/fleet-teardown/Leftovers.ts"
import * as TearDown from "../../examples/fleet-teardown/Workflow.ts"
import * as World from "../../examples/fleet-teardown/World.ts"
import * as Jobs from "../../examples/fleet/Jobs.ts"
import { inPlace, OtherAccount } from "../../examples/fleet/Place.ts"
import * as FleetRun from "../../examples/fleet/Run.ts"
import { trustIn } from "../../examples/fleet/World.ts"
import { callCount, callsSince, changed, estate, killed, once, run, type Stored, twice } from "../support/durable.ts"

const accounts = ["111111111111", "222222222222", "333333333333", "444444444444"]
const regions = ["us-east-1", "us-west-2", "eu-west-1"]
const targets = accounts.map((account, index) => ({ account, name: `team-${index + 1}` }))

const job = Jobs.tearDown({ run: "run-1", targets, regions, tag: World.tag, dryRun: false })

/** The leftovers of all places, an hour after they were created. */
const setUp = Effect.andThen(World.setUp(targets), Effect.sleep("1 hour"))

const on = (engine: Layer.Layer<WorkflowEngine.WorkflowEngine>) =>
  Effect.provide(
    TearDown.layer.pipe(
      Layer.provideMerge(engine),
      Layer.provideMerge(estate(regions)),
      Layer.provideMerge(InMemory.virtualTime)
    )
  )

/** What has the tag in all places. */
const remaining = Effect.forEach(accounts, (account) =>
  Effect.forEach(regions, (region) =>
    Effect.all({
      services: Leftovers.services(World.tag),
      domains: Leftovers.domains(World.tag),
      certificates: Leftovers.certificates(World.tag),
      buckets: Leftovers.buckets(World.tag),
      roles: Leftovers.roles(World.tag)
    }).pipe(
      Effect.map((all) =>
        Object.entries(all).flatMap(([kind, { found }]) => found.length > 0 ? [`${account} ${region} ${kind}`] : [])
      ),
      inPlace({ account, region })
    ))).pipe(Effect.map((all) => all.flat(2)))

/** The entry of a place in which all was deleted. */
const allDone = (entry: typeof TearDown.TearDownPlace.successSchema.Type) => {
  const { account, items, name, region } = entry
  assert.strictEqual(name, `team-${accounts.indexOf(account) + 1}`)
  assert.isTrue(items.every(({ outcome }) => outcome === "Done"))
  const certificate = items[2]?.what
  assert.match(certificate ?? "", /^ACM certificate [\w-]{36}$/)
  assert.deepEqual(items.map(({ what }) => what), [
    "ECS service capture/nodes",
    "OpenSearch domain capture-logs",
    certificate,
    `S3 bucket ${World.bucketOf(account, region)}`,
    // Once for each account.
    ...(region === regions[0] ? ["IAM role capture-nodes"] : [])
  ])
}

/** The report and the calls of a run in which nothing dies. */
const clean = Effect.gen(function*() {
  yield* setUp
  const before = yield* callCount
  const report = yield* run(job)
  return { report, calls: yield* callsSince(before) }
}).pipe(on(once()))

describe("the tear-down over a fleet", () => {
  it.effect("deletes everything that has the tag in twelve places, the roles once for each account", () =>
    Effect.gen(function*() {
      yield* setUp
      assert.lengthOf(yield* remaining, 12 * 4 + 4 * 3)
      const before = yield* callCount
      const began = yield* Clock.currentTimeMillis
      const report = yield* run(job)
      const minutes = ((yield* Clock.currentTimeMillis) - began) / 60_000
      assert.lengthOf(report, 12)
      report.forEach(allDone)
      const calls = yield* callsSince(before)
      assert.deepEqual(yield* remaining, [])
      // The wait for the domains is a timer of fifteen minutes, and then a poll every minute: not one each ten seconds.
      assert.isAtLeast(minutes, 20)
      assert.isBelow(minutes, 25)
      assert.isBelow(calls["DescribeDomain"] ?? 0, 12 * 10)
      assert.deepInclude(calls, {
        DeleteDomain: 12,
        DeleteService: 12,
        DeleteCertificate: 12,
        DeleteBucket: 12,
        DeleteRole: 4
      })
      const roles = yield* Effect.forEach(
        accounts,
        (account) =>
          Iam.items(new ListRolesCommand({}), (page) => page.Roles).pipe(
            Stream.map(({ RoleName }) => RoleName),
            Stream.runCollect,
            inPlace({ account, region: "us-east-1" })
          )
      )
      assert.deepEqual(roles, accounts.map(() => ["fleet"]))
    }).pipe(on(once())))

  it.effect("ends the same when each activity runs twice", () =>
    Effect.gen(function*() {
      const expected = yield* clean
      yield* Effect.gen(function*() {
        yield* setUp
        assert.deepEqual(yield* run(job), expected.report)
        assert.deepEqual(yield* remaining, [])
      }).pipe(on(twice()))
    }))

  it.effect("ends the same when its runner dies after each activity", () =>
    Effect.gen(function*() {
      const expected = yield* clean
      const deaths = { count: 0 }
      yield* Effect.gen(function*() {
        yield* setUp
        assert.deepEqual(yield* run(job), expected.report)
        assert.deepEqual(yield* remaining, [])
        // At least one for each of: enter, five or four kinds to find, and the steps of each.
        assert.isAbove(deaths.count, 12 * 15)
      }).pipe(on(killed(deaths)))
    }))

  it.effect("does the work once when the same run is started twice, and once more when its submitter dies", () =>
    Effect.gen(function*() {
      const expected = yield* clean
      yield* Effect.gen(function*() {
        yield* setUp
        const before = yield* callCount
        const submitter = yield* Effect.forkChild(Stream.runDrain(FleetRun.events(job)))
        yield* Effect.sleep("5 minutes")
        submitter.interruptUnsafe()
        const both = yield* Effect.all([
          Stream.runCollect(FleetRun.entries(FleetRun.events(job))),
          Stream.runCollect(FleetRun.entries(FleetRun.events(job)))
        ], { concurrency: 2 })
        for (const entries of both) assert.lengthOf(entries, 12)
        const after = yield* callsSince(before)
        const changes = (calls: Record<string, number>) =>
          Object.entries(calls).filter(([operation]) => /^(Delete|Update|Detach|Remove)/.test(operation)).sort()
        assert.deepEqual(changes(after), changes(expected.calls))
        assert.deepEqual(yield* remaining, [])
      }).pipe(on(once()))
    }))

  it.effect("finds nothing in a second run, and says so", () =>
    Effect.gen(function*() {
      yield* setUp
      yield* run(job)
      const before = yield* callCount
      const report = yield* run(Jobs.tearDown({ run: "run-2", targets, regions, tag: World.tag, dryRun: false }))
      for (const { items } of report) {
        assert.deepEqual(items, [{ what: "tag cluster=capture", outcome: "Unchanged", why: "Nothing has the tag." }])
      }
      const calls = yield* callsSince(before)
      assert.deepEqual(Object.keys(calls).filter((operation) => /^(Delete|Update)/.test(operation)), [])
    }).pipe(on(once())))

  it.effect("deletes nothing in a dry run, which doesn't stand in the way of the real one", () =>
    Effect.gen(function*() {
      yield* setUp
      const before = yield* callCount
      const report = yield* run(Jobs.tearDown({ run: "run-1", targets, regions, tag: World.tag, dryRun: true }))
      assert.isTrue(
        report.every(({ items }) =>
          items.length >= 4 &&
          items.every(({ outcome, why }) =>
            outcome === "Unchanged" && why === "It was found. A dry run deletes nothing."
          )
        )
      )
      assert.deepEqual(
        Object.keys(yield* callsSince(before)).filter((operation) =>
          !/^(List|Describe|Get|AssumeRole)/.test(operation)
        ),
        []
      )
      assert.lengthOf(yield* remaining, 12 * 4 + 4 * 3)
      ;(yield* run(job)).forEach(allDone)
    }).pipe(on(once())))

  it.effect("reports what is refused and why, and does the rest", () =>
    Effect.gen(function*() {
      yield* setUp
      // A bucket whose policy lets nobody delete what is in it.
      const bucket = World.bucketOf("222222222222", "us-west-2")
      yield* S3.send(
        new PutBucketPolicyCommand({
          Bucket: bucket,
          Policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [{
              Effect: "Deny",
              Principal: "*",
              Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
              Resource: `arn:aws:s3:::${bucket}/*`
            }]
          })
        })
      ).pipe(inPlace({ account: "222222222222", region: "us-west-2" }))
      // A role that trusts another account.
      yield* Iam.send(
        new UpdateAssumeRolePolicyCommand({ RoleName: "fleet", PolicyDocument: trustIn("999999999999") })
      ).pipe(inPlace({ account: "444444444444", region: "us-east-1" }))
      // The sessions of the set-up are forgotten.
      yield* Effect.sleep("5 minutes")
      yield* InMemory.inject({
        operation: "DeleteCertificate",
        nth: 1,
        fault: InMemory.fault({ code: "ResourceInUseException", message: "a load balancer has it" })
      })
      yield* InMemory.inject({
        operation: "ListDomainNames",
        nth: 1,
        fault: InMemory.fault({ code: "AccessDeniedException", message: "not you", statusCode: 403 })
      })
      const report = yield* run(job)
      const refusals = report.flatMap(({ account, items, region }) =>
        items.flatMap(({ outcome, what, why = "" }) =>
          outcome === "Refused" ? [{ place: `${account} ${region}`, what: what.replace(/ [\w-]{36}$/, ""), why }] : []
        )
      )
      assert.lengthOf(refusals, 3)
      const of = (kind: string) => refusals.find(({ what }) => what.startsWith(kind))
      assert.include(of("S3 bucket")?.why, "AccessDenied")
      assert.strictEqual(of("S3 bucket")?.place, "222222222222 us-west-2")
      assert.include(of("ACM certificate")?.why, "in use")
      assert.strictEqual(of("OpenSearch domains")?.what, "OpenSearch domains")
      assert.include(of("OpenSearch domains")?.why, "not you")
      const failures = report.filter(({ failure }) => failure !== undefined)
      assert.deepEqual(failures.map(({ account, region }) => `${account} ${region}`).sort(), [
        "444444444444 eu-west-1",
        "444444444444 us-east-1",
        "444444444444 us-west-2"
      ])
      for (const { failure, items } of failures) {
        assert.include(failure, "arn:aws:iam::444444444444:role/fleet")
        assert.deepEqual(items, [])
      }
      assert.strictEqual(
        report.flatMap(({ items }) => items).filter(({ outcome }) => outcome === "Done").length,
        9 * 4 + 3 - 3
      )
    }).pipe(on(once())))

  it.effect("leaves the role alone while a service in another region could use it", () =>
    Effect.gen(function*() {
      yield* setUp
      yield* InMemory.inject({
        operation: "DeleteService",
        nth: 2,
        fault: InMemory.fault({ code: "AccessDeniedException", message: "not you", statusCode: 403 })
      })
      const one = Jobs.tearDown({ run: "r", targets: targets.slice(0, 1), regions, tag: World.tag, dryRun: false })
      const report = yield* run(one)
      const refused = report.flatMap(({ items }) => items.filter(({ outcome }) => outcome === "Refused"))
      assert.deepEqual(refused.map(({ what }) => what).sort(), ["ECS service capture/nodes", "IAM role capture-nodes"])
      assert.strictEqual(
        refused.find(({ what }) => what.startsWith("IAM"))?.why,
        "Waited 59m for the ECS services in us-east-1, us-west-2, eu-west-1 to be gone, as they may use the role. Run again " +
          "under another name to wait longer."
      )
      // The next run does the rest.
      const again = yield* run(
        Jobs.tearDown({ run: "r2", targets: targets.slice(0, 1), regions, tag: World.tag, dryRun: false })
      )
      // In the order in which the regions happen to end.
      assert.sameDeepMembers(again.map(({ items }) => items.map(({ outcome, what }) => `${what}: ${outcome}`)), [
        ["tag cluster=capture: Unchanged"],
        ["IAM role capture-nodes: Done"],
        ["ECS service capture/nodes: Done"]
      ])
    }).pipe(on(once())))

  it.effect("deletes nothing whose tag was removed after it was found, whatever kind it is", () =>
    Effect.gen(function*() {
      const [account, region] = ["111111111111", "us-east-1"]
      yield* setUp
      const untag = Effect.gen(function*() {
        const [found] = (yield* Leftovers.services(World.tag)).found
        const services = `arn:aws:ecs:${region}:${account}:service`
        yield* Ecs.send(
          new UntagResourceCommand({
            resourceArn: `${services}/${found!.cluster}/${found!.service}`,
            tagKeys: ["cluster"]
          })
        )
        const [domain] = (yield* Leftovers.domains(World.tag)).found
        yield* OpenSearch.send(
          new RemoveTagsCommand({ ARN: `arn:aws:es:${region}:${account}:domain/${domain}`, TagKeys: ["cluster"] })
        )
        const [CertificateArn] = (yield* Leftovers.certificates(World.tag)).found
        yield* Acm.send(new RemoveTagsFromCertificateCommand({ CertificateArn, Tags: [{ Key: "cluster" }] }))
        yield* S3.send(new DeleteBucketTaggingCommand({ Bucket: World.bucketOf(account, region) }))
        yield* Iam.send(new UntagRoleCommand({ RoleName: "capture-nodes", TagKeys: ["cluster"] }))
      }).pipe(inPlace({ account, region }), Effect.provide(yield* Effect.context<Fleet.Fleet>()), Effect.orDie)
      // When all kinds have been searched, and before anything is deleted.
      const latch = yield* Latch.make()
      let searches = 0
      const engine = changed(({ body, key }) =>
        key.includes("/find ")
          ? Effect.tap(body, () => ++searches === 5 ? Effect.andThen(untag, latch.open) : latch.await)
          : body
      )
      const [entry] = yield* run(
        Jobs.tearDown({ run: "r", targets: [{ account }], regions: [region], tag: World.tag, dryRun: false })
      ).pipe(Effect.provide(Layer.provideMerge(TearDown.layer, engine)))
      assert.deepEqual(
        entry?.items.map(({ outcome, what, why }) => [what.split(" ").slice(0, 2).join(" "), outcome, why]),
        ["ECS service", "OpenSearch domain", "ACM certificate", "S3 bucket", "IAM role"].map((kind) => [
          kind,
          "Refused",
          "It had the tag cluster=capture when it was found, and doesn't have it any more. It was left as it is."
        ])
      )
      const changes = (yield* InMemory.calls).filter(({ account: of, operation }) =>
        of === account && /^(Delete(?!BucketTagging)|UpdateService|Detach)/.test(operation)
      )
      assert.deepEqual(changes, [])
    }).pipe(Effect.provide(Layer.provideMerge(estate(regions), InMemory.virtualTime))))

  it.effect("does nothing with credentials of another account, or for a target that is malformed", () =>
    Effect.gen(function*() {
      yield* setUp
      yield* InMemory.handle(
        GetCallerIdentityCommand,
        () =>
          Effect.succeed({
            Account: "999999999999",
            Arn: "arn:aws:sts::999999999999:assumed-role/fleet/fleet",
            UserId: "A"
          })
      )
      const before = yield* callCount
      const report = yield* run(Jobs.tearDown({
        run: "r",
        targets: [{ account: "111111111111" }, { account: "nonsense" }, { roleArn: "not an ARN" }, {
          account: "222222222222",
          regions: ["no where"]
        }, { account: "333333333333", regions: [] }],
        regions: ["us-east-1"],
        tag: World.tag,
        dryRun: false
      }))
      assert.lengthOf(report, 5)
      assert.isTrue(report.every(({ failure, items }) => failure !== undefined && items.length === 0))
      const of = (account: string) => report.find((entry) => entry.account === account)?.failure
      assert.strictEqual(
        of("111111111111"),
        "The credentials for account 111111111111 belong to account 999999999999. Check the role of the target."
      )
      assert.include(of("nonsense"), "12 digits")
      assert.include(of("not an ARN"), "ARN of a role")
      assert.include(of("222222222222"), "no where")
      assert.deepEqual(Object.keys(yield* callsSince(before)).sort(), ["AssumeRole", "GetCallerIdentity"])
    }).pipe(on(once())))

  it.effect("stores results that survive JSON, are small, and hold no credentials", () =>
    Effect.gen(function*() {
      const stored: Stored = new Map()
      const report = yield* Effect.gen(function*() {
        yield* setUp
        return yield* run(job)
      }).pipe(on(once(stored)))
      assert.isAbove(stored.size, 12 * 15)
      for (const [key, json] of stored) {
        assert.isBelow(json.length, 5000, key)
        assert.notMatch(json, /ASIA[A-Z0-9]{8}|secretAccessKey|sessionToken/i, key)
      }
      const { errorSchema, payloadSchema, successSchema } = TearDown.TearDownPlace
      const roundTrip = Effect.fnUntraced(function*<S extends Schema.Codec<any, any>>(schema: S, value: S["Type"]) {
        const json = Schema.toCodecJson(schema)
        const text = JSON.stringify(yield* Schema.encodeEffect(json)(value))
        return yield* Schema.decodeUnknownEffect(json)(JSON.parse(text))
      })
      for (const entry of report) assert.deepEqual(yield* roundTrip(successSchema, entry), entry)
      const payload = { run: "r", account: "1", region: "r", tag: World.tag, dryRun: false, rolesAfter: regions }
      assert.deepEqual(yield* roundTrip(payloadSchema, payload), payload)
      const invalid = new Fleet.InvalidTarget({ target: "x", description: "y" })
      assert.deepEqual(yield* roundTrip(errorSchema, invalid), invalid)
      const other = new OtherAccount({ account: "1", found: "2" })
      assert.deepEqual(yield* roundTrip(errorSchema, other), other)
      const denied = yield* Effect.gen(function*() {
        yield* InMemory.inject({
          operation: "GetRole",
          fault: InMemory.fault({ code: "AccessDenied", message: "no", statusCode: 403 })
        })
        return yield* Effect.flip(Iam.roleExists("capture-nodes"))
      }).pipe(Effect.provide(InMemory.layer()))
      const decoded = yield* roundTrip(errorSchema, denied)
      assert.isTrue(decoded instanceof AwsError && decoded.code === "AccessDenied")
      assert.strictEqual(decoded.message, denied.message)
    }))
})
