// AWS's regions and their zones: names and places by AWS's public parameters below /aws/service/global-infrastructure/regions in
// November 2026, and which of them an account has to opt in to by "AWS Regions" of the global infrastructure documentation. The ids
// of a zone's name differ from account to account: these are usual ones.

// Region, name, country and its part, `optin` if so, and the zones if they aren't a1 b2 c3.
const table = `
  af-south-1 | Africa (Cape Town) | ZA ZA-WC | optin
  ap-east-1 | Asia Pacific (Hong Kong) | CN CN-HK | optin
  ap-east-2 | Asia Pacific (Taipei) | TW TW-TPE | optin
  ap-northeast-1 | Asia Pacific (Tokyo) | JP JP-13 | | a4 c1 d2
  ap-northeast-2 | Asia Pacific (Seoul) | KR KR-28 | | a1 b2 c3 d4
  ap-northeast-3 | Asia Pacific (Osaka) | JP JP-27
  ap-south-1 | Asia Pacific (Mumbai) | IN IN-MH
  ap-south-2 | Asia Pacific (Hyderabad) | IN IN-TG | optin
  ap-southeast-1 | Asia Pacific (Singapore) | SG SG-01
  ap-southeast-2 | Asia Pacific (Sydney) | AU AU-NSW
  ap-southeast-3 | Asia Pacific (Jakarta) | ID ID-JK | optin
  ap-southeast-4 | Asia Pacific (Melbourne) | AU AU-VIC | optin
  ap-southeast-5 | Asia Pacific (Malaysia) | MY MY-14 | optin
  ap-southeast-6 | Asia Pacific (New Zealand) | NZ NZ-AUK | optin
  ap-southeast-7 | Asia Pacific (Thailand) | TH TH-10 | optin
  ca-central-1 | Canada (Central) | CA CA-QC | | a1 b2 d4
  ca-west-1 | Canada West (Calgary) | CA CA-AB | optin
  cn-north-1 | China (Beijing) | CN CN-BJ | | a1 b2 d4
  cn-northwest-1 | China (Ningxia) | CN CN-NX
  eu-central-1 | Europe (Frankfurt) | DE DE-HE
  eu-central-2 | Europe (Zurich) | CH CH-ZH | optin
  eu-north-1 | Europe (Stockholm) | SE SE-AB
  eu-south-1 | Europe (Milan) | IT IT-MI | optin
  eu-south-2 | Europe (Spain) | ES ES-AR | optin
  eu-west-1 | Europe (Ireland) | IE IE-D
  eu-west-2 | Europe (London) | GB GB-LND
  eu-west-3 | Europe (Paris) | FR FR-75C
  il-central-1 | Israel (Tel Aviv) | IL IL-TA | optin
  me-central-1 | Middle East (UAE) | AE AE-DU | optin
  me-south-1 | Middle East (Bahrain) | BH BH-14 | optin
  mx-central-1 | Mexico (Central) | MX MX-QUE | optin
  sa-east-1 | South America (Sao Paulo) | BR BR-SP
  us-east-1 | US East (N. Virginia) | US US-VA | | a6 b1 c2 d4 e3 f5
  us-east-2 | US East (Ohio) | US US-OH
  us-gov-east-1 | AWS GovCloud (US-East) | US US-OH
  us-gov-west-1 | AWS GovCloud (US-West) | US US-OR
  us-west-1 | US West (N. California) | US US-CA | | a3 b1
  us-west-2 | US West (Oregon) | US US-OR | | a2 b1 c3 d4
`

export interface Region {
  readonly id: string
  readonly name: string
  readonly country: string
  /** Such as `US-VA`. */
  readonly part: string
  readonly isOptIn: boolean
}

export interface Zone {
  readonly name: string
  readonly id: string
}

const rows = table.trim().split("\n").map((line) => line.split("|").map((part) => part.trim()))

/** Sorted by id. */
export const regions: ReadonlyArray<Region> = rows.map(([id = "", name = "", place = "", optIn]) => {
  const [country = "", part = ""] = place.split(" ")
  return { id, name, country, part, isOptIn: optIn === "optin" }
})

const others: ReadonlyMap<string, string> = new Map(
  rows.flatMap(([id = "", , , , zones]) => zones ? [[id, zones]] : [])
)

// The short form of a region in the ids of its zones: use1 for us-east-1, apne1 for ap-northeast-1.
const shortRegion = (region: string) =>
  region.replace(/(north|south|east|west|central|gov)/g, ([initial]) => initial!).replaceAll("-", "")

/** The zones of a region. One that isn't known has three, as most have. */
export const zonesOf = (region: string): ReadonlyArray<Zone> =>
  (others.get(region) ?? "a1 b2 c3").split(" ").map(([letter = "", number = ""]) => ({
    name: region + letter,
    id: `${shortRegion(region)}-az${number}`
  }))
