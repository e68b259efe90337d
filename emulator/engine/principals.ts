// Who may sign requests: the account's own key, the keys that IAM and STS have issued, and, on a server, any other key.
import type { Request } from "../wire/http.ts"
import type { Located } from "../wire/identify.ts"
import type { Secret } from "../wire/sigv4/verify.ts"
import { base32, type Random } from "./random.ts"
import type { Principal } from "./service.ts"

export const makeRoot = (account: string, partition: string, random: Random): Principal => ({
  account,
  arn: `arn:${partition}:iam::${account}:user/in-memory`,
  userId: `AIDA${random.digits(17, base32)}`,
  accessKeyId: `AKIA${random.digits(16, base32)}`,
  secretAccessKey: random.digits(40)
})

/** The caller of an unsigned request. No account has this name, so the caller owns nothing. */
export const anonymous: Principal = {
  account: "anonymous",
  arn: "anonymous",
  userId: "anonymous",
  accessKeyId: "",
  secretAccessKey: ""
}

/** AWS itself, when it acts by itself in an account. */
export const byAws = (account: string): Principal => ({
  account,
  arn: "aws",
  userId: "aws",
  accessKeyId: "",
  secretAccessKey: ""
})

/** The owner of a key that the emulator hasn't issued: the root user of the account that the key names, or else of this one. */
export const ownerOf = (keyId: string, account: string, partition: string): Principal => {
  const own = /^\d{12}$/.test(keyId) ? keyId : account
  return {
    account: own,
    arn: `arn:${partition}:iam::${own}:root`,
    userId: own,
    accessKeyId: keyId,
    secretAccessKey: ""
  }
}

/** What the wire needs to verify a principal's signature. It compares the expiry with the world's time. */
export const secretOf = ({ expiresAt, secretAccessKey, sessionToken }: Principal): Secret => ({
  secretAccessKey,
  sessionToken,
  ...(expiresAt !== undefined && { expires: new Date(expiresAt) })
})

const inHost = /(?:^|[.-])((?:[a-z]{2,4})(?:-[a-z]+)+-\d+)\./

/** The region of a request: from its signature, or else from its host, or else the default. */
export const regionOf = ({ request, scope }: Pick<Located, "scope" | "request">, region: string): string =>
  scope !== undefined && /^[a-z]{2,4}(-[a-z0-9]+)+$/.test(scope.region) ? scope.region : hostRegion(request) ?? region

const hostRegion = ({ headers }: Request): string | undefined => inHost.exec(`.${headers["host"] ?? ""}`)?.[1]
