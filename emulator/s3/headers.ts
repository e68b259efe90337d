// The headers of an object that are stored with it.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { fault } from "./faults.ts"
import { metadataOf } from "./metadata.ts"
import type { Headers } from "./state.ts"

/** The storage classes of general purpose buckets. */
const storageClasses: ReadonlySet<string> = new Set<sdk.StorageClass>([
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "DEEP_ARCHIVE",
  "GLACIER_IR"
])

/** The headers to store for a new object: those of the request, and S3's defaults. */
export const headersOf = Effect.fnUntraced(function*(
  input: Headers & { readonly Expires?: Date | undefined },
  context: HandlerContext
): Effect.fn.Return<Headers, Fault> {
  const Metadata = yield* metadataOf(input.Metadata, context)
  const { Expires, StorageClass, WebsiteRedirectLocation } = input
  if (StorageClass !== undefined && !storageClasses.has(StorageClass)) {
    return yield* fault("InvalidStorageClass", "The storage class you specified is not valid", 400, {
      StorageClassRequested: StorageClass
    })
  }
  if (WebsiteRedirectLocation !== undefined && !/^(https?:\/)?\//.test(WebsiteRedirectLocation)) {
    return yield* fault(
      "InvalidRedirectLocation",
      "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
    )
  }
  const headers: Record<string, unknown> = {
    CacheControl: input.CacheControl,
    ContentDisposition: input.ContentDisposition,
    ContentEncoding: input.ContentEncoding,
    ContentLanguage: input.ContentLanguage,
    // A form has it in a field.
    ExpiresString: context.request.headers["expires"] ?? Expires?.toUTCString(),
    WebsiteRedirectLocation,
    StorageClass: StorageClass === "STANDARD" ? undefined : StorageClass
  }
  // Ten thousand small objects take little more than their bytes if what isn't there takes no room.
  for (const name of Object.keys(headers)) if (headers[name] === undefined) delete headers[name]
  return { ContentType: input.ContentType ?? "binary/octet-stream", Metadata, ...headers }
})

export const isArchived = ({ StorageClass }: Headers): boolean =>
  StorageClass === "GLACIER" || StorageClass === "DEEP_ARCHIVE"
