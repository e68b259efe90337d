/** In-memory EC2: transit gateways, their tables and attachments, found in a state in which they can be changed. */
import * as Effect from "effect/Effect"
import { fault } from "./faults.ts"
import { find, transitAttachments, transitGateways, transitTables } from "./kinds.ts"
import type { TransitTable } from "./networkState.ts"
import type { State } from "./state.ts"

/** A gateway that isn't deleted and, if the caller changes it, isn't being deleted either. */
export const availableGateway = Effect.fnUntraced(function*(state: State, id: string | undefined) {
  const gateway = yield* find(state, transitGateways, id, "transitGatewayId")
  if (gateway.State === "deleted") return yield* fault(transitGateways.notFound, transitGateways.message!(id!))
  return gateway.State === "available"
    ? gateway
    : yield* fault("IncorrectState", `${gateway.TransitGatewayId} is in invalid state`)
})

/** A table that isn't deleted. */
export const transitTable = Effect.fnUntraced(function*(state: State, id: string | undefined) {
  const table = yield* find(state, transitTables, id, "transitGatewayRouteTableId")
  if (table.State === "deleted") return yield* fault(transitTables.notFound, transitTables.message!(id!))
  return table.State === "deleting"
    ? yield* fault("IncorrectState", `${table.TransitGatewayRouteTableId} is in invalid state`)
    : table
})

/** An attachment of the gateway that a table belongs to. */
export const transitAttachment = Effect.fnUntraced(
  function*(state: State, table: TransitTable, id: string | undefined) {
    const attachment = yield* find(state, transitAttachments, id, "transitGatewayAttachmentId")
    if (attachment.State === "deleted") {
      return yield* fault(transitAttachments.notFound, transitAttachments.message!(id!))
    }
    if (attachment.TransitGatewayId !== table.TransitGatewayId) {
      return yield* fault(
        "InvalidParameterValue",
        `${attachment.TransitGatewayAttachmentId} and ${table.TransitGatewayRouteTableId} belong to different Transit Gateways.`
      )
    }
    return attachment.State === "available"
      ? attachment
      : yield* fault("IncorrectState", `${attachment.TransitGatewayAttachmentId} is in invalid state`)
  }
)
