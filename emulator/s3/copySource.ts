// The object that a copy names in `x-amz-copy-source`.

export interface CopySource {
  readonly Bucket: string
  readonly Key: string
  readonly VersionId: string | undefined
}

/** Reads `bucket/key` or `bucket/key?versionId=id`. Throws if it isn't well encoded. */
export const decodeSource = (source: string): CopySource => {
  const [path = "", query = ""] = source.replace(/^\//, "").split("?")
  const [bucket = "", ...key] = path.split("/")
  return {
    Bucket: decodeURIComponent(bucket),
    Key: decodeURIComponent(key.join("/")),
    VersionId: new URLSearchParams(query).get("versionId") ?? undefined
  }
}

/** Reads a source as `decodeSource` does. `undefined` for one that the copy rejects. */
export const sourceIn = (source: string | undefined): CopySource | undefined => {
  if (source === undefined || source.startsWith("arn:")) return undefined
  try {
    const decoded = decodeSource(source)
    return decoded.Bucket === "" || decoded.Key === "" ? undefined : decoded
  } catch {
    return undefined
  }
}
