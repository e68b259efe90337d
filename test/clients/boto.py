"""boto3 as a user of the server: `python boto.py ENDPOINT [GROUP...]`."""

import concurrent.futures
import datetime
import io
import json
import os
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from checks import ENDPOINT, REGION, RUN, Failed, WaiterTime, check, done, has, holds, same

import boto3
import botocore.waiter
import requests
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

botocore.waiter.time = WaiterTime

MB = 1024 * 1024

# Not every system resolves the names below localhost to the loopback address.
_getaddrinfo = socket.getaddrinfo
socket.getaddrinfo = lambda host, *others, **named: _getaddrinfo(
    "127.0.0.1" if str(host).endswith(".localhost") else host, *others, **named
)

session = boto3.Session()


def client(service, region=REGION, endpoint=ENDPOINT, keys=None, **config):
    credentials = {} if keys is None else {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys.get("SessionToken"),
    }
    return session.client(
        service, region_name=region, endpoint_url=endpoint, config=Config(**config), **credentials
    )


def resource(service):
    return session.resource(service, endpoint_url=ENDPOINT)


def refused(call, code, status=None):
    """Makes a call that must fail with this error code, and returns the response."""
    try:
        call()
    except ClientError as error:
        same(error.response["Error"]["Code"], code)
        if status is not None:
            same(error.response["ResponseMetadata"]["HTTPStatusCode"], status)
        return error.response
    raise Failed(f"the call succeeds, expected {code}")


def trust(account):
    return json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}],
    })


def account():
    return client("sts").get_caller_identity()["Account"]


def s3(folder):
    s3 = client("s3")
    bucket = f"boto-{RUN}"
    with check("create_bucket and head_bucket"):
        s3.create_bucket(Bucket=bucket)
        same(s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"], 200)
    with check("create_bucket of one's own bucket succeeds in us-east-1, and fails in other regions"):
        s3.create_bucket(Bucket=bucket)
        eu = client("s3", region="eu-west-1")
        place = {"LocationConstraint": "eu-west-1"}
        eu.create_bucket(Bucket=f"{bucket}-eu", CreateBucketConfiguration=place)
        refused(
            lambda: eu.create_bucket(Bucket=f"{bucket}-eu", CreateBucketConfiguration=place),
            "BucketAlreadyOwnedByYou",
            409,
        )
    with check("create_bucket rejects an invalid name"):
        refused(lambda: s3.create_bucket(Bucket="Upper.Case"), "InvalidBucketName", 400)
    with check("put_object stores metadata and headers, and get_object returns them"):
        s3.put_object(
            Bucket=bucket,
            Key="a/b",
            Body=b"hello world",
            ContentType="text/plain; charset=utf-8",
            CacheControl="no-store",
            Metadata={"Color": "blue"},
        )
        got = s3.get_object(Bucket=bucket, Key="a/b")
        same(got["Body"].read(), b"hello world")
        same(
            [got["ContentType"], got["CacheControl"], got["Metadata"], got["ContentLength"]],
            ["text/plain; charset=utf-8", "no-store", {"color": "blue"}, 11],
        )
        same(got["ETag"], '"5eb63bbbe01eeed093cb22bb8f5acdc3"')
        holds(isinstance(got["LastModified"], datetime.datetime), got["LastModified"])
    with check("get_object streams lines and chunks"):
        s3.put_object(Bucket=bucket, Key="lines", Body=b"".join(b"line %d\n" % n for n in range(5000)))
        lines = list(s3.get_object(Bucket=bucket, Key="lines")["Body"].iter_lines())
        same([len(lines), lines[4999]], [5000, b"line 4999"])
        chunks = list(s3.get_object(Bucket=bucket, Key="lines", Range="bytes=0-2047")["Body"].iter_chunks(1024))
        same([len(one) for one in chunks], [1024, 1024])
    with check("keys with any characters come back as they went"):
        keys = ["ünï/çödé", "a b+c", "q?x=1&y=2", "per%20cent", "<tag>'\"", "dots/../up", "slash//slash/", "😀"]
        for key in keys:
            s3.put_object(Bucket=bucket, Key=f"names/{key}", Body=key.encode())
        for key in keys:
            same(s3.get_object(Bucket=bucket, Key=f"names/{key}")["Body"].read(), key.encode())
        listed = s3.list_objects_v2(Bucket=bucket, Prefix="names/")["Contents"]
        same(sorted(one["Key"] for one in listed), sorted(f"names/{key}" for key in keys))
    with check("each checksum algorithm is verified and returned"):
        for algorithm in ("CRC32", "SHA1", "SHA256"):
            put = s3.put_object(Bucket=bucket, Key=algorithm, Body=b"hello", ChecksumAlgorithm=algorithm)
            got = s3.get_object(Bucket=bucket, Key=algorithm, ChecksumMode="ENABLED")
            same(got["Body"].read(), b"hello")
            same(got[f"Checksum{algorithm}"], put[f"Checksum{algorithm}"])
    with check("put_object fails with BadDigest for a wrong Content-MD5"):
        refused(
            lambda: s3.put_object(Bucket=bucket, Key="x", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg=="),
            "BadDigest",
            400,
        )
    with check("put_object fails for a wrong checksum"):
        refused(
            lambda: s3.put_object(Bucket=bucket, Key="x", Body=b"x", ChecksumCRC32="AAAAAA=="), "BadDigest", 400
        )
    with check("get_object raises NoSuchKey with the code, the key, the status and the request id"):
        try:
            s3.get_object(Bucket=bucket, Key="missing")
            raise Failed("the call succeeds")
        except s3.exceptions.NoSuchKey as error:
            response = error.response
        same([response["Error"]["Code"], response["Error"].get("Key")], ["NoSuchKey", "missing"])
        same(response["Error"]["Message"], "The specified key does not exist.")
        metadata = response["ResponseMetadata"]
        same(metadata["HTTPStatusCode"], 404)
        holds(metadata["RequestId"] and metadata["HostId"], metadata)
    with check("head_object has only the status of a missing key"):
        response = refused(lambda: s3.head_object(Bucket=bucket, Key="missing"), "404", 404)
        same(response["Error"]["Message"], "Not Found")
    with check("get_object raises NoSuchBucket"):
        refused(lambda: s3.get_object(Bucket=f"missing-{RUN}", Key="k"), "NoSuchBucket", 404)
    with check("conditional reads: 304 and 412"):
        etag = s3.head_object(Bucket=bucket, Key="a/b")["ETag"]
        refused(lambda: s3.get_object(Bucket=bucket, Key="a/b", IfNoneMatch=etag), "304", 304)
        refused(lambda: s3.get_object(Bucket=bucket, Key="a/b", IfMatch='"other"'), "PreconditionFailed", 412)
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=-1)
        refused(lambda: s3.get_object(Bucket=bucket, Key="a/b", IfUnmodifiedSince=later), "PreconditionFailed", 412)
    with check("conditional writes: put_object with IfNoneMatch and IfMatch"):
        refused(
            lambda: s3.put_object(Bucket=bucket, Key="a/b", Body=b"x", IfNoneMatch="*"), "PreconditionFailed", 412
        )
        refused(
            lambda: s3.put_object(Bucket=bucket, Key="a/b", Body=b"x", IfMatch='"other"'), "PreconditionFailed", 412
        )
        s3.put_object(Bucket=bucket, Key="a/b", Body=b"hello again", IfMatch=etag)
    with check("delete_objects deletes 1,000 keys at once"):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: s3.put_object(Bucket=bucket, Key=f"bulk/{n:04}", Body=b""), range(1001)))
        batch = [{"Key": f"bulk/{n:04}"} for n in range(1000)]
        same(len(s3.delete_objects(Bucket=bucket, Delete={"Objects": batch})["Deleted"]), 1000)
        same(s3.list_objects_v2(Bucket=bucket, Prefix="bulk/")["KeyCount"], 1)
        refused(
            lambda: s3.delete_objects(Bucket=bucket, Delete={"Objects": [*batch, {"Key": "x"}]}), "MalformedXML", 400
        )
    with check("the paginator of list_objects_v2 reads all pages, with prefixes"):
        for number in range(7):
            s3.put_object(Bucket=bucket, Key=f"pages/{number}/x", Body=b"")
        paginator = s3.get_paginator("list_objects_v2")
        pages = list(paginator.paginate(Bucket=bucket, Prefix="pages/", Delimiter="/", PaginationConfig={"PageSize": 3}))
        same([page["KeyCount"] for page in pages], [3, 3, 1])
        same(
            [one["Prefix"] for page in pages for one in page["CommonPrefixes"]],
            [f"pages/{number}/" for number in range(7)],
        )
    with check("a paginator resumes from its token"):
        pages = paginator.paginate(Bucket=bucket, Prefix="pages/", PaginationConfig={"MaxItems": 4, "PageSize": 2})
        first = pages.build_full_result()
        rest = paginator.paginate(
            Bucket=bucket, Prefix="pages/", PaginationConfig={"StartingToken": first["NextToken"]}
        ).search("Contents[].Key")
        same(list(rest), [f"pages/{number}/x" for number in range(4, 7)])
    with check("the paginators of list_objects and list_object_versions read all pages"):
        for name, member in (("list_objects", "Contents"), ("list_object_versions", "Versions")):
            pages = s3.get_paginator(name).paginate(Bucket=bucket, Prefix="pages/", PaginationConfig={"PageSize": 3})
            same(len(list(pages.search(f"{member}[].Key"))), 7)
    with check("versions: an old version, a delete marker, and its removal"):
        versioned = f"{bucket}-v"
        s3.create_bucket(Bucket=versioned)
        s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Enabled"})
        one = s3.put_object(Bucket=versioned, Key="k", Body=b"one")["VersionId"]
        s3.put_object(Bucket=versioned, Key="k", Body=b"two")
        same(s3.get_object(Bucket=versioned, Key="k", VersionId=one)["Body"].read(), b"one")
        marker = s3.delete_object(Bucket=versioned, Key="k")
        same(marker["DeleteMarker"], True)
        refused(lambda: s3.get_object(Bucket=versioned, Key="k"), "NoSuchKey", 404)
        s3.delete_object(Bucket=versioned, Key="k", VersionId=marker["VersionId"])
        same(s3.get_object(Bucket=versioned, Key="k")["Body"].read(), b"two")
    with check("bucket_exists, object_exists and object_not_exists wait"):
        s3.get_waiter("bucket_exists").wait(Bucket=bucket)
        s3.get_waiter("object_exists").wait(Bucket=bucket, Key="a/b")
        s3.get_waiter("object_not_exists").wait(Bucket=bucket, Key="missing")
    with check("object_exists gives up after its attempts"):
        try:
            config = {"Delay": 1, "MaxAttempts": 2}
            s3.get_waiter("object_exists").wait(Bucket=bucket, Key="missing", WaiterConfig=config)
            raise Failed("the waiter succeeds")
        except WaiterError as error:
            has(str(error), "Max attempts exceeded")
    with check("a client that addresses buckets as hosts"):
        virtual = client("s3", endpoint=ENDPOINT.replace("127.0.0.1", "localhost"), s3={"addressing_style": "virtual"})
        virtual.put_object(Bucket=bucket, Key="virtual/a b", Body=b"hosted")
        same(virtual.get_object(Bucket=bucket, Key="virtual/a b")["Body"].read(), b"hosted")
        same(virtual.list_objects_v2(Bucket=bucket, Prefix="virtual/")["KeyCount"], 1)
    with check("resources: a bucket's objects, and their deletion"):
        one = resource("s3").Bucket(bucket)
        one.put_object(Key="resource/a", Body=b"from a resource")
        same([found.key for found in one.objects.filter(Prefix="resource/")], ["resource/a"])
        same(one.Object("resource/a").get()["Body"].read(), b"from a resource")
        one.objects.filter(Prefix="resource/").delete()
        same(list(one.objects.filter(Prefix="resource/")), [])
    with check("delete_bucket refuses a bucket with objects, and deletes it with a resource's help"):
        refused(lambda: s3.delete_bucket(Bucket=versioned), "BucketNotEmpty", 409)
        resource("s3").Bucket(versioned).object_versions.delete()
        s3.delete_bucket(Bucket=versioned)
        s3.get_waiter("bucket_not_exists").wait(Bucket=versioned)


def transfers(folder):
    s3 = client("s3")
    bucket = f"boto-transfers-{RUN}"
    s3.create_bucket(Bucket=bucket)
    file = os.path.join(folder, "large")
    data = os.urandom(16 * MB + 123)
    with open(file, "wb") as out:
        out.write(data)
    parallel = TransferConfig(multipart_threshold=5 * MB, multipart_chunksize=5 * MB, max_concurrency=4)
    with check("upload_file uploads parts by threads and reports progress"):
        seen = []
        s3.upload_file(
            file,
            bucket,
            "large",
            Config=parallel,
            Callback=seen.append,
            ExtraArgs={"ContentType": "application/x-test", "Metadata": {"by": "threads"}},
        )
        same(sum(seen), len(data))
        head = s3.head_object(Bucket=bucket, Key="large")
        same([head["ContentLength"], head["ContentType"], head["Metadata"]],
             [len(data), "application/x-test", {"by": "threads"}])
        holds(head["ETag"].endswith('-4"'), head["ETag"])
    with check("download_file downloads ranges by threads"):
        s3.download_file(bucket, "large", f"{file}.copy", Config=parallel)
        with open(f"{file}.copy", "rb") as copy:
            holds(copy.read() == data, "the bytes differ")
    with check("upload_fileobj uploads a stream that can't seek"):
        reader, writer = os.pipe()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            def write():
                with os.fdopen(writer, "wb") as out:
                    out.write(data[: 6 * MB])
            writing = pool.submit(write)
            with os.fdopen(reader, "rb") as stream:
                s3.upload_fileobj(stream, bucket, "stream", Config=parallel)
            writing.result()
        holds(s3.get_object(Bucket=bucket, Key="stream")["Body"].read() == data[: 6 * MB], "the bytes differ")
    with check("download_fileobj writes to memory"):
        memory = io.BytesIO()
        s3.download_fileobj(bucket, "stream", memory, Config=parallel)
        holds(memory.getvalue() == data[: 6 * MB], "the bytes differ")
    with check("upload_file with a SHA-256 checksum of each part"):
        s3.upload_file(file, bucket, "summed", Config=parallel, ExtraArgs={"ChecksumAlgorithm": "SHA256"})
        head = s3.head_object(Bucket=bucket, Key="summed", ChecksumMode="ENABLED")
        holds(head["ChecksumSHA256"].endswith("-4"), head.get("ChecksumSHA256"))
    with check("copy copies parts by threads"):
        s3.copy({"Bucket": bucket, "Key": "large"}, bucket, "copied", Config=parallel)
        holds(s3.get_object(Bucket=bucket, Key="copied")["Body"].read() == data, "the bytes differ")
    with check("download_file of a missing key fails with 404 and leaves no file"):
        refused(lambda: s3.download_file(bucket, "missing", f"{file}.missing"), "404", 404)
        same([name for name in os.listdir(folder) if "missing" in name], [])
    with check("a failed upload is aborted"):
        class Breaks(io.RawIOBase):
            left = 12 * MB

            def readable(self):
                return True

            def readinto(self, buffer):
                if self.left <= 0:
                    raise OSError("the disk is gone")
                size = min(len(buffer), self.left)
                self.left -= size
                buffer[:size] = bytes(size)
                return size

        try:
            s3.upload_fileobj(Breaks(), bucket, "broken", Config=parallel)
            raise Failed("the upload succeeds")
        except OSError:
            pass
        same(s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []), [])


def role_keys(name):
    """Keys of a role that may do anything with S3. The server knows their secret, whichever keys it accepts."""
    iam = client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(account()))["Role"]["Arn"]
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.put_role_policy(RoleName=name, PolicyName="s3", PolicyDocument=json.dumps(allowed))
    return client("sts").assume_role(RoleArn=role, RoleSessionName="boto")["Credentials"]


def presigned(folder):
    s3 = client("s3", keys=role_keys(f"boto-presigned-{RUN}"), signature_version="s3v4")
    bucket = f"boto-presigned-{RUN}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a b/ü", Body=b"presigned")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b/ü"}, ExpiresIn=300)

    def code(response):
        return [response.status_code, response.text.partition("<Code>")[2].partition("</Code>")[0]]

    with check("a presigned GET returns the object, also in part"):
        with urllib.request.urlopen(url) as response:
            same([response.status, response.read()], [200, b"presigned"])
        same(requests.get(url, headers={"Range": "bytes=0-2"}).content, b"pre")
    with check("a presigned GET sets headers of the response"):
        named = s3.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": bucket,
                "Key": "a b/ü",
                "ResponseContentDisposition": 'attachment; filename="a.txt"',
                "ResponseContentType": "text/x-test",
            },
        )
        response = requests.get(named)
        same(response.headers["content-disposition"], 'attachment; filename="a.txt"')
        same(response.headers["content-type"], "text/x-test")
    with check("a presigned GET of a missing key answers 404"):
        missing = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "missing"})
        same(code(requests.get(missing)), [404, "NoSuchKey"])
    with check("a presigned GET of another key answers SignatureDoesNotMatch"):
        s3.put_object(Bucket=bucket, Key="other", Body=b"other")
        altered = url.replace(urllib.parse.quote("a b/ü"), "other")
        same(code(requests.get(altered)), [403, "SignatureDoesNotMatch"])
    with check("a presigned GET with a longer expiry than it was signed for answers SignatureDoesNotMatch"):
        same(code(requests.get(url.replace("X-Amz-Expires=300", "X-Amz-Expires=3000"))), [403, "SignatureDoesNotMatch"])
    with check("a presigned GET used to delete answers SignatureDoesNotMatch"):
        same(code(requests.delete(url)), [403, "SignatureDoesNotMatch"])
    with check("a presigned PUT stores a body"):
        put = s3.generate_presigned_url(
            "put_object", Params={"Bucket": bucket, "Key": "put", "ContentType": "text/x-test"}
        )
        response = requests.put(put, data=b"by requests", headers={"Content-Type": "text/x-test"})
        same(response.status_code, 200)
        got = s3.get_object(Bucket=bucket, Key="put")
        same([got["Body"].read(), got["ContentType"]], [b"by requests", "text/x-test"])
    with check("a presigned PUT with another content type answers SignatureDoesNotMatch"):
        response = requests.put(put, data=b"x", headers={"Content-Type": "text/html"})
        same(code(response), [403, "SignatureDoesNotMatch"])
    with check("a presigned HEAD and DELETE"):
        head = s3.generate_presigned_url("head_object", Params={"Bucket": bucket, "Key": "put"})
        same(requests.head(head).headers["content-length"], "11")
        delete = s3.generate_presigned_url("delete_object", Params={"Bucket": bucket, "Key": "put"})
        same(requests.delete(delete).status_code, 204)
        same(requests.head(head).status_code, 404)
    with check("the default presigned GET of a client without a signature version"):
        default = client("s3").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "other"})
        same(requests.get(default).content, b"other")
    with check("a presigned POST stores a file of a form"):
        post = s3.generate_presigned_post(
            bucket,
            "posted/${filename}",
            Fields={"x-amz-meta-color": "blue", "success_action_status": "201"},
            Conditions=[
                {"x-amz-meta-color": "blue"},
                {"success_action_status": "201"},
                ["content-length-range", 1, 100],
            ],
        )
        response = requests.post(post["url"], data=post["fields"], files={"file": ("report.txt", b"from a form")})
        same(response.status_code, 201)
        has(response.text, "<Key>posted/report.txt</Key>")
        got = s3.get_object(Bucket=bucket, Key="posted/report.txt")
        same([got["Body"].read(), got["Metadata"]], [b"from a form", {"color": "blue"}])
    with check("a presigned POST rejects a file that is too large"):
        response = requests.post(post["url"], data=post["fields"], files={"file": ("report.txt", bytes(101))})
        same(code(response), [400, "EntityTooLarge"])
    with check("a presigned POST rejects a field that its policy doesn't allow"):
        fields = {**post["fields"], "x-amz-meta-color": "red"}
        response = requests.post(post["url"], data=fields, files={"file": ("report.txt", b"x")})
        same(code(response), [403, "AccessDenied"])
    with check("a presigned POST rejects a policy that was altered"):
        fields = {**post["fields"], "policy": post["fields"]["policy"][:-8] + "AAAAAAAA"}
        response = requests.post(post["url"], data=fields, files={"file": ("report.txt", b"x")})
        same(code(response), [403, "SignatureDoesNotMatch"])
    with check("an expired presigned GET answers AccessDenied"):
        short = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "other"}, ExpiresIn=30)
        same(requests.get(short).content, b"other")
        WaiterTime.sleep(31)
        response = requests.get(short)
        same(code(response), [403, "AccessDenied"])
        has(response.text, "Request has expired")


def ec2(folder):
    ec2 = client("ec2")
    name = f"boto-{RUN}"
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": name}]}]
    with check("vpc_available and subnet_available wait"):
        vpc = ec2.create_vpc(CidrBlock="10.50.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
        ec2.get_waiter("vpc_available").wait(VpcIds=[vpc])
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.50.{n}.0/24")["Subnet"]["SubnetId"] for n in range(12)
        ]
        ec2.get_waiter("subnet_available").wait(SubnetIds=subnets)
    with check("the paginator of describe_subnets reads all pages"):
        pages = list(ec2.get_paginator("describe_subnets").paginate(
            Filters=[{"Name": "vpc-id", "Values": [vpc]}], PaginationConfig={"PageSize": 5}
        ))
        same([len(page["Subnets"]) for page in pages], [5, 5, 2])
        same(sorted(one["SubnetId"] for page in pages for one in page["Subnets"]), sorted(subnets))
    with check("describe_vpcs filters with wildcards"):
        found = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [f"*{RUN}"]}])["Vpcs"]
        same([one["VpcId"] for one in found], [vpc])
    with check("instance_running, instance_stopped and instance_terminated wait"):
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        started = ec2.run_instances(
            ImageId=image, InstanceType="t3.micro", MinCount=2, MaxCount=2, SubnetId=subnets[0]
        )["Instances"]
        ids = [one["InstanceId"] for one in started]
        same([one["State"]["Name"] for one in started], ["pending", "pending"])
        ec2.get_waiter("instance_running").wait(InstanceIds=ids)
        ec2.stop_instances(InstanceIds=ids)
        ec2.get_waiter("instance_stopped").wait(InstanceIds=ids)
        ec2.start_instances(InstanceIds=ids)
        ec2.get_waiter("instance_running").wait(InstanceIds=ids)
        ec2.terminate_instances(InstanceIds=ids)
        ec2.get_waiter("instance_terminated").wait(InstanceIds=ids)
    with check("resources: a VPC and its subnets"):
        one = resource("ec2").Vpc(vpc)
        same([one.cidr_block, one.tags], ["10.50.0.0/16", [{"Key": "Name", "Value": name}]])
        same(sorted(found.id for found in one.subnets.all()), sorted(subnets))
    with check("run_instances is idempotent by its client token"):
        order = {
            "ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, "SubnetId": subnets[1],
            "ClientToken": name,
        }
        ids = [ec2.run_instances(**order)["Instances"][0]["InstanceId"] for _ in range(2)]
        same(ids[0], ids[1])
        refused(
            lambda: ec2.run_instances(**{**order, "InstanceType": "t3.small"}), "IdempotentParameterMismatch", 400
        )
    with check("errors have their code, status and request id"):
        response = refused(
            lambda: ec2.describe_vpcs(VpcIds=["vpc-0123456789abcdef0"]), "InvalidVpcID.NotFound", 400
        )
        has(response["Error"]["Message"], "vpc-0123456789abcdef0")
        holds(len(response["ResponseMetadata"]["RequestId"]) == 36, response["ResponseMetadata"])
    with check("a dry run raises DryRunOperation"):
        refused(lambda: ec2.terminate_instances(InstanceIds=[ids[0]], DryRun=True), "DryRunOperation", 412)


def iam(folder):
    iam = client("iam")
    name = f"boto-{RUN}"
    with check("role_exists, user_exists, policy_exists and instance_profile_exists wait"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(account()))
        iam.create_user(UserName=name)
        document = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
        }
        policy = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]["Arn"]
        iam.create_instance_profile(InstanceProfileName=name)
        iam.get_waiter("role_exists").wait(RoleName=name)
        iam.get_waiter("user_exists").wait(UserName=name)
        iam.get_waiter("policy_exists").wait(PolicyArn=policy)
        iam.get_waiter("instance_profile_exists").wait(InstanceProfileName=name)
    with check("policy documents come back decoded"):
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(document))
        same(iam.get_role_policy(RoleName=name, PolicyName="inline")["PolicyDocument"], document)
        same(iam.get_policy_version(PolicyArn=policy, VersionId="v1")["PolicyVersion"]["Document"], document)
    with check("the paginator of list_roles reads all pages"):
        for number in range(5):
            iam.create_role(
                RoleName=f"{name}-{number}", Path=f"/{name}/", AssumeRolePolicyDocument=trust(account())
            )
        pages = list(iam.get_paginator("list_roles").paginate(
            PathPrefix=f"/{name}/", PaginationConfig={"PageSize": 2}
        ))
        same([len(page["Roles"]) for page in pages], [2, 2, 1])
    with check("resources: a role and its attached policies"):
        role = resource("iam").Role(name)
        role.attach_policy(PolicyArn=policy)
        same([one.arn for one in role.attached_policies.all()], [policy])
    with check("errors of IAM have modeled exceptions"):
        try:
            iam.get_role(RoleName=f"missing-{RUN}")
            raise Failed("the call succeeds")
        except iam.exceptions.NoSuchEntityException as error:
            same(error.response["Error"]["Code"], "NoSuchEntity")
            same(error.response["Error"]["Type"], "Sender")
            same(error.response["ResponseMetadata"]["HTTPStatusCode"], 404)


def sts(folder):
    name = f"boto-sts-{RUN}"
    mine = account()
    with check("keys of a role belong to the role's session"):
        client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust(mine))
        assumed = client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{mine}:role/{name}", RoleSessionName="work", DurationSeconds=900
        )
        keys = assumed["Credentials"]
        identity = client("sts", keys=keys).get_caller_identity()
        same(identity["Arn"], f"arn:aws:sts::{mine}:assumed-role/{name}/work")
        same(identity["UserId"], assumed["AssumedRoleUser"]["AssumedRoleId"])
        left = keys["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
        holds(left.total_seconds() > 0, keys["Expiration"])
    with check("keys of a role call other services"):
        s3 = client("s3", keys=keys)
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="k", Body=b"by the role")
        same(client("s3").get_object(Bucket=name, Key="k")["Body"].read(), b"by the role")
    with check("a presigned URL by keys of a role has their session token"):
        url = client("s3", keys=keys, signature_version="s3v4").generate_presigned_url(
            "get_object", Params={"Bucket": name, "Key": "k"}
        )
        has(url, "X-Amz-Security-Token=")
        same(requests.get(url).content, b"by the role")
    with check("calls for a service of another region don't share its state"):
        client("ssm").put_parameter(Name=f"/boto/{RUN}", Value="here", Type="String")
        refused(
            lambda: client("ssm", region="eu-west-1").get_parameter(Name=f"/boto/{RUN}"), "ParameterNotFound"
        )


def other_account(folder):
    """Needs an account that anyone may enter: on AWS there is none, so this isn't among the groups by default."""
    with check("keys of a role in another account see that account's state"):
        ours = client("ssm")
        ours.put_parameter(Name=f"/whose/{RUN}", Value="ours", Type="String")
        keys = client("sts").assume_role(RoleArn="arn:aws:iam::210987654321:role/audit", RoleSessionName="boto")
        theirs = client("ssm", keys=keys["Credentials"])
        same(client("sts", keys=keys["Credentials"]).get_caller_identity()["Account"], "210987654321")
        refused(lambda: theirs.get_parameter(Name=f"/whose/{RUN}"), "ParameterNotFound")
        theirs.put_parameter(Name=f"/whose/{RUN}", Value="theirs", Type="String")
        same(ours.get_parameter(Name=f"/whose/{RUN}")["Parameter"]["Value"], "ours")
        same(theirs.get_parameter(Name=f"/whose/{RUN}")["Parameter"]["Value"], "theirs")


def ssm(folder):
    ssm = client("ssm")
    path = f"/boto/{RUN}"
    with check("the paginators of get_parameters_by_path and describe_parameters read all pages"):
        for number in range(12):
            ssm.put_parameter(Name=f"{path}/{number:02}", Value=f"välue {number}", Type="String")
        pages = list(ssm.get_paginator("get_parameters_by_path").paginate(Path=path))
        same([len(page["Parameters"]) for page in pages], [10, 2])
        same(pages[0]["Parameters"][0]["Value"][:5], "välue")
        filters = [{"Key": "Name", "Option": "BeginsWith", "Values": [f"{path}/"]}]
        described = ssm.get_paginator("describe_parameters").paginate(
            ParameterFilters=filters, PaginationConfig={"PageSize": 5}
        )
        same(len(list(described.search("Parameters[].Name"))), 12)
    with check("errors of SSM have modeled exceptions"):
        try:
            ssm.put_parameter(Name=f"{path}/00", Value="v", Type="String")
            raise Failed("the call succeeds")
        except ssm.exceptions.ParameterAlreadyExists as error:
            same(error.response["ResponseMetadata"]["HTTPStatusCode"], 400)
            holds(error.response["ResponseMetadata"]["RequestId"], "there is no request id")
    with check("a SecureString is decrypted on demand, and dates are dates"):
        ssm.put_parameter(Name=f"{path}/secret", Value="hidden", Type="SecureString")
        got = ssm.get_parameter(Name=f"{path}/secret", WithDecryption=True)["Parameter"]
        same([got["Value"], got["Type"], got["Version"]], ["hidden", "SecureString", 1])
        age = datetime.datetime.now(datetime.timezone.utc) - got["LastModifiedDate"]
        holds(abs(age.total_seconds()) < 86_400, got["LastModifiedDate"])


def secretsmanager(folder):
    secrets = client("secretsmanager")
    name = f"boto/{RUN}"
    with check("Secrets Manager keeps texts and bytes, and its paginators read all pages"):
        secrets.create_secret(Name=f"{name}/text", SecretString="välue")
        secrets.create_secret(Name=f"{name}/bytes", SecretBinary=b"\x00\xff")
        same(secrets.get_secret_value(SecretId=f"{name}/text")["SecretString"], "välue")
        same(secrets.get_secret_value(SecretId=f"{name}/bytes")["SecretBinary"], b"\x00\xff")
        pages = secrets.get_paginator("list_secrets").paginate(
            Filters=[{"Key": "name", "Values": [name]}], PaginationConfig={"PageSize": 1}
        )
        same(sorted(pages.search("SecretList[].Name")), [f"{name}/bytes", f"{name}/text"])
    with check("Secrets Manager gets several values, and says which are missing"):
        got = secrets.batch_get_secret_value(SecretIdList=[f"{name}/text", f"{name}/none"])
        same([one["SecretString"] for one in got["SecretValues"]], ["välue"])
        same([one["ErrorCode"] for one in got["Errors"]], ["ResourceNotFoundException"])
    with check("errors of Secrets Manager have modeled exceptions"):
        try:
            secrets.get_secret_value(SecretId=f"{name}/none")
            raise Failed("the call succeeds")
        except secrets.exceptions.ResourceNotFoundException as error:
            has(str(error), "Secrets Manager can't find the specified secret.")


def appconfig(folder):
    appconfig, data = client("appconfig"), client("appconfigdata")
    app = appconfig.create_application(Name=f"boto-{RUN}")["Id"]
    environment = appconfig.create_environment(ApplicationId=app, Name="prod")["Id"]
    profile = appconfig.create_configuration_profile(ApplicationId=app, Name="settings", LocationUri="hosted")["Id"]
    identifiers = {
        "ApplicationIdentifier": app,
        "EnvironmentIdentifier": environment,
        "ConfigurationProfileIdentifier": profile,
    }
    with check("AppConfig deploys bytes, whose type and label a client sees"):
        version = appconfig.create_hosted_configuration_version(
            ApplicationId=app,
            ConfigurationProfileId=profile,
            Content="{\"é\": 1}".encode(),
            ContentType="application/json",
            VersionLabel="v1",
        )
        same([version["VersionNumber"], version["Content"].read().decode()], [1, "{\"é\": 1}"])
        deployment = appconfig.start_deployment(
            ApplicationId=app,
            EnvironmentId=environment,
            ConfigurationProfileId=profile,
            ConfigurationVersion="1",
            DeploymentStrategyId="AppConfig.AllAtOnce",
        )
        same(deployment["EventLog"][-1]["EventType"], "DEPLOYMENT_STARTED")
        session = data.start_configuration_session(**identifiers)
        got = data.get_latest_configuration(ConfigurationToken=session["InitialConfigurationToken"])
        same([got["Configuration"].read().decode(), got["ContentType"]], ["{\"é\": 1}", "application/json"])
        same(got["NextPollIntervalInSeconds"], 60)
    with check("errors of AppConfig have modeled exceptions"):
        try:
            data.get_latest_configuration(ConfigurationToken="none")
            raise Failed("the call succeeds")
        except data.exceptions.BadRequestException as error:
            problem = error.response["Details"]["InvalidParameters"]["ConfigurationToken"]["Problem"]
            same([error.response["Reason"], problem], ["InvalidParameters", "Corrupted"])
        refused(lambda: appconfig.get_application(ApplicationId="abcdefg"), "ResourceNotFoundException", 404)


def ecs(folder):
    ecs = client("ecs")
    ec2 = client("ec2")
    name = f"boto-{RUN}"
    vpc = ec2.create_vpc(CidrBlock="10.51.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.51.0.0/24")["Subnet"]["SubnetId"]
    ecs.create_cluster(clusterName=name)
    ecs.register_task_definition(
        family=name,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "web", "image": "nginx", "essential": True}],
    )
    with check("services_stable and services_inactive wait"):
        ecs.create_service(
            cluster=name,
            serviceName="web",
            taskDefinition=name,
            desiredCount=2,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
        )
        ecs.get_waiter("services_stable").wait(cluster=name, services=["web"])
        same(ecs.describe_services(cluster=name, services=["web"])["services"][0]["runningCount"], 2)
        ecs.delete_service(cluster=name, service="web", force=True)
        ecs.get_waiter("services_inactive").wait(cluster=name, services=["web"])
    with check("errors of ECS have modeled exceptions"):
        try:
            ecs.describe_services(cluster=f"missing-{RUN}", services=["web"])
            raise Failed("the call succeeds")
        except ecs.exceptions.ClusterNotFoundException as error:
            same(error.response["Error"]["Code"], "ClusterNotFoundException")


def cloudwatch(folder):
    now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
    around = {"StartTime": now - datetime.timedelta(minutes=5), "EndTime": now + datetime.timedelta(minutes=5)}
    for protocol in ("smithy-rpc-v2-cbor", "json", "query"):
        own = boto3.Session()
        loader = own._session.get_component("data_loader")
        metadata = loader.load_service_model("cloudwatch", "service-2")["metadata"]
        metadata.update(protocol=protocol, protocols=[protocol])
        cloudwatch = own.client("cloudwatch", region_name=REGION, endpoint_url=ENDPOINT)
        same(cloudwatch.meta.service_model.resolved_protocol, protocol)
        namespace = f"Boto/{RUN}/{protocol}"
        with check(f"CloudWatch by {protocol}: puts values and returns statistics"):
            cloudwatch.put_metric_data(
                Namespace=namespace,
                MetricData=[
                    {"MetricName": "load", "Value": value, "Timestamp": now, "Unit": "Percent"} for value in (4, 6.5)
                ] + [{
                    "MetricName": "load",
                    "Timestamp": now,
                    "Unit": "Percent",
                    "StatisticValues": {"SampleCount": 2, "Sum": 9.5, "Minimum": 1.5, "Maximum": 8},
                }],
            )
            [point] = cloudwatch.get_metric_statistics(
                Namespace=namespace, MetricName="load", Period=60, Statistics=["Sum", "Minimum", "SampleCount"], **around
            )["Datapoints"]
            same([point["Sum"], point["Minimum"], point["SampleCount"], point["Unit"]], [20.0, 1.5, 4.0, "Percent"])
            same(point["Timestamp"], now)
        with check(f"CloudWatch by {protocol}: returns metric data"):
            wanted = {
                "Id": "q",
                "MetricStat": {
                    "Metric": {"Namespace": namespace, "MetricName": "load"},
                    "Period": 60,
                    "Stat": "Maximum",
                },
            }
            [result] = cloudwatch.get_metric_data(MetricDataQueries=[wanted], **around)["MetricDataResults"]
            same([result["Values"], result["Timestamps"], result["StatusCode"]], [[8.0], [now], "Complete"])
        with check(f"CloudWatch by {protocol}: fails with a code, a status and a request id"):
            response = refused(
                lambda: cloudwatch.get_metric_statistics(
                    Namespace=namespace,
                    MetricName="load",
                    Period=60,
                    Statistics=["Sum"],
                    StartTime=around["EndTime"],
                    EndTime=around["StartTime"],
                ),
                "InvalidParameterValue",
                400,
            )
            holds(response["ResponseMetadata"]["RequestId"], response["ResponseMetadata"])


def others(folder):
    with check("ACM: requests and describes a certificate"):
        acm = client("acm")
        arn = acm.request_certificate(DomainName=f"boto-{RUN}.example.com", ValidationMethod="DNS")["CertificateArn"]
        same(acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"], "PENDING_VALIDATION")
        has([one["CertificateArn"] for one in acm.list_certificates()["CertificateSummaryList"]], arn)
    with check("OpenSearch: creates, describes and deletes a domain"):
        opensearch = client("opensearch")
        domain = f"boto{RUN}"
        opensearch.create_domain(DomainName=domain, EngineVersion="OpenSearch_2.11")
        same(opensearch.describe_domain(DomainName=domain)["DomainStatus"]["EngineVersion"], "OpenSearch_2.11")
        refused(lambda: opensearch.create_domain(DomainName=domain), "ResourceAlreadyExistsException", 409)
        same(opensearch.delete_domain(DomainName=domain)["DomainStatus"]["Deleted"], True)
    with check("EventBridge: puts a rule and events"):
        events = client("events")
        events.put_rule(Name=f"boto-{RUN}", EventPattern=json.dumps({"source": ["boto"]}))
        entry = {"Source": "boto", "DetailType": "test", "Detail": "{}", "Time": datetime.datetime.now()}
        same(events.put_events(Entries=[entry])["FailedEntryCount"], 0)
        refused(lambda: events.describe_rule(Name=f"missing-{RUN}"), "ResourceNotFoundException", 400)


groups = {
    one.__name__: one
    for one in (s3, transfers, presigned, ec2, iam, sts, other_account, ssm, secretsmanager, appconfig, ecs, cloudwatch, others)
}

for group in sys.argv[2:] or [name for name in groups if name != "other_account"]:
    with tempfile.TemporaryDirectory() as folder:
        groups[group](folder)
done()
