// The condition keys of S3 that tell about the request and the object. Which action has which is in AWS's service authorization
// reference.
import type { ConditionValues } from "../engine/authorization.ts"
import { unobserved } from "../engine/input.ts"
import type { Content } from "./state.ts"

/** The members of inputs that are values of condition keys. */
const members = {
  "s3:delimiter": "Delimiter",
  "s3:if-match": "IfMatch",
  "s3:if-none-match": "IfNoneMatch",
  "s3:max-keys": "MaxKeys",
  "s3:object-lock-legal-hold": "ObjectLockLegalHoldStatus",
  "s3:object-lock-mode": "ObjectLockMode",
  "s3:object-lock-retain-until-date": "ObjectLockRetainUntilDate",
  "s3:prefix": "Prefix",
  "s3:versionid": "VersionId",
  "s3:x-amz-acl": "ACL",
  "s3:x-amz-copy-source": "CopySource",
  "s3:x-amz-grant-full-control": "GrantFullControl",
  "s3:x-amz-grant-read": "GrantRead",
  "s3:x-amz-grant-read-acp": "GrantReadACP",
  "s3:x-amz-grant-write": "GrantWrite",
  "s3:x-amz-grant-write-acp": "GrantWriteACP",
  "s3:x-amz-metadata-directive": "MetadataDirective",
  "s3:x-amz-object-ownership": "ObjectOwnership",
  "s3:x-amz-server-side-encryption": "ServerSideEncryption",
  "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
  "s3:x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
  "s3:x-amz-storage-class": "StorageClass",
  "s3:x-amz-website-redirect-location": "WebsiteRedirectLocation"
} as const

export type MemberKey = keyof typeof members

/** The other keys, besides those of a tag: `s3:requestobjecttag/class`. */
const otherKeys: ReadonlySet<string> = new Set([
  "aws:principalaccount",
  "aws:principalarn",
  "aws:resourceaccount",
  "aws:securetransport",
  "aws:userid",
  "aws:username",
  "s3:objectcreationoperation",
  "s3:requestobjecttagkeys",
  "s3:resourceaccount"
])

/** Whether some request has a condition key, which is in lower case, when S3 checks the policy of a bucket. */
export const isConditionKey = (key: string): boolean =>
  key in members || otherKeys.has(key) || /^s3:(?:requestobjecttag|existingobjecttag)\/./.test(key)

export const listKeys = ["s3:delimiter", "s3:max-keys", "s3:prefix"] as const

export const grantKeys = [
  "s3:x-amz-acl",
  "s3:x-amz-grant-full-control",
  "s3:x-amz-grant-read",
  "s3:x-amz-grant-read-acp",
  "s3:x-amz-grant-write",
  "s3:x-amz-grant-write-acp"
] as const

export const lockKeys = ["s3:object-lock-mode", "s3:object-lock-retain-until-date"] as const

export const writeKeys = [
  ...grantKeys,
  ...lockKeys,
  "s3:if-match",
  "s3:if-none-match",
  "s3:object-lock-legal-hold",
  "s3:x-amz-copy-source",
  "s3:x-amz-metadata-directive",
  "s3:x-amz-server-side-encryption",
  "s3:x-amz-server-side-encryption-aws-kms-key-id",
  "s3:x-amz-server-side-encryption-customer-algorithm",
  "s3:x-amz-storage-class",
  "s3:x-amz-website-redirect-location"
] as const

const textOf = (value: unknown): string | undefined =>
  value instanceof Date
    ? Number.isNaN(value.getTime()) ? undefined : value.toISOString()
    : typeof value === "string" || typeof value === "number"
    ? String(value)
    : undefined

/** The values of these keys in a request. A request that doesn't have the member doesn't have the key. */
export const valuesIn = (input: object, keys: ReadonlyArray<MemberKey>): ConditionValues => {
  const sent = unobserved(input) as Readonly<Record<string, unknown>>
  return Object.fromEntries(keys.flatMap((key) => {
    const text = textOf(sent[members[key]])
    return text === undefined ? [] : [[key, [text]]]
  }))
}

type Tags = ReadonlyArray<{ readonly Key: string | undefined; readonly Value: string | undefined }>

/** The tags that a write gives its object, in the header `x-amz-tagging`. */
export const tagsInHeader = (header: unknown): Tags =>
  typeof header === "string" ? [...new URLSearchParams(header)].map(([Key, Value]) => ({ Key, Value })) : []

export const objectTagKeys = (tags: Tags): ConditionValues =>
  tags.length === 0 ? {} : {
    ...Object.fromEntries(
      tags.map(({ Key = "", Value = "" }) => [`s3:requestobjecttag/${Key.toLowerCase()}`, [Value]])
    ),
    "s3:requestobjecttagkeys": tags.map(({ Key = "" }) => Key)
  }

/** The tags that an object has already. */
export const existingTagKeys = (content: Pick<Content, "tags"> | undefined): ConditionValues =>
  Object.fromEntries(
    (content?.tags ?? []).map(({ Key = "", Value = "" }) => [`s3:existingobjecttag/${Key.toLowerCase()}`, [Value]])
  )
