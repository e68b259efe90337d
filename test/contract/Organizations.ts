import { GetRoleCommand, ListAttachedRolePoliciesCommand } from "@aws-sdk/client-iam"
import {
  CloseAccountCommand,
  CreateAccountCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  DeleteOrganizationalUnitCommand,
  DeleteOrganizationCommand,
  DescribeCreateAccountStatusCommand,
  DescribeOrganizationalUnitCommand,
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListChildrenCommand,
  ListCreateAccountStatusCommand,
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListRootsCommand,
  ListTagsForResourceCommand,
  RemoveAccountFromOrganizationCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateOrganizationalUnitCommand
} from "@aws-sdk/client-organizations"
import { assert } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import { Iam, Polling, Sts } from "effect-aws-sdk"
import * as Organizations from "effect-aws-sdk/Organizations"
import { believed, contract, documented } from "./Contract.ts"
import {
  asStranger,
  createAccount,
  created,
  createOrganization,
  createUnit,
  describeAccount,
  inAccount,
  move,
  requestAccount,
  roleOf
} from "./support/organizations.ts"
import { codeOf, rejection } from "./support/rejections.ts"
import { often, waited } from "./support/waits.ts"

const notInUse = ["AWSOrganizationsNotInUseException", "Your account is not a member of an organization."]
const noAccount = ["AccountNotFoundException", "You specified an account that doesn't exist."]

const describeUnit = (OrganizationalUnitId: string) =>
  Effect.map(
    Organizations.send(new DescribeOrganizationalUnitCommand({ OrganizationalUnitId })),
    ({ OrganizationalUnit }) => OrganizationalUnit!
  )

const tagsOf = (ResourceId: string) =>
  Effect.map(
    Organizations.send(new ListTagsForResourceCommand({ ResourceId })),
    ({ Tags = [] }) => Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))
  )

const close = (AccountId: string) => Organizations.send(new CloseAccountCommand({ AccountId }))

/** Waits until an account is closed. */
const closed = (account: string) =>
  waited(Polling.waitUntil(describeAccount(account), {
    until: ({ Status }) => Status === "SUSPENDED",
    waitingFor: "the closure",
    ...often
  }))

const reason = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(call), (error) => (error as { cause?: { Reason?: string } }).cause?.Reason)

export const organizations = contract("Organizations", {
  "creates an organization whose management account is the caller's": documented(
    "API_CreateOrganization",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const { Organization } = yield* Organizations.send(new CreateOrganizationCommand({}))
      assert.match(Organization!.Id!, /^o-[a-z0-9]{10,32}$/)
      assert.strictEqual(Organization!.Arn, `arn:aws:organizations::${account}:organization/${Organization!.Id}`)
      assert.deepEqual([Organization!.FeatureSet, Organization!.MasterAccountId], ["ALL", account])
      assert.strictEqual(
        Organization!.MasterAccountArn,
        `arn:aws:organizations::${account}:account/${Organization!.Id}/${account}`
      )
      const described = yield* Organizations.send(new DescribeOrganizationCommand({}))
      assert.deepEqual(described.Organization, Organization)
      const { Roots = [] } = yield* Organizations.send(new ListRootsCommand({}))
      assert.deepEqual(Roots.map(({ Name }) => Name), ["Root"])
      assert.match(Roots[0]!.Id!, /^r-[0-9a-z]{4,32}$/)
      assert.strictEqual(
        Roots[0]!.Arn,
        `arn:aws:organizations::${account}:root/${Organization!.Id}/${Roots[0]!.Id}`
      )
      const all = yield* Stream.runCollect(Organizations.listAccounts())
      assert.deepEqual(all.map(({ id, isManagement, state }) => [id, isManagement, state]), [[account, true, "ACTIVE"]])
    })
  ),

  "has no policy types in an organization for consolidated billing": documented(
    "API_CreateOrganization",
    Effect.gen(function*() {
      const { Organization } = yield* Organizations.send(
        new CreateOrganizationCommand({ FeatureSet: "CONSOLIDATED_BILLING" })
      )
      assert.deepEqual([Organization!.FeatureSet, Organization!.AvailablePolicyTypes], ["CONSOLIDATED_BILLING", []])
    })
  ),

  "creates no second organization in an account": documented(
    "API_CreateOrganization",
    Effect.gen(function*() {
      yield* createOrganization()
      const again = Organizations.send(new CreateOrganizationCommand({}))
      assert.strictEqual(yield* codeOf(again), "AlreadyInOrganizationException")
    })
  ),

  "answers errors with the status 400, whatever the SDK's schemas say": believed(
    "github.com/hashicorp/terraform-provider-aws/issues/41493 has an answer of AWS to a call that breaks a constraint",
    Effect.gen(function*() {
      const statusOf = <A, E, R>(call: Effect.Effect<A, E, R>) =>
        Effect.map(Effect.flip(call), (error) => (error as { readonly statusCode?: number }).statusCode)
      const create = Organizations.send(new CreateOrganizationCommand({}))
      assert.strictEqual(yield* statusOf(Organizations.send(new DescribeOrganizationCommand({}))), 400)
      yield* create
      assert.strictEqual(yield* statusOf(create), 400)
      assert.strictEqual(yield* statusOf(describeAccount("999999999999")), 400)
    })
  ),

  "says that an account isn't in an organization": documented(
    "API_DescribeOrganization",
    Effect.gen(function*() {
      assert.deepEqual(yield* rejection(Organizations.send(new DescribeOrganizationCommand({}))), notInUse)
      const error = yield* Effect.flip(Organizations.organization)
      assert.strictEqual(error._tag, "NotInOrganization")
      const creation = Organizations.send(new CreateAccountCommand({ AccountName: "none", Email: "none@example.com" }))
      assert.deepEqual(yield* rejection(creation), notInUse)
    })
  ),

  "says that an account isn't in an organization, when it asks for lists": documented(
    "API_ListAccounts",
    Effect.gen(function*() {
      assert.deepEqual(yield* rejection(Organizations.send(new ListAccountsCommand({}))), notInUse)
      const errors = yield* Effect.all([
        Effect.flip(Stream.runDrain(Organizations.listAccounts())),
        Effect.flip(Organizations.rootId),
        Effect.flip(Stream.runDrain(Organizations.listAccountsOf("r-ab12", { recursive: true })))
      ])
      assert.deepEqual(errors.map(({ _tag }) => _tag), ["NotInOrganization", "NotInOrganization", "NotInOrganization"])
    })
  ),

  "deletes an organization without other accounts": documented(
    "API_DeleteOrganization",
    Effect.gen(function*() {
      yield* createOrganization()
      yield* Organizations.send(new DeleteOrganizationCommand({}))
      assert.strictEqual((yield* Effect.flip(Organizations.organization))._tag, "NotInOrganization")
      yield* createOrganization()
    })
  ),

  "deletes no organization that has other accounts": documented(
    "API_DeleteOrganization",
    Effect.gen(function*() {
      yield* createOrganization()
      yield* createAccount("first")
      assert.deepEqual(yield* rejection(Organizations.send(new DeleteOrganizationCommand({}))), [
        "OrganizationNotEmptyException",
        "To delete an organization you must first remove all member accounts (except the master)."
      ])
    })
  ),

  "creates an account with a role that the management account can assume": documented(
    "API_CreateAccount",
    Effect.gen(function*() {
      const { account: management } = yield* Sts.environment
      yield* createOrganization()
      const account = yield* createAccount("workload")
      assert.match(account, /^\d{12}$/)
      const { arn, identity } = yield* Effect.all({
        identity: Sts.environment,
        arn: Effect.map(
          Iam.send(new GetRoleCommand({ RoleName: "OrganizationAccountAccessRole" })),
          ({ Role }) => Role!.Arn
        )
      }).pipe(Effect.map(({ arn, identity }) => ({ arn, identity })), inAccount(account))
      assert.strictEqual(identity.account, account)
      assert.strictEqual(arn, `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`)
      const described = yield* describeAccount(account)
      assert.strictEqual(
        described.Arn,
        `arn:aws:organizations::${management}:account/${(yield* Organizations.organization).id}/${account}`
      )
      assert.deepEqual([described.Id, described.Name, described.Email], [account, "workload", "workload@example.com"])
      assert.deepEqual([described.Status, described.State, described.JoinedMethod], ["ACTIVE", "ACTIVE", "CREATED"])
      assert.instanceOf(described.JoinedTimestamp, Date)
    })
  ),

  "gives the role of a new account the permissions of an administrator, and trusts the management account": believed(
    "the user guide's page on accessing member accounts says so in words, and has the policy for invited accounts",
    Effect.gen(function*() {
      const { account: management } = yield* Sts.environment
      yield* createOrganization()
      const RoleName = "OrganizationAccountAccessRole"
      const [role, policies] = yield* Effect.all([
        Iam.send(new GetRoleCommand({ RoleName })),
        Iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))
      ]).pipe(inAccount(yield* createAccount("workload")))
      const trust = JSON.parse(decodeURIComponent(role.Role!.AssumeRolePolicyDocument!)) as {
        readonly Statement: ReadonlyArray<{ readonly Principal: object }>
      }
      assert.deepEqual(trust.Statement[0]!.Principal, { AWS: `arn:aws:iam::${management}:root` })
      assert.deepEqual(policies.AttachedPolicies?.map(({ PolicyName }) => PolicyName), ["AdministratorAccess"])
    })
  ),

  "names the role of a new account as the request says": documented(
    "API_CreateAccount",
    Effect.gen(function*() {
      yield* createOrganization()
      const account = yield* createAccount("custom", { RoleName: "admin", IamUserAccessToBilling: "DENY" })
      assert.strictEqual((yield* inAccount(account, "admin")(Sts.environment)).account, account)
      const denied = yield* Effect.flip(Effect.provide(Sts.environment, roleOf(account)))
      assert.strictEqual(denied._tag, "AssumeRoleFailed")
    })
  ),

  "creates an account in its own time": documented(
    "API_DescribeCreateAccountStatus",
    Effect.gen(function*() {
      yield* createOrganization()
      const request = yield* requestAccount("slow")
      assert.match(request.Id!, /^car-[a-z0-9]{8,32}$/)
      assert.deepEqual([request.AccountName, request.State, request.AccountId], ["slow", "IN_PROGRESS", undefined])
      assert.instanceOf(request.RequestedTimestamp, Date)
      const pending = yield* Organizations.send(new ListCreateAccountStatusCommand({ States: ["IN_PROGRESS"] }))
      assert.deepEqual(pending.CreateAccountStatuses?.map(({ Id }) => Id), [request.Id])
      const status = yield* created(request.Id!)
      assert.strictEqual(status.State, "SUCCEEDED")
      assert.instanceOf(status.CompletedTimestamp, Date)
      const { CreateAccountStatuses } = yield* Organizations.send(
        new ListCreateAccountStatusCommand({ States: ["SUCCEEDED"] })
      )
      assert.deepEqual(CreateAccountStatuses, [status])
    })
  ),

  "fails to create an account with an email address of another one": documented(
    "API_CreateAccountStatus",
    Effect.gen(function*() {
      yield* createOrganization()
      yield* createAccount("first")
      const { Id = "" } = yield* requestAccount("second", { Email: "First@example.com" })
      const status = yield* created(Id)
      assert.deepEqual([status.State, status.FailureReason, status.AccountId], [
        "FAILED",
        "EMAIL_ALREADY_EXISTS",
        undefined
      ])
      const failed = yield* Organizations.send(new ListCreateAccountStatusCommand({ States: ["FAILED"] }))
      assert.deepEqual(failed.CreateAccountStatuses?.map((one) => one.Id), [Id])
    })
  ),

  "creates five accounts at a time": documented(
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html",
    Effect.gen(function*() {
      yield* createOrganization()
      for (const name of ["a1", "a2", "a3", "a4", "a5"]) yield* requestAccount(name)
      const sixth = requestAccount("a6")
      assert.strictEqual(yield* codeOf(sixth), "ConstraintViolationException")
      assert.strictEqual(yield* reason(sixth), "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED")
    })
  ),

  "refuses an account with a wrong email address, name or role": documented(
    "API_CreateAccount",
    Effect.gen(function*() {
      yield* createOrganization()
      for (
        const [input, why] of [
          [{ Email: "nobody" }, "INVALID_PATTERN"],
          [{ Email: "a%b@example.com" }, "INVALID_PATTERN"],
          [{ Email: "a@b" }, "MIN_LENGTH_EXCEEDED"],
          [{ Email: undefined }, "INPUT_REQUIRED"],
          [{ AccountName: "" }, "MIN_LENGTH_EXCEEDED"],
          [{ AccountName: "n".repeat(51) }, "MAX_LENGTH_EXCEEDED"],
          [{ RoleName: "not a role" }, "INVALID_PATTERN"],
          [{ RoleName: "AWSServiceRoleForMe" }, "INVALID_ROLE_NAME"],
          [{ Tags: [{ Key: "aws:x", Value: "" }] }, "INVALID_SYSTEM_TAGS_PARAMETER"],
          [{ IamUserAccessToBilling: "MAYBE" as "ALLOW" }, "INVALID_ENUM"]
        ] as const
      ) {
        const request = requestAccount("wrong", input as object)
        assert.deepEqual([yield* codeOf(request), yield* reason(request)], ["InvalidInputException", why])
      }
      const { CreateAccountStatuses = [] } = yield* Organizations.send(new ListCreateAccountStatusCommand({}))
      assert.deepEqual(CreateAccountStatuses, [])
    })
  ),

  "finds no request and no account that isn't there": documented(
    "API_DescribeAccount",
    Effect.gen(function*() {
      yield* createOrganization()
      assert.deepEqual(yield* rejection(describeAccount("999999999999")), noAccount)
      assert.deepEqual(yield* rejection(close("999999999999")), noAccount)
    })
  ),

  "finds no request to create an account that isn't there": documented(
    "API_DescribeCreateAccountStatus",
    Effect.gen(function*() {
      yield* createOrganization()
      const status = new DescribeCreateAccountStatusCommand({ CreateAccountRequestId: "car-00000000000000000000" })
      assert.strictEqual(yield* codeOf(Organizations.send(status)), "CreateAccountStatusNotFoundException")
    })
  ),

  "lists accounts page by page": documented(
    "API_ListAccounts",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const { account } = yield* Sts.environment
      const ids = [account]
      for (const name of ["one", "two", "three", "four"]) ids.push(yield* createAccount(name))
      const pages = yield* Stream.runCollect(Organizations.pages(new ListAccountsCommand({ MaxResults: 2 })))
      assert.deepEqual(pages.map(({ Accounts = [] }) => Accounts.length), [2, 2, 1])
      assert.deepEqual(pages.flatMap(({ Accounts = [] }) => Accounts.map(({ Id }) => Id)), ids)
      const inRoot = yield* Stream.runCollect(
        Organizations.pages(new ListAccountsForParentCommand({ ParentId: root, MaxResults: 3 }))
      )
      assert.deepEqual(inRoot.map(({ Accounts = [] }) => Accounts.length), [3, 2])
      const requests = yield* Stream.runCollect(
        Organizations.items(
          new ListCreateAccountStatusCommand({ MaxResults: 2 }),
          ({ CreateAccountStatuses }) => CreateAccountStatuses
        )
      )
      assert.includeMembers(requests.map(({ AccountId }) => AccountId), ids.slice(1))
    })
  ),

  "lists the children and the parent of a root page by page": documented(
    "API_ListChildren",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const units: Array<string> = []
      for (const name of ["one", "two", "three"]) units.push(yield* createUnit(root, name))
      const children = yield* Stream.runCollect(
        Organizations.pages(
          new ListChildrenCommand({ ParentId: root, ChildType: "ORGANIZATIONAL_UNIT", MaxResults: 2 })
        )
      )
      assert.deepEqual(children.map(({ Children = [] }) => Children.map(({ Id }) => Id)), [
        units.slice(0, 2),
        units.slice(2)
      ])
      const pages = yield* Stream.runCollect(
        Organizations.pages(new ListOrganizationalUnitsForParentCommand({ ParentId: root, MaxResults: 2 }))
      )
      assert.deepEqual(pages.map(({ OrganizationalUnits = [] }) => OrganizationalUnits.length), [2, 1])
      const parents = yield* Organizations.send(new ListParentsCommand({ ChildId: units[0], MaxResults: 1 }))
      assert.deepEqual([parents.Parents?.length, parents.NextToken], [1, undefined])
      const roots = yield* Organizations.send(new ListRootsCommand({ MaxResults: 1 }))
      assert.deepEqual([roots.Roots?.length, roots.NextToken], [1, undefined])
    })
  ),

  "lists twenty elements a page at most": documented(
    "API_ListAccounts",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      for (let i = 0; i < 21; i++) yield* createUnit(root, `unit-${i}`)
      const pages = yield* Stream.runCollect(
        Organizations.pages(new ListOrganizationalUnitsForParentCommand({ ParentId: root }))
      )
      assert.deepEqual(pages.map(({ OrganizationalUnits = [] }) => OrganizationalUnits.length), [20, 1])
      const more = Organizations.send(new ListAccountsCommand({ MaxResults: 21 }))
      assert.deepEqual([yield* codeOf(more), yield* reason(more)], ["InvalidInputException", "MAX_VALUE_EXCEEDED"])
    })
  ),

  "takes no token of another list": documented(
    "API_ListAccounts",
    Effect.gen(function*() {
      yield* createOrganization()
      const wrong = Organizations.send(new ListAccountsCommand({ NextToken: "none" }))
      assert.deepEqual([yield* codeOf(wrong), yield* reason(wrong)], ["InvalidInputException", "INVALID_NEXT_TOKEN"])
    })
  ),

  "creates, renames and deletes organizational units": documented(
    "API_CreateOrganizationalUnit",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const { account } = yield* Sts.environment
      const { id } = yield* Organizations.organization
      const unit = yield* createUnit(root, "workloads")
      assert.match(unit, new RegExp(`^ou-${root.slice(2)}-[a-z0-9]{8,32}$`))
      const described = yield* describeUnit(unit)
      assert.deepEqual([described.Name, described.Arn], [
        "workloads",
        `arn:aws:organizations::${account}:ou/${id}/${unit}`
      ])
      yield* Organizations.send(
        new UpdateOrganizationalUnitCommand({ OrganizationalUnitId: unit, Name: "applications" })
      )
      assert.strictEqual((yield* describeUnit(unit)).Name, "applications")
      yield* Organizations.send(new DeleteOrganizationalUnitCommand({ OrganizationalUnitId: unit }))
      assert.deepEqual(yield* rejection(describeUnit(unit)), [
        "OrganizationalUnitNotFoundException",
        "You specified an organizational unit that doesn't exist."
      ])
    })
  ),

  "says where an organizational unit and an account are": documented(
    "API_Account",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const { id } = yield* Organizations.organization
      const outer = yield* createUnit(root, "outer")
      const inner = yield* createUnit(outer, "inner")
      assert.strictEqual((yield* describeUnit(inner)).Path, `${id}/${root}/${outer}/${inner}/`)
      const account = yield* createAccount("placed")
      yield* move(account, root, inner)
      assert.deepEqual((yield* describeAccount(account)).Paths, [`${id}/${root}/${outer}/${inner}/${account}/`])
    })
  ),

  "has no two organizational units with a name in one parent": documented(
    "API_CreateOrganizationalUnit",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const first = yield* createUnit(root, "same")
      yield* createUnit(first, "same")
      assert.strictEqual(yield* codeOf(createUnit(root, "same")), "DuplicateOrganizationalUnitException")
    })
  ),

  "renames no organizational unit to a name that is there": documented(
    "API_UpdateOrganizationalUnit",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const unit = yield* createUnit(root, "one")
      yield* createUnit(root, "two")
      const rename = Organizations.send(
        new UpdateOrganizationalUnitCommand({ OrganizationalUnitId: unit, Name: "two" })
      )
      assert.deepEqual(yield* rejection(rename), [
        "DuplicateOrganizationalUnitException",
        "An OU with the same name already exists."
      ])
    })
  ),

  "nests organizational units five levels deep": documented(
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html",
    Effect.gen(function*() {
      let parent = yield* createOrganization()
      for (let i = 1; i <= 5; i++) parent = yield* createUnit(parent, `level-${i}`)
      const sixth = createUnit(parent, "level-6")
      assert.deepEqual([yield* codeOf(sixth), yield* reason(sixth)], [
        "ConstraintViolationException",
        "OU_DEPTH_LIMIT_EXCEEDED"
      ])
    })
  ),

  "deletes no organizational unit that isn't empty": documented(
    "API_DeleteOrganizationalUnit",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const outer = yield* createUnit(root, "outer")
      const inner = yield* createUnit(outer, "inner")
      const account = yield* createAccount("kept")
      yield* move(account, root, inner)
      const remove = (OrganizationalUnitId: string) =>
        Organizations.send(new DeleteOrganizationalUnitCommand({ OrganizationalUnitId }))
      assert.strictEqual(yield* codeOf(remove(outer)), "OrganizationalUnitNotEmptyException")
      assert.strictEqual(yield* codeOf(remove(inner)), "OrganizationalUnitNotEmptyException")
      yield* move(account, inner, root)
      yield* remove(inner)
      yield* remove(outer)
    })
  ),

  "moves an account, and lists the tree": documented(
    "API_MoveAccount",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const { account: management } = yield* Sts.environment
      const unit = yield* createUnit(root, "unit")
      const inner = yield* createUnit(unit, "inner")
      const account = yield* createAccount("mobile")
      yield* move(account, root, unit)
      const children = (ParentId: string, ChildType: "ACCOUNT" | "ORGANIZATIONAL_UNIT") =>
        Effect.map(
          Organizations.send(new ListChildrenCommand({ ParentId, ChildType })),
          ({ Children = [] }) => Children.map(({ Id }) => Id)
        )
      assert.deepEqual(yield* children(unit, "ACCOUNT"), [account])
      assert.deepEqual(yield* children(unit, "ORGANIZATIONAL_UNIT"), [inner])
      assert.deepEqual(yield* children(root, "ACCOUNT"), [management])
      const parents = (ChildId: string) =>
        Effect.map(Organizations.send(new ListParentsCommand({ ChildId })), ({ Parents }) => Parents)
      assert.deepEqual(yield* parents(account), [{ Id: unit, Type: "ORGANIZATIONAL_UNIT" }])
      assert.deepEqual(yield* parents(unit), [{ Id: root, Type: "ROOT" }])
    })
  ),

  "moves no account from where it isn't, or to where it is": documented(
    "API_MoveAccount",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const unit = yield* createUnit(root, "unit")
      const other = yield* createUnit(root, "other")
      const account = yield* createAccount("mobile")
      const codes = yield* Effect.all([
        codeOf(move(account, root, root)),
        codeOf(move(account, unit, other)),
        codeOf(move(account, "r-none", unit)),
        codeOf(move(account, root, "r-none")),
        codeOf(move("999999999999", root, unit))
      ])
      assert.deepEqual(codes, [
        "DuplicateAccountException",
        "AccountNotFoundException",
        "SourceParentNotFoundException",
        "DestinationParentNotFoundException",
        "AccountNotFoundException"
      ])
    })
  ),

  "finds no parent and no child that isn't there": documented(
    "API_ListChildren",
    Effect.gen(function*() {
      yield* createOrganization()
      const codes = yield* Effect.all([
        codeOf(Organizations.send(new ListAccountsForParentCommand({ ParentId: "r-none" }))),
        codeOf(Organizations.send(new ListOrganizationalUnitsForParentCommand({ ParentId: "r-none" }))),
        codeOf(Organizations.send(new ListChildrenCommand({ ParentId: "r-none", ChildType: "ACCOUNT" })))
      ])
      assert.deepEqual(codes, ["ParentNotFoundException", "ParentNotFoundException", "ParentNotFoundException"])
      const error = yield* Effect.flip(Stream.runDrain(Organizations.listAccountsOf("ou-none-11111111")))
      assert.deepEqual([error._tag, "parent" in error && error.parent], ["ParentDoesNotExist", "ou-none-11111111"])
    })
  ),

  "creates no organizational unit in a parent that isn't there, and finds no child": documented(
    "API_ListParents",
    Effect.gen(function*() {
      yield* createOrganization()
      const creation = Organizations.send(new CreateOrganizationalUnitCommand({ ParentId: "r-none", Name: "lost" }))
      const parents = Organizations.send(new ListParentsCommand({ ChildId: "999999999999" }))
      assert.deepEqual([yield* codeOf(creation), yield* codeOf(parents)], [
        "ParentNotFoundException",
        "ChildNotFoundException"
      ])
    })
  ),

  "lists the accounts and the organizational units below a parent": documented(
    "API_ListAccountsForParent",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const { account: management } = yield* Sts.environment
      const outer = yield* createUnit(root, "outer")
      const inner = yield* createUnit(outer, "inner")
      const second = yield* createUnit(root, "second")
      const ids: Array<string> = []
      for (const [i, unit] of [outer, inner, second].entries()) {
        const account = yield* createAccount(`account-${i}`)
        yield* move(account, root, unit)
        ids.push(account)
      }
      const idsOf = (stream: Stream.Stream<Organizations.Account, any, any>) =>
        Stream.runCollect(Stream.map(stream, ({ id }) => id)) as ReturnType<typeof Effect.succeed<Array<string>>>
      assert.deepEqual(yield* idsOf(Organizations.listAccountsOf(root)), [management])
      assert.deepEqual(yield* idsOf(Organizations.listAccountsOf(root, { recursive: true })), [management, ...ids])
      assert.deepEqual(yield* idsOf(Organizations.listAccountsOf(outer)), [ids[0]!])
      assert.deepEqual(yield* idsOf(Organizations.listAccountsOf(outer, { recursive: true })), ids.slice(0, 2))
      const units = yield* Stream.runCollect(Organizations.listUnitsOf(root, { recursive: true }))
      assert.deepEqual(units.map(({ id, name, parent }) => [id, name, parent]), [
        [outer, "outer", root],
        [inner, "inner", outer],
        [second, "second", root]
      ])
      const direct = yield* Stream.runCollect(Organizations.listUnitsOf(root))
      assert.deepEqual(direct.map(({ name }) => name), ["outer", "second"])
    })
  ),

  "closes an account": documented(
    "API_CloseAccount",
    Effect.gen(function*() {
      yield* createOrganization()
      const account = yield* createAccount("short-lived")
      yield* close(account)
      yield* closed(account)
      assert.strictEqual(yield* codeOf(close(account)), "AccountAlreadyClosedException")
      const all = yield* Stream.runCollect(Organizations.listAccounts())
      assert.isTrue(all.some(({ id, state }) => id === account && state !== "ACTIVE"))
      const active = yield* Stream.runCollect(Organizations.listAccounts({ states: ["ACTIVE"] }))
      assert.deepEqual(active.map(({ isManagement }) => isManagement), [true])
      const root = yield* Organizations.rootId
      const inRoot = yield* Stream.runCollect(Organizations.listAccountsOf(root, { states: ["ACTIVE"] }))
      assert.deepEqual(inRoot, active)
    })
  ),

  "is pending while an account is being closed, and closed then": documented(
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html",
    Effect.gen(function*() {
      yield* createOrganization()
      const account = yield* createAccount("short-lived")
      yield* close(account)
      const pending = yield* describeAccount(account)
      assert.deepEqual([pending.Status, pending.State], ["PENDING_CLOSURE", "PENDING_CLOSURE"])
      assert.strictEqual(yield* codeOf(close(account)), "ConflictException")
      yield* closed(account)
      assert.strictEqual((yield* describeAccount(account)).State, "CLOSED")
    })
  ),

  "closes neither the management account nor more than three accounts at a time": documented(
    "API_CloseAccount",
    Effect.gen(function*() {
      yield* createOrganization()
      const { account: management } = yield* Sts.environment
      const ofManagement = close(management)
      assert.deepEqual([yield* codeOf(ofManagement), yield* reason(ofManagement)], [
        "ConstraintViolationException",
        "CANNOT_CLOSE_MANAGEMENT_ACCOUNT"
      ])
      const ids: Array<string> = []
      for (const name of ["c1", "c2", "c3", "c4"]) ids.push(yield* createAccount(name))
      for (const id of ids.slice(0, 3)) yield* close(id)
      const fourth = close(ids[3]!)
      assert.deepEqual([yield* codeOf(fourth), yield* reason(fourth)], [
        "ConstraintViolationException",
        "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"
      ])
      yield* closed(ids[2]!)
      yield* close(ids[3]!)
    })
  ),

  "closes no account of an organization for consolidated billing": documented(
    "API_CloseAccount",
    Effect.gen(function*() {
      yield* createOrganization({ FeatureSet: "CONSOLIDATED_BILLING" })
      const call = close(yield* createAccount("billed"))
      assert.deepEqual([yield* codeOf(call), yield* reason(call)], [
        "ConstraintViolationException",
        "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE"
      ])
    })
  ),

  "removes no account that isn't there": documented(
    "API_RemoveAccountFromOrganization",
    Effect.gen(function*() {
      yield* createOrganization()
      const remove = Organizations.send(new RemoveAccountFromOrganizationCommand({ AccountId: "999999999999" }))
      assert.deepEqual(yield* rejection(remove), noAccount)
    })
  ),

  "removes neither the management account nor an account that was created a moment ago": documented(
    "API_RemoveAccountFromOrganization",
    Effect.gen(function*() {
      yield* createOrganization()
      const { account: management } = yield* Sts.environment
      const account = yield* createAccount("young")
      const remove = (AccountId: string) => Organizations.send(new RemoveAccountFromOrganizationCommand({ AccountId }))
      assert.strictEqual(yield* codeOf(remove(management)), "MasterCannotLeaveOrganizationException")
      assert.deepEqual([yield* codeOf(remove(account)), yield* reason(remove(account))], [
        "ConstraintViolationException",
        "WAIT_PERIOD_ACTIVE"
      ])
    })
  ),

  "tags roots, organizational units and accounts": documented(
    "API_TagResource",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const account = yield* createAccount("tagged", { Tags: [{ Key: "team", Value: "core" }] })
      const unit = yield* Organizations.send(
        new CreateOrganizationalUnitCommand({ ParentId: root, Name: "tagged", Tags: [{ Key: "stage", Value: "prod" }] })
      )
      const id = unit.OrganizationalUnit!.Id!
      assert.deepEqual(yield* tagsOf(account), { team: "core" })
      assert.deepEqual(yield* tagsOf(id), { stage: "prod" })
      for (const ResourceId of [root, id, account]) {
        yield* Organizations.send(
          new TagResourceCommand({ ResourceId, Tags: [{ Key: "team", Value: "web" }, { Key: "cost", Value: "" }] })
        )
        yield* Organizations.send(new UntagResourceCommand({ ResourceId, TagKeys: ["cost", "none"] }))
        assert.strictEqual((yield* tagsOf(ResourceId)).team, "web")
        assert.notProperty(yield* tagsOf(ResourceId), "cost")
      }
    })
  ),

  "refuses wrong tags, and tags of what isn't there": documented(
    "API_TagResource",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const tag = (ResourceId: string, ...Keys: ReadonlyArray<string>) =>
        Organizations.send(new TagResourceCommand({ ResourceId, Tags: Keys.map((Key) => ({ Key, Value: "" })) }))
      assert.strictEqual(yield* codeOf(tag("999999999999", "a")), "TargetNotFoundException")
      assert.strictEqual(yield* reason(tag(root, "a", "a")), "DUPLICATE_TAG_KEY")
      assert.strictEqual(yield* reason(tag(root, "aws:a")), "INVALID_SYSTEM_TAGS_PARAMETER")
      const many = tag(root, ...Array.from({ length: 51 }, (_, i) => `key-${i}`))
      assert.deepEqual([yield* codeOf(many), yield* reason(many)], [
        "ConstraintViolationException",
        "MAX_TAG_LIMIT_EXCEEDED"
      ])
      assert.deepEqual(yield* tagsOf(root), {})
    })
  ),

  "tells a member about its organization": documented(
    "API_DescribeOrganization",
    Effect.gen(function*() {
      yield* createOrganization()
      const account = yield* createAccount("member")
      const seen = yield* inAccount(account)(Organizations.organization)
      assert.deepEqual(seen, yield* Organizations.organization)
    })
  ),

  "lets a member neither list the organization nor change it": documented(
    "API_ListAccounts",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const account = yield* createAccount("member")
      const codes = yield* Effect.all([
        codeOf(Organizations.send(new ListAccountsCommand({}))),
        codeOf(Organizations.send(new ListRootsCommand({}))),
        codeOf(createUnit(root, "theirs")),
        codeOf(Organizations.send(new DeleteOrganizationCommand({}))),
        codeOf(describeAccount(account))
      ]).pipe(inAccount(account))
      assert.deepEqual(new Set(codes), new Set(["AccessDeniedException"]))
      const error = yield* Effect.flip(Stream.runDrain(Organizations.listAccounts())).pipe(inAccount(account))
      assert.strictEqual(error._tag, "OrganizationAccessDenied")
      assert.include(error.message, "organizations:ListAccounts")
      const head = yield* Stream.runHead(Organizations.listAccounts())
      assert.isTrue(Option.isSome(head))
    })
  ),

  "keeps an account of no organization out": documented(
    "API_DescribeOrganization",
    Effect.gen(function*() {
      yield* createOrganization()
      assert.strictEqual((yield* Effect.flip(asStranger(Organizations.organization)))._tag, "NotInOrganization")
    })
  )
})
