/** In-memory EC2: launch templates. Their versions are in `launchTemplateVersions.ts`. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { combination, fault, missing, required } from "./faults.ts"
import { type Filters, matching, page } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import { launchTemplates } from "./kinds.ts"
import { keptData, warningOf } from "./launchTemplateData.ts"
import type { Ec2Handlers, LaunchTemplate, LaunchTemplateVersion, State } from "./state.ts"
import { newTags, tagsIfAny } from "./tags.ts"

/** How a request names a template: by one of the two. */
export interface TemplateName {
  readonly LaunchTemplateId?: string | undefined
  readonly LaunchTemplateName?: string | undefined
}

const nameForm = /^[a-zA-Z0-9().\-/_]{3,128}$/
const nameRule =
  "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _."

const idForm = /^lt-([0-9a-f]{8}|[0-9a-f]{17})$/

const malformedId = (id: string) =>
  fault(launchTemplates.malformed, `Invalid id: "${id}" (expecting "${launchTemplates.prefix}...")`)

export const named = ({ launchTemplates }: State, name: string): LaunchTemplate | undefined =>
  [...launchTemplates.values()].find(({ LaunchTemplateName }) => LaunchTemplateName === name)

/** Finds the template that a request names by its id or by its name, not by both. */
export const findTemplate = Effect.fnUntraced(function*(
  state: State,
  { LaunchTemplateId: id, LaunchTemplateName: name }: TemplateName,
  /** What the request does, in the words of AWS's message. */
  purpose: string
) {
  if (id !== undefined && name !== undefined) {
    return yield* combination(`Either provide launch template ID or launch template name to ${purpose}.`)
  }
  if (id !== undefined) {
    const found = state.launchTemplates.get(id)
    if (found !== undefined) return found
    return yield* idForm.test(id)
      ? fault(launchTemplates.notFound, `The specified launch template, with template ID ${id}, does not exist.`)
      : malformedId(id)
  }
  if (name === undefined) return yield* missing("launch template ID or launch template name")
  if (!nameForm.test(name)) return yield* fault("InvalidLaunchTemplateName.MalformedException", nameRule)
  return named(state, name) ?? (yield* fault(
    "InvalidLaunchTemplateName.NotFoundException",
    `The specified launch template, with template name ${name}, does not exist.`
  ))
})

/** The version that a request means by `$Latest`, `$Default` or a number; the default one if it names none. */
export const versionOf = (template: LaunchTemplate, version = "$Default"): LaunchTemplateVersion | undefined =>
  template.versions.get(
    version === "$Latest"
      ? template.LatestVersionNumber
      : version === "$Default"
      ? template.DefaultVersionNumber
      : /^\d+$/.test(version)
      ? Number(version)
      : 0
  )

export const findVersion = Effect.fnUntraced(function*(template: LaunchTemplate, version: string | undefined) {
  return versionOf(template, version) ?? (yield* fault(
    "InvalidLaunchTemplateId.VersionNotFound",
    `Could not find the specified version ${version} for the launch template with ID ${template.LaunchTemplateId}.`
  ))
})

/** The version of a template that a request to launch instances names, if it does. */
export const requestedVersion = Effect.fnUntraced(function*(
  state: State,
  specification: sdk.LaunchTemplateSpecification | undefined
) {
  if (specification === undefined) return undefined
  const { LaunchTemplateId, LaunchTemplateName, Version } = specification
  if (LaunchTemplateName !== undefined && !nameForm.test(LaunchTemplateName)) {
    return yield* fault("InvalidLaunchTemplateName.Malformed", nameRule)
  }
  const template = yield* findTemplate(state, { LaunchTemplateId, LaunchTemplateName }, "launch instances")
  return yield* findVersion(template, Version)
})

const describe = ({ Tags, next: _1, versions: _2, ...template }: LaunchTemplate): sdk.LaunchTemplate => ({
  ...template,
  ...tagsIfAny(Tags)
})

export const checkDescription = Effect.fnUntraced(function*(description: string | undefined) {
  return description === undefined || description.length <= 255
    ? description
    : yield* fault("InvalidParameterValue", "The version description can be at most 255 characters long.")
})

/** Adds a version with the next number, which becomes the latest one. */
export const addVersion = (
  template: LaunchTemplate,
  { principal }: HandlerContext,
  now: number,
  LaunchTemplateData: sdk.ResponseLaunchTemplateData,
  VersionDescription: string | undefined
): LaunchTemplateVersion => {
  const version: LaunchTemplateVersion = {
    LaunchTemplateId: template.LaunchTemplateId,
    LaunchTemplateName: template.LaunchTemplateName,
    VersionNumber: template.next++,
    VersionDescription,
    CreateTime: new Date(now),
    CreatedBy: principal.arn,
    LaunchTemplateData,
    Operator: { Managed: false }
  }
  template.versions.set(version.VersionNumber, version)
  template.LatestVersionNumber = version.VersionNumber
  return version
}

const templateFilters: Filters<LaunchTemplate> = {
  "create-time": (template) => template.CreateTime,
  "launch-template-name": (template) => template.LaunchTemplateName
}

export const templateSizes = { least: 1, most: 200 }

/** The templates with these ids and names. Fails if one of them doesn't exist. */
const selected = Effect.fnUntraced(function*(
  state: State,
  ids: ReadonlyArray<string>,
  names: ReadonlyArray<string>
) {
  const absent = "At least one of the launch templates specified in the request does not exist."
  const malformed = ids.find((id) => !idForm.test(id))
  if (malformed !== undefined) return yield* malformedId(malformed)
  if (names.some((name) => !nameForm.test(name))) {
    return yield* fault("InvalidLaunchTemplateName.MalformedException", nameRule)
  }
  const byId = ids.map((id) => state.launchTemplates.get(id))
  if (byId.includes(undefined)) return yield* fault(launchTemplates.notFound, absent)
  const byName = names.map((name) => named(state, name))
  if (byName.includes(undefined)) return yield* fault("InvalidLaunchTemplateName.NotFoundException", absent)
  return new Set([...byId, ...byName] as ReadonlyArray<LaunchTemplate>)
})

export const handlers: Ec2Handlers = {
  CreateLaunchTemplate: Effect.fnUntraced(function*(input, state, context) {
    const id = yield* idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const name = yield* required(input.LaunchTemplateName, "LaunchTemplateName")
        if (!nameForm.test(name)) return yield* fault("InvalidLaunchTemplateName.MalformedException", nameRule)
        const data = yield* keptData(input.LaunchTemplateData)
        const description = yield* checkDescription(input.VersionDescription)
        const tags = yield* newTags(input.TagSpecifications, "launch-template")
        if (named(state, name) !== undefined) {
          return yield* fault(
            "InvalidLaunchTemplateName.AlreadyExistsException",
            "Launch template name already in use."
          )
        }
        const now = yield* Clock.currentTimeMillis
        const template: LaunchTemplate = {
          LaunchTemplateId: context.id("lt-0", 16),
          LaunchTemplateName: name,
          CreateTime: new Date(now),
          CreatedBy: context.principal.arn,
          DefaultVersionNumber: 1,
          LatestVersionNumber: 1,
          Tags: tags,
          Operator: { Managed: false },
          versions: new Map(),
          next: 1
        }
        addVersion(template, context, now, data, description)
        state.launchTemplates.set(template.LaunchTemplateId, template)
        return template.LaunchTemplateId
      }),
      answer: (id) => state.launchTemplates.has(id) ? id : undefined
    })
    const template = state.launchTemplates.get(id)!
    return {
      LaunchTemplate: describe(template),
      Warning: yield* warningOf(state, context, template.versions.get(1)?.LaunchTemplateData)
    }
  }),

  DescribeLaunchTemplates: Effect.fnUntraced(function*(input, state, context) {
    const { Filters, LaunchTemplateIds: ids = [], LaunchTemplateNames: names = [] } = input
    const all = ids.length + names.length > 0 ? yield* selected(state, ids, names) : state.launchTemplates.values()
    const found = yield* matching(context, all, Filters, templateFilters, ({ Tags }) => Tags)
    const [templates, NextToken] = yield* page(
      context,
      found,
      input,
      ({ LaunchTemplateId }) => LaunchTemplateId,
      templateSizes
    )
    return { LaunchTemplates: templates.map(describe), NextToken }
  }),

  ModifyLaunchTemplate: Effect.fnUntraced(function*(input, state, context) {
    const id = yield* idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const template = yield* findTemplate(state, input, "modify the template")
        const number = yield* required(input.DefaultVersion, "SetDefaultVersion")
        const version = versionOf(template, number)
        if (version === undefined) {
          return yield* fault(
            "InvalidLaunchTemplateId.VersionNotFound",
            `The launch template version ${number} is not found for the specified launch template.`
          )
        }
        template.DefaultVersionNumber = version.VersionNumber
        return template.LaunchTemplateId
      }),
      answer: (id) => state.launchTemplates.has(id) ? id : undefined
    })
    return { LaunchTemplate: describe(state.launchTemplates.get(id)!) }
  }),

  DeleteLaunchTemplate: Effect.fnUntraced(function*(input, state) {
    const template = yield* findTemplate(state, input, "delete the template")
    state.launchTemplates.delete(template.LaunchTemplateId)
    return { LaunchTemplate: describe(template) }
  })
}
