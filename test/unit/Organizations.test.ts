// The functions of Organizations, with answers that the in-memory AWS doesn't give by itself.
import {
  type Account,
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListRootsCommand
} from "@aws-sdk/client-organizations"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted, Schema, Stream } from "effect"
import { type AwsClients, type AwsError, InMemory, Retry } from "effect-aws-sdk"
import * as Organizations from "effect-aws-sdk/Organizations"
import * as http from "node:http"
import { clientsOf } from "../contract/moto.ts"
import { createAccount, createOrganization } from "../contract/support/organizations.ts"

const MANAGEMENT = "111111111111"

const accountOf = (id: string, members: Partial<Account> = {}): Account => ({
  Id: id,
  Arn: `arn:aws:organizations::${MANAGEMENT}:account/o-a1b2c3d4e5/${id}`,
  Name: `account ${id}`,
  Email: `${id}@example.com`,
  State: "ACTIVE",
  Status: "ACTIVE",
  JoinedMethod: "CREATED",
  JoinedTimestamp: new Date(0),
  ...members
})

const test = <A, E>(title: string, run: Effect.Effect<A, E, AwsClients | InMemory>, options?: InMemory.Options) =>
  it.effect(title, () => Effect.provide(run, InMemory.layer(options)))

/** Answers ListAccounts with these pages. */
const pagesOf = (...pages: ReadonlyArray<ReadonlyArray<Account> | undefined>) =>
  InMemory.handle(ListAccountsCommand, ({ NextToken = "0" }) => {
    const next = Number(NextToken) + 1
    return Effect.succeed({
      Accounts: pages[Number(NextToken)] && [...pages[Number(NextToken)]!],
      ...(next < pages.length && { NextToken: String(next) })
    })
  })

const ids = <E, R>(accounts: Stream.Stream<Organizations.Account, E, R>) =>
  Effect.map(Stream.runCollect(accounts), (all) => all.map(({ id }) => id))

const fails = (code: string, message = "no") => Effect.fail(InMemory.fault({ code, message, statusCode: 400 }))

describe("the accounts of an organization", () => {
  it.effect("goes on after a page that is empty and has a token", () =>
    Effect.gen(function*() {
      yield* pagesOf([], [accountOf(MANAGEMENT)], [], [accountOf("222222222222")], [])
      assert.deepEqual(yield* ids(Organizations.listAccounts()), [MANAGEMENT, "222222222222"])
    }).pipe(Effect.provide(InMemory.layer())))

  test(
    "goes on after empty pages in each root and organizational unit",
    Effect.gen(function*() {
      const page = (name: string, elements: ReadonlyArray<unknown>, token: string | undefined) => ({
        [name]: token === undefined ? [] : elements,
        ...(token === undefined && { NextToken: "1" })
      })
      yield* InMemory.handle(
        ListAccountsForParentCommand,
        ({ NextToken, ParentId }) =>
          Effect.succeed(page("Accounts", [accountOf(ParentId === "r-ab12" ? MANAGEMENT : "222222222222")], NextToken))
      )
      yield* InMemory.handle(ListOrganizationalUnitsForParentCommand, ({ NextToken, ParentId }) =>
        Effect.succeed(page(
          "OrganizationalUnits",
          ParentId === "r-ab12" ? [{ Id: "ou-ab12-11111111", Arn: "arn", Name: "unit" }] : [],
          NextToken
        )))
      yield* InMemory.handle(
        ListRootsCommand,
        ({ NextToken }) => Effect.succeed(page("Roots", [{ Id: "r-ab12" }], NextToken))
      )
      const root = yield* Organizations.rootId
      assert.strictEqual(root, "r-ab12")
      assert.deepEqual(yield* ids(Organizations.listAccountsOf(root, { recursive: true })), [
        MANAGEMENT,
        "222222222222"
      ])
    })
  )

  test(
    "reads one page for the first account",
    Effect.gen(function*() {
      yield* pagesOf([accountOf(MANAGEMENT), accountOf("222222222222")], [accountOf("333333333333")])
      const first = yield* Stream.runHead(Organizations.listAccounts())
      assert.strictEqual(Option.getOrThrow(first).id, MANAGEMENT)
      assert.lengthOf(yield* InMemory.calls, 1)
    })
  )

  it.effect("have AWS's State, and its older Status where there is no State", () =>
    Effect.gen(function*() {
      yield* pagesOf([
        accountOf(MANAGEMENT, { State: "CLOSED", Status: "SUSPENDED" }),
        accountOf("222222222222", { State: undefined, Status: "SUSPENDED" }),
        accountOf("333333333333", { State: "PENDING_ACTIVATION", Status: undefined }),
        accountOf("444444444444", { State: "HIBERNATING" as "ACTIVE" })
      ])
      const all = yield* Stream.runCollect(Organizations.listAccounts())
      assert.deepEqual(all.map(({ state }) => state), ["CLOSED", "SUSPENDED", "PENDING_ACTIVATION", "HIBERNATING"])
    }).pipe(Effect.provide(InMemory.layer())))

  test(
    "know the management account by their ARNs",
    Effect.gen(function*() {
      yield* pagesOf([accountOf(MANAGEMENT), accountOf("222222222222")])
      const all = yield* Stream.runCollect(Organizations.listAccounts())
      assert.deepEqual(all.map(({ isManagement }) => isManagement), [true, false])
      assert.deepEqual({ ...all[1] }, {
        id: "222222222222",
        arn: `arn:aws:organizations::${MANAGEMENT}:account/o-a1b2c3d4e5/222222222222`,
        name: "account 222222222222",
        state: "ACTIVE",
        isManagement: false,
        email: "222222222222@example.com",
        joinedMethod: "CREATED",
        joinedAt: new Date(0)
      })
    })
  )

  test(
    "fail with Unreadable if AWS's answer has no list, or an account without an id",
    Effect.gen(function*() {
      const reasonOf = Effect.map(
        Effect.flip(Stream.runDrain(Organizations.listAccounts())),
        (error) => error._tag === "AwsError" && [error.reason._tag, error.code]
      )
      yield* pagesOf(undefined)
      assert.deepEqual(yield* reasonOf, ["Unreadable", "MemberMissing"])
      yield* pagesOf([accountOf("222222222222", { Id: undefined })])
      assert.deepEqual(yield* reasonOf, ["Unreadable", "MemberMissing"])
    })
  )

  test(
    "are plain data, as models and as JSON",
    Effect.gen(function*() {
      yield* createOrganization()
      yield* createAccount("member")
      const all = yield* Stream.runCollect(Organizations.listAccounts())
      const codec = Schema.toCodecJson(Schema.Array(Organizations.Account))
      const json = JSON.parse(JSON.stringify(yield* Schema.encodeEffect(codec)(all)))
      assert.deepEqual(yield* Schema.decodeUnknownEffect(codec)(json), all)
      assert.isTrue(all.every((account) => account instanceof Organizations.Account))
    })
  )
})

describe("the errors of an organization", () => {
  test(
    "refuse a text that can't be the id of a parent, and ask AWS for nothing",
    Effect.gen(function*() {
      for (const parent of ["workloads", "", "r-", "ou-ab12", "123456789012"]) {
        for (const stream of [Organizations.listAccountsOf(parent), Organizations.listUnitsOf(parent)]) {
          const error = yield* Effect.flip(Stream.runDrain(stream as Stream.Stream<unknown, AwsError, AwsClients>))
          assert.deepEqual([error._tag, error.reason._tag, error.code], ["AwsError", "Misconfigured", "InvalidParent"])
          assert.include(error.message, JSON.stringify(parent))
        }
      }
      assert.deepEqual(yield* InMemory.calls, [])
    })
  )

  const calls = {
    ListAccounts: [ListAccountsCommand, Stream.runDrain(Organizations.listAccounts())],
    ListRoots: [ListRootsCommand, Organizations.rootId],
    DescribeOrganization: [DescribeOrganizationCommand, Organizations.organization],
    ListAccountsForParent: [ListAccountsForParentCommand, Stream.runDrain(Organizations.listAccountsOf("r-ab12"))],
    ListOrganizationalUnitsForParent: [
      ListOrganizationalUnitsForParentCommand,
      Stream.runDrain(Organizations.listUnitsOf("r-ab12"))
    ]
  } as const

  for (const [operation, [Command, call]] of Object.entries(calls)) {
    test(
      `say what ${operation} needs`,
      Effect.gen(function*() {
        const failing = (code: string) =>
          Effect.andThen(
            InMemory.handle(Command as typeof ListAccountsCommand, () => fails(code)),
            Effect.flip(call as Effect.Effect<unknown, Effect.Error<typeof call>, AwsClients>)
          )
        const outside = yield* failing("AWSOrganizationsNotInUseException")
        assert.strictEqual(outside._tag, "NotInOrganization")
        assert.include(outside.message, `Organizations.${operation} needs an organization`)
        const denied = yield* failing("AccessDeniedException")
        assert.strictEqual(denied._tag, "OrganizationAccessDenied")
        assert.include(denied.message, `organizations:${operation}`)
        const throttled = yield* failing("TooManyRequestsException")
        assert.deepEqual([throttled._tag, (throttled as AwsError).reason._tag], ["AwsError", "Throttled"])
        const missing = yield* failing("ParentNotFoundException")
        assert.strictEqual(missing._tag, operation.endsWith("ForParent") ? "ParentDoesNotExist" : "AwsError")
      }),
      { retry: Retry.none }
    )
  }

  it.effect("cross processes", () =>
    Effect.gen(function*() {
      const cause = yield* Effect.flip(
        InMemory.handle(ListAccountsCommand, () => fails("AccessDeniedException")).pipe(
          Effect.andThen(Organizations.send(new ListAccountsCommand({}))),
          Effect.provide(InMemory.layer())
        )
      )
      for (
        const [codec, error] of [
          [Organizations.NotInOrganization, new Organizations.NotInOrganization({ operation: "ListAccounts" })],
          [
            Organizations.OrganizationAccessDenied,
            new Organizations.OrganizationAccessDenied({ operation: "ListAccounts", cause: cause as AwsError })
          ],
          [Organizations.ParentDoesNotExist, new Organizations.ParentDoesNotExist({ parent: "r-none" })]
        ] as const
      ) {
        const schema = codec as unknown as Schema.Codec<Error, unknown>
        const json = JSON.parse(JSON.stringify(yield* Schema.encodeEffect(schema)(error)))
        const decoded = yield* Schema.decodeUnknownEffect(schema)(json)
        assert.deepEqual([decoded.name, decoded.message], [error.name, error.message])
      }
    }))
})

describe("the endpoint of Organizations", () => {
  test(
    "is in us-east-1, whichever region the clients are in, and errors name the region of the clients",
    Effect.gen(function*() {
      const error = yield* Effect.flip(Organizations.send(new DescribeOrganizationCommand({})))
      assert.strictEqual(error.region, "eu-central-1")
      const [call] = yield* InMemory.calls
      assert.strictEqual(call?.region, "us-east-1")
    }),
    { region: "eu-central-1" }
  )

  it.live("is signed for us-east-1 with an endpoint of one's own, too", () =>
    Effect.gen(function*() {
      const authorizations: Array<string> = []
      const server = http.createServer((request, response) => {
        authorizations.push(String(request.headers.authorization))
        response.setHeader("content-type", "application/x-amz-json-1.1").end(JSON.stringify({ Accounts: [] }))
      })
      yield* Effect.acquireRelease(
        Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
        () => Effect.sync(() => server.close())
      )
      const { port } = server.address() as { readonly port: number }
      yield* Effect.provide(
        Stream.runDrain(Organizations.listAccounts()),
        clientsOf(`http://127.0.0.1:${port}`, { accessKeyId: "key", secretAccessKey: Redacted.make("secret") })
      )
      assert.include(authorizations[0], "/us-east-1/organizations/aws4_request")
    }))
})
