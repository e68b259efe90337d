/** In-memory Certificate Manager: imported certificates, which are parsed and checked, and requested ones. */
import type * as sdk from "@aws-sdk/client-acm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { canonical } from "../engine/input.ts"
import { Fault, service } from "../engine/service.ts"
import { idempotent } from "../support/idempotency.ts"
import { descending, numberKey } from "../support/order.ts"
import * as Bodies from "./bodies.ts"
import { type Certificate, currently, optionsOf, statusOf, toDetail, toSummary } from "./certificates.ts"
import { checkImport, checkReimport } from "./contents.ts"
import { awaitCertificate, tellAvailable, wake } from "./events.ts"
import * as Requests from "./requests.ts"
import * as Acm from "./state.ts"

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

/** Whether a certificate has one of the wanted values. If none are wanted, every certificate matches. */
const matchesAny = <A>(wanted: ReadonlyArray<A> | undefined, has: ReadonlyArray<A | undefined>): boolean =>
  wanted === undefined || wanted.length === 0 || has.some((value) => value !== undefined && wanted.includes(value))

const certificates: Acm.AcmHandlers = {
  ImportCertificate: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Acm.check(input, {
      CertificateArn: Acm.CertificateArn,
      Certificate: { required: true, min: 1, max: 32_768 },
      PrivateKey: { required: true, min: 1, max: 8192 },
      CertificateChain: { min: 1, max: 2_097_152 },
      Tags: Acm.tagRules
    })
    const now = yield* Clock.currentTimeMillis
    const { CertificateArn: arn, Tags = [] } = checked
    const before = arn === undefined ? undefined : yield* Acm.find(state, arn)
    if (before !== undefined && Tags.length > 0) {
      return yield* Acm.invalidParameter("You cannot apply tags when reimporting a certificate.")
    }
    if (before !== undefined && before.origin._tag !== "Imported") {
      return yield* Acm.validation(`The certificate ${before.arn} was not imported, so it cannot be replaced.`)
    }
    const { chain, contents, pem } = yield* checkImport(checked, now)
    if (before !== undefined) yield* checkReimport(before.contents, contents)
    const certificate: Certificate = {
      arn: before?.arn ?? Acm.newArn(context),
      created: before?.created ?? now,
      contents,
      origin: { _tag: "Imported", at: now, pem, chain },
      tags: before?.tags ?? (yield* Acm.tags.add([], Tags))
    }
    state.certificates.set(certificate.arn, certificate)
    tellAvailable(certificate, before === undefined ? "IMPORT" : "REIMPORT", now, context)
    awaitCertificate(certificate.arn, now, state, context)
    return { CertificateArn: certificate.arn }
  }),

  DescribeCertificate: Effect.fnUntraced(function*(input, state) {
    const { CertificateArn: arn } = yield* Acm.check(input, Acm.ofCertificate)
    return { Certificate: toDetail(yield* Acm.find(state, arn), yield* Clock.currentTimeMillis) }
  }),

  ListCertificates: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Acm.check(input, {
      CertificateStatuses: { each: { enum: statuses } },
      CertificateKeyPairOrigins: {
        min: 1,
        max: 3,
        each: { enum: ["AWS_MANAGED", "ACME", "CUSTOMER_PROVIDED"] }
      },
      Includes: {
        members: {
          extendedKeyUsage: { each: { enum: extendedKeyUsages } },
          keyUsage: { each: { enum: Acm.keyUsages } },
          keyTypes: { each: { enum: Acm.keyAlgorithms } },
          exportOption: Acm.toggle,
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
      return yield* Acm.validation("SortBy and SortOrder have to be given together.")
    }
    // Unless the request filters by key type, AWS lists only certificates with RSA keys of up to 2,048 bits.
    const { exportOption, extendedKeyUsage, keyTypes = ["RSA_1024", "RSA_2048"], keyUsage, managedBy } = Includes
    const found = [...state.certificates.values()].map((certificate) => currently(certificate, now)).filter(
      (certificate) => {
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
      }
    )
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
    const { CertificateArn: arn } = yield* Acm.check(input, Acm.ofCertificate)
    const { contents } = yield* Acm.find(state, arn)
    state.certificates.delete(arn)
    state.issued.delete(contents.serial ?? "")
    return {}
  })
}

const addTags = Effect.fnUntraced(function*(state: Acm.State, arn: string, added: ReadonlyArray<sdk.Tag>) {
  const certificate = yield* Acm.find(state, arn)
  state.certificates.set(arn, { ...certificate, tags: yield* Acm.tags.add(certificate.tags, added) })
  return {}
})

const ofResource = { ResourceArn: { required: true, ...Acm.CertificateArn } } as const

const tags: Acm.AcmHandlers = {
  AddTagsToCertificate: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Acm.check(input, { ...Acm.ofCertificate, Tags: { required: true, ...Acm.tagRules } })
    return yield* addTags(state, checked.CertificateArn, checked.Tags)
  }),

  TagResource: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Acm.check(input, { ...ofResource, Tags: { required: true, ...Acm.tagRules } })
    return yield* addTags(state, checked.ResourceArn, checked.Tags)
  }),

  ListTagsForCertificate: Effect.fnUntraced(function*(input, state) {
    const { CertificateArn: arn } = yield* Acm.check(input, Acm.ofCertificate)
    return { Tags: [...(yield* Acm.find(state, arn)).tags] }
  }),

  ListTagsForResource: Effect.fnUntraced(function*(input, state) {
    const { ResourceArn: arn } = yield* Acm.check(input, ofResource)
    return { Tags: [...(yield* Acm.find(state, arn)).tags] }
  }),

  // If the request has a value for a tag, AWS removes the tag only if the values are equal.
  RemoveTagsFromCertificate: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Acm.check(input, { ...Acm.ofCertificate, Tags: { required: true, ...Acm.tagRules } })
    const certificate = yield* Acm.find(state, checked.CertificateArn)
    const isRemoved = (tag: sdk.Tag) =>
      checked.Tags.some(({ Key, Value }) => Key === tag.Key && (Value === undefined || Value === tag.Value))
    state.certificates.set(certificate.arn, {
      ...certificate,
      tags: certificate.tags.filter((tag) => !isRemoved(tag))
    })
    return {}
  }),

  UntagResource: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Acm.check(input, { ...ofResource, TagKeys: { required: true, ...Acm.tagKeys } })
    const certificate = yield* Acm.find(state, checked.ResourceArn)
    state.certificates.set(certificate.arn, {
      ...certificate,
      tags: Acm.tags.remove(certificate.tags, checked.TagKeys)
    })
    return {}
  })
}

const configuration: Acm.AcmHandlers = {
  GetAccountConfiguration: (_, { daysBeforeExpiry: DaysBeforeExpiry }) =>
    Effect.succeed({ ExpiryEvents: { DaysBeforeExpiry } }),

  PutAccountConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const { ExpiryEvents, IdempotencyToken: token } = yield* Acm.check(input, {
      ExpiryEvents: { members: { DaysBeforeExpiry: { min: 1 } } },
      IdempotencyToken: { required: true, min: 1, max: 32, pattern: "\\w+" }
    })
    const days = ExpiryEvents?.DaysBeforeExpiry
    if (days === undefined) return yield* Acm.validation("Configuration for events is empty.")
    const request = canonical(input, ["IdempotencyToken"])
    yield* idempotent(
      state.configurationTokens,
      { token, request, lifetime: 3_600_000 },
      Effect.sync(() => {
        state.daysBeforeExpiry = days
        return undefined
      })
    )
    const now = yield* Clock.currentTimeMillis
    for (const arn of state.certificates.keys()) awaitCertificate(arn, now, state, context)
    return {}
  })
}

export const acm = service<typeof sdk>()({
  serviceId: "ACM",
  namespace: "com.amazonaws.acm",
  scope: "region",
  state: (): Acm.State => ({
    certificates: new Map(),
    tokens: new Map(),
    configurationTokens: new Map(),
    daysBeforeExpiry: 45,
    authority: undefined,
    issued: new Map()
  }),
  handlers: { ...certificates, ...Requests.handlers, ...Bodies.handlers, ...tags, ...configuration },
  wake
})
