// Launch templates: their versions, what a version has, and the instances that are launched from one.
import {
  CreateLaunchTemplateCommand,
  type CreateLaunchTemplateCommandInput,
  CreateLaunchTemplateVersionCommand,
  CreateTagsCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeInstanceAttributeCommand,
  DescribeLaunchTemplatesCommand,
  type DescribeLaunchTemplatesCommandInput,
  DescribeLaunchTemplateVersionsCommand,
  type DescribeLaunchTemplateVersionsCommandInput,
  DescribeTagsCommand,
  GetLaunchTemplateDataCommand,
  ModifyLaunchTemplateCommand,
  type ModifyLaunchTemplateCommandInput,
  RunInstancesCommand,
  type RunInstancesCommandInput
} from "@aws-sdk/client-ec2"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2 } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { image } from "./ec2Resources.ts"
import { expectRejected } from "./support/rejections.ts"

const missingId = "lt-07ff4bb0369cd679c"

const tagged = (value: string) => ({
  TagSpecifications: [{ ResourceType: "instance" as const, Tags: [{ Key: "k", Value: value }] }]
})

const create = Effect.fnUntraced(function*(
  LaunchTemplateName: string,
  LaunchTemplateData: CreateLaunchTemplateCommandInput["LaunchTemplateData"] = tagged("v1"),
  input: Partial<CreateLaunchTemplateCommandInput> = {}
) {
  const { LaunchTemplate } = yield* Ec2.send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData, ...input })
  )
  return LaunchTemplate!.LaunchTemplateId!
})

const addVersion = (
  LaunchTemplateId: string,
  LaunchTemplateData: CreateLaunchTemplateCommandInput["LaunchTemplateData"],
  SourceVersion?: string
) =>
  Effect.map(
    Ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId,
        LaunchTemplateData,
        ...(SourceVersion !== undefined && { SourceVersion })
      })
    ),
    ({ LaunchTemplateVersion }) => LaunchTemplateVersion!
  )

const versions = (input: DescribeLaunchTemplateVersionsCommandInput) =>
  Effect.map(
    Ec2.send(new DescribeLaunchTemplateVersionsCommand(input)),
    ({ LaunchTemplateVersions = [] }) => LaunchTemplateVersions
  )

const numbers = (input: DescribeLaunchTemplateVersionsCommandInput) =>
  Effect.map(versions(input), (all) => all.map(({ VersionNumber }) => VersionNumber))

const run = (input: Partial<RunInstancesCommandInput>) =>
  Effect.map(
    Ec2.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ...input })),
    ({ Instances }) => Instances![0]!
  )

const howToDescribe =
  "To describe the launch template data for all your launch templates, for ‘--versions’ specify ‘$Latest’"

export const ec2LaunchTemplates = contract("Ec2", {
  "creates a template with a first version, which is the default and the latest one": recorded(
    "test_launch_templates test_launch_template_create",
    Effect.gen(function*() {
      const { LaunchTemplate } = yield* Ec2.send(
        new CreateLaunchTemplateCommand({ LaunchTemplateName: "web", LaunchTemplateData: tagged("v1") })
      )
      assert.match(LaunchTemplate!.LaunchTemplateId!, /^lt-[0-9a-f]{17}$/)
      assert.strictEqual(LaunchTemplate!.LaunchTemplateName, "web")
      assert.deepEqual([LaunchTemplate!.DefaultVersionNumber, LaunchTemplate!.LatestVersionNumber], [1, 1])
      const [version] = yield* versions({ LaunchTemplateName: "web", Versions: ["1"] })
      assert.deepEqual(version!.LaunchTemplateData, tagged("v1"))
    })
  ),

  "gives a name to one template only, until the template is deleted": recorded(
    "test_launch_templates test_launch_template_create",
    Effect.gen(function*() {
      const LaunchTemplateId = yield* create("web")
      yield* expectRejected(
        create("web"),
        "InvalidLaunchTemplateName.AlreadyExistsException",
        "Launch template name already in use."
      )
      const { LaunchTemplate } = yield* Ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }))
      assert.deepEqual([LaunchTemplate!.LaunchTemplateId, LaunchTemplate!.LatestVersionNumber], [LaunchTemplateId, 1])
      yield* create("web")
    })
  ),

  "rejects a template without data": recorded(
    "test_ec2 test_raise_when_launch_template_data_missing",
    expectRejected(create("web", {}), "MissingParameter")
  ),

  "rejects a name with other characters, or that is too short or too long": recorded(
    "test_ec2 test_raise_invalid_launch_template_name",
    Effect.forEach(
      ["some illegal name", "ab", "a".repeat(129), "web*"],
      (name) =>
        expectRejected(
          create(name),
          "InvalidLaunchTemplateName.MalformedException",
          "must be between 3 and 128 characters"
        )
    )
  ),

  "rejects user data that isn't in base64": believed(
    "error reports of Terraform's aws_launch_template",
    expectRejected(create("web", { UserData: "#!/bin/sh" }), "InvalidUserData.Malformed")
  ),

  "rejects tags for what a launch doesn't make": documented(
    "API_LaunchTemplateTagSpecificationRequest",
    expectRejected(
      create("web", { TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "k", Value: "v" }] }] }),
      "InvalidParameterValue"
    )
  ),

  "warns of what a template names that doesn't exist, and creates it": documented(
    "API_CreateLaunchTemplate",
    Effect.gen(function*() {
      const { LaunchTemplate, Warning } = yield* Ec2.send(
        new CreateLaunchTemplateCommand({
          LaunchTemplateName: "web",
          LaunchTemplateData: { ImageId: "ami-def456", KeyName: "missing" }
        })
      )
      assert.isDefined(LaunchTemplate)
      assert.deepEqual(Warning?.Errors?.map(({ Code }) => Code), ["InvalidAMIID.Malformed", "InvalidKeyPair.NotFound"])
    })
  ),

  "creates a template once per client token, and rejects the token with other parameters": documented(
    "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html",
    Effect.gen(function*() {
      const first = yield* create("web", tagged("v1"), { ClientToken: "t" })
      assert.strictEqual(yield* create("web", tagged("v1"), { ClientToken: "t" }), first)
      yield* expectRejected(create("web", tagged("v2"), { ClientToken: "t" }), "IdempotentParameterMismatch")
    })
  ),

  "describes templates by id, name, filter and tag": documented(
    "API_DescribeLaunchTemplates",
    Effect.gen(function*() {
      const web = yield* create("web", tagged("v1"), {
        TagSpecifications: [{ ResourceType: "launch-template", Tags: [{ Key: "team", Value: "a" }] }]
      })
      const db = yield* create("db1")
      const found = (input: DescribeLaunchTemplatesCommandInput) =>
        Effect.map(
          Ec2.send(new DescribeLaunchTemplatesCommand(input)),
          ({ LaunchTemplates = [] }) => LaunchTemplates.map(({ LaunchTemplateId }) => LaunchTemplateId!).sort()
        )
      assert.deepEqual(yield* found({}), [web, db].sort())
      assert.deepEqual(yield* found({ LaunchTemplateIds: [db] }), [db])
      assert.deepEqual(yield* found({ LaunchTemplateNames: ["web"] }), [web])
      assert.deepEqual(yield* found({ Filters: [{ Name: "launch-template-name", Values: ["d*"] }] }), [db])
      assert.deepEqual(yield* found({ Filters: [{ Name: "tag:team", Values: ["a"] }] }), [web])
      yield* Ec2.send(new CreateTagsCommand({ Resources: [db], Tags: [{ Key: "team", Value: "b" }] }))
      assert.deepEqual(yield* found({ Filters: [{ Name: "tag-key", Values: ["team"] }] }), [web, db].sort())
    })
  ),

  "fails for a missing template among those that a request names": recorded(
    "test_launch_templates test_describe_launch_templates_with_non_existent_name",
    Effect.gen(function*() {
      yield* create("web")
      const message = "At least one of the launch templates specified in the request does not exist."
      yield* expectRejected(
        Ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: ["web", "other"] })),
        "InvalidLaunchTemplateName.NotFoundException",
        message
      )
      yield* expectRejected(
        Ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [missingId] })),
        "InvalidLaunchTemplateId.NotFound",
        message
      )
      yield* expectRejected(
        Ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: ["web"] })),
        "InvalidLaunchTemplateId.Malformed"
      )
    })
  ),

  "numbers the versions of a template, and describes the newest first": documented(
    "https://docs.aws.amazon.com/cli/latest/reference/ec2/describe-launch-template-versions.html",
    Effect.gen(function*() {
      const id = yield* create("web")
      const { DefaultVersion, VersionNumber } = yield* addVersion(id, { InstanceType: "t3.micro" })
      assert.deepEqual([VersionNumber, DefaultVersion], [2, false])
      yield* addVersion(id, { InstanceType: "t3.small" })
      assert.deepEqual(yield* numbers({ LaunchTemplateId: id }), [3, 2, 1])
      assert.deepEqual(yield* numbers({ LaunchTemplateName: "web", Versions: ["$Latest"] }), [3])
      assert.deepEqual(yield* numbers({ LaunchTemplateName: "web", Versions: ["$Default", "1", "2"] }), [2, 1])
    })
  ),

  "describes a range of versions, and those that match a filter": documented(
    "API_DescribeLaunchTemplateVersions",
    Effect.gen(function*() {
      const id = yield* create("web")
      yield* addVersion(id, { InstanceType: "t3.micro" })
      yield* addVersion(id, { InstanceType: "t3.small" })
      assert.deepEqual(yield* numbers({ LaunchTemplateId: id, MinVersion: "2" }), [3, 2])
      assert.deepEqual(yield* numbers({ LaunchTemplateId: id, MinVersion: "1", MaxVersion: "2" }), [2, 1])
      assert.deepEqual(
        yield* numbers({ LaunchTemplateId: id, Filters: [{ Name: "instance-type", Values: ["t3.small"] }] }),
        [3]
      )
      assert.deepEqual(
        yield* numbers({ LaunchTemplateId: id, Filters: [{ Name: "is-default-version", Values: ["true"] }] }),
        [1]
      )
    })
  ),

  "returns each of three versions once, in two pages": documented(
    "API_DescribeLaunchTemplateVersions",
    Effect.gen(function*() {
      const LaunchTemplateId = yield* create("web")
      yield* addVersion(LaunchTemplateId, tagged("v2"))
      yield* addVersion(LaunchTemplateId, tagged("v3"))
      const first = yield* Ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, MaxResults: 2 }))
      const second = yield* Ec2.send(
        new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, MaxResults: 2, NextToken: first.NextToken })
      )
      assert.isUndefined(second.NextToken)
      assert.deepEqual(
        [first, second].map(({ LaunchTemplateVersions }) => LaunchTemplateVersions?.map((one) => one.VersionNumber)),
        [[3, 2], [1]]
      )
    })
  ),

  "describes the latest or default versions of all templates, but no numbers": recorded(
    "test_launch_templates test_describe_launch_template_versions_with_just_version",
    Effect.gen(function*() {
      const web = yield* create("web")
      yield* addVersion(web, tagged("v2"))
      yield* create("db1")
      const sorted = (input: DescribeLaunchTemplateVersionsCommandInput) =>
        Effect.map(numbers(input), (all) => all.toSorted())
      assert.deepEqual(yield* sorted({ Versions: ["$Latest"] }), [1, 2])
      assert.deepEqual(yield* sorted({ Versions: ["$Default"] }), [1, 1])
      yield* expectRejected(numbers({}), "MissingParameter", howToDescribe)
      yield* expectRejected(numbers({ Versions: ["1"] }), "InvalidParameterValue", howToDescribe)
    })
  ),

  "fails for a missing template or version": recorded(
    "test_launch_templates test_describe_launch_template_versions_with_wrong_version",
    Effect.gen(function*() {
      const id = yield* create("web")
      yield* expectRejected(
        numbers({ LaunchTemplateName: "other" }),
        "InvalidLaunchTemplateName.NotFoundException",
        "The specified launch template, with template name other, does not exist."
      )
      yield* expectRejected(
        numbers({ LaunchTemplateId: missingId }),
        "InvalidLaunchTemplateId.NotFound",
        `The specified launch template, with template ID ${missingId}, does not exist.`
      )
      yield* expectRejected(
        numbers({ LaunchTemplateId: id, Versions: ["3"] }),
        "InvalidLaunchTemplateId.VersionNotFound",
        `Could not find the specified version 3 for the launch template with ID ${id}.`
      )
    })
  ),

  "bases a version on another one, with the new parameters in the place of its own": documented(
    "API_CreateLaunchTemplateVersion",
    Effect.gen(function*() {
      const id = yield* create("web", { InstanceType: "t3.micro", EbsOptimized: true })
      const based = yield* addVersion(id, { InstanceType: "t3.small" }, "1")
      assert.deepEqual(based.LaunchTemplateData, { InstanceType: "t3.small", EbsOptimized: true })
      const fresh = yield* addVersion(id, { InstanceType: "t3.large" })
      assert.deepEqual(fresh.LaunchTemplateData, { InstanceType: "t3.large" })
      const latest = yield* addVersion(id, { EbsOptimized: false }, "$Latest")
      assert.deepEqual(latest.LaunchTemplateData, { InstanceType: "t3.large", EbsOptimized: false })
    })
  ),

  "changes the default version by id or by name, not by both": recorded(
    "test_launch_templates test_modify_launch_template_by_name_and_id",
    Effect.gen(function*() {
      const LaunchTemplateId = yield* create("web")
      yield* addVersion(LaunchTemplateId, tagged("v2"))
      const modify = (input: ModifyLaunchTemplateCommandInput) => Ec2.send(new ModifyLaunchTemplateCommand(input))
      const { LaunchTemplate } = yield* modify({ LaunchTemplateName: "web", DefaultVersion: "2" })
      assert.strictEqual(LaunchTemplate!.DefaultVersionNumber, 2)
      const all = yield* versions({ LaunchTemplateId })
      assert.deepEqual(all.map(({ DefaultVersion }) => DefaultVersion), [true, false])
      yield* modify({ LaunchTemplateId, DefaultVersion: "1" })
      yield* expectRejected(
        modify({ LaunchTemplateId, LaunchTemplateName: "web", DefaultVersion: "2" }),
        "InvalidParameterCombination",
        "Either provide launch template ID or launch template name to modify the template."
      )
      yield* expectRejected(
        modify({ LaunchTemplateName: "web", DefaultVersion: "3" }),
        "InvalidLaunchTemplateId.VersionNotFound",
        "The launch template version 3 is not found for the specified launch template."
      )
    })
  ),

  "deletes versions, but not the default one, and gives out no number twice": documented(
    "API_DeleteLaunchTemplateVersions",
    Effect.gen(function*() {
      const LaunchTemplateId = yield* create("web")
      yield* addVersion(LaunchTemplateId, tagged("v2"))
      yield* addVersion(LaunchTemplateId, tagged("v3"))
      const answer = yield* Ec2.send(
        new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ["3", "1", "9"] })
      )
      assert.deepEqual(answer.SuccessfullyDeletedLaunchTemplateVersions, [
        { LaunchTemplateId, LaunchTemplateName: "web", VersionNumber: 3 }
      ])
      assert.deepEqual(
        answer.UnsuccessfullyDeletedLaunchTemplateVersions?.map((one) => [one.VersionNumber, one.ResponseError?.Code]),
        [[1, "unexpectedError"], [9, "launchTemplateVersionDoesNotExist"]]
      )
      const { LaunchTemplates } = yield* Ec2.send(new DescribeLaunchTemplatesCommand({}))
      assert.strictEqual(LaunchTemplates![0]!.LatestVersionNumber, 2)
      assert.strictEqual((yield* addVersion(LaunchTemplateId, tagged("v4"))).VersionNumber, 4)
    })
  ),

  "answers for each version of a missing template that it doesn't exist": documented(
    "API_ResponseError",
    Effect.gen(function*() {
      const answer = yield* Ec2.send(
        new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId: missingId, Versions: ["1", "2"] })
      )
      assert.deepEqual(
        answer.UnsuccessfullyDeletedLaunchTemplateVersions?.map(({ ResponseError }) => ResponseError?.Code),
        ["launchTemplateIdDoesNotExist", "launchTemplateIdDoesNotExist"]
      )
    })
  ),

  "launches an instance of a version, with its tags and those of AWS": recorded(
    "test_instances test_create_instance_from_launch_template_latest_non_default_version",
    Effect.gen(function*() {
      const ImageId = yield* image
      const LaunchTemplateId = yield* create("web", { ImageId, ...tagged("v1") })
      yield* addVersion(LaunchTemplateId, { ImageId, ...tagged("v2") })
      const tagsFor = Effect.fnUntraced(function*(Version?: string) {
        const { Tags = [] } = yield* run({
          LaunchTemplate: { LaunchTemplateId, ...(Version !== undefined && { Version }) }
        })
        return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))
      })
      const expected = (version: string) => ({
        k: `v${version}`,
        "aws:ec2launchtemplate:id": LaunchTemplateId,
        "aws:ec2launchtemplate:version": version
      })
      assert.deepEqual(yield* tagsFor(), expected("1"))
      assert.deepEqual(yield* tagsFor("$Default"), expected("1"))
      assert.deepEqual(yield* tagsFor("$Latest"), expected("2"))
      assert.deepEqual(yield* tagsFor("2"), expected("2"))
    })
  ),

  "prefers what a launch says to what its template says": recorded(
    "test_instances test_run_instances__user_data_override_takes_priority",
    Effect.gen(function*() {
      const ImageId = yield* image
      const text = (value: string) => Buffer.from(value).toString("base64")
      yield* create("web", { InstanceType: "t3.micro", UserData: text("template") })
      const LaunchTemplate = { LaunchTemplateName: "web" }
      const userData = (InstanceId: string) =>
        Effect.map(
          Ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute: "userData" })),
          ({ UserData }) => UserData?.Value
        )
      const plain = yield* run({ ImageId, LaunchTemplate })
      assert.strictEqual(plain.InstanceType, "t3.micro")
      assert.strictEqual(yield* userData(plain.InstanceId!), text("template"))
      const other = yield* run({
        ImageId,
        LaunchTemplate,
        InstanceType: "t3.small",
        UserData: text("request")
      })
      assert.strictEqual(other.InstanceType, "t3.small")
      assert.strictEqual(yield* userData(other.InstanceId!), text("request"))
    })
  ),

  "adds the tags of a launch to those of its template, and prefers them": believed(
    "both are tag specifications for the same instance, and its keys are unique",
    Effect.gen(function*() {
      const ImageId = yield* image
      yield* create("web", { ImageId, ...tagged("template") })
      const { Tags = [] } = yield* run({
        LaunchTemplate: { LaunchTemplateName: "web" },
        TagSpecifications: [{
          ResourceType: "instance",
          Tags: [{ Key: "k", Value: "request" }, { Key: "other", Value: "1" }]
        }]
      })
      const own = Tags.filter(({ Key }) => !Key!.startsWith("aws:"))
      assert.deepEqual(Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])), { k: "request", other: "1" })
    })
  ),

  "tags the volumes and interfaces of an instance as its template says": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/create-launch-template.html",
    Effect.gen(function*() {
      const ImageId = yield* image
      yield* create("web", {
        ImageId,
        InstanceType: "t3.micro",
        TagSpecifications: (["volume", "network-interface"] as const).map((ResourceType) => ({
          ResourceType,
          Tags: [{ Key: "team", Value: "a" }]
        }))
      })
      yield* run({ LaunchTemplate: { LaunchTemplateName: "web" } })
      const { Tags } = yield* Ec2.send(new DescribeTagsCommand({ Filters: [{ Name: "key", Values: ["team"] }] }))
      assert.deepEqual(Tags?.map(({ ResourceType }) => ResourceType!).sort(), ["network-interface", "volume"])
    })
  ),

  "rejects launching from a missing template or version, or from a template without an image": documented(
    "API_RunInstances",
    Effect.gen(function*() {
      yield* create("web")
      const launch = (LaunchTemplate: RunInstancesCommandInput["LaunchTemplate"]) => run({ LaunchTemplate })
      yield* expectRejected(launch({ LaunchTemplateName: "other" }), "InvalidLaunchTemplateName.NotFoundException")
      yield* expectRejected(launch({ LaunchTemplateId: missingId }), "InvalidLaunchTemplateId.NotFound")
      yield* expectRejected(
        launch({ LaunchTemplateName: "web", Version: "2" }),
        "InvalidLaunchTemplateId.VersionNotFound"
      )
      yield* expectRejected(launch({ LaunchTemplateName: "web" }), "MissingParameter")
    })
  ),

  "makes the data of a template from an instance": documented(
    "API_GetLaunchTemplateData",
    Effect.gen(function*() {
      const ImageId = yield* image
      const { InstanceId, PrivateIpAddress } = yield* run({ ImageId, InstanceType: "t3.micro" })
      const { LaunchTemplateData: data } = yield* Ec2.send(
        new GetLaunchTemplateDataCommand({ InstanceId: InstanceId! })
      )
      assert.deepEqual([data?.ImageId, data?.InstanceType], [ImageId, "t3.micro"])
      assert.strictEqual(data?.NetworkInterfaces?.[0]?.PrivateIpAddress, PrivateIpAddress)
      yield* expectRejected(
        Ec2.send(new GetLaunchTemplateDataCommand({ InstanceId: "i-0123456789abcdef0" })),
        "InvalidInstanceID.NotFound"
      )
    })
  )
})
