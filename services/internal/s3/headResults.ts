import * as Results from "../../../src/internal/results.ts"

/** The fields of `S3.ObjectChecksum`. */
interface Checksum {
  readonly algorithm: string
  readonly type: "FULL_OBJECT" | "COMPOSITE"
  readonly value: string
}

export const checksums = Results.model<Checksum>("effect-aws-sdk/S3/ObjectChecksum", {
  algorithm: Results.isText,
  type: Results.isOneOf("FULL_OBJECT", "COMPOSITE"),
  value: Results.isText
})

/** The fields of `S3.ObjectEncryption`. */
interface Encryption {
  readonly algorithm: string
  readonly kmsKey?: string
  readonly bucketKeyEnabled?: boolean
  readonly customerKeyMd5?: string
}

const isTextOrAbsent = Results.isAbsentOr(Results.isText)
const isWholeOrAbsent = Results.isAbsentOr(Results.isWhole)
const isDateOrAbsent = Results.isAbsentOr(Results.isDate)
const isFlagOrAbsent = Results.isAbsentOr(Results.isFlag)
/** What has been made of checked values. */
const isMade = (): boolean => true

export const encryptions = Results.model<Encryption>("effect-aws-sdk/S3/ObjectEncryption", {
  algorithm: Results.isText,
  kmsKey: isTextOrAbsent,
  bucketKeyEnabled: isFlagOrAbsent,
  customerKeyMd5: isTextOrAbsent
})

/** The fields of `S3.ObjectHead`. */
interface Head {
  readonly bucket: string
  readonly key: string
  readonly size: number
  readonly etag?: string
  readonly lastModified?: Date
  readonly versionId?: string
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  readonly expires?: string
  readonly metadata: Readonly<Record<string, string>>
  readonly missingMetadata?: number
  readonly storageClass: string
  readonly encryption?: Encryption
  readonly checksum?: Checksum
  readonly partsCount?: number
  readonly restore?: { readonly isOngoing: boolean; readonly expires?: Date }
  readonly archiveStatus?: string
  readonly expiration?: { readonly date: Date; readonly ruleId: string }
  readonly replicationStatus?: string
  readonly lockMode?: string
  readonly lockRetainUntil?: Date
  readonly hasLegalHold?: boolean
  readonly websiteRedirectLocation?: string
  readonly tagCount?: number
}

export const heads = Results.model<Head>("effect-aws-sdk/S3/ObjectHead", {
  bucket: Results.isText,
  key: Results.isText,
  size: Results.isWhole,
  etag: isTextOrAbsent,
  lastModified: isDateOrAbsent,
  versionId: isTextOrAbsent,
  contentType: isTextOrAbsent,
  cacheControl: isTextOrAbsent,
  contentDisposition: isTextOrAbsent,
  contentEncoding: isTextOrAbsent,
  contentLanguage: isTextOrAbsent,
  expires: isTextOrAbsent,
  metadata: Results.isRecord,
  missingMetadata: isWholeOrAbsent,
  storageClass: Results.isText,
  encryption: isMade,
  checksum: isMade,
  partsCount: isWholeOrAbsent,
  restore: isMade,
  archiveStatus: isTextOrAbsent,
  expiration: isMade,
  replicationStatus: isTextOrAbsent,
  lockMode: isTextOrAbsent,
  lockRetainUntil: isDateOrAbsent,
  hasLegalHold: isFlagOrAbsent,
  websiteRedirectLocation: isTextOrAbsent,
  tagCount: isWholeOrAbsent
})
