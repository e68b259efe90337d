/** The labels of versions, and the tags of parameters. */
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import * as Ssm from "./state.ts"

const Labels = { required: true, min: 1, max: 10, each: { min: 1, max: 100 } } as const

const isLabel = (label: string): boolean => /^(?!aws|ssm|\d)[\w.-]+$/i.test(label)

const versionOf = (parameter: Ssm.Parameter, wanted: number) =>
  parameter.versions.some(({ version }) => version === wanted)
    ? Effect.succeed(wanted)
    : Effect.fail(Ssm.versionNotFound(parameter.name, wanted))

const resource = {
  ResourceType: {
    required: true,
    enum: [
      "Document",
      "ManagedInstance",
      "MaintenanceWindow",
      "Parameter",
      "PatchBaseline",
      "OpsItem",
      "OpsMetadata",
      "Automation",
      "Association"
    ]
  },
  ResourceId: { required: true }
} as const

/** The parameter whose tags a request is about. */
const taggedParameter = (state: Ssm.State, { ResourceId, ResourceType }: {
  readonly ResourceType: string
  readonly ResourceId: string
}) => {
  if (ResourceType !== "Parameter") {
    return unsupported(`The in-memory SSM doesn't have the tags of a resource of type ${ResourceType}.`)
  }
  const parameter = state.parameters.get(ResourceId)
  return parameter === undefined
    ? Effect.fail(new Fault({ code: "InvalidResourceId", message: "Invalid Resource Id" }))
    : Effect.succeed(parameter)
}

export const labels: Ssm.SsmHandlers = {
  LabelParameterVersion: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Ssm.check(input, { Name: Ssm.parameterName, Labels })
    const parameter = yield* Ssm.get(state, checked.Name)
    const target = yield* versionOf(parameter, checked.ParameterVersion ?? Ssm.newest(parameter).version)
    const valid = checked.Labels.filter(isLabel)
    // A label that another version has moves to this one.
    const versions = parameter.versions.map((version) => ({
      ...version,
      labels: version.version === target
        ? [...new Set([...version.labels, ...valid])]
        : version.labels.filter((label) => !valid.includes(label))
    }))
    if (versions.some(({ labels }) => labels.length > 10)) {
      return yield* new Fault({
        code: "ParameterVersionLabelLimitExceeded",
        message:
          "A parameter version can have maximum 10 labels.Move one or more labels to another version and try again."
      })
    }
    parameter.versions = versions
    return { InvalidLabels: checked.Labels.filter((label) => !isLabel(label)), ParameterVersion: target }
  }),

  UnlabelParameterVersion: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Ssm.check(input, { Name: Ssm.parameterName, ParameterVersion: { required: true }, Labels })
    const parameter = yield* Ssm.get(state, checked.Name)
    const target = yield* versionOf(parameter, checked.ParameterVersion)
    const before = parameter.versions.find(({ version }) => version === target)!.labels
    parameter.versions = parameter.versions.map((version) =>
      version.version === target
        ? { ...version, labels: version.labels.filter((label) => !checked.Labels.includes(label)) }
        : version
    )
    return {
      RemovedLabels: checked.Labels.filter((label) => before.includes(label)),
      InvalidLabels: checked.Labels.filter((label) => !before.includes(label))
    }
  }),

  AddTagsToResource: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Ssm.check(input, { ...resource, Tags: { required: true, ...Ssm.tagRules } })
    const parameter = yield* taggedParameter(state, checked)
    parameter.tags = yield* Ssm.tags.add(parameter.tags, checked.Tags)
    return {}
  }),

  ListTagsForResource: Effect.fnUntraced(function*(input, state) {
    const parameter = yield* taggedParameter(state, yield* Ssm.check(input, resource))
    return { TagList: [...parameter.tags] }
  }),

  RemoveTagsFromResource: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Ssm.check(input, { ...resource, TagKeys: { required: true, each: Ssm.tagKeyRule } })
    const parameter = yield* taggedParameter(state, checked)
    parameter.tags = Ssm.tags.remove(parameter.tags, checked.TagKeys)
    return {}
  })
}
