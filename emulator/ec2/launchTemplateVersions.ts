/** In-memory EC2: the versions of launch templates. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { unsupported } from "../engine/unsupported.ts"
import { descending, numberKey } from "../support/order.ts"
import { combination, fault, invalidValue, missing } from "./faults.ts"
import { absent, type Filters, matching, page } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import { inherited, isAlias, keptData, keptWhole, warningOf } from "./launchTemplateData.ts"
import {
  addVersion,
  checkDescription,
  findTemplate,
  findVersion,
  type TemplateName,
  templateSizes,
  versionOf
} from "./launchTemplates.ts"
import type { Ec2Handlers, LaunchTemplate, LaunchTemplateVersion, State } from "./state.ts"

const described = (template: LaunchTemplate, version: LaunchTemplateVersion): sdk.LaunchTemplateVersion => ({
  ...version,
  DefaultVersion: version.VersionNumber === template.DefaultVersionNumber
})

/** Dies if the request wants the id of an image that a parameter names. */
const checkAlias = (resolves: boolean | undefined, versions: Iterable<LaunchTemplateVersion>) =>
  resolves === true && [...versions].some(({ LaunchTemplateData: { ImageId } }) => isAlias(ImageId))
    ? unsupported("The in-memory EC2 doesn't support ResolveAlias for an ImageId that names a parameter. Leave it out.")
    : Effect.void

const versionFilters: Filters<sdk.LaunchTemplateVersion> = {
  ...absent("host-resource-group-arn"),
  "create-time": (version) => version.CreateTime,
  "ebs-optimized": ({ LaunchTemplateData: data }) => data?.EbsOptimized,
  "http-endpoint": ({ LaunchTemplateData: data }) => data?.MetadataOptions?.HttpEndpoint,
  "http-protocol-ipv4": ({ LaunchTemplateData: data }) => data?.MetadataOptions && "enabled",
  "http-tokens": ({ LaunchTemplateData: data }) => data?.MetadataOptions?.HttpTokens,
  "iam-instance-profile": ({ LaunchTemplateData: data }) => data?.IamInstanceProfile?.Arn,
  "image-id": ({ LaunchTemplateData: data }) => data?.ImageId,
  "instance-type": ({ LaunchTemplateData: data }) => data?.InstanceType,
  "is-default-version": (version) => version.DefaultVersion,
  "kernel-id": ({ LaunchTemplateData: data }) => data?.KernelId,
  "license-configuration-arn": ({ LaunchTemplateData: data }) =>
    data?.LicenseSpecifications?.map(({ LicenseConfigurationArn }) => LicenseConfigurationArn),
  "network-card-index": ({ LaunchTemplateData: data }) =>
    data?.NetworkInterfaces?.map(({ NetworkCardIndex }) => NetworkCardIndex),
  "ram-disk-id": ({ LaunchTemplateData: data }) => data?.RamDiskId
}

// The message of AWS, with the options of its command line in curly quotes.
const howToDescribe =
  "To describe the launch template data for all your launch templates, for ‘--versions’ specify ‘$Latest’, ‘$Default’, or both, and omit ‘--launch-template-id’, ‘--launch-template-name’, and version numbers. To describe the launch template data for a specific launch template, specify ‘--launch-template-id’ or ‘--launch-template-name’, and for ‘--versions’ specify one or more of the following values: ‘$Latest’, ‘$Default’, or one or more version numbers."

const bound = Effect.fnUntraced(function*(value: string | undefined, parameter: string) {
  if (value === undefined) return undefined
  return /^\d+$/.test(value) ? Number(value) : yield* invalidValue(value, parameter, "It must be a version number.")
})

/** The versions that a request selects of one template. */
const ofTemplate = Effect.fnUntraced(
  function*(template: LaunchTemplate, input: sdk.DescribeLaunchTemplateVersionsRequest) {
    const { Versions = [] } = input
    const min = yield* bound(input.MinVersion, "MinVersion")
    const max = yield* bound(input.MaxVersion, "MaxVersion")
    if (Versions.length > 0) {
      if (min !== undefined || max !== undefined) {
        return yield* combination("The parameter Versions cannot be used with the parameters MinVersion and MaxVersion")
      }
      return [...new Set(yield* Effect.forEach(Versions, (version) => findVersion(template, version)))]
    }
    return [...template.versions.values()].filter(({ VersionNumber }) =>
      (min === undefined || VersionNumber >= min) && (max === undefined || VersionNumber <= max)
    )
  }
)

/** The latest or the default versions of all templates. */
const ofAll = Effect.fnUntraced(function*(state: State, input: sdk.DescribeLaunchTemplateVersionsRequest) {
  const { MaxVersion, MinVersion, Versions = [] } = input
  if (Versions.length === 0) return yield* fault("MissingParameter", howToDescribe)
  const isNumbered = Versions.some((version) => version !== "$Latest" && version !== "$Default")
  if (isNumbered || MinVersion !== undefined || MaxVersion !== undefined) {
    return yield* fault("InvalidParameterValue", howToDescribe)
  }
  return [...state.launchTemplates.values()].flatMap((template) =>
    Array.from(new Set(Versions.map((version) => versionOf(template, version)!)))
  )
})

const deletion = (template: TemplateName, version: string) => ({
  LaunchTemplateId: template.LaunchTemplateId,
  LaunchTemplateName: template.LaunchTemplateName,
  VersionNumber: Number(version)
})

const failures: Readonly<Record<string, sdk.LaunchTemplateErrorCode>> = {
  "InvalidLaunchTemplateId.NotFound": "launchTemplateIdDoesNotExist",
  "InvalidLaunchTemplateId.Malformed": "launchTemplateIdMalformed",
  "InvalidLaunchTemplateName.NotFoundException": "launchTemplateNameDoesNotExist",
  "InvalidLaunchTemplateName.MalformedException": "launchTemplateNameMalformed"
}

/** Why a version can't be deleted, if it can't. */
const hindrance = (template: LaunchTemplate, version: string): sdk.ResponseError | undefined => {
  if (!template.versions.has(Number(version))) {
    return {
      Code: "launchTemplateVersionDoesNotExist",
      Message: `The specified launch template version, ${version}, does not exist.`
    }
  }
  return Number(version) === template.DefaultVersionNumber
    ? {
      Code: "unexpectedError",
      Message: `Cannot delete launch template version ${version}. It is the default version of the launch template.`
    }
    : undefined
}

export const handlers: Ec2Handlers = {
  CreateLaunchTemplateVersion: Effect.fnUntraced(function*(input, state, context) {
    const { ResolveAlias } = input
    const found = (id: string) => {
      const [template = "", number] = id.split("/")
      return state.launchTemplates.get(template)?.versions.get(Number(number))
    }
    const version = yield* idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const template = yield* findTemplate(state, input, "create a new version of the template")
        const source = input.SourceVersion === undefined ? undefined : yield* findVersion(template, input.SourceVersion)
        // What is inherited was checked with its own version.
        const own = source === undefined
          ? yield* keptData(input.LaunchTemplateData)
          : yield* keptWhole(input.LaunchTemplateData ?? {})
        const description = yield* checkDescription(input.VersionDescription)
        const data = source === undefined ? own : { ...inherited(source.LaunchTemplateData), ...own }
        const now = yield* Clock.currentTimeMillis
        const { VersionNumber } = addVersion(template, context, now, data, description)
        return `${template.LaunchTemplateId}/${VersionNumber}`
      }),
      answer: found
    })
    yield* checkAlias(ResolveAlias, [version])
    return {
      LaunchTemplateVersion: described(state.launchTemplates.get(version.LaunchTemplateId)!, version),
      Warning: yield* warningOf(state, context, version.LaunchTemplateData)
    }
  }),

  DescribeLaunchTemplateVersions: Effect.fnUntraced(function*(input, state, context) {
    const isOfAll = input.LaunchTemplateId === undefined && input.LaunchTemplateName === undefined
    const selected = isOfAll
      ? yield* ofAll(state, input)
      : yield* ofTemplate(yield* findTemplate(state, input, "describe the versions of the template"), input)
    yield* checkAlias(input.ResolveAlias, selected)
    const all = selected.map((version) => described(state.launchTemplates.get(version.LaunchTemplateId)!, version))
    const found = yield* matching(context, all, input.Filters, versionFilters)
    // The newest version of each template comes first.
    const [LaunchTemplateVersions, NextToken] = yield* page(
      context,
      found,
      input,
      ({ LaunchTemplateId, VersionNumber = 0 }) => `${LaunchTemplateId} ${descending(numberKey(VersionNumber))}`,
      templateSizes
    )
    return { LaunchTemplateVersions: [...LaunchTemplateVersions], NextToken }
  }),

  DeleteLaunchTemplateVersions: Effect.fnUntraced(function*(input, state) {
    const { Versions = [] } = input
    if (Versions.length === 0) return yield* missing("LaunchTemplateVersion")
    const unnumbered = Versions.find((version) => !/^\d+$/.test(version))
    if (unnumbered !== undefined) {
      return yield* invalidValue(unnumbered, "LaunchTemplateVersion", "It must be a version number.")
    }
    if (Versions.length > 200) {
      return yield* fault("InvalidParameterValue", "You can delete at most 200 launch template versions in a request.")
    }
    const failed: Array<sdk.DeleteLaunchTemplateVersionsResponseErrorItem> = []
    const deleted: Array<sdk.DeleteLaunchTemplateVersionsResponseSuccessItem> = []
    const template = yield* Effect.catchIf(
      findTemplate(state, input, "delete the versions"),
      ({ code }) => Object.hasOwn(failures, code),
      ({ code, message }) => {
        const ResponseError: sdk.ResponseError = { Code: failures[code], Message: message }
        failed.push(...Versions.map((version) => ({ ...deletion(input, version), ResponseError })))
        return Effect.undefined
      }
    )
    if (template !== undefined) {
      for (const version of Versions) {
        const ResponseError = hindrance(template, version)
        if (ResponseError !== undefined) failed.push({ ...deletion(template, version), ResponseError })
        else {
          template.versions.delete(Number(version))
          deleted.push(deletion(template, version))
        }
      }
      template.LatestVersionNumber = Math.max(...template.versions.keys())
    }
    return {
      SuccessfullyDeletedLaunchTemplateVersions: deleted,
      UnsuccessfullyDeletedLaunchTemplateVersions: failed
    }
  })
}
