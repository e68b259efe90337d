// Written by `npm run codes` from the installed SDK. Don't edit it.
import type * as sdk from "@aws-sdk/client-sts"
import type { CommandCodes } from "../internal/commandCodes.ts"

/** The codes that AWS documents for the commands of Sts. */
export type StsCodes = CommandCodes<typeof sdk, {
  AssumeRoleCommand: "ExpiredTokenException" | "MalformedPolicyDocumentException" | "PackedPolicyTooLargeException" | "RegionDisabledException"
  AssumeRoleWithSAMLCommand: "ExpiredTokenException" | "IDPRejectedClaimException" | "InvalidIdentityTokenException" | "MalformedPolicyDocumentException" | "PackedPolicyTooLargeException" | "RegionDisabledException"
  AssumeRoleWithWebIdentityCommand: "ExpiredTokenException" | "IDPCommunicationErrorException" | "IDPRejectedClaimException" | "InvalidIdentityTokenException" | "MalformedPolicyDocumentException" | "PackedPolicyTooLargeException" | "RegionDisabledException"
  AssumeRootCommand: "ExpiredTokenException" | "RegionDisabledException"
  DecodeAuthorizationMessageCommand: "InvalidAuthorizationMessageException"
  GetDelegatedAccessTokenCommand: "ExpiredTradeInTokenException" | "PackedPolicyTooLargeException" | "RegionDisabledException"
  GetFederationTokenCommand: "MalformedPolicyDocumentException" | "PackedPolicyTooLargeException" | "RegionDisabledException"
  GetSessionTokenCommand: "RegionDisabledException"
  GetWebIdentityTokenCommand: "JWTPayloadSizeExceededException" | "OutboundWebIdentityFederationDisabledException" | "SessionDurationEscalationException"
}>
