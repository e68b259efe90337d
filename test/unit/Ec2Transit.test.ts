import {
  CreateSubnetCommand,
  CreateTransitGatewayCommand,
  CreateTransitGatewayVpcAttachmentCommand,
  CreateVpcCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteTransitGatewayCommand,
  DeleteTransitGatewayVpcAttachmentCommand,
  DescribeTransitGatewayAttachmentsCommand,
  DescribeVpcPeeringConnectionsCommand,
  GetTransitGatewayRouteTableAssociationsCommand,
  SearchTransitGatewayRoutesCommand
} from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const createVpc = (CidrBlock: string) =>
  Ec2.send(new CreateVpcCommand({ CidrBlock })).pipe(Effect.map(({ Vpc }) => Vpc?.VpcId ?? ""))

/** An available transit gateway, and a VPC that is being attached to it. */
const attached = Effect.gen(function*() {
  const { TransitGateway } = yield* Ec2.send(new CreateTransitGatewayCommand({}))
  const { Options, TransitGatewayId } = TransitGateway!
  yield* TestClock.adjust("2 minutes")
  const VpcId = yield* createVpc("10.0.0.0/16")
  const { Subnet } = yield* Ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: "10.0.0.0/24" }))
  const attach = Ec2.send(
    new CreateTransitGatewayVpcAttachmentCommand({ TransitGatewayId, VpcId, SubnetIds: [Subnet?.SubnetId ?? ""] })
  )
  const { TransitGatewayVpcAttachment } = yield* attach
  return {
    attach,
    attachmentId: TransitGatewayVpcAttachment?.TransitGatewayAttachmentId ?? "",
    gatewayId: TransitGatewayId ?? "",
    tableId: Options?.AssociationDefaultRouteTableId ?? "",
    vpcId: VpcId
  }
})

const associations = (TransitGatewayRouteTableId: string) =>
  Ec2.send(new GetTransitGatewayRouteTableAssociationsCommand({ TransitGatewayRouteTableId })).pipe(
    Effect.map(({ Associations }) => Associations)
  )

describe("a transit gateway", () => {
  it.effect("associates an attachment with its default table, and propagates its routes, once it is available", () =>
    Effect.gen(function*() {
      const { attachmentId, tableId, vpcId } = yield* attached
      assert.deepEqual(yield* associations(tableId), [])
      yield* TestClock.adjust("2 minutes")
      assert.deepEqual(yield* associations(tableId), [
        { TransitGatewayAttachmentId: attachmentId, ResourceId: vpcId, ResourceType: "vpc", State: "associated" }
      ])
      const { Routes } = yield* Ec2.send(
        new SearchTransitGatewayRoutesCommand({
          TransitGatewayRouteTableId: tableId,
          Filters: [{ Name: "route-search.longest-prefix-match", Values: ["10.0.3.0/24"] }]
        })
      )
      assert.deepEqual(Routes?.map(({ DestinationCidrBlock, State, Type }) => [DestinationCidrBlock, State, Type]), [
        ["10.0.0.0/16", "active", "propagated"]
      ])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has one attachment of a VPC, and isn't deleted before it", () =>
    Effect.gen(function*() {
      const { attach, attachmentId, gatewayId, tableId } = yield* attached
      yield* TestClock.adjust("2 minutes")
      const twice = yield* Effect.flip(attach)
      assert.strictEqual(twice.code, "DuplicateTransitGatewayAttachment")
      const remove = Ec2.send(new DeleteTransitGatewayCommand({ TransitGatewayId: gatewayId }))
      assert.strictEqual((yield* Effect.flip(remove)).code, "IncorrectState")
      yield* Ec2.send(
        new DeleteTransitGatewayVpcAttachmentCommand({ TransitGatewayAttachmentId: attachmentId })
      )
      yield* TestClock.adjust("2 minutes")
      assert.deepEqual(yield* associations(tableId), [])
      const { TransitGatewayAttachments } = yield* Ec2.send(new DescribeTransitGatewayAttachmentsCommand({}))
      assert.deepEqual(TransitGatewayAttachments?.map(({ State }) => State), ["deleted"])
      assert.strictEqual((yield* remove).TransitGateway?.State, "deleting")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a peering connection", () => {
  it.effect("expires a week after its request", () =>
    Effect.gen(function*() {
      const [VpcId, PeerVpcId] = [yield* createVpc("10.0.0.0/16"), yield* createVpc("10.1.0.0/16")]
      yield* Ec2.send(new CreateVpcPeeringConnectionCommand({ VpcId, PeerVpcId }))
      const status = Ec2.send(new DescribeVpcPeeringConnectionsCommand({})).pipe(
        Effect.map(({ VpcPeeringConnections }) => VpcPeeringConnections?.[0]?.Status?.Code)
      )
      yield* TestClock.adjust("6 days")
      assert.strictEqual(yield* status, "pending-acceptance")
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* status, "expired")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("isn't made by a dry run", () =>
    Effect.gen(function*() {
      const [VpcId, PeerVpcId] = [yield* createVpc("10.0.0.0/16"), yield* createVpc("10.1.0.0/16")]
      const error = yield* Effect.flip(
        Ec2.send(new CreateVpcPeeringConnectionCommand({ VpcId, PeerVpcId, DryRun: true }))
      )
      assert.strictEqual(error.code, "DryRunOperation")
      const { VpcPeeringConnections } = yield* Ec2.send(new DescribeVpcPeeringConnectionsCommand({}))
      assert.deepEqual(VpcPeeringConnections, [])
    }).pipe(Effect.provide(InMemory.layer())))
})
