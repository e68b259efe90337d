import { TaggedError } from "./tagged.ts"

export class VpcDoesNotExist extends TaggedError("VpcDoesNotExist")<{ readonly vpcId: string }> {
  override get message(): string {
    return `The VPC ${this.vpcId} does not exist in this account and region. Check the id, and the Layer's account and region.`
  }
}

export class InstanceDoesNotExist extends TaggedError("InstanceDoesNotExist")<{ readonly instanceId: string }> {
  override get message(): string {
    return `The EC2 instance ${this.instanceId} does not exist in this account and region, or was terminated some time ago. ` +
      "Check the id, and the Layer's account and region."
  }
}

export class ResourceDoesNotExist extends TaggedError("ResourceDoesNotExist")<{
  /** What was looked up: `Volume`, for example. */
  readonly kind: string
  readonly id: string
}> {
  override get message(): string {
    return `No EC2 resource of the kind ${this.kind} has the id ${this.id} in this account and region. ` +
      "Check the id, and the Layer's account and region."
  }
}

export class NonMirrorableEniType extends TaggedError("NonMirrorableEniType")<{
  readonly eniId: string
  readonly eniType: string
}> {
  override get message(): string {
    return `The network interface ${this.eniId} has the type ${this.eniType}, whose traffic cannot be mirrored. Skip it.`
  }
}

export class MirrorDoesNotExist extends TaggedError("MirrorDoesNotExist")<{ readonly sessionId: string }> {
  override get message(): string {
    return `The traffic mirror session ${this.sessionId} does not exist in this account and region. ` +
      "If you wanted to delete it, there is nothing left to do."
  }
}
