// What single calls need, where a table looks at more than the members that name a resource.
import { assert, describe, it } from "@effect/vitest"
import { authorization as ecs } from "../../emulator/ecs/authorization.ts"
import type { Authorization } from "../../emulator/engine/authorization.ts"
import { authorization as iam } from "../../emulator/iam/authorization.ts"
import { empty } from "../../emulator/iam/state.ts"
import { authorization as s3 } from "../../emulator/s3/authorization.ts"
import { authorization as secrets } from "../../emulator/secretsmanager/authorization.ts"
import { authorization as ssm } from "../../emulator/ssm/authorization.ts"
import { authorization as sts } from "../../emulator/sts/authorization.ts"

const place = {
  account: "123456789012",
  region: "us-east-1",
  partition: "aws",
  principal: { arn: "arn:aws:iam::123456789012:user/team/me" }
}

/** The needs of a call: `GetObject on arn:…`. */
const needed = ({ needs }: Authorization<any>, operation: string, input: object, state?: unknown) =>
  needs[operation]!(input, place, state).map(({ action, byHandler, resource }) =>
    `${action} on ${resource}${byHandler === true ? ", asked by the handler" : ""}`
  )

/** A part of a state: the rest isn't looked at. */
const part = (state: object): any => state

describe("S3 needs", () => {
  const object = { Bucket: "b", Key: "a/k" }

  it("the action of versions for a given version", () => {
    assert.deepStrictEqual(needed(s3, "GetObject", object), ["s3:GetObject on arn:aws:s3:::b/a/k"])
    assert.deepStrictEqual(needed(s3, "GetObjectAttributes", { ...object, VersionId: "v" }), [
      "s3:GetObjectVersion on arn:aws:s3:::b/a/k",
      "s3:GetObjectVersionAttributes on arn:aws:s3:::b/a/k"
    ])
    assert.deepStrictEqual(s3.needs["HeadObject"]!({ ...object, VersionId: "v" }, place)[0]!.keys, {
      "s3:versionid": ["v"]
    })
  })

  it("each key of DeleteObjects for itself, and to bypass retention if that is asked for", () => {
    const Objects = [{ Key: "x" }, { Key: "y", VersionId: "v" }]
    assert.deepStrictEqual(needed(s3, "DeleteObjects", { Bucket: "b", Delete: { Objects } }), [
      "s3:DeleteObject on arn:aws:s3:::b/x, asked by the handler",
      "s3:DeleteObjectVersion on arn:aws:s3:::b/y, asked by the handler"
    ])
    assert.deepStrictEqual(needed(s3, "DeleteObject", { ...object, BypassGovernanceRetention: true }), [
      "s3:DeleteObject on arn:aws:s3:::b/a/k",
      "s3:BypassGovernanceRetention on arn:aws:s3:::b/a/k, asked by the handler"
    ])
  })

  it("to read what a copy copies, with its tags if it has some", () => {
    const input = { ...object, CopySource: "/source/k%20k?versionId=v" }
    const content = { tags: [{ Key: "a", Value: "b" }] }
    const source = { objects: new Map([["k k", [{ id: "v", content }]]]) }
    const state = part({ buckets: new Map([["aws:source", source]]) })
    const plain = ["s3:PutObject on arn:aws:s3:::b/a/k", "s3:GetObjectVersion on arn:aws:s3:::source/k k"]
    assert.deepStrictEqual(needed(s3, "CopyObject", input), plain)
    assert.deepStrictEqual(needed(s3, "CopyObject", input, state), [
      ...plain,
      "s3:GetObjectVersionTagging on arn:aws:s3:::source/k k",
      "s3:PutObjectTagging on arn:aws:s3:::b/a/k"
    ])
    assert.deepStrictEqual(needed(s3, "CopyObject", { ...input, TaggingDirective: "REPLACE" }, state), plain)
    assert.deepStrictEqual(needed(s3, "CopyObject", { ...object, CopySource: "source/%" }), plain.slice(0, 1))
  })

  it("further actions for what a bucket is created with", () => {
    assert.deepStrictEqual(
      needed(s3, "CreateBucket", {
        Bucket: "b",
        ACL: "public-read",
        ObjectLockEnabledForBucket: true,
        ObjectOwnership: "ObjectWriter",
        CreateBucketConfiguration: { Tags: [{ Key: "a", Value: "b" }] }
      }),
      [
        "CreateBucket",
        "PutBucketAcl",
        "PutBucketObjectLockConfiguration",
        "PutBucketVersioning",
        "PutBucketOwnershipControls",
        "TagResource"
      ].map((action) => `s3:${action} on arn:aws:s3:::b`)
    )
    assert.lengthOf(needed(s3, "CreateBucket", { Bucket: "b", ACL: "private" }), 1)
  })
})

describe("Systems Manager needs", () => {
  const start = "ssm:GetParameter on arn:aws:ssm:us-east-1"

  it("the parameter that a name, a name with a selector, or an ARN means", () => {
    for (const Name of ["/a/b", "/a/b:3", "/a/b:label", "arn:aws:ssm:us-east-1:123456789012:parameter/a/b:3"]) {
      assert.deepStrictEqual(needed(ssm, "GetParameter", { Name }), [`${start}:123456789012:parameter/a/b`], Name)
    }
    assert.deepStrictEqual(needed(ssm, "GetParameter", { Name: "/aws/service/x" }), [
      `${start}::parameter/aws/service/x`
    ])
  })

  it("the secret that a parameter stands for", () => {
    assert.deepStrictEqual(needed(ssm, "GetParameter", { Name: "/aws/reference/secretsmanager/db" }), [
      `${start}:123456789012:parameter/aws/reference/secretsmanager/db`,
      "secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:123456789012:secret:db-??????, asked by the handler"
    ])
  })
})

describe("Secrets Manager needs", () => {
  it("the whole ARN of a secret that is named, and the name alone of one that isn't there", () => {
    const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"
    const state = part({ secrets: new Map([["db", { arn }]]) })
    for (const SecretId of ["db", arn, arn.slice(0, -7)]) {
      assert.deepStrictEqual(needed(secrets, "GetSecretValue", { SecretId }, state), [
        `secretsmanager:GetSecretValue on ${arn}`
      ])
    }
    assert.deepStrictEqual(needed(secrets, "GetSecretValue", { SecretId: "other" }, state), [
      "secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:123456789012:secret:other"
    ])
  })
})

describe("ECS needs", () => {
  const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`
  const taskDefinitionArn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:7"
  const definition = {
    family: "web",
    revision: 7,
    status: "ACTIVE",
    taskDefinitionArn,
    taskRoleArn: role("task"),
    executionRoleArn: role("execution")
  }
  const state = part({ families: new Map([["web", [definition]]]) })

  it("to pass the roles of the newest revision that a task runs, or those that override them", () => {
    assert.deepStrictEqual(needed(ecs, "RunTask", { taskDefinition: "web" }, state), [
      `ecs:RunTask on ${taskDefinitionArn}`,
      `iam:PassRole on ${role("task")}`,
      `iam:PassRole on ${role("execution")}`
    ])
    const overrides = { taskRoleArn: role("other") }
    assert.deepStrictEqual(needed(ecs, "StartTask", { taskDefinition: "web:7", overrides }, state).slice(1), [
      `iam:PassRole on ${role("other")}`,
      `iam:PassRole on ${role("execution")}`
    ])
  })

  it("to tag what is created with tags", () => {
    const input = { cluster: "c", serviceName: "s", taskDefinition: "web", tags: [{ key: "a", value: "b" }] }
    const arn = "arn:aws:ecs:us-east-1:123456789012:service/c/s"
    assert.deepStrictEqual(needed(ecs, "CreateService", input), [
      `ecs:CreateService on ${arn}`,
      `ecs:TagResource on ${arn}`
    ])
  })
})

describe("IAM needs", () => {
  const arn = (resource: string) => `arn:aws:iam::123456789012:${resource}`

  it("the user or the role with its path, and the caller where nobody is named", () => {
    const state = {
      ...empty(),
      roles: new Map([["deploy", part({ arn: arn("role/ci/Deploy"), boundary: arn("policy/b") })]])
    }
    assert.deepStrictEqual(needed(iam, "GetRole", { RoleName: "deploy" }, state), [
      `iam:GetRole on ${arn("role/ci/Deploy")}`
    ])
    assert.deepStrictEqual(iam.needs["GetRole"]!({ RoleName: "deploy" }, place, state)[0]!.keys, {
      "iam:permissionsboundary": [arn("policy/b")]
    })
    assert.deepStrictEqual(needed(iam, "ListAccessKeys", {}), [`iam:ListAccessKeys on ${arn("user/team/me")}`])
  })

  it("to tag, to rename, and to pass a role to instances", () => {
    const Tags = [{ Key: "a", Value: "b" }]
    assert.deepStrictEqual(needed(iam, "CreateRole", { RoleName: "r", Path: "/ci/", Tags }), [
      `iam:CreateRole on ${arn("role/ci/r")}`,
      `iam:TagRole on ${arn("role/ci/r")}`
    ])
    assert.deepStrictEqual(needed(iam, "UpdateUser", { UserName: "u", NewPath: "/ops/", NewUserName: "v" }), [
      `iam:UpdateUser on ${arn("user/u")}`,
      `iam:UpdateUser on ${arn("user/ops/v")}`
    ])
    assert.deepStrictEqual(needed(iam, "AddRoleToInstanceProfile", { InstanceProfileName: "p", RoleName: "r" }), [
      `iam:AddRoleToInstanceProfile on ${arn("instance-profile/p")}`,
      `iam:PassRole on ${arn("role/r")}`
    ])
  })
})

describe("STS needs", () => {
  it("further actions for tags and a source identity, and none to tell who the caller is", () => {
    const RoleArn = "arn:aws:iam::999999999999:role/r"
    const input = { RoleArn, RoleSessionName: "s", SourceIdentity: "me", Tags: [{ Key: "a", Value: "b" }] }
    assert.deepStrictEqual(
      needed(sts, "AssumeRole", input),
      ["AssumeRole", "TagSession", "SetSourceIdentity"].map((action) => `sts:${action} on ${RoleArn}`)
    )
    assert.deepStrictEqual(needed(sts, "GetCallerIdentity", {}), [])
  })
})
