"""The AWS CLI as a user of the server: `python cli.py ENDPOINT [GROUP...]`.

The CLI runs in this process. Starting one for each command would take most of the time.
"""

import base64
import contextlib
import datetime
import filecmp
import hashlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import urllib.request

from checks import ENDPOINT, RUN, Failed, WaiterTime, check, done, has, holds, same

from awscli.clidriver import create_clidriver

import botocore.waiter

botocore.waiter.time = WaiterTime

# Shared by all commands, so that each description of a service is read once.
_loader = create_clidriver().session.get_component("data_loader")


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def text(self):
        return self.out.decode().strip()


@contextlib.contextmanager
def environment(values):
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def run(command, *more, endpoint=ENDPOINT, **env):
    """Runs a command, written as in a shell; further arguments are taken as they are."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with environment(env), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        driver = create_clidriver()
        driver.session.register_component("data_loader", _loader)
        try:
            status = driver.main(["--endpoint-url", endpoint, *shlex.split(command), *more])
        except SystemExit as ended:
            status = ended.code
    for text in (out, err):
        text.flush()
    return Result(status, out.buffer.getvalue(), err.buffer.getvalue().decode())


def aws(command, *more, **env):
    """Runs a command that must succeed."""
    result = run(command, *more, **env)
    if result.status != 0:
        raise Failed(f"aws {command[:80]}: status {result.status}: {result.err or result.out.decode()}")
    return result


def query(command, expression, *more, **env):
    """What a JMESPath expression selects of a command's output."""
    return aws(command, *more, "--query", expression, "--output", "json", **env).json


def refused(command, code, *more, message=None, **env):
    """Runs a command that must fail with this error code."""
    result = run(command, *more, **env)
    if result.status == 0:
        raise Failed(f"aws {command[:80]} succeeds: {result.out.decode()[:200]}")
    has(result.err + result.out.decode(), f"({code})")
    if message is not None:
        has(result.err, message)


def trust(**principal):
    return json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
    })


def allow(action, resource="*"):
    return json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}],
    })


def account():
    return query("sts get-caller-identity", "Account")


def sts(folder):
    with check("sts get-caller-identity reports an account of 12 digits and its ARN"):
        identity = aws("sts get-caller-identity").json
        same(sorted(identity), ["Account", "Arn", "UserId"])
        holds(re.fullmatch(r"\d{12}", identity["Account"]), identity)
        has(identity["Arn"], f":{identity['Account']}:")
    role = f"arn:aws:iam::{account()}:role/cli-sts-{RUN}"
    with check("sts assume-role returns keys that expire in 15 minutes"):
        aws("iam create-role", "--role-name", f"cli-sts-{RUN}", "--assume-role-policy-document", trust(AWS=account()))
        assumed = aws(f"sts assume-role --role-arn {role} --role-session-name night --duration-seconds 900").json
        keys = assumed["Credentials"]
        holds(keys["AccessKeyId"].startswith("ASIA"), keys["AccessKeyId"])
        same(assumed["AssumedRoleUser"]["Arn"], f"arn:aws:sts::{account()}:assumed-role/cli-sts-{RUN}/night")
    with check("sts get-caller-identity reports the session for the keys of a role"):
        session = {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        }
        has(query("sts get-caller-identity", "Arn", **session), f"assumed-role/cli-sts-{RUN}/night")
    with check("sts assume-role rejects a duration of more than 12 hours"):
        refused(
            f"sts assume-role --role-arn {role} --role-session-name night --duration-seconds 43201",
            "ValidationError",
        )
    with check("sts get-session-token returns a session of the caller"):
        token = aws("sts get-session-token --duration-seconds 900").json["Credentials"]
        holds(token["SessionToken"] and token["AccessKeyId"].startswith("ASIA"), token)
        same(
            query(
                "sts get-caller-identity",
                "Account",
                AWS_ACCESS_KEY_ID=token["AccessKeyId"],
                AWS_SECRET_ACCESS_KEY=token["SecretAccessKey"],
                AWS_SESSION_TOKEN=token["SessionToken"],
            ),
            account(),
        )


def s3(folder):
    bucket = f"cli-{RUN}"
    small, large = os.path.join(folder, "small.bin"), os.path.join(folder, "large.bin")
    small_bytes = os.urandom(70_000)
    with open(small, "wb") as file:
        file.write(small_bytes)
    with open(large, "wb") as file:
        file.write(os.urandom(17 * 1024 * 1024))
    tree = os.path.join(folder, "tree")
    os.makedirs(os.path.join(tree, "nested"))
    texts = {"first.txt": "one\n", "nested/second.txt": "two\n", "nested/ä b+c&d.txt": "three\n"}
    for name, text in texts.items():
        with open(os.path.join(tree, name), "w", encoding="utf-8") as file:
            file.write(text)

    with check("s3 mb makes a bucket"):
        has(aws(f"s3 mb s3://{bucket}").text, f"make_bucket: {bucket}")
        has(query("s3api list-buckets", "Buckets[].Name"), bucket)
    with check("s3 ls lists buckets"):
        has(aws("s3 ls").text, bucket)
    with check("s3api head-bucket succeeds for a bucket and fails with 404 for a missing one"):
        aws(f"s3api head-bucket --bucket {bucket}")
        refused(f"s3api head-bucket --bucket missing-{RUN}", "404")
    with check("s3api get-bucket-location of a bucket in us-east-1 is null"):
        same(aws(f"s3api get-bucket-location --bucket {bucket}").json, {"LocationConstraint": None})
    with check("s3 cp uploads a file"):
        has(aws(f"s3 cp --no-progress {small} s3://{bucket}/small.bin").text, "upload: ")
    with check("s3api head-object returns the size and the MD5 as ETag of a file"):
        head = aws(f"s3api head-object --bucket {bucket} --key small.bin").json
        same(head["ContentLength"], len(small_bytes))
        same(head["ETag"], f'"{hashlib.md5(small_bytes).hexdigest()}"')
    with check("s3 cp guesses the content type from the name"):
        aws(f"s3 cp --no-progress {tree}/first.txt s3://{bucket}/first.txt")
        same(query(f"s3api head-object --bucket {bucket} --key first.txt", "ContentType"), "text/plain")
    with check("s3 cp stores metadata and headers"):
        aws(
            f"s3 cp --no-progress {tree}/first.txt s3://{bucket}/described.txt --metadata color=blue,size=xl "
            "--cache-control max-age=60 --content-disposition inline"
        )
        head = aws(f"s3api head-object --bucket {bucket} --key described.txt").json
        same(head["Metadata"], {"color": "blue", "size": "xl"})
        same([head["CacheControl"], head["ContentDisposition"]], ["max-age=60", "inline"])
    with check("s3 cp uploads a large file in parts"):
        has(aws(f"s3 cp --no-progress {large} s3://{bucket}/large.bin").text, "upload: ")
        has(query(f"s3api head-object --bucket {bucket} --key large.bin", "ETag"), '-3"')
    with check("s3 cp downloads a large file byte for byte"):
        has(aws(f"s3 cp --no-progress s3://{bucket}/large.bin {large}.copy").text, "download: ")
        holds(filecmp.cmp(large, f"{large}.copy", shallow=False), "the files differ")
    with check("s3 cp writes an object to standard output"):
        same(aws(f"s3 cp s3://{bucket}/first.txt -").out, b"one\n")
    with check("s3 cp copies an object"):
        has(aws(f"s3 cp --no-progress s3://{bucket}/small.bin s3://{bucket}/copied.bin").text, "copy: ")
        same(query(f"s3api head-object --bucket {bucket} --key copied.bin", "ContentLength"), len(small_bytes))
    with check("s3 cp copies a large object in parts"):
        aws(f"s3 cp --no-progress s3://{bucket}/large.bin s3://{bucket}/large-copy.bin")
        has(query(f"s3api head-object --bucket {bucket} --key large-copy.bin", "ETag"), '-3"')
    with check("s3 mv moves an object"):
        has(aws(f"s3 mv --no-progress s3://{bucket}/copied.bin s3://{bucket}/moved.bin").text, "move: ")
        refused(f"s3api head-object --bucket {bucket} --key copied.bin", "404")
    with check("s3 sync uploads a tree"):
        uploaded = aws(f"s3 sync --no-progress {tree} s3://{bucket}/tree").text.splitlines()
        same(len(uploaded), 3)
    with check("s3 sync uploads nothing that is there already"):
        same(aws(f"s3 sync --no-progress {tree} s3://{bucket}/tree").text, "")
    with check("s3 sync downloads a tree with the same names and bytes"):
        aws(f"s3 sync --no-progress s3://{bucket}/tree {tree}.copy")
        for name in texts:
            holds(filecmp.cmp(os.path.join(tree, name), os.path.join(f"{tree}.copy", name), shallow=False), name)
    with check("s3 ls groups keys by prefix"):
        has(aws(f"s3 ls s3://{bucket}").text, "PRE tree/")
    with check("s3 ls --recursive prints keys with any characters, and their sum"):
        listed = aws(f"s3 ls --recursive --summarize s3://{bucket}/tree/").text
        has(listed, "tree/nested/ä b+c&d.txt")
        has(listed, "Total Objects: 3")
    with check("s3api list-objects-v2 pages through keys in the order of UTF-8"):
        keys = query(f"s3api list-objects-v2 --bucket {bucket} --prefix tree/ --page-size 1", "Contents[].Key")
        same(keys, ["tree/first.txt", "tree/nested/second.txt", "tree/nested/ä b+c&d.txt"])
    with check("s3api list-objects-v2 continues after --max-items"):
        first = aws(f"s3api list-objects-v2 --bucket {bucket} --prefix tree/ --max-items 2").json
        same(len(first["Contents"]), 2)
        rest = query(
            f"s3api list-objects-v2 --bucket {bucket} --prefix tree/ --starting-token {first['NextToken']}",
            "Contents[].Key",
        )
        same(rest, ["tree/nested/ä b+c&d.txt"])
    with check("s3 presign gives a URL that anyone can get"):
        url = aws("s3 presign", f"s3://{bucket}/tree/nested/ä b+c&d.txt").text
        with urllib.request.urlopen(url) as response:
            same(response.read(), b"three\n")
    with check("s3api get-object returns a range"):
        part = os.path.join(folder, "part")
        got = aws(f"s3api get-object --bucket {bucket} --key small.bin --range bytes=10-19 {part}").json
        same([got["ContentRange"], got["ContentLength"]], [f"bytes 10-19/{len(small_bytes)}", 10])
        with open(part, "rb") as file:
            same(file.read(), small_bytes[10:20])
    with check("s3api get-object fails with NoSuchKey for a missing key"):
        refused(f"s3api get-object --bucket {bucket} --key missing {folder}/x", "NoSuchKey")
    with check("s3api get-object fails with NoSuchBucket for a missing bucket"):
        refused(f"s3api get-object --bucket missing-{RUN} --key k {folder}/x", "NoSuchBucket")
    with check("s3api get-object fails with InvalidRange past the end"):
        refused(f"s3api get-object --bucket {bucket} --key first.txt --range bytes=100-200 {folder}/x", "InvalidRange")
    with check("s3api get-object answers If-None-Match with 304"):
        etag = query(f"s3api head-object --bucket {bucket} --key first.txt", "ETag")
        refused(f"s3api get-object --bucket {bucket} --key first.txt {folder}/x --if-none-match", "304", etag)
    with check("s3api put-object --if-none-match * refuses to overwrite"):
        refused(
            f"s3api put-object --bucket {bucket} --key first.txt --body {tree}/first.txt --if-none-match *",
            "PreconditionFailed",
        )
    with check("s3api put-object returns and verifies a SHA-256 checksum"):
        put = aws(
            f"s3api put-object --bucket {bucket} --key summed --body {tree}/first.txt --checksum-algorithm SHA256"
        ).json
        same(put["ChecksumSHA256"], sha256(b"one\n"))
        head = aws(f"s3api head-object --bucket {bucket} --key summed --checksum-mode ENABLED").json
        same(head["ChecksumSHA256"], put["ChecksumSHA256"])
    with check("s3api put-object rejects a wrong Content-MD5"):
        refused(
            f"s3api put-object --bucket {bucket} --key bad --body {tree}/first.txt "
            "--content-md5 1B2M2Y8AsgTpgAmY7PhCfg==",
            "BadDigest",
        )
    with check("s3api put-object-tagging stores tags"):
        aws(f"s3api put-object-tagging --bucket {bucket} --key first.txt --tagging TagSet=[{{Key=team,Value=blue}}]")
        same(
            query(f"s3api get-object-tagging --bucket {bucket} --key first.txt", "TagSet"),
            [{"Key": "team", "Value": "blue"}],
        )
    with check("s3api put-bucket-tagging stores tags, and a bucket without tags has NoSuchTagSet"):
        refused(f"s3api get-bucket-tagging --bucket {bucket}", "NoSuchTagSet")
        aws(f"s3api put-bucket-tagging --bucket {bucket} --tagging TagSet=[{{Key=env,Value=test}}]")
        same(query(f"s3api get-bucket-tagging --bucket {bucket}", "TagSet[].Value"), ["test"])
    with check("s3api create-multipart-upload is listed until it is aborted"):
        upload = query(f"s3api create-multipart-upload --bucket {bucket} --key half", "UploadId")
        same(query(f"s3api list-multipart-uploads --bucket {bucket}", "Uploads[].UploadId"), [upload])
        aws(f"s3api upload-part --bucket {bucket} --key half --upload-id {upload} --part-number 1 --body {small}")
        same(
            query(f"s3api list-parts --bucket {bucket} --key half --upload-id {upload}", "Parts[].Size"),
            [len(small_bytes)],
        )
        aws(f"s3api abort-multipart-upload --bucket {bucket} --key half --upload-id {upload}")
        refused(f"s3api list-parts --bucket {bucket} --key half --upload-id {upload}", "NoSuchUpload")
    with check("s3api put-bucket-policy stores a policy"):
        policy = json.dumps({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutBucketWebsite",
                "Resource": f"arn:aws:s3:::{bucket}",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }],
        })
        refused(f"s3api get-bucket-policy --bucket {bucket}", "NoSuchBucketPolicy")
        aws(f"s3api put-bucket-policy --bucket {bucket} --policy", policy)
        same(json.loads(query(f"s3api get-bucket-policy --bucket {bucket}", "Policy")), json.loads(policy))
    with check("s3api put-bucket-versioning keeps old versions behind a delete marker"):
        aws(f"s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled")
        same(query(f"s3api get-bucket-versioning --bucket {bucket}", "Status"), "Enabled")
        aws(f"s3api put-object --bucket {bucket} --key versioned --body {tree}/first.txt")
        deleted = aws(f"s3api delete-object --bucket {bucket} --key versioned").json
        same(deleted["DeleteMarker"], True)
        refused(f"s3api get-object --bucket {bucket} --key versioned {folder}/x", "NoSuchKey")
        versions = aws(f"s3api list-object-versions --bucket {bucket} --prefix versioned").json
        same([len(versions["Versions"]), len(versions["DeleteMarkers"])], [1, 1])
    with check("s3api get-object returns an old version"):
        version = versions["Versions"][0]["VersionId"]
        aws(f"s3api get-object --bucket {bucket} --key versioned --version-id {version} {folder}/old")
        with open(os.path.join(folder, "old"), "rb") as file:
            same(file.read(), b"one\n")
    with check("s3 rb refuses to remove a bucket that isn't empty"):
        refused(f"s3 rb s3://{bucket}", "BucketNotEmpty")
    with check("s3 rm --recursive deletes the keys below a prefix"):
        same(len(aws(f"s3 rm --recursive s3://{bucket}/tree").text.splitlines()), 3)
        same(run(f"s3 ls s3://{bucket}/tree/").text, "")
    with check("s3api delete-objects deletes many keys, also missing ones"):
        same(
            sorted(query(
                f"s3api delete-objects --bucket {bucket} --delete Objects=[{{Key=moved.bin}},{{Key=missing}}]",
                "Deleted[].Key",
            )),
            ["missing", "moved.bin"],
        )
    with check("s3 rb --force removes an unversioned bucket with its objects"):
        aws(f"s3 mb s3://{bucket}-b")
        aws(f"s3 cp --no-progress {small} s3://{bucket}-b/k")
        has(aws(f"s3 rb --force s3://{bucket}-b").text, f"remove_bucket: {bucket}-b")
        refused(f"s3api head-bucket --bucket {bucket}-b", "404")
    with check("s3api wait object-exists waits for an object that is there"):
        same(aws(f"s3api wait object-exists --bucket {bucket} --key first.txt").text, "")
    with check("s3 mb makes a bucket in another region"):
        aws(f"s3 mb s3://{bucket}-eu --region eu-west-1")
        same(
            query(f"s3api get-bucket-location --bucket {bucket}-eu --region eu-west-1", "LocationConstraint"),
            "eu-west-1",
        )


def sha256(data):
    import base64

    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def ssm(folder):
    path = f"/cli/{RUN}"
    with check("ssm put-parameter makes version 1, and --overwrite version 2"):
        same(aws(f"ssm put-parameter --name {path}/a --value first --type String").json["Version"], 1)
        same(aws(f"ssm put-parameter --name {path}/a --value second --type String --overwrite").json["Version"], 2)
    with check("ssm put-parameter fails with ParameterAlreadyExists"):
        refused(f"ssm put-parameter --name {path}/a --value third --type String", "ParameterAlreadyExists")
    with check("ssm get-parameter returns the newest version, or the one that is asked for"):
        same(query(f"ssm get-parameter --name {path}/a", "Parameter.[Value,Version]"), ["second", 2])
        same(query(f"ssm get-parameter --name {path}/a:1", "Parameter.Value"), "first")
    with check("ssm get-parameter decrypts a SecureString only on demand"):
        aws(f"ssm put-parameter --name {path}/nested/secret --value hidden --type SecureString")
        holds(query(f"ssm get-parameter --name {path}/nested/secret", "Parameter.Value") != "hidden", "it is plain")
        same(query(f"ssm get-parameter --name {path}/nested/secret --with-decryption", "Parameter.Value"), "hidden")
    with check("ssm get-parameters-by-path descends only with --recursive"):
        same(query(f"ssm get-parameters-by-path --path {path}", "Parameters[].Name"), [f"{path}/a"])
        same(
            sorted(query(f"ssm get-parameters-by-path --path {path} --recursive", "Parameters[].Name")),
            [f"{path}/a", f"{path}/nested/secret"],
        )
    with check("ssm get-parameters-by-path reads page by page"):
        for number in range(12):
            aws(f"ssm put-parameter --name {path}/many/p{number:02} --value v --type String")
        same(
            sorted(query(f"ssm get-parameters-by-path --path {path}/many --page-size 5", "Parameters[].Name")),
            [f"{path}/many/p{number:02}" for number in range(12)],
        )
    with check("ssm get-parameters names the parameters that are missing"):
        got = aws(f"ssm get-parameters --names {path}/a {path}/none").json
        same([[one["Name"] for one in got["Parameters"]], got["InvalidParameters"]], [[f"{path}/a"], [f"{path}/none"]])
    with check("ssm describe-parameters filters by name"):
        names = query(
            f"ssm describe-parameters --parameter-filters Key=Name,Option=BeginsWith,Values={path}/nested",
            "Parameters[].Name",
        )
        same(names, [f"{path}/nested/secret"])
    with check("ssm get-parameter-history returns all versions"):
        same(query(f"ssm get-parameter-history --name {path}/a", "Parameters[].Value"), ["first", "second"])
    with check("ssm delete-parameter deletes, and then fails with ParameterNotFound"):
        aws(f"ssm delete-parameter --name {path}/a")
        refused(f"ssm get-parameter --name {path}/a", "ParameterNotFound")
        refused(f"ssm delete-parameter --name {path}/a", "ParameterNotFound")


def secretsmanager(folder):
    name = f"cli/{RUN}"
    secret = f"secretsmanager get-secret-value --secret-id {name}"
    with check("secretsmanager create-secret makes a secret, whose name is taken then"):
        arn = aws(f"secretsmanager create-secret --name {name} --secret-string first").json["ARN"]
        holds(re.search(r":secret:cli/\w+-[A-Za-z0-9]{6}$", arn), arn)
        refused(f"secretsmanager create-secret --name {name} --secret-string other", "ResourceExistsException")
    with check("secretsmanager put-secret-value makes the value current, and keeps the one before"):
        aws(f"secretsmanager put-secret-value --secret-id {name} --secret-string second")
        same(query(secret, "SecretString"), "second")
        same(query(f"{secret} --version-stage AWSPREVIOUS", "SecretString"), "first")
        same(len(query(f"secretsmanager list-secret-version-ids --secret-id {name}", "Versions")), 2)
    with check("secretsmanager keeps bytes"):
        path = os.path.join(folder, "bytes")
        with open(path, "wb") as file:
            file.write(bytes(range(256)))
        aws(f"secretsmanager create-secret --name {name}/bytes --secret-binary fileb://{path}")
        got = query(f"secretsmanager get-secret-value --secret-id {name}/bytes", "SecretBinary")
        same(base64.b64decode(got), bytes(range(256)))
    with check("secretsmanager list-secrets filters by name and reads page by page"):
        listed = f"secretsmanager list-secrets --filters Key=name,Values={name} --page-size 1"
        same(sorted(query(listed, "SecretList[].Name")), [name, f"{name}/bytes"])
    with check("secretsmanager delete-secret deletes, and restore-secret restores"):
        aws(f"secretsmanager delete-secret --secret-id {name} --recovery-window-in-days 7")
        refused(secret, "InvalidRequestException")
        aws(f"secretsmanager restore-secret --secret-id {name}")
        same(query(secret, "SecretString"), "second")
        aws(f"secretsmanager delete-secret --secret-id {name} --force-delete-without-recovery")
        refused(secret, "ResourceNotFoundException")


def appconfig(folder):
    content, got = (os.path.join(folder, name) for name in ("content", "got"))
    with open(content, "w") as file:
        file.write('{"limit": 5}')
    app = aws(f"appconfig create-application --name cli-{RUN} --tags team=a").json["Id"]
    environment = aws(f"appconfig create-environment --application-id {app} --name prod").json["Id"]
    profile = aws(
        f"appconfig create-configuration-profile --application-id {app} --name settings --location-uri hosted"
    ).json["Id"]
    of_profile = f"--application-id {app} --configuration-profile-id {profile}"
    with check("appconfig create-hosted-configuration-version keeps a file"):
        aws(
            f"appconfig create-hosted-configuration-version {of_profile} --content-type application/json "
            f"--content fileb://{content} {got}"
        )
        aws(f"appconfig get-hosted-configuration-version {of_profile} --version-number 1 {got}")
        holds(filecmp.cmp(content, got, shallow=False), "the content differs")
    with check("appconfig start-deployment deploys to all clients at once"):
        started = aws(
            f"appconfig start-deployment {of_profile} --environment-id {environment} --configuration-version 1 "
            "--deployment-strategy-id AppConfig.AllAtOnce"
        ).json
        same([started["DeploymentNumber"], started["PercentageComplete"]], [1, 100.0])
    with check("appconfigdata get-latest-configuration gets what is deployed"):
        token = query(
            f"appconfigdata start-configuration-session --application-identifier cli-{RUN} "
            "--environment-identifier prod --configuration-profile-identifier settings",
            "InitialConfigurationToken",
        )
        aws(f"appconfigdata get-latest-configuration --configuration-token {token} {got}")
        holds(filecmp.cmp(content, got, shallow=False), "the configuration differs")
        refused(
            f"appconfigdata get-latest-configuration --configuration-token {token} {got}", "BadRequestException"
        )
    with check("appconfig lists the tags of an application by its ARN"):
        arn = f"arn:aws:appconfig:us-east-1:123456789012:application/{app}"
        same(query(f"appconfig list-tags-for-resource --resource-arn {arn}", "Tags"), {"team": "a"})


def network(name):
    """A VPC with a subnet and a security group."""
    vpc = query(
        f"ec2 create-vpc --cidr-block 10.40.0.0/16 "
        f"--tag-specifications ResourceType=vpc,Tags=[{{Key=Name,Value={name}}}]",
        "Vpc.VpcId",
    )
    aws(f"ec2 wait vpc-available --vpc-ids {vpc}")
    subnet = query(
        f"ec2 create-subnet --vpc-id {vpc} --cidr-block 10.40.1.0/24 --availability-zone us-east-1a",
        "Subnet.SubnetId",
    )
    group = query(f"ec2 create-security-group --group-name {name} --vpc-id {vpc} --description test", "GroupId")
    return vpc, subnet, group


def ec2(folder):
    name = f"cli-{RUN}"
    with check("ec2 describe-regions lists regions"):
        has(query("ec2 describe-regions", "Regions[].RegionName"), "us-west-2")
    with check("ec2 describe-availability-zones lists the zones of the region"):
        has(query("ec2 describe-availability-zones", "AvailabilityZones[].ZoneName"), "us-east-1a")
    with check("ec2 create-vpc, create-subnet and create-security-group return ids"):
        vpc, subnet, group = network(name)
        same([one.split("-")[0] for one in (vpc, subnet, group)], ["vpc", "subnet", "sg"])
    with check("ec2 describe-vpcs filters by tag"):
        found = query(f"ec2 describe-vpcs --filters Name=tag:Name,Values={name}", "Vpcs[].[VpcId,CidrBlock,IsDefault]")
        same(found, [[vpc, "10.40.0.0/16", False]])
    with check("ec2 describe-subnets filters by VPC and zone"):
        filters = f"Name=vpc-id,Values={vpc} Name=availability-zone"
        same(query(f"ec2 describe-subnets --filters {filters},Values=us-east-1a", "Subnets[].SubnetId"), [subnet])
        same(query(f"ec2 describe-subnets --filters {filters},Values=us-east-1b", "Subnets"), [])
    with check("ec2 describe-subnets counts the free addresses"):
        same(query(f"ec2 describe-subnets --subnet-ids {subnet}", "Subnets[0].AvailableIpAddressCount"), 251)
    with check("ec2 create-subnet rejects a range that is taken"):
        refused(f"ec2 create-subnet --vpc-id {vpc} --cidr-block 10.40.1.0/25", "InvalidSubnet.Conflict")
    with check("ec2 create-subnet rejects a range outside the VPC"):
        refused(f"ec2 create-subnet --vpc-id {vpc} --cidr-block 10.99.0.0/24", "InvalidSubnet.Range")
    with check("ec2 authorize-security-group-ingress adds a rule once"):
        rule = f"ec2 authorize-security-group-ingress --group-id {group} --protocol tcp --port 443 --cidr 10.0.0.0/8"
        aws(rule)
        same(
            query(f"ec2 describe-security-groups --group-ids {group}", "SecurityGroups[0].IpPermissions[0].FromPort"),
            443,
        )
        refused(rule, "InvalidPermission.Duplicate")
    with check("ec2 create-tags and describe-tags"):
        aws(f"ec2 create-tags --resources {subnet} {vpc} --tags Key=team,Value=blue")
        same(
            sorted(query("ec2 describe-tags --filters Name=key,Values=team", "Tags[].ResourceId")),
            sorted([subnet, vpc]),
        )
    with check("ec2 run-instances starts an instance with an address of its subnet"):
        image = query("ec2 describe-images --owners amazon", "Images[0].ImageId")
        launched = aws(
            f"ec2 run-instances --image-id {image} --instance-type t3.micro --subnet-id {subnet} "
            f"--security-group-ids {group} --tag-specifications "
            f"ResourceType=instance,Tags=[{{Key=Name,Value={name}}}]"
        ).json["Instances"][0]
        instance = launched["InstanceId"]
        same(launched["State"]["Name"], "pending")
        has(launched["PrivateIpAddress"], "10.40.1.")
    with check("ec2 wait instance-running"):
        same(aws(f"ec2 wait instance-running --instance-ids {instance}").text, "")
    with check("ec2 describe-instances filters by state, subnet and tag"):
        found = query(
            f"ec2 describe-instances --filters Name=instance-state-name,Values=running "
            f"Name=subnet-id,Values={subnet} Name=tag:Name,Values=cli-*",
            "Reservations[].Instances[].InstanceId",
        )
        same(found, [instance])
    with check("ec2 describe-network-interfaces finds the interface of the instance"):
        interfaces = query(
            f"ec2 describe-network-interfaces --filters Name=attachment.instance-id,Values={instance}",
            "NetworkInterfaces[].[SubnetId,Status]",
        )
        same(interfaces, [[subnet, "in-use"]])
    with check("ec2 stop-instances --dry-run changes nothing"):
        refused(f"ec2 stop-instances --dry-run --instance-ids {instance}", "DryRunOperation")
        same(
            query(f"ec2 describe-instances --instance-ids {instance}", "Reservations[0].Instances[0].State.Name"),
            "running",
        )
    with check("ec2 stop-instances and wait instance-stopped"):
        same(
            query(f"ec2 stop-instances --instance-ids {instance}", "StoppingInstances[].PreviousState.Name"),
            ["running"],
        )
        aws(f"ec2 wait instance-stopped --instance-ids {instance}")
    with check("ec2 describe-instances fails with InvalidInstanceID.NotFound for an unknown id"):
        refused("ec2 describe-instances --instance-ids i-0123456789abcdef0", "InvalidInstanceID.NotFound")
    with check("ec2 describe-instances fails with InvalidInstanceID.Malformed for a malformed id"):
        refused("ec2 describe-instances --instance-ids i-xyz", "InvalidInstanceID.Malformed")
    with check("ec2 delete-vpc fails with DependencyViolation for a VPC in use"):
        refused(f"ec2 delete-vpc --vpc-id {vpc}", "DependencyViolation")
    with check("ec2 terminate-instances and wait instance-terminated"):
        states = query(f"ec2 terminate-instances --instance-ids {instance}", "TerminatingInstances[].CurrentState.Name")
        has(["shutting-down", "terminated"], states[0])
        aws(f"ec2 wait instance-terminated --instance-ids {instance}")
    with check("ec2 deletes a security group, a subnet and a VPC that nothing uses any more"):
        aws(f"ec2 delete-security-group --group-id {group}")
        aws(f"ec2 delete-subnet --subnet-id {subnet}")
        aws(f"ec2 delete-vpc --vpc-id {vpc}")
        refused(f"ec2 describe-vpcs --vpc-ids {vpc}", "InvalidVpcID.NotFound")


def iam(folder):
    name = f"cli-{RUN}"
    document = trust(Service="ec2.amazonaws.com")
    with check("iam create-role returns the ARN with its path"):
        role = query(
            f"iam create-role --role-name {name} --path /team/ --assume-role-policy-document", "Role", document
        )
        same(role["Arn"], f"arn:aws:iam::{account()}:role/team/{name}")
        holds(role["RoleId"].startswith("AROA"), role["RoleId"])
    with check("iam wait role-exists"):
        same(aws(f"iam wait role-exists --role-name {name}").text, "")
    with check("iam get-role decodes the trust policy"):
        same(query(f"iam get-role --role-name {name}", "Role.AssumeRolePolicyDocument"), json.loads(document))
    with check("iam create-role fails with EntityAlreadyExists"):
        refused(
            f"iam create-role --role-name {name} --assume-role-policy-document", "EntityAlreadyExists", document
        )
    with check("iam create-role fails with MalformedPolicyDocument"):
        refused(
            f"iam create-role --role-name {name}-x --assume-role-policy-document", "MalformedPolicyDocument", "{}"
        )
    with check("iam put-role-policy stores an inline policy"):
        aws(f"iam put-role-policy --role-name {name} --policy-name inline --policy-document", allow("s3:*"))
        same(query(f"iam list-role-policies --role-name {name}", "PolicyNames"), ["inline"])
        same(
            query(f"iam get-role-policy --role-name {name} --policy-name inline", "PolicyDocument"),
            json.loads(allow("s3:*")),
        )
    with check("iam create-policy and attach-role-policy"):
        policy = query(f"iam create-policy --policy-name {name} --policy-document", "Policy.Arn", allow("ec2:*"))
        aws(f"iam attach-role-policy --role-name {name} --policy-arn {policy}")
        same(
            query(f"iam list-attached-role-policies --role-name {name}", "AttachedPolicies"),
            [{"PolicyName": name, "PolicyArn": policy}],
        )
        same(query(f"iam get-policy --policy-arn {policy}", "Policy.AttachmentCount"), 1)
    with check("iam list-roles filters by path"):
        same(query("iam list-roles --path-prefix /team/", f"Roles[?RoleName=='{name}'].Path"), ["/team/"])
    with check("iam delete-role fails with DeleteConflict for a role in use"):
        refused(f"iam delete-role --role-name {name}", "DeleteConflict")
    with check("iam create-instance-profile and add-role-to-instance-profile"):
        aws(f"iam create-instance-profile --instance-profile-name {name}")
        aws(f"iam add-role-to-instance-profile --instance-profile-name {name} --role-name {name}")
        same(
            query(f"iam get-instance-profile --instance-profile-name {name}", "InstanceProfile.Roles[].RoleName"),
            [name],
        )
        aws(f"iam remove-role-from-instance-profile --instance-profile-name {name} --role-name {name}")
        aws(f"iam delete-instance-profile --instance-profile-name {name}")
    with check("iam delete-role deletes a role without policies"):
        aws(f"iam delete-role-policy --role-name {name} --policy-name inline")
        aws(f"iam detach-role-policy --role-name {name} --policy-arn {policy}")
        aws(f"iam delete-policy --policy-arn {policy}")
        aws(f"iam delete-role --role-name {name}")
        refused(f"iam get-role --role-name {name}", "NoSuchEntity")
    with check("iam create-access-key gives a user keys that get-caller-identity knows"):
        aws(f"iam create-user --user-name {name}")
        aws(f"iam wait user-exists --user-name {name}")
        key = query(f"iam create-access-key --user-name {name}", "AccessKey")
        holds(key["AccessKeyId"].startswith("AKIA"), key["AccessKeyId"])
        same(
            query(
                "sts get-caller-identity",
                "Arn",
                AWS_ACCESS_KEY_ID=key["AccessKeyId"],
                AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"],
            ),
            f"arn:aws:iam::{account()}:user/{name}",
        )


def acm(folder):
    certificate, key = os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
    domain = f"cli-{RUN}.example.com"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate]
        + ["-days", "30", "-subj", f"/CN={domain}"],
        check=True,
        capture_output=True,
    )
    with check("acm import-certificate issues an imported certificate"):
        arn = query(
            f"acm import-certificate --certificate fileb://{certificate} --private-key fileb://{key}",
            "CertificateArn",
        )
        described = query(
            f"acm describe-certificate --certificate-arn {arn}", "Certificate.[DomainName,Status,Type,KeyAlgorithm]"
        )
        same(described, [domain, "ISSUED", "IMPORTED", "RSA-2048"])
    with check("acm list-certificates includes the certificate"):
        has(query("acm list-certificates", "CertificateSummaryList[].CertificateArn"), arn)
    with check("acm get-certificate returns the certificate"):
        with open(certificate, encoding="ascii") as file:
            same(query(f"acm get-certificate --certificate-arn {arn}", "Certificate").strip(), file.read().strip())
    with check("acm add-tags-to-certificate stores tags"):
        aws(f"acm add-tags-to-certificate --certificate-arn {arn} --tags Key=team,Value=blue")
        same(query(f"acm list-tags-for-certificate --certificate-arn {arn}", "Tags"), [{"Key": "team", "Value": "blue"}])
    with check("acm request-certificate waits for its validation by DNS"):
        requested = query(
            f"acm request-certificate --domain-name r.{domain} --validation-method DNS", "CertificateArn"
        )
        same(
            query(f"acm describe-certificate --certificate-arn {requested}", "Certificate.[Status,Type]"),
            ["PENDING_VALIDATION", "AMAZON_ISSUED"],
        )
        aws(f"acm delete-certificate --certificate-arn {requested}")
    with check("acm delete-certificate deletes, and describe-certificate fails with ResourceNotFoundException"):
        aws(f"acm delete-certificate --certificate-arn {arn}")
        refused(f"acm describe-certificate --certificate-arn {arn}", "ResourceNotFoundException")


def ecs(folder):
    name = f"cli-{RUN}"
    vpc, subnet, group = network(f"{name}-ecs")
    with check("ecs create-cluster makes an active cluster"):
        same(query(f"ecs create-cluster --cluster-name {name}", "cluster.[clusterName,status]"), [name, "ACTIVE"])
    with check("ecs register-task-definition counts revisions"):
        command = (
            f"ecs register-task-definition --family {name} --network-mode awsvpc --requires-compatibilities FARGATE "
            "--cpu 256 --memory 512 --container-definitions"
        )
        containers = json.dumps([{"name": "web", "image": "nginx", "essential": True}])
        same(query(command, "taskDefinition.revision", containers), 1)
        same(query(command, "taskDefinition.revision", containers), 2)
        same(len(query(f"ecs list-task-definitions --family-prefix {name}", "taskDefinitionArns")), 2)
    with check("ecs create-service starts a service"):
        service = query(
            f"ecs create-service --cluster {name} --service-name web --task-definition {name} --desired-count 1 "
            "--launch-type FARGATE --network-configuration "
            f"awsvpcConfiguration={{subnets=[{subnet}],securityGroups=[{group}]}}",
            "service",
        )
        same([service["status"], service["desiredCount"]], ["ACTIVE", 1])
        has(service["taskDefinition"], f"{name}:2")
    with check("ecs wait services-stable, after its creation and after an update"):
        aws(f"ecs wait services-stable --cluster {name} --services web")
        same(query(f"ecs update-service --cluster {name} --service web --desired-count 3", "service.desiredCount"), 3)
        aws(f"ecs wait services-stable --cluster {name} --services web")
        same(query(f"ecs describe-services --cluster {name} --services web", "services[0].runningCount"), 3)
    with check("ecs list-services lists ARNs"):
        has(query(f"ecs list-services --cluster {name}", "serviceArns[0]"), f"service/{name}/web")
    with check("ecs describe-services reports a missing service as a failure"):
        described = aws(f"ecs describe-services --cluster {name} --services none").json
        same([described["services"], described["failures"][0]["reason"]], [[], "MISSING"])
    with check("ecs describe-services fails with ClusterNotFoundException"):
        refused(f"ecs describe-services --cluster none-{RUN} --services web", "ClusterNotFoundException")
    with check("ecs delete-cluster refuses a cluster with services"):
        refused(f"ecs delete-cluster --cluster {name}", "ClusterContainsServicesException")
    with check("ecs delete-service --force and wait services-inactive"):
        has(
            ["DRAINING", "INACTIVE"],
            query(f"ecs delete-service --cluster {name} --service web --force", "service.status"),
        )
        aws(f"ecs wait services-inactive --cluster {name} --services web")
    with check("ecs delete-cluster makes an empty cluster inactive"):
        same(query(f"ecs delete-cluster --cluster {name}", "cluster.status"), "INACTIVE")


def opensearch(folder):
    domain = f"cli{RUN}"
    with check("opensearch create-domain returns the domain's ARN"):
        status = query(
            f"opensearch create-domain --domain-name {domain} --engine-version OpenSearch_2.11", "DomainStatus"
        )
        same([status["Created"], status["EngineVersion"]], [True, "OpenSearch_2.11"])
        has(status["ARN"], f"domain/{domain}")
    with check("opensearch create-domain fails with ResourceAlreadyExistsException"):
        refused(f"opensearch create-domain --domain-name {domain}", "ResourceAlreadyExistsException")
    with check("opensearch describe-domain and list-domain-names know the domain"):
        same(query(f"opensearch describe-domain --domain-name {domain}", "DomainStatus.DomainName"), domain)
        has(query("opensearch list-domain-names", "DomainNames[].DomainName"), domain)
    with check("opensearch add-tags stores tags"):
        aws(f"opensearch add-tags --arn {status['ARN']} --tag-list Key=team,Value=blue")
        same(query(f"opensearch list-tags --arn {status['ARN']}", "TagList"), [{"Key": "team", "Value": "blue"}])
    with check("opensearch describe-domain fails with ResourceNotFoundException"):
        refused(f"opensearch describe-domain --domain-name no{RUN}", "ResourceNotFoundException")
    with check("opensearch delete-domain marks the domain as deleted"):
        same(query(f"opensearch delete-domain --domain-name {domain}", "DomainStatus.Deleted"), True)


def cloudwatch(folder):
    namespace = f"CLI/{RUN}"
    now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
    span = " ".join(
        f"--{name}-time {(now + datetime.timedelta(minutes=minutes)):%Y-%m-%dT%H:%M:%SZ}"
        for name, minutes in (("start", -10), ("end", 10))
    )
    with check("cloudwatch put-metric-data accepts values with and without dimensions"):
        for value in (4, 6):
            aws(
                f"cloudwatch put-metric-data --namespace {namespace} --metric-name load --value {value} "
                f"--timestamp {now:%Y-%m-%dT%H:%M:%SZ}"
            )
        aws(
            f"cloudwatch put-metric-data --namespace {namespace} --metric-name load --value 50 --unit Percent "
            f"--dimensions Host=a --timestamp {now:%Y-%m-%dT%H:%M:%SZ}"
        )
    with check("cloudwatch get-metric-statistics adds up a period"):
        points = query(
            f"cloudwatch get-metric-statistics --namespace {namespace} --metric-name load {span} --period 60 "
            "--statistics Sum Average SampleCount",
            "Datapoints[].[Sum,Average,SampleCount]",
        )
        same(points, [[10.0, 5.0, 2.0]])
    with check("cloudwatch list-metrics tells metrics apart by their dimensions"):
        metrics = query(f"cloudwatch list-metrics --namespace {namespace}", "Metrics[].Dimensions")
        same(sorted(metrics, key=len), [[], [{"Name": "Host", "Value": "a"}]])
    with check("cloudwatch get-metric-data evaluates a query"):
        wanted = json.dumps([{
            "Id": "average",
            "MetricStat": {
                "Metric": {"Namespace": namespace, "MetricName": "load"},
                "Period": 60,
                "Stat": "Average",
            },
        }])
        results = query(
            f"cloudwatch get-metric-data {span} --metric-data-queries", "MetricDataResults[].[Id,Values]", wanted
        )
        same(results, [["average", [5.0]]])
    with check("cloudwatch put-metric-data rejects a namespace of AWS"):
        refused(
            "cloudwatch put-metric-data --namespace AWS/EC2 --metric-name load --value 1", "InvalidParameterValue"
        )
    with check("cloudwatch put-metric-alarm, set-alarm-state and describe-alarms"):
        alarm = f"cli-{RUN}"
        aws(
            f"cloudwatch put-metric-alarm --alarm-name {alarm} --namespace {namespace} --metric-name load "
            "--comparison-operator GreaterThanThreshold --threshold 1 --evaluation-periods 1 --period 60 "
            "--statistic Sum"
        )
        same(query(f"cloudwatch describe-alarms --alarm-names {alarm}", "MetricAlarms[].Threshold"), [1.0])
        aws(f"cloudwatch set-alarm-state --alarm-name {alarm} --state-value ALARM --state-reason test")
        has(query("cloudwatch describe-alarms --state-value ALARM", "MetricAlarms[].AlarmName"), alarm)


def events(folder):
    name = f"cli-{RUN}"
    with check("events put-rule returns the rule's ARN"):
        rule = query(f"events put-rule --name {name} --event-pattern", "RuleArn", json.dumps({"source": ["cli"]}))
        has(rule, f"rule/{name}")
    with check("events describe-rule returns the pattern and the state"):
        described = aws(f"events describe-rule --name {name}").json
        same([json.loads(described["EventPattern"]), described["State"]], [{"source": ["cli"]}, "ENABLED"])
    with check("events put-rule fails with InvalidEventPatternException"):
        refused(f"events put-rule --name {name}-x --event-pattern", "InvalidEventPatternException", "{")
    with check("events put-targets and list-targets-by-rule"):
        target = f"arn:aws:sqs:us-east-1:{account()}:queue-{RUN}"
        same(query(f"events put-targets --rule {name} --targets Id=one,Arn={target}", "FailedEntryCount"), 0)
        same(query(f"events list-targets-by-rule --rule {name}", "Targets"), [{"Id": "one", "Arn": target}])
    with check("events put-events accepts an event, and reports one with a malformed detail"):
        entries = json.dumps([
            {"Source": "cli", "DetailType": "test", "Detail": json.dumps({"a": 1})},
            {"Source": "cli", "DetailType": "test", "Detail": "no JSON"},
        ])
        put = aws("events put-events --entries", entries).json
        same([put["FailedEntryCount"], put["Entries"][1]["ErrorCode"]], [1, "MalformedDetail"])
        holds("EventId" in put["Entries"][0], put["Entries"][0])
    with check("events test-event-pattern matches an event"):
        event = json.dumps({
            "id": "7bf73129-1428-4cd3-a780-95db273d1602",
            "account": account(),
            "source": "cli",
            "time": "2026-01-01T00:00:00Z",
            "region": "us-east-1",
            "resources": [],
            "detail-type": "test",
            "detail": {"size": 3},
        })
        for pattern, expected in (({"source": ["cli"]}, True), ({"detail": {"size": [4]}}, False)):
            same(
                query("events test-event-pattern --event", "Result", event, "--event-pattern", json.dumps(pattern)),
                expected,
            )
    with check("events disable-rule turns a rule off"):
        aws(f"events disable-rule --name {name}")
        same(query(f"events describe-rule --name {name}", "State"), "DISABLED")
    with check("events delete-rule refuses a rule that has targets"):
        refused(f"events delete-rule --name {name}", "ValidationException")
    with check("events delete-rule deletes a rule without targets"):
        aws(f"events remove-targets --rule {name} --ids one")
        aws(f"events delete-rule --name {name}")
        refused(f"events describe-rule --name {name}", "ResourceNotFoundException")


groups = {one.__name__: one for one in (sts, s3, ssm, secretsmanager, appconfig, ec2, iam, acm, ecs, opensearch, cloudwatch, events)}

for group in sys.argv[2:] or groups:
    with tempfile.TemporaryDirectory() as folder:
        groups[group](folder)
done()
