// The permissions on buckets and objects that the calls to S3 need.
import type * as sdk from "@aws-sdk/client-s3"
import type { ConditionValues, Need, Place } from "../engine/authorization.ts"
import { tagValues } from "../support/needsOfState.ts"
import {
  existingTagKeys,
  grantKeys,
  lockKeys,
  type MemberKey,
  objectTagKeys,
  tagsInHeader,
  valuesIn,
  writeKeys
} from "./conditionKeys.ts"
import { sourceIn } from "./copySource.ts"
import { type Bucket, type Content, placeOf, type State } from "./state.ts"

/** What an input names. */
interface Named {
  readonly Bucket?: string | undefined
  readonly Key?: string | undefined
  readonly VersionId?: string | undefined
}

type Partition = Pick<Place, "partition">

export const none: ConditionValues = {}

export const bucketArn = ({ Bucket = "" }: Named, { partition }: Partition): string => `arn:${partition}:s3:::${Bucket}`

const objectArn = (named: Named, place: Partition): string => `${bucketArn(named, place)}/${named.Key ?? ""}`

/** The bucket that an ARN is of or in. */
export const bucketIn = (arn: string, state: State, place: Partition): Bucket | undefined =>
  state.buckets.get(placeOf(/^arn:[^:]*:s3:::([^/]*)/.exec(arn)?.[1] ?? "", place))

/** The object that a request names, before it changes anything. */
const contentOf = (named: Named, state: State | undefined, place: Partition): Content | undefined => {
  const versions = state?.buckets.get(placeOf(named.Bucket ?? "", place))?.objects.get(named.Key ?? "") ?? []
  const { VersionId: id } = named
  return (id === undefined ? versions[0] : versions.find((version) => version.id === id))?.content
}

export const onBucket =
  (action: string, keys: ReadonlyArray<MemberKey> = []) => (input: Named, place: Place): ReadonlyArray<Need> => [
    { action: `s3:${action}`, resource: bucketArn(input, place), keys: valuesIn(input, keys) }
  ]

export const objectNeed = (action: string, named: Named, place: Partition, keys: ConditionValues = none): Need => ({
  action: `s3:${action}`,
  resource: objectArn(named, place),
  keys
})

export const onObject =
  (action: string, keys: (input: any) => ConditionValues = () => none) => (input: Named, place: Place) => [
    objectNeed(action, input, place, keys(input))
  ]

/** An action that has a variant for a given version, such as GetObjectVersion. */
const versionNeed = (action: string, named: Named, place: Partition, keys: ConditionValues = none): Need =>
  named.VersionId === undefined
    ? objectNeed(action, named, place, keys)
    : objectNeed(action.replace("Object", "ObjectVersion"), named, place, {
      ...keys,
      "s3:versionid": [named.VersionId]
    })

/** Actions on an object, or on a given version of it, whose tags policies can ask about. */
export const onVersion =
  (actions: ReadonlyArray<string>, keys: (input: any) => ConditionValues = () => none) =>
  (input: Named, place: Place, state?: State): ReadonlyArray<Need> => {
    const values = { ...existingTagKeys(contentOf(input, state, place)), ...keys(input) }
    return actions.map((action) => versionNeed(action, input, place, values))
  }

/** What a caller needs to be told that an object isn't there, rather than that it has no access. */
export const listNeed = (named: Named, place: Partition): Need => ({
  action: "s3:ListBucket",
  resource: bucketArn(named, place)
})

export const deletionNeed = (
  { IfMatch, ...named }: Named & { readonly IfMatch?: string | undefined },
  place: Partition
): Need =>
  named.VersionId === undefined
    ? objectNeed("DeleteObject", named, place, IfMatch === undefined ? none : { "s3:if-match": [IfMatch] })
    : versionNeed("DeleteObject", named, place)

export const bypassNeed = (named: Named, place: Partition): Need => ({
  ...objectNeed("BypassGovernanceRetention", named, place),
  byHandler: true
})

/** S3 looks at the permission only if a retention is in the way. */
export const bypass = (input: Named & { readonly BypassGovernanceRetention?: boolean | undefined }, place: Place) =>
  input.BypassGovernanceRetention === true ? [bypassNeed(input, place)] : []

interface Written extends Named {
  readonly ACL?: string | undefined
  readonly GrantFullControl?: string | undefined
  readonly GrantRead?: string | undefined
  readonly GrantReadACP?: string | undefined
  readonly GrantWriteACP?: string | undefined
  readonly ObjectLockLegalHoldStatus?: string | undefined
  readonly ObjectLockMode?: string | undefined
  readonly ObjectLockRetainUntilDate?: Date | undefined
  readonly Tagging?: string | undefined
}

const givesAccess = (input: Written & { readonly GrantWrite?: string | undefined }): boolean =>
  [input.ACL, input.GrantFullControl, input.GrantRead, input.GrantReadACP, input.GrantWrite, input.GrantWriteACP]
    .some((given) => given !== undefined)

/** Writing an object. What it gets along with its bytes has actions of its own. */
export const writes = (input: Written, place: Place, creates: boolean): ReadonlyArray<Need> => {
  const tags = tagsInHeader(input.Tagging)
  const tagValues = objectTagKeys(tags)
  // Policies on writes have no version: `VersionId` isn't a member of theirs.
  const need = (action: string, keys: ConditionValues) => objectNeed(action, input, place, keys)
  return [
    need("PutObject", {
      ...valuesIn(input, writeKeys),
      ...tagValues,
      "s3:objectcreationoperation": [String(creates)]
    }),
    ...(givesAccess(input) ? [need("PutObjectAcl", valuesIn(input, [...grantKeys, "s3:x-amz-storage-class"]))] : []),
    ...(tags.length > 0 ? [need("PutObjectTagging", tagValues)] : []),
    ...((input.ObjectLockMode ?? input.ObjectLockRetainUntilDate) !== undefined
      ? [need("PutObjectRetention", valuesIn(input, lockKeys))]
      : []),
    ...(input.ObjectLockLegalHoldStatus !== undefined
      ? [need("PutObjectLegalHold", valuesIn(input, ["s3:object-lock-legal-hold"]))]
      : [])
  ]
}

interface Copied extends Written {
  readonly CopySource?: string | undefined
  readonly TaggingDirective?: string | undefined
}

/** Reading what a copy copies. */
export const readsSource = (input: Copied, place: Place, state?: State): ReadonlyArray<Need> => {
  const source = sourceIn(input.CopySource)
  return source === undefined ? [] : onVersion(["GetObject"])(source, place, state)
}

/** Copying the tags of an object that has some. */
export const copiesTags = (input: Copied, place: Place, state?: State): ReadonlyArray<Need> => {
  const source = sourceIn(input.CopySource)
  const content = source && contentOf(source, state, place)
  if (source === undefined || content === undefined || content.tags.length === 0) return []
  return input.TaggingDirective === "REPLACE" ? [] : [
    versionNeed("GetObjectTagging", source, place, existingTagKeys(content)),
    objectNeed("PutObjectTagging", input, place, objectTagKeys(content.tags as ReadonlyArray<Required<sdk.Tag>>))
  ]
}

export const createsBucket = (input: sdk.CreateBucketCommandInput, place: Place): ReadonlyArray<Need> => {
  const { CreateBucketConfiguration: { LocationConstraint, Tags = [] } = {}, ACL } = input
  const need = (action: string, keys: ConditionValues = none): Need => ({
    action: `s3:${action}`,
    resource: bucketArn(input, place),
    keys
  })
  const tags = tagValues(Tags)
  return [
    need("CreateBucket", {
      ...valuesIn(input, [...grantKeys, "s3:x-amz-object-ownership"]),
      ...(LocationConstraint !== undefined && { "s3:locationconstraint": [LocationConstraint] }),
      ...tags
    }),
    ...(ACL !== "private" && givesAccess(input) ? [need("PutBucketAcl", valuesIn(input, grantKeys))] : []),
    ...(input.ObjectLockEnabledForBucket === true
      ? [need("PutBucketObjectLockConfiguration"), need("PutBucketVersioning")]
      : []),
    ...(input.ObjectOwnership !== undefined ? [need("PutBucketOwnershipControls")] : []),
    ...(Tags.length > 0 ? [need("TagResource", tags)] : [])
  ]
}

export const putsTags = (input: sdk.PutObjectTaggingCommandInput): ConditionValues =>
  objectTagKeys((input.Tagging?.TagSet ?? []).map(({ Key, Value }) => ({ Key, Value })))

export const retentionOf = ({ Retention: { Mode, RetainUntilDate } = {} }: sdk.PutObjectRetentionCommandInput) =>
  valuesIn({ ObjectLockMode: Mode, ObjectLockRetainUntilDate: RetainUntilDate }, lockKeys)
