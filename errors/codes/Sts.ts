// Written by `npm run codes` from the installed SDK; not to be edited.
import type * as sdk from "@aws-sdk/client-sts"

/** The codes that AWS documents for the commands of Sts. */
export type StsCodes =
  | [sdk.AssumeRoleCommand, "ExpiredTokenException" | "MalformedPolicyDocumentException" | "PackedPolicyTooLargeException" | "RegionDisabledException"]
  | [sdk.AssumeRoleWithSAMLCommand, "ExpiredTokenException" | "IDPRejectedClaimException" | "InvalidIdentityTokenException" | "MalformedPolicyDocumentException" | "PackedPolicyTooLargeException" | "RegionDisabledException"]
  | [sdk.AssumeRoleWithWebIdentityCommand, "ExpiredTokenException" | "IDPCommunicationErrorException" | "IDPRejectedClaimException" | "InvalidIdentityTokenException" | "MalformedPolicyDocumentException" | "PackedPolicyTooLargeException" | "RegionDisabledException"]
  | [sdk.AssumeRootCommand, "ExpiredTokenException" | "RegionDisabledException"]
  | [sdk.DecodeAuthorizationMessageCommand, "InvalidAuthorizationMessageException"]
  | [sdk.GetDelegatedAccessTokenCommand, "ExpiredTradeInTokenException" | "PackedPolicyTooLargeException" | "RegionDisabledException"]
  | [sdk.GetFederationTokenCommand, "MalformedPolicyDocumentException" | "PackedPolicyTooLargeException" | "RegionDisabledException"]
  | [sdk.GetSessionTokenCommand, "RegionDisabledException"]
  | [sdk.GetWebIdentityTokenCommand, "JWTPayloadSizeExceededException" | "OutboundWebIdentityFederationDisabledException" | "SessionDurationEscalationException"]
