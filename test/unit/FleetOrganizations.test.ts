// The accounts of an organization as the targets of a fleet, in memory and by HTTP.
import {
  CloseAccountCommand,
  EnableAWSServiceAccessCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  RegisterDelegatedAdministratorCommand
} from "@aws-sdk/client-organizations"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Result, Stream } from "effect"
import { type AwsClients, Fleet, InMemory, Sts } from "effect-aws-sdk"
import * as FleetOrganizations from "effect-aws-sdk/FleetOrganizations"
import * as Organizations from "effect-aws-sdk/Organizations"
import { TestClock } from "effect/testing"
import { clientsOf } from "../contract/moto.ts"
import {
  createAccount,
  created,
  createOrganization,
  createUnit,
  inAccount,
  move,
  requestAccount
} from "../contract/support/organizations.ts"

const MANAGEMENT = "123456789012"

const fleet = Fleet.layer({ role: "OrganizationAccountAccessRole", sessionName: "audit" })

const ids = <E, R>(targets: Stream.Stream<FleetOrganizations.OrganizationTarget, E, R>) =>
  Effect.map(Stream.runCollect(targets), (all) => all.map(({ account }) => account))

/** Creates accounts, five at a time, as AWS allows, and returns their ids. */
const createAccounts = Effect.fnUntraced(function*(count: number) {
  const accounts: Array<string> = []
  while (accounts.length < count) {
    const size = Math.min(5, count - accounts.length)
    const requests = yield* Effect.forEach(
      Array.from({ length: size }),
      (_, i) => requestAccount(`member-${accounts.length + i}`)
    )
    for (const { Id = "" } of requests) accounts.push((yield* created(Id)).AccountId!)
  }
  return accounts
})

/** An organization with so many member accounts, which are spread over nested units. */
const organization = Effect.fnUntraced(function*(count: number) {
  const root = yield* createOrganization()
  const outer = yield* createUnit(root, "outer")
  const inner = yield* createUnit(outer, "inner")
  const other = yield* createUnit(root, "other")
  const accounts = yield* createAccounts(count)
  const parents = [root, outer, inner, other]
  for (const [i, account] of accounts.entries()) {
    const parent = parents[i % parents.length]!
    if (parent !== root) yield* move(account, root, parent)
  }
  const of = (...indices: ReadonlyArray<number>) => accounts.filter((_, i) => indices.includes(i % parents.length))
  return { root, outer, inner, other, accounts, of }
})

const closeAccount = (AccountId: string) => Organizations.send(new CloseAccountCommand({ AccountId }))

const memory = (options?: InMemory.Options) => InMemory.layer(options)

/** The clients of an in-memory AWS that is served by HTTP. */
const served = (options?: InMemory.Options) =>
  Layer.unwrap(Effect.map(InMemory.serve(), ({ url }) => clientsOf(url))).pipe(Layer.provideMerge(memory(options)))

const test = <A, E>(title: string, run: Effect.Effect<A, E, AwsClients | InMemory>, options?: InMemory.Options) =>
  it.effect(title, () => Effect.provide(run, memory(options)))

describe("a fleet of the accounts of an organization", () => {
  for (const [where, layer] of Object.entries({ "in memory": memory, "by HTTP": served })) {
    it.effect(`reaches each of 30 accounts in nested units ${where}, and leaves out those that are closed`, () =>
      Effect.gen(function*() {
        const { accounts } = yield* organization(30)
        const closed = accounts.slice(10, 13)
        for (const account of closed) yield* closeAccount(account)
        yield* TestClock.adjust("1 hour")
        const outcomes = yield* Fleet.forEach(FleetOrganizations.targets(), Sts.environment).pipe(
          Stream.runCollect,
          Effect.provide(fleet)
        )
        const active = accounts.filter((account) => !closed.includes(account))
        assert.sameMembers(outcomes.map(({ account }) => account), active)
        for (const { account, result, target } of outcomes) {
          const { account: seen, arn } = Result.getOrThrow(result)
          assert.strictEqual(seen, account)
          assert.strictEqual(arn, `arn:aws:sts::${account}:assumed-role/OrganizationAccountAccessRole/audit`)
          assert.strictEqual(target.name, `member-${accounts.indexOf(account)}`)
        }
      }).pipe(Effect.provide(layer({ pageSize: 4 }))))
  }

  test(
    "includes the management account, where it uses its own credentials",
    Effect.gen(function*() {
      const { accounts } = yield* organization(3)
      const all = Layer.unwrap(
        Effect.map(
          FleetOrganizations.memberRole("OrganizationAccountAccessRole"),
          (role) => Fleet.layer({ role, sessionName: "audit" })
        )
      )
      const outcomes = yield* Fleet.forEach(
        FleetOrganizations.targets({ management: "include" }),
        Sts.environment
      ).pipe(Stream.runCollect, Effect.provide(all))
      assert.sameMembers(outcomes.map(({ account }) => account), [MANAGEMENT, ...accounts])
      for (const { account, result, target } of outcomes) {
        assert.strictEqual(Result.getOrThrow(result).account, account)
        assert.strictEqual(target.isManagement, account === MANAGEMENT)
      }
    })
  )

  test(
    "leaves out the management account unless `management` says exactly the opposite",
    Effect.gen(function*() {
      const { accounts } = yield* organization(1)
      for (const management of ["Exclude", "Include", "", null, true]) {
        assert.deepEqual(yield* ids(FleetOrganizations.targets({ management: management as never })), accounts)
      }
    })
  )

  test(
    "leaves out what `except` has, also if that can be read only once",
    Effect.gen(function*() {
      const { accounts } = yield* organization(2)
      const once = accounts.slice(0, 1).values()
      assert.deepEqual(yield* ids(FleetOrganizations.targets({ except: once as never })), accounts.slice(1))
    })
  )

  test(
    "works in the regions of the targets",
    Effect.gen(function*() {
      const accounts = yield* Effect.map(organization(2), ({ accounts }) => accounts)
      const outcomes = yield* Fleet.forEach(
        FleetOrganizations.targets({ regions: ["eu-central-1", "us-west-2"] }),
        Effect.map(Sts.environment, ({ region }) => region)
      ).pipe(Stream.runCollect, Effect.provide(fleet))
      assert.sameDeepMembers(
        outcomes.map(({ account, result }) => [account, Result.getOrThrow(result)]),
        accounts.flatMap((account) => [[account, "eu-central-1"], [account, "us-west-2"]])
      )
    })
  )
})

describe("FleetOrganizations.targets", () => {
  test(
    "are the active members, with their names",
    Effect.gen(function*() {
      const { accounts } = yield* organization(2)
      assert.deepEqual(yield* Stream.runCollect(FleetOrganizations.targets()), [
        {
          account: accounts[0]!,
          name: "member-0",
          email: "member-0@example.com",
          state: "ACTIVE",
          isManagement: false
        },
        { account: accounts[1]!, name: "member-1", email: "member-1@example.com", state: "ACTIVE", isManagement: false }
      ])
    })
  )

  test(
    "are those in the parents and below them, each once",
    Effect.gen(function*() {
      const { accounts, inner, of, other, outer, root } = yield* organization(8)
      const targets = (...parents: ReadonlyArray<string>) => ids(FleetOrganizations.targets({ parents }))
      assert.sameMembers(yield* targets(outer), of(1, 2))
      assert.sameMembers(yield* targets(inner, other), of(2, 3))
      assert.sameMembers(yield* targets(root), accounts)
      const twice = yield* targets(inner, outer, root, inner)
      assert.lengthOf(twice, accounts.length)
      assert.sameMembers(twice, accounts)
      assert.deepEqual(yield* targets(), [])
      assert.sameMembers(yield* ids(FleetOrganizations.targets({ parents: [outer], recursive: false })), of(1))
    }),
    { pageSize: 1 }
  )

  test(
    "leave out the accounts in `except`, and those in other states than asked for",
    Effect.gen(function*() {
      const { accounts } = yield* organization(4)
      const [first = "", second = "", third = "", fourth = ""] = accounts
      yield* closeAccount(second)
      yield* TestClock.adjust("1 hour")
      yield* closeAccount(third)
      const targets = (options: FleetOrganizations.Options) => ids(FleetOrganizations.targets(options))
      assert.deepEqual(yield* targets({ except: [first] }), [fourth])
      assert.deepEqual(yield* targets({ states: ["CLOSED"] }), [second])
      assert.deepEqual(yield* targets({ states: ["ACTIVE", "PENDING_CLOSURE"] }), [first, third, fourth])
    })
  )

  test(
    "refuse an `except` that isn't an account, and ask AWS for nothing",
    Effect.gen(function*() {
      for (const except of ["web", "12345678901", 123456789012 as never, null as never, Symbol("web") as never]) {
        const error = yield* Effect.flip(ids(FleetOrganizations.targets({ except: ["111111111111", except] })))
        assert.strictEqual(error._tag, "InvalidTarget")
        assert.include(error.message, String(except))
      }
      assert.deepEqual(yield* InMemory.calls, [])
    })
  )

  test(
    "come before the last page is read",
    Effect.gen(function*() {
      yield* organization(6)
      const some = yield* ids(Stream.take(FleetOrganizations.targets(), 2))
      assert.lengthOf(some, 2)
      const lists = (yield* InMemory.calls).filter(({ operation }) => operation === "ListAccounts")
      assert.lengthOf(lists, 2)
    }),
    { pageSize: 2 }
  )

  test(
    "are the same each time that they are read",
    Effect.gen(function*() {
      const { accounts } = yield* organization(3)
      const targets = FleetOrganizations.targets()
      assert.deepEqual(yield* ids(targets), accounts)
      assert.deepEqual(yield* ids(targets), accounts)
    })
  )

  test(
    "are for the management account and delegated administrators",
    Effect.gen(function*() {
      const outside = yield* Effect.flip(ids(FleetOrganizations.targets()))
      assert.strictEqual(outside._tag, "NotInOrganization")
      yield* createOrganization()
      const account = yield* createAccount("security")
      const asMember = inAccount(account)
      const denied = yield* Effect.flip(asMember(ids(FleetOrganizations.targets())))
      assert.strictEqual(denied._tag, "OrganizationAccessDenied")
      const ServicePrincipal = "guardduty.amazonaws.com"
      yield* Organizations.send(new EnableAWSServiceAccessCommand({ ServicePrincipal }))
      yield* Organizations.send(new RegisterDelegatedAdministratorCommand({ AccountId: account, ServicePrincipal }))
      assert.deepEqual(yield* asMember(ids(FleetOrganizations.targets())), [account])
    })
  )

  test(
    "fail for a parent that doesn't exist",
    Effect.gen(function*() {
      const { inner } = yield* organization(3)
      const error = yield* Effect.flip(ids(FleetOrganizations.targets({ parents: [inner, "ou-none-11111111"] })))
      assert.strictEqual(error._tag, "ParentDoesNotExist")
      assert.include(error.message, "ou-none-11111111")
    })
  )

  test(
    "end a fleet with the error of a page, after the accounts before it",
    Effect.gen(function*() {
      yield* organization(4)
      yield* InMemory.inject({
        service: "Organizations",
        operation: "ListAccounts",
        nth: 2,
        fault: InMemory.fault({ code: "AccessDeniedException", message: "You don't have permissions", statusCode: 400 })
      })
      const seen: Array<string> = []
      const exit = yield* Fleet.forEach(FleetOrganizations.targets(), Sts.environment).pipe(
        Stream.runForEach(({ account }) => Effect.sync(() => seen.push(account))),
        Effect.exit,
        Effect.provide(fleet)
      )
      assert.isTrue(Exit.isFailure(exit))
      const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.propertyVal(error, "_tag", "OrganizationAccessDenied")
      assert.lengthOf(seen, 2)
    }),
    { pageSize: 3 }
  )

  test(
    "go on after pages that are empty and have a token",
    Effect.gen(function*() {
      const arn = (id: string) => `arn:aws:organizations::${MANAGEMENT}:account/o-a1b2c3d4e5/${id}`
      const list = ({ NextToken }: { readonly NextToken?: string | undefined }) =>
        Effect.succeed(
          NextToken === undefined
            ? { Accounts: [], NextToken: "1" }
            : { Accounts: [{ Id: "222222222222", Arn: arn("222222222222"), Name: "one", State: "ACTIVE" as const }] }
        )
      yield* InMemory.handle(ListAccountsCommand, list)
      yield* InMemory.handle(ListAccountsForParentCommand, list)
      assert.deepEqual(yield* ids(FleetOrganizations.targets()), ["222222222222"])
      assert.deepEqual(
        yield* ids(FleetOrganizations.targets({ parents: ["ou-ab12-11111111"], recursive: false })),
        ["222222222222"]
      )
    })
  )
})
