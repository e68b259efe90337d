import {
  ChangePasswordCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteServiceLinkedRoleCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GenerateCredentialReportCommand,
  GetAccessKeyLastUsedCommand,
  GetCredentialReportCommand,
  GetMFADeviceCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  GetUserCommand,
  ListMFADevicesCommand,
  ListVirtualMFADevicesCommand,
  ResyncMFADeviceCommand,
  UpdateAccessKeyCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateLoginProfileCommand
} from "@aws-sdk/client-iam"
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Redacted } from "effect"
import { AssumeRole, AwsClients, type AwsError, Iam, InMemory, Sts } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { createHmac } from "node:crypto"

const UserName = "ann"

const inMemory = Effect.provide(InMemory.layer())

const expectCode = Effect.fnUntraced(function*<A, R>(effect: Effect.Effect<A, AwsError, R>, code: string) {
  const error = yield* Effect.flip(effect)
  assert.strictEqual(error.code, code)
  return error.reason.description
})

/** The code of an authenticator app. */
const codeAt = (seed: string, millis: number): string => {
  const bits = [...seed].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("")
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeUInt32BE(Math.floor(millis / 30_000), 4)
  const hash = createHmac("sha1", key).update(counter).digest()
  const offset = hash[19]! & 15
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1e6).padStart(6, "0")
}

const codes = Effect.fnUntraced(function*(seed: string, offset = 0) {
  const now = (yield* Clock.currentTimeMillis) + offset
  return { AuthenticationCode1: codeAt(seed, now), AuthenticationCode2: codeAt(seed, now + 30_000) }
})

const createDevice = Effect.fnUntraced(function*(VirtualMFADeviceName: string) {
  const { VirtualMFADevice } = yield* Iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName }))
  return {
    SerialNumber: VirtualMFADevice!.SerialNumber!,
    seed: Buffer.from(VirtualMFADevice!.Base32StringSeed!).toString()
  }
})

describe("a virtual MFA device", () => {
  it.effect("is enabled by two codes that follow each other", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 hour")
      yield* Iam.send(new CreateUserCommand({ UserName }))
      const { SerialNumber, seed } = yield* createDevice("phone")
      const enable = (codes: { readonly AuthenticationCode1: string; readonly AuthenticationCode2: string }) =>
        Iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes }))
      const right = yield* codes(seed)
      yield* expectCode(
        enable({ AuthenticationCode1: right.AuthenticationCode2, AuthenticationCode2: right.AuthenticationCode1 }),
        "InvalidAuthenticationCodeException"
      )
      yield* expectCode(enable(yield* codes(seed, 3_600_000)), "InvalidAuthenticationCodeException")
      yield* enable(right)
      yield* expectCode(enable(right), "EntityAlreadyExistsException")
      const { MFADevices } = yield* Iam.send(new ListMFADevicesCommand({ UserName }))
      assert.deepEqual(MFADevices, [{ UserName, SerialNumber, EnableDate: new Date(3_600_000) }])
      const device = yield* Iam.send(new GetMFADeviceCommand({ SerialNumber }))
      assert.strictEqual(device.UserName, UserName)
      const { VirtualMFADevices } = yield* Iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus: "Assigned" }))
      assert.deepEqual(VirtualMFADevices?.map(({ User }) => User?.UserName), [UserName])
    }).pipe(inMemory))

  it.effect("is neither deleted nor left behind while it is enabled", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 hour")
      yield* Iam.send(new CreateUserCommand({ UserName }))
      const { SerialNumber, seed } = yield* createDevice("phone")
      yield* Iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...(yield* codes(seed)) }))
      const remove = Iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))
      assert.strictEqual(
        yield* expectCode(remove, "DeleteConflictException"),
        "MFA VirtualDevice in use. Must deactivate first."
      )
      assert.strictEqual(
        yield* expectCode(Iam.send(new DeleteUserCommand({ UserName })), "DeleteConflictException"),
        "Cannot delete entity, must delete MFA device first."
      )
      const deactivate = Iam.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }))
      yield* deactivate
      yield* expectCode(deactivate, "NoSuchEntityException")
      yield* remove
      yield* Iam.send(new DeleteUserCommand({ UserName }))
    }).pipe(inMemory))

  it.effect("accepts neither of its codes again, even after it was deactivated", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 hour")
      yield* Iam.send(new CreateUserCommand({ UserName }))
      const { SerialNumber, seed } = yield* createDevice("phone")
      const device = { UserName, SerialNumber }
      const used = yield* codes(seed)
      yield* Iam.send(new EnableMFADeviceCommand({ ...device, ...used }))
      yield* expectCode(
        Iam.send(new ResyncMFADeviceCommand({ ...device, ...used })),
        "InvalidAuthenticationCodeException"
      )
      yield* Iam.send(new DeactivateMFADeviceCommand(device))
      for (const offset of [-30_000, 0, 30_000]) {
        yield* expectCode(
          Iam.send(new EnableMFADeviceCommand({ ...device, ...(yield* codes(seed, offset)) })),
          "InvalidAuthenticationCodeException"
        )
      }
      yield* Iam.send(new EnableMFADeviceCommand({ ...device, ...(yield* codes(seed, 60_000)) }))
    }).pipe(inMemory))

  it.effect("is synchronized when its clock is a few minutes off", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 hour")
      yield* Iam.send(new CreateUserCommand({ UserName }))
      const { SerialNumber, seed } = yield* createDevice("phone")
      const resync = (offset: number) =>
        Effect.flatMap(
          codes(seed, offset),
          (codes) => Iam.send(new ResyncMFADeviceCommand({ UserName, SerialNumber, ...codes }))
        )
      yield* expectCode(resync(0), "NoSuchEntityException")
      yield* Iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...(yield* codes(seed)) }))
      yield* resync(-120_000)
      yield* expectCode(resync(3_600_000), "InvalidAuthenticationCodeException")
    }).pipe(inMemory))
})

describe("a user of IAM", () => {
  /** Creates a user, and returns how to call as the user. */
  const createCaller = Effect.gen(function*() {
    yield* Iam.send(new CreateUserCommand({ UserName }))
    const { AccessKey } = yield* Iam.send(new CreateAccessKeyCommand({ UserName }))
    const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey!
    const { config } = yield* AwsClients
    const asUser = Layer.orDie(AwsClients.layer({
      ...config,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: Redacted.make(SecretAccessKey) }
    }))
    return { AccessKeyId, asUser }
  })

  it.effect("sees when and for what an access key was last used", () =>
    Effect.gen(function*() {
      const { AccessKeyId, asUser } = yield* createCaller
      const lastUsed = Effect.map(
        Iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId })),
        ({ AccessKeyLastUsed }) => ({ ...AccessKeyLastUsed })
      )
      assert.deepEqual(yield* lastUsed, { ServiceName: "N/A", Region: "N/A" } as object)
      yield* TestClock.adjust("1 minute")
      yield* Sts.send(new GetCallerIdentityCommand({})).pipe(Effect.provide(asUser))
      const used: object = { LastUsedDate: new Date(60_000), ServiceName: "sts", Region: "us-east-1" }
      assert.deepEqual(yield* lastUsed, used)
      for (const Status of ["Inactive", "Active"] as const) {
        yield* Iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status }))
        assert.deepEqual(yield* lastUsed, used)
      }
    }).pipe(inMemory))

  it.effect("changes the own password by the rules of the account", () =>
    Effect.gen(function*() {
      const { asUser } = yield* createCaller
      const change = (OldPassword: string, NewPassword: string) =>
        Iam.send(new ChangePasswordCommand({ OldPassword, NewPassword })).pipe(Effect.provide(asUser))
      yield* Iam.send(new UpdateAccountPasswordPolicyCommand({ RequireNumbers: true, PasswordReusePrevention: 2 }))
      yield* Iam.send(new CreateLoginProfileCommand({ UserName, Password: "first1" }))
      yield* expectCode(change("wrong1", "second2"), "AccessDenied")
      assert.strictEqual(
        yield* expectCode(change("first1", "second"), "PasswordPolicyViolationException"),
        "Password should have at least one number"
      )
      yield* change("first1", "second2")
      yield* expectCode(change("second2", "first1"), "PasswordPolicyViolationException")
      yield* Iam.send(new UpdateLoginProfileCommand({ UserName, Password: "third3" }))
      yield* change("third3", "first1")
    }).pipe(inMemory))

  it.effect("is the one that GetUser returns without a name", () =>
    Effect.gen(function*() {
      const { asUser } = yield* createCaller
      const { User } = yield* Iam.send(new GetUserCommand({})).pipe(Effect.provide(asUser))
      assert.strictEqual(User?.UserName, UserName)
    }).pipe(inMemory))
})

describe("the credential report", () => {
  const generate = Effect.map(Iam.send(new GenerateCredentialReportCommand({})), ({ State }) => State)
  const get = Iam.send(new GetCredentialReportCommand({}))

  it.effect("is there a few seconds after it was asked for, and for four hours", () =>
    Effect.gen(function*() {
      yield* expectCode(get, "CredentialReportNotPresentException")
      assert.strictEqual(yield* generate, "STARTED")
      assert.strictEqual(yield* generate, "INPROGRESS")
      yield* expectCode(get, "CredentialReportNotReadyException")
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* generate, "COMPLETE")
      assert.deepEqual((yield* get).GeneratedTime, new Date(0))
      yield* TestClock.adjust("4 hours")
      yield* expectCode(get, "CredentialReportExpiredException")
      assert.strictEqual(yield* generate, "STARTED")
    }).pipe(inMemory))

  it.effect("tells the age of each user's credentials", () =>
    Effect.gen(function*() {
      yield* Iam.send(new UpdateAccountPasswordPolicyCommand({ MaxPasswordAge: 1 }))
      yield* Iam.send(new CreateUserCommand({ UserName }))
      yield* Iam.send(new CreateAccessKeyCommand({ UserName }))
      yield* Iam.send(new CreateLoginProfileCommand({ UserName, Password: "secret1" }))
      yield* generate
      yield* TestClock.adjust("2 seconds")
      const { Content } = yield* get
      const [header = "", root = "", user = ""] = Buffer.from(Content!).toString().split("\n")
      assert.match(root, /^<root_account>,arn:aws:iam::123456789012:root,/)
      const values = user.split(",")
      const row = Object.fromEntries(header.split(",").map((name, i) => [name, values[i]]))
      assert.deepInclude(row, {
        user: UserName,
        user_creation_time: "1970-01-01T00:00:00+00:00",
        password_enabled: "true",
        password_next_rotation: "1970-01-02T00:00:00+00:00",
        mfa_active: "false",
        access_key_1_active: "true",
        access_key_1_last_used_service: "N/A",
        access_key_2_active: "false",
        cert_1_active: "false"
      })
    }).pipe(inMemory))
})

it.effect("GetUser without a name fails for a role", () =>
  Effect.gen(function*() {
    const message = yield* expectCode(Iam.send(new GetUserCommand({})), "ValidationError")
    assert.strictEqual(message, "Must specify userName when calling with non-User credentials")
  }).pipe(
    Effect.provide(
      Layer.orDie(AssumeRole.layer({ roleArn: "arn:aws:iam::123456789012:role/r", sessionName: "test" }))
    ),
    inMemory
  ))

it.effect("the deletion of a service-linked role takes a few seconds", () =>
  Effect.gen(function*() {
    const { Role } = yield* Iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: "batch.amazonaws.com" }))
    const { DeletionTaskId } = yield* Iam.send(new DeleteServiceLinkedRoleCommand({ RoleName: Role?.RoleName }))
    const status = Effect.map(
      Iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId })),
      ({ Status }) => Status
    )
    assert.strictEqual(yield* status, "IN_PROGRESS")
    yield* TestClock.adjust("3 seconds")
    assert.strictEqual(yield* status, "SUCCEEDED")
  }).pipe(inMemory))
