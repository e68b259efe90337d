/** Managed policies and their versions. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { descending, numberKey } from "../support/order.ts"
import { checkPolicy, encoded } from "./documents.ts"
import * as Iam from "./state.ts"

/** The path of a managed policy, from its ARN. */
export const pathIn = (arn: string): string => arn.slice(arn.indexOf("/"), arn.lastIndexOf("/") + 1)

// There are too many AWS managed policies to keep here, and they change too often, so any name is accepted.
export const isAwsManaged = (arn: string): boolean => parseArn(arn)?.account === "aws"

const isPolicyArn = (arn: string): boolean => {
  const { account = "", region, resource = "", service } = parseArn(arn) ?? {}
  return service === "iam" && region === "" && /^(?:aws|\d{12})$/.test(account) &&
    /^policy\/(?:[\x21-\x7e]+\/)?[\w+=,.@-]+$/.test(resource)
}

export const checkArn = (arn: string, refuse: (message: string) => Fault = Iam.validation) =>
  isPolicyArn(arn)
    ? Effect.succeed(arn)
    : Effect.fail(refuse(arn.startsWith("arn:") ? `ARN ${arn} is not valid.` : "Invalid ARN:  Could not be parsed!"))

/** Checks the ARN of a permissions boundary. */
export const checkBoundary = Effect.fnUntraced(function*(state: Iam.State, given: string) {
  const arn = yield* checkArn(given, Iam.invalidInput)
  if (!isAwsManaged(arn) && !state.policies.has(arn)) {
    return yield* Iam.noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)
  }
  return arn
})

export const findPolicy = Effect.fnUntraced(function*(state: Iam.State, given: string) {
  const arn = yield* checkArn(given)
  if (isAwsManaged(arn)) {
    return yield* unsupported(
      `The in-memory IAM doesn't have the document and the versions of ${arn}: it knows AWS managed policies by name only.`
    )
  }
  return state.policies.get(arn) ?? (yield* Iam.noSuchEntity(`Policy ${arn} was not found.`))
})

/** Finds a policy that the caller may change, which excludes AWS managed policies. */
export const findOwnPolicy = Effect.fnUntraced(function*(
  state: Iam.State,
  arn: string,
  { operation, principal }: HandlerContext
) {
  if (isAwsManaged(yield* checkArn(arn))) {
    return yield* Iam.accessDenied(
      `User: ${principal.arn} is not authorized to perform: iam:${operation} on resource: policy ${arn}`
    )
  }
  return yield* findPolicy(state, arn)
})

const noVersion = (arn: string, version: string) =>
  Iam.noSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`)

const findVersion = ({ arn, versions }: Iam.Policy, VersionId: string) =>
  Effect.fromNullishOr(versions.find(({ id }) => id === VersionId)).pipe(
    Effect.mapError(() => noVersion(arn, VersionId))
  )

const usage = (state: Iam.State, arn: string) => {
  const holders = Iam.holdersOf(state)
  return {
    AttachmentCount: holders.filter(({ attached }) => attached.has(arn)).length,
    PermissionsBoundaryUsageCount: holders.filter(({ boundary }) => boundary === arn).length,
    IsAttachable: true
  }
}

const toSdkPolicy = (state: Iam.State, policy: Iam.Policy): sdk.Policy => ({
  PolicyName: policy.name,
  PolicyId: policy.id,
  Arn: policy.arn,
  Path: policy.path,
  DefaultVersionId: policy.default,
  ...usage(state, policy.arn),
  CreateDate: policy.created,
  UpdateDate: policy.updated
})

const toAwsManagedPolicy = (state: Iam.State, arn: string): sdk.Policy => ({
  PolicyName: nameIn(arn),
  Arn: arn,
  Path: pathIn(arn),
  DefaultVersionId: "v1",
  ...usage(state, arn)
})

const toSdkVersion = ({ created, id }: Iam.PolicyVersion, policy: Iam.Policy): sdk.PolicyVersion => ({
  VersionId: id,
  IsDefaultVersion: policy.default === id,
  CreateDate: created
})

const versionId = { required: true, pattern: "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?" } as const

export const policies: Iam.IamHandlers = {
  CreatePolicy: Effect.fnUntraced(function*(input, state, context) {
    const { Description, Path, PolicyDocument, PolicyName, Tags } = yield* Iam.check(input, {
      PolicyName: Iam.rules.name,
      Path: Iam.rules.path,
      PolicyDocument: Iam.rules.document,
      Description: { max: 1000 },
      Tags: Iam.rules.newTags
    })
    const document = yield* checkPolicy(PolicyDocument)
    if (document.replace(/\s/g, "").length > 6144) {
      return yield* Iam.limitExceeded("Cannot exceed quota for PolicySize: 6144")
    }
    if ([...state.policies.values()].some(({ name }) => Iam.keyOf(name) === Iam.keyOf(PolicyName))) {
      return yield* Iam.alreadyExists(`A policy called ${PolicyName} already exists. Duplicate names are not allowed.`)
    }
    const entity = yield* Iam.newEntity(
      context,
      { prefix: "ANPA", arn: "policy" },
      { name: PolicyName, path: Path, tags: Tags }
    )
    const policy: Iam.Policy = {
      ...entity,
      description: Description,
      updated: entity.created,
      default: "v1",
      lastVersion: 1,
      versions: [{ id: "v1", document, created: entity.created }]
    }
    state.policies.set(policy.arn, policy)
    return { Policy: { ...toSdkPolicy(state, policy), ...Iam.withTags(policy.tags) } }
  }),

  GetPolicy: Effect.fnUntraced(function*(input, state) {
    const { PolicyArn } = yield* Iam.check(input, { PolicyArn: Iam.rules.arn })
    if (isAwsManaged(yield* checkArn(PolicyArn))) return { Policy: toAwsManagedPolicy(state, PolicyArn) }
    const policy = yield* findPolicy(state, PolicyArn)
    return {
      Policy: {
        ...toSdkPolicy(state, policy),
        ...(policy.description !== undefined && { Description: policy.description }),
        Tags: [...policy.tags]
      }
    }
  }),

  // Of the AWS managed policies, the list has only those that are in use here.
  ListPolicies: Effect.fnUntraced(function*(input, state, context) {
    const { OnlyAttached = false, PathPrefix = "/", PolicyUsageFilter, Scope = "All" } = yield* Iam.check(input, {
      Scope: { enum: ["All", "AWS", "Local"] },
      PolicyUsageFilter: { enum: ["PermissionsPolicy", "PermissionsBoundary"] },
      ...Iam.rules.list
    })
    if (Scope === "AWS" && !OnlyAttached && PolicyUsageFilter === undefined) {
      return yield* unsupported("The in-memory IAM doesn't have a list of AWS managed policies. Set OnlyAttached.")
    }
    const used = new Set(
      Iam.holdersOf(state).flatMap(({ attached, boundary = "" }) => [...attached, boundary]).filter(isAwsManaged)
    )
    const all = [
      ...(Scope === "AWS" ? [] : [...state.policies.values()].map((policy) => toSdkPolicy(state, policy))),
      ...(Scope === "Local" ? [] : [...used].map((arn) => toAwsManagedPolicy(state, arn)))
    ].filter(({ AttachmentCount = 0, Path = "", PermissionsBoundaryUsageCount = 0 }) =>
      Path.startsWith(PathPrefix) && (!OnlyAttached || AttachmentCount + PermissionsBoundaryUsageCount > 0) &&
      (PolicyUsageFilter !== "PermissionsPolicy" || AttachmentCount > 0) &&
      (PolicyUsageFilter !== "PermissionsBoundary" || PermissionsBoundaryUsageCount > 0)
    )
    const [page, next] = yield* Iam.listPage(context, input, all, ({ Arn = "", PolicyName }) => `${PolicyName} ${Arn}`)
    return { Policies: [...page], ...next }
  }),

  DeletePolicy: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyArn } = yield* Iam.check(input, { PolicyArn: Iam.rules.arn })
    const policy = yield* findOwnPolicy(state, PolicyArn, context)
    const { AttachmentCount, PermissionsBoundaryUsageCount } = usage(state, policy.arn)
    if (AttachmentCount + PermissionsBoundaryUsageCount > 0) {
      return yield* Iam.deleteConflict("Cannot delete a policy attached to entities.")
    }
    if (policy.versions.length > 1) {
      return yield* Iam.deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."
      )
    }
    state.policies.delete(policy.arn)
    return {}
  }),

  CreatePolicyVersion: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyArn, PolicyDocument, SetAsDefault = false } = yield* Iam.check(input, {
      PolicyArn: Iam.rules.arn,
      PolicyDocument: Iam.rules.document
    })
    const policy = yield* findOwnPolicy(state, PolicyArn, context)
    const document = yield* checkPolicy(PolicyDocument)
    if (policy.versions.length >= 5) {
      return yield* Iam.limitExceeded(
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."
      )
    }
    policy.lastVersion++
    const version = { id: `v${policy.lastVersion}`, document, created: new Date(yield* Clock.currentTimeMillis) }
    policy.versions = [version, ...policy.versions]
    policy.updated = version.created
    if (SetAsDefault) policy.default = version.id
    return { PolicyVersion: toSdkVersion(version, policy) }
  }),

  SetDefaultPolicyVersion: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyArn, VersionId } = yield* Iam.check(input, { PolicyArn: Iam.rules.arn, VersionId: versionId })
    const policy = yield* findOwnPolicy(state, PolicyArn, context)
    const version = yield* findVersion(policy, VersionId)
    policy.default = version.id
    policy.updated = new Date(yield* Clock.currentTimeMillis)
    return {}
  }),

  GetPolicyVersion: Effect.fnUntraced(function*(input, state) {
    const { PolicyArn, VersionId } = yield* Iam.check(input, { PolicyArn: Iam.rules.arn, VersionId: versionId })
    const policy = yield* findPolicy(state, PolicyArn)
    const version = yield* findVersion(policy, VersionId)
    return { PolicyVersion: { ...toSdkVersion(version, policy), Document: encoded(version.document) } }
  }),

  // The newest version comes first.
  ListPolicyVersions: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyArn } = yield* Iam.check(input, {
      PolicyArn: Iam.rules.arn,
      Marker: Iam.rules.list.Marker,
      MaxItems: Iam.rules.list.MaxItems
    })
    const policy = yield* findPolicy(state, PolicyArn)
    const [page, next] = yield* Iam.listPage(
      context,
      input,
      policy.versions,
      ({ id }) => descending(numberKey(Number(id.slice(1))))
    )
    return { Versions: page.map((version) => toSdkVersion(version, policy)), ...next }
  }),

  DeletePolicyVersion: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyArn, VersionId } = yield* Iam.check(input, { PolicyArn: Iam.rules.arn, VersionId: versionId })
    const policy = yield* findOwnPolicy(state, PolicyArn, context)
    const version = yield* findVersion(policy, VersionId)
    if (version.id === policy.default) {
      return yield* Iam.deleteConflict("Cannot delete the default version of a policy.")
    }
    policy.versions = policy.versions.filter((other) => other !== version)
    return {}
  })
}
