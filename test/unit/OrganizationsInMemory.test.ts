// What the in-memory Organizations does over time, with its quotas, and with what it doesn't have.
import {
  AcceptHandshakeCommand,
  CloseAccountCommand,
  CreateAccountCommand,
  CreateOrganizationCommand,
  CreatePolicyCommand,
  DescribeAccountCommand,
  DescribeEffectivePolicyCommand,
  DescribeHandshakeCommand,
  InviteAccountToOrganizationCommand,
  ListHandshakesForOrganizationCommand,
  RemoveAccountFromOrganizationCommand
} from "@aws-sdk/client-organizations"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Stream } from "effect"
import { type AwsClients, InMemory, Sts } from "effect-aws-sdk"
import * as Organizations from "effect-aws-sdk/Organizations"
import { TestClock } from "effect/testing"
import { services } from "../../emulator/services.ts"
import {
  asStranger,
  createAccount,
  created,
  createOrganization,
  describeAccount,
  inAccount,
  requestAccount,
  roleOf,
  STRANGER
} from "../contract/support/organizations.ts"
import { codeOf } from "../contract/support/rejections.ts"
import { clientsOf, makeWorld } from "../support/world.ts"

const test = <A, E>(title: string, run: Effect.Effect<A, E, AwsClients | InMemory>, options?: InMemory.Options) =>
  it.effect(title, () => Effect.provide(run, InMemory.layer(options)))

const invite = (Id: string, Type: "ACCOUNT" | "EMAIL" = "ACCOUNT") =>
  Effect.map(
    Organizations.send(new InviteAccountToOrganizationCommand({ Target: { Type, Id } })),
    ({ Handshake }) => Handshake!
  )

const stateOf = (HandshakeId: string) =>
  Effect.map(Organizations.send(new DescribeHandshakeCommand({ HandshakeId })), ({ Handshake }) => Handshake!.State)

const close = (AccountId: string) => Organizations.send(new CloseAccountCommand({ AccountId }))
const remove = (AccountId: string) => Organizations.send(new RemoveAccountFromOrganizationCommand({ AccountId }))

const gap = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.exit(call), (exit) => Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "")

describe("the in-memory Organizations", () => {
  test(
    "creates an account in five seconds, and at the world's speed",
    Effect.gen(function*() {
      yield* createOrganization()
      yield* requestAccount("first")
      yield* TestClock.adjust("999 millis")
      assert.lengthOf(yield* Stream.runCollect(Organizations.listAccounts()), 1)
      yield* TestClock.adjust("1 millis")
      assert.lengthOf(yield* Stream.runCollect(Organizations.listAccounts()), 2)
    }),
    { speed: 5 }
  )

  test(
    "keeps a closed account for 90 days, and its email address for good",
    Effect.gen(function*() {
      yield* createOrganization()
      const account = yield* createAccount("short-lived")
      yield* close(account)
      yield* TestClock.adjust("3 minutes")
      assert.strictEqual((yield* describeAccount(account)).State, "CLOSED")
      assert.strictEqual(yield* codeOf(remove(account)), "ConstraintViolationException")
      yield* TestClock.adjust("90 days")
      assert.strictEqual(yield* codeOf(describeAccount(account)), "AccountNotFoundException")
      const { Id = "" } = yield* requestAccount("short-lived")
      assert.strictEqual((yield* created(Id)).FailureReason, "EMAIL_ALREADY_EXISTS")
    })
  )

  test(
    "lets an account go that was created a week ago, which can found an organization then",
    Effect.gen(function*() {
      yield* createOrganization()
      const account = yield* createAccount("grown")
      assert.strictEqual(yield* codeOf(remove(account)), "ConstraintViolationException")
      yield* TestClock.adjust("7 days")
      yield* remove(account)
      yield* inAccount(account)(Effect.gen(function*() {
        assert.strictEqual((yield* Effect.flip(Organizations.organization))._tag, "NotInOrganization")
        yield* Organizations.send(new CreateOrganizationCommand({}))
        const [own] = yield* Stream.runCollect(Organizations.listAccounts())
        assert.deepEqual([own!.name, own!.email], ["grown", "grown@example.com"])
      }))
    })
  )

  test(
    "lets an invitation expire after 15 days, and forgets it 30 days later",
    Effect.gen(function*() {
      yield* createOrganization()
      const { Id = "" } = yield* invite(STRANGER)
      yield* TestClock.adjust("14 days")
      assert.strictEqual(yield* stateOf(Id), "OPEN")
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* stateOf(Id), "EXPIRED")
      const accept = asStranger(Organizations.send(new AcceptHandshakeCommand({ HandshakeId: Id })))
      assert.strictEqual(yield* codeOf(accept), "InvalidHandshakeTransitionException")
      yield* invite(STRANGER)
      yield* TestClock.adjust("30 days")
      assert.strictEqual(yield* codeOf(stateOf(Id)), "HandshakeNotFoundException")
      const { Handshakes = [] } = yield* Organizations.send(new ListHandshakesForOrganizationCommand({}))
      assert.lengthOf(Handshakes, 1)
    })
  )

  test(
    "sends twenty invitations a day",
    Effect.gen(function*() {
      yield* createOrganization()
      for (let i = 0; i < 20; i++) yield* invite(`person-${i}@example.com`, "EMAIL")
      const more = invite("one-more@example.com", "EMAIL")
      assert.strictEqual(yield* codeOf(more), "HandshakeConstraintViolationException")
      yield* TestClock.adjust("1 day")
      yield* more
    })
  )

  test(
    "refuses a session in a member account that doesn't trust the caller",
    Effect.gen(function*() {
      yield* createOrganization()
      const account = yield* createAccount("first")
      const other = yield* createAccount("second")
      const failed = yield* Effect.flip(Effect.provide(Sts.environment, roleOf(other))).pipe(inAccount(account))
      assert.strictEqual(failed._tag, "AssumeRoleFailed")
    })
  )

  test(
    "says what it doesn't have",
    Effect.gen(function*() {
      yield* createOrganization()
      assert.include(
        yield* gap(Organizations.send(new DescribeEffectivePolicyCommand({ PolicyType: "TAG_POLICY" }))),
        "has no handler for Organizations DescribeEffectivePolicy"
      )
      assert.include(
        yield* gap(Organizations.send(
          new CreatePolicyCommand({ Name: "n", Description: "", Content: "{\"a\":1}", Type: "SECURITYHUB_POLICY" })
        )),
        "doesn't have policies of the type SECURITYHUB_POLICY"
      )
    })
  )

  it.effect("is in a saved world, with a request that isn't complete", () =>
    Effect.gen(function*() {
      const first = makeWorld({ services })
      const id = yield* Effect.gen(function*() {
        yield* createOrganization()
        const account = yield* createAccount("before")
        yield* Organizations.send(new CreateAccountCommand({ AccountName: "during", Email: "during@example.com" }))
        return account
      }).pipe(Effect.provide(clientsOf(first)))
      const second = makeWorld({ services })
      second.restore(first.save())
      yield* Effect.gen(function*() {
        assert.strictEqual((yield* inAccount(id)(Sts.environment)).account, id)
        yield* TestClock.adjust("5 seconds")
        const all = yield* Stream.runCollect(Organizations.listAccounts())
        assert.deepEqual(all.map(({ name }) => name), ["account-123456789012", "before", "during"])
        const during = all[2]!.id
        assert.strictEqual((yield* inAccount(during)(Sts.environment)).account, during)
        const { Account } = yield* Organizations.send(new DescribeAccountCommand({ AccountId: during }))
        assert.strictEqual(Account!.Email, "during@example.com")
      }).pipe(Effect.provide(clientsOf(second)))
    }))
})
