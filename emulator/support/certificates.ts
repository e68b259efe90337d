// X.509 certificates in PEM.
import { X509Certificate } from "node:crypto"

/** The certificates in a text, each in PEM. */
export const certificateBlocks = (pem: string): ReadonlyArray<string> =>
  pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []

/** Reads a certificate in PEM; `undefined` for anything else. */
export const readCertificate = (pem: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}
