/** In-memory ACM: requested certificates. AWS validates their domains, issues them, renews and revokes them. */
import type * as sdk from "@aws-sdk/client-acm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { canonical } from "../engine/input.ts"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { idempotent } from "../support/idempotency.ts"
import { type Certificate, requestedContents, statusOf } from "./certificates.ts"
import { awaitCertificate, tellRevoked } from "./events.ts"
import * as Acm from "./state.ts"

/** How long AWS takes to send emails to the owners of domains. */
const emailTime = 10_000
/** How long AWS takes to validate the domains of a requested certificate and to issue it. */
const validationTime = 60_000

/** The types of keys that certificates are issued with. */
const keyTypes: ReadonlyArray<string> = ["RSA_2048", "EC_prime256v1", "EC_secp384r1"]

/** Domains of the first level that aren't on the public Internet. */
const reserved = /(?:^|\.)(?:corp|example|home|internal|invalid|lan|local|localhost|onion|test)$/i

const isSuperdomain = (above: string, name: string): boolean =>
  `.${name.replace("*.", "")}`.toLowerCase().endsWith(`.${above.replace("*.", "")}`.toLowerCase())

/** The domain that the owner of each name validates: the name itself, or a parent domain that the request names. */
const validationDomain = Effect.fnUntraced(function*(
  names: ReadonlyArray<string>,
  options: ReadonlyArray<sdk.DomainValidationOption>
) {
  const domains = new Map(names.map((name) => [name, name]))
  for (const { DomainName = "", ValidationDomain = "" } of options) {
    if (!names.includes(DomainName) || !isSuperdomain(ValidationDomain, DomainName)) {
      return yield* Acm.invalidDomainOptions(
        `The validation domain ${ValidationDomain} isn't valid for the domain ${DomainName}.`
      )
    }
    domains.set(DomainName, ValidationDomain)
  }
  return domains
})

/**
 * The DNS record by which an account proves that it owns a domain. It is the same for each request of the account, in each region. A
 * name and its wildcard have the same record.
 */
const recordOf = (name: string, account: string): sdk.ResourceRecord => {
  const domain = name.replace(/^\*\./, "").toLowerCase()
  const hash = createHash("sha256").update(`${account} ${domain}`).digest("hex")
  const label = Array.from(
    createHash("sha256").update(account).digest().subarray(0, 10),
    (byte) => String.fromCharCode(97 + byte % 26)
  ).join("")
  return {
    Name: `_${hash.slice(0, 32)}.${domain}.`,
    Type: "CNAME",
    Value: `_${hash.slice(32)}.${label}.acm-validations.aws.`
  }
}

const serialOf = ({ id }: HandlerContext): string => id("0", 31)

/** The origin of a certificate that was requested, or an error of the operation for another one. */
const requestedOf = (certificate: Certificate, otherwise: Fault) =>
  certificate.origin._tag === "Requested" ? Effect.succeed(certificate.origin) : Effect.fail(otherwise)

export const handlers: Acm.AcmHandlers = {
  RequestCertificate: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Acm.check(input, {
      DomainName: { required: true, ...Acm.domain },
      ValidationMethod: { enum: Acm.validationMethods },
      SubjectAlternativeNames: { min: 1, max: 100, each: Acm.domain },
      IdempotencyToken: { min: 1, max: 32, pattern: "\\w+" },
      DomainValidationOptions: {
        min: 1,
        max: 100,
        members: { DomainName: { required: true, ...Acm.domain }, ValidationDomain: { required: true, ...Acm.domain } }
      },
      Options: Acm.optionRules,
      CertificateAuthorityArn: {
        ...Acm.CertificateArn,
        pattern: Acm.CertificateArn.pattern.replace(":acm:", ":acm-pca:")
      },
      Tags: Acm.tagRules,
      KeyAlgorithm: { enum: Acm.keyAlgorithms },
      ManagedBy: { enum: ["CLOUDFRONT"] }
    })
    const { KeyAlgorithm = "RSA_2048", Options = {}, ValidationMethod: method = "EMAIL" } = checked
    const names = [...new Set([checked.DomainName, ...checked.SubjectAlternativeNames ?? []])]
    if (names.length > 10) {
      return yield* new Fault({
        code: "LimitExceededException",
        message: "An ACM limit has been exceeded. Need to request SAN limit to be raised"
      })
    }
    if (method === "HTTP") {
      return yield* unsupported("The in-memory ACM validates domains by DNS or EMAIL, not by HTTP.")
    }
    if (!keyTypes.includes(KeyAlgorithm)) {
      return yield* unsupported(
        `The in-memory ACM doesn't issue certificates with keys of type ${KeyAlgorithm}. Use ${keyTypes.join(" or ")}.`
      )
    }
    const domains = yield* validationDomain(names, checked.DomainValidationOptions ?? [])
    const certificateTags = yield* Acm.tags.add([], checked.Tags ?? [])
    const options: sdk.CertificateOptions = {
      CertificateTransparencyLoggingPreference: Options.CertificateTransparencyLoggingPreference ?? "ENABLED",
      Export: Options.Export ?? "DISABLED"
    }
    const now = yield* Clock.currentTimeMillis
    const arn = yield* idempotent(
      state.tokens,
      {
        token: checked.IdempotencyToken,
        request: canonical(input, ["IdempotencyToken"]),
        lifetime: 3_600_000
      },
      Effect.sync(() => {
        const certificate: Certificate = {
          arn: Acm.newArn(context),
          created: now,
          contents: requestedContents(names, KeyAlgorithm, serialOf(context), now),
          origin: {
            _tag: "Requested",
            method,
            emailsAt: now + context.takes(emailTime),
            issuedAt: now + context.takes(validationTime),
            notPublic: names.filter((name) => reserved.test(name)),
            options,
            saysExport: Options.Export !== undefined,
            exportedAt: undefined,
            renewal: undefined,
            revoked: undefined,
            validations: new Map(names.map((name) => [name, {
              ValidationDomain: domains.get(name),
              ...(method === "DNS" && { ResourceRecord: recordOf(name, context.account) })
            }]))
          },
          tags: certificateTags
        }
        state.certificates.set(certificate.arn, certificate)
        awaitCertificate(certificate.arn, now, state, context)
        return certificate.arn
      })
    )
    return { CertificateArn: arn }
  }),

  ResendValidationEmail: Effect.fnUntraced(function*(input, state, context) {
    const { CertificateArn: arn, Domain, ValidationDomain } = yield* Acm.check(input, {
      ...Acm.ofCertificate,
      Domain: { required: true, ...Acm.domain },
      ValidationDomain: { required: true, ...Acm.domain }
    })
    const now = yield* Clock.currentTimeMillis
    const certificate = yield* Acm.find(state, arn)
    const origin = yield* requestedOf(
      certificate,
      Acm.invalidState(`The certificate ${arn} was imported, so its domains are not validated.`)
    )
    if (origin.method !== "EMAIL" || statusOf(certificate, now) !== "PENDING_VALIDATION") {
      return yield* Acm.invalidState(`The certificate ${arn} is not pending validation by email.`)
    }
    const validation = origin.validations.get(Domain)
    if (validation === undefined || !isSuperdomain(ValidationDomain, Domain)) {
      return yield* Acm.invalidDomainOptions("Parameter Domain does not match certificate domain")
    }
    const validations = new Map(origin.validations).set(Domain, { ...validation, ValidationDomain })
    state.certificates.set(arn, {
      ...certificate,
      origin: { ...origin, validations, emailsAt: now + context.takes(emailTime) }
    })
    return {}
  }),

  UpdateCertificateOptions: Effect.fnUntraced(function*(input, state) {
    const { CertificateArn: arn, Options } = yield* Acm.check(input, {
      ...Acm.ofCertificate,
      Options: { required: true, ...Acm.optionRules }
    })
    const certificate = yield* Acm.find(state, arn)
    const origin = yield* requestedOf(
      certificate,
      Acm.invalidState(`The options of the imported certificate ${arn} cannot be updated.`)
    )
    if (statusOf(certificate, yield* Clock.currentTimeMillis) !== "ISSUED") {
      return yield* Acm.invalidState(`The certificate ${arn} is not issued.`)
    }
    const { CertificateTransparencyLoggingPreference = origin.options.CertificateTransparencyLoggingPreference } =
      Options
    if (Options.Export !== undefined && Options.Export !== origin.options.Export) {
      return yield* Acm.validation("The Export option cannot be changed after the certificate is created.")
    }
    state.certificates.set(arn, {
      ...certificate,
      origin: { ...origin, options: { ...origin.options, CertificateTransparencyLoggingPreference } }
    })
    return {}
  }),

  RenewCertificate: Effect.fnUntraced(function*(input, state, context) {
    const { CertificateArn: arn } = yield* Acm.check(input, Acm.ofCertificate)
    const certificate = yield* Acm.find(state, arn)
    const now = yield* Clock.currentTimeMillis
    const notExported = Acm.validation(
      `Certificate ARN ${arn} has not been exported so it is not eligible for the Renew Certificate API.`
    )
    const origin = yield* requestedOf(certificate, notExported)
    if (origin.exportedAt === undefined) return yield* notExported
    if (statusOf(certificate, now) !== "ISSUED") {
      return yield* Acm.validation(`Certificate ARN ${arn} is not in the state ISSUED.`)
    }
    if (origin.renewal !== undefined && now < origin.renewal.doneAt) {
      return yield* new Fault({
        code: "RequestInProgressException",
        message: `The renewal of the certificate ${arn} is in progress.`
      })
    }
    const { algorithm, names } = certificate.contents
    const contents = requestedContents(names, algorithm, serialOf(context), now)
    const renewal = { at: now, doneAt: now + context.takes(validationTime), contents }
    state.certificates.set(arn, { ...certificate, origin: { ...origin, renewal } })
    awaitCertificate(arn, now, state, context)
    return {}
  }),

  RevokeCertificate: Effect.fnUntraced(function*(input, state, context) {
    const { CertificateArn: arn, RevocationReason: reason } = yield* Acm.check(input, {
      ...Acm.ofCertificate,
      RevocationReason: {
        required: true,
        enum: [
          "UNSPECIFIED",
          "KEY_COMPROMISE",
          "CA_COMPROMISE",
          "AFFILIATION_CHANGED",
          "SUPERCEDED",
          "SUPERSEDED",
          "CESSATION_OF_OPERATION",
          "CERTIFICATE_HOLD",
          "REMOVE_FROM_CRL",
          "PRIVILEGE_WITHDRAWN",
          "A_A_COMPROMISE"
        ]
      }
    })
    const certificate = yield* Acm.find(state, arn)
    const at = yield* Clock.currentTimeMillis
    const notExported = Acm.validation(`Certificate ARN ${arn} has not been exported so it cannot be revoked.`)
    const origin = yield* requestedOf(certificate, notExported)
    if (origin.exportedAt === undefined) return yield* notExported
    if (statusOf(certificate, at) !== "ISSUED") {
      return yield* new Fault({ code: "ConflictException", message: `The certificate ${arn} is not issued.` })
    }
    state.certificates.set(arn, { ...certificate, origin: { ...origin, revoked: { at, reason } } })
    tellRevoked(certificate, context)
    return { CertificateArn: arn }
  })
}
