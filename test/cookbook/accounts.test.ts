import {
  AllocateAddressCommand,
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  RunInstancesCommand
} from "@aws-sdk/client-ec2"
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam"
import {
  CreateAccountCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  ListAccountsCommand,
  ListRootsCommand,
  MoveAccountCommand
} from "@aws-sdk/client-organizations"
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm"
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { AssumeRole, AwsClients, AwsError, Ec2, Fleet, Iam, InMemory, S3, Ssm } from "effect-aws-sdk"
import * as Organizations from "effect-aws-sdk/Organizations"
import { TestClock } from "effect/testing"
import {
  fleet as audit,
  program as report
} from "../../examples/cookbook/accounts/collect-a-report-from-many-accounts.ts"
import { read, Tenants } from "../../examples/cookbook/accounts/give-each-tenant-a-session-of-its-own.ts"
import { accounts, accountsIn } from "../../examples/cookbook/accounts/list-the-accounts-of-an-organization.ts"
import { regions } from "../../examples/cookbook/accounts/list-the-regions-of-an-account.ts"
import { Audit, program as record } from "../../examples/cookbook/accounts/use-two-accounts-in-one-program.ts"
import {
  fleet as everyAccount,
  program as setContact
} from "../../examples/cookbook/accounts/work-in-all-accounts-of-an-organization.ts"
import { count } from "../../examples/cookbook/accounts/work-in-several-regions-at-once.ts"
import { recipe } from "../support/cookbook.ts"

const ImageId = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"

const document = (statement: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] })

const trust = (account: string) =>
  document({ Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" })

it.effect("Collect a report from many accounts: has what was found, and each account that couldn't be asked", () =>
  Effect.gen(function*() {
    const { PublicIp } = yield* Ec2.send(new AllocateAddressCommand({})).pipe(
      Effect.provide(Fleet.clients({ account: "111111111111", region: "us-east-1" }))
    )
    // An account that has a role lets nobody assume another one.
    yield* Iam.send(new CreateRoleCommand({ RoleName: "other", AssumeRolePolicyDocument: trust("333333333333") })).pipe(
      Effect.provide(AssumeRole.layer({ roleArn: "arn:aws:iam::333333333333:role/admin", sessionName: "test" }))
    )
    const { entries, isComplete } = yield* recipe(
      "Collect a report from many accounts",
      report(["111111111111", "333333333333"])
    )
    assert.isTrue(isComplete)
    assert.lengthOf(entries, 4)
    const found = entries.filter(({ items }) => items.length > 0)
    assert.deepEqual(found.map(({ account, items, region }) => [account, region, items[0]?.what]), [
      ["111111111111", "us-east-1", PublicIp]
    ])
    assert.deepEqual(
      entries.filter(({ failure }) => failure !== undefined).map(({ account }) => account),
      ["333333333333", "333333333333"]
    )
  }).pipe(Effect.provide(audit.pipe(Layer.provideMerge(InMemory.layer())))))

/** An organization with these accounts, and their ids. */
const organization = Effect.fnUntraced(function*(names: ReadonlyArray<string>) {
  yield* Organizations.send(new CreateOrganizationCommand({}))
  for (const AccountName of names) {
    yield* Organizations.send(new CreateAccountCommand({ AccountName, Email: `${AccountName}@example.com` }))
  }
  yield* TestClock.adjust("5 seconds")
  const { Accounts = [] } = yield* Organizations.send(new ListAccountsCommand({}))
  return names.map((name) => Accounts.find(({ Name }) => Name === name)?.Id ?? "")
})

it.effect("Work in all accounts of an organization: sets the parameter in each, and tells of those where it failed", () =>
  Effect.gen(function*() {
    const [web = "", data = ""] = yield* organization(["web", "data"])
    yield* InMemory.inject({
      account: data,
      operation: "PutParameter",
      fault: InMemory.fault({ code: "AccessDeniedException", message: "Not you", statusCode: 400 })
    })
    const failed = yield* recipe("Work in all accounts of an organization", setContact)
    assert.deepEqual(failed.map(({ account, name }) => [account, name]), [[data, "data"]])
    const { Parameter } = yield* Ssm.send(new GetParameterCommand({ Name: "/contact" })).pipe(
      Effect.provide(Fleet.clients({ account: web, region: "us-east-1" }))
    )
    assert.strictEqual(Parameter?.Value, "platform@example.com")
  }).pipe(Effect.provide(everyAccount.pipe(Layer.provideMerge(InMemory.layer())))))

it.effect("List the regions of an account: leaves out those that need an opt-in", () =>
  Effect.gen(function*() {
    const found = yield* recipe("List the regions of an account", regions)
    assert.includeMembers(found, ["eu-central-1", "us-east-1"])
    const { Regions = [] } = yield* Ec2.send(new DescribeRegionsCommand({ AllRegions: true }))
    const optIn = Regions.flatMap(({ OptInStatus, RegionName = "" }) =>
      OptInStatus === "not-opted-in" ? [RegionName] : []
    )
    assert.isNotEmpty(optIn)
    assert.deepEqual(found.filter((region) => optIn.includes(region)), [])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Work in several regions at once: counts the instances of each", () =>
  Effect.gen(function*() {
    const run = (region: string, n: number) =>
      Ec2.send(new RunInstancesCommand({ ImageId, MinCount: n, MaxCount: n })).pipe(
        Effect.provide(AwsClients.inRegion(region))
      )
    yield* run("eu-central-1", 3)
    yield* run("us-west-2", 1)
    yield* TestClock.adjust("1 minute")
    assert.deepEqual(
      yield* recipe("Work in several regions at once", count(["eu-central-1", "us-west-2", "us-east-1"])),
      [
        { region: "eu-central-1", instances: 3 },
        { region: "us-west-2", instances: 1 },
        { region: "us-east-1", instances: 0 }
      ]
    )
    const { Reservations = [] } = yield* Ec2.send(new DescribeInstancesCommand({}))
    assert.isEmpty(Reservations)
  }).pipe(Effect.provide(InMemory.layer({ pageSize: 1 }))))

it.effect("List the accounts of an organization: all of them, and those below a unit", () =>
  Effect.gen(function*() {
    assert.deepEqual(yield* accounts, [])
    const [web = "", data = ""] = yield* organization(["web", "data"])
    const all = yield* recipe("List the accounts of an organization", accounts)
    assert.includeDeepMembers(all, [{ id: web, name: "web" }, { id: data, name: "data" }])
    const { Roots = [] } = yield* Organizations.send(new ListRootsCommand({}))
    const SourceParentId = Roots[0]?.Id ?? ""
    const create = (ParentId: string, Name: string) =>
      Effect.map(
        Organizations.send(new CreateOrganizationalUnitCommand({ ParentId, Name })),
        ({ OrganizationalUnit }) => OrganizationalUnit?.Id ?? ""
      )
    const below = yield* Effect.flatMap(create(SourceParentId, "workloads"), (parent) => create(parent, "prod"))
    yield* Organizations.send(new MoveAccountCommand({ AccountId: web, SourceParentId, DestinationParentId: below }))
    const some = yield* recipe("List the accounts of an organization", accountsIn("workloads"))
    assert.deepEqual(some, [{ id: web, name: "web" }])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Give each tenant a session of its own: reads the tenant's objects, and no others", () =>
  Effect.gen(function*() {
    yield* S3.send(new CreateBucketCommand({ Bucket: "tenants-0a1b" }))
    yield* S3.send(new PutObjectCommand({ Bucket: "tenants-0a1b", Key: "ada/plan.txt", Body: "mine" }))
    yield* S3.send(new PutObjectCommand({ Bucket: "tenants-0a1b", Key: "grace/plan.txt", Body: "hers" }))
    // That there is no session isn't remembered.
    assert.strictEqual((yield* Effect.flip(read("ada", "ada/plan.txt")))._tag, "AssumeRoleFailed")
    assert.lengthOf(yield* InMemory.denied, 1)
    yield* Iam.send(
      new CreateRoleCommand({
        RoleName: "tenants",
        AssumeRolePolicyDocument: trust("123456789012")
      })
    )
    yield* Iam.send(
      new PutRolePolicyCommand({
        RoleName: "tenants",
        PolicyName: "objects",
        PolicyDocument: document({ Action: "s3:*", Resource: "*" })
      })
    )
    assert.strictEqual(yield* recipe("Give each tenant a session of its own", read("ada", "ada/plan.txt")), "mine")
    assert.lengthOf(yield* InMemory.denied, 1)
    const failure = yield* Effect.flip(read("ada", "grace/plan.txt"))
    assert.strictEqual(AwsError.isAwsError(failure) ? failure.reason._tag : failure._tag, "AccessDenied")
    assert.deepInclude((yield* InMemory.denied)[1], { action: "s3:GetObject", in: "session policy" })
    const sessions = (yield* InMemory.calls).filter(({ operation }) => operation === "AssumeRole")
    assert.lengthOf(sessions, 2) // the first of them failed
  }).pipe(Effect.provide(Tenants.layer.pipe(Layer.provideMerge(InMemory.layer({ enforceIam: true }))))))

it.effect("Use two accounts in one program: writes into the other account, with one session", () =>
  Effect.gen(function*() {
    yield* Ssm.send(new PutParameterCommand({ Name: "/app/state", Value: "ready", Type: "String" }))
    yield* recipe("Use two accounts in one program", Effect.andThen(record, Effect.flip(record))) // the second time, the parameter is there
    const other = AssumeRole.layer({ roleArn: "arn:aws:iam::222222222222:role/audit", sessionName: "test" })
    const { Parameter } = yield* Ssm.send(new GetParameterCommand({ Name: "/app/state/1" })).pipe(Effect.provide(other))
    assert.strictEqual(Parameter?.Value, "ready")
    const sessions = (yield* InMemory.calls).filter(({ input, operation }) =>
      operation === "AssumeRole" && JSON.stringify(input).includes("\"app\"")
    )
    assert.lengthOf(sessions, 1)
  }).pipe(Effect.provide(Audit.layer.pipe(Layer.provideMerge(InMemory.layer())))))
