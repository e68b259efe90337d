/** In-memory Certificate Manager: imported certificates, which are parsed and checked, and requested ones. */
import type * as sdk from "@aws-sdk/client-acm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { canonical } from "../engine/input.ts"
import { Fault, type HandlerContext, service } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { checker } from "../support/constraints.ts"
import { idempotent, type Tokens } from "../support/idempotency.ts"
import { descending, numberKey } from "../support/order.ts"
import { tagging } from "../support/tags.ts"
import {
  type Certificate,
  isIssued,
  optionsOf,
  requestedContents,
  statusOf,
  toDetail,
  toSummary
} from "./certificates.ts"
import { checkImport, usageBits } from "./contents.ts"

interface State {
  readonly certificates: Map<string, Certificate>
  /** The ARNs of requested certificates by idempotency token. */
  readonly tokens: Tokens<string>
}

/** How long AWS takes to validate the domains of a requested certificate and to issue it. */
const validationTime = 60_000

const fault = (code: string) => (message: string) => new Fault({ code, message })
const validation = fault("ValidationException")
const invalidParameter = fault("InvalidParameterException")

// Constraints

const check = checker({ code: "ValidationException" })

const CertificateArn = {
  min: 20,
  max: 2048,
  pattern: "arn:[\\w+=/,.@-]+:acm:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*"
} as const
const ofCertificate = { CertificateArn: { required: true, ...CertificateArn } } as const
const tagRules = {
  min: 1,
  max: 50,
  members: {
    Key: { required: true, min: 1, max: 128, pattern: "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)" },
    Value: { max: 256, pattern: "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)" }
  }
} as const
const domain = {
  min: 1,
  max: 253,
  pattern: "(\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])"
} as const
const validationMethods = ["EMAIL", "DNS", "HTTP"] as const
const toggle = { enum: ["ENABLED", "DISABLED"] } as const
const keyAlgorithms = [
  "RSA_1024",
  "RSA_2048",
  "RSA_3072",
  "RSA_4096",
  "EC_prime256v1",
  "EC_secp384r1",
  "EC_secp521r1"
] as const
const keyUsages = [...usageBits, "ANY", "CUSTOM"]
const extendedKeyUsages = [
  "TLS_WEB_SERVER_AUTHENTICATION",
  "TLS_WEB_CLIENT_AUTHENTICATION",
  "CODE_SIGNING",
  "EMAIL_PROTECTION",
  "TIME_STAMPING",
  "OCSP_SIGNING",
  "IPSEC_END_SYSTEM",
  "IPSEC_TUNNEL",
  "IPSEC_USER",
  "ANY",
  "NONE",
  "CUSTOM"
] as const
const statuses = [
  "PENDING_VALIDATION",
  "ISSUED",
  "INACTIVE",
  "EXPIRED",
  "VALIDATION_TIMED_OUT",
  "REVOKED",
  "FAILED"
] as const

const tags = tagging<sdk.Tag>({
  key: ({ Key }) => Key,
  limit: 50,
  tooMany: new Fault({ code: "TooManyTagsException", message: "The request contains too many tags." }),
  reserved: (key) =>
    new Fault({
      code: "InvalidTagException",
      message: `Invalid Tag Key: "${key}". AWS internal tags cannot be changed with this API`
    })
})

const find = ({ certificates }: State, arn: string) => {
  const certificate = certificates.get(arn)
  return certificate === undefined
    ? Effect.fail(new Fault({ code: "ResourceNotFoundException", message: `Could not find certificate ${arn}.` }))
    : Effect.succeed(certificate)
}

const newArn = ({ arn, uuid }: HandlerContext): string => arn("acm", `certificate/${uuid()}`)

/** Whether a certificate has one of the wanted values. If none are wanted, every certificate matches. */
const matchesAny = <A>(wanted: ReadonlyArray<A> | undefined, has: ReadonlyArray<A | undefined>): boolean =>
  wanted === undefined || wanted.length === 0 || has.some((value) => value !== undefined && wanted.includes(value))

/** The domain that the owner of each name validates: the name itself, or a parent domain that the request names. */
const validationDomain = Effect.fnUntraced(function*(
  names: ReadonlyArray<string>,
  options: ReadonlyArray<sdk.DomainValidationOption>
) {
  const domains = new Map(names.map((name) => [name, name]))
  for (const { DomainName = "", ValidationDomain = "" } of options) {
    if (!names.includes(DomainName) || !`.${DomainName.replace("*.", "")}`.endsWith(`.${ValidationDomain}`)) {
      return yield* new Fault({
        code: "InvalidDomainValidationOptionsException",
        message: `The validation domain ${ValidationDomain} isn't valid for the domain ${DomainName}.`
      })
    }
    domains.set(DomainName, ValidationDomain)
  }
  return domains
})

export const acm = service<typeof sdk>()({
  serviceId: "ACM",
  namespace: "com.amazonaws.acm",
  scope: "region",
  state: (): State => ({ certificates: new Map(), tokens: new Map() }),
  handlers: {
    ImportCertificate: Effect.fnUntraced(function*(input, state, context) {
      const checked = yield* check(input, {
        CertificateArn,
        Certificate: { required: true, min: 1, max: 32_768 },
        PrivateKey: { required: true, min: 1, max: 8192 },
        CertificateChain: { min: 1, max: 2_097_152 },
        Tags: tagRules
      })
      const now = yield* Clock.currentTimeMillis
      const { CertificateArn: arn, Tags = [] } = checked
      const before = arn === undefined ? undefined : yield* find(state, arn)
      if (before !== undefined && Tags.length > 0) {
        return yield* invalidParameter("You cannot apply tags when reimporting a certificate.")
      }
      if (before !== undefined && before.origin._tag !== "Imported") {
        return yield* validation(`The certificate ${before.arn} was not imported, so it cannot be replaced.`)
      }
      const { chain, contents, pem } = yield* checkImport(checked, now)
      const certificate: Certificate = {
        arn: before?.arn ?? newArn(context),
        created: before?.created ?? now,
        contents,
        origin: { _tag: "Imported", at: now, pem, chain },
        tags: before?.tags ?? (yield* tags.add([], Tags))
      }
      state.certificates.set(certificate.arn, certificate)
      return { CertificateArn: certificate.arn }
    }),

    RequestCertificate: Effect.fnUntraced(function*(input, state, context) {
      const checked = yield* check(input, {
        DomainName: { required: true, ...domain },
        ValidationMethod: { enum: validationMethods },
        SubjectAlternativeNames: { min: 1, max: 100, each: domain },
        IdempotencyToken: { min: 1, max: 32, pattern: "\\w+" },
        DomainValidationOptions: {
          min: 1,
          max: 100,
          members: { DomainName: { required: true, ...domain }, ValidationDomain: { required: true, ...domain } }
        },
        Options: {
          members: {
            CertificateTransparencyLoggingPreference: toggle,
            Export: toggle,
            ValidationMethod: { enum: validationMethods }
          }
        },
        CertificateAuthorityArn: { ...CertificateArn, pattern: CertificateArn.pattern.replace(":acm:", ":acm-pca:") },
        Tags: tagRules,
        KeyAlgorithm: { enum: keyAlgorithms },
        ManagedBy: { enum: ["CLOUDFRONT"] }
      })
      const { KeyAlgorithm = "RSA_2048", Options = {}, ValidationMethod: method = "EMAIL" } = checked
      const names = [...new Set([checked.DomainName, ...checked.SubjectAlternativeNames ?? []])]
      if (names.length > 10) {
        return yield* new Fault({
          code: "LimitExceededException",
          message: "The number of domain names in the request is more than 10."
        })
      }
      if (method === "HTTP") {
        return yield* unsupported("The in-memory ACM validates domains by DNS or EMAIL, not by HTTP.")
      }
      if (!["RSA_2048", "EC_prime256v1", "EC_secp384r1"].includes(KeyAlgorithm)) {
        return yield* unsupported(`The in-memory ACM doesn't issue certificates with keys of type ${KeyAlgorithm}.`)
      }
      const domains = yield* validationDomain(names, checked.DomainValidationOptions ?? [])
      const certificateTags = yield* tags.add([], checked.Tags ?? [])
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
          // A name and its wildcard have the same record.
          const records = new Map(
            names.map((name) => name.replace(/^\*\./, "")).map((name): [string, sdk.ResourceRecord] => [name, {
              Name: `${context.id("_", 32)}.${name}.`,
              Type: "CNAME",
              Value: `${context.id("_", 32)}.acm-validations.aws.`
            }])
          )
          const certificate: Certificate = {
            arn: newArn(context),
            created: now,
            contents: requestedContents(names, KeyAlgorithm, context.id("0", 31), now),
            origin: {
              _tag: "Requested",
              method,
              issuedAt: now + context.takes(validationTime),
              options,
              validations: new Map(names.map((name) => [name, {
                ValidationDomain: domains.get(name),
                ...(method === "DNS" && { ResourceRecord: records.get(name.replace(/^\*\./, "")) })
              }]))
            },
            tags: certificateTags
          }
          state.certificates.set(certificate.arn, certificate)
          return certificate.arn
        })
      )
      return { CertificateArn: arn }
    }),

    DescribeCertificate: Effect.fnUntraced(function*(input, state) {
      const { CertificateArn: arn } = yield* check(input, ofCertificate)
      return { Certificate: toDetail(yield* find(state, arn), yield* Clock.currentTimeMillis) }
    }),

    GetCertificate: Effect.fnUntraced(function*(input, state) {
      const { CertificateArn: arn } = yield* check(input, ofCertificate)
      const certificate = yield* find(state, arn)
      const { origin } = certificate
      if (!isIssued(certificate, yield* Clock.currentTimeMillis)) {
        return yield* new Fault({
          code: "RequestInProgressException",
          message: `The certificate ${arn} is not issued yet.`
        })
      }
      if (origin._tag === "Requested") {
        return yield* unsupported(
          `The in-memory ACM cannot generate the body of the requested certificate ${arn}. Import a certificate, or add a handler: InMemory.handle(GetCertificateCommand, …).`
        )
      }
      return {
        Certificate: origin.pem,
        ...(origin.chain !== undefined && { CertificateChain: origin.chain })
      }
    }),

    ListCertificates: Effect.fnUntraced(function*(input, state, context) {
      const checked = yield* check(input, {
        CertificateStatuses: { each: { enum: statuses } },
        CertificateKeyPairOrigins: {
          min: 1,
          max: 3,
          each: { enum: ["AWS_MANAGED", "ACME", "CUSTOMER_PROVIDED"] }
        },
        Includes: {
          members: {
            extendedKeyUsage: { each: { enum: extendedKeyUsages } },
            keyUsage: { each: { enum: keyUsages } },
            keyTypes: { each: { enum: keyAlgorithms } },
            exportOption: toggle,
            managedBy: { enum: ["CLOUDFRONT"] }
          }
        },
        NextToken: { min: 1, max: 10_000, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]*" },
        MaxItems: { min: 1, max: 1000 },
        SortBy: { enum: ["CREATED_AT"] },
        SortOrder: { enum: ["ASCENDING", "DESCENDING"] }
      })
      const now = yield* Clock.currentTimeMillis
      const { CertificateKeyPairOrigins, CertificateStatuses, Includes = {}, SortBy, SortOrder } = checked
      if ((SortBy === undefined) !== (SortOrder === undefined)) {
        return yield* validation("SortBy and SortOrder have to be given together.")
      }
      // Unless the request filters by key type, AWS lists only certificates with RSA keys of up to 2,048 bits.
      const { exportOption, extendedKeyUsage, keyTypes = ["RSA_1024", "RSA_2048"], keyUsage, managedBy } = Includes
      const found = [...state.certificates.values()].filter((certificate) => {
        const { contents, origin } = certificate
        return contents.domain !== undefined &&
          matchesAny(CertificateStatuses, [statusOf(certificate, now)]) &&
          matchesAny(CertificateKeyPairOrigins, [origin._tag === "Imported" ? "CUSTOMER_PROVIDED" : "AWS_MANAGED"]) &&
          matchesAny(keyTypes, [contents.algorithm]) &&
          matchesAny(keyUsage, contents.keyUsages) &&
          matchesAny(extendedKeyUsage, contents.extendedKeyUsages.map(({ Name }) => Name)) &&
          (exportOption === undefined || exportOption === optionsOf(certificate).Export) &&
          // No certificate here belongs to another service.
          managedBy === undefined
      })
      const order = ({ created }: Certificate) =>
        SortBy === undefined ? "" : SortOrder === "DESCENDING" ? descending(numberKey(created)) : numberKey(created)
      const [page, token] = yield* context.page(found, {
        token: checked.NextToken,
        size: checked.MaxItems ?? 100,
        key: (certificate) => `${order(certificate)} ${certificate.arn}`,
        query: input,
        invalid: new Fault({ code: "InvalidArgsException", message: "The next token is not valid." })
      })
      return {
        CertificateSummaryList: page.map((certificate) => toSummary(certificate, now)),
        ...(token !== undefined && { NextToken: token })
      }
    }),

    // No in-memory service uses certificates, so tests have to inject ResourceInUseException.
    DeleteCertificate: Effect.fnUntraced(function*(input, state) {
      const { CertificateArn: arn } = yield* check(input, ofCertificate)
      yield* find(state, arn)
      state.certificates.delete(arn)
      return {}
    }),

    AddTagsToCertificate: Effect.fnUntraced(function*(input, state) {
      const checked = yield* check(input, { ...ofCertificate, Tags: { required: true, ...tagRules } })
      const certificate = yield* find(state, checked.CertificateArn)
      state.certificates.set(certificate.arn, {
        ...certificate,
        tags: yield* tags.add(certificate.tags, checked.Tags)
      })
      return {}
    }),

    ListTagsForCertificate: Effect.fnUntraced(function*(input, state) {
      const { CertificateArn: arn } = yield* check(input, ofCertificate)
      return { Tags: [...(yield* find(state, arn)).tags] }
    }),

    // If the request has a value for a tag, AWS removes the tag only if the values are equal.
    RemoveTagsFromCertificate: Effect.fnUntraced(function*(input, state) {
      const checked = yield* check(input, { ...ofCertificate, Tags: { required: true, ...tagRules } })
      const certificate = yield* find(state, checked.CertificateArn)
      const isRemoved = (tag: sdk.Tag) =>
        checked.Tags.some(({ Key, Value }) => Key === tag.Key && (Value === undefined || Value === tag.Value))
      state.certificates.set(certificate.arn, {
        ...certificate,
        tags: certificate.tags.filter((tag) => !isRemoved(tag))
      })
      return {}
    })
  }
})
