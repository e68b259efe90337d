// Documents that AWS owns: those that programs use most, by AWS's documentation in November 2026, "Systems Manager Command document
// plugin reference" and "Session document schema". Their contents here have their parameters and steps, not AWS's scripts.
import { createHash } from "node:crypto"
import type { DocumentParameter, Outline, Step } from "./outline.ts"

const text = (name: string, description: string, byDefault?: string, allowedValues?: ReadonlyArray<string>) => ({
  name,
  type: "String",
  description,
  ...(byDefault !== undefined && { default: byDefault }),
  ...(allowedValues !== undefined && { allowedValues })
})

const script: ReadonlyArray<DocumentParameter> = [
  { name: "commands", type: "StringList", description: "The commands to run.", minItems: 1 },
  text("workingDirectory", "The directory in which they run.", ""),
  {
    ...text("executionTimeout", "The seconds after which they are counted as failed.", "3600"),
    allowedPattern: "([1-9][0-9]{0,4})|(1[0-6][0-9]{4})|(17[0-1][0-9]{3})|(172[0-7][0-9]{2})|(172800)"
  }
]

const port = text("portNumber", "The port of the instance.", "80")
const localPort = text("localPortNumber", "The port of the client.", "0")

interface AwsDocument {
  readonly type: "Automation" | "Command" | "Policy" | "Session"
  readonly schemaVersion: string
  readonly description: string
  readonly parameters: ReadonlyArray<DocumentParameter>
  readonly steps: ReadonlyArray<Step>
}

const step = (action: string, name = action): Step => ({ name, action })

const command = (
  description: string,
  parameters: ReadonlyArray<DocumentParameter>,
  steps: ReadonlyArray<Step>,
  schemaVersion = "2.2"
): AwsDocument => ({ type: "Command", schemaVersion, description, parameters, steps })

const session = (description: string, parameters: ReadonlyArray<DocumentParameter>): AwsDocument => ({
  type: "Session",
  schemaVersion: "1.0",
  description,
  parameters,
  steps: []
})

const automation = (description: string, action: string): AwsDocument => ({
  type: "Automation",
  schemaVersion: "0.3",
  description,
  parameters: [
    { name: "InstanceId", type: "StringList", description: "The instances." },
    text("AutomationAssumeRole", "The role in which it runs.", "")
  ],
  steps: [step("aws:changeInstanceState", action)]
})

const documents: Readonly<Record<string, AwsDocument>> = {
  "AWS-RunShellScript": command("Run a shell script.", script, [step("aws:runShellScript")], "1.2"),
  "AWS-RunPowerShellScript": command("Run a PowerShell script.", script, [step("aws:runPowerShellScript")], "1.2"),
  "AWS-ConfigureAWSPackage": command("Install or uninstall a package.", [
    text("action", "What to do.", undefined, ["Install", "Uninstall"]),
    text("installationType", "How to update.", "Uninstall and reinstall", [
      "Uninstall and reinstall",
      "In-place update"
    ]),
    text("name", "The package."),
    text("version", "The version of the package.", ""),
    text("additionalArguments", "Arguments of its scripts.", "{}")
  ], [step("aws:configurePackage", "configurePackage")]),
  "AWS-RunPatchBaseline": command("Scan for patches or install them.", [
    text("Operation", "What to do.", undefined, ["Scan", "Install"]),
    text("AssociationId", "The association.", ""),
    text("SnapshotId", "The snapshot of the baseline.", ""),
    text("InstallOverrideList", "A list of patches to install.", ""),
    text("BaselineOverride", "A list of baselines.", ""),
    text("RebootOption", "Whether to reboot.", "RebootIfNeeded", ["RebootIfNeeded", "NoReboot"])
  ], [
    step("aws:runPowerShellScript", "PatchWindows"),
    step("aws:runShellScript", "PatchLinux"),
    step("aws:runShellScript", "PatchMacOS")
  ]),
  "AWS-RunRemoteScript": command("Run a script from a remote location.", [
    text("sourceType", "Where it is.", undefined, ["GitHub", "S3"]),
    { name: "sourceInfo", type: "StringMap", description: "How to get it.", default: {} },
    text("commandLine", "The command line.", ""),
    text("workingDirectory", "The directory in which it runs.", ""),
    text("executionTimeout", "The seconds after which it is counted as failed.", "3600")
  ], [
    step("aws:downloadContent", "downloadContent"),
    step("aws:runPowerShellScript", "runPowerShellScript"),
    step("aws:runShellScript", "runShellScript")
  ]),
  "AWS-UpdateSSMAgent": command(
    "Update the agent.",
    [
      text("version", "The version.", ""),
      text("allowDowngrade", "Whether an older version may be installed.", "false", ["true", "false"])
    ],
    [step("aws:updateSsmAgent")],
    "1.2"
  ),
  "AmazonCloudWatch-ManageAgent": command("Control the CloudWatch agent.", [
    text("action", "What to do.", "configure", [
      "configure",
      "configure (append)",
      "configure (remove)",
      "start",
      "status",
      "stop"
    ]),
    text("mode", "Where the instance is.", "ec2", ["ec2", "onPremise", "auto"]),
    text("optionalConfigurationSource", "Where the configuration is.", "ssm", ["ssm", "default", "all"]),
    text("optionalConfigurationLocation", "The parameter that has it.", ""),
    text("optionalRestart", "Whether to restart the agent.", "yes", ["yes", "no"])
  ], [
    step("aws:runPowerShellScript", "ControlCloudWatchAgentWindows"),
    step("aws:runShellScript", "ControlCloudWatchAgentLinux")
  ]),
  "AWS-GatherSoftwareInventory": {
    type: "Policy",
    schemaVersion: "2.0",
    description: "Gather the inventory of instances.",
    parameters: ["applications", "awsComponents", "networkConfig", "windowsUpdates", "instanceDetailedInformation"].map(
      (
        name
      ) => text(name, `Whether to gather ${name}.`, "Enabled", ["Enabled", "Disabled"])
    ),
    steps: [step("aws:softwareInventory", "collectSoftwareInventoryItems")]
  },
  "AWS-StartInteractiveCommand": session("Run one command interactively.", [text("command", "The command.")]),
  "AWS-StartNonInteractiveCommand": session("Run one command.", [text("command", "The command.")]),
  "AWS-StartPortForwardingSession": session("Forward a port.", [port, localPort]),
  "AWS-StartPortForwardingSessionToRemoteHost": session("Forward a port to another host.", [
    text("host", "The host, as the instance knows it."),
    port,
    localPort
  ]),
  "AWS-StartSSHSession": session("Forward SSH.", [{ ...port, default: "22" }]),
  "AWS-RestartEC2Instance": automation("Restart instances.", "restartInstances"),
  "AWS-StartEC2Instance": automation("Start instances.", "startInstances"),
  "AWS-StopEC2Instance": automation("Stop instances.", "stopInstances"),
  "AWS-TerminateEC2Instance": automation("Terminate instances.", "terminateInstances")
}

const contentOf = ({ description, parameters, schemaVersion, steps, type }: AwsDocument): string =>
  JSON.stringify(
    {
      schemaVersion,
      description,
      ...(type === "Session" && { sessionType: "Standard_Stream" }),
      parameters: Object.fromEntries(parameters.map(({ name, ...parameter }) => [name, parameter])),
      ...(schemaVersion === "1.2"
        ? { runtimeConfig: Object.fromEntries(steps.map(({ action }) => [action, { properties: [] }])) }
        : steps.length > 0 && { mainSteps: steps.map(({ action, name }) => ({ action, name, inputs: {} })) })
    },
    undefined,
    2
  )

export const hashOf = (content: string): string => createHash("sha256").update(content).digest("hex")

/** When AWS made its documents. */
const created = new Date("2017-11-09T23:46:00.000Z")

export const awsDocumentNames: ReadonlyArray<string> = Object.keys(documents)

/** A document that AWS owns, as the state has documents. */
export const awsDocument = (name: string) => {
  if (!Object.hasOwn(documents, name)) return undefined
  const document = documents[name]!
  const content = contentOf(document)
  const { description, parameters, schemaVersion, steps, type } = document
  const outline: Outline = { schemaVersion, description, parameters, steps }
  return {
    name,
    owner: "Amazon",
    type,
    created,
    defaultVersion: 1,
    versions: [{ version: 1, content, format: "JSON" as const, created, hash: hashOf(content), outline }],
    nextVersion: 2,
    shared: [],
    tags: []
  }
}
