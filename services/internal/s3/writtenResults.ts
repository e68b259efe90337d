import * as Results from "../../../src/internal/results.ts"

/** The fields of `S3.WrittenObject`. */
interface WrittenObject {
  readonly bucket: string
  readonly key: string
  readonly size: number
  readonly etag: string
  readonly versionId?: string
}

export const writtenObjects = Results.model<WrittenObject>("effect-aws-sdk/S3/WrittenObject", {
  bucket: Results.isText,
  key: Results.isText,
  size: Results.isWhole,
  etag: Results.isText,
  versionId: Results.isAbsentOr(Results.isText)
})
