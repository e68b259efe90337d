// Condition keys that requests on AWS have, and whose values nothing here determines. A policy that asks for one must not count it as
// absent: a denial would be lost, or a permission.

const names: Readonly<Record<string, string>> = {
  aws: "ec2instancesourceprivateipv4 ec2instancesourcevpc",
  ec2: [
    "cpuoptionsamdsevsnp instancebandwidthweighting location managedresourceoperator productcode sourceavailabilityzone",
    // Which instance calls.
    "roledelivery sourceinstancearn",
    // VPN connections.
    "authenticationtype dpdtimeoutseconds gatewaytype ikeversions insidetunnelcidr insidetunnelipv6cidr phase1dhgroup",
    "phase1encryptionalgorithms phase1integrityalgorithms phase1lifetimeseconds phase2dhgroup phase2encryptionalgorithms",
    "phase2integrityalgorithms phase2lifetimeseconds rekeyfuzzpercentage rekeymargintimeseconds replaywindowsizepackets routingtype",
    // VPC endpoints.
    "vpceprivatednspreference vpceprivatednsspecifieddomains vpceserviceprivatednsname vpceserviceregion"
  ].join(" "),
  iam: [
    "associatedresourcearn fido-certification fido-fips-140-2-certification fido-fips-140-3-certification registersecuritykey",
    "servicespecificcredentialagedays"
  ].join(" "),
  lambda: "sourcefunctionarn",
  s3: [
    "authtype inventoryaccessibleoptionalfields object-lock-remaining-retention-days signatureage signatureversion tlsversion",
    "x-amz-content-sha256"
  ].join(" "),
  secretsmanager: "resource/allowrotationlambdaarn resource/type type",
  ssm: "documentcategories sourceinstancearn"
}

const unknown: ReadonlySet<string> = new Set(
  Object.entries(names).flatMap(([service, list]) => list.split(" ").map((name) => `${service}:${name}`))
)

/** Whether nothing here knows a key in lower case: one of the list, or one of a service that has no table of permissions. */
export const isUnknownKey = (key: string, action: string, hasTable: (prefix: string) => boolean): boolean => {
  if (unknown.has(key)) return true
  const prefix = action.slice(0, action.indexOf(":")).toLowerCase()
  return key.startsWith(`${prefix}:`) && !hasTable(prefix)
}
