import { DescribeAddressesCommand } from "@aws-sdk/client-ec2"
import { Effect } from "effect"
import { Ec2, Fleet } from "effect-aws-sdk"
import * as FleetReport from "effect-aws-sdk/FleetReport"

// For the Layer: fleet.pipe(Layer.provide(Default.layer()))
export const fleet = Fleet.layer({ role: "audit", sessionName: "addresses", regions: ["eu-central-1", "us-east-1"] })

const unused = Ec2.send(new DescribeAddressesCommand({})).pipe(
  Effect.map(({ Addresses = [] }) => Addresses.filter(({ AssociationId }) => AssociationId === undefined))
)

export const program = (accounts: ReadonlyArray<string>) =>
  Fleet.events(accounts.map((account) => ({ account })), unused).pipe(
    FleetReport.collect({
      title: "Unused addresses",
      items: (addresses) => addresses.map(({ PublicIp = "" }) => ({ what: PublicIp, outcome: "Found" as const }))
    }),
    Effect.tap((report) => Effect.logInfo(FleetReport.table(report)))
  )
