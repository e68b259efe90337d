/** The labels of versions, and the tags of parameters and maintenance windows. */
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { tellChange } from "./events.ts"
import { checkOwn, trimmed } from "./names.ts"
import * as Parameters from "./parameters.ts"
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

/** The parameter or the maintenance window whose tags a request is about. */
const tagged = Effect.fnUntraced(function*(state: Ssm.State, { ResourceId, ResourceType }: {
  readonly ResourceType: string
  readonly ResourceId: string
}) {
  if (ResourceType !== "Parameter" && ResourceType !== "MaintenanceWindow") {
    return yield* unsupported(`The in-memory SSM doesn't have the tags of a resource of type ${ResourceType}.`)
  }
  const resource = ResourceType === "Parameter"
    ? yield* Parameters.lookup(state, trimmed(ResourceId))
    : state.windows.get(ResourceId)
  return resource ?? (yield* new Fault({ code: "InvalidResourceId", message: "Invalid Resource Id" }))
})

export const labels: Ssm.SsmHandlers = {
  LabelParameterVersion: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, { Name: Ssm.parameterName, Labels })
    const name = trimmed(checked.Name)
    yield* checkOwn(name)
    const parameter = yield* Parameters.get(state, name)
    const target = yield* versionOf(parameter, checked.ParameterVersion ?? Parameters.newest(parameter).version)
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
    if (valid.length > 0) {
      tellChange(parameter.name, Parameters.newest(parameter), "LabelParameterVersion", context)
    }
    return { InvalidLabels: checked.Labels.filter((label) => !isLabel(label)), ParameterVersion: target }
  }),

  UnlabelParameterVersion: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Ssm.check(input, { Name: Ssm.parameterName, ParameterVersion: { required: true }, Labels })
    const name = trimmed(checked.Name)
    yield* checkOwn(name)
    const parameter = yield* Parameters.get(state, name)
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
    const target = yield* tagged(state, checked)
    target.tags = yield* Ssm.tags.add(target.tags, checked.Tags)
    return {}
  }),

  ListTagsForResource: Effect.fnUntraced(function*(input, state) {
    const target = yield* tagged(state, yield* Ssm.check(input, resource))
    return { TagList: [...target.tags] }
  }),

  RemoveTagsFromResource: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Ssm.check(input, { ...resource, TagKeys: { required: true, each: Ssm.tagKeyRule } })
    const target = yield* tagged(state, checked)
    target.tags = Ssm.tags.remove(target.tags, checked.TagKeys)
    return {}
  })
}
