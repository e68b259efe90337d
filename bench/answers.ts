// The loopback server's answers, written as AWS writes them and prepared once.

const xml = (content: string) => `<?xml version="1.0" encoding="UTF-8"?>\n${content}`

const times = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => item(i)).join("")

const digits = (value: number, length: number) => String(value).padStart(length, "0")

/** Tokens are opaque base64, as most of AWS's are. */
export const tokenOf = (position: number): string => Buffer.from(`after-${digits(position, 9)}`).toString("base64")
export const positionOf = (token: string | null | undefined): number =>
  token ? Number(Buffer.from(token, "base64").toString().slice("after-".length)) : 0

const etag = "&quot;5d41402abc4b2a76b9719d911017c592&quot;"
const modified = "2026-11-05T08:15:42.000Z"

/** Stands for the page's number in each of its keys. Overwritten for each page. */
const PAGE = "@@@@@@"

const contents = Buffer.from(
  times(
    1000,
    (i) =>
      `<Contents><Key>logs/2026/11/05/AWSLogs/123456789012/elasticloadbalancing/part-${PAGE}-${
        digits(i, 4)
      }.log.gz</Key>` +
      `<LastModified>${modified}</LastModified><ETag>${etag}</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>` +
      `<ChecksumType>FULL_OBJECT</ChecksumType><Size>${
        18_234 + i
      }</Size><StorageClass>STANDARD</StorageClass></Contents>`
  )
)

const pageNumbers: Array<number> = []
for (let at = contents.indexOf(PAGE); at >= 0; at = contents.indexOf(PAGE, at + 1)) pageNumbers.push(at)

const entryLength = contents.length / 1000

/** The entries of a thousand keys, from this one up to another one, which is excluded. */
const entriesOf = (thousand: number, from: number, to: number): Buffer => {
  const number = digits(thousand, PAGE.length)
  for (const at of pageNumbers) contents.write(number, at, "latin1")
  return Buffer.from(contents.subarray(from * entryLength, to * entryLength))
}

const keyAt = (position: number): string =>
  `logs/2026/11/05/AWSLogs/123456789012/elasticloadbalancing/part-${digits(Math.floor(position / 1000), PAGE.length)}-${
    digits(position % 1000, 4)
  }.log.gz`

/** How many of the keys come up to this one. */
const placeAfter = (count: number, after: string): number => {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >> 1
    if (keyAt(middle) <= after) low = middle + 1
    else high = middle
  }
  return low
}

/** A page of at most 1,000 keys from a bucket with `count` keys. */
export const listObjectsV2 = (
  bucket: string,
  count: number,
  token: string | null,
  startAfter: string | null
): Buffer => {
  const position = token === null && startAfter !== null ? placeAfter(count, startAfter) : positionOf(token)
  const next = Math.min(position + 1000, count)
  const [thousand, from] = [Math.floor(position / 1000), position % 1000]
  const end = next - thousand * 1000
  return Buffer.concat([
    Buffer.from(xml(
      `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix></Prefix>` +
        (token ? `<ContinuationToken>${token}</ContinuationToken>` : "") +
        (next < count ? `<NextContinuationToken>${tokenOf(next)}</NextContinuationToken>` : "") +
        `<KeyCount>${next - position}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>${next < count}</IsTruncated>`
    )),
    entriesOf(thousand, from, Math.min(end, 1000)),
    entriesOf(thousand + 1, 0, Math.max(0, end - 1000)),
    Buffer.from("</ListBucketResult>")
  ])
}

export const emptyList = (bucket: string): string =>
  xml(
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix></Prefix>` +
      "<KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>"
  )

/** A bucket whose objects a variant deletes. */
export class FullBucket {
  readonly name: string
  readonly isDeleted: Uint8Array
  constructor(name: string, count: number) {
    this.name = name
    this.isDeleted = new Uint8Array(count)
  }

  /** The next 1,000 objects, from a position on, that aren't deleted yet, and the position after them. */
  #after(position: number) {
    const indices: Array<number> = []
    let at = position
    for (; at < this.isDeleted.length && indices.length < 1000; at++) if (!this.isDeleted[at]) indices.push(at)
    const next = this.isDeleted.indexOf(0, at)
    return { indices, next: next === -1 ? undefined : at }
  }

  readonly #key = (index: number) => `logs/2026/11/05/part-${digits(index, 9)}.log.gz`
  readonly #indexOf = (key: string) => Number(/part-(\d+)/.exec(key)?.[1])

  objects(token: string | null): string {
    const { indices, next } = this.#after(positionOf(token))
    return xml(
      `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${this.name}</Name><Prefix></Prefix>` +
        (token ? `<ContinuationToken>${token}</ContinuationToken>` : "") +
        (next === undefined ? "" : `<NextContinuationToken>${tokenOf(next)}</NextContinuationToken>`) +
        `<KeyCount>${indices.length}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>${
          next !== undefined
        }</IsTruncated>` +
        indices.map((index) =>
          `<Contents><Key>${this.#key(index)}</Key><LastModified>${modified}</LastModified><ETag>${etag}</ETag>` +
          `<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>` +
          `<Size>18234</Size><StorageClass>STANDARD</StorageClass></Contents>`
        ).join("") + "</ListBucketResult>"
    )
  }

  versions(keyMarker: string | null): string {
    const { indices, next } = this.#after(keyMarker ? this.#indexOf(keyMarker) + 1 : 0)
    const last = this.#key(indices.at(-1) ?? 0)
    return xml(
      `<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${this.name}</Name><Prefix></Prefix>` +
        `<KeyMarker>${keyMarker ?? ""}</KeyMarker><VersionIdMarker></VersionIdMarker>` +
        (next === undefined
          ? ""
          : `<NextKeyMarker>${last}</NextKeyMarker><NextVersionIdMarker>null</NextVersionIdMarker>`) +
        `<MaxKeys>1000</MaxKeys><IsTruncated>${next !== undefined}</IsTruncated>` +
        indices.map((index) =>
          `<Version><Key>${this.#key(index)}</Key><VersionId>null</VersionId><IsLatest>true</IsLatest>` +
          `<LastModified>${modified}</LastModified><ETag>${etag}</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>` +
          `<ChecksumType>FULL_OBJECT</ChecksumType><Size>18234</Size><StorageClass>STANDARD</StorageClass>` +
          `<Owner><ID>79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be</ID></Owner></Version>`
        ).join("") + "</ListVersionsResult>"
    )
  }

  /** Deletes the keys in the body of a `DeleteObjects` request, which must ask for a quiet answer. */
  delete(body: string): string {
    if (!body.includes("<Quiet>true</Quiet>")) {
      throw new Error("The DeleteObjects request doesn't ask for a quiet answer")
    }
    for (const [, key = ""] of body.matchAll(/<Key>([^<]*)<\/Key>/g)) this.isDeleted[this.#indexOf(key)] = 1
    return deleted
  }

  get isEmpty(): boolean {
    return !this.isDeleted.includes(0)
  }
}

const deleted = xml(`<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></DeleteResult>`)

export const noUploads = (bucket: string): string =>
  xml(
    `<ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>${bucket}</Bucket><KeyMarker>` +
      `</KeyMarker><UploadIdMarker></UploadIdMarker><MaxUploads>1000</MaxUploads><IsTruncated>false</IsTruncated>` +
      `</ListMultipartUploadsResult>`
  )

export const uploadCreated = (bucket: string, key: string, id: string): string =>
  xml(
    `<InitiateMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>${bucket}</Bucket>` +
      `<Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`
  )

export const uploadCompleted = (bucket: string, key: string): string =>
  xml(
    `<CompleteMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>${bucket}</Bucket>` +
      `<Key>${key}</Key><ETag>${etag}</ETag></CompleteMultipartUploadResult>`
  )

export const noBuckets = xml(
  `<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Buckets></Buckets></ListAllMyBucketsResult>`
)

const parameter = (path: string, index: number) => ({
  ARN: `arn:aws:ssm:us-east-1:123456789012:parameter${path}/setting-${index}`,
  DataType: "text",
  LastModifiedDate: 1793866542.123,
  Name: `${path}/setting-${index}`,
  Type: "String",
  Value: `value ${index} of a setting, as long as such values are`,
  Version: 1
})

export const getParameter = JSON.stringify({ Parameter: parameter("/bench", 0) })

/** The parameters of these names, each of which ends with its number. */
export const getParameters = (names: ReadonlyArray<string>): string =>
  JSON.stringify({
    Parameters: names.map((name) => parameter("/bench", Number(name.slice(name.lastIndexOf("-") + 1)))),
    InvalidParameters: []
  })

/** One instance, with all that AWS tells of it. */
export const describeInstances = xml(
  [
    `<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">`,
    `<requestId>918325ae-5ce4-4ac3-afa1-29aaf733a8f0</requestId><reservationSet><item>`,
    `<reservationId>r-660ea02d002555431</reservationId><ownerId>123456789012</ownerId><groupSet/>`,
    `<instancesSet><item><architecture>x86_64</architecture><blockDeviceMapping><item>`,
    `<deviceName>/dev/sda1</deviceName><ebs><attachTime>2026-11-26T13:05:09.924Z</attachTime>`,
    `<deleteOnTermination>true</deleteOnTermination><status>attached</status>`,
    `<volumeId>vol-8dd7ebe58c8f3fc58</volumeId></ebs></item></blockDeviceMapping>`,
    `<clientToken>ab2194c2-be46-4778-8c2d-00d4eaddbd60</clientToken><ebsOptimized>false</ebsOptimized>`,
    `<enaSupport>true</enaSupport><hypervisor>xen</hypervisor><networkInterfaceSet><item><attachment>`,
    `<attachTime>2026-11-26T13:05:09.924Z</attachTime>`,
    `<attachmentId>eni-attach-170e42a4a1ecabfdc</attachmentId><deleteOnTermination>true</deleteOnTermination>`,
    `<deviceIndex>0</deviceIndex><status>attached</status><networkCardIndex>0</networkCardIndex></attachment>`,
    `<description></description><groupSet><item><groupId>sg-c0244f1b210c0bdf3</groupId>`,
    `<groupName>default</groupName></item></groupSet><ipv6AddressesSet/>`,
    `<macAddress>02:24:02:90:33:da</macAddress><networkInterfaceId>eni-a06732a648705c065</networkInterfaceId>`,
    `<ownerId>123456789012</ownerId><privateDnsName>ip-10-0-0-4.eu-west-3.compute.internal</privateDnsName>`,
    `<privateIpAddress>10.0.0.4</privateIpAddress><privateIpAddressesSet><item><primary>true</primary>`,
    `<privateDnsName>ip-10-0-0-4.eu-west-3.compute.internal</privateDnsName>`,
    `<privateIpAddress>10.0.0.4</privateIpAddress></item></privateIpAddressesSet>`,
    `<sourceDestCheck>true</sourceDestCheck><status>in-use</status>`,
    `<subnetId>subnet-d0d30844a721c8985</subnetId><vpcId>vpc-69381b6c9e2b3e91b</vpcId>`,
    `<interfaceType>interface</interfaceType></item></networkInterfaceSet>`,
    `<rootDeviceName>/dev/sda1</rootDeviceName><rootDeviceType>ebs</rootDeviceType><groupSet><item>`,
    `<groupId>sg-c0244f1b210c0bdf3</groupId><groupName>default</groupName></item></groupSet>`,
    `<sourceDestCheck>true</sourceDestCheck><tagSet/><virtualizationType>hvm</virtualizationType>`,
    `<capacityReservationSpecification><capacityReservationPreference>open</capacityReservationPreference>`,
    `</capacityReservationSpecification><hibernationOptions><configured>false</configured>`,
    `</hibernationOptions><metadataOptions><state>applied</state><httpTokens>optional</httpTokens>`,
    `<httpPutResponseHopLimit>1</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint>`,
    `<httpProtocolIpv6>disabled</httpProtocolIpv6><instanceMetadataTags>disabled</instanceMetadataTags>`,
    `</metadataOptions><enclaveOptions><enabled>false</enabled></enclaveOptions>`,
    `<bootMode>uefi-preferred</bootMode><platformDetails>Windows</platformDetails>`,
    `<usageOperation>RunInstances:0002</usageOperation>`,
    `<usageOperationUpdateTime>2026-11-26T13:05:09.924Z</usageOperationUpdateTime><privateDnsNameOptions>`,
    `<hostnameType>ip-name</hostnameType><enableResourceNameDnsARecord>false</enableResourceNameDnsARecord>`,
    `<enableResourceNameDnsAAAARecord>false</enableResourceNameDnsAAAARecord></privateDnsNameOptions>`,
    `<maintenanceOptions><autoRecovery>default</autoRecovery></maintenanceOptions>`,
    `<currentInstanceBootMode>legacy-bios</currentInstanceBootMode><networkPerformanceOptions>`,
    `<bandwidthWeighting>default</bandwidthWeighting></networkPerformanceOptions>`,
    `<instanceId>i-45213cca4903d9898</instanceId><imageId>ami-0ec6957daf5961556</imageId><instanceState>`,
    `<code>16</code><name>running</name></instanceState>`,
    `<privateDnsName>ip-10-0-0-4.eu-west-3.compute.internal</privateDnsName><dnsName></dnsName><reason>`,
    `</reason><amiLaunchIndex>0</amiLaunchIndex><productCodes/><instanceType>t3.micro</instanceType>`,
    `<launchTime>2026-11-26T13:05:09.924Z</launchTime><placement>`,
    `<availabilityZoneId>euw3-az1</availabilityZoneId><groupName></groupName><tenancy>default</tenancy>`,
    `<availabilityZone>eu-west-3a</availabilityZone></placement><platform>windows</platform><monitoring>`,
    `<state>disabled</state></monitoring><subnetId>subnet-d0d30844a721c8985</subnetId>`,
    `<vpcId>vpc-69381b6c9e2b3e91b</vpcId><privateIpAddress>10.0.0.4</privateIpAddress></item></instancesSet>`,
    `</item></reservationSet></DescribeInstancesResponse>`
  ].join("")
)

/** A page of 10 parameters out of `count`. */
export const listParametersByPath = (path: string, count: number, token: string | undefined): string => {
  const position = positionOf(token)
  return JSON.stringify({
    Parameters: Array.from({ length: 10 }, (_, i) => parameter(path, position + i)),
    ...(position + 10 < count && { NextToken: tokenOf(position + 10) })
  })
}

const subnets = times(1000, (i) =>
  `<item><subnetId>subnet-0${digits(i, 16)}</subnetId>` +
  `<subnetArn>arn:aws:ec2:us-east-1:123456789012:subnet/subnet-0${digits(i, 16)}</subnetArn><state>available</state>` +
  `<ownerId>123456789012</ownerId><vpcId>vpc-0123456789abcdef0</vpcId><cidrBlock>10.${i >> 8}.${
    i & 255
  }.0/24</cidrBlock>` +
  `<ipv6CidrBlockAssociationSet/><availableIpAddressCount>251</availableIpAddressCount>` +
  `<availabilityZone>us-east-1a</availabilityZone><availabilityZoneId>use1-az4</availabilityZoneId>` +
  `<defaultForAz>false</defaultForAz><mapPublicIpOnLaunch>false</mapPublicIpOnLaunch>` +
  `<mapCustomerOwnedIpOnLaunch>false</mapCustomerOwnedIpOnLaunch>` +
  `<assignIpv6AddressOnCreation>false</assignIpv6AddressOnCreation><enableDns64>false</enableDns64>` +
  `<ipv6Native>false</ipv6Native><privateDnsNameOptionsOnLaunch><hostnameType>ip-name</hostnameType>` +
  `<enableResourceNameDnsARecord>false</enableResourceNameDnsARecord>` +
  `<enableResourceNameDnsAAAARecord>false</enableResourceNameDnsAAAARecord></privateDnsNameOptionsOnLaunch>` +
  `<tagSet><item><key>Name</key><value>private-${i}</value></item></tagSet></item>`)

/** A page of 1,000 subnets out of `count`. */
export const describeSubnets = (count: number, token: string | null): string => {
  const next = positionOf(token) + 1000
  return xml(
    `<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` +
      `<requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId><subnetSet>${subnets}</subnetSet>` +
      (next < count ? `<nextToken>${tokenOf(next)}</nextToken>` : "") + `</DescribeSubnetsResponse>`
  )
}

export const assumeRole = (): string =>
  xml(
    `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser>` +
      `<AssumedRoleId>AROAEXAMPLE:bench</AssumedRoleId><Arn>arn:aws:sts::210987654321:assumed-role/bench/bench</Arn>` +
      `</AssumedRoleUser><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>` +
      `<SessionToken>token</SessionToken><Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration>` +
      `</Credentials></AssumeRoleResult><ResponseMetadata><RequestId>c6104cbe</RequestId></ResponseMetadata>` +
      `</AssumeRoleResponse>`
  )

/** An empty answer to a command of AWS's query protocol. */
export const emptyResult = (action: string): string => xml(`<${action}Response><${action}Result/></${action}Response>`)
