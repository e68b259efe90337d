import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  DeletePolicyCommand,
  DescribePolicyCommand,
  DetachPolicyCommand,
  DisablePolicyTypeCommand,
  EnablePolicyTypeCommand,
  ListPoliciesCommand,
  ListPoliciesForTargetCommand,
  ListRootsCommand,
  ListTagsForResourceCommand,
  ListTargetsForPolicyCommand,
  type PolicyType,
  TagResourceCommand,
  UpdatePolicyCommand
} from "@aws-sdk/client-organizations"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type AwsError, Sts } from "effect-aws-sdk"
import * as Organizations from "effect-aws-sdk/Organizations"
import { believed, contract, documented } from "./Contract.ts"
import { createAccount, createOrganization, createUnit, inAccount } from "./support/organizations.ts"
import { codeOf, rejection } from "./support/rejections.ts"

const SCP = "SERVICE_CONTROL_POLICY"
const FULL = "p-FullAWSAccess"

const document = (...statements: ReadonlyArray<object>): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements })

const denyS3 = document({ Effect: "Deny", Action: "s3:*", Resource: "*" })

const createPolicy = (Name: string, Content = denyS3, Type: PolicyType = SCP) =>
  Effect.map(
    Organizations.send(new CreatePolicyCommand({ Name, Content, Type, Description: `about ${Name}` })),
    ({ Policy }) => Policy!.PolicySummary!.Id!
  )

const enable = (RootId: string, PolicyType: PolicyType = SCP) =>
  Organizations.send(new EnablePolicyTypeCommand({ RootId, PolicyType }))

const attach = (PolicyId: string, TargetId: string) =>
  Organizations.send(new AttachPolicyCommand({ PolicyId, TargetId }))

const detach = (PolicyId: string, TargetId: string) =>
  Organizations.send(new DetachPolicyCommand({ PolicyId, TargetId }))

const describe = (PolicyId: string) =>
  Effect.map(Organizations.send(new DescribePolicyCommand({ PolicyId })), ({ Policy }) => Policy!)

const attachedTo = (TargetId: string, Filter: PolicyType = SCP) =>
  Effect.map(
    Stream.runCollect(
      Organizations.items(new ListPoliciesForTargetCommand({ TargetId, Filter }), ({ Policies }) => Policies)
    ),
    (policies) => policies.map(({ Id }) => Id!)
  )

const noPolicy = "PolicyNotFoundException"

const both = <A, R>(call: Effect.Effect<A, AwsError, R>) =>
  Effect.map(Effect.flip(call), ({ cause, code }) => [code, (cause as { readonly Reason?: string }).Reason])

export const organizationsPolicies = contract("Organizations", {
  "creates, describes, changes and deletes a policy": documented(
    "API_CreatePolicy",
    Effect.gen(function*() {
      yield* createOrganization()
      const { account } = yield* Sts.environment
      const { id } = yield* Organizations.organization
      const policy = yield* createPolicy("no-s3")
      assert.match(policy, /^p-[0-9a-z]{8,128}$/)
      const described = yield* describe(policy)
      assert.strictEqual(described.Content, denyS3)
      assert.deepEqual(described.PolicySummary, {
        Id: policy,
        Arn: `arn:aws:organizations::${account}:policy/${id}/service_control_policy/${policy}`,
        Name: "no-s3",
        Description: "about no-s3",
        Type: SCP,
        AwsManaged: false
      })
      const denyEc2 = document({ Effect: "Deny", Action: "ec2:*", Resource: "*" })
      yield* Organizations.send(new UpdatePolicyCommand({ PolicyId: policy, Name: "no-ec2", Content: denyEc2 }))
      const changed = yield* describe(policy)
      assert.deepEqual([changed.PolicySummary!.Name, changed.PolicySummary!.Description, changed.Content], [
        "no-ec2",
        "about no-s3",
        denyEc2
      ])
      yield* Organizations.send(new DeletePolicyCommand({ PolicyId: policy }))
      assert.strictEqual(yield* codeOf(describe(policy)), noPolicy)
    })
  ),

  "has AWS's own policy, which all of a new organization has": documented(
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const { account } = yield* Sts.environment
      const { PolicySummary } = yield* describe(FULL)
      assert.deepEqual([PolicySummary!.Name, PolicySummary!.AwsManaged], ["FullAWSAccess", true])
      const unit = yield* createUnit(root, "unit")
      const member = yield* createAccount("member")
      for (const target of [root, account, unit, member]) assert.deepEqual(yield* attachedTo(target), [FULL])
      const targets = yield* Stream.runCollect(
        Organizations.items(new ListTargetsForPolicyCommand({ PolicyId: FULL }), ({ Targets }) => Targets)
      )
      assert.sameDeepMembers(targets.map(({ Name, TargetId, Type }) => [TargetId, Type, Name]).slice(0, 4), [
        [root, "ROOT", "Root"],
        [account, "ACCOUNT", targets.find(({ TargetId }) => TargetId === account)!.Name],
        [unit, "ORGANIZATIONAL_UNIT", "unit"],
        [member, "ACCOUNT", "member"]
      ])
    })
  ),

  "names AWS's own policies by ARNs without an account": documented(
    "API_PolicySummary",
    Effect.gen(function*() {
      yield* createOrganization()
      const { PolicySummary } = yield* describe(FULL)
      assert.strictEqual(
        PolicySummary!.Arn,
        "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"
      )
    })
  ),

  "enables and disables a type of policies in the root": believed(
    "Terraform's provider enables SCPs in a new organization, which AWS refuses for a type that is enabled",
    Effect.gen(function*() {
      const RootId = yield* createOrganization()
      const types = Effect.map(Organizations.send(new ListRootsCommand({})), ({ Roots }) => Roots![0]!.PolicyTypes)
      assert.deepEqual(yield* types, [])
      const { Root } = yield* enable(RootId)
      assert.deepEqual(Root!.PolicyTypes, [{ Type: SCP, Status: "ENABLED" }])
      assert.deepEqual(yield* types, [{ Type: SCP, Status: "ENABLED" }])
      assert.deepEqual(yield* rejection(enable(RootId)), [
        "PolicyTypeAlreadyEnabledException",
        "The specified policy type is already enabled."
      ])
      const disable = Organizations.send(new DisablePolicyTypeCommand({ RootId, PolicyType: SCP }))
      assert.deepEqual((yield* disable).Root!.PolicyTypes, [])
      assert.deepEqual(yield* rejection(disable), [
        "PolicyTypeNotEnabledException",
        "This operation can be performed only for enabled policy types."
      ])
      assert.deepEqual(yield* rejection(enable("r-none")), [
        "RootNotFoundException",
        "You specified a root that doesn't exist."
      ])
    })
  ),

  "attaches a policy to a root, an organizational unit and an account": documented(
    "API_AttachPolicy",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      yield* enable(root)
      const policy = yield* createPolicy("no-s3")
      const unit = yield* createUnit(root, "unit")
      const account = yield* createAccount("member")
      for (const target of [root, unit, account]) {
        yield* attach(policy, target)
        assert.deepEqual(yield* attachedTo(target), [FULL, policy])
      }
      const targets = yield* Stream.runCollect(
        Organizations.items(new ListTargetsForPolicyCommand({ PolicyId: policy }), ({ Targets }) => Targets)
      )
      assert.sameMembers(targets.map(({ TargetId }) => TargetId), [root, unit, account])
      yield* detach(policy, account)
      assert.deepEqual(yield* attachedTo(account), [FULL])
    })
  ),

  "attaches no policy of a type that isn't enabled": documented(
    "API_AttachPolicy",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      assert.strictEqual(yield* codeOf(attach(yield* createPolicy("no-s3"), root)), "PolicyTypeNotEnabledException")
    })
  ),

  "attaches a policy once, and five SCPs at most": documented(
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      yield* enable(root)
      for (const name of ["p1", "p2", "p3", "p4"]) yield* attach(yield* createPolicy(name), root)
      assert.deepEqual(yield* both(attach(yield* createPolicy("p5"), root)), [
        "ConstraintViolationException",
        "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
      ])
      assert.strictEqual(yield* codeOf(attach(FULL, root)), "DuplicatePolicyAttachmentException")
    })
  ),

  "keeps one SCP attached to each target": documented(
    "API_DetachPolicy",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      yield* enable(root)
      assert.deepEqual(yield* both(detach(FULL, root)), [
        "ConstraintViolationException",
        "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
      ])
      const policy = yield* createPolicy("other")
      assert.strictEqual(yield* codeOf(detach(policy, root)), "PolicyNotAttachedException")
      yield* attach(policy, root)
      yield* detach(FULL, root)
      assert.deepEqual(yield* attachedTo(root), [policy])
    })
  ),

  "detaches no policy that keeps resources accessible": documented(
    "API_DetachPolicy",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      yield* enable(root, "RESOURCE_CONTROL_POLICY")
      assert.deepEqual(yield* attachedTo(root, "RESOURCE_CONTROL_POLICY"), ["p-RCPFullAWSAccess"])
      assert.deepEqual(yield* both(detach("p-RCPFullAWSAccess", root)), [
        "InvalidInputException",
        "NON_DETACHABLE_POLICY"
      ])
    })
  ),

  "forgets what was attached when a type is disabled": documented(
    "https://docs.aws.amazon.com/organizations/latest/userguide/disable-policy-type.html",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      yield* enable(root)
      const policy = yield* createPolicy("other")
      yield* attach(policy, root)
      yield* detach(FULL, root)
      yield* Organizations.send(new DisablePolicyTypeCommand({ RootId: root, PolicyType: SCP }))
      yield* enable(root)
      assert.deepEqual(yield* attachedTo(root), [FULL])
      yield* Organizations.send(new DeletePolicyCommand({ PolicyId: policy }))
    })
  ),

  "deletes no policy that is attached": documented(
    "API_DeletePolicy",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      yield* enable(root)
      const PolicyId = yield* createPolicy("used")
      yield* attach(PolicyId, root)
      const remove = Organizations.send(new DeletePolicyCommand({ PolicyId }))
      assert.strictEqual(yield* codeOf(remove), "PolicyInUseException")
      yield* detach(PolicyId, root)
      yield* remove
    })
  ),

  "changes no policy that AWS manages": documented(
    "API_UpdatePolicy",
    Effect.gen(function*() {
      yield* createOrganization()
      const update = Organizations.send(new UpdatePolicyCommand({ PolicyId: FULL, Description: "mine" }))
      assert.deepEqual(yield* both(update), ["InvalidInputException", "IMMUTABLE_POLICY"])
      const remove = Organizations.send(new DeletePolicyCommand({ PolicyId: FULL }))
      assert.deepEqual(yield* both(remove), ["InvalidInputException", "IMMUTABLE_POLICY"])
    })
  ),

  "has no two policies with a name": documented(
    "API_CreatePolicy",
    Effect.gen(function*() {
      yield* createOrganization()
      yield* createPolicy("same")
      assert.strictEqual(yield* codeOf(createPolicy("same")), "DuplicatePolicyException")
    })
  ),

  "has two policies with a name if their types differ, and renames none to a name that is there": documented(
    "API_UpdatePolicy",
    Effect.gen(function*() {
      yield* createOrganization()
      yield* createPolicy("same")
      const tags = "{\"tags\":{\"team\":{\"tag_key\":{\"@@assign\":\"Team\"}}}}"
      yield* createPolicy("same", tags, "TAG_POLICY")
      const other = yield* createPolicy("other")
      const rename = Organizations.send(new UpdatePolicyCommand({ PolicyId: other, Name: "same" }))
      assert.strictEqual(yield* codeOf(rename), "DuplicatePolicyException")
    })
  ),

  "takes documents only that are policies of their type": documented(
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html",
    Effect.gen(function*() {
      yield* createOrganization()
      const statement = { Effect: "Deny", Action: "s3:*", Resource: "*" }
      for (
        const content of [
          "not JSON",
          "[]",
          "{}",
          JSON.stringify({ Statement: [statement] }),
          document(),
          document({ ...statement, Effect: "Maybe" }),
          document({ ...statement, Action: undefined }),
          document({ ...statement, NotAction: "s3:*" }),
          document({ ...statement, Principal: "*" }),
          document({ ...statement, Resource: [] }),
          document({ ...statement, Condition: "none" })
        ]
      ) assert.strictEqual(yield* codeOf(createPolicy("wrong", content)), "MalformedPolicyDocumentException", content)
      const resourceControl = (statement: object) =>
        createPolicy("wrong", document(statement), "RESOURCE_CONTROL_POLICY")
      for (const principal of [undefined, "123456789012"]) {
        assert.strictEqual(
          yield* codeOf(resourceControl({ ...statement, Principal: principal })),
          "MalformedPolicyDocumentException"
        )
      }
      assert.strictEqual(
        yield* codeOf(resourceControl({ ...statement, Effect: "Allow", Principal: "*" })),
        "MalformedPolicyDocumentException"
      )
      yield* resourceControl({ ...statement, Principal: "*" })
      const policy = yield* createPolicy("right")
      const update = Organizations.send(new UpdatePolicyCommand({ PolicyId: policy, Content: "{}" }))
      assert.strictEqual(yield* codeOf(update), "MalformedPolicyDocumentException")
    })
  ),

  "takes SCPs of 5,120 characters": documented(
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html",
    Effect.gen(function*() {
      yield* createOrganization()
      const short = document({ Effect: "Deny", Action: "s3:*", Resource: "*", Sid: "" })
      const long = (length: number) => short.replace("\"Sid\":\"\"", `"Sid":"${"x".repeat(length - short.length)}"`)
      yield* createPolicy("long", long(5_120))
      assert.deepEqual(yield* both(createPolicy("longer", long(5_121))), [
        "ConstraintViolationException",
        "POLICY_CONTENT_LIMIT_EXCEEDED"
      ])
    })
  ),

  "has no policies in an organization for consolidated billing": documented(
    "API_CreatePolicy",
    Effect.gen(function*() {
      const root = yield* createOrganization({ FeatureSet: "CONSOLIDATED_BILLING" })
      assert.deepEqual([yield* codeOf(createPolicy("none")), yield* codeOf(enable(root))], [
        "PolicyTypeNotAvailableForOrganizationException",
        "PolicyTypeNotAvailableForOrganizationException"
      ])
    })
  ),

  "lists the policies of a type, page by page": documented(
    "API_ListPolicies",
    Effect.gen(function*() {
      yield* createOrganization()
      for (const name of ["b", "a", "c"]) yield* createPolicy(name)
      yield* createPolicy("tags", "{\"tags\":{}}", "TAG_POLICY")
      const pages = yield* Stream.runCollect(
        Organizations.pages(new ListPoliciesCommand({ Filter: SCP, MaxResults: 3 }))
      )
      assert.deepEqual(pages.map(({ Policies = [] }) => Policies.map(({ Name }) => Name)), [
        ["FullAWSAccess", "b", "a"],
        ["c"]
      ])
    })
  ),

  "lists what is attached to a target, and the targets of a policy, page by page": documented(
    "API_ListTargetsForPolicy",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      yield* enable(root)
      const policies = [FULL]
      for (const name of ["a", "b"]) {
        const policy = yield* createPolicy(name)
        yield* attach(policy, root)
        policies.push(policy)
      }
      for (const name of ["one", "two"]) yield* attach(policies[1]!, yield* createUnit(root, name))
      const attached = yield* Stream.runCollect(
        Organizations.pages(new ListPoliciesForTargetCommand({ TargetId: root, Filter: SCP, MaxResults: 2 }))
      )
      assert.deepEqual(attached.map(({ Policies = [] }) => Policies.map(({ Id }) => Id)), [
        policies.slice(0, 2),
        policies.slice(2)
      ])
      const targets = yield* Stream.runCollect(
        Organizations.pages(new ListTargetsForPolicyCommand({ PolicyId: policies[1], MaxResults: 2 }))
      )
      assert.deepEqual(targets.map(({ Targets = [] }) => Targets.length), [2, 1])
    })
  ),

  "finds no policy that isn't there": documented(
    "API_AttachPolicy",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      yield* enable(root)
      const none = "p-00000000"
      const codes = yield* Effect.all([
        codeOf(describe(none)),
        codeOf(attach(none, root)),
        codeOf(Organizations.send(new DeletePolicyCommand({ PolicyId: none }))),
        codeOf(Organizations.send(new UpdatePolicyCommand({ PolicyId: none }))),
        codeOf(Organizations.send(new ListTargetsForPolicyCommand({ PolicyId: none })))
      ])
      assert.deepEqual(codes, [noPolicy, noPolicy, noPolicy, noPolicy, noPolicy])
    })
  ),

  "finds no target that isn't there": documented(
    "API_ListPoliciesForTarget",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      yield* enable(root)
      const policy = yield* createPolicy("mine")
      for (const target of ["r-none", "ou-none-11111111", "999999999999"]) {
        assert.strictEqual(yield* codeOf(attach(policy, target)), "TargetNotFoundException")
        assert.strictEqual(yield* codeOf(attachedTo(target)), "TargetNotFoundException")
      }
      assert.deepEqual(yield* both(attachedTo("nothing")), ["InvalidInputException", "INVALID_PATTERN"])
    })
  ),

  "tags policies": documented(
    "API_TagResource",
    Effect.gen(function*() {
      yield* createOrganization()
      const { Policy } = yield* Organizations.send(
        new CreatePolicyCommand({
          Name: "tagged",
          Content: denyS3,
          Type: SCP,
          Description: "",
          Tags: [{ Key: "team", Value: "core" }]
        })
      )
      const ResourceId = Policy!.PolicySummary!.Id!
      yield* Organizations.send(new TagResourceCommand({ ResourceId, Tags: [{ Key: "stage", Value: "prod" }] }))
      const { Tags } = yield* Organizations.send(new ListTagsForResourceCommand({ ResourceId }))
      assert.sameDeepMembers(Tags!, [{ Key: "team", Value: "core" }, { Key: "stage", Value: "prod" }])
    })
  ),

  "lets a member neither read nor change policies": documented(
    "API_ListPolicies",
    Effect.gen(function*() {
      const root = yield* createOrganization()
      const account = yield* createAccount("member")
      const codes = yield* Effect.all([
        codeOf(createPolicy("theirs")),
        codeOf(attach(FULL, root)),
        codeOf(enable(root)),
        codeOf(Organizations.send(new ListPoliciesCommand({ Filter: SCP })))
      ]).pipe(inAccount(account))
      assert.deepEqual(new Set(codes), new Set(["AccessDeniedException"]))
    })
  )
})
