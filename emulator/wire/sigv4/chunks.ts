// The signatures in a chunked body. Each covers the previous one, and the first covers that of the request.
import type { ChunkSignatures } from "../awsChunked.ts"
import { isSame, scopeText, sha256, signatureOf } from "./canonical.ts"
import type { Scope } from "./scope.ts"
import { wrongSignature } from "./signatureFaults.ts"

const emptyHash = sha256("")

/** Verifies a body that is signed in chunks according to `x-amz-content-sha256`. `undefined` for other bodies. */
export const chunkSignatures = (
  contentHash: string,
  { key, longDate, scope, seed }: {
    readonly key: Uint8Array
    readonly longDate: string
    readonly scope: Scope
    readonly seed: string
  }
): ChunkSignatures | undefined => {
  if (!contentHash.startsWith("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")) return undefined
  const hasTrailer = contentHash.endsWith("-TRAILER")
  let previous = seed
  let isTrailerSigned = false
  const verify = (kind: "PAYLOAD" | "TRAILER", hashes: ReadonlyArray<string>, signature: string): void => {
    const text = [`AWS4-HMAC-SHA256-${kind}`, longDate, scopeText(scope), previous, ...hashes].join("\n")
    const own = signatureOf(key, text)
    if (!isSame(own, signature)) {
      throw wrongSignature("restXml", {
        AWSAccessKeyId: scope.keyId,
        StringToSign: text,
        SignatureProvided: signature
      })
    }
    previous = own
  }
  return {
    chunk: (bytes, signature) => verify("PAYLOAD", [emptyHash, sha256(bytes)], signature),
    trailer: (trailers, signature) => {
      verify("TRAILER", [sha256(trailers)], signature)
      isTrailerSigned = true
    },
    end: () => {
      if (hasTrailer && !isTrailerSigned) verify("TRAILER", [emptyHash], "")
    }
  }
}
