/** The errors of IAM. */
import { Fault } from "../engine/service.ts"

const fault = (code: string, statusCode: number) => (message: string) => new Fault({ code, statusCode, message })
export const noSuchEntity = fault("NoSuchEntity", 404)
export const alreadyExists = fault("EntityAlreadyExists", 409)
export const deleteConflict = fault("DeleteConflict", 409)
export const limitExceeded = fault("LimitExceeded", 409)
export const malformed = fault("MalformedPolicyDocument", 400)
export const validation = fault("ValidationError", 400)
export const invalidInput = fault("InvalidInput", 400)
export const accessDenied = fault("AccessDenied", 403)
export const invalidToken = fault("InvalidClientTokenId", 403)("The security token included in the request is invalid.")
export const notAttachable = fault("PolicyNotAttachable", 400)
export const unmodifiable = fault("UnmodifiableEntity", 400)
export const invalidPublicKey = fault("InvalidPublicKey", 400)
export const duplicateSshKey = fault("DuplicateSSHPublicKey", 400)
export const duplicateCertificate = fault("DuplicateCertificate", 409)
export const invalidCertificate = fault("InvalidCertificate", 400)
export const keyPairMismatch = fault("KeyPairMismatch", 400)
export const malformedCertificate = fault("MalformedCertificate", 400)(
  "Unable to parse certificate. Please ensure the certificate is in PEM format."
)
export const malformedKey = fault("MalformedCertificate", 400)(
  "Unable to parse private key. Please ensure the private key is in PEM format."
)
export const invalidUserType = fault("InvalidUserType", 400)
export const invalidCode = fault("InvalidAuthenticationCode", 403)
export const reportNotPresent = fault("ReportNotPresent", 410)("No credential report exists.")
export const reportInProgress = fault("ReportInProgress", 404)("The credential report is still being generated.")
export const reportExpired = fault("ReportExpired", 410)("The most recent credential report has expired.")
export const weakPassword = fault("PasswordPolicyViolation", 400)
