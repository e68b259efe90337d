// What `InMemory.denied` says: each refusal for lack of permission is in it, also one that a service decides by itself.
import { CreateRoleCommand } from "@aws-sdk/client-iam"
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand
} from "@aws-sdk/client-s3"
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Iam, InMemory, S3, Ssm, Sts } from "effect-aws-sdk"
import {
  account,
  allow,
  as,
  createRole,
  deny,
  organize,
  policy,
  putPolicy,
  roleArn,
  test,
  trust
} from "./support/enforcement.ts"

const Bucket = "theirs"
const put = S3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "v" }))
const bucketArn = `arn:aws:s3:::${Bucket}`

const createReader = (RoleName: string) =>
  Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(account) }))

describe("InMemory.denied has a refusal", () => {
  test(
    "by the bucket of another account, which has no policy",
    Effect.gen(function*() {
      const { inMember, member } = yield* organize
      yield* S3.send(new CreateBucketCommand({ Bucket }))
      yield* inMember(createReader("writer"))
      yield* inMember(putPolicy("writer", allow("s3:PutObject", { Resource: `${bucketArn}/*` })))
      yield* Effect.flip(as("writer", {}, member)(put))
      const denied = yield* InMemory.denied
      assert.lengthOf(denied, 1)
      const [{ action, in: type, message, policies, principal, resource, why }] = denied as [InMemory.Denial]
      assert.deepStrictEqual({ action, type, message, policies, resource, why }, {
        action: "s3:PutObject",
        type: "resource-based policy",
        message: "Access Denied",
        policies: [],
        resource: `${bucketArn}/k`,
        why: "no policy allows"
      })
      assert.include(principal, "assumed-role/writer/")
    })
  )

  test(
    "by the policy of another account's bucket, which names the bucket and its statement",
    Effect.gen(function*() {
      const { inMember, member } = yield* organize
      yield* S3.send(new CreateBucketCommand({ Bucket }))
      const AWS = `arn:aws:iam::${member}:root`
      const theirs = { ...allow("s3:GetObject"), Principal: { AWS }, Resource: `${bucketArn}/*` }
      const not = { ...deny("s3:PutObject"), Principal: { AWS }, Resource: `${bucketArn}/*` }
      yield* S3.send(new PutBucketPolicyCommand({ Bucket, Policy: policy(theirs) }))
      yield* Effect.flip(inMember(put))
      const source = { type: "resource-based policy", of: bucketArn } as const
      assert.deepInclude((yield* InMemory.denied).at(-1), { policies: [source] })
      yield* S3.send(new PutBucketPolicyCommand({ Bucket, Policy: policy(theirs, not) }))
      yield* Effect.flip(inMember(put))
      assert.deepInclude((yield* InMemory.denied).at(-1)?.statement, { policy: source, position: 2 })
      assert.lengthOf(yield* InMemory.denied, 2)
    })
  )

  test(
    "of a caller who may read, but not list: a missing key isn't told",
    Effect.gen(function*() {
      yield* S3.send(new CreateBucketCommand({ Bucket }))
      yield* createRole("reader", allow("s3:GetObject"))
      yield* Effect.flip(as("reader")(S3.send(new GetObjectCommand({ Bucket, Key: "none" }))))
      assert.deepStrictEqual(
        (yield* InMemory.denied).map(({ action, in: type, resource }) => [action, type, resource]),
        [["s3:ListBucket", "identity-based policy", bucketArn]]
      )
    })
  )

  it.live("of an unsigned request to an object that the bucket's policy doesn't let anyone read", () =>
    Effect.gen(function*() {
      yield* S3.send(new CreateBucketCommand({ Bucket }))
      const { url } = yield* InMemory.serve()
      const { status } = yield* Effect.promise(() => fetch(`${url}/${Bucket}/k`))
      assert.strictEqual(status, 403)
      assert.deepStrictEqual(
        (yield* InMemory.denied).map(({ action, in: type, policies, principal, resource }) => ({
          action,
          type,
          policies,
          principal,
          resource
        })),
        [{
          action: "s3:GetObject",
          type: "resource-based policy",
          policies: [],
          principal: "anonymous",
          resource: `${bucketArn}/k`
        }]
      )
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer({ enforceIam: true }))))

  test(
    "by the trust policy of a role, for the owner of a web identity token",
    Effect.gen(function*() {
      const claims = { sub: "s", aud: "a", iss: "https://accounts.google.com" }
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")
      const assume = (name: string) =>
        Effect.flip(Sts.send(
          new AssumeRoleWithWebIdentityCommand({
            RoleArn: roleArn(name),
            RoleSessionName: "test",
            WebIdentityToken: `${part({ alg: "none" })}.${part(claims)}.x`
          })
        )).pipe(Effect.andThen(InMemory.denied), Effect.map((denied) => denied.at(-1)!))
      const trusts = (Effect: string, sub: string) => ({
        Effect,
        Principal: { Federated: "accounts.google.com" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { "accounts.google.com:sub": sub } }
      })
      const create = (RoleName: string, ...statements: ReadonlyArray<object>) =>
        Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policy(...statements) }))
      yield* create("other", trusts("Allow", "t"))
      yield* create("denying", trusts("Allow", "s"), trusts("Deny", "s"))
      const source = { type: "role trust policy", of: roleArn("other") } as const
      const { nearly = [], ...denial } = yield* assume("other")
      assert.deepInclude(denial, {
        action: "sts:AssumeRoleWithWebIdentity",
        in: "role trust policy",
        why: "no policy allows",
        policies: [source],
        resource: roleArn("other")
      })
      assert.deepInclude(nearly[0]?.condition, { key: "accounts.google.com:sub", wanted: ["t"], found: ["s"] })
      assert.deepInclude((yield* assume("denying")).statement, {
        policy: { ...source, of: roleArn("denying") },
        position: 2
      })
      assert.strictEqual((yield* assume("none")).hint, `There is no role ${roleArn("none")}.`)
      assert.lengthOf(yield* InMemory.denied, 3)
    })
  )
})

test(
  "InMemory.denied has no failure that isn't about permissions",
  Effect.gen(function*() {
    yield* S3.send(new CreateBucketCommand({ Bucket }))
    yield* S3.send(
      new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { BlockPublicAcls: true } })
    )
    yield* createRole("writer", allow("s3:*"))
    const asWriter = as("writer")
    yield* asWriter(put)
    yield* Effect.flip(asWriter(S3.send(new GetObjectCommand({ Bucket, Key: "none" }))))
    yield* Effect.flip(
      asWriter(S3.send(new PutObjectCommand({ Bucket, Key: "k", ExpectedBucketOwner: "999999999999" })))
    )
    assert.deepStrictEqual(yield* InMemory.denied, [])
  })
)

describe("InMemory.denied says what is probably wrong", () => {
  const read = Ssm.send(new GetParameterCommand({ Name: "/app/state" }))
  const last = Effect.map(InMemory.denied, (denied) => denied.at(-1)!)

  test(
    "with a role that can't be assumed: it isn't there, it doesn't trust the caller, or the caller may not assume it",
    Effect.gen(function*() {
      const { inMember, member } = yield* organize
      const RoleArn = roleArn("theirs", member)
      const assume = Sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }))
      yield* createRole("caller", allow("sts:AssumeRole"))
      const asCaller = as("caller")
      yield* Effect.flip(asCaller(assume))
      assert.deepInclude(yield* last, { in: "role trust policy", hint: `There is no role ${RoleArn}.`, policies: [] })
      yield* inMember(
        Iam.send(new CreateRoleCommand({ RoleName: "theirs", AssumeRolePolicyDocument: trust(member) }))
      )
      yield* Effect.flip(asCaller(assume))
      const distrusted = yield* last
      assert.deepInclude(distrusted, {
        in: "role trust policy",
        policies: [{ type: "role trust policy", of: RoleArn }]
      })
      assert.isUndefined(distrusted.hint)
      yield* putPolicy("caller", allow("ssm:*"))
      yield* Effect.flip(asCaller(assume))
      assert.deepInclude(yield* last, { in: "identity-based policy" })
    })
  )

  test(
    "with a statement whose condition doesn't hold: its key, and the values that it has and wants",
    Effect.gen(function*() {
      const once = (region: string) => ({ Condition: { StringEquals: { "aws:RequestedRegion": [region] } } })
      yield* createRole("reader", allow("ssm:PutParameter"), allow("ssm:GetParameter", once("eu-west-1")))
      yield* Effect.flip(as("reader")(read))
      const { hint, nearly = [] } = yield* last
      assert.deepStrictEqual(
        nearly.map(({ condition, policy: { name }, position }) => ({ condition, name, position })),
        [{
          condition: {
            operator: "StringEquals",
            key: "aws:RequestedRegion",
            wanted: ["eu-west-1"],
            found: ["us-east-1"]
          },
          name: "own",
          position: 2
        }]
      )
      assert.isUndefined(hint)
    })
  )

  test(
    "with an action that a policy mistypes",
    Effect.gen(function*() {
      yield* createRole("reader", allow(["ssm:GetParamter", "ssm:PutParameter", "ssm:Get*s"]))
      yield* Effect.flip(as("reader")(read))
      assert.strictEqual((yield* last).hint, "A policy allows ssm:GetParamter, which isn't ssm:GetParameter.")
    })
  )

  test(
    "by dying of a condition on a key that AWS doesn't have, in a statement that decides",
    Effect.gen(function*() {
      const typo = (action: string) => allow(action, { Condition: { StringEquals: { "aws:PrincipalTagg/team": "a" } } })
      yield* createRole("reader", typo("ssm:GetParameter"))
      assert.include(
        String(yield* Effect.exit(as("reader")(read))),
        "AWS has no condition key aws:PrincipalTagg/team, which a policy has a condition on. Correct its name."
      )
      yield* putPolicy("reader", typo("ssm:PutParameter"))
      yield* Effect.flip(as("reader")(read))
    })
  )
})
