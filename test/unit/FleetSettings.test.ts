import { assert, describe, it } from "@effect/vitest"
import type { NetworkInterfaceInfo } from "node:os"
import { addressesOf } from "../../examples/fleet/Settings.ts"

const ipv4 = (address: string, internal = false): NetworkInterfaceInfo => ({
  address,
  netmask: "255.255.255.0",
  family: "IPv4",
  mac: "00:00:00:00:00:00",
  internal,
  cidr: `${address}/24`
})

describe("a runner's own address", () => {
  it("is that of the network interface in an ECS task, which has a link-local one too", () => {
    // A task on Fargate, as `ifconfig` shows it there.
    const interfaces = { lo: [ipv4("127.0.0.1", true)], eth0: [ipv4("169.254.172.2")], eth1: [ipv4("10.0.193.7")] }
    assert.deepStrictEqual(addressesOf(interfaces), ["10.0.193.7"])
  })

  it("isn't chosen among several", () => {
    const interfaces = { eth0: [ipv4("10.0.0.4")], docker0: [ipv4("172.17.0.1")] }
    assert.deepStrictEqual(addressesOf(interfaces), ["10.0.0.4", "172.17.0.1"])
  })
})
