import {
  AcceptHandshakeCommand,
  CancelHandshakeCommand,
  DeclineHandshakeCommand,
  DeregisterDelegatedAdministratorCommand,
  DescribeHandshakeCommand,
  DisableAWSServiceAccessCommand,
  EnableAWSServiceAccessCommand,
  type Handshake,
  type HandshakeFilter,
  InviteAccountToOrganizationCommand,
  type InviteAccountToOrganizationCommandInput,
  LeaveOrganizationCommand,
  ListAWSServiceAccessForOrganizationCommand,
  ListDelegatedAdministratorsCommand,
  ListDelegatedServicesForAccountCommand,
  ListHandshakesForAccountCommand,
  ListHandshakesForOrganizationCommand,
  ListTagsForResourceCommand,
  RegisterDelegatedAdministratorCommand,
  RemoveAccountFromOrganizationCommand
} from "@aws-sdk/client-organizations"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type AwsError, Sts } from "effect-aws-sdk"
import * as Organizations from "effect-aws-sdk/Organizations"
import { contract, documented } from "./Contract.ts"
import {
  asStranger,
  createAccount,
  createOrganization,
  createUnit,
  describeAccount,
  inAccount,
  STRANGER
} from "./support/organizations.ts"
import { codeOf, rejection } from "./support/rejections.ts"

const SSM = "ssm.amazonaws.com"

const both = <A, R>(call: Effect.Effect<A, AwsError, R>) =>
  Effect.map(Effect.flip(call), ({ cause, code }) => [code, (cause as { readonly Reason?: string }).Reason])

const enableAccess = (ServicePrincipal: string) =>
  Organizations.send(new EnableAWSServiceAccessCommand({ ServicePrincipal }))

const register = (AccountId: string, ServicePrincipal = SSM) =>
  Organizations.send(new RegisterDelegatedAdministratorCommand({ AccountId, ServicePrincipal }))

const deregister = (AccountId: string, ServicePrincipal = SSM) =>
  Organizations.send(new DeregisterDelegatedAdministratorCommand({ AccountId, ServicePrincipal }))

const administrators = (ServicePrincipal?: string) =>
  Effect.map(
    Organizations.send(new ListDelegatedAdministratorsCommand({ ServicePrincipal })),
    ({ DelegatedAdministrators = [] }) => DelegatedAdministrators
  )

const services = (AccountId: string) =>
  Effect.map(
    Organizations.send(new ListDelegatedServicesForAccountCommand({ AccountId })),
    ({ DelegatedServices = [] }) => DelegatedServices.map(({ ServicePrincipal }) => ServicePrincipal)
  )

const access = Effect.map(
  Organizations.send(new ListAWSServiceAccessForOrganizationCommand({})),
  ({ EnabledServicePrincipals = [] }) => EnabledServicePrincipals
)

const invite = (
  Target: InviteAccountToOrganizationCommandInput["Target"] = { Type: "ACCOUNT", Id: STRANGER },
  input: Partial<InviteAccountToOrganizationCommandInput> = {}
) =>
  Effect.map(
    Organizations.send(new InviteAccountToOrganizationCommand({ Target, ...input })),
    ({ Handshake }) => Handshake!
  )

const describe = (HandshakeId: string) =>
  Effect.map(Organizations.send(new DescribeHandshakeCommand({ HandshakeId })), ({ Handshake }) => Handshake!)

const accept = (HandshakeId: string) => Organizations.send(new AcceptHandshakeCommand({ HandshakeId }))
const decline = (HandshakeId: string) => Organizations.send(new DeclineHandshakeCommand({ HandshakeId }))
const cancel = (HandshakeId: string) => Organizations.send(new CancelHandshakeCommand({ HandshakeId }))

const leave = Organizations.send(new LeaveOrganizationCommand({}))
const remove = (AccountId: string) => Organizations.send(new RemoveAccountFromOrganizationCommand({ AccountId }))

const handshakesOf = (command: ListHandshakesForAccountCommand | ListHandshakesForOrganizationCommand) =>
  Effect.map(
    Organizations.send(command as ListHandshakesForAccountCommand),
    ({ Handshakes = [] }) => Handshakes.map(({ Id, State }) => [Id, State])
  )

/** Creates an organization, and lets the stranger join it. */
const withStranger = Effect.gen(function*() {
  const root = yield* createOrganization()
  const { Id = "" } = yield* invite()
  yield* asStranger(accept(Id))
  return root
})

export const organizationsMembers = contract("Organizations", {
  "gives services access to the organization, and takes it": documented(
    "API_EnableAWSServiceAccess",
    Effect.gen(function*() {
      yield* createOrganization()
      for (const service of ["config.amazonaws.com", "ram.amazonaws.com"]) yield* enableAccess(service)
      const enabled = yield* access
      yield* enableAccess("ram.amazonaws.com")
      assert.deepEqual(yield* access, enabled)
      assert.deepEqual(enabled.map(({ ServicePrincipal }) => ServicePrincipal), [
        "config.amazonaws.com",
        "ram.amazonaws.com"
      ])
      assert.instanceOf(enabled[0]!.DateEnabled, Date)
      yield* Organizations.send(new DisableAWSServiceAccessCommand({ ServicePrincipal: "config.amazonaws.com" }))
      assert.deepEqual((yield* access).map(({ ServicePrincipal }) => ServicePrincipal), ["ram.amazonaws.com"])
    })
  ),

  "recognizes the principals of services only": documented(
    "API_EnableAWSServiceAccess",
    Effect.gen(function*() {
      yield* createOrganization()
      const unknown = ["InvalidInputException", "You specified an unrecognized service principal."]
      assert.deepEqual(yield* rejection(enableAccess("service.example.com")), unknown)
      const account = yield* createAccount("member")
      assert.deepEqual(yield* rejection(register(account, "service.example.com")), unknown)
    })
  ),

  "registers and deregisters a delegated administrator": documented(
    "API_RegisterDelegatedAdministrator",
    Effect.gen(function*() {
      yield* createOrganization()
      const account = yield* createAccount("administrator")
      yield* enableAccess(SSM)
      yield* enableAccess("guardduty.amazonaws.com")
      yield* register(account)
      const [administrator, ...others] = yield* administrators()
      assert.deepEqual([administrator!.Id, administrator!.Name, others.length], [account, "administrator", 0])
      assert.instanceOf(administrator!.DelegationEnabledDate, Date)
      assert.deepEqual(yield* services(account), [SSM])
      assert.lengthOf(yield* administrators(SSM), 1)
      assert.deepEqual(yield* administrators("guardduty.amazonaws.com"), [])
      assert.deepEqual(yield* rejection(register(account)), [
        "AccountAlreadyRegisteredException",
        "The provided account is already a delegated administrator for your organization."
      ])
      yield* deregister(account)
      assert.deepEqual(yield* administrators(), [])
      assert.deepEqual(yield* rejection(services(account)), [
        "AccountNotRegisteredException",
        "The provided account is not a registered delegated administrator for your organization."
      ])
      assert.strictEqual(yield* codeOf(deregister(account)), "AccountNotRegisteredException")
    })
  ),

  "registers neither the management account nor an account that isn't there": documented(
    "API_RegisterDelegatedAdministrator",
    Effect.gen(function*() {
      yield* createOrganization()
      const { account } = yield* Sts.environment
      yield* enableAccess(SSM)
      assert.deepEqual(yield* rejection(register(account)), [
        "ConstraintViolationException",
        "You cannot register master account/yourself as delegated administrator for your organization."
      ])
      assert.strictEqual(yield* codeOf(register("999999999999")), "AccountNotFoundException")
      assert.strictEqual(yield* codeOf(deregister("999999999999")), "AccountNotFoundException")
    })
  ),

  "registers an administrator of a service with access only": documented(
    "API_RegisterDelegatedAdministrator",
    Effect.gen(function*() {
      yield* createOrganization()
      const account = yield* createAccount("administrator")
      assert.deepEqual(yield* both(register(account)), ["ConstraintViolationException", "SERVICE_ACCESS_NOT_ENABLED"])
      yield* enableAccess(SSM)
      yield* register(account)
      yield* Organizations.send(new DisableAWSServiceAccessCommand({ ServicePrincipal: SSM }))
      assert.deepEqual(yield* administrators(), [])
    })
  ),

  "lets a delegated administrator read the organization, and not change it": documented(
    "API_ListAccounts",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const account = yield* createAccount("administrator")
      yield* enableAccess(SSM)
      yield* register(account)
      yield* Effect.gen(function*() {
        assert.lengthOf(yield* Stream.runCollect(Organizations.listAccounts()), 2)
        assert.strictEqual(yield* Organizations.rootId, root)
        assert.strictEqual((yield* describeAccount(account)).Id, account)
        assert.strictEqual(yield* codeOf(createUnit(root, "theirs")), "AccessDeniedException")
        assert.strictEqual(yield* codeOf(deregister(account)), "AccessDeniedException")
      }).pipe(inAccount(account))
    })
  ),

  "removes no account that is a delegated administrator": documented(
    "API_RemoveAccountFromOrganization",
    Effect.gen(function*() {
      yield* withStranger
      yield* enableAccess(SSM)
      yield* register(STRANGER)
      const reason = ["ConstraintViolationException", "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG"]
      assert.deepEqual(yield* both(remove(STRANGER)), reason)
      assert.deepEqual(yield* both(asStranger(leave)), reason)
      yield* deregister(STRANGER)
      yield* remove(STRANGER)
    })
  ),

  "lists administrators, their services and those with access page by page": documented(
    "API_ListDelegatedAdministrators",
    Effect.gen(function*() {
      yield* createOrganization()
      const principals = ["config.amazonaws.com", "guardduty.amazonaws.com", SSM]
      for (const principal of principals) yield* enableAccess(principal)
      const accounts: Array<string> = []
      for (const name of ["a1", "a2", "a3"]) accounts.push(yield* createAccount(name))
      for (const account of accounts) yield* register(account)
      for (const principal of principals.slice(0, 2)) yield* register(accounts[0]!, principal)
      const sizes = <E, R>(pages: Stream.Stream<ReadonlyArray<unknown> | undefined, E, R>) =>
        Effect.map(Stream.runCollect(pages), (all) => all.map((page = []) => page.length))
      assert.deepEqual(
        yield* Effect.all([
          sizes(Stream.map(
            Organizations.pages(new ListAWSServiceAccessForOrganizationCommand({ MaxResults: 2 })),
            ({ EnabledServicePrincipals }) => EnabledServicePrincipals
          )),
          sizes(Stream.map(
            Organizations.pages(new ListDelegatedAdministratorsCommand({ MaxResults: 2 })),
            ({ DelegatedAdministrators }) => DelegatedAdministrators
          )),
          sizes(Stream.map(
            Organizations.pages(new ListDelegatedServicesForAccountCommand({ AccountId: accounts[0], MaxResults: 2 })),
            ({ DelegatedServices }) => DelegatedServices
          ))
        ]),
        [[2, 1], [2, 1], [2, 1]]
      )
    })
  ),

  "lists invitations page by page, to both sides": documented(
    "API_ListHandshakesForAccount",
    Effect.gen(function*() {
      yield* createOrganization()
      const sent: Array<string> = []
      for (let i = 0; i < 3; i++) {
        const { Id = "" } = yield* invite()
        sent.push(Id)
        yield* cancel(Id)
      }
      const idsOf = <E, R>(
        pages: Stream.Stream<{ readonly Handshakes?: ReadonlyArray<Handshake> | undefined }, E, R>
      ) =>
        Effect.map(
          Stream.runCollect(pages),
          (all) => all.map(({ Handshakes = [] }) => Handshakes.map(({ Id }) => Id))
        )
      const expected = [sent.slice(0, 2), sent.slice(2)]
      const MaxResults = 2
      assert.deepEqual(
        yield* idsOf(Organizations.pages(new ListHandshakesForOrganizationCommand({ MaxResults }))),
        expected
      )
      assert.deepEqual(
        yield* asStranger(idsOf(Organizations.pages(
          new ListHandshakesForAccountCommand({ MaxResults, Filter: { ActionType: "INVITE" } })
        ))),
        expected
      )
    })
  ),

  "delegates nothing in an organization for consolidated billing": documented(
    "API_EnableAWSServiceAccess",
    Effect.gen(function*() {
      yield* createOrganization({ FeatureSet: "CONSOLIDATED_BILLING" })
      assert.deepEqual(yield* both(enableAccess(SSM)), [
        "ConstraintViolationException",
        "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE"
      ])
    })
  ),

  "invites an account, which accepts": documented(
    "API_InviteAccountToOrganization",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const { account: management } = yield* Sts.environment
      const { id } = yield* Organizations.organization
      const invitation = yield* invite(undefined, {
        Notes: "Join us",
        Tags: [{ Key: "team", Value: "guests" }]
      })
      assert.match(invitation.Id!, /^h-[0-9a-z]{8,32}$/)
      assert.strictEqual(
        invitation.Arn,
        `arn:aws:organizations::${management}:handshake/${id}/invite/${invitation.Id}`
      )
      assert.deepEqual([invitation.Action, invitation.State], ["INVITE", "OPEN"])
      assert.deepEqual(invitation.Parties, [{ Id: id, Type: "ORGANIZATION" }, { Id: STRANGER, Type: "ACCOUNT" }])
      assert.deepEqual(invitation.Resources?.map(({ Type, Value }) => [Type, Value]), [
        ["ORGANIZATION", id],
        ["ACCOUNT", STRANGER],
        ["NOTES", "Join us"]
      ])
      assert.deepEqual(invitation.Resources?.[0]?.Resources?.map(({ Type }) => Type), [
        "MASTER_EMAIL",
        "MASTER_NAME",
        "ORGANIZATION_FEATURE_SET"
      ])
      assert.strictEqual(
        Number(invitation.ExpirationTimestamp) - Number(invitation.RequestedTimestamp),
        15 * 86_400_000
      )
      yield* Effect.gen(function*() {
        assert.deepEqual(yield* handshakesOf(new ListHandshakesForAccountCommand({})), [[invitation.Id, "OPEN"]])
        assert.deepEqual(yield* describe(invitation.Id!), invitation)
        assert.strictEqual((yield* accept(invitation.Id!)).Handshake!.State, "ACCEPTED")
        assert.strictEqual((yield* Organizations.organization).id, id)
        assert.strictEqual(yield* codeOf(accept(invitation.Id!)), "HandshakeAlreadyInStateException")
      }).pipe(asStranger)
      const member = yield* describeAccount(STRANGER)
      assert.deepEqual([member.JoinedMethod, member.Status], ["INVITED", "ACTIVE"])
      const inRoot = yield* Stream.runCollect(Organizations.listAccountsOf(root))
      assert.include(inRoot.map((account) => account.id), STRANGER)
      const { Tags } = yield* Organizations.send(new ListTagsForResourceCommand({ ResourceId: STRANGER }))
      assert.deepEqual(Tags, [{ Key: "team", Value: "guests" }])
      assert.deepEqual(yield* handshakesOf(new ListHandshakesForOrganizationCommand({})), [
        [invitation.Id, "ACCEPTED"]
      ])
      assert.strictEqual(yield* codeOf(cancel(invitation.Id!)), "InvalidHandshakeTransitionException")
    })
  ),

  "invites an account by its email address": documented(
    "API_InviteAccountToOrganization",
    Effect.gen(function*() {
      yield* createOrganization()
      const email = `${STRANGER}@example.com`
      const invitation = yield* invite({ Type: "EMAIL", Id: email })
      assert.deepEqual(invitation.Parties?.[1], { Id: email, Type: "EMAIL" })
      yield* asStranger(accept(invitation.Id!))
      assert.strictEqual((yield* describeAccount(STRANGER)).Email, email)
    })
  ),

  "ends an invitation that is declined or canceled": documented(
    "API_DeclineHandshake",
    Effect.gen(function*() {
      yield* createOrganization()
      const first = yield* invite()
      assert.strictEqual(yield* codeOf(decline(first.Id!)), "AccessDeniedException")
      assert.strictEqual(yield* codeOf(asStranger(cancel(first.Id!))), "AccessDeniedException")
      assert.strictEqual((yield* asStranger(decline(first.Id!))).Handshake!.State, "DECLINED")
      assert.strictEqual(yield* codeOf(asStranger(accept(first.Id!))), "InvalidHandshakeTransitionException")
      const second = yield* invite()
      assert.strictEqual((yield* cancel(second.Id!)).Handshake!.State, "CANCELED")
      assert.strictEqual(yield* codeOf(cancel(second.Id!)), "HandshakeAlreadyInStateException")
      assert.strictEqual(yield* codeOf(asStranger(decline(second.Id!))), "InvalidHandshakeTransitionException")
      assert.deepEqual(yield* handshakesOf(new ListHandshakesForOrganizationCommand({})), [
        [first.Id, "DECLINED"],
        [second.Id, "CANCELED"]
      ])
      assert.strictEqual((yield* Effect.flip(asStranger(Organizations.organization)))._tag, "NotInOrganization")
    })
  ),

  "shows an invitation to its sender and its receiver only": documented(
    "API_DescribeHandshake",
    Effect.gen(function*() {
      yield* createOrganization()
      const { Id = "" } = yield* invite()
      assert.strictEqual((yield* describe(Id)).Id, Id)
      assert.strictEqual((yield* asStranger(describe(Id))).Id, Id)
      assert.strictEqual(yield* codeOf(inAccount("345678901234", "other")(describe(Id))), "HandshakeNotFoundException")
      assert.strictEqual(yield* codeOf(describe("h-00000000")), "HandshakeNotFoundException")
    })
  ),

  "invites neither a member nor an account that is invited": documented(
    "API_InviteAccountToOrganization",
    Effect.gen(function*() {
      yield* createOrganization()
      const { account } = yield* Sts.environment
      yield* invite()
      assert.strictEqual(yield* codeOf(invite()), "DuplicateHandshakeException")
      assert.strictEqual(
        yield* codeOf(invite({ Type: "EMAIL", Id: `${STRANGER}@example.com` })),
        "DuplicateHandshakeException"
      )
      assert.deepEqual(yield* both(invite({ Type: "ACCOUNT", Id: account })), [
        "HandshakeConstraintViolationException",
        "ALREADY_IN_AN_ORGANIZATION"
      ])
    })
  ),

  "refuses an invitation of no account": documented(
    "API_InviteAccountToOrganization",
    Effect.gen(function*() {
      yield* createOrganization()
      for (
        const [Target, why] of [
          [{ Type: "ORGANIZATION", Id: "o-a1b2c3d4e5" }, "INVALID_PARTY_TYPE_TARGET"],
          [{ Type: "EMAIL", Id: "nobody" }, "INVALID_EMAIL_ADDRESS_TARGET"],
          [{ Type: "ACCOUNT", Id: "12" }, "INVALID_PATTERN_TARGET_ID"],
          [{ Type: "ACCOUNT", Id: undefined }, "INPUT_REQUIRED"]
        ] as const
      ) assert.deepEqual(yield* both(invite(Target)), ["InvalidInputException", why])
    })
  ),

  "lists invitations by their action": documented(
    "API_ListHandshakesForOrganization",
    Effect.gen(function*() {
      yield* createOrganization()
      const { Id } = yield* invite()
      const list = (Filter: HandshakeFilter) => handshakesOf(new ListHandshakesForOrganizationCommand({ Filter }))
      assert.deepEqual(yield* list({ ActionType: "INVITE" }), [[Id, "OPEN"]])
      assert.deepEqual(yield* list({ ActionType: "ENABLE_ALL_FEATURES" }), [])
      assert.deepEqual(yield* list({ ParentHandshakeId: "h-00000000" }), [])
      assert.deepEqual(yield* both(list({ ActionType: "INVITE", ParentHandshakeId: "h-00000000" })), [
        "InvalidInputException",
        "MAX_LIMIT_EXCEEDED_FILTER"
      ])
    })
  ),

  "lets an invited account leave, and the management account not": documented(
    "API_LeaveOrganization",
    Effect.gen(function*() {
      yield* withStranger
      assert.strictEqual(yield* codeOf(leave), "MasterCannotLeaveOrganizationException")
      yield* asStranger(leave)
      assert.strictEqual((yield* Effect.flip(asStranger(Organizations.organization)))._tag, "NotInOrganization")
      assert.strictEqual(yield* codeOf(asStranger(leave)), "AWSOrganizationsNotInUseException")
      assert.lengthOf(yield* Stream.runCollect(Organizations.listAccounts()), 1)
    })
  ),

  "moves an account from one organization to another": documented(
    "API_AcceptHandshake",
    Effect.gen(function*() {
      yield* withStranger
      const other = inAccount("345678901234", "management")
      yield* other(createOrganization())
      const { Id = "" } = yield* other(invite())
      yield* asStranger(accept(Id))
      assert.deepEqual(
        yield* asStranger(Organizations.organization),
        yield* other(Organizations.organization)
      )
      assert.lengthOf(yield* Stream.runCollect(Organizations.listAccounts()), 1)
    })
  )
})
