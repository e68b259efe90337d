/** Managed policies and their versions. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { parseArn } from "../support/arn.ts"
import { descending, numberKey } from "../support/order.ts"
import { checkPolicy, encoded } from "./documents.ts"
import { allManaged, findManaged, isAwsManaged, isForCustomers, type ManagedPolicy, managedVersion } from "./managed.ts"
import { checkQuota, sizeOf, VERSIONS_PER_POLICY } from "./quotas.ts"
import * as Iam from "./state.ts"

/** The path of a managed policy, from its ARN. */
export const pathIn = (arn: string): string => arn.slice(arn.indexOf("/"), arn.lastIndexOf("/") + 1)

const isPolicyArn = (arn: string): boolean => {
  const { account = "", region, resource = "", service } = parseArn(arn) ?? {}
  return service === "iam" && region === "" && /^(?:aws|\d{12})$/.test(account) &&
    /^policy\/(?:[\x21-\x7e]+\/)?[\w+=,.@-]+$/.test(resource)
}

/** Checks the form of a policy's ARN. Its partition is that of the caller. */
export const checkArn = (arn: string, partition: string, refuse: (message: string) => Fault = Iam.validation) => {
  if (!arn.startsWith("arn:")) return Effect.fail(refuse("Invalid ARN:  Could not be parsed!"))
  if (!isPolicyArn(arn)) return Effect.fail(refuse(`ARN ${arn} is not valid.`))
  return parseArn(arn)?.partition === partition ? Effect.succeed(arn) : Effect.fail(refuse("Invalid ARN partition"))
}

/** The policy with this ARN, of the account or of AWS. */
const policyWith = (state: Iam.State, arn: string): Effect.Effect<Iam.Policy | ManagedPolicy | undefined> =>
  isAwsManaged(arn) ? findManaged(arn) : Effect.succeed(state.policies.get(arn))

export const policyExists = (state: Iam.State, arn: string): Effect.Effect<boolean> =>
  Effect.map(policyWith(state, arn), (policy) => policy !== undefined)

/** Checks the ARN of a permissions boundary. */
export const checkBoundary = Effect.fnUntraced(
  function*(state: Iam.State, given: string, { partition }: HandlerContext) {
    const arn = yield* checkArn(given, partition, Iam.invalidInput)
    if (!isForCustomers(arn) || !(yield* policyExists(state, arn))) {
      return yield* Iam.noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)
    }
    return arn
  }
)

const notFound = (arn: string) => Iam.noSuchEntity(`Policy ${arn} was not found.`)

/** Finds a policy that the caller may change, which excludes AWS managed policies. */
export const findOwnPolicy = Effect.fnUntraced(function*(
  state: Iam.State,
  arn: string,
  { operation, partition, principal }: HandlerContext
) {
  if (isAwsManaged(yield* checkArn(arn, partition))) {
    return yield* Iam.accessDenied(
      `User: ${principal.arn} is not authorized to perform: iam:${operation} on resource: policy ${arn}`
    )
  }
  return state.policies.get(arn) ?? (yield* notFound(arn))
})

/** Finds a policy of the account or of AWS. */
export const findPolicy = Effect.fnUntraced(function*(state: Iam.State, given: string, { partition }: HandlerContext) {
  const arn = yield* checkArn(given, partition)
  return (yield* policyWith(state, arn)) ?? (yield* notFound(arn))
})

const noVersion = (arn: string, version: string) =>
  Iam.noSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`)

const findVersion = ({ arn, versions }: Iam.Policy, VersionId: string) =>
  Effect.fromNullishOr(versions.find(({ id }) => id === VersionId)).pipe(
    Effect.mapError(() => noVersion(arn, VersionId))
  )

/** The number of a version: `v12` → 12. */
const numberOf = (version: string): number => Number(/^v(\d+)/.exec(version)?.[1])

const findAwsVersion = Effect.fnUntraced(function*(policy: ManagedPolicy, VersionId: string) {
  if (numberOf(VersionId) > numberOf(policy.default)) return yield* noVersion(policy.arn, VersionId)
  const version = VersionId === policy.default ? yield* managedVersion(policy) : undefined
  return version ?? (yield* unsupported(
    `The in-memory IAM doesn't have the document of ${policy.arn} ${VersionId}. Create a customer managed policy that has it, and use that one; ` +
      "GetAccountAuthorizationDetails leaves documents of AWS out if its Filter doesn't have AWSManagedPolicy.",
    "Or answer the command, such as GetPolicyVersion, with InMemory.handle."
  ))
})

/** The versions of an AWS managed policy, if it has only one: the dates of earlier versions aren't here. */
const awsVersions = (policy: ManagedPolicy) =>
  policy.default === "v1"
    ? Effect.succeed([{ id: policy.default, created: policy.created }])
    : unsupported(
      `The in-memory IAM doesn't have the earlier versions of ${policy.arn}. Create a customer managed policy with those versions.`,
      "Or answer ListPolicyVersions with InMemory.handle."
    )

/** The name and the document of a policy that is attached. */
export const readAttached = Effect.fnUntraced(function*(state: Iam.State, arn: string) {
  const policy = (yield* policyWith(state, arn)) ?? (yield* notFound(arn))
  const version = "versions" in policy
    ? yield* findVersion(policy, policy.default)
    : yield* findAwsVersion(policy, policy.default)
  return { name: policy.name, document: version.document }
})

/** Checks the document of a managed policy. */
const checkManaged = Effect.fnUntraced(function*(document: string, { partition }: HandlerContext) {
  yield* checkPolicy(document, partition)
  yield* checkQuota("PolicySize", sizeOf(document))
  return document
})

/** How often each policy is in use. */
export const usageIn = (state: Iam.State) => {
  const attachments = new Map<string, number>()
  const boundaries = new Map<string, number>()
  const count = (counts: Map<string, number>, arn: string) => counts.set(arn, (counts.get(arn) ?? 0) + 1)
  for (const { attached, boundary } of Iam.holdersOf(state)) {
    for (const arn of attached) count(attachments, arn)
    if (boundary !== undefined) count(boundaries, boundary)
  }
  return (arn: string) => ({
    AttachmentCount: attachments.get(arn) ?? 0,
    PermissionsBoundaryUsageCount: boundaries.get(arn) ?? 0,
    IsAttachable: true
  })
}

export const toSdkPolicy = (policy: Iam.Policy | ManagedPolicy, usageOf: ReturnType<typeof usageIn>): sdk.Policy => ({
  PolicyName: policy.name,
  PolicyId: policy.id,
  Arn: policy.arn,
  Path: policy.path,
  DefaultVersionId: policy.default,
  ...usageOf(policy.arn),
  CreateDate: policy.created,
  UpdateDate: policy.updated
})

export const toSdkVersion = (
  { created, id }: Omit<Iam.PolicyVersion, "document">,
  policy: Pick<Iam.Policy, "default">
): sdk.PolicyVersion => ({
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
    const document = yield* checkManaged(PolicyDocument, context)
    if ([...state.policies.values()].some(({ name }) => Iam.keyOf(name) === Iam.keyOf(PolicyName))) {
      return yield* Iam.alreadyExists(`A policy called ${PolicyName} already exists. Duplicate names are not allowed.`)
    }
    yield* checkQuota("PoliciesPerAccount", state.policies.size + 1)
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
    return { Policy: { ...toSdkPolicy(policy, usageIn(state)), ...Iam.withTags(policy.tags) } }
  }),

  // AWS describes its own policies in the answer. The descriptions aren't here.
  GetPolicy: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyArn } = yield* Iam.check(input, { PolicyArn: Iam.rules.arn })
    const policy = yield* findPolicy(state, PolicyArn, context)
    return {
      Policy: {
        ...toSdkPolicy(policy, usageIn(state)),
        ...(policy.description !== undefined && { Description: policy.description }),
        Tags: [...policy.tags]
      }
    }
  }),

  ListPolicies: Effect.fnUntraced(function*(input, state, context) {
    const { OnlyAttached = false, PathPrefix = "/", PolicyUsageFilter, Scope = "All" } = yield* Iam.check(input, {
      Scope: { enum: ["All", "AWS", "Local"] },
      PolicyUsageFilter: { enum: ["PermissionsPolicy", "PermissionsBoundary"] },
      ...Iam.rules.list
    })
    const usageOf = usageIn(state)
    const all = [
      ...(Scope === "AWS" ? [] : state.policies.values()),
      ...(Scope === "Local" ? [] : yield* allManaged(context.partition))
    ].map((policy) => toSdkPolicy(policy, usageOf)).filter(
      ({ AttachmentCount = 0, Path = "", PermissionsBoundaryUsageCount = 0 }) =>
        Path.startsWith(PathPrefix) && (!OnlyAttached || AttachmentCount + PermissionsBoundaryUsageCount > 0) &&
        (PolicyUsageFilter !== "PermissionsPolicy" || AttachmentCount > 0) &&
        (PolicyUsageFilter !== "PermissionsBoundary" || PermissionsBoundaryUsageCount > 0)
    )
    // The customer's own policies come first.
    const [page, next] = yield* Iam.listPage(
      context,
      input,
      all,
      ({ Arn = "", PolicyName }) => `${isAwsManaged(Arn) ? 1 : 0} ${PolicyName} ${Arn}`
    )
    return { Policies: [...page], ...next }
  }),

  DeletePolicy: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyArn } = yield* Iam.check(input, { PolicyArn: Iam.rules.arn })
    const policy = yield* findOwnPolicy(state, PolicyArn, context)
    const { AttachmentCount, PermissionsBoundaryUsageCount } = usageIn(state)(policy.arn)
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
    const document = yield* checkManaged(PolicyDocument, context)
    if (policy.versions.length >= VERSIONS_PER_POLICY) {
      return yield* Iam.limitExceeded(
        `A managed policy can have up to ${VERSIONS_PER_POLICY} versions. Before you create a new version, you must delete an existing version.`
      )
    }
    policy.lastVersion++
    const version = { id: `v${policy.lastVersion}`, document, created: yield* Iam.now }
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
    policy.updated = yield* Iam.now
    return {}
  }),

  GetPolicyVersion: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyArn, VersionId } = yield* Iam.check(input, { PolicyArn: Iam.rules.arn, VersionId: versionId })
    const policy = yield* findPolicy(state, PolicyArn, context)
    const version = "versions" in policy
      ? yield* findVersion(policy, VersionId)
      : yield* findAwsVersion(policy, VersionId)
    return { PolicyVersion: { ...toSdkVersion(version, policy), Document: encoded(version.document) } }
  }),

  // The newest version comes first.
  ListPolicyVersions: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyArn } = yield* Iam.check(input, {
      PolicyArn: Iam.rules.arn,
      Marker: Iam.rules.list.Marker,
      MaxItems: Iam.rules.list.MaxItems
    })
    const policy = yield* findPolicy(state, PolicyArn, context)
    const versions = "versions" in policy ? policy.versions : yield* awsVersions(policy)
    const [page, next] = yield* Iam.listPage(
      context,
      input,
      versions,
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
