/**
 * Where moto 5.2.5 answers otherwise than AWS does: service → case → how. These cases run all the same, and the suite
 * fails when one of them holds.
 */
export const differences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Acm: {
    "its serial number and key usages are told as AWS writes them":
      "the serial number is decimal, not hexadecimal with colons",
    "importCertificate fails with CertificateRejected for the key of another certificate":
      "a certificate is taken with any key",
    "importCertificate fails with CertificateRejected for more than one certificate":
      "more than one certificate is taken",
    "what is no ARN at all is refused": "any text is an ARN: ResourceNotFoundException, not InvalidArnException",
    "ListCertificates lists by page": "MaxItems is ignored: all certificates come in one page"
  },
  CloudWatch: {
    "putMetrics fails with MetricsNotPut, and puts the rest": "namespaces that begin with AWS/ are taken",
    "a metric without dimensions is one of its own":
      "statistics without dimensions add up the metrics of all dimensions",
    "GetMetricStatistics refuses more than 1,440 datapoints": "any number of datapoints may be asked for",
    "PutMetricData refuses values out of range": "NaN, infinities and values of any size are taken",
    "PutMetricData refuses what is missing": "an empty list of data is taken",
    "PutMetricData refuses bad dimensions": "more than 30 dimensions are taken",
    "PutMetricData refuses more than 1,000 data, and namespaces that are AWS's": "more than 1,000 data are taken"
  },
  Ec2: {
    "subnets come in three pages, each once": "MaxResults is ignored: all subnets come in one page",
    "network interfaces come in three pages, each once": "MaxResults is ignored: all interfaces come in one page",
    "a token of another list is refused": "subnets have no token: they come in one page",
    "listEnisOfSubnet tells a NAT gateway's interface": "the type of every interface is interface",
    "listEnisOfSubnet tells a Gateway Load Balancer endpoint's interface": "such an endpoint has no interface",
    "an id that no instance, VPC or session can have is refused":
      "the form of ids is not checked: InvalidInstanceID.NotFound, not Malformed",
    "deleteEniMirroring deletes a session once, then fails with MirrorDoesNotExist":
      "DeleteTrafficMirrorSession deletes what is not there",
    "mirrorEni fails with NonMirrorableEniType for a NAT gateway's interface":
      "the type of every interface is interface",
    "mirrorEni is refused for an interface that is mirrored already": "a session number is taken twice",
    "mirrorEni is refused for an interface without a supported instance": "any interface is mirrored",
    "mirrorEni is refused for a target, a filter or an interface that does not exist":
      "CreateTrafficMirrorSession takes any ids",
    "an interface has at most three sessions": "sessions are not counted",
    "an interface is a source or a target, not both": "an interface can be both",
    "ten interfaces can be mirrored to one interface": "sessions are not counted",
    "a target and a filter in use cannot be deleted": "DeleteTrafficMirrorTarget is an HTTP 500",
    "a target is an interface that exists": "any id is a target",
    "a client token makes one session, and is refused for another": "ClientToken is ignored",
    "a client token runs instances once": "ClientToken is ignored",
    "refuses instances without an image, or with a malformed one": "an instance runs without an image",
    "a subnet has only so many addresses": "an interface gets an address that its subnet does not have",
    "an interface takes the address that it is given, once": "an address is given twice",
    "refuses subnets that are too small": "a subnet may be a /29",
    "a VPC or a subnet that has something in it is not deleted": "a subnet is deleted with its interfaces",
    "an instance's interface is in use": "DeleteNetworkInterface deletes the interface of an instance",
    "a NAT gateway's address is in use": "ReleaseAddress releases an address that is associated",
    "a VPC has a security group by default, which stays": "the default security group is deleted",
    "a security group of one's own": "a security group is deleted that an interface has",
    "filters: a backslash takes the meaning from a wildcard, and nothing else has one": "no wildcard can be escaped",
    "refuses a filter that it does not know": "an unknown filter is an HTTP 500",
    "refuses pages of a wrong size": "MaxResults is ignored",
    "refuses a page size together with ids": "MaxResults is ignored",
    "tags are set, replaced, listed and deleted": "the key of a tag may begin with aws:",
    "deletes all tags where none is named": "DeleteTags without tags deletes none"
  },
  Ecs: {
    "the deployment that is replaced stays until the new one has completed": "it is gone at once",
    "a service that was deleted is not deployed": "UpdateService changes a service that is INACTIVE",
    "another task definition is another deployment": "UpdateService changes the deployment that there is",
    "another count is no other deployment": "UpdateService leaves the desiredCount of the deployment as it was",
    "DescribeServices describes one to ten": "more than ten services are described",
    "ListServices streams three pages of ten": "all services come in one page",
    "a service is created once, unless by the same client token": "clientToken is ignored",
    "a service is not created by a malformed name": "names are not checked",
    "a service that is deleted is no longer listed": "ListServices lists services that are INACTIVE",
    "a cluster is not deleted while there is a service in it": "a cluster is deleted with its services",
    "a cluster that was deleted does not exist": "UpdateService looks for services in a cluster that is INACTIVE",
    "a cluster that is created again stays as it is": "CreateCluster replaces a cluster that there is",
    "a cluster is not created by a malformed name": "names are not checked",
    "task definitions have revisions": "a revision that was deregistered is the family's latest",
    "task definitions are listed backwards too": "ListTaskDefinitions ignores sort",
    "a task definition needs a container": "no containers are taken"
  },
  EventBridge: {
    "putEvents fails with AWS's answer for a source that is AWS's": "sources that begin with aws. are taken",
    "an event for a bus that does not exist is taken, and dropped":
      "it is a ResourceNotFoundException; AWS says nothing",
    "PutEvents refuses a detail that is no object": "any JSON is a detail",
    "PutEvents takes at least one entry": "no entries are taken",
    "PutEvents takes entries of less than 1 MB together": "sizes are not checked",
    "an event bus with a space in its name is refused": "names are not checked",
    "an event bus that has rules is not deleted": "an event bus is deleted with its rules",
    "a rule's pattern has to be one": "a pattern that is JSON but no object is an HTTP 500"
  },
  Iam: {
    "roleExists refuses a name that no role can have": "names are not checked",
    "CreateRole refuses a name that no role can have": "names are not checked",
    "CreateRole refuses a trust policy that is none": "trust policies are not checked",
    "ListRoles refuses a page of more than 1,000": "MaxItems is not checked",
    "AttachRolePolicy refuses an ARN that is none": "any text is an ARN: NoSuchEntity, not ValidationError",
    "DeletePolicy refuses a policy that is attached": "a policy is deleted wherever it is attached",
    "a permissions boundary has to be a policy": "the code is InvalidParameterValue, which IAM does not have",
    "a user goes after its access keys": "DeleteUser deletes a user that has access keys"
  },
  OpenSearch: {
    "a domain that was just created has no endpoint yet": "a domain is Active at once",
    "a domain's config says which settings are in force": "only EngineVersion has a Status",
    "a domain is not created twice": "CreateDomain replaces a domain that there is",
    "a domain that does not exist is not changed": "UpdateDomainConfig of a domain that is not there is an HTTP 500",
    "names are 3 to 28 lower-case letters, digits and hyphens": "names are not checked",
    "an engine version has a form": "any text is an engine version",
    "DescribeDomains describes at most five": "more than five domains are described",
    "a domain is not changed before it is created": "a domain is Active at once",
    "a domain is deleted in the background": "a domain is gone at once"
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
    "UploadPart rejects a part of an aborted upload": "UploadPart after an abort is an HTTP 500"
  },
  Ssm: {
    "listParametersByPath refuses a path that does not begin with a slash": "any text is a path",
    "putParameter fails with ParameterPatternMismatch": "AllowedPattern is ignored",
    "putParameter makes a String in the tier Standard, and keeps a parameter's pattern when it overwrites":
      "an overwritten parameter loses its pattern",
    "a malformed name is refused with AWS's words": "a parameter's name may have spaces"
  },
  Sts: {
    "a role is not assumed by an account that it does not trust": "trust policies are not asked",
    "a role is assumed with its external id only": "ExternalId is ignored",
    "a role that does not exist is not assumed": "any role is assumed",
    "a session lasts as long as its role allows, at most": "MaxSessionDuration is not asked"
  }
}
