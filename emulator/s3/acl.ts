// Access control lists: as canned names, as headers, and as documents.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import type { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { accessDenied, fault, invalidArgument, malformed } from "./faults.ts"
import type { Bucket, Grant } from "./state.ts"

export const allUsers = "http://acs.amazonaws.com/groups/global/AllUsers"
export const authenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
const logDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery"

/** The canonical id of an account. */
export const ownerId = (account: string): string => createHash("sha256").update(account).digest("hex")

export const ownerOf = (account: string): { readonly ID: string } => ({ ID: ownerId(account) })

export interface AclInput {
  readonly ACL?: string | undefined
  readonly GrantFullControl?: string | undefined
  readonly GrantRead?: string | undefined
  readonly GrantReadACP?: string | undefined
  readonly GrantWrite?: string | undefined
  readonly GrantWriteACP?: string | undefined
  readonly AccessControlPolicy?: sdk.AccessControlPolicy | undefined
}

const canned: Readonly<Record<string, ReadonlyArray<readonly [URI: string, permission: sdk.Permission]>>> = {
  "private": [],
  "public-read": [[allUsers, "READ"]],
  "public-read-write": [[allUsers, "READ"], [allUsers, "WRITE"]],
  "authenticated-read": [[authenticatedUsers, "READ"]],
  "log-delivery-write": [[logDelivery, "WRITE"], [logDelivery, "READ_ACP"]],
  // The bucket's owner owns all objects here, so these two add nothing.
  "bucket-owner-read": [],
  "bucket-owner-full-control": []
}

const isAllOf = (given: string) => (acl: string) => acl === given

/** The canned ACLs of buckets and of objects. */
const bucketAcls = ["private", "public-read", "public-read-write", "authenticated-read", "log-delivery-write"]
const objectAcls = [...bucketAcls.slice(0, 4), "bucket-owner-read", "bucket-owner-full-control"]

const permissions: readonly sdk.Permission[] = ["FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP"]

const granteeOf = Effect.fnUntraced(function*(
  kind: string,
  value: string
): Effect.fn.Return<Grant["grantee"], Fault> {
  if (kind === "uri") {
    return [allUsers, authenticatedUsers, logDelivery].includes(value)
      ? { URI: value }
      : yield* invalidArgument("Invalid group uri", "uri", value)
  }
  if (kind === "id") {
    return /^[0-9a-f]{64}$/.test(value)
      ? { ID: value }
      : yield* invalidArgument("Invalid id", "CanonicalUser/ID", value)
  }
  if (kind === "emailAddress") {
    return yield* unsupported("The in-memory S3 doesn't know the e-mail addresses of accounts. Grant by id.")
  }
  return yield* invalidArgument("Argument format not recognized")
})

/** The grantees of a header: `id="…", uri="…"`. */
const fromHeader = Effect.fnUntraced(function*(
  header: string,
  permission: sdk.Permission
): Effect.fn.Return<ReadonlyArray<Grant>, Fault> {
  return yield* Effect.forEach(header.split(","), (part) => {
    const [, kind = "", value = ""] = /^\s*(\w+)\s*=\s*"?([^"]*)"?\s*$/.exec(part) ?? []
    return Effect.map(granteeOf(kind, value), (grantee) => ({ grantee, permission }))
  })
})

const fromDocument = Effect.fnUntraced(function*(
  { Grants = [], Owner }: sdk.AccessControlPolicy,
  owner: string
): Effect.fn.Return<ReadonlyArray<Grant>, Fault> {
  if (Owner?.ID === undefined) return yield* malformed
  if (Owner.ID !== owner) return yield* accessDenied()
  return yield* Effect.forEach(
    Grants,
    Effect.fnUntraced(function*({ Grantee, Permission }): Effect.fn.Return<Grant, Fault> {
      if (Grantee?.Type === undefined || Permission === undefined || !permissions.includes(Permission)) {
        return yield* malformed
      }
      const { EmailAddress, ID, Type, URI } = Grantee
      const [kind, value] = Type === "CanonicalUser"
        ? ["id", ID]
        : Type === "Group"
        ? ["uri", URI]
        : ["emailAddress", EmailAddress]
      return { grantee: yield* granteeOf(kind!, value ?? ""), permission: Permission }
    })
  )
})

const headers = [
  ["GrantFullControl", "FULL_CONTROL"],
  ["GrantRead", "READ"],
  ["GrantReadACP", "READ_ACP"],
  ["GrantWrite", "WRITE"],
  ["GrantWriteACP", "WRITE_ACP"]
] as const

/** The grants that an input gives; `undefined` if it gives none, so that the owner alone has access. */
export const readGrants = Effect.fnUntraced(function*(
  input: AclInput,
  owner: string,
  of: "bucket" | "object"
): Effect.fn.Return<ReadonlyArray<Grant> | undefined, Fault> {
  const { ACL, AccessControlPolicy } = input
  const inHeaders = headers.filter(([member]) => input[member] !== undefined)
  if (ACL !== undefined && inHeaders.length > 0) {
    return yield* fault("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed")
  }
  const all: Grant = { grantee: { ID: owner }, permission: "FULL_CONTROL" }
  if (ACL !== undefined) {
    if (ACL === "aws-exec-read") return yield* unsupported("The in-memory S3 doesn't support the ACL aws-exec-read.")
    if (!(of === "bucket" ? bucketAcls : objectAcls).some(isAllOf(ACL))) {
      return yield* invalidArgument("", "x-amz-acl", ACL)
    }
    return [all, ...canned[ACL]!.map(([URI, permission]) => ({ grantee: { URI }, permission }))]
  }
  if (inHeaders.length > 0) {
    return (yield* Effect.forEach(inHeaders, ([member, permission]) => fromHeader(input[member]!, permission))).flat()
  }
  return AccessControlPolicy === undefined ? undefined : yield* fromDocument(AccessControlPolicy, owner)
})

const isPublicGrant = ({ grantee }: Grant) =>
  "URI" in grantee && (grantee.URI === allUsers || grantee.URI === authenticatedUsers)

export const isPublicAcl = (grants: ReadonlyArray<Grant> | undefined): boolean => grants?.some(isPublicGrant) === true

/** The grants of a write, checked against the settings of the bucket. */
export const grantsOf = Effect.fnUntraced(function*(
  input: AclInput,
  bucket: Bucket,
  of: "bucket" | "object"
): Effect.fn.Return<ReadonlyArray<Grant> | undefined, Fault> {
  const grants = yield* readGrants(input, ownerId(bucket.account), of)
  if (grants === undefined) return undefined
  if (bucket.ownership === "BucketOwnerEnforced" && input.ACL !== "bucket-owner-full-control") {
    return yield* fault("AccessControlListNotSupported", "The bucket does not allow ACLs")
  }
  if (isPublicAcl(grants) && bucket.publicAccessBlock?.BlockPublicAcls === true) return yield* accessDenied()
  return grants
})

/** An ACL as S3 answers it. */
export const aclOf = (bucket: Bucket, grants: ReadonlyArray<Grant> | undefined) => {
  const Owner = ownerOf(bucket.account)
  const all: Grant = { grantee: Owner, permission: "FULL_CONTROL" }
  return {
    Owner,
    Grants: (grants ?? [all]).map(({ grantee, permission }): sdk.Grant => ({
      Grantee: { ...grantee, Type: "ID" in grantee ? "CanonicalUser" : "Group" },
      Permission: permission
    }))
  }
}
