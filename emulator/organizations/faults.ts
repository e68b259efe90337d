/** The errors of Organizations. */
import { Fault } from "../engine/service.ts"

// The SDK's schemas have other statuses, which this protocol doesn't use: AWS answers with 400.
const statusCode = 400
const fault = (code: string) => (message: string) => new Fault({ code: `${code}Exception`, message, statusCode })
const withReason = (code: string) => (reason: string, message: string) =>
  new Fault({ code: `${code}Exception`, message, statusCode, members: { Reason: reason } })

export const invalidInput = withReason("InvalidInput")
export const violation = withReason("ConstraintViolation")
export const handshakeViolation = withReason("HandshakeConstraintViolation")

export const accessDenied = fault("AccessDenied")("You don't have permissions to access this resource.")
export const notInUse = fault("AWSOrganizationsNotInUse")("Your account is not a member of an organization.")
export const alreadyInOrganization = fault("AlreadyInOrganization")(
  "The AWS account is already a member of an organization."
)
export const organizationNotEmpty = fault("OrganizationNotEmpty")(
  "To delete an organization you must first remove all member accounts (except the master)."
)
export const masterCannotLeave = fault("MasterCannotLeaveOrganization")(
  "You can't remove the management account from the organization."
)
export const noAccount = fault("AccountNotFound")("You specified an account that doesn't exist.")
export const accountClosed = fault("AccountAlreadyClosed")("The account is already closed.")
export const accountClosing = fault("Conflict")("The account is already being closed.")
export const noRequest = fault("CreateAccountStatusNotFound")(
  "You specified a create account request that doesn't exist."
)
export const noParent = fault("ParentNotFound")("You specified parent that doesn't exist.")
export const noChild = fault("ChildNotFound")("You specified a child that doesn't exist.")
export const noSource = fault("SourceParentNotFound")("You specified a source parent that doesn't exist.")
export const noDestination = fault("DestinationParentNotFound")(
  "You specified a destination parent that doesn't exist."
)
export const duplicateAccount = fault("DuplicateAccount")(
  "The account is already in the destination that you specified."
)
export const noUnit = fault("OrganizationalUnitNotFound")("You specified an organizational unit that doesn't exist.")
export const duplicateUnit = fault("DuplicateOrganizationalUnit")("An OU with the same name already exists.")
export const unitNotEmpty = fault("OrganizationalUnitNotEmpty")("The organizational unit is not empty.")
export const noRoot = fault("RootNotFound")("You specified a root that doesn't exist.")
export const noTarget = fault("TargetNotFound")("You specified a target that doesn't exist.")
export const noPolicy = fault("PolicyNotFound")("You specified a policy that doesn't exist.")
export const duplicatePolicy = fault("DuplicatePolicy")("A policy with the specified name and type already exists.")
export const malformedPolicy = fault("MalformedPolicyDocument")
export const policyInUse = fault("PolicyInUse")("The policy is attached to one or more targets.")
export const policyNotAttached = fault("PolicyNotAttached")("The policy is not attached to the specified target.")
export const policyAttached = fault("DuplicatePolicyAttachment")(
  "The policy is already attached to the specified target."
)
export const typeEnabled = fault("PolicyTypeAlreadyEnabled")("The specified policy type is already enabled.")
export const typeNotEnabled = fault("PolicyTypeNotEnabled")(
  "This operation can be performed only for enabled policy types."
)
export const typeNotAvailable = fault("PolicyTypeNotAvailableForOrganization")(
  "The specified policy type isn't available for an organization that has only the consolidated billing features."
)
export const alreadyRegistered = fault("AccountAlreadyRegistered")(
  "The provided account is already a delegated administrator for your organization."
)
export const notRegistered = fault("AccountNotRegistered")(
  "The provided account is not a registered delegated administrator for your organization."
)
export const noHandshake = fault("HandshakeNotFound")("You specified a handshake that doesn't exist.")
export const duplicateHandshake = fault("DuplicateHandshake")(
  "The account has a pending invitation to this organization already."
)
export const handshakeInState = fault("HandshakeAlreadyInState")("The handshake is already in the requested state.")
export const invalidTransition = fault("InvalidHandshakeTransition")(
  "The handshake can't change to the requested state from its current state."
)

export const allFeaturesNeeded = violation(
  "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
  "You must enable all features in your organization to use this operation."
)
