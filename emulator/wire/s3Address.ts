// The bucket of a request to Amazon S3, in the host or at the start of the path.
import { percentDecode, type Request } from "./http.ts"

const ofAws = /^(?:(.+)\.)?s3(?:-fips|-accelerate)?(?:\.dualstack)?(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$/
const local = /^(?:(.+)\.)?s3\.localhost$/
const localWithoutService = /^(.+)\.localhost$/

/** The bucket in the host, as in `BUCKET.s3.eu-west-1.amazonaws.com`, `BUCKET.s3.localhost` and `BUCKET.localhost`. */
export const bucketOfHost = ({ headers }: Request): string | undefined => {
  const name = (headers["host"] ?? "").toLowerCase().replace(/:\d+$/, "")
  const match = ofAws.exec(name) ?? local.exec(name) ??
    (name === "s3.localhost" ? null : localWithoutService.exec(name))
  return match?.[1]
}

/** The bucket at the start of a path, and the rest of the path: percent-encoded, with its slash. */
export const splitPath = (path: string): readonly [bucket: string, rest: string] | undefined => {
  const end = path.indexOf("/", 1)
  const first = path.slice(1, end === -1 ? undefined : end)
  return first === "" ? undefined : [percentDecode(first), end === -1 ? "/" : path.slice(end)]
}
