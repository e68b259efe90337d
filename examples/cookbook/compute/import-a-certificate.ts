import { Effect } from "effect"
import { Acm } from "effect-aws-sdk"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import * as fs from "node:fs/promises"

/** Imports a certificate from a file, whose key is a secret. */
export const fromFile = Effect.fn("import")(function*(file: string) {
  const certificate = yield* Effect.tryPromise(() => fs.readFile(file, "utf8"))
  const privateKey = yield* SecretsManager.getSecretText("web/private-key")
  return yield* Acm.importCertificate({ certificate, privateKey })
})

/** For a load balancer in a test. */
export const selfSigned = Acm.SelfSignedCertificate.generate({
  issuer: "Example",
  subject: "shop.example.com",
  subjectAlternativeNames: ["shop.example.com"],
  validity: "90 days"
}).pipe(Effect.flatMap(Acm.importCertificate))
