import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  type ContextEntry,
  type ContextKeyTypeEnum,
  CreateGroupCommand,
  GetContextKeysForCustomPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
  SimulatePrincipalPolicyCommand
} from "@aws-sdk/client-iam"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Iam, Sts } from "effect-aws-sdk"
import { contract, documented, recorded } from "./Contract.ts"
import { createPolicy, createRole, createUser, expectMessage, expectRejected } from "./iamSetup.ts"

type Json = Readonly<Record<string, unknown>>

const policy = (...Statement: ReadonlyArray<Json>) => JSON.stringify({ Version: "2012-10-17", Statement })

const allow = (Action: string, Resource = "*", rest: Json = {}) => ({ Effect: "Allow", Action, Resource, ...rest })
const deny = (Action: string, Resource = "*", rest: Json = {}) => ({ Effect: "Deny", Action, Resource, ...rest })

const entry = (
  ContextKeyName: string,
  values: string | ReadonlyArray<string>,
  ContextKeyType: ContextKeyTypeEnum = "string"
): ContextEntry => ({ ContextKeyName, ContextKeyType, ContextKeyValues: [values].flat() })

const bucket = "arn:aws:s3:::bucket"

const simulate = (input: Partial<SimulateCustomPolicyCommandInput>) =>
  Effect.map(
    Iam.send(
      new SimulateCustomPolicyCommand({
        PolicyInputList: [],
        ActionNames: ["s3:GetObject"],
        ResourceArns: [`${bucket}/key`],
        ...input
      })
    ),
    ({ EvaluationResults = [] }) => EvaluationResults
  )

const decide = (input: Partial<SimulateCustomPolicyCommandInput>) =>
  Effect.map(simulate(input), (results) => results.map(({ EvalDecision }) => EvalDecision))

/** Whether a permission with this condition permits a request with this context. */
const meets = (condition: Json, ...ContextEntries: ReadonlyArray<ContextEntry>) =>
  Effect.map(
    decide({
      PolicyInputList: [policy(allow("s3:GetObject", "*", { Condition: condition }))],
      ContextEntries: [...ContextEntries]
    }),
    ([decision]) => decision === "allowed"
  )

const expectConditions = (cases: ReadonlyArray<readonly [isMet: boolean, condition: Json, ...Array<ContextEntry>]>) =>
  Effect.forEach(
    cases,
    ([isMet, condition, ...entries]) =>
      Effect.map(
        meets(condition, ...entries),
        (met) => assert.strictEqual(met, isMet, `${JSON.stringify(condition)} with ${JSON.stringify(entries)}`)
      )
  )

const conditionOperators =
  "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"
const multivalued =
  "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html"
const evaluationLogic =
  "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html"

export const iamSimulation = contract("Iam", {
  "simulates a role's policies, and tells which statement decided": recorded(
    "test_iam TestIAMIntegrations::test_simulate_principle_policy[role]",
    Effect.gen(function*() {
      yield* createUser("simulated")
      const PolicyDocument =
        "{\"Version\": \"2012-10-17\", \"Statement\": {\"Sid\": \"\", \"Effect\": \"Allow\", \"Action\": \"s3:PutObject\", \"Resource\": \"*\"}}"
      yield* Iam.send(new PutUserPolicyCommand({ UserName: "simulated", PolicyName: "put", PolicyDocument }))
      const { account } = yield* Sts.environment
      const { EvaluationResults, IsTruncated } = yield* Iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: `arn:aws:iam::${account}:user/simulated`,
          ActionNames: ["s3:PutObject", "s3:GetObjectVersion"],
          ResourceArns: [bucket]
        })
      )
      assert.isFalse(IsTruncated)
      const [put, get] = EvaluationResults ?? []
      const [match] = put?.MatchedStatements ?? []
      assert.deepEqual(match?.StartPosition, { Line: 1, Column: 41 })
      assert.deepEqual(match?.EndPosition, { Line: 1, Column: 113 })
      assert.strictEqual(match?.SourcePolicyType as string, "IAM Policy")
      assert.deepInclude({ ...put }, {
        EvalActionName: "s3:PutObject",
        EvalDecision: "allowed",
        EvalResourceName: bucket,
        MissingContextValues: [],
        OrganizationsDecisionDetail: { AllowedByOrganizations: true }
      })
      assert.deepEqual(put?.ResourceSpecificResults?.map(({ EvalResourceDecision }) => EvalResourceDecision), [
        "allowed"
      ])
      assert.deepInclude({ ...get }, { EvalDecision: "implicitDeny", MatchedStatements: [] })
    })
  ),

  "simulates that a request without a permission is denied, and that a Deny overrides every Allow": documented(
    evaluationLogic,
    Effect.gen(function*() {
      assert.deepEqual(yield* decide({ PolicyInputList: [policy(allow("s3:PutObject"))] }), ["implicitDeny"])
      assert.deepEqual(yield* decide({ PolicyInputList: [policy(allow("s3:*"))] }), ["allowed"])
      assert.deepEqual(
        yield* decide({ PolicyInputList: [policy(allow("*")), policy(deny("s3:Get*", `${bucket}/*`))] }),
        ["explicitDeny"]
      )
    })
  ),

  "matches actions without case, and resources with wildcards": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
    Effect.gen(function*() {
      const allows = (Action: string, Resource?: string) =>
        decide({ PolicyInputList: [policy(allow(Action, Resource))] })
      assert.deepEqual(yield* allows("S3:GETOBJECT"), ["allowed"])
      assert.deepEqual(yield* allows("s3:Get?bject"), ["allowed"])
      assert.deepEqual(yield* allows("s3:GetObject", `${bucket}/k*`), ["allowed"])
      assert.deepEqual(yield* allows("s3:GetObject", `${bucket}/K*`), ["implicitDeny"])
      assert.deepEqual(yield* allows("s3:GetObject", "arn:aws:s3:::buck?t/*"), ["allowed"])
      assert.deepEqual(yield* allows("s3:GetObject", bucket), ["implicitDeny"])
    })
  ),

  "permits or denies all but the actions and resources of NotAction and NotResource": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
    Effect.gen(function*() {
      const notAction = policy({ Effect: "Allow", NotAction: ["iam:*"], Resource: "*" })
      assert.deepEqual(
        yield* decide({ PolicyInputList: [notAction], ActionNames: ["s3:GetObject", "iam:GetUser"] }),
        ["allowed", "implicitDeny"]
      )
      const notResource = policy(allow("s3:*"), { Effect: "Deny", Action: "s3:*", NotResource: [`${bucket}/*`] })
      assert.deepEqual(
        yield* decide({ PolicyInputList: [notResource], ResourceArns: [`${bucket}/key`, "arn:aws:s3:::other/key"] }),
        ["allowed", "explicitDeny"]
      )
    })
  ),

  "replaces variables in resources and conditions": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html",
    Effect.gen(function*() {
      const home = policy(allow("s3:GetObject", `${bucket}/home/\${aws:username}/*`))
      const of = (username: string | undefined, key: string, document = home) =>
        decide({
          PolicyInputList: [document],
          ResourceArns: [`${bucket}/${key}`],
          ContextEntries: username === undefined ? [] : [entry("aws:username", username)]
        })
      assert.deepEqual(yield* of("ann", "home/ann/x"), ["allowed"])
      assert.deepEqual(yield* of("ann", "home/bob/x"), ["implicitDeny"])
      assert.deepEqual(yield* of(undefined, "home/ann/x"), ["implicitDeny"])
      assert.deepEqual(yield* of("*", "home/bob/x"), ["implicitDeny"])
      const fallback = policy(allow("s3:GetObject", `${bucket}/home/\${aws:username, 'guest'}/*`))
      assert.deepEqual(yield* of(undefined, "home/guest/x", fallback), ["allowed"])
      const star = policy(allow("s3:GetObject", `${bucket}/\${*}`))
      assert.deepEqual(yield* of(undefined, "*", star), ["allowed"])
      assert.deepEqual(yield* of(undefined, "x", star), ["implicitDeny"])
    })
  ),

  "simulates conditions on text": documented(
    conditionOperators,
    expectConditions([
      [true, { StringEquals: { "aws:PrincipalTag/team": ["a", "b"] } }, entry("aws:PrincipalTag/team", "b")],
      [false, { StringEquals: { "aws:PrincipalTag/team": "a" } }, entry("aws:PrincipalTag/team", "A")],
      [false, { StringEquals: { "aws:PrincipalTag/team": "a" } }],
      [true, { StringEqualsIgnoreCase: { "aws:PrincipalTag/team": "a" } }, entry("aws:PrincipalTag/team", "A")],
      [true, { StringNotEquals: { "aws:PrincipalTag/team": ["a", "b"] } }, entry("aws:PrincipalTag/team", "c")],
      [false, { StringNotEquals: { "aws:PrincipalTag/team": ["a", "b"] } }, entry("aws:PrincipalTag/team", "b")],
      [true, { StringNotEquals: { "aws:PrincipalTag/team": "a" } }],
      [true, { StringLike: { "s3:prefix": "home/*" } }, entry("s3:prefix", "home/ann")],
      [false, { StringEquals: { "s3:prefix": "home/*" } }, entry("s3:prefix", "home/ann")],
      [false, { StringNotLike: { "s3:prefix": "home/*" } }, entry("s3:prefix", "home/ann")],
      [true, { StringEquals: { "AWS:principaltag/TEAM": "a" } }, entry("aws:PrincipalTag/team", "a")]
    ])
  ),

  "simulates conditions on numbers, dates and booleans": documented(
    conditionOperators,
    expectConditions([
      [true, { NumericLessThanEquals: { "s3:max-keys": "10" } }, entry("s3:max-keys", "10", "numeric")],
      [false, { NumericLessThan: { "s3:max-keys": 10 } }, entry("s3:max-keys", "10", "numeric")],
      [true, { NumericEquals: { "s3:max-keys": "10" } }, entry("s3:max-keys", "10.0", "numeric")],
      [true, { NumericNotEquals: { "s3:max-keys": "10" } }, entry("s3:max-keys", "11", "numeric")],
      [true, { NumericGreaterThan: { "s3:max-keys": "9" } }, entry("s3:max-keys", "10", "numeric")],
      [
        true,
        { DateGreaterThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } },
        entry("aws:CurrentTime", "2020-01-01T00:00:01Z", "date")
      ],
      [
        false,
        { DateLessThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } },
        entry("aws:CurrentTime", "2020-01-01T00:00:00Z", "date")
      ],
      [
        true,
        { DateEquals: { "aws:CurrentTime": "1577836800" } },
        entry("aws:CurrentTime", "2020-01-01T00:00:00Z", "date")
      ],
      [true, { Bool: { "aws:SecureTransport": "true" } }, entry("aws:SecureTransport", "true", "boolean")],
      [false, { Bool: { "aws:SecureTransport": true } }, entry("aws:SecureTransport", "false", "boolean")],
      [false, { Bool: { "aws:MultiFactorAuthPresent": "true" } }],
      [true, { BoolIfExists: { "aws:MultiFactorAuthPresent": "true" } }]
    ])
  ),

  "simulates conditions on IP addresses and ARNs": documented(
    conditionOperators,
    expectConditions([
      [true, { IpAddress: { "aws:SourceIp": ["203.0.113.0/24"] } }, entry("aws:SourceIp", "203.0.113.7", "ip")],
      [false, { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } }, entry("aws:SourceIp", "203.0.114.7", "ip")],
      [
        true,
        { IpAddress: { "aws:SourceIp": "2001:db8:1234:5678::/64" } },
        entry("aws:SourceIp", "2001:db8:1234:5678::1", "ip")
      ],
      [true, { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } }, entry("aws:SourceIp", "198.51.100.1", "ip")],
      [
        true,
        { ArnLike: { "aws:SourceArn": "arn:aws:sns:*:123456789012:*" } },
        entry("aws:SourceArn", "arn:aws:sns:us-east-1:123456789012:topic")
      ],
      [
        true,
        { ArnEquals: { "aws:SourceArn": "arn:aws:sns:*:123456789012:top?c" } },
        entry("aws:SourceArn", "arn:aws:sns:us-east-1:123456789012:topic")
      ],
      // A wildcard doesn't reach over the colons between the parts of an ARN.
      [
        false,
        { ArnLike: { "aws:SourceArn": "arn:aws:sns:*:topic" } },
        entry("aws:SourceArn", "arn:aws:sns:us-east-1:123456789012:topic")
      ],
      [
        true,
        { ArnNotLike: { "aws:SourceArn": "arn:aws:sns:*:*:other" } },
        entry("aws:SourceArn", "arn:aws:sns:us-east-1:123456789012:topic")
      ]
    ])
  ),

  "simulates Null, which asks whether a request has a key": documented(
    conditionOperators,
    expectConditions([
      [true, { Null: { "aws:TokenIssueTime": "true" } }],
      [false, { Null: { "aws:TokenIssueTime": "false" } }],
      [true, { Null: { "aws:TokenIssueTime": "false" } }, entry("aws:TokenIssueTime", "2020-01-01T00:00:00Z", "date")]
    ])
  ),

  "simulates a condition that holds only if all of its operators and keys do": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html",
    expectConditions([
      [
        false,
        { StringEquals: { "s3:prefix": "a" }, Bool: { "aws:SecureTransport": "true" } },
        entry("s3:prefix", "a")
      ],
      [
        true,
        { StringEquals: { "s3:prefix": "a", "s3:delimiter": "/" } },
        entry("s3:prefix", "a"),
        entry("s3:delimiter", "/")
      ]
    ])
  ),

  "simulates ForAllValues and ForAnyValue for keys with several values": documented(
    multivalued,
    expectConditions([
      [
        true,
        { "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } },
        entry("aws:TagKeys", ["a"], "stringList")
      ],
      [
        false,
        { "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } },
        entry("aws:TagKeys", ["a", "c"], "stringList")
      ],
      [true, { "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } }],
      [
        true,
        { "ForAnyValue:StringEquals": { "aws:TagKeys": ["a", "b"] } },
        entry("aws:TagKeys", ["b", "c"], "stringList")
      ],
      [
        false,
        { "ForAnyValue:StringEquals": { "aws:TagKeys": ["a"] } },
        entry("aws:TagKeys", ["b", "c"], "stringList")
      ],
      [false, { "ForAnyValue:StringEquals": { "aws:TagKeys": ["a"] } }]
    ])
  ),

  "limits permissions by a boundary": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    Effect.gen(function*() {
      const results = yield* simulate({
        PolicyInputList: [policy(allow("*"))],
        PermissionsBoundaryPolicyInputList: [policy(allow("s3:*"))],
        ActionNames: ["s3:GetObject", "iam:GetUser"]
      })
      assert.deepEqual(results.map(({ EvalDecision }) => EvalDecision), ["allowed", "implicitDeny"])
      assert.deepEqual(
        results.map(({ PermissionsBoundaryDecisionDetail }) =>
          PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary
        ),
        [true, false]
      )
    })
  ),

  "adds what the policy of a resource permits the caller": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const ann = `arn:aws:iam::${account}:user/ann`
      const ofResource = (AWS: string, effect: "Allow" | "Deny" = "Allow") =>
        policy({ Effect: effect, Principal: { AWS }, Action: "s3:GetObject", Resource: `${bucket}/*` })
      const with_ = (ResourcePolicy: string, ...PolicyInputList: Array<string>) =>
        decide({ PolicyInputList, ResourcePolicy, CallerArn: ann })
      const other = policy(allow("s3:PutObject"))
      assert.deepEqual(yield* with_(ofResource(ann), other), ["allowed"])
      assert.deepEqual(yield* with_(ofResource(`arn:aws:iam::${account}:user/bob`), other), ["implicitDeny"])
      // A policy that names the account leaves it to the account's own policies.
      assert.deepEqual(yield* with_(ofResource(`arn:aws:iam::${account}:root`), other), ["implicitDeny"])
      assert.deepEqual(yield* with_(ofResource(ann, "Deny"), policy(allow("s3:*"))), ["explicitDeny"])
      yield* expectMessage(
        decide({ PolicyInputList: [other], ResourcePolicy: ofResource(ann) }),
        "InvalidInputException",
        400,
        "Invalid caller - Caller must be an IAM user in this context."
      )
    })
  ),

  "simulates a user with the policies of its groups and its boundary": documented(
    "API_SimulatePrincipalPolicy",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const UserName = "grouped-user"
      yield* createUser(UserName)
      yield* Iam.send(new CreateGroupCommand({ GroupName: "readers" }))
      yield* Iam.send(new AddUserToGroupCommand({ GroupName: "readers", UserName }))
      const PolicyArn = yield* createPolicy("reading")
      yield* Iam.send(new AttachGroupPolicyCommand({ GroupName: "readers", PolicyArn }))
      const decisions = Effect.map(
        Iam.send(
          new SimulatePrincipalPolicyCommand({
            PolicySourceArn: `arn:aws:iam::${account}:user/${UserName}`,
            ActionNames: ["s3:GetObject"],
            ResourceArns: [`${bucket}/key`]
          })
        ),
        ({ EvaluationResults = [] }) => EvaluationResults.map(({ EvalDecision }) => EvalDecision)
      )
      assert.deepEqual(yield* decisions, ["allowed"])
      yield* Iam.send(
        new PutUserPolicyCommand({ UserName, PolicyName: "all", PolicyDocument: policy(allow("s3:Put*")) })
      )
      const boundary = yield* Iam.send(
        new PutUserPolicyCommand({
          UserName,
          PolicyName: "none",
          PolicyDocument: policy(deny("s3:Get*", `${bucket}/secret`))
        })
      ).pipe(Effect.andThen(createPolicy("boundary")))
      yield* Iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: boundary }))
      assert.deepEqual(yield* decisions, ["allowed"])
    })
  ),

  "names the context keys that a simulation lacks": documented(
    "API_EvaluationResult",
    Effect.gen(function*() {
      const PolicyInputList = [
        policy(
          allow("s3:GetObject", "*", { Condition: { StringEquals: { "aws:PrincipalTag/team": "${aws:username}" } } })
        )
      ]
      const [result] = yield* simulate({ PolicyInputList, ResourceArns: undefined })
      assert.deepEqual(result?.MissingContextValues, ["aws:PrincipalTag/team", "aws:username"])
      assert.strictEqual(result?.EvalResourceName, "*")
      const { ContextKeyNames } = yield* Iam.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList }))
      assert.deepEqual(ContextKeyNames, ["aws:PrincipalTag/team", "aws:username"])
    })
  ),

  "returns the results of a simulation page by page": documented(
    "API_SimulateCustomPolicy",
    Effect.gen(function*() {
      const pages = yield* Stream.runCollect(Iam.pages(
        new SimulateCustomPolicyCommand({
          PolicyInputList: [policy(allow("s3:*"))],
          ActionNames: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
          MaxItems: 2
        })
      ))
      assert.deepEqual(pages.map(({ EvaluationResults }) => EvaluationResults?.length), [2, 1])
    })
  ),

  "rejects a simulation for a principal that isn't a user, a group or a role": documented(
    "API_SimulatePrincipalPolicy",
    Effect.gen(function*() {
      const { account } = yield* Sts.environment
      const of = (resource: string) =>
        Iam.send(
          new SimulatePrincipalPolicyCommand({
            PolicySourceArn: `arn:aws:iam::${account}:${resource}`,
            ActionNames: ["s3:GetObject"]
          })
        )
      yield* createRole("simulated-role")
      yield* of("role/simulated-role")
      yield* expectRejected(of("role/none"), "NoSuchEntityException", 404)
      yield* expectRejected(of("policy/none"), "InvalidInputException", 400)
    })
  ),

  "rejects a simulation of a malformed policy and of an action with wildcards": documented(
    "API_SimulateCustomPolicy",
    Effect.gen(function*() {
      yield* expectRejected(decide({ PolicyInputList: ["{"] }), "InvalidInputException", 400)
      yield* expectRejected(
        decide({ PolicyInputList: [policy(allow("s3:*"))], ActionNames: ["s3:*"] }),
        "InvalidInputException",
        400
      )
      yield* expectRejected(
        decide({ PolicyInputList: [policy(allow("s3:*", "*", { Condition: { StringIs: { "aws:x": "y" } } }))] }),
        "InvalidInputException",
        400
      )
    })
  )
})
