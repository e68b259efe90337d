// Access control lists: as canned names, as headers, and as documents.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import type { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { accessDenied, fault, invalidArgument } from "./faults.ts"
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

const malformedAcl = fault(
  "MalformedACLError",
  "The XML you provided was not well-formed or did not validate against our published schema"
)

const isId = (id: string): boolean => /^[0-9a-f]{64}$/.test(id)

/** A grantee. `argument` is what an error calls a wrong one. */
const granteeOf = Effect.fnUntraced(function*(
  kind: string,
  value: string,
  argument: string
): Effect.fn.Return<Grant["grantee"] | undefined, Fault> {
  if (kind === "uri") {
    return [allUsers, authenticatedUsers, logDelivery].includes(value)
      ? { URI: value }
      : yield* invalidArgument("Invalid group uri", argument, value)
  }
  if (kind === "id") return isId(value) ? { ID: value } : yield* invalidArgument("Invalid id", argument, value)
  return kind === "emailAddress"
    ? yield* unsupported("The in-memory S3 doesn't know the e-mail addresses of accounts. Grant by id.")
    : undefined
})

/** The grantees of a header: `id="…", uri="…"`. */
const fromHeader = Effect.fnUntraced(function*(
  header: string,
  name: string,
  permission: sdk.Permission
): Effect.fn.Return<ReadonlyArray<Grant>, Fault> {
  return yield* Effect.forEach(
    header.split(","),
    Effect.fnUntraced(function*(part): Effect.fn.Return<Grant, Fault> {
      const [, kind = "", value = ""] = /^\s*(\w+)\s*=\s*"?([^"]*)"?\s*$/.exec(part) ?? []
      const grantee = yield* granteeOf(kind, value, kind)
      return grantee === undefined
        ? yield* invalidArgument("Argument format not recognized", name, part.trim())
        : { grantee, permission }
    })
  )
})

const fromDocument = Effect.fnUntraced(function*(
  { Grants = [], Owner }: sdk.AccessControlPolicy,
  owner: string
): Effect.fn.Return<ReadonlyArray<Grant>, Fault> {
  if (Owner === undefined) return yield* malformedAcl
  if (!isId(Owner.ID ?? "")) return yield* invalidArgument("Invalid id", "CanonicalUser/ID", Owner.ID ?? "")
  if (Owner.ID !== owner) return yield* accessDenied()
  return yield* Effect.forEach(
    Grants,
    Effect.fnUntraced(function*({ Grantee, Permission }): Effect.fn.Return<Grant, Fault> {
      if (Grantee?.Type === undefined || Permission === undefined || !permissions.includes(Permission)) {
        return yield* malformedAcl
      }
      const { EmailAddress, ID, Type, URI } = Grantee
      const grantee = Type === "CanonicalUser"
        ? yield* granteeOf("id", ID ?? "", "CanonicalUser/ID")
        : Type === "Group"
        ? yield* granteeOf("uri", URI ?? "", "Group/URI")
        : EmailAddress === undefined
        ? undefined
        : yield* granteeOf("emailAddress", EmailAddress, "")
      return grantee === undefined ? yield* malformedAcl : { grantee, permission: Permission }
    })
  )
})

const headers = [
  ["GrantFullControl", "x-amz-grant-full-control", "FULL_CONTROL"],
  ["GrantRead", "x-amz-grant-read", "READ"],
  ["GrantReadACP", "x-amz-grant-read-acp", "READ_ACP"],
  ["GrantWrite", "x-amz-grant-write", "WRITE"],
  ["GrantWriteACP", "x-amz-grant-write-acp", "WRITE_ACP"]
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
  if (AccessControlPolicy !== undefined && (ACL !== undefined || inHeaders.length > 0)) {
    return yield* fault("UnexpectedContent", "This request contains unsupported content")
  }
  const all: Grant = { grantee: { ID: owner }, permission: "FULL_CONTROL" }
  if (ACL !== undefined) {
    if (ACL === "aws-exec-read") {
      return yield* unsupported("The in-memory S3 doesn't support the ACL aws-exec-read. Use another one.")
    }
    if (!(of === "bucket" ? bucketAcls : objectAcls).some(isAllOf(ACL))) {
      return yield* invalidArgument("", "x-amz-acl", ACL)
    }
    return [all, ...canned[ACL]!.map(([URI, permission]) => ({ grantee: { URI }, permission }))]
  }
  if (inHeaders.length > 0) {
    const grants = yield* Effect.forEach(
      inHeaders,
      ([member, name, permission]) => fromHeader(input[member]!, name, permission)
    )
    return grants.flat()
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

/** A request for an ACL that has none. */
export const missingAcl: Fault = fault("MissingSecurityHeader", "Your request was missing a required header", 400, {
  MissingHeaderName: "x-amz-acl"
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
