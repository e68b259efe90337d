import { RunInstancesCommand, StartInstancesCommand, StopInstancesCommand } from "@aws-sdk/client-ec2"
import { AttachRolePolicyCommand } from "@aws-sdk/client-iam"
import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  DescribeSessionsCommand,
  GetCommandInvocationCommand,
  GetConnectionStatusCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  ResumeSessionCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
  StartSessionCommand,
  TerminateSessionCommand
} from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2, Iam, Ssm } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"
import { image } from "./ec2Resources.ts"
import { createProfile, createRole } from "./iamSetup.ts"
import { codeOf, rejection } from "./support/rejections.ts"
import { passes } from "./support/waits.ts"

/** A role and a profile of an instance that Systems Manager manages. */
const profile = (name: string) =>
  Effect.gen(function*() {
    yield* createRole(name)
    const PolicyArn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    yield* Iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }))
    yield* createProfile(name, name)
  })

/** Launches running instances with a tag, in a profile if one is given. */
const launch = Effect.fnUntraced(function*(team: string, Name?: string, count = 1) {
  const { Instances = [] } = yield* Ec2.send(
    new RunInstancesCommand({
      ImageId: yield* image,
      InstanceType: "t3.micro",
      MinCount: count,
      MaxCount: count,
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "team", Value: team }] }],
      ...(Name !== undefined && { IamInstanceProfile: { Name } })
    })
  )
  yield* passes("1 minute")
  return Instances.map(({ InstanceId = "" }) => InstanceId)
})

const send = (members: Partial<SendCommandCommandInput>) =>
  Effect.map(
    Ssm.send(
      new SendCommandCommand({
        DocumentName: "AWS-RunShellScript",
        Parameters: { commands: ["uptime"] },
        ...members
      })
    ),
    ({ Command }) => ({ ...Command, CommandId: Command?.CommandId ?? "" })
  )

const result = (CommandId: string, InstanceId: string, PluginName?: string) =>
  Effect.map(
    Ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId, PluginName })),
    (found) => ({ ...found })
  )

const informationOf = (...ids: Array<string>) =>
  Effect.map(
    Ssm.send(new DescribeInstanceInformationCommand({ Filters: [{ Key: "InstanceIds", Values: ids }] })),
    ({ InstanceInformationList = [] }) => InstanceInformationList
  )

export const ssmCommands = contract("Ssm", {
  "manages an instance whose role lets the agent register": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html",
    Effect.gen(function*() {
      yield* profile("managed")
      const [InstanceId = ""] = yield* launch("managed", "managed")
      const [other = ""] = yield* launch("unmanaged")
      const found = yield* informationOf(InstanceId, other)
      assert.strictEqual(found.length, 1)
      assert.deepInclude({ ...found[0] }, {
        InstanceId,
        PingStatus: "Online",
        PlatformType: "Linux",
        PlatformName: "Amazon Linux",
        ResourceType: "EC2Instance"
      })
      yield* Ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }))
      yield* passes("1 minute")
      assert.strictEqual((yield* informationOf(InstanceId))[0]?.PingStatus, "ConnectionLost")
      const filters = (Key: string) =>
        Ssm.send(new DescribeInstanceInformationCommand({ Filters: [{ Key, Values: ["x"] }] }))
      assert.strictEqual(yield* codeOf(filters("Colour")), "InvalidFilterKey")
    })
  ),

  "runs a command on an instance": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html",
    Effect.gen(function*() {
      yield* profile("run")
      const [id = ""] = yield* launch("run", "run")
      const sent = yield* send({ InstanceIds: [id], Comment: "how long" })
      assert.deepInclude(sent, {
        DocumentName: "AWS-RunShellScript",
        Status: "Pending",
        StatusDetails: "Pending",
        Comment: "how long",
        InstanceIds: [id],
        Parameters: { commands: ["uptime"] },
        MaxConcurrency: "50",
        MaxErrors: "0",
        TargetCount: 1,
        CompletedCount: 0
      })
      assert.strictEqual(sent.ExpiresAfter!.getTime() - sent.RequestedDateTime!.getTime(), 7_200_000)
      const pending = yield* result(sent.CommandId, id)
      assert.deepInclude(pending, { Status: "Pending", ResponseCode: -1, ExecutionStartDateTime: "" })
      yield* passes("2 seconds")
      assert.deepInclude(yield* result(sent.CommandId, id), { Status: "InProgress", ResponseCode: -1 })
      yield* passes("5 seconds")
      assert.deepInclude(yield* result(sent.CommandId, id, "aws:runShellScript"), {
        Status: "Success",
        StatusDetails: "Success",
        PluginName: "aws:runShellScript",
        ResponseCode: 0,
        ExecutionElapsedTime: "PT3S",
        StandardErrorContent: ""
      })
      const { Commands = [] } = yield* Ssm.send(new ListCommandsCommand({ CommandId: sent.CommandId }))
      assert.deepInclude({ ...Commands[0] }, { Status: "Success", CompletedCount: 1, ErrorCount: 0 })
      const { CommandInvocations = [] } = yield* Ssm.send(
        new ListCommandInvocationsCommand({ CommandId: sent.CommandId, Details: true })
      )
      assert.deepEqual(
        CommandInvocations.map((
          { CommandPlugins, InstanceId, Status }
        ) => [InstanceId, Status, CommandPlugins?.[0]?.Name]),
        [[id, "Success", "aws:runShellScript"]]
      )
      assert.strictEqual(yield* codeOf(result(sent.CommandId, id, "aws:other")), "InvalidPluginName")
    })
  ),

  "runs a command on the instances with a tag, a few at a time": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/send-commands-multiple.html",
    Effect.gen(function*() {
      yield* profile("many")
      const ids = yield* launch("many", "many", 3)
      const { CommandId } = yield* send({ Targets: [{ Key: "tag:team", Values: ["many"] }], MaxConcurrency: "2" })
      const statuses = Effect.map(
        Ssm.send(new ListCommandInvocationsCommand({ CommandId })),
        ({ CommandInvocations = [] }) => CommandInvocations.map(({ Status }) => Status).toSorted()
      )
      yield* passes("2 seconds")
      assert.deepEqual(yield* statuses, ["InProgress", "InProgress", "Pending"])
      yield* passes("3 seconds")
      assert.deepEqual(yield* statuses, ["InProgress", "Success", "Success"])
      yield* passes("3 seconds")
      assert.deepEqual(yield* statuses, ["Success", "Success", "Success"])
      const list = (members: object) =>
        Effect.map(
          Ssm.send(new ListCommandInvocationsCommand({ CommandId, ...members })),
          ({ CommandInvocations = [] }) => CommandInvocations.length
        )
      assert.strictEqual(yield* list({ InstanceId: ids[0] }), 1)
      assert.strictEqual(yield* list({ Filters: [{ key: "Status", value: "Pending" }] }), 0)
      assert.strictEqual(yield* list({ Filters: [{ key: "DocumentName", value: "AWS-RunShellScript" }] }), 3)
    })
  ),

  "ends a command at once whose targets have no instance": believed(
    "the user guide has the detail No Instances In Tag, and the CLI's answers in bug reports show Success with it",
    Effect.gen(function*() {
      const { CommandId } = yield* send({ Targets: [{ Key: "tag:team", Values: ["nobody"] }] })
      const { Commands = [] } = yield* Ssm.send(new ListCommandsCommand({ CommandId }))
      assert.deepInclude({ ...Commands[0] }, { Status: "Success", StatusDetails: "NoInstancesInTag", TargetCount: 0 })
    })
  ),

  "refuses instances that aren't managed": believed(
    "the words are those of many bug reports",
    Effect.gen(function*() {
      const [id = ""] = yield* launch("refused")
      const [code, words] = yield* rejection(send({ InstanceIds: [id] }))
      assert.strictEqual(code, "InvalidInstanceId")
      assert.match(String(words), new RegExp(`^Instances \\[\\[${id}\\]\\] not in a valid state for account \\d{12}$`))
    })
  ),

  "checks the document and its parameters": documented(
    "API_SendCommand",
    Effect.gen(function*() {
      const Targets = [{ Key: "tag:team", Values: ["any"] }]
      assert.strictEqual(yield* codeOf(send({ Targets, DocumentName: "Nothing" })), "InvalidDocument")
      assert.strictEqual(
        yield* codeOf(send({ Targets, DocumentName: "AWS-StartSSHSession", Parameters: {} })),
        "InvalidDocument"
      )
      assert.strictEqual(yield* codeOf(send({ Targets, DocumentVersion: "9" })), "InvalidDocumentVersion")
      assert.strictEqual(yield* codeOf(send({ Targets, Parameters: {} })), "InvalidParameters")
      const wrong = { commands: ["uptime"], colour: ["red"] }
      assert.strictEqual(yield* codeOf(send({ Targets, Parameters: wrong })), "InvalidParameters")
    })
  ),

  "sends a command again to an instance that has stopped, until the command expires": documented(
    "API_Command says of ExpiresAfter that what is pending, delayed or in progress then times out",
    Effect.gen(function*() {
      yield* profile("away")
      const [before = "", during = "", restarted = ""] = yield* launch("away", "away", 3)
      const shell = (...InstanceIds: Array<string>) =>
        send({ InstanceIds, TimeoutSeconds: 600, Parameters: { commands: ["uptime"], executionTimeout: ["600"] } })
      const stop = (...InstanceIds: Array<string>) => Ec2.send(new StopInstancesCommand({ InstanceIds }))
      const { CommandId } = yield* shell(before, during, restarted)
      yield* stop(before, restarted)
      yield* passes("2 seconds")
      yield* stop(during)
      assert.deepInclude(yield* result(CommandId, before), { Status: "Delayed", StatusDetails: "Delayed" })
      assert.deepInclude(yield* result(CommandId, during), { Status: "InProgress" })
      yield* passes("2 minutes")
      yield* Ec2.send(new StartInstancesCommand({ InstanceIds: [restarted] }))
      yield* passes("3 minutes")
      assert.deepInclude(yield* result(CommandId, restarted), { Status: "Success", ExecutionElapsedTime: "PT3S" })
      assert.deepInclude(yield* result(CommandId, during), { Status: "InProgress", ResponseCode: -1 })
      yield* passes("20 minutes")
      for (const id of [before, during]) {
        assert.deepInclude(yield* result(CommandId, id), { Status: "TimedOut", StatusDetails: "DeliveryTimedOut" })
      }
      const { Commands = [] } = yield* Ssm.send(new ListCommandsCommand({ CommandId }))
      assert.deepInclude({ ...Commands[0] }, {
        Status: "TimedOut",
        StatusDetails: "DeliveryTimedOut",
        CompletedCount: 3,
        DeliveryTimedOutCount: 2
      })
    })
  ),

  "cancels a command": documented(
    "API_CancelCommand",
    Effect.gen(function*() {
      yield* profile("cancel")
      const ids = yield* launch("cancel", "cancel", 2)
      const { CommandId } = yield* send({ InstanceIds: ids, MaxConcurrency: "1" })
      yield* passes("2 seconds")
      yield* Ssm.send(new CancelCommandCommand({ CommandId }))
      assert.deepEqual(
        (yield* Effect.forEach(ids, (id) => result(CommandId, id))).map(({ Status }) => Status),
        ["Cancelling", "Cancelled"]
      )
      yield* passes("1 minute")
      assert.strictEqual((yield* result(CommandId, ids[0]!)).Status, "Cancelled")
      const { Commands = [] } = yield* Ssm.send(new ListCommandsCommand({ CommandId }))
      assert.strictEqual(Commands[0]?.Status, "Cancelled")
      const missing = "00000000-0000-0000-0000-000000000000"
      assert.strictEqual(
        yield* codeOf(Ssm.send(new CancelCommandCommand({ CommandId: missing }))),
        "InvalidCommandId"
      )
      assert.strictEqual(yield* codeOf(result(missing, ids[0]!)), "InvocationDoesNotExist")
    })
  ),

  "starts, resumes and ends a session": documented(
    "API_StartSession",
    Effect.gen(function*() {
      yield* profile("session")
      const [Target = ""] = yield* launch("session", "session")
      const status = Effect.map(Ssm.send(new GetConnectionStatusCommand({ Target })), ({ Status }) => Status)
      assert.strictEqual(yield* status, "connected")
      const { SessionId = "", StreamUrl = "", TokenValue } = yield* Ssm.send(
        new StartSessionCommand({
          Target,
          DocumentName: "AWS-StartPortForwardingSession",
          Parameters: { portNumber: ["5432"] },
          Reason: "look"
        })
      )
      assert.match(StreamUrl, /^wss:\/\/ssmmessages\.[\w-]+\.amazonaws\.com\/v1\/data-channel\//)
      assert.include(StreamUrl, SessionId)
      assert.isNotEmpty(TokenValue)
      const list = (State: "Active" | "History") =>
        Effect.map(
          Ssm.send(new DescribeSessionsCommand({ State, Filters: [{ key: "Target", value: Target }] })),
          ({ Sessions = [] }) => Sessions.map((session) => [session.SessionId, session.Status, session.Reason])
        )
      assert.deepEqual(yield* list("Active"), [[SessionId, "Connected", "look"]])
      const resume = Ssm.send(new ResumeSessionCommand({ SessionId }))
      assert.notStrictEqual((yield* resume).TokenValue, TokenValue)
      yield* Ssm.send(new TerminateSessionCommand({ SessionId }))
      assert.deepEqual(yield* list("Active"), [])
      assert.deepEqual(yield* list("History"), [[SessionId, "Terminated", "look"]])
      assert.strictEqual(yield* codeOf(resume), "DoesNotExistException")
      const missing = new StartSessionCommand({ Target: "i-00000000000000000" })
      assert.strictEqual(yield* codeOf(Ssm.send(missing)), "TargetNotConnected")
    })
  )
})
