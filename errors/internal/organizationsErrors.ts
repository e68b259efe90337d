import type { AwsError } from "./awsError.ts"
import { TaggedError } from "./tagged.ts"

export class NotInOrganization extends TaggedError("NotInOrganization")<{
  /** What was asked for: `ListAccounts`. */
  readonly operation: string
}> {
  override get message(): string {
    return `Organizations.${this.operation} needs an organization, and the account of the credentials isn't in one. ` +
      "Use credentials of the management account or of a delegated administrator, or create an organization."
  }
}

export class OrganizationAccessDenied extends TaggedError("OrganizationAccessDenied")<{
  /** What was asked for: `ListAccounts`. */
  readonly operation: string
  /** AWS's answer. */
  readonly cause: AwsError
}> {
  override get message(): string {
    return `AWS refused Organizations.${this.operation}. Only the management account and delegated administrators may call it, ` +
      `and only with the permission organizations:${this.operation}. ` +
      `Check the account and the policies of the credentials: ${this.cause.message}`
  }
}

export class ParentDoesNotExist extends TaggedError("ParentDoesNotExist")<{ readonly parent: string }> {
  override get message(): string {
    return `The organization has no root or organizational unit ${this.parent}. ` +
      "Check the id, which begins with r- or ou-, and that the credentials belong to this organization."
  }
}
