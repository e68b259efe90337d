// Who is limited by policies: users, federated users, other accounts, and accounts of an organization.
import { CreateVpcCommand } from "@aws-sdk/client-ec2"
import {
  AddUserToGroupCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  TagRoleCommand
} from "@aws-sdk/client-iam"
import {
  AttachPolicyCommand,
  CreateAccountCommand,
  CreateOrganizationCommand,
  CreatePolicyCommand,
  DescribeOrganizationCommand,
  EnablePolicyTypeCommand,
  ListAccountsCommand,
  ListRootsCommand
} from "@aws-sdk/client-organizations"
import {
  DecodeAuthorizationMessageCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand
} from "@aws-sdk/client-sts"
import { assert, describe } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { AssumeRole, type AwsError, Ec2, Iam, InMemory, Ssm, Sts } from "effect-aws-sdk"
import * as Organizations from "effect-aws-sdk/Organizations"
import { TestClock } from "effect/testing"
import { withKeys } from "../support/withKeys.ts"
import { account, allow, deny, policy, put, refusal, test } from "./support/enforcing.ts"

const get = Ssm.getParameter("/app/state")

/** Creates a user with these statements, and returns clients with its key. */
const createUser = Effect.fnUntraced(function*(UserName: string, ...statements: ReadonlyArray<object>) {
  yield* Iam.send(new CreateUserCommand({ UserName }))
  if (statements.length > 0) {
    yield* Iam.send(
      new PutUserPolicyCommand({ UserName, PolicyName: "own", PolicyDocument: policy(...statements) })
    )
  }
  const { AccessKey } = yield* Iam.send(new CreateAccessKeyCommand({ UserName }))
  return yield* withKeys(AccessKey)
})

const trust = (principal: string, more: object = {}) =>
  policy({ Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole", ...more })

const createRole = Effect.fnUntraced(function*(
  RoleName: string,
  AssumeRolePolicyDocument: string,
  ...statements: ReadonlyArray<object>
) {
  yield* Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  yield* Iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument: policy(...statements) }))
})

const session = (name: string, of = account) =>
  AssumeRole.layer({ roleArn: `arn:aws:iam::${of}:role/${name}`, sessionName: "test" })

describe("a user", () => {
  test(
    "may do what its policies and those of its groups allow",
    Effect.gen(function*() {
      yield* put
      const clients = yield* createUser("ann", allow("ssm:GetParameter"))
      yield* Effect.provide(get, clients)
      assert.include(yield* refusal(Effect.provide(put, clients)), `User: arn:aws:iam::${account}:user/ann is not`)
      yield* Iam.send(new CreateGroupCommand({ GroupName: "writers" }))
      yield* Iam.send(
        new PutGroupPolicyCommand({
          GroupName: "writers",
          PolicyName: "write",
          PolicyDocument: policy(allow("ssm:PutParameter"))
        })
      )
      yield* Iam.send(new AddUserToGroupCommand({ GroupName: "writers", UserName: "ann" }))
      yield* Effect.provide(put, clients)
      assert.lengthOf(yield* InMemory.denied, 1)
    })
  )

  test(
    "has its own permissions in a session of GetSessionToken",
    Effect.gen(function*() {
      yield* put
      const clients = yield* createUser("ben", allow("ssm:GetParameter"))
      const { Credentials } = yield* Effect.provide(Sts.send(new GetSessionTokenCommand({})), clients)
      const own = yield* withKeys(Credentials)
      yield* Effect.provide(get, own)
      assert.include(yield* refusal(Effect.provide(put, own)), "no identity-based policy allows")
    })
  )

  test(
    "gives a federated user what the user and the session's policy both allow, and nothing without a policy",
    Effect.gen(function*() {
      yield* put
      const clients = yield* createUser("cleo", allow(["ssm:GetParameter", "sts:GetFederationToken"]))
      const federate = (Policy?: string) =>
        Effect.gen(function*() {
          const command = new GetFederationTokenCommand({ Name: "guest", ...(Policy !== undefined && { Policy }) })
          const { Credentials } = yield* Effect.provide(Sts.send(command), clients)
          return yield* withKeys(Credentials)
        })
      const wide = yield* federate(policy(allow("ssm:*")))
      yield* Effect.provide(get, wide)
      assert.include(yield* refusal(Effect.provide(put, wide)), "no identity-based policy allows")
      const narrow = yield* federate(policy(allow("ssm:PutParameter")))
      assert.include(yield* refusal(Effect.provide(get, narrow)), "no session policy allows")
      assert.include(yield* refusal(Effect.provide(get, yield* federate())), "is not authorized to perform: ssm:Get")
    })
  )

  test(
    "may assume a role that trusts it by name, and needs a permission if the role trusts the account",
    Effect.gen(function*() {
      const clients = yield* createUser("dan")
      yield* createRole("by-name", trust(`arn:aws:iam::${account}:user/dan`), allow("ssm:*"))
      yield* createRole("by-account", trust(`arn:aws:iam::${account}:root`), allow("ssm:*"))
      yield* Effect.provide(put, Layer.provide(session("by-name"), clients))
      yield* Effect.flip(Effect.provide(put, Layer.provide(session("by-account"), clients)))
      const [denial] = yield* InMemory.denied
      assert.deepInclude(denial, { action: "sts:AssumeRole", in: "identity-based policy", why: "no policy allows" })
    })
  )
})

describe("condition keys", () => {
  test(
    "have the tags of the role, its ARN and the region",
    Effect.gen(function*() {
      yield* createRole(
        "tagged",
        trust(`arn:aws:iam::${account}:root`),
        allow("ssm:*", {
          Condition: {
            StringEquals: { "aws:PrincipalTag/team": "capture", "aws:RequestedRegion": "us-east-1" },
            ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${account}:role/tagged` },
            IpAddress: { "aws:SourceIp": "127.0.0.0/8" },
            Bool: { "aws:SecureTransport": "true", "aws:ViaAWSService": "false" }
          }
        })
      )
      yield* Effect.flip(Effect.provide(put, session("tagged")))
      yield* Iam.send(new TagRoleCommand({ RoleName: "tagged", Tags: [{ Key: "team", Value: "capture" }] }))
      yield* Effect.provide(put, session("tagged"))
    })
  )

  test(
    "that nothing determines here kill the call that a policy asks them for",
    Effect.gen(function*() {
      yield* createRole(
        "in-vpc",
        trust(`arn:aws:iam::${account}:root`),
        allow("ssm:*", { Condition: { StringEquals: { "aws:SourceVpce": "vpce-1" } } })
      )
      const exit = yield* Effect.exit(Effect.provide(put, session("in-vpc")))
      assert.include(String(exit), "doesn't know the value of aws:SourceVpce")
      // A statement about something else isn't asked.
      yield* Effect.provide(Sts.environment, session("in-vpc"))
    })
  )
})

describe("EC2", () => {
  test(
    "refuses with UnauthorizedOperation, and its message can be decoded",
    Effect.gen(function*() {
      yield* createRole("none", trust(`arn:aws:iam::${account}:root`), deny("ec2:*"))
      const call = Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16", DryRun: true }))
      const { code, message, statusCode } = (yield* Effect.flip(Effect.provide(call, session("none")))) as AwsError
      assert.deepStrictEqual([code, statusCode], ["UnauthorizedOperation", 403])
      assert.include(message, "You are not authorized to perform this operation. User: arn:aws:sts::")
      const [, EncodedMessage] = /Encoded authorization failure message: (\S+)/.exec(message) ?? []
      if (EncodedMessage === undefined) return
      const { DecodedMessage = "" } = yield* Sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage }))
      const decoded = JSON.parse(DecodedMessage) as { explicitDeny: boolean; context: { action: string } }
      assert.isTrue(decoded.explicitDeny)
      assert.strictEqual(decoded.context.action, "ec2:CreateVpc")
    })
  )
})

describe("service control policies", () => {
  const organize = Effect.gen(function*() {
    yield* Organizations.send(new CreateOrganizationCommand({}))
    const { Roots } = yield* Organizations.send(new ListRootsCommand({}))
    const RootId = Roots![0]!.Id!
    yield* Organizations.send(new EnablePolicyTypeCommand({ RootId, PolicyType: "SERVICE_CONTROL_POLICY" }))
    yield* Organizations.send(new CreateAccountCommand({ AccountName: "member", Email: "member@example.com" }))
    yield* TestClock.adjust("1 minute")
    const { Accounts = [] } = yield* Organizations.send(new ListAccountsCommand({}))
    return { RootId, member: Accounts.find(({ Id }) => Id !== account)!.Id! }
  })

  test(
    "limit what an account may do, but never the management account",
    Effect.gen(function*() {
      const { RootId, member } = yield* organize
      const inMember = session("OrganizationAccountAccessRole", member)
      yield* Effect.provide(put, inMember)
      const { Policy } = yield* Organizations.send(
        new CreatePolicyCommand({
          Name: "no-writes",
          Description: "",
          Type: "SERVICE_CONTROL_POLICY",
          Content: policy(deny("ssm:Put*"))
        })
      )
      const { Arn, Id } = Policy!.PolicySummary!
      yield* Organizations.send(new AttachPolicyCommand({ PolicyId: Id, TargetId: RootId }))
      assert.include(
        yield* refusal(Effect.provide(put, inMember)),
        `with an explicit deny in a service control policy: ${Arn}`
      )
      yield* put
      const [denial] = yield* InMemory.denied
      assert.deepStrictEqual(denial?.statement?.policy, {
        type: "service control policy",
        name: "no-writes",
        arn: Arn!,
        of: RootId
      })
    })
  )

  test(
    "let a policy ask for the organization of the caller",
    Effect.gen(function*() {
      const { member } = yield* organize
      const { Organization } = yield* Organizations.send(new DescribeOrganizationCommand({}))
      const inMember = session("OrganizationAccountAccessRole", member)
      const trusting = trust("*", { Condition: { StringEquals: { "aws:PrincipalOrgID": Organization!.Id } } })
      yield* createRole("shared", trusting, allow("ssm:*"))
      yield* Effect.provide(put, Layer.provide(session("shared"), inMember))
      assert.deepStrictEqual(yield* InMemory.denied, [])
    })
  )
})
