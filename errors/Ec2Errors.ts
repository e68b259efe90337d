/**
 * What can go wrong with networks and their mirroring.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * There is no VPC of this id in this account and region.
 *
 * @category errors
 * @since 0.1.0
 */
export class VpcDoesNotExist extends Data.TaggedError("VpcDoesNotExist")<{ readonly vpcId: string }> {
  override get message(): string {
    return `The VPC ${this.vpcId} does not exist in this account and region. Check the id, and which account and region the Layer is for.`
  }
}

/**
 * There is no instance of this id in this account and region.
 *
 * @category errors
 * @since 0.1.0
 */
export class InstanceDoesNotExist extends Data.TaggedError("InstanceDoesNotExist")<{ readonly instanceId: string }> {
  override get message(): string {
    return `The EC2 instance ${this.instanceId} does not exist in this account and region, or was terminated long ago.`
  }
}

/**
 * The network interface is of a type whose traffic cannot be mirrored.
 *
 * @category errors
 * @since 0.1.0
 */
export class NonMirrorableEniType extends Data.TaggedError("NonMirrorableEniType")<{
  readonly eniId: string
  readonly eniType: string
}> {
  override get message(): string {
    return `The network interface ${this.eniId} is of the type ${this.eniType}, which cannot be mirrored. Leave it out.`
  }
}

/**
 * There is no traffic mirror session of this id in this account and region.
 *
 * @category errors
 * @since 0.1.0
 */
export class MirrorDoesNotExist extends Data.TaggedError("MirrorDoesNotExist")<{ readonly sessionId: string }> {
  override get message(): string {
    return `The traffic mirror session ${this.sessionId} does not exist in this account and region. If it was to be deleted, there is nothing left to do.`
  }
}
