// What a signature says about itself, before anything of it is verified.
import type { Parameters, Request } from "../http.ts"

export interface Scope {
  readonly keyId: string
  /** `20150830` */
  readonly date: string
  readonly region: string
  readonly service: string
}

/** `AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request`. The id of a key may have slashes in it. */
export const parseCredential = (credential: string): (Scope & { readonly terminator: string }) | undefined => {
  const parts = credential.split("/")
  const [date, region, service, terminator] = parts.slice(-4)
  const keyId = parts.slice(0, -4).join("/")
  return keyId === "" || terminator === undefined
    ? undefined
    : { keyId, date: date!, region: region!, service: service!, terminator }
}

const inHeader = /Credential=([^,\s]+)/

/** The scope of a request's signature, or `undefined` for a request without one. */
export const scopeOf = (request: Request, parameters: Parameters): Scope | undefined => {
  const header = inHeader.exec(request.headers["authorization"] ?? "")?.[1]
  const credential = header ?? parameters.find(([name]) => name === "X-Amz-Credential")?.[1]
  return credential === undefined ? undefined : parseCredential(credential)
}
