// Written by `npm run waiters` from botocore's data. Don't edit it.
import * as sdk from "@aws-sdk/client-acm"
import { every, field, flat, is, some } from "../../../src/internal/jmespath.ts"
import type { Commands, Tables, WaitersOf } from "../../../src/internal/waiterTables.ts"

/** `AcmeDomainValidation.Status` */
const acmeDomainValidationStatus = (o: unknown) => field(field(o, "AcmeDomainValidation"), "Status")

/** `AcmeEndpoint.Status` */
const acmeEndpointStatus = (o: unknown) => field(field(o, "AcmeEndpoint"), "Status")

/** `Certificate.DomainValidationOptions[].ValidationStatus` */
const certificateDomainValidationOptionsValidationStatus = (o: unknown) => flat(field(field(o, "Certificate"), "DomainValidationOptions"), (a) => field(a, "ValidationStatus"))

/** `Certificate.Status` */
const certificateStatus = (o: unknown) => field(field(o, "Certificate"), "Status")

/** What Acm can wait for: the command of each waiter, and what the wait returns. */
export type AcmWaiters = WaitersOf<typeof sdk, {
  AcmeDomainValidationDeleted: ["DescribeAcmeDomainValidationCommand", "nothing"]
  AcmeDomainValidationValidated: ["DescribeAcmeDomainValidationCommand", "output"]
  AcmeEndpointActive: ["DescribeAcmeEndpointCommand", "output"]
  AcmeEndpointDeleted: ["DescribeAcmeEndpointCommand", "nothing"]
  CertificateValidated: ["DescribeCertificateCommand", "output"]
}>

export const waiters: Tables = {
  AcmeDomainValidationDeleted: {
    command: (sdk as Commands).DescribeAcmeDomainValidationCommand,
    delay: "5 seconds",
    attempts: 60,
    names: ["AcmeDomainValidationArn"],
    acceptors: [
      { state: "success", error: "ResourceNotFoundException" },
      { state: "retry", output: (o) => is(acmeDomainValidationStatus, o, "DELETING") }
    ]
  },
  AcmeDomainValidationValidated: {
    command: (sdk as Commands).DescribeAcmeDomainValidationCommand,
    delay: "5 seconds",
    attempts: 60,
    names: ["AcmeDomainValidationArn"],
    acceptors: [
      { state: "success", output: (o) => is(acmeDomainValidationStatus, o, "VALID") },
      { state: "failure", output: (o) => is(acmeDomainValidationStatus, o, "INVALID"), reason: "AcmeDomainValidation.Status is \"INVALID\"" },
      { state: "retry", output: (o) => is(acmeDomainValidationStatus, o, "VALIDATING") }
    ]
  },
  AcmeEndpointActive: {
    command: (sdk as Commands).DescribeAcmeEndpointCommand,
    delay: "5 seconds",
    attempts: 60,
    names: ["AcmeEndpointArn"],
    acceptors: [
      { state: "success", output: (o) => is(acmeEndpointStatus, o, "ACTIVE") },
      { state: "failure", output: (o) => is(acmeEndpointStatus, o, "FAILED"), reason: "AcmeEndpoint.Status is \"FAILED\"" },
      { state: "retry", output: (o) => is(acmeEndpointStatus, o, "CREATING") }
    ]
  },
  AcmeEndpointDeleted: {
    command: (sdk as Commands).DescribeAcmeEndpointCommand,
    delay: "5 seconds",
    attempts: 60,
    names: ["AcmeEndpointArn"],
    acceptors: [
      { state: "success", error: "ResourceNotFoundException" },
      { state: "retry", output: (o) => is(acmeEndpointStatus, o, "DELETING") }
    ]
  },
  CertificateValidated: {
    command: (sdk as Commands).DescribeCertificateCommand,
    delay: "60 seconds",
    attempts: 5,
    names: ["CertificateArn"],
    acceptors: [
      { state: "success", output: (o) => every(certificateDomainValidationOptionsValidationStatus, o, "SUCCESS") },
      { state: "retry", output: (o) => some(certificateDomainValidationOptionsValidationStatus, o, "PENDING_VALIDATION") },
      { state: "failure", output: (o) => is(certificateStatus, o, "FAILED"), reason: "Certificate.Status is \"FAILED\"" },
      { state: "failure", error: "ResourceNotFoundException" }
    ]
  }
}
