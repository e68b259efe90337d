/**
 * Where moto 5.2.5 doesn't answer as AWS does: service → case → what moto does instead. These cases run all the same, and
 * the suite fails when one of them passes.
 */
export const differences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Acm: {
    "formats the serial number and key usages as AWS does":
      "writes the serial number in decimal, not in hexadecimal with colons",
    "fails with CertificateRejected when the key belongs to another certificate": "accepts a certificate with any key",
    "fails with CertificateRejected when given more than one certificate": "accepts more than one certificate",
    "rejects a malformed certificate ARN":
      "accepts any text as an ARN: ResourceNotFoundException, not InvalidArnException",
    "lists certificates page by page": "ignores MaxItems and returns all certificates in one page",
    "asks the owner of a domain above the requested one": "ignores DomainValidationOptions",
    "lists certificates by the options of their export and by who has made their keys":
      "filters certificates by their status only",
    "lists each violated constraint of a request in one message": "doesn't check domain names"
  },
  CloudWatch: {
    "fails with MetricsNotPut for a rejected metric and puts the rest": "accepts namespaces that begin with AWS/",
    "treats a metric without dimensions as a separate metric":
      "adds up the metrics of all dimensions in statistics without dimensions",
    "rejects a request for more than 1,440 datapoints": "returns any number of datapoints",
    "rejects values out of range": "accepts infinities and values of any size",
    "rejects a call without data and a datum without a value": "accepts an empty list of data",
    "rejects invalid dimensions": "accepts more than 30 dimensions",
    "rejects more than 1,000 data and a namespace reserved for AWS": "accepts more than 1,000 data",
    "replaces the settings of an alarm, but not its state": "forgets the state of an alarm that is configured again",
    "lists alarms by prefix, state and action": "takes one of the filters only",
    "lists alarms in three pages": "ignores MaxRecords",
    "rejects an alarm that needs more datapoints than it evaluates": "doesn't check DatapointsToAlarm",
    "rejects an alarm with a period that isn't a multiple of a minute": "doesn't check periods",
    "rejects an alarm that looks at more than a day": "doesn't check periods",
    "rejects an unknown treatment of missing data": "accepts any text as a treatment of missing data"
  },
  Ec2: {
    "changes a security group rule as a whole": "keeps the rule's former peer beside the new one",
    "describes a security group rule anew": "accepts any characters in a rule's description",
    "keeps each version of a prefix list's entries": "leaves out an empty list of entries",
    "associates an Elastic IP address with an interface that an internet gateway leads to":
      "associates an address without an internet gateway",
    "assigns more private addresses to an interface, and takes them back":
      "accepts addresses that the interface doesn't have",
    "routes to a service through its gateway endpoint": "keeps the route when the table leaves the endpoint",
    "enables private DNS in a VPC only whose addresses have names": "enables private DNS in any VPC",
    "knows the services that have endpoints": "answers DescribeVpcEndpointServices with HTTP 500",
    "attaches an internet gateway to one VPC, and one to each VPC": "words the errors in its own way",
    "rejects detaching an internet gateway that isn't attached, and deleting one that is":
      "words the error in its own way",
    "turns a route into a blackhole when its internet gateway is detached": "calls every route active",
    "creates and deletes an egress-only internet gateway": "answers an empty list for an unknown id",
    "describes a peering connection as its ends accept it": "describes the accepter in full before it accepts",
    "fails a peering connection of VPCs with overlapping ranges": "accepts overlapping ranges",
    "rejects and deletes peering connections": "answers another code: InvalidVpcPeeringConnectionId.NotFound",
    "sets the options of an active peering connection only": "sets the options of a pending connection",
    "creates a virtual private gateway without members that it doesn't have":
      "answers AvailabilityZone and Tags, and no AmazonSideAsn",
    "gives a VPN connection two tunnels, and its customer's device a configuration":
      "makes the connection available at once",
    "delivers flow logs to a bucket": "doesn't describe the options of the destination",
    "says for each resource why it can't have a flow log": "ends the message with a full stop",
    "rejects flow logs with two destinations, with none, or with one of another type":
      "words the errors in its own way",
    "associates a route table with a subnet until the association is ended": "leaves out empty lists of gateways",
    "associates a subnet with one route table only": "associates a subnet with two tables",
    "moves the association of a subnet, or of the main table, to another table": "deletes a main table",
    "refuses to end the association of the main route table": "doesn't find the main association",
    "rejects a second route to a destination": "replaces the route",
    "rejects deleting the route of a VPC to itself": "deletes the route",
    "rejects a route without a destination, with two, without a target or with two":
      "accepts a route without a destination",
    "rejects a route to a gateway that is attached to no VPC or to another one":
      "doesn't check where the gateway is attached",
    "rejects unknown and malformed ids of route tables": "doesn't check the form of ids",
    "creates one route table per client token": "ignores ClientToken",
    "rejects an entry of a network ACL without ports or with a number that AWS keeps": "doesn't check entries",
    "moves a subnet from one network ACL to another, and deletes only those without subnets":
      "deletes a network ACL that has subnets",
    "gives a new VPC the default DHCP options until it has others": "words the error in its own way",
    "rejects DHCP options that aren't there": "accepts unknown options",
    "deletes a VPC with its main route table and default network ACL, but not with another table":
      "words the error in its own way",
    "resolves names in a VPC, and gives its addresses names once asked to": "sets several attributes in one call",
    "sets each attribute of a subnet by itself": "ignores EnableDns64",
    "gives a subnet one range of IPv6 addresses, from its VPC": "associates the range at once",
    "rejects a range from another private network than the VPC's": "accepts any range",
    "has one default VPC, with one default subnet in each zone":
      "doesn't find the free range of a deleted default subnet",
    "returns each of twelve subnets once, in three pages": "ignores MaxResults and returns all subnets in one page",
    "returns each of twelve network interfaces once, in three pages":
      "ignores MaxResults and returns all interfaces in one page",
    "rejects a pagination token from another list": "returns all subnets in one page, without a token",
    "identifies the interface of a NAT gateway by its type": "reports the type interface for every interface",
    "identifies the interface of a Gateway Load Balancer endpoint by its type": "creates no interface for the endpoint",
    "rejects malformed instance, VPC and session ids":
      "doesn't check the form of ids: InvalidInstanceID.NotFound, not Malformed",
    "deletes a mirror session once, then fails with MirrorDoesNotExist": "deletes a missing session without an error",
    "fails with NonMirrorableEniType for the interface of a NAT gateway":
      "reports the type interface for every interface",
    "rejects mirroring an interface that is already mirrored": "accepts a session number twice",
    "rejects mirroring an interface without a supported instance": "mirrors any interface",
    "rejects mirroring with a missing target, filter or interface": "accepts any ids in CreateTrafficMirrorSession",
    "allows at most three mirror sessions per interface": "doesn't count sessions",
    "rejects an interface as both mirror source and mirror target": "allows an interface to be both",
    "allows at most ten mirror sources per target": "doesn't count sessions",
    "refuses to delete a mirror target or filter in use": "answers DeleteTrafficMirrorTarget with HTTP 500",
    "rejects a mirror target for a missing interface": "accepts any id as a target",
    "creates one session per client token, and rejects the token with other parameters": "ignores ClientToken",
    "runs instances once per client token": "ignores ClientToken",
    "rejects an instance with a missing or malformed image id": "runs an instance without an image",
    "rejects an interface when its subnet has no free address": "gives an interface an address outside its subnet",
    "assigns a requested private address only once": "assigns an address twice",
    "rejects a subnet that is too small": "accepts a /29 subnet",
    "refuses to delete a VPC or subnet that isn't empty": "deletes a subnet with its interfaces",
    "refuses to delete the interface of an instance": "deletes the interface of an instance",
    "refuses to release the address of a NAT gateway": "releases an address that is associated",
    "gives each VPC a default security group that can't be deleted": "deletes the default security group",
    "creates, attaches and deletes a security group": "deletes a security group that an interface uses",
    "matches an escaped wildcard and other filter characters literally": "can't escape wildcards",
    "rejects an unknown filter": "answers an unknown filter with HTTP 500",
    "rejects page sizes out of range": "ignores MaxResults",
    "rejects a page size together with ids": "ignores MaxResults",
    "sets, replaces, lists and deletes tags": "accepts tag keys that begin with aws:",
    "deletes all tags when none is named": "deletes no tags",
    "rejects describing or launching a missing image": "launches an instance of an image that doesn't exist",
    "rejects an instance type whose architecture isn't that of the image": "doesn't compare architectures",
    "answers every rule that a call adds": "answers only the rules of the last permission",
    "rejects revoking a rule by an id that doesn't exist": "fails with InvalidPermission.NotFound",
    "rejects a rule that exists, or that isn't there to revoke":
      "adds the other rules of a call that fails with InvalidPermission.Duplicate",
    "rejects a rule with a malformed address range, a wrong port or an unknown protocol":
      "accepts a range of ports whose first port is higher than its last one",
    "rejects a call that has the same rule twice": "fails with InvalidPermission.Duplicate",
    "refuses to delete a security group that a rule of another one names": "deletes it",
    "launches dedicated instances, by the request or by their VPC": "reports the tenancy default for every instance",
    "finds instances by their options and the addresses of their interfaces, with wildcards":
      "ignores wildcards in private-ip-address, and answers the other filters with HTTP 500",
    "gives VPCs, subnets and interfaces IPv6 addresses": "gives two subnets the same range",
    "refuses to release an address by its public IP": "releases it",
    "lists the security groups that can be used in a VPC": "answers with HTTP 500",
    "rejects listing the security groups that can be used in a missing VPC": "answers with HTTP 500"
  },
  Ecs: {
    "keeps the replaced deployment until the new one completes": "removes it at once",
    "fails with ServiceDoesNotExist when deploying a deleted service": "updates a service that is INACTIVE",
    "starts a new deployment for a new task definition": "changes the existing deployment",
    "changes the task count without a new deployment": "leaves the deployment's desiredCount as it was",
    "rejects describing no services or more than ten": "describes more than ten services",
    "streams services in pages of ten": "returns all services in one page",
    "creates a service once, and returns it again for the same client token": "ignores clientToken",
    "rejects a malformed service name": "doesn't check names",
    "stops listing a deleted service": "lists services that are INACTIVE",
    "refuses to delete a cluster that contains a service": "deletes a cluster with its services",
    "fails with ClusterDoesNotExist when the cluster has been deleted":
      "looks for services in a cluster that is INACTIVE",
    "keeps an existing cluster when it is created again": "replaces the existing cluster",
    "rejects a malformed cluster name": "doesn't check names",
    "numbers, lists and deregisters task definition revisions": "keeps a deregistered revision as the family's latest",
    "lists task definitions in descending order": "ignores sort",
    "rejects a task definition without containers": "accepts no containers",
    "rejects creating a cluster again with other settings": "replaces the existing cluster",
    "rejects a launch type together with capacity providers": "accepts both",
    "reports the platform version and the network of a service on Fargate": "leaves out the platform version"
  },
  EventBridge: {
    "fails with AWS's error for a source reserved for AWS": "accepts sources that begin with aws.",
    "accepts and drops an event for a missing bus": "fails with ResourceNotFoundException; AWS reports nothing",
    "rejects a detail that isn't a JSON object": "accepts any JSON as a detail",
    "rejects a call without entries": "accepts no entries",
    "rejects entries that total 1 MB or more": "doesn't check sizes",
    "rejects an event bus name with a space": "doesn't check names",
    "refuses to delete an event bus that has rules": "deletes an event bus with its rules",
    "rejects a malformed event pattern": "answers a JSON pattern that isn't an object with HTTP 500",
    "rejects a target with two kinds of input": "doesn't check the input of a target",
    "rejects an input template with an unknown placeholder": "doesn't check the input of a target",
    "updates an event bus": "answers UpdateEventBus with HTTP 500",
    "matches values, prefixes and numbers of an event": "answers TestEventPattern without a Result",
    "matches by suffix, wildcard, letter case and address": "answers TestEventPattern without a Result",
    "matches either of the patterns in $or": "answers TestEventPattern without a Result",
    "matches values of the same element of an array only": "answers TestEventPattern without a Result",
    "rejects testing a pattern with an event that lacks members": "doesn't check the event"
  },
  Iam: {
    "rejects an invalid role name when checking for a role": "doesn't check names",
    "rejects an invalid role name when creating a role": "doesn't check names",
    "rejects a malformed trust policy": "doesn't check trust policies",
    "rejects a page size of more than 1,000 roles": "doesn't check MaxItems",
    "rejects a malformed policy ARN": "accepts any text as an ARN: NoSuchEntity, not ValidationError",
    "refuses to delete an attached policy": "deletes an attached policy",
    "rejects a permissions boundary that isn't a policy":
      "fails with InvalidParameterValue, a code that IAM doesn't have",
    "refuses to delete a user that has access keys": "deletes a user that has access keys",
    "sets a user's boundary and tags, and renames the user": "answers PutUserPermissionsBoundary with HTTP 500",
    "lists the policies that limit a role or a user": "ignores PolicyUsageFilter",
    "lists each violated constraint of a request in one message": "checks the length of tag keys only"
  },
  OpenSearch: {
    "reports a new domain as Creating, without an endpoint": "makes a domain Active at once",
    "reports the status of each domain setting": "returns a Status for EngineVersion only",
    "rejects a second domain with the same name": "replaces the existing domain",
    "rejects a change to a missing domain": "answers UpdateDomainConfig of a missing domain with HTTP 500",
    "rejects domain names other than 3 to 28 lowercase letters, digits and hyphens": "doesn't check names",
    "rejects a malformed engine version": "accepts any text as an engine version",
    "rejects describing more than five domains": "describes more than five domains",
    "rejects a change to a domain that is still being created": "makes a domain Active at once",
    "deletes a domain in the background": "deletes a domain at once",
    "rejects a tag with a key of more than 128 characters": "doesn't check tags"
  },
  S3: {
    "CreateBucket rejects names that are not made of lower-case letters, digits, hyphens and dots":
      "a bucket's name may have underscores",
    "PutObject rejects a key of more than 1,024 bytes": "the length of a key is counted in characters, not bytes",
    "PutObject rejects a body that does not match its MD5": "Content-MD5 is not checked",
    "GetObject rejects a delete marker with MethodNotAllowed":
      "DeleteObject of a key that is not there makes no delete marker",
    "ListObjects returns a marker only when it groups keys":
      "ListObjects does not count common prefixes towards MaxKeys",
    "DeleteObjects rejects more than 1,000 keys": "keys are not counted",
    "DeleteObjects reports only failures when it is quiet": "Quiet is ignored",
    "CompleteMultipartUpload rejects parts that are out of order": "parts are taken in any order",
    "UploadPart rejects a part of an aborted upload": "UploadPart after an abort is an HTTP 500",
    "rejects tags that are given twice, too many or reserved for AWS": "accepts a tag twice in a header",
    "stores the time of expiry and the redirect of an object": "accepts any text as a redirect",
    "DeleteObjects keeps an object with another ETag, and reports it": "ignores the ETag of an entry",
    "CopyObject checks the conditions on the object that it replaces": "ignores the conditions of CopyObject",
    "rejects a write with conditions that S3 doesn't take": "takes any conditions on a write",
    "PutObjectRetention lengthens a retention, and shortens governance only when it is bypassed":
      "answers GetObjectRetention without an error when the object has no retention",
    "rejects retention in the past, without a date, or in a bucket without Object Lock":
      "accepts BypassGovernanceRetention in a bucket without Object Lock",
    "new objects have the retention that their bucket has by default": "accepts a default retention without a period",
    "an object that was encrypted with a key of the client is read with that key only": "ignores the keys of clients",
    "new objects are encrypted as their bucket says by default":
      "answers no encryption of an object unless the request named one",
    "rejects KMS keys without KMS, and an unknown storage class": "accepts a KMS key without KMS",
    "ListObjectsV2 percent-encodes what it answers when the request wants it":
      "encodes a space as %20, not as a plus sign",
    "puts, gets and deletes the policy of a bucket": "answers PutBucketPolicy with HTTP 200 and the policy",
    "rejects a malformed bucket policy": "doesn't check policies",
    "keeps metrics configurations, and lists them": "has no metrics configurations, and lists objects instead",
    "refuses a request for a bucket of another owner than the expected one": "ignores ExpectedBucketOwner",
    "stores ACLs where the bucket allows them": "accepts ACLs where the bucket's owner owns every object",
    "GetObject and DeleteObject reject a malformed version id": "doesn't check the form of version ids",
    "UploadPartCopy copies a range, and rejects one that the source doesn't have": "doesn't check ranges",
    "a multipart upload has a checksum of the whole object, and GetObjectAttributes tells it":
      "accepts SHA-256 as a checksum of the whole object"
  },
  Ssm: {
    "rejects a path that doesn't begin with a slash": "accepts any text as a path",
    "fails with ParameterPatternMismatch when the value doesn't match the pattern": "ignores AllowedPattern",
    "stores a String in the Standard tier, and keeps the allowed pattern when overwriting":
      "drops the pattern of an overwritten parameter",
    "refuses to make an advanced parameter a standard one": "changes the tier of any parameter",
    "rejects a malformed parameter name with AWS's error": "accepts spaces in a parameter's name",
    "filters parameters by tier": "finds no parameter by its tier",
    "reads the version that has a label, and moves the label": "answers a label without a Selector",
    "rejects a key for a parameter that isn't a SecureString": "keeps a key for any type of parameter",
    "lists each violated constraint of a request in one message": "checks the type only"
  },
  Sts: {
    "denies a role to an account that it doesn't trust": "ignores trust policies",
    "requires the external id that a role's trust policy names": "ignores ExternalId",
    "denies assuming a missing role": "assumes any role",
    "limits a session to the maximum duration of its role": "ignores MaxSessionDuration",
    "issues a session token for a user": "issues a key that begins with AKIA",
    "returns the source identity of a session, if the role lets the caller set one": "ignores SourceIdentity",
    "tags a session, if the role lets the caller do so": "ignores Tags",
    "rejects session tags that differ only in case, and transitive keys without a tag": "ignores Tags",
    "lists each violated constraint of a request in one message": "doesn't check session names"
  }
}
