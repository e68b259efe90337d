import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeletePolicyCommand,
  DetachRolePolicyCommand,
  ListAccessKeysCommand,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesCommand,
  ListRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAccessKeyCommand,
  UpdateUserCommand
} from "@aws-sdk/client-iam"
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, Redacted, References, Stream } from "effect"
import { AwsClients, AwsError, AwsService, Iam, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }]
})
// As short as a policy can be, because all inline policies of a role can have 10,240 characters.
const PolicyDocument = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`
const RoleName = "capture-nodes"
const profiles = ["profile-1", "profile-2", "profile-3"]

/** Creates a policy and attaches it. */
const attach = Effect.fnUntraced(function*(i: number) {
  const { Policy } = yield* Iam.send(new CreatePolicyCommand({ PolicyName: `managed-${i}`, PolicyDocument }))
  yield* Iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: Policy?.Arn }))
})
const put = (i: number) => Iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: `inline-${i}`, PolicyDocument }))

/** Creates a role with three instance profiles, a boundary, and policies. */
const createLoadedRole = Effect.fnUntraced(function*(attached: number, inline = attached) {
  yield* Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }))
  const forEach = { concurrency: 16, discard: true } as const
  yield* Effect.forEach(Array.from({ length: attached }, (_, i) => i), attach, forEach)
  yield* Effect.forEach(Array.from({ length: inline }, (_, i) => i), put, forEach)
  for (const InstanceProfileName of profiles) {
    yield* Iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }))
    yield* Iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }))
  }
  yield* Iam.send(
    new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: "arn:aws:iam::aws:policy/PowerUserAccess" })
  )
})

/** Runs the effect and returns how often it called each operation. */
const countCalls = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const before = (yield* InMemory.calls).length
  yield* effect
  const counts: Record<string, number> = {}
  for (const { operation } of (yield* InMemory.calls).slice(before)) counts[operation] = (counts[operation] ?? 0) + 1
  return counts
})

const fullDeletion = (
  policies: { readonly attached: number; readonly inline: number },
  pages: { readonly attached: number; readonly inline: number; readonly profiles: number }
) => ({
  GetRole: 1,
  ListInstanceProfilesForRole: pages.profiles,
  RemoveRoleFromInstanceProfile: 3,
  ListRolePolicies: pages.inline,
  DeleteRolePolicy: policies.inline,
  ListAttachedRolePolicies: pages.attached,
  DetachRolePolicy: policies.attached,
  DeleteRolePermissionsBoundary: 1,
  DeleteRole: 1
})

describe("deleteRole", () => {
  it.effect("deletes a role with 10 attached and 110 inline policies, page by page", () =>
    Effect.gen(function*() {
      yield* createLoadedRole(10, 110)
      const counts = yield* countCalls(Iam.deleteRole(RoleName))
      assert.deepEqual(counts, fullDeletion({ attached: 10, inline: 110 }, { attached: 1, inline: 2, profiles: 1 }))
      assert.isFalse(yield* Iam.roleExists(RoleName))
      const left = yield* Stream.runCollect(
        Iam.items(new ListInstanceProfilesCommand({}), ({ InstanceProfiles }) => InstanceProfiles)
      )
      assert.deepEqual(left.map(({ InstanceProfileName }) => InstanceProfileName), profiles)
      assert.deepEqual(left.flatMap(({ Roles }) => Roles), [])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("reads every page when pages are small", () =>
    Effect.gen(function*() {
      yield* createLoadedRole(10)
      const counts = yield* countCalls(Iam.deleteRole(RoleName))
      assert.deepEqual(counts, fullDeletion({ attached: 10, inline: 10 }, { attached: 5, inline: 5, profiles: 2 }))
      assert.isFalse(yield* Iam.roleExists(RoleName))
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 }))))

  it.effect("makes one call, and logs that the role doesn't exist", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (/The role/.test(String(message))) lines.push(`${logLevel} ${String(message)}`)
      })
      const counts = yield* countCalls(Effect.provide(Iam.deleteRole("none"), Logger.layer([logger])))
      assert.deepEqual(counts, { GetRole: 1 })
      assert.deepEqual(lines, ["Debug The role none does not exist; nothing to delete"])
    }).pipe(Effect.provide(InMemory.layer()), Effect.provideService(References.MinimumLogLevel, "Debug")))

  it.effect("runs at most four removals at a time", () =>
    Effect.gen(function*() {
      yield* createLoadedRole(10, 20)
      yield* InMemory.inject({ operation: "DeleteRolePolicy", fault: InMemory.delay("1 second", "before") })
      const fiber = yield* Effect.forkChild(Iam.deleteRole(RoleName))
      yield* TestClock.adjust("4900 millis")
      const removed = (yield* InMemory.calls).filter(({ operation }) => operation === "DeleteRolePolicy")
      assert.lengthOf(removed, 16)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.isFalse(yield* Iam.roleExists(RoleName))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("ignores entities that vanish during the deletion", () =>
    Effect.gen(function*() {
      yield* createLoadedRole(3)
      const gone = InMemory.fault({ code: "NoSuchEntity", message: "gone", statusCode: 404 })
      for (
        const operation of [
          "RemoveRoleFromInstanceProfile",
          "DeleteRolePolicy",
          "DetachRolePolicy",
          "DeleteRolePermissionsBoundary",
          "DeleteRole"
        ]
      ) yield* InMemory.inject({ operation, fault: gone })
      const counts = yield* countCalls(Iam.deleteRole(RoleName))
      assert.deepEqual(counts, fullDeletion({ attached: 3, inline: 3 }, { attached: 1, inline: 1, profiles: 1 }))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("succeeds when the role vanishes before its lists are read", () =>
    Effect.gen(function*() {
      yield* createLoadedRole(3)
      const gone = InMemory.fault({ code: "NoSuchEntity", message: "gone", statusCode: 404 })
      for (const operation of ["ListInstanceProfilesForRole", "ListRolePolicies", "ListAttachedRolePolicies"]) {
        yield* InMemory.inject({ operation, fault: gone })
      }
      yield* InMemory.inject({ operation: "DeleteRole", fault: gone })
      yield* Iam.deleteRole(RoleName)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with DeleteConflictException when a policy is attached meanwhile, and finishes when run again", () =>
    Effect.gen(function*() {
      yield* createLoadedRole(3)
      // Another policy is attached after the list is read.
      yield* InMemory.inject({ operation: "DeleteRolePermissionsBoundary", fault: InMemory.delay("1 minute") })
      const fiber = yield* Effect.forkChild(Effect.flip(Iam.deleteRole(RoleName)))
      yield* TestClock.adjust("30 seconds")
      yield* attach(99)
      yield* TestClock.adjust("30 seconds")
      const error = yield* Fiber.join(fiber)
      assert.instanceOf(error, AwsError)
      assert.strictEqual(error.code, "DeleteConflictException")
      assert.strictEqual(error.statusCode, 409)
      assert.include(error.message, "must detach all policies first")
      assert.isTrue(yield* Iam.roleExists(RoleName))
      yield* Iam.deleteRole(RoleName)
      assert.isFalse(yield* Iam.roleExists(RoleName))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("finishes when run again after an interruption", () =>
    Effect.gen(function*() {
      yield* createLoadedRole(10)
      yield* InMemory.inject({ operation: "DetachRolePolicy", fault: InMemory.delay("1 second", "before") })
      const fiber = yield* Effect.forkChild(Iam.deleteRole(RoleName))
      yield* TestClock.adjust("1500 millis")
      yield* Fiber.interrupt(fiber)
      const inline = yield* Iam.send(new ListRolePoliciesCommand({ RoleName }))
      assert.deepEqual(inline.PolicyNames, [])
      const attached = yield* Iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))
      assert.lengthOf(attached.AttachedPolicies ?? [], 6)
      assert.isTrue(yield* Iam.roleExists(RoleName))

      const again = yield* Effect.forkChild(Iam.deleteRole(RoleName))
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(again)
      assert.isFalse(yield* Iam.roleExists(RoleName))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("retries throttled calls until the role is deleted", () =>
    Effect.gen(function*() {
      yield* createLoadedRole(8)
      yield* InMemory.inject({ operation: "DeleteRolePolicy", nth: 2, fault: InMemory.throttled })
      yield* InMemory.inject({ operation: "ListAttachedRolePolicies", times: 2, fault: InMemory.throttled })
      yield* InMemory.inject({ operation: "DeleteRole", nth: 1, fault: InMemory.throttled })
      const fiber = yield* Effect.forkChild(Iam.deleteRole(RoleName))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      const throttled = (yield* InMemory.calls).filter(({ outcome }) =>
        outcome._tag === "Refused" && outcome.code === "Throttling"
      )
      assert.lengthOf(throttled, 4)
      assert.isFalse(yield* Iam.roleExists(RoleName))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with Throttled when throttling doesn't end", () =>
    Effect.gen(function*() {
      yield* createLoadedRole(2)
      yield* InMemory.inject({ operation: "DetachRolePolicy", fault: InMemory.throttled })
      const fiber = yield* Effect.forkChild(Effect.flip(Iam.deleteRole(RoleName)))
      yield* TestClock.adjust("1 minute")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error.reason._tag, "Throttled")
      assert.strictEqual(error.operation, "DetachRolePolicy")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("deletes the role even if the caller may not remove its permissions boundary", () =>
    Effect.gen(function*() {
      yield* createLoadedRole(1)
      const denied = InMemory.fault({ code: "AccessDenied", message: "not you", statusCode: 403 })
      yield* InMemory.inject({ operation: "DeleteRolePermissionsBoundary", fault: denied })
      yield* Iam.deleteRole(RoleName)
      assert.isFalse(yield* Iam.roleExists(RoleName))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("stops at the first removal that is denied", () =>
    Effect.gen(function*() {
      yield* createLoadedRole(1)
      const denied = InMemory.fault({ code: "AccessDenied", message: "not you", statusCode: 403 })
      yield* InMemory.handle(DetachRolePolicyCommand, () => Effect.fail(denied))
      const error = yield* Effect.flip(Iam.deleteRole(RoleName))
      assert.strictEqual(error.reason._tag, "AccessDenied")
      assert.notInclude((yield* InMemory.calls).map(({ operation }) => operation), "DeleteRole")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("an access key in memory", () => {
  /** Creates a user with a key, and returns how to ask who signs with it. */
  const createRobot = Effect.gen(function*() {
    yield* Iam.send(new CreateUserCommand({ UserName: "robot" }))
    const { AccessKey } = yield* Iam.send(new CreateAccessKeyCommand({ UserName: "robot" }))
    const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {}
    const { config } = yield* AwsClients
    const asRobot = AwsClients.layer({
      ...config,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: Redacted.make(SecretAccessKey) }
    }).pipe(Layer.orDie)
    const whoAmI = Effect.map(
      AwsService.make(STSClient).send(new GetCallerIdentityCommand({})).pipe(Effect.provide(asRobot)),
      ({ Arn }) => Arn
    )
    return { AccessKeyId, asRobot, whoAmI }
  })

  it.effect("signs requests as the key's user until the key is deleted", () =>
    Effect.gen(function*() {
      const { AccessKeyId, whoAmI } = yield* createRobot
      assert.strictEqual(yield* whoAmI, "arn:aws:iam::123456789012:user/robot")
      yield* Iam.send(new DeleteAccessKeyCommand({ UserName: "robot", AccessKeyId }))
      const error = yield* Effect.flip(whoAmI)
      assert.strictEqual(error.code, "InvalidClientTokenId")
      assert.strictEqual(error.reason._tag, "CredentialsRejected")
    }).pipe(Effect.provide(InMemory.layer()), Effect.provideService(References.MinimumLogLevel, "Info")))

  it.effect("is rejected while it is inactive", () =>
    Effect.gen(function*() {
      const { AccessKeyId, whoAmI } = yield* createRobot
      const update = (Status: "Active" | "Inactive") =>
        Iam.send(new UpdateAccessKeyCommand({ UserName: "robot", AccessKeyId, Status }))
      yield* update("Inactive")
      assert.strictEqual((yield* Effect.flip(whoAmI)).reason._tag, "CredentialsRejected")
      yield* update("Active")
      assert.strictEqual(yield* whoAmI, "arn:aws:iam::123456789012:user/robot")
    }).pipe(Effect.provide(InMemory.layer()), Effect.provideService(References.MinimumLogLevel, "Info")))

  it.effect("signs as the user's new name, and by default manages the keys of that user", () =>
    Effect.gen(function*() {
      const { AccessKeyId, asRobot, whoAmI } = yield* createRobot
      yield* Iam.send(new UpdateUserCommand({ UserName: "robot", NewUserName: "android", NewPath: "/team/" }))
      assert.strictEqual(yield* whoAmI, "arn:aws:iam::123456789012:user/team/android")
      const { AccessKeyMetadata } = yield* Iam.send(new ListAccessKeysCommand({})).pipe(Effect.provide(asRobot))
      assert.deepEqual(AccessKeyMetadata?.map((key) => [key.UserName, key.AccessKeyId]), [["android", AccessKeyId]])
    }).pipe(Effect.provide(InMemory.layer()), Effect.provideService(References.MinimumLogLevel, "Info")))
})

describe("IAM in memory", () => {
  it.effect("makes ARNs in the partition of the region", () =>
    Effect.gen(function*() {
      const { Role } = yield* Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }))
      assert.strictEqual(Role?.Arn, `arn:aws-cn:iam::123456789012:role/${RoleName}`)
    }).pipe(Effect.provide(InMemory.layer({ region: "cn-north-1" }))))

  it.effect("doesn't let anyone change an AWS managed policy", () =>
    Effect.gen(function*() {
      const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
      const { message, reason } = yield* Effect.flip(Iam.send(new DeletePolicyCommand({ PolicyArn })))
      assert.strictEqual(reason._tag, "AccessDenied")
      assert.include(message, `is not authorized to perform: iam:DeletePolicy on resource: policy ${PolicyArn}`)
    }).pipe(Effect.provide(InMemory.layer())))
})
